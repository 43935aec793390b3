/* tools/experiment_table.c -- the sections of an experiment file
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/experiment.h"

#define TRAIN TOOL_USE(TRAIN)
#define GENERATE TOOL_USE(GENERATE)
#define GRADIENT TOOL_USE(GRADIENT)
#define TRANSIENT TOOL_USE(TRANSIENT)
#define DEVICE TOOL_USE(DEVICE)
#define SPICE_CHECK TOOL_USE(SPICE_CHECK)
#define SWEEP TOOL_USE(SWEEP)
#define NOISE_BUDGET TOOL_USE(NOISE_BUDGET)
#define DEPLOYMENT TOOL_USE(DEPLOYMENT)
#define NETWORKS (~(DEVICE | SWEEP))  // all kinds that settle a network

// clang-format off
#define ROOT(f) SIM_FIELD(struct tool_experiment, f)
const struct sim_param tool_experiment_table[TOOL_EXPERIMENT_N_PARAMS] = {
    {.name = "experiment", .kind = SIM_CHOICE, ROOT(kind),
     .choices = tool_kind_names, .help = "what is done"},
    {.name = "name", .kind = SIM_TEXT, ROOT(name),
     .help = "of the run; its folder is runs/NAME unless --output says "
             "otherwise"},
    {.name = "seed", .kind = SIM_SEED, ROOT(seed), .initial = "1",
     .help = "of all random draws"},
    {.name = "from", .kind = SIM_PATH, ROOT(from), .initial = "none",
     .word = "none",
     .uses = TRAIN | GENERATE | GRADIENT | TRANSIENT | SPICE_CHECK |
     NOISE_BUDGET,
     .help = "run folder whose weights are used, from which training goes on, "
             "and whose experiment says what this file leaves out; none: the "
             "weights before training"},
    {.name = "data", .kind = SIM_SECTION, ROOT(data),
     .section = tool_data_table, .n_section = TOOL_DATA_N_PARAMS,
     .uses = NETWORKS,
     .help = "the images"},
    {.name = "network", .kind = SIM_SECTION, ROOT(network),
     .section = model_network_table, .n_section = MODEL_NETWORK_N_PARAMS,
     .uses = NETWORKS,
     .help = "layers and transfer curves"},
    {.name = "chip", .kind = SIM_SECTION, ROOT(chip),
     .section = model_chip_table, .n_section = MODEL_CHIP_N_PARAMS,
     .help = "devices of the chip"},
    {.name = "settle", .kind = SIM_SECTION, ROOT(settle),
     .section = sim_settle_table, .n_section = SIM_SETTLE_N_PARAMS,
     .uses = NETWORKS,
     .help = "how a phase is brought to its end"},
    {.name = "learning", .kind = SIM_SECTION, ROOT(learning),
     .section = model_learning_table, .n_section = MODEL_LEARNING_N_PARAMS,
     .uses = NETWORKS,
     .help = "phases and update of the weights"},
    {.name = "flow", .kind = SIM_SECTION, ROOT(flow),
     .section = model_flow_table, .n_section = MODEL_FLOW_N_PARAMS,
     .uses = TRAIN | GRADIENT | TRANSIENT | SPICE_CHECK | NOISE_BUDGET,
     .help = "flow matching"},
    {.name = "train", .kind = SIM_SECTION, ROOT(train),
     .section = tool_train_table, .n_section = TOOL_TRAIN_N_PARAMS,
     .uses = TRAIN, .help = "length of training"},
    {.name = "generate", .kind = SIM_SECTION, ROOT(generate),
     .section = model_generate_table, .n_section = MODEL_GENERATE_N_PARAMS,
     .uses = TRAIN | GENERATE, .help = "samples and their quality"},
    {.name = "gradient", .kind = SIM_SECTION, ROOT(gradient),
     .section = tool_gradient_table, .n_section = TOOL_GRADIENT_N_PARAMS,
     .uses = TRAIN | GRADIENT,
     .help = "audits: the measured gradient beside the adjoint of the same "
             "chip"},
    {.name = "record", .kind = SIM_SECTION, ROOT(record),
     .section = tool_record_table, .n_section = TOOL_RECORD_N_PARAMS,
     .uses = TRAIN | TRANSIENT | SPICE_CHECK,
     .help = "transients that are kept"},
    {.name = "device", .kind = SIM_SECTION, ROOT(device),
     .section = tool_device_table, .n_section = TOOL_DEVICE_N_PARAMS,
     .uses = DEVICE, .help = "measurements of single devices"},
    {.name = "energy", .kind = SIM_SECTION, ROOT(energy),
     .section = model_price_table, .n_section = MODEL_PRICE_N_PARAMS,
     .uses = TRAIN | GENERATE | TRANSIENT,
     .help = "joules and seconds of the chip"},
    {.name = "spice_check", .kind = SIM_SECTION, ROOT(spice_check),
     .section = tool_spice_table, .n_section = TOOL_SPICE_N_PARAMS,
     .uses = SPICE_CHECK, .help = "comparison with ngspice"},
    {.name = "noise_budget", .kind = SIM_SECTION, ROOT(noise_budget),
     .section = tool_noise_table, .n_section = TOOL_NOISE_N_PARAMS,
     .uses = NOISE_BUDGET, .help = "what every source of noise does"},
    {.name = "sweep", .kind = SIM_SECTION, ROOT(sweep),
     .section = tool_sweep_table, .n_section = TOOL_SWEEP_N_PARAMS,
     .uses = SWEEP, .help = "points, chips, and what is kept of each run; the "
                            "other keys are those of the runs"},
    {.name = "deployment", .kind = SIM_SECTION, ROOT(deployment),
     .section = tool_deployment_table, .n_section = TOOL_DEPLOYMENT_N_PARAMS,
     .uses = DEPLOYMENT,
     .help = "weights trained elsewhere, transferred, retuned or trained on "
             "the chip"},
};
// clang-format on
