/* tools/noise_result.c -- the noise budget in run.h5
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <stdlib.h>

#include "sim/memory.h"
#include "tools/budget.h"

#define ROOT "/noise_budget"

struct writer {
  const struct tool_noise_budget *b;
  struct sim_result *result;
  double *values;  // as many as the longest dataset
  struct sim_error *err;
};

static void write_number(const struct writer *w, const char *path,
                         const char *unit, const char *long_name,
                         double value) {
  sim_result_write_number(w->result, path, unit, long_name, value, w->err);
}

/* One axis with its scale; NULL: it is a scale. */
static void write_list(const struct writer *w, const char *path,
                       const char *unit, const char *long_name,
                       const char *scale, size_t n, const double *values) {
  const struct sim_dataset d = {.path = path,
                                .unit = unit,
                                .long_name = long_name,
                                .rank = 1,
                                .shape = {n},
                                .scales = {scale},
                                .is_scale = scale == NULL};
  sim_result_write(w->result, &d, values, w->err);
}

static void write_index(const struct writer *w, const char *path,
                        const char *long_name, size_t n) {
  for (size_t i = 0; i < n; i++) {
    w->values[i] = (double)i;
  }
  write_list(w, path, "1", long_name, NULL, n, w->values);
}

static void write_scales(const struct writer *w) {
  const struct model_layout *at = &w->b->setup->net.layout;
  char names[1024] = "";
  for (size_t i = 0, used = 0; i < w->b->found.n_blocks; i++) {
    used += (size_t)snprintf(names + used, sizeof names - used, "%s%s",
                             i ? ", " : "", model_layout_block(at, i).name);
  }
  write_index(w, ROOT "/index/node", "node, layer by layer", at->n_nodes);
  write_index(w, ROOT "/index/pixel", "visible node", at->width[0]);
  write_index(w, ROOT "/index/layer", "layer", at->n_layers);
  write_index(w, ROOT "/index/block", names, w->b->found.n_blocks);
}

/* One quantity, source by source (row k of `all`), and all together. */
static void write_rows(const struct writer *w, enum tool_noise_quantity q,
                       const char *unit, const char *what, const char *scale,
                       size_t n, double factor, const double *all) {
  const struct model_noise_analysis *f = &w->b->found;
  double *total = w->values + n;
  char path[128], long_name[160];
  for (size_t i = 0; i < n; i++) {
    total[i] = 0;
  }
  for (size_t k = 0; k < f->n_sources; k++) {
    for (size_t i = 0; i < n; i++) {
      w->values[i] = factor * all[k * n + i];
      total[i] += w->values[i];
    }
    snprintf(path, sizeof path, ROOT "/%s/%s", tool_noise_names[q],
             f->source[k].name);
    snprintf(long_name, sizeof long_name, "variance of %s by %s", what,
             f->source[k].label);
    write_list(w, path, unit, long_name, scale, n, w->values);
  }
  snprintf(path, sizeof path, ROOT "/%s/total", tool_noise_names[q]);
  snprintf(long_name, sizeof long_name, "variance of %s", what);
  write_list(w, path, unit, long_name, scale, n, total);
}

static void write_shares(const struct writer *w, enum tool_noise_quantity q) {
  const struct tool_noise_budget *b = w->b;
  const char *unit = q == TOOL_NOISE_NODE ? "V" : "1";
  char path[128];
  for (size_t k = 0; k < b->found.n_sources; k++) {
    const struct model_source *source = &b->found.source[k];
    const double part = b->total[q] > 0 ? b->rms[q][k] / b->total[q] : 0;
    snprintf(path, sizeof path, ROOT "/rms/%s/%s", tool_noise_names[q],
             source->name);
    write_number(w, path, unit, source->label, b->rms[q][k]);
    snprintf(path, sizeof path, ROOT "/percent/%s/%s", tool_noise_names[q],
             source->name);
    write_number(w, path, "percent", source->label, 100 * part * part);
  }
  snprintf(path, sizeof path, ROOT "/rms/%s/total", tool_noise_names[q]);
  write_number(w, path, unit, "all sources", b->total[q]);
}

static void write_quantities(const struct writer *w) {
  const struct model_noise_analysis *f = &w->b->found;
  const double volt = w->b->setup->chip->voltage_unit;
  double batch[MODEL_MAX_SOURCES * MODEL_MAX_BLOCKS];
  write_rows(w, TOOL_NOISE_NODE, "V^2", "a node's voltage", ROOT "/index/node",
             f->n_nodes, volt * volt, f->node);
  write_rows(w, TOOL_NOISE_VELOCITY, "1", "a velocity", ROOT "/index/pixel",
             f->n_visible, 1, f->velocity);
  write_rows(w, TOOL_NOISE_GRADIENT, "1",
             "one sample's gradient, all parameters of a block",
             ROOT "/index/block", f->n_blocks, 1, f->gradient);
  for (size_t k = 0; k < f->n_sources * f->n_blocks; k++) {
    batch[k] = tool_noise_batch(w->b, k / f->n_blocks, k % f->n_blocks);
  }
  write_rows(w, TOOL_NOISE_BATCH, "1",
             "the batch's gradient, all parameters of a block",
             ROOT "/index/block", f->n_blocks, 1, batch);
  for (enum tool_noise_quantity q = 0; q < TOOL_NOISE_N_QUANTITIES; q++) {
    write_shares(w, q);
  }
}

static void write_signals(const struct writer *w) {
  const struct tool_noise_budget *b = w->b;
  const size_t n_layers = b->setup->net.layout.n_layers;
  for (size_t l = 0; l < n_layers; l++) {
    w->values[l] = tool_noise_displacement(b, l);
  }
  write_list(w, ROOT "/snr/displacement", "1",
             "what the nudge does to the outputs of a layer over its noise",
             ROOT "/index/layer", n_layers, w->values);
  for (size_t i = 0; i < b->found.n_blocks; i++) {
    w->values[i] = tool_noise_block(b, i);
  }
  write_list(w, ROOT "/snr/block", "1",
             "norm of a block of the batch's gradient over that of its noise",
             ROOT "/index/block", b->found.n_blocks, w->values);
  write_number(w, ROOT "/snr/sample", "1",
               "gradient of one sample over its noise", b->snr_sample);
  write_number(w, ROOT "/snr/batch", "1",
               "gradient of the batch over its noise", b->snr_batch);
}

static void write_nudges(const struct writer *w) {
  const struct tool_noise_budget *b = w->b;
  const char *scale = ROOT "/nudge/nudge";
  write_list(w, scale, "1", "nudge", NULL, b->n_nudges, b->nudge);
  write_list(w, ROOT "/nudge/bias", "1",
             "distance of the noiseless gradient from the adjoint", scale,
             b->n_nudges, b->bias);
  write_list(w, ROOT "/nudge/noise", "1", "rms noise of the batch's gradient",
             scale, b->n_nudges, b->noise);
  write_number(w, ROOT "/nudge/adjoint", "1", "norm of the adjoint gradient",
               b->adjoint);
  write_number(w, ROOT "/nudge/best", "1",
               "nudge of least squared bias and noise", b->best.nudge);
  write_number(w, ROOT "/nudge/formula", "1", "the same by the formula",
               b->best.formula);
}

static void write_needs(const struct writer *w) {
  const struct tool_noise_budget *b = w->b;
  const double tau = b->setup->chip->tau;
  for (size_t i = 0; i < b->n_windows; i++) {
    w->values[i] = tau * b->window[i];
  }
  write_list(w, ROOT "/averaging/window", "s", "read-out window", NULL,
             b->n_windows, w->values);
  write_list(w, ROOT "/averaging/snr", "1",
             "gradient of the batch over its noise", ROOT "/averaging/window",
             b->n_windows, b->window_snr);
  write_number(w, ROOT "/averaging/needed", "s",
               "read-out window for target_snr; NaN: longer than all tried",
               tau * b->needed);
  write_number(w, ROOT "/adc/bits_noise", "1",
               "bits for a step as large as all other noise", b->bits_noise);
  write_number(w, ROOT "/adc/bits_snr", "1",
               "bits for target_snr, were there no other noise", b->bits_snr);
}

enum sim_status tool_noise_write(const struct tool_noise_budget *b,
                                 struct tool_run *run, struct sim_error *err) {
  const size_t n = b->found.n_nodes + TOOL_NOISE_MAX_WINDOWS + MODEL_MAX_BLOCKS;
  const struct writer w = {.b = b,
                           .result = run->result,
                           .values = sim_alloc_doubles(2 * n, err),
                           .err = err};
  if (!w.values || sim_result_begin(run->result, err)) {
    free(w.values);
    return err->status;
  }
  write_scales(&w);
  write_quantities(&w);
  write_signals(&w);
  write_nudges(&w);
  write_needs(&w);
  free(w.values);
  return sim_result_end(run->result, err);
}
