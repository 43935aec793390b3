/* circuits/programming.c -- laws by which conductances reach their targets
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/programming.h"

#include <float.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/memory.h"

/* A target that misses the window by this part of g_max lies inside: it is
 * the sum of g_min and a weight of the whole window. */
#define ROUNDING (4.0 * DBL_EPSILON)

enum sim_status circuit_programming_create(
    struct circuit_programming **out,
    const struct circuit_coupling_params *params, double temperature,
    struct sim_error *err) {
  *out = NULL;
  struct circuit_programming *p = sim_alloc(1, sizeof *p, err);
  if (!p) {
    return err->status;
  }
  p->params = *params;
  p->reference = isnan(params->reference) ? params->g_max : params->reference;
  p->aging = (struct circuit_aging){&p->params.drift, &p->params.retention,
                                    p->reference, temperature};
  if (circuit_pulse_init(&p->pulse, &params->pulse, params->g_min,
                         params->g_max, err)) {
    free(p);
    return err->status;
  }
  *out = p;
  return SIM_OK;
}

void circuit_programming_destroy(struct circuit_programming *p) {
  if (p) {
    circuit_pulse_finish(&p->pulse);
    free(p);
  }
}

double circuit_programming_present(const struct circuit_programming *p,
                                   const struct circuit_bank *bank, size_t i,
                                   double wait) {
  return bank->age ? circuit_aging_at(&p->aging, bank, i, bank->g[i],
                                      bank->age[i] + wait)
                   : bank->g[i];
}

static void set(struct circuit_bank *bank, size_t i, double g) {
  bank->g[i] = g;
  if (bank->age) {
    bank->age[i] = 0;
  }
}

/* --- targets --- */

static double nearest_level(const struct circuit_coupling_params *params,
                            double g) {
  if (params->levels == 0) {
    return g;
  }
  const double last = (double)(params->levels - 1);
  const double span = params->g_max - params->g_min;
  const double part = round((g - params->g_min) / span * last) / last;
  return (1.0 - part) * params->g_min + part * params->g_max;  // exact ends
}

static double within(double g, double low, double high) {
  return fmin(fmax(g, low), high);
}

/* The level that is asked for. */
static double level_of(const struct circuit_coupling_params *params,
                       double target) {
  return nearest_level(params, within(target, params->g_min, params->g_max));
}

/* What a device can hold of its target; counts what it cannot. */
static double feasible(const struct circuit_programming *p,
                       const struct circuit_device *device, double target,
                       struct circuit_effort *effort) {
  const struct circuit_coupling_params *params = &p->params;
  const double slack = ROUNDING * params->g_max;
  const double level = level_of(params, target);
  const double g = within(level, device->low, device->high);
  const double nominal = within(target, params->g_min, params->g_max);
  effort->n_outside +=
      fabs(nominal - target) > slack || fabs(g - level) > slack;
  return g;
}

/* --- pulses --- */

void circuit_programming_pulse(const struct circuit_programming *p,
                               struct circuit_bank *bank, size_t i,
                               enum circuit_direction direction, gsl_rng *rng,
                               struct circuit_effort *effort) {
  const struct circuit_device *device = circuit_bank_device(bank, i);
  const double span = device->high - device->low;
  const double old = circuit_programming_present(p, bank, i, 0);
  double g = old;
  if (span > 0) {
    const double x = (old - device->low) / span;
    double dx = device->gain[direction] *
                circuit_pulse_step(&p->pulse, direction, within(x, 0, 1));
    const double sigma = circuit_pulse_spread(&p->pulse, dx);
    if (rng && sigma > 0) {
      dx += gsl_ran_gaussian_ziggurat(rng, sigma);
    }
    const double to = x + (direction == CIRCUIT_UP ? dx : -dx);
    g = device->low + span * within(to, fmin(x, 0), fmax(x, 1));
    g = fmin(g, fmax(old, device->high));
  }
  set(bank, i, g);
  effort->n_pulses++;
  effort->n_raising += direction == CIRCUIT_UP;
  effort->energy += circuit_pulse_energy(&p->pulse, direction, old, g);
}

/* [s] of the pulses since `before`, one after the other. */
static double time_since(const struct circuit_programming *p,
                         const struct circuit_effort *before,
                         const struct circuit_effort *effort) {
  const struct circuit_pulse_side *side = p->pulse.params.side;
  const uint64_t n = effort->n_pulses - before->n_pulses;
  const uint64_t n_up = effort->n_raising - before->n_raising;
  return (double)n_up * side[CIRCUIT_UP].width +
         (double)(n - n_up) * side[CIRCUIT_DOWN].width;
}

/* --- laws --- */

static void write_ideal(const struct circuit_programming *p,
                        const struct circuit_write *w,
                        struct circuit_effort *effort) {
  const struct circuit_write_noise_params *noise = &p->params.write_noise;
  const bool is_noisy = circuit_write_noise_is_on(noise);
  if (w->busy) {
    memset(w->busy, 0, w->n * sizeof *w->busy);
  }
  for (size_t k = 0; k < w->n; k++) {
    const size_t i = w->first + k;
    const struct circuit_device *device = circuit_bank_device(w->bank, i);
    double g = feasible(p, device, w->target[k], effort);
    if (w->before && level_of(&p->params, w->target[k]) ==
                         level_of(&p->params, w->before[k])) {
      continue;
    }
    if (is_noisy) {
      const double sigma = circuit_write_noise_sigma(noise, p->reference, g);
      g += sigma * circuit_bank_normal(w->bank, SIM_DRAW_WRITE, w->number, i);
      g = within(g, device->low, device->high);
    }
    set(w->bank, i, g);
  }
}

static void verify_one(const struct circuit_programming *p,
                       struct circuit_bank *bank, size_t i, double target,
                       gsl_rng *rng, struct circuit_effort *effort) {
  const double limit =
      p->params.tolerance * (p->params.g_max - p->params.g_min);
  for (size_t k = 0; k <= p->params.max_pulses; k++) {
    const double miss = target - circuit_programming_present(p, bank, i, 0);
    if (fabs(miss) <= limit) {
      return;
    }
    if (k < p->params.max_pulses) {
      circuit_programming_pulse(
          p, bank, i, miss > 0 ? CIRCUIT_UP : CIRCUIT_DOWN, rng, effort);
    }
  }
  effort->n_unverified++;
}

static void write_verify(const struct circuit_programming *p,
                         const struct circuit_write *w,
                         struct circuit_effort *effort) {
  struct sim_stream stream;
  for (size_t k = 0; k < w->n; k++) {
    const size_t i = w->first + k;
    feasible(p, circuit_bank_device(w->bank, i), w->target[k], effort);
    const struct circuit_effort earlier = *effort;
    verify_one(
        p, w->bank, i, level_of(&p->params, w->target[k]),
        circuit_bank_stream(w->bank, &stream, SIM_DRAW_PULSE, w->number, i),
        effort);
    if (w->busy) {
      w->busy[k] = time_since(p, &earlier, effort);
    }
  }
}

/* Pulses that the change takes; `change` and `step` in siemens. */
static size_t count_pulses(const struct circuit_programming *p,
                           const struct circuit_write *w, size_t i,
                           double change, double step) {
  struct sim_stream stream;
  double part = 0.5;
  if (p->params.rounding == CIRCUIT_STOCHASTIC) {
    part = gsl_rng_uniform(
        circuit_bank_stream(w->bank, &stream, SIM_DRAW_ROUND, w->number, i));
  }
  const double n = floor(fabs(change) / step + part);
  return (size_t)fmin(n, (double)p->params.max_pulses);
}

static void write_open_loop(const struct circuit_programming *p,
                            const struct circuit_write *w,
                            struct circuit_effort *effort) {
  const double window = p->params.g_max - p->params.g_min;
  struct sim_stream stream;
  for (size_t k = 0; k < w->n; k++) {
    const size_t i = w->first + k;
    const double change = level_of(&p->params, w->target[k]) - w->before[k];
    feasible(p, circuit_bank_device(w->bank, i), w->target[k], effort);
    const enum circuit_direction d = change > 0 ? CIRCUIT_UP : CIRCUIT_DOWN;
    const double step = window * circuit_pulse_nominal(&p->pulse, d);
    const size_t n = count_pulses(p, w, i, change, step);
    gsl_rng *rng =
        circuit_bank_stream(w->bank, &stream, SIM_DRAW_PULSE, w->number, i);
    const struct circuit_effort earlier = *effort;
    for (size_t j = 0; j < n; j++) {
      circuit_programming_pulse(p, w->bank, i, d, rng, effort);
    }
    if (w->busy) {
      w->busy[k] = time_since(p, &earlier, effort);
    }
    if (w->moved) {
      w->moved[k] = (d == CIRCUIT_UP ? step : -step) * (double)n;
    }
  }
}

enum circuit_programming_law circuit_programming_law(
    const struct circuit_programming *p, uint64_t number) {
  const bool is_verified =
      number == 0 && p->params.first_write == CIRCUIT_FIRST_VERIFY;
  return is_verified ? CIRCUIT_WRITE_VERIFY
                     : (enum circuit_programming_law)p->params.programming;
}

void circuit_programming_write(const struct circuit_programming *p,
                               const struct circuit_write *write,
                               struct circuit_effort *effort) {
  switch (circuit_programming_law(p, write->number)) {
    case CIRCUIT_WRITE_VERIFY:
      write_verify(p, write, effort);
      break;
    case CIRCUIT_OPEN_LOOP:
      write_open_loop(p, write, effort);
      break;
    case CIRCUIT_IDEAL:
      write_ideal(p, write, effort);
      break;
  }
}
