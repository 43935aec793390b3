/* tools/deployment_store.h -- /deployment of a result file, and its table
 *
 *   chip              (chips) numbers of the chips
 *   STAGE/MEASURE     (chips), of `ideal` (1); NAN: not done yet
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_DEPLOYMENT_STORE_H
#define TOOL_DEPLOYMENT_STORE_H

#include "tools/deployment_row.h"

enum tool_stage {
  TOOL_IDEAL,    // trained and used on an ideal chip
  TOOL_EX_SITU,  // its weights, written to the real chip
  TOOL_RETUNED,  // the same, trained there for a few epochs more
  TOOL_IN_SITU,  // trained on the real chip alone
  TOOL_N_STAGES,
};
extern const char *const tool_stage_names[TOOL_N_STAGES];

struct tool_deployment_store {
  struct sim_result *result;  // not owned
  size_t n_chips;
  struct tool_deployment_row *rows;  // (n_stages x n_chips) owned
};

/* Chips that a stage has: one of the ideal kind. */
size_t tool_deployment_n_chips(const struct tool_deployment_store *store,
                               enum tool_stage stage);

/* Make /deployment, or read what is there already. On failure nothing is left
 * to finish. */
enum sim_status tool_deployment_store_init(struct tool_deployment_store *store,
                                           const struct tool_experiment *e,
                                           struct sim_result *result,
                                           struct sim_error *err);
void tool_deployment_store_finish(struct tool_deployment_store *store);

bool tool_deployment_is_done(const struct tool_deployment_store *store,
                             enum tool_stage stage, size_t chip);

/* Put a finished stage on the disk, as a whole or not at all. */
enum sim_status tool_deployment_store_row(struct tool_deployment_store *store,
                                          enum tool_stage stage, size_t chip,
                                          const struct tool_deployment_row *row,
                                          struct sim_error *err);

/* Means over the chips, and standard deviations of more than one, as a table
 * for people; every row as CSV. */
void tool_deployment_print_table(FILE *file,
                                 const struct tool_deployment_store *store);
void tool_deployment_print_csv(FILE *file,
                               const struct tool_deployment_store *store,
                               size_t first_chip);

#endif
