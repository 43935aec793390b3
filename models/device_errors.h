/* models/device_errors.h -- what writing and reading the devices of a chip err
 * by
 *
 * Each device of the arrays has its own standard deviation, at the conductance
 * it holds (circuits/conductance_noise.h), and stays within its window: what
 * would lie outside is at its edge. A weight is the difference of two devices.
 *
 * Pulses have no line here: where they end is not known in closed form.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_DEVICE_ERRORS_H
#define MODEL_DEVICE_ERRORS_H

#include "models/chip.h"

enum model_device_error {
  MODEL_WRITE_ERROR,    // that an ideal write leaves
  MODEL_READ_ERROR,     // white
  MODEL_FLICKER_ERROR,  // 1/f, one `age` after the write
  MODEL_N_DEVICE_ERRORS
};

/* [S] rms over all devices of the chip, of what is drawn: without windows. */
double model_device_error_rms(const struct model_chip *chip,
                              enum model_device_error which);

/* Does any of them err? */
bool model_device_errors_any(const struct model_chip *chip);

/* variance (n_out x n_in) [1] of the weights between layers l and l + 1, of the
 * downward direction if `is_back`; separate arrays only. */
void model_device_error_weights(const struct model_chip *chip,
                                enum model_device_error which, size_t l,
                                bool is_back, double *variance);

/* Of all weights of a chip as it is programmed. */
struct model_device_variances {
  bool is_separate;  // directions have devices of their own
  bool is_on[MODEL_N_DEVICE_ERRORS];
  double *up[MODEL_N_DEVICE_ERRORS];    // [1] (all weights); NULL: off
  double *down[MODEL_N_DEVICE_ERRORS];  // [1] (all weights); NULL: off, shared
};

/* On failure nothing is left to finish. */
enum sim_status model_device_variances_init(struct model_device_variances *v,
                                            const struct model_chip *chip,
                                            struct sim_error *err);
void model_device_variances_finish(struct model_device_variances *v);

#endif
