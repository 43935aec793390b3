/* sim/png.c -- pictures: sheets of small images, and dots in a plane
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/png.h"

#include <assert.h>
#include <math.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "sim/file.h"
#include "sim/memory.h"

enum { BLACK = 0, DATA_GREY = 170, GAP_GREY = 128, WHITE = 255 };

#define MAX_SIDE ((size_t)100000)  // pixels
#define MAX_PIXELS ((size_t)1 << 28)

/* A picture in memory. */
struct canvas {
  size_t width, height;
  unsigned char *pixels;  // (height x width)
};

static enum sim_status make_canvas(struct canvas *canvas, size_t width,
                                   size_t height, int grey, const char *path,
                                   struct sim_error *err) {
  if (width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS) {
    const struct sim_where where = {path, 0, NULL};
    return sim_error_at(err, SIM_EIO, &where,
                        "a picture of %zu x %zu pixels is too large", width,
                        height);
  }
  *canvas = (struct canvas){width, height, sim_alloc(width * height, 1, err)};
  if (!canvas->pixels) {
    return err->status;
  }
  memset(canvas->pixels, grey, width * height);
  return SIM_OK;
}

/* ---- libpng ---- */

struct writer {
  const struct canvas *canvas;
  const char *path;
  FILE *stream;
  struct sim_error *err;
};

static void on_error(png_structp png, png_const_charp text) {
  const struct writer *writer = png_get_error_ptr(png);
  const struct sim_where where = {writer->path, 0, NULL};
  sim_error_at(writer->err, SIM_EIO, &where, "cannot write the picture: %s",
               text);
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

/* May leave by longjmp. */
static void write_rows(png_structp png, png_infop info,
                       const struct canvas *canvas) {
  png_set_IHDR(png, info, (png_uint_32)canvas->width,
               (png_uint_32)canvas->height, 8, PNG_COLOR_TYPE_GRAY,
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  for (size_t i = 0; i < canvas->height; i++) {
    png_write_row(png, canvas->pixels + i * canvas->width);
  }
  png_write_end(png, NULL);
}

static enum sim_status write_stream(const struct writer *writer) {
  png_structp png = png_create_write_struct(
      PNG_LIBPNG_VER_STRING, (void *)(uintptr_t)writer, on_error, on_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    png_destroy_write_struct(&png, NULL);
    return sim_error_set(writer->err, SIM_EFAIL, "out of memory for a picture");
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_write_struct(&png, &info);
    return writer->err->status;
  }
  png_init_io(png, writer->stream);
  write_rows(png, info, writer->canvas);
  png_destroy_write_struct(&png, &info);
  return SIM_OK;
}

/* Write the canvas to its file and free it. */
static enum sim_status write_canvas(const char *path, struct canvas *canvas,
                                    struct sim_error *err) {
  struct sim_draft draft;
  enum sim_status status = sim_draft_open(&draft, path, err);
  if (status == SIM_OK) {
    const struct writer writer = {canvas, path, draft.stream, err};
    status = write_stream(&writer);
    if (status == SIM_OK) {
      status = sim_draft_commit(&draft, err);
    } else {
      sim_draft_abandon(&draft);
    }
  }
  free(canvas->pixels);
  return status;
}

/* ---- sheets ---- */

static unsigned char shade(double value, double low, double high) {
  const double grey = 255.0 * (value - low) / (high - low);
  return grey >= 255.0 ? WHITE
         : grey > 0.0  ? (unsigned char)lround(grey)
                       : BLACK;  // also for NaN
}

/* One image with its upper left corner at this pixel. */
static void draw_image(struct canvas *canvas, const struct sim_sheet *sheet,
                       const double *image, size_t top, size_t left) {
  for (size_t y = 0; y < sheet->height * sheet->scale; y++) {
    const double *image_y = image + y / sheet->scale * sheet->width;
    unsigned char *row = canvas->pixels + (top + y) * canvas->width + left;
    for (size_t x = 0; x < sheet->width * sheet->scale; x++) {
      row[x] = shade(image_y[x / sheet->scale], sheet->low, sheet->high);
    }
  }
}

/* Pixels of n images in a line with their gaps; huge stays huge. */
static size_t extent(size_t n, size_t values, size_t scale) {
  const int is_huge = n > MAX_SIDE || values > MAX_SIDE || scale > MAX_SIDE;
  return is_huge ? MAX_SIDE + 1 : n * (values * scale + 1) - 1;
}

enum sim_status sim_png_sheet(const char *path, const struct sim_sheet *sheet,
                              struct sim_error *err) {
  assert(sheet->n_images && sheet->columns && sheet->scale);
  assert(sheet->width && sheet->height && sheet->low < sheet->high);
  const size_t rows = (sheet->n_images - 1) / sheet->columns + 1;
  const size_t width = sheet->width * sheet->scale + 1;
  const size_t height = sheet->height * sheet->scale + 1;
  struct canvas canvas;
  if (make_canvas(&canvas, extent(sheet->columns, sheet->width, sheet->scale),
                  extent(rows, sheet->height, sheet->scale), GAP_GREY, path,
                  err) != SIM_OK) {
    return err->status;
  }
  for (size_t i = 0; i < sheet->n_images; i++) {
    draw_image(&canvas, sheet, sheet->images + i * sheet->width * sheet->height,
               i / sheet->columns * height, i % sheet->columns * width);
  }
  return write_canvas(path, &canvas, err);
}

/* ---- dots ---- */

/* A dot of 3 x 3 pixels, cut at the border. */
static void draw_dot(struct canvas *canvas, size_t y, size_t x, int grey) {
  const size_t top = y ? y - 1 : 0, left = x ? x - 1 : 0;
  for (size_t i = top; i <= y + 1 && i < canvas->height; i++) {
    for (size_t j = left; j <= x + 1 && j < canvas->width; j++) {
      canvas->pixels[i * canvas->width + j] = (unsigned char)grey;
    }
  }
}

static void draw_points(struct canvas *canvas, const struct sim_scatter *plane,
                        const double *points, size_t n, int grey) {
  const double last = (double)(plane->size - 1);
  for (size_t i = 0; i < n; i++) {
    const double *p = points + 2 * i;
    const double x = (p[0] - plane->x_low) / (plane->x_high - plane->x_low);
    const double y = (p[1] - plane->y_low) / (plane->y_high - plane->y_low);
    if (x >= 0 && x <= 1 && y >= 0 && y <= 1) {  // not so for NaN
      draw_dot(canvas, (size_t)lround((1 - y) * last), (size_t)lround(x * last),
               grey);
    }
  }
}

enum sim_status sim_png_scatter(const char *path,
                                const struct sim_scatter *scatter,
                                struct sim_error *err) {
  assert(scatter->size >= 8);
  assert(scatter->x_low < scatter->x_high && scatter->y_low < scatter->y_high);
  struct canvas canvas;
  if (make_canvas(&canvas, scatter->size, scatter->size, WHITE, path, err) !=
      SIM_OK) {
    return err->status;
  }
  draw_points(&canvas, scatter, scatter->data, scatter->n_data, DATA_GREY);
  draw_points(&canvas, scatter, scatter->samples, scatter->n_samples, BLACK);
  return write_canvas(path, &canvas, err);
}
