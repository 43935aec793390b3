/* models/transport.h -- exact optimal transport from fresh noise to fixed
 * images
 *
 *   minimise  sum_i |x0_i - x1_p(i)|^2       over all permutations p
 *
 * for many sets of rows x0 of one kind and one set of columns x1. The optimal
 * prices of the columns differ little from one x0 to the next, so the mean over
 * a few (learnt once) tells for each row the few columns it may end on: those
 * with c_ij - v_j within `reach` of the least. One product of matrices finds
 * them, in single precision with a bound of its error; the assignment is then
 * sought among them (models/candidates.h) with double costs.
 *
 * It is exact all the same. For a column j that is no candidate of row i,
 *   c_ij - v_j >= beyond_i + (start_j - v_j),
 * where beyond_i is the end of the reach less the bound of the product's error,
 * and prices only fall. Where this is not enough to exclude the column, its
 * cost is calculated; where that does not exclude it either, it becomes a
 * candidate and the row is seated again. Rows with more equally good columns
 * than a list holds are left to models/assignment.h.
 *
 * What was learnt changes the time and nothing else, unless the optimum is not
 * unique.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_TRANSPORT_H
#define MODEL_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/error.h"

struct model_transport;

/* How the last assignment was found. */
struct model_transport_work {
  double n_candidates;  // mean over the rows
  size_t n_paths;       // shortest paths that were sought
  size_t n_asked;       // pairs whose cost was calculated for the proof
  size_t n_added;       // candidates that were added after it
  bool is_over_all;     // solved over all columns in the end
};

/* For sets of n rows and the columns x1 (n x dim), which are not owned; n up to
 * MODEL_ASSIGNMENT_MAX_ROWS. Memory grows as n^2: 8 bytes for each pair. The
 * caller destroys *out. */
enum sim_status model_transport_create(struct model_transport **out,
                                       const double *x1, size_t n, size_t dim,
                                       struct sim_error *err);
void model_transport_destroy(struct model_transport *transport);

/* Solve for x0 (n x dim) and let its prices count in the start of all later
 * solutions, which is the mean of those learnt. */
enum sim_status model_transport_learn(struct model_transport *transport,
                                      const double *x0, struct sim_error *err);

/* Solve for x0 (n x dim). Overwrites perm (n), the column of each row, and the
 * duals u (n) of the rows and v (n) of the columns, chosen so that v sums to
 * zero. Allocates nothing. Fails like model_assignment_solve. Calls
 * sim_blas_use_one_thread. */
enum sim_status model_transport_solve(struct model_transport *transport,
                                      const double *x0, size_t *perm, double *u,
                                      double *v, struct sim_error *err);

/* Of the last solution. */
struct model_transport_work model_transport_work(
    const struct model_transport *transport);

#endif
