/* models/layout.c -- where the nodes and parameters of a layered network are
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/layout.h"

#include <stdbool.h>
#include <stdio.h>

struct model_layout model_layout_make(size_t n_layers, const size_t *width) {
  struct model_layout layout = {.n_layers = n_layers};
  for (size_t l = 0; l < n_layers; l++) {
    layout.width[l] = width[l];
    layout.node_at[l] = layout.n_nodes;
    layout.n_nodes += width[l];
  }
  size_t at = 0;
  for (size_t l = 0; l + 1 < n_layers; l++) {
    layout.weight_at[l] = at;
    at += model_layout_weight_size(&layout, l);
  }
  for (size_t l = 0; l < n_layers; l++) {
    layout.bias_at[l] = at;
    at += width[l];
  }
  layout.n_parameters = at;
  return layout;
}

size_t model_layout_weight_size(const struct model_layout *layout, size_t l) {
  return layout->width[l] * layout->width[l + 1];
}

size_t model_layout_n_blocks(const struct model_layout *layout) {
  return 2 * layout->n_layers - 1;
}

struct model_block model_layout_block(const struct model_layout *layout,
                                      size_t i) {
  const size_t n_weights = layout->n_layers - 1;
  const bool is_weight = i < n_weights;
  const size_t l = is_weight ? i : i - n_weights;
  struct model_block block = {
      .at = is_weight ? layout->weight_at[l] : layout->bias_at[l],
      .n = is_weight ? model_layout_weight_size(layout, l) : layout->width[l]};
  snprintf(block.name, sizeof block.name, "%s_%u",
           is_weight ? "weight" : "bias", (unsigned)l % MODEL_MAX_LAYERS);
  return block;
}

size_t model_layout_layer_of(const struct model_layout *layout, size_t node) {
  size_t l = 0;
  while (l + 1 < layout->n_layers && node >= layout->node_at[l + 1]) {
    l++;
  }
  return l;
}

double model_layout_mean(const struct model_layout *layout, size_t l,
                         const double *x) {
  const size_t end = layout->node_at[l] + layout->width[l];
  double sum = 0;
  for (size_t i = layout->node_at[l]; i < end; i++) {
    sum += x[i];
  }
  return sum / (double)layout->width[l];
}
