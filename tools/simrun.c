/* tools/simrun.c -- the program: one experiment file, one run folder
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <string.h>

#include "sim/file.h"
#include "sim/interrupt.h"
#include "sim/ranks.h"
#include "sim/tiles.h"
#include "tools/check.h"
#include "tools/commands.h"
#include "tools/ngspice.h"
#include "tools/options.h"
#include "tools/presets.h"
#include "tools/provenance.h"
#include "tools/report.h"
#include "tools/sweep_imperfections.h"
#include "tools/sweep_points.h"
#include "tools/team.h"
#include "tools/team_check.h"
#include "tools/warnings.h"

static void log_warning(const char *text, void *context) {
  tool_run_say(context, "warning: %s", text);
}

static void print_warning(const char *text, void *context) {
  (void)context;
  fprintf(stderr, "simrun: warning: %s\n", text);
}

static struct tool_source source_of(const struct tool_options *options) {
  return (struct tool_source){options->file, options->sets, options->n_sets};
}

static enum sim_status leave_complete(struct tool_run *run) {
  tool_run_say(run,
               "%s is complete and stays as it is: nothing to do, unless "
               "train.epochs is raised",
               run->folder);
  tool_run_close(run, SIM_OK);
  return SIM_OK;
}

/* Training and sweeps have said how they go on. */
static void say_how_to_go_on(struct tool_run *run, enum sim_status status) {
  const int kind = run->experiment->kind;
  if ((status == SIM_EINTERRUPT || status == SIM_ETERMINATE) &&
      kind != TOOL_TRAIN && kind != TOOL_SWEEP) {
    tool_run_say(run, "interrupted; the same command with --resume %s",
                 kind == TOOL_DEPLOYMENT ? "goes on" : "begins again");
  }
}

static enum sim_status run_in_folder(const struct tool_options *options,
                                     const struct tool_experiment *experiment,
                                     struct tool_setup *setup,
                                     struct sim_error *err) {
  const struct tool_source source = source_of(options);
  struct tool_run_options how = options->run;
  struct tool_run run;
  how.source = &source;
  how.leaves_complete = true;
  if (tool_run_open(&run, experiment, &how, err)) {
    return err->status;
  }
  if (run.is_complete) {
    return leave_complete(&run);
  }
  tool_warnings(setup, log_warning, &run);
  enum sim_status status = tool_commands[experiment->kind](setup, &run, err);
  if (status == SIM_OK) {
    sim_progress_finish(&run.progress);
    status = tool_run_complete(&run, err);
  }
  if (status == SIM_OK) {
    status = tool_report_write(run.folder, err);
  }
  if (status) {
    say_how_to_go_on(&run, status);
    tool_run_log(&run, "%s", err->message);
  } else {
    tool_run_say(&run, "done: %s", run.folder);
  }
  tool_run_close(&run, status);
  return status;
}

/* Is the program there that the experiment compares with? */
static enum sim_status check_peer(const struct tool_experiment *experiment,
                                  struct sim_error *err) {
  return tool_experiment_measured(experiment) == TOOL_SPICE_CHECK
             ? tool_ngspice_check(err)
             : SIM_OK;
}

/* Each point of a sweep must be possible. */
static enum sim_status load(struct tool_experiment *experiment,
                            const struct tool_options *options,
                            struct sim_error *err) {
  const struct tool_source source = source_of(options);
  if (tool_experiment_load(experiment, options->file, options->sets,
                           options->n_sets, err) ||
      check_peer(experiment, err) || tool_team_check_kind(experiment, err)) {
    return err->status;
  }
  return experiment->kind == TOOL_SWEEP
             ? tool_sweep_check_points(experiment, &source, err)
             : SIM_OK;
}

/* What is set up for a sweep is its base. */
static enum sim_status prepare(const struct tool_options *options,
                               struct tool_experiment *experiment,
                               struct tool_setup *setup,
                               struct sim_error *err) {
  static struct tool_experiment base;
  if (load(experiment, options, err)) {
    return err->status;
  }
  base = *experiment;
  base.kind = tool_experiment_measured(experiment);
  return tool_setup_init(setup, &base, err);
}

/* Rank 0 runs the experiment, the others help. */
static enum sim_status run_with_team(const struct tool_options *options,
                                     const struct tool_experiment *experiment,
                                     struct tool_setup *setup,
                                     struct sim_error *err) {
  struct tool_team team;
  const bool is_whole = tool_team_init(&team, experiment, setup, err) == SIM_OK;
  if (sim_ranks_agree(sim_rank(), err) == SIM_OK) {
    if (sim_rank() == 0) {
      tool_team_call_end(run_in_folder(options, experiment, setup, err));
    } else {
      err->status = tool_team_serve(&team);
    }
  }
  if (is_whole) {
    tool_team_finish(&team);
  }
  return err->status;
}

static enum sim_status run_experiment(const struct tool_options *options,
                                      struct sim_error *err) {
  static struct tool_experiment experiment;
  struct tool_setup setup;
  const bool is_ready = prepare(options, &experiment, &setup, err) == SIM_OK;
  if (sim_ranks_agree(sim_rank(), err) == SIM_OK &&
      tool_team_check_input(&experiment, err) == SIM_OK) {
    run_with_team(options, &experiment, &setup, err);
  }
  if (is_ready) {
    tool_setup_finish(&setup);
  }
  return err->status;
}

static enum sim_status check_experiment(const struct tool_options *options,
                                        struct sim_error *err) {
  static struct tool_experiment experiment;
  struct tool_setup setup;
  if (prepare(options, &experiment, &setup, err)) {
    return err->status;
  }
  tool_check(stdout, &experiment, &setup, err);
  tool_warnings(&setup, print_warning, NULL);
  tool_setup_finish(&setup);
  return err->status;
}

/* A key or section, or one of the lists that are none; NULL: all keys. */
static enum sim_status describe(const char *key, struct sim_error *err) {
  if (tool_presets_asked(key)) {
    tool_presets_describe(stdout, key, err);
  } else if (key && strcmp(key, TOOL_IMPERFECTIONS_KEY) == 0) {
    tool_imperfections_describe(stdout);
  } else {
    sim_param_describe(stdout, tool_experiment_table, TOOL_EXPERIMENT_N_PARAMS,
                       key, err);
  }
  return err->status ? err->status : sim_file_flush_stdout(err);
}

static enum sim_status act(const struct tool_options *options,
                           struct sim_error *err) {
  char text[1024];
  switch (options->action) {
    case TOOL_HELP:
      fputs(tool_options_help, stdout);
      return sim_file_flush_stdout(err);
    case TOOL_VERSION_LINE:
      puts(tool_provenance_line(text, sizeof text));
      return sim_file_flush_stdout(err);
    case TOOL_DESCRIBE:
      return describe(options->describe, err);
    case TOOL_CHECK:
      sim_threads_set(options->threads);
      return check_experiment(options, err);
    default:
      sim_threads_set(options->threads);
      return run_experiment(options, err);
  }
}

/* All ranks know a failure, one says it. */
static void complain(const struct tool_options *options,
                     const struct sim_error *err) {
  if (sim_rank() != 0) {
    return;
  }
  const bool is_red = tool_color_wanted(options->color, stderr);
  fprintf(stderr, "%ssimrun:%s %s\n", is_red ? "\033[31m" : "",
          is_red ? "\033[0m" : "", err->message);
}

/* Only experiments are run by more than rank 0. */
static bool is_for_this_rank(const struct tool_options *options) {
  return sim_rank() == 0 || options->action == TOOL_RUN;
}

int main(int argc, char **argv) {
  struct tool_options options = {0};
  struct sim_error err = {0};
  gsl_set_error_handler_off();
  sim_interrupt_install();
  if (sim_ranks_init(&err)) {
    complain(&options, &err);
    return (int)err.status;
  }
  tool_options_read(&options, argc, argv, &err);
  if (sim_ranks_agree(sim_rank(), &err)) {
    complain(&options, &err);
    if (sim_rank() == 0) {
      fputs(tool_options_usage, stderr);
    }
  } else if (tool_team_check_program(&options, &err) ||
             (is_for_this_rank(&options) && act(&options, &err))) {
    complain(&options, &err);
  }
  sim_ranks_finish();
  return (int)err.status;
}
