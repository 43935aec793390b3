/* tools/train_state.c -- the state of a training run, and its checkpoints
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/train_state.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/checkpoint.h"
#include "sim/memory.h"

#define MAX_ARRAYS (10 * MODEL_MAX_LAYERS + 4)

/* An array of the state and where it goes. */
struct part {
  char path[48];
  const char *unit;
  size_t n;
  double *values;
};

/* Append an array, if there is one. */
static void add(struct part *parts, size_t *n_parts, const char *unit, size_t n,
                double *values, const char *name, size_t l) {
  if (values) {
    struct part *part = &parts[(*n_parts)++];
    *part = (struct part){"", unit, n, values};
    snprintf(part->path, sizeof part->path, "/chip/%s_%zu", name, l);
  }
}

static void add_coupling(struct part *parts, size_t *n_parts,
                         struct circuit_coupling *c, size_t l) {
  const size_t size = c->n_out * c->n_in;
  static const char *const g[] = {"g_plus", "g_minus", "g_plus_back",
                                  "g_minus_back"};
  static const char *const age[] = {"age_plus", "age_minus", "age_plus_back",
                                    "age_minus_back"};
  for (size_t k = 0; k < c->n_banks; k++) {
    add(parts, n_parts, "S", size, c->bank[k].g, g[k], l);
    add(parts, n_parts, "s", size, c->bank[k].age, age[k], l);
  }
  add(parts, n_parts, "S", size, c->written[0], "written", l);
  add(parts, n_parts, "S", size, c->written[1], "written_back", l);
}

/* Everything a checkpoint holds besides numbers; returns how many. */
static size_t list_parts(struct tool_training *t,
                         struct part parts[MAX_ARRAYS]) {
  struct model_chip *chip = t->setup->chip;
  const size_t n_parameters = chip->layout.n_parameters;
  size_t n = 0;
  for (size_t l = 0; l + 1 < chip->layout.n_layers; l++) {
    add_coupling(parts, &n, &chip->coupling[l], l);
  }
  if (chip->wanted) {
    parts[n++] = (struct part){"/chip/wanted", "1", n_parameters, chip->wanted};
  }
  parts[n++] =
      (struct part){"/chip/bias", "A", chip->nodes.n, chip->nodes.bias};
  parts[n++] =
      (struct part){"/optimiser/first", "1", n_parameters, t->optimiser.first};
  parts[n++] = (struct part){"/optimiser/second", "1", n_parameters,
                             t->optimiser.second};
  return n;
}

enum sim_status tool_training_save(struct tool_training *t,
                                   struct sim_error *err) {
  char path[SIM_TEXT_MAX];
  struct sim_checkpoint checkpoint;
  struct part parts[MAX_ARRAYS];
  if (sim_checkpoint_begin(&checkpoint,
                           tool_run_path(t->run, TOOL_CHECKPOINT, path), err)) {
    return err->status;
  }
  sim_result_set_uint64(checkpoint.file, "/", "epoch", t->epoch, err);
  sim_result_set_uint64(checkpoint.file, "/", "optimiser_steps",
                        t->optimiser.steps, err);
  const size_t n_parts = list_parts(t, parts);
  for (size_t i = 0; i < n_parts; i++) {
    const struct sim_dataset d = {.path = parts[i].path,
                                  .unit = parts[i].unit,
                                  .rank = 1,
                                  .shape = {parts[i].n}};
    sim_result_write(checkpoint.file, &d, parts[i].values, err);
  }
  return sim_checkpoint_commit(&checkpoint, err);
}

static enum sim_status read_parts(struct tool_training *t,
                                  struct sim_result *file,
                                  struct sim_error *err) {
  struct part parts[MAX_ARRAYS];
  const size_t n_parts = list_parts(t, parts);
  for (size_t i = 0; i < n_parts; i++) {
    if (sim_result_read(file, parts[i].path, 1, &parts[i].n, parts[i].values,
                        err)) {
      return err->status;
    }
  }
  if (sim_result_get_uint64(file, "/", "epoch", &t->epoch, err)) {
    return err->status;
  }
  // The first weights are one write, each epoch another, or two.
  const uint64_t n_writes =
      t->setup->experiment->learning.update == MODEL_UPDATE_PER_PHASE ? 2 : 1;
  for (size_t l = 0; l + 1 < t->setup->chip->layout.n_layers; l++) {
    t->setup->chip->coupling[l].n_writes = n_writes * t->epoch + 1;
  }
  return sim_result_get_uint64(file, "/", "optimiser_steps",
                               &t->optimiser.steps, err);
}

/* Cut everything to the epochs that are done. */
static enum sim_status truncate_series(struct tool_training *t,
                                       struct sim_error *err) {
  struct sim_result *result = t->run->result;
  if (tool_series_truncate(result, t->epoch, err) ||
      tool_fidelity_truncate(&t->fidelity, result, t->epoch, err)) {
    return err->status;
  }
  return tool_energy_series_truncate(&t->energy, result, t->epoch, err);
}

/* A run that died before its first checkpoint. */
static enum sim_status restart(struct tool_training *t, struct sim_error *err) {
  tool_run_say(t->run, "no checkpoint yet, starts from the beginning");
  // Flushing no rows makes the series if they are not there.
  if (tool_series_flush(&t->series, t->run->result, err)) {
    return err->status;
  }
  return truncate_series(t, err);
}

static enum sim_status resume(struct tool_training *t, struct sim_error *err) {
  char path[SIM_TEXT_MAX], warning[512];
  struct sim_result *file;
  if (!tool_run_has_checkpoint(t->run)) {
    return restart(t, err);
  }
  if (sim_checkpoint_open(&file, tool_run_path(t->run, TOOL_CHECKPOINT, path),
                          warning, sizeof warning, err)) {
    return err->status;
  }
  const enum sim_status status = read_parts(t, file, err);
  sim_result_destroy(file);
  if (status) {
    return status;
  }
  if (warning[0]) {
    tool_run_say(t->run, "warning: %s", warning);
  }
  model_chip_image(t->setup->chip, &t->setup->net);
  tool_run_say(t->run, "resumed after epoch %llu",
               (unsigned long long)t->epoch);
  return truncate_series(t, err);
}

enum sim_status tool_training_init(struct tool_training *t,
                                   struct tool_setup *setup,
                                   struct tool_run *run,
                                   struct sim_error *err) {
  const struct tool_experiment *e = setup->experiment;
  const size_t n_parameters = setup->net.layout.n_parameters;
  const size_t n_batch = tool_setup_batch(setup, e->train.batch);
  *t = (struct tool_training){
      .setup = setup,
      .run = run,
      .gradient = sim_alloc_doubles(n_parameters, err),
      .theta = sim_alloc_doubles(n_parameters, err),
  };
  tool_series_init(&t->series);
  tool_energy_series_init(&t->energy, setup);
  if (!t->gradient || !t->theta ||
      model_flow_create(&t->flow, &e->flow, setup->data.values, setup->data.n,
                        setup->data.dim, n_batch, e->seed, err) ||
      model_controller_create(&t->controller, &e->learning, &setup->settling,
                              &setup->net, n_batch, err) ||
      model_optimiser_init(&t->optimiser, &e->learning.optimiser, n_parameters,
                           err) ||
      tool_fidelity_init(&t->fidelity, setup, err) ||
      (run->is_resumed && resume(t, err))) {
    tool_training_finish(t);
    return err->status;
  }
  return SIM_OK;
}

void tool_training_finish(struct tool_training *t) {
  model_controller_destroy(t->controller);
  model_flow_destroy(t->flow);
  model_optimiser_finish(&t->optimiser);
  tool_fidelity_finish(&t->fidelity);
  free(t->gradient);
  free(t->theta);
  *t = (struct tool_training){0};
}
