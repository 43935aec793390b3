/* circuits/coupling.c -- dense array of differential conductance pairs
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/coupling.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/memory.h"

#define BLOCK 256u  // devices handled together

/* --- birth and death --- */

static enum sim_status init_banks(struct circuit_coupling *array,
                                  const struct circuit_site *site,
                                  struct sim_error *err) {
  const struct circuit_coupling_params *params = &array->programming->params;
  const struct circuit_bank_design design = {params->g_min, params->g_max,
                                             params->pulse.asymmetry,
                                             &params->spread, &params->stuck};
  const bool is_aging = params->age > 0 &&
                        circuit_aging_is_on(&params->drift, &params->retention);
  for (size_t k = 0; k < array->n_banks; k++) {
    const struct circuit_bank_address address = {
        site->seed, site->chip, CIRCUIT_MAX_BANKS * site->array + k};
    if (circuit_bank_init(&array->bank[k], array->n_out * array->n_in, &design,
                          &address, is_aging, err)) {
      return err->status;
    }
  }
  return SIM_OK;
}

/* What a controller remembers. */
static enum sim_status init_written(struct circuit_coupling *array,
                                    struct sim_error *err) {
  const bool has_master =
      array->programming->params.master == CIRCUIT_MASTER_CONTROLLER;
  for (size_t d = 0; has_master && d < array->n_banks / 2; d++) {
    array->written[d] = sim_alloc_doubles(array->n_out * array->n_in, err);
    if (!array->written[d]) {
      return err->status;
    }
  }
  return SIM_OK;
}

enum sim_status circuit_coupling_init(
    struct circuit_coupling *array,
    const struct circuit_coupling_params *params,
    const struct circuit_site *site, size_t n_out, size_t n_in,
    struct sim_error *err) {
  const bool is_separate = params->reciprocity == CIRCUIT_SEPARATE;
  *array = (struct circuit_coupling){
      .n_out = n_out, .n_in = n_in, .n_banks = is_separate ? 4 : 2};
  array->row_time = sim_alloc_doubles(n_out * array->n_banks / 2, err);
  if (!array->row_time ||
      circuit_programming_create(&array->programming, params, site->temperature,
                                 err) ||
      init_banks(array, site, err) || init_written(array, err)) {
    circuit_coupling_finish(array);
    return err->status;
  }
  array->g_plus = array->bank[0].g;
  array->g_minus = array->bank[1].g;
  return SIM_OK;
}

void circuit_coupling_finish(struct circuit_coupling *array) {
  for (size_t k = 0; k < CIRCUIT_MAX_BANKS; k++) {
    circuit_bank_finish(&array->bank[k]);
  }
  circuit_programming_destroy(array->programming);
  free(array->row_time);
  free(array->written[0]);
  free(array->written[1]);
  array->programming = NULL;
  array->row_time = NULL;
  array->g_plus = array->g_minus = NULL;
  array->written[0] = array->written[1] = NULL;
}

/* --- programming --- */

/* Targets (m) [S] of the devices of one sign for weights w (m), of which 1 is
 * signed_unit [S]. */
static void device_targets(const struct circuit_coupling_params *params,
                           size_t m, double signed_unit, const double *w,
                           double *target) {
  if (params->pair == CIRCUIT_BALANCED) {
    const double middle = 0.5 * (params->g_min + params->g_max);
    for (size_t i = 0; i < m; i++) {
      target[i] = middle + 0.5 * signed_unit * w[i];
    }
    return;
  }
  for (size_t i = 0; i < m; i++) {
    target[i] = params->g_min + fmax(signed_unit * w[i], 0.0);
  }
}

/* A block of devices of one side. */
struct block {
  size_t direction;  // 0 up, 1 down
  size_t side;       // 0 plus, 1 minus
  size_t first, m;
  double target[BLOCK], before[BLOCK], moved[2][BLOCK], busy[BLOCK];
};

static double *row_times(const struct circuit_coupling *array,
                         size_t direction) {
  return array->row_time + direction * array->n_out;
}

static struct circuit_bank *bank_of(struct circuit_coupling *array,
                                    const struct block *b) {
  return &array->bank[2 * b->direction + b->side];
}

static bool is_open_loop(const struct circuit_coupling *array) {
  return circuit_programming_law(array->programming, array->n_writes) ==
         CIRCUIT_OPEN_LOOP;
}

/* What the controller wanted, or sees, before this write; NULL: it writes all
 * devices whatever is there. */
static const double *before(struct circuit_coupling *array, struct block *b) {
  const struct circuit_programming *p = array->programming;
  const bool is_needed = is_open_loop(array);
  if (array->n_writes == 0) {
    for (size_t k = 0; k < b->m; k++) {
      b->before[k] = p->params.g_min;
    }
    return is_needed ? b->before : NULL;
  }
  if (array->written[0]) {
    device_targets(&p->params, b->m, b->side == 0 ? 1.0 : -1.0,
                   array->written[b->direction] + b->first, b->before);
    return b->before;
  }
  for (size_t k = 0; k < b->m && is_needed; k++) {
    b->before[k] =
        circuit_programming_present(p, bank_of(array, b), b->first + k, 0);
  }
  return is_needed ? b->before : NULL;
}

/* A row is done with its slowest device, or with its last. */
static void note_time(struct circuit_coupling *array, const struct block *b) {
  const bool is_serial = array->programming->params.at_once == CIRCUIT_DEVICE;
  double *time = row_times(array, b->direction);
  for (size_t k = 0; k < b->m; k++) {
    double *row = &time[(b->first + k) / array->n_in];
    *row = is_serial ? *row + b->busy[k] : fmax(*row, b->busy[k]);
  }
}

static void write_side(struct circuit_coupling *array, struct block *b,
                       double unit, const double *w) {
  device_targets(&array->programming->params, b->m, b->side == 0 ? unit : -unit,
                 w, b->target);
  const struct circuit_write write = {
      .bank = bank_of(array, b),
      .number = array->n_writes,
      .first = b->first,
      .n = b->m,
      .target = b->target,
      .before = before(array, b),
      .moved = b->moved[b->side],
      .busy = b->busy,
  };
  circuit_programming_write(array->programming, &write, &array->effort);
  note_time(array, b);
}

/* Note what the devices were asked for. */
static void note_written(struct circuit_coupling *array, const struct block *b,
                         double unit, const double *w) {
  const bool is_carried = is_open_loop(array);
  double *written = array->written[b->direction] + b->first;
  for (size_t k = 0; k < b->m; k++) {
    written[k] = is_carried ? written[k] + (b->moved[0][k] - b->moved[1][k])
                            : unit * w[k];
  }
}

/* Both sides of one direction. */
static void write_pairs(struct circuit_coupling *array, struct block *b,
                        double unit, const double *w) {
  for (b->side = 0; b->side < 2; b->side++) {
    write_side(array, b, unit, w);
  }
  if (array->written[b->direction]) {
    note_written(array, b, unit, w);
  }
}

/* Time passes between two writes. */
static void grow_older(struct circuit_coupling *array) {
  const size_t n = array->n_out * array->n_in;
  for (size_t k = 0; k < array->n_banks && array->n_writes > 0; k++) {
    for (size_t i = 0; array->bank[k].age && i < n; i++) {
      array->bank[k].age[i] += array->programming->params.age;
    }
  }
}

/* [s] that a direction took; the whole array is done with its slowest row. */
static double direction_time(const struct circuit_coupling *array,
                             size_t direction) {
  const bool is_whole = array->programming->params.at_once == CIRCUIT_ARRAY;
  const double *row = row_times(array, direction);
  double time = 0;
  for (size_t k = 0; k < array->n_out; k++) {
    time = is_whole ? fmax(time, row[k]) : time + row[k];
  }
  return time;
}

size_t circuit_coupling_program(struct circuit_coupling *array, double unit,
                                const double *w) {
  const size_t n = array->n_out * array->n_in,
               n_directions = array->n_banks / 2;
  struct block b;
  array->effort = (struct circuit_effort){0};
  memset(array->row_time, 0,
         n_directions * array->n_out * sizeof *array->row_time);
  grow_older(array);
  for (b.first = 0; b.first < n; b.first += b.m) {
    b.m = n - b.first < BLOCK ? n - b.first : BLOCK;
    for (b.direction = 0; b.direction < n_directions; b.direction++) {
      write_pairs(array, &b, unit, w + b.first);
    }
  }
  for (size_t d = 0; d < n_directions; d++) {
    array->effort.time = fmax(array->effort.time, direction_time(array, d));
  }
  array->n_writes++;
  return array->effort.n_outside;
}

/* --- reading --- */

static bool is_exact(const struct circuit_coupling *array) {
  return !array->bank[0].age &&
         !circuit_read_noise_is_on(&array->programming->params.read_noise);
}

/* [S] of device i of a bank as one reading finds it. */
static double read_device(const struct circuit_coupling *array,
                          const struct circuit_bank *bank, size_t i) {
  const struct circuit_programming *p = array->programming;
  const struct circuit_read_noise_params *noise = &p->params.read_noise;
  double g = circuit_programming_present(p, bank, i, p->params.age);
  const double white = circuit_read_noise_white(noise, g);
  if (noise->flicker > 0) {
    const double t =
        p->params.drift.t0 + p->params.age + (bank->age ? bank->age[i] : 0);
    g *= 1 + circuit_read_noise_flicker(noise, p->reference, bank->g[i]) *
                 circuit_read_noise_gathered(noise, t) *
                 circuit_bank_normal(bank, SIM_DRAW_READ_FLICKER,
                                     array->n_writes, i);
  }
  if (white > 0) {
    g += white * circuit_bank_normal(bank, SIM_DRAW_READ, array->n_writes, i);
  }
  return fmax(g, 0);
}

/* w (n) of one direction: 0 up, 1 down. */
static void read_pairs(const struct circuit_coupling *array, size_t direction,
                       double unit, double *w) {
  const struct circuit_bank *plus = &array->bank[2 * direction];
  const struct circuit_bank *minus = plus + 1;
  const size_t n = array->n_out * array->n_in;
  if (is_exact(array)) {
    for (size_t i = 0; i < n; i++) {
      w[i] = (plus->g[i] - minus->g[i]) / unit;
    }
    return;
  }
  for (size_t i = 0; i < n; i++) {
    w[i] = (read_device(array, plus, i) - read_device(array, minus, i)) / unit;
  }
}

void circuit_coupling_read(const struct circuit_coupling *array, double unit,
                           double *w) {
  read_pairs(array, 0, unit, w);
}

/* Of pair i of the downward direction, standard normal. */
static double mismatch(const struct circuit_coupling *array, size_t i) {
  return circuit_bank_normal(&array->bank[2], SIM_DRAW_MISMATCH, 0, i);
}

void circuit_coupling_read_back(const struct circuit_coupling *array,
                                double unit, double *w) {
  const double sigma = array->programming->params.mismatch;
  read_pairs(array, 1, unit, w);
  for (size_t i = 0; sigma > 0 && i < array->n_out * array->n_in; i++) {
    w[i] *= 1 + sigma * mismatch(array, i);
  }
}

double circuit_coupling_conductance(const struct circuit_coupling *array,
                                    size_t k, size_t i) {
  const double sigma = array->programming->params.mismatch;
  const double g = is_exact(array) ? array->bank[k].g[i]
                                   : read_device(array, &array->bank[k], i);
  return k < 2 || sigma == 0 ? g : g * fabs(1 + sigma * mismatch(array, i));
}

void circuit_coupling_devices(const struct circuit_coupling *array,
                              double *plus, double *minus) {
  const bool is_plain = is_exact(array);
  for (size_t i = 0; i < array->n_out * array->n_in; i++) {
    plus[i] =
        is_plain ? array->g_plus[i] : read_device(array, &array->bank[0], i);
    minus[i] =
        is_plain ? array->g_minus[i] : read_device(array, &array->bank[1], i);
  }
}
