/* models/descent.h -- operating point by descent of the co-content
 *
 * Red-black sweeps (models/relaxation.h), of which the odd layers are
 * Anderson-accelerated per sample (sim/anderson.h); a sample that creeps past a
 * nearly flat place of the energy coasts by Nesterov's momentum instead (Soviet
 * Math. Dokl. 27, 1983, 372-376). The co-content of the iterates must not rise:
 * a sample whose acceleration made it rise goes back and takes the plain sweep;
 * when that rises as well it goes back and takes cautious sweeps, which never
 * rise. A sample that has settled leaves the pool (models/pool.h) for the next
 * one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_DESCENT_H
#define MODEL_DESCENT_H

#include "models/network.h"

struct model_descent;

/* For tiles of up to max_lanes samples. The network is not owned. The caller
 * destroys *out. */
enum sim_status model_descent_create(struct model_descent **out,
                                     const struct model_network *net,
                                     size_t max_lanes, struct sim_error *err);
void model_descent_destroy(struct model_descent *descent);

/* Bring the tile s (n_nodes x max_lanes) to its operating point under `drive`:
 * until no node's net current is above `until`, or for max_sweeps sweeps of a
 * sample. Lanes from n_samples > 0 on repeat the first and get its result.
 * Returns how many sweeps the slowest sample took. */
size_t model_descent_run(struct model_descent *descent,
                         const struct model_drive *drive, size_t n_samples,
                         double until, size_t max_sweeps, double *s);

/* Sweeps so far, summed over samples. */
size_t model_descent_sweeps(const struct model_descent *descent);

#endif
