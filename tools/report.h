/* tools/report.h -- pictures and a page from a run's result file
 *
 * Works on a finished run and on one that goes on.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_REPORT_H
#define TOOL_REPORT_H

#include "sim/error.h"

/* loss.png from /train, drawn by gnuplot. Without gnuplot, or without
 * /train/loss, there is no picture and that is no failure. */
enum sim_status tool_report_loss(const char *folder, struct sim_error *err);

/* All pictures but samples, and report.html. */
enum sim_status tool_report_write(const char *folder, struct sim_error *err);

#endif
