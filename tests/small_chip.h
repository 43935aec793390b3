/* tests/small_chip.h -- small networks, and their physics written once more
 *
 *   Phi(s) = b_0.x + sum_l r(s_l+1).(W_l a_l + b_l+1),  a_0 = x, a_l = r(s_l)
 *   E(s)   = sum_i leak_i s_i^2/2 - Phi(s)
 *
 * The functions own_... follow these formulas with the C library, one sample
 * and one coupling at a time. They share no code with models/, so that both
 * would have to be wrong in the same way.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_SMALL_CHIP_H
#define TESTS_SMALL_CHIP_H

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <string.h>

#include "models/controller.h"
#include "models/network.h"
#include "models/phases.h"
#include "models/settler.h"
#include "tests/check.h"
#include "tests/curve_point.h"
#include "tests/folder.h"

enum { SMALL_MAX_NODES = 400 };

/* --- random numbers --- */

static inline void fill_normal(gsl_rng *rng, size_t n, double sigma,
                               double *x) {
  for (size_t i = 0; i < n; i++) {
    x[i] = gsl_ran_gaussian(rng, sigma);
  }
}

static inline void fill_between(gsl_rng *rng, size_t n, double low, double high,
                                double *x) {
  for (size_t i = 0; i < n; i++) {
    x[i] = gsl_ran_flat(rng, low, high);
  }
}

/* --- transfer curves --- */

/* Points of the measured curve: tanh(v) at v = -4, -3.5, ..., 4, in volts. */
#define TABLE_VOLT 0.1
#define TABLE_STEP 0.5
enum { TABLE_POINTS = 17 };

static inline double table_point(size_t i) {
  return TABLE_STEP * ((double)i - (TABLE_POINTS - 1) / 2.0);
}

static inline void write_table(const char *path) {
  FILE *file = fopen(path, "w");
  CHECK(file);
  fprintf(file, "# input V, output V\n");
  for (size_t i = 0; i < TABLE_POINTS; i++) {
    const double v = table_point(i);
    fprintf(file, "%.17g %.17g\n", TABLE_VOLT * v, TABLE_VOLT * tanh(v));
  }
  fclose(file);
}

static inline void small_curve(struct circuit_transfer *curve,
                               const char *name) {
  struct sim_error err = {0};
  char folder[64], path[256] = "none";
  const int is_table = strcmp(name, "table") == 0;
  if (is_table) {
    folder_make(folder);
    write_table(folder_path(path, folder, "curve.txt"));
  }
  CHECK_OK(
      circuit_transfer_init(curve, curve_index(name), path, TABLE_VOLT, &err),
      err);
  if (is_table) {
    folder_remove(folder);
  }
}

/* A state within `reach` of which the second derivative of r jumps, so that
 * differences across it say nothing. */
static inline int is_near_kink(const char *name, double v, double reach) {
  if (strcmp(name, "hard_sigmoid") == 0) {
    return fabs(v) < reach || fabs(v - 1) < reach;
  }
  const double beside = remainder(v, TABLE_STEP);
  return strcmp(name, "table") == 0 && fabs(beside) < reach;
}

/* r and r' of a curve that is a formula. */
static inline void own_curve(const char *name, double v, double *r,
                             double *slope) {
  const double q = 1 / (1 + exp(-v));
  if (strcmp(name, "silu") == 0) {
    *r = 10 * tanh(v * q / 10);
    *slope = (1 - *r * *r / 100) * q * (1 + v * (1 - q));
  } else if (strcmp(name, "tanh") == 0) {
    *r = tanh(v);
    *slope = 1 - *r * *r;
  } else if (strcmp(name, "sigmoid") == 0) {
    *r = q;
    *slope = q * (1 - q);
  } else if (strcmp(name, "softplus") == 0) {
    *r = log(1 + exp(v));
    *slope = q;
  } else {
    assert_string_equal(name, "identity");
    *r = v;
    *slope = 1;
  }
}

/* --- networks --- */

struct small {
  const char *curve_name;
  struct circuit_transfer curve;
  struct model_network net;
};

/* Random weights (standard deviation gain/sqrt(n_in + n_out)) and biases
 * (standard deviation 0.3), leaks and capacitances 1. */
static inline void small_make(struct small *small, size_t n_layers,
                              const size_t *width, const char *curve,
                              double gain, unsigned long seed) {
  struct sim_error err = {0};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, seed);
  const struct model_layout layout = model_layout_make(n_layers, width);
  small->curve_name = curve;
  small_curve(&small->curve, curve);
  CHECK_OK(model_network_init(&small->net, &layout, &small->curve, &err), err);
  for (size_t l = 0; l + 1 < n_layers; l++) {
    fill_normal(rng, width[l] * width[l + 1],
                gain / sqrt((double)(width[l] + width[l + 1])),
                small->net.theta + layout.weight_at[l]);
  }
  fill_normal(rng, layout.n_nodes, 0.3, small->net.theta + layout.bias_at[0]);
  for (size_t i = 0; i < layout.n_nodes; i++) {
    small->net.leak[i] = 1;
  }
  gsl_rng_free(rng);
}

/* Leaks and capacitances of every node different. */
static inline void small_spread(struct small *small, gsl_rng *rng) {
  for (size_t i = 0; i < small->net.layout.n_nodes; i++) {
    small->net.leak[i] = gsl_ran_flat(rng, 0.7, 1.4);
    small->net.inv_capacitance[i] = 1 / gsl_ran_flat(rng, 0.5, 20);
  }
}

/* Directions of their own, apart by a relative standard deviation sigma. */
static inline void small_separate(struct small *small, double sigma,
                                  gsl_rng *rng) {
  struct sim_error err = {0};
  CHECK_OK(model_network_separate(&small->net, &err), err);
  for (size_t i = 0; i < small->net.layout.bias_at[0]; i++) {
    small->net.theta[i] *= 1 + gsl_ran_gaussian(rng, sigma);
    small->net.theta_back[i] *= 1 + gsl_ran_gaussian(rng, sigma);
  }
}

/* Amplifiers that differ: gains by about 20 %, offsets by about 0.2. */
static inline void small_amplifiers(struct small *small, gsl_rng *rng) {
  struct sim_error err = {0};
  CHECK_OK(model_network_spread(&small->net, &err), err);
  for (size_t i = 0; i < small->net.layout.n_nodes; i++) {
    small->net.gain[i] = gsl_ran_flat(rng, 0.7, 1.3);
    small->net.input_gain[i] = gsl_ran_flat(rng, 0.7, 1.3);
    small->net.offset[i] = gsl_ran_gaussian(rng, 0.2);
  }
}

static inline void small_finish(struct small *small) {
  model_network_finish(&small->net);
  circuit_transfer_finish(&small->curve);
}

/* --- the same physics once more, for one sample --- */

/* Spring and nudge as two branches and a current, into visible nodes. */
struct own_drive {
  double spring, nudge;   // conductances
  const double *x_t;      // (n_visible) voltage of the spring's source
  const double *xhat;     // (n_visible) of the nudge's; NULL: no nudge
  const double *current;  // (n_visible) or NULL
  int is_clamped;
};

/* force (n_nodes) = -dE/ds + drive: the net current into each node. */
static inline void own_force(const struct small *small,
                             const struct own_drive *drive, const double *s,
                             double *force) {
  const struct model_layout *at = &small->net.layout;
  double r[SMALL_MAX_NODES], slope[SMALL_MAX_NODES];
  const size_t n_visible = at->width[0];
  size_t n = 0, n_weights = 0;
  for (size_t l = 0; l < at->n_layers; l++) {
    n += at->width[l];
    n_weights += l > 0 ? at->width[l] * at->width[l - 1] : 0;
  }
  for (size_t i = 0; i < n; i++) {
    const double input = small->net.gain ? s[i] - small->net.offset[i] : s[i];
    r[i] = input;
    slope[i] = 1;
    if (i >= n_visible) {
      own_curve(small->curve_name, input, &r[i], &slope[i]);
      slope[i] *= small->net.gain ? small->net.input_gain[i] : 1;
      slope[i] = small->net.neuron == MODEL_HOPFIELD ? 1 : slope[i];
    }
    r[i] *= small->net.gain ? small->net.gain[i] : 1;
    force[i] = small->net.theta[n_weights + i];
  }
  const double *w = small->net.theta;
  const double *back = small->net.theta_back ? small->net.theta_back : w;
  for (size_t l = 0, below = 0; l + 1 < at->n_layers; l++) {
    const size_t above = below + at->width[l];
    for (size_t k = 0; k < at->width[l + 1]; k++) {
      for (size_t j = 0; j < at->width[l]; j++, w++, back++) {
        force[above + k] += *w * r[below + j];
        force[below + j] += *back * r[above + k];
      }
    }
    below = above;
  }
  for (size_t i = 0; i < n; i++) {
    force[i] = slope[i] * force[i] - small->net.leak[i] * s[i];
  }
  for (size_t i = 0; i < n_visible; i++) {
    force[i] += drive->spring * (drive->x_t[i] - s[i]);
    force[i] += drive->xhat ? drive->nudge * (drive->xhat[i] - s[i]) : 0;
    force[i] += drive->current ? drive->current[i] : 0;
    force[i] = drive->is_clamped ? 0 : force[i];
  }
}

/* jacobian (n x n) of the force, by central differences. */
static inline void own_jacobian(const struct small *small,
                                const struct own_drive *drive, const double *s,
                                gsl_matrix *jacobian) {
  const size_t n = small->net.layout.n_nodes;
  double p[SMALL_MAX_NODES], up[SMALL_MAX_NODES], down[SMALL_MAX_NODES];
  const double h = 1e-5;
  memcpy(p, s, n * sizeof *p);
  for (size_t j = 0; j < n; j++) {
    p[j] = s[j] + h;
    own_force(small, drive, p, up);
    p[j] = s[j] - h;
    own_force(small, drive, p, down);
    p[j] = s[j];
    for (size_t i = 0; i < n; i++) {
      const double fixed =
          drive->is_clamped && i < small->net.layout.width[0] && i == j;
      gsl_matrix_set(jacobian, i, j, (up[i] - down[i]) / (2 * h) - fixed);
    }
  }
}

/* The equilibrium near s (n), by Newton's method; s becomes it. */
static inline void own_equilibrium(const struct small *small,
                                   const struct own_drive *drive, double *s) {
  const size_t n = small->net.layout.n_nodes;
  gsl_matrix *jacobian = gsl_matrix_alloc(n, n);
  gsl_permutation *order = gsl_permutation_alloc(n);
  gsl_vector *step = gsl_vector_alloc(n), *f = gsl_vector_alloc(n);
  double largest = 1;
  for (int round = 0; round < 20 && largest > 1e-15; round++) {
    int sign;
    own_force(small, drive, s, f->data);
    own_jacobian(small, drive, s, jacobian);
    gsl_linalg_LU_decomp(jacobian, order, &sign);
    gsl_linalg_LU_solve(jacobian, order, f, step);
    largest = 0;
    for (size_t i = 0; i < n; i++) {
      s[i] -= step->data[i];
      largest = fmax(largest, fabs(step->data[i]));
    }
  }
  CHECK(largest < 1e-13);
  gsl_matrix_free(jacobian);
  gsl_permutation_free(order);
  gsl_vector_free(step);
  gsl_vector_free(f);
}

/* --- settling --- */

static inline struct model_settling small_settling(const char *integrator,
                                                   double step, double duration,
                                                   double until) {
  return (struct model_settling){
      .integrator = sim_integrator_find(integrator),
      .settings = {.step = step, .tolerance = 1e-9},
      .duration = duration,
      .until = until,
  };
}

/* Settled as far as doubles allow: Euler contracts to the last digit. */
static inline struct model_settling settle_fully(void) {
  return small_settling("euler", 0.05, 4000, 1e-13);
}

/* Gradient (n_parameters) of one batch by a controller of its own. */
static inline struct model_measurement small_measure(
    const struct model_network *net, const struct model_learning *rule,
    const struct model_settling *settling, const struct model_batch *batch,
    double *gradient) {
  struct sim_error err = {0};
  struct model_controller *controller;
  struct model_measurement seen;
  CHECK_OK(
      model_controller_create(&controller, rule, settling, net, batch->n, &err),
      err);
  CHECK_OK(model_controller_measure(controller, batch, gradient, &seen, &err),
           err);
  model_controller_destroy(controller);
  return seen;
}

/* Element (node, lane) of a tile. */
static inline double lane_of(const double *tile, size_t n_lanes, size_t node,
                             size_t lane) {
  return tile[node * n_lanes + lane];
}

#endif
