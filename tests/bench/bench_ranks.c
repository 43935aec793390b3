/* tests/bench/bench_ranks.c -- a sweep on one rank and on two
 *
 * The program itself, one thread a rank, from its start to its end.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <libgen.h>
#include <limits.h>

#include "sim/clock.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_table.h"
#include "tests/folder.h"

#define N_RUNS 16  // of the sweep, as the title says

static const struct bench_column columns[] = {
    {"seconds", "the sweep", 1, " s"},
    {"runs_per_hour", "runs per hour", 0, ""},
    {"speed_up", "times those of one rank", 2, ""},
};

static _Noreturn void give_up(const char *what) {
  perror(what);
  exit(1);
}

/* The program beside this one, in the folder above. */
static void find_simrun(char path[PATH_MAX]) {
  char self[PATH_MAX] = "";
  if (readlink("/proc/self/exe", self, sizeof self - 1) < 0) {
    give_up("/proc/self/exe");
  }
  snprintf(path, PATH_MAX, "%.*s/simrun", PATH_MAX - 16,
           dirname(dirname(self)));
}

static void write_sweep(const char *folder) {
  char path[256], here[PATH_MAX];
  FILE *file = fopen(folder_path(path, folder, "sweep.yaml"), "w");
  if (!file || !getcwd(here, sizeof here) ||
      fprintf(file,
              "experiment: sweep\nname: sweep\nsweep:\n"
              "  base: %s/experiments/rings.yaml\n  chips: %d\n"
              "  collect: [\"/train/loss[-1]\"]\n"
              "  x: {key: train.epochs, values: [100]}\n"
              "flow: {coupling: independent}\n"  // no thread beside the one
              "generate: {samples: 1}\n",
              here, N_RUNS) < 0 ||
      fclose(file)) {
    give_up(path);
  }
}

/* [s] */
static double sweep_on(const char *folder, int n_ranks) {
  char simrun[PATH_MAX], start[64] = "", command[2 * PATH_MAX];
  find_simrun(simrun);
  if (n_ranks > 1) {
    snprintf(start, sizeof start, "mpirun --bind-to core -n %d ", n_ranks);
  }
  snprintf(command, sizeof command,
           "%s'%.*s' -q --threads 1 -o %s/%d %s/sweep.yaml", start,
           PATH_MAX - 16, simrun, folder, n_ranks, folder);
  const double begin = sim_clock_now();
  if (system(command) != 0) {
    give_up("bench: a sweep failed");
  }
  return sim_clock_now() - begin;
}

void bench_ranks(const struct bench_options *options) {
  static struct bench_table table = {
      .key = "ranks",
      .title = "A sweep of 16 runs of rings.yaml, one thread a rank",
      .label = "ranks",
      .columns = columns,
      .n_columns = sizeof columns / sizeof *columns};
  char folder[64], name[16];
  double alone = 0;
  if (system("command -v mpirun >/dev/null") != 0) {
    fputs("bench: ranks are not measured without mpirun\n", stderr);
    return;
  }
  // mpirun asks this of root.
  setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 0);
  setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 0);
  folder_make(folder);
  write_sweep(folder);
  for (int n_ranks = 1; n_ranks <= 2; n_ranks++) {
    const double seconds = sweep_on(folder, n_ranks);
    alone = n_ranks == 1 ? seconds : alone;
    snprintf(name, sizeof name, "%d", n_ranks);
    bench_table_add(
        &table, name,
        (double[]){seconds, 3600 * N_RUNS / seconds, alone / seconds});
  }
  folder_remove(folder);
  bench_table_print(&table, options->json);
}
