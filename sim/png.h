/* sim/png.h -- pictures: sheets of small images, and dots in a plane
 *
 * Files are 8-bit greyscale, hold no time stamp, and appear under their name
 * only when they are complete. Failures are SIM_EIO, or SIM_EFAIL without
 * memory.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_PNG_H
#define SIM_PNG_H

#include <stddef.h>

#include "sim/error.h"

/* Images side by side. A value of `low` is black, `high` is white; beyond is
 * cut, and what is not a number is black. Between images and in empty places
 * lies grey, one pixel wide. */
struct sim_sheet {
  const double *images;  // (n_images x height x width) row-major
  size_t n_images;       // >= 1
  size_t width, height;  // of one image
  size_t columns;        // images in a row, >= 1
  size_t scale;          // pixels for a value, in each direction, >= 1
  double low, high;      // low < high
};

enum sim_status sim_png_sheet(const char *path, const struct sim_sheet *sheet,
                              struct sim_error *err);

/* Points in the plane: data as grey dots, samples as black ones above them.
 * The vertical axis points up; points outside the limits are left out. */
struct sim_scatter {
  const double *data;  // (n_data x 2)
  size_t n_data;
  const double *samples;  // (n_samples x 2)
  size_t n_samples;
  double x_low, x_high;  // x_low < x_high
  double y_low, y_high;  // y_low < y_high
  size_t size;           // pixels of each side, >= 8
};

enum sim_status sim_png_scatter(const char *path,
                                const struct sim_scatter *scatter,
                                struct sim_error *err);

#endif
