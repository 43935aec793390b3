/* tools/fidelity.c -- how exact the gradients of a training run are
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/fidelity.h"

#include <math.h>

#include "tools/columns.h"

#define GROUP "/train/gradient/"
#define MAX_COLUMNS (4 * MODEL_MAX_LAYERS + 6)

/* --- when, and of what --- */

/* What keeps a settled chip from measuring the adjoint. */
static bool is_imperfect(const struct model_network *net) {
  return net->noise || net->periphery || !model_network_has_energy(net);
}

bool tool_fidelity_is_wanted(const struct tool_setup *setup) {
  const int audit = setup->experiment->gradient.audit;
  return audit == TOOL_AUDIT_AUTO ? is_imperfect(&setup->net)
                                  : audit == TOOL_AUDIT_ALWAYS;
}

size_t tool_fidelity_n_rows(const struct tool_setup *setup, uint64_t n_epochs) {
  const size_t every = setup->experiment->gradient.every;
  return tool_fidelity_is_wanted(setup) ? tool_columns_n_rows(every, n_epochs)
                                        : 0;
}

size_t tool_fidelity_n_samples(const struct tool_setup *setup, size_t n_batch) {
  const size_t wanted = setup->experiment->gradient.samples;
  return wanted < n_batch ? wanted : n_batch;
}

enum sim_status tool_fidelity_init(struct tool_fidelity *f,
                                   const struct tool_setup *setup,
                                   struct sim_error *err) {
  *f = (struct tool_fidelity){.setup = setup,
                              .is_on = tool_fidelity_is_wanted(setup),
                              .whole = {NAN, NAN, NAN}};
  return f->is_on ? tool_gradient_pair_init(&f->pair, setup, err) : SIM_OK;
}

void tool_fidelity_finish(struct tool_fidelity *f) {
  tool_gradient_pair_finish(&f->pair);
}

/* --- an audit --- */

static void warn(const struct tool_fidelity *f, struct tool_run *run) {
  const struct model_adjoint_quality *q = &f->pair.reference;
  const double until = f->setup->experiment->gradient.until;
  if (q->residual > until || q->n_not_minimum + q->n_unsolved > 0) {
    tool_run_log(run,
                 "the adjoint's states have a residual of %.3g, asked for "
                 "%.3g; %zu samples are not at a minimum, %zu adjoint systems "
                 "are not solved",
                 q->residual, until, q->n_not_minimum, q->n_unsolved);
  }
}

static void note(struct tool_fidelity *f, struct tool_run *run, uint64_t epoch,
                 size_t n_samples) {
  f->whole = model_agreement_of(f->setup->net.layout.n_parameters,
                                f->pair.measured, f->pair.adjoint);
  f->is_known = true;
  tool_run_log(run,
               "epoch %llu gradient of %zu samples against the adjoint: cosine "
               "%.6f, norm ratio %.6f",
               (unsigned long long)epoch, n_samples, f->whole.cosine,
               f->whole.norm_ratio);
  warn(f, run);
}

static enum sim_status excuse(struct tool_fidelity *f, struct tool_run *run,
                              const struct sim_error *trial,
                              struct sim_error *err) {
  f->is_known = false;
  if (trial->status != SIM_EFAIL) {
    *err = *trial;
    return err->status;
  }
  tool_run_say(run, "warning: no adjoint gradient to compare with: %s",
               trial->message);
  return SIM_OK;
}

enum sim_status tool_fidelity_measure(struct tool_fidelity *f,
                                      struct tool_run *run,
                                      const struct model_batch *batch,
                                      uint64_t epoch, struct sim_error *err) {
  struct sim_error trial = {0};
  struct model_batch first = *batch;
  if (!f->is_on ||
      !tool_columns_is_due(f->setup->experiment->gradient.every, epoch)) {
    return SIM_OK;
  }
  first.n = tool_fidelity_n_samples(f->setup, batch->n);
  if (tool_gradient_pair_find(&f->pair, f->setup, &first, &trial)) {
    excuse(f, run, &trial, err);
  } else {
    note(f, run, epoch, first.n);
  }
  f->has_row = !err->status;
  f->epoch = epoch;
  return err->status;
}

/* --- the series --- */

static void add(struct tool_column *columns, size_t *n, const char *group,
                const char *name, const char *long_name, double value) {
  struct tool_column *column = &columns[(*n)++];
  *column =
      (struct tool_column){.unit = "1", .long_name = long_name, .value = value};
  snprintf(column->path, sizeof column->path, GROUP "%s%s", group, name);
}

/* Of n parameters from `at` on. */
static void add_agreement(const struct tool_fidelity *f,
                          struct tool_column *columns, size_t *n_columns,
                          const char *group, size_t at, size_t n) {
  struct model_agreement found = {NAN, NAN, NAN};
  if (f->is_known) {
    found = model_agreement_of(n, f->pair.measured + at, f->pair.adjoint + at);
  }
  add(columns, n_columns, group, "cosine",
      "cosine of measured and adjoint gradient", found.cosine);
  add(columns, n_columns, group, "norm_ratio",
      "norm of the measured gradient over that of the adjoint",
      found.norm_ratio);
}

/* The datasets and their newest values; the first one is the scale. */
static size_t list_columns(const struct tool_fidelity *f,
                           struct tool_column columns[MAX_COLUMNS]) {
  const struct model_layout *at = &f->setup->net.layout;
  const struct model_adjoint_quality *q = &f->pair.reference;
  size_t n = 0;
  add(columns, &n, "", "epoch", "epoch that was audited, from 0",
      (double)f->epoch);
  add_agreement(f, columns, &n, "", 0, at->n_parameters);
  for (size_t i = 0; i < model_layout_n_blocks(at); i++) {
    const struct model_block block = model_layout_block(at, i);
    char group[32];
    snprintf(group, sizeof group, "%s/", block.name);
    add_agreement(f, columns, &n, group, block.at, block.n);
  }
  add(columns, &n, "", "reference_residual",
      "largest net current at the adjoint's states",
      f->is_known ? q->residual : NAN);
  add(columns, &n, "", "not_minimum", "samples whose state is no minimum",
      f->is_known ? (double)q->n_not_minimum : NAN);
  add(columns, &n, "", "unsolved", "samples whose system is not solved",
      f->is_known ? (double)q->n_unsolved : NAN);
  return n;
}

enum sim_status tool_fidelity_write(struct tool_fidelity *f,
                                    struct tool_run *run,
                                    struct sim_error *err) {
  struct tool_column columns[MAX_COLUMNS];
  if (!f->has_row) {
    return SIM_OK;
  }
  f->has_row = false;
  const size_t n = list_columns(f, columns);
  return tool_columns_append(run->result, n, columns, err);
}

enum sim_status tool_fidelity_truncate(const struct tool_fidelity *f,
                                       struct sim_result *result,
                                       uint64_t n_epochs,
                                       struct sim_error *err) {
  struct tool_column columns[MAX_COLUMNS];
  if (!f->is_on) {
    return SIM_OK;
  }
  const size_t n = list_columns(f, columns);
  return tool_columns_truncate(result, n, columns,
                               tool_fidelity_n_rows(f->setup, n_epochs), err);
}
