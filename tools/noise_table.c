/* tools/noise_table.c -- the noise budget in words
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "tools/budget.h"

/* A line for the log and, unless the run is quiet, for stdout. */
static void print(struct tool_run *run, const char *format, ...)
    SIM_PRINTF(2, 3);
static void print(struct tool_run *run, const char *format, ...) {
  char text[256];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  tool_run_log(run, "%s", text);
  if (!run->is_quiet) {
    puts(text);
  }
}

static const char *const titles[TOOL_NOISE_N_QUANTITIES] = {
    "voltage of a node", "velocity", "gradient of one sample",
    "gradient of the batch"};

/* Sorted, the largest first. */
static void print_sources(const struct tool_noise_budget *b,
                          enum tool_noise_quantity q, struct tool_run *run) {
  const double unit = q == TOOL_NOISE_NODE ? 1e6 : 1;
  size_t order[MODEL_MAX_SOURCES];
  gsl_sort_index(order, b->rms[q], 1, b->found.n_sources);
  print(run, "%-32s  %12s  %6s", titles[q],
        q == TOOL_NOISE_NODE ? "rms [uV]" : "rms", "%");
  for (size_t i = b->found.n_sources; i-- > 0;) {
    const double rms = b->rms[q][order[i]];
    if (rms > 0) {
      const double part = rms / b->total[q];
      print(run, "  %-30s  %12.4g  %6.2f", b->found.source[order[i]].label,
            unit * rms, 100 * part * part);
    }
  }
  print(run, "  %-30s  %12.4g  %6.2f", "all", unit * b->total[q], 100.0);
}

static void print_signals(const struct tool_noise_budget *b,
                          struct tool_run *run) {
  const struct model_layout *at = &b->setup->net.layout;
  const double gain = model_learning_gain(&b->setup->experiment->learning);
  print(run, "displacements are read with %.4g uV rms",
        1e6 * b->total[TOOL_NOISE_VELOCITY] / gain *
            b->setup->chip->voltage_unit);
  for (size_t l = 0; l < at->n_layers; l++) {
    print(run,
          "what the nudge does to outputs of layer %zu over its noise: %.4g", l,
          tool_noise_displacement(b, l));
  }
  print(run, "gradient over its noise: one sample %.4g, %zu samples %.4g",
        b->snr_sample, b->n_batch, b->snr_batch);
  for (size_t i = 0; i < b->found.n_blocks; i++) {
    print(run, "  %-10s of %zu samples: %.4g", model_layout_block(at, i).name,
          b->n_batch, tool_noise_block(b, i));
  }
}

static void print_nudges(const struct tool_noise_budget *b,
                         struct tool_run *run) {
  print(run, "%-12s  %12s  %12s  of a gradient of %.4g", "nudge", "bias",
        "noise", b->adjoint);
  for (size_t i = 0; i < b->n_nudges; i++) {
    print(run, "%-12.4g  %12.4g  %12.4g", b->nudge[i], b->bias[i], b->noise[i]);
  }
  print(run, "best nudge: %.4g%s; by the formula %.4g", b->best.nudge,
        b->best.is_at_end ? ", the end of noise_budget.nudges" : "",
        b->best.formula);
}

static void print_needs(const struct tool_noise_budget *b,
                        struct tool_run *run) {
  const double target = b->setup->experiment->noise_budget.target_snr;
  if (isnan(b->needed)) {
    print(run,
          "no read-out window up to %g tau makes the gradient %g times its "
          "noise",
          b->window[b->n_windows - 1], target);
  } else {
    print(run,
          "read-out window for a gradient of %g times its noise: %.3g tau = "
          "%.3g us",
          target, b->needed, 1e6 * b->needed * b->setup->chip->tau);
  }
  print(run,
        "bits of the output ADC: %.1f for a step as large as all other noise, "
        "%.1f for a gradient of %g times its noise, were there no other",
        b->bits_noise, b->bits_snr, target);
}

void tool_noise_print(const struct tool_noise_budget *b, struct tool_run *run) {
  for (enum tool_noise_quantity q = 0; q < TOOL_NOISE_N_QUANTITIES; q++) {
    print_sources(b, q, run);
  }
  print_signals(b, run);
  print_nudges(b, run);
  print_needs(b, run);
}
