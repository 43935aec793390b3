/* tools/gnuplot.h -- let gnuplot draw
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_GNUPLOT_H
#define TOOL_GNUPLOT_H

#include <stdio.h>

#include "sim/result.h"

/* Run the commands in `script`, which write a picture to stdout, and put it
 * at `path`, whole or not at all. Nothing happens when gnuplot is not
 * installed or fails; what cannot be written is SIM_EIO. */
enum sim_status tool_gnuplot(FILE *script, const char *path,
                             struct sim_error *err);

/* Draw what `write` puts into a script from the run.h5 of `folder`, as the
 * picture `name` there; nothing where the file does not have `needed`. */
enum sim_status tool_gnuplot_result(const char *folder, const char *name,
                                    const char *needed,
                                    void (*write)(FILE *script,
                                                  struct sim_result *result),
                                    struct sim_error *err);

#endif
