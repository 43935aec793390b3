/* models/noise_budget.c -- stationary noise around an operating point, split
 * by source
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/noise_budget.h"

#include <math.h>
#include <stdlib.h>

#include "models/hessian.h"
#include "models/noise.h"
#include "sim/memory.h"
#include "sim/noise_linear.h"
#include "sim/noise_modes.h"

/* What one budget is made with. */
struct bench {
  const struct model_network *net;
  const struct model_drive *drive;
  double window;
  struct model_work work;
  double *matrix;                   // (n x n) Hessian, else Jacobian
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
static void add(struct bench *b, struct model_noise_budget *budget,
                size_t source, double rate) {
  const size_t n = b->net->layout.n_nodes;
  double *node = budget->node + source * n, *read = budget->read + source * n;
  if (b->modes) {
    sim_noise_modes_covariance(b->modes, b->strength, rate, 0, b->s);
    sim_noise_modes_covariance(b->modes, b->strength, rate, b->window, b->a);
  } else if (sim_noise_linear_covariance(b->linear, b->strength, rate, b->s,
                                         b->a, b->err)) {
    return;
  }
  for (size_t i = 0; i < n; i++) {
    budget->current[source * n + i] += b->strength[i];
    node[i] += b->s[i * n + i];
    read[i] += b->a[i * n + i];
  }
}

/* --- sources --- */

static void add_leaks(struct bench *b, struct model_noise_budget *budget,
                      size_t source) {
  const struct model_noise *noise = b->net->noise;
  for (size_t i = 0; i < budget->n_nodes; i++) {
    b->strength[i] = 2.0 * noise->theta * noise->leak[i];
  }
  add(b, budget, source, INFINITY);
}

static void add_springs(struct bench *b, struct model_noise_budget *budget,
                        size_t source) {
  for (size_t i = 0; i < budget->n_nodes; i++) {
    b->strength[i] =
        i < b->net->layout.width[0]
            ? 2.0 * b->net->noise->theta * model_drive_conductance(b->drive, i)
            : 0.0;
  }
  add(b, budget, source, INFINITY);
}

static void add_couplings(struct bench *b, struct model_noise_budget *budget,
                          size_t source) {
  const struct model_noise *noise = b->net->noise;
  for (size_t i = 0; i < budget->n_nodes; i++) {
    const double gain = input_gain(b, i);
    b->strength[i] = 2.0 * noise->theta * gain * gain * noise->input[i];
  }
  add(b, budget, source, INFINITY);
}

/* Traps of one rate after another. */
static void add_traps(struct bench *b, struct model_noise_budget *budget,
                      size_t source, const struct circuit_traps *traps,
                      double step) {
  for (size_t k = 0; k < traps->n; k++) {
    const double rate = traps->up[k] + traps->down[k];
    const double p = traps->up[k] / rate;
    for (size_t i = 0; i < budget->n_nodes; i++) {
      const double current = step * input_gain(b, i);
      b->strength[i] = current * current * p * (1.0 - p);
    }
    add(b, budget, source, rate);
  }
}

static void add_flicker(struct bench *b, struct model_noise_budget *budget,
                        size_t source) {
  const struct model_noise *noise = b->net->noise;
  add_traps(b, budget, source, &noise->flicker, noise->flicker_step);
}

static void add_telegraph(struct bench *b, struct model_noise_budget *budget,
                          size_t source) {
  const struct model_noise *noise = b->net->noise;
  add_traps(b, budget, source, &noise->telegraph, noise->telegraph_step);
}

const struct model_noise_source model_noise_sources[MODEL_NOISE_N_SOURCES] = {
    {"thermal, leaks", true},
    {"thermal, springs", true},
    {"thermal, couplings", true},
    {"flicker", false},
    {"telegraph", false}};

/* In the order of their names. */
static void (*const adders[MODEL_NOISE_N_SOURCES])(struct bench *,
                                                   struct model_noise_budget *,
                                                   size_t) = {
    add_leaks, add_springs, add_couplings, add_flicker, add_telegraph};

static void add_all(struct bench *b, struct model_noise_budget *budget) {
  for (size_t k = 0; k < MODEL_NOISE_N_SOURCES; k++) {
    if (!model_noise_sources[k].is_white || b->net->noise->params.thermal) {
      adders[k](b, budget, k);
    }
  }
}

/* --- the whole --- */

static enum sim_status linearise(struct bench *b, const double *s,
                                 struct sim_error *err) {
  const size_t n = b->net->layout.n_nodes;
  if (!model_network_has_energy(b->net)) {
    model_hessian_jacobian(b->net, b->drive, s, b->matrix, &b->work,
                           b->scratch);
    return sim_noise_linear_create(&b->linear, n, b->matrix,
                                   b->net->inv_capacitance, b->window, err);
  }
  model_hessian_matrix(b->net, b->drive, s, b->matrix, &b->work, b->scratch);
  return sim_noise_modes_create(&b->modes, n, b->matrix,
                                b->net->inv_capacitance, err);
}

static enum sim_status reserve(struct bench *b,
                               struct model_noise_budget *budget, size_t n,
                               struct sim_error *err) {
  b->matrix = sim_alloc_doubles(n * n, err);
  b->scratch = sim_alloc_doubles(2 * n, err);
  b->strength = sim_alloc_doubles(n, err);
  b->s = sim_alloc_doubles(n * n, err);
  b->a = sim_alloc_doubles(n * n, err);
  budget->node = sim_alloc_doubles(MODEL_NOISE_N_SOURCES * n, err);
  budget->read = sim_alloc_doubles(MODEL_NOISE_N_SOURCES * n, err);
  budget->current = sim_alloc_doubles(MODEL_NOISE_N_SOURCES * n, err);
  return b->matrix && b->scratch && b->strength && b->s && b->a &&
                 budget->node && budget->read && budget->current
             ? model_work_init(&b->work, &b->net->layout, 1, err)
             : err->status;
}

enum sim_status model_noise_budget_make(struct model_noise_budget *budget,
                                        const struct model_network *net,
                                        const struct model_drive *drive,
                                        const double *s, double window,
                                        struct sim_error *err) {
  struct bench b = {.net = net, .drive = drive, .window = window, .err = err};
  const size_t n = net->layout.n_nodes;
  *budget = (struct model_noise_budget){.n_nodes = n};
  enum sim_status status = reserve(&b, budget, n, err);
  if (status == SIM_OK) {
    status = linearise(&b, s, err);
  }
  if (status == SIM_OK && net->noise) {
    add_all(&b, budget);
    status = err->status;
  }
  sim_noise_modes_destroy(b.modes);
  sim_noise_linear_destroy(b.linear);
  model_work_finish(&b.work);
  free(b.matrix);
  free(b.scratch);
  free(b.strength);
  free(b.s);
  free(b.a);
  if (status) {
    model_noise_budget_finish(budget);
  }
  return status;
}

void model_noise_budget_finish(struct model_noise_budget *budget) {
  free(budget->node);
  free(budget->read);
  free(budget->current);
  *budget = (struct model_noise_budget){0};
}
