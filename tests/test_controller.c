/* tests/test_controller.c -- phases, correlations and the gradient they give
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/controller.h"

#include <stdlib.h>

#include "models/adjoint.h"
#include "models/correlation.h"
#include "sim/memory.h"
#include "sim/tiles.h"
#include "tests/check.h"
#include "tests/config_text.h"
#include "tests/small_chip.h"

enum { VISIBLE = 3, NODES = 10, PARAMETERS = 3 * 4 + 4 * 3 + NODES };
enum { MAX_SAMPLES = 70 };
static const size_t width[] = {VISIBLE, 4, 3};

static double x_t[MAX_SAMPLES * VISIBLE], u[MAX_SAMPLES * VISIBLE];
static struct small small;

static int set_up(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, 6);
  fill_normal(rng, MAX_SAMPLES * VISIBLE, 1.0, x_t);
  fill_normal(rng, MAX_SAMPLES * VISIBLE, 1.0, u);
  small_make(&small, 3, width, "silu", 1.5, 32);
  gsl_rng_free(rng);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  small_finish(&small);
  return 0;
}

/* The minus branch needs nudge < 1/(scale^2 spring) = 0.11. */
static struct model_learning rule_of(size_t phases, double nudge) {
  return (struct model_learning){
      .spring = 4, .scale = 1.5, .nudge = nudge, .phases = phases};
}

static struct model_measurement measure(const struct model_learning *rule,
                                        const struct model_settling *settling,
                                        size_t n, double *gradient) {
  const struct model_batch batch = {.n = n, .x_t = x_t, .u = u};
  return small_measure(&small.net, rule, settling, &batch, gradient);
}

static double norm(const double *x) {
  double sum = 0;
  for (size_t i = 0; i < PARAMETERS; i++) {
    sum += x[i] * x[i];
  }
  return sqrt(sum);
}

static double distance(const double *a, const double *b) {
  double difference[PARAMETERS];
  for (size_t i = 0; i < PARAMETERS; i++) {
    difference[i] = a[i] - b[i];
  }
  return norm(difference);
}

/* --- correlations --- */

static void check_correlation(size_t n_layers, const size_t *widths,
                              size_t n_tiles, size_t n_lanes) {
  struct sim_error err = {0};
  const struct model_layout at = model_layout_make(n_layers, widths);
  const size_t tile = at.n_nodes * n_lanes;
  double *plus = sim_alloc_doubles(n_tiles * tile, &err);
  double *minus = sim_alloc_doubles(n_tiles * tile, &err);
  double *gradient = sim_alloc_doubles(at.n_parameters, &err);
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  CHECK(plus && minus && gradient);
  fill_normal(rng, n_tiles * tile, 1.0, plus);
  fill_normal(rng, n_tiles * tile, 1.0, minus);
  fill_normal(rng, at.n_parameters, 1.0, gradient);  // is overwritten
  model_correlation_gradient(&at, n_tiles, n_lanes, plus, minus, 0.7, gradient);

  size_t parameter = 0;
  for (size_t l = 0; l + 1 < n_layers; l++) {
    for (size_t k = 0; k < widths[l + 1]; k++) {
      for (size_t j = 0; j < widths[l]; j++) {
        double sum = 0;
        for (size_t t = 0; t < n_tiles; t++) {
          for (size_t s = 0; s < n_lanes; s++) {
            const size_t out = t * tile + (at.node_at[l + 1] + k) * n_lanes + s;
            const size_t in = t * tile + (at.node_at[l] + j) * n_lanes + s;
            sum += minus[out] * minus[in] - plus[out] * plus[in];
          }
        }
        CHECK_NEAR(gradient[parameter++], 0.7 * sum, 1e-12);
      }
    }
  }
  for (size_t i = 0; i < at.n_nodes; i++) {
    double sum = 0;
    for (size_t t = 0; t < n_tiles; t++) {
      for (size_t s = 0; s < n_lanes; s++) {
        const size_t at_i = t * tile + i * n_lanes + s;
        sum += minus[at_i] - plus[at_i];
      }
    }
    CHECK_NEAR(gradient[parameter++], 0.7 * sum, 1e-12);
  }
  assert_int_equal(parameter, at.n_parameters);
  free(plus);
  free(minus);
  free(gradient);
  gsl_rng_free(rng);
}

static void correlations_are_the_sums_of_products(void **state) {
  (void)state;
  check_correlation(2, (const size_t[]){1, 1}, 1, 1);
  check_correlation(3, (const size_t[]){5, 32, 33}, 4, 3);
  check_correlation(4, (const size_t[]){40, 7, 65, 2}, 3, 32);
}

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

/* --- batches --- */

static void any_number_of_threads_gives_the_same_bits(void **state) {
  (void)state;
  static const char *const integrators[] = {"euler", "rkf45"};
  for (int i = 0; i < 2; i++) {
    double gradient[3][PARAMETERS];
    struct model_measurement m[3] = {{0}};
    const struct model_settling settling =
        small_settling(integrators[i], 0.05, 5, 0);
    const struct model_learning rule = rule_of(3, 0.01);
    for (size_t n = 1; n <= 3; n++) {
      sim_threads_set(n);
      m[n - 1] = measure(&rule, &settling, MAX_SAMPLES, gradient[n - 1]);
    }
    sim_threads_set(1);
    for (int n = 1; n < 3; n++) {
      assert_memory_equal(gradient[n], gradient[0], sizeof gradient[0]);
      assert_memory_equal(&m[n], &m[0], sizeof m[0]);
    }
  }
}

/* 70 samples are two full tiles and one of six. */
static void the_gradient_of_a_batch_is_the_mean_of_its_samples(void **state) {
  (void)state;
  double all[PARAMETERS], part[PARAMETERS], mean[PARAMETERS] = {0}, loss = 0;
  double first_x[VISIBLE], first_u[VISIBLE];
  const struct model_settling settling = small_settling("euler", 0.05, 5, 0);
  const struct model_learning rule = rule_of(3, 0.01);
  const double batch_loss = measure(&rule, &settling, MAX_SAMPLES, all).loss;
  memcpy(first_x, x_t, sizeof first_x);
  memcpy(first_u, u, sizeof first_u);
  for (size_t k = 0; k < MAX_SAMPLES; k++) {
    memcpy(x_t, k ? x_t + k * VISIBLE : first_x, sizeof first_x);
    memcpy(u, k ? u + k * VISIBLE : first_u, sizeof first_u);
    loss += measure(&rule, &settling, 1, part).loss / MAX_SAMPLES;
    for (size_t i = 0; i < PARAMETERS; i++) {
      mean[i] += part[i] / MAX_SAMPLES;
    }
  }
  CHECK_REL(batch_loss, loss, 1e-12);
  CHECK(distance(all, mean) < 1e-11 * norm(all));
}

/* A tile of one sample settles like a tile full of that sample: in the same
 * time, to the same residual. */
static void lanes_without_a_sample_change_nothing(void **state) {
  (void)state;
  enum { COPIES = 32 };
  const struct model_learning rule = rule_of(3, 0.01);
  const struct model_settling settling =
      small_settling("rkf45", 0.05, 1000, 1e-6);
  for (size_t sample = 1; sample < 20; sample++) {
    double one[PARAMETERS], many[PARAMETERS];
    for (size_t k = 0; k < COPIES; k++) {
      memmove(x_t + k * VISIBLE, x_t + (COPIES + sample) * VISIBLE,
              VISIBLE * sizeof *x_t);
    }
    for (size_t k = 0; k < COPIES; k++) {
      memcpy(u + k * VISIBLE, u + COPIES * VISIBLE, VISIBLE * sizeof *u);
    }
    const struct model_measurement a = measure(&rule, &settling, 1, one);
    const struct model_measurement b = measure(&rule, &settling, COPIES, many);
    CHECK_REL(a.settling_time, b.settling_time, 1e-14);
    CHECK_REL(a.residual, b.residual, 1e-14);
    CHECK_REL(a.loss, b.loss, 1e-14);
    CHECK(distance(one, many) < 1e-12 * norm(one));
  }
}

static void a_failure_names_a_sample_of_the_batch(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct model_controller *controller;
  struct model_measurement measurement;
  double gradient[PARAMETERS];
  const struct model_learning rule = rule_of(3, 0.01);
  const struct model_settling settling =
      small_settling("euler", 0.05, 0.5, 1e-9);
  CHECK_OK(model_controller_create(&controller, &rule, &settling, &small.net, 1,
                                   &err),
           err);
  for (size_t k = 0; k < 20; k++) {
    const struct model_batch batch = {.n = 1, .x_t = x_t + k * VISIBLE, .u = u};
    assert_int_equal(model_controller_measure(controller, &batch, gradient,
                                              &measurement, &err),
                     SIM_EFAIL);
    CHECK(strncmp(err.message, "not settled after 0.5 tau: sample 0,", 36) ==
          0);
  }
  model_controller_destroy(controller);
}

static void the_loss_is_that_of_the_phases_own_states(void **state) {
  (void)state;
  enum { N = 70, TILE = 32 };
  struct sim_error err = {0};
  struct model_phases phases;
  double gradient[PARAMETERS], loss = 0, residual = 0;
  const struct model_learning rule = rule_of(3, 0.01);
  const struct model_settling settling = small_settling("rkf45", 0.05, 5, 0);
  const struct model_batch batch = {.n = N, .x_t = x_t, .u = u};
  const struct model_measurement m = measure(&rule, &settling, N, gradient);
  assert_int_equal(model_settling_lanes(&settling), TILE);
  CHECK_OK(model_phases_init(&phases, &rule, &settling, &small.net, TILE, &err),
           err);
  for (size_t first = 0; first < N; first += TILE) {
    model_phases_load(&phases, &batch, first);
    CHECK_OK(model_phases_free(&phases, &err), err);
    for (size_t k = 0; k < TILE && first + k < N; k++) {
      const double *x = x_t + (first + k) * VISIBLE;
      const double *v_wanted = u + (first + k) * VISIBLE;
      residual += phases.settler.residual[k] / N;
      for (size_t i = 0; i < VISIBLE; i++) {
        const double v = 6 * (lane_of(phases.free_state, TILE, i, k) - x[i]);
        CHECK_NEAR(lane_of(phases.velocity, TILE, i, k), v, 1e-15 * 6);
        loss += (v - v_wanted[i]) * (v - v_wanted[i]) / VISIBLE / N;
      }
    }
  }
  CHECK_REL(m.loss, loss, 1e-13);
  CHECK_REL(m.residual, residual, 1e-13);
  model_phases_finish(&phases);
}

static void a_small_batch_follows_a_large_one(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct model_controller *controller;
  struct model_measurement measurement;
  double fresh[PARAMETERS], after[PARAMETERS];
  const struct model_learning rule = rule_of(3, 0.01);
  const struct model_settling settling = small_settling("rkf45", 0.05, 5, 0);
  const struct model_batch large = {.n = MAX_SAMPLES, .x_t = x_t, .u = u},
                           tiny = {.n = 3, .x_t = x_t, .u = u};
  measure(&rule, &settling, 3, fresh);
  CHECK_OK(model_controller_create(&controller, &rule, &settling, &small.net,
                                   MAX_SAMPLES, &err),
           err);
  CHECK_OK(
      model_controller_measure(controller, &large, after, &measurement, &err),
      err);
  CHECK(model_controller_stats(controller).n_rhs > 0);
  CHECK_OK(
      model_controller_measure(controller, &tiny, after, &measurement, &err),
      err);
  assert_memory_equal(fresh, after, sizeof fresh);
  model_controller_destroy(controller);
}

static void a_controller_without_memory_is_none(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct model_controller *controller = NULL;
  const struct model_learning rule = rule_of(3, 0.01);
  const struct model_settling settling = small_settling("euler", 0.05, 5, 0);
  long n = 0;
  do {
    CHECK(!controller);
    sim_alloc_refuse_after(n++);
  } while (model_controller_create(&controller, &rule, &settling, &small.net, 5,
                                   &err));
  sim_alloc_refuse_after(-1);
  CHECK(n > 20);
  model_controller_destroy(controller);
  model_controller_destroy(NULL);
}

/* The limit is 1/(1.5^2 4) = 0.111. The small-signal response is that of an
 * infinitely small nudge, whatever `nudge` says. */
static void the_limit_on_the_nudge_is_for_measured_phases(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct sim_config *config = parse("learning: {nudge: 0.2}\n");
  struct model_learning rule = rule_of(3, 0.2);
  CHECK_FAILS(model_learning_check(&rule, config, &err), err, SIM_ECONFIG,
              "digits.yaml:1: learning.nudge: must be < 1/(scale^2 spring) = "
              "0.111111, else spring and nudge together are a negative "
              "conductance, got 0.2");
  rule.nudged_states = MODEL_SMALL_SIGNAL;
  CHECK_OK(model_learning_check(&rule, config, &err), err);
  sim_config_destroy(config);
}

static void a_protocol_that_goes_to_rest_starts_there(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct sim_config *config = parse("learning: {start: previous}\n");
  struct model_learning rule = rule_of(3, 0.02);
  rule.start = MODEL_FROM_PREVIOUS;
  CHECK_OK(model_learning_check(&rule, config, &err), err);
  rule.protocol = MODEL_RERUN;
  CHECK_FAILS(model_learning_check(&rule, config, &err), err, SIM_ECONFIG,
              "digits.yaml:1: learning.start: must be rest with protocol "
              "rerun, got previous");
  rule.protocol = MODEL_RESET;
  CHECK(model_learning_check(&rule, config, &err) == SIM_ECONFIG);
  sim_config_destroy(config);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(correlations_are_the_sums_of_products),
      TEST(every_protocol_is_what_it_says),
      TEST(a_sample_starts_where_the_one_before_ended),
      TEST(a_previous_start_has_the_same_bits_for_any_threads),
      TEST(settled_the_start_does_not_matter),
      TEST(half_the_nudge_quarters_the_three_phase_error),
      TEST(half_the_nudge_halves_the_two_phase_error),
      TEST(settled_protocols_agree),
      TEST(short_phases_tell_protocols_apart),
      TEST(any_number_of_threads_gives_the_same_bits),
      TEST(the_gradient_of_a_batch_is_the_mean_of_its_samples),
      TEST(lanes_without_a_sample_change_nothing),
      TEST(a_failure_names_a_sample_of_the_batch),
      TEST(the_loss_is_that_of_the_phases_own_states),
      TEST(a_small_batch_follows_a_large_one),
      TEST(a_controller_without_memory_is_none),
      TEST(the_limit_on_the_nudge_is_for_measured_phases),
      TEST(a_protocol_that_goes_to_rest_starts_there),
  };
  gsl_set_error_handler_off();
  sim_threads_set(1);
  return cmocka_run_group_tests_name("controller", tests, NULL, NULL);
}
