/* tools/options.c -- the command line of simrun
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

const char tool_options_usage[] =
    "usage: simrun [OPTION]... EXPERIMENT.yaml   (simrun --help says more)\n";

const char tool_options_help[] =
    "usage: simrun [OPTION]... EXPERIMENT.yaml\n"
    "       simrun --describe [KEY]\n"
    "\n"
    "Simulates an analog chip that learns by equilibrium propagation.\n"
    "\n"
    "  -o, --output DIR      run folder (default: runs/NAME)\n"
    "      --set KEY=VALUE   change one key, e.g. --set train.epochs=100;\n"
    "                        may be given several times\n"
    "      --resume          continue the run in the folder\n"
    "      --force           replace the run in the folder\n"
    "  -n, --check           read and check everything, print the resolved\n"
    "                        experiment and estimates, run nothing\n"
    "      --describe [KEY]  explain every key, or one key or section;\n"
    "                        presets: devices to choose from; sources:\n"
    "                        imperfections that a sweep switches\n"
    "      --threads N       threads (default: one for each processor)\n"
    "  -q, --quiet           print errors only\n"
    "      --progress WHEN   auto, always, plain or never\n"
    "      --color WHEN      auto, always or never\n"
    "  -V, --version         version of the program and its libraries\n"
    "  -h, --help            this text\n"
    "\n"
    "Exit status: 0 done; 1 the run failed numerically and said where; 2 bad\n"
    "usage, experiment or data, nothing written; 3 reading or writing failed;\n"
    "130, 143 interrupted, continue with --resume.\n"
    "\n"
    "examples:\n"
    "  simrun experiments/digits_quick.yaml\n"
    "  simrun --check experiments/digits.yaml\n"
    "  simrun --describe chip.coupling\n";

enum {
  OPT_SET = 256,
  OPT_RESUME,
  OPT_FORCE,
  OPT_DESCRIBE,
  OPT_THREADS,
  OPT_PROGRESS,
  OPT_COLOR,
};

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"set", required_argument, NULL, OPT_SET},
    {"resume", no_argument, NULL, OPT_RESUME},
    {"force", no_argument, NULL, OPT_FORCE},
    {"check", no_argument, NULL, 'n'},
    {"describe", optional_argument, NULL, OPT_DESCRIBE},
    {"threads", required_argument, NULL, OPT_THREADS},
    {"quiet", no_argument, NULL, 'q'},
    {"progress", required_argument, NULL, OPT_PROGRESS},
    {"color", required_argument, NULL, OPT_COLOR},
    {"version", no_argument, NULL, 'V'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static enum sim_status read_threads(struct tool_options *options,
                                    const char *text, struct sim_error *err) {
  char *end;
  errno = 0;
  const long n = strtol(text, &end, 10);
  if (errno || *end || end == text || n < 1 || n > 1024) {
    return sim_error_set(err, SIM_ECONFIG,
                         "--threads must be 1 to 1024, got %s", text);
  }
  options->threads = (size_t)n;
  return SIM_OK;
}

static enum sim_status read_progress(struct tool_options *options,
                                     const char *word, struct sim_error *err) {
  if (sim_progress_mode_parse(word, &options->run.progress) == 0) {
    return SIM_OK;
  }
  return sim_error_set(err, SIM_ECONFIG,
                       "--progress must be auto, always, plain or never, got "
                       "%s",
                       word);
}

static enum sim_status read_color(struct tool_options *options,
                                  const char *word, struct sim_error *err) {
  if (tool_color_parse(word, &options->color) == 0) {
    return SIM_OK;
  }
  return sim_error_set(err, SIM_ECONFIG,
                       "--color must be auto, always or never, got %s", word);
}

static enum sim_status add_set(struct tool_options *options, const char *text,
                               struct sim_error *err) {
  if (options->n_sets == TOOL_MAX_SETS) {
    return sim_error_set(err, SIM_ECONFIG, "more than %d times --set",
                         TOOL_MAX_SETS);
  }
  options->sets[options->n_sets++] = text;
  return SIM_OK;
}

static enum sim_status choose_existing(struct tool_options *options,
                                       enum tool_existing what,
                                       struct sim_error *err) {
  if (options->run.existing != TOOL_REFUSE && options->run.existing != what) {
    return sim_error_set(err, SIM_ECONFIG,
                         "--resume and --force exclude each other");
  }
  options->run.existing = what;
  return SIM_OK;
}

/* What getopt_long complains about; `word` is the argument it read last. */
static enum sim_status refuse_option(const char *word, struct sim_error *err) {
  for (const struct option *o = long_options; o->name; o++) {
    if (optopt == o->val) {
      return sim_error_set(err, SIM_ECONFIG, "--%s takes no value", o->name);
    }
  }
  return optopt ? sim_error_set(err, SIM_ECONFIG, "unknown option -%c", optopt)
                : sim_error_set(err, SIM_ECONFIG, "unknown option %s", word);
}

static enum sim_status miss_value(const char *word, struct sim_error *err) {
  const bool is_long = strncmp(word, "--", 2) == 0;
  return is_long ? sim_error_set(err, SIM_ECONFIG, "%s needs a value", word)
                 : sim_error_set(err, SIM_ECONFIG, "-%c needs a value", optopt);
}

static enum sim_status read_option(struct tool_options *options, int letter,
                                   char **argv, struct sim_error *err) {
  switch (letter) {
    case 'o':
      options->run.folder = optarg;
      return SIM_OK;
    case OPT_SET:
      return add_set(options, optarg, err);
    case OPT_RESUME:
      return choose_existing(options, TOOL_RESUME, err);
    case OPT_FORCE:
      return choose_existing(options, TOOL_REPLACE, err);
    case 'n':
      options->action = TOOL_CHECK;
      return SIM_OK;
    case OPT_DESCRIBE:
      options->action = TOOL_DESCRIBE;
      options->describe = optarg;
      return SIM_OK;
    case OPT_THREADS:
      return read_threads(options, optarg, err);
    case 'q':
      options->run.is_quiet = true;
      return SIM_OK;
    case OPT_PROGRESS:
      return read_progress(options, optarg, err);
    case OPT_COLOR:
      return read_color(options, optarg, err);
    case 'V':
      options->action = TOOL_VERSION_LINE;
      return SIM_OK;
    case 'h':
      options->action = TOOL_HELP;
      return SIM_OK;
    case ':':
      return miss_value(argv[optind - 1], err);
    default:
      return refuse_option(argv[optind - 1], err);
  }
}

static bool needs_file(enum tool_action action) {
  return action == TOOL_RUN || action == TOOL_CHECK;
}

static enum sim_status read_file(struct tool_options *options, int argc,
                                 char **argv, struct sim_error *err) {
  if (options->action == TOOL_DESCRIBE && !options->describe &&
      optind == argc - 1) {
    options->describe = argv[optind];
    return SIM_OK;
  }
  const int n_wanted = needs_file(options->action) ? 1 : 0;
  if (argc - optind != n_wanted) {
    return sim_error_set(err, SIM_ECONFIG,
                         n_wanted ? "one experiment file is needed, got %d"
                                  : "got %d words too many",
                         argc - optind);
  }
  options->file = n_wanted ? argv[optind] : NULL;
  return SIM_OK;
}

enum sim_status tool_options_read(struct tool_options *options, int argc,
                                  char **argv, struct sim_error *err) {
  int letter;
  *options = (struct tool_options){0};
  opterr = 0;
  while ((letter = getopt_long(argc, argv, ":o:nqVh", long_options, NULL)) !=
         -1) {
    if (read_option(options, letter, argv, err)) {
      return err->status;
    }
    if (options->action == TOOL_HELP || options->action == TOOL_VERSION_LINE) {
      return SIM_OK;
    }
  }
  return read_file(options, argc, argv, err);
}
