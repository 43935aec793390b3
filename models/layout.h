/* models/layout.h -- where the nodes and parameters of a layered network are
 *
 * Nodes are numbered layer by layer, layer 0 (visible) first. Parameters form
 * one vector, theta: weight_0, weight_1, ..., bias_0, bias_1, ..., each
 * row-major; weight_l is (width[l + 1] x width[l]).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_LAYOUT_H
#define MODEL_LAYOUT_H

#include <stddef.h>

#define MODEL_MAX_LAYERS 16u

struct model_layout {
  size_t n_layers;
  size_t width[MODEL_MAX_LAYERS];      // nodes of a layer
  size_t node_at[MODEL_MAX_LAYERS];    // first node of a layer
  size_t weight_at[MODEL_MAX_LAYERS];  // first element of weight_l in theta
  size_t bias_at[MODEL_MAX_LAYERS];    // first element of bias_l in theta
  size_t n_nodes;
  size_t n_parameters;
};

/* A layout of 2 to MODEL_MAX_LAYERS layers, each at least one node wide. */
struct model_layout model_layout_make(size_t n_layers, const size_t *width);

/* Elements of weight_l. */
size_t model_layout_weight_size(const struct model_layout *layout, size_t l);

/* Parameters that belong together: all weights between two layers, or all
 * biases of a layer. */
struct model_block {
  char name[16];  // "weight_0", "bias_2"
  size_t at, n;   // first element in theta, and how many
};

/* Number of blocks, and block i in the order of theta. */
size_t model_layout_n_blocks(const struct model_layout *layout);
struct model_block model_layout_block(const struct model_layout *layout,
                                      size_t i);

/* Layer that holds node `node`. */
size_t model_layout_layer_of(const struct model_layout *layout, size_t node);

/* Mean of x (n_nodes) over the nodes of layer l. */
double model_layout_mean(const struct model_layout *layout, size_t l,
                         const double *x);

#endif
