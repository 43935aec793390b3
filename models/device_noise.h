/* models/device_noise.h -- what errors of the devices do to a batch, to first
 * order
 *
 * A conductance that errs stands still while an epoch lasts: its error is the
 * same in all phases of all samples. An error dW of the weight between node j
 * and node k above it is a current gain_k a_j dW into k and gain_j a_k dW into
 * j, so with P, what a constant current does to the voltages of a phase,
 *
 *   ds = P (gain o c),   c_k = sum_j dW_kj a_j   (and the other way)
 *
 * The gradient of a coupling is -(eta_k y_j + y_k eta_j) with outputs y as they
 * are read and eta = their change by the nudge, per nudge. Both move:
 *
 *   dy   = y' ds
 *   deta = y'' z ds + y' dz,   z = ds/dbeta
 *   dz   = P [gain' z o c + gain o c' - (K + D) ds]
 *
 * where c' = sum dW d(a)/dbeta, K = d2C/ds2 and D is the change of M
 * (models/hessian.h) along z. Derivatives along z are differences. P is that of
 * a phase of its length, from rest, but phases are taken to settle: where the
 * gradient holds what a free phase has not yet done, as that of two phases
 * does, devices change this too, which is left out.
 *
 * As all samples meet the same errors, those of the mean gradient do not
 * average out: it has a variance of its own beside that of one sample's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_DEVICE_NOISE_H
#define MODEL_DEVICE_NOISE_H

#include "models/device_errors.h"
#include "models/noise_sample.h"

/* How the samples of a batch respond; arrays owned. */
struct model_device_response {
  const struct model_network *net;  // not owned
  double factor;                    // [1] gradient per difference of reads
  size_t n_samples;
  // Of node i, to c of node k (n x n x samples):
  double *node;   // [1] ds_i at the end of the free phase
  double *read;   // [1] ds_i as it is read
  double *moved;  // [1] deta_i
  // Of every node (n x samples):
  double *a, *da;   // [1] outputs, and d(a)/dbeta
  double *y, *eta;  // [1] the same as they are read
  double *slope;    // [1] y'
};

/* On failure nothing is left to finish. */
enum sim_status model_device_response_init(struct model_device_response *r,
                                           const struct model_network *net,
                                           const struct model_learning *rule,
                                           size_t n_samples,
                                           struct sim_error *err);
void model_device_response_finish(struct model_device_response *r);

/* What one thread needs for a sample. */
struct model_device_bench {
  struct model_work work;
  double *p, *driven, *stiff, *product;  // (n x n)
  double *state;                         // (n)
  double *scratch;                       // (2 n)
  double *gain, *gain_change;            // [1] (n) of input stages, and along z
  double *slope_change;                  // [1] (n) along z
};

/* On failure nothing is left to finish. */
enum sim_status model_device_bench_init(struct model_device_bench *bench,
                                        const struct model_layout *layout,
                                        struct sim_error *err);
void model_device_bench_finish(struct model_device_bench *bench);

/* Fill sample k, at whose state s (n) `noise` was run last. */
void model_device_response_note(struct model_device_response *r,
                                struct model_device_bench *bench,
                                struct model_noise_bench *noise, size_t k,
                                const double *s);

/* What one kind of error does; arrays of the caller. */
struct model_device_sums {
  double *node, *read, *output;  // [1] (n_nodes) means over the samples
  double *gradient;              // [1] (n_blocks) the mean of one sample's
  double *batch;                 // [1] (n_blocks) of the mean gradient
};

/* Fill sums (MODEL_N_DEVICE_ERRORS) for the kinds that are on. */
enum sim_status model_device_noise(const struct model_device_response *r,
                                   const struct model_device_variances *v,
                                   const struct model_device_sums *sums,
                                   struct sim_error *err);

#endif
