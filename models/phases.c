/* models/phases.c -- free and nudged phases of one tile of samples
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/phases.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "circuits/source.h"
#include "sim/memory.h"

static enum sim_status init_periphery(struct model_phases *phases,
                                      const struct model_network *net,
                                      size_t n_lanes, struct sim_error *err) {
  const size_t n_nodes = net->layout.n_nodes;
  phases->held = sim_alloc_doubles(n_nodes * n_lanes, err);
  return phases->held && !model_drives_init(&phases->drives, &phases->rule,
                                            net->periphery,
                                            net->layout.width[0], n_lanes, err)
             ? model_instruments_init(&phases->readout, net->periphery, n_nodes,
                                      n_lanes, err)
             : err->status;
}

enum sim_status model_phases_init(struct model_phases *phases,
                                  const struct model_learning *rule,
                                  const struct model_settling *settling,
                                  const struct model_network *net,
                                  size_t n_lanes, struct sim_error *err) {
  const size_t visible = net->layout.width[0] * n_lanes;
  const size_t all = net->layout.n_nodes * n_lanes;
  *phases = (struct model_phases){
      .rule = *rule,
      .has_periphery = net->periphery != NULL,
      .x_t = sim_alloc_doubles(visible, err),
      .u = sim_alloc_doubles(visible, err),
      .anchor = sim_alloc_doubles(visible, err),
      .current = sim_alloc_doubles(visible, err),
      .free_state = sim_alloc_doubles(all, err),
      .state = sim_alloc_doubles(all, err),
      .velocity = sim_alloc_doubles(visible, err),
      .loss = sim_alloc_doubles(n_lanes, err),
  };
  if (!phases->x_t || !phases->u || !phases->anchor || !phases->current ||
      !phases->free_state || !phases->state || !phases->velocity ||
      !phases->loss ||
      (phases->has_periphery && init_periphery(phases, net, n_lanes, err)) ||
      model_settler_init(&phases->settler, settling, net, n_lanes, err)) {
    model_phases_finish(phases);
    return err->status;
  }
  return SIM_OK;
}

void model_phases_finish(struct model_phases *phases) {
  model_settler_finish(&phases->settler);
  model_drives_finish(&phases->drives);
  model_instruments_finish(&phases->readout);
  free(phases->held);
  free(phases->x_t);
  free(phases->u);
  free(phases->anchor);
  free(phases->current);
  free(phases->free_state);
  free(phases->state);
  free(phases->velocity);
  free(phases->loss);
  *phases = (struct model_phases){0};
}

static size_t n_visible(const struct model_phases *phases) {
  return phases->settler.net->layout.width[0];
}

static size_t n_lanes(const struct model_phases *phases) {
  return phases->settler.work.n_lanes;
}

static size_t state_size(const struct model_phases *phases) {
  return phases->settler.net->layout.n_nodes * n_lanes(phases);
}

void model_phases_load(struct model_phases *phases,
                       const struct model_batch *batch, size_t first) {
  const size_t width = n_visible(phases), lanes = n_lanes(phases);
  const size_t left = batch->n - first;
  phases->first_sample = first;
  phases->keeps_hidden = false;
  phases->n_loaded = left < lanes ? left : lanes;
  phases->settler.n_samples = phases->n_loaded;
  model_settler_begin(&phases->settler, MODEL_NOISE_MEASURE, batch->epoch,
                      batch->first + first);
  phases->drives.n_used = phases->n_loaded;
  model_instruments_begin(&phases->readout, batch->epoch, batch->first + first);
  for (size_t k = 0; k < lanes; k++) {
    const size_t sample = first + (k < phases->n_loaded ? k : 0);
    for (size_t i = 0; i < width; i++) {
      phases->x_t[i * lanes + k] = batch->x_t[sample * width + i];
      phases->u[i * lanes + k] = batch->u[sample * width + i];
    }
  }
}

/* x = x_t, h = 0. */
static void start_from_rest(const struct model_phases *phases, double *s) {
  const size_t visible = n_visible(phases) * n_lanes(phases);
  memcpy(s, phases->x_t, visible * sizeof *s);
  memset(s + visible, 0, (state_size(phases) - visible) * sizeof *s);
}

/* x = x_t, h as it is; idle lanes go on repeating the first one. */
static void start_from_previous(const struct model_phases *phases, double *s) {
  const size_t lanes = n_lanes(phases), visible = n_visible(phases) * lanes;
  memcpy(s, phases->x_t, visible * sizeof *s);
  for (size_t i = visible; i < state_size(phases); i += lanes) {
    for (size_t k = phases->n_loaded; k < lanes; k++) {
      s[i + k] = s[i];
    }
  }
}

static enum sim_status settle(struct model_phases *phases,
                              const struct model_drive *drive,
                              struct sim_error *err) {
  if (phases->began) {
    memcpy(phases->began, phases->state,
           state_size(phases) * sizeof *phases->began);
  }
  return model_settler_run(&phases->settler, drive, phases->state,
                           phases->first_sample, &phases->time, err);
}

static struct model_drive spring_drive(struct model_phases *phases) {
  if (phases->has_periphery) {
    return model_drives_free(&phases->drives, phases->x_t, phases->u);
  }
  return (struct model_drive){.conductance = phases->rule.spring,
                              .anchor = phases->x_t};
}

static enum sim_status settle_free(struct model_phases *phases,
                                   struct sim_error *err) {
  const struct model_drive spring = spring_drive(phases);
  if (phases->keeps_hidden) {
    start_from_previous(phases, phases->state);
  } else {
    start_from_rest(phases, phases->state);
  }
  return settle(phases, &spring, err);
}

/* The reference of a gradient is looked at with ideal instruments. */
static bool is_read_by_chip(const struct model_phases *phases) {
  return phases->has_periphery && phases->rule.nudged_states != MODEL_ADJOINT;
}

/* x* - x_t, from one end of the spring to the other. */
static void read_displacement(struct model_phases *phases) {
  const size_t n = n_visible(phases) * n_lanes(phases);
  const double *source =
      phases->has_periphery ? phases->drives.source : phases->x_t;
  const double *seen = model_settler_read(&phases->settler, phases->free_state);
  for (size_t i = 0; i < n; i++) {
    phases->velocity[i] = seen[i] - source[i];
  }
  if (is_read_by_chip(phases)) {
    model_instruments_displacement(&phases->readout, SIM_DRAW_VELOCITY_NOISE, 0,
                                   phases->n_loaded, phases->velocity);
  }
}

/* v = alpha lambda (x* - x_t), and how far it is from u. */
static void read_velocity(struct model_phases *phases) {
  const size_t width = n_visible(phases), lanes = n_lanes(phases);
  const double gain = model_learning_gain(&phases->rule);
  read_displacement(phases);
  memset(phases->loss, 0, lanes * sizeof *phases->loss);
  for (size_t i = 0; i < width * lanes; i++) {
    phases->velocity[i] *= gain;
    const double error = phases->velocity[i] - phases->u[i];
    phases->loss[i % lanes] += error * error / (double)width;
  }
}

static bool has_memory(const struct model_phases *phases) {
  return is_read_by_chip(phases) && phases->readout.periphery->has_memory;
}

enum sim_status model_phases_free(struct model_phases *phases,
                                  struct sim_error *err) {
  if (settle_free(phases, err)) {
    return err->status;
  }
  memcpy(phases->free_state, phases->state,
         state_size(phases) * sizeof *phases->state);
  read_velocity(phases);
  if (has_memory(phases)) {
    model_instruments_store(&phases->readout, phases->free_state, phases->held);
  }
  return SIM_OK;
}

/* The free phase once more, out of the observer's sight. */
static enum sim_status repeat_free(struct model_phases *phases,
                                   struct sim_error *err) {
  sim_transient_observer *const observe = phases->settler.observe;
  phases->settler.observe = NULL;
  const enum sim_status status = settle_free(phases, err);
  phases->settler.observe = observe;
  return status;
}

static void recall(struct model_phases *phases, bool is_minus) {
  if (has_memory(phases)) {
    model_instruments_recall(&phases->readout, is_minus, phases->held,
                             phases->state);
  } else {
    memcpy(phases->state, phases->free_state,
           state_size(phases) * sizeof *phases->state);
  }
}

/* Put the state where the protocol lets a nudged phase begin. */
static enum sim_status start_nudged(struct model_phases *phases, double sign,
                                    struct sim_error *err) {
  const int is_minus = sign < 0;
  switch ((enum model_protocol)phases->rule.protocol) {
    case MODEL_SNAPSHOT:
      recall(phases, is_minus);
      break;
    case MODEL_RERUN:
      return is_minus ? repeat_free(phases, err) : SIM_OK;
    case MODEL_SEQUENTIAL:
      break;  // goes on from where the last phase ended
    case MODEL_RESET:
      start_from_rest(phases, phases->state);
      break;
  }
  return SIM_OK;
}

/* A conductance sign beta (alpha lambda)^2 to xhat = x_t + u/(alpha lambda),
 * in one branch with the spring. */
static struct model_drive quadratic_drive(struct model_phases *phases,
                                          double sign) {
  const size_t n = n_visible(phases) * n_lanes(phases);
  const double gain = model_learning_gain(&phases->rule);
  const double spring = phases->rule.spring;
  const double nudge = sign * model_learning_stiffness(&phases->rule);
  for (size_t i = 0; i < n; i++) {
    phases->anchor[i] = phases->x_t[i] + phases->u[i] / gain;
  }
  circuit_source_combine(n, spring, phases->x_t, nudge, phases->anchor,
                         phases->anchor);
  return (struct model_drive){
      .conductance = circuit_source_conductance(spring, nudge),
      .anchor = phases->anchor};
}

/* A current -sign beta alpha lambda (v_free - u) beside the spring. */
static struct model_drive linear_drive(struct model_phases *phases,
                                       double sign) {
  const size_t n = n_visible(phases) * n_lanes(phases);
  const double strength =
      sign * phases->rule.nudge * model_learning_gain(&phases->rule);
  for (size_t i = 0; i < n; i++) {
    phases->current[i] = -strength * (phases->velocity[i] - phases->u[i]);
  }
  struct model_drive drive = spring_drive(phases);
  drive.current = phases->current;
  return drive;
}

static struct model_drive nudged_drive(struct model_phases *phases,
                                       double sign) {
  if (phases->has_periphery) {
    return model_drives_nudged(&phases->drives, sign, phases->x_t, phases->u,
                               phases->velocity);
  }
  return phases->rule.nudge_kind == MODEL_LINEAR
             ? linear_drive(phases, sign)
             : quadratic_drive(phases, sign);
}

/* The drive is made last: a free phase repeated by the protocol uses the same
 * arrays. */
enum sim_status model_phases_nudged(struct model_phases *phases, double sign,
                                    struct sim_error *err) {
  if (start_nudged(phases, sign, err)) {
    return err->status;
  }
  const struct model_drive drive = nudged_drive(phases, sign);
  return settle(phases, &drive, err);
}

void model_phases_outputs(const struct model_phases *phases, double *a) {
  const size_t lanes = n_lanes(phases);
  memcpy(a, phases->settler.work.r, state_size(phases) * sizeof *a);
  for (size_t i = 0; i < state_size(phases); i += lanes) {
    for (size_t k = phases->n_loaded; k < lanes; k++) {
      a[i + k] = 0.0;
    }
  }
}

void model_phases_read(struct model_phases *phases, double *a) {
  model_phases_outputs(phases, a);
  if (is_read_by_chip(phases)) {
    model_instruments_outputs(&phases->readout, phases->n_loaded, a);
  }
}

void model_phases_clipped(struct model_phases *phases,
                          size_t count[CIRCUIT_N_CONVERTERS]) {
  count[CIRCUIT_DAC] += phases->drives.n_clipped;
  phases->drives.n_clipped = 0;
  for (size_t i = 0; i < CIRCUIT_N_CONVERTERS; i++) {
    count[i] += phases->readout.n_clipped[i];
    phases->readout.n_clipped[i] = 0;
  }
}
