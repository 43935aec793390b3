/* models/periphery.h -- what surrounds the nodes and couplings of a chip
 *
 * Fabricated once with the chip and constant afterwards. A network refers to
 * the periphery of its chip; NULL stands for an ideal one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_PERIPHERY_H
#define MODEL_PERIPHERY_H

#include "circuits/source.h"

struct model_periphery_params {
  struct circuit_source_params sources;
};

struct model_periphery {
  double voltage_unit;             // [V] of the network
  bool has_sources;                // springs and nudges are not ideal
  struct circuit_sources sources;  // of springs and nudges
};

/* The periphery of chip (seed, number) with n_visible visible nodes; *out is
 * NULL when all of it is ideal. The caller destroys it. */
enum sim_status model_periphery_create(
    struct model_periphery **out, const struct model_periphery_params *params,
    double voltage_unit, size_t n_visible, uint64_t seed, uint32_t number,
    struct sim_error *err);
void model_periphery_destroy(struct model_periphery *periphery);  // or NULL

#endif
