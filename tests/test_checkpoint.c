/* tests/test_checkpoint.c -- a damaged checkpoint is found, the older one used
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <zlib.h>

#include "sim/checkpoint.h"
#include "tests/check.h"
#include "tests/folder.h"

static char folder[64], path[256], previous[256];

static int set_up(void **state) {
  (void)state;
  folder_make(folder);
  folder_path(path, folder, "checkpoint.h5");
  folder_path(previous, folder, "checkpoint.h5.prev");
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  folder_remove(folder);
  return 0;
}

enum { N = 300 };

static enum sim_status save(double value, struct sim_error *err) {
  const struct sim_dataset d = {
      .path = "/state/weight_0", .unit = "1", .rank = 1, .shape = {N}};
  double values[N];
  for (int i = 0; i < N; i++) {
    values[i] = value + i;
  }
  struct sim_checkpoint checkpoint;
  if (sim_checkpoint_begin(&checkpoint, path, err) != SIM_OK) {
    return err->status;
  }
  sim_result_write(checkpoint.file, &d, values, err);
  sim_result_set_uint64(checkpoint.file, "/", "epoch", 12, err);
  return sim_checkpoint_commit(&checkpoint, err);
}

/* The value that was saved; NAN when there is no whole checkpoint. */
static double load(char warning[256], struct sim_error *err) {
  struct sim_result *r;
  const size_t shape[] = {N};
  double values[N];
  if (sim_checkpoint_open(&r, path, warning, 256, err) != SIM_OK) {
    assert_null(r);
    return NAN;
  }
  CHECK_OK(sim_result_read(r, "/state/weight_0", 1, shape, values, err), *err);
  sim_result_destroy(r);
  for (int i = 0; i < N; i++) {
    CHECK_NEAR(values[i], values[0] + i, 0);
  }
  return values[0];
}

static size_t read_bytes(const char *name, unsigned char *bytes, size_t size) {
  FILE *file = fopen(name, "rb");
  assert_non_null(file);
  const size_t n = fread(bytes, 1, size, file);
  fclose(file);
  return n;
}

static void write_bytes(const char *name, const unsigned char *bytes,
                        size_t n) {
  FILE *file = fopen(name, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, n, file), n);
  fclose(file);
}

static void the_newest_checkpoint_is_loaded(void **state) {
  (void)state;
  struct sim_error err;
  char warning[256];
  for (int i = 1; i <= 3; i++) {
    CHECK_OK(save(i, &err), err);
    CHECK_NEAR(load(warning, &err), i, 0);
    assert_string_equal(warning, "");
    assert_int_equal(access(previous, F_OK) == 0, i > 1);
  }
}

static void nothing_but_the_two_files_is_left(void **state) {
  (void)state;
  struct sim_error err;
  char command[400];
  for (int i = 0; i < 3; i++) {
    CHECK_OK(save(i, &err), err);
  }
  snprintf(command, sizeof command, "test $(ls %s | wc -l) -eq 2", folder);
  assert_int_equal(system(command), 0);
}

static void an_abandoned_checkpoint_leaves_the_old_one(void **state) {
  (void)state;
  struct sim_error err;
  struct sim_checkpoint checkpoint;
  char warning[256], temporary[256];
  CHECK_OK(save(5, &err), err);
  CHECK_OK(sim_checkpoint_begin(&checkpoint, path, &err), err);
  sim_checkpoint_abandon(&checkpoint);
  sim_checkpoint_abandon(&checkpoint);
  CHECK_NEAR(load(warning, &err), 5, 0);
  folder_path(temporary, folder, "checkpoint.h5.tmp");
  assert_int_not_equal(access(temporary, F_OK), 0);
}

static void every_flipped_bit_is_found(void **state) {
  (void)state;
  static unsigned char bytes[100000];
  struct sim_error err;
  char warning[256], want[600];
  unsigned seed = 1;
  CHECK_OK(save(1, &err), err);
  CHECK_OK(save(2, &err), err);
  const size_t n = read_bytes(path, bytes, sizeof bytes);
  CHECK(n > 2400 && n < sizeof bytes);
  for (size_t i = 0; i < 600; i++) {
    // Every byte of the user block, then bytes at random.
    const size_t at = i < 512 ? i : (size_t)rand_r(&seed) % n;
    const unsigned char bit = (unsigned char)(1u << (i % 8));
    bytes[at] ^= bit;
    write_bytes(path, bytes, n);
    CHECK_NEAR(load(warning, &err), 1, 0);
    assert_non_null(strstr(warning, "; continuing from "));
    bytes[at] ^= bit;
  }
  bytes[n - 7] ^= 1;
  write_bytes(path, bytes, n);
  load(warning, &err);
  snprintf(want, sizeof want,
           "%s: is damaged: its checksum is wrong; continuing from %s", path,
           previous);
  assert_string_equal(warning, want);
}

static void a_cut_or_missing_file_is_replaced_by_the_older_one(void **state) {
  (void)state;
  struct sim_error err;
  char warning[256], want[400];
  struct stat status;
  CHECK_OK(save(1, &err), err);
  CHECK_OK(save(2, &err), err);
  stat(path, &status);
  assert_int_equal(truncate(path, 6000), 0);
  load(warning, &err);
  snprintf(want, sizeof want, "%s: has 6000 bytes, %lld were written; ", path,
           (long long)status.st_size);
  assert_memory_equal(warning, want, strlen(want));
  const long lengths[] = {5000, 600, 511, 8, 0};
  for (size_t i = 0; i < 5; i++) {
    assert_int_equal(truncate(path, lengths[i]), 0);
    CHECK_NEAR(load(warning, &err), 1, 0);
    CHECK(warning[0]);
  }
  remove(path);
  CHECK_NEAR(load(warning, &err), 1, 0);
  CHECK(warning[0]);
}

static void a_newer_format_is_named(void **state) {
  (void)state;
  static unsigned char bytes[100000];
  struct sim_error err;
  char warning[256], want[400];
  CHECK_OK(save(1, &err), err);
  const size_t n = read_bytes(path, bytes, sizeof bytes);
  bytes[8] = 2;
  memset(bytes + 12, 0, 4);
  const uint32_t crc = (uint32_t)crc32_z(0, bytes, n);
  for (int i = 0; i < 4; i++) {
    bytes[12 + i] = (unsigned char)(crc >> (8 * i));
  }
  write_bytes(path, bytes, n);
  CHECK(isnan(load(warning, &err)));
  snprintf(want, sizeof want, "%s: has format 2, this program reads format 1; ",
           path);
  assert_memory_equal(err.message, want, strlen(want));
}

static void an_error_names_both_when_neither_is_whole(void **state) {
  (void)state;
  struct sim_error err;
  char warning[256], want[700];
  CHECK_OK(save(1, &err), err);
  assert_int_equal(truncate(path, 100), 0);
  CHECK(isnan(load(warning, &err)));
  assert_int_equal(err.status, SIM_EIO);
  snprintf(
      want, sizeof want,
      "%s: is not a checkpoint; %s: cannot read: No such file or directory",
      path, previous);
  assert_string_equal(err.message, want);
  assert_string_equal(warning, "");
}

static void a_plain_reader_opens_it_too(void **state) {
  (void)state;
  struct sim_error err;
  struct sim_result *r;
  uint64_t epoch;
  CHECK_OK(save(1, &err), err);
  CHECK_OK(sim_result_open(&r, path, SIM_RESULT_READ, &err), err);
  CHECK_OK(sim_result_begin(r, &err), err);
  CHECK_OK(sim_result_get_uint64(r, "/", "epoch", &epoch, &err), err);
  assert_int_equal(epoch, 12);
  sim_result_destroy(r);
}

static void a_full_disk_costs_no_checkpoint(void **state) {
  (void)state;
  struct sim_error err;
  char warning[256];
  CHECK_OK(save(1, &err), err);
  CHECK_OK(save(2, &err), err);
  const pid_t child = fork();
  if (child == 0) {
    const struct rlimit limit = {4000, 4000};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    const int is_refused = save(3, &err) == SIM_EIO &&
                           strstr(err.message, ": File too large") != NULL;
    _exit(is_refused ? 0 : 1);
  }
  int status;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  CHECK_NEAR(load(warning, &err), 2, 0);
  assert_string_equal(warning, "");
}

static void save_for_ever(void) {
  struct sim_error err;
  for (double value = 0;; value++) {
    if (save(value, &err) != SIM_OK) {
      _exit(1);
    }
  }
}

static void a_kill_at_any_moment_leaves_a_whole_checkpoint(void **state) {
  (void)state;
  struct sim_error err;
  char warning[256];
  unsigned seed = 42;
  CHECK_OK(save(0, &err), err);
  for (int i = 0; i < 20; i++) {
    const pid_t child = fork();
    if (child == 0) {
      save_for_ever();
    }
    usleep(3000 + (unsigned)rand_r(&seed) % 10000);
    kill(child, SIGKILL);
    int status;
    waitpid(child, &status, 0);
    CHECK(WIFSIGNALED(status));
    CHECK(load(warning, &err) >= 0);
  }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(the_newest_checkpoint_is_loaded),
      CASE(nothing_but_the_two_files_is_left),
      CASE(an_abandoned_checkpoint_leaves_the_old_one),
      CASE(every_flipped_bit_is_found),
      CASE(a_cut_or_missing_file_is_replaced_by_the_older_one),
      CASE(a_newer_format_is_named),
      CASE(an_error_names_both_when_neither_is_whole),
      CASE(a_plain_reader_opens_it_too),
      CASE(a_full_disk_costs_no_checkpoint),
      CASE(a_kill_at_any_moment_leaves_a_whole_checkpoint),
  };
  return cmocka_run_group_tests_name("checkpoint", tests, NULL, NULL);
}
