/* tests/test_rkc.c -- Runge-Kutta-Chebyshev: order, stability, radius
 *
 * On y' = lambda y one step multiplies y by
 *
 *   R(z) = 1 - b_s T_s(w0) + b_s T_s(w0 + w1 z),   z = h lambda
 *
 * which the tests build from T_s(cosh u) = cosh(s u), T_s(cos u) = cos(s u).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <string.h>

#include "sim/rkc.h"
#include "tests/check.h"

#define N 24u  // numbers in the larger systems

static const unsigned stage_numbers[] = {2, 3, 5, 10, 20, 50, 200};
#define N_STAGE_NUMBERS (sizeof stage_numbers / sizeof stage_numbers[0])

/* --- the method by independent formulas, in long double --- */

struct method {
  long double w0, w1, b, t;  // b = b_s, t = T_s(w0)
};

static long double chebyshev(unsigned s, long double x) {
  return x > 1    ? coshl(s * acoshl(x))
         : x < -1 ? (s % 2 ? -1 : 1) * coshl(s * acoshl(-x))
                  : cosl(s * acosl(x));
}

/* T'(cosh u) = s sinh(s u)/sinh(u); T'' from (1 - x^2) T'' = x T' - s^2 T. */
static struct method method_of(unsigned s) {
  const long double w0 = 1 + 2.0L / 13 / s / s, u = acoshl(w0);
  const long double t = coshl(s * u), t1 = s * sinhl(s * u) / sinhl(u);
  const long double t2 = ((long double)s * s * t - w0 * t1) / (w0 * w0 - 1);
  return (struct method){w0, t1 / t2, t2 / (t1 * t1), t};
}

static double amplification(unsigned s, double z) {
  const struct method m = method_of(s);
  return (double)(1 - m.b * m.t + m.b * chebyshev(s, m.w0 + m.w1 * z));
}

/* --- one step with a chosen number of stages --- */

/* y' = lambda y, but at time 0 the Jacobian pretends to be `radius` while
 * f(y0) = lambda y0: the stepper sizes itself by the one and steps with the
 * other. */
struct scalar {
  double lambda, radius, y0;
  unsigned n_later;  // calls after time 0: one for each stage
};

static int scalar_rhs(double t, const double *y, double *dydt, void *params) {
  struct scalar *p = params;
  dydt[0] = t == 0 ? p->lambda * p->y0 + p->radius * (y[0] - p->y0)
                   : p->lambda * y[0];
  p->n_later += t != 0;
  return GSL_SUCCESS;
}

/* y(1)/y(0) of one step with s stages on y' = z y. */
static double one_step(unsigned s, double z) {
  const double y0 = 0.7;
  // In the middle of the radii that ask for s stages; 1.2 is the safety.
  const double below = s > 2 ? sim_rkc_stability(s - 1) : 0;
  const double radius = (below + sim_rkc_stability(s)) / 2 / 1.2;
  struct scalar p = {z, radius, y0, 0};
  const gsl_odeiv2_system sys = {scalar_rhs, NULL, 1, &p};
  gsl_odeiv2_step *step = gsl_odeiv2_step_alloc(sim_odeiv2_step_rkc, 1);
  double y = y0, yerr;
  assert_int_equal(
      gsl_odeiv2_step_apply(step, 0, 1, &y, &yerr, NULL, NULL, &sys), 0);
  assert_int_equal(p.n_later, s);
  gsl_odeiv2_step_free(step);
  return y / y0;
}

static void the_amplification_is_the_shifted_chebyshev_polynomial(
    void **state) {
  (void)state;
  for (size_t i = 0; i < N_STAGE_NUMBERS; i++) {
    const unsigned s = stage_numbers[i];
    const double reach = sim_rkc_stability(s);
    for (double part = 0; part <= 1; part += 1.0 / 64) {
      // Rounding, in the stages and in their weights, grows with s^2.
      CHECK_NEAR(one_step(s, -part * reach), amplification(s, -part * reach),
                 1e-14 * s * s);
    }
  }
}

static void steps_within_the_stability_interval_do_not_grow(void **state) {
  (void)state;
  for (size_t i = 0; i < N_STAGE_NUMBERS; i++) {
    const unsigned s = stage_numbers[i];
    const double reach = sim_rkc_stability(s);
    for (double part = 0; part <= 1; part += 1.0 / 1024) {
      const double r = fabs(one_step(s, -part * reach));
      CHECK(r <= 1 + 1e-13);
      CHECK(part * reach < 1 || r <= 0.98);  // damped where it matters
    }
  }
}

static void steps_beyond_the_interval_grow(void **state) {
  (void)state;
  for (size_t i = 0; i < N_STAGE_NUMBERS; i++) {
    const unsigned s = stage_numbers[i];
    CHECK(fabs(one_step(s, -1.3 * sim_rkc_stability(s))) > 1);
  }
}

/* R(z) = 1 + z + z^2/2 + O(z^3). */
static void the_amplification_agrees_with_exp_to_second_order(void **state) {
  (void)state;
  for (size_t i = 0; i < N_STAGE_NUMBERS; i++) {
    const double z = 1e-2;
    const double left = one_step(stage_numbers[i], -z) - (1 - z + z * z / 2);
    CHECK(fabs(left) < z * z * z / 6);
  }
}

static void stages_are_as_few_as_the_interval_allows(void **state) {
  (void)state;
  assert_int_equal(sim_rkc_stages(0), 2);
  for (unsigned s = 2; s <= 1000; s++) {
    assert_int_equal(sim_rkc_stages(sim_rkc_stability(s) * (1 - 1e-12)), s);
    assert_int_equal(sim_rkc_stages(sim_rkc_stability(s) * (1 + 1e-12)), s + 1);
  }
  CHECK(sim_rkc_stages(1e300) > 1000);
}

/* --- order --- */

/* y' = cos(t) y^2 from 1/2: y = 1/(2 - sin t). A coupled second number feels
 * errors of the stage times. */
static int forced_rhs(double t, const double *y, double *dydt, void *params) {
  (void)params;
  dydt[0] = cos(t) * y[0] * y[0];
  dydt[1] = -40 * (y[1] - sin(t)) + cos(t);
  return GSL_SUCCESS;
}

static const gsl_odeiv2_system forced = {forced_rhs, NULL, 2, NULL};

struct outcome {
  double error;  // at t = 1
  double yerr;   // estimated by the first step
};

static struct outcome fixed_steps(size_t n) {
  gsl_odeiv2_step *step = gsl_odeiv2_step_alloc(sim_odeiv2_step_rkc, 2);
  const double h = 1.0 / (double)n;
  double y[] = {0.5, 0}, yerr[2];
  struct outcome outcome = {0};
  for (size_t k = 0; k < n; k++) {
    assert_int_equal(gsl_odeiv2_step_apply(step, (double)k * h, h, y, yerr,
                                           NULL, NULL, &forced),
                     0);
    outcome.yerr = k == 0 ? hypot(yerr[0], yerr[1]) : outcome.yerr;
  }
  outcome.error = hypot(y[0] - 1 / (2 - sin(1)), y[1] - sin(1));
  gsl_odeiv2_step_free(step);
  return outcome;
}

static void halved_steps_quarter_the_error(void **state) {
  (void)state;
  for (size_t n = 256; n <= 2048; n *= 2) {
    const double error = fixed_steps(n).error;
    CHECK_NEAR(log2(error / fixed_steps(2 * n).error), 2, 0.1);
    CHECK(error < 1e-5);
  }
}

static void the_estimated_error_goes_with_the_cube_of_the_step(void **state) {
  (void)state;
  for (size_t n = 256; n <= 2048; n *= 2) {
    const double power = log2(fixed_steps(n).yerr / fixed_steps(2 * n).yerr);
    CHECK_NEAR(power, 3, 0.15);
  }
}

static void the_error_estimate_is_the_published_one(void **state) {
  (void)state;
  struct scalar p = {-1, -1, 1, 0};
  const gsl_odeiv2_system sys = {scalar_rhs, NULL, 1, &p};
  const double h = 1e-2;
  gsl_odeiv2_step *step = gsl_odeiv2_step_alloc(sim_odeiv2_step_rkc, 1);
  double y = 1, yerr;
  assert_int_equal(
      gsl_odeiv2_step_apply(step, 0, h, &y, &yerr, NULL, NULL, &sys), 0);
  CHECK_NEAR(yerr, 0.8 * (1 - y) + 0.4 * h * (-1 - y), 1e-17);
  gsl_odeiv2_step_free(step);
}

/* --- spectral radius --- */

struct linear {
  double a[N * N];
  unsigned n_at_0, n_later;  // calls at time 0 and after
  double fails_from;         // time
};

static int linear_rhs(double t, const double *y, double *dydt, void *params) {
  struct linear *p = params;
  if (t >= p->fails_from) {
    return GSL_FAILURE;
  }
  p->n_at_0 += t == 0;
  p->n_later += t != 0;
  for (size_t i = 0; i < N; i++) {
    dydt[i] = 0;
    for (size_t k = 0; k < N; k++) {
      dydt[i] += p->a[i * N + k] * y[k];
    }
  }
  return GSL_SUCCESS;
}

/* a <- H a H with the reflection H that has normal v. */
static void reflect(double *a, const double *v) {
  for (int pass = 0; pass < 2; pass++) {  // rows, then columns
    const size_t row = pass ? N : 1, column = pass ? 1 : N;
    double v2 = 0;
    for (size_t i = 0; i < N; i++) {
      v2 += v[i] * v[i];
    }
    for (size_t k = 0; k < N; k++) {
      double dot = 0;
      for (size_t i = 0; i < N; i++) {
        dot += v[i] * a[i * row + k * column];
      }
      for (size_t i = 0; i < N; i++) {
        a[i * row + k * column] -= 2 * dot / v2 * v[i];
      }
    }
  }
}

/* A symmetric matrix in random directions with eigenvalues from -radius up:
 * logarithmic down to -radius/spread, or equally spaced. */
static struct linear random_matrix(gsl_rng *rng, double radius, double spread,
                                   int is_even) {
  struct linear p = {.fails_from = INFINITY};
  for (size_t i = 0; i < N; i++) {
    const double part = (double)i / (N - 1);
    p.a[i * N + i] =
        -radius * (is_even ? 1 - part * (1 - 1 / spread) : pow(spread, -part));
  }
  for (size_t i = 0; i < N; i++) {
    double v[N];
    for (size_t k = 0; k < N; k++) {
      v[k] = gsl_ran_gaussian(rng, 1);
    }
    reflect(p.a, v);
  }
  return p;
}

/* The radius the stepper works with, seen from the stages of a long step. */
static double seen_radius(struct linear *p, double radius, const double *y0) {
  const double h = sim_rkc_stability(800) / radius;
  const gsl_odeiv2_system sys = {linear_rhs, NULL, N, p};
  gsl_odeiv2_step *step = gsl_odeiv2_step_alloc(sim_odeiv2_step_rkc, N);
  double y[N], yerr[N];
  memcpy(y, y0, sizeof y);
  assert_int_equal(gsl_odeiv2_step_apply(step, 0, h, y, yerr, NULL, NULL, &sys),
                   0);
  gsl_odeiv2_step_free(step);
  return sim_rkc_stability(p->n_later) / h;
}

/* The power iteration ends on one per cent of change, so a dense spectrum may
 * come out a little low in spite of the safety factor; a rejected step then
 * mends it. */
static void the_radius_is_safe_and_not_wasteful(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  double least = INFINITY, most = 0;
  for (int trial = 0; trial < 200; trial++) {
    const double radius = pow(10, trial % 7 - 3);
    const double spread = trial % 3 ? 100 : 3;
    struct linear p = random_matrix(rng, radius, spread, trial % 2);
    double y[N] = {0};
    for (size_t i = 0; i < N && trial % 5; i++) {
      y[i] = gsl_ran_gaussian(rng, 1);
    }
    const double seen = seen_radius(&p, radius, y);
    least = fmin(least, seen / radius);
    most = fmax(most, seen / radius);
    CHECK(p.n_at_0 <= 31);
  }
  gsl_rng_free(rng);
  if (!(least >= 0.95 && most <= 1.21)) {
    fail_msg("radius seen is %.3g to %.3g of the truth", least, most);
  }
}

/* --- within GSL --- */

static struct linear stiff_matrix(void) {
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  const struct linear p = random_matrix(rng, 5000, 5000, 0);
  gsl_rng_free(rng);
  return p;
}

static void start(double *y) {
  for (size_t i = 0; i < N; i++) {
    y[i] = cos((double)i);
  }
}

static void a_driver_and_an_evolve_loop_give_the_same_bits(void **state) {
  (void)state;
  struct linear p = stiff_matrix();
  const gsl_odeiv2_system sys = {linear_rhs, NULL, N, &p};
  gsl_odeiv2_driver *driver = gsl_odeiv2_driver_alloc_y_new(
      &sys, sim_odeiv2_step_rkc, 1e-3, 1e-5, 1e-5);
  gsl_odeiv2_step *step = gsl_odeiv2_step_alloc(sim_odeiv2_step_rkc, N);
  gsl_odeiv2_control *control = gsl_odeiv2_control_y_new(1e-5, 1e-5);
  gsl_odeiv2_evolve *evolve = gsl_odeiv2_evolve_alloc(N);
  double t = 0, h = 1e-3, y[N], z[N];
  start(y);
  start(z);
  assert_int_equal(gsl_odeiv2_driver_apply(driver, &t, 1, y), GSL_SUCCESS);
  CHECK(t == 1);
  for (t = 0; t < 1;) {
    assert_int_equal(
        gsl_odeiv2_evolve_apply(evolve, control, step, &sys, &t, 1, &h, z),
        GSL_SUCCESS);
  }
  assert_memory_equal(y, z, sizeof y);
  // Stiffness 5000: rkf45 would need 9000.
  CHECK(p.n_at_0 + p.n_later < 2 * 2500);
  gsl_odeiv2_driver_free(driver);
  gsl_odeiv2_evolve_free(evolve);
  gsl_odeiv2_control_free(control);
  gsl_odeiv2_step_free(step);
}

static void a_reset_makes_runs_repeatable(void **state) {
  (void)state;
  struct linear p = stiff_matrix(), other = stiff_matrix();
  gsl_odeiv2_system sys = {linear_rhs, NULL, N, &p};
  gsl_odeiv2_driver *driver = gsl_odeiv2_driver_alloc_y_new(
      &sys, sim_odeiv2_step_rkc, 1e-3, 1e-5, 1e-5);
  double t = 0, y[N], z[N];
  start(y);
  assert_int_equal(gsl_odeiv2_driver_apply(driver, &t, 1, y), GSL_SUCCESS);
  for (size_t i = 0; i < N * N; i++) {
    other.a[i] *= 0.01;
  }
  sys.params = &other;  // another trajectory with another radius
  gsl_odeiv2_driver_reset_hstart(driver, 0.1);
  t = 0;
  start(z);
  assert_int_equal(gsl_odeiv2_driver_apply(driver, &t, 0.5, z), GSL_SUCCESS);
  sys.params = &p;
  gsl_odeiv2_driver_reset_hstart(driver, 1e-3);
  t = 0;
  start(z);
  assert_int_equal(gsl_odeiv2_driver_apply(driver, &t, 1, z), GSL_SUCCESS);
  assert_memory_equal(y, z, sizeof y);
  gsl_odeiv2_driver_free(driver);
}

static void derivatives_go_in_and_out_exactly(void **state) {
  (void)state;
  struct linear p = stiff_matrix();
  const gsl_odeiv2_system sys = {linear_rhs, NULL, N, &p};
  gsl_odeiv2_step *step = gsl_odeiv2_step_alloc(sim_odeiv2_step_rkc, N);
  double y[N], z[N], yerr[N], in[N], out[N], want[N];
  CHECK(sim_odeiv2_step_rkc->can_use_dydt_in);
  CHECK(sim_odeiv2_step_rkc->gives_exact_dydt_out);
  start(y);
  start(z);
  linear_rhs(0, y, in, &p);
  p.n_at_0 = 0;
  gsl_odeiv2_step_apply(step, 0, 0.01, y, yerr, in, out, &sys);
  const unsigned n_with = p.n_at_0;
  linear_rhs(0.01, y, want, &p);
  assert_memory_equal(out, want, sizeof out);
  gsl_odeiv2_step_reset(step);
  p.n_at_0 = 0;
  gsl_odeiv2_step_apply(step, 0, 0.01, z, yerr, NULL, NULL, &sys);
  assert_memory_equal(y, z, sizeof y);
  assert_int_equal(p.n_at_0, n_with + 1);
  assert_int_equal(gsl_odeiv2_step_order(step), 2);
  gsl_odeiv2_step_free(step);
}

static void a_failing_right_hand_side_leaves_y(void **state) {
  (void)state;
  struct linear p = stiff_matrix();
  const gsl_odeiv2_system sys = {linear_rhs, NULL, N, &p};
  gsl_odeiv2_step *step = gsl_odeiv2_step_alloc(sim_odeiv2_step_rkc, N);
  const double fails_from[] = {0, 1e-300, 0.005, 0.01};
  for (size_t i = 0; i < 4; i++) {
    double y[N], before[N], yerr[N], in[N] = {0}, out[N];
    start(y);
    memcpy(before, y, sizeof y);
    p.fails_from = fails_from[i];
    CHECK(gsl_odeiv2_step_apply(step, 0, 0.01, y, yerr, NULL, out, &sys) != 0);
    assert_memory_equal(y, before, sizeof y);
    CHECK(gsl_odeiv2_step_apply(step, 0, 0.01, y, yerr, in, out, &sys) != 0);
    assert_memory_equal(y, before, sizeof y);
  }
  gsl_odeiv2_step_free(step);
}

static int constant_rhs(double t, const double *y, double *dydt, void *params) {
  (void)t;
  (void)y;
  *(unsigned *)params += 1;
  dydt[0] = 3;
  dydt[1] = -2;
  return GSL_SUCCESS;
}

static void a_right_hand_side_without_y_costs_two_stages(void **state) {
  (void)state;
  unsigned n_calls = 0;
  const gsl_odeiv2_system sys = {constant_rhs, NULL, 2, &n_calls};
  gsl_odeiv2_step *step = gsl_odeiv2_step_alloc(sim_odeiv2_step_rkc, 2);
  double y[] = {1, 1}, yerr[2];
  for (size_t k = 0; k < 2; k++) {
    gsl_odeiv2_step_apply(step, (double)k, 1, y, yerr, NULL, NULL, &sys);
  }
  CHECK_NEAR(y[0], 7, 1e-14);
  CHECK_NEAR(y[1], -3, 1e-14);
  CHECK_NEAR(fmax(fabs(yerr[0]), fabs(yerr[1])), 0, 1e-15);
  assert_int_equal(n_calls, 3 + 1 + 3);  // one to find no radius
  gsl_odeiv2_step_free(step);
}

/* A stiffness that grows a thousandfold on the way must be noticed. */
static int stiffening_rhs(double t, const double *y, double *dydt,
                          void *params) {
  *(unsigned *)params += 1;
  const double rate = 10 * pow(1000, fmin(t, 1));
  dydt[0] = -rate * (y[0] - 1);
  return GSL_SUCCESS;
}

static void growing_stiffness_is_followed(void **state) {
  (void)state;
  unsigned n_calls = 0;
  const gsl_odeiv2_system sys = {stiffening_rhs, NULL, 1, &n_calls};
  gsl_odeiv2_driver *driver = gsl_odeiv2_driver_alloc_y_new(
      &sys, sim_odeiv2_step_rkc, 1e-3, 1e-4, 1e-4);
  double t = 0, y = 0;
  assert_int_equal(gsl_odeiv2_driver_apply(driver, &t, 3, &y), GSL_SUCCESS);
  CHECK_NEAR(y, 1, 1e-3);
  CHECK(n_calls < 5000);  // explicit Euler needs 10 000 at least
  gsl_odeiv2_driver_free(driver);
}

/* A system that was stiff once must not cost many stages for ever. */
static int softening_rhs(double t, const double *y, double *dydt,
                         void *params) {
  *(unsigned *)params += 1;
  const double rate = 2 + 1e5 * exp(-20 * t);
  dydt[0] = -rate * (y[0] - sin(t)) + cos(t);
  return GSL_SUCCESS;
}

static void fading_stiffness_is_noticed(void **state) {
  (void)state;
  unsigned n_calls = 0;
  const gsl_odeiv2_system sys = {softening_rhs, NULL, 1, &n_calls};
  gsl_odeiv2_driver *driver = gsl_odeiv2_driver_alloc_y_new(
      &sys, sim_odeiv2_step_rkc, 1e-3, 1e-6, 1e-6);
  double t = 0, y = 0;
  assert_int_equal(gsl_odeiv2_driver_apply(driver, &t, 1, &y), GSL_SUCCESS);
  n_calls = 0;
  const unsigned long n_before = driver->e->count;
  assert_int_equal(gsl_odeiv2_driver_apply(driver, &t, 20, &y), GSL_SUCCESS);
  CHECK_NEAR(y, sin(20), 1e-4);
  CHECK(n_calls < 6 * (driver->e->count - n_before));
  gsl_odeiv2_driver_free(driver);
}

static void a_step_of_too_many_stages_is_refused(void **state) {
  (void)state;
  struct scalar p = {-1, -1, 1, 0};
  const gsl_odeiv2_system sys = {scalar_rhs, NULL, 1, &p};
  gsl_odeiv2_step *step = gsl_odeiv2_step_alloc(sim_odeiv2_step_rkc, 1);
  double y = 1, yerr;
  CHECK(gsl_odeiv2_step_apply(step, 0, 1e6, &y, &yerr, NULL, NULL, &sys) != 0);
  CHECK(y == 1);
  gsl_odeiv2_step_free(step);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_amplification_is_the_shifted_chebyshev_polynomial),
      cmocka_unit_test(steps_within_the_stability_interval_do_not_grow),
      cmocka_unit_test(steps_beyond_the_interval_grow),
      cmocka_unit_test(the_amplification_agrees_with_exp_to_second_order),
      cmocka_unit_test(stages_are_as_few_as_the_interval_allows),
      cmocka_unit_test(halved_steps_quarter_the_error),
      cmocka_unit_test(the_estimated_error_goes_with_the_cube_of_the_step),
      cmocka_unit_test(the_error_estimate_is_the_published_one),
      cmocka_unit_test(the_radius_is_safe_and_not_wasteful),
      cmocka_unit_test(a_driver_and_an_evolve_loop_give_the_same_bits),
      cmocka_unit_test(a_reset_makes_runs_repeatable),
      cmocka_unit_test(derivatives_go_in_and_out_exactly),
      cmocka_unit_test(a_failing_right_hand_side_leaves_y),
      cmocka_unit_test(a_right_hand_side_without_y_costs_two_stages),
      cmocka_unit_test(growing_stiffness_is_followed),
      cmocka_unit_test(fading_stiffness_is_noticed),
      cmocka_unit_test(a_step_of_too_many_stages_is_refused),
  };
  return cmocka_run_group_tests_name("rkc", tests, NULL, NULL);
}
