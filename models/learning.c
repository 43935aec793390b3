/* models/learning.c -- gradient equilibrium propagation: rule and settings
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/learning.h"

#include <math.h>

static const char *const rules[] = {"gradient_ep", NULL};
static const char *const nudge_kinds[] = {"quadratic", "linear", NULL};
static const char *const protocols[] = {"snapshot", "rerun", "sequential",
                                        "reset", NULL};
static const char *const starts[] = {"rest", "previous", NULL};
static const char *const updates[] = {"difference", "per_phase", NULL};
static const char *const nudged_states[] = {"measured", "small_signal", NULL};

// clang-format off
#define FIELD(f) SIM_FIELD(struct model_learning, f)
const struct sim_param model_learning_table[MODEL_LEARNING_N_PARAMS] = {
    {.name = "rule", .kind = SIM_CHOICE, FIELD(rule), .choices = rules,
     .initial = "gradient_ep",
     .help = "gradient_ep: visible nodes on springs, nudged by their "
             "displacement"},
    {.name = "spring", .kind = SIM_REAL, FIELD(spring), SIM_ABOVE(0),
     .initial = "15",
     .help = "lambda: spring conductance of a visible node, in "
             "conductance_unit"},
    {.name = "scale", .kind = SIM_REAL, FIELD(scale), SIM_ABOVE(0),
     .initial = "2", .help = "alpha: velocity = alpha lambda (x* - x_t)"},
    {.name = "nudge", .kind = SIM_REAL, FIELD(nudge), SIM_ABOVE(0),
     .initial = "1.25e-3",
     .help = "beta: strength of the nudge; quadratic with three measured "
             "phases needs beta < 1/(scale^2 spring)"},
    {.name = "nudge_kind", .kind = SIM_CHOICE, FIELD(nudge_kind),
     .choices = nudge_kinds, .initial = "quadratic",
     .help = "quadratic: a conductance to a source; linear: a fixed current"},
    {.name = "phases", .kind = SIM_COUNT, FIELD(phases), SIM_WITHIN(2, 3),
     .initial = "3", .help = "3: free, plus, minus; 2: free, plus"},
    {.name = "protocol", .kind = SIM_CHOICE, FIELD(protocol),
     .choices = protocols, .initial = "snapshot",
     .help = "what the chip keeps between phases: a stored free state starts "
             "both nudged ones (snapshot), the free phase is repeated before "
             "minus (rerun), minus starts where plus ended (sequential), "
             "nudged phases start from rest (reset)"},
    {.name = "start", .kind = SIM_CHOICE, FIELD(start), .choices = starts,
     .initial = "rest",
     .help = "of the hidden nodes in a free phase; rest: 0 V; previous: where "
             "the sample before on the same chip left them: 256 chips (8 with "
             "an implicit integrator) take the samples of a batch in turn, "
             "the first ones from rest"},
    {.name = "nudged_states", .kind = SIM_CHOICE, FIELD(nudged_states),
     .choices = nudged_states, .initial = "measured",
     .help = "measured: each nudged phase is settled; small_signal: linear "
             "response around the free state, the limit of a small nudge"},
    {.name = "linear_tolerance", .kind = SIM_REAL, FIELD(linear_tolerance),
     SIM_BETWEEN(0, 1), .initial = "1e-8",
     .help = "relative residual of small_signal's linear systems"},
    {.name = "readout_window", .kind = SIM_TIME, FIELD(readout_window),
     SIM_AT_LEAST(0), .initial = "0 tau",
     .help = "end of each phase over which node voltages are averaged for "
             "velocities and correlations; 0: their last value"},
    {.name = "update", .kind = SIM_CHOICE, FIELD(update), .choices = updates,
     .initial = "difference",
     .help = "what is written to the devices: the difference of the phases, "
             "once; or each phase its own correlation, per_phase, which an "
             "asymmetry of the devices then multiplies"},
    {.name = "optimiser", .kind = SIM_SECTION, FIELD(optimiser),
     .section = model_optimiser_table,
     .n_section = MODEL_OPTIMISER_N_PARAMS,
     .help = "from gradients to weights"},
};
// clang-format on

double model_learning_gain(const struct model_learning *rule) {
  return rule->scale * rule->spring;
}

double model_learning_stiffness(const struct model_learning *rule) {
  const double gain = model_learning_gain(rule);
  return rule->nudge * gain * gain;
}

double model_learning_factor(const struct model_learning *rule) {
  return (rule->phases == 3 ? 0.5 : 1.0) / rule->nudge;
}

/* Two protocols take the chip to rest between the phases of a sample. */
static enum sim_status check_start(const struct model_learning *rule,
                                   const struct sim_config *config,
                                   struct sim_error *err) {
  const int goes_to_rest =
      rule->protocol == MODEL_RERUN || rule->protocol == MODEL_RESET;
  if (rule->start == MODEL_FROM_REST || !goes_to_rest) {
    return SIM_OK;
  }
  const struct sim_where where = sim_config_where(config, "learning.start");
  return sim_error_at(err, SIM_ECONFIG, &where,
                      "must be rest with protocol %s, got previous",
                      protocols[rule->protocol]);
}

/* A chip that writes in each phase cannot know the other one yet. */
static enum sim_status check_update(const struct model_learning *rule,
                                    const struct sim_config *config,
                                    struct sim_error *err) {
  const struct model_optimiser_params *o = &rule->optimiser;
  const bool is_plain =
      o->kind == MODEL_SGD && o->momentum == 0 && isnan(o->clip);
  if (rule->update == MODEL_UPDATE_DIFFERENCE ||
      (is_plain && rule->nudged_states == MODEL_MEASURED)) {
    return SIM_OK;
  }
  const struct sim_where where = sim_config_where(config, "learning.update");
  return sim_error_at(err, SIM_ECONFIG, &where,
                      "must be difference unless nudged_states: measured and "
                      "optimiser: {kind: sgd, momentum: 0, clip: none}, got "
                      "per_phase");
}

/* A minus phase that is measured must leave a positive conductance. */
static enum sim_status check_nudge(const struct model_learning *rule,
                                   const struct sim_config *config,
                                   struct sim_error *err) {
  const double limit = 1.0 / (rule->scale * rule->scale * rule->spring);
  const int has_negative_branch = rule->phases == 3 &&
                                  rule->nudge_kind == MODEL_QUADRATIC &&
                                  rule->nudged_states == MODEL_MEASURED;
  if (!has_negative_branch || rule->nudge < limit) {
    return SIM_OK;
  }
  const struct sim_where where = sim_config_where(config, "learning.nudge");
  return sim_error_at(err, SIM_ECONFIG, &where,
                      "must be < 1/(scale^2 spring) = %g, else spring and "
                      "nudge together are a negative conductance, got %g",
                      limit, rule->nudge);
}

enum sim_status model_learning_check(const struct model_learning *rule,
                                     const struct sim_config *config,
                                     struct sim_error *err) {
  return check_update(rule, config, err) || check_nudge(rule, config, err)
             ? err->status
             : check_start(rule, config, err);
}
