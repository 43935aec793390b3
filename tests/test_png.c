/* tests/test_png.c -- pictures hold the pixels they should
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <png.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "sim/png.h"
#include "tests/check.h"
#include "tests/folder.h"

static char folder[64], path[256];

static int set_up(void **state) {
  (void)state;
  folder_make(folder);
  folder_path(path, folder, "sheet.png");
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  folder_remove(folder);
  return 0;
}

/* A picture read back by libpng. */
struct picture {
  size_t width, height;
  unsigned char pixels[200 * 200];
};

static void read_picture(struct picture *picture) {
  png_image image = {.version = PNG_IMAGE_VERSION};
  CHECK(png_image_begin_read_from_file(&image, path));
  assert_int_equal(image.format, PNG_FORMAT_GRAY);
  CHECK(PNG_IMAGE_SIZE(image) <= sizeof picture->pixels);
  CHECK(png_image_finish_read(&image, NULL, picture->pixels, 0, NULL));
  picture->width = image.width;
  picture->height = image.height;
}

static int pixel(const struct picture *picture, size_t y, size_t x) {
  return picture->pixels[y * picture->width + x];
}

static void a_sheet_read_back_equals_its_pixels(void **state) {
  (void)state;
  struct sim_error err;
  static struct picture picture;
  double images[5 * 3 * 4];
  for (int i = 0; i < 60; i++) {
    images[i] = -1 + 2.0 * i / 59;
  }
  const struct sim_sheet sheet = {.images = images,
                                  .n_images = 5,
                                  .width = 4,
                                  .height = 3,
                                  .columns = 2,
                                  .scale = 2,
                                  .low = -1,
                                  .high = 1};
  CHECK_OK(sim_png_sheet(path, &sheet, &err), err);
  read_picture(&picture);
  assert_int_equal(picture.width, 2 * 8 + 1);
  assert_int_equal(picture.height, 3 * 6 + 2);
  for (size_t y = 0; y < picture.height; y++) {
    for (size_t x = 0; x < picture.width; x++) {
      const size_t image = y / 7 * 2 + x / 9;
      const size_t value = image * 12 + y % 7 / 2 * 4 + x % 9 / 2;
      const int is_gap = y % 7 == 6 || x % 9 == 8 || image >= 5;
      const int want = is_gap ? 128 : (int)lround(255.0 * (double)value / 59.0);
      assert_int_equal(pixel(&picture, y, x), want);
    }
  }
}

static void values_beyond_the_limits_are_black_or_white(void **state) {
  (void)state;
  struct sim_error err;
  static struct picture picture;
  const double images[] = {-5, 0, 1, 7, NAN, INFINITY};
  const struct sim_sheet sheet = {.images = images,
                                  .n_images = 1,
                                  .width = 6,
                                  .height = 1,
                                  .columns = 1,
                                  .scale = 1,
                                  .low = 0,
                                  .high = 1};
  const unsigned char want[] = {0, 0, 255, 255, 0, 255};
  CHECK_OK(sim_png_sheet(path, &sheet, &err), err);
  read_picture(&picture);
  assert_memory_equal(picture.pixels, want, 6);
}

static void a_picture_that_is_too_large_is_refused(void **state) {
  (void)state;
  struct sim_error err;
  char want[400];
  const double value = 0;
  const struct sim_sheet sheet = {.images = &value,
                                  .n_images = 1,
                                  .width = 1,
                                  .height = 1,
                                  .columns = SIZE_MAX,
                                  .scale = 3,
                                  .low = 0,
                                  .high = 1};
  snprintf(want, sizeof want, "%s: a picture of 100001 x 3 pixels is too large",
           path);
  CHECK_FAILS(sim_png_sheet(path, &sheet, &err), err, SIM_EIO, want);
  assert_int_not_equal(access(path, F_OK), 0);
}

static const double corners[] = {0, 0, 1, 1, 2, 0.5, NAN, 0};
static const double middle[] = {0.5, 0.5};
static const struct sim_scatter scatter = {.data = corners,
                                           .n_data = 4,
                                           .samples = middle,
                                           .n_samples = 1,
                                           .x_low = 0,
                                           .x_high = 1,
                                           .y_low = 0,
                                           .y_high = 1,
                                           .size = 101};

static void dots_lie_where_their_points_are(void **state) {
  (void)state;
  struct sim_error err;
  static struct picture picture;
  CHECK_OK(sim_png_scatter(path, &scatter, &err), err);
  read_picture(&picture);
  assert_int_equal(picture.width, 101);
  assert_int_equal(pixel(&picture, 100, 0), 170);  // (0, 0): lower left
  assert_int_equal(pixel(&picture, 0, 100), 170);  // (1, 1): upper right
  assert_int_equal(pixel(&picture, 50, 50), 0);
  assert_int_equal(pixel(&picture, 0, 0), 255);
  int n_dark = 0;
  for (size_t i = 0; i < 101 * 101; i++) {
    n_dark += picture.pixels[i] < 255;
  }
  assert_int_equal(n_dark, 9 + 4 + 4);
}

static void a_picture_that_cannot_be_written_is_reported(void **state) {
  (void)state;
  struct sim_error err;
  const char *bad = "/nowhere/at/all.png";
  CHECK_FAILS(sim_png_scatter(bad, &scatter, &err), err, SIM_EIO,
              "/nowhere/at/all.png: cannot write: No such file or "
              "directory");
}

/* Draw noise, so that little is compressed, onto a disk with this much room. */
static int draw_with_room(rlim_t n_bytes) {
  struct sim_error err;
  static double images[190 * 190];
  unsigned seed = 1;
  const struct rlimit limit = {n_bytes, n_bytes};
  for (int i = 0; i < 190 * 190; i++) {
    images[i] = (double)rand_r(&seed) / RAND_MAX;
  }
  const struct sim_sheet sheet = {.images = images,
                                  .n_images = 1,
                                  .width = 190,
                                  .height = 190,
                                  .columns = 1,
                                  .scale = 1,
                                  .low = 0,
                                  .high = 1};
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &limit);
  return (int)sim_png_sheet(path, &sheet, &err);
}

static void a_full_disk_leaves_the_old_picture(void **state) {
  (void)state;
  struct stat status;
  const rlim_t rooms[] = {0, 100, 5000, 20000, 36000};
  FILE *old = fopen(path, "w");
  fputs("old", old);
  fclose(old);
  for (size_t i = 0; i < 5; i++) {
    const pid_t child = fork();  // the limit cannot be taken back
    if (child == 0) {
      _exit(draw_with_room(rooms[i]));
    }
    int code = 0;
    waitpid(child, &code, 0);
    CHECK(WIFEXITED(code) && WEXITSTATUS(code) == SIM_EIO);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, 3);
    char temporary[256];
    folder_path(temporary, folder, "sheet.png.tmp");
    assert_int_not_equal(access(temporary, F_OK), 0);
  }
}

static void the_same_picture_is_the_same_bytes(void **state) {
  (void)state;
  struct sim_error err;
  char other[256], command[600];
  CHECK_OK(sim_png_scatter(path, &scatter, &err), err);
  folder_path(other, folder, "other.png");
  CHECK_OK(sim_png_scatter(other, &scatter, &err), err);
  snprintf(command, sizeof command, "cmp %s %s", path, other);
  assert_int_equal(system(command), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(a_sheet_read_back_equals_its_pixels),
      CASE(values_beyond_the_limits_are_black_or_white),
      CASE(a_picture_that_is_too_large_is_refused),
      CASE(dots_lie_where_their_points_are),
      CASE(a_picture_that_cannot_be_written_is_reported),
      CASE(a_full_disk_leaves_the_old_picture),
      CASE(the_same_picture_is_the_same_bytes),
  };
  return cmocka_run_group_tests_name("png", tests, NULL, NULL);
}
