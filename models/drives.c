/* models/drives.c -- what a real periphery connects to the visible nodes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/drives.h"

#include <stdlib.h>
#include <string.h>

#include "sim/memory.h"

/* Conductance of node i with a nudge of this strength. */
static double conductance_of(const struct model_drives *d, double strength,
                             size_t i) {
  const struct circuit_sources *s = &d->periphery->sources;
  return circuit_source_conductance(
      d->rule.spring * s->spring[i],
      strength * model_learning_stiffness(&d->rule) * s->nudge[i]);
}

static enum sim_status check_minus(const struct model_drives *d,
                                   struct sim_error *err) {
  const bool is_used = d->rule.phases == 3 &&
                       d->rule.nudge_kind == MODEL_QUADRATIC &&
                       d->rule.nudged_states == MODEL_MEASURED;
  for (size_t i = 0; is_used && i < d->n_visible; i++) {
    const double g = conductance_of(d, -d->periphery->sources.minus, i);
    if (!(g > 0)) {
      return sim_error_set(err, SIM_ECONFIG,
                           "learning.nudge: must leave a positive conductance "
                           "in the minus phase, got %g at visible node %zu of "
                           "this chip",
                           g, i);
    }
  }
  return SIM_OK;
}

enum sim_status model_drives_init(struct model_drives *drives,
                                  const struct model_learning *rule,
                                  const struct model_periphery *periphery,
                                  size_t n_visible, size_t n_lanes,
                                  struct sim_error *err) {
  *drives = (struct model_drives){
      .rule = *rule,
      .periphery = periphery,
      .n_visible = n_visible,
      .n_lanes = n_lanes,
      .n_used = n_lanes,
      .source = sim_alloc_doubles(n_visible * n_lanes, err),
      .target = sim_alloc_doubles(n_visible * n_lanes, err),
      .conductance = sim_alloc_doubles(n_visible, err),
      .anchor = sim_alloc_doubles(n_visible * n_lanes, err),
      .current = sim_alloc_doubles(n_visible * n_lanes, err),
  };
  if (!drives->source || !drives->target || !drives->conductance ||
      !drives->anchor || !drives->current || check_minus(drives, err)) {
    model_drives_finish(drives);
    return err->status;
  }
  return SIM_OK;
}

void model_drives_finish(struct model_drives *drives) {
  free(drives->source);
  free(drives->target);
  free(drives->conductance);
  free(drives->anchor);
  free(drives->current);
  *drives = (struct model_drives){0};
}

static void convert(struct model_drives *d, size_t node, const double *x,
                    double *v) {
  const struct model_periphery *p = d->periphery;
  if (p->has_dac) {
    const size_t n = d->n_used, n_idle = d->n_lanes - n;
    d->n_clipped += circuit_dac_set(&p->dac, node, p->voltage_unit, n, x, v);
    circuit_dac_set(&p->dac, node, p->voltage_unit, n_idle, x + n, v + n);
  } else {
    memcpy(v, x, d->n_lanes * sizeof *x);
  }
}

/* Voltages of the sources of node i; u is NULL without a nudge. Without a DAC
 * target - source is u/(alpha lambda), not rounded by x_t. */
static void set_sources(struct model_drives *d, size_t node, const double *x_t,
                        const double *u) {
  const double gain = model_learning_gain(&d->rule);
  const size_t row = node * d->n_lanes;
  double *source = d->source + row, *target = d->target + row;
  convert(d, node, x_t + row, source);
  for (size_t k = 0; u && k < d->n_lanes; k++) {
    target[k] = (d->periphery->has_dac ? x_t[row + k] : 0) + u[row + k] / gain;
  }
  if (u && d->periphery->has_dac) {
    convert(d, node, target, target);
    for (size_t k = 0; k < d->n_lanes; k++) {
      target[k] -= source[k];
    }
  }
}

/* Spring and a nudge of this strength in one branch. */
static struct model_drive combine(struct model_drives *d, double strength,
                                  const double *x_t, const double *u) {
  const struct circuit_sources *s = &d->periphery->sources;
  const bool is_nudged = strength != 0;
  for (size_t i = 0; i < d->n_visible; i++) {
    const double spring = d->rule.spring * s->spring[i];
    const double g = conductance_of(d, strength, i);
    const double share = (g - spring) / g;
    const double offset = s->offset[i] / d->periphery->voltage_unit;
    d->conductance[i] = g;
    set_sources(d, i, x_t, is_nudged ? u : NULL);
    for (size_t k = i * d->n_lanes; k < (i + 1) * d->n_lanes; k++) {
      d->anchor[k] =
          d->source[k] + (is_nudged ? share * (d->target[k] + offset) : 0.0);
    }
  }
  return (struct model_drive){.conductance = d->rule.spring,
                              .conductances = d->conductance,
                              .anchor = d->anchor};
}

struct model_drive model_drives_spring(struct model_drives *d,
                                       const double *x_t) {
  return combine(d, 0.0, x_t, NULL);
}

struct model_drive model_drives_free(struct model_drives *d, const double *x_t,
                                     const double *u) {
  const double residual = d->rule.nudge_kind == MODEL_QUADRATIC
                              ? d->periphery->sources.residual
                              : 0.0;
  return combine(d, residual, x_t, u);
}

/* A current strength n_i beta alpha lambda (u - v + alpha lambda o_i). */
static void fill_current(struct model_drives *d, double strength,
                         const double *u, const double *v) {
  const double gain = model_learning_gain(&d->rule);
  const struct circuit_sources *s = &d->periphery->sources;
  for (size_t i = 0; i < d->n_visible; i++) {
    const double factor = strength * s->nudge[i] * d->rule.nudge * gain;
    const double offset = gain * s->offset[i] / d->periphery->voltage_unit;
    for (size_t k = i * d->n_lanes; k < (i + 1) * d->n_lanes; k++) {
      d->current[k] = factor * (u[k] - v[k] + offset);
    }
  }
}

struct model_drive model_drives_nudged(struct model_drives *d, double sign,
                                       const double *x_t, const double *u,
                                       const double *v) {
  const struct circuit_sources *s = &d->periphery->sources;
  const double strength = sign > 0 ? s->plus : -s->minus;
  if (d->rule.nudge_kind == MODEL_QUADRATIC) {
    return combine(d, strength, x_t, u);
  }
  struct model_drive drive = combine(d, 0.0, x_t, NULL);
  fill_current(d, strength, u, v);
  drive.current = d->current;
  return drive;
}
