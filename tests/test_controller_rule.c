/* tests/test_controller_rule.c -- gradients of phases, by the rule in plain
 * loops and against the exact ones
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/adjoint.h"
#include "sim/tiles.h"
#include "tests/check.h"
#include "tests/small_batch.h"

/* --- the learning rule once more, in plain loops --- */

/* `n_steps` Euler steps of 0.1 tau. */
static void own_phase(const struct own_drive *drive, size_t n_steps,
                      double *s) {
  double force[NODES];
  for (size_t step = 0; step < n_steps; step++) {
    own_force(&small, drive, s, force);
    for (size_t i = 0; i < NODES; i++) {
      s[i] += 0.1 * force[i] * small.net.inv_capacitance[i];
    }
  }
}

static void own_outputs(const double *s, double *a) {
  for (size_t i = 0; i < NODES; i++) {
    double slope;
    a[i] = s[i];
    if (i >= VISIBLE) {
      own_curve("silu", s[i], &a[i], &slope);
    }
  }
}

/* gradient += factor dE/dtheta at state s. */
static void add_energy_gradient(const double *s, double factor,
                                double *gradient) {
  static const size_t first[] = {0, 3, 7};
  double a[NODES], *g = gradient;
  own_outputs(s, a);
  for (size_t l = 0; l < 2; l++) {
    for (size_t k = 0; k < width[l + 1]; k++) {
      for (size_t j = 0; j < width[l]; j++) {
        *g++ += -factor * a[first[l + 1] + k] * a[first[l] + j];
      }
    }
  }
  for (size_t i = 0; i < NODES; i++) {
    *g++ += -factor * a[i];
  }
}

static void own_rest(const double *x, double *s) {
  memset(s, 0, NODES * sizeof *s);
  memcpy(s, x, VISIBLE * sizeof *s);
}

/* Add the share of one sample to the gradient and to the loss. Its free phase
 * starts with the hidden nodes of s, which is left as the last phase ends. */
static void own_sample(const struct model_learning *rule, size_t n_steps,
                       const double *x, const double *target, double share,
                       double *gradient, double *loss, double *s) {
  const double gain = rule->scale * rule->spring;
  const double beta = rule->nudge;
  struct own_drive spring = {.spring = rule->spring, .x_t = x};
  double free_state[NODES], xhat[VISIBLE], current[VISIBLE];
  memcpy(s, x, VISIBLE * sizeof *s);
  own_phase(&spring, n_steps, s);
  memcpy(free_state, s, sizeof free_state);
  for (size_t i = 0; i < VISIBLE; i++) {
    const double error = gain * (free_state[i] - x[i]) - target[i];
    *loss += share * error * error / VISIBLE;
    xhat[i] = x[i] + target[i] / gain;
    current[i] = error;
  }
  if (rule->phases == 2) {
    add_energy_gradient(free_state, -share / beta, gradient);
  }
  for (double sign = 1; sign > (rule->phases == 3 ? -2 : 0); sign -= 2) {
    struct own_drive nudged = spring;
    double injected[VISIBLE];
    if (rule->nudge_kind == MODEL_QUADRATIC) {
      nudged.nudge = sign * beta * gain * gain;
      nudged.xhat = xhat;
    } else {
      for (size_t i = 0; i < VISIBLE; i++) {
        injected[i] = -sign * beta * gain * current[i];
      }
      nudged.current = injected;
    }
    if (rule->protocol == MODEL_SNAPSHOT) {
      memcpy(s, free_state, sizeof free_state);
    } else if (rule->protocol == MODEL_RESET ||
               (rule->protocol == MODEL_RERUN && sign < 0)) {
      own_rest(x, s);
    }
    if (rule->protocol == MODEL_RERUN && sign < 0) {
      own_phase(&spring, n_steps, s);
    }
    own_phase(&nudged, n_steps, s);
    add_energy_gradient(s, sign * share / (beta * (double)(rule->phases - 1)),
                        gradient);
  }
}

/* Differences of correlations lose digits to 1/beta: 1e-11 relative. */
static void every_protocol_is_what_it_says(void **state) {
  (void)state;
  enum { N = 35, STEPS = 17 };
  const struct model_settling settling = small_settling("euler", 0.1, 1.7, 0);
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  for (size_t i = 0; i < NODES; i++) {
    small.net.leak[i] = gsl_ran_flat(rng, 0.8, 1.2);
    small.net.inv_capacitance[i] = gsl_ran_flat(rng, 0.5, 1.5);
  }
  for (int kind = 0; kind < 2; kind++) {
    for (size_t phases = 2; phases <= 3; phases++) {
      for (int protocol = 0; protocol < 4; protocol++) {
        struct model_learning rule = rule_of(phases, 0.02);
        rule.nudge_kind = kind;
        rule.protocol = protocol;
        double gradient[PARAMETERS], want[PARAMETERS] = {0}, loss = 0;
        for (size_t k = 0; k < N; k++) {
          double s[NODES] = {0};
          own_sample(&rule, STEPS, x_t + k * VISIBLE, u + k * VISIBLE, 1.0 / N,
                     want, &loss, s);
        }
        const struct model_measurement m =
            measure(&rule, &settling, N, gradient);
        CHECK_REL(m.loss, loss, 1e-12);
        CHECK_REL(m.settling_time, 1.7, 1e-14);
        CHECK(distance(gradient, want) < 1e-11 * norm(want));
      }
    }
  }
  gsl_rng_free(rng);
}

/* --- samples that start where the ones before ended --- */

enum { MANY = 17 * 32 + 5, CHIPS = 8 * 32 };  // 18 tiles, 2 or 3 a chain

static void many_make(struct model_batch *batch, double *x, double *target) {
  for (size_t i = 0; i < MANY * VISIBLE; i++) {
    x[i] = x_t[13 * i % (MAX_SAMPLES * VISIBLE)];
    target[i] = u[11 * i % (MAX_SAMPLES * VISIBLE)];
  }
  *batch = (struct model_batch){.n = MANY, .x_t = x, .u = target};
}

/* 256 chips take the samples in turn. */
static void own_chips(const struct model_learning *rule,
                      const struct model_batch *batch, size_t n_steps,
                      double *gradient, double *loss) {
  static double s[CHIPS][NODES];
  memset(s, 0, sizeof s);
  memset(gradient, 0, PARAMETERS * sizeof *gradient);
  *loss = 0;
  for (size_t k = 0; k < MANY; k++) {
    own_sample(rule, n_steps, batch->x_t + k * VISIBLE, batch->u + k * VISIBLE,
               1.0 / MANY, gradient, loss, s[k % CHIPS]);
  }
}

static void a_sample_starts_where_the_one_before_ended(void **state) {
  (void)state;
  const struct model_settling settling = small_settling("euler", 0.1, 1.7, 0);
  double x[MANY * VISIBLE], target[MANY * VISIBLE];
  struct model_batch batch;
  many_make(&batch, x, target);
  for (int protocol = 0; protocol < 4; protocol += 2) {  // snapshot, sequential
    struct model_learning rule = rule_of(3, 0.02);
    double gradient[PARAMETERS], want[PARAMETERS], loss;
    rule.protocol = protocol;
    rule.start = MODEL_FROM_PREVIOUS;
    own_chips(&rule, &batch, 17, want, &loss);
    const struct model_measurement m =
        small_measure(&small.net, &rule, &settling, &batch, gradient);
    CHECK_REL(m.loss, loss, 1e-12);
    CHECK(distance(gradient, want) < 1e-11 * norm(want));

    rule.start = MODEL_FROM_REST;
    CHECK(
        fabs(
            small_measure(&small.net, &rule, &settling, &batch, gradient).loss -
            loss) > 1e-3 * loss);
  }
}

static void a_previous_start_has_the_same_bits_for_any_threads(void **state) {
  (void)state;
  const struct model_settling settling = small_settling("rkf45", 0.1, 1.7, 0);
  double x[MANY * VISIBLE], target[MANY * VISIBLE], gradient[4][PARAMETERS];
  struct model_learning rule = rule_of(3, 0.02);
  struct model_batch batch;
  rule.start = MODEL_FROM_PREVIOUS;
  many_make(&batch, x, target);
  for (size_t k = 0; k < 4; k++) {
    sim_threads_set(k + 1);
    small_measure(&small.net, &rule, &settling, &batch, gradient[k]);
    assert_memory_equal(gradient[k], gradient[0], sizeof gradient[0]);
  }
  sim_threads_set(1);
}

/* Where there is one equilibrium, the start does not matter. */
static void settled_the_start_does_not_matter(void **state) {
  (void)state;
  const struct model_settling settling = {.analysis = SIM_OPERATING_POINT,
                                          .until = 1e-12};
  double x[MANY * VISIBLE], target[MANY * VISIBLE], gradient[2][PARAMETERS];
  struct model_learning rule = rule_of(3, 0.02);
  struct model_batch batch;
  rule.nudged_states = MODEL_SMALL_SIGNAL;
  rule.linear_tolerance = 1e-12;
  many_make(&batch, x, target);
  for (size_t i = 0; i < PARAMETERS; i++) {
    small.net.theta[i] *= 0.3;  // a convex energy
  }
  for (rule.start = 0; rule.start < 2; rule.start++) {
    small_measure(&small.net, &rule, &settling, &batch, gradient[rule.start]);
  }
  CHECK(distance(gradient[0], gradient[1]) < 1e-11 * norm(gradient[0]));
  CHECK(distance(gradient[0], gradient[1]) > 0);
}

/* --- against the exact gradient --- */

static void exact_gradient(double *gradient, size_t n) {
  struct sim_error err = {0};
  struct model_adjoint_quality quality;
  const struct model_batch batch = {.n = n, .x_t = x_t, .u = u};
  const struct model_learning rule = rule_of(3, 1e-3);
  const struct model_settling settling = settle_fully();
  CHECK_OK(model_adjoint_gradient(&small.net, &rule, &settling, &batch,
                                  gradient, &quality, &err),
           err);
}

static double error_at(size_t phases, int kind, double nudge) {
  double gradient[PARAMETERS], exact[PARAMETERS];
  struct model_learning rule = rule_of(phases, nudge);
  const struct model_settling settling = settle_fully();
  rule.nudge_kind = kind;
  exact_gradient(exact, 5);
  measure(&rule, &settling, 5, gradient);
  return distance(gradient, exact) / norm(exact);
}

static void half_the_nudge_quarters_the_three_phase_error(void **state) {
  (void)state;
  for (int kind = 0; kind < 2; kind++) {
    const double coarse = error_at(3, kind, 8e-3);
    const double fine = error_at(3, kind, 4e-3);
    CHECK(coarse < 0.05);
    CHECK_REL(coarse / fine, 4.0, 0.2);
  }
}

static void half_the_nudge_halves_the_two_phase_error(void **state) {
  (void)state;
  for (int kind = 0; kind < 2; kind++) {
    const double coarse = error_at(2, kind, 2e-3);
    const double fine = error_at(2, kind, 1e-3);
    CHECK(coarse < 0.1);
    CHECK_REL(coarse / fine, 2.0, 0.2);
  }
}

/* --- protocols --- */

static void protocol_gradients(const struct model_settling *settling,
                               double (*gradient)[PARAMETERS]) {
  for (int protocol = 0; protocol < 4; protocol++) {
    struct model_learning rule = rule_of(3, 0.01);
    rule.protocol = protocol;
    measure(&rule, settling, 5, gradient[protocol]);
  }
}

static void settled_protocols_agree(void **state) {
  (void)state;
  double gradient[4][PARAMETERS];
  const struct model_settling settling = settle_fully();
  protocol_gradients(&settling, gradient);
  for (int i = 1; i < 4; i++) {
    CHECK(distance(gradient[i], gradient[0]) < 1e-6 * norm(gradient[0]));
  }
}

/* A repeated free phase ends where the stored one did, as long as nothing is
 * noisy. */
static void short_phases_tell_protocols_apart(void **state) {
  (void)state;
  double gradient[4][PARAMETERS];
  const struct model_settling settling = small_settling("euler", 0.1, 2, 0);
  protocol_gradients(&settling, gradient);
  assert_memory_equal(gradient[MODEL_RERUN], gradient[MODEL_SNAPSHOT],
                      sizeof gradient[0]);
  for (int i = MODEL_SEQUENTIAL; i <= MODEL_RESET; i++) {
    for (int k = 0; k < i; k++) {
      CHECK(distance(gradient[i], gradient[k]) > 1e-2 * norm(gradient[0]));
    }
  }
}

int main(void) {
  gsl_set_error_handler_off();
  sim_threads_set(1);
  const struct CMUnitTest tests[] = {
      TEST(every_protocol_is_what_it_says),
      TEST(a_sample_starts_where_the_one_before_ended),
      TEST(a_previous_start_has_the_same_bits_for_any_threads),
      TEST(settled_the_start_does_not_matter),
      TEST(half_the_nudge_quarters_the_three_phase_error),
      TEST(half_the_nudge_halves_the_two_phase_error),
      TEST(settled_protocols_agree),
      TEST(short_phases_tell_protocols_apart),
  };
  return cmocka_run_group_tests_name("controller_rule", tests, NULL, NULL);
}
