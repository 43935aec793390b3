/* tests/test_integrator.c -- every integrator keeps one contract
 *
 * Systems with known solutions:
 *
 *   spiral   y' = (-1 2; -2 -1) y    y = e^-t (cos 2t, -sin 2t)
 *   cubic    y' = -y^3               y = 1/sqrt(1 + 2t)
 *   stiff    eigenvalues -1 and -1000, turned by 30 degrees
 *   blow_up  y' = y^2                y = 1/(1 - t)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_errno.h>
#include <string.h>

#include "sim/integrator.h"
#include "sim/memory.h"
#include "tests/check.h"

#define MAX_DIM 3u
#define FAST 1000.0  // of the stiff system

/* --- systems --- */

/* What the right-hand side is to do, and what it saw. */
struct watch {
  double bad_from;  // time from which one number is bad
  size_t bad_index;
  double bad_value;
  size_t n_calls;
  double t_last;  // latest time asked for
};

static struct watch all_good(void) {
  return (struct watch){.bad_from = INFINITY, .t_last = -INFINITY};
}

static void see(double t, double *dydt, void *context) {
  struct watch *watch = context;
  watch->n_calls++;
  watch->t_last = fmax(watch->t_last, t);
  if (t >= watch->bad_from) {
    dydt[watch->bad_index] = watch->bad_value;
  }
}

static void spiral_rhs(double t, const double *y, double *dydt, void *context) {
  dydt[0] = -y[0] + 2 * y[1];
  dydt[1] = -2 * y[0] - y[1];
  see(t, dydt, context);
}

static void spiral_jacobian(double t, const double *y, double *dfdy,
                            void *context) {
  (void)t;
  (void)y;
  (void)context;
  memcpy(dfdy, (double[]){-1, 2, -2, -1}, 4 * sizeof *dfdy);
}

static void spiral_exact(double t, double *y) {
  y[0] = exp(-t) * cos(2 * t);
  y[1] = -exp(-t) * sin(2 * t);
}

static void cubic_rhs(double t, const double *y, double *dydt, void *context) {
  dydt[0] = -y[0] * y[0] * y[0];
  see(t, dydt, context);
}

static void cubic_jacobian(double t, const double *y, double *dfdy,
                           void *context) {
  (void)t;
  (void)context;
  dfdy[0] = -3 * y[0] * y[0];
}

static void cubic_exact(double t, double *y) {
  y[0] = 1 / sqrt(1 + 2 * t);
}

// Eigenvectors (c, s) at -1 and (-s, c) at -FAST.
static const double c = 0.8660254037844386, s = 0.5;

static void stiff_jacobian(double t, const double *y, double *dfdy,
                           void *context) {
  (void)t;
  (void)y;
  (void)context;
  dfdy[0] = -c * c - FAST * s * s;
  dfdy[1] = dfdy[2] = -c * s + FAST * c * s;
  dfdy[3] = -s * s - FAST * c * c;
}

static void stiff_rhs(double t, const double *y, double *dydt, void *context) {
  double a[4];
  stiff_jacobian(t, y, a, context);
  dydt[0] = a[0] * y[0] + a[1] * y[1];
  dydt[1] = a[2] * y[0] + a[3] * y[1];
  see(t, dydt, context);
}

static void stiff_exact(double t, double *y) {
  const double slow = exp(-t), fast = exp(-FAST * t);
  y[0] = c * slow - s * fast;
  y[1] = s * slow + c * fast;
}

static void blow_up_rhs(double t, const double *y, double *dydt,
                        void *context) {
  dydt[0] = y[0] * y[0];
  see(t, dydt, context);
}

static void blow_up_jacobian(double t, const double *y, double *dfdy,
                             void *context) {
  (void)t;
  (void)context;
  dfdy[0] = 2 * y[0];
}

static void clock_rhs(double t, const double *y, double *dydt, void *context) {
  (void)y;
  dydt[0] = 1;
  dydt[1] = 2;
  dydt[2] = -1;
  see(t, dydt, context);
}

static void clock_jacobian(double t, const double *y, double *dfdy,
                           void *context) {
  (void)t;
  (void)y;
  (void)context;
  memset(dfdy, 0, 9 * sizeof *dfdy);
}

struct problem {
  size_t dim;
  void (*rhs)(double t, const double *y, double *dydt, void *context);
  void (*jacobian)(double t, const double *y, double *dfdy, void *context);
  void (*exact)(double t, double *y);
};

static const struct problem spiral = {2, spiral_rhs, spiral_jacobian,
                                      spiral_exact};
static const struct problem cubic = {1, cubic_rhs, cubic_jacobian, cubic_exact};
static const struct problem stiff = {2, stiff_rhs, stiff_jacobian, stiff_exact};
static const struct problem blow_up = {1, blow_up_rhs, blow_up_jacobian, NULL};
static const struct problem clocks = {3, clock_rhs, clock_jacobian, NULL};

static struct sim_system system_of(const struct problem *problem,
                                   struct watch *watch) {
  return (struct sim_system){.dim = problem->dim,
                             .rhs = problem->rhs,
                             .jacobian = problem->jacobian,
                             .context = watch};
}

/* --- runs --- */

static struct sim_integrator_settings settings_for(
    const struct sim_integrator_ops *ops, double tolerance) {
  return (struct sim_integrator_settings){
      .step = ops->is_adaptive ? 0.01 : 1e-3, .tolerance = tolerance};
}

static struct sim_integrator *make(const struct sim_integrator_ops *ops,
                                   size_t dim, double tolerance) {
  struct sim_error err = {0};
  struct sim_integrator *integrator;
  const struct sim_integrator_settings settings = settings_for(ops, tolerance);
  CHECK_OK(sim_integrator_create(&integrator, ops, dim, &settings, &err), err);
  return integrator;
}

/* Largest error over the numbers at t1; statistics into `stats`, nullable. */
static double error_of(const struct sim_integrator_ops *ops,
                       const struct problem *problem, double t1,
                       double tolerance, struct sim_integrator_stats *stats) {
  struct sim_error err = {0};
  struct watch watch = all_good();
  const struct sim_system system = system_of(problem, &watch);
  struct sim_integrator *integrator = make(ops, problem->dim, tolerance);
  double y[MAX_DIM], want[MAX_DIM], worst = 0;
  problem->exact(0, y);
  problem->exact(t1, want);
  CHECK_OK(sim_integrator_advance(integrator, &system, 0, t1, y, &err), err);
  for (size_t i = 0; i < problem->dim; i++) {
    worst = fmax(worst, fabs(y[i] - want[i]));
  }
  if (stats) {
    *stats = integrator->stats;
  }
  sim_integrator_destroy(integrator);
  return worst;
}

#define FOR_ALL(ops)                           \
  const struct sim_integrator_ops *ops = NULL; \
  for (size_t at_ = 0; (ops = sim_integrator_registry[at_]); at_++)

/* --- the registry --- */

static void names_agree_with_the_registry(void **state) {
  (void)state;
  size_t n = 0;
  for (; sim_integrator_registry[n]; n++) {
    assert_string_equal(sim_integrator_names[n],
                        sim_integrator_registry[n]->name);
    CHECK(sim_integrator_find(sim_integrator_names[n]) ==
          sim_integrator_registry[n]);
  }
  assert_null(sim_integrator_names[n]);
  assert_int_equal(n, SIM_INTEGRATOR_N_GSL + 2);
  assert_null(sim_integrator_find("rk5"));
}

static void gsl_names_are_gsl_s(void **state) {
  (void)state;
  FOR_ALL(ops) {
    CHECK(ops->help && ops->order >= 1);
    CHECK(ops->is_adaptive == (ops->gsl_type != NULL));
    if (ops->gsl_type) {
      assert_string_equal((*ops->gsl_type)->name, ops->name);
    }
  }
}

static void bad_settings_are_refused(void **state) {
  (void)state;
  FOR_ALL(ops) {
    struct sim_error err = {0};
    struct sim_integrator *integrator = NULL;
    char want[128];
    const struct sim_integrator_settings bad = {.step = 0, .tolerance = NAN};
    snprintf(want, sizeof want,
             ops->is_adaptive
                 ? "%s needs a first step and a tolerance > 0, got 0 and nan"
                 : "%s needs a step > 0, got 0",
             ops->name);
    CHECK_FAILS(sim_integrator_create(&integrator, ops, 2, &bad, &err), err,
                SIM_ECONFIG, want);
    assert_null(integrator);
  }
}

static void lack_of_memory_is_reported(void **state) {
  (void)state;
  FOR_ALL(ops) {
    const struct sim_integrator_settings settings = settings_for(ops, 1e-3);
    enum sim_status status = SIM_EFAIL;
    for (long k = 0; status != SIM_OK; k++) {
      struct sim_error err = {0};
      struct sim_integrator *integrator = NULL;
      sim_alloc_refuse_after(k);
      status = sim_integrator_create(&integrator, ops, 2, &settings, &err);
      CHECK((status == SIM_OK) == (integrator != NULL));
      CHECK(status == SIM_OK || err.status == SIM_EFAIL);
      sim_alloc_refuse_after(-1);
      sim_integrator_destroy(integrator);
    }
  }
}

/* --- time --- */

static void it_stops_at_t1_exactly(void **state) {
  (void)state;
  const double stops[] = {0, 0.3, 0.3, 1, 1 + 1e-9, 4.7};
  FOR_ALL(ops) {
    struct sim_error err = {0};
    struct watch watch = all_good();
    const struct sim_system system = system_of(&clocks, &watch);
    struct sim_integrator *integrator = make(ops, 3, 1e-6);
    double y[] = {0, 7, 1};
    for (size_t i = 1; i < sizeof stops / sizeof stops[0]; i++) {
      const double t1 = stops[i];
      CHECK_OK(sim_integrator_advance(integrator, &system, stops[i - 1], t1, y,
                                      &err),
               err);
      CHECK_NEAR(y[0], t1, 1e-11);  // euler: 4700 roundings
      CHECK_NEAR(y[1], 7 + 2 * t1, 1e-11);
      CHECK_NEAR(y[2], 1 - t1, 1e-11);
      if (!(watch.t_last <= t1 * (1 + 1e-14))) {
        fail_msg("%s asks for time %.17g beyond %.17g", ops->name, watch.t_last,
                 t1);
      }
    }
    sim_integrator_destroy(integrator);
  }
}

static void euler_cuts_the_interval_into_equal_steps(void **state) {
  (void)state;
  const struct {
    double step, t, t1;
    size_t n;
  } cases[] = {
      {0.1, 0, 30, 300},   {0.1, 0.1, 0.4, 3},     {0.1, 0, 0.3, 3},
      {0.1, 7.1, 8.1, 10}, {0.3, 0, 1, 4},         {1, 0, 1e-3, 1},
      {0.1, 5, 5, 0},      {0.1, 0, 1e5, 1000000}, {0.1, 0, 0.1001, 2},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct sim_error err = {0};
    struct watch watch = all_good();
    const struct sim_system system = system_of(&clocks, &watch);
    const struct sim_integrator_settings settings = {.step = cases[i].step};
    struct sim_integrator *euler;
    double y[] = {cases[i].t, 0, 0};
    CHECK_OK(sim_integrator_create(&euler, &sim_integrator_euler, 3, &settings,
                                   &err),
             err);
    CHECK_OK(sim_integrator_advance(euler, &system, cases[i].t, cases[i].t1, y,
                                    &err),
             err);
    assert_int_equal(watch.n_calls, cases[i].n);
    assert_int_equal(euler->stats.n_rhs, cases[i].n);
    assert_int_equal(euler->stats.n_steps, cases[i].n);
    CHECK_REL(y[0], cases[i].t1, 1e-9);
    if (cases[i].n > 0) {  // the last step starts one n-th before the end
      const double span = cases[i].t1 - cases[i].t;
      CHECK_NEAR(watch.t_last, cases[i].t1 - span / (double)cases[i].n,
                 1e-12 * cases[i].t1);
    }
    sim_integrator_destroy(euler);
  }
}

/* --- accuracy --- */

static void euler_is_the_power_of_its_amplification(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct watch watch = all_good();
  const struct sim_system system = system_of(&spiral, &watch);
  const struct sim_integrator_settings settings = {.step = 0.125};
  struct sim_integrator *euler;
  double y[] = {1, 0};
  CHECK_OK(
      sim_integrator_create(&euler, &sim_integrator_euler, 2, &settings, &err),
      err);
  CHECK_OK(sim_integrator_advance(euler, &system, 0, 2, y, &err), err);
  // y_0 - i y_1 = (1 - h + 2ih)^16
  const double size = pow(hypot(1 - 0.125, 0.25), 16);
  const double angle = 16 * atan2(0.25, 1 - 0.125);
  CHECK_NEAR(y[0], size * cos(angle), 1e-15);
  CHECK_NEAR(-y[1], size * sin(angle), 1e-15);
  sim_integrator_destroy(euler);
}

/* Error at t = 1 of explicit Euler with n steps. */
static double euler_error(const struct problem *problem, size_t n) {
  struct sim_error err = {0};
  struct watch watch = all_good();
  const struct sim_system system = system_of(problem, &watch);
  const struct sim_integrator_settings settings = {.step = 1.0 / (double)n};
  struct sim_integrator *euler;
  double y[MAX_DIM], want[MAX_DIM];
  problem->exact(0, y);
  problem->exact(1, want);
  CHECK_OK(sim_integrator_create(&euler, &sim_integrator_euler, problem->dim,
                                 &settings, &err),
           err);
  CHECK_OK(sim_integrator_advance(euler, &system, 0, 1, y, &err), err);
  sim_integrator_destroy(euler);
  return fabs(y[0] - want[0]);
}

static void euler_has_order_1(void **state) {
  (void)state;
  const struct problem *problems[] = {&spiral, &cubic};
  for (size_t i = 0; i < 2; i++) {
    for (size_t n = 64; n <= 512; n *= 2) {
      const double order =
          log2(euler_error(problems[i], n) / euler_error(problems[i], 2 * n));
      CHECK_NEAR(order, 1, 2.0 / (double)n);
    }
  }
}

/* With local errors kept at the tolerance, a method whose global error is
 * O(h^p) and whose estimate is O(h^q) errs by tolerance^(p/q). GSL carries
 * the better solution of the pairs of rk2, rkf45, rkck and rk8pd, so p = q;
 * the multistep methods change their order and come close to 1. The order of
 * bsimp is too high to be seen. */
static const struct {
  const char *name;
  double power;
} powers[] = {
    {"rkc", 2. / 3},    {"rk2", 1},         {"rk4", 4. / 5}, {"rkf45", 1},
    {"rkck", 1},        {"rk8pd", 1},       {"msadams", 1},  {"rk1imp", 1. / 2},
    {"rk2imp", 2. / 3}, {"rk4imp", 4. / 5}, {"msbdf", 0.9},
};

static void errors_follow_the_tolerance(void **state) {
  (void)state;
  const double loose = 1e-3, tight = 1e-9;
  for (size_t i = 0; i < sizeof powers / sizeof powers[0]; i++) {
    const struct sim_integrator_ops *ops = sim_integrator_find(powers[i].name);
    const double power = log(error_of(ops, &spiral, 2, loose, NULL) /
                             error_of(ops, &spiral, 2, tight, NULL)) /
                         log(loose / tight);
    if (!(fabs(power - powers[i].power) <= 0.1)) {
      fail_msg("error of %s goes with tolerance^%.3g, want %.3g",
               powers[i].name, power, powers[i].power);
    }
  }
}

static void errors_are_of_the_size_of_the_tolerance(void **state) {
  (void)state;
  const struct problem *problems[] = {&spiral, &cubic};
  FOR_ALL(ops) {
    if (!ops->is_adaptive) {
      continue;
    }
    const double p = ops->order;
    for (double tolerance = 1e-4; tolerance > 1e-9; tolerance /= 100) {
      for (size_t i = 0; i < 2; i++) {
        const double error = error_of(ops, problems[i], 2, tolerance, NULL);
        if (!(error <= 10 * pow(tolerance, p / (p + 1)))) {
          fail_msg("%s errs by %.3g at tolerance %g", ops->name, error,
                   tolerance);
        }
      }
    }
  }
}

static void stiff_systems_need_few_right_hand_sides(void **state) {
  (void)state;
  const char *const names[] = {"rkc",    "rk1imp", "rk2imp",
                               "rk4imp", "bsimp",  "msbdf"};
  struct sim_integrator_stats rkf45, stats;
  error_of(sim_integrator_find("rkf45"), &stiff, 20, 1e-3, &rkf45);
  // Its stability interval is 3.3 for 6 right-hand sides.
  CHECK((double)rkf45.n_rhs > 20 * FAST / 3.7 * 6);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const struct sim_integrator_ops *ops = sim_integrator_find(names[i]);
    const double error = error_of(ops, &stiff, 20, 1e-3, &stats);
    if (!(error < 0.02 && stats.n_rhs < rkf45.n_rhs / 20)) {
      fail_msg("%s errs by %g with %zu right-hand sides (rkf45: %zu)", names[i],
               error, stats.n_rhs, rkf45.n_rhs);
    }
  }
}

/* --- statistics --- */

static void right_hand_sides_and_steps_are_counted(void **state) {
  (void)state;
  struct sim_error err = {0};
  FOR_ALL(ops) {
    struct watch watch = all_good();
    const struct sim_system system = system_of(&stiff, &watch);
    struct sim_integrator *integrator = make(ops, 2, 1e-4);
    double y[2];
    stiff_exact(0, y);
    for (size_t i = 0; i < 3; i++) {
      CHECK_OK(sim_integrator_advance(integrator, &system, 0, 0.05, y, &err),
               err);
    }
    assert_int_equal(integrator->stats.n_rhs, watch.n_calls);
    CHECK(integrator->stats.n_steps >= 3);
    sim_integrator_destroy(integrator);
  }
}

/* rkf45 takes one right-hand side to begin and six at every try. */
static void rejected_steps_are_not_counted_as_steps(void **state) {
  (void)state;
  struct sim_integrator_stats stats;
  error_of(sim_integrator_find("rkf45"), &stiff, 2, 1e-4, &stats);
  CHECK(stats.n_rejected > 50);
  assert_int_equal(stats.n_rhs, 1 + 6 * (stats.n_steps + stats.n_rejected));
}

/* --- history --- */

static void a_reset_makes_runs_equal_to_the_last_bit(void **state) {
  (void)state;
  FOR_ALL(ops) {
    struct sim_error err = {0};
    struct watch watch = all_good();
    const struct sim_system system = system_of(&spiral, &watch);
    const struct sim_system other = system_of(&stiff, &watch);
    struct sim_integrator *integrator = make(ops, 2, 1e-5);
    double first[] = {1, 0}, between[] = {3, -2}, second[] = {1, 0};
    CHECK_OK(sim_integrator_advance(integrator, &system, 0, 2, first, &err),
             err);
    const size_t n_rhs = watch.n_calls;
    CHECK_OK(sim_integrator_advance(integrator, &other, 2, 2.1, between, &err),
             err);
    sim_integrator_reset(integrator);
    watch.n_calls = 0;
    CHECK_OK(sim_integrator_advance(integrator, &system, 0, 2, second, &err),
             err);
    if (memcmp(first, second, sizeof first) != 0 || watch.n_calls != n_rhs) {
      fail_msg("%s remembers what was before its reset", ops->name);
    }
    sim_integrator_destroy(integrator);
  }
}

static void it_works_again_after_a_failure_and_a_reset(void **state) {
  (void)state;
  FOR_ALL(ops) {
    struct sim_error err = {0};
    struct watch watch = all_good();
    const struct sim_system system = system_of(&spiral, &watch);
    struct sim_integrator *integrator = make(ops, 2, 1e-5);
    double first[] = {1, 0}, broken[] = {1, 0}, second[] = {1, 0};
    CHECK_OK(sim_integrator_advance(integrator, &system, 0, 2, first, &err),
             err);
    watch.bad_from = 1;
    watch.bad_value = NAN;
    sim_integrator_reset(integrator);
    assert_int_equal(
        sim_integrator_advance(integrator, &system, 0, 2, broken, &err),
        SIM_EFAIL);
    watch.bad_from = INFINITY;
    sim_integrator_reset(integrator);
    CHECK_OK(sim_integrator_advance(integrator, &system, 0, 2, second, &err),
             err);
    assert_memory_equal(first, second, sizeof first);
    sim_integrator_destroy(integrator);
  }
}

/* Only what was learnt of the stiffness is kept, and it saves work. */
static void a_restart_agrees_with_a_reset(void **state) {
  (void)state;
  FOR_ALL(ops) {
    struct sim_error err = {0};
    struct watch watch = all_good();
    const struct sim_system system = system_of(&stiff, &watch);
    struct sim_integrator *integrator = make(ops, 2, 1e-5);
    double start[] = {1, 0}, cold[] = {1, 0}, warm[] = {1, 0};
    CHECK_OK(sim_integrator_advance(integrator, &system, 0, 0.1, start, &err),
             err);
    sim_integrator_reset(integrator);
    watch.n_calls = 0;
    CHECK_OK(sim_integrator_advance(integrator, &system, 0, 0.1, cold, &err),
             err);
    const size_t n_cold = watch.n_calls;
    sim_integrator_restart(integrator);
    watch.n_calls = 0;
    CHECK_OK(sim_integrator_advance(integrator, &system, 0, 0.1, warm, &err),
             err);
    const int is_rkc = strcmp(ops->name, "rkc") == 0;
    if (is_rkc ? watch.n_calls >= n_cold : watch.n_calls != n_cold) {
      fail_msg("%s: %zu right-hand sides after a restart, %zu after a reset",
               ops->name, watch.n_calls, n_cold);
    }
    CHECK_NEAR(warm[0], cold[0], is_rkc ? 1e-4 : 0);
    CHECK_NEAR(warm[1], cold[1], is_rkc ? 1e-4 : 0);
    sim_integrator_destroy(integrator);
  }
}

/* --- failures --- */

/* From time `from` on, number `index` of the right-hand side is `bad`. */
static void check_bad_number(const struct sim_integrator_ops *ops, double from,
                             size_t index, double bad) {
  struct sim_error err = {0};
  struct watch watch = all_good();
  const struct sim_system system = system_of(&spiral, &watch);
  struct sim_integrator *integrator = make(ops, 2, 1e-6);
  const struct sim_fault *fault = &integrator->fault;
  double y[] = {1, 0}, want[2];
  char start[64];
  watch.bad_from = from;
  watch.bad_index = index;
  watch.bad_value = bad;
  assert_int_equal(sim_integrator_advance(integrator, &system, 0, 2, y, &err),
                   SIM_EFAIL);
  assert_int_equal(err.status, SIM_EFAIL);
  snprintf(start, sizeof start, "diverged at time %g: number %zu is ",
           fault->time, index);
  err.message[strlen(start)] = '\0';
  assert_string_equal(err.message, start);
  assert_int_equal(fault->index, index);
  CHECK_NEAR(fault->time, from, 0.002);
  spiral_exact(fault->time, want);
  CHECK_NEAR(y[0], want[0], 0.005);
  CHECK_NEAR(y[1], want[1], 0.005);
  sim_integrator_destroy(integrator);
}

static void bad_numbers_stop_it_at_the_last_good_state(void **state) {
  (void)state;
  const double bad[] = {NAN, INFINITY, -INFINITY};
  FOR_ALL(ops) {
    for (size_t i = 0; i < 3; i++) {
      check_bad_number(ops, 0.5, 0, bad[i]);
      check_bad_number(ops, 0.7, 1, bad[i]);
      check_bad_number(ops, 0, 1, bad[i]);
    }
  }
}

static void a_bad_start_is_left_as_it_is(void **state) {
  (void)state;
  FOR_ALL(ops) {
    struct sim_error err = {0};
    struct watch watch = all_good();
    const struct sim_system system = system_of(&clocks, &watch);
    struct sim_integrator *integrator = make(ops, 3, 1e-6);
    double y[] = {1, 2, -2 * SIM_STATE_BOUND};
    assert_int_equal(sim_integrator_advance(integrator, &system, 0, 1, y, &err),
                     SIM_EFAIL);
    assert_int_equal(integrator->fault.index, 2);
    CHECK(y[0] == 1 && y[1] == 2 && y[2] == -2 * SIM_STATE_BOUND);
    sim_integrator_destroy(integrator);
  }
}

/* Euler lags behind; the others are close to the pole at t = 1. */
static void a_pole_is_found(void **state) {
  (void)state;
  FOR_ALL(ops) {
    struct sim_error err = {0};
    struct watch watch = all_good();
    const struct sim_system system = system_of(&blow_up, &watch);
    struct sim_integrator *integrator = make(ops, 1, 1e-6);
    double y = 1;
    assert_int_equal(
        sim_integrator_advance(integrator, &system, 0, 2, &y, &err), SIM_EFAIL);
    assert_int_equal(integrator->fault.index, 0);
    CHECK_NEAR(integrator->fault.time, 1, ops->is_adaptive ? 2e-3 : 2e-2);
    CHECK(y > 100 && y <= SIM_STATE_BOUND);
    sim_integrator_destroy(integrator);
  }
}

/* The first step of 10 lands where the right-hand side is bad, but there is
 * a solution: shorter steps do not get there. */
static void a_fault_that_shorter_steps_avoid_is_none(void **state) {
  (void)state;
  FOR_ALL(ops) {
    struct sim_error err = {0};
    struct watch watch = all_good();
    const struct sim_system system = system_of(&cubic, &watch);
    const struct sim_integrator_settings settings = {.step = 10,
                                                     .tolerance = 1e-6};
    struct sim_integrator *integrator;
    double y = 30, want = 1 / sqrt(1.0 / 900 + 2 * 10);
    CHECK_OK(sim_integrator_create(&integrator, ops, 1, &settings, &err), err);
    if (ops->is_adaptive) {
      CHECK_OK(sim_integrator_advance(integrator, &system, 0, 10, &y, &err),
               err);
      CHECK_NEAR(y, want, 1e-2);
      assert_int_equal(integrator->fault.index, 1);
    }
    sim_integrator_destroy(integrator);
  }
}

static void implicit_ones_need_a_jacobian(void **state) {
  (void)state;
  FOR_ALL(ops) {
    struct sim_error err = {0};
    struct watch watch = all_good();
    struct sim_system system = system_of(&spiral, &watch);
    struct sim_integrator *integrator = make(ops, 2, 1e-4);
    double y[] = {1, 0};
    char want[64];
    system.jacobian = NULL;
    if (ops->needs_jacobian) {
      snprintf(want, sizeof want, "%s needs a Jacobian", ops->name);
      CHECK_FAILS(sim_integrator_advance(integrator, &system, 0, 1, y, &err),
                  err, SIM_EFAIL, want);
      assert_int_equal(integrator->fault.index, 2);
      assert_int_equal(watch.n_calls, 0);
    } else {
      CHECK_OK(sim_integrator_advance(integrator, &system, 0, 1, y, &err), err);
    }
    sim_integrator_destroy(integrator);
  }
}

static void nan_jacobian(double t, const double *y, double *dfdy,
                         void *context) {
  spiral_jacobian(t, y, dfdy, context);
  dfdy[1] = NAN;
}

static void a_bad_jacobian_does_not_get_into_the_state(void **state) {
  (void)state;
  FOR_ALL(ops) {
    struct sim_error err = {0};
    struct watch watch = all_good();
    struct sim_system system = system_of(&spiral, &watch);
    struct sim_integrator *integrator = make(ops, 2, 1e-4);
    double y[] = {1, 0};
    system.jacobian = nan_jacobian;
    if (ops->needs_jacobian) {
      assert_int_equal(
          sim_integrator_advance(integrator, &system, 0, 1, y, &err),
          SIM_EFAIL);
    }
    CHECK(isfinite(y[0]) && isfinite(y[1]));
    sim_integrator_destroy(integrator);
  }
}

/* --- limits --- */

/* Advance the spiral in two calls, at most `max_steps` in both. */
static enum sim_status advance_twice(const struct sim_integrator_ops *ops,
                                     size_t max_steps, size_t *n_steps,
                                     struct sim_error *err) {
  struct watch watch = all_good();
  const struct sim_system system = system_of(&spiral, &watch);
  struct sim_integrator_settings settings = settings_for(ops, 1e-4);
  struct sim_integrator *integrator;
  settings.max_steps = max_steps;
  CHECK_OK(sim_integrator_create(&integrator, ops, 2, &settings, err), *err);
  enum sim_status status = SIM_OK;
  for (size_t run = 0; run < 2 && status == SIM_OK; run++) {
    double y[] = {1, 0};
    sim_integrator_reset(integrator);  // the limit holds from here
    status = sim_integrator_advance(integrator, &system, 0, 1, y, err);
    if (status == SIM_OK) {
      status = sim_integrator_advance(integrator, &system, 1, 2, y, err);
    }
  }
  *n_steps = integrator->stats.n_steps;
  sim_integrator_destroy(integrator);
  return status;
}

static void steps_are_limited_between_resets(void **state) {
  (void)state;
  FOR_ALL(ops) {
    struct sim_error err = {0};
    size_t n, n_taken;
    CHECK_OK(advance_twice(ops, 0, &n, &err), err);
    assert_int_equal(n % 2, 0);
    CHECK_OK(advance_twice(ops, n / 2, &n_taken, &err), err);
    assert_int_equal(n_taken, n);
    if (ops->is_adaptive) {
      assert_int_equal(advance_twice(ops, n / 2 - 1, &n_taken, &err),
                       SIM_EFAIL);
      assert_int_equal(n_taken, n / 2 - 1);
    }
  }
}

static void the_limit_of_steps_is_explained(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct watch watch = all_good();
  const struct sim_system system = system_of(&clocks, &watch);
  const struct sim_integrator_ops *ops = sim_integrator_find("rk4");
  const struct sim_integrator_settings settings = {
      .step = 0.25, .tolerance = 1e-6, .max_steps = 1};
  struct sim_integrator *integrator;
  double y[] = {0, 0, 0};
  CHECK_OK(sim_integrator_create(&integrator, ops, 3, &settings, &err), err);
  CHECK_FAILS(sim_integrator_advance(integrator, &system, 0, 100, y, &err), err,
              SIM_EFAIL,
              "rk4 came only to time 0.25 in 1 steps; try a larger tolerance "
              "or another integrator");
  CHECK_NEAR(y[0], 0.25, 1e-15);
  assert_int_equal(integrator->fault.index, 3);
  CHECK(integrator->fault.time == 0.25);
  sim_integrator_destroy(integrator);
}

/* Noise from 0.5 on: the numbers stay within bounds, but the shortest step,
 * 1e-16, still errs by 0.1. */
static void noisy_rhs(double t, const double *y, double *dydt, void *context) {
  double *n = context;
  (void)y;
  dydt[0] = t < 0.5 ? 0 : 1e15 * sin(*n * *n);
  ++*n;
}

static void an_unreachable_tolerance_is_reported_without_the_step(
    void **state) {
  (void)state;
  double n = 1;
  const struct sim_system system = {.dim = 1, .rhs = noisy_rhs, .context = &n};
  FOR_ALL(ops) {
    if (ops->needs_jacobian) {
      continue;
    }
    struct sim_error err = {0};
    struct sim_integrator *integrator = make(ops, 1, 1e-6);
    double y = 1;
    assert_int_equal(
        sim_integrator_advance(integrator, &system, 0, 1, &y, &err), SIM_EFAIL);
    CHECK(y == 1);
    if (ops->is_adaptive) {
      char want[80];
      snprintf(want, sizeof want,
               "%s could not step beyond time 0.5 (GSL: failure)", ops->name);
      assert_string_equal(err.message, want);
      CHECK_NEAR(integrator->fault.time, 0.5, 1e-12);
      assert_int_equal(integrator->fault.index, 1);
    }
    sim_integrator_destroy(integrator);
  }
}

/* --- bounds --- */

static void the_first_unbounded_number_is_found(void **state) {
  (void)state;
  double y[40];
  for (size_t n = 0; n < 40; n++) {
    for (size_t i = 0; i < 40; i++) {
      y[i] = i % 2 ? 3 : -3;
    }
    assert_int_equal(sim_first_unbounded(n, y, 3), n);
    const double bad[] = {NAN, INFINITY, -INFINITY, 3.0000001, -3.0000001};
    for (size_t k = 0; n > 0 && k < 5; k++) {
      y[n - 1] = bad[k];
      assert_int_equal(sim_first_unbounded(n, y, 3), n - 1);
      y[n / 2] = NAN;
      assert_int_equal(sim_first_unbounded(n, y, 3), n / 2);
      y[n / 2] = 0;
    }
  }
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_agree_with_the_registry),
      cmocka_unit_test(gsl_names_are_gsl_s),
      cmocka_unit_test(bad_settings_are_refused),
      cmocka_unit_test(lack_of_memory_is_reported),
      cmocka_unit_test(it_stops_at_t1_exactly),
      cmocka_unit_test(euler_cuts_the_interval_into_equal_steps),
      cmocka_unit_test(euler_is_the_power_of_its_amplification),
      cmocka_unit_test(euler_has_order_1),
      cmocka_unit_test(errors_follow_the_tolerance),
      cmocka_unit_test(errors_are_of_the_size_of_the_tolerance),
      cmocka_unit_test(stiff_systems_need_few_right_hand_sides),
      cmocka_unit_test(right_hand_sides_and_steps_are_counted),
      cmocka_unit_test(rejected_steps_are_not_counted_as_steps),
      cmocka_unit_test(a_reset_makes_runs_equal_to_the_last_bit),
      cmocka_unit_test(it_works_again_after_a_failure_and_a_reset),
      cmocka_unit_test(a_restart_agrees_with_a_reset),
      cmocka_unit_test(bad_numbers_stop_it_at_the_last_good_state),
      cmocka_unit_test(a_bad_start_is_left_as_it_is),
      cmocka_unit_test(a_pole_is_found),
      cmocka_unit_test(a_fault_that_shorter_steps_avoid_is_none),
      cmocka_unit_test(implicit_ones_need_a_jacobian),
      cmocka_unit_test(a_bad_jacobian_does_not_get_into_the_state),
      cmocka_unit_test(steps_are_limited_between_resets),
      cmocka_unit_test(the_limit_of_steps_is_explained),
      cmocka_unit_test(an_unreachable_tolerance_is_reported_without_the_step),
      cmocka_unit_test(the_first_unbounded_number_is_found),
  };
  return cmocka_run_group_tests_name("integrator", tests, NULL, NULL);
}
