/* tests/test_result.c -- what is written to a result file is read back, by us
 * and by plain HDF5
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <hdf5.h>

#include "sim/result.h"
#include "tests/check.h"
#include "tests/folder.h"

static char folder[64], path[256];

static int set_up(void **state) {
  (void)state;
  folder_make(folder);
  folder_path(path, folder, "run.h5");
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  folder_remove(folder);
  return 0;
}

static const struct sim_dataset epoch = {.path = "/train/epoch",
                                         .unit = "1",
                                         .long_name = "epoch",
                                         .rank = 1,
                                         .is_scale = 1};
static const struct sim_dataset loss = {.path = "/train/loss",
                                        .unit = "1",
                                        .long_name = "training loss",
                                        .rank = 1,
                                        .scales = {"/train/epoch"}};
static const struct sim_dataset trace = {.path = "/transients/0/free/voltage_0",
                                         .unit = "V",
                                         .rank = 2,
                                         .shape = {0, 3}};

static struct sim_result *begin_new(void) {
  struct sim_error err;
  struct sim_result *r;
  CHECK_OK(sim_result_create(&r, path, 0, &err), err);
  return r;
}

static struct sim_result *begin_old(enum sim_result_mode mode) {
  struct sim_error err;
  struct sim_result *r;
  CHECK_OK(sim_result_open(&r, path, mode, &err), err);
  CHECK_OK(sim_result_begin(r, &err), err);
  return r;
}

static void end(struct sim_result *r) {
  struct sim_error err;
  CHECK_OK(sim_result_end(r, &err), err);
  sim_result_destroy(r);
}

/* ---- datasets ---- */

static void datasets_of_every_rank_are_read_back(void **state) {
  (void)state;
  struct sim_error err;
  double values[24], back[24] = {0};
  for (int i = 0; i < 24; i++) {
    values[i] = 0.1 * i - 1;
  }
  struct sim_result *r = begin_new();
  for (size_t rank = 0; rank <= 3; rank++) {
    const char *names[] = {"/q/r0", "/q/r1", "/q/r2", "/q/deep/er/r3"};
    const struct sim_dataset d = {
        .path = names[rank], .unit = "S", .rank = rank, .shape = {2, 3, 4}};
    CHECK_OK(sim_result_write(r, &d, values, &err), err);
  }
  end(r);

  r = begin_old(SIM_RESULT_READ);
  const size_t shape[] = {2, 3, 4};
  CHECK_OK(sim_result_read(r, "/q/r0", 0, NULL, back, &err), err);
  CHECK_NEAR(back[0], -1, 0);
  CHECK_OK(sim_result_read(r, "/q/r1", 1, shape, back, &err), err);
  assert_memory_equal(back, values, 2 * sizeof(double));
  CHECK_OK(sim_result_read(r, "/q/r2", 2, shape, back, &err), err);
  assert_memory_equal(back, values, 6 * sizeof(double));
  CHECK_OK(sim_result_read(r, "/q/deep/er/r3", 3, shape, back, &err), err);
  assert_memory_equal(back, values, sizeof values);
  end(r);
}

static void numbers_and_arrays_need_no_description(void **state) {
  (void)state;
  struct sim_error err;
  const double values[] = {1, 2, 3, 4, 5, 6};
  const size_t shape[] = {3, 2};
  double back[6] = {0};
  struct sim_result *r = begin_new();
  CHECK_OK(sim_result_write_number(r, "/a/one", "V", "a voltage", -0.5, &err),
           err);
  CHECK_OK(
      sim_result_write_array(r, "/a/all", "1", NULL, 2, shape, values, &err),
      err);
  end(r);

  r = begin_old(SIM_RESULT_READ);
  char *text;
  CHECK_OK(sim_result_read(r, "/a/one", 0, NULL, back, &err), err);
  CHECK_NEAR(back[0], -0.5, 0);
  CHECK_OK(sim_result_get_text(r, "/a/one", "long_name", &text, &err), err);
  assert_string_equal(text, "a voltage");
  free(text);
  CHECK_OK(sim_result_read(r, "/a/all", 2, shape, back, &err), err);
  assert_memory_equal(back, values, sizeof values);
  end(r);
}

static void bytes_are_read_back_as_bytes_and_as_numbers(void **state) {
  (void)state;
  struct sim_error err;
  const struct sim_dataset d = {
      .path = "/labels", .unit = "1", .rank = 1, .shape = {3}};
  const uint8_t bytes[] = {0, 7, 255};
  uint8_t back[3];
  double numbers[3];
  struct sim_result *r = begin_new();
  CHECK_OK(sim_result_write_bytes(r, &d, bytes, &err), err);
  CHECK_OK(sim_result_read_bytes(r, d.path, 1, d.shape, back, &err), err);
  CHECK_OK(sim_result_read(r, d.path, 1, d.shape, numbers, &err), err);
  end(r);
  assert_memory_equal(back, bytes, 3);
  CHECK_NEAR(numbers[2], 255, 0);
}

static void a_dataset_is_overwritten_in_place(void **state) {
  (void)state;
  struct sim_error err;
  const struct sim_dataset d = {
      .path = "/network/weight_0", .unit = "1", .rank = 2, .shape = {128, 64}};
  static double values[128 * 64];
  struct stat before, after;
  struct sim_result *r = begin_new();
  CHECK_OK(sim_result_write(r, &d, values, &err), err);
  end(r);
  stat(path, &before);
  for (int i = 0; i < 20; i++) {
    r = begin_old(SIM_RESULT_APPEND);
    values[17] = i;
    CHECK_OK(sim_result_write(r, &d, values, &err), err);
    end(r);
  }
  stat(path, &after);
  assert_int_equal(before.st_size, after.st_size);
  r = begin_old(SIM_RESULT_READ);
  CHECK_OK(sim_result_read(r, d.path, 2, d.shape, values, &err), err);
  CHECK_NEAR(values[17], 19, 0);
  end(r);
}

static void another_shape_than_expected_is_named(void **state) {
  (void)state;
  struct sim_error err;
  const struct sim_dataset d = {
      .path = "/w", .unit = "1", .rank = 2, .shape = {2, 3}};
  const struct sim_dataset other = {
      .path = "/w", .unit = "1", .rank = 2, .shape = {2, 2}};
  const double values[6] = {0};
  double back[6];
  char want[512];
  struct sim_result *r = begin_new();
  CHECK_OK(sim_result_write(r, &d, values, &err), err);
  snprintf(want, sizeof want, "%s: /w: has shape (2, 3), want (2, 2)", path);
  CHECK_FAILS(sim_result_read(r, "/w", 2, other.shape, back, &err), err,
              SIM_EIO, want);
  snprintf(want, sizeof want, "%s: /w: has shape (2, 3), want (2)", path);
  CHECK_FAILS(sim_result_read(r, "/w", 1, other.shape, back, &err), err,
              SIM_EIO, want);
  snprintf(want, sizeof want, "%s: /v: does not exist in the file", path);
  CHECK_FAILS(sim_result_read(r, "/v", 1, other.shape, back, &err), err,
              SIM_EIO, want);
  end(r);
  r = begin_old(SIM_RESULT_APPEND);
  snprintf(want, sizeof want, "%s: /w: has shape (2, 3), want (2, 2)", path);
  CHECK_FAILS(sim_result_write(r, &other, values, &err), err, SIM_EIO, want);
  CHECK_FAILS(sim_result_end(r, &err), err, SIM_EIO, want);
  sim_result_destroy(r);
}

static void loading_obeys_its_limit(void **state) {
  (void)state;
  struct sim_error err;
  const struct sim_dataset d = {
      .path = "/x", .unit = "1", .rank = 2, .shape = {2, 3}};
  const double values[6] = {1, 2, 3, 4, 5, 6};
  double *back;
  size_t rank, shape[3];
  char want[512];
  struct sim_result *r = begin_new();
  CHECK_OK(sim_result_write(r, &d, values, &err), err);
  CHECK_OK(sim_result_load(r, "/x", 6, &rank, shape, &back, &err), err);
  assert_int_equal(rank, 2);
  assert_int_equal(shape[0] * 10 + shape[1], 23);
  assert_memory_equal(back, values, sizeof values);
  free(back);
  snprintf(want, sizeof want, "%s: /x: has more than 5 values", path);
  CHECK_FAILS(sim_result_load(r, "/x", 5, &rank, shape, &back, &err), err,
              SIM_EIO, want);
  assert_null(back);
  end(r);
}

static void members_of_a_group_are_listed(void **state) {
  (void)state;
  struct sim_error err;
  const struct sim_dataset b = {.path = "/g/b", .unit = "1"};
  const struct sim_dataset a = {.path = "/g/a", .unit = "1"};
  const double value = 1;
  char name[8];
  struct sim_result *r = begin_new();
  CHECK_OK(sim_result_write(r, &b, &value, &err), err);
  CHECK_OK(sim_result_write(r, &a, &value, &err), err);
  assert_int_equal(sim_result_n_members(r, "/g"), 2);
  assert_int_equal(sim_result_n_members(r, "/none"), 0);
  sim_result_member(r, "/g", 1, name, sizeof name);
  assert_string_equal(name, "b");
  sim_result_member(r, "/g", 2, name, sizeof name);
  assert_string_equal(name, "");
  CHECK(sim_result_has(r, "/g/a") && sim_result_has(r, "/g"));
  CHECK(!sim_result_has(r, "/g/c") && !sim_result_has(r, "/g/a/c"));
  end(r);
}

/* ---- attributes ---- */

static void attributes_are_read_back_and_replaced(void **state) {
  (void)state;
  struct sim_error err;
  char *text;
  double number;
  uint64_t whole;
  struct sim_result *r = begin_new();
  CHECK_OK(sim_result_set_text(r, "/", "status", "running", &err), err);
  CHECK_OK(sim_result_set_text(r, "/", "status", "f\303\274r immer", &err),
           err);
  CHECK_OK(sim_result_set_text(r, "/", "empty", "", &err), err);
  CHECK_OK(sim_result_set_double(r, "/run", "tau", 3, &err), err);
  CHECK_OK(sim_result_set_double(r, "/run", "tau", 1e-7, &err), err);
  CHECK_OK(sim_result_set_uint64(r, "/run", "seed", UINT64_MAX, &err), err);
  end(r);

  r = begin_old(SIM_RESULT_READ);
  CHECK_OK(sim_result_get_text(r, "/", "status", &text, &err), err);
  assert_string_equal(text, "f\303\274r immer");
  free(text);
  CHECK_OK(sim_result_get_text(r, "/", "empty", &text, &err), err);
  assert_string_equal(text, "");
  free(text);
  CHECK_OK(sim_result_get_double(r, "/run", "tau", &number, &err), err);
  CHECK_NEAR(number, 1e-7, 0);
  CHECK_OK(sim_result_get_uint64(r, "/run", "seed", &whole, &err), err);
  CHECK(whole == UINT64_MAX);
  end(r);
}

static void a_missing_or_different_attribute_is_named(void **state) {
  (void)state;
  struct sim_error err;
  char *text, want[512];
  uint64_t whole;
  struct sim_result *r = begin_new();
  CHECK_OK(sim_result_set_double(r, "/", "tau", 1e-7, &err), err);
  snprintf(want, sizeof want, "%s: /: has no attribute seed", path);
  CHECK_FAILS(sim_result_get_uint64(r, "/", "seed", &whole, &err), err, SIM_EIO,
              want);
  snprintf(want, sizeof want, "%s: /: attribute tau is not one whole number",
           path);
  CHECK_FAILS(sim_result_get_uint64(r, "/", "tau", &whole, &err), err, SIM_EIO,
              want);
  snprintf(want, sizeof want, "%s: /: tau is not a text of fixed length", path);
  CHECK_FAILS(sim_result_get_text(r, "/", "tau", &text, &err), err, SIM_EIO,
              want);
  end(r);
}

static void a_text_of_any_length_can_be_stored_and_replaced(void **state) {
  (void)state;
  struct sim_error err;
  const size_t lengths[] = {10, 60 * 1024, 60 * 1024 + 1, 300000, 5};
  struct sim_result *r = begin_new();
  for (size_t i = 0; i < 5; i++) {
    char *back, *text = malloc(lengths[i] + 1);
    memset(text, 'a' + (int)i, lengths[i]);
    text[lengths[i]] = '\0';
    CHECK_OK(sim_result_set_text(r, "/", "experiment", text, &err), err);
    CHECK_OK(sim_result_get_text(r, "/", "experiment", &back, &err), err);
    assert_string_equal(back, text);
    assert_int_equal(sim_result_has(r, "/experiment"), i == 2 || i == 3);
    free(back);
    free(text);
  }
  end(r);
}

static void a_text_named_like_a_group_leaves_the_group(void **state) {
  (void)state;
  struct sim_error err;
  char *text;
  const double value = 3;
  struct sim_result *r = begin_new();
  CHECK_OK(sim_result_append(r, &trace, NULL, 0, &err), err);
  CHECK_OK(sim_result_append(r, &epoch, &value, 1, &err), err);
  CHECK_OK(sim_result_set_text(r, "/", "train", "short", &err), err);
  CHECK_OK(sim_result_get_text(r, "/", "train", &text, &err), err);
  assert_string_equal(text, "short");
  free(text);
  CHECK(sim_result_has(r, "/train/epoch"));
  end(r);
}

/* ---- series ---- */

/* Append rows i = first .. first + n - 1 to epoch, loss and trace. */
static void append_rows(struct sim_result *r, size_t first, size_t n) {
  struct sim_error err;
  for (size_t i = first; i < first + n; i++) {
    const double number = (double)i, half = 0.5 * (double)i;
    const double row[] = {number, number + 0.25, number + 0.5};
    sim_result_append(r, &epoch, &number, 1, &err);
    sim_result_append(r, &loss, &half, 1, &err);
    CHECK_OK(sim_result_append(r, &trace, row, 1, &err), err);
  }
}

/* Are the first n rows of the three series what append_rows wrote? */
static int are_rows_right(struct sim_result *r, size_t n) {
  struct sim_error err;
  int is_right = 1;
  for (size_t i = 0; i < n && is_right; i++) {
    double number = -1, half = -1, row[3] = {-1, -1, -1};
    is_right =
        sim_result_read_rows(r, "/train/epoch", i, 1, 1, &number, &err) == 0 &&
        sim_result_read_rows(r, "/train/loss", i, 1, 1, &half, &err) == 0 &&
        sim_result_read_rows(r, trace.path, i, 1, 3, row, &err) == 0 &&
        number == (double)i && half == 0.5 * (double)i && row[0] == (double)i &&
        row[2] == (double)i + 0.5;
  }
  return is_right;
}

static void a_series_grows_row_by_row(void **state) {
  (void)state;
  struct sim_error err;
  size_t n;
  struct sim_result *r = begin_new();
  CHECK_OK(sim_result_append(r, &epoch, NULL, 0, &err), err);
  CHECK_OK(sim_result_rows(r, epoch.path, &n, &err), err);
  assert_int_equal(n, 0);
  append_rows(r, 0, 10);
  end(r);
  r = begin_old(SIM_RESULT_APPEND);
  append_rows(r, 10, 2000);
  end(r);
  r = begin_old(SIM_RESULT_READ);
  CHECK_OK(sim_result_rows(r, trace.path, &n, &err), err);
  assert_int_equal(n, 2010);
  CHECK(are_rows_right(r, n));
  end(r);
}

static void rows_of_another_width_are_refused(void **state) {
  (void)state;
  struct sim_error err;
  struct sim_dataset wide = trace;
  double row[4] = {0};
  char want[512];
  struct sim_result *r = begin_new();
  append_rows(r, 0, 1);
  snprintf(want, sizeof want, "%s: %s: has rows of 3 values, want 4", path,
           trace.path);
  CHECK_FAILS(sim_result_read_rows(r, trace.path, 0, 1, 4, row, &err), err,
              SIM_EIO, want);
  snprintf(want, sizeof want, "%s: %s: has 1 rows, 2 from row 0 on are needed",
           path, trace.path);
  CHECK_FAILS(sim_result_read_rows(r, trace.path, 0, 2, 3, row, &err), err,
              SIM_EIO, want);
  wide.shape[1] = 4;
  snprintf(want, sizeof want, "%s: %s: has shape (1, 3), want (any, 4)", path,
           trace.path);
  CHECK_FAILS(sim_result_append(r, &wide, row, 1, &err), err, SIM_EIO, want);
  CHECK_FAILS(sim_result_end(r, &err), err, SIM_EIO, want);
  sim_result_destroy(r);
}

static void cut_and_continued_equals_undisturbed(void **state) {
  (void)state;
  struct sim_error err;
  char command[600], other[256];
  struct sim_result *r = begin_new();
  append_rows(r, 0, 3000);
  end(r);
  assert_int_equal(rename(path, folder_path(other, folder, "other.h5")), 0);

  r = begin_new();
  append_rows(r, 0, 2500);
  end(r);
  r = begin_old(SIM_RESULT_APPEND);
  CHECK_OK(sim_result_truncate(r, epoch.path, 1100, &err), err);
  CHECK_OK(sim_result_truncate(r, loss.path, 1100, &err), err);
  CHECK_OK(sim_result_truncate(r, trace.path, 1100, &err), err);
  append_rows(r, 1100, 1900);
  end(r);

  r = begin_old(SIM_RESULT_READ);
  CHECK(are_rows_right(r, 3000));
  end(r);
  snprintf(command, sizeof command,
           "command -v h5diff >/dev/null || exit 0; h5diff %s %s", path, other);
  assert_int_equal(system(command), 0);
}

static void more_rows_than_there_are_cannot_be_kept(void **state) {
  (void)state;
  struct sim_error err;
  char want[512];
  struct sim_result *r = begin_new();
  append_rows(r, 0, 11);
  CHECK_OK(sim_result_truncate(r, loss.path, 11, &err), err);
  snprintf(want, sizeof want, "%s: /train/loss: has 11 rows, 12 are needed",
           path);
  CHECK_FAILS(sim_result_truncate(r, loss.path, 12, &err), err, SIM_EIO, want);
  sim_result_destroy(r);
}

static void the_same_calls_make_the_same_bytes(void **state) {
  (void)state;
  char command[600], other[256];
  end(begin_new());
  struct sim_result *r = begin_old(SIM_RESULT_APPEND);
  append_rows(r, 0, 30);
  end(r);
  assert_int_equal(rename(path, folder_path(other, folder, "other.h5")), 0);
  sleep(2);  // a time stamp of one second would show
  end(begin_new());
  r = begin_old(SIM_RESULT_APPEND);
  append_rows(r, 0, 30);
  end(r);
  snprintf(command, sizeof command, "cmp %s %s", path, other);
  assert_int_equal(system(command), 0);
}

/* ---- blocks ---- */

static void a_block_that_is_not_ended_leaves_no_trace(void **state) {
  (void)state;
  struct sim_result *r = begin_new();
  append_rows(r, 0, 5);
  end(r);
  r = begin_old(SIM_RESULT_APPEND);
  append_rows(r, 5, 5);
  sim_result_destroy(r);
  r = begin_old(SIM_RESULT_READ);
  size_t n;
  struct sim_error err;
  CHECK_OK(sim_result_rows(r, loss.path, &n, &err), err);
  assert_int_equal(n, 5);
  end(r);
}

static void a_tail_left_by_a_killed_run_is_cut_off(void **state) {
  (void)state;
  char command[600], other[256];
  struct sim_result *r = begin_new();
  append_rows(r, 0, 20);
  end(r);
  snprintf(command, sizeof command, "cp %s %s", path,
           folder_path(other, folder, "other.h5"));
  assert_int_equal(system(command), 0);
  FILE *file = fopen(path, "ab");
  for (int i = 0; i < 10000; i++) {
    fputc(i % 256, file);
  }
  fclose(file);
  r = begin_old(SIM_RESULT_APPEND);
  append_rows(r, 20, 20);
  end(r);
  struct stat status;
  stat(path, &status);
  const off_t size = status.st_size;
  assert_int_equal(rename(other, path), 0);
  r = begin_old(SIM_RESULT_APPEND);
  append_rows(r, 20, 20);
  end(r);
  stat(path, &status);
  assert_int_equal(size, status.st_size);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(datasets_of_every_rank_are_read_back),
      CASE(numbers_and_arrays_need_no_description),
      CASE(bytes_are_read_back_as_bytes_and_as_numbers),
      CASE(a_dataset_is_overwritten_in_place),
      CASE(another_shape_than_expected_is_named),
      CASE(loading_obeys_its_limit),
      CASE(members_of_a_group_are_listed),
      CASE(attributes_are_read_back_and_replaced),
      CASE(a_missing_or_different_attribute_is_named),
      CASE(a_text_of_any_length_can_be_stored_and_replaced),
      CASE(a_text_named_like_a_group_leaves_the_group),
      CASE(a_series_grows_row_by_row),
      CASE(rows_of_another_width_are_refused),
      CASE(cut_and_continued_equals_undisturbed),
      CASE(more_rows_than_there_are_cannot_be_kept),
      CASE(the_same_calls_make_the_same_bytes),
      CASE(a_block_that_is_not_ended_leaves_no_trace),
      CASE(a_tail_left_by_a_killed_run_is_cut_off),
  };
  return cmocka_run_group_tests_name("result", tests, NULL, NULL);
}
