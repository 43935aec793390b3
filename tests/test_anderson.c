/* tests/test_anderson.c -- accelerated fixed-point iterations, lane by lane
 *
 * The maps are affine contractions, G(s) = A s + b, another b in every lane.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/anderson.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <string.h>

#include "sim/lanes.h"
#include "tests/check.h"

enum { N = 4, LANES = 5, WINDOW = 6 };

static double a[N][N], b[N][LANES];

/* |A| < 1 in the largest row sum. */
static int set_up(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, 11);
  for (size_t i = 0; i < N; i++) {
    for (size_t j = 0; j < N; j++) {
      a[i][j] = gsl_ran_flat(rng, -0.9 / N, 0.9 / N);
    }
    for (size_t k = 0; k < LANES; k++) {
      b[i][k] = gsl_ran_gaussian(rng, 1.0);
    }
  }
  gsl_rng_free(rng);
  return 0;
}

/* g = G(s) for n lanes, of which lane k is the map number lane_of[k]. */
static void apply(size_t n, const size_t *lane_of, const double *s, double *g) {
  for (size_t i = 0; i < N; i++) {
    for (size_t k = 0; k < n; k++) {
      g[i * n + k] = b[i][lane_of[k]];
      for (size_t j = 0; j < N; j++) {
        g[i * n + k] += a[i][j] * s[j * n + k];
      }
    }
  }
}

/* f = G(s) - s */
static void offer(size_t n, const size_t *lane_of, const double *s, double *f) {
  apply(n, lane_of, s, f);
  for (size_t i = 0; i < N * n; i++) {
    f[i] -= s[i];
  }
}

static void advance(struct sim_anderson *mix, size_t n, const size_t *lane_of,
                    double *s) {
  double f[N * LANES];
  offer(n, lane_of, s, f);
  sim_anderson_advance(mix, NULL, s, f);
}

/* Largest |G(s) - s| of the lanes; NaN counts as infinite. */
static double distance(size_t n, const size_t *lane_of, const double *s) {
  double g[N * LANES], largest = 0;
  apply(n, lane_of, s, g);
  for (size_t i = 0; i < N * n; i++) {
    const double f = fabs(g[i] - s[i]);
    largest = f <= largest ? largest : isnan(f) ? INFINITY : f;
  }
  return largest;
}

static struct sim_anderson mix_of(size_t window) {
  struct sim_error err = {0};
  struct sim_anderson mix;
  CHECK_OK(sim_anderson_init(&mix, N, LANES, window, &err), err);
  return mix;
}

static const size_t all[LANES] = {0, 1, 2, 3, 4};

/* n changes span the space. 1e-9: the regularised system leaves a part of
 * 1e-12 of what was there, times the condition of the changes. */
static void a_linear_map_of_n_numbers_takes_n_steps_and_one(void **state) {
  (void)state;
  struct sim_anderson mix = mix_of(WINDOW);
  double s[N * LANES] = {0}, plain[N * LANES] = {0};
  sim_anderson_start(&mix, LANES);
  for (int step = 0; step < N + 1; step++) {
    double g[N * LANES];
    apply(LANES, all, plain, g);
    memcpy(plain, g, sizeof plain);
    advance(&mix, LANES, all, s);
  }
  CHECK(distance(LANES, all, plain) > 1e-4);
  CHECK(distance(LANES, all, s) < 1e-9);
  sim_anderson_finish(&mix);
}

static void the_first_step_is_plain(void **state) {
  (void)state;
  struct sim_anderson mix = mix_of(3);
  double s[N * LANES], f[N * LANES];
  for (size_t i = 0; i < N * LANES; i++) {
    s[i] = (double)i;
  }
  offer(LANES, all, s, f);
  sim_anderson_start(&mix, LANES);
  sim_anderson_advance(&mix, NULL, s, f);
  for (size_t i = 0; i < N * LANES; i++) {
    CHECK(s[i] == (double)i + f[i]);
  }
  sim_anderson_finish(&mix);
}

static void a_lane_does_not_notice_the_others(void **state) {
  (void)state;
  struct sim_anderson mix = mix_of(3);
  double s[N * LANES] = {0};
  sim_anderson_start(&mix, LANES);
  for (int step = 0; step < 6; step++) {
    advance(&mix, LANES, all, s);
  }
  for (size_t k = 0; k < LANES; k++) {
    double one[N] = {0};
    sim_anderson_start(&mix, 1);
    for (int step = 0; step < 6; step++) {
      advance(&mix, 1, &k, one);
    }
    for (size_t i = 0; i < N; i++) {
      CHECK(one[i] == s[i * LANES + k]);
    }
  }
  sim_anderson_finish(&mix);
}

/* Packed before, within and after the filling of the window. */
static void packing_keeps_the_bits_of_those_that_stay(void **state) {
  (void)state;
  static const size_t keep[] = {1, 2, 4};
  for (int packed_at = 1; packed_at < 6; packed_at++) {
    struct sim_anderson mix = mix_of(3), whole = mix_of(3);
    double s[N * LANES] = {0}, want[N * LANES] = {0};
    sim_anderson_start(&mix, LANES);
    sim_anderson_start(&whole, LANES);
    for (int step = 0; step < 8; step++) {
      if (step == packed_at) {
        sim_anderson_pack(&mix, keep, 3);
        sim_lanes_pack(N, LANES, keep, 3, s);
      }
      advance(&mix, step < packed_at ? LANES : 3, step < packed_at ? all : keep,
              s);
      advance(&whole, LANES, all, want);
    }
    for (size_t i = 0; i < N; i++) {
      for (size_t k = 0; k < 3; k++) {
        CHECK(s[i * 3 + k] == want[i * LANES + keep[k]]);
      }
    }
    sim_anderson_finish(&mix);
    sim_anderson_finish(&whole);
  }
}

/* What a tile leaves behind must not reach the next one. */
static void nan_does_not_outlive_a_start(void **state) {
  (void)state;
  struct sim_anderson mix = mix_of(3), fresh = mix_of(3);
  double s[N * LANES] = {0}, want[N * LANES] = {0}, bad[N * LANES];
  sim_anderson_start(&mix, LANES);
  for (int step = 0; step < 4; step++) {
    double f[N * LANES];
    for (size_t i = 0; i < N * LANES; i++) {
      bad[i] = f[i] = NAN;
    }
    sim_anderson_advance(&mix, NULL, bad, f);
  }
  sim_anderson_start(&mix, LANES);
  sim_anderson_start(&fresh, LANES);
  for (int step = 0; step < 6; step++) {
    advance(&mix, LANES, all, s);
    advance(&fresh, LANES, all, want);
    assert_memory_equal(s, want, sizeof s);
  }
  sim_anderson_finish(&mix);
  sim_anderson_finish(&fresh);
}

static void a_lane_that_forgot_takes_the_plain_step(void **state) {
  (void)state;
  struct sim_anderson mix = mix_of(3);
  double s[N * LANES] = {0}, f[N * LANES], g[N * LANES];
  size_t n_accelerated = 0;
  sim_anderson_start(&mix, LANES);
  for (int step = 0; step < 3; step++) {
    advance(&mix, LANES, all, s);
  }
  offer(LANES, all, s, f);
  for (size_t i = 0; i < N * LANES; i++) {
    g[i] = s[i] + f[i];
  }
  sim_anderson_forget(&mix, 2);
  sim_anderson_advance(&mix, NULL, s, f);
  for (size_t i = 0; i < N * LANES; i++) {
    CHECK(i % LANES != 2 || s[i] == g[i]);
    n_accelerated += s[i] != g[i];
  }
  assert_int_equal(n_accelerated, N * (LANES - 1));
  sim_anderson_finish(&mix);
}

/* The iterate of lane 2 was NaN once and is replaced: its history holds NaN
 * while the others use theirs. */
static void a_lane_that_forgot_a_nan_recovers(void **state) {
  (void)state;
  struct sim_anderson mix = mix_of(3);
  double s[N * LANES] = {0};
  sim_anderson_start(&mix, LANES);
  for (int step = 0; step < 12; step++) {
    if (step == 3) {
      for (size_t i = 0; i < N; i++) {
        s[i * LANES + 2] = NAN;
      }
    }
    advance(&mix, LANES, all, s);
    if (step == 3) {
      for (size_t i = 0; i < N; i++) {
        s[i * LANES + 2] = 0;
      }
      sim_anderson_forget(&mix, 2);
    }
  }
  CHECK(distance(LANES, all, s) < 1e-6);
  sim_anderson_finish(&mix);
}

/* s_next = G(s) + momentum (G(s) - G(s before)), exactly; the others do as
 * without it. */
static void a_lane_with_momentum_goes_on_as_it_went(void **state) {
  (void)state;
  struct sim_anderson mix = mix_of(3), other = mix_of(3);
  double s[N * LANES] = {0}, want[N * LANES] = {0}, f[N * LANES];
  double before[N], after[N];
  const double momentum[LANES] = {-1, -1, 0.5, -1, -1};
  sim_anderson_start(&mix, LANES);
  sim_anderson_start(&other, LANES);
  for (int step = 0; step < 4; step++) {
    for (size_t i = 0; i < N; i++) {
      before[i] = mix.g[i * LANES + 2];
    }
    offer(LANES, all, s, f);
    for (size_t i = 0; i < N; i++) {
      after[i] = s[i * LANES + 2] + f[i * LANES + 2];
    }
    sim_anderson_advance(&mix, momentum, s, f);
    advance(&other, LANES, all, want);
    for (size_t i = 0; i < N * LANES; i++) {
      CHECK(i % LANES == 2 || s[i] == want[i]);
    }
    for (size_t i = 0; i < N; i++) {
      CHECK(s[i * LANES + 2] == after[i] + 0.5 * (after[i] - before[i]));
    }
  }
  sim_anderson_finish(&mix);
  sim_anderson_finish(&other);
}

/* Lane 2 begins another iteration while the others go on. */
static void a_lane_that_was_placed_is_a_new_one(void **state) {
  (void)state;
  struct sim_anderson mix = mix_of(3), fresh = mix_of(3);
  double s[N * LANES] = {0}, one[N];
  static const size_t lane = 2;
  sim_anderson_start(&mix, LANES);
  for (int step = 0; step < 4; step++) {
    advance(&mix, LANES, all, s);
  }
  for (size_t i = 0; i < N; i++) {
    one[i] = s[i * LANES + lane] = 7.0 - (double)i;
  }
  sim_anderson_place(&mix, lane, s);
  sim_anderson_start(&fresh, 1);
  for (int step = 0; step < 6; step++) {
    advance(&mix, LANES, all, s);
    advance(&fresh, 1, &lane, one);
    for (size_t i = 0; i < N; i++) {
      CHECK_NEAR(s[i * LANES + lane], one[i], 1e-12);
    }
  }
  sim_anderson_finish(&mix);
  sim_anderson_finish(&fresh);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_linear_map_of_n_numbers_takes_n_steps_and_one),
      cmocka_unit_test(the_first_step_is_plain),
      cmocka_unit_test(a_lane_does_not_notice_the_others),
      cmocka_unit_test(packing_keeps_the_bits_of_those_that_stay),
      cmocka_unit_test(nan_does_not_outlive_a_start),
      cmocka_unit_test(a_lane_that_forgot_takes_the_plain_step),
      cmocka_unit_test(a_lane_that_forgot_a_nan_recovers),
      cmocka_unit_test(a_lane_with_momentum_goes_on_as_it_went),
      cmocka_unit_test(a_lane_that_was_placed_is_a_new_one),
  };
  return cmocka_run_group_tests_name("anderson", tests, set_up, NULL);
}
