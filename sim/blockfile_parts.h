/* sim/blockfile_parts.h -- what the files of a blockfile share
 *
 * Only sim/blockfile*.c use this.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_BLOCKFILE_PARTS_H
#define SIM_BLOCKFILE_PARTS_H

#include <stdint.h>

#include "sim/blockfile.h"
#include "sim/blockfile_pages.h"

struct sim_blockfile {
  enum sim_blockfile_mode mode;
  int fd;  // -1: a new file before its first commit
  char *path;
  char *journal;           // its path
  char *draft;             // path of a new file until it is whole
  uint64_t disk_size;      // [B] of the file as it stands
  uint64_t size;           // [B] with the pending writes
  struct sim_pages pages;  // the pending writes
};

/* Write the first `n_old` pending pages, which lie within the file as it
 * stands, set its size and remove the journal: the second half of a commit,
 * when the journal stands or has nothing to say. */
enum sim_status sim_blockfile_put_in_place(struct sim_blockfile *file,
                                           size_t n_old, int is_durable,
                                           struct sim_error *err);

#endif
