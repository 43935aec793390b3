/* tools/datasets.c -- what the kinds of experiment write into run.h5
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/datasets.h"

#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tools/kinds.h"

#define TRAIN TOOL_USE(TRAIN)
#define GENERATE TOOL_USE(GENERATE)
#define GRADIENT TOOL_USE(GRADIENT)
#define TRANSIENT TOOL_USE(TRANSIENT)
#define DEVICE TOOL_USE(DEVICE)
#define SPICE_CHECK TOOL_USE(SPICE_CHECK)
#define NOISE_BUDGET TOOL_USE(NOISE_BUDGET)
#define DEPLOYMENT TOOL_USE(DEPLOYMENT)
#define ENERGY (TRAIN | GENERATE | TRANSIENT)

/* In a pattern * stands for one part of a path. */
struct entry {
  unsigned uses;  // bits of the kinds
  const char *pattern;
  size_t rank;
};

// clang-format off
static const struct entry entries[] = {
    {TRAIN, "/train/epoch", 1},
    {TRAIN, "/train/loss", 1},
    {TRAIN, "/train/gradient_norm", 1},
    {TRAIN, "/train/transport_cost", 1},
    {TRAIN, "/train/settling_time", 1},
    {TRAIN, "/train/residual", 1},
    {TRAIN, "/train/saturated", 1},
    {TRAIN, "/train/clipped", 1},
    {TRAIN, "/train/clipped_*", 1},
    {TRAIN, "/train/unverified", 1},
    {TRAIN, "/train/pulses", 1},
    {TRAIN, "/train/write_energy", 1},
    {TRAIN, "/train/write_time", 1},
    {TRAIN, "/train/not_minimum", 1},
    {TRAIN, "/train/unsolved", 1},
    {TRAIN, "/train/gradient/epoch", 1},
    {TRAIN, "/train/gradient/cosine", 1},
    {TRAIN, "/train/gradient/norm_ratio", 1},
    {TRAIN, "/train/gradient/reference_residual", 1},
    {TRAIN, "/train/gradient/not_minimum", 1},
    {TRAIN, "/train/gradient/unsolved", 1},
    {TRAIN, "/train/gradient/weight_*/cosine", 1},
    {TRAIN, "/train/gradient/weight_*/norm_ratio", 1},
    {TRAIN, "/train/gradient/bias_*/cosine", 1},
    {TRAIN, "/train/gradient/bias_*/norm_ratio", 1},
    {TRAIN, "/train/energy/*", 1},
    {TRAIN, "/network/weight_*", 2},
    {TRAIN, "/network/conductance_*", 2},
    {TRAIN, "/network/bias_*", 1},
    {TRAIN | GENERATE, "/samples/t_*", 2},
    {TRAIN | GENERATE, "/quality/horizon", 1},
    {TRAIN | GENERATE, "/quality/frechet", 1},
    {TRAIN | GENERATE, "/quality/precision", 1},
    {TRAIN | GENERATE, "/quality/recall", 1},
    {TRAIN | GENERATE, "/quality/density", 1},
    {TRAIN | GENERATE, "/quality/coverage", 1},
    {TRAIN | GENERATE, "/quality/confidence", 1},
    {TRAIN | GENERATE, "/quality/class_histogram", 2},
    {TRAIN | GENERATE, "/energy/image/*", 0},
    {TRAIN | TRANSIENT, "/energy/free/*", 0},
    {TRAIN | TRANSIENT, "/energy/plus/*", 0},
    {TRAIN | TRANSIENT, "/energy/minus/*", 0},
    {TRAIN | TRANSIENT, "/energy/sample/*", 0},
    {ENERGY, "/energy/*/heat/leak", 1},
    {ENERGY, "/energy/*/heat/coupling_*", 1},
    {ENERGY, "/energy/*/heat/*", 0},
    {ENERGY, "/energy/*/devices/plus_*", 2},
    {ENERGY, "/energy/*/devices/minus_*", 2},
    {ENERGY, "/energy/*/devices/*", 1},
    {TRAIN, "/energy/epoch/*", 0},
    {TRAIN, "/energy/training/*", 0},
    {TRAIN | TRANSIENT, "/transients/*/time", 1},
    {TRAIN | TRANSIENT, "/transients/*/free/voltage_*", 2},
    {TRAIN | TRANSIENT, "/transients/*/plus/voltage_*", 2},
    {TRAIN | TRANSIENT, "/transients/*/minus/voltage_*", 2},
    {GRADIENT, "/gradient/cosine", 0},
    {GRADIENT, "/gradient/norm_ratio", 0},
    {GRADIENT, "/gradient/relative_error", 0},
    {GRADIENT, "/gradient/loss", 0},
    {GRADIENT, "/gradient/residual", 0},
    {GRADIENT, "/gradient/reference_loss", 0},
    {GRADIENT, "/gradient/reference_residual", 0},
    {GRADIENT, "/gradient/weight_*/cosine", 0},
    {GRADIENT, "/gradient/weight_*/norm_ratio", 0},
    {GRADIENT, "/gradient/weight_*/relative_error", 0},
    {GRADIENT, "/gradient/bias_*/cosine", 0},
    {GRADIENT, "/gradient/bias_*/norm_ratio", 0},
    {GRADIENT, "/gradient/bias_*/relative_error", 0},
    {GRADIENT, "/gradient/ep", 1},
    {GRADIENT, "/gradient/adjoint", 1},
    {GRADIENT, "/gradient/x_t", 2},
    {GRADIENT, "/gradient/u", 2},
    {GRADIENT, "/gradient/modes/median", 1},
    {GRADIENT, "/gradient/modes/high", 1},
    {GRADIENT, "/gradient/modes/longest", 1},
    {GRADIENT, "/gradient/modes/pole", 2},
    {GRADIENT, "/gradient/modes/time_constant", 2},
    {GRADIENT, "/gradient/modes/time_constant_tau", 2},
    {GRADIENT, "/gradient/modes/share", 3},
    {GRADIENT, "/gradient/compare/differ", 0},
    {GRADIENT, "/gradient/compare/lower", 0},
    {GRADIENT, "/gradient/compare/unsettled", 0},
    {GRADIENT, "/gradient/compare/largest", 1},
    {GRADIENT, "/gradient/compare/rms", 1},
    {GRADIENT, "/gradient/compare/*_energy", 1},
    {GRADIENT, "/gradient/compare/*_residual", 1},
    {DEVICE, "/device/staircase/*", 1},
    {DEVICE, "/device/programming/*", 1},
    {DEVICE, "/device/aging/time", 1},
    {DEVICE, "/device/aging/mean", 2},
    {DEVICE, "/device/aging/deviation", 2},
    {NOISE_BUDGET, "/noise_budget/node/*", 1},
    {NOISE_BUDGET, "/noise_budget/velocity/*", 1},
    {NOISE_BUDGET, "/noise_budget/gradient/*", 1},
    {NOISE_BUDGET, "/noise_budget/batch/*", 1},
    {NOISE_BUDGET, "/noise_budget/rms/*/*", 0},
    {NOISE_BUDGET, "/noise_budget/percent/*/*", 0},
    {NOISE_BUDGET, "/noise_budget/snr/sample", 0},
    {NOISE_BUDGET, "/noise_budget/snr/batch", 0},
    {NOISE_BUDGET, "/noise_budget/snr/displacement", 1},
    {NOISE_BUDGET, "/noise_budget/snr/block", 1},
    {NOISE_BUDGET, "/noise_budget/nudge/best", 0},
    {NOISE_BUDGET, "/noise_budget/nudge/formula", 0},
    {NOISE_BUDGET, "/noise_budget/nudge/adjoint", 0},
    {NOISE_BUDGET, "/noise_budget/nudge/nudge", 1},
    {NOISE_BUDGET, "/noise_budget/nudge/bias", 1},
    {NOISE_BUDGET, "/noise_budget/nudge/noise", 1},
    {NOISE_BUDGET, "/noise_budget/averaging/needed", 0},
    {NOISE_BUDGET, "/noise_budget/averaging/window", 1},
    {NOISE_BUDGET, "/noise_budget/averaging/snr", 1},
    {NOISE_BUDGET, "/noise_budget/adc/bits_noise", 0},
    {NOISE_BUDGET, "/noise_budget/adc/bits_snr", 0},
    {NOISE_BUDGET, "/noise_budget/index/*", 1},
    {DEPLOYMENT, "/deployment/chip", 1},
    {DEPLOYMENT, "/deployment/ideal/*", 1},
    {DEPLOYMENT, "/deployment/ex_situ/*", 1},
    {DEPLOYMENT, "/deployment/retuned/*", 1},
    {DEPLOYMENT, "/deployment/in_situ/*", 1},
    {SPICE_CHECK, "/spice/difference/*", 0},
    {SPICE_CHECK, "/spice/settling_time/*/*", 1},
    {SPICE_CHECK, "/spice/gradient/*/*", 1},
    {SPICE_CHECK, "/spice/way_left/*", 0},
    {SPICE_CHECK, "/spice/velocity/*", 2},
    {SPICE_CHECK, "/spice/operating_point/*/*", 2},
    {SPICE_CHECK, "/spice/transient/time", 1},
    {SPICE_CHECK, "/spice/transient/*/*", 2},
    {SPICE_CHECK, "/spice/noise/frequency", 1},
    {SPICE_CHECK, "/spice/noise/node", 1},
    {SPICE_CHECK, "/spice/noise/*", 2},
};
// clang-format on
#define N_ENTRIES (sizeof entries / sizeof entries[0])

static bool is_of(const struct entry *entry, int kind) {
  return entry->uses & 1u << kind;
}

/* The entry of a path; NULL for none. */
static const struct entry *find(int kind, const char *path) {
  for (size_t i = 0; i < N_ENTRIES; i++) {
    if (is_of(&entries[i], kind) &&
        fnmatch(entries[i].pattern, path, FNM_PATHNAME) == 0) {
      return &entries[i];
    }
  }
  return NULL;
}

/* Bytes of the group that holds `path`, with the slash: of "/a/b" 3. */
static size_t group_length(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? (size_t)(slash - path) + 1 : 0;
}

/* Is this part of a group's name among the patterns before the i-th? */
static bool is_known(int kind, size_t i, size_t n) {
  for (size_t j = 0; j < i; j++) {
    if (is_of(&entries[j], kind) &&
        strncmp(entries[j].pattern, entries[i].pattern, n) == 0) {
      return true;
    }
  }
  return false;
}

/* Write "/gradient/ has cosine, loss, modes/", of the group that is the first
 * n_group bytes of `path`; returns how many there are. */
static size_t list_group(int kind, const char *path, size_t n_group, char *text,
                         size_t size) {
  size_t n = 0;
  size_t used = (size_t)snprintf(text, size, "%.*s has ", (int)n_group, path);
  for (size_t i = 0; i < N_ENTRIES && used < size; i++) {
    const char *name = entries[i].pattern + n_group;
    if (!is_of(&entries[i], kind) ||
        strncmp(entries[i].pattern, path, n_group) != 0) {
      continue;
    }
    const size_t n_name = strcspn(name, "/") + (strchr(name, '/') != NULL);
    if (!is_known(kind, i, n_group + n_name)) {
      used += (size_t)snprintf(text + used, size - used, "%s%.*s",
                               n ? ", " : "", (int)n_name, name);
      n++;
    }
  }
  return n;
}

/* What there is instead, in the nearest group that has something. */
static void suggest(int kind, const char *path, char *text, size_t size) {
  size_t n_group = group_length(path);
  while (n_group > 1 && list_group(kind, path, n_group, text, size) == 0) {
    n_group--;
    while (n_group > 1 && path[n_group - 1] != '/') {
      n_group--;
    }
  }
  if (n_group <= 1) {
    list_group(kind, "/", 1, text, size);
  }
}

enum sim_status tool_dataset_check(int kind, const char *path, size_t rank,
                                   const char *text, struct sim_error *err) {
  static const char *const forms[] = {"", "[-1]", "[-1,0]", "[-1,0,0]"};
  const struct entry *entry = find(kind, path);
  char there[600];
  if (!entry) {
    suggest(kind, path, there, sizeof there);
    return sim_error_set(err, SIM_ECONFIG,
                         "must be datasets that %s writes, got %s; %s",
                         tool_kind_names[kind], text, there);
  }
  return entry->rank == rank
             ? SIM_OK
             : sim_error_set(err, SIM_ECONFIG,
                             "must be one number each, as %s%s is, got %s",
                             path, forms[entry->rank], text);
}
