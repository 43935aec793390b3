/* tools/deployment.c -- experiment: deployment
 *
 * One design, three ways to get weights into it, and the ideal to compare with:
 *
 *   ideal    trained and used on a chip whose devices are ideal
 *   ex situ  these weights, written to the chip as it is fabricated
 *   retuned  the same, trained on that chip for a few epochs more
 *   in situ  trained on the chip from the first epoch
 *
 * Each is a run of its own, in a folder of its own below the run folder; all
 * meet the same batches. What they came to goes into /deployment as they end,
 * so --resume runs what is missing.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>
#include <unistd.h>

#include "sim/file.h"
#include "sim/memory.h"
#include "tools/commands.h"
#include "tools/deployment_store.h"
#include "tools/inner_run.h"
#include "tools/report.h"
#include "tools/team.h"

struct deployment {
  struct tool_run *run;
  struct tool_deployment_store store;
  struct tool_experiment *stage;  // the experiment of one stage, owned
  bool is_shared;                 // all ranks work on each stage
};

/* --- the experiment of a stage --- */

/* Devices as the tables have them by default, in the same units and window. */
static enum sim_status make_ideal(struct model_chip_params *chip,
                                  struct sim_error *err) {
  static const char text[] = "preset: none\n";
  struct model_chip_params ideal = {0};
  struct sim_config *config;
  if (sim_config_parse(&config, text, sizeof text - 1, "ideal chip", "", err)) {
    return err->status;
  }
  if (sim_config_read(config, model_chip_table, MODEL_CHIP_N_PARAMS,
                      SIM_USE_ALL, &ideal, err) == SIM_OK) {
    ideal.voltage_unit = chip->voltage_unit;
    ideal.conductance_unit = chip->conductance_unit;
    ideal.capacitance = chip->capacitance;
    ideal.capacitance_unit = chip->capacitance_unit;
    ideal.temperature = chip->temperature;
    ideal.coupling.g_min = chip->coupling.g_min;
    ideal.coupling.g_max = chip->coupling.g_max;
    *chip = ideal;
  }
  sim_config_destroy(config);
  return err->status;
}

/* The name of a stage is that of its folder. */
static void name_stage(const struct deployment *d, enum tool_stage stage,
                       size_t chip, char name[SIM_TEXT_MAX]) {
  if (stage == TOOL_IDEAL) {
    snprintf(name, SIM_TEXT_MAX, "%s", tool_stage_names[stage]);
  } else {
    snprintf(name, SIM_TEXT_MAX, "%s_%zu", tool_stage_names[stage],
             d->run->experiment->chip.number + chip);
  }
}

static enum sim_status describe(const struct deployment *d,
                                enum tool_stage stage, size_t chip,
                                struct sim_error *err) {
  struct tool_experiment *e = d->stage;
  *e = *d->run->experiment;
  e->kind = stage == TOOL_EX_SITU ? TOOL_GENERATE : TOOL_TRAIN;
  name_stage(d, stage, chip, e->name);
  e->chip.number += chip;
  if (stage == TOOL_EX_SITU || stage == TOOL_RETUNED) {
    tool_run_path(d->run, tool_stage_names[TOOL_IDEAL], e->from);
  }
  if (stage == TOOL_RETUNED) {
    e->train.epochs = e->deployment.retune_epochs;
  }
  return stage == TOOL_IDEAL ? make_ideal(&e->chip, err) : SIM_OK;
}

/* --- running a stage --- */

/* An unfinished training goes on where its checkpoint is. */
static enum tool_existing treat_existing(const struct deployment *d,
                                         enum tool_stage stage) {
  char folder[SIM_TEXT_MAX], path[SIM_TEXT_MAX + 16];
  tool_run_path(d->run, d->stage->name, folder);
  snprintf(path, sizeof path, "%s/run.h5", folder);
  const bool has_result = access(path, F_OK) == 0;
  return d->run->is_resumed && stage != TOOL_EX_SITU && has_result
             ? TOOL_RESUME
             : TOOL_REPLACE;
}

struct reading {
  enum tool_stage stage;
  uint64_t epoch;  // whose batch is measured
  struct tool_deployment_row *row;
};

static enum sim_status read_stage(void *context, struct tool_setup *setup,
                                  struct tool_run *run, struct sim_error *err) {
  const struct reading *reading = context;
  if (tool_deployment_row_read(reading->row, run->result,
                               reading->stage == TOOL_IDEAL, err) ||
      tool_deployment_row_measure(reading->row, setup, reading->epoch, err) ||
      tool_run_complete(run, err)) {
    return err->status;
  }
  return tool_report_write(run->folder, err);
}

static enum sim_status work(const struct deployment *d, enum tool_stage stage,
                            struct tool_setup *setup,
                            struct tool_deployment_row *row,
                            struct sim_error *err) {
  // Batches are numbered by epochs; no training has come to this one.
  const struct tool_experiment *e = d->run->experiment;
  const uint64_t fresh = e->train.epochs + e->deployment.retune_epochs;
  struct reading reading = {stage, fresh, row};
  const struct tool_inner_run inner = {.folder = d->stage->name,
                                       .existing = treat_existing(d, stage),
                                       .is_quiet = d->run->is_quiet,
                                       .progress = d->run->progress.mode,
                                       .read = read_stage,
                                       .context = &reading};
  return tool_inner_run(&inner, d->run, setup, err);
}

/* Alone, or with all ranks. */
static enum sim_status set_up(const struct deployment *d,
                              struct tool_setup *setup, struct sim_error *err) {
  return d->is_shared ? tool_team_call_stage(setup, d->stage, err)
                      : tool_setup_init(setup, d->stage, err);
}

static enum sim_status run_stage(struct deployment *d, enum tool_stage stage,
                                 size_t chip, struct sim_error *err) {
  struct tool_setup setup;
  struct tool_deployment_row row = {0};
  tool_run_say(d->run, "%s, chip %zu", tool_stage_names[stage],
               d->run->experiment->chip.number + chip);
  if (describe(d, stage, chip, err) || set_up(d, &setup, err)) {
    return err->status;
  }
  tool_deployment_row_write(&row, &setup);
  if (work(d, stage, &setup, &row, err) == SIM_OK) {
    tool_deployment_store_row(&d->store, stage, chip, &row, err);
  }
  tool_setup_finish(&setup);
  return err->status;
}

static enum sim_status run_missing(struct deployment *d,
                                   struct sim_error *err) {
  for (size_t c = 0; c < d->store.n_chips; c++) {
    for (int s = 0; s < TOOL_N_STAGES; s++) {
      const enum tool_stage stage = (enum tool_stage)s;
      if (c < tool_deployment_n_chips(&d->store, stage) &&
          !tool_deployment_is_done(&d->store, stage, c) &&
          run_stage(d, stage, c, err)) {
        return err->status;
      }
    }
  }
  return SIM_OK;
}

/* --- the end --- */

static enum sim_status write_csv(const struct deployment *d,
                                 struct sim_error *err) {
  char path[SIM_TEXT_MAX];
  struct sim_draft draft;
  if (sim_draft_open(&draft, tool_run_path(d->run, "deployment.csv", path),
                     err)) {
    return err->status;
  }
  tool_deployment_print_csv(draft.stream, &d->store,
                            d->run->experiment->chip.number);
  return sim_draft_commit(&draft, err);
}

static enum sim_status show_table(const struct deployment *d,
                                  struct sim_error *err) {
  if (!d->run->is_quiet) {
    tool_deployment_print_table(stdout, &d->store);
  }
  return sim_file_flush_stdout(err);
}

enum sim_status tool_deployment(struct tool_setup *setup, struct tool_run *run,
                                struct sim_error *err) {
  // Each stage has a setup of its own.
  struct deployment d = {.run = run, .is_shared = setup->is_shared};
  d.stage = sim_alloc(1, sizeof *d.stage, err);
  if (!d.stage ||
      tool_deployment_store_init(&d.store, run->experiment, run->result, err)) {
    free(d.stage);
    return err->status;
  }
  if (run_missing(&d, err) == SIM_OK && write_csv(&d, err) == SIM_OK) {
    show_table(&d, err);
  }
  tool_deployment_store_finish(&d.store);
  free(d.stage);
  return err->status;
}
