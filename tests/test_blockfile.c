/* tests/test_blockfile.c -- a commit happens as a whole or not at all
 *
 * The system calls that change a file are replaced here, so that a process can
 * end, or a disk fill up, at each of them in turn.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "sim/blockfile.h"
#include "tests/check.h"
#include "tests/folder.h"

enum { OLD_SIZE = 3 * 4096 + 100, NEW_SIZE = 6 * 4096 + 50, DIED = 9 };

enum fault { NONE, DIE, DIE_HALF_WAY, DISK_FULL };

static enum fault fault;
static int n_calls_before;  // that still pass

static int is_time(void) {
  return fault != NONE && n_calls_before-- <= 0;
}

/* -1 with errno, an end of the process, or 0: go on. */
static int meet_fault(void) {
  if (!is_time()) {
    return 0;
  }
  if (fault != DISK_FULL) {
    _exit(DIED);
  }
  errno = ENOSPC;
  return -1;
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at) {
  const int is_half = fault == DIE_HALF_WAY && n_calls_before <= 0;
  if (is_half) {
    syscall(SYS_pwrite64, fd, bytes, n / 2, at);
  }
  if (meet_fault() != 0) {
    return -1;
  }
  return syscall(SYS_pwrite64, fd, bytes, n, at);
}

int posix_fallocate(int fd, off_t at, off_t n) {
  if (meet_fault() != 0) {
    return errno;
  }
  return (int)syscall(SYS_fallocate, fd, 0, at, n) == 0 ? 0 : EINVAL;
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to,
              unsigned flags) {
  // A full disk can still change names.
  if (fault != DISK_FULL && meet_fault() != 0) {
    return -1;
  }
  return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}

int unlink(const char *path) {
  // A full disk can still forget names.
  if (fault != DISK_FULL && meet_fault() != 0) {
    return -1;
  }
  return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

/* ---- helpers ---- */

static char folder[64], path[256];

static int set_up(void **state) {
  (void)state;
  fault = NONE;
  folder_make(folder);
  folder_path(path, folder, "blocks");
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  fault = NONE;
  folder_remove(folder);
  return 0;
}

static const char *journal_path(void) {
  static char journal[256];
  return folder_path(journal, folder, "blocks.journal");
}

static unsigned char old_byte(size_t i) {
  return (unsigned char)(i * 7 % 251);
}

/* What the change below makes of byte i. */
static unsigned char new_byte(size_t i) {
  const int is_changed =
      (i >= 10 && i < 30) || (i >= 8000 && i < 8400) || i >= OLD_SIZE - 50;
  return is_changed ? (unsigned char)(i * 5 % 241 + 1) : old_byte(i);
}

static void write_range(struct sim_blockfile *file, size_t from, size_t to,
                        unsigned char (*byte)(size_t)) {
  struct sim_error err;
  unsigned char bytes[NEW_SIZE];
  for (size_t i = from; i < to; i++) {
    bytes[i - from] = byte(i);
  }
  CHECK_OK(sim_blockfile_write(file, from, to - from, bytes, &err), err);
}

static enum sim_status create(struct sim_error *err) {
  struct sim_blockfile *file;
  CHECK_OK(sim_blockfile_open(&file, path, SIM_BLOCKFILE_NEW, err), *err);
  write_range(file, 0, OLD_SIZE, old_byte);
  const enum sim_status status = sim_blockfile_commit(file, 0, err);
  sim_blockfile_destroy(file);
  return status;
}

static void make_old(void) {
  struct sim_error err;
  CHECK_OK(create(&err), err);
}

static enum sim_status change(struct sim_error *err) {
  struct sim_blockfile *file;
  if (sim_blockfile_open(&file, path, SIM_BLOCKFILE_CHANGE, err) != SIM_OK) {
    return err->status;
  }
  write_range(file, OLD_SIZE - 50, NEW_SIZE, new_byte);
  write_range(file, 8000, 8400, new_byte);
  write_range(file, 10, 30, new_byte);
  const enum sim_status status = sim_blockfile_commit(file, 1, err);
  sim_blockfile_destroy(file);
  return status;
}

/* 'o' when a reader sees the old content, 'n' for the new, '?' otherwise. A
 * tail that was reserved and never used counts as old. */
static int content(enum sim_blockfile_mode mode) {
  struct sim_error err;
  struct sim_blockfile *file;
  unsigned char bytes[NEW_SIZE];
  CHECK_OK(sim_blockfile_open(&file, path, mode, &err), err);
  const size_t size = (size_t)sim_blockfile_size(file);
  CHECK_OK(sim_blockfile_read(file, 0, sizeof bytes, bytes, &err), err);
  sim_blockfile_destroy(file);
  int is_old = size >= OLD_SIZE, is_new = size == NEW_SIZE;
  for (size_t i = 0; i < NEW_SIZE; i++) {
    is_old = is_old && (i >= OLD_SIZE || bytes[i] == old_byte(i));
    is_new = is_new && bytes[i] == new_byte(i);
  }
  return is_new ? 'n' : is_old ? 'o' : '?';
}

/* ---- cases ---- */

static void what_was_committed_is_read_back(void **state) {
  (void)state;
  struct sim_error err;
  make_old();
  assert_int_equal(content(SIM_BLOCKFILE_READ), 'o');
  CHECK_OK(change(&err), err);
  assert_int_equal(content(SIM_BLOCKFILE_READ), 'n');
}

static void nothing_reaches_the_file_without_a_commit(void **state) {
  (void)state;
  struct sim_error err;
  struct sim_blockfile *file;
  make_old();
  CHECK_OK(sim_blockfile_open(&file, path, SIM_BLOCKFILE_CHANGE, &err), err);
  write_range(file, 0, NEW_SIZE, new_byte);
  sim_blockfile_resize(file, 10);
  assert_int_equal(sim_blockfile_size(file), 10);
  sim_blockfile_destroy(file);
  assert_int_equal(content(SIM_BLOCKFILE_READ), 'o');
}

static void a_file_can_be_cut(void **state) {
  (void)state;
  struct sim_error err;
  struct sim_blockfile *file;
  struct stat status;
  make_old();
  CHECK_OK(sim_blockfile_open(&file, path, SIM_BLOCKFILE_CHANGE, &err), err);
  sim_blockfile_resize(file, 5000);
  CHECK_OK(sim_blockfile_commit(file, 0, &err), err);
  sim_blockfile_destroy(file);
  assert_int_equal(stat(path, &status), 0);
  assert_int_equal(status.st_size, 5000);
}

/* Let a child do it and meet `kind` at its k-th call; return its exit code. */
static int with_fault(enum sim_status (*act)(struct sim_error *err),
                      enum fault kind, int k) {
  const pid_t child = fork();
  if (child == 0) {
    struct sim_error err;
    fault = kind;
    n_calls_before = k;
    _exit(act(&err) == SIM_OK ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static int change_with_fault(enum fault kind, int k) {
  return with_fault(change, kind, k);
}

/* Let the change be cut short at each call in turn, and look with `mode`. */
static void cut_short(enum fault kind, enum sim_blockfile_mode mode) {
  int n_old = 0, n_new = 0, code = DIED;
  for (int k = 0; code == DIED; k++) {
    make_old();
    code = change_with_fault(kind, k);
    const int seen = content(mode);
    CHECK(seen == 'o' || seen == 'n');
    assert_int_equal(content(SIM_BLOCKFILE_READ), seen);
    n_old += seen == 'o';
    n_new += seen == 'n';
    CHECK(code == DIED || seen == 'n');
    remove(path);
  }
  CHECK(code == 0 && n_old >= 3 && n_new >= 3);
}

static void a_death_at_any_call_leaves_old_or_new_to_a_reader(void **state) {
  (void)state;
  cut_short(DIE, SIM_BLOCKFILE_READ);
  cut_short(DIE_HALF_WAY, SIM_BLOCKFILE_READ);
}

static void a_death_at_any_call_is_repaired_by_a_writer(void **state) {
  (void)state;
  cut_short(DIE, SIM_BLOCKFILE_CHANGE);
  cut_short(DIE_HALF_WAY, SIM_BLOCKFILE_CHANGE);
  assert_int_not_equal(access(journal_path(), F_OK), 0);
}

static void a_death_during_the_repair_is_repaired_as_well(void **state) {
  (void)state;
  // Find the call at which a journal stands and the file is damaged.
  for (int k = 0; k < 20; k++) {
    make_old();
    if (change_with_fault(DIE_HALF_WAY, k) == 0) {
      break;
    }
    for (int j = 0; j < 5; j++) {
      change_with_fault(DIE_HALF_WAY, j);  // dies while opening, or later
    }
    const int seen = content(SIM_BLOCKFILE_CHANGE);
    CHECK(seen == 'o' || seen == 'n');
    remove(path);
  }
}

/* A journal of a file that was removed, which must not change the new one. */
static void leave_a_journal(void) {
  make_old();
  assert_int_equal(change_with_fault(DIE, 6), DIED);
  assert_int_equal(access(journal_path(), F_OK), 0);
  remove(path);
}

/* Let a new file be cut short at each call in turn: it is then not there, and
 * can be made, or it is whole. */
static void cut_birth_short(enum fault kind) {
  int n_absent = 0, n_whole = 0, code = DIED;
  for (int k = 0; code == DIED; k++) {
    leave_a_journal();
    code = with_fault(create, kind, k);
    if (access(path, F_OK) != 0) {
      n_absent++;
      make_old();
    } else {
      n_whole++;
    }
    assert_int_equal(content(SIM_BLOCKFILE_READ), 'o');
    assert_int_equal(content(SIM_BLOCKFILE_CHANGE), 'o');
    remove(path);
  }
  // The journal, the room, four pages and the name; then it is there.
  assert_int_equal(code, 0);
  assert_int_equal(n_absent, 7);
  assert_int_equal(n_whole, 1);
}

static void a_death_at_any_call_leaves_no_new_file_or_all_of_it(void **state) {
  (void)state;
  cut_birth_short(DIE);
  cut_birth_short(DIE_HALF_WAY);
}

static void a_full_disk_leaves_no_new_file_and_says_so(void **state) {
  (void)state;
  struct sim_error err;
  char draft[256], want[512];
  snprintf(want, sizeof want, "%s: cannot write: No space left on device",
           path);
  for (int k = 0; k < 5; k++) {
    fault = DISK_FULL;
    n_calls_before = k;
    CHECK_FAILS(create(&err), err, SIM_EIO, want);
    fault = NONE;
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_not_equal(access(folder_path(draft, folder, "blocks.tmp"), F_OK),
                         0);
  }
  make_old();
}

static void a_new_file_takes_no_name_that_was_given_meanwhile(void **state) {
  (void)state;
  struct sim_error err;
  struct sim_blockfile *file;
  char want[512];
  CHECK_OK(sim_blockfile_open(&file, path, SIM_BLOCKFILE_NEW, &err), err);
  make_old();
  write_range(file, 0, OLD_SIZE, new_byte);
  snprintf(want, sizeof want, "%s: cannot write: File exists", path);
  CHECK_FAILS(sim_blockfile_commit(file, 0, &err), err, SIM_EIO, want);
  sim_blockfile_destroy(file);
  assert_int_equal(content(SIM_BLOCKFILE_READ), 'o');
}

static void a_full_disk_leaves_the_old_content_and_says_so(void **state) {
  (void)state;
  struct sim_error err;
  char want[512];
  make_old();
  for (int k = 0; k < 5; k++) {
    fault = DISK_FULL;
    n_calls_before = k;
    if (change(&err) == SIM_OK) {
      fail_msg("call %d was not refused", k);
    }
    fault = NONE;
    assert_int_equal(err.status, SIM_EIO);
    snprintf(want, sizeof want, "%s%s: cannot write: No space left on device",
             path, k == 4 ? ".journal" : "");
    assert_string_equal(err.message, want);
    assert_int_equal(content(SIM_BLOCKFILE_READ), 'o');
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, OLD_SIZE);
    assert_int_not_equal(access(journal_path(), F_OK), 0);
  }
}

static void a_disk_that_fails_late_is_made_good_by_the_journal(void **state) {
  (void)state;
  struct sim_error err;
  make_old();
  fault = DISK_FULL;
  n_calls_before = 5;
  assert_int_equal(change(&err), SIM_EIO);
  fault = NONE;
  assert_int_equal(content(SIM_BLOCKFILE_READ), 'n');
  assert_int_equal(content(SIM_BLOCKFILE_CHANGE), 'n');
}

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A child that reads for 300 ms, and says when it begins. */
static pid_t read_for_a_while(int to_parent) {
  const pid_t child = fork();
  if (child == 0) {
    struct sim_error err;
    struct sim_blockfile *reader;
    CHECK_OK(sim_blockfile_open(&reader, path, SIM_BLOCKFILE_READ, &err), err);
    _exit(write(to_parent, "", 1) == 1 && usleep(300000) == 0 ? 0 : 1);
  }
  return child;
}

static void a_writer_waits_for_a_reader_of_ours(void **state) {
  (void)state;
  struct sim_error err;
  char byte;
  int ends[2];
  make_old();
  assert_int_equal(pipe(ends), 0);
  const pid_t child = read_for_a_while(ends[1]);
  assert_int_equal(read(ends[0], &byte, 1), 1);
  const double start = seconds();
  CHECK_OK(change(&err), err);
  CHECK(seconds() - start >= 0.05);
  waitpid(child, NULL, 0);
  close(ends[0]);
  close(ends[1]);
}

static void a_writer_waits_a_little_for_other_readers(void **state) {
  (void)state;
  struct sim_error err;
  make_old();
  const int fd = open(path, O_RDONLY);
  assert_int_equal(flock(fd, LOCK_SH), 0);
  const double start = seconds();
  CHECK_OK(change(&err), err);
  CHECK(seconds() - start >= 0.02);
  close(fd);
  assert_int_equal(content(SIM_BLOCKFILE_READ), 'n');
}

static void a_reader_waits_for_a_writer(void **state) {
  (void)state;
  make_old();
  const int fd = open(path, O_RDWR);
  struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  assert_int_equal(fcntl(fd, F_OFD_SETLK, &range), 0);
  const pid_t child = fork();
  if (child == 0) {
    close(fd);
    const double start = seconds();
    const int seen = content(SIM_BLOCKFILE_READ);
    _exit(seen == 'o' && seconds() - start >= 0.02 ? 0 : 1);
  }
  usleep(300000);
  close(fd);
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void an_existing_file_is_not_made_anew(void **state) {
  (void)state;
  struct sim_error err;
  struct sim_blockfile *file;
  char want[512];
  make_old();
  snprintf(want, sizeof want, "%s: cannot write: File exists", path);
  CHECK_FAILS(sim_blockfile_open(&file, path, SIM_BLOCKFILE_NEW, &err), err,
              SIM_EIO, want);
  assert_null(file);
}

static void a_symbolic_link_is_not_written_through(void **state) {
  (void)state;
  struct sim_error err;
  struct sim_blockfile *file;
  char link[256];
  make_old();
  folder_path(link, folder, "link");
  assert_int_equal(symlink(path, link), 0);
  assert_int_equal(sim_blockfile_open(&file, link, SIM_BLOCKFILE_CHANGE, &err),
                   SIM_EIO);
  assert_int_equal(sim_blockfile_open(&file, link, SIM_BLOCKFILE_NEW, &err),
                   SIM_EIO);
}

static void a_folder_or_pipe_is_refused_at_once(void **state) {
  (void)state;
  struct sim_error err;
  struct sim_blockfile *file;
  char pipe_path[256], want[512];
  folder_path(pipe_path, folder, "pipe");
  assert_int_equal(mkfifo(pipe_path, 0600), 0);
  snprintf(want, sizeof want, "%s: is not a regular file", pipe_path);
  CHECK_FAILS(sim_blockfile_open(&file, pipe_path, SIM_BLOCKFILE_READ, &err),
              err, SIM_EIO, want);
  assert_int_equal(sim_blockfile_open(&file, folder, SIM_BLOCKFILE_READ, &err),
                   SIM_EIO);
}

static void a_journal_that_is_none_is_removed(void **state) {
  (void)state;
  make_old();
  FILE *journal = fopen(journal_path(), "wb");
  assert_non_null(journal);
  for (int i = 0; i < 5000; i++) {
    fputc("SIMJRNL1"[i % 8], journal);
  }
  fclose(journal);
  assert_int_equal(content(SIM_BLOCKFILE_READ), 'o');
  assert_int_equal(content(SIM_BLOCKFILE_CHANGE), 'o');
  assert_int_not_equal(access(journal_path(), F_OK), 0);
}

static void a_journal_with_a_flipped_bit_is_ignored(void **state) {
  (void)state;
  make_old();
  // Die when the journal stands and no old page was touched.
  assert_int_equal(change_with_fault(DIE, 6), DIED);
  assert_int_equal(content(SIM_BLOCKFILE_READ), 'n');
  FILE *journal = fopen(journal_path(), "r+b");
  assert_non_null(journal);
  fseek(journal, 6000, SEEK_SET);
  const int byte = fgetc(journal);
  fseek(journal, 6000, SEEK_SET);
  fputc(byte ^ 16, journal);
  fclose(journal);
  assert_int_equal(content(SIM_BLOCKFILE_READ), 'o');
}

/* Cut the file to 5000 bytes and change its first page, dying at call k. */
static int cut_with_fault(int k) {
  const pid_t child = fork();
  if (child == 0) {
    struct sim_error err;
    struct sim_blockfile *file;
    sim_blockfile_open(&file, path, SIM_BLOCKFILE_CHANGE, &err);
    write_range(file, 10, 30, new_byte);
    sim_blockfile_resize(file, 5000);
    fault = DIE;
    n_calls_before = k;
    _exit((int)sim_blockfile_commit(file, 1, &err));
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

static void a_death_while_cutting_leaves_old_or_cut(void **state) {
  (void)state;
  struct sim_error err;
  struct sim_blockfile *file;
  int code = DIED, n_cut = 0;
  for (int k = 0; code == DIED; k++) {
    make_old();
    code = cut_with_fault(k);
    CHECK_OK(sim_blockfile_open(&file, path, SIM_BLOCKFILE_READ, &err), err);
    const size_t size = (size_t)sim_blockfile_size(file);
    unsigned char byte;
    CHECK_OK(sim_blockfile_read(file, 15, 1, &byte, &err), err);
    sim_blockfile_destroy(file);
    CHECK((size == 5000 && byte == new_byte(15)) ||
          (size == OLD_SIZE && byte == old_byte(15)));
    n_cut += size == 5000;
    remove(path);
  }
  CHECK(n_cut >= 2);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(what_was_committed_is_read_back),
      CASE(nothing_reaches_the_file_without_a_commit),
      CASE(a_file_can_be_cut),
      CASE(a_death_at_any_call_leaves_old_or_new_to_a_reader),
      CASE(a_death_at_any_call_is_repaired_by_a_writer),
      CASE(a_death_during_the_repair_is_repaired_as_well),
      CASE(a_death_at_any_call_leaves_no_new_file_or_all_of_it),
      CASE(a_full_disk_leaves_no_new_file_and_says_so),
      CASE(a_new_file_takes_no_name_that_was_given_meanwhile),
      CASE(a_full_disk_leaves_the_old_content_and_says_so),
      CASE(a_disk_that_fails_late_is_made_good_by_the_journal),
      CASE(a_writer_waits_for_a_reader_of_ours),
      CASE(a_writer_waits_a_little_for_other_readers),
      CASE(a_reader_waits_for_a_writer),
      CASE(an_existing_file_is_not_made_anew),
      CASE(a_symbolic_link_is_not_written_through),
      CASE(a_folder_or_pipe_is_refused_at_once),
      CASE(a_journal_that_is_none_is_removed),
      CASE(a_journal_with_a_flipped_bit_is_ignored),
      CASE(a_death_while_cutting_leaves_old_or_cut),
  };
  return cmocka_run_group_tests_name("blockfile", tests, NULL, NULL);
}
