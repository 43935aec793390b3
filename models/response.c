/* models/response.c -- what standing errors do to settled voltages
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/response.h"

#include <stdlib.h>

#include "models/hessian.h"
#include "sim/dense.h"
#include "sim/memory.h"

static enum sim_status fill(struct model_response *r, const double *s,
                            struct sim_error *err) {
  const struct model_network *net = r->net;
  const size_t n = net->layout.n_nodes;
  struct sim_dense dense = {0};
  double *scratch = sim_alloc_doubles(2 * n, err);
  if (!scratch || sim_dense_init(&dense, n, err)) {
    free(scratch);
    return err->status;
  }
  model_hessian_matrix(net, &r->drive, s, dense.a, &r->work, scratch);
  for (size_t i = 0; i < n; i++) {
    r->gain[i] = model_network_input_gain(net, i, r->work.slope[i]);
  }
  if (sim_dense_factor(&dense)) {
    sim_dense_invert(&dense, r->inverse);
  } else {
    sim_error_set(err, SIM_EFAIL,
                  "the circuit is singular at its operating point");
  }
  sim_dense_finish(&dense);
  free(scratch);
  return err->status;
}

enum sim_status model_response_init(struct model_response *response,
                                    const struct model_network *net,
                                    const struct model_drive *drive,
                                    const double *s, struct sim_error *err) {
  const size_t n = net->layout.n_nodes;
  *response = (struct model_response){
      .net = net,
      .drive = *drive,
      .inverse = sim_alloc_doubles(n * n, err),
      .gain = sim_alloc_doubles(n, err),
  };
  if (!response->inverse || !response->gain ||
      model_work_init(&response->work, &net->layout, 1, err) ||
      fill(response, s, err)) {
    model_response_finish(response);
    return err->status;
  }
  return SIM_OK;
}

void model_response_finish(struct model_response *response) {
  model_work_finish(&response->work);
  free(response->inverse);
  free(response->gain);
  *response = (struct model_response){0};
}

void model_response_add_weights(const struct model_response *response, size_t l,
                                enum model_response_direction direction,
                                const double *weight, double *node) {
  const struct model_layout *at = &response->net->layout;
  const size_t low = at->node_at[l], high = at->node_at[l + 1];
  const double up = direction & MODEL_RESPONSE_UP ? 1 : 0;
  const double down = direction & MODEL_RESPONSE_DOWN ? 1 : 0;
  const double *a = response->work.r, *gain = response->gain;
  for (size_t i = 0; i < at->n_nodes; i++) {
    const double *p = response->inverse + i * at->n_nodes;
    double sum = 0;
    for (size_t k = 0; k < at->width[l + 1]; k++) {
      const double *row = weight + k * at->width[l];
      const double p_k = up * p[high + k] * gain[high + k];
      const double a_k = down * a[high + k];
      for (size_t j = 0; j < at->width[l]; j++) {
        const double moved =
            p_k * a[low + j] + a_k * p[low + j] * gain[low + j];
        sum += row[j] * moved * moved;
      }
    }
    node[i] += sum;
  }
}

void model_response_add_anchors(const struct model_response *response,
                                double variance, double *node) {
  const struct model_layout *at = &response->net->layout;
  for (size_t i = 0; i < at->n_nodes; i++) {
    for (size_t j = 0; j < at->width[0]; j++) {
      const double moved = response->inverse[i * at->n_nodes + j] *
                           model_drive_conductance(&response->drive, j);
      node[i] += variance * moved * moved;
    }
  }
}
