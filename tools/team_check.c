/* tools/team_check.c -- what the ranks of one run must have in common
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/team_check.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "sim/ranks.h"
#include "tools/version.h"

#define MAX_FILES 16
#define BUFFER 65536  // [B]

/* Of the machine, for messages. */
static const char *host(void) {
  static char name[256];
  return gethostname(name, sizeof name - 1) == 0 ? name : "unknown host";
}

/* --- the program --- */

/* Of a fixed size, whatever the version. */
struct program {
  char version[128];
  uint64_t action;
  uint64_t n_experiment;  // [B] of one in memory
};

enum sim_status tool_team_check_program(const struct tool_options *options,
                                        struct sim_error *err) {
  struct program mine = {.action = (uint64_t)options->action,
                         .n_experiment = sizeof(struct tool_experiment)};
  snprintf(mine.version, sizeof mine.version, "%s (%s)", TOOL_VERSION,
           TOOL_COMMIT);
  struct program first = mine;
  sim_ranks_broadcast(&first, sizeof first);
  if (strcmp(first.version, mine.version) != 0 ||
      first.n_experiment != mine.n_experiment) {
    sim_error_set(err, SIM_ECONFIG,
                  "all ranks must run the same build of simrun, got version %s "
                  "on rank 0 and %s on rank %zu (%s)",
                  first.version, mine.version, sim_rank(), host());
  } else if (first.action != mine.action) {
    sim_error_set(err, SIM_ECONFIG,
                  "all ranks must have the same options, got others on rank "
                  "%zu (%s) than on rank 0",
                  sim_rank(), host());
  }
  return sim_ranks_agree(sim_rank(), err);
}

/* --- the experiment --- */

enum sim_status tool_team_check_kind(const struct tool_experiment *experiment,
                                     struct sim_error *err) {
  const int kind = experiment->kind;
  if (sim_ranks() == 1 || kind == TOOL_TRAIN || kind == TOOL_GENERATE ||
      kind == TOOL_DEPLOYMENT || kind == TOOL_SWEEP) {
    return SIM_OK;
  }
  return tool_experiment_fail(
      experiment, "experiment", err,
      "must be train, generate, deployment or sweep for %zu ranks, got %s; "
      "start it without mpirun, whose --threads it uses, or measure it in a "
      "sweep",
      sim_ranks(), tool_kind_names[kind]);
}

static void compare_keys(const struct tool_experiment *first,
                         const struct tool_experiment *mine,
                         struct sim_error *err) {
  char first_value[256], my_value[256];
  struct sim_difference d;
  if (sim_param_differs(tool_experiment_table, TOOL_EXPERIMENT_N_PARAMS,
                        tool_experiment_use(mine), first, mine, NULL, &d)) {
    sim_error_set(
        err, SIM_ECONFIG,
        "%s: must be the same on all ranks, got %s on rank 0 and %s on rank "
        "%zu (%s)",
        d.path,
        sim_param_format(d.param, d.left, first_value, sizeof first_value),
        sim_param_format(d.param, d.right, my_value, sizeof my_value),
        sim_rank(), host());
  }
}

/* --- its files --- */

/* What one key leads to. */
struct content {
  char key[SIM_CONFIG_PATH];
  char file[SIM_TEXT_MAX];
  uint64_t size;  // [B] 0 without a file
  uint64_t crc;
};

struct contents {
  size_t n;
  struct content of[MAX_FILES];
};

static void sum_file(struct content *c) {
  unsigned char buffer[BUFFER];
  uLong crc = crc32_z(0, NULL, 0);
  FILE *file = fopen(c->file, "rb");
  size_t n = 0;
  while (file && (n = fread(buffer, 1, sizeof buffer, file)) > 0) {
    crc = crc32_z(crc, buffer, n);
    c->size += n;
  }
  if (file) {
    fclose(file);
  }
  c->crc = crc;
}

/* A run folder stands for its result. */
static int add_file(const struct sim_leaf *leaf, void *context) {
  struct contents *all = context;
  if (leaf->param->kind != SIM_PATH || all->n == MAX_FILES) {
    return 0;
  }
  struct content *c = &all->of[all->n++];
  struct stat status;
  snprintf(c->key, sizeof c->key, "%s", leaf->path);
  snprintf(c->file, sizeof c->file, "%s", (const char *)leaf->value);
  if (stat(c->file, &status) == 0 && S_ISDIR(status.st_mode)) {
    snprintf(c->file, sizeof c->file, "%.*s/run.h5", SIM_TEXT_MAX - 8,
             (const char *)leaf->value);
  }
  if (stat(c->file, &status) == 0 && S_ISREG(status.st_mode)) {
    sum_file(c);
  }
  return 0;
}

static void compare_files(const struct contents *first,
                          const struct contents *mine, struct sim_error *err) {
  for (size_t i = 0; i < mine->n && err->status == SIM_OK; i++) {
    const struct content *a = &first->of[i], *b = &mine->of[i];
    if (a->size != b->size || a->crc != b->crc) {
      sim_error_set(err, SIM_ECONFIG,
                    "%s: must have the same content on all ranks, but %s on "
                    "rank %zu (%s) is not that of rank 0",
                    b->key, b->file, sim_rank(), host());
    }
  }
}

enum sim_status tool_team_check_input(const struct tool_experiment *experiment,
                                      struct sim_error *err) {
  static struct tool_experiment first;
  static struct contents first_files, files;
  if (sim_ranks() == 1) {
    return SIM_OK;
  }
  first = *experiment;
  sim_ranks_broadcast(&first, sizeof first);
  compare_keys(&first, experiment, err);
  if (sim_ranks_agree(sim_rank(), err)) {
    return err->status;
  }
  files.n = 0;
  sim_param_visit(tool_experiment_table, TOOL_EXPERIMENT_N_PARAMS,
                  tool_experiment_use(experiment), experiment, add_file,
                  &files);
  first_files = files;
  sim_ranks_broadcast(&first_files, sizeof first_files);
  compare_files(&first_files, &files, err);
  return sim_ranks_agree(sim_rank(), err);
}
