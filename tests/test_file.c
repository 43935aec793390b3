/* tests/test_file.c -- folders, whole-file writes and the lock of a folder
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <sys/wait.h>

#include "sim/file.h"
#include "tests/check.h"
#include "tests/folder.h"

static char folder[64], path[256];

static int set_up(void **state) {
  (void)state;
  folder_make(folder);
  folder_path(path, folder, "text");
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  folder_remove(folder);
  return 0;
}

/* ---- paths and folders ---- */

static void check_join(const char *a, const char *b, const char *want) {
  struct sim_error err;
  char *joined = sim_path_join(a, b, &err);
  assert_string_equal(joined, want);
  free(joined);
}

static void paths_are_joined_by_one_slash(void **state) {
  (void)state;
  check_join("a", "b", "a/b");
  check_join("a/", "b", "a/b");
  check_join("/", "b", "/b");
  check_join("", "b", "b");
  check_join("a", "/b", "/b");
}

static void the_folder_of_a_path_is_known(void **state) {
  (void)state;
  const char *paths[] = {"a/b", "/a/b/", "b", "/b", "/", "a//b", "", "../b"};
  const char *want[] = {"a", "/a", ".", "/", "/", "a", ".", ".."};
  struct sim_error err;
  for (size_t i = 0; i < 8; i++) {
    char *parent = sim_path_folder(paths[i], &err);
    assert_string_equal(parent, want[i]);
    free(parent);
  }
}

static void folders_are_made_with_those_above(void **state) {
  (void)state;
  struct sim_error err;
  struct stat status;
  char deep[256];
  folder_path(deep, folder, "a/b//c/");
  CHECK_OK(sim_folder_make(deep, &err), err);
  CHECK_OK(sim_folder_make(deep, &err), err);
  CHECK(stat(deep, &status) == 0 && S_ISDIR(status.st_mode));
  CHECK_OK(sim_folder_make("/", &err), err);
  CHECK_OK(sim_folder_make(".", &err), err);
}

static void a_file_in_the_way_is_reported(void **state) {
  (void)state;
  struct sim_error err;
  char deep[256], want[400];
  CHECK_OK(sim_file_write_text(path, "x", &err), err);
  folder_path(deep, folder, "text/a/b");
  snprintf(want, sizeof want, "%s: cannot make the folder: Not a directory",
           deep);
  CHECK_FAILS(sim_folder_make(deep, &err), err, SIM_EIO, want);
  assert_int_equal(sim_folder_make("", &err), SIM_EIO);
}

static void too_little_space_is_reported(void **state) {
  (void)state;
  struct sim_error err;
  uint64_t n_free = 0;
  CHECK_OK(sim_folder_free_space(folder, &n_free, &err), err);
  CHECK(n_free > 0);
  CHECK_OK(sim_folder_check_space(folder, 1, &err), err);
  assert_int_equal(sim_folder_check_space(folder, UINT64_MAX, &err), SIM_EIO);
  assert_non_null(strstr(err.message, "MB are needed on this disk, "));
  assert_int_equal(sim_folder_check_space("/nowhere", 1, &err), SIM_EIO);
}

/* ---- whole files ---- */

static void check_content(const char *want) {
  struct sim_error err;
  char *text;
  size_t n;
  CHECK_OK(sim_file_read(path, 1000, &text, &n, &err), err);
  assert_string_equal(text, want);
  assert_int_equal(n, strlen(want));
  free(text);
}

static void a_text_is_written_and_replaced(void **state) {
  (void)state;
  struct sim_error err;
  CHECK_OK(sim_file_write_text(path, "first, and longer\n", &err), err);
  check_content("first, and longer\n");
  CHECK_OK(sim_file_write_text(path, "second\n", &err), err);
  check_content("second\n");
  char temporary[256];
  folder_path(temporary, folder, "text.tmp");
  assert_int_not_equal(access(temporary, F_OK), 0);
}

static void an_abandoned_draft_leaves_the_old_text(void **state) {
  (void)state;
  struct sim_error err;
  struct sim_draft draft;
  CHECK_OK(sim_file_write_text(path, "old", &err), err);
  CHECK_OK(sim_draft_open(&draft, path, &err), err);
  fputs("new", draft.stream);
  sim_draft_abandon(&draft);
  sim_draft_abandon(&draft);
  check_content("old");
}

static void a_failed_write_leaves_the_old_text(void **state) {
  (void)state;
  struct sim_error err;
  struct sim_draft draft;
  char want[400];
  if (access("/dev/full", W_OK) != 0) {
    skip();
  }
  CHECK_OK(sim_file_write_text(path, "old", &err), err);
  CHECK_OK(sim_draft_open(&draft, path, &err), err);
  draft.stream = freopen("/dev/full", "w", draft.stream);
  assert_non_null(draft.stream);
  fputs("new", draft.stream);
  snprintf(want, sizeof want, "%s: cannot write: No space left on device",
           path);
  CHECK_FAILS(sim_draft_commit(&draft, &err), err, SIM_EIO, want);
  check_content("old");
}

static void reading_obeys_its_limit(void **state) {
  (void)state;
  struct sim_error err;
  char *text, want[400];
  CHECK_OK(sim_file_write_text(path, "12345", &err), err);
  CHECK_OK(sim_file_read(path, 5, &text, NULL, &err), err);
  free(text);
  snprintf(want, sizeof want, "%s: has 5 bytes, at most 4 are read", path);
  CHECK_FAILS(sim_file_read(path, 4, &text, NULL, &err), err, SIM_EIO, want);
  assert_null(text);
  snprintf(want, sizeof want, "%s: is not a regular file", folder);
  CHECK_FAILS(sim_file_read(folder, 4, &text, NULL, &err), err, SIM_EIO, want);
}

/* ---- locks ---- */

/* In another process: does it get the folder? Its message goes to `text`. */
static int another_takes(char text[1024]) {
  int ends[2], status = 0;
  assert_int_equal(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    struct sim_error err = {0};
    struct sim_lock lock;
    const enum sim_status taken = sim_lock_take(&lock, folder, &err);
    const ssize_t n = write(ends[1], err.message, sizeof err.message);
    _exit(n > 0 ? (int)taken : 99);
  }
  assert_int_equal(read(ends[0], text, 1024), 1024);
  waitpid(child, &status, 0);
  close(ends[0]);
  close(ends[1]);
  return WEXITSTATUS(status);
}

static void a_second_process_learns_who_has_the_folder(void **state) {
  (void)state;
  struct sim_error err;
  struct sim_lock lock;
  char text[1024], want[400], host[128] = "";
  CHECK_OK(sim_lock_take(&lock, folder, &err), err);
  assert_int_equal(another_takes(text), SIM_ECONFIG);
  gethostname(host, sizeof host - 1);
  snprintf(want, sizeof want, "%s: is in use by process %ld on %s", folder,
           (long)getpid(), host);
  assert_string_equal(text, want);
  sim_lock_release(&lock);
  sim_lock_release(&lock);
  assert_int_equal(another_takes(text), SIM_OK);
}

static void a_released_lock_leaves_no_file(void **state) {
  (void)state;
  struct sim_error err;
  struct sim_lock lock;
  CHECK_OK(sim_lock_take(&lock, folder, &err), err);
  sim_lock_release(&lock);
  assert_int_equal(rmdir(folder), 0);
}

static void the_lock_of_a_dead_process_is_taken_over(void **state) {
  (void)state;
  struct sim_error err;
  struct sim_lock lock;
  char text[1024];
  // The other one ends without releasing; its file stays.
  assert_int_equal(another_takes(text), SIM_OK);
  CHECK_OK(sim_lock_take(&lock, folder, &err), err);
  sim_lock_release(&lock);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(paths_are_joined_by_one_slash),
      CASE(the_folder_of_a_path_is_known),
      CASE(folders_are_made_with_those_above),
      CASE(a_file_in_the_way_is_reported),
      CASE(too_little_space_is_reported),
      CASE(a_text_is_written_and_replaced),
      CASE(an_abandoned_draft_leaves_the_old_text),
      CASE(a_failed_write_leaves_the_old_text),
      CASE(reading_obeys_its_limit),
      CASE(a_second_process_learns_who_has_the_folder),
      CASE(a_released_lock_leaves_no_file),
      CASE(the_lock_of_a_dead_process_is_taken_over),
  };
  return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
