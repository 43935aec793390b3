/* models/flow.c -- the batches of flow matching
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/flow.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "models/transport.h"
#include "sim/memory.h"
#include "sim/random.h"

#define N_LEARNT 4u  // draws behind the start of the transport

static const char *const couplings[] = {"optimal_transport", "independent",
                                        NULL};
static const char *const pair_draws[] = {"with_replacement", "each_once", NULL};

// clang-format off
#define FIELD(f) SIM_FIELD(struct model_flow_params, f)
const struct sim_param model_flow_table[MODEL_FLOW_N_PARAMS] = {
    {.name = "coupling", .kind = SIM_CHOICE, FIELD(coupling),
     .choices = couplings, .initial = "optimal_transport",
     .help = "which noise goes with which image: the cheapest permutation of "
             "all, or independent draws"},
    {.name = "pairs", .kind = SIM_CHOICE, FIELD(pairs),
     .choices = pair_draws, .initial = "with_replacement",
     .help = "how a batch is drawn from the pairs"},
};
// clang-format on

/* A batch, drawn or being drawn. */
struct drawn {
  uint64_t epoch;
  double *x_t;  // (n_batch x dim)
  double *u;    // (n_batch x dim)
  double transport_cost;
  enum sim_status status;
  struct sim_error error;  // why, unless SIM_OK
};

struct model_flow {
  struct model_flow_params params;
  uint64_t seed;
  size_t n_images, n_batch, dim;
  const double *images;  // (n_images x dim), not owned
  struct drawn current;  // what the caller has
  struct drawn next;     // what is drawn beside the caller's work
  bool is_drawing;       // `thread` draws `next` and has all that follows
  pthread_t thread;
  double *noise;     // (n_images x dim)
  size_t *image_of;  // (n_images) image that goes with a noise
  size_t *order;     // (n_images) noises in the order of the draw
  double *time;      // (n_batch) ascending
  struct model_transport *transport;  // of optimal transport
  double *dual_noise;                 // (n_images)
  double *dual_image;                 // (n_images)
};

static gsl_rng *open_stream(const struct model_flow *f,
                            struct sim_stream *stream, enum sim_purpose purpose,
                            uint64_t epoch, size_t sample) {
  return sim_stream_open(stream, &(struct sim_address){.seed = f->seed,
                                                       .purpose = purpose,
                                                       .epoch = epoch,
                                                       .sample = sample});
}

static void draw_noise(struct model_flow *f, uint64_t epoch) {
  for (size_t i = 0; i < f->n_images; i++) {
    struct sim_stream stream;
    gsl_rng *rng = open_stream(f, &stream, SIM_DRAW_NOISE, epoch, i);
    for (size_t j = 0; j < f->dim; j++) {
      f->noise[i * f->dim + j] = gsl_ran_gaussian_ziggurat(rng, 1.0);
    }
  }
}

/* --- birth and death --- */

/* The optimal prices of the images are much the same for any noise: those of
 * the first epochs' noises shorten the search of every epoch. */
static enum sim_status prepare_transport(struct model_flow *f,
                                         struct sim_error *err) {
  f->dual_noise = sim_alloc_doubles(f->n_images, err);
  f->dual_image = sim_alloc_doubles(f->n_images, err);
  if (!f->dual_noise || !f->dual_image ||
      model_transport_create(&f->transport, f->images, f->n_images, f->dim,
                             err)) {
    return err->status;
  }
  for (uint64_t epoch = 0; epoch < N_LEARNT; epoch++) {
    draw_noise(f, epoch);
    if (model_transport_learn(f->transport, f->noise, err)) {
      return err->status;
    }
  }
  return SIM_OK;
}

enum sim_status model_flow_create(struct model_flow **out,
                                  const struct model_flow_params *params,
                                  const double *images, size_t n_images,
                                  size_t dim, size_t n_batch, uint64_t seed,
                                  struct sim_error *err) {
  *out = NULL;
  struct model_flow *f = sim_alloc(1, sizeof *f, err);
  if (!f) {
    return err->status;
  }
  f->params = *params;
  f->seed = seed;
  f->n_images = n_images;
  f->n_batch = n_batch;
  f->dim = dim;
  f->images = images;
  f->noise = sim_alloc_doubles(n_images * dim, err);
  f->current.x_t = sim_alloc_doubles(n_batch * dim, err);
  f->current.u = sim_alloc_doubles(n_batch * dim, err);
  f->next.x_t = sim_alloc_doubles(n_batch * dim, err);
  f->next.u = sim_alloc_doubles(n_batch * dim, err);
  f->image_of = sim_alloc(n_images, sizeof *f->image_of, err);
  f->order = sim_alloc(n_images, sizeof *f->order, err);
  f->time = sim_alloc_doubles(n_batch, err);
  if (!f->noise || !f->current.x_t || !f->current.u || !f->next.x_t ||
      !f->next.u || !f->image_of || !f->order || !f->time ||
      (params->coupling == MODEL_OPTIMAL_TRANSPORT &&
       prepare_transport(f, err))) {
    model_flow_destroy(f);
    return err->status;
  }
  *out = f;
  return SIM_OK;
}

static void wait_for_next(struct model_flow *f) {
  if (f->is_drawing) {
    pthread_join(f->thread, NULL);
    f->is_drawing = false;
  }
}

void model_flow_destroy(struct model_flow *f) {
  if (!f) {
    return;
  }
  wait_for_next(f);
  model_transport_destroy(f->transport);
  free(f->dual_noise);
  free(f->dual_image);
  free(f->noise);
  free(f->current.x_t);
  free(f->current.u);
  free(f->next.x_t);
  free(f->next.u);
  free(f->image_of);
  free(f->order);
  free(f->time);
  free(f);
}

/* --- a batch --- */

static double square_distance(size_t dim, const double *a, const double *b) {
  double sum = 0;
  for (size_t j = 0; j < dim; j++) {
    sum += (a[j] - b[j]) * (a[j] - b[j]);
  }
  return sum;
}

/* Mean over all noises of the cost to their image. */
static double mean_cost(const struct model_flow *f) {
  double sum = 0;
  for (size_t i = 0; i < f->n_images; i++) {
    sum += square_distance(f->dim, f->noise + i * f->dim,
                           f->images + f->image_of[i] * f->dim);
  }
  return sum / (double)f->n_images;
}

/* Streams of the pairs: sample numbers up to n_batch draw pairs, those after
 * it draw images for the independent coupling. */
static void couple_independently(struct model_flow *f, uint64_t epoch) {
  for (size_t i = 0; i < f->n_images; i++) {
    struct sim_stream stream;
    gsl_rng *rng =
        open_stream(f, &stream, SIM_DRAW_PAIRS, epoch, f->n_images + i);
    f->image_of[i] = gsl_rng_uniform_int(rng, f->n_images);
  }
}

static enum sim_status couple(struct model_flow *f, uint64_t epoch,
                              struct sim_error *err) {
  if (f->params.coupling == MODEL_INDEPENDENT) {
    couple_independently(f, epoch);
    return SIM_OK;
  }
  return model_transport_solve(f->transport, f->noise, f->image_of,
                               f->dual_noise, f->dual_image, err);
}

/* order (n_batch): numbers of the pairs that make the batch. */
static void choose_pairs(struct model_flow *f, uint64_t epoch) {
  struct sim_stream stream;
  if (f->params.pairs == MODEL_EACH_ONCE) {
    for (size_t i = 0; i < f->n_images; i++) {
      f->order[i] = i;
    }
    gsl_rng *rng = open_stream(f, &stream, SIM_DRAW_PAIRS, epoch, 0);
    gsl_ran_shuffle(rng, f->order, f->n_images, sizeof *f->order);
    return;
  }
  for (size_t k = 0; k < f->n_batch; k++) {
    gsl_rng *rng = open_stream(f, &stream, SIM_DRAW_PAIRS, epoch, k);
    f->order[k] = gsl_rng_uniform_int(rng, f->n_images);
  }
}

/* Uniform times, handed out in ascending order from the median on and then
 * from the least: samples of about the same time settle alike, and they are
 * settled together. The pairs are in random order, so the batch is as likely as
 * in any other. */
static void draw_times(struct model_flow *f, uint64_t epoch) {
  for (size_t k = 0; k < f->n_batch; k++) {
    struct sim_stream stream;
    f->time[k] =
        gsl_rng_uniform(open_stream(f, &stream, SIM_DRAW_TIME, epoch, k));
  }
  gsl_sort(f->time, 1, f->n_batch);
}

static void interpolate(const struct model_flow *f, const struct drawn *drawn,
                        size_t k) {
  const double t = f->time[(k + f->n_batch / 2) % f->n_batch];
  const size_t pair = f->order[k];
  const double *x0 = f->noise + pair * f->dim;
  const double *x1 = f->images + f->image_of[pair] * f->dim;
  double *x_t = drawn->x_t + k * f->dim, *u = drawn->u + k * f->dim;
  for (size_t j = 0; j < f->dim; j++) {
    x_t[j] = (1.0 - t) * x0[j] + t * x1[j];
    u[j] = x1[j] - x0[j];
  }
}

static void draw(struct model_flow *f, struct drawn *drawn) {
  draw_noise(f, drawn->epoch);
  drawn->status = couple(f, drawn->epoch, &drawn->error);
  if (drawn->status) {
    return;
  }
  choose_pairs(f, drawn->epoch);
  draw_times(f, drawn->epoch);
  for (size_t k = 0; k < f->n_batch; k++) {
    interpolate(f, drawn, k);
  }
  drawn->transport_cost = mean_cost(f);
}

static void *draw_next(void *context) {
  struct model_flow *f = context;
  draw(f, &f->next);
  return NULL;
}

void model_flow_prepare(struct model_flow *f, uint64_t epoch) {
  wait_for_next(f);
  f->next.epoch = epoch;
  f->is_drawing = pthread_create(&f->thread, NULL, draw_next, f) == 0;
}

/* Make `next` the current batch if it is the one asked for. */
static bool take_next(struct model_flow *f, uint64_t epoch) {
  const bool is_there = f->is_drawing && f->next.epoch == epoch;
  wait_for_next(f);
  if (is_there) {
    const struct drawn taken = f->next;
    f->next = f->current;
    f->current = taken;
  }
  return is_there;
}

enum sim_status model_flow_draw(struct model_flow *f, uint64_t epoch,
                                struct model_batch *batch,
                                double *transport_cost, struct sim_error *err) {
  if (!take_next(f, epoch)) {
    f->current.epoch = epoch;
    draw(f, &f->current);
  }
  if (f->current.status) {
    *err = f->current.error;
    return f->current.status;
  }
  *transport_cost = f->current.transport_cost;
  *batch = (struct model_batch){.n = f->n_batch,
                                .x_t = f->current.x_t,
                                .u = f->current.u,
                                .epoch = epoch};
  return SIM_OK;
}
