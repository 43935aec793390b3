/* models/instruments.c -- what a real periphery reads and remembers of a tile
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/instruments.h"

#include <stdlib.h>

#include "sim/memory.h"
#include "sim/normal.h"

enum sim_status model_instruments_init(struct model_instruments *readout,
                                       const struct model_periphery *periphery,
                                       size_t n_nodes, size_t n_lanes,
                                       struct sim_error *err) {
  *readout = (struct model_instruments){
      .periphery = periphery,
      .n_lanes = n_lanes,
      .xi = sim_alloc_doubles(sim_normal_rows(n_nodes) * n_lanes, err),
  };
  return readout->xi ? SIM_OK : err->status;
}

void model_instruments_finish(struct model_instruments *readout) {
  free(readout->xi);
  *readout = (struct model_instruments){0};
}

void model_instruments_begin(struct model_instruments *readout, uint64_t epoch,
                             uint64_t first) {
  readout->epoch = epoch;
  readout->first = first;
  readout->n_reads = 0;
}

static void draw(struct model_instruments *r, enum sim_purpose purpose,
                 uint64_t index, size_t n_rows) {
  const struct sim_address first = {.seed = r->periphery->seed,
                                    .purpose = purpose,
                                    .chip = r->periphery->chip,
                                    .epoch = r->epoch,
                                    .sample = r->first};
  sim_normal_fill(&first, index, n_rows, r->n_lanes, r->xi);
}

/* Every converter reads its row. */
static void read_all(struct model_instruments *r,
                     const struct circuit_converters *adc,
                     enum circuit_converter_role role, enum sim_purpose purpose,
                     uint64_t index, size_t n_used, double *x) {
  const double unit = r->periphery->voltage_unit;
  if (adc->noise > 0) {
    draw(r, purpose, index, adc->n);
  }
  for (size_t i = 0; i < adc->n; i++) {
    const size_t row = i * r->n_lanes;
    r->n_clipped[role] +=
        circuit_adc_read(adc, i, unit, n_used, x + row, r->xi + row, x + row);
  }
}

void model_instruments_displacement(struct model_instruments *r,
                                    enum sim_purpose purpose, uint64_t index,
                                    size_t n_used, double *x) {
  if (r->periphery->has_velocity_adc) {
    read_all(r, &r->periphery->velocity_adc, CIRCUIT_VELOCITY_ADC, purpose,
             index, n_used, x);
  }
}

void model_instruments_outputs(struct model_instruments *r, size_t n_used,
                               double *a) {
  if (r->periphery->has_output_adc) {
    read_all(r, &r->periphery->output_adc, CIRCUIT_OUTPUT_ADC,
             SIM_DRAW_OUTPUT_NOISE, r->n_reads++, n_used, a);
  }
}

void model_instruments_store(struct model_instruments *r, const double *s,
                             double *held) {
  const struct circuit_holds *memory = &r->periphery->memory;
  draw(r, SIM_DRAW_MEMORY_NOISE, 0, memory->n);
  for (size_t i = 0; i < memory->n; i++) {
    const size_t row = i * r->n_lanes;
    circuit_hold_sample(memory, i, r->periphery->voltage_unit, r->n_lanes,
                        s + row, r->xi + row, held + row);
  }
}

void model_instruments_recall(const struct model_instruments *r, bool is_late,
                              const double *held, double *s) {
  const double left = is_late ? r->periphery->memory.droop : 1.0;
  for (size_t i = 0; i < r->periphery->memory.n * r->n_lanes; i++) {
    s[i] = left * held[i];
  }
}
