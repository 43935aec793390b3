/* tests/test_trained.c -- gradients of the digits chip, untrained and trained
 *
 * The trained weights are those of tests/data/digits_500. Every gradient is
 * compared with the adjoint gradient of the same chip at its operating points.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_cblas.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort_vector.h>
#include <math.h>
#include <stdlib.h>

#include "models/adjoint.h"
#include "models/equilibrium.h"
#include "models/flow.h"
#include "models/hessian.h"
#include "models/modes.h"
#include "models/small_signal.h"
#include "sim/memory.h"
#include "sim/tiles.h"
#include "tests/check.h"
#include "tests/small_chip.h"
#include "tools/experiment.h"
#include "tools/setup.h"

#define MAX_SETS 12
#define TRAINED "from=tests/data/digits_500"
#define SETTLED                                            \
  "settle.analysis=operating_point", "settle.until=1e-10", \
      "chip.capacitance=matched"
#define PUBLISHED                                                             \
  "settle.integrator=euler", "settle.step=0.1 tau", "settle.duration=30 tau", \
      "settle.until=never", "settle.analysis=transient",                      \
      "chip.capacitance=1 pF"

/* Cosine and ratio of norms of the measured gradient against the adjoint. */
struct agreement {
  double cosine, ratio;
};

struct bench {
  struct tool_experiment experiment;
  struct tool_setup setup;
  struct model_flow *flow;
  struct model_batch batch;
  double *measured, *adjoint;
};

static void open_bench(struct bench *b, const char *const *sets,
                       size_t n_samples) {
  struct sim_error err = {0};
  double cost;
  size_t n = 0;
  while (sets[n]) {
    n++;
  }
  CHECK_OK(tool_experiment_load(&b->experiment, "tests/data/bench.yaml", sets,
                                n, &err),
           err);
  CHECK_OK(tool_setup_init(&b->setup, &b->experiment, &err), err);
  CHECK_OK(
      model_flow_create(&b->flow, &b->experiment.flow, b->setup.data.values,
                        b->setup.data.n, b->setup.data.dim, n_samples, 1, &err),
      err);
  CHECK_OK(model_flow_draw(b->flow, 0, &b->batch, &cost, &err), err);
  b->measured = sim_alloc_doubles(b->setup.net.layout.n_parameters, &err);
  b->adjoint = sim_alloc_doubles(b->setup.net.layout.n_parameters, &err);
}

static void close_bench(struct bench *b) {
  free(b->measured);
  free(b->adjoint);
  model_flow_destroy(b->flow);
  tool_setup_finish(&b->setup);
}

static void measure(struct bench *b) {
  small_measure(&b->setup.net, &b->experiment.learning, &b->setup.settling,
                &b->batch, b->measured);
}

static void solve(struct bench *b) {
  struct sim_error err = {0};
  struct model_adjoint_quality quality;
  struct model_settling settling = b->setup.settling;
  settling.analysis = SIM_OPERATING_POINT;
  settling.until = 1e-10;
  CHECK_OK(
      model_adjoint_gradient(&b->setup.net, &b->experiment.learning, &settling,
                             &b->batch, b->adjoint, &quality, &err),
      err);
  CHECK(quality.n_not_minimum + quality.n_unsolved == 0);
}

static struct agreement agree(const char *const *sets, size_t n_samples) {
  struct bench b;
  open_bench(&b, sets, n_samples);
  measure(&b);
  solve(&b);
  const int n = (int)b.setup.net.layout.n_parameters;
  const double norm = cblas_dnrm2(n, b.measured, 1);
  const double exact = cblas_dnrm2(n, b.adjoint, 1);
  const struct agreement found = {
      cblas_ddot(n, b.measured, 1, b.adjoint, 1) / (norm * exact),
      norm / exact};
  close_bench(&b);
  return found;
}

static double cosine_of(const char *const *sets, size_t n_samples) {
  const double cosine = agree(sets, n_samples).cosine;
  print_message("# %s, %s: cosine %.8f\n", sets[0], sets[1], cosine);
  return cosine;
}

static void the_chip_has_24896_parameters(void **state) {
  (void)state;
  struct bench b;
  open_bench(&b, (const char *const[]){"from=none", NULL}, 1);
  assert_int_equal(b.setup.net.layout.n_parameters, 24896);
  close_bench(&b);
}

static void untrained_and_settled_it_measures_the_adjoint(void **state) {
  (void)state;
  CHECK(cosine_of(
            (const char *const[]){"from=none", "name=settled", SETTLED, NULL},
            256) >= 0.9999);
}

static void trained_and_settled_it_measures_the_adjoint(void **state) {
  (void)state;
  CHECK(cosine_of((const char *const[]){TRAINED, "name=settled", SETTLED, NULL},
                  256) >= 0.999);
}

/* 30 tau do not settle a trained network: what the chip remembers between its
 * phases decides whether it learns. */
static void after_30_tau_only_a_stored_state_measures_it(void **state) {
  (void)state;
  const size_t n = 256;
  const double snapshot =
      cosine_of((const char *const[]){TRAINED, "learning.protocol=snapshot",
                                      PUBLISHED, NULL},
                n);
  const double sequential =
      cosine_of((const char *const[]){TRAINED, "learning.protocol=sequential",
                                      PUBLISHED, NULL},
                n);
  const double reset =
      cosine_of((const char *const[]){TRAINED, "learning.protocol=reset",
                                      PUBLISHED, NULL},
                n);
  const double two = cosine_of(
      (const char *const[]){TRAINED, "learning.phases=2", PUBLISHED, NULL}, n);
  CHECK(snapshot >= 0.9);
  CHECK(sequential <= snapshot - 0.2);
  CHECK(reset <= snapshot - 0.2);
  CHECK(two <= snapshot - 0.2);
}

static void settled_all_protocols_agree(void **state) {
  (void)state;
  static const char *const protocols[] = {
      "learning.protocol=snapshot", "learning.protocol=rerun",
      "learning.protocol=sequential", "learning.protocol=reset"};
  double cosine[4];
  for (size_t i = 0; i < 4; i++) {
    cosine[i] = cosine_of(
        (const char *const[]){TRAINED, protocols[i], SETTLED, NULL}, 256);
    CHECK_NEAR(cosine[i], cosine[0], 1e-6);
  }
}

static void small_signal_is_the_adjoint(void **state) {
  (void)state;
  const struct agreement found = agree(
      (const char *const[]){TRAINED, "learning.nudged_states=small_signal",
                            SETTLED, NULL},
      256);
  CHECK_NEAR(found.cosine, 1.0, 1e-10);
  CHECK_NEAR(found.ratio, 1.0, 1e-6);
}

/* --- work --- */

struct work {
  double n_sweeps, n_products;  // means over samples
};

/* Of a free phase and its small signal as training asks for them, couplings
 * `gain` times those trained. */
static struct work count_work(double gain, size_t n_samples) {
  struct bench b;
  struct sim_error err = {0};
  struct model_phases phases;
  struct model_small_signal signal;
  open_bench(&b,
             (const char *const[]){
                 TRAINED, "learning.nudged_states=small_signal",
                 "settle.analysis=operating_point", "settle.until=1e-5",
                 "chip.capacitance=matched", NULL},
             n_samples);
  const struct model_network *net = &b.setup.net;
  const size_t lanes = model_settling_lanes(&b.setup.settling);
  double *outputs = sim_alloc_doubles(2 * net->layout.n_nodes * lanes, &err);
  cblas_dscal((int)net->layout.bias_at[0], gain, net->theta, 1);
  CHECK_OK(model_phases_init(&phases, &b.experiment.learning, &b.setup.settling,
                             net, lanes, &err),
           err);
  CHECK_OK(model_small_signal_init(&signal, net, lanes, 1e-4, &err), err);
  for (size_t first = 0; first < n_samples; first += lanes) {
    model_phases_load(&phases, &b.batch, first);
    CHECK_OK(model_phases_free(&phases, &err), err);
    model_small_signal_solve(&signal, &phases, outputs,
                             outputs + net->layout.n_nodes * lanes);
  }
  const struct work work = {
      (double)model_descent_sweeps(phases.settler.descent) / (double)n_samples,
      (double)signal.solver.all_rounds / (double)n_samples};
  print_message("# gain %g: %.2f sweeps, %.2f products a sample\n", gain,
                work.n_sweeps, work.n_products);
  model_small_signal_finish(&signal);
  model_phases_finish(&phases);
  free(outputs);
  close_bench(&b);
  return work;
}

/* At the weights of 500 epochs: 16.2 sweeps; 20.0 if only the last change is
 * extrapolated, 35 if none is. 6.6 products of the reduced system; the whole
 * one needs twice as many. */
static void a_sample_takes_few_sweeps_and_few_products(void **state) {
  (void)state;
  const struct work work = count_work(1.0, 960);
  CHECK(work.n_sweeps <= 17.5);
  CHECK(work.n_products <= 8);
}

/* Stronger couplings make slow modes: 31.0 sweeps; 38.2 if no sample coasts. */
static void near_bifurcations_it_coasts(void **state) {
  (void)state;
  CHECK(count_work(1.35, 480).n_sweeps <= 34);
}

/* --- two directions of their own --- */

/* Even around 1, with standard deviation sigma. */
static double draw_factor(gsl_rng *rng, double sigma) {
  return 1 + sigma * sqrt(12) * (gsl_rng_uniform(rng) - 0.5);
}

/* Every coupling of a trained chip off by a relative sigma, in each direction
 * by another draw. */
static void separate(struct model_network *net, double sigma) {
  struct sim_error err = {0};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  CHECK_OK(model_network_separate(net, &err), err);
  for (size_t i = 0; i < net->layout.bias_at[0]; i++) {
    net->theta[i] *= draw_factor(rng, sigma);
    net->theta_back[i] *= draw_factor(rng, sigma);
  }
  gsl_rng_free(rng);
}

/* |measured - adjoint| / |adjoint|, and the cosine, for a vanishing nudge. */
static double mismatch_error(double sigma, double *cosine) {
  struct bench b;
  open_bench(
      &b,
      (const char *const[]){
          TRAINED, "chip.capacitance=matched", "settle.analysis=transient",
          "settle.integrator=rkc", "settle.tolerance=1e-4",
          "settle.duration=3000 tau", "settle.until=1e-5",
          "settle.unsettled=keep", "learning.nudged_states=small_signal", NULL},
      64);
  struct sim_error err = {0};
  struct model_adjoint_quality quality;
  separate(&b.setup.net, sigma);
  measure(&b);
  CHECK_OK(model_adjoint_gradient(&b.setup.net, &b.experiment.learning,
                                  &b.setup.settling, &b.batch, b.adjoint,
                                  &quality, &err),
           err);
  const int n = (int)b.setup.net.layout.n_parameters;
  const double norm = cblas_dnrm2(n, b.measured, 1);
  const double exact = cblas_dnrm2(n, b.adjoint, 1);
  *cosine = cblas_ddot(n, b.measured, 1, b.adjoint, 1) / (norm * exact);
  cblas_daxpy(n, -1.0, b.adjoint, 1, b.measured, 1);
  const double miss = cblas_dnrm2(n, b.measured, 1) / exact;
  print_message("# mismatch %.2f: cosine %.6f, relative error %.4f\n", sigma,
                *cosine, miss);
  close_bench(&b);
  return miss;
}

/* The error is proportional to the mismatch while that is small, and grows to
 * the size of the gradient's own. */
static void the_gradient_fades_as_directions_part(void **state) {
  (void)state;
  static const double sigma[] = {0.01, 0.03, 0.1, 0.3};
  double error[4], cosine[4];
  for (size_t i = 0; i < 4; i++) {
    error[i] = mismatch_error(sigma[i], &cosine[i]);
    CHECK(i == 0 || (error[i] > error[i - 1] && cosine[i] < cosine[i - 1]));
  }
  CHECK_REL(error[1] / error[0], 3.0, 0.2);
  CHECK(cosine[0] > 0.999 && cosine[3] < 0.99);
}

/* --- settling modes --- */

/* All rates of one sample, rising, from C^-1/2 H C^-1/2 element by element. */
static void dense_rates(const struct bench *b, const double *state,
                        double *mu) {
  struct sim_error err = {0};
  const struct model_network *net = &b->setup.net;
  const size_t n = net->layout.n_nodes;
  const struct model_drive drive = {b->experiment.learning.spring, state, NULL,
                                    false, NULL};
  struct model_work work;
  gsl_matrix *a = gsl_matrix_alloc(n, n);
  gsl_vector_view found = gsl_vector_view_array(mu, n);
  gsl_eigen_symm_workspace *solver = gsl_eigen_symm_alloc(n);
  double *scratch = sim_alloc_doubles(2 * n, &err);
  CHECK_OK(model_work_init(&work, &net->layout, 1, &err), err);
  model_hessian_jacobian(net, &drive, state, a->data, &work, scratch);
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < n; j++) {
      a->data[i * n + j] *=
          -sqrt(net->inv_capacitance[j] / net->inv_capacitance[i]);
    }
  }
  gsl_eigen_symm(a, &found.vector, solver);
  gsl_sort_vector(&found.vector);
  model_work_finish(&work);
  free(scratch);
  gsl_eigen_symm_free(solver);
  gsl_matrix_free(a);
}

/* 1e-8 of the largest rate, 17/tau, is what the search asks for; the error of
 * a rate is that, squared, over the gap to the next one. */
static void the_slowest_modes_are_those_of_the_dense_problem(void **state) {
  (void)state;
  enum { SAMPLES = 9, MODES = 3, NODES = 320 };
  struct bench b;
  struct sim_error err = {0};
  struct model_equilibria rest;
  struct model_modes modes;
  open_bench(&b, (const char *const[]){TRAINED, SETTLED, NULL}, SAMPLES);
  CHECK_OK(model_equilibria_find(&rest, &b.setup.net, &b.experiment.learning,
                                 &b.setup.settling, &b.batch, &err),
           err);
  CHECK_OK(model_modes_find(&modes, &b.setup.net, b.experiment.learning.spring,
                            SAMPLES, rest.state, MODES, &err),
           err);
  for (size_t k = 0; k < SAMPLES; k++) {
    double mu[NODES];
    dense_rates(&b, rest.state + k * NODES, mu);
    for (size_t j = 0; j < MODES; j++) {
      CHECK_NEAR(modes.rate[k * MODES + j], mu[j], 1e-10);
    }
  }
  model_modes_finish(&modes);
  model_equilibria_finish(&rest);
  close_bench(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_chip_has_24896_parameters),
      cmocka_unit_test(untrained_and_settled_it_measures_the_adjoint),
      cmocka_unit_test(trained_and_settled_it_measures_the_adjoint),
      cmocka_unit_test(after_30_tau_only_a_stored_state_measures_it),
      cmocka_unit_test(settled_all_protocols_agree),
      cmocka_unit_test(small_signal_is_the_adjoint),
      cmocka_unit_test(a_sample_takes_few_sweeps_and_few_products),
      cmocka_unit_test(near_bifurcations_it_coasts),
      cmocka_unit_test(the_gradient_fades_as_directions_part),
      cmocka_unit_test(the_slowest_modes_are_those_of_the_dense_problem),
  };
  gsl_set_error_handler_off();
  sim_threads_set(0);
  return cmocka_run_group_tests_name("trained", tests, NULL, NULL);
}
