/* tools/device_errors.h -- what writing and reading the devices of a chip err
 * by
 *
 * Each device of the arrays has its own standard deviation, at the conductance
 * it holds (circuits/conductance_noise.h). A weight is the difference of two.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_DEVICE_ERRORS_H
#define TOOL_DEVICE_ERRORS_H

#include "models/chip.h"

enum tool_device_error {
  TOOL_WRITE_ERROR,    // that `programming: ideal` leaves
  TOOL_READ_ERROR,     // white
  TOOL_FLICKER_ERROR,  // 1/f, one `age` after the write
  TOOL_N_DEVICE_ERRORS
};

/* [S] rms over all devices of the chip. */
double tool_device_error_rms(const struct model_chip *chip,
                             const struct circuit_coupling_params *params,
                             enum tool_device_error which);

/* variance (n_out x n_in) [1] of the weights between layers l and l + 1, of the
 * downward direction if `is_back`; separate arrays only. */
void tool_device_error_weights(const struct model_chip *chip,
                               const struct circuit_coupling_params *params,
                               enum tool_device_error which, size_t l,
                               bool is_back, double *variance);

#endif
