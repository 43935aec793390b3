/* tests/bench/bench.c -- what one epoch of digits costs, and of what
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/bench/bench.h"

#include <cblas.h>
#include <getopt.h>
#include <gsl/gsl_errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/tiles.h"
#include "sim/vmath.h"
#include "tests/bench/bench_measure.h"

static const char help[] =
    "usage: bench [OPTION]... [PART]...    from the root of the tree\n"
    "\n"
    "Prints Markdown tables of what one epoch of digits costs. Parts: phases,\n"
    "program, transport, sizes, noise, spice (needs ngspice, takes a minute),\n"
    "ranks (needs mpirun, takes minutes); all of them without an argument.\n"
    "\n"
    "  --from DIR       run whose weights count as trained\n"
    "                   (default tests/data/digits_2000)\n"
    "  --json FILE      write the numbers there as well\n"
    "  --help\n";

_Noreturn void bench_fail(const struct sim_error *err) {
  fprintf(stderr, "bench: %s\n", err->message);
  exit(1);
}

/* "model name" of the first processor; empty where the system does not say. */
static void name_processor(char *name, size_t size) {
  char line[256];
  FILE *file = fopen("/proc/cpuinfo", "r");
  name[0] = '\0';
  while (file && !name[0] && fgets(line, sizeof line, file)) {
    const char *colon = strchr(line, ':');
    if (colon && strncmp(line, "model name", 10) == 0) {
      snprintf(name, size, "%.*s", (int)strcspn(colon + 2, "\n\""), colon + 2);
    }
  }
  if (file) {
    fclose(file);
  }
}

static void describe_machine(FILE *json) {
  char processor[128];
  double peak[BENCH_MAX_THREADS];
  name_processor(processor, sizeof processor);
  for (size_t k = 0; k < BENCH_MAX_THREADS; k++) {
    sim_threads_set(k + 1);
    peak[k] = 1e-9 * bench_peak();
  }
  printf(
      "Machine: %s, vector functions %s, %s, compiler %s. Peak of matrix\n"
      "products in double precision: %.1f GF/s with one thread, %.1f GF/s\n"
      "with two.\n\n",
      processor, sim_vmath_name(), openblas_get_config(), __VERSION__, peak[0],
      peak[1]);
  if (json) {
    fprintf(json,
            "{\n  \"processor\": \"%s\",\n  \"blas\": \"%s\",\n  \"compiler\": "
            "\"%s\",\n  \"peak_gflops\": [%.4g, %.4g]",
            processor, openblas_get_config(), __VERSION__, peak[0], peak[1]);
  }
}

static const struct {
  const char *name;
  void (*run)(const struct bench_options *);
} parts[] = {
    {"phases", bench_phases},       {"program", bench_program},
    {"transport", bench_transport}, {"sizes", bench_sizes},
    {"noise", bench_noise},         {"spice", bench_spice},
    {"ranks", bench_ranks},
};
#define N_PARTS (sizeof parts / sizeof *parts)

static int read_options(int argc, char **argv, struct bench_options *options,
                        const char **json, const char **train) {
  static const struct option known[] = {{"from", required_argument, NULL, 'f'},
                                        {"train", required_argument, NULL, 't'},
                                        {"json", required_argument, NULL, 'j'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};
  for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
    switch (c) {
      case 'f':
        options->from = optarg;
        break;
      case 't':
        *train = optarg;
        break;
      case 'j':
        *json = optarg;
        break;
      case 'h':
        fputs(help, stdout);
        exit(0);
      default:
        fputs(help, stderr);
        exit(2);
    }
  }
  return optind;
}

static int is_wanted(const char *name, char **wanted) {
  int is_listed = !*wanted;
  for (; *wanted; wanted++) {
    is_listed |= strcmp(name, *wanted) == 0;
  }
  return is_listed;
}

static void check_parts(char **wanted) {
  for (; *wanted; wanted++) {
    size_t k = 0;
    while (k < N_PARTS && strcmp(parts[k].name, *wanted) != 0) {
      k++;
    }
    if (k == N_PARTS) {
      fprintf(stderr, "bench: no part named %s\n%s", *wanted, help);
      exit(2);
    }
  }
}

int main(int argc, char **argv) {
  struct bench_options options = {.from = "tests/data/digits_2000"};
  const char *json = NULL, *train = NULL;
  char **wanted = argv + read_options(argc, argv, &options, &json, &train);
  gsl_set_error_handler_off();
  if (train) {  // what bench_program asks for
    bench_train(options.from, train, wanted[0], wanted[1]);
    return 0;
  }
  check_parts(wanted);
  if (json && !(options.json = fopen(json, "w"))) {
    perror(json);
    return 3;
  }
  describe_machine(options.json);
  for (size_t k = 0; k < N_PARTS; k++) {
    if (is_wanted(parts[k].name, wanted)) {
      parts[k].run(&options);
    }
  }
  if (options.json &&
      (fprintf(options.json, "\n}\n") < 0 || fclose(options.json))) {
    perror(json);
    return 3;
  }
  return 0;
}
