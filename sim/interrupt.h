/* sim/interrupt.h -- stop cleanly when asked to
 *
 * The first SIGINT (Ctrl-C), SIGTERM or SIGHUP is only noted. The run asks for
 * it before every tile, operating point, interval of a watched transient and
 * step of a generated trajectory; then it saves its state and ends. What lies
 * between is finished first: at worst a whole phase of fixed duration, or one
 * operating point. A second SIGINT or SIGTERM ends the process at once.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_INTERRUPT_H
#define SIM_INTERRUPT_H

#include "sim/error.h"

/* Install the handlers, at the start of main. A SIGINT or SIGHUP that is
 * ignored already (background job, nohup) stays ignored. SIGPIPE and SIGXFSZ
 * are ignored: the failed write is reported instead. */
void sim_interrupt_install(void);

/* SIM_OK, or SIM_EINTERRUPT or SIM_ETERMINATE once a signal came. */
enum sim_status sim_interrupted(void);

/* The same as an error for `err`. */
enum sim_status sim_interrupt_check(struct sim_error *err);

#endif
