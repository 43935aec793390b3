/* tests/test_result_guard.c -- foreign, hostile and damaged files; and how ours
 * look from inside
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

static void other_files_are_refused(void **state) {
  (void)state;
  struct sim_error err;
  struct sim_result *r;
  char want[512], link[256];
  snprintf(want, sizeof want, "%s: cannot read: No such file or directory",
           path);
  CHECK_FAILS(sim_result_open(&r, path, SIM_RESULT_READ, &err), err, SIM_EIO,
              want);
  FILE *text = fopen(path, "w");
  fputs("experiment: train\n", text);
  fclose(text);
  snprintf(want, sizeof want, "%s: is not an HDF5 file", path);
  CHECK_FAILS(sim_result_open(&r, path, SIM_RESULT_APPEND, &err), err, SIM_EIO,
              want);
  snprintf(want, sizeof want, "%s: cannot write: File exists", path);
  CHECK_FAILS(sim_result_create(&r, path, 0, &err), err, SIM_EIO, want);
  assert_int_equal(symlink("/nowhere", folder_path(link, folder, "link")), 0);
  assert_int_equal(sim_result_create(&r, link, 0, &err), SIM_EIO);
  assert_null(r);
}

static void an_external_link_is_not_followed(void **state) {
  (void)state;
  struct sim_error err;
  char other[256];
  const double value = 1;
  const struct sim_dataset d = {.path = "/x", .unit = "1"};
  struct sim_result *r = begin_new();
  CHECK_OK(sim_result_write(r, &d, &value, &err), err);
  end(r);
  assert_int_equal(rename(path, folder_path(other, folder, "other.h5")), 0);
  end(begin_new());
  const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
  CHECK(H5Lcreate_external("other.h5", "/x", file, "x", H5P_DEFAULT,
                           H5P_DEFAULT) >= 0);
  H5Fclose(file);
  r = begin_old(SIM_RESULT_READ);
  double back;
  CHECK(!sim_result_has(r, "/x"));
  assert_int_equal(sim_result_read(r, "/x", 0, NULL, &back, &err), SIM_EIO);
  end(r);
}

static void values_outside_of_the_file_are_not_read(void **state) {
  (void)state;
  struct sim_error err;
  double back[2];
  char want[400];
  const hsize_t extent[] = {2};
  const size_t shape[] = {2};
  end(begin_new());
  const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
  const hid_t space = H5Screate_simple(1, extent, NULL);
  const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_external(list, "/dev/zero", 0, 2 * sizeof(double));
  const hid_t dataset = H5Dcreate2(file, "/x", H5T_IEEE_F64LE, space,
                                   H5P_DEFAULT, list, H5P_DEFAULT);
  CHECK(dataset >= 0);
  H5Dclose(dataset);
  H5Pclose(list);
  H5Sclose(space);
  H5Fclose(file);
  struct sim_result *r = begin_old(SIM_RESULT_READ);
  snprintf(want, sizeof want, "%s: /x: keeps its values outside of the file",
           path);
  CHECK_FAILS(sim_result_read(r, "/x", 1, shape, back, &err), err, SIM_EIO,
              want);
  end(r);
}

static void a_text_is_not_read_as_numbers(void **state) {
  (void)state;
  struct sim_error err;
  double back;
  char want[400];
  struct sim_result *r = begin_new();
  char *text = calloc(70001, 1);
  memset(text, 'x', 70000);
  CHECK_OK(sim_result_set_text(r, "/", "text", text, &err), err);
  free(text);
  snprintf(want, sizeof want, "%s: /text: does not hold numbers", path);
  CHECK_FAILS(sim_result_read(r, "/text", 0, NULL, &back, &err), err, SIM_EIO,
              want);
  end(r);
}

static void chunks_are_of_a_size_to_read_and_write(void **state) {
  (void)state;
  struct sim_error err;
  const struct sim_dataset d[] = {
      {.path = "/a", .unit = "1", .rank = 1, .shape = {0}},
      {.path = "/b", .unit = "1", .rank = 2, .shape = {0, 128}},
      {.path = "/c", .unit = "1", .rank = 3, .shape = {0, 200, 300}},
      {.path = "/d", .unit = "1", .rank = 2, .shape = {0, 4}}};
  const hsize_t want[][3] = {{1024}, {128, 128}, {0}, {1024, 4}};
  struct sim_result *r = begin_new();
  for (size_t i = 0; i < 4; i++) {
    CHECK_OK(sim_result_append(r, &d[i], NULL, 0, &err), err);
  }
  end(r);
  const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  for (size_t i = 0; i < 4; i++) {
    hsize_t chunk[3] = {0}, n = 1;
    const hid_t dataset = H5Dopen2(file, d[i].path, H5P_DEFAULT);
    const hid_t list = H5Dget_create_plist(dataset);
    assert_int_equal(H5Pget_chunk(list, 3, chunk), d[i].rank);
    for (size_t j = 0; j < d[i].rank; j++) {
      n *= chunk[j];
    }
    CHECK(n <= 16384 && (i == 2 || memcmp(chunk, want[i], sizeof chunk) == 0));
    CHECK(i != 2 || n > 8000);
    H5Pclose(list);
    H5Dclose(dataset);
  }
  H5Fclose(file);
}

static void a_flipped_bit_in_the_data_is_found(void **state) {
  (void)state;
  struct sim_error err;
  char want[512];
  const struct sim_dataset d = {
      .path = "/w", .unit = "1", .rank = 1, .shape = {500}};
  double values[500];
  for (int i = 0; i < 500; i++) {
    values[i] = 1234.5;
  }
  struct sim_result *r = begin_new();
  CHECK_OK(sim_result_write(r, &d, values, &err), err);
  end(r);
  // Find the data in the file, and flip a bit of the 250th value.
  static char bytes[1 << 20];
  FILE *file = fopen(path, "r+b");
  const size_t n = fread(bytes, 1, sizeof bytes, file);
  const char *data = memmem(bytes, n, values, sizeof values);
  assert_non_null(data);
  fseek(file, data - bytes + 2000, SEEK_SET);
  fputc(data[2000] ^ 4, file);
  fclose(file);
  r = begin_old(SIM_RESULT_READ);
  snprintf(want, sizeof want,
           "%s: /w: cannot read: data error detected by Fletcher32 checksum",
           path);
  CHECK_FAILS(sim_result_read(r, "/w", 1, d.shape, values, &err), err, SIM_EIO,
              want);
  end(r);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(other_files_are_refused),
      CASE(an_external_link_is_not_followed),
      CASE(values_outside_of_the_file_are_not_read),
      CASE(a_text_is_not_read_as_numbers),
      CASE(chunks_are_of_a_size_to_read_and_write),
      CASE(a_flipped_bit_in_the_data_is_found),
  };
  return cmocka_run_group_tests_name("result_guard", tests, NULL, NULL);
}
