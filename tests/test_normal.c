/* tests/test_normal.c -- normal numbers of tiles: law, address, independence
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <stdlib.h>
#include <string.h>

#include "sim/memory.h"
#include "sim/normal.h"
#include "tests/check.h"

enum { ROWS = 320, LANES = 32, N = ROWS * LANES, STEPS = 100 };

static const struct sim_address tile = {.seed = 7,
                                        .purpose = SIM_DRAW_THERMAL,
                                        .chip = 3,
                                        .epoch = 5,
                                        .sample = 64};

/* Central moments of a normal number and of its powers: E x^2k = (2k-1)!!,
 * var x^2 = 2, var x^3 = 15, var x^4 = 96. */
static void moments_are_those_of_a_normal_number(void **state) {
  (void)state;
  static double xi[N];
  const double total = (double)N * STEPS;
  double sum[5] = {0};
  for (uint64_t step = 0; step < STEPS; step++) {
    sim_normal_fill(&tile, step, ROWS, LANES, xi);
    for (size_t i = 0; i < N; i++) {
      const double x = xi[i], square = x * x;
      sum[1] += x;
      sum[2] += square;
      sum[3] += square * x;
      sum[4] += square * square;
    }
  }
  CHECK_NEAR(sum[1] / total, 0, 5 * sqrt(1 / total));
  CHECK_NEAR(sum[2] / total, 1, 5 * sqrt(2 / total));
  CHECK_NEAR(sum[3] / total, 0, 5 * sqrt(15 / total));
  CHECK_NEAR(sum[4] / total, 3, 5 * sqrt(96 / total));
}

/* Kolmogorov and Smirnov: sqrt(n) times the largest distance exceeds 2.7 once
 * in a million. */
static void the_distribution_is_normal(void **state) {
  (void)state;
  static double xi[N];
  double worst = 0;
  sim_normal_fill(&tile, 17, ROWS, LANES, xi);
  gsl_sort(xi, 1, N);
  for (size_t i = 0; i < N; i++) {
    const double p = gsl_cdf_ugaussian_P(xi[i]);
    worst = fmax(worst,
                 fmax(fabs(p - (double)i / N), fabs(p - (double)(i + 1) / N)));
  }
  CHECK(worst * sqrt(N) < 2.7);
}

/* Products of numbers that differ in one part of their address. */
static void neighbours_are_independent(void **state) {
  (void)state;
  static double xi[2][N];
  double step = 0, row = 0, lane = 0, partner = 0;
  sim_normal_fill(&tile, 0, ROWS, LANES, xi[0]);
  sim_normal_fill(&tile, 1, ROWS, LANES, xi[1]);
  for (size_t i = 0; i < N; i++) {
    step += xi[0][i] * xi[1][i];
    row += xi[0][i] * xi[0][(i + 8 * LANES) % N];
    lane += xi[0][i] * xi[0][(i + 1) % N];
    // Sine and cosine of one pair: also their squares.
    partner += (xi[0][i] * xi[0][i] - 1) *
               (xi[0][(i + LANES) % N] * xi[0][(i + LANES) % N] - 1);
  }
  CHECK_NEAR(step / N, 0, 5 / sqrt(N));
  CHECK_NEAR(row / N, 0, 5 / sqrt(N));
  CHECK_NEAR(lane / N, 0, 5 / sqrt(N));
  CHECK_NEAR(partner / N, 0, 5 * 2 / sqrt(N));
}

/* A sample's numbers are the same in whatever tile, of whatever width and
 * height, it stands. */
static void a_number_is_named_by_its_address(void **state) {
  (void)state;
  static double whole[N];
  sim_normal_fill(&tile, 9, ROWS, LANES, whole);
  for (size_t lane = 0; lane < LANES; lane += 7) {
    for (size_t rows = 1; rows <= ROWS; rows += 53) {
      struct sim_address one = tile;
      double xi[ROWS];
      one.sample += lane;
      one.device = 12345;  // not looked at
      sim_normal_fill(&one, 9, rows, 1, xi);
      for (size_t i = 0; i < rows; i++) {
        CHECK(xi[i] == whole[i * LANES + lane]);
      }
    }
  }
}

static void every_part_of_the_address_matters(void **state) {
  (void)state;
  double xi[8], other[8];
  struct sim_address changed[] = {tile, tile, tile, tile, tile};
  changed[0].seed++;
  changed[1].purpose = SIM_DRAW_NOISE;
  changed[2].chip++;
  changed[3].epoch++;
  changed[4].sample++;
  sim_normal_fill(&tile, 0, 8, 1, xi);
  for (size_t i = 0; i < 5; i++) {
    sim_normal_fill(&changed[i], 0, 8, 1, other);
    for (size_t k = 0; k < 8; k++) {
      CHECK(xi[k] != other[k]);
    }
  }
}

static void whole_groups_of_rows_are_written(void **state) {
  (void)state;
  double xi[17];
  assert_int_equal(sim_normal_rows(0), 0);
  assert_int_equal(sim_normal_rows(1), 8);
  assert_int_equal(sim_normal_rows(8), 8);
  assert_int_equal(sim_normal_rows(9), 16);
  xi[16] = 42;
  sim_normal_fill(&tile, 0, 9, 1, xi);
  CHECK(xi[16] == 42);
}

/* Box and Muller once more, from the generator's own stream. */
static void numbers_are_those_of_box_and_muller(void **state) {
  (void)state;
  struct sim_address at = tile;
  struct sim_stream stream;
  double xi[16];
  sim_normal_fill(&tile, 0, 16, 1, xi);
  at.device = 1;  // the second group of eight
  gsl_rng *rng = sim_stream_open(&stream, &at);
  for (size_t i = 8; i < 16; i += 2) {
    const double u = ((double)gsl_rng_get(rng) + 0.5) / 4294967296.0;
    const double turn = (double)gsl_rng_get(rng) / 4294967296.0;
    const double r = sqrt(-2 * log(u));
    CHECK_NEAR(xi[i], r * cos(2 * M_PI * turn), 1e-14);
    CHECK_NEAR(xi[i + 1], r * sin(2 * M_PI * turn), 1e-14);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(moments_are_those_of_a_normal_number),
      cmocka_unit_test(the_distribution_is_normal),
      cmocka_unit_test(neighbours_are_independent),
      cmocka_unit_test(a_number_is_named_by_its_address),
      cmocka_unit_test(every_part_of_the_address_matters),
      cmocka_unit_test(whole_groups_of_rows_are_written),
      cmocka_unit_test(numbers_are_those_of_box_and_muller),
  };
  return cmocka_run_group_tests_name("normal", tests, NULL, NULL);
}
