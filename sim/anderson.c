/* sim/anderson.c -- Anderson acceleration of many fixed-point iterations
 *
 * The Gram matrix of the dF is kept between steps; a step computes only the
 * row of its newest change. All sums run over rows with lanes side by side.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/anderson.h"

#include <stdlib.h>
#include <string.h>

#include "sim/lanes.h"
#include "sim/memory.h"
#include "sim/vmath.h"

#define REGULARISATION 1e-12  // of the Gram matrix, relative to its trace

enum sim_status sim_anderson_init(struct sim_anderson *mix, size_t n,
                                  size_t max_lanes, size_t window,
                                  struct sim_error *err) {
  *mix = (struct sim_anderson){
      .n = n,
      .max_lanes = max_lanes,
      .window = window,
      .g = sim_alloc_doubles(n * max_lanes, err),
      .f = sim_alloc_doubles(n * max_lanes, err),
      .n_kept = sim_alloc(max_lanes, sizeof *mix->n_kept, err),
      .gram = sim_alloc_doubles(window * window * max_lanes, err),
      .rhs = sim_alloc_doubles(window * max_lanes, err),
  };
  int is_whole = mix->g && mix->f && mix->n_kept && mix->gram && mix->rhs;
  for (size_t j = 0; j < window; j++) {
    mix->dg[j] = sim_alloc_doubles(n * max_lanes, err);
    mix->df[j] = sim_alloc_doubles(n * max_lanes, err);
    is_whole = is_whole && mix->dg[j] && mix->df[j];
  }
  if (!is_whole) {
    sim_anderson_finish(mix);
    return err->status;
  }
  return SIM_OK;
}

void sim_anderson_finish(struct sim_anderson *mix) {
  for (size_t j = 0; j < mix->window; j++) {
    free(mix->dg[j]);
    free(mix->df[j]);
  }
  free(mix->g);
  free(mix->f);
  free(mix->n_kept);
  free(mix->gram);
  free(mix->rhs);
  *mix = (struct sim_anderson){0};
}

void sim_anderson_start(struct sim_anderson *mix, size_t n_lanes) {
  mix->n_lanes = n_lanes;
  mix->n_steps = 0;
  memset(mix->n_kept, 0, n_lanes * sizeof *mix->n_kept);
  memset(mix->g, 0, mix->n * n_lanes * sizeof *mix->g);
  memset(mix->f, 0, mix->n * n_lanes * sizeof *mix->f);
}

void sim_anderson_place(struct sim_anderson *mix, size_t lane,
                        const double *s) {
  for (size_t i = lane; i < mix->n * mix->n_lanes; i += mix->n_lanes) {
    mix->g[i] = s[i];
    mix->f[i] = 0.0;
  }
  mix->n_kept[lane] = 0;
}

void sim_anderson_forget(struct sim_anderson *mix, size_t lane) {
  mix->n_kept[lane] = 0;
}

/* --- rows: one number of every lane --- */

/* Newest changes into dg and df; f and g = s + f into place for the next
 * step. */
static inline void note_changes(size_t n_lanes, const double *restrict s,
                                const double *restrict f,
                                double *restrict g_last,
                                double *restrict f_last, double *restrict dg,
                                double *restrict df) {
  for (size_t k = 0; k < n_lanes; k++) {
    const double g = s[k] + f[k];
    dg[k] = g - g_last[k];
    df[k] = f[k] - f_last[k];
    g_last[k] = g;
    f_last[k] = f[k];
  }
}

/* gram += a b, rhs += b f */
static inline void add_products(size_t n_lanes, const double *restrict a,
                                const double *restrict b,
                                const double *restrict f, double *restrict gram,
                                double *restrict rhs) {
  for (size_t k = 0; k < n_lanes; k++) {
    gram[k] += a[k] * b[k];
    rhs[k] += b[k] * f[k];
  }
}

/* A lane with c = 0 may not use dg, which may hold NaN there. */
static inline void subtract(size_t n_lanes, const double *restrict c,
                            const double *restrict dg, double *restrict s) {
  for (size_t k = 0; k < n_lanes; k++) {
    s[k] -= c[k] != 0 ? c[k] * dg[k] : 0;
  }
}

/* --- all rows, each while it is in the first cache --- */

static double *gram_at(const struct sim_anderson *mix, size_t i, size_t j) {
  return mix->gram + (i * mix->window + j) * mix->max_lanes;
}

/* Note the changes of this step in slot `newest`, and their products with
 * those of all slots: gram_at(newest, .) and rhs. */
SIM_VECTORISED static void compare(struct sim_anderson *mix, size_t newest,
                                   size_t n_slots, const double *s,
                                   const double *f) {
  const size_t lanes = mix->n_lanes;
  for (size_t j = 0; j < n_slots; j++) {
    memset(gram_at(mix, newest, j), 0, lanes * sizeof *mix->gram);
    memset(mix->rhs + j * mix->max_lanes, 0, lanes * sizeof *mix->rhs);
  }
  for (size_t row = 0; row < mix->n * lanes; row += lanes) {
    note_changes(lanes, s + row, f + row, mix->g + row, mix->f + row,
                 mix->dg[newest] + row, mix->df[newest] + row);
    for (size_t j = 0; j < n_slots; j++) {
      add_products(lanes, mix->df[newest] + row, mix->df[j] + row, f + row,
                   gram_at(mix, newest, j), mix->rhs + j * mix->max_lanes);
    }
  }
  for (size_t j = 0; j < n_slots; j++) {
    memcpy(gram_at(mix, j, newest), gram_at(mix, newest, j),
           lanes * sizeof *mix->gram);
  }
}

/* s = g - sum_j c_j dg_j, c in rhs. */
SIM_VECTORISED static void extrapolate(const struct sim_anderson *mix,
                                       size_t n_slots, double *s) {
  const size_t lanes = mix->n_lanes;
  for (size_t row = 0; row < mix->n * lanes; row += lanes) {
    memcpy(s + row, mix->g + row, lanes * sizeof *s);
    for (size_t j = 0; j < n_slots; j++) {
      subtract(lanes, mix->rhs + j * mix->max_lanes, mix->dg[j] + row, s + row);
    }
  }
}

/* Solve the m x m system a c = b by elimination; a is symmetric and positive
 * definite thanks to the regularisation. b becomes c. */
static void solve(size_t m, double a[][SIM_ANDERSON_MAX_WINDOW], double *b) {
  for (size_t p = 0; p < m; p++) {
    for (size_t i = p + 1; i < m; i++) {
      const double factor = a[i][p] / a[p][p];
      for (size_t j = p; j < m; j++) {
        a[i][j] -= factor * a[p][j];
      }
      b[i] -= factor * b[p];
    }
  }
  for (size_t p = m; p-- > 0;) {
    for (size_t j = p + 1; j < m; j++) {
      b[p] -= a[p][j] * b[j];
    }
    b[p] /= a[p][p];
  }
}

/* Coefficients of one lane into rhs, 0 for changes it may not use. */
static void weigh_lane(struct sim_anderson *mix, size_t lane, size_t newest) {
  double a[SIM_ANDERSON_MAX_WINDOW][SIM_ANDERSON_MAX_WINDOW];
  double b[SIM_ANDERSON_MAX_WINDOW], c[SIM_ANDERSON_MAX_WINDOW] = {0};
  size_t slot[SIM_ANDERSON_MAX_WINDOW];
  const size_t m = mix->n_kept[lane];
  double trace = 0;
  for (size_t i = 0; i < m; i++) {
    slot[i] = (newest + mix->window - i) % mix->window;
    trace += gram_at(mix, slot[i], slot[i])[lane];
  }
  for (size_t i = 0; i < m; i++) {
    for (size_t j = 0; j < m; j++) {
      a[i][j] = gram_at(mix, slot[i], slot[j])[lane];
    }
    a[i][i] += REGULARISATION * trace;
    b[i] = mix->rhs[slot[i] * mix->max_lanes + lane];
  }
  if (trace > 0) {
    solve(m, a, b);
    for (size_t i = 0; i < m; i++) {
      c[slot[i]] = b[i];
    }
  }
  for (size_t j = 0; j < mix->window; j++) {
    mix->rhs[j * mix->max_lanes + lane] = c[j];
  }
}

/* The newest change once more, `momentum` times. */
static void coast_lane(struct sim_anderson *mix, size_t lane, size_t newest,
                       double momentum) {
  for (size_t j = 0; j < mix->window; j++) {
    mix->rhs[j * mix->max_lanes + lane] = j == newest ? -momentum : 0.0;
  }
}

void sim_anderson_advance(struct sim_anderson *mix, const double *momentum,
                          double *s, const double *f) {
  const size_t newest = mix->n_steps % mix->window;
  const size_t n_slots =
      mix->n_steps < mix->window ? mix->n_steps + 1 : mix->window;
  compare(mix, newest, n_slots, s, f);
  for (size_t k = 0; k < mix->n_lanes; k++) {
    if (momentum && momentum[k] >= 0) {
      coast_lane(mix, k, newest, momentum[k]);
    } else {
      weigh_lane(mix, k, newest);
    }
    mix->n_kept[k] += mix->n_kept[k] < mix->window;
  }
  extrapolate(mix, n_slots, s);
  mix->n_steps++;
}

void sim_anderson_pack(struct sim_anderson *mix, const size_t *keep,
                       size_t n_keep) {
  const size_t n_slots =
      mix->n_steps < mix->window ? mix->n_steps : mix->window;
  sim_lanes_pack(mix->n, mix->n_lanes, keep, n_keep, mix->g);
  sim_lanes_pack(mix->n, mix->n_lanes, keep, n_keep, mix->f);
  for (size_t j = 0; j < n_slots; j++) {
    sim_lanes_pack(mix->n, mix->n_lanes, keep, n_keep, mix->dg[j]);
    sim_lanes_pack(mix->n, mix->n_lanes, keep, n_keep, mix->df[j]);
  }
  for (size_t i = 0; i < mix->window * mix->window; i++) {
    double *row = mix->gram + i * mix->max_lanes;
    for (size_t k = 0; k < n_keep; k++) {
      row[k] = row[keep[k]];
    }
  }
  for (size_t k = 0; k < n_keep; k++) {
    mix->n_kept[k] = mix->n_kept[keep[k]];
  }
  mix->n_lanes = n_keep;
}
