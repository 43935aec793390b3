/* tools/network_file.h -- weights and conductances in /network
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_NETWORK_FILE_H
#define TOOL_NETWORK_FILE_H

#include "models/chip.h"
#include "sim/result.h"

/* Write /network (weights, biases, conductances) in one block. */
enum sim_status tool_network_write(struct sim_result *result,
                                   const struct model_chip *chip,
                                   const struct model_network *net,
                                   struct sim_error *err);

/* Read the weights and biases of /network in the result file `path` into theta
 * (n_parameters). */
enum sim_status tool_network_read(const char *path,
                                  const struct model_layout *layout,
                                  double *theta, struct sim_error *err);

#endif
