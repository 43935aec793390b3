/* tools/simspice.c -- the chip of an experiment as a SPICE netlist
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <string.h>

#include "sim/file.h"
#include "sim/interrupt.h"
#include "tools/provenance.h"
#include "tools/simspice_options.h"
#include "tools/spice_cards.h"
#include "tools/spice_limits.h"
#include "tools/spice_sample.h"

/* Kinds whose experiments say which velocity is asked where. */
static enum sim_status check_kind(const struct tool_experiment *experiment,
                                  struct sim_error *err) {
  const bool has_chip = experiment->kind != TOOL_DEVICE;
  if (has_chip && experiment->kind != TOOL_GENERATE) {
    return SIM_OK;
  }
  return tool_experiment_fail(
      experiment, "experiment", err, "must %s for a netlist, got %s",
      has_chip ? "have samples with a target" : "be that of a chip",
      tool_kind_names[experiment->kind]);
}

static enum sim_status check_sample(const struct tool_setup *setup,
                                    const struct tool_simspice *options,
                                    struct sim_error *err) {
  return options->sample < setup->data.n
             ? SIM_OK
             : sim_error_set(err, SIM_ECONFIG,
                             "--sample must be < %zu, the samples in %s, got "
                             "%zu",
                             setup->data.n, setup->experiment->data.file,
                             options->sample);
}

/* The netlist with its analyses. */
static void write_netlist(FILE *file, const struct tool_setup *setup,
                          const struct tool_simspice *options,
                          const struct tool_spice_sample *sample) {
  const size_t p = options->phase;
  char title[SIM_TEXT_MAX + 96];
  snprintf(title, sizeof title, "%s: sample %zu, phase %s",
           setup->experiment->name, options->sample, tool_spice_phase_names[p]);
  struct model_netlist netlist = tool_spice_netlist(setup, sample, p, title);
  if (options->n_noise > 0) {
    netlist.temperature = setup->experiment->chip.temperature;
  }
  model_netlist_write(file, &netlist);
  fprintf(file, "\n* analyses\n");
  if (options->has_op) {
    fprintf(file, ".op\n");
  }
  if (options->has_tran) {
    tool_spice_tran(file, setup);
  }
  for (size_t i = 0; i < options->n_noise; i++) {
    tool_spice_noise(file, setup, options->noise[i]);
  }
  if (options->has_measure) {
    tool_spice_measure(file, setup, sample->start[p], sample->end[p]);
  }
  fprintf(file, ".end\n");
}

static enum sim_status write_out(const struct tool_setup *setup,
                                 const struct tool_simspice *options,
                                 const struct tool_spice_sample *sample,
                                 struct sim_error *err) {
  struct sim_draft draft;
  if (!options->output) {
    write_netlist(stdout, setup, options, sample);
    return sim_file_flush_stdout(err);
  }
  if (sim_draft_open(&draft, options->output, err)) {
    return err->status;
  }
  write_netlist(draft.stream, setup, options, sample);
  return sim_draft_commit(&draft, err);
}

static enum sim_status check_options(const struct tool_setup *setup,
                                     const struct tool_simspice *options,
                                     struct sim_error *err) {
  return check_sample(setup, options, err) ||
                 tool_spice_check_nodes(setup, options->n_noise, options->noise,
                                        err) ||
                 (options->n_noise > 0 && tool_spice_check_noise(setup, err))
             ? err->status
             : SIM_OK;
}

static enum sim_status export_chip(const struct tool_setup *setup,
                                   const struct tool_simspice *options,
                                   struct sim_error *err) {
  struct tool_spice_source source;
  struct tool_spice_sample sample;
  const struct tool_experiment *e = setup->experiment;
  const uint64_t epoch = e->kind == TOOL_GRADIENT ? e->gradient.epoch : 0;
  if (check_options(setup, options, err) ||
      tool_spice_source_init(&source, setup, NULL, epoch, err)) {
    return err->status;
  }
  if (tool_spice_sample_init(&sample, &source, options->sample, options->phase,
                             err) == SIM_OK) {
    write_out(setup, options, &sample, err);
    tool_spice_sample_finish(&sample);
  }
  tool_spice_source_finish(&source);
  if (!err->status && options->n_noise == 0) {
    tool_spice_warn(stderr, "simspice: warning: ", setup);
  }
  return err->status;
}

/* Noise that no netlist has, before the experiment is asked whether it fits the
 * integrator. */
static enum sim_status check_asked_noise(const struct tool_simspice *options,
                                         struct sim_error *err) {
  static const char *const keys[] = {"chip.noise.flicker",
                                     "chip.noise.telegraph"};
  struct sim_config *config;
  if (options->n_noise == 0 || sim_config_load(&config, options->file, err)) {
    return err->status;
  }
  for (size_t i = 0; i < options->n_sets && !err->status; i++) {
    sim_config_set(config, options->sets[i], err);
  }
  for (size_t i = 0; i < 2 && !err->status; i++) {
    const char *text = sim_config_text(config, keys[i]);
    const struct sim_where where = sim_config_where(config, keys[i]);
    if (text && strcmp(text, "true") == 0) {
      tool_spice_refuse_noise(&where, err);
    }
  }
  sim_config_destroy(config);
  return err->status;
}

static enum sim_status run(const struct tool_simspice *options,
                           struct sim_error *err) {
  static struct tool_experiment experiment;
  struct tool_setup setup;
  if (check_asked_noise(options, err) ||
      tool_experiment_load(&experiment, options->file, options->sets,
                           options->n_sets, err) ||
      check_kind(&experiment, err)) {
    return err->status;
  }
  if (options->run) {
    snprintf(experiment.from, sizeof experiment.from, "%s", options->run);
  }
  if (tool_setup_init(&setup, &experiment, err)) {
    return err->status;
  }
  export_chip(&setup, options, err);
  tool_setup_finish(&setup);
  return err->status;
}

static enum sim_status act(const struct tool_simspice *options,
                           struct sim_error *err) {
  char text[1024];
  switch (options->action) {
    case TOOL_HELP:
      fputs(tool_simspice_help, stdout);
      return sim_file_flush_stdout(err);
    case TOOL_VERSION_LINE:
      // It begins with the name of the main program.
      printf("simspice%s\n",
             strchr(tool_provenance_line(text, sizeof text), ' '));
      return sim_file_flush_stdout(err);
    default:
      return run(options, err);
  }
}

int main(int argc, char **argv) {
  struct tool_simspice options;
  struct sim_error err = {0};
  gsl_set_error_handler_off();
  sim_interrupt_install();
  if (tool_simspice_read(&options, argc, argv, &err)) {
    fprintf(stderr, "simspice: %s\n%s", err.message, tool_simspice_usage);
    return (int)err.status;
  }
  if (act(&options, &err)) {
    fprintf(stderr, "simspice: %s\n", err.message);
  }
  return (int)err.status;
}
