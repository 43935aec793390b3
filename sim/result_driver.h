/* sim/result_driver.h -- lets the HDF5 library work on a blockfile
 *
 * HDF5 reads and writes through this driver into memory; nothing reaches the
 * disk until the blockfile is committed. So HDF5 never meets a full disk, and
 * never locks. Only sim/result*.c use this.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_RESULT_DRIVER_H
#define SIM_RESULT_DRIVER_H

#include <hdf5.h>

#include "sim/blockfile.h"

/* A file access list for this blockfile, which must outlive the opened file.
 * A failure of the blockfile is left in `failure`; HDF5 is not told of a failed
 * write, so look there before a commit. The caller closes the list;
 * negative on failure. */
hid_t sim_result_driver_access(struct sim_blockfile *blocks,
                               struct sim_error *failure);

#endif
