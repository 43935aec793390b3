/* circuits/node.c -- the nodes of a chip: capacitor, leak and bias current
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/node.h"

#include <stdlib.h>

#include "sim/memory.h"

enum sim_status circuit_nodes_init(struct circuit_nodes *nodes, size_t n,
                                   struct sim_error *err) {
  *nodes = (struct circuit_nodes){
      .n = n,
      .capacitance = sim_alloc_doubles(n, err),
      .leak = sim_alloc_doubles(n, err),
      .bias = sim_alloc_doubles(n, err),
  };
  if (!nodes->capacitance || !nodes->leak || !nodes->bias) {
    circuit_nodes_finish(nodes);
    return err->status;
  }
  return SIM_OK;
}

void circuit_nodes_finish(struct circuit_nodes *nodes) {
  free(nodes->capacitance);
  free(nodes->leak);
  free(nodes->bias);
  *nodes = (struct circuit_nodes){0};
}
