/* sim/blockfile.h -- a file that changes by whole blocks
 *
 * Writes collect in memory, in pages of 4096 bytes. Commit first puts what
 * lies past the old end into the file, where no reader looks yet; then the
 * changed older pages with a checksum into PATH.journal; then those pages into
 * the file; then it removes the journal. A process killed at any moment so
 * leaves the old content, or the new, or a journal that makes it the new when
 * the file is opened next. A new file is written as PATH.tmp by its first
 * commit and renamed: until then there is no PATH. A failed commit, e.g. on a
 * full disk, leaves the old content, or no file. After a power failure the same
 * holds when commits are durable.
 * Readers of ours see whole blocks while another process writes (see
 * sim/blockfile_lock.h).
 *
 * Failures are SIM_EIO (or SIM_EFAIL without memory) and name the path and the
 * system's reason. No symbolic link is followed when writing.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_BLOCKFILE_H
#define SIM_BLOCKFILE_H

#include <stddef.h>
#include <stdint.h>

#include "sim/error.h"

struct sim_blockfile;

enum sim_blockfile_mode {
  SIM_BLOCKFILE_NEW,     // must not exist yet; its first commit makes it
  SIM_BLOCKFILE_CHANGE,  // exists, to be read and written
  SIM_BLOCKFILE_READ,    // exists, is never touched
};

enum sim_status sim_blockfile_open(struct sim_blockfile **out, const char *path,
                                   enum sim_blockfile_mode mode,
                                   struct sim_error *err);

/* What was not committed is dropped. Accepts NULL. */
void sim_blockfile_destroy(struct sim_blockfile *file);

/* Size with the pending writes. [B] */
uint64_t sim_blockfile_size(const struct sim_blockfile *file);

/* `n` bytes from byte `at` on, pending writes included. Past the end the
 * bytes are 0. */
enum sim_status sim_blockfile_read(struct sim_blockfile *file, uint64_t at,
                                   size_t n, void *bytes,
                                   struct sim_error *err);

/* Remember these bytes; the file grows as needed. */
enum sim_status sim_blockfile_write(struct sim_blockfile *file, uint64_t at,
                                    size_t n, const void *bytes,
                                    struct sim_error *err);

/* Cut or grow (with zeros) to this size. [B] */
void sim_blockfile_resize(struct sim_blockfile *file, uint64_t size);

/* Put the pending writes into the file, all or none. With `is_durable` they
 * are on the disk when this returns. */
enum sim_status sim_blockfile_commit(struct sim_blockfile *file, int is_durable,
                                     struct sim_error *err);

#endif
