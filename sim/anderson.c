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

void sim_anderson_forget(struct sim_anderson *mix, size_t lane) {
  mix->n_kept[lane] = 0;
}

/* Newest changes into slot j, and f, g into place for the next step. */
SIM_VECTORISED static void note_changes(size_t size, const double *restrict s,
                                        const double *restrict g,
                                        double *restrict g_last,
                                        double *restrict f_last,
                                        double *restrict dg,
                                        double *restrict df) {
  for (size_t i = 0; i < size; i++) {
    const double f = g[i] - s[i];
    dg[i] = g[i] - g_last[i];
    df[i] = f - f_last[i];
    g_last[i] = g[i];
    f_last[i] = f;
  }
}

/* sum (n_lanes) = a.b of each lane. */
SIM_VECTORISED static void dot(size_t n, size_t n_lanes,
                               const double *restrict a,
                               const double *restrict b, double *restrict sum) {
  memset(sum, 0, n_lanes * sizeof *sum);
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < n_lanes; k++) {
      sum[k] += a[i * n_lanes + k] * b[i * n_lanes + k];
    }
  }
}

/* s -= c dg, c (n_lanes). A lane with c = 0 may not use dg, which may hold
 * NaN there. */
SIM_VECTORISED static void subtract(size_t n, size_t n_lanes,
                                    const double *restrict c,
                                    const double *restrict dg,
                                    double *restrict s) {
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < n_lanes; k++) {
      s[i * n_lanes + k] -= c[k] != 0 ? c[k] * dg[i * n_lanes + k] : 0;
    }
  }
}

static double *gram_at(const struct sim_anderson *mix, size_t i, size_t j) {
  return mix->gram + (i * mix->window + j) * mix->max_lanes;
}

static void update_gram(struct sim_anderson *mix, size_t newest,
                        size_t n_slots) {
  for (size_t j = 0; j < n_slots; j++) {
    dot(mix->n, mix->n_lanes, mix->df[newest], mix->df[j],
        gram_at(mix, newest, j));
    memcpy(gram_at(mix, j, newest), gram_at(mix, newest, j),
           mix->n_lanes * sizeof(double));
    dot(mix->n, mix->n_lanes, mix->df[j], mix->f,
        mix->rhs + j * mix->max_lanes);
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

void sim_anderson_advance(struct sim_anderson *mix, double *s,
                          const double *g) {
  const size_t size = mix->n * mix->n_lanes;
  const size_t newest = mix->n_steps % mix->window;
  const size_t n_slots =
      mix->n_steps < mix->window ? mix->n_steps + 1 : mix->window;
  note_changes(size, s, g, mix->g, mix->f, mix->dg[newest], mix->df[newest]);
  update_gram(mix, newest, n_slots);
  for (size_t k = 0; k < mix->n_lanes; k++) {
    weigh_lane(mix, k, newest);
    mix->n_kept[k] += mix->n_kept[k] < mix->window;
  }
  memcpy(s, g, size * sizeof *s);
  for (size_t j = 0; j < n_slots; j++) {
    subtract(mix->n, mix->n_lanes, mix->rhs + j * mix->max_lanes, mix->dg[j],
             s);
  }
  mix->n_steps++;
}

void sim_lanes_pack(size_t n, size_t n_lanes, const size_t *keep, size_t n_keep,
                    double *x) {
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < n_keep; k++) {
      x[i * n_keep + k] = x[i * n_lanes + keep[k]];
    }
  }
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
