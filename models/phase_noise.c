/* models/phase_noise.c -- what a noise current does to the reads of a sample,
 * mode by mode
 *
 * Going back in time from the last read: what a view takes of a, of the
 * current's state x and of the mean Y over a window, at the end of an interval
 * of length L, it takes of a and x at its beginning as
 *
 *   a0 = a e^(-l L) + Y H(l)/W,                      H(y) = (1 - e^(-y L))/y
 *   x0 = x e^(-g L) + a (e^(-g L) - e^(-l L))/(l - g)
 *        + Y (H(g) - H(l))/((l - g) W)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/phase_noise.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/decay.h"
#include "sim/memory.h"

#define STANDS_STILL \
  1e-7              // of a phase: slower than that is as good as constant
#define APART 1e-4  // relative distance of a trap's rate from the modes
#define MAX_SHIFTS 200u
#define SMALL 1e-2  // exponent below which a difference of 1 has too few digits

enum { PLAIN, WINDOW };

enum sim_status model_phase_noise_init(struct model_phase_noise *noise,
                                       size_t n, struct sim_error *err) {
  const size_t wide = 2 * MODEL_MAX_INTERVALS, size = sizeof(double complex);
  *noise = (struct model_phase_noise){
      .n = n,
      .rate = sim_alloc(n, size, err),
      .held = sim_alloc(n, size, err),
      .start = sim_alloc(n, size, err),
      .overlap = {sim_alloc(n * n, size, err), sim_alloc(n * n, size, err)},
      .own = {sim_alloc(n * n, size, err), sim_alloc(n * n, size, err)},
      .rest = sim_alloc(n * n, size, err),
      .p = sim_alloc(n * wide, size, err),
      .s = sim_alloc(n * wide, size, err),
      .z = sim_alloc(n * wide, size, err),
  };
  for (size_t k = 0; k < MODEL_MAX_INTERVALS; k++) {
    noise->interval[k].a = sim_alloc(n, size, err);
  }
  if (err->status) {
    model_phase_noise_finish(noise);
  }
  return err->status;
}

void model_phase_noise_finish(struct model_phase_noise *noise) {
  free(noise->rate);
  free(noise->held);
  free(noise->start);
  free(noise->rest);
  free(noise->p);
  free(noise->s);
  free(noise->z);
  for (size_t k = 0; k < 2; k++) {
    free(noise->overlap[k]);
    free(noise->own[k]);
  }
  for (size_t k = 0; k < MODEL_MAX_INTERVALS; k++) {
    free(noise->interval[k].a);
  }
  *noise = (struct model_phase_noise){0};
}

/* --- the phases --- */

/* What a phase begins with. */
enum begin { REST, CARRIED, STORED };

struct phase {
  enum begin begin;
  double left;   // [1] of a stored state
  double force;  // [1]
  double end;    // what the view takes of the state at its end
  double read;   // what it takes of what is read out
};

static enum begin begin_of(enum model_protocol protocol) {
  switch (protocol) {
    case MODEL_SNAPSHOT:
      return STORED;
    case MODEL_RESET:
      return REST;
    default:
      return CARRIED;
  }
}

/* In the order of time; returns how many. */
static size_t list_phases(const struct model_phase_plan *plan,
                          enum model_phase_view view, struct phase *phase) {
  const bool is_difference = view == MODEL_VIEW_DIFFERENCE;
  const enum begin begin = begin_of(plan->protocol);
  size_t n = 0;
  phase[n++] =
      (struct phase){.begin = REST,
                     .end = view == MODEL_VIEW_NODE,
                     .read = is_difference ? (plan->n_phases == 2 ? -1.0 : 0.0)
                                           : view == MODEL_VIEW_READ};
  if (!is_difference) {
    return n;
  }
  phase[n++] =
      (struct phase){.begin = begin, .left = 1, .force = -1, .read = 1};
  if (plan->n_phases == 2) {
    return n;
  }
  if (plan->protocol == MODEL_RERUN) {
    phase[n++] = (struct phase){.begin = REST};
  }
  phase[n++] = (struct phase){
      .begin = begin, .left = plan->droop, .force = 1, .read = -1};
  return n;
}

/* One more interval, met backwards, with what the view takes of its end; then
 * what it takes of its beginning. */
static void pass(struct model_phase_noise *noise, double length, bool is_window,
                 double force, double mean, double complex *a) {
  if (!(length > 0)) {
    return;
  }
  struct model_phase_interval *at = &noise->interval[noise->n_intervals++];
  at->length = length;
  at->is_window = is_window;
  at->force = force;
  at->mean = mean;
  memcpy(at->a, a, noise->n * sizeof *a);
  for (size_t m = 0; m < noise->n; m++) {
    const double complex l = noise->rate[m];
    a[m] *= cexp(-l * length);
    a[m] +=
        mean == 0 ? 0 : mean / noise->plan.window * sim_decay_share(l, length);
  }
}

static void pass_phase(struct model_phase_noise *noise,
                       const struct phase *phase, double complex *a) {
  const double window = noise->plan.window;
  const double end = phase->end + (window > 0 ? 0 : phase->read);
  for (size_t m = 0; m < noise->n; m++) {
    a[m] += end;
  }
  pass(noise, window, true, phase->force, phase->read, a);
  pass(noise, noise->plan.duration - window, false, phase->force, 0, a);
  for (size_t m = 0; m < noise->n; m++) {
    if (phase->begin == STORED) {
      noise->held[m] += phase->left * a[m];
    }
    a[m] = phase->begin == CARRIED ? a[m] : 0;
  }
}

void model_phase_noise_view(struct model_phase_noise *noise,
                            enum model_phase_view view) {
  const size_t n = noise->n, square = n * n * sizeof *noise->rest;
  struct phase phase[4];
  double complex *a = noise->start;
  size_t left = list_phases(&noise->plan, view, phase);
  noise->n_intervals = 0;
  memset(noise->held, 0, n * sizeof *noise->held);
  memset(a, 0, n * sizeof *a);
  while (left-- > 0) {
    for (size_t m = 0; left == 0 && m < n; m++) {
      a[m] += noise->held[m];  // stored at the end of the free phase
    }
    pass_phase(noise, &phase[left], a);
  }
  memset(noise->own[PLAIN], 0, square);
  memset(noise->own[WINDOW], 0, square);
  memset(noise->rest, 0, square);
}

/* Integral of e^-l_m u (e^-l_n u)* over the length. */
static void fill_overlap(const struct model_phase_noise *noise, double length,
                         double complex *overlap) {
  const size_t n = noise->n;
  double complex *left = noise->start;
  for (size_t m = 0; m < n; m++) {
    left[m] = cexp(-noise->rate[m] * length);
  }
  for (size_t m = 0; m < n; m++) {
    for (size_t k = m; k < n; k++) {
      const double complex y = noise->rate[m] + conj(noise->rate[k]);
      overlap[m * n + k] = cabs(y) * length < SMALL
                               ? sim_decay_share(y, length)
                               : (1.0 - left[m] * conj(left[k])) / y;
    }
  }
}

void model_phase_noise_begin(struct model_phase_noise *noise,
                             const struct model_phase_plan *plan,
                             const double complex *rate) {
  const double still = STANDS_STILL / plan->duration;
  noise->plan = *plan;
  for (size_t m = 0; m < noise->n; m++) {
    noise->rate[m] = cabs(rate[m]) < still ? still : rate[m];
  }
  fill_overlap(noise, plan->duration - plan->window, noise->overlap[PLAIN]);
  fill_overlap(noise, plan->window, noise->overlap[WINDOW]);
}

/* --- currents --- */

/* Columns of P e^-lu + sum_j S_j e^(-x_j u), and of
 * Z_j = P integral of e^-(l + x_j)u + 1/2 sum_i S_i integral of e^-(x_i + x_j)u
 * so that the moments are P P* overlap + S Z* + Z S*. */
struct columns {
  size_t n_p[2];  // plain, window
  size_t n_s;
};

static double complex *column_p(struct model_phase_noise *noise,
                                const struct columns *c, int kind, size_t m) {
  return noise->p + (kind * MODEL_MAX_INTERVALS + c->n_p[kind]) * noise->n + m;
}

/* One element of two columns of S and Z, from its P and both S. */
static void set_rest(struct model_phase_noise *noise, size_t column, size_t m,
                     double length, double complex p, double g,
                     double complex s_g, double complex s_0) {
  const size_t at = column * noise->n + m;
  const double complex l = noise->rate[m];
  const bool is_white = isinf(g);
  const double one = is_white ? 0 : creal(sim_decay_share(g, length));
  noise->s[at] = s_0;
  noise->z[at] =
      p * sim_decay_share(l, length) + 0.5 * (s_g * one + s_0 * length);
  if (!is_white) {
    noise->s[at + noise->n] = s_g;
    noise->z[at + noise->n] =
        p * sim_decay_share(l + g, length) +
        0.5 * (s_g * sim_decay_share(2 * g, length) + s_0 * one);
  }
}

/* k(u) of white noise: a e^-lu + Y (1 - e^-lu)/(l W). */
static void add_white_interval(struct model_phase_noise *noise,
                               const struct model_phase_interval *at,
                               struct columns *c) {
  const int kind = at->is_window ? WINDOW : PLAIN;
  for (size_t m = 0; m < noise->n; m++) {
    const double complex l = noise->rate[m];
    const double complex mean =
        at->is_window ? at->mean / (l * noise->plan.window) : 0;
    const double complex p = at->a[m] - mean;
    *column_p(noise, c, kind, m) = p;
    if (at->is_window) {
      set_rest(noise, c->n_s, m, at->length, p, INFINITY, 0, mean);
    }
  }
  c->n_p[kind]++;
  c->n_s += at->is_window;
}

/* k(u) of the process that drives a trap's moments, and what the view takes of
 * the current at the beginning of the interval. */
static void add_trap_interval(struct model_phase_noise *noise,
                              const struct model_phase_interval *at, double g,
                              struct columns *c) {
  const int kind = at->is_window ? WINDOW : PLAIN;
  const double root = sqrt(2 * g), window = noise->plan.window;
  const double mean = at->is_window ? at->mean / window : 0;
  for (size_t m = 0; m < noise->n; m++) {
    const double complex l = noise->rate[m], d = l - g, a = at->a[m];
    const double complex p = root / d * (mean / l - a);
    const double complex s_g = root * ((a - mean / g) / d + noise->start[m]);
    const double complex s_0 = root * mean / (g * l);
    *column_p(noise, c, kind, m) = p;
    set_rest(noise, c->n_s, m, at->length, p, g, s_g, s_0);
    noise->start[m] = noise->start[m] * exp(-g * at->length) +
                      a * sim_decay_passed(l, g, at->length) +
                      mean * sim_decay_mean(l, g, at->length);
  }
  c->n_p[kind]++;
  c->n_s += 2;
}

static void sum_columns(struct model_phase_noise *noise,
                        const struct columns *c, double strength) {
  const int n = (int)noise->n;
  const double complex factor = strength;
  for (int kind = PLAIN; kind <= WINDOW; kind++) {
    cblas_zherk(CblasColMajor, CblasLower, CblasNoTrans, n, (int)c->n_p[kind],
                strength, noise->p + kind * MODEL_MAX_INTERVALS * noise->n, n,
                1.0, noise->own[kind], n);
  }
  cblas_zher2k(CblasColMajor, CblasLower, CblasNoTrans, n, (int)c->n_s, &factor,
               noise->s, n, noise->z, n, 1.0, noise->rest, n);
}

/* A rate near g that keeps away from those of the modes, where the closed
 * forms lose their digits. */
static double keep_apart(const struct model_phase_noise *noise, double g) {
  double best = g, widest = -1;
  for (size_t k = 0; k < MAX_SHIFTS && widest < APART; k++) {
    const double step = (double)((k + 1) / 2) * (k % 2 ? 1 : -1);
    const double shifted = g * (1 + APART * step);
    double gap = INFINITY;
    for (size_t m = 0; m < noise->n; m++) {
      gap = fmin(gap, cabs(noise->rate[m] - shifted) / g);
    }
    if (gap > widest) {
      widest = gap;
      best = shifted;
    }
  }
  return best;
}

void model_phase_noise_add(struct model_phase_noise *noise, double g,
                           double strength) {
  struct columns c = {0};
  if (isinf(g)) {
    for (size_t k = 0; k < noise->n_intervals; k++) {
      add_white_interval(noise, &noise->interval[k], &c);
    }
    sum_columns(noise, &c, strength);
    return;
  }
  const double apart =
      keep_apart(noise, fmax(g, STANDS_STILL / noise->plan.duration));
  memset(noise->start, 0, noise->n * sizeof *noise->start);
  for (size_t k = 0; k < noise->n_intervals; k++) {
    add_trap_interval(noise, &noise->interval[k], apart, &c);
  }
  sum_columns(noise, &c, strength);
  cblas_zherk(CblasColMajor, CblasLower, CblasNoTrans, (int)noise->n, 1,
              strength, noise->start, (int)noise->n, 1.0, noise->rest,
              (int)noise->n);
}

/* The lower triangle of a column-major matrix is the upper one of its transpose
 * in rows, which is the conjugate. */
void model_phase_noise_moments(const struct model_phase_noise *noise,
                               double complex *k) {
  const size_t n = noise->n;
  for (size_t i = 0; i < n; i++) {
    for (size_t j = i; j < n; j++) {
      const size_t at = i * n + j;
      const double complex value =
          conj(noise->own[PLAIN][at]) * noise->overlap[PLAIN][at] +
          conj(noise->own[WINDOW][at]) * noise->overlap[WINDOW][at] +
          conj(noise->rest[at]);
      k[j * n + i] = conj(value);
      k[at] = value;
    }
  }
}

/* Add what the view shows of a constant force in one interval. */
static void add_force(const struct model_phase_noise *noise,
                      const struct model_phase_interval *at, double force,
                      double complex *response) {
  for (size_t m = 0; m < noise->n; m++) {
    const double complex l = noise->rate[m], h = sim_decay_share(l, at->length);
    const double complex mean =
        at->is_window ? at->mean * (at->length - h) / (l * noise->plan.window)
                      : 0;
    response[m] += force * (at->a[m] * h + mean);
  }
}

void model_phase_noise_response(const struct model_phase_noise *noise,
                                double complex *response) {
  memset(response, 0, noise->n * sizeof *response);
  for (size_t k = 0; k < noise->n_intervals; k++) {
    const struct model_phase_interval *at = &noise->interval[k];
    if (at->force != 0) {
      add_force(noise, at, at->force, response);
    }
  }
}

void model_phase_noise_steady(const struct model_phase_noise *noise,
                              double complex *response) {
  memset(response, 0, noise->n * sizeof *response);
  for (size_t k = 0; k < noise->n_intervals; k++) {
    add_force(noise, &noise->interval[k], 1.0, response);
  }
}
