/* tools/energy_pages.h -- joules and seconds of a chip, into /energy
 *
 *   /energy/PHASE/...    of a free, plus or minus phase
 *   /energy/sample/...   of all phases of a sample
 *   /energy/epoch/...    of the batch and of the programming pulses
 *   /energy/image/...    of a generated image
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_ENERGY_PAGES_H
#define TOOL_ENERGY_PAGES_H

#include "models/bill.h"
#include "tools/run.h"
#include "tools/setup.h"

/* Both do nothing unless `energy.samples` asks for them. */

/* Phases of the first samples of the batch; the epoch's when training, where
 * the run's series are written by now. */
enum sim_status tool_energy_phases(const struct tool_setup *setup,
                                   struct tool_run *run,
                                   const struct model_batch *batch,
                                   struct sim_error *err);

/* Images as `generate` draws them. */
enum sim_status tool_energy_image(const struct tool_setup *setup,
                                  struct tool_run *run, struct sim_error *err);

#endif
