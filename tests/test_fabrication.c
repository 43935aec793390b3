/* tests/test_fabrication.c -- spreads of nodes and sources, chip by chip
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/fabrication.h"

#include <string.h>

#include "circuits/node.h"
#include "circuits/source.h"
#include "tests/check.h"

enum { N = 20000 };
enum { SEED = 7, CHIP = 3 };

static const struct circuit_node_params ideal = {.area = 1};

static void nodes_make(struct circuit_nodes *nodes,
                       const struct circuit_node_params *params,
                       double temperature, uint32_t chip) {
  struct sim_error err = {0};
  CHECK_OK(circuit_nodes_init(nodes, N, &err), err);
  for (size_t i = 0; i < N; i++) {
    nodes->capacitance[i] = 2e-12;
    nodes->leak[i] = 3e-6;
  }
  circuit_nodes_fabricate(nodes, params, temperature, SEED, chip);
}

/* xi_i = f(x_i) has mean 0 and variance 1, to five standard errors. */
static void check_normal(const double *xi) {
  double mean = 0, square = 0;
  for (size_t i = 0; i < N; i++) {
    mean += xi[i] / N;
    square += xi[i] * xi[i] / N;
  }
  CHECK_NEAR(mean, 0, 5 / sqrt(N));
  CHECK_NEAR(square, 1, 5 * sqrt(2.0 / N));
}

static void check_factors(const double *x, double nominal, double sigma) {
  static double xi[N];
  for (size_t i = 0; i < N; i++) {
    CHECK(x[i] > 0);
    xi[i] = log(x[i] / nominal) / sigma;
  }
  check_normal(xi);
}

static void spreads_have_the_size_that_is_asked_for(void **state) {
  (void)state;
  static double xi[N];
  struct circuit_nodes nodes;
  const struct circuit_node_params params = {.area = 4,
                                             .capacitance = 0.02,
                                             .leak = 0.1,
                                             .gain = 0.04,
                                             .input_gain = 0.06,
                                             .offset = 10e-3};
  nodes_make(&nodes, &params, 300, CHIP);
  check_factors(nodes.capacitance, 2e-12, 0.01);
  check_factors(nodes.leak, 3e-6, 0.05);
  check_factors(nodes.gain, 1, 0.02);
  check_factors(nodes.input_gain, 1, 0.03);
  for (size_t i = 0; i < N; i++) {
    xi[i] = nodes.offset[i] / 5e-3;
  }
  check_normal(xi);
  circuit_nodes_finish(&nodes);
}

static int same(const double *a, const double *b) {
  return memcmp(a, b, N * sizeof *a) == 0;
}

/* Which of the five quantities of two lots are the same, as bits. */
static unsigned same_quantities(const struct circuit_nodes *a,
                                const struct circuit_nodes *b) {
  return 1u * same(a->capacitance, b->capacitance) +
         2u * same(a->leak, b->leak) + 4u * same(a->gain, b->gain) +
         8u * same(a->input_gain, b->input_gain) +
         16u * same(a->offset, b->offset);
}

static void one_spread_changes_no_draw_of_another(void **state) {
  (void)state;
  const struct circuit_node_params all = {.area = 1,
                                          .capacitance = 0.1,
                                          .leak = 0.1,
                                          .gain = 0.1,
                                          .input_gain = 0.1,
                                          .offset = 0.1};
  const struct circuit_node_params alone[] = {{.area = 1, .capacitance = 0.1},
                                              {.area = 1, .leak = 0.1},
                                              {.area = 1, .gain = 0.1},
                                              {.area = 1, .input_gain = 0.1},
                                              {.area = 1, .offset = 0.1}};
  struct circuit_nodes every, none, other;
  nodes_make(&every, &all, 300, CHIP);
  nodes_make(&none, &ideal, 300, CHIP);
  nodes_make(&other, &all, 300, CHIP + 1);
  assert_int_equal(same_quantities(&every, &none), 0);
  assert_int_equal(same_quantities(&every, &other), 0);
  for (unsigned i = 0; i < 5; i++) {
    struct circuit_nodes one;
    nodes_make(&one, &alone[i], 300, CHIP);
    assert_int_equal(same_quantities(&one, &every), 1u << i);
    assert_int_equal(same_quantities(&one, &none), 31u - (1u << i));
    circuit_nodes_finish(&one);
  }
  circuit_nodes_finish(&every);
  circuit_nodes_finish(&none);
  circuit_nodes_finish(&other);
}

static void ideal_nodes_stay_as_they_are(void **state) {
  (void)state;
  struct circuit_nodes nodes;
  nodes_make(&nodes, &ideal, 400, CHIP);
  for (size_t i = 0; i < N; i++) {
    CHECK(nodes.capacitance[i] == 2e-12 && nodes.leak[i] == 3e-6);
    CHECK(nodes.gain[i] == 1 && nodes.input_gain[i] == 1);
    CHECK(nodes.offset[i] == 0);
  }
  CHECK(!circuit_nodes_spread_amplifiers(&ideal));
  circuit_nodes_finish(&nodes);
}

/* 0.35 eV from 300 K to 330 K: exp(0.35/8.617333e-5 (1/300 - 1/330)) = 3.4239;
 * cooling to 270 K divides by exp(0.35/8.617333e-5 (1/270 - 1/300)). */
static void leaks_follow_arrhenius(void **state) {
  (void)state;
  const struct circuit_node_params params = {.area = 1,
                                             .activation_energy = 0.35};
  const double temperature[] = {300, 330, 270};
  const double want[] = {1, 3.4239, 0.22218};
  for (size_t i = 0; i < 3; i++) {
    struct circuit_nodes nodes;
    nodes_make(&nodes, &params, temperature[i], CHIP);
    CHECK_REL(nodes.leak[N - 1] / 3e-6, want[i], 1e-4);
    circuit_nodes_finish(&nodes);
  }
}

static void sources_spread_and_their_signs_part(void **state) {
  (void)state;
  static double xi[N];
  struct sim_error err = {0};
  struct circuit_sources sources;
  const struct circuit_source_params params = {.spring_spread = 0.01,
                                               .nudge_spread = 0.1,
                                               .nudge_error = -0.2,
                                               .sign_mismatch = 0.05,
                                               .nudge_residual = 1e-3,
                                               .nudge_offset = 2e-3};
  CHECK(!circuit_sources_are_ideal(&params));
  CHECK_OK(circuit_sources_init(&sources, &params, N, SEED, CHIP, &err), err);
  check_factors(sources.spring, 1, 0.01);
  check_factors(sources.nudge, 1, 0.1);
  for (size_t i = 0; i < N; i++) {
    xi[i] = sources.offset[i] / 2e-3;
  }
  check_normal(xi);
  CHECK_REL(sources.plus, 0.8 * 1.025, 1e-15);
  CHECK_REL(sources.minus, 0.8 * 0.975, 1e-15);
  CHECK(sources.residual == 1e-3);
  circuit_sources_finish(&sources);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(spreads_have_the_size_that_is_asked_for),
      cmocka_unit_test(one_spread_changes_no_draw_of_another),
      cmocka_unit_test(ideal_nodes_stay_as_they_are),
      cmocka_unit_test(leaks_follow_arrhenius),
      cmocka_unit_test(sources_spread_and_their_signs_part),
  };
  return cmocka_run_group_tests_name("fabrication", tests, NULL, NULL);
}
