/* circuits/coupling_params.c -- the experiment's `chip.coupling` section
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/coupling_params.h"

#include <string.h>

#include "sim/units.h"

static const char *const programmings[] = {"ideal", "write_verify", "open_loop",
                                           NULL};
static const char *const pairs[] = {"one_sided", "balanced", NULL};
static const char *const masters[] = {"devices", "controller", NULL};
static const char *const at_once[] = {"device", "row", "array", NULL};
static const char *const roundings[] = {"nearest", "stochastic", NULL};
static const char *const first_writes[] = {"same", "verify", NULL};
static const char *const reciprocities[] = {"shared", "separate", NULL};

// clang-format off
#define FIELD(f) SIM_FIELD(struct circuit_coupling_params, f)
const struct sim_param circuit_coupling_table[CIRCUIT_COUPLING_N_PARAMS] = {
    {.name = "g_min", .kind = SIM_REAL, FIELD(g_min), .unit = "S",
     SIM_WITHIN(0, 1), .initial = "0 S",
     .help = "lowest conductance of one device"},
    {.name = "g_max", .kind = SIM_REAL, FIELD(g_max), .unit = "S",
     SIM_WITHIN(0, 1), .initial = "10 uS",
     .help = "highest conductance of one device, above g_min"},
    {.name = "reference", .kind = SIM_REAL, FIELD(reference), .unit = "S",
     SIM_WITHIN(0, 1), .open = SIM_OPEN_LOW, .initial = "g_max",
     .word = "g_max",
     .help = "conductance at which r = 1 in the fits of noise and drift"},
    {.name = "levels", .kind = SIM_COUNT, FIELD(levels),
     SIM_WITHIN(0, 65536), .initial = "0",
     .help = "values one device can take, both ends counted; 0: continuous"},
    {.name = "pair", .kind = SIM_CHOICE, FIELD(pair), .choices = pairs,
     .initial = "one_sided",
     .help = "how two devices share a weight: one_sided: g_min + |w| on the "
             "side of its sign, g_min on the other; balanced: half of it up "
             "on one and down on the other, from the middle of the window"},
    {.name = "programming", .kind = SIM_CHOICE, FIELD(programming),
     .choices = programmings, .initial = "ideal",
     .help = "how a conductance is brought to its target: ideal: put there, "
             "but for write_noise; write_verify: pulses until it is within "
             "`tolerance`; open_loop: the number of pulses that the wanted "
             "change takes by the law's mean step (of linear laws and "
             "exp_step the one at their origin), so that a curved law misses "
             "far targets"},
    {.name = "first_write", .kind = SIM_CHOICE, FIELD(first_write),
     .choices = first_writes, .initial = "same",
     .help = "how the weights before training get there: same: by "
             "`programming`; verify: by write_verify"},
    {.name = "tolerance", .kind = SIM_REAL, FIELD(tolerance),
     SIM_WITHIN(0, 1), .open = SIM_OPEN_LOW, .initial = "0.01",
     .help = "of write_verify, relative to g_max - g_min"},
    {.name = "max_pulses", .kind = SIM_COUNT, FIELD(max_pulses),
     SIM_WITHIN(1, 1e6), .initial = "1000",
     .help = "most pulses that one write spends on one device"},
    {.name = "at_once", .kind = SIM_CHOICE, FIELD(at_once),
     .choices = at_once, .initial = "row",
     .help = "devices that pulses reach at the same time, for the time that "
             "writes take: one device; a row of an array, both sides of its "
             "pairs, which takes as long as the device that needs longest, "
             "one row after the other; the whole array. Each array, and each "
             "direction when they are separate, has drivers of its own"},
    {.name = "rounding", .kind = SIM_CHOICE, FIELD(rounding),
     .choices = roundings, .initial = "nearest",
     .help = "of open_loop's number of pulses; stochastic: up or down by "
             "chance, right on average"},
    {.name = "master", .kind = SIM_CHOICE, FIELD(master), .choices = masters,
     .initial = "devices",
     .help = "weights that an update starts from: what the devices hold, "
             "read back, or the controller's copy of what was asked, which "
             "also keeps what pulses have not done yet"},
    {.name = "reciprocity", .kind = SIM_CHOICE, FIELD(reciprocity),
     .choices = reciprocities, .initial = "shared",
     .help = "shared: one array carries both directions of a coupling; "
             "separate: each direction has devices of its own, written to the "
             "same weights. Such a chip has no energy and settles in time"},
    {.name = "mismatch", .kind = SIM_REAL, FIELD(mismatch),
     SIM_WITHIN(0, 10), .initial = "0",
     .help = "of separate directions: spread of the downward weights, "
             "relative, as they left the factory"},
    {.name = "age", .kind = SIM_REAL, FIELD(age), .unit = "s",
     SIM_WITHIN(0, 1e10), .initial = "0 s",
     .help = "time from a write to its use, and from one update to the next; "
             "drift and retention act in it"},
    {.name = "write_noise", .kind = SIM_SECTION, FIELD(write_noise),
     .section = circuit_write_noise_table,
     .n_section = CIRCUIT_WRITE_NOISE_N_PARAMS,
     .help = "error that `programming: ideal` leaves"},
    {.name = "pulse", .kind = SIM_SECTION, FIELD(pulse),
     .section = circuit_pulse_table, .n_section = CIRCUIT_PULSE_N_PARAMS,
     .help = "what one programming pulse does"},
    {.name = "spread", .kind = SIM_SECTION, FIELD(spread),
     .section = circuit_spread_table, .n_section = CIRCUIT_SPREAD_N_PARAMS,
     .help = "standard deviations from device to device"},
    {.name = "stuck", .kind = SIM_SECTION, FIELD(stuck),
     .section = circuit_stuck_table, .n_section = CIRCUIT_STUCK_N_PARAMS,
     .help = "devices that cannot be programmed"},
    {.name = "drift", .kind = SIM_SECTION, FIELD(drift),
     .section = circuit_drift_table, .n_section = CIRCUIT_DRIFT_N_PARAMS,
     .help = "power-law loss of conductance after a write"},
    {.name = "retention", .kind = SIM_SECTION, FIELD(retention),
     .section = circuit_retention_table,
     .n_section = CIRCUIT_RETENTION_N_PARAMS,
     .help = "exponential decay after a write"},
    {.name = "read_noise", .kind = SIM_SECTION, FIELD(read_noise),
     .section = circuit_read_noise_table,
     .n_section = CIRCUIT_READ_NOISE_N_PARAMS,
     .help = "of the conductances when they are used"},
};
// clang-format on

static enum sim_status check_window(
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
    char low[SIM_UNIT_TEXT], got[SIM_UNIT_TEXT];
    return sim_error_at(err, SIM_ECONFIG, &where,
                        "must be > g_min (%s), got %s",
                        sim_unit_format(params->g_min, "S", low),
                        sim_unit_format(params->g_max, "S", got));
  }
  return SIM_OK;
}

static enum sim_status check_programming(
    const struct circuit_coupling_params *params,
    const struct sim_config *config, struct sim_error *err) {
  if (params->programming != CIRCUIT_IDEAL &&
      circuit_write_noise_is_on(&params->write_noise)) {
    const struct sim_where where =
        sim_config_where(config, "chip.coupling.write_noise");
    return sim_error_at(err, SIM_ECONFIG, &where,
                        "is used with `programming: ideal` only, got %s (the "
                        "error of pulses is pulse.noise_step)",
                        programmings[params->programming]);
  }
  if (params->programming == CIRCUIT_OPEN_LOOP && params->levels > 0) {
    const struct sim_where where =
        sim_config_where(config, "chip.coupling.levels");
    return sim_error_at(err, SIM_ECONFIG, &where,
                        "must be 0 with `programming: open_loop`, got %zu",
                        params->levels);
  }
  return SIM_OK;
}

static enum sim_status check_mismatch(
    const struct circuit_coupling_params *params,
    const struct sim_config *config, struct sim_error *err) {
  if (params->mismatch == 0 || params->reciprocity == CIRCUIT_SEPARATE) {
    return SIM_OK;
  }
  const struct sim_where where =
      sim_config_where(config, "chip.coupling.mismatch");
  return sim_error_at(err, SIM_ECONFIG, &where,
                      "must be 0 with `reciprocity: shared`, got %g",
                      params->mismatch);
}

static enum sim_status check_stuck(const struct circuit_stuck_params *stuck,
                                   const struct sim_config *config,
                                   struct sim_error *err) {
  const double all = stuck->low + stuck->high + stuck->open + stuck->anywhere;
  if (all <= 1) {
    return SIM_OK;
  }
  const struct sim_where where =
      sim_config_where(config, "chip.coupling.stuck");
  return sim_error_at(
      err, SIM_ECONFIG, &where,
      "low, high, open and anywhere together must be <= 1, got %g", all);
}

static enum sim_status check_fit(const struct sim_reals *fit, const char *path,
                                 const struct sim_config *config,
                                 struct sim_error *err) {
  const struct sim_where where = sim_config_where(config, path);
  if (fit->n == 2 || fit->n == 3) {
    return sim_error_at(err, SIM_ECONFIG, &where,
                        "must be one number or four, got %zu", fit->n);
  }
  if (fit->n == 4 && !(fit->v[2] <= fit->v[3])) {
    return sim_error_at(err, SIM_ECONFIG, &where,
                        "the limits must go from low to high, got %g, %g",
                        fit->v[2], fit->v[3]);
  }
  return SIM_OK;
}

enum sim_status circuit_coupling_check(
    const struct circuit_coupling_params *params,
    const struct sim_config *config, struct sim_error *err) {
  if (check_window(params, config, err) ||
      check_programming(params, config, err) ||
      check_mismatch(params, config, err) ||
      check_stuck(&params->stuck, config, err) ||
      check_fit(&params->drift.nu, "chip.coupling.drift.nu", config, err) ||
      check_fit(&params->drift.spread, "chip.coupling.drift.spread", config,
                err)) {
    return err->status;
  }
  return circuit_pulse_check(&params->pulse, config, err);
}
