/* tools/sampling.c -- generated samples, their pictures and their quality
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sampling.h"

#include <math.h>
#include <stdlib.h>

#include "models/quality.h"
#include "sim/memory.h"
#include "sim/png.h"
#include "tools/commands.h"
#include "tools/energy_pages.h"
#include "tools/team.h"

#define MAX_ON_SHEET 400u
#define PIXEL_SCALE 4u
#define SCATTER_PIXELS 512u
#define SCATTER_LIMIT 1.2  // times the data's range

static struct model_generate_task task_of(const struct tool_setup *setup,
                                          size_t n_samples) {
  const struct tool_experiment *e = setup->experiment;
  return (struct model_generate_task){.params = &e->generate,
                                      .net = &setup->net,
                                      .rule = &e->learning,
                                      .settling = &setup->settling,
                                      .n_samples = n_samples,
                                      .low = e->data.range.v[0],
                                      .high = e->data.range.v[1],
                                      .seed = e->seed};
}

enum sim_status tool_sampling_share(const struct tool_setup *setup,
                                    size_t n_samples,
                                    struct model_generated *samples,
                                    struct sim_error *err) {
  const struct model_generate_task task = task_of(setup, n_samples);
  return model_generate_shared(&task, samples, err);
}

enum sim_status tool_sampling_draw(const struct tool_setup *setup,
                                   size_t n_samples,
                                   struct model_generated *samples,
                                   struct sim_error *err) {
  const struct model_generate_task task = task_of(setup, n_samples);
  if (setup->is_shared) {
    tool_team_call_samples(setup, n_samples);
    return model_generate_shared(&task, samples, err);
  }
  return model_generate(&task, samples, err);
}

/* --- pictures --- */

/* Side of a square image of `dim` pixels, 0 when it is none. */
static size_t side_of(size_t dim) {
  const size_t side = (size_t)lround(sqrt((double)dim));
  return side > 1 && side * side == dim ? side : 0;
}

static enum sim_status draw_sheet(const struct tool_setup *setup,
                                  const char *path, const double *images,
                                  size_t n_images, struct sim_error *err) {
  const size_t side = side_of(setup->data.dim);
  const size_t n = n_images < MAX_ON_SHEET ? n_images : MAX_ON_SHEET;
  const struct sim_sheet sheet = {
      .images = images,
      .n_images = n,
      .width = side,
      .height = side,
      .columns = (size_t)ceil(sqrt((double)n)),
      .scale = PIXEL_SCALE,
      .low = setup->experiment->data.range.v[0],
      .high = setup->experiment->data.range.v[1],
  };
  return sim_png_sheet(path, &sheet, err);
}

static enum sim_status draw_scatter(const struct tool_setup *setup,
                                    const char *path, const double *points,
                                    size_t n_points, struct sim_error *err) {
  const double *range = setup->experiment->data.range.v;
  const double middle = 0.5 * (range[0] + range[1]);
  const double reach = 0.5 * SCATTER_LIMIT * (range[1] - range[0]);
  const struct sim_scatter scatter = {
      .data = setup->data.values,
      .n_data = setup->data.n,
      .samples = points,
      .n_samples = n_points,
      .x_low = middle - reach,
      .x_high = middle + reach,
      .y_low = middle - reach,
      .y_high = middle + reach,
      .size = SCATTER_PIXELS,
  };
  return sim_png_scatter(path, &scatter, err);
}

static enum sim_status draw_picture(const struct tool_setup *setup,
                                    const struct tool_run *run,
                                    const char *name, const double *samples,
                                    size_t n_samples, struct sim_error *err) {
  char path[SIM_TEXT_MAX];
  tool_run_path(run, name, path);
  if (setup->data.dim == 2) {
    return draw_scatter(setup, path, samples, n_samples, err);
  }
  return side_of(setup->data.dim)
             ? draw_sheet(setup, path, samples, n_samples, err)
             : SIM_OK;
}

enum sim_status tool_sampling_picture(const struct tool_setup *setup,
                                      const struct tool_run *run,
                                      const struct model_generated *samples,
                                      struct sim_error *err) {
  return draw_picture(setup, run, "samples.png",
                      samples->samples[samples->n_horizons - 1],
                      samples->n_samples, err);
}

/* A picture of each horizon under its own name. */
static enum sim_status draw_horizons(const struct tool_setup *setup,
                                     const struct tool_run *run,
                                     const struct model_generated *samples,
                                     struct sim_error *err) {
  char name[64];
  for (size_t h = 0; h < samples->n_horizons; h++) {
    snprintf(name, sizeof name, "samples_t_%.2f.png", samples->horizon[h]);
    if (draw_picture(setup, run, name, samples->samples[h], samples->n_samples,
                     err)) {
      return err->status;
    }
  }
  return tool_sampling_picture(setup, run, samples, err);
}

/* --- samples and quality in the result file --- */

static enum sim_status write_samples(struct sim_result *result,
                                     const struct model_generated *samples,
                                     size_t dim, struct sim_error *err) {
  const size_t shape[] = {samples->n_samples, dim};
  char path[64];
  if (sim_result_begin(result, err)) {
    return err->status;
  }
  for (size_t h = 0; h < samples->n_horizons; h++) {
    snprintf(path, sizeof path, "/samples/t_%.2f", samples->horizon[h]);
    sim_result_write_array(result, path, "1", "generated samples", 2, shape,
                           samples->samples[h], err);
  }
  return sim_result_end(result, err);
}

struct measured {
  size_t n_classes;
  struct model_quality quality[SIM_LIST_MAX];  // (n_horizons)
  double *class_share;                         // (n_horizons x n_classes)
};

static enum sim_status measure(const struct tool_setup *setup,
                               const struct model_generated *samples,
                               struct measured *m, struct sim_error *err) {
  m->n_classes = setup->data.n_classes;
  m->class_share =
      sim_alloc_doubles(samples->n_horizons * m->n_classes + 1, err);
  for (size_t h = 0; m->class_share && h < samples->n_horizons; h++) {
    if (model_quality_measure(&m->quality[h], samples->samples[h],
                              samples->n_samples, &setup->data,
                              m->class_share + h * m->n_classes, err)) {
      break;
    }
  }
  return err->status;
}

#define HORIZON "/quality/horizon"

/* One measure at every horizon, picked out of the structs by its offset. */
static void write_measure(struct sim_result *result, const char *path,
                          const char *long_name, size_t n_horizons,
                          const struct measured *m, size_t offset,
                          struct sim_error *err) {
  double values[SIM_LIST_MAX];
  for (size_t h = 0; h < n_horizons; h++) {
    values[h] = *(const double *)((const char *)&m->quality[h] + offset);
  }
  const struct sim_dataset d = {.path = path,
                                .unit = "1",
                                .long_name = long_name,
                                .rank = 1,
                                .shape = {n_horizons},
                                .scales = {HORIZON}};
  sim_result_write(result, &d, values, err);
}

static void write_classes(struct sim_result *result, size_t n_horizons,
                          const struct measured *m, struct sim_error *err) {
  const struct sim_dataset d = {
      .path = "/quality/class_histogram",
      .unit = "1",
      .long_name = "share of the samples in each class",
      .rank = 2,
      .shape = {n_horizons, m->n_classes},
      .scales = {HORIZON}};
  sim_result_write(result, &d, m->class_share, err);
}

static enum sim_status write_quality(struct sim_result *result,
                                     const struct model_generated *samples,
                                     const struct measured *m,
                                     struct sim_error *err) {
  static const struct {
    const char *path, *long_name;
    size_t offset;
  } measures[] = {
      {"/quality/frechet", "Frechet distance in pixel space",
       offsetof(struct model_quality, frechet)},
      {"/quality/precision", "share of samples near the data, k = 5",
       offsetof(struct model_quality, precision)},
      {"/quality/recall", "share of data near the samples, k = 5",
       offsetof(struct model_quality, recall)},
      {"/quality/density", "data balls around a sample over k, k = 5",
       offsetof(struct model_quality, density)},
      {"/quality/coverage", "share of data balls with a sample, k = 5",
       offsetof(struct model_quality, coverage)},
      {"/quality/confidence", "mean confidence of the classifier, k = 5",
       offsetof(struct model_quality, confidence)},
  };
  const struct sim_dataset horizon = {.path = HORIZON,
                                      .unit = "1",
                                      .long_name = "flow time of the samples",
                                      .rank = 1,
                                      .shape = {samples->n_horizons},
                                      .is_scale = 1};
  if (sim_result_begin(result, err)) {
    return err->status;
  }
  sim_result_write(result, &horizon, samples->horizon, err);
  for (size_t i = 0; i < sizeof measures / sizeof measures[0]; i++) {
    write_measure(result, measures[i].path, measures[i].long_name,
                  samples->n_horizons, m, measures[i].offset, err);
  }
  if (m->n_classes > 0) {
    write_classes(result, samples->n_horizons, m, err);
  }
  return sim_result_end(result, err);
}

static void tell(struct tool_run *run, const struct model_generated *samples,
                 const struct measured *m) {
  for (size_t h = 0; h < samples->n_horizons; h++) {
    const struct model_quality *q = &m->quality[h];
    tool_run_say(run,
                 "samples at t = %.2f: Frechet distance %.3f, precision %.3f, "
                 "recall %.3f, density %.3f, coverage %.3f",
                 samples->horizon[h], q->frechet, q->precision, q->recall,
                 q->density, q->coverage);
  }
}

static enum sim_status judge(const struct tool_setup *setup,
                             struct tool_run *run,
                             const struct model_generated *samples,
                             struct sim_error *err) {
  struct measured m = {0};
  if (samples->n_samples <= MODEL_QUALITY_NEIGHBOURS ||
      setup->data.n <= MODEL_QUALITY_NEIGHBOURS) {
    tool_run_say(run, "too few samples to measure their quality");
    return SIM_OK;
  }
  if (measure(setup, samples, &m, err) == SIM_OK &&
      write_quality(run->result, samples, &m, err) == SIM_OK) {
    tell(run, samples, &m);
  }
  free(m.class_share);
  return err->status;
}

enum sim_status tool_sampling_run(struct tool_setup *setup,
                                  struct tool_run *run, struct sim_error *err) {
  struct model_generated samples;
  const size_t n = setup->experiment->generate.samples;
  enum sim_status status = tool_sampling_draw(setup, n, &samples, err);
  if (status == SIM_OK) {
    status = write_samples(run->result, &samples, setup->data.dim, err);
  }
  if (status == SIM_OK) {
    status = judge(setup, run, &samples, err);
  }
  if (status == SIM_OK) {
    status = draw_horizons(setup, run, &samples, err);
  }
  model_generated_finish(&samples);
  return status ? status : tool_energy_image(setup, run, err);
}

enum sim_status tool_generate(struct tool_setup *setup, struct tool_run *run,
                              struct sim_error *err) {
  return tool_sampling_run(setup, run, err);
}
