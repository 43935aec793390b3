/* tools/network_file.c -- weights and conductances in /network
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/network_file.h"

#include <stdio.h>

/* Write one array of layer l as /network/NAME_l. */
static void write_array(struct sim_result *result, const char *name, size_t l,
                        const char *unit, const char *long_name, size_t rank,
                        const size_t *shape, const double *values,
                        struct sim_error *err) {
  char path[64];
  snprintf(path, sizeof path, "/network/%s_%zu", name, l);
  sim_result_write_array(result, path, unit, long_name, rank, shape, values,
                         err);
}

static void write_coupling(struct sim_result *result,
                           const struct model_chip *chip,
                           const struct model_network *net, size_t l,
                           struct sim_error *err) {
  const struct circuit_coupling *c = &chip->coupling[l];
  const size_t shape[] = {c->n_out, c->n_in};
  write_array(result, "weight", l, "1", "weights, row is the upper node", 2,
              shape, model_network_weight(net, l), err);
  write_array(result, "conductance_plus", l, "S", "devices of positive sign", 2,
              shape, c->g_plus, err);
  write_array(result, "conductance_minus", l, "S", "devices of negative sign",
              2, shape, c->g_minus, err);
  if (c->n_banks > 2) {
    write_array(result, "weight_back", l, "1",
                "weights of the downward direction, row is the upper node", 2,
                shape, model_network_weight_back(net, l), err);
    write_array(result, "conductance_plus_back", l, "S",
                "devices of positive sign, downward", 2, shape, c->bank[2].g,
                err);
    write_array(result, "conductance_minus_back", l, "S",
                "devices of negative sign, downward", 2, shape, c->bank[3].g,
                err);
  }
}

enum sim_status tool_network_write(struct sim_result *result,
                                   const struct model_chip *chip,
                                   const struct model_network *net,
                                   struct sim_error *err) {
  if (sim_result_begin(result, err)) {
    return err->status;
  }
  for (size_t l = 0; l + 1 < net->layout.n_layers; l++) {
    write_coupling(result, chip, net, l, err);
  }
  for (size_t l = 0; l < net->layout.n_layers; l++) {
    write_array(result, "bias", l, "1", "bias of each node", 1,
                &net->layout.width[l], model_network_bias(net, l), err);
  }
  return sim_result_end(result, err);
}

static enum sim_status read_arrays(struct sim_result *file,
                                   const struct model_layout *at, double *theta,
                                   struct sim_error *err) {
  char path[64];
  if (!sim_result_has(file, "/network/weight_0")) {
    return sim_error_set(err, SIM_ECONFIG,
                         "holds no weights: those of a run that trains are "
                         "wanted");
  }
  for (size_t l = 0; l + 1 < at->n_layers; l++) {
    const size_t shape[] = {at->width[l + 1], at->width[l]};
    snprintf(path, sizeof path, "/network/weight_%zu", l);
    if (sim_result_read(file, path, 2, shape, theta + at->weight_at[l], err)) {
      return err->status;
    }
  }
  for (size_t l = 0; l < at->n_layers; l++) {
    snprintf(path, sizeof path, "/network/bias_%zu", l);
    if (sim_result_read(file, path, 1, &at->width[l], theta + at->bias_at[l],
                        err)) {
      return err->status;
    }
  }
  return SIM_OK;
}

enum sim_status tool_network_read(const char *path,
                                  const struct model_layout *layout,
                                  double *theta, struct sim_error *err) {
  struct sim_result *file;
  if (sim_result_open(&file, path, SIM_RESULT_READ, err)) {
    return err->status;
  }
  enum sim_status status = sim_result_begin(file, err);
  if (!status) {
    status = read_arrays(file, layout, theta, err);
  }
  sim_result_destroy(file);
  return status;
}
