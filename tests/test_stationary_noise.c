/* tests/test_stationary_noise.c -- linear noise of a trained chip against a
 * long transient of the same chip
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_errno.h>
#include <stdlib.h>
#include <string.h>

#include "models/settler.h"
#include "models/stationary_noise.h"
#include "sim/memory.h"
#include "sim/tiles.h"
#include "tests/check.h"
#include "tools/experiment.h"
#include "tools/setup.h"

enum { LANES = 32, MAX_NODES = 400 };

struct bench {
  struct tool_experiment experiment;
  struct tool_setup setup;
  double anchor[64 * LANES], one[64];
  double state[MAX_NODES];  // operating point
};

static void open_bench(struct bench *b, int is_separate) {
  const char *const sets[] = {
      is_separate ? "chip.coupling.reciprocity=separate"
                  : "chip.coupling.reciprocity=shared",
      is_separate ? "chip.coupling.mismatch=0.1" : "chip.coupling.mismatch=0",
      "from=tests/data/digits_500",
      "chip.capacitance=matched",
      "chip.noise.thermal=true",
      "chip.noise.excess=1.5",
      "chip.noise.telegraph=true",
      "chip.noise.telegraph_capture=0.3 MHz",
      "chip.noise.telegraph_emission=0.1 MHz",
      "settle.integrator=heun",
      "settle.analysis=transient",
      "settle.until=never",
      "settle.step=0.1 tau"};
  struct sim_error err = {0};
  CHECK_OK(tool_experiment_load(&b->experiment, "tests/data/bench.yaml", sets,
                                sizeof sets / sizeof sets[0], &err),
           err);
  CHECK_OK(tool_setup_init(&b->setup, &b->experiment, &err), err);
  for (size_t i = 0; i < 64; i++) {
    b->one[i] = b->setup.data.values[i];
    for (size_t k = 0; k < LANES; k++) {
      b->anchor[i * LANES + k] = b->one[i];
    }
  }
}

static void settle(struct bench *b) {
  struct sim_error err = {0};
  struct model_settler settler;
  struct model_settling settling = b->setup.settling;
  const struct model_drive drive = {.conductance = 15, .anchor = b->one};
  double time;
  settling.until = 1e-9;
  settling.is_quiet = true;
  settling.analysis = SIM_OPERATING_POINT;
  if (!model_network_has_energy(&b->setup.net)) {
    settling.analysis = SIM_TRANSIENT;
    settling.integrator = sim_integrator_find("rk8pd");
    settling.settings.tolerance = 1e-10;
    settling.duration = 3000;
  }
  CHECK_OK(model_settler_init(&settler, &settling, &b->setup.net, 1, &err),
           err);
  memcpy(b->state, b->one, sizeof b->one);
  CHECK_OK(model_settler_run(&settler, &drive, b->state, 0, &time, &err), err);
  model_settler_finish(&settler);
}

/* Mean squares about the mean of each layer, of 32 runs of `duration` tau. */
static void follow(struct bench *b, size_t n_looks, double apart,
                   double *variance) {
  struct sim_error err = {0};
  struct model_settler settler;
  struct model_settling settling = b->setup.settling;
  const struct model_layout *at = &b->setup.net.layout;
  const struct model_drive drive = {.conductance = 15, .anchor = b->anchor};
  static double s[MAX_NODES * LANES], sum[MAX_NODES], square[MAX_NODES];
  double time;
  memset(sum, 0, sizeof sum);
  memset(square, 0, sizeof square);
  settling.duration = apart;
  CHECK_OK(model_settler_init(&settler, &settling, &b->setup.net, LANES, &err),
           err);
  for (size_t i = 0; i < at->n_nodes * LANES; i++) {
    s[i] = b->state[i / LANES];
  }
  model_settler_begin(&settler, MODEL_NOISE_MEASURE, 0, 0);
  for (size_t look = 0; look < n_looks + 20; look++) {
    CHECK_OK(model_settler_run(&settler, &drive, s, 0, &time, &err), err);
    for (size_t i = 0; look >= 20 && i < at->n_nodes * LANES; i++) {
      const double away = s[i] - b->state[i / LANES];
      sum[i / LANES] += away;
      square[i / LANES] += away * away;
    }
  }
  const double n = (double)(n_looks * LANES);
  for (size_t l = 0; l < at->n_layers; l++) {
    variance[l] = 0;
    for (size_t i = at->node_at[l]; i < at->node_at[l] + at->width[l]; i++) {
      variance[l] +=
          (square[i] / n - sum[i] * sum[i] / (n * n)) / (double)at->width[l];
    }
  }
  model_settler_finish(&settler);
}

static void check_noise(int is_separate) {
  static struct bench b;
  struct sim_error err = {0};
  struct model_stationary_noise found;
  double seen[MODEL_MAX_LAYERS];
  open_bench(&b, is_separate);
  settle(&b);
  const struct model_layout *at = &b.setup.net.layout;
  const struct model_drive drive = {.conductance = 15, .anchor = b.one};
  CHECK_OK(model_stationary_noise_find(&found, &b.setup.net, &drive, b.state, 5,
                                       &err),
           err);
  follow(&b, 400, 3, seen);
  for (size_t l = 0; l < at->n_layers; l++) {
    double whole = 0, read = 0;
    for (size_t k = 0; k < MODEL_N_STATIONARY; k++) {
      double part = 0;
      for (size_t i = at->node_at[l]; i < at->node_at[l] + at->width[l]; i++) {
        part += found.node[k * at->n_nodes + i] / (double)at->width[l];
        read += found.read[k * at->n_nodes + i] / (double)at->width[l];
      }
      print_message("# layer %zu, %s: %.3e\n", l,
                    model_stationary_sources[k].name, part);
      whole += part;
    }
    print_message("# layer %zu: linear %.4e, transient %.4e, read %.3e\n", l,
                  whole, seen[l], read);
    CHECK_REL(seen[l], whole, 0.05);
    CHECK(read < whole);
  }
  model_stationary_noise_finish(&found);
  tool_setup_finish(&b.setup);
}

static void linear_noise_is_that_of_a_long_transient(void **state) {
  (void)state;
  check_noise(0);
}

/* Directions that differ by 10 %: no energy, and modes that are not
 * orthogonal. */
static void it_is_that_of_a_chip_without_an_energy(void **state) {
  (void)state;
  check_noise(1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(linear_noise_is_that_of_a_long_transient),
      cmocka_unit_test(it_is_that_of_a_chip_without_an_energy),
  };
  gsl_set_error_handler_off();
  sim_threads_set(0);
  return cmocka_run_group_tests_name("stationary_noise", tests, NULL, NULL);
}
