/* models/quality.c -- how close generated samples come to the data
 *
 * All distances stay squared, and only a block of rows of a distance matrix
 * exists at a time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/quality.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "models/distance.h"
#include "sim/memory.h"

#define K MODEL_QUALITY_NEIGHBOURS
#define BLOCK_DISTANCES ((size_t)1 << 22)  // 32 MiB
#define MAX_BLOCK_ROWS 256u

struct points {
  const double *x;  // (n x dim)
  size_t n;
};

struct work {
  size_t dim;
  struct points data, samples;
  double *distance;       // (n_rows x larger n) [1] squared
  size_t n_rows;          // rows of a block
  double *data_radius;    // (data.n) [1] squared
  double *sample_radius;  // (samples.n) [1] squared
  bool *is_inside;        // (samples.n) the sample lies in some data ball
};

static size_t larger(size_t a, size_t b) {
  return a > b ? a : b;
}

static size_t smaller(size_t a, size_t b) {
  return a < b ? a : b;
}

static enum sim_status init(struct work *w, struct sim_error *err) {
  const size_t n_columns = larger(w->data.n, w->samples.n);
  w->n_rows = larger(1, smaller(MAX_BLOCK_ROWS, BLOCK_DISTANCES / n_columns));
  if (!(w->distance = sim_alloc(w->n_rows, n_columns * sizeof(double), err)) ||
      !(w->data_radius = sim_alloc_doubles(w->data.n, err)) ||
      !(w->sample_radius = sim_alloc_doubles(w->samples.n, err)) ||
      !(w->is_inside = sim_alloc(w->samples.n, sizeof(bool), err))) {
    return err->status;
  }
  return SIM_OK;
}

static void finish(struct work *w) {
  free(w->distance);
  free(w->data_radius);
  free(w->sample_radius);
  free(w->is_inside);
}

/* Distances of the rows from `first` on to all of `to`; return how many. */
static size_t fill_block(struct work *w, const struct points *from,
                         size_t first, const struct points *to) {
  const size_t n = smaller(w->n_rows, from->n - first);
  model_distance_squared(from->x + first * w->dim, n, to->x, to->n, w->dim,
                         w->distance);
  return n;
}

/* The K nearest columns of a row in rising order, `self` left out; of equals
 * the lower index first. */
static void nearest(const double *d_i, size_t n, size_t self, double best[K],
                    size_t at[K]) {
  for (int k = 0; k < K; k++) {
    best[k] = INFINITY;
    at[k] = 0;
  }
  for (size_t j = 0; j < n; j++) {
    if (d_i[j] >= best[K - 1] || j == self) {
      continue;
    }
    int k = K - 1;
    for (; k > 0 && d_i[j] < best[k - 1]; k--) {
      best[k] = best[k - 1];
      at[k] = at[k - 1];
    }
    best[k] = d_i[j];
    at[k] = j;
  }
}

static void find_radii(struct work *w, const struct points *set,
                       double *radius) {
  double best[K];
  size_t at[K];
  for (size_t first = 0; first < set->n; first += w->n_rows) {
    const size_t n = fill_block(w, set, first, set);
    for (size_t i = 0; i < n; i++) {
      nearest(w->distance + i * set->n, set->n, first + i, best, at);
      radius[first + i] = best[K - 1];
    }
  }
}

struct counts {
  size_t n_pairs;     // samples in data balls, each pair counted
  size_t n_covered;   // data balls with a sample
  size_t n_recalled;  // data points in some sample ball
};

/* One data point against all samples. */
static void count_row(struct work *w, const double *d_i, double radius_i,
                      struct counts *counts) {
  size_t n_in_ball = 0;
  bool is_recalled = false;
  for (size_t j = 0; j < w->samples.n; j++) {
    const bool is_in_ball = d_i[j] <= radius_i;
    n_in_ball += is_in_ball;
    w->is_inside[j] |= is_in_ball;
    is_recalled |= d_i[j] <= w->sample_radius[j];
  }
  counts->n_pairs += n_in_ball;
  counts->n_covered += n_in_ball > 0;
  counts->n_recalled += is_recalled;
}

static void compare_manifolds(struct work *w, struct model_quality *quality) {
  find_radii(w, &w->data, w->data_radius);
  find_radii(w, &w->samples, w->sample_radius);
  struct counts counts = {0};
  for (size_t first = 0; first < w->data.n; first += w->n_rows) {
    const size_t n = fill_block(w, &w->data, first, &w->samples);
    for (size_t i = 0; i < n; i++) {
      count_row(w, w->distance + i * w->samples.n, w->data_radius[first + i],
                &counts);
    }
  }
  size_t n_inside = 0;
  for (size_t j = 0; j < w->samples.n; j++) {
    n_inside += w->is_inside[j];
  }
  const double n_data = (double)w->data.n, n_samples = (double)w->samples.n;
  quality->precision = (double)n_inside / n_samples;
  quality->recall = (double)counts.n_recalled / n_data;
  quality->density = (double)counts.n_pairs / (K * n_samples);
  quality->coverage = (double)counts.n_covered / n_data;
}

/* The class with most votes; the order of the voters settles ties. */
static int vote(const int *labels, const size_t voters[K], int *n_votes) {
  int winner = labels[voters[0]];
  *n_votes = 0;
  for (int k = 0; k < K; k++) {
    int n = 0;
    for (int other = 0; other < K; other++) {
      n += labels[voters[other]] == labels[voters[k]];
    }
    if (n > *n_votes) {
      *n_votes = n;
      winner = labels[voters[k]];
    }
  }
  return winner;
}

static double classify(struct work *w, const int *labels, double *class_share,
                       size_t n_classes) {
  double best[K];
  size_t at[K], n_agreeing = 0;
  for (size_t c = 0; class_share && c < n_classes; c++) {
    class_share[c] = 0;
  }
  for (size_t first = 0; first < w->samples.n; first += w->n_rows) {
    const size_t n = fill_block(w, &w->samples, first, &w->data);
    for (size_t i = 0; i < n; i++) {
      nearest(w->distance + i * w->data.n, w->data.n, SIZE_MAX, best, at);
      int n_votes;
      const int winner = vote(labels, at, &n_votes);
      n_agreeing += (size_t)n_votes;
      if (class_share) {
        class_share[winner] += 1;
      }
    }
  }
  for (size_t c = 0; class_share && c < n_classes; c++) {
    class_share[c] /= (double)w->samples.n;
  }
  return (double)n_agreeing / (K * (double)w->samples.n);
}

static enum sim_status check_points(const struct points *set, size_t dim,
                                    const char *name, struct sim_error *err) {
  if (set->n <= K) {
    return sim_error_set(err, SIM_ECONFIG,
                         "measures of quality need at least %d %s, got %zu",
                         K + 1, name, set->n);
  }
  for (size_t k = 0; k < set->n * dim; k++) {
    if (!isfinite(set->x[k])) {
      return sim_error_set(err, SIM_EFAIL,
                           "measures of quality: value %zu of the %s with "
                           "index %zu must be finite, got %g",
                           k % dim, name, k / dim, set->x[k]);
    }
  }
  return SIM_OK;
}

enum sim_status model_quality_measure(struct model_quality *quality,
                                      const double *samples, size_t n_samples,
                                      const struct model_dataset *data,
                                      double *class_share,
                                      struct sim_error *err) {
  struct work w = {.dim = data->dim,
                   .data = {data->values, data->n},
                   .samples = {samples, n_samples}};
  if (check_points(&w.samples, w.dim, "samples", err) ||
      check_points(&w.data, w.dim, "data points", err) ||
      model_quality_frechet(samples, n_samples, data->values, data->n, w.dim,
                            &quality->frechet, err)) {
    return err->status;
  }
  const enum sim_status status = init(&w, err);
  if (!status) {
    compare_manifolds(&w, quality);
    quality->confidence =
        data->labels ? classify(&w, data->labels, class_share, data->n_classes)
                     : NAN;
  }
  finish(&w);
  return status;
}
