/* tools/check.c -- simrun --check: what a run would be, without running it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/check.h"

#include "models/device_errors.h"
#include "sim/progress.h"
#include "sim/tiles.h"
#include "tools/check_noise.h"
#include "tools/check_parts.h"
#include "tools/check_time.h"
#include "tools/sweep_plan.h"

static void print_chip(FILE *file, const struct tool_setup *setup) {
  const struct model_chip *chip = setup->chip;
  const double us = 1e6;
  fprintf(file, "\n# chip\n");
  fprintf(file, "#   %zu nodes, %zu parameters, %zu conductances\n",
          chip->layout.n_nodes, chip->layout.n_parameters,
          2 * (chip->layout.n_parameters - chip->layout.n_nodes));
  fprintf(file, "#   tau (leak time constant of layer 1): %.6g us\n",
          us * chip->tau);
  fprintf(file, "#   longest phase: %.6g tau = %.6g us\n",
          setup->settling.duration, us * chip->tau * setup->settling.duration);
}

/* Bytes of the largest blocks of a run. */
static double estimate_memory(const struct tool_setup *setup, size_t n_batch) {
  const double n = (double)setup->data.n, dim = (double)setup->data.dim;
  const double nodes = (double)setup->net.layout.n_nodes;
  const double transport =
      setup->experiment->kind != TOOL_GENERATE &&
              setup->experiment->flow.coupling == MODEL_OPTIMAL_TRANSPORT
          ? n * n
          : 0;
  const double tile = nodes * (double)model_settling_lanes(&setup->settling);
  // Of a noise budget, a dozen complex matrices; three of each sample where
  // devices err.
  const double matrices =
      24.0 * (double)sim_threads() +
      (model_device_errors_any(setup->chip) ? 3.0 * (double)n_batch : 0);
  const double linear = setup->experiment->kind == TOOL_NOISE_BUDGET
                            ? matrices * nodes * nodes
                            : 0;
  return 8.0 * (2.0 * n * dim + transport + 2.0 * (double)n_batch * nodes +
                linear + 20.0 * tile * (double)sim_threads() +
                8.0 * (double)setup->net.layout.n_parameters);
}

/* Samples that are settled at once. */
static size_t n_batch_of(const struct tool_setup *setup) {
  const struct tool_experiment *e = setup->experiment;
  switch (e->kind) {
    case TOOL_TRAIN:
    case TOOL_DEPLOYMENT:
      return tool_setup_batch(setup, e->train.batch);
    case TOOL_GRADIENT:
      return e->gradient.samples;
    case TOOL_GENERATE:
      return e->generate.samples;
    case TOOL_NOISE_BUDGET:
      return e->noise_budget.samples;
    case TOOL_SPICE_CHECK:
      return e->spice_check.samples;
    default:
      return e->record.transients;
  }
}

static enum sim_status print_time(FILE *file, const struct tool_setup *setup,
                                  size_t n_runs, struct sim_error *err) {
  struct sim_error trial = {0};
  struct tool_time time;
  char text[32];
  if (!tool_experiment_trains(setup->experiment)) {
    fprintf(file, "#   time: not estimated (only that of training is)\n");
    return SIM_OK;
  }
  const enum sim_status status = tool_check_time(setup, &time, &trial);
  if (status == SIM_EINTERRUPT || status == SIM_ETERMINATE) {
    return sim_error_set(err, status, "%s", trial.message);
  }
  if (status) {
    fprintf(file, "#   time: not estimated (%s)\n", trial.message);
    return SIM_OK;
  }
  sim_progress_format_time(text, sizeof text, (double)n_runs * time.all);
  fprintf(file,
          "#   time: %.2g s per epoch on %zu %s with the first weights, "
          "%s in all\n",
          time.epoch, sim_threads(), sim_threads() == 1 ? "thread" : "threads",
          text);
  if (time.n_audits > 0) {
    fprintf(file, "#   audits of the gradient: %zu, %.2g s each\n",
            time.n_audits, time.audit);
  }
  return SIM_OK;
}

static void print_points(FILE *file, const struct tool_sweep_plan *plan) {
  char name[4 * SIM_ITEM_MAX];
  const size_t n_chips = plan->experiment->sweep.chips;
  fprintf(file, "\n# points, each on %zu %s\n", n_chips,
          n_chips == 1 ? "chip" : "chips");
  for (size_t p = 0; p < plan->n_points; p++) {
    fprintf(file, "#   %zu: %s\n", p,
            tool_sweep_point_name(plan, p, name, sizeof name));
  }
}

/* Prints the points of a sweep and counts its runs; 1 of anything else. */
static enum sim_status print_sweep(FILE *file, const struct tool_experiment *e,
                                   size_t *n_runs, struct sim_error *err) {
  struct tool_sweep_plan plan;
  *n_runs = 1;
  if (e->kind != TOOL_SWEEP) {
    return SIM_OK;
  }
  if (tool_sweep_plan_init(&plan, e, err)) {
    return err->status;
  }
  print_points(file, &plan);
  fprintf(file,
          "\n# what follows is of chip %zu without the settings of any point\n",
          e->chip.number);
  *n_runs = plan.n_points * e->sweep.chips;
  tool_sweep_plan_finish(&plan);
  return SIM_OK;
}

static enum sim_status print_estimates(FILE *file,
                                       const struct tool_experiment *e,
                                       const struct tool_setup *setup,
                                       size_t n_runs, struct sim_error *err) {
  fprintf(file, "\n# estimates\n#   memory: %.0f MB\n",
          1e-6 * estimate_memory(setup, n_batch_of(setup)));
  if (e->kind == TOOL_SWEEP) {
    fprintf(file, "#   runs: %zu\n", n_runs);
  }
  return print_time(file, setup, n_runs, err);
}

/* What stands where: a screen does not hold it all. */
static void print_contents(FILE *file, const struct tool_experiment *e) {
  fputs("# the resolved experiment: every key with its value; nothing is run\n",
        file);
  if (tool_experiment_measured(e) != TOOL_DEVICE) {
    fprintf(file, "# below it: %schip, noise, errors of parts, estimates\n",
            e->kind == TOOL_SWEEP ? "points, " : "");
  }
  fputc('\n', file);
}

enum sim_status tool_check(FILE *file, const struct tool_experiment *e,
                           struct tool_setup *setup, struct sim_error *err) {
  size_t n_runs;
  print_contents(file, e);
  sim_param_write(file, tool_experiment_table, TOOL_EXPERIMENT_N_PARAMS,
                  tool_experiment_use(e), e, NULL);
  if (print_sweep(file, e, &n_runs, err)) {
    return err->status;
  }
  if (setup->experiment->kind != TOOL_DEVICE) {
    bool is_shown;
    print_chip(file, setup);
    if (tool_check_noise(file, setup, &is_shown, err)) {
      return err->status;
    }
    tool_check_parts(file, setup->chip, is_shown);
    if (print_estimates(file, e, setup, n_runs, err)) {
      return err->status;
    }
  }
  if (fflush(file) || ferror(file)) {
    return sim_error_set(err, SIM_EIO, "standard output cannot be written");
  }
  return SIM_OK;
}
