/* tests/bench/bench_program.c -- whole epochs of training, and their memory
 *
 * Trains twice, in processes of their own, for few and for many epochs: the
 * difference is what epochs cost with all they contain (transport beside
 * settling, correlations, optimiser, programming, results), the rest is
 * beginning and end. The learning rate is so small that the trained weights
 * stay what they are.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <spawn.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "sim/clock.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_count.h"
#include "tests/bench/bench_table.h"
#include "tests/folder.h"

extern char **environ;

static const struct {
  const char *method;
  int n_few, n_many;  // epochs
} runs[] = {
    {BENCH_EULER, 2, 6},
    {BENCH_RKC, 2, 12},
    {BENCH_FAST, 10, 110},
};

static const struct bench_column columns[] = {
    {"seconds", "an epoch, 2 threads", 3, " s"},
    {"speed_up", "times faster than euler", 1, ""},
    {"processor_seconds", "processor time of both", 3, " s"},
    {"coupling_share", "of it in couplings", 0, " %"},
    {"few_epochs", "few epochs", 0, ""},
    {"few_megabytes", "memory then", 0, " MB"},
    {"many_epochs", "many epochs", 0, ""},
    {"many_megabytes", "memory then", 0, " MB"},
};
#define N_COLUMNS ((int)(sizeof columns / sizeof *columns))

/* What one process took. */
struct usage {
  double seconds;            // [s]
  double processor_seconds;  // [s] of all threads
  double coupling_seconds;   // [s] of all threads
  double megabytes;          // [MB] most that was resident
};

static _Noreturn void give_up(const char *what) {
  perror(what);
  exit(1);
}

static double seconds_of(struct timeval t) {
  return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

/* Run this program again to train; it leaves the seconds in couplings and its
 * memory in FOLDER/notes. */
static struct usage train_apart(const char *from, const char *method,
                                int n_epochs) {
  char folder[64], epochs[16], path[256];
  struct usage usage;
  struct rusage used;
  pid_t pid;
  int status;
  folder_make(folder);
  snprintf(epochs, sizeof epochs, "%d", n_epochs);
  const char *const arguments[] = {"bench", "--from", from,   "--train",
                                   folder,  method,   epochs, NULL};
  const double start = sim_clock_now();
  if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, (char *const *)arguments,
                  environ) ||
      wait4(pid, &status, 0, &used) != pid || status != 0) {
    give_up("bench: the training of whole epochs failed");
  }
  usage.seconds = sim_clock_now() - start;
  usage.processor_seconds =
      seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
  FILE *file = fopen(folder_path(path, folder, "notes"), "r");
  if (!file ||
      fscanf(file, "%lf %lf", &usage.coupling_seconds, &usage.megabytes) != 2) {
    give_up(path);
  }
  fclose(file);
  folder_remove(folder);
  return usage;
}

void bench_program(const struct bench_options *options) {
  static struct bench_table table = {
      .key = "program",
      .title = "Training, everything included, trained weights",
      .label = "how a phase is settled",
      .columns = columns,
      .n_columns = N_COLUMNS};
  double reference = 0;
  for (size_t k = 0; k < sizeof runs / sizeof *runs; k++) {
    const char *method = runs[k].method;
    const double n = runs[k].n_many - runs[k].n_few;
    const struct usage few = train_apart(options->from, method, runs[k].n_few);
    const struct usage many =
        train_apart(options->from, method, runs[k].n_many);
    const double seconds = (many.seconds - few.seconds) / n;
    const double processor = many.processor_seconds - few.processor_seconds;
    reference = reference > 0 ? reference : seconds;
    const double values[N_COLUMNS] = {
        seconds,
        reference / seconds,
        processor / n,
        100 * (many.coupling_seconds - few.coupling_seconds) / processor,
        runs[k].n_few,
        few.megabytes,
        runs[k].n_many,
        many.megabytes,
    };
    bench_table_add(&table, method, values);
  }
  bench_table_print(&table, options->json);
}
