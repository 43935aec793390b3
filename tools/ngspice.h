/* tools/ngspice.h -- run the installed ngspice, and believe only its output
 *
 * ngspice ends with exit status 0 on a full disk, so what it leaves is
 * checked: see sim/rawfile.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_NGSPICE_H
#define TOOL_NGSPICE_H

#include "sim/rawfile.h"

/* SIM_ECONFIG when there is no ngspice in PATH. */
enum sim_status tool_ngspice_check(struct sim_error *err);

/* Run the netlist STEM.cir in batch mode, with its messages in STEM.out, and
 * read its STEM.raw, which is then removed. `seconds` is the processor time it
 * took. A run that fails or crashes is SIM_EFAIL, an output that is missing,
 * empty or cut SIM_EIO. An interrupt ends ngspice first. */
enum sim_status tool_ngspice_run(const char *stem, struct sim_raw *raw,
                                 double *seconds, struct sim_error *err);

#endif
