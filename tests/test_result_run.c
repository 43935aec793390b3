/* tests/test_result_run.c -- a result file while the run goes on: killed,
 * out of space, read by others
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <fcntl.h>
#include <hdf5.h>
#include <hdf5_hl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "sim/memory.h"
#include "sim/result.h"
#include "tests/check.h"
#include "tests/folder.h"

enum { ROWS_IN_BLOCK = 7, WIDTH = 20, N_KILLS = 20 };

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
static const struct sim_dataset wide = {.path = "/train/wide",
                                        .unit = "V",
                                        .rank = 2,
                                        .shape = {0, WIDTH},
                                        .scales = {"/train/epoch"}};

static double wanted(size_t row, size_t column) {
  return (double)row + 0.001 * (double)column;
}

/* One block: some rows, an attribute, and from time to time a new dataset. */
static enum sim_status write_block(struct sim_result *r, size_t block,
                                   struct sim_error *err) {
  double epochs[ROWS_IN_BLOCK], rows[ROWS_IN_BLOCK * WIDTH];
  for (size_t i = 0; i < ROWS_IN_BLOCK; i++) {
    epochs[i] = (double)(block * ROWS_IN_BLOCK + i);
    for (size_t j = 0; j < WIDTH; j++) {
      rows[i * WIDTH + j] = wanted(block * ROWS_IN_BLOCK + i, j);
    }
  }
  if (sim_result_begin(r, err) != SIM_OK) {
    return err->status;
  }
  sim_result_append(r, &epoch, epochs, ROWS_IN_BLOCK, err);
  sim_result_append(r, &wide, rows, ROWS_IN_BLOCK, err);
  sim_result_set_uint64(r, "/", "blocks", block + 1, err);
  if (block % 10 == 0) {
    char name[64];
    snprintf(name, sizeof name, "/preview/%zu/x", block);
    const struct sim_dataset d = {
        .path = name, .unit = "1", .rank = 2, .shape = {ROWS_IN_BLOCK, WIDTH}};
    sim_result_write(r, &d, rows, err);
  }
  return sim_result_end(r, err);
}

/* Blocks in the file; -1 unless the file is consistent and every row right. */
static long count_blocks(enum sim_result_mode mode) {
  struct sim_error err;
  struct sim_result *r;
  uint64_t n_blocks = 0;
  size_t rank, shape[3], n_epochs;
  double *values;
  if (sim_result_open(&r, path, mode, &err) != SIM_OK ||
      sim_result_begin(r, &err) != SIM_OK) {
    print_message("%s\n", err.message);
    return -1;
  }
  if (!sim_result_has(r, "/train")) {
    sim_result_destroy(r);
    return 0;
  }
  if (sim_result_get_uint64(r, "/", "blocks", &n_blocks, &err) != SIM_OK ||
      sim_result_rows(r, "/train/epoch", &n_epochs, &err) != SIM_OK ||
      sim_result_load(r, "/train/wide", 1 << 28, &rank, shape, &values, &err) !=
          SIM_OK) {
    print_message("%s\n", err.message);
    sim_result_destroy(r);
    return -1;
  }
  int is_right = shape[0] == n_blocks * ROWS_IN_BLOCK && n_epochs == shape[0];
  for (size_t i = 0; i < shape[0] * WIDTH && is_right; i++) {
    is_right = values[i] == wanted(i / WIDTH, i % WIDTH);
  }
  free(values);
  sim_result_destroy(r);
  return is_right ? (long)n_blocks : -1;
}

/* ---- death ---- */

static void write_for_ever(volatile size_t *n_finished) {
  struct sim_error err;
  struct sim_result *r;
  if (sim_result_open(&r, path, SIM_RESULT_APPEND, &err) != SIM_OK) {
    _exit(1);
  }
  for (size_t block = *n_finished;; block++) {
    if (write_block(r, block, &err) != SIM_OK) {
      _exit(1);
    }
    *n_finished = block + 1;
  }
}

static void a_killed_run_loses_at_most_its_last_block(void **state) {
  (void)state;
  struct sim_error err;
  struct sim_result *r;
  unsigned seed = 20240607;
  volatile size_t *n_finished =
      mmap(NULL, sizeof *n_finished, PROT_READ | PROT_WRITE,
           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK_OK(sim_result_create(&r, path, 0, &err), err);
  CHECK_OK(sim_result_end(r, &err), err);
  sim_result_destroy(r);
  for (int i = 0; i < N_KILLS; i++) {
    const pid_t child = fork();
    if (child == 0) {
      write_for_ever(n_finished);
    }
    const struct timespec pause = {0, 5000000 + rand_r(&seed) % 30000000};
    nanosleep(&pause, NULL);
    kill(child, SIGKILL);
    int status;
    waitpid(child, &status, 0);
    CHECK(WIFSIGNALED(status));
    const long n_read = count_blocks(SIM_RESULT_READ);
    CHECK(n_read == (long)*n_finished || n_read == (long)*n_finished + 1);
    assert_int_equal(count_blocks(SIM_RESULT_APPEND), n_read);
    *n_finished = (size_t)n_read;
  }
  CHECK(*n_finished > N_KILLS);
  // After the repair every HDF5 program reads it.
  const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  CHECK(file >= 0 && H5Fclose(file) >= 0);
  munmap((void *)(uintptr_t)n_finished, sizeof *n_finished);
}

/* ---- a full disk ---- */

static void fill_the_disk(void) {
  struct sim_error err, again;
  struct sim_result *r;
  const struct rlimit limit = {200000, 200000};
  char want[512];
  signal(SIGXFSZ, SIG_IGN);
  CHECK_OK(sim_result_create(&r, path, 0, &err), err);
  CHECK_OK(sim_result_end(r, &err), err);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
  size_t block = 0;
  while (write_block(r, block, &err) == SIM_OK) {
    CHECK(block++ < 1000);
  }
  snprintf(want, sizeof want, "%s: cannot write: File too large", path);
  assert_int_equal(err.status, SIM_EIO);
  assert_string_equal(err.message, want);
  // The failure stays, and costs no block that was there.
  assert_int_equal(sim_result_begin(r, &again), SIM_EIO);
  assert_string_equal(again.message, want);
  sim_result_destroy(r);
  CHECK(block > 20);
  assert_int_equal(count_blocks(SIM_RESULT_READ), block);
}

static void a_full_disk_is_reported_and_costs_one_block(void **state) {
  (void)state;
  const pid_t child = fork();  // the limit cannot be taken back
  if (child == 0) {
    fill_the_disk();
    exit(0);  // with what HDF5 does at exit
  }
  int status;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void a_failed_call_drops_the_whole_block(void **state) {
  (void)state;
  struct sim_error err, first;
  struct sim_result *r;
  CHECK_OK(sim_result_create(&r, path, 0, &err), err);
  CHECK_OK(sim_result_end(r, &err), err);
  CHECK_OK(write_block(r, 0, &err), err);
  CHECK_OK(sim_result_begin(r, &err), err);
  const double value = 1;
  // A dataset cannot lie inside another one.
  const struct sim_dataset bad = {.path = "/train/epoch/x", .unit = "1"};
  assert_int_equal(sim_result_set_uint64(r, "/", "blocks", 99, &err), SIM_OK);
  assert_int_equal(sim_result_write(r, &bad, &value, &first), SIM_EIO);
  assert_int_equal(sim_result_set_uint64(r, "/", "blocks", 98, &err), SIM_EIO);
  assert_string_equal(err.message, first.message);
  assert_int_equal(sim_result_end(r, &err), SIM_EIO);
  assert_string_equal(err.message, first.message);
  sim_result_destroy(r);
  assert_int_equal(count_blocks(SIM_RESULT_READ), 1);
}

/* Open, write one block, close, with the k-th allocation refused. */
static enum sim_status write_with_refusal(long k, size_t block,
                                          struct sim_error *err) {
  struct sim_result *r;
  sim_alloc_refuse_after(k);
  enum sim_status status = sim_result_open(&r, path, SIM_RESULT_APPEND, err);
  if (status == SIM_OK) {
    status = write_block(r, block, err);
  }
  sim_alloc_refuse_after(-1);
  sim_result_destroy(r);
  return status;
}

static void each_refused_allocation_costs_one_block(void **state) {
  (void)state;
  struct sim_error err;
  struct sim_result *r;
  size_t n_blocks = 1, n_refused = 0;
  CHECK_OK(sim_result_create(&r, path, 0, &err), err);
  CHECK_OK(sim_result_end(r, &err), err);
  CHECK_OK(write_block(r, 0, &err), err);
  sim_result_destroy(r);
  for (long k = 0; k < 60; k++) {
    if (write_with_refusal(k, n_blocks, &err) == SIM_OK) {
      n_blocks++;  // that many are not needed, or not for what is kept
    } else {
      assert_int_equal(err.status, SIM_EFAIL);
      n_refused++;
    }
    assert_int_equal(count_blocks(SIM_RESULT_READ), n_blocks);
  }
  CHECK(n_refused > 15 && n_blocks > 20);
}

/* ---- readers ---- */

/* Open as h5ls or h5py would (with a lock), hold for a while, look again. */
static int read_as_others_do(int to_parent, int from_parent) {
  hsize_t n = 0;
  char byte = 0;
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  const int is_open = file >= 0;
  if (write(to_parent, &byte, 1) != 1 || read(from_parent, &byte, 1) != 1) {
    return 1;
  }
  H5Fclose(file);
  file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t dataset = H5Dopen2(file, "/train/epoch", H5P_DEFAULT);
  const hid_t space = H5Dget_space(dataset);
  H5Sget_simple_extent_dims(space, &n, NULL);
  return is_open && n == 51 * ROWS_IN_BLOCK ? 0 : 1;
}

static void a_reader_that_holds_the_file_disturbs_nobody(void **state) {
  (void)state;
  struct sim_error err;
  struct sim_result *r;
  int up[2], down[2], status;
  char byte = 0;
  CHECK_OK(sim_result_create(&r, path, 0, &err), err);
  CHECK_OK(sim_result_end(r, &err), err);
  CHECK_OK(write_block(r, 0, &err), err);
  CHECK(pipe(up) == 0 && pipe(down) == 0);
  const pid_t child = fork();
  if (child == 0) {
    _exit(read_as_others_do(up[1], down[0]));
  }
  assert_int_equal(read(up[0], &byte, 1), 1);
  for (size_t block = 1; block <= 50; block++) {
    CHECK_OK(write_block(r, block, &err), err);
  }
  assert_int_equal(write(down[1], &byte, 1), 1);
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  sim_result_destroy(r);
}

static void the_file_can_be_read_between_two_blocks(void **state) {
  (void)state;
  struct sim_error err;
  struct sim_result *r;
  CHECK_OK(sim_result_create(&r, path, 0, &err), err);
  CHECK_OK(sim_result_end(r, &err), err);
  for (size_t block = 0; block < 200; block++) {
    CHECK_OK(write_block(r, block, &err), err);
    assert_int_equal(count_blocks(SIM_RESULT_READ), block + 1);
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    CHECK(file >= 0 && H5Fclose(file) >= 0);
  }
  sim_result_destroy(r);
}

static void our_reader_sees_whole_blocks_while_another_writes(void **state) {
  (void)state;
  struct sim_error err;
  struct sim_result *r;
  size_t n_finished = 0;
  int n_broken = 0;
  CHECK_OK(sim_result_create(&r, path, 0, &err), err);
  CHECK_OK(sim_result_end(r, &err), err);
  sim_result_destroy(r);
  const pid_t child = fork();
  if (child == 0) {
    write_for_ever(&n_finished);
  }
  for (int i = 0; i < 100; i++) {
    n_broken += count_blocks(SIM_RESULT_READ) < 0;
    usleep(3000);
  }
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  assert_int_equal(n_broken, 0);
}

/* ---- scales, as other programs see them ---- */

static void check_text(hid_t object, const char *name, const char *want) {
  char text[64] = "";
  CHECK(H5LTget_attribute_string(object, ".", name, text) >= 0);
  assert_string_equal(text, want);
}

static void a_scale_is_found_by_the_dimension_scale_calls(void **state) {
  (void)state;
  struct sim_error err;
  struct sim_result *r;
  const struct sim_dataset node = {
      .path = "/node", .unit = "1", .rank = 1, .shape = {WIDTH}, .is_scale = 1};
  const double nodes[WIDTH] = {0};
  CHECK_OK(sim_result_create(&r, path, 0, &err), err);
  CHECK_OK(sim_result_end(r, &err), err);
  CHECK_OK(write_block(r, 0, &err), err);
  CHECK_OK(sim_result_begin(r, &err), err);
  CHECK_OK(sim_result_write(r, &node, nodes, &err), err);
  CHECK_OK(sim_result_attach(r, wide.path, 1, node.path, &err), err);
  CHECK_OK(sim_result_attach(r, wide.path, 1, node.path, &err), err);
  CHECK_OK(sim_result_end(r, &err), err);
  sim_result_destroy(r);

  const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t values = H5Dopen2(file, "/train/wide", H5P_DEFAULT);
  const hid_t rows = H5Dopen2(file, "/train/epoch", H5P_DEFAULT);
  const hid_t columns = H5Dopen2(file, "/node", H5P_DEFAULT);
  char name[32] = "";
  assert_int_equal(H5DSis_scale(rows), 1);
  assert_int_equal(H5DSis_scale(values), 0);
  assert_int_equal(H5DSget_num_scales(values, 0), 1);
  assert_int_equal(H5DSget_num_scales(values, 1), 1);
  assert_int_equal(H5DSis_attached(values, rows, 0), 1);
  assert_int_equal(H5DSis_attached(values, columns, 1), 1);
  assert_int_equal(H5DSis_attached(values, columns, 0), 0);
  CHECK(H5DSget_scale_name(rows, name, sizeof name) >= 0);
  assert_string_equal(name, "epoch");
  check_text(values, "units", "V");
  check_text(rows, "long_name", "epoch");
  H5Dclose(columns);
  H5Dclose(rows);
  H5Dclose(values);
  H5Fclose(file);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(a_killed_run_loses_at_most_its_last_block),
      CASE(a_full_disk_is_reported_and_costs_one_block),
      CASE(a_failed_call_drops_the_whole_block),
      CASE(each_refused_allocation_costs_one_block),
      CASE(a_reader_that_holds_the_file_disturbs_nobody),
      CASE(the_file_can_be_read_between_two_blocks),
      CASE(our_reader_sees_whole_blocks_while_another_writes),
      CASE(a_scale_is_found_by_the_dimension_scale_calls),
  };
  return cmocka_run_group_tests_name("result_run", tests, NULL, NULL);
}
