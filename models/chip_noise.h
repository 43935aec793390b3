/* models/chip_noise.h -- the noise of a chip's devices
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_CHIP_NOISE_H
#define MODEL_CHIP_NOISE_H

#include "models/chip.h"

/* Give `net`, an image of the chip, the noise of its devices; none when all
 * sources are off. */
enum sim_status model_chip_noise_create(const struct model_chip *chip,
                                        struct model_network *net,
                                        struct sim_error *err);

/* Take the noisy conductances as they are now; nothing for a quiet chip. */
void model_chip_noise_image(const struct model_chip *chip,
                            struct model_noise *noise);

#endif
