/* tools/simspice_options.c -- the command line of simspice
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/simspice_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "tools/spice_sample.h"

const char tool_simspice_usage[] =
    "usage: simspice [OPTION]... EXPERIMENT.yaml   (simspice --help says "
    "more)\n";

const char tool_simspice_help[] =
    "usage: simspice [OPTION]... EXPERIMENT.yaml\n"
    "\n"
    "Writes the chip of an experiment, as it is fabricated and programmed, as "
    "a\n"
    "SPICE netlist: one phase of one sample.\n"
    "\n"
    "  -o, --output FILE     the netlist (default: standard output)\n"
    "      --run RUN_DIR     weights of this run (default: those before\n"
    "                        training)\n"
    "      --sample K        of the first batch, counted from 0 (default: 0)\n"
    "      --phase PHASE     free, plus or minus (default: free)\n"
    "      --set KEY=VALUE   change one key of the experiment; may be given\n"
    "                        several times\n"
    "      --op              with a card .op\n"
    "      --tran            with .tran over settle.duration\n"
    "      --noise NODE      with .noise at a node such as v1_0; may be given\n"
    "                        several times\n"
    "      --measure         with .measure of voltages and settling times;\n"
    "                        implies --tran\n"
    "  -V, --version         version of the program and its libraries\n"
    "  -h, --help            this text\n"
    "\n"
    "Without --op, --tran, --noise and --measure the netlist has .op and "
    ".tran.\n"
    "\n"
    "Exit status: 0 done; 1 a phase failed numerically; 2 bad usage, "
    "experiment\n"
    "or data; 3 reading or writing failed.\n"
    "\n"
    "examples:\n"
    "  simspice -o chip.cir experiments/rings.yaml\n"
    "  simspice --run runs/digits --phase plus --op -o chip.cir "
    "experiments/digits.yaml\n";

enum {
  OPT_RUN = 256,
  OPT_SAMPLE,
  OPT_PHASE,
  OPT_SET,
  OPT_OP,
  OPT_TRAN,
  OPT_NOISE,
  OPT_MEASURE,
};

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"run", required_argument, NULL, OPT_RUN},
    {"sample", required_argument, NULL, OPT_SAMPLE},
    {"phase", required_argument, NULL, OPT_PHASE},
    {"set", required_argument, NULL, OPT_SET},
    {"op", no_argument, NULL, OPT_OP},
    {"tran", no_argument, NULL, OPT_TRAN},
    {"noise", required_argument, NULL, OPT_NOISE},
    {"measure", no_argument, NULL, OPT_MEASURE},
    {"version", no_argument, NULL, 'V'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static enum sim_status read_sample(struct tool_simspice *options,
                                   const char *text, struct sim_error *err) {
  char *end;
  errno = 0;
  const long n = strtol(text, &end, 10);
  if (errno || *end || end == text || n < 0) {
    return sim_error_set(err, SIM_ECONFIG, "--sample must be >= 0, got %s",
                         text);
  }
  options->sample = (size_t)n;
  return SIM_OK;
}

static enum sim_status read_phase(struct tool_simspice *options,
                                  const char *word, struct sim_error *err) {
  for (size_t p = 0; p < TOOL_SPICE_N_PHASES; p++) {
    if (strcmp(word, tool_spice_phase_names[p]) == 0) {
      options->phase = p;
      return SIM_OK;
    }
  }
  return sim_error_set(err, SIM_ECONFIG,
                       "--phase must be free, plus or minus, got %s", word);
}

static enum sim_status add(const char **list, size_t *n, size_t limit,
                           const char *option, const char *text,
                           struct sim_error *err) {
  if (*n == limit) {
    return sim_error_set(err, SIM_ECONFIG, "more than %zu times %s", limit,
                         option);
  }
  list[(*n)++] = text;
  return SIM_OK;
}

static enum sim_status read_option(struct tool_simspice *options, int letter,
                                   char **argv, struct sim_error *err) {
  switch (letter) {
    case 'o':
      options->output = optarg;
      return SIM_OK;
    case OPT_RUN:
      options->run = optarg;
      return SIM_OK;
    case OPT_SAMPLE:
      return read_sample(options, optarg, err);
    case OPT_PHASE:
      return read_phase(options, optarg, err);
    case OPT_SET:
      return add(options->sets, &options->n_sets, TOOL_MAX_SETS, "--set",
                 optarg, err);
    case OPT_OP:
      options->has_op = true;
      return SIM_OK;
    case OPT_MEASURE:
      options->has_measure = true;
      options->has_tran = true;
      return SIM_OK;
    case OPT_TRAN:
      options->has_tran = true;
      return SIM_OK;
    case OPT_NOISE:
      return add(options->noise, &options->n_noise, TOOL_MAX_NOISE, "--noise",
                 optarg, err);
    case 'V':
      options->action = TOOL_VERSION_LINE;
      return SIM_OK;
    case 'h':
      options->action = TOOL_HELP;
      return SIM_OK;
    case ':':
      return sim_error_set(err, SIM_ECONFIG, "%s needs a value",
                           argv[optind - 1]);
    default:
      return sim_error_set(err, SIM_ECONFIG, "unknown option %s",
                           argv[optind - 1]);
  }
}

static enum sim_status read_file(struct tool_simspice *options, int argc,
                                 char **argv, struct sim_error *err) {
  if (argc - optind != 1) {
    return sim_error_set(err, SIM_ECONFIG,
                         "one experiment file is needed, got %d",
                         argc - optind);
  }
  options->file = argv[optind];
  if (!options->has_op && !options->has_tran && options->n_noise == 0) {
    options->has_op = true;
    options->has_tran = true;
  }
  return SIM_OK;
}

enum sim_status tool_simspice_read(struct tool_simspice *options, int argc,
                                   char **argv, struct sim_error *err) {
  int letter;
  *options = (struct tool_simspice){.action = TOOL_RUN};
  opterr = 0;
  while ((letter = getopt_long(argc, argv, ":o:Vh", long_options, NULL)) !=
         -1) {
    if (read_option(options, letter, argv, err)) {
      return err->status;
    }
    if (options->action != TOOL_RUN) {
      return SIM_OK;
    }
  }
  return read_file(options, argc, argv, err);
}
