/* tests/test_progress.c -- the progress line, with a clock of our own
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/progress.h"
#include "tests/check.h"

static double clock_now;  // [s]

static double fake_now(void) {
  return clock_now;
}

static char *text;  // what was written so far
static size_t n_text;
static FILE *stream;

static int set_up(void **state) {
  (void)state;
  clock_now = 1000;
  stream = open_memstream(&text, &n_text);
  return stream ? 0 : -1;
}

static int tear_down(void **state) {
  (void)state;
  fclose(stream);
  free(text);
  return 0;
}

static struct sim_progress make(enum sim_progress_mode mode, int is_terminal) {
  struct sim_progress p;
  sim_progress_init(&p, mode, stream);
  p.now = fake_now;
  p.is_terminal = is_terminal;
  p.width = 60;
  return p;
}

static void times_are_hours_minutes_seconds(void **state) {
  (void)state;
  const double seconds[] = {0, 59.4, 59.6, 3723, 360000, -1, NAN, INFINITY};
  const char *want[] = {"0:00:00",   "0:00:59", "0:01:00", "1:02:03",
                        "100:00:00", "-:--:--", "-:--:--", "-:--:--"};
  for (size_t i = 0; i < 8; i++) {
    char time[32];
    sim_progress_format_time(time, sizeof time, seconds[i]);
    assert_string_equal(time, want[i]);
  }
}

static void modes_are_words(void **state) {
  (void)state;
  enum sim_progress_mode mode;
  assert_int_equal(sim_progress_mode_parse("plain", &mode), 0);
  assert_int_equal(mode, SIM_PROGRESS_PLAIN);
  assert_int_equal(sim_progress_mode_parse("auto", &mode), 0);
  assert_int_equal(mode, SIM_PROGRESS_AUTO);
  assert_int_equal(sim_progress_mode_parse("often", &mode), -1);
}

static void a_terminal_line_is_rewritten(void **state) {
  (void)state;
  struct sim_progress p = make(SIM_PROGRESS_AUTO, 1);
  sim_progress_update(&p, 0, 200, "loss 0.512");
  clock_now += 10;
  sim_progress_update(&p, 50, 200, "loss 0.3");
  sim_progress_finish(&p);
  assert_string_equal(text,
                      "\r0/200  0 %  -:--:-- left  loss 0.512"
                      "\r50/200  25 %  0:00:30 left  loss 0.3"
                      "\n");
}

static void a_shorter_line_covers_a_longer_one(void **state) {
  (void)state;
  struct sim_progress p = make(SIM_PROGRESS_ALWAYS, 0);
  sim_progress_update(&p, 1, 0, "long text");
  clock_now += 1;
  sim_progress_update(&p, 2, 0, "short");
  assert_string_equal(text, "\r1  long text\r2  short    ");
}

static void a_line_is_cut_to_the_width_between_characters(void **state) {
  (void)state;
  struct sim_progress p = make(SIM_PROGRESS_ALWAYS, 1);
  p.width = 8;
  sim_progress_update(&p, 1, 0, "\302\265A\302\265A\302\265A");
  assert_string_equal(text, "\r1  \302\265A\302\265A");
}

static void a_terminal_gets_six_updates_a_second(void **state) {
  (void)state;
  struct sim_progress p = make(SIM_PROGRESS_AUTO, 1);
  for (int i = 0; i < 1000; i++) {
    clock_now = 1000 + i / 1000.0;
    sim_progress_update(&p, (size_t)i, 2000, "");
  }
  int n_updates = 0;
  for (size_t i = 0; i < n_text; i++) {
    n_updates += text[i] == '\r';
  }
  assert_int_equal(n_updates, 6);
}

static void a_log_gets_a_whole_line_every_five_seconds(void **state) {
  (void)state;
  struct sim_progress p = make(SIM_PROGRESS_AUTO, 0);
  for (int i = 0; i <= 11; i++) {
    sim_progress_update(&p, (size_t)i, 11, "x");
    clock_now += 1;
  }
  sim_progress_finish(&p);
  assert_string_equal(text,
                      "0/11  0 %  -:--:-- left  x\n"
                      "5/11  45 %  0:00:06 left  x\n"
                      "10/11  90 %  0:00:01 left  x\n"
                      "11/11  100 %  0:00:00 left  x\n");
}

static void time_left_counts_from_the_first_update(void **state) {
  (void)state;
  struct sim_progress p = make(SIM_PROGRESS_PLAIN, 1);
  sim_progress_update(&p, 100, 200, "");  // a resumed run
  clock_now += 10;
  sim_progress_update(&p, 110, 200, "");
  assert_string_equal(text,
                      "100/200  50 %  -:--:-- left\n"
                      "110/200  55 %  0:01:30 left\n");
}

static void never_means_nothing(void **state) {
  (void)state;
  struct sim_progress p = make(SIM_PROGRESS_NEVER, 1);
  sim_progress_update(&p, 1, 1, "x");
  sim_progress_clear(&p);
  sim_progress_finish(&p);
  fflush(stream);
  assert_int_equal(n_text, 0);
}

static void a_cleared_line_comes_back_at_once(void **state) {
  (void)state;
  struct sim_progress p = make(SIM_PROGRESS_AUTO, 1);
  sim_progress_update(&p, 1, 0, "x");
  sim_progress_clear(&p);
  sim_progress_update(&p, 2, 0, "y");
  sim_progress_finish(&p);
  sim_progress_finish(&p);
  assert_string_equal(text, "\r1  x\r    \r\r2  y\n");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(times_are_hours_minutes_seconds),
      CASE(modes_are_words),
      CASE(a_terminal_line_is_rewritten),
      CASE(a_shorter_line_covers_a_longer_one),
      CASE(a_line_is_cut_to_the_width_between_characters),
      CASE(a_terminal_gets_six_updates_a_second),
      CASE(a_log_gets_a_whole_line_every_five_seconds),
      CASE(time_left_counts_from_the_first_update),
      CASE(never_means_nothing),
      CASE(a_cleared_line_comes_back_at_once),
  };
  return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
