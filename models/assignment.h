/* models/assignment.h -- exact optimal transport between equal-sized sets
 *
 *   minimise  sum_i c[i][p(i)]       over all permutations p
 *   dual      maximise sum u + sum v  with  c_ij - u_i - v_j >= 0
 *
 * Shortest augmenting paths, after
 *   R. Jonker and A. Volgenant, Computing 38 (1987) 325-340: column reduction,
 *     augmenting row reduction, augmentation;
 *   D. Bertsekas, Annals of Operations Research 14 (1988) 105-123: the same
 *     row reduction with prices that overshoot by a falling epsilon.
 * Everything before the augmentation only looks for good prices v; whatever
 * they are, the augmentation ends at an optimum. That is why any start is
 * exact, and why two optimal results may differ where the optimum is not
 * unique. Ties go to the lowest index, so equal input gives equal output.
 *
 * Matrices are row-major. Time grows as n^3 at worst; costs and duals share
 * one arbitrary unit. `Optimal` is up to rounding of the largest of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODELS_ASSIGNMENT_H
#define MODELS_ASSIGNMENT_H

#include <stddef.h>

#include "sim/error.h"

#define MODEL_ASSIGNMENT_MAX_COST 1e280  // largest |c| that is accepted
#define MODEL_ASSIGNMENT_MAX_ROWS 65536u

struct model_assignment;

/* Work space for n x n problems, O(n) memory; n is 1 to
 * MODEL_ASSIGNMENT_MAX_ROWS (else SIM_ECONFIG). */
enum sim_status model_assignment_create(struct model_assignment **out, size_t n,
                                        struct sim_error *err);

/* NULL is fine. */
void model_assignment_destroy(struct model_assignment *work);

/* Solve for cost (n x n). Overwrites perm (n), the column of each row, and the
 * duals u (n) of the rows and v (n) of the columns, chosen so that v sums to
 * zero. Allocates nothing. A cost that is not finite or beyond
 * MODEL_ASSIGNMENT_MAX_COST is SIM_EFAIL and leaves the results untouched. */
enum sim_status model_assignment_solve(struct model_assignment *work,
                                       const double *cost, size_t *perm,
                                       double *u, double *v,
                                       struct sim_error *err);

/* The same, starting from the prices v holds on entry. Any finite prices give
 * the optimum; those of a similar problem, or a mean over several, save about
 * a third of the time. */
enum sim_status model_assignment_solve_from(struct model_assignment *work,
                                            const double *cost, size_t *perm,
                                            double *u, double *v,
                                            struct sim_error *err);

/* Proof of optimality. If perm is a permutation, no other one costs less than
 * `cost - excess`, whoever computed u and v. */
struct model_assignment_gap {
  double cost;                // sum_i c[i][perm[i]]
  double gap;                 // cost - sum u - sum v; 0 up to rounding if best
  double least_reduced_cost;  // min_ij c_ij - u_i - v_j; 0 up to rounding
  double excess;              // gap - n min(0, least_reduced_cost)
};

/* All of it from the definitions, in O(n^2), independent of the solver. When
 * perm is no permutation of 0..n-1, cost, gap and excess are infinite. */
struct model_assignment_gap model_assignment_gap(const double *cost, size_t n,
                                                 const size_t *perm,
                                                 const double *u,
                                                 const double *v);

/* Fill cost (n x n) with |x0_i - x1_j|^2 for x0, x1 (n x dim); see
 * models/distance.h for accuracy and threads. */
void model_transport_cost(const double *x0, const double *x1, size_t n,
                          size_t dim, double *cost);

#endif
