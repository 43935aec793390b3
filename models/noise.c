/* models/noise.c -- noise of a chip, and its run through the phases of a tile
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/noise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/network.h"
#include "sim/memory.h"
#include "sim/normal.h"
#include "sim/vmath.h"

// clang-format off
#define FIELD(f) SIM_FIELD(struct model_noise_params, f)
const struct sim_param model_noise_table[MODEL_NOISE_N_PARAMS] = {
    {.name = "thermal", .kind = SIM_BOOL, FIELD(thermal), .initial = "false",
     .help = "thermal noise currents of leaks, springs, nudges and couplings; "
             "any noise needs `settle.integrator: heun`"},
    {.name = "excess", .kind = SIM_REAL, FIELD(excess), SIM_WITHIN(0, 1000),
     .initial = "1",
     .help = "noise of the couplings over that of a conductance: 1 for "
             "resistors, 2/3 and more for transistors"},
    {.name = "flicker", .kind = SIM_BOOL, FIELD(flicker), .initial = "false",
     .help = "flicker noise currents; an ideal chip has none"},
};
// clang-format on

bool model_noise_is_on(const struct model_noise_params *params) {
  return params->thermal;
}

/* --- of a chip --- */

enum sim_status model_noise_create(struct model_noise **out,
                                   const struct model_noise_params *params,
                                   const struct model_layout *layout,
                                   struct sim_error *err) {
  *out = NULL;
  struct model_noise *noise = sim_alloc(1, sizeof *noise, err);
  if (!noise) {
    return err->status;
  }
  noise->params = *params;
  noise->leak = sim_alloc_doubles(layout->n_nodes, err);
  noise->input = sim_alloc_doubles(layout->n_nodes, err);
  if (!noise->leak || !noise->input) {
    model_noise_destroy(noise);
    return err->status;
  }
  *out = noise;
  return SIM_OK;
}

void model_noise_destroy(struct model_noise *noise) {
  if (!noise) {
    return;
  }
  free(noise->leak);
  free(noise->input);
  free(noise);
}

/* --- of a tile --- */

enum sim_status model_noise_run_init(struct model_noise_run *run,
                                     const struct model_network *net,
                                     size_t n_lanes, struct sim_error *err) {
  const size_t n = net->layout.n_nodes;
  *run = (struct model_noise_run){
      .net = net,
      .n_lanes = n_lanes,
      .decay = sim_alloc_doubles(n, err),
      .ground = sim_alloc_doubles(n, err),
      .xi = sim_alloc_doubles(sim_normal_rows(n) * n_lanes, err),
  };
  if (!run->decay || !run->ground || !run->xi) {
    model_noise_run_finish(run);
    return err->status;
  }
  return SIM_OK;
}

void model_noise_run_finish(struct model_noise_run *run) {
  free(run->decay);
  free(run->ground);
  free(run->xi);
  *run = (struct model_noise_run){0};
}

void model_noise_run_begin(struct model_noise_run *run,
                           enum model_noise_use use, uint64_t epoch,
                           uint64_t first_sample) {
  const struct model_noise *noise = run->net->noise;
  run->n_draws = 0;
  if (!noise) {
    return;
  }
  run->white = (struct sim_address){
      .seed = noise->seed,
      .purpose = use == MODEL_NOISE_GENERATE ? SIM_DRAW_GENERATE_THERMAL
                                             : SIM_DRAW_THERMAL,
      .chip = noise->chip,
      .epoch = epoch,
      .sample = first_sample,
  };
}

void model_noise_run_phase(struct model_noise_run *run,
                           const struct model_drive *drive) {
  const struct model_network *net = run->net;
  run->n_held = drive->is_clamped ? net->layout.width[0] : 0;
  for (size_t i = 0; i < net->layout.n_nodes; i++) {
    const bool is_held = i < run->n_held;
    const double g =
        i < net->layout.width[0] ? model_drive_conductance(drive, i) : 0.0;
    run->decay[i] =
        is_held ? 0.0 : (net->leak[i] + g) * net->inv_capacitance[i];
    run->ground[i] = is_held || !net->noise ? 0.0 : net->noise->leak[i] + g;
  }
}

/* b of one node in every lane; `ground` and `input` with 2 theta in them. The
 * input stage has the gain of the slopes, or 1. */
SIM_VECTORISED static void amplitude_row(size_t n, double inv_c, double ground,
                                         double input,
                                         const double *restrict gain,
                                         double *restrict b) {
  for (size_t k = 0; k < n; k++) {
    b[k] = inv_c * sqrt(ground + gain[k] * gain[k] * input);
  }
}

static void constant_row(size_t n, double value, double *b) {
  for (size_t k = 0; k < n; k++) {
    b[k] = value;
  }
}

void model_noise_run_amplitude(const struct model_noise_run *run,
                               const struct model_work *work, double *b) {
  const struct model_network *net = run->net;
  const size_t n = run->n_lanes;
  const double twice = 2.0 * net->noise->theta;
  for (size_t i = 0; i < net->layout.n_nodes; i++) {
    const double ground = twice * run->ground[i];
    const double input = i < run->n_held ? 0.0 : twice * net->noise->input[i];
    const double inv_c = net->inv_capacitance[i];
    if (model_network_has_input_gain(net, i)) {
      const double ratio = model_network_input_ratio(net, i);
      amplitude_row(n, inv_c, ground, ratio * ratio * input,
                    work->slope + i * n, b + i * n);
    } else {
      constant_row(n, inv_c * sqrt(ground + input), b + i * n);
    }
  }
}

const double *model_noise_run_normals(struct model_noise_run *run) {
  sim_normal_fill(&run->white, run->n_draws++, run->net->layout.n_nodes,
                  run->n_lanes, run->xi);
  return run->xi;
}
