/* sim/blockfile_pages.h -- pages of a file that wait for a commit
 *
 * Only sim/blockfile*.c use this.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_BLOCKFILE_PAGES_H
#define SIM_BLOCKFILE_PAGES_H

#include <stddef.h>
#include <stdint.h>

#include "sim/blockfile_journal.h"
#include "sim/error.h"

/* Empty when zeroed; sim_pages_finish frees it. */
struct sim_pages {
  struct sim_journal_page *page;  // (n) by ascending index, bytes owned
  size_t n;
  size_t n_room;
};

/* Position of the first page with this index or a higher one. */
size_t sim_pages_find(const struct sim_pages *pages, uint64_t index);

/* Is the page at this position that of this index? */
int sim_pages_is_at(const struct sim_pages *pages, size_t at, uint64_t index);

/* Put a page at the position that sim_pages_find gave; `bytes` is then owned
 * here. SIM_EFAIL without memory, and nothing has changed. */
enum sim_status sim_pages_insert(struct sim_pages *pages, size_t at,
                                 uint64_t index, unsigned char *bytes,
                                 struct sim_error *err);

/* Forget the pages from this position on. */
void sim_pages_drop_from(struct sim_pages *pages, size_t first);

void sim_pages_finish(struct sim_pages *pages);

#endif
