/* models/noise_parts.c -- what each source does to what is seen of a sample
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/noise_parts.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

typedef double complex number;

/* --- from currents into nodes to what is seen --- */

static void multiply(size_t size, CBLAS_TRANSPOSE op_b, const number *a,
                     const number *x, number *c) {
  const int n = (int)size;
  const number one = 1, zero = 0;
  cblas_zgemm(CblasRowMajor, CblasNoTrans, op_b, n, n, n, &one, a, n, x, n,
              &zero, c, n);
}

/* V = B diag(strength) B*, B = X^-1 C^-1; of stored voltages B = X^-1. */
static void set_currents(struct model_noise_bench *b, bool is_voltage) {
  const size_t n = b->net->layout.n_nodes;
  for (size_t i = 0; i < n; i++) {
    const double inv_c = is_voltage ? 1.0 : b->net->inv_capacitance[i];
    b->strength[i] *= inv_c * inv_c;
  }
  for (size_t i = 0; i < n * n; i++) {
    b->half[i] = b->modes.left[i] * b->strength[i % n];
  }
  multiply(n, CblasConjTrans, b->half, b->modes.left, b->currents);
}

/* product += V o K */
static void add_product(struct model_noise_bench *b, const number *moments) {
  const size_t n = b->net->layout.n_nodes;
  for (size_t i = 0; i < n * n; i++) {
    b->product[i] += b->currents[i] * moments[i];
  }
}

static void clear_product(struct model_noise_bench *b) {
  const size_t n = b->net->layout.n_nodes;
  memset(b->product, 0, n * n * sizeof *b->product);
}

/* half = X product: its rows times those of X* are the covariance. */
static void spread(struct model_noise_bench *b) {
  multiply(b->net->layout.n_nodes, CblasNoTrans, b->modes.right, b->product,
           b->half);
}

static void spread_one(struct model_noise_bench *b, const number *moments) {
  clear_product(b);
  add_product(b, moments);
  spread(b);
}

/* Variance of node i, after spread. */
static double variance(const struct model_noise_bench *b, size_t i) {
  const size_t n = b->net->layout.n_nodes;
  double sum = 0;
  for (size_t m = 0; m < n; m++) {
    sum += creal(b->half[i * n + m] * conj(b->modes.right[i * n + m]));
  }
  return sum;
}

/* sum_kj a_k a_j D_kj, j in layer l and k above it. */
static double cross(struct model_noise_bench *b, size_t l) {
  const struct model_layout *at = &b->net->layout;
  const size_t n = at->n_nodes;
  double sum = 0;
  memset(b->column, 0, n * sizeof *b->column);
  for (size_t j = at->node_at[l]; j < at->node_at[l] + at->width[l]; j++) {
    for (size_t m = 0; m < n; m++) {
      b->column[m] += b->seen[j] * b->gain[j] * conj(b->modes.right[j * n + m]);
    }
  }
  for (size_t k = at->node_at[l + 1]; k < at->node_at[l + 1] + at->width[l + 1];
       k++) {
    double row = 0;
    for (size_t m = 0; m < n; m++) {
      row += creal(b->half[k * n + m] * b->column[m]);
    }
    sum += b->seen[k] * b->gain[k] * row;
  }
  return sum;
}

static double sum_layer(const struct model_layout *at, size_t l,
                        const double *x, const double *weight) {
  double sum = 0;
  for (size_t i = at->node_at[l]; i < at->node_at[l] + at->width[l]; i++) {
    sum += x[i] * (weight ? weight[i] : 1.0);
  }
  return sum;
}

/* Add the gradient's variance (blocks) for differences of variance output
 * (nodes); with `has_cross` they are those of `half`, else independent. */
static void add_gradient(struct model_noise_bench *b, const double *output,
                         bool has_cross, double *gradient) {
  const struct model_layout *at = &b->net->layout;
  const size_t n_weights = at->n_layers - 1;
  const double f = model_learning_factor(b->rule), square = f * f;
  for (size_t l = 0; l < n_weights; l++) {
    const double low = sum_layer(at, l, b->seen, b->seen);
    const double high = sum_layer(at, l + 1, b->seen, b->seen);
    double sum = low * sum_layer(at, l + 1, output, NULL) +
                 high * sum_layer(at, l, output, NULL);
    sum += has_cross ? 2.0 * cross(b, l) : 0.0;
    gradient[l] += square * sum;
  }
  for (size_t l = 0; l < at->n_layers; l++) {
    gradient[n_weights + l] += square * sum_layer(at, l, output, NULL);
  }
}

/* --- sources --- */

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
    } else if (source->kind == MODEL_SOURCE_ARRAY) {
      const double gain = model_network_input_gain(b->net, i, b->work.slope[i]);
      conductance = gain * gain * noise->array[source->array * at->n_nodes + i];
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
    row[i] = gain * gain * variance(b, i);
  }
  if (view == MODEL_VIEW_DIFFERENCE) {
    add_gradient(b, row, true, seen->gradient + k * model_layout_n_blocks(at));
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
    set_currents(b, false);
    spread_one(b, is_trap ? b->trap_moments : b->moments[v]);
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
  set_currents(b, true);
}

static void note_memory(struct model_noise_bench *b, size_t k,
                        struct model_noise_seen *seen) {
  model_phase_noise_view(&b->phases, MODEL_VIEW_DIFFERENCE);
  fill_held(b);
  set_memory(b);
  spread_one(b, b->trap_moments);
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
  add_gradient(b, output, false,
               seen->gradient + k * model_layout_n_blocks(at));
}

/* The velocity is what is read of visible nodes, less their sources. */
static void note_velocity(struct model_noise_bench *b, size_t k,
                          struct model_noise_seen *seen) {
  const struct model_periphery *p = b->net->periphery;
  const size_t visible = b->net->layout.width[0];
  for (size_t i = 0; i < visible; i++) {
    const double gain =
        model_learning_gain(b->rule) *
        (p && p->has_velocity_adc ? p->velocity_adc.gain[i] : 1.0);
    seen->velocity[k * visible + i] +=
        gain * gain * seen->read[k * b->net->layout.n_nodes + i];
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
      note_velocity(b, k, seen);
    } else if (b->source[k].kind == MODEL_SOURCE_MEMORY) {
      note_memory(b, k, seen);
    } else {
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
    if (b->source[k].kind <= MODEL_SOURCE_ARRAY) {
      set_white(b, &b->source[k], true);
      cblas_daxpy((int)n, 1.0, b->strength, 1, total, 1);
    }
  }
  memcpy(b->strength, total, n * sizeof *total);
  set_currents(b, false);
  model_phase_noise_view(&b->phases, MODEL_VIEW_DIFFERENCE);
  model_phase_noise_add(&b->phases, INFINITY, 1.0);
  model_phase_noise_moments(&b->phases, b->trap_moments);
  add_product(b, b->trap_moments);
}

static void add_trap_total(struct model_noise_bench *b) {
  set_traps(b);
  set_currents(b, false);
  model_phase_noise_view(&b->phases, MODEL_VIEW_DIFFERENCE);
  for (size_t k = 0; k < b->n_sources; k++) {
    if (b->source[k].kind == MODEL_SOURCE_FLICKER ||
        b->source[k].kind == MODEL_SOURCE_TELEGRAPH) {
      add_trap_set(b, b->source[k].kind);
    }
  }
  model_phase_noise_moments(&b->phases, b->trap_moments);
  add_product(b, b->trap_moments);
}

static void add_memory_total(struct model_noise_bench *b) {
  const struct model_periphery *p = b->net->periphery;
  if (p && p->has_memory && p->memory.noise > 0) {
    model_phase_noise_view(&b->phases, MODEL_VIEW_DIFFERENCE);
    fill_held(b);
    set_memory(b);
    add_product(b, b->trap_moments);
  }
}

/* [1] variance of an output's difference by its two conversions. */
static double conversions(const struct model_noise_bench *b) {
  double sum = 0;
  for (size_t k = 0; k < b->n_sources; k++) {
    if (b->source[k].kind >= MODEL_SOURCE_OUTPUT_SAMPLING) {
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
  clear_product(b);
  if (b->net->noise) {
    add_white_total(b);
    add_trap_total(b);
  }
  add_memory_total(b);
  spread(b);
  const double converted = conversions(b);
  for (size_t i = 0; i < at->n_nodes; i++) {
    output[i] = b->gain[i] * b->gain[i] * variance(b, i) + converted;
  }
  add_gradient(b, output, true, blocks);
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
  add_gradient(b, one, false, blocks);
}
