/* tools/spice_params.c -- the experiment's `spice_check` section
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/spice_params.h"

// clang-format off
#define SPICE(f) SIM_FIELD(struct tool_spice_params, f)
const struct sim_param tool_spice_table[TOOL_SPICE_N_PARAMS] = {
    {.name = "samples", .kind = SIM_COUNT, SPICE(samples),
     SIM_WITHIN(1, 10000), .initial = "1",
     .help = "samples that are settled by both, the first of the batch"},
    {.name = "transient", .kind = SIM_BOOL, SPICE(transient),
     .initial = "true",
     .help = "compare the phases in time, not their operating points alone"},
    {.name = "noise", .kind = SIM_BOOL, SPICE(noise), .initial = "true",
     .help = "compare the thermal noise of nodes in the free phase"},
    {.name = "noise_nodes", .kind = SIM_COUNT, SPICE(noise_nodes),
     SIM_WITHIN(1, 1e6), .initial = "all", .word = "all",
     .help = "nodes whose noise is compared, spread over the chip"},
    {.name = "max_step", .kind = SIM_TIME, SPICE(max_step), SIM_ABOVE(0),
     .initial = "0.02 tau", .help = "longest time step of ngspice"},
    {.name = "reltol", .kind = SIM_REAL, SPICE(reltol), SIM_BETWEEN(0, 1),
     .initial = "1e-7", .help = "ngspice's relative tolerance"},
    {.name = "vntol", .kind = SIM_REAL, SPICE(vntol), .unit = "V",
     SIM_ABOVE(0), .initial = "1 nV",
     .help = "ngspice's tolerance of voltages"},
    {.name = "abstol", .kind = SIM_REAL, SPICE(abstol), .unit = "A",
     SIM_ABOVE(0), .initial = "1 fA",
     .help = "ngspice's tolerance of currents"},
};
// clang-format on

enum sim_status tool_spice_params_check(const struct tool_spice_params *params,
                                        const struct sim_settle_params *settle,
                                        bool is_noisy,
                                        const struct sim_config *config,
                                        struct sim_error *err) {
  const bool in_time = settle->analysis == SIM_TRANSIENT;
  if (params->transient && is_noisy) {
    const struct sim_where where = sim_config_where(config, "chip.noise");
    return sim_error_at(err, SIM_ECONFIG, &where,
                        "must be off to compare transients");
  }
  if (!params->transient || (in_time && isnan(settle->until))) {
    return SIM_OK;
  }
  const struct sim_where where =
      sim_config_where(config, in_time ? "settle.until" : "settle.analysis");
  return sim_error_at(err, SIM_ECONFIG, &where,
                      in_time ? "must be never to compare transients, got %g"
                              : "must be transient to compare transients, "
                                "got operating_point",
                      settle->until);
}
