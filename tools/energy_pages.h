/* tools/energy_pages.h -- joules and seconds of a chip, into /energy
 *
 *   /energy/PHASE/...    of a free, plus or minus phase
 *   /energy/sample/...   of all phases of a sample
 *   /energy/epoch/...    of the batch and of the programming pulses
 *   /energy/training/... of all epochs
 *   /energy/image/...    of a generated image
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_ENERGY_PAGES_H
#define TOOL_ENERGY_PAGES_H

#include "models/bill.h"
#include "tools/run.h"
#include "tools/setup.h"

/* Numbers of a bill, in the order of struct model_bill. */
struct tool_energy_entry {
  const char *name, *unit, *long_name;
};
#define TOOL_ENERGY_N_ENTRIES (sizeof(struct model_bill) / sizeof(double))
extern const struct tool_energy_entry
    tool_energy_entries[TOOL_ENERGY_N_ENTRIES];

struct model_bill_task tool_energy_task(const struct tool_setup *setup);

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
