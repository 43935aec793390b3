/* tools/spice_cards.h -- analyses of a netlist
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SPICE_CARDS_H
#define TOOL_SPICE_CARDS_H

#include <stdio.h>

#include "tools/setup.h"

/* Reject names that are no node of the netlist (models/netlist.h). */
enum sim_status tool_spice_check_nodes(const struct tool_setup *setup, size_t n,
                                       const char *const *names,
                                       struct sim_error *err);

/* .tran over the duration of a phase, from the capacitors' voltages. */
void tool_spice_tran(FILE *file, const struct tool_setup *setup);

/* .noise at one node, from 1 Hz to beyond the highest pole. */
void tool_spice_noise(FILE *file, const struct tool_setup *setup,
                      const char *node);

/* .measure of every node: its voltage at the end of the transient, and when
 * it had gone 99 % of the way from `start` to `end` (n_nodes) [1] for the last
 * time. A node that hardly moves is left out of the latter. */
void tool_spice_measure(FILE *file, const struct tool_setup *setup,
                        const double *start, const double *end);

/* A decade beyond all poles, a power of ten. [Hz] */
double tool_spice_last_frequency(const struct tool_setup *setup);

#endif
