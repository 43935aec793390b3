/* tools/train_state.c -- the state of a training run, and its checkpoints
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/train_state.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/checkpoint.h"
#include "sim/memory.h"
#include "tools/chip_state.h"

#define MAX_ARRAYS (TOOL_CHIP_ARRAYS + 2)

/* Everything a checkpoint holds besides numbers; returns how many. */
static size_t list_arrays(struct tool_training *t,
                          struct tool_array arrays[MAX_ARRAYS]) {
  const size_t n_parameters = t->setup->chip->layout.n_parameters;
  size_t n = tool_chip_arrays(t->setup->chip, arrays);
  arrays[n++] = (struct tool_array){"/optimiser/first", "1", n_parameters,
                                    t->optimiser.first};
  arrays[n++] = (struct tool_array){"/optimiser/second", "1", n_parameters,
                                    t->optimiser.second};
  return n;
}

enum sim_status tool_training_save(struct tool_training *t,
                                   struct sim_error *err) {
  char path[SIM_TEXT_MAX];
  struct sim_checkpoint checkpoint;
  struct tool_array arrays[MAX_ARRAYS];
  if (sim_checkpoint_begin(&checkpoint,
                           tool_run_path(t->run, TOOL_CHECKPOINT, path), err)) {
    return err->status;
  }
  sim_result_set_uint64(checkpoint.file, "/", "epoch", t->epoch, err);
  sim_result_set_uint64(checkpoint.file, "/", "optimiser_steps",
                        t->optimiser.steps, err);
  const size_t n_arrays = list_arrays(t, arrays);
  for (size_t i = 0; i < n_arrays; i++) {
    sim_result_write_array(checkpoint.file, arrays[i].path, arrays[i].unit,
                           NULL, 1, &arrays[i].n, arrays[i].values, err);
  }
  return sim_checkpoint_commit(&checkpoint, err);
}

static enum sim_status read_parts(struct tool_training *t,
                                  struct sim_result *file,
                                  struct sim_error *err) {
  struct tool_array arrays[MAX_ARRAYS];
  const size_t n_arrays = list_arrays(t, arrays);
  for (size_t i = 0; i < n_arrays; i++) {
    if (sim_result_read(file, arrays[i].path, 1, &arrays[i].n, arrays[i].values,
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
  if (setup->is_shared) {
    model_controller_share(t->controller);
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
