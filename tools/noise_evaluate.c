/* tools/noise_evaluate.c -- from variances to what a designer asks for
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "tools/budget.h"

const char *const tool_noise_names[TOOL_NOISE_N_QUANTITIES] = {
    "node", "velocity", "gradient", "batch"};

static double sum_of(size_t n, const double *x) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    sum += x[i];
  }
  return sum;
}

double tool_noise_batch(const struct tool_noise_budget *b, size_t k,
                        size_t block) {
  const struct model_noise_analysis *f = &b->found;
  const size_t at = k * f->n_blocks + block;
  return f->source[k].kind == MODEL_SOURCE_DEVICE
             ? f->shared[at]
             : f->gradient[at] / (double)b->n_batch;
}

static double batch_of(const struct tool_noise_budget *b, size_t k) {
  double sum = 0;
  for (size_t block = 0; block < b->found.n_blocks; block++) {
    sum += tool_noise_batch(b, k, block);
  }
  return sum;
}

/* What samples share, of all sources. */
static double shared_of(const struct tool_noise_budget *b) {
  const struct model_noise_analysis *f = &b->found;
  return sum_of(f->n_sources * f->n_blocks, f->shared);
}

/* [unit of the quantity, squared] what source k does. */
static double variance_of(const struct tool_noise_budget *b,
                          enum tool_noise_quantity quantity, size_t k) {
  const struct model_noise_analysis *f = &b->found;
  const double volt = b->setup->chip->voltage_unit;
  switch (quantity) {
    case TOOL_NOISE_NODE:
      return volt * volt * sum_of(f->n_nodes, f->node + k * f->n_nodes) /
             (double)f->n_nodes;
    case TOOL_NOISE_VELOCITY:
      return sum_of(f->n_visible, f->velocity + k * f->n_visible) /
             (double)f->n_visible;
    case TOOL_NOISE_GRADIENT:
      return sum_of(f->n_blocks, f->gradient + k * f->n_blocks);
    default:
      return batch_of(b, k);
  }
}

static void fill_rms(struct tool_noise_budget *b) {
  for (enum tool_noise_quantity q = 0; q < TOOL_NOISE_N_QUANTITIES; q++) {
    double total = 0;
    for (size_t k = 0; k < b->found.n_sources; k++) {
      const double variance = variance_of(b, q, k);
      b->rms[q][k] = sqrt(variance);
      total += variance;
    }
    b->total[q] = sqrt(total);
  }
}

double tool_noise_displacement(const struct tool_noise_budget *b,
                               size_t layer) {
  const struct model_noise_analysis *f = &b->found;
  const struct model_layout *at = &b->setup->net.layout;
  const size_t first = at->node_at[layer], n = at->width[layer];
  double noise = 0;
  for (size_t k = 0; k < f->n_sources; k++) {
    noise += sum_of(n, f->output + k * f->n_nodes + first);
  }
  return sqrt(sum_of(n, f->moved + first) / noise);
}

double tool_noise_block(const struct tool_noise_budget *b, size_t block) {
  const struct model_noise_analysis *f = &b->found;
  double noise = 0;
  for (size_t k = 0; k < f->n_sources; k++) {
    noise += tool_noise_batch(b, k, block);
  }
  return sqrt(f->signal[block] / noise);
}

/* The shortest window that has the target, between those tried in
 * logarithms, with an instant at a hundredth of the next. */
static double find_window(const struct tool_noise_budget *b, double target) {
  if (b->window_snr[0] >= target) {
    return b->window[0];
  }
  for (size_t i = 1; i < b->n_windows; i++) {
    const double low = b->window_snr[i - 1], high = b->window_snr[i];
    if (high >= target) {
      const double from = fmax(b->window[i - 1], 0.01 * b->window[i]);
      const double part = log(target / low) / log(high / low);
      return from * pow(b->window[i] / from, part);
    }
  }
  return NAN;
}

static void fill_windows(struct tool_noise_budget *b) {
  const double target = b->setup->experiment->noise_budget.target_snr;
  for (size_t i = 0; i < b->n_windows; i++) {
    const double own = b->found.window[i] / (double)b->n_batch;
    b->window_snr[i] = b->signal / sqrt(own + shared_of(b));
  }
  b->needed = find_window(b, target);
}

/* Bits of a converter from -range to range with this step [1]. */
static double bits_of(const struct tool_noise_budget *b, double step) {
  const double range = b->setup->experiment->chip.periphery.output_adc.range /
                       b->setup->chip->voltage_unit;
  return log2(2 * range / step);
}

/* A difference of two reads errs by q^2/6. */
static void fill_bits(struct tool_noise_budget *b) {
  const struct model_noise_analysis *f = &b->found;
  const double target = b->setup->experiment->noise_budget.target_snr;
  double others = 0;
  for (size_t k = 0; k < f->n_sources; k++) {
    if (f->source[k].kind != MODEL_SOURCE_OUTPUT_STEP &&
        f->source[k].kind != MODEL_SOURCE_DEVICE) {
      others += sum_of(f->n_nodes, f->output + k * f->n_nodes);
    }
  }
  b->bits_noise = bits_of(b, sqrt(6 * others / (double)f->n_nodes));
  const double allowed = b->signal * b->signal * (double)b->n_batch /
                         (target * target * sum_of(f->n_blocks, f->per_read));
  b->bits_snr = bits_of(b, sqrt(6 * allowed));
}

/* What samples share is the same for all nudges. */
static void fill_nudges(struct tool_noise_budget *b) {
  const struct model_learning *rule = &b->setup->experiment->learning;
  const double shared = shared_of(b), total = b->total[TOOL_NOISE_BATCH];
  const double s = rule->nudge * sqrt(fmax(total * total - shared, 0));
  for (size_t i = 0; i < b->n_nudges; i++) {
    b->noise[i] = hypot(s / b->nudge[i], sqrt(shared));
  }
  b->best = model_nudge_choose(b->n_nudges, b->nudge, b->bias, s,
                               rule->phases == 3 ? 2 : 1);
}

void tool_noise_evaluate(struct tool_noise_budget *b) {
  const struct model_noise_analysis *f = &b->found;
  fill_rms(b);
  b->signal = sqrt(sum_of(f->n_blocks, f->signal));
  b->signal_sample = sqrt(sum_of(f->n_blocks, f->signal_sample));
  b->snr_sample = b->signal_sample / b->total[TOOL_NOISE_GRADIENT];
  b->snr_batch = b->signal / b->total[TOOL_NOISE_BATCH];
  fill_windows(b);
  fill_bits(b);
  fill_nudges(b);
}
