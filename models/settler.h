/* models/settler.h -- bring one tile of samples to the end of a phase
 *
 * Joins a network, what drives it and the analysis that settles it: an
 * integrator in time, or the descent to the operating point. One settler
 * belongs to one thread; it owns its integrator and work space and allocates
 * nothing while it runs. Times are in tau.
 *
 * A tile shares one adaptive step, chosen by its worst sample, so with an
 * adaptive integrator a sample's last digits depend on the tile it is in.
 * Tiles are cut by sample number only, never by threads.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_SETTLER_H
#define MODEL_SETTLER_H

#include "models/descent.h"
#include "models/network.h"
#include "models/noise_run.h"
#include "sim/transient.h"

struct model_energy;

/* How a phase is settled, in model units. */
struct model_settling {
  enum sim_analysis analysis;
  const struct sim_integrator_ops *integrator;
  struct sim_integrator_settings settings;
  double duration;      // [tau]
  double until;         // [1] residual, 0: fixed duration
  double window;        // [tau] of the read-out at the end; 0: an instant
  bool keep_unsettled;  // go on with a phase that missed `until`
  bool has_auto_step;   // heun: half the fastest time constant
  bool is_quiet;        // the chip's noise is left out, as in a reference
  struct model_energy *meter;  // of the transients' energy, or NULL; not owned
};

/* From the experiment's section, for a chip with this tau [s]. */
struct model_settling model_settling_make(
    const struct sim_settle_params *params, double tau);

/* Samples settled together: as many as make the couplings' matrix products
 * efficient, one where the integrator needs a Jacobian, those of the meter if
 * there is one. */
size_t model_settling_lanes(const struct model_settling *settling);

/* True when phases settled this way have the noise of the chip. */
bool model_settling_is_noisy(const struct model_settling *settling,
                             const struct model_network *net);

/* Reject an implicit integrator for a network that is too large for it. */
enum sim_status model_settling_check(const struct model_settling *settling,
                                     size_t n_nodes,
                                     const struct sim_where *where,
                                     struct sim_error *err);

struct model_settler {
  struct model_settling settling;
  const struct model_network *net;    // not owned
  struct model_drive drive;           // of the phase under way
  struct sim_integrator *integrator;  // of a transient, else NULL
  struct model_descent *descent;      // of an operating point, else NULL
  struct model_work work;
  size_t n_samples;   // lanes before the idle ones, which repeat the first
  bool is_continued;  // the tile holds the samples of the newest phase
  sim_transient_observer *observe;  // nullable: sees the tile as it settles
  void *observe_context;
  double observe_every;  // [tau]
  double *rate;          // (n_nodes x n_lanes)
  double *mean;          // (n_nodes x n_lanes) over the read-out window
  double *residual;      // (n_lanes) at the end of the newest phase
  double *scratch;       // (2 n_nodes) of a Jacobian
  struct model_noise_run noise;
  double steepest;       // [1] slope of the transfer curve
  double coupling_rate;  // [1/tau] (models/rates.h); NAN: not known yet
};

/* On failure nothing is left to finish. */
enum sim_status model_settler_init(struct model_settler *settler,
                                   const struct model_settling *settling,
                                   const struct model_network *net,
                                   size_t n_lanes, struct sim_error *err);
void model_settler_finish(struct model_settler *settler);

/* Another tile: whose noise its phases have, and conductances and stiffness
 * that may be others than those of the last one. */
void model_settler_begin(struct model_settler *settler,
                         enum model_noise_use use, uint64_t epoch,
                         uint64_t first_sample);

/* Settle the tile `s` (n_nodes x n_lanes) in place under `drive`. Afterwards
 * work holds outputs, slopes and currents at what is read out, the mean over
 * the window or else s, and `residual` of s is filled.
 * `time` [tau] is what the phase took, 0 for an operating point. Errors name
 * sample, counted from `first_sample`, layer and node; a state that is not
 * finite or beyond SIM_STATE_BOUND is one, whatever `keep_unsettled`. */
enum sim_status model_settler_run(struct model_settler *settler,
                                  const struct model_drive *drive, double *s,
                                  size_t first_sample, double *time,
                                  struct sim_error *err);

/* What is read out of the phase that ended in s: the mean over the window, or
 * s itself. */
const double *model_settler_read(const struct model_settler *settler,
                                 const double *s);

#endif
