/* tests/test_dataset.c -- one set of samples from four kinds of file
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/data_files.h"

static void check_same(const struct model_dataset *a,
                       const struct model_dataset *b) {
  CHECK(a->n == b->n && a->dim == b->dim && a->n_classes == b->n_classes);
  assert_memory_equal(a->values, b->values, a->n * a->dim * sizeof(double));
  CHECK(!a->labels == !b->labels);
  if (a->labels) {
    assert_memory_equal(a->labels, b->labels, a->n * sizeof(int));
  }
}

static void the_digits_are_complete(void **state) {
  (void)state;
  struct model_dataset_source source = from("experiments/data/digits.h5");
  source.range[0] = -1;
  struct model_dataset set = load(&source);

  assert_int_equal(set.n, 1797);
  assert_int_equal(set.dim, 64);
  assert_int_equal(set.n_classes, 10);
  const int want[10] = {178, 182, 177, 183, 181, 182, 181, 179, 174, 180};
  int count[10] = {0};
  for (size_t i = 0; i < set.n; i++) {
    count[set.labels[i]]++;
  }
  assert_memory_equal(count, want, sizeof want);

  // the top two rows of pixels of the first image, a zero
  const int first[16] = {0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0};
  for (int k = 0; k < 16; k++) {
    CHECK_NEAR(set.values[k], first[k] / 8.0 - 1, 0);
  }
  assert_int_equal(set.labels[0], 0);
  assert_int_equal(set.labels[1], 1);
  CHECK_NEAR(set.values[64 + 3], 12 / 8.0 - 1, 0);
  model_dataset_finish(&set);
  CHECK(!set.values && set.n == 0);
  model_dataset_finish(&set);
}

static void the_rings_have_their_radii(void **state) {
  (void)state;
  struct model_dataset_source source = from("experiments/data/rings.csv");
  source.dim = 2;
  source.has_full_scale = true;
  source.full_scale[1] = 1;
  struct model_dataset set = load(&source);

  assert_int_equal(set.n, 600);
  assert_int_equal(set.n_classes, 2);
  for (size_t i = 0; i < set.n; i++) {
    const double r = hypot(set.values[2 * i], set.values[2 * i + 1]);
    CHECK_NEAR(r, set.labels[i] ? 0.9 : 0.4, 0.2);
  }
  model_dataset_finish(&set);
}

static void all_kinds_give_the_same_set(void **state) {
  (void)state;
  const double full[2] = {0, 255};
  const struct h5_data images = {"images",       2,   {3, 2}, H5T_NATIVE_UCHAR,
                                 three_idx + 12, full};
  const struct h5_data labels = {"labels",         1,   {3}, H5T_NATIVE_UCHAR,
                                 three_labels + 8, NULL};
  struct model_dataset_source source = from(write_h5("3.h5", &images, &labels));
  struct model_dataset want = load(&source);
  CHECK(want.n == 3 && want.dim == 2 && want.n_classes == 6);
  CHECK_NEAR(want.values[1], 64 / 255.0, 1e-15);
  CHECK_NEAR(want.values[2], 1, 0);

  // the names do not matter
  const struct model_dataset_source others[] = {
      {.file = write_text("3.h5.csv", three_csv), .dim = 2, .range = {0, 1}},
      {.file = write_gz("3.dat", three_csv, strlen(three_csv)),
       .dim = 2,
       .range = {0, 1}},
      {.file = write_bytes("3.idx", three_idx, sizeof three_idx),
       .labels_file = write_gz("3.labels", three_labels, sizeof three_labels),
       .range = {0, 1}},
  };
  for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
    struct model_dataset got = load(&others[k]);
    check_same(&got, &want);
    model_dataset_finish(&got);
  }
  model_dataset_finish(&want);
}

static void images_may_have_height_and_width(void **state) {
  (void)state;
  const unsigned char idx[] = {0, 0, 8, 3, 0, 0, 0, 1,  0,   0,
                               0, 2, 0, 0, 0, 2, 0, 51, 102, 255};
  struct model_dataset_source source =
      from(write_gz("hw.idx.gz", idx, sizeof idx));
  source.dim = 4;
  struct model_dataset flat = load(&source);
  CHECK(flat.n == 1 && flat.dim == 4 && !flat.labels && flat.n_classes == 0);
  CHECK_NEAR(flat.values[1], 0.2, 1e-15);

  const double full[2] = {0, 255}, values[] = {0, 51, 102, 255};
  const struct h5_data images = {"a/b",  3,   {1, 2, 2}, H5T_NATIVE_DOUBLE,
                                 values, full};
  const char *path = in_folder("hw.h5");
  const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  H5Gclose(H5Gcreate2(file, "a", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  put(file, &images);
  H5Fclose(file);
  source = from(path);
  source.images = "a/b";
  struct model_dataset set = load(&source);
  check_same(&set, &flat);
  model_dataset_finish(&flat);
  model_dataset_finish(&set);
}

static void the_scale_is_linear_beyond_its_ends(void **state) {
  (void)state;
  struct model_dataset_source source =
      from(write_text("scale.csv", "0\n5\n-10\n20"));
  source.range[0] = -1;
  struct model_dataset set = load(&source);  // -10 to 20
  CHECK_NEAR(set.values[0], -1 + 2 / 3.0, 1e-15);
  CHECK_NEAR(set.values[2], -1, 0);
  CHECK_NEAR(set.values[3], 1, 0);
  model_dataset_finish(&set);

  source.has_full_scale = true;
  source.full_scale[1] = 10;
  set = load(&source);
  CHECK_NEAR(set.values[1], 0, 0);
  CHECK_NEAR(set.values[2], -3, 0);
  CHECK_NEAR(set.values[3], 3, 0);
  model_dataset_finish(&set);
}

static void long_lines_and_many_lines_are_read(void **state) {
  (void)state;
  enum { N = 300, DIM = 5000 };
  const char *path = in_folder("big.csv");
  FILE *f = fopen(path, "w");
  for (int k = 0; k < N * DIM; k++) {
    fprintf(f, "%d.5%c", k, (k + 1) % DIM ? ',' : '\n');
  }
  fclose(f);
  struct model_dataset_source source = from(path);
  source.has_full_scale = true;
  source.full_scale[1] = 1;
  struct model_dataset set = load(&source);

  CHECK(set.n == N && set.dim == DIM);
  for (size_t k = 0; k < (size_t)N * DIM; k++) {
    CHECK(set.values[k] == (double)k + 0.5);
  }
  model_dataset_finish(&set);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_digits_are_complete),
      cmocka_unit_test(the_rings_have_their_radii),
      cmocka_unit_test(all_kinds_give_the_same_set),
      cmocka_unit_test(images_may_have_height_and_width),
      cmocka_unit_test(the_scale_is_linear_beyond_its_ends),
      cmocka_unit_test(long_lines_and_many_lines_are_read),
  };
  return cmocka_run_group_tests_name("dataset", tests, make_folder,
                                     remove_folder);
}
