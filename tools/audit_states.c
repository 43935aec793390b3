/* tools/audit_states.c -- the states behind a gradient, and how they settle
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/audit_states.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "models/modes.h"
#include "sim/memory.h"
#include "tools/audit_compare.h"
#include "tools/gradient_pair.h"

/* --- settling modes --- */

/* Of the modes of one rank, over the samples. */
struct spread {
  double median, high, longest;  // [tau] time constants; high: of 90 %
  size_t slowest;                // sample with the longest one
  size_t n_growing;              // samples in which the mode grows
  size_t n_missing;              // samples in which it was not found
};

/* `sorted` (modes->n) is scratch. */
static struct spread spread_of(const struct model_modes *modes, size_t rank,
                               double *sorted) {
  struct spread found = {0};
  size_t n = 0;
  for (size_t k = 0; k < modes->n; k++) {
    const double mu = modes->rate[k * modes->n_modes + rank];
    found.n_missing += isnan(mu);
    found.n_growing += mu <= 0;
    if (mu > 0) {
      sorted[n++] = 1 / mu;
      found.slowest = 1 / mu > found.longest ? k : found.slowest;
      found.longest = fmax(found.longest, 1 / mu);
    }
  }
  gsl_sort(sorted, 1, n);
  found.median = n ? gsl_stats_quantile_from_sorted_data(sorted, 1, n, 0.5) : 0;
  found.high = n ? gsl_stats_quantile_from_sorted_data(sorted, 1, n, 0.9) : 0;
  return found;
}

static void say_spread(struct tool_run *run, double tau, size_t rank,
                       const struct spread *s) {
  tool_run_say(
      run,
      "mode %zu: time constant %.4g tau = %.4g us in the median, 90 %% "
      "below %.4g tau, longest %.4g tau = %.4g us (sample %zu)",
      rank + 1, s->median, 1e6 * tau * s->median, s->high, s->longest,
      1e6 * tau * s->longest, s->slowest);
  if (s->n_growing > 0) {
    tool_run_say(run, "warning: it grows in %zu samples (no minimum)",
                 s->n_growing);
  }
  if (s->n_missing > 0) {
    tool_run_say(run, "warning: it was not found in %zu samples", s->n_missing);
  }
}

/* Per sample: pole -mu [1/s] and time constant 1/mu [s], [tau]. */
static void write_rates(struct sim_result *result,
                        const struct model_modes *modes, double tau,
                        double *values, struct sim_error *err) {
  const size_t n = modes->n * modes->n_modes;
  const size_t shape[] = {modes->n, modes->n_modes};
  for (size_t i = 0; i < n; i++) {
    values[i] = -modes->rate[i] / tau;
  }
  sim_result_write_array(result, "/gradient/modes/pole", "1/s",
                         "slowest poles of each sample, slowest first", 2,
                         shape, values, err);
  for (size_t i = 0; i < n; i++) {
    values[i] = tau / modes->rate[i];
  }
  sim_result_write_array(result, "/gradient/modes/time_constant", "s",
                         "settling time constants; negative: the mode grows", 2,
                         shape, values, err);
  for (size_t i = 0; i < n; i++) {
    values[i] = 1 / modes->rate[i];
  }
  sim_result_write_array(result, "/gradient/modes/time_constant_tau", "1",
                         "the same in tau, the leak time constant of layer 1",
                         2, shape, values, err);
}

static void write_shares(struct sim_result *result,
                         const struct model_modes *modes, size_t n_layers,
                         struct sim_error *err) {
  const size_t shape[] = {modes->n, modes->n_modes, n_layers};
  sim_result_write_array(result, "/gradient/modes/share", "1",
                         "share of each layer's capacitances in a mode", 3,
                         shape, modes->share, err);
}

/* median, high, longest (n_modes) [tau], for the report. */
static void write_spreads(struct sim_result *result, double tau, size_t n_modes,
                          const struct spread *spreads, struct sim_error *err) {
  double median[TOOL_MAX_MODES], high[TOOL_MAX_MODES], longest[TOOL_MAX_MODES];
  for (size_t j = 0; j < n_modes; j++) {
    median[j] = tau * spreads[j].median;
    high[j] = tau * spreads[j].high;
    longest[j] = tau * spreads[j].longest;
  }
  sim_result_write_array(result, "/gradient/modes/median", "s",
                         "median over the samples of the time constants", 1,
                         &n_modes, median, err);
  sim_result_write_array(result, "/gradient/modes/high", "s",
                         "time constants that 90 % of the samples stay below",
                         1, &n_modes, high, err);
  sim_result_write_array(result, "/gradient/modes/longest", "s",
                         "longest time constants of all samples", 1, &n_modes,
                         longest, err);
}

static enum sim_status report_modes(const struct tool_setup *setup,
                                    struct tool_run *run,
                                    const struct model_modes *modes,
                                    struct sim_error *err) {
  const double tau = setup->chip->tau;
  struct spread spreads[TOOL_MAX_MODES];
  double *values = sim_alloc_doubles(modes->n * modes->n_modes, err);
  if (!values || sim_result_begin(run->result, err)) {
    free(values);
    return err->status;
  }
  for (size_t j = 0; j < modes->n_modes; j++) {
    spreads[j] = spread_of(modes, j, values);
    say_spread(run, tau, j, &spreads[j]);
  }
  write_rates(run->result, modes, tau, values, err);
  write_shares(run->result, modes, setup->net.layout.n_layers, err);
  write_spreads(run->result, tau, modes->n_modes, spreads, err);
  free(values);
  return sim_result_end(run->result, err);
}

static enum sim_status audit_modes(const struct tool_setup *setup,
                                   struct tool_run *run,
                                   const struct model_equilibria *states,
                                   struct sim_error *err) {
  const struct tool_experiment *e = setup->experiment;
  struct model_modes modes;
  if (model_modes_find(&modes, &setup->net, e->learning.spring, states->n,
                       states->state, e->gradient.modes, err)) {
    return err->status;
  }
  const enum sim_status status = report_modes(setup, run, &modes, err);
  model_modes_finish(&modes);
  return status;
}

static enum sim_status settle_by(const struct tool_setup *setup,
                                 enum sim_analysis analysis,
                                 const struct model_batch *batch,
                                 struct model_equilibria *states,
                                 struct sim_error *err) {
  struct model_settling settling = tool_gradient_settling(setup);
  if (settling.analysis != analysis) {
    settling.analysis = analysis;
    settling.settings.max_steps = 0;  // it counts the other one's steps
  }
  return model_equilibria_find(
      states, &setup->net, &setup->experiment->learning, &settling, batch, err);
}

static enum sim_status audit_both(const struct tool_setup *setup,
                                  struct tool_run *run,
                                  const struct model_batch *batch,
                                  const struct model_equilibria *states,
                                  struct sim_error *err) {
  const bool has_points = setup->settling.analysis == SIM_OPERATING_POINT;
  struct model_equilibria others;
  if (settle_by(setup, has_points ? SIM_TRANSIENT : SIM_OPERATING_POINT, batch,
                &others, err)) {
    return err->status;
  }
  const enum sim_status status =
      tool_audit_compare(setup, run, has_points ? states : &others,
                         has_points ? &others : states, err);
  model_equilibria_finish(&others);
  return status;
}

enum sim_status tool_audit_states(const struct tool_setup *setup,
                                  struct tool_run *run,
                                  const struct model_batch *batch,
                                  struct sim_error *err) {
  const struct tool_gradient_params *wanted = &setup->experiment->gradient;
  struct model_equilibria states;
  if ((wanted->modes == 0 && !wanted->compare_transient) ||
      settle_by(setup, setup->settling.analysis, batch, &states, err)) {
    return err->status;
  }
  enum sim_status status = SIM_OK;
  if (wanted->modes > 0) {
    status = audit_modes(setup, run, &states, err);
  }
  if (status == SIM_OK && wanted->compare_transient) {
    status = audit_both(setup, run, batch, &states, err);
  }
  model_equilibria_finish(&states);
  return status;
}
