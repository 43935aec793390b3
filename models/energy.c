/* models/energy.c -- heat, work and stored energy of the phases of a tile
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/energy.h"

#include <stdlib.h>
#include <string.h>

#include "models/chip.h"
#include "models/learning.h"
#include "models/settler.h"
#include "sim/memory.h"

#define INTEGRATOR "rk8pd"
#define UNTIL 1e-6  // residual of an operating point that names none

enum sim_status model_energy_init(struct model_energy *meter,
                                  const struct model_layout *layout,
                                  size_t n_lanes, struct sim_error *err) {
  const size_t n = layout->n_nodes;
  *meter = (struct model_energy){
      .n_lanes = n_lanes,
      .n_nodes = n,
      .load = sim_alloc_doubles(n, err),
      .spring = sim_alloc_doubles(layout->width[0], err),
      .sum = sim_alloc_doubles(MODEL_ENERGY_ROWS * n_lanes, err),
      .stored = sim_alloc_doubles(n_lanes, err),
      .unit = 1.0,
      .load_unit = 1.0,
      .time_unit = 1.0,
  };
  if (!meter->load || !meter->spring || !meter->sum || !meter->stored ||
      model_heat_init(&meter->heat, layout, err)) {
    model_energy_finish(meter);
    return err->status;
  }
  meter->state = sim_alloc_doubles(n * n_lanes + model_energy_size(meter), err);
  if (!meter->state) {
    model_energy_finish(meter);
    return err->status;
  }
  return SIM_OK;
}

void model_energy_finish(struct model_energy *meter) {
  free(meter->load);
  free(meter->spring);
  model_heat_finish(&meter->heat);
  free(meter->sum);
  free(meter->stored);
  free(meter->state);
  *meter = (struct model_energy){0};
}

/* What the lower and the upper layer of an array drive. [S] */
static void add_loads(const struct circuit_coupling *array, double *lower,
                      double *upper) {
  const size_t down = array->n_banks > 2 ? 2 : 0;
  for (size_t k = 0; k < array->n_out; k++) {
    for (size_t j = 0; j < array->n_in; j++) {
      const size_t kj = k * array->n_in + j;
      const double up = circuit_coupling_conductance(array, 0, kj) +
                        circuit_coupling_conductance(array, 1, kj);
      lower[j] += up;
      upper[k] += down == 0 ? up
                            : circuit_coupling_conductance(array, 2, kj) +
                                  circuit_coupling_conductance(array, 3, kj);
    }
  }
}

void model_energy_load(const struct model_chip *chip, double *load) {
  const struct model_layout *at = &chip->layout;
  memset(load, 0, at->n_nodes * sizeof *load);
  for (size_t l = 0; l + 1 < at->n_layers; l++) {
    add_loads(&chip->coupling[l], load + at->node_at[l],
              load + at->node_at[l + 1]);
  }
  for (size_t i = 0; i < at->n_nodes; i++) {
    load[i] /= chip->conductance_unit;
  }
}

void model_energy_springs(const struct model_chip *chip,
                          const struct model_learning *rule, double *spring) {
  const struct model_periphery *periphery = chip->periphery;
  for (size_t i = 0; i < chip->layout.width[0]; i++) {
    spring[i] = rule->spring * (periphery ? periphery->sources.spring[i] : 1.0);
  }
}

struct model_settling model_energy_settling(
    const struct model_settling *settling, double tolerance,
    struct model_energy *meter) {
  struct model_settling own = *settling;
  own.meter = meter;
  own.integrator = sim_integrator_find(INTEGRATOR);
  own.settings.tolerance = tolerance;
  own.settings.max_steps = 0;
  own.has_auto_step = false;
  own.is_quiet = true;
  own.window = 0;
  own.keep_unsettled = true;
  if (own.analysis == SIM_OPERATING_POINT && !(own.until > 0)) {
    own.until = UNTIL;
  }
  own.analysis = SIM_TRANSIENT;
  return own;
}

void model_energy_clear(struct model_energy *meter) {
  memset(meter->sum, 0,
         MODEL_ENERGY_ROWS * meter->n_lanes * sizeof *meter->sum);
  memset(meter->stored, 0, meter->n_lanes * sizeof *meter->stored);
  model_heat_clear(&meter->heat);
  meter->time = 0;
  meter->n_runs = 0;
}

/* --- one transient --- */

/* Rows of a tile: powers of its lanes, then squares of its places. */
static size_t n_powers(const struct model_energy *meter) {
  return MODEL_ENERGY_ROWS * meter->n_lanes;
}

size_t model_energy_size(const struct model_energy *meter) {
  return n_powers(meter) + 2 * meter->n_nodes + meter->heat.n_visible;
}

/* The squares in these rows. */
struct squares {
  double *output;   // (n_nodes) of a
  double *voltage;  // (n_nodes)
  double *stretch;  // (n_visible) of V_s - V
};

static struct squares squares_of(const struct model_energy *meter,
                                 double *rows) {
  double *first = rows + n_powers(meter);
  return (struct squares){first, first + meter->n_nodes,
                          first + 2 * meter->n_nodes};
}

/* C s^2/2 of each lane, added with a factor. */
static void add_stored(const struct model_energy *meter,
                       const struct model_network *net, double factor,
                       const double *s, double *stored) {
  for (size_t i = 0; i < meter->n_nodes; i++) {
    const double half = 0.5 * factor / net->inv_capacitance[i];
    const double *s_i = s + i * meter->n_lanes;
    for (size_t k = 0; k < meter->n_lanes; k++) {
      stored[k] += half * s_i[k] * s_i[k];
    }
  }
}

static double unit_of(const struct model_energy *meter,
                      enum model_energy_row row) {
  return row == MODEL_HEAT_COUPLING ? meter->load_unit : meter->unit;
}

/* All conductances at one unit of voltage for the whole phase. */
static void choose_units(struct model_energy *meter,
                         const struct model_network *net,
                         const struct model_drive *drive, double duration) {
  double g = 0, load = 0;
  for (size_t i = 0; i < meter->n_nodes; i++) {
    g += net->leak[i];
    g += i < net->layout.width[0] ? model_drive_conductance(drive, i) : 0.0;
    load += meter->load[i];
  }
  meter->unit = g > 0 ? g * duration : 1.0;
  meter->load_unit = load > 0 ? load * duration : 1.0;
  meter->time_unit = duration;
}

void model_energy_begin(struct model_energy *meter,
                        const struct model_network *net,
                        const struct model_drive *drive, double duration,
                        const double *s) {
  const size_t n = meter->n_nodes * meter->n_lanes;
  choose_units(meter, net, drive, duration);
  add_stored(meter, net, -1.0, s, meter->stored);
  memcpy(meter->state, s, n * sizeof *s);
  memset(meter->state + n, 0, model_energy_size(meter) * sizeof *s);
}

/* What the squares heat. */
static void add_places(struct model_energy *meter,
                       const struct model_network *net,
                       const struct model_drive *drive, double *rows) {
  const struct squares of = squares_of(meter, rows);
  struct model_heat *heat = &meter->heat;
  for (size_t i = 0; i < heat->n_nodes; i++) {
    heat->output[i] += meter->time_unit * of.output[i];
    heat->leak[i] += net->leak[i] * meter->time_unit * of.voltage[i];
  }
  for (size_t i = 0; i < heat->n_visible && !drive->is_clamped; i++) {
    const double nudge = model_drive_conductance(drive, i) - meter->spring[i];
    const double stretch = meter->time_unit * of.stretch[i];
    heat->spring[i] += meter->spring[i] * stretch;
    heat->nudge[i] += nudge * stretch;
  }
}

void model_energy_end(struct model_energy *meter,
                      const struct model_network *net,
                      const struct model_drive *drive, double time, double *s) {
  const size_t n = meter->n_nodes * meter->n_lanes;
  memcpy(s, meter->state, n * sizeof *s);
  add_stored(meter, net, +1.0, s, meter->stored);
  for (size_t i = 0; i < n_powers(meter); i++) {
    const enum model_energy_row row =
        (enum model_energy_row)(i / meter->n_lanes);
    meter->sum[i] += unit_of(meter, row) * meter->state[n + i];
  }
  add_places(meter, net, drive, meter->state + n);
  meter->time += time;
  meter->n_runs++;
}

/* --- powers --- */

/* What every node has: leak, couplings, input stage, bias. */
static void add_node(const struct model_energy *meter,
                     const struct model_network *net, size_t i,
                     const double *s_i, const struct model_work *work,
                     double *powers) {
  const size_t n = meter->n_lanes;
  const double *a = work->r + i * n, *slope = work->slope + i * n;
  const double *current = work->current + i * n;
  const double bias = net->theta[net->layout.bias_at[0] + i];
  const bool has_gain = model_network_has_input_gain(net, i);
  const double ratio = model_network_input_ratio(net, i);
  for (size_t k = 0; k < n; k++) {
    const double gain = has_gain ? ratio * slope[k] : 1.0;
    powers[MODEL_HEAT_LEAK * n + k] += net->leak[i] * s_i[k] * s_i[k];
    powers[MODEL_HEAT_COUPLING * n + k] += meter->load[i] * a[k] * a[k];
    powers[MODEL_WORK_BIAS * n + k] += s_i[k] * gain * bias;
    powers[MODEL_WORK_INPUT * n + k] += s_i[k] * gain * current[k];
  }
}

/* Spring and nudge of a visible node. */
static void add_source(const struct model_energy *meter,
                       const struct model_drive *drive, size_t i,
                       const double *s_i, double *powers) {
  const size_t n = meter->n_lanes;
  const double g = model_drive_conductance(drive, i);
  const double *anchor = drive->anchor + i * n;
  for (size_t k = 0; k < n; k++) {
    const double stretch = anchor[k] - s_i[k];
    const double current = drive->current ? drive->current[i * n + k] : 0.0;
    powers[MODEL_HEAT_SOURCE * n + k] += g * stretch * stretch;
    powers[MODEL_WORK_SOURCE * n + k] +=
        anchor[k] * g * stretch + s_i[k] * current;
  }
}

/* What holds a clamped node takes the rest of its currents. */
static void add_holder(const struct model_energy *meter,
                       const struct model_network *net, size_t i,
                       const double *s_i, const struct model_work *work,
                       double *powers) {
  const size_t n = meter->n_lanes;
  const double bias = net->theta[net->layout.bias_at[0] + i];
  for (size_t k = 0; k < n; k++) {
    const double rest = net->leak[i] * s_i[k] - work->current[i * n + k] - bias;
    powers[MODEL_WORK_SOURCE * n + k] += s_i[k] * rest;
  }
}

/* Mean over the lanes, in the meter's unit. */
static double mean_square(const struct model_energy *meter, const double *x) {
  double sum = 0;
  for (size_t k = 0; k < meter->n_lanes; k++) {
    sum += x[k] * x[k];
  }
  return sum / ((double)meter->n_lanes * meter->time_unit);
}

static void fill_squares(const struct model_energy *meter,
                         const struct model_drive *drive, const double *s,
                         const struct model_work *work,
                         const struct squares *of) {
  const size_t n = meter->n_lanes;
  for (size_t i = 0; i < meter->n_nodes; i++) {
    of->output[i] = mean_square(meter, work->r + i * n);
    of->voltage[i] = mean_square(meter, s + i * n);
  }
  for (size_t i = 0; i < meter->heat.n_visible; i++) {
    double sum = 0;
    for (size_t k = i * n; k < (i + 1) * n && !drive->is_clamped; k++) {
      sum += (drive->anchor[k] - s[k]) * (drive->anchor[k] - s[k]);
    }
    of->stretch[i] = sum / ((double)n * meter->time_unit);
  }
}

void model_energy_powers(const struct model_energy *meter,
                         const struct model_network *net,
                         const struct model_drive *drive, const double *s,
                         const struct model_work *work, double *powers) {
  const size_t n = meter->n_lanes;
  const struct squares squares = squares_of(meter, powers);
  fill_squares(meter, drive, s, work, &squares);
  memset(powers, 0, MODEL_ENERGY_ROWS * n * sizeof *powers);
  for (size_t i = 0; i < meter->n_nodes; i++) {
    add_node(meter, net, i, s + i * n, work, powers);
    if (i < net->layout.width[0] && drive->is_clamped) {
      add_holder(meter, net, i, s + i * n, work, powers);
    } else if (i < net->layout.width[0]) {
      add_source(meter, drive, i, s + i * n, powers);
    }
  }
  for (size_t i = 0; i < n_powers(meter); i++) {
    powers[i] /= unit_of(meter, (enum model_energy_row)(i / n));
  }
}
