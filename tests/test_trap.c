/* tests/test_trap.c -- traps against the closed formulas of a two-state process
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_fft_real.h>
#include <gsl/gsl_fit.h>
#include <stdlib.h>
#include <string.h>

#include "circuits/trap.h"
#include "tests/check.h"

enum { N = 40000 };

static struct sim_address address_of(uint64_t sample) {
  return (struct sim_address){
      .seed = 11, .purpose = SIM_DRAW_TRAPS, .sample = sample, .device = 3};
}

/* 5 standard errors of a frequency p of n. */
static double doubt(double p, double n) {
  return 5 * sqrt(p * (1 - p) / n);
}

static void a_trap_switches_by_the_exact_probabilities(void **state) {
  (void)state;
  const double up = 3, down = 1, p = 0.75;
  const double after[] = {0.001, 0.1, 0.5, 20};
  const struct circuit_traps trap = circuit_traps_telegraph(up, down);
  CHECK_NEAR(trap.mean[0], p, 1e-15);
  for (size_t i = 0; i < 4; i++) {
    double n_full = 0, filled = 0, emptied = 0;
    for (uint64_t k = 0; k < N; k++) {
      const struct sim_address at = address_of(k);
      struct circuit_trap_state s;
      circuit_traps_start(&trap, &at, &s);
      const uint64_t before = s.full;
      circuit_traps_advance(&trap, &at, after[i], &s);
      n_full += (double)before;
      filled += !before && s.full;
      emptied += before && !s.full;
    }
    const double decayed = -expm1(-(up + down) * after[i]);
    CHECK_NEAR(n_full / N, p, doubt(p, N));
    const double n_empty = N - n_full;
    CHECK_NEAR(filled / n_empty, p * decayed, doubt(p * decayed, n_empty));
    CHECK_NEAR(emptied / n_full, (1 - p) * decayed,
               doubt((1 - p) * decayed, n_full));
  }
}

static void variance_and_autocorrelation_are_those_of_the_formula(
    void **state) {
  (void)state;
  const double up = 0.5, down = 1.5, p = 0.25;
  const struct circuit_traps trap = circuit_traps_telegraph(up, down);
  for (double delay = 0; delay < 3; delay += 0.7) {
    double product = 0, mean = 0;
    for (uint64_t k = 0; k < N; k++) {
      const struct sim_address at = address_of(k);
      struct circuit_trap_state s;
      circuit_traps_start(&trap, &at, &s);
      circuit_traps_advance(&trap, &at, 5, &s);
      const double x = circuit_traps_level(&trap, &s);
      circuit_traps_advance(&trap, &at, 5 + delay, &s);
      product += x * circuit_traps_level(&trap, &s) / N;
      mean += x / N;
    }
    const double variance = p * (1 - p);
    CHECK_NEAR(mean, 0, 5 * sqrt(variance / N));
    CHECK_NEAR(product, variance * exp(-(up + down) * delay),
               5 * 0.4 / sqrt(N));
  }
}

/* The way there does not matter, to the last bit. */
static void any_steps_lead_to_the_same_state(void **state) {
  (void)state;
  const struct circuit_traps traps = circuit_traps_flicker(1e-2, 1e2, 16);
  for (uint64_t k = 0; k < 50; k++) {
    const struct sim_address at = address_of(k);
    struct circuit_trap_state once, often;
    circuit_traps_start(&traps, &at, &once);
    often = once;
    circuit_traps_advance(&traps, &at, 7, &once);
    for (int i = 1; i <= 700; i++) {
      circuit_traps_advance(&traps, &at, i == 700 ? 7 : 0.01 * i, &often);
    }
    CHECK(once.full == often.full && once.next == often.next &&
          once.n_done == often.n_done);
    CHECK(once.n_done > 100);
  }
}

static void a_bank_has_the_variance_of_its_traps(void **state) {
  (void)state;
  const size_t n = 24;
  const struct circuit_traps traps = circuit_traps_flicker(1, 1e6, n);
  const double k = 3, a = circuit_traps_amplitude(k, 1e6, n);
  CHECK(traps.up[0] > traps.up[1] && traps.up[n - 1] > 0.5);
  CHECK_NEAR(traps.mean[0], 0.5 * (double)n, 1e-12);
  double square = 0;
  for (uint64_t i = 0; i < N; i++) {
    const struct sim_address at = address_of(i);
    struct circuit_trap_state s;
    circuit_traps_start(&traps, &at, &s);
    const double x = a * circuit_traps_level(&traps, &s);
    square += x * x / N;
  }
  CHECK_REL(square, k * log(1e6), 5 * sqrt(2.0 / N));  // the integral of K/f
}

/* Four traps a decade; power at 3 to 30000 of 2^18 points, in bins of equal
 * width in the logarithm, against their frequency. */
static void flicker_noise_falls_as_one_over_f(void **state) {
  (void)state;
  enum { POINTS = 1 << 18, BINS = 16, RUNS = 6 };
  const double lowest = 3, highest = 30000;
  const double f_1 = 0.3, f_2 = POINTS / 2.0;  // per record
  const size_t n = (size_t)ceil(4 * log10(f_2 / f_1));
  const struct circuit_traps traps =
      circuit_traps_flicker(2 * M_PI * f_1, 2 * M_PI * f_2, n);
  const double a = circuit_traps_amplitude(1, f_2 / f_1, n);
  double *x = malloc(POINTS * sizeof *x);
  double power[BINS] = {0}, count[BINS] = {0}, log_f[BINS], log_s[BINS];
  for (uint64_t run = 0; run < RUNS; run++) {
    const struct sim_address at = address_of(run);
    struct circuit_trap_state s;
    circuit_traps_start(&traps, &at, &s);
    for (size_t i = 0; i < POINTS; i++) {
      circuit_traps_advance(&traps, &at, (double)i / POINTS, &s);
      x[i] = a * circuit_traps_level(&traps, &s) * sqrt(8.0 / 3) * 0.5 *
             (1 - cos(2 * M_PI * (double)i / POINTS));
    }
    gsl_fft_real_radix2_transform(x, 1, POINTS);
    for (size_t k = (size_t)lowest; k < (size_t)highest; k++) {
      const size_t bin =
          (size_t)(BINS * log((double)k / lowest) / log(highest / lowest));
      const double size = x[k] * x[k] + x[POINTS - k] * x[POINTS - k];
      power[bin] += 2 * size / POINTS / POINTS * (double)k;  // f S(f)
      count[bin]++;
    }
  }
  for (size_t b = 0; b < BINS; b++) {
    log_f[b] = ((double)b + 0.5) / BINS * log10(highest / lowest);
    log_s[b] = log10(power[b] / count[b]);
  }
  double c0, slope, cov00, cov01, cov11, sum;
  gsl_fit_linear(log_f, 1, log_s, 1, BINS, &c0, &slope, &cov00, &cov01, &cov11,
                 &sum);
  print_message("# slope %.3f, f S(f) = %.3f in the middle\n", slope - 1,
                pow(10, c0 + 2 * slope));
  CHECK_NEAR(slope, 0, 0.1);
  CHECK_NEAR(pow(10, c0 + 2 * slope), 1, 0.1);  // K, one-sided
  free(x);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_trap_switches_by_the_exact_probabilities),
      cmocka_unit_test(variance_and_autocorrelation_are_those_of_the_formula),
      cmocka_unit_test(any_steps_lead_to_the_same_state),
      cmocka_unit_test(a_bank_has_the_variance_of_its_traps),
      cmocka_unit_test(flicker_noise_falls_as_one_over_f),
  };
  return cmocka_run_group_tests_name("trap", tests, NULL, NULL);
}
