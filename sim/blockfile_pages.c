/* sim/blockfile_pages.c -- pages of a file that wait for a commit
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/blockfile_pages.h"

#include <stdlib.h>
#include <string.h>

#include "sim/memory.h"

size_t sim_pages_find(const struct sim_pages *pages, uint64_t index) {
  size_t low = 0, high = pages->n;
  if (high > 0 && pages->page[high - 1].index < index) {
    return high;  // the usual case: appending
  }
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (pages->page[middle].index < index) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

int sim_pages_is_at(const struct sim_pages *pages, size_t at, uint64_t index) {
  return at < pages->n && pages->page[at].index == index;
}

static enum sim_status make_room(struct sim_pages *pages,
                                 struct sim_error *err) {
  if (pages->n < pages->n_room) {
    return SIM_OK;
  }
  const size_t n_room = pages->n_room ? 2 * pages->n_room : 64;
  struct sim_journal_page *page = sim_alloc(n_room, sizeof *page, err);
  if (!page) {
    return err->status;
  }
  if (pages->n) {
    memcpy(page, pages->page, pages->n * sizeof *page);
  }
  free(pages->page);
  pages->page = page;
  pages->n_room = n_room;
  return SIM_OK;
}

enum sim_status sim_pages_insert(struct sim_pages *pages, size_t at,
                                 uint64_t index, unsigned char *bytes,
                                 struct sim_error *err) {
  if (make_room(pages, err) != SIM_OK) {
    return err->status;
  }
  memmove(pages->page + at + 1, pages->page + at,
          (pages->n - at) * sizeof *pages->page);
  pages->page[at] = (struct sim_journal_page){index, bytes};
  pages->n++;
  return SIM_OK;
}

void sim_pages_drop_from(struct sim_pages *pages, size_t first) {
  for (size_t i = first; i < pages->n; i++) {
    free(pages->page[i].bytes);
  }
  pages->n = first < pages->n ? first : pages->n;
}

void sim_pages_finish(struct sim_pages *pages) {
  sim_pages_drop_from(pages, 0);
  free(pages->page);
  *pages = (struct sim_pages){0};
}
