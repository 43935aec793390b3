/* models/assignment_gap.c -- proof of optimality, and the cost of transport
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <stdbool.h>

#include "models/assignment.h"
#include "models/distance.h"

static bool is_permutation(const size_t *perm, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (perm[i] >= n) {
      return false;
    }
    for (size_t k = 0; k < i; k++) {
      if (perm[k] == perm[i]) {
        return false;
      }
    }
  }
  return true;
}

/* The smaller of both; once not a number, always so. */
static double least_or_nan(double least, double value) {
  return isnan(least) || least <= value ? least : value;
}

struct model_assignment_gap model_assignment_gap(const double *cost, size_t n,
                                                 const size_t *perm,
                                                 const double *u,
                                                 const double *v) {
  struct model_assignment_gap proof = {.least_reduced_cost = INFINITY};
  const bool is_valid = is_permutation(perm, n);
  for (size_t i = 0; i < n; i++) {
    const double *c_i = cost + i * n;
    for (size_t j = 0; j < n; j++) {
      const double reduced = c_i[j] - u[i] - v[j];
      proof.least_reduced_cost =
          least_or_nan(proof.least_reduced_cost, reduced);
    }
    proof.cost += is_valid ? c_i[perm[i]] : INFINITY;
    proof.gap += is_valid ? c_i[perm[i]] - u[i] - v[i] : INFINITY;
  }
  proof.excess = proof.gap - (double)n * fmin(0, proof.least_reduced_cost);
  return proof;
}

void model_transport_cost(const double *x0, const double *x1, size_t n,
                          size_t dim, double *cost) {
  model_distance_squared(x0, n, x1, n, dim, cost);
}
