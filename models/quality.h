/* models/quality.h -- how close generated samples come to the data
 *
 *   frechet    |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2))
 *              with means m and covariances S (divisor n - 1); Dowson and
 *              Landau, J. Multivariate Analysis 12 (1982) 450-455
 *   precision  share of the samples inside the ball of some data point
 *   recall     share of the data inside the ball of some sample
 *              Kynkaanniemi et al., arXiv:1904.06991
 *   density    mean number of data balls around a sample, divided by k
 *   coverage   share of the data balls that hold a sample
 *              Naeem et al., arXiv:2002.09797
 *
 * The ball of a point reaches to its k-th nearest neighbour in its own set
 * (itself left out) and includes its surface. Distances are Euclidean in the
 * space of the values ("pixel space").
 *
 * A classifier by the k nearest data points names the class of each sample:
 * the one with most votes, of equals the one with the nearest voter. The
 * share of its votes is its confidence.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODELS_QUALITY_H
#define MODELS_QUALITY_H

#include <stddef.h>

#include "models/dataset.h"
#include "sim/error.h"

#define MODEL_QUALITY_NEIGHBOURS 5  // k

struct model_quality {
  double frechet;     // [1] squared unit of the values
  double precision;   // [1] 0 to 1
  double recall;      // [1] 0 to 1
  double density;     // [1] about 1 for equal distributions
  double coverage;    // [1] 0 to 1
  double confidence;  // [1] mean over the samples; NaN without labels
};

/* Compare samples (n_samples x data->dim) with the data. `class_share`
 * (data->n_classes) [1] receives the fraction of the samples in each class;
 * nullable, left alone when the data have no labels.
 *
 * Both sets need more than MODEL_QUALITY_NEIGHBOURS points (else SIM_ECONFIG)
 * and finite values (else SIM_EFAIL). Work space is allocated and freed here:
 * at most 32 MiB for distances, and a few times dim^2 doubles. */
enum sim_status model_quality_measure(struct model_quality *quality,
                                      const double *samples, size_t n_samples,
                                      const struct model_dataset *data,
                                      double *class_share,
                                      struct sim_error *err);

/* The Frechet distance of the normal distributions fitted to a (n_a x dim) and
 * b (n_b x dim), finite, at least two points each (else SIM_ECONFIG). Rounding
 * may leave a difference of equal sets slightly below 0; 0 is returned then. */
enum sim_status model_quality_frechet(const double *a, size_t n_a,
                                      const double *b, size_t n_b, size_t dim,
                                      double *distance, struct sim_error *err);

#endif
