/* tools/experiment.h -- everything an experiment file can say
 *
 * The root of the parameter tables; each section's table stands beside the
 * code that uses it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_EXPERIMENT_H
#define TOOL_EXPERIMENT_H

#include "models/chip.h"
#include "models/flow.h"
#include "models/generate.h"
#include "models/learning.h"
#include "models/price.h"
#include "sim/config.h"
#include "sim/param.h"
#include "sim/transient.h"
#include "tools/data_params.h"
#include "tools/deployment_params.h"
#include "tools/device_view.h"
#include "tools/gradient_params.h"
#include "tools/kinds.h"
#include "tools/noise_params.h"
#include "tools/record_params.h"
#include "tools/spice_params.h"
#include "tools/sweep_params.h"
#include "tools/train_params.h"

/* Keys that are also checked when the file is closed: against the data and the
 * chip, and by those who want a part of what an experiment may say. */
#define TOOL_N_PLACES 61
struct tool_place {
  char file[SIM_TEXT_MAX];     // "" for a key of --set
  char path[SIM_CONFIG_PATH];  // as messages call it
  int line;
};

struct tool_experiment {
  int kind;  // enum tool_kind
  char name[SIM_TEXT_MAX];
  uint64_t seed;
  char from[SIM_TEXT_MAX];  // run folder whose weights are used, or "none"
  struct tool_data_params data;
  struct model_network_params network;
  struct model_chip_params chip;
  struct sim_settle_params settle;
  struct model_learning learning;
  struct model_flow_params flow;
  struct tool_train_params train;
  struct model_generate_params generate;
  struct tool_gradient_params gradient;
  struct tool_record_params record;
  struct tool_device_params device;
  struct model_price_params energy;
  struct tool_spice_params spice_check;
  struct tool_sweep_params sweep;
  struct tool_noise_params noise_budget;
  struct tool_deployment_params deployment;
  struct tool_place places[TOOL_N_PLACES];
};

#define TOOL_EXPERIMENT_N_PARAMS 20
extern const struct sim_param tool_experiment_table[TOOL_EXPERIMENT_N_PARAMS];

/* The kind of what is done: of a sweep, that of each of its runs. */
int tool_experiment_measured(const struct tool_experiment *experiment);

/* Bits that select the keys of this kind of experiment; a sweep has those of
 * its runs too. */
unsigned tool_experiment_use(const struct tool_experiment *experiment);

/* Does it train a chip? */
bool tool_experiment_trains(const struct tool_experiment *experiment);

/* Epochs of all its trainings. */
double tool_experiment_n_epochs(const struct tool_experiment *experiment);

/* What an experiment was read from. */
struct tool_source {
  const char *file;
  const char *const *sets;  // (n_sets) assignments of --set
  size_t n_sets;
};

/* Read `file` with the assignments of --set (n_sets), taking what is missing
 * from the run that `from:` names, and check what fits together. */
enum sim_status tool_experiment_load(struct tool_experiment *experiment,
                                     const char *file, const char *const *sets,
                                     size_t n_sets, struct sim_error *err);

/* The same of `config`, to which it adds what the runs and presets hold that it
 * names. */
enum sim_status tool_experiment_read(struct tool_experiment *experiment,
                                     struct sim_config *config,
                                     struct sim_error *err);

/* The resolved experiment as a file in `run_folder` (NULL: in the current one)
 * would have it; the caller frees it. NULL without memory. */
char *tool_experiment_text(const struct tool_experiment *experiment,
                           const char *run_folder);

/* Fail with SIM_ECONFIG and "FILE:LINE: KEY: text", where `key` is one of those
 * with a place. */
enum sim_status tool_experiment_fail(const struct tool_experiment *experiment,
                                     const char *key, struct sim_error *err,
                                     const char *format, ...) SIM_PRINTF(4, 5);

/* The same for any key: its place is looked up in the files again. */
enum sim_status tool_experiment_blame(const struct tool_source *source,
                                      const char *key, struct sim_error *err,
                                      const char *format, ...) SIM_PRINTF(4, 5);

/* Does the value of this key, one of those with a place, come from a preset
 * that ships with the program? */
bool tool_experiment_is_shipped(const struct tool_experiment *experiment,
                                const char *key);

/* Where an error of the form "KEY: text" has no place yet, add it. */
void tool_experiment_locate(const struct tool_experiment *experiment,
                            struct sim_error *err);

/* True when the experiment uses the weights of a finished run. */
bool tool_experiment_has_source(const struct tool_experiment *experiment);

#endif
