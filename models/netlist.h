/* models/netlist.h -- a chip in one phase of one sample as a SPICE netlist
 *
 * What is written are the devices that the chip holds, in SI units: a
 * subcircuit for each kind of node and for each array (circuits/spice.h), one
 * instance of each node, and the parameters of the experiment by their names.
 * Conductance pairs are as they are when they are used: aged, with their read
 * noise. `.param strength` is that of the nudge: of an ideal chip 0, 1 or -1
 * for free, plus and minus. Nodes of the netlist:
 *
 *   v<layer>_<i>  voltage of node i     r<layer>_<i>  its output r(v)
 *   s<layer>_<i>  its summed input current over conductance_unit, as a voltage
 *
 * A visible node has no s, and an r only where amplifiers differ.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_NETLIST_H
#define MODEL_NETLIST_H

#include <stdio.h>

#include "models/chip.h"
#include "models/learning.h"

#define MODEL_NETLIST_NAME 32u  // bytes of a node's name

/* The chip (`net` is its image) in one phase of one sample; arrays are [1] in
 * units of the model. */
struct model_netlist {
  const char *title;  // first line
  const struct model_chip *chip;
  const struct model_network *net;
  const struct model_learning *rule;
  int phase;               // 0, +1, -1
  const double *x_t;       // (n_visible)
  const double *u;         // (n_visible)
  const double *velocity;  // (n_visible) of the free phase; NULL: not known yet
  const double *start;     // (n_nodes) voltages when the phase begins
  const double *guess;     // (n_nodes) where .op begins to look, for which it
                           // is rounded to 0.01; NULL: nowhere
  double temperature;      // [K] of the noise; 0: no noise sources
};

/* Do visible nodes have an output of their own? */
bool model_netlist_has_visible_output(const struct model_chip *chip);

/* "v1_3" and the like. */
const char *model_netlist_node(const struct model_layout *layout, char letter,
                               size_t node, char name[MODEL_NETLIST_NAME]);

/* Everything but the analyses and `.end`. Errors of writing stay in the file
 * for ferror(). */
void model_netlist_write(FILE *file, const struct model_netlist *netlist);

#endif
