/* tools/data_params.c -- the experiment's `data` section
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/data_params.h"

// clang-format off
#define DATA(f) SIM_FIELD(struct tool_data_params, f)
const struct sim_param tool_data_table[TOOL_DATA_N_PARAMS] = {
    {.name = "file", .kind = SIM_PATH, DATA(file),
     .help = "images, relative to the experiment's folder; HDF5, CSV or IDX"},
    {.name = "labels_file", .kind = SIM_PATH, DATA(labels_file),
     .initial = "none", .word = "none",
     .help = "classes of an IDX file of images"},
    {.name = "images", .kind = SIM_TEXT, DATA(images), .initial = "images",
     .help = "name of the images in an HDF5 file"},
    {.name = "labels", .kind = SIM_TEXT, DATA(labels), .initial = "labels",
     .help = "name of the classes in an HDF5 file"},
    {.name = "range", .kind = SIM_REALS, DATA(range), .min_items = 2,
     .max_items = 2, .initial = "[-1, 1]",
     .help = "what black and white are for the network"},
    {.name = "full_scale", .kind = SIM_REALS, DATA(full_scale),
     .min_items = 2, .max_items = 2, .initial = "auto", .word = "auto",
     .help = "what black and white are in the file; auto: the attribute "
             "valid_range (HDF5), 0 to 255 (IDX), least and largest (CSV)"},
};
// clang-format on
