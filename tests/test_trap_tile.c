/* tests/test_trap_tile.c -- traps of a tile against single banks and against
 * the closed formulas of a two-state process averaged over steps
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_fft_real.h>
#include <gsl/gsl_fit.h>
#include <stdlib.h>
#include <string.h>

#include "circuits/trap_tile.h"
#include "tests/check.h"

static const struct sim_address first = {
    .seed = 11, .purpose = SIM_DRAW_TRAPS, .epoch = 2, .sample = 40};

static void begin(struct circuit_trap_tile *tile,
                  const struct circuit_traps *traps, size_t n_rows,
                  size_t n_lanes) {
  struct sim_error err = {0};
  CHECK_OK(circuit_trap_tile_init(tile, traps, n_rows, n_lanes, &err), err);
  circuit_trap_tile_begin(tile, &first, SIM_DRAW_TRAP_STEPS);
}

/* --- one step, given its ends --- */

/* Mean over a step of one way from a to b, and how often there is one: a grid
 * of short steps, each with the exact probability. */
static void a_step_has_the_moments_of_all_its_ways(void **state) {
  (void)state;
  enum { GRID = 400 };
  const double rates[][2] = {{1, 1}, {0.2, 1.5}, {9, 1}, {30, 30}};
  for (size_t c = 0; c < 4; c++) {
    const double up = rates[c][0], down = rates[c][1], p = up / (up + down);
    const struct circuit_trap_step step = circuit_trap_step_of(up, down, 1);
    const double decay = exp(-(up + down) / GRID);
    const double to_full[2] = {p - p * decay, p + (1 - p) * decay};
    for (int a = 0; a < 2; a++) {
      // [end] probability, and its sums of the occupied part and its square
      double weight[2] = {!a, a}, one[2] = {0}, two[2] = {0};
      for (int k = 0; k < GRID; k++) {
        double w[2] = {0}, m[2] = {0}, s[2] = {0};
        for (int x = 0; x < 2; x++) {
          for (int y = 0; y < 2; y++) {
            const double chance = y ? to_full[x] : 1 - to_full[x];
            const double part = 0.5 * (x + y) / GRID;
            w[y] += chance * weight[x];
            m[y] += chance * (one[x] + part * weight[x]);
            s[y] +=
                chance * (two[x] + 2 * part * one[x] + part * part * weight[x]);
          }
        }
        memcpy(weight, w, sizeof w);
        memcpy(one, m, sizeof m);
        memcpy(two, s, sizeof s);
      }
      CHECK_NEAR(step.full[a], weight[1], 1e-12);
      for (int b = 0; b < 2; b++) {
        const double mean = one[b] / weight[b];
        const double variance = two[b] / weight[b] - mean * mean;
        CHECK_NEAR(step.mean[a + b], mean - p, 1e-4);
        CHECK_NEAR(step.variance[a + b], variance, 1e-4);
        CHECK(step.variance[a + b] > 1e-3);
      }
    }
  }
}

/* --- slow traps --- */

/* Banks of a tile end where those of circuits/trap.h do, to the bit, and their
 * means are those of every stretch between two requests. */
static void slow_traps_are_banks_averaged_over_steps(void **state) {
  (void)state;
  enum { ROWS = 11, LANES = 5, STEPS = 40 };
  const double h = 0.3;
  const struct circuit_traps traps =
      circuit_traps_flicker(1e-3, CIRCUIT_TRAP_FAST / h, 20);
  struct circuit_trap_tile tile;
  struct circuit_trap_state bank[ROWS * LANES];
  size_t n_switched = 0;
  begin(&tile, &traps, ROWS, LANES);
  for (size_t step = 0; step < STEPS; step++) {
    double x[ROWS * LANES] = {0};
    const double from = tile.time, to = from + h;
    circuit_trap_tile_advance(&tile, h, 2, x);
    assert_int_equal(tile.n_fast, 0);
    for (size_t i = 0; i < ROWS * LANES; i++) {
      struct sim_address at = first;
      struct circuit_trap_state *s = &bank[i];
      at.device = i / LANES;
      at.sample += i % LANES;
      if (step == 0) {
        circuit_traps_start(&traps, &at, s);
      }
      double area = 0, since = from;
      while (s->next <= to) {
        const double now = s->next;
        area += circuit_traps_level(&traps, s) * (now - since);
        circuit_traps_advance(&traps, &at, now, s);
        since = now;
        n_switched++;
      }
      area += circuit_traps_level(&traps, s) * (to - since);
      CHECK(s->full == tile.full[i] && s->next == tile.next[i] &&
            s->n_done == tile.n_done[i]);
      CHECK_NEAR(x[i], 2 * area / h, 1e-12);
    }
  }
  CHECK(n_switched > STEPS * ROWS * LANES / 10);
  circuit_trap_tile_finish(&tile);
}

/* --- any traps --- */

/* Mean square and product of neighbours, over steps. */
struct moments {
  double mean, square, next, later, end;
};

static struct moments measure(double up, double down, double h, size_t n) {
  enum { ROWS = 24, LANES = 32, BANKS = ROWS * LANES };
  static double x[4][BANKS];
  const struct circuit_traps trap = circuit_traps_telegraph(up, down);
  const double p = up / (up + down);
  struct circuit_trap_tile tile;
  struct moments m = {0};
  begin(&tile, &trap, ROWS, LANES);
  for (size_t k = 0; k < n + 3; k++) {
    memmove(x[1], x[0], 3 * sizeof x[0]);
    memset(x[0], 0, sizeof x[0]);
    circuit_trap_tile_advance(&tile, h, 1, x[0]);
    for (size_t i = 0; k >= 3 && i < BANKS; i++) {
      m.mean += x[0][i];
      m.square += x[0][i] * x[0][i];
      m.next += x[0][i] * x[1][i];
      m.later += x[0][i] * x[3][i];
      m.end += x[0][i] * ((double)tile.full[i] - p);
    }
  }
  assert_int_equal(tile.n_fast, (up + down) * h > CIRCUIT_TRAP_FAST);
  circuit_trap_tile_finish(&tile);
  const double count = (double)(n * BANKS);
  return (struct moments){m.mean / count, m.square / count, m.next / count,
                          m.later / count, m.end / count};
}

/* Variance 2 p q v of the mean of a step, p q u^2 E^n of steps apart, p q u of
 * a step and its end, for traps slower and faster than the step. */
static void means_of_steps_have_the_covariance_of_the_formula(void **state) {
  (void)state;
  const double z[] = {0.05, 0.09, 0.11, 2, 10, 300}, occupied[] = {0.5, 0.15};
  for (size_t i = 0; i < 12; i++) {
    const double g = z[i / 2] / 0.1, p = occupied[i % 2], pq = p * (1 - p);
    const size_t n = 400;
    const struct moments m = measure(p * g, (1 - p) * g, 0.1, n);
    const double u = -expm1(-z[i / 2]) / z[i / 2], e = exp(-z[i / 2]);
    const double variance = 2 * pq * (1 - u) / z[i / 2];
    // Steps within two time constants count as one.
    const double count = (double)n * 768 / fmax(1, 4 / z[i / 2]);
    const double doubt = 5 * variance * sqrt(3 / count) / pq * 1.2;
    print_message("# z %g p %g: %.4f (%.4f) %.4f (%.4f)\n", z[i / 2], p,
                  m.square / pq, variance / pq, m.next / pq, u * u);
    CHECK_NEAR(m.mean, 0, 5 * sqrt(2 * pq / (z[i / 2] * (double)n * 768)));
    CHECK_NEAR(m.square / pq, variance / pq, doubt);
    CHECK_NEAR(m.next / pq, u * u, doubt);
    CHECK_NEAR(m.later / pq, u * u * e * e, doubt);
    CHECK_NEAR(m.end / pq, u, 5 * sqrt(2 * variance / pq / count) * 1.5);
  }
}

/* A step of another length makes other traps fast; the process goes on: the
 * last state of the longer steps is that which the shorter ones begin with. */
static void traps_go_on_through_steps_of_other_lengths(void **state) {
  (void)state;
  enum { ROWS = 64, LANES = 64, BANKS = ROWS * LANES };
  static double x[BANKS];
  static uint64_t before[BANKS];
  const struct circuit_traps traps = circuit_traps_flicker(0.05, 50, 12);
  const double h[] = {0.02, 0.2, 0.03, 1, 0.02};
  struct circuit_trap_tile tile;
  size_t n_fast[5];
  begin(&tile, &traps, ROWS, LANES);
  for (size_t k = 0; k < 5; k++) {
    double same[12] = {0};
    memcpy(before, tile.full, sizeof before);
    circuit_trap_tile_advance(&tile, h[k], 1, x);
    n_fast[k] = tile.n_fast;
    for (size_t i = 0; i < BANKS; i++) {
      for (size_t t = 0; t < 12; t++) {
        same[t] += (before[i] >> t & 1) == (tile.full[i] >> t & 1);
      }
    }
    for (size_t t = 0; t < 12; t++) {
      const double want = 0.5 + 0.5 * exp(-2 * traps.up[t] * h[k]);
      CHECK_NEAR(same[t] / BANKS, want,
                 5 * sqrt(want * (1 - want) / BANKS) + 1e-12);
    }
  }
  CHECK(n_fast[0] < n_fast[1] && n_fast[1] > n_fast[2] &&
        n_fast[3] > n_fast[1] && n_fast[3] < 12);
  circuit_trap_tile_finish(&tile);
}

/* A bank meets the same draws in a tile of another width that begins
 * elsewhere, and after another tile. */
static void draws_belong_to_the_sample(void **state) {
  (void)state;
  enum { ROWS = 10, LANES = 6, STEPS = 30 };
  const struct circuit_traps traps = circuit_traps_flicker(1e-2, 1e2, 16);
  struct circuit_trap_tile wide, narrow;
  static double whole[STEPS][ROWS * LANES], one[STEPS][ROWS];
  struct sim_address fourth = first;
  begin(&wide, &traps, ROWS, LANES);
  for (int again = 0; again < 2; again++) {
    circuit_trap_tile_begin(&wide, &first, SIM_DRAW_TRAP_STEPS);
    memset(whole, 0, sizeof whole);
    for (size_t k = 0; k < STEPS; k++) {
      circuit_trap_tile_advance(&wide, k < 20 ? 0.1 : 0.2, 1, whole[k]);
    }
    CHECK(wide.n_fast > 4 && wide.n_fast < 12);
  }
  fourth.sample += 3;
  begin(&narrow, &traps, ROWS, 1);
  circuit_trap_tile_begin(&narrow, &fourth, SIM_DRAW_TRAP_STEPS);
  for (size_t k = 0; k < STEPS; k++) {
    circuit_trap_tile_advance(&narrow, k < 20 ? 0.1 : 0.2, 1, one[k]);
    for (size_t i = 0; i < ROWS; i++) {
      CHECK(one[k][i] == whole[k][i * LANES + 3]);
      CHECK(one[k][i] != whole[k][i * LANES + 4]);
    }
  }
  circuit_trap_tile_finish(&wide);
  circuit_trap_tile_finish(&narrow);
}

/* --- flicker noise --- */

/* Slope of log f S(f) against log f, and f S(f) in the middle, at `lowest` to
 * `highest` of POINTS steps. The share sin^2(pi f h)/(pi f h)^2 that averaging
 * leaves is taken out. */
enum { POINTS = 1 << 17, BINS = 16 };

static void fit_spectrum(const double *x, size_t n_runs, double lowest,
                         double highest, double *slope, double *middle) {
  double power[BINS] = {0}, count[BINS] = {0}, log_f[BINS], log_s[BINS];
  static double record[POINTS];
  for (size_t run = 0; run < n_runs; run++) {
    for (size_t i = 0; i < POINTS; i++) {
      record[i] = x[i * n_runs + run] * sqrt(8.0 / 3) * 0.5 *
                  (1 - cos(2 * M_PI * (double)i / POINTS));
    }
    gsl_fft_real_radix2_transform(record, 1, POINTS);
    for (size_t k = (size_t)lowest; k < (size_t)highest; k++) {
      const size_t bin =
          (size_t)(BINS * log((double)k / lowest) / log(highest / lowest));
      const double at = M_PI * (double)k / POINTS;
      const double left = sin(at) * sin(at) / (at * at);
      const double size =
          record[k] * record[k] + record[POINTS - k] * record[POINTS - k];
      power[bin] += 2 * size / POINTS / POINTS * (double)k / left;
      count[bin]++;
    }
  }
  for (size_t b = 0; b < BINS; b++) {
    log_f[b] = ((double)b + 0.5) / BINS * log10(highest / lowest);
    log_s[b] = log10(power[b] / count[b]);
  }
  double c0, cov00, cov01, cov11, sum;
  gsl_fit_linear(log_f, 1, log_s, 1, BINS, &c0, slope, &cov00, &cov01, &cov11,
                 &sum);
  *middle = pow(10, c0 + *slope * 0.5 * log10(highest / lowest));
}

/* Corners from a third of the record to 30 times the highest frequency of the
 * steps: up to there the noise of the means is K/f, and none is folded in but
 * what averaging leaves. */
static void flicker_noise_falls_as_one_over_f_though_steps_are_coarse(
    void **state) {
  (void)state;
  enum { RUNS = 16 };
  const double f_1 = 0.3, f_2 = 15.0 * POINTS;  // per record
  const size_t n = (size_t)ceil(4 * log10(f_2 / f_1));
  const struct circuit_traps traps =
      circuit_traps_flicker(2 * M_PI * f_1, 2 * M_PI * f_2, n);
  const double a = circuit_traps_amplitude(1, f_2 / f_1, n);
  double *x = calloc((size_t)POINTS * RUNS, sizeof *x), slope, middle;
  struct circuit_trap_tile tile;
  begin(&tile, &traps, 1, RUNS);
  for (size_t i = 0; i < POINTS; i++) {
    circuit_trap_tile_advance(&tile, 1.0 / POINTS, a, x + i * RUNS);
  }
  fit_spectrum(x, RUNS, 2, 20000, &slope, &middle);
  print_message("# %zu fast traps of %zu: slope %.3f, f S(f) = %.3f\n",
                tile.n_fast, n, slope - 1, middle);
  CHECK_NEAR(slope, 0, 0.1);
  CHECK_NEAR(middle, 1, 0.1);
  circuit_trap_tile_finish(&tile);
  free(x);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_step_has_the_moments_of_all_its_ways),
      cmocka_unit_test(slow_traps_are_banks_averaged_over_steps),
      cmocka_unit_test(means_of_steps_have_the_covariance_of_the_formula),
      cmocka_unit_test(traps_go_on_through_steps_of_other_lengths),
      cmocka_unit_test(draws_belong_to_the_sample),
      cmocka_unit_test(
          flicker_noise_falls_as_one_over_f_though_steps_are_coarse),
  };
  return cmocka_run_group_tests_name("trap_tile", tests, NULL, NULL);
}
