/* tests/test_quality.c -- measures of samples against known answers
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_randist.h>
#include <stdlib.h>
#include <string.h>

#include "models/quality.h"
#include "sim/memory.h"
#include "tests/check.h"

/* Points on a line at 0, 1, ..., 9. Every ball has the radius of the fifth
 * neighbour: 5 at the ends, 4, 3 inwards, 3 in the middle. */
static double line[10] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
static int halves[10] = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1};
static const struct model_dataset line_data = {10, 1, line, halves, 2};

static struct model_quality measure(const double *samples, size_t n,
                                    const struct model_dataset *data,
                                    double *class_share) {
  struct sim_error err = {0};
  struct model_quality q;
  CHECK_OK(model_quality_measure(&q, samples, n, data, class_share, &err), err);
  return q;
}

static struct model_dataset digits(void) {
  struct sim_error err = {0};
  struct model_dataset set;
  CHECK_OK(model_dataset_load(
               &set,
               &(struct model_dataset_source){
                   .file = "experiments/data/digits.h5", .range = {-1, 1}},
               &err),
           err);
  return set;
}

static double frechet(const double *a, size_t n_a, const double *b, size_t n_b,
                      size_t dim) {
  struct sim_error err = {0};
  double distance;
  CHECK_OK(model_quality_frechet(a, n_a, b, n_b, dim, &distance, &err), err);
  return distance;
}

/* On a line the distance is (m1 - m2)^2 + (s1 - s2)^2, divisor n - 1. */
static void frechet_on_a_line_is_exact(void **state) {
  (void)state;
  const double a[] = {0, 2}, b[] = {7, 10, 13};
  const double s_a = sqrt(2), s_b = 3;

  CHECK_NEAR(frechet(a, 2, b, 3, 1), 9 * 9 + (s_a - s_b) * (s_a - s_b), 1e-12);
}

/* Covariances that do not commute: diag(4, 1) and the same turned by 45
 * degrees. In two dimensions tr sqrt(M) = sqrt(tr M + 2 sqrt(det M)) with
 * M = S1 S2, here tr M = 12.5, det M = 16. */
static void frechet_of_turned_ellipses_is_exact(void **state) {
  (void)state;
  const double r = sqrt(0.5), p = sqrt(6), q = sqrt(1.5);
  // covariance of {+-p e1, +-q e2} is diag(2 p^2, 2 q^2)/3
  const double a[] = {p, 0, -p, 0, 0, q, 0, -q};
  double b[8];
  for (int i = 0; i < 4; i++) {
    b[2 * i] = r * (a[2 * i] - a[2 * i + 1]) + 1;
    b[2 * i + 1] = r * (a[2 * i] + a[2 * i + 1]) - 2;
  }

  CHECK_NEAR(frechet(a, 4, b, 4, 2), 5 + 10 - 2 * sqrt(12.5 + 8), 1e-12);
}

static void frechet_of_large_gaussian_sets_follows_the_formula(void **state) {
  (void)state;
  enum { N = 100000 };
  struct sim_error err = {0};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  double *a = sim_alloc_doubles(2 * N, &err);
  double *b = sim_alloc_doubles(2 * N, &err);
  for (size_t i = 0; i < N; i++) {
    gsl_ran_bivariate_gaussian(rng, 1, 2, 0.8, &a[2 * i], &a[2 * i + 1]);
    gsl_ran_bivariate_gaussian(rng, 3, 0.5, -0.6, &b[2 * i], &b[2 * i + 1]);
    b[2 * i] += 1;
  }

  // S1 = [1 1.6; 1.6 4], S2 = [9 -0.9; -0.9 0.25]
  const double tr_m = 9 - 2 * 1.6 * 0.9 + 4 * 0.25;
  const double det_m = (4 - 1.6 * 1.6) * (2.25 - 0.81);
  const double want = 1 + 5 + 9.25 - 2 * sqrt(tr_m + 2 * sqrt(det_m));
  CHECK_NEAR(frechet(a, N, b, N, 2), want, 0.1);  // about 3 standard errors
  free(a);
  free(b);
  gsl_rng_free(rng);
}

static void a_set_against_itself_is_perfect(void **state) {
  (void)state;
  struct model_dataset set = digits();

  const struct model_quality q = measure(set.values, set.n, &set, NULL);
  CHECK_NEAR(q.frechet, 0, 1e-9);
  CHECK_NEAR(q.precision, 1, 0);
  CHECK_NEAR(q.recall, 1, 0);
  CHECK_NEAR(q.coverage, 1, 0);
  // a ball holds its centre and 5 others, more where the last one ties
  CHECK(q.density >= 1.2 && q.density < 1.25);
  model_dataset_finish(&set);
}

static void halves_of_the_digits_are_close(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct model_dataset set = digits();
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  const size_t half = set.n / 2;
  double *mixed = sim_alloc_doubles(set.n * set.dim, &err);
  memcpy(mixed, set.values, set.n * set.dim * sizeof *mixed);
  gsl_ran_shuffle(rng, mixed, set.n, set.dim * sizeof *mixed);

  // half against whole is a quarter of half against half
  CHECK_NEAR(frechet(mixed, half, mixed, set.n, set.dim), 0.07, 0.015);
  CHECK_NEAR(frechet(mixed, half, mixed + half * set.dim, half, set.dim), 0.28,
             0.06);
  const struct model_dataset rest = {half, set.dim, mixed + half * set.dim,
                                     NULL, 0};
  const struct model_quality q = measure(mixed, half, &rest, NULL);
  CHECK_NEAR(q.precision, 0.9, 0.1);
  CHECK_NEAR(q.recall, 0.9, 0.1);
  CHECK_NEAR(q.density, 1, 0.1);
  CHECK_NEAR(q.coverage, 0.95, 0.05);
  CHECK(isnan(q.confidence));
  free(mixed);
  gsl_rng_free(rng);
  model_dataset_finish(&set);
}

/* Six samples at 20 to 25: data balls reach to 14 at most, sample balls to 15
 * at least. */
static void far_samples_are_imprecise(void **state) {
  (void)state;
  const double far[] = {20, 21, 22, 23, 24, 25};
  double share[2];

  const struct model_quality q = measure(far, 6, &line_data, share);
  CHECK_NEAR(q.precision, 0, 0);
  CHECK_NEAR(q.recall, 0, 0);
  CHECK_NEAR(q.density, 0, 0);
  CHECK_NEAR(q.coverage, 0, 0);
  // all vote for the upper half, without dissent
  CHECK_NEAR(share[0], 0, 0);
  CHECK_NEAR(share[1], 1, 0);
  CHECK_NEAR(q.confidence, 1, 0);
}

/* Radii of the data 0..9: 5 4 3 3 3 3 3 3 4 5. Samples: five at 0 and one at
 * 12. The five lie in the balls of 0, 1, 2, 3; the one in those of 8 and 9. */
static void balls_are_counted_as_by_hand(void **state) {
  (void)state;
  const double samples[] = {0, 0, 0, 0, 0, 12};
  double share[2];

  const struct model_quality q = measure(samples, 6, &line_data, share);
  CHECK_NEAR(q.precision, 1, 0);
  CHECK_NEAR(q.density, (5 * 4 + 2) / (5.0 * 6), 1e-15);
  CHECK_NEAR(q.coverage, 0.6, 1e-15);
  CHECK_NEAR(q.recall, 1, 0);  // sample balls have radius 12
  CHECK_NEAR(share[0], 5 / 6.0, 1e-15);
  CHECK_NEAR(share[1], 1 / 6.0, 1e-15);
  CHECK_NEAR(q.confidence, 1, 0);
}

/* One far sample leaves the balls of the others small. */
static void recall_counts_data_in_sample_balls(void **state) {
  (void)state;
  const double samples[] = {0, 0, 0, 0, 0, 0};

  CHECK_NEAR(measure(samples, 6, &line_data, NULL).recall, 0.1, 1e-15);
  const double spread[] = {0, 0.5, 1, 1.5, 2, 2.5};  // radii 2.5 2 1.5 ...
  CHECK_NEAR(measure(spread, 6, &line_data, NULL).recall, 0.6, 1e-15);
}

/* At 4.6 the nearest are 5 4 6 3 7: three votes against two. */
static void confidence_is_the_share_of_votes(void **state) {
  (void)state;
  const double samples[] = {4.6, 4.6, 4.6, 4.6, 4.6, 0};
  double share[2];

  const struct model_quality q = measure(samples, 6, &line_data, share);
  CHECK_NEAR(share[1], 5 / 6.0, 1e-15);
  CHECK_NEAR(q.confidence, (5 * 0.6 + 1) / 6, 1e-15);
}

/* At 4.6 the nearest are 5 4 6 3 7 with classes 2 0 2 0 1: two votes each for
 * 2 and 0, and 5 is nearer than 4. */
static void equal_votes_go_to_the_nearest(void **state) {
  (void)state;
  int labels[10] = {1, 1, 1, 0, 0, 2, 2, 1, 1, 1};
  const struct model_dataset data = {10, 1, line, labels, 3};
  const double samples[] = {4.6, 4.6, 4.6, 4.6, 4.6, 4.6};
  double share[3];

  const struct model_quality q = measure(samples, 6, &data, share);
  CHECK_NEAR(share[2], 1, 0);
  CHECK_NEAR(q.confidence, 0.4, 1e-15);
}

static void too_few_or_bad_points_are_refused(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct model_quality q;
  double distance;
  double bad[] = {0, 1, 2, 3, NAN, 5};
  const struct model_dataset few = {3, 1, line, NULL, 0};

  CHECK_FAILS(model_quality_measure(&q, line, 5, &line_data, NULL, &err), err,
              SIM_ECONFIG,
              "measures of quality need at least 6 samples, got 5");
  CHECK_FAILS(model_quality_measure(&q, line, 6, &few, NULL, &err), err,
              SIM_ECONFIG,
              "measures of quality need at least 6 data points, got 3");
  CHECK_FAILS(model_quality_measure(&q, bad, 6, &line_data, NULL, &err), err,
              SIM_EFAIL,
              "measures of quality: value 0 of the samples with index 4 must "
              "be finite, got nan");
  CHECK_FAILS(
      model_quality_frechet(line, 1, line, 5, 1, &distance, &err), err,
      SIM_ECONFIG,
      "the Frechet distance needs at least 2 points in each set, got 1 and 5");
}

static void refused_memory_is_an_error(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct model_quality q;
  for (long k = 0; k < 5; k++) {
    sim_alloc_refuse_after(k);
    assert_int_equal(
        model_quality_measure(&q, line, 10, &line_data, NULL, &err), SIM_EFAIL);
  }
  sim_alloc_refuse_after(-1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(frechet_on_a_line_is_exact),
      cmocka_unit_test(frechet_of_turned_ellipses_is_exact),
      cmocka_unit_test(frechet_of_large_gaussian_sets_follows_the_formula),
      cmocka_unit_test(a_set_against_itself_is_perfect),
      cmocka_unit_test(halves_of_the_digits_are_close),
      cmocka_unit_test(far_samples_are_imprecise),
      cmocka_unit_test(balls_are_counted_as_by_hand),
      cmocka_unit_test(recall_counts_data_in_sample_balls),
      cmocka_unit_test(confidence_is_the_share_of_votes),
      cmocka_unit_test(equal_votes_go_to_the_nearest),
      cmocka_unit_test(too_few_or_bad_points_are_refused),
      cmocka_unit_test(refused_memory_is_an_error),
  };
  return cmocka_run_group_tests_name("quality", tests, NULL, NULL);
}
