/* tests/test_pulse.c -- pulse laws against published figures
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <unistd.h>

#include "circuits/pulse.h"
#include "sim/memory.h"
#include "tests/check.h"
#include "tests/config_text.h"

enum law { LINEAR, SOFT_BOUNDS, EXP_STEP, EXPONENTIAL, TABLE };

static struct circuit_pulse make(const struct circuit_pulse_params *params,
                                 double g_min, double g_max) {
  struct sim_error err = {0};
  struct circuit_pulse pulse;
  CHECK_OK(circuit_pulse_init(&pulse, params, g_min, g_max, &err), err);
  return pulse;
}

static void check_steps(const struct circuit_pulse *pulse, double x, double up,
                        double down, double unit, double tolerance) {
  CHECK_NEAR(unit * circuit_pulse_step(pulse, CIRCUIT_UP, x), up, tolerance);
  CHECK_NEAR(unit * circuit_pulse_step(pulse, CIRCUIT_DOWN, x), down,
             tolerance);
}

/* MLP+NeuroSim V3.0, manual, chapter 9. */
static void labels_give_the_published_curvatures(void **state) {
  (void)state;
  const double table[][2] = {
      {0.5, 2.519877},  {1.46, 0.848677},   {2.4, 0.499181},
      {4.88, 0.200303}, {-6.76, -0.100251}, {-0.5, -2.519877},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    CHECK_NEAR(circuit_pulse_curvature(table[i][0]), table[i][1], 6e-7);
  }
  CHECK(isinf(circuit_pulse_curvature(0)));
}

/* NL is the largest distance of the curve from its diagonal in units of
 * 0.07: found here by walking along the curve. */
static void a_label_is_a_distance_from_the_diagonal(void **state) {
  (void)state;
  for (double nl = 0.1; nl < 9; nl += 0.9) {
    const double a = circuit_pulse_curvature(nl);
    double most = 0;
    for (double p = 0; p <= 1; p += 1e-5) {
      const double x = (1 - exp(-p / a)) / (1 - exp(-1 / a));
      most = fmax(most, (x - p) / M_SQRT2);
    }
    CHECK_NEAR(most / 0.07, nl, 1e-6 * nl + 1e-7);
  }
}

/* From one end to the other in N pulses, on G(P) of the manual. */
static void exponential_pulses_walk_along_the_published_curve(void **state) {
  (void)state;
  struct circuit_pulse_params params = {
      .law = EXPONENTIAL,
      .side = {{.pulses = 97, .nonlinearity = 2.4},
               {.pulses = 100, .nonlinearity = -4.88}}};
  struct circuit_pulse pulse = make(&params, 3.077e-9, 38.46e-9);
  const double a[] = {0.499181, -0.200303};
  double x = 0;
  for (int p = 1; p <= 97; p++) {
    x += circuit_pulse_step(&pulse, CIRCUIT_UP, x);
    CHECK_NEAR(x, (1 - exp(-p / (a[0] * 97))) / (1 - exp(-1 / a[0])), 1e-5);
  }
  CHECK_NEAR(x, 1, 1e-12);
  for (int p = 99; p >= 0; p--) {
    x -= circuit_pulse_step(&pulse, CIRCUIT_DOWN, x);
    CHECK_NEAR(x, (1 - exp(-p / (a[1] * 100))) / (1 - exp(-1 / a[1])), 1e-5);
  }
  CHECK_NEAR(x, 0, 1e-12);
  CHECK_REL(circuit_pulse_nominal(&pulse, CIRCUIT_UP), 1.0 / 97, 1e-15);
  circuit_pulse_finish(&pulse);
}

/* A negative label of the way down has its largest steps at the top. */
static void the_sign_of_a_label_says_where_steps_are_large(void **state) {
  (void)state;
  struct circuit_pulse_params params = {
      .law = EXPONENTIAL,
      .side = {{.pulses = 64, .nonlinearity = 3},
               {.pulses = 64, .nonlinearity = -3}}};
  struct circuit_pulse pulse = make(&params, 0, 1e-5);
  CHECK(circuit_pulse_step(&pulse, CIRCUIT_UP, 0) >
        2 * circuit_pulse_step(&pulse, CIRCUIT_UP, 0.9));
  CHECK(circuit_pulse_step(&pulse, CIRCUIT_DOWN, 1) >
        2 * circuit_pulse_step(&pulse, CIRCUIT_DOWN, 0.1));
  pulse.params.side[CIRCUIT_DOWN].nonlinearity = 3;
  struct circuit_pulse other = make(&pulse.params, 0, 1e-5);
  CHECK(circuit_pulse_step(&other, CIRCUIT_DOWN, 0.1) >
        2 * circuit_pulse_step(&other, CIRCUIT_DOWN, 0.9));
  circuit_pulse_finish(&pulse);
  circuit_pulse_finish(&other);
}

/* aihwkit's ReRamES: Gong et al., Nat. Commun. 2018; w from -1 to 1. */
static void exp_steps_are_those_of_the_reram_preset(void **state) {
  (void)state;
  const struct circuit_pulse_params params = {
      .law = EXP_STEP,
      .origin = 0.5,
      .scale = -0.5,
      .offset = -0.5,
      .side = {{.step = 0.00135, .amplitude = -1.18445, .rate = 5},
               {.step = 0.00135 * (1 - 0.259359),
                .amplitude = -0.081404,
                .rate = 5}}};
  struct circuit_pulse pulse = make(&params, 0, 2);
  check_steps(&pulse, 0.0, 0.002949, 0.001081, 2, 1e-6);
  check_steps(&pulse, 0.5, 0.001481, 0.001991, 2, 1e-6);
  check_steps(&pulse, 1.0, 0.001361, 0.013080, 2, 1e-6);
  circuit_pulse_finish(&pulse);
}

/* aihwkit's PCM preset: Nandakumar et al., Front. Neurosci. 2020; w 0 to 2,
 * origin at the low end. */
static void exp_steps_are_those_of_the_pcm_preset(void **state) {
  (void)state;
  const struct circuit_pulse_params params = {
      .law = EXP_STEP,
      .origin = 0,
      .scale = -1,
      .side = {{.step = 0.01, .amplitude = -27.235, .rate = 2.5},
               {.step = 0.01, .amplitude = -2.235, .rate = 2.5}}};
  struct circuit_pulse pulse = make(&params, 0, 2);
  const double up[] = {0.28235, 0.032356, 0.011835};
  for (int k = 0; k < 3; k++) {
    CHECK_NEAR(2 * circuit_pulse_step(&pulse, CIRCUIT_UP, 0.5 * k), up[k],
               5e-6);
  }
  circuit_pulse_finish(&pulse);
}

/* aihwkit's EcRam: Tang et al., IEDM 2018; w from -0.8276 to 1.1724. */
static void linear_steps_are_those_of_the_ecram_preset(void **state) {
  (void)state;
  const struct circuit_pulse_params params = {
      .law = LINEAR,
      .origin = 0.8276 / 2,
      .side = {{.step = 0.002, .slope = 0.1153},
               {.step = 0.002, .slope = 0.5085}}};
  struct circuit_pulse pulse = make(&params, 0, 2);
  check_steps(&pulse, 0.0, 0.002163, 0.000983, 2, 1e-6);
  check_steps(&pulse, 0.8276 / 2, 0.002, 0.002, 2, 1e-6);
  check_steps(&pulse, 1.0, 0.001769, 0.003441, 2, 1e-6);
  CHECK_REL(circuit_pulse_nominal(&pulse, CIRCUIT_UP), 0.001, 1e-12);
  circuit_pulse_finish(&pulse);
}

static void soft_bounds_are_never_passed(void **state) {
  (void)state;
  const struct circuit_pulse_params params = {
      .law = SOFT_BOUNDS,
      .origin = 0.3,
      .side = {{.step = 0.1}, {.step = 0.1}}};
  struct circuit_pulse pulse = make(&params, 0, 1);
  CHECK_NEAR(circuit_pulse_step(&pulse, CIRCUIT_UP, 1), 0, 1e-15);
  CHECK_NEAR(circuit_pulse_step(&pulse, CIRCUIT_DOWN, 0), 0, 1e-15);
  for (int k = 0; k <= 10; k++) {
    const double x = 0.1 * k;  // 0.1 (1 - x)/(1 - x0), 0.1 x/x0
    check_steps(&pulse, x, (1 - x) / 7, x / 3, 1, 1e-15);
  }
  circuit_pulse_finish(&pulse);
}

static void spread_and_energy_follow_their_formulas(void **state) {
  (void)state;
  const struct circuit_pulse_params params = {
      .noise_step = 0.3,
      .noise_range = 0.004,
      .side = {{.voltage = 3.65, .width = 75e-9}, {.voltage = -2, .width = 1}}};
  struct circuit_pulse pulse = make(&params, 0, 1);
  CHECK_REL(circuit_pulse_spread(&pulse, 0.01), 0.005, 1e-14);
  CHECK_REL(circuit_pulse_energy(&pulse, CIRCUIT_UP, 1e-6, 2e-6),
            3.65 * 3.65 * 1.5e-6 * 75e-9, 1e-14);
  CHECK_REL(circuit_pulse_energy(&pulse, CIRCUIT_DOWN, 1e-6, 0), 2e-6, 1e-14);
  circuit_pulse_finish(&pulse);
}

/* --- measured staircases --- */

static const char *write_table(const char *text, char path[64]) {
  strcpy(path, "/tmp/test_pulse_XXXXXX");
  const int fd = mkstemp(path);
  FILE *file = fdopen(fd, "w");
  CHECK(file);
  fputs(text, file);
  fclose(file);
  return path;
}

static enum sim_status load(const char *text, struct circuit_pulse *pulse,
                            char path[64], struct sim_error *err) {
  struct circuit_pulse_params params = {.law = TABLE};
  strcpy(params.table, write_table(text, path));
  const enum sim_status status =
      circuit_pulse_init(pulse, &params, 1e-6, 9e-6, err);
  unlink(path);
  return status;
}

/* The staircase of a law, as a table, walks like the law. */
static void a_table_of_a_law_is_the_law(void **state) {
  (void)state;
  struct circuit_pulse_params params = {
      .law = EXPONENTIAL,
      .side = {{.pulses = 50, .nonlinearity = 2},
               {.pulses = 50, .nonlinearity = -3}}};
  struct circuit_pulse law = make(&params, 1e-6, 9e-6);
  char text[8192] = "# pulse up down\n", path[64];
  double up = 0, down = 1;
  for (int p = 0; p <= 50; p++) {
    sprintf(text + strlen(text), "%d, %.17g %.17g\n", p, 1e-6 + 8e-6 * up,
            1e-6 + 8e-6 * down);
    up += circuit_pulse_step(&law, CIRCUIT_UP, up);
    down -= circuit_pulse_step(&law, CIRCUIT_DOWN, down);
  }
  struct sim_error err = {0};
  struct circuit_pulse table;
  CHECK_OK(load(text, &table, path, &err), err);
  CHECK_REL(circuit_pulse_nominal(&table, CIRCUIT_UP), 0.02, 1e-12);
  up = 0, down = 1;
  for (int p = 0; p < 50; p++) {
    const double du = circuit_pulse_step(&law, CIRCUIT_UP, up);
    const double dd = circuit_pulse_step(&law, CIRCUIT_DOWN, down);
    CHECK_NEAR(circuit_pulse_step(&table, CIRCUIT_UP, up), du, 1e-9);
    CHECK_NEAR(circuit_pulse_step(&table, CIRCUIT_DOWN, down), dd, 1e-9);
    up += du;
    down -= dd;
  }
  CHECK_NEAR(circuit_pulse_step(&table, CIRCUIT_UP, 1), 0, 1e-12);
  CHECK_NEAR(circuit_pulse_step(&table, CIRCUIT_DOWN, 0), 0, 1e-12);
  circuit_pulse_finish(&law);
  circuit_pulse_finish(&table);
}

static void without_a_third_column_the_way_down_is_the_way_up(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct circuit_pulse pulse;
  char path[64];
  CHECK_OK(load("0 1e-6\n1 5e-6\n2 8e-6\n3 9e-6\n", &pulse, path, &err), err);
  check_steps(&pulse, 0.5, 3.0 / 8, 0.5, 1, 1e-12);
  check_steps(&pulse, 0.25, 0.4375, 0.25, 1, 1e-12);  // half way 0 to 1
  circuit_pulse_finish(&pulse);
}

static void tables_that_are_no_staircase_are_refused(void **state) {
  (void)state;
  const struct {
    const char *text, *message;
  } cases[] = {
      {"0 1e-6\n1 x\n",
       ":2: must be a pulse and one or two conductances [S], as many on each "
       "line, got \"1 x\""},
      {"0 1e-6\n1 9e-6 1e-6\n",
       ":2: must be a pulse and one or two conductances [S], as many on each "
       "line, got \"1 9e-6 1e-6\""},
      {"0 1e-6\n1 3e-6\n2 2e-6\n",
       ":3: pulses and the second column must increase, the third decrease, "
       "got \"2 2e-6\""},
      {"0 1e-6\n", ": a staircase needs >= 2 points, got 1"},
      {"0 1e-6\n1 8e-6\n",
       ": must go from g_min to g_max (1e-06 S to 9e-06 S), got 1e-06 S to "
       "8e-06 S"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct sim_error err = {0};
    struct circuit_pulse pulse;
    char path[64], want[512];
    const enum sim_status status = load(cases[i].text, &pulse, path, &err);
    snprintf(want, sizeof want, "%s%s", path, cases[i].message);
    assert_int_equal(status, SIM_ECONFIG);
    assert_string_equal(err.message, want);
    assert_null(pulse.staircase[0].x);
  }
}

static void a_table_and_its_law_go_together(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct sim_config *config = parse("chip:\n  a: 1\n");
  struct circuit_pulse_params params = {.law = TABLE, .table = "none"};
  CHECK_FAILS(circuit_pulse_check(&params, config, &err), err, SIM_ECONFIG,
              "digits.yaml:1: chip.coupling.pulse.table: must name a file when "
              "`law: table`, got none");
  params = (struct circuit_pulse_params){.law = LINEAR, .table = "a.txt"};
  CHECK_FAILS(circuit_pulse_check(&params, config, &err), err, SIM_ECONFIG,
              "digits.yaml:1: chip.coupling.pulse.table: is used with `law: "
              "table` only, got a.txt");
  sim_config_destroy(config);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(labels_give_the_published_curvatures),
      cmocka_unit_test(a_label_is_a_distance_from_the_diagonal),
      cmocka_unit_test(exponential_pulses_walk_along_the_published_curve),
      cmocka_unit_test(the_sign_of_a_label_says_where_steps_are_large),
      cmocka_unit_test(exp_steps_are_those_of_the_reram_preset),
      cmocka_unit_test(exp_steps_are_those_of_the_pcm_preset),
      cmocka_unit_test(linear_steps_are_those_of_the_ecram_preset),
      cmocka_unit_test(soft_bounds_are_never_passed),
      cmocka_unit_test(spread_and_energy_follow_their_formulas),
      cmocka_unit_test(a_table_of_a_law_is_the_law),
      cmocka_unit_test(without_a_third_column_the_way_down_is_the_way_up),
      cmocka_unit_test(tables_that_are_no_staircase_are_refused),
      cmocka_unit_test(a_table_and_its_law_go_together),
  };
  return cmocka_run_group_tests_name("pulse", tests, NULL, NULL);
}
