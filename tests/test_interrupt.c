/* tests/test_interrupt.c -- what signals do, each tried in a child
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/interrupt.h"
#include "tests/check.h"

/* Exit code of a child that installs the handlers, raises the signals and
 * then ends with what sim_interrupted() says; 1000 + n if signal n ended it. */
static int outcome(int ignored, int first, int second) {
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGINT, SIG_DFL);  // whatever the shell that runs the tests ignores
    signal(SIGHUP, SIG_DFL);
    if (ignored) {
      signal(ignored, SIG_IGN);
    }
    sim_interrupt_install();
    raise(first);
    if (second) {
      raise(second);
    }
    _exit((int)sim_interrupted());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void the_first_signal_is_noted(void **state) {
  (void)state;
  assert_int_equal(outcome(0, SIGINT, 0), SIM_EINTERRUPT);
  assert_int_equal(outcome(0, SIGTERM, 0), SIM_ETERMINATE);
  assert_int_equal(outcome(0, SIGHUP, 0), SIM_ETERMINATE);
}

/* The code of the second signal shows that it ended the child. */
static void the_second_signal_ends_at_once(void **state) {
  (void)state;
  assert_int_equal(outcome(0, SIGTERM, SIGINT), 130);
  assert_int_equal(outcome(0, SIGINT, SIGTERM), 143);
}

static void a_second_hangup_is_no_second_signal(void **state) {
  (void)state;
  assert_int_equal(outcome(0, SIGINT, SIGHUP), SIM_EINTERRUPT);
}

static void ignored_before_means_ignored_after_but_for_sigterm(void **state) {
  (void)state;
  assert_int_equal(outcome(SIGINT, SIGINT, 0), SIM_OK);
  assert_int_equal(outcome(SIGHUP, SIGHUP, 0), SIM_OK);
  assert_int_equal(outcome(SIGTERM, SIGTERM, 0), SIM_ETERMINATE);
}

static void broken_pipes_and_file_limits_do_not_kill(void **state) {
  (void)state;
  assert_int_equal(outcome(0, SIGPIPE, SIGXFSZ), SIM_OK);
}

static void nothing_happened_is_no_error(void **state) {
  (void)state;
  struct sim_error err;
  assert_int_equal(sim_interrupt_check(&err), SIM_OK);
}

static void the_error_names_the_signal(void **state) {
  (void)state;
  struct sim_error err;
  signal(SIGINT, SIG_DFL);
  sim_interrupt_install();
  raise(SIGINT);
  CHECK_FAILS(sim_interrupt_check(&err), err, SIM_EINTERRUPT,
              "stopped by SIGINT");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_signal_is_noted),
      cmocka_unit_test(the_second_signal_ends_at_once),
      cmocka_unit_test(a_second_hangup_is_no_second_signal),
      cmocka_unit_test(ignored_before_means_ignored_after_but_for_sigterm),
      cmocka_unit_test(broken_pipes_and_file_limits_do_not_kill),
      cmocka_unit_test(nothing_happened_is_no_error),
      cmocka_unit_test(the_error_names_the_signal),
  };
  return cmocka_run_group_tests_name("interrupt", tests, NULL, NULL);
}
