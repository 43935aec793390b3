/* sim/blockfile_journal.h -- the changed pages of a commit, in their own file
 *
 *   PATH.journal: magic, size of the file to be, number of pages [uint64 each];
 *   the pages, each as index [uint64] and bytes; CRC-32 [uint32] of all that.
 *
 * Only sim/blockfile.c uses this. Numbers are in the machine's byte order: a
 * journal outlives its process, not its machine.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_BLOCKFILE_JOURNAL_H
#define SIM_BLOCKFILE_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "sim/error.h"

#define SIM_JOURNAL_PAGE ((size_t)4096)  // [B]

struct sim_journal_page {
  uint64_t index;        // place in the file, in pages
  unsigned char *bytes;  // (SIM_JOURNAL_PAGE)
};

struct sim_journal {
  uint64_t size;                  // [B] of the file when all is done
  size_t n_pages;                 // 0: there is nothing to do
  struct sim_journal_page *page;  // (n_pages)
  char *storage;                  // what the pages point into; nullable
};

/* Write it to the file `name`. On failure no journal is left. */
enum sim_status sim_journal_write(const struct sim_journal *journal,
                                  const char *name, int is_durable,
                                  struct sim_error *err);

/* Read it. A missing or incomplete journal gives n_pages = 0: its commit never
 * touched the file. The caller finishes `journal`. */
enum sim_status sim_journal_read(struct sim_journal *journal, const char *name,
                                 struct sim_error *err);

void sim_journal_finish(struct sim_journal *journal);

/* Remove it; none there is fine. */
enum sim_status sim_journal_remove(const char *name, struct sim_error *err);

#endif
