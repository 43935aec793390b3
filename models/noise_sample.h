/* models/noise_sample.h -- linear noise analysis of one sample, source by
 * source
 *
 * The circuit linearised at the free equilibrium s* of a sample, its modes
 * (sim/eigenmodes.h), and what each source of noise does through the phases
 * (models/phase_noise.h) to
 *
 *   node      the voltage of a node at the end of the free phase
 *   read      the same as the read-out averages it
 *   velocity  alpha lambda times what is read of the displacement
 *   output    d_i, what is read of output i in plus less what is read in minus
 *             (two phases: in the free one)
 *   gradient  of a coupling between j and k  -(a_k d_j + a_j d_k) f,  of a bias
 *             -d_i f,  f = 1/(2 beta) (two phases: 1/beta)
 *
 * all as variances in model units; that of a block of the gradient is summed
 * over its parameters. First order in the noise and lowest in the nudge: what
 * the noise of the free state does to the nudge itself, of order 1 where the
 * above is of order 1/beta, is left out. So are the offsets of converters. What
 * devices err by while all phases last is in models/device_noise.h.
 *
 *   sources  thermal noise of leaks, of springs with nudges (with the mean
 *            conductance of the two phases), of each array, and what amplifiers
 *            add to that (an excess above 1), flicker and telegraph noise, hold
 *            capacitors, of both ADCs the sampling noise and the step q, taken
 *            as noise of variance q^2/12, and errors of devices
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_NOISE_SAMPLE_H
#define MODEL_NOISE_SAMPLE_H

#include "models/device_errors.h"
#include "models/drives.h"
#include "models/network.h"
#include "models/phase_noise.h"
#include "sim/eigenmodes.h"

enum model_source_kind {
  MODEL_SOURCE_LEAK,
  MODEL_SOURCE_SPRING,
  MODEL_SOURCE_ARRAY,
  MODEL_SOURCE_EXCESS,
  MODEL_SOURCE_FLICKER,
  MODEL_SOURCE_TELEGRAPH,
  MODEL_SOURCE_MEMORY,
  MODEL_SOURCE_VELOCITY_SAMPLING,
  MODEL_SOURCE_VELOCITY_STEP,
  MODEL_SOURCE_OUTPUT_SAMPLING,
  MODEL_SOURCE_OUTPUT_STEP,
  MODEL_SOURCE_DEVICE,
};

struct model_source {
  enum model_source_kind kind;
  size_t array;                   // of MODEL_SOURCE_ARRAY
  enum model_device_error error;  // of MODEL_SOURCE_DEVICE
  char name[48];                  // "thermal_leak": in paths
  char label[64];                 // in tables
};

#define MODEL_MAX_SOURCES \
  (MODEL_MAX_LAYERS + 10u + (size_t)MODEL_N_DEVICE_ERRORS)

/* Those that are on in this chip; returns how many. `devices`: NULL: none. */
size_t model_source_list(const struct model_network *net,
                         const struct model_device_variances *devices,
                         struct model_source sources[MODEL_MAX_SOURCES]);

/* Blocks of the gradient are those of models/layout.h. */
#define MODEL_MAX_BLOCKS (2u * MODEL_MAX_LAYERS)

/* What is found of one sample; blocks of the caller. */
struct model_noise_seen {
  double *node;      // [1] (sources x nodes)
  double *read;      // [1] (sources x nodes)
  double *velocity;  // [1] (sources x visible)
  double *output;    // [1] (sources x nodes)
  double *gradient;  // [1] (sources x blocks)
  double *plus;      // [1] (nodes) outputs that are compared, without noise:
  double *minus;     // [1] (nodes) they differ by what the nudge does
  double *per_read;  // [1] (blocks) of the gradient, where every output's
                     // difference has variance 1
  double *window;    // [1] (windows) of the whole gradient, read that long
  double slowest;    // [1/tau] smallest rate of a mode
};

/* What one thread needs for a sample. */
struct model_noise_bench {
  const struct model_network *net;    // not owned
  const struct model_learning *rule;  // not owned
  struct model_phase_plan plan;
  size_t n_sources;
  struct model_source source[MODEL_MAX_SOURCES];
  struct model_drives drives;  // with a periphery
  struct model_work work;
  struct sim_eigenmodes modes;
  struct model_phase_noise phases;
  double *conductance[2];  // [1] (visible) in the free phase, and the mean of
                           // the two phases of a difference
  double *source_voltage;  // [1] (visible) of the springs
  double *jacobian;        // [1/tau] (n x n) row-major
  double *scratch;         // (2 n)
  double *strength;        // (n) of one source's currents into the nodes
  double *convert;         // [1] (n) gain of the outputs' converters
  double *gain;            // [1] (n) what is read of an output per voltage
  double *seen;            // [1] (n) what is read of an output
  double *force;           // [1] (n) dC/ds
  double *pushed;          // [1] (n) what the nudge does to a node, per nudge
  double complex *moments[MODEL_N_VIEWS];  // (n x n) of white noise
  double complex *trap_moments;            // (n x n)
  double complex *currents;                // (n x n) V of phase_noise.h
  double complex *product;                 // (n x n)
  double complex *half;                    // (n x n)
  double complex *column;                  // (n)
};

/* `duration` and `window` [tau] are those of a phase, `source` (n_sources) from
 * the list above. On failure nothing is left to finish. */
enum sim_status model_noise_bench_init(
    struct model_noise_bench *bench, const struct model_network *net,
    const struct model_learning *rule, double duration, double window,
    size_t n_sources, const struct model_source *source, struct sim_error *err);
void model_noise_bench_finish(struct model_noise_bench *bench);

/* Springs of the free phase of the sample that was last run. */
struct model_drive model_noise_bench_drive(const struct model_noise_bench *b);

/* The sample x_t, u (visible) at its free equilibrium s (nodes); `windows`
 * (n_windows) [tau] are tried in phases that are longer by as much as the
 * window is. */
enum sim_status model_noise_bench_run(struct model_noise_bench *bench,
                                      const double *x_t, const double *u,
                                      const double *s, size_t n_windows,
                                      const double *windows,
                                      struct model_noise_seen *seen,
                                      struct sim_error *err);

#endif
