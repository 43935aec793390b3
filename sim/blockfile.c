/* sim/blockfile.c -- a file that changes by whole blocks: opening, pages
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/blockfile.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/blockfile_lock.h"
#include "sim/blockfile_parts.h"
#include "sim/file.h"
#include "sim/memory.h"

#define PAGE SIM_JOURNAL_PAGE

/* ---- pages ---- */

/* What the disk holds of these bytes; 0 past its end. */
static enum sim_status read_disk(struct sim_blockfile *file, uint64_t at,
                                 size_t n, unsigned char *bytes,
                                 struct sim_error *err) {
  const uint64_t n_left = at < file->disk_size ? file->disk_size - at : 0;
  const size_t n_disk = n_left < n ? (size_t)n_left : n;
  memset(bytes + n_disk, 0, n - n_disk);
  const int error_number = sim_fd_read(file->fd, at, n_disk, bytes);
  return error_number
             ? sim_file_fail(err, file->path, "cannot read", error_number)
             : SIM_OK;
}

/* The bytes of page `index`, made pending. NULL on failure. */
static unsigned char *take_page(struct sim_blockfile *file, uint64_t index,
                                struct sim_error *err) {
  struct sim_pages *pages = &file->pages;
  const size_t at = sim_pages_find(pages, index);
  if (sim_pages_is_at(pages, at, index)) {
    return pages->page[at].bytes;
  }
  unsigned char *bytes = sim_alloc(PAGE, 1, err);
  if (!bytes || read_disk(file, index * PAGE, PAGE, bytes, err) != SIM_OK ||
      sim_pages_insert(pages, at, index, bytes, err) != SIM_OK) {
    free(bytes);
    return NULL;
  }
  return bytes;
}

/* ---- open and destroy ---- */

static enum sim_status measure(struct sim_blockfile *file,
                               struct sim_error *err) {
  struct stat status;
  if (fstat(file->fd, &status) != 0) {
    return sim_file_fail(err, file->path, "cannot read", errno);
  }
  if (!S_ISREG(status.st_mode)) {
    return sim_error_at(err, SIM_EIO, &(struct sim_where){file->path, 0, NULL},
                        "is not a regular file");
  }
  file->disk_size = file->size = (uint64_t)status.st_size;
  return SIM_OK;
}

/* Make the pages of a journal pending. */
static enum sim_status take_journal(struct sim_blockfile *file,
                                    const struct sim_journal *journal,
                                    struct sim_error *err) {
  for (size_t i = 0; i < journal->n_pages; i++) {
    unsigned char *bytes = take_page(file, journal->page[i].index, err);
    if (!bytes) {
      return err->status;
    }
    memcpy(bytes, journal->page[i].bytes, PAGE);
  }
  file->size = journal->n_pages ? journal->size : file->size;
  return SIM_OK;
}

/* Learn the size, and take over what an interrupted commit left in the
 * journal. The journal is read first: the file is as long as that commit needs
 * it to be. */
static enum sim_status recover(struct sim_blockfile *file,
                               struct sim_error *err) {
  struct sim_journal journal;
  if (sim_journal_read(&journal, file->journal, err) != SIM_OK) {
    return err->status;
  }
  enum sim_status status = measure(file, err);
  if (status == SIM_OK) {
    status = take_journal(file, &journal, err);
  }
  sim_journal_finish(&journal);
  if (status != SIM_OK || file->mode == SIM_BLOCKFILE_READ) {
    return status;
  }
  if (file->pages.n == 0) {
    return sim_journal_remove(file->journal, err);
  }
  sim_blockfile_lock(file->fd);
  status = sim_blockfile_put_in_place(file, file->pages.n, 1, err);
  sim_blockfile_unlock(file->fd);
  return status;
}

static enum sim_status open_existing(struct sim_blockfile *file,
                                     struct sim_error *err) {
  const int is_reader = file->mode == SIM_BLOCKFILE_READ;
  const int flags = is_reader ? O_RDONLY : O_RDWR | O_NOFOLLOW;
  file->fd = open(file->path, flags | O_CLOEXEC | O_NONBLOCK);
  if (file->fd < 0) {
    return sim_file_fail(err, file->path,
                         is_reader ? "cannot read" : "cannot write", errno);
  }
  if (is_reader) {
    sim_blockfile_lock_shared(file->fd);
  }
  return recover(file, err);
}

/* A new file is made by its first commit. */
static enum sim_status check_name(const struct sim_blockfile *file,
                                  struct sim_error *err) {
  struct stat status;
  return lstat(file->path, &status) == 0
             ? sim_file_fail(err, file->path, "cannot write", EEXIST)
             : SIM_OK;
}

static enum sim_status open_file(struct sim_blockfile *file, const char *path,
                                 struct sim_error *err) {
  file->path = sim_path_suffix(path, "", err);
  file->journal = file->path ? sim_path_suffix(path, ".journal", err) : NULL;
  file->draft = file->journal ? sim_path_suffix(path, ".tmp", err) : NULL;
  if (!file->draft) {
    return err->status;
  }
  return file->mode == SIM_BLOCKFILE_NEW ? check_name(file, err)
                                         : open_existing(file, err);
}

enum sim_status sim_blockfile_open(struct sim_blockfile **out, const char *path,
                                   enum sim_blockfile_mode mode,
                                   struct sim_error *err) {
  struct sim_blockfile *file = sim_alloc(1, sizeof *file, err);
  *out = NULL;
  if (!file) {
    return err->status;
  }
  file->mode = mode;
  file->fd = -1;
  if (open_file(file, path, err) != SIM_OK) {
    sim_blockfile_destroy(file);
    return err->status;
  }
  *out = file;
  return SIM_OK;
}

void sim_blockfile_destroy(struct sim_blockfile *file) {
  if (!file) {
    return;
  }
  if (file->fd >= 0) {
    close(file->fd);
  }
  sim_pages_finish(&file->pages);
  free(file->draft);
  free(file->journal);
  free(file->path);
  free(file);
}

/* ---- reading and writing ---- */

uint64_t sim_blockfile_size(const struct sim_blockfile *file) {
  return file->size;
}

/* Bytes from `at` to the end of its page, at most n. */
static size_t piece(uint64_t at, size_t n) {
  const size_t n_page = PAGE - (size_t)(at % PAGE);
  return n_page < n ? n_page : n;
}

/* Bytes from `at` on that no pending page holds, at most n. */
static size_t clean_piece(const struct sim_blockfile *file, uint64_t at,
                          size_t n) {
  const size_t next = sim_pages_find(&file->pages, at / PAGE);
  if (next == file->pages.n) {
    return n;
  }
  const uint64_t n_clean = file->pages.page[next].index * PAGE - at;
  return n_clean < n ? (size_t)n_clean : n;
}

enum sim_status sim_blockfile_read(struct sim_blockfile *file, uint64_t at,
                                   size_t n, void *bytes,
                                   struct sim_error *err) {
  unsigned char *to = bytes;
  while (n > 0) {
    const size_t page = sim_pages_find(&file->pages, at / PAGE);
    size_t n_piece;
    if (sim_pages_is_at(&file->pages, page, at / PAGE)) {
      n_piece = piece(at, n);
      memcpy(to, file->pages.page[page].bytes + at % PAGE, n_piece);
    } else {
      n_piece = clean_piece(file, at, n);
      if (read_disk(file, at, n_piece, to, err) != SIM_OK) {
        return err->status;
      }
    }
    to += n_piece;
    at += n_piece;
    n -= n_piece;
  }
  return SIM_OK;
}

enum sim_status sim_blockfile_write(struct sim_blockfile *file, uint64_t at,
                                    size_t n, const void *bytes,
                                    struct sim_error *err) {
  const unsigned char *from = bytes;
  assert(file->mode != SIM_BLOCKFILE_READ);
  while (n > 0) {
    const size_t n_piece = piece(at, n);
    unsigned char *page = take_page(file, at / PAGE, err);
    if (!page) {
      return err->status;
    }
    memcpy(page + at % PAGE, from, n_piece);
    from += n_piece;
    at += n_piece;
    n -= n_piece;
  }
  file->size = at > file->size ? at : file->size;
  return SIM_OK;
}

void sim_blockfile_resize(struct sim_blockfile *file, uint64_t size) {
  assert(file->mode != SIM_BLOCKFILE_READ);
  sim_pages_drop_from(&file->pages,
                      sim_pages_find(&file->pages, (size + PAGE - 1) / PAGE));
  file->size = size;
}
