/* models/initial.h -- weights and biases before training
 *
 *   W_l  ~ N(0, s^2), s = init_gain sqrt(2/(n_in + n_out))
 *   b_0  = 0,  b_l ~ U(-1/sqrt(n_in), +1/sqrt(n_in)), n_in = width[l - 1]
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_INITIAL_H
#define MODEL_INITIAL_H

#include <stdint.h>

#include "models/layout.h"

/* Draw theta (n_parameters). */
void model_initial_draw(const struct model_layout *layout, double init_gain,
                        uint64_t seed, double *theta);

#endif
