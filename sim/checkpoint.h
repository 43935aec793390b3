/* sim/checkpoint.h -- the state of a run, from which it continues
 *
 * A checkpoint is an HDF5 file whose first 512 bytes (the user block, which
 * HDF5 skips) hold, little-endian:
 *
 *   "simrunCP", format [uint32], CRC-32 [uint32], length of the file [uint64]
 *
 * and zeros. The CRC is that of the whole file with its own field as 0, so any
 * flipped bit is found before the HDF5 library sees the file.
 *
 * It is written as PATH.tmp, brought to the disk, read again and checked; then
 * the old PATH becomes PATH.prev and PATH.tmp becomes PATH. At every moment a
 * whole checkpoint has one of the last two names. Failures are SIM_EIO, or
 * SIM_EFAIL without memory.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_CHECKPOINT_H
#define SIM_CHECKPOINT_H

#include <stddef.h>

#include "sim/result.h"

/* A checkpoint in the making. */
struct sim_checkpoint {
  struct sim_result *file;  // in an open block, to be written into
  char *path;
  char *temporary;
};

/* Start a new checkpoint; what is at `path` stays until the commit. */
enum sim_status sim_checkpoint_begin(struct sim_checkpoint *checkpoint,
                                     const char *path, struct sim_error *err);

/* End the block, check the file and put it in place. `checkpoint` is finished
 * in any case; on failure the older checkpoints are as before. */
enum sim_status sim_checkpoint_commit(struct sim_checkpoint *checkpoint,
                                      struct sim_error *err);

/* Remove what was written. Abandoning twice is fine. */
void sim_checkpoint_abandon(struct sim_checkpoint *checkpoint);

/* Open the checkpoint for reading, in an open block; the caller destroys
 * `*out`. When it is damaged or missing but PATH.prev is whole, the older one
 * is opened and `warning` says why; it is "" otherwise. */
enum sim_status sim_checkpoint_open(struct sim_result **out, const char *path,
                                    char *warning, size_t warning_size,
                                    struct sim_error *err);

#endif
