/* sim/rawfile.h -- the raw file that SPICE programs leave
 *
 * One plot an analysis, each with a header in text (Title, Plotname, No.
 * Variables, No. Points, Variables) and its values, binary or ascii. A program
 * may end well and leave half a file, so every plot must hold all the points
 * it promises, and at least one.
 *
 * Read are real values; complex ones (.ac) are refused.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_RAWFILE_H
#define SIM_RAWFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/error.h"

#define SIM_RAW_NAME 64

struct sim_raw_plot {
  char name[SIM_RAW_NAME];  // e.g. "Transient Analysis"
  size_t n_variables, n_points;
  char (*variables)[SIM_RAW_NAME];  // (n_variables) e.g. "v(out)", lower case
  double *values;                   // (n_points x n_variables) SI
};

struct sim_raw {
  size_t n_plots;
  struct sim_raw_plot *plots;
};

/* Is `bytes` (n) the beginning of a raw file? */
bool sim_raw_looks_like(const char *bytes, size_t n);

/* Read the whole file. Fails with SIM_EIO for one that cannot be read, is
 * empty, cut or no raw file; nothing is then left to finish. */
enum sim_status sim_raw_load(struct sim_raw *raw, const char *path,
                             struct sim_error *err);
void sim_raw_finish(struct sim_raw *raw);

/* Plot number `index`, from 0, of those with this name; NULL: there is none. */
const struct sim_raw_plot *sim_raw_find(const struct sim_raw *raw,
                                        const char *name, size_t index);

/* Column of a variable; n_variables when there is none of that name. */
size_t sim_raw_variable(const struct sim_raw_plot *plot, const char *name);

#endif
