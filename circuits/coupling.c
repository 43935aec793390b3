/* circuits/coupling.c -- dense array of differential conductance pairs
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/coupling.h"

#include <math.h>
#include <stdlib.h>

#include "sim/memory.h"

#define BLOCK 256u  // devices handled together

static const char *const reciprocities[] = {"shared", NULL};

// clang-format off
#define FIELD(f) SIM_FIELD(struct circuit_coupling_params, f)
const struct sim_param circuit_coupling_table[CIRCUIT_COUPLING_N_PARAMS] = {
    {.name = "g_min", .kind = SIM_REAL, FIELD(g_min), .unit = "S",
     SIM_WITHIN(0, 1), .initial = "0 S",
     .help = "lowest conductance of one device"},
    {.name = "g_max", .kind = SIM_REAL, FIELD(g_max), .unit = "S",
     SIM_WITHIN(0, 1), .initial = "10 uS",
     .help = "highest conductance of one device, above g_min"},
    {.name = "levels", .kind = SIM_COUNT, FIELD(levels),
     SIM_WITHIN(0, 65536), .initial = "0",
     .help = "values one device can take, both ends counted; 0: continuous"},
    {.name = "programming", .kind = SIM_CHOICE, FIELD(programming),
     .choices = circuit_programming_names, .initial = "ideal",
     .help = "law by which a conductance reaches its target"},
    {.name = "reciprocity", .kind = SIM_CHOICE, FIELD(reciprocity),
     .choices = reciprocities, .initial = "shared",
     .help = "shared: one array carries both directions of a coupling"},
};
// clang-format on
enum sim_status circuit_coupling_check(
    const struct circuit_coupling_params *params,
    const struct sim_config *config, struct sim_error *err) {
  if (params->levels == 1) {
    const struct sim_where where =
        sim_config_where(config, "chip.coupling.levels");
    return sim_error_at(err, SIM_ECONFIG, &where, "must be >= 2, got 1");
  }
  if (!(params->g_max > params->g_min)) {
    const struct sim_where where =
        sim_config_where(config, "chip.coupling.g_max");
    return sim_error_at(err, SIM_ECONFIG, &where,
                        "must be > g_min (%g S), got %g S", params->g_min,
                        params->g_max);
  }
  return SIM_OK;
}

static void set_all(size_t n, double value, double *g) {
  for (size_t i = 0; i < n; i++) {
    g[i] = value;
  }
}

enum sim_status circuit_coupling_init(
    struct circuit_coupling *array,
    const struct circuit_coupling_params *params, size_t n_out, size_t n_in,
    struct sim_error *err) {
  *array = (struct circuit_coupling){
      .n_out = n_out,
      .n_in = n_in,
      .g_plus = sim_alloc_doubles(n_out * n_in, err),
      .g_minus = sim_alloc_doubles(n_out * n_in, err),
      .window = {params->g_min, params->g_max, params->levels},
      .law = circuit_programming_at((size_t)params->programming),
  };
  if (!array->g_plus || !array->g_minus) {
    circuit_coupling_finish(array);
    return err->status;
  }
  set_all(n_out * n_in, params->g_min, array->g_plus);
  set_all(n_out * n_in, params->g_min, array->g_minus);
  return SIM_OK;
}

void circuit_coupling_finish(struct circuit_coupling *array) {
  free(array->g_plus);
  free(array->g_minus);
  array->g_plus = array->g_minus = NULL;
}

/* Targets (m) [S] of the devices of one sign: g_min + max(sign w, 0). */
static void device_targets(const struct circuit_coupling *array, size_t m,
                           double signed_unit, const double *w,
                           double *target) {
  for (size_t i = 0; i < m; i++) {
    target[i] = array->window.g_min + fmax(signed_unit * w[i], 0.0);
  }
}

size_t circuit_coupling_program(struct circuit_coupling *array, double unit,
                                const double *w) {
  const size_t n = array->n_out * array->n_in;
  double target[BLOCK];
  size_t n_outside = 0;
  for (size_t i = 0, m; i < n; i += m) {
    m = n - i < BLOCK ? n - i : BLOCK;
    device_targets(array, m, unit, w + i, target);
    n_outside +=
        array->law->write(&array->window, m, target, array->g_plus + i);
    device_targets(array, m, -unit, w + i, target);
    n_outside +=
        array->law->write(&array->window, m, target, array->g_minus + i);
  }
  return n_outside;
}

void circuit_coupling_read(const struct circuit_coupling *array, double unit,
                           double *w) {
  const size_t n = array->n_out * array->n_in;
  for (size_t i = 0; i < n; i++) {
    w[i] = (array->g_plus[i] - array->g_minus[i]) / unit;
  }
}
