/* tests/test_phases.c -- the drive of a nudged phase, and who sees it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/phases.h"

#include "tests/check.h"
#include "tests/settle_network.h"

/* --- spring and nudge in one branch --- */

static void one_branch_settles_like_spring_and_nudge_apart(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct small small;
  struct model_phases phases;
  const struct model_learning rule = {
      .spring = 4, .scale = 1.5, .nudge = 0.05, .phases = 3};
  const struct model_settling settling = settle_fully();
  double x_t[VISIBLE], u[VISIBLE], xhat[VISIBLE], want[NODES];
  network(&small);
  anchors(1, x_t);
  for (size_t i = 0; i < VISIBLE; i++) {
    u[i] = 1 - 0.5 * (double)i;
    xhat[i] = x_t[i] + u[i] / (1.5 * 4);
  }
  const struct model_batch batch = {.n = 1, .x_t = x_t, .u = u};
  CHECK_OK(model_phases_init(&phases, &rule, &settling, &small.net, 1, &err),
           err);
  model_phases_load(&phases, &batch, 0);
  CHECK_OK(model_phases_free(&phases, &err), err);
  for (double sign = 1; sign > -2; sign -= 2) {
    CHECK_OK(model_phases_nudged(&phases, sign, &err), err);
    const struct own_drive apart = {.spring = 4,
                                    .x_t = x_t,
                                    .nudge = sign * 0.05 * 1.5 * 4 * 1.5 * 4,
                                    .xhat = xhat};
    memcpy(want, phases.free_state, sizeof want);
    own_equilibrium(&small, &apart, want);
    CHECK(fabs(want[0] - phases.free_state[0]) > 1e-3);
    for (size_t i = 0; i < NODES; i++) {
      CHECK_NEAR(phases.state[i], want[i], 1e-12);
    }
  }
  model_phases_finish(&phases);
  small_finish(&small);
}

/* --- what an observer sees of a phase --- */

struct looks {
  size_t n;
  double time;
  double first[NODES], last[NODES];
};

static void note_look(double time, const double *s, void *context) {
  struct looks *looks = context;
  memcpy(looks->n++ == 0 ? looks->first : looks->last, s, sizeof looks->last);
  looks->time = time;
}

/* Phases of 2 tau, looked at every tau: three looks. Under `rerun` minus
 * starts where the repeated free phase ended, not from rest. */
static void an_observer_sees_minus_only(void **state) {
  (void)state;
  static const enum model_protocol protocols[] = {
      MODEL_SNAPSHOT, MODEL_RERUN, MODEL_SEQUENTIAL, MODEL_RESET};
  struct small small;
  double x_t[VISIBLE], u[VISIBLE] = {1, -1, 2}, at_rest[NODES];
  network(&small);
  anchors(1, x_t);
  rest(1, x_t, at_rest);
  const struct model_batch batch = {.n = 1, .x_t = x_t, .u = u};
  const struct model_settling settling = small_settling("euler", 0.05, 2, 0);
  for (size_t p = 0; p < 4; p++) {
    struct sim_error err = {0};
    struct model_phases phases;
    struct looks looks = {0};
    const struct model_learning rule = {.spring = 4,
                                        .scale = 1.5,
                                        .nudge = 0.05,
                                        .phases = 3,
                                        .protocol = (int)protocols[p]};
    CHECK_OK(model_phases_init(&phases, &rule, &settling, &small.net, 1, &err),
             err);
    model_phases_load(&phases, &batch, 0);
    CHECK_OK(model_phases_free(&phases, &err), err);
    CHECK_OK(model_phases_nudged(&phases, +1.0, &err), err);
    phases.settler.observe = note_look;
    phases.settler.observe_context = &looks;
    phases.settler.observe_every = 1;
    CHECK_OK(model_phases_nudged(&phases, -1.0, &err), err);
    assert_int_equal(looks.n, 3);
    CHECK(looks.time == 2 && phases.settler.observe == note_look);
    assert_memory_equal(looks.last, phases.state, sizeof looks.last);
    CHECK(fabs(looks.last[0] - phases.free_state[0]) > 1e-3);
    const int is_from_rest = memcmp(looks.first, at_rest, sizeof at_rest) == 0;
    assert_int_equal(is_from_rest, protocols[p] == MODEL_RESET);
    model_phases_finish(&phases);
  }
  small_finish(&small);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_branch_settles_like_spring_and_nudge_apart),
      cmocka_unit_test(an_observer_sees_minus_only),
  };
  return cmocka_run_group_tests_name("phases", tests, NULL, NULL);
}
