/* models/device_noise.c -- what errors of the devices do to a batch
 *
 * One weight after another: what an error of 1 in it does, then its variances.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/device_noise.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

#include "sim/memory.h"
#include "sim/workers.h"

/* What is seen of a node while one weight errs, sample by sample: deta, dy and,
 * the same for all weights, y and eta. Column p of one end of a coupling meets
 * column p ^ 2 of the other. */
enum { D_ETA, D_Y, Y, ETA, N_COLUMNS };

struct bench {
  double *x;          // [1] (n x N_COLUMNS x samples)
  double *couplings;  // [1] (largest weight block)
  double *gram;       // [1] (layers x N_COLUMNS x N_COLUMNS x samples)
  double *node, *read, *output;  // [1] (n) squares, means over the samples
  double gradient[MODEL_MAX_BLOCKS], batch[MODEL_MAX_BLOCKS];
};

struct job {
  const struct model_device_response *r;
  const struct model_device_variances *v;
  size_t row_size;  // of one kind of error
  double *rows;     // (upper nodes x kinds x row_size)
  struct sim_workers workers;
};

/* One direction of one weight, or both. */
struct weight {
  size_t upper, lower;  // nodes
  double up, down;      // 1 or 0: which way it carries currents
};

/* --- threads --- */

static enum sim_status begin_bench(void *worker, const void *context,
                                   struct sim_error *err) {
  const struct job *job = context;
  const struct model_device_response *r = job->r;
  const struct model_layout *at = &r->net->layout;
  const size_t n = at->n_nodes, samples = r->n_samples;
  struct bench *b = worker;
  size_t largest = 0;
  for (size_t l = 0; l + 1 < at->n_layers; l++) {
    const size_t size = model_layout_weight_size(at, l);
    largest = size > largest ? size : largest;
  }
  b->x = sim_alloc_doubles(n * N_COLUMNS * samples, err);
  b->couplings = sim_alloc_doubles(largest, err);
  b->gram =
      sim_alloc_doubles(at->n_layers * N_COLUMNS * N_COLUMNS * samples, err);
  b->node = sim_alloc_doubles(n, err);
  b->read = sim_alloc_doubles(n, err);
  b->output = sim_alloc_doubles(n, err);
  for (size_t i = 0; err->status == SIM_OK && i < n; i++) {
    double *x = b->x + i * N_COLUMNS * samples;
    memcpy(x + Y * samples, r->y + i * samples, samples * sizeof *x);
    memcpy(x + ETA * samples, r->eta + i * samples, samples * sizeof *x);
  }
  return err->status;
}

static void finish_bench(void *worker) {
  struct bench *b = worker;
  free(b->x);
  free(b->couplings);
  free(b->gram);
  free(b->node);
  free(b->read);
  free(b->output);
}

/* --- one weight --- */

/* What an error of 1 does to node i. */
static void respond(const struct model_device_response *r,
                    const struct weight *w, size_t i, struct bench *b) {
  const size_t n = r->net->layout.n_nodes, samples = r->n_samples;
  const size_t to_upper = (i * n + w->upper) * samples;
  const size_t to_lower = (i * n + w->lower) * samples;
  const double *a_u = r->a + w->upper * samples;
  const double *a_l = r->a + w->lower * samples;
  const double *da_u = r->da + w->upper * samples;
  const double *da_l = r->da + w->lower * samples;
  double *d_eta = b->x + (i * N_COLUMNS + D_ETA) * samples;
  double *d_y = b->x + (i * N_COLUMNS + D_Y) * samples;
  double node = 0, read = 0, output = 0;
  for (size_t k = 0; k < samples; k++) {
    const double c_u = w->up * a_l[k], c_l = w->down * a_u[k];
    const double *p = r->node + k, *q = r->read + k, *m = r->moved + k;
    const double slope = r->slope[i * samples + k];
    const double s = p[to_upper] * c_u + p[to_lower] * c_l;
    const double s_read = q[to_upper] * c_u + q[to_lower] * c_l;
    const double s_prime =
        q[to_upper] * w->up * da_l[k] + q[to_lower] * w->down * da_u[k];
    d_y[k] = slope * s_read;
    d_eta[k] = m[to_upper] * c_u + m[to_lower] * c_l + slope * s_prime;
    node += s * s;
    read += s_read * s_read;
    output += d_eta[k] * d_eta[k];
  }
  const double share = 1.0 / (double)samples;
  b->node[i] = share * node;
  b->read[i] = share * read;
  b->output[i] = share * output / (r->factor * r->factor);
}

/* Sums of products of two columns over the nodes of a layer. */
static void fill_gram(const struct model_device_response *r, size_t l,
                      struct bench *b) {
  const struct model_layout *at = &r->net->layout;
  const size_t samples = r->n_samples;
  double *gram = b->gram + l * N_COLUMNS * N_COLUMNS * samples;
  memset(gram, 0, N_COLUMNS * N_COLUMNS * samples * sizeof *gram);
  for (size_t i = at->node_at[l]; i < at->node_at[l] + at->width[l]; i++) {
    const double *x = b->x + i * N_COLUMNS * samples;
    for (size_t p = 0; p < N_COLUMNS; p++) {
      for (size_t q = 0; q < N_COLUMNS; q++) {
        double *sum = gram + (p * N_COLUMNS + q) * samples;
        const double *x_p = x + p * samples, *x_q = x + q * samples;
        for (size_t k = 0; k < samples; k++) {
          sum[k] += x_p[k] * x_q[k];
        }
      }
    }
  }
}

/* Mean over the samples of the squared change of one sample's weights. */
static double square_of_samples(const struct model_device_response *r, size_t l,
                                const struct bench *b) {
  const size_t samples = r->n_samples, square = N_COLUMNS * N_COLUMNS;
  const double *low = b->gram + l * square * samples;
  const double *high = low + square * samples;
  double sum = 0;
  for (size_t pq = 0; pq < square; pq++) {
    const size_t p = pq / N_COLUMNS, q = pq % N_COLUMNS;
    const double *other = low + ((p ^ 2) * N_COLUMNS + (q ^ 2)) * samples;
    for (size_t k = 0; k < samples; k++) {
      sum += high[pq * samples + k] * other[k];
    }
  }
  return sum / (double)samples;
}

/* Squared change of the mean gradient of weights l. */
static double square_of_batch(const struct model_device_response *r, size_t l,
                              struct bench *b) {
  const struct model_layout *at = &r->net->layout;
  const int samples = (int)r->n_samples, row = N_COLUMNS * samples;
  const int n_out = (int)at->width[l + 1], n_in = (int)at->width[l];
  const double *high = b->x + at->node_at[l + 1] * (size_t)row;
  const double *low = b->x + at->node_at[l] * (size_t)row;
  const double share = 1.0 / (double)samples;
  double sum = 0;
  for (int half = 0; half < 2; half++) {
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n_out, n_in,
                2 * samples, share, high + half * 2 * samples, row,
                low + (1 - half) * 2 * samples, row, half, b->couplings, n_in);
  }
  for (size_t k = 0; k < model_layout_weight_size(at, l); k++) {
    sum += b->couplings[k] * b->couplings[k];
  }
  return sum;
}

/* The same of the biases of layer l. */
static double square_of_biases(const struct model_device_response *r, size_t l,
                               const struct bench *b) {
  const struct model_layout *at = &r->net->layout;
  const size_t samples = r->n_samples;
  double square = 0;
  for (size_t i = at->node_at[l]; i < at->node_at[l] + at->width[l]; i++) {
    const double *d_eta = b->x + (i * N_COLUMNS + D_ETA) * samples;
    double sum = 0;
    for (size_t k = 0; k < samples; k++) {
      sum += d_eta[k] / (double)samples;
    }
    square += sum * sum;
  }
  return square;
}

static void change_gradient(const struct model_device_response *r,
                            struct bench *b) {
  const struct model_layout *at = &r->net->layout;
  const size_t n_weights = at->n_layers - 1, samples = r->n_samples;
  for (size_t l = 0; l < at->n_layers; l++) {
    fill_gram(r, l, b);
    const double *own =
        b->gram + l * N_COLUMNS * N_COLUMNS * samples;  // of deta
    double sum = 0;
    for (size_t k = 0; k < samples; k++) {
      sum += own[k] / (double)samples;
    }
    b->gradient[n_weights + l] = sum;
    b->batch[n_weights + l] = square_of_biases(r, l, b);
  }
  for (size_t l = 0; l < n_weights; l++) {
    b->gradient[l] = square_of_samples(r, l, b);
    b->batch[l] = square_of_batch(r, l, b);
  }
}

/* --- all weights --- */

static struct model_device_sums sums_at(const struct job *job, double *row) {
  const size_t n = job->r->net->layout.n_nodes;
  const size_t n_blocks = model_layout_n_blocks(&job->r->net->layout);
  return (struct model_device_sums){.node = row,
                                    .read = row + n,
                                    .output = row + 2 * n,
                                    .gradient = row + 3 * n,
                                    .batch = row + 3 * n + n_blocks};
}

static void add(size_t n, double factor, const double *x, double *sum) {
  cblas_daxpy((int)n, factor, x, 1, sum, 1);
}

/* Add a weight whose errors have these variances (kinds). */
static void add_weight(const struct job *job, const struct weight *w,
                       const double variance[MODEL_N_DEVICE_ERRORS],
                       struct bench *b, double *rows) {
  const struct model_layout *at = &job->r->net->layout;
  const size_t n_blocks = model_layout_n_blocks(at);
  double whole = 0;
  for (int e = 0; e < MODEL_N_DEVICE_ERRORS; e++) {
    whole += variance[e];
  }
  if (!(whole > 0)) {
    return;
  }
  for (size_t i = 0; i < at->n_nodes; i++) {
    respond(job->r, w, i, b);
  }
  change_gradient(job->r, b);
  for (size_t e = 0; e < MODEL_N_DEVICE_ERRORS; e++) {
    const struct model_device_sums to = sums_at(job, rows + e * job->row_size);
    add(at->n_nodes, variance[e], b->node, to.node);
    add(at->n_nodes, variance[e], b->read, to.read);
    add(at->n_nodes, variance[e], b->output, to.output);
    add(n_blocks, variance[e], b->gradient, to.gradient);
    add(n_blocks, variance[e], b->batch, to.batch);
  }
}

static void take_variances(double *const all[MODEL_N_DEVICE_ERRORS], size_t at,
                           double variance[MODEL_N_DEVICE_ERRORS]) {
  for (size_t e = 0; e < MODEL_N_DEVICE_ERRORS; e++) {
    variance[e] = all[e] ? all[e][at] : 0.0;
  }
}

/* All weights into node number `tile` above the visible ones. */
static enum sim_status sum_row(size_t tile, void *context,
                               struct sim_error *err) {
  const struct job *job = context;
  const struct model_layout *at = &job->r->net->layout;
  const size_t upper = at->width[0] + tile;
  const size_t l = model_layout_layer_of(at, upper) - 1;
  const size_t first =
      at->weight_at[l] + (upper - at->node_at[l + 1]) * at->width[l];
  double *rows = job->rows + tile * MODEL_N_DEVICE_ERRORS * job->row_size;
  struct bench *b = sim_workers_mine(&job->workers);
  double variance[MODEL_N_DEVICE_ERRORS];
  (void)err;
  for (size_t j = 0; j < at->width[l]; j++) {
    struct weight w = {upper, at->node_at[l] + j, 1, !job->v->is_separate};
    take_variances(job->v->up, first + j, variance);
    add_weight(job, &w, variance, b, rows);
    if (job->v->is_separate) {
      w.up = 0;
      w.down = 1;
      take_variances(job->v->down, first + j, variance);
      add_weight(job, &w, variance, b, rows);
    }
  }
  return SIM_OK;
}

/* Rows in their order. */
static void collect(const struct job *job, size_t n_rows,
                    const struct model_device_sums *sums) {
  const struct model_layout *at = &job->r->net->layout;
  const size_t n_blocks = model_layout_n_blocks(at);
  for (size_t row = 0; row < n_rows; row++) {
    for (size_t e = 0; e < MODEL_N_DEVICE_ERRORS; e++) {
      const struct model_device_sums from = sums_at(
          job, job->rows + (row * MODEL_N_DEVICE_ERRORS + e) * job->row_size);
      if (job->v->is_on[e]) {
        add(at->n_nodes, 1, from.node, sums[e].node);
        add(at->n_nodes, 1, from.read, sums[e].read);
        add(at->n_nodes, 1, from.output, sums[e].output);
        add(n_blocks, 1, from.gradient, sums[e].gradient);
        add(n_blocks, 1, from.batch, sums[e].batch);
      }
    }
  }
}

enum sim_status model_device_noise(const struct model_device_response *r,
                                   const struct model_device_variances *v,
                                   const struct model_device_sums *sums,
                                   struct sim_error *err) {
  const struct model_layout *at = &r->net->layout;
  const size_t n_rows = at->n_nodes - at->width[0];
  struct job job = {.r = r, .v = v};
  job.row_size = 3 * at->n_nodes + 2 * model_layout_n_blocks(at);
  job.rows =
      sim_alloc_doubles(n_rows * MODEL_N_DEVICE_ERRORS * job.row_size, err);
  if (job.rows && !sim_workers_init(&job.workers, sizeof(struct bench),
                                    begin_bench, finish_bench, &job, err)) {
    if (sim_tiles_run(n_rows, sum_row, &job, err) == SIM_OK) {
      collect(&job, n_rows, sums);
    }
    sim_workers_finish(&job.workers);
  }
  free(job.rows);
  return err->status;
}
