/* tests/test_dataset_errors.c -- what is wrong with a file of samples, and
 * where
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/memory.h"
#include "tests/data_files.h"

/* The text fails as CSV of two values per line. */
static void check_csv_fails(const char *csv, const char *text) {
  struct model_dataset_source source = from(write_text("bad.csv", csv));
  source.dim = 2;
  check_fails(&source, source.file, SIM_EIO, text);
}

static void check_bytes_fail(const void *bytes, size_t n, const char *text) {
  const struct model_dataset_source source =
      from(write_bytes("bad.bin", bytes, n));
  check_fails(&source, source.file, SIM_EIO, text);
}

static void files_that_are_none_are_refused(void **state) {
  (void)state;
  struct model_dataset_source source = from(in_folder("none"));
  check_fails(&source, source.file, SIM_EIO,
              ": cannot be opened: No such file or directory");
  source = from(folder);
  check_fails(&source, folder, SIM_EIO, ": is not a regular file");
  source = from(in_folder("pipe"));
  CHECK(mkfifo(source.file, 0600) == 0);
  check_fails(&source, source.file, SIM_EIO, ": is not a regular file");
  check_bytes_fail("", 0, ": is empty");
}

static void bad_csv_is_refused_with_its_line(void **state) {
  (void)state;
  check_csv_fails("1,2\n3\n",
                  ":2: expected 2 columns like the lines before, "
                  "got 1");
  check_csv_fails("#\n\n1,2,3,4\n",
                  ":3: expected 2 columns (or 3 with a label), got 4");
  check_csv_fails("1,2\n3,4,1\n",
                  ":2: expected 2 columns like the lines before, got 3");
  check_csv_fails("x,y\n1,2\n", ":1: column 1: expected a number, got \"x\"");
  check_csv_fails("1,2\n1,2 3\n",
                  ":2: column 2: expected a number, got \"2 3\"");
  check_csv_fails("1,\n", ":1: column 2: expected a number, got \"\"");
  check_csv_fails("1,nan\n",
                  ":1: column 2: expected a finite number, got \"nan\"");
  check_csv_fails("1,1e999\n",
                  ":1: column 2: expected a finite number, got \"1e999\"");
  check_csv_fails("1,2,0\n1,2,1.5\r\n",
                  ":2: column 3: expected a class from 0 to 65535, "
                  "got \"1.5\"");
  check_csv_fails("1,2,-1\n",
                  ":1: column 3: expected a class from 0 to 65535, "
                  "got \"-1\"");
  check_csv_fails("1,2,65536\n",
                  ":1: column 3: expected a class from 0 to 65535, "
                  "got \"65536\"");
  check_csv_fails("# nothing\n\n", ": holds no values (0 x 2)");
  check_csv_fails("5,5\n5,5\n", ": no full scale in [5, 5]: give one");
  check_bytes_fail("1,2\n3,\0", 7, ":2: is not text: it holds a zero byte");
}

static void a_cut_gzip_is_refused(void **state) {
  (void)state;
  char text[6000];
  for (size_t k = 0; k < sizeof text; k++) {
    text[k] = k % 2 ? '\n' : (char)('0' + k * k % 7);
  }
  const char *path = write_gz("whole.gz", text, sizeof text);
  char bytes[6000];
  FILE *f = fopen(path, "rb");
  const size_t n = fread(bytes, 1, sizeof bytes, f);
  fclose(f);
  check_bytes_fail(bytes, n / 2,
                   ": is cut off or damaged: unexpected end of file");
  bytes[n - 5] ^= 1;  // in the check sum
  check_bytes_fail(bytes, n, ": is cut off or damaged: incorrect data check");
}

static void bad_idx_is_refused(void **state) {
  (void)state;
  unsigned char b[20];
  memcpy(b, three_idx, sizeof three_idx);
  check_bytes_fail(b, 9, ": is cut off inside the IDX header");
  check_bytes_fail(b, 17, ": is cut off in record 2: expected 6 bytes, got 5");
  check_bytes_fail(b, 19, ": goes on after 3 records of 2 bytes");
  b[2] = 13;
  check_bytes_fail(b, 18,
                   ": expected IDX magic 00 00 08 02 or 03, got 00 00 0d 02");
  b[2] = 8;
  b[4] = 1;
  check_bytes_fail(b, 18,
                   ": is cut off: the header promises 16777219 records of 2 "
                   "bytes, the file has 18 bytes");
  b[4] = b[8] = 255;
  check_bytes_fail(b, 18,
                   ": expected at most 268435456 values, got 4278190083 x "
                   "4278190082");
  b[4] = b[7] = b[8] = 0;
  check_bytes_fail(b, 18, ": holds no values (0 x 2)");

  struct model_dataset_source source =
      from(write_bytes("3.idx", three_idx, sizeof three_idx));
  source.dim = 64;
  check_fails(&source, source.file, SIM_EIO,
              ": expected 64 values per sample, got 2");
}

static void bad_idx_labels_are_refused(void **state) {
  (void)state;
  struct model_dataset_source source =
      from(write_bytes("3.idx", three_idx, sizeof three_idx));
  unsigned char b[11];
  memcpy(b, three_labels, sizeof b);
  source.labels_file = write_bytes("bad.labels", b, 10);
  check_fails(&source, source.labels_file, SIM_EIO,
              ": is cut off in record 2: expected 3 bytes, got 2");
  b[7] = 4;
  source.labels_file = write_bytes("bad.labels", b, 11);
  check_fails(&source, source.labels_file, SIM_EIO,
              ": expected 3 labels, one per image, got 4");
  source.labels_file = source.file;
  check_fails(&source, source.file, SIM_EIO,
              ": expected IDX magic 00 00 08 01, got 00 00 08 02");
  source.labels_file = in_folder("none");
  check_fails(&source, source.labels_file, SIM_EIO,
              ": cannot be opened: No such file or directory");
}

static void check_h5_fails(const struct h5_data *images,
                           const struct h5_data *labels, const char *text) {
  const struct model_dataset_source source =
      from(write_h5("bad.h5", images, labels));
  check_fails(&source, source.file, SIM_EIO, text);
}

static void bad_hdf5_images_are_refused(void **state) {
  (void)state;
  const double x[] = {1, 2, 3, NAN}, range[] = {0, 9};
  struct h5_data d = {"images", 2, {2, 2}, H5T_NATIVE_DOUBLE, x, range};
  check_h5_fails(&d, NULL,
                 ": record 1, value 1: expected a finite number, got nan");
  d.valid_range = NULL;
  check_h5_fails(&d, NULL,
                 ": images: has no attribute valid_range: give the full scale "
                 "of the values");
  const double narrow[] = {0, 1};
  d.valid_range = narrow;
  check_h5_fails(&d, NULL,
                 ": record 0, value 1: expected 0 to 1 (valid_range), got 2");
  d.valid_range = range;
  d.rank = 1;
  check_h5_fails(&d, NULL, ": images: expected 2 or 3 axes, got 1");
  d.rank = 2;
  d.size[0] = 0;
  check_h5_fails(&d, NULL, ": images: holds no values (0 x 2)");
  d.name = "pictures";
  check_h5_fails(&d, NULL, ": images: there is no such dataset in the file");
}

static void bad_hdf5_labels_are_refused(void **state) {
  (void)state;
  const double x[] = {1, 2, 3, 4}, range[] = {0, 9};
  const struct h5_data d = {"images", 2, {2, 2}, H5T_NATIVE_DOUBLE, x, range};
  const long long y[] = {1, -3, 70000};
  struct h5_data l = {"labels", 1, {2}, H5T_NATIVE_LLONG, y, NULL};
  check_h5_fails(
      &d, &l, ": labels: record 1: expected a class from 0 to 65535, got -3");
  l.size[0] = 3;
  check_h5_fails(&d, &l, ": labels: expected 2 labels, one per image, got 3");
  l.type = H5T_NATIVE_DOUBLE;
  check_h5_fails(&d, &l, ": labels: expected integers");
  l.rank = 2;
  l.size[1] = 1;
  check_h5_fails(&d, &l, ": labels: expected 1 axes, got 2");

  struct model_dataset_source source = from(write_h5("no.h5", &d, NULL));
  source.labels = "classes";
  check_fails(&source, source.file, SIM_EIO,
              ": classes: there is no such dataset in the file");
}

static void hdf5_that_reaches_outside_is_refused(void **state) {
  (void)state;
  const double x[] = {1, 2, 3, 4}, range[] = {0, 9};
  const struct h5_data d = {"images", 2, {2, 2}, H5T_NATIVE_DOUBLE, x, range};
  write_h5("target.h5", &d, NULL);
  const char *path = in_folder("link.h5");
  hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_external("target.h5", "images", file, "images", H5P_DEFAULT,
                     H5P_DEFAULT);
  H5Fclose(file);
  struct model_dataset_source source = from(path);
  check_fails(&source, path, SIM_EIO,
              ": images: there is no such dataset in the file");

  file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t plan = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_external(plan, "/etc/hostname", 0, 32);
  const hid_t space = H5Screate_simple(2, d.size, NULL);
  H5Dclose(H5Dcreate2(file, "images", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT,
                      plan, H5P_DEFAULT));
  H5Sclose(space);
  H5Pclose(plan);
  H5Fclose(file);
  check_fails(&source, path, SIM_EIO, ": images: its data lie in another file");
}

static void damaged_hdf5_is_refused(void **state) {
  (void)state;
  static char bytes[100000];
  FILE *f = fopen("experiments/data/digits.h5", "rb");
  const size_t n = fread(bytes, 1, sizeof bytes, f);
  fclose(f);
  check_bytes_fail(bytes, n / 2,
                   ": cannot be opened as HDF5: damaged, cut off or being "
                   "written");
  bytes[n / 2] ^= 16;
  check_bytes_fail(bytes, n,
                   ": images: the values cannot be read: damaged or cut off");
  const struct model_dataset_source source =
      from(write_gz("digits.h5.gz", bytes, n));
  check_fails(&source, source.file, SIM_EIO,
              ": HDF5 inside gzip cannot be read, unpack it first");
}

static void contradicting_sources_are_refused(void **state) {
  (void)state;
  struct model_dataset_source source = from(write_text("3.csv", three_csv));
  source.dim = 2;
  source.labels_file = source.file;
  check_fails(&source, source.file, SIM_ECONFIG,
              ": a file of labels goes with IDX only, this is CSV");
  source.labels_file = NULL;
  source.range[1] = source.range[0];
  check_fails(&source, source.file, SIM_ECONFIG,
              ": range must be finite with low < high, got [0, 0]");
  source.range[1] = 1;
  source.has_full_scale = true;
  source.full_scale[0] = NAN;
  check_fails(&source, source.file, SIM_ECONFIG,
              ": full scale must be finite with low < high, got [nan, 0]");
}

static void refused_memory_is_an_error(void **state) {
  (void)state;
  const char *files[] = {write_text("3.csv", three_csv),
                         write_bytes("3.idx", three_idx, sizeof three_idx),
                         "experiments/data/digits.h5"};
  const char *labels =
      write_bytes("3.labels", three_labels, sizeof three_labels);
  for (int k = 0; k < 3; k++) {
    struct model_dataset_source source = from(files[k]);
    source.dim = k == 0 ? 2 : 0;
    source.labels_file = k == 1 ? labels : NULL;
    enum sim_status status = SIM_EFAIL;
    for (long n = 0; status != SIM_OK; n++) {
      struct sim_error err = {0};
      struct model_dataset set;
      sim_alloc_refuse_after(n);
      status = model_dataset_load(&set, &source, &err);
      sim_alloc_refuse_after(-1);
      CHECK(status == SIM_EFAIL || (status == SIM_OK && n >= 3));
      CHECK(status == SIM_OK || !set.values);
      model_dataset_finish(&set);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(files_that_are_none_are_refused),
      cmocka_unit_test(bad_csv_is_refused_with_its_line),
      cmocka_unit_test(a_cut_gzip_is_refused),
      cmocka_unit_test(bad_idx_is_refused),
      cmocka_unit_test(bad_idx_labels_are_refused),
      cmocka_unit_test(bad_hdf5_images_are_refused),
      cmocka_unit_test(bad_hdf5_labels_are_refused),
      cmocka_unit_test(hdf5_that_reaches_outside_is_refused),
      cmocka_unit_test(damaged_hdf5_is_refused),
      cmocka_unit_test(contradicting_sources_are_refused),
      cmocka_unit_test(refused_memory_is_an_error),
  };
  return cmocka_run_group_tests_name("dataset_errors", tests, make_folder,
                                     remove_folder);
}
