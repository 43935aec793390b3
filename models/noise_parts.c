/* models/noise_parts.c -- what each source does to what is seen of a sample
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/noise_parts.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "models/noise_spread.h"

typedef double complex number;

/* --- sources --- */

/* What the couplings of an array, or the excess of all of them, are at node i.
 * An excess below 1 is part of the couplings. */
static double input_conductance(const struct model_noise_bench *b,
                                const struct model_source *source, size_t i) {
  const struct model_noise *noise = b->net->noise;
  const double gain = model_network_input_gain(b->net, i, b->work.slope[i]);
  const double plain = 1.0 / fmax(noise->params.excess, 1.0);
  const double conductance =
      source->kind == MODEL_SOURCE_EXCESS
          ? (1.0 - plain) * noise->input[i]
          : plain * noise->array[source->array * b->net->layout.n_nodes + i];
  return gain * gain * conductance;
}

/* Strengths of one source's currents into the nodes, for this view. */
static void set_white(struct model_noise_bench *b,
                      const struct model_source *source, bool is_difference) {
  const struct model_noise *noise = b->net->noise;
  const struct model_layout *at = &b->net->layout;
  const double *g = b->conductance[is_difference];
  for (size_t i = 0; i < at->n_nodes; i++) {
    double conductance = noise->leak[i];
    if (source->kind == MODEL_SOURCE_SPRING) {
      conductance = i < at->width[0] ? g[i] : 0.0;
    } else if (source->kind != MODEL_SOURCE_LEAK) {
      conductance = input_conductance(b, source, i);
    }
    b->strength[i] = 2.0 * noise->theta * conductance;
  }
}

static void set_traps(struct model_noise_bench *b) {
  for (size_t i = 0; i < b->net->layout.n_nodes; i++) {
    const double gain = model_network_input_gain(b->net, i, b->work.slope[i]);
    b->strength[i] = gain * gain;
  }
}

/* Moments of a set of traps in the view that has been chosen. */
static void add_traps(struct model_phase_noise *phases,
                      const struct circuit_traps *traps, double step) {
  for (size_t k = 0; k < traps->n; k++) {
    const double rate = traps->up[k] + traps->down[k];
    const double p = traps->up[k] / rate;
    model_phase_noise_add(phases, rate, step * step * p * (1.0 - p));
  }
}

static void add_trap_set(struct model_noise_bench *b,
                         enum model_source_kind kind) {
  const struct model_noise *n = b->net->noise;
  const bool is_flicker = kind == MODEL_SOURCE_FLICKER;
  add_traps(&b->phases, is_flicker ? &n->flicker : &n->telegraph,
            is_flicker ? n->flicker_step : n->telegraph_step);
}

/* What the current of `half` does in this view, as source number k. */
static void note_view(struct model_noise_bench *b, enum model_phase_view view,
                      size_t k, struct model_noise_seen *seen) {
  const struct model_layout *at = &b->net->layout;
  const size_t n = at->n_nodes;
  double *row = (view == MODEL_VIEW_NODE   ? seen->node
                 : view == MODEL_VIEW_READ ? seen->read
                                           : seen->output) +
                k * n;
  for (size_t i = 0; i < n; i++) {
    const double gain = view == MODEL_VIEW_DIFFERENCE ? b->gain[i] : 1.0;
    row[i] = gain * gain * model_noise_spread_variance(b, i);
  }
  if (view == MODEL_VIEW_DIFFERENCE) {
    model_noise_spread_gradient(b, row, true,
                                seen->gradient + k * model_layout_n_blocks(at));
  }
}

static void note_device(struct model_noise_bench *b, size_t k,
                        struct model_noise_seen *seen) {
  const size_t n = b->net->layout.n_nodes;
  const struct model_source *source = &b->source[k];
  const bool is_trap = source->kind == MODEL_SOURCE_FLICKER ||
                       source->kind == MODEL_SOURCE_TELEGRAPH;
  for (enum model_phase_view v = 0; v < MODEL_N_VIEWS; v++) {
    if (v == MODEL_VIEW_READ && !(b->plan.window > 0)) {
      memcpy(seen->read + k * n, seen->node + k * n, n * sizeof *seen->read);
      continue;
    }
    if (is_trap) {
      set_traps(b);
      model_phase_noise_view(&b->phases, v);
      add_trap_set(b, source->kind);
      model_phase_noise_moments(&b->phases, b->trap_moments);
    } else {
      set_white(b, source, v == MODEL_VIEW_DIFFERENCE);
    }
    model_noise_spread_currents(b, false);
    model_noise_spread_one(b, is_trap ? b->trap_moments : b->moments[v]);
    note_view(b, v, k, seen);
  }
}

/* Moments of a stored voltage in the difference. */
static void fill_held(struct model_noise_bench *b) {
  const size_t n = b->net->layout.n_nodes;
  for (size_t i = 0; i < n * n; i++) {
    b->trap_moments[i] = b->phases.held[i / n] * conj(b->phases.held[i % n]);
  }
}

static void set_memory(struct model_noise_bench *b) {
  const struct model_periphery *p = b->net->periphery;
  const double rms = p->memory.noise / p->voltage_unit;
  for (size_t i = 0; i < b->net->layout.n_nodes; i++) {
    b->strength[i] = rms * rms;
  }
  model_noise_spread_currents(b, true);
}

static void note_memory(struct model_noise_bench *b, size_t k,
                        struct model_noise_seen *seen) {
  model_phase_noise_view(&b->phases, MODEL_VIEW_DIFFERENCE);
  fill_held(b);
  set_memory(b);
  model_noise_spread_one(b, b->trap_moments);
  note_view(b, MODEL_VIEW_DIFFERENCE, k, seen);
}

/* [1] variance of one conversion. */
static double conversion(const struct model_noise_bench *b,
                         enum model_source_kind kind) {
  const struct model_periphery *p = b->net->periphery;
  const bool is_step =
      kind == MODEL_SOURCE_VELOCITY_STEP || kind == MODEL_SOURCE_OUTPUT_STEP;
  const struct circuit_converters *adc =
      kind >= MODEL_SOURCE_OUTPUT_SAMPLING ? &p->output_adc : &p->velocity_adc;
  const double rms = is_step ? circuit_converters_rounding(adc) : adc->noise;
  return rms * rms / (p->voltage_unit * p->voltage_unit);
}

static void note_converter(struct model_noise_bench *b, size_t k,
                           struct model_noise_seen *seen) {
  const struct model_layout *at = &b->net->layout;
  const enum model_source_kind kind = b->source[k].kind;
  const double one = conversion(b, kind);
  if (kind == MODEL_SOURCE_VELOCITY_SAMPLING ||
      kind == MODEL_SOURCE_VELOCITY_STEP) {
    const double gain = model_learning_gain(b->rule);
    for (size_t i = 0; i < at->width[0]; i++) {
      seen->velocity[k * at->width[0] + i] = gain * gain * one;
    }
    return;
  }
  double *output = seen->output + k * at->n_nodes;
  for (size_t i = 0; i < at->n_nodes; i++) {
    output[i] = 2.0 * one;
  }
  model_noise_spread_gradient(b, output, false,
                              seen->gradient + k * model_layout_n_blocks(at));
}

void model_noise_velocity(const struct model_network *net,
                          const struct model_learning *rule, const double *read,
                          double *velocity) {
  const struct model_periphery *p = net->periphery;
  for (size_t i = 0; i < net->layout.width[0]; i++) {
    const double gain =
        model_learning_gain(rule) *
        (p && p->has_velocity_adc ? p->velocity_adc.gain[i] : 1.0);
    velocity[i] += gain * gain * read[i];
  }
}

/* White noise of strength 1 in every view. */
static void fill_moments(struct model_noise_bench *b) {
  for (enum model_phase_view v = 0; v < MODEL_N_VIEWS; v++) {
    model_phase_noise_view(&b->phases, v);
    model_phase_noise_add(&b->phases, INFINITY, 1.0);
    model_phase_noise_moments(&b->phases, b->moments[v]);
  }
}

void model_noise_parts_note(struct model_noise_bench *b,
                            struct model_noise_seen *seen) {
  model_phase_noise_begin(&b->phases, &b->plan, b->modes.rate);
  fill_moments(b);
  for (size_t k = 0; k < b->n_sources; k++) {
    if (b->source[k].kind <= MODEL_SOURCE_TELEGRAPH) {
      note_device(b, k, seen);
      model_noise_velocity(b->net, b->rule,
                           seen->read + k * b->net->layout.n_nodes,
                           seen->velocity + k * b->net->layout.width[0]);
    } else if (b->source[k].kind == MODEL_SOURCE_MEMORY) {
      note_memory(b, k, seen);
    } else if (b->source[k].kind != MODEL_SOURCE_DEVICE) {
      note_converter(b, k, seen);
    }
  }
}

/* --- all at once --- */

static void add_white_total(struct model_noise_bench *b) {
  const size_t n = b->net->layout.n_nodes;
  double *total = b->scratch;
  memset(total, 0, n * sizeof *total);
  for (size_t k = 0; k < b->n_sources; k++) {
    if (b->source[k].kind <= MODEL_SOURCE_EXCESS) {
      set_white(b, &b->source[k], true);
      cblas_daxpy((int)n, 1.0, b->strength, 1, total, 1);
    }
  }
  memcpy(b->strength, total, n * sizeof *total);
  model_noise_spread_currents(b, false);
  model_phase_noise_view(&b->phases, MODEL_VIEW_DIFFERENCE);
  model_phase_noise_add(&b->phases, INFINITY, 1.0);
  model_phase_noise_moments(&b->phases, b->trap_moments);
  model_noise_spread_add(b, b->trap_moments);
}

static void add_trap_total(struct model_noise_bench *b) {
  set_traps(b);
  model_noise_spread_currents(b, false);
  model_phase_noise_view(&b->phases, MODEL_VIEW_DIFFERENCE);
  for (size_t k = 0; k < b->n_sources; k++) {
    if (b->source[k].kind == MODEL_SOURCE_FLICKER ||
        b->source[k].kind == MODEL_SOURCE_TELEGRAPH) {
      add_trap_set(b, b->source[k].kind);
    }
  }
  model_phase_noise_moments(&b->phases, b->trap_moments);
  model_noise_spread_add(b, b->trap_moments);
}

static void add_memory_total(struct model_noise_bench *b) {
  const struct model_periphery *p = b->net->periphery;
  if (p && p->has_memory && p->memory.noise > 0) {
    model_phase_noise_view(&b->phases, MODEL_VIEW_DIFFERENCE);
    fill_held(b);
    set_memory(b);
    model_noise_spread_add(b, b->trap_moments);
  }
}

/* [1] variance of an output's difference by its two conversions. */
static double conversions(const struct model_noise_bench *b) {
  double sum = 0;
  for (size_t k = 0; k < b->n_sources; k++) {
    if (b->source[k].kind == MODEL_SOURCE_OUTPUT_SAMPLING ||
        b->source[k].kind == MODEL_SOURCE_OUTPUT_STEP) {
      sum += 2.0 * conversion(b, b->source[k].kind);
    }
  }
  return sum;
}

double model_noise_parts_total(struct model_noise_bench *b,
                               const struct model_phase_plan *plan) {
  const struct model_layout *at = &b->net->layout;
  double *output = b->scratch, blocks[MODEL_MAX_BLOCKS] = {0}, sum = 0;
  model_phase_noise_begin(&b->phases, plan, b->modes.rate);
  model_noise_spread_clear(b);
  if (b->net->noise) {
    add_white_total(b);
    add_trap_total(b);
  }
  add_memory_total(b);
  model_noise_spread(b);
  const double converted = conversions(b);
  for (size_t i = 0; i < at->n_nodes; i++) {
    output[i] =
        b->gain[i] * b->gain[i] * model_noise_spread_variance(b, i) + converted;
  }
  model_noise_spread_gradient(b, output, true, blocks);
  for (size_t k = 0; k < model_layout_n_blocks(at); k++) {
    sum += blocks[k];
  }
  return sum;
}

void model_noise_parts_per_read(struct model_noise_bench *b, double *blocks) {
  const struct model_layout *at = &b->net->layout;
  double *one = b->scratch;
  for (size_t i = 0; i < at->n_nodes; i++) {
    one[i] = 1.0;
  }
  memset(blocks, 0, model_layout_n_blocks(at) * sizeof *blocks);
  model_noise_spread_gradient(b, one, false, blocks);
}
