/* tests/curve_point.h -- a transfer curve by its name, and what it is at a
 * voltage
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_CURVE_POINT_H
#define TESTS_CURVE_POINT_H

#include <string.h>

#include "circuits/transfer.h"
#include "tests/check.h"

/* Of circuit_transfer_names. */
static inline size_t curve_index(const char *name) {
  size_t i = 0;
  while (circuit_transfer_names[i] && strcmp(circuit_transfer_names[i], name)) {
    i++;
  }
  CHECK(circuit_transfer_names[i]);
  return i;
}

struct point {
  double value, r, slope, curvature;  // r comes with the slope
};

static inline struct point curve_at(const struct circuit_transfer *curve,
                                    double v) {
  struct point p;
  curve->ops->value(curve, 1, &v, &p.value);
  curve->ops->slope(curve, 1, &v, &p.r, &p.slope);
  curve->ops->curvature(curve, 1, &v, &p.curvature);
  return p;
}

#define CURVE_MAX_N 1000u

/* Arrays of n <= CURVE_MAX_N voltages give the bits of single calls. */
static inline void curve_check_blocks(const struct circuit_transfer *curve,
                                      size_t n) {
  static double v[CURVE_MAX_N], value[CURVE_MAX_N + 1], r[CURVE_MAX_N + 1],
      slope[CURVE_MAX_N + 1], curvature[CURVE_MAX_N + 1];
  for (size_t i = 0; i < n; i++) {
    v[i] = 12 * sin(0.1 * (double)i * (double)i);
  }
  value[n] = r[n] = slope[n] = curvature[n] = 42;
  curve->ops->value(curve, n, v, value);
  curve->ops->slope(curve, n, v, r, slope);
  curve->ops->curvature(curve, n, v, curvature);
  for (size_t i = 0; i < n; i++) {
    const struct point want = curve_at(curve, v[i]);
    const struct point got = {value[i], r[i], slope[i], curvature[i]};
    assert_memory_equal(&got, &want, sizeof got);
  }
  CHECK(value[n] == 42 && r[n] == 42 && slope[n] == 42 && curvature[n] == 42);
}

#endif
