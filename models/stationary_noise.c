/* models/stationary_noise.c -- stationary noise around an operating point,
 * split by source
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/stationary_noise.h"

#include <math.h>
#include <stdlib.h>

#include "models/hessian.h"
#include "models/noise.h"
#include "sim/memory.h"
#include "sim/noise_linear.h"
#include "sim/noise_modes.h"

/* What it is found with. */
struct bench {
  const struct model_network *net;
  const struct model_drive *drive;
  double window;
  struct model_work work;
  double *jacobian;                 // (n x n)
  double *scratch;                  // (2 n)
  double *strength;                 // (n)
  double *s;                        // (n x n) covariance
  double *a;                        // (n x n) that of an average
  struct sim_noise_modes *modes;    // of a network with an energy,
  struct sim_noise_linear *linear;  // of any other
  struct sim_error *err;            // what went wrong, if anything
};

static double input_gain(const struct bench *b, size_t i) {
  return model_network_input_gain(b->net, i, b->work.slope[i]);
}

/* Add the currents of `strength` with this rate to row `source`. */
static void add(struct bench *b, struct model_stationary_noise *found,
                size_t source, double rate) {
  const size_t n = b->net->layout.n_nodes;
  double *node = found->node + source * n, *read = found->read + source * n;
  if (b->modes) {
    sim_noise_modes_covariance(b->modes, b->strength, rate, 0, b->s);
    sim_noise_modes_covariance(b->modes, b->strength, rate, b->window, b->a);
  } else if (sim_noise_linear_covariance(b->linear, b->strength, rate, b->s,
                                         b->a, b->err)) {
    return;
  }
  for (size_t i = 0; i < n; i++) {
    found->current[source * n + i] += b->strength[i];
    node[i] += b->s[i * n + i];
    read[i] += b->a[i * n + i];
  }
}

/* --- sources --- */

static void add_leaks(struct bench *b, struct model_stationary_noise *found,
                      size_t source) {
  const struct model_noise *noise = b->net->noise;
  for (size_t i = 0; i < found->n_nodes; i++) {
    b->strength[i] = 2.0 * noise->theta * noise->leak[i];
  }
  add(b, found, source, INFINITY);
}

static void add_springs(struct bench *b, struct model_stationary_noise *found,
                        size_t source) {
  for (size_t i = 0; i < found->n_nodes; i++) {
    b->strength[i] =
        i < b->net->layout.width[0]
            ? 2.0 * b->net->noise->theta * model_drive_conductance(b->drive, i)
            : 0.0;
  }
  add(b, found, source, INFINITY);
}

/* This part of the noise of all couplings, which holds their excess. */
static void add_inputs(struct bench *b, struct model_stationary_noise *found,
                       size_t source, double part) {
  const struct model_noise *noise = b->net->noise;
  for (size_t i = 0; i < found->n_nodes; i++) {
    const double gain = input_gain(b, i);
    b->strength[i] = part * 2.0 * noise->theta * gain * gain * noise->input[i];
  }
  add(b, found, source, INFINITY);
}

/* An excess below 1 is part of the couplings. */
static double plain_part(const struct bench *b) {
  return 1.0 / fmax(b->net->noise->params.excess, 1.0);
}

static void add_couplings(struct bench *b, struct model_stationary_noise *found,
                          size_t source) {
  add_inputs(b, found, source, plain_part(b));
}

static void add_excess(struct bench *b, struct model_stationary_noise *found,
                       size_t source) {
  add_inputs(b, found, source, 1.0 - plain_part(b));
}

/* Traps of one rate after another. */
static void add_traps(struct bench *b, struct model_stationary_noise *found,
                      size_t source, const struct circuit_traps *traps,
                      double step) {
  for (size_t k = 0; k < traps->n; k++) {
    const double rate = traps->up[k] + traps->down[k];
    const double p = traps->up[k] / rate;
    for (size_t i = 0; i < found->n_nodes; i++) {
      const double current = step * input_gain(b, i);
      b->strength[i] = current * current * p * (1.0 - p);
    }
    add(b, found, source, rate);
  }
}

static void add_flicker(struct bench *b, struct model_stationary_noise *found,
                        size_t source) {
  const struct model_noise *noise = b->net->noise;
  add_traps(b, found, source, &noise->flicker, noise->flicker_step);
}

static void add_telegraph(struct bench *b, struct model_stationary_noise *found,
                          size_t source) {
  const struct model_noise *noise = b->net->noise;
  add_traps(b, found, source, &noise->telegraph, noise->telegraph_step);
}

const struct model_stationary_source
    model_stationary_sources[MODEL_N_STATIONARY] = {
        {"thermal, leaks", true},     {"thermal, springs", true},
        {"thermal, couplings", true}, {"thermal, excess", true},
        {"flicker", false},           {"telegraph", false}};

/* In the order of their names. */
static void (*const adders[MODEL_N_STATIONARY])(struct bench *,
                                                struct model_stationary_noise *,
                                                size_t) = {
    add_leaks,  add_springs, add_couplings,
    add_excess, add_flicker, add_telegraph};

static void add_all(struct bench *b, struct model_stationary_noise *found) {
  for (size_t k = 0; k < MODEL_N_STATIONARY; k++) {
    if (!model_stationary_sources[k].is_white ||
        b->net->noise->params.thermal) {
      adders[k](b, found, k);
    }
  }
}

/* --- the whole --- */

static enum sim_status linearise(struct bench *b, const double *s,
                                 struct sim_error *err) {
  const struct model_network *net = b->net;
  const size_t n = net->layout.n_nodes;
  model_hessian_jacobian(net, b->drive, s, b->jacobian, &b->work, b->scratch);
  return model_network_has_energy(net)
             ? sim_noise_modes_create(&b->modes, n, b->jacobian,
                                      net->inv_capacitance, err)
             : sim_noise_linear_create(&b->linear, n, b->jacobian,
                                       net->inv_capacitance, b->window, err);
}

static enum sim_status reserve(struct bench *b,
                               struct model_stationary_noise *found, size_t n,
                               struct sim_error *err) {
  b->jacobian = sim_alloc_doubles(n * n, err);
  b->scratch = sim_alloc_doubles(2 * n, err);
  b->strength = sim_alloc_doubles(n, err);
  b->s = sim_alloc_doubles(n * n, err);
  b->a = sim_alloc_doubles(n * n, err);
  found->node = sim_alloc_doubles(MODEL_N_STATIONARY * n, err);
  found->read = sim_alloc_doubles(MODEL_N_STATIONARY * n, err);
  found->current = sim_alloc_doubles(MODEL_N_STATIONARY * n, err);
  return b->jacobian && b->scratch && b->strength && b->s && b->a &&
                 found->node && found->read && found->current
             ? model_work_init(&b->work, &b->net->layout, 1, err)
             : err->status;
}

enum sim_status model_stationary_noise_find(
    struct model_stationary_noise *found, const struct model_network *net,
    const struct model_drive *drive, const double *s, double window,
    struct sim_error *err) {
  struct bench b = {.net = net, .drive = drive, .window = window, .err = err};
  const size_t n = net->layout.n_nodes;
  *found = (struct model_stationary_noise){.n_nodes = n};
  enum sim_status status = reserve(&b, found, n, err);
  if (status == SIM_OK) {
    status = linearise(&b, s, err);
  }
  if (status == SIM_OK && net->noise) {
    add_all(&b, found);
    status = err->status;
  }
  sim_noise_modes_destroy(b.modes);
  sim_noise_linear_destroy(b.linear);
  model_work_finish(&b.work);
  free(b.jacobian);
  free(b.scratch);
  free(b.strength);
  free(b.s);
  free(b.a);
  if (status) {
    model_stationary_noise_finish(found);
  }
  return status;
}

void model_stationary_noise_finish(struct model_stationary_noise *found) {
  free(found->node);
  free(found->read);
  free(found->current);
  *found = (struct model_stationary_noise){0};
}
