/* tests/bench/bench_train.c -- a training run from the weights of another
 *
 * What `simrun experiments/digits.yaml` does, but for the first weights.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>

#include "sim/memory.h"
#include "sim/tiles.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_count.h"
#include "tests/bench/bench_measure.h"
#include "tests/folder.h"
#include "tools/commands.h"
#include "tools/network_file.h"

static const char *const always[] = {"generate.samples=1", "generate.dt=1",
                                     "train.preview_every=0",
                                     "learning.optimiser.rate=1e-12"};
#define N_ALWAYS (sizeof always / sizeof *always)

static void load(const char *method, const char *n_epochs,
                 struct tool_experiment *experiment) {
  struct sim_error err = {0};
  const struct bench_method *m = bench_method(method);
  char epochs[64];
  const char *sets[BENCH_MAX_SETS + N_ALWAYS + 1];
  size_t n = 0;
  for (; m->sets[n]; n++) {
    sets[n] = m->sets[n];
  }
  for (size_t k = 0; k < N_ALWAYS; k++) {
    sets[n++] = always[k];
  }
  snprintf(epochs, sizeof epochs, "train.epochs=%s", n_epochs);
  sets[n++] = epochs;
  if (tool_experiment_load(experiment, "experiments/digits.yaml", sets, n,
                           &err)) {
    bench_fail(&err);
  }
}

static enum sim_status program_weights(struct tool_setup *setup,
                                       const char *from,
                                       struct sim_error *err) {
  char path[256];
  double *theta = sim_alloc_doubles(setup->net.layout.n_parameters, err);
  if (!theta) {
    return err->status;
  }
  const enum sim_status status = tool_network_read(
      folder_path(path, from, "run.h5"), &setup->net.layout, theta, err);
  if (!status) {
    model_chip_program(setup->chip, theta);
    model_chip_image(setup->chip, &setup->net);
  }
  free(theta);
  return status;
}

/* [MB] most that was resident; what wait4() says of a process includes what its
 * parent held before. */
static double peak_megabytes(void) {
  char line[128];
  double kibibytes = 0;
  FILE *file = fopen("/proc/self/status", "r");
  while (file && fgets(line, sizeof line, file) &&
         sscanf(line, "VmHWM: %lf", &kibibytes) != 1) {
  }
  if (file) {
    fclose(file);
  }
  return 1024e-6 * kibibytes;
}

static void leave_notes(const char *folder) {
  char path[256];
  FILE *file = fopen(folder_path(path, folder, "notes"), "w");
  if (!file ||
      fprintf(file, "%.9g %.9g\n", bench_count_read().coupling_seconds,
              peak_megabytes()) < 0 ||
      fclose(file)) {
    perror(path);
    exit(3);
  }
}

void bench_train(const char *from, const char *folder, const char *method,
                 const char *n_epochs) {
  static struct tool_experiment experiment;
  struct sim_error err = {0};
  struct tool_setup setup;
  struct tool_run run;
  char output[256];
  const struct tool_run_options options = {
      .folder = folder_path(output, folder, "run"),
      .is_quiet = true,
      .progress = SIM_PROGRESS_NEVER};
  load(method, n_epochs, &experiment);
  sim_threads_set(2);
  if (tool_setup_init(&setup, &experiment, &err) ||
      program_weights(&setup, from, &err) ||
      tool_run_open(&run, &experiment, &options, &err)) {
    bench_fail(&err);
  }
  const enum sim_status status = tool_train(&setup, &run, &err);
  tool_run_close(&run, status);
  tool_setup_finish(&setup);
  if (status) {
    bench_fail(&err);
  }
  leave_notes(folder);
}
