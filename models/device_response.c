/* models/device_response.c -- how a sample responds to errors of the devices
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <cblas.h>
#include <math.h>
#include <stdlib.h>

#include "models/device_noise.h"
#include "models/hessian.h"
#include "models/noise_spread.h"
#include "sim/memory.h"

#define STEP 1e-4  // [1] of the state, to either side along z

/* --- birth and death --- */

enum sim_status model_device_response_init(struct model_device_response *r,
                                           const struct model_network *net,
                                           const struct model_learning *rule,
                                           size_t n_samples,
                                           struct sim_error *err) {
  const size_t n = net->layout.n_nodes;
  *r = (struct model_device_response){
      .net = net,
      .factor = model_learning_factor(rule),
      .n_samples = n_samples,
      .node = sim_alloc_doubles(n * n * n_samples, err),
      .read = sim_alloc_doubles(n * n * n_samples, err),
      .moved = sim_alloc_doubles(n * n * n_samples, err),
      .a = sim_alloc_doubles(n * n_samples, err),
      .da = sim_alloc_doubles(n * n_samples, err),
      .y = sim_alloc_doubles(n * n_samples, err),
      .eta = sim_alloc_doubles(n * n_samples, err),
      .slope = sim_alloc_doubles(n * n_samples, err),
  };
  if (err->status) {
    model_device_response_finish(r);
  }
  return err->status;
}

void model_device_response_finish(struct model_device_response *r) {
  free(r->node);
  free(r->read);
  free(r->moved);
  free(r->a);
  free(r->da);
  free(r->y);
  free(r->eta);
  free(r->slope);
  *r = (struct model_device_response){0};
}

enum sim_status model_device_bench_init(struct model_device_bench *b,
                                        const struct model_layout *layout,
                                        struct sim_error *err) {
  const size_t n = layout->n_nodes;
  *b = (struct model_device_bench){
      .p = sim_alloc_doubles(n * n, err),
      .driven = sim_alloc_doubles(n * n, err),
      .stiff = sim_alloc_doubles(n * n, err),
      .product = sim_alloc_doubles(n * n, err),
      .state = sim_alloc_doubles(n, err),
      .scratch = sim_alloc_doubles(2 * n, err),
      .gain = sim_alloc_doubles(n, err),
      .gain_change = sim_alloc_doubles(n, err),
      .slope_change = sim_alloc_doubles(n, err),
  };
  if (err->status || model_work_init(&b->work, layout, 1, err)) {
    model_device_bench_finish(b);
  }
  return err->status;
}

void model_device_bench_finish(struct model_device_bench *b) {
  model_work_finish(&b->work);
  free(b->p);
  free(b->driven);
  free(b->stiff);
  free(b->product);
  free(b->state);
  free(b->scratch);
  free(b->gain);
  free(b->gain_change);
  free(b->slope_change);
  *b = (struct model_device_bench){0};
}

/* --- derivatives along z --- */

/* M, and the slopes and gains that go with it, at s + h z. */
static void look_beside(struct model_device_bench *b,
                        const struct model_noise_bench *noise, const double *s,
                        double h, double *matrix) {
  const struct model_drive drive = model_noise_bench_drive(noise);
  for (size_t i = 0; i < noise->net->layout.n_nodes; i++) {
    b->state[i] = s[i] + h * noise->pushed[i];
  }
  model_hessian_matrix(noise->net, &drive, b->state, matrix, &b->work,
                       b->scratch);
}

/* Fill stiff with K + D, and the changes of gains and slopes. */
static void differentiate(struct model_device_bench *b,
                          const struct model_noise_bench *noise,
                          const double *s) {
  const struct model_network *net = noise->net;
  const size_t n = net->layout.n_nodes, visible = net->layout.width[0];
  const double gain = model_learning_gain(noise->rule);
  double largest = 0;
  for (size_t i = 0; i < n; i++) {
    largest = fmax(largest, fabs(noise->pushed[i]));
  }
  const double h = largest > 0 ? STEP / largest : STEP;
  look_beside(b, noise, s, h, b->stiff);
  for (size_t i = 0; i < n; i++) {
    const double slope = b->work.slope[i];
    b->slope_change[i] = slope / (2 * h);
    b->gain_change[i] = model_network_input_gain(net, i, slope) / (2 * h);
  }
  look_beside(b, noise, s, -h, b->product);
  for (size_t i = 0; i < n; i++) {
    const double slope = b->work.slope[i];
    b->slope_change[i] -= slope / (2 * h);
    b->gain_change[i] -= model_network_input_gain(net, i, slope) / (2 * h);
  }
  for (size_t i = 0; i < n * n; i++) {
    b->stiff[i] = (b->stiff[i] - b->product[i]) / (2 * h);
  }
  for (size_t i = 0; i < visible; i++) {
    b->stiff[i * n + i] += gain * gain;
  }
}

/* --- one sample --- */

static void multiply(size_t size, const double *a, const double *x, double *c) {
  const int n = (int)size;
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1.0, a, n, x,
              n, 0.0, c, n);
}

static void fill_nodes(struct model_device_response *r,
                       const struct model_noise_bench *noise, size_t k) {
  for (size_t i = 0; i < r->net->layout.n_nodes; i++) {
    const size_t at = i * r->n_samples + k;
    r->a[at] = noise->work.r[i];
    r->da[at] = noise->work.slope[i] * noise->pushed[i];
    r->y[at] = noise->seen[i];
    r->eta[at] = noise->gain[i] * noise->pushed[i];
    r->slope[at] = noise->gain[i];
  }
}

/* Columns of p times the gains of input stages, into one sample of `all`. */
static void store_driven(const struct model_device_bench *b, size_t n,
                         const double *p, size_t n_samples, size_t k,
                         double *all) {
  for (size_t i = 0; i < n * n; i++) {
    all[i * n_samples + k] = p[i] * b->gain[i % n];
  }
}

/* deta of all but c', which acts through y' P gain. */
static void fill_moved(struct model_device_response *r,
                       struct model_device_bench *b,
                       struct model_noise_bench *noise, size_t k) {
  const size_t n = r->net->layout.n_nodes;
  multiply(n, b->stiff, b->driven, b->product);
  multiply(n, b->p, b->product, b->stiff);
  for (size_t at = 0; at < n * n; at++) {
    const size_t i = at / n, from = at % n;
    const double pushed = b->p[at] * b->gain_change[from] - b->stiff[at];
    r->moved[at * r->n_samples + k] =
        noise->gain[i] * pushed +
        noise->convert[i] * b->slope_change[i] * b->driven[at];
  }
}

void model_device_response_note(struct model_device_response *r,
                                struct model_device_bench *b,
                                struct model_noise_bench *noise, size_t k,
                                const double *s) {
  const size_t n = r->net->layout.n_nodes;
  for (size_t i = 0; i < n; i++) {
    b->gain[i] = model_network_input_gain(r->net, i, noise->work.slope[i]);
  }
  fill_nodes(r, noise, k);
  differentiate(b, noise, s);
  model_phase_noise_begin(&noise->phases, &noise->plan, noise->modes.rate);
  model_noise_spread_steady(noise, MODEL_VIEW_NODE, b->p);
  store_driven(b, n, b->p, r->n_samples, k, r->node);
  model_noise_spread_steady(noise, MODEL_VIEW_READ, b->p);
  store_driven(b, n, b->p, r->n_samples, k, r->read);
  store_driven(b, n, b->p, 1, 0, b->driven);
  fill_moved(r, b, noise, k);
}
