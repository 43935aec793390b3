/* models/noise_run.c -- a chip's noise through the phases of one tile
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/noise_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/memory.h"
#include "sim/normal.h"
#include "sim/vmath.h"

static enum sim_status init_set(struct circuit_trap_tile *set,
                                const struct circuit_traps *traps,
                                size_t n_nodes, size_t n_lanes,
                                struct sim_error *err) {
  return traps->n > 0
             ? circuit_trap_tile_init(set, traps, n_nodes, n_lanes, err)
             : SIM_OK;
}

static enum sim_status init_traps(struct model_noise_run *run,
                                  struct sim_error *err) {
  const struct model_noise *noise = run->net->noise;
  const size_t n = run->net->layout.n_nodes;
  if (!noise || noise->flicker.n + noise->telegraph.n == 0) {
    return SIM_OK;
  }
  run->slow = sim_alloc_doubles(n * run->n_lanes, err);
  if (!run->slow ||
      init_set(&run->flicker, &noise->flicker, n, run->n_lanes, err) ||
      init_set(&run->telegraph, &noise->telegraph, n, run->n_lanes, err)) {
    return err->status;
  }
  return SIM_OK;
}

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
  if (!run->decay || !run->ground || !run->xi || init_traps(run, err)) {
    model_noise_run_finish(run);
    return err->status;
  }
  return SIM_OK;
}

void model_noise_run_finish(struct model_noise_run *run) {
  free(run->decay);
  free(run->ground);
  free(run->xi);
  free(run->slow);
  circuit_trap_tile_finish(&run->flicker);
  circuit_trap_tile_finish(&run->telegraph);
  *run = (struct model_noise_run){0};
}

/* --- another tile --- */

static void begin_set(const struct model_noise_run *run,
                      struct circuit_trap_tile *set, enum sim_purpose requests,
                      enum sim_purpose steps) {
  struct sim_address first = run->white;
  first.purpose = requests;
  if (set->traps) {
    circuit_trap_tile_begin(set, &first, steps);
  }
}

/* Their current is 0 until the first step. */
static void begin_traps(struct model_noise_run *run, bool is_drawn) {
  if (!run->slow) {
    return;
  }
  memset(run->slow, 0,
         run->net->layout.n_nodes * run->n_lanes * sizeof *run->slow);
  begin_set(run, &run->flicker,
            is_drawn ? SIM_DRAW_GENERATE_TRAPS : SIM_DRAW_TRAPS,
            is_drawn ? SIM_DRAW_GENERATE_TRAP_STEPS : SIM_DRAW_TRAP_STEPS);
  begin_set(
      run, &run->telegraph,
      is_drawn ? SIM_DRAW_GENERATE_TELEGRAPH : SIM_DRAW_TELEGRAPH,
      is_drawn ? SIM_DRAW_GENERATE_TELEGRAPH_STEPS : SIM_DRAW_TELEGRAPH_STEPS);
}

void model_noise_run_begin(struct model_noise_run *run,
                           enum model_noise_use use, uint64_t epoch,
                           uint64_t first_sample) {
  const struct model_noise *noise = run->net->noise;
  const bool is_drawn = use == MODEL_NOISE_GENERATE;
  run->n_draws = 0;
  if (!noise) {
    return;
  }
  run->white = (struct sim_address){
      .seed = noise->seed,
      .purpose = is_drawn ? SIM_DRAW_GENERATE_THERMAL : SIM_DRAW_THERMAL,
      .chip = noise->chip,
      .epoch = epoch,
      .sample = first_sample,
  };
  begin_traps(run, is_drawn);
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

/* --- traps --- */

void model_noise_run_advance(struct model_noise_run *run, double h) {
  const struct model_noise *noise = run->net->noise;
  if (!run->slow) {
    return;
  }
  memset(run->slow, 0,
         run->net->layout.n_nodes * run->n_lanes * sizeof *run->slow);
  if (run->flicker.traps) {
    circuit_trap_tile_advance(&run->flicker, h, noise->flicker_step, run->slow);
  }
  if (run->telegraph.traps) {
    circuit_trap_tile_advance(&run->telegraph, h, noise->telegraph_step,
                              run->slow);
  }
}

SIM_VECTORISED static void add_row(size_t n, double factor,
                                   const double *restrict gain,
                                   const double *restrict current,
                                   double *restrict rate) {
  for (size_t k = 0; k < n; k++) {
    rate[k] += factor * gain[k] * current[k];
  }
}

SIM_VECTORISED static void add_plain_row(size_t n, double factor,
                                         const double *restrict current,
                                         double *restrict rate) {
  for (size_t k = 0; k < n; k++) {
    rate[k] += factor * current[k];
  }
}

void model_noise_run_add(const struct model_noise_run *run,
                         const struct model_work *work, double *rate) {
  const struct model_network *net = run->net;
  const size_t n = run->n_lanes;
  for (size_t i = run->n_held; run->slow && i < net->layout.n_nodes; i++) {
    const double inv_c = net->inv_capacitance[i];
    if (model_network_has_input_gain(net, i)) {
      add_row(n, inv_c * model_network_input_ratio(net, i), work->slope + i * n,
              run->slow + i * n, rate + i * n);
    } else {
      add_plain_row(n, inv_c, run->slow + i * n, rate + i * n);
    }
  }
}
