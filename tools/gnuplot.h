/* tools/gnuplot.h -- let gnuplot draw
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_GNUPLOT_H
#define TOOL_GNUPLOT_H

#include <stdio.h>

#include "sim/result.h"

/* Let gnuplot do what `write` puts into a script, which writes a picture to
 * stdout, and put that into `folder` as `name`, whole or not at all. Nothing
 * happens when gnuplot is not installed or fails; what cannot be written is
 * SIM_EIO. */
enum sim_status tool_gnuplot(const char *folder, const char *name,
                             void (*write)(FILE *script, const void *context),
                             const void *context, struct sim_error *err);

/* The same of a script written from the run.h5 of `folder`; nothing where the
 * file does not have `needed`. */
enum sim_status tool_gnuplot_result(const char *folder, const char *name,
                                    const char *needed,
                                    void (*write)(FILE *script,
                                                  struct sim_result *result),
                                    struct sim_error *err);

#endif
