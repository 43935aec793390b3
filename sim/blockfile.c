/* sim/blockfile.c -- a file that changes by whole blocks
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

#include "sim/blockfile_journal.h"
#include "sim/blockfile_lock.h"
#include "sim/file.h"
#include "sim/memory.h"

#define PAGE SIM_JOURNAL_PAGE

struct sim_blockfile {
  enum sim_blockfile_mode mode;
  int fd;
  char *path;
  char *journal;                  // its path
  uint64_t disk_size;             // [B] of the file as it stands
  uint64_t size;                  // [B] with the pending writes
  struct sim_journal_page *page;  // (n_pages) pending, by ascending index
  size_t n_pages;
  size_t n_room;
};

/* ---- pages ---- */

/* Position of the first pending page with this index or a higher one. */
static size_t find_page(const struct sim_blockfile *file, uint64_t index) {
  size_t low = 0, high = file->n_pages;
  if (high > 0 && file->page[high - 1].index < index) {
    return high;  // the usual case: appending
  }
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (file->page[middle].index < index) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

static int is_pending(const struct sim_blockfile *file, size_t at,
                      uint64_t index) {
  return at < file->n_pages && file->page[at].index == index;
}

static enum sim_status make_room(struct sim_blockfile *file,
                                 struct sim_error *err) {
  if (file->n_pages < file->n_room) {
    return SIM_OK;
  }
  const size_t n_room = file->n_room ? 2 * file->n_room : 64;
  struct sim_journal_page *page = sim_alloc(n_room, sizeof *page, err);
  if (!page) {
    return err->status;
  }
  if (file->n_pages) {
    memcpy(page, file->page, file->n_pages * sizeof *page);
  }
  free(file->page);
  file->page = page;
  file->n_room = n_room;
  return SIM_OK;
}

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
  const size_t at = find_page(file, index);
  if (is_pending(file, at, index)) {
    return file->page[at].bytes;
  }
  unsigned char *bytes =
      make_room(file, err) == SIM_OK ? sim_alloc(PAGE, 1, err) : NULL;
  if (!bytes || read_disk(file, index * PAGE, PAGE, bytes, err) != SIM_OK) {
    free(bytes);
    return NULL;
  }
  memmove(file->page + at + 1, file->page + at,
          (file->n_pages - at) * sizeof *file->page);
  file->page[at] = (struct sim_journal_page){index, bytes};
  file->n_pages++;
  return bytes;
}

static void drop_pages_from(struct sim_blockfile *file, size_t first) {
  for (size_t i = first; i < file->n_pages; i++) {
    free(file->page[i].bytes);
  }
  file->n_pages = first < file->n_pages ? first : file->n_pages;
}

/* ---- pages onto the disk ---- */

/* Put one pending page into the file; 0 or an errno. */
static int write_page(struct sim_blockfile *file, size_t i) {
  const uint64_t at = file->page[i].index * PAGE;
  const uint64_t n_left = file->size - at;
  return sim_fd_write(file->fd, at, n_left < PAGE ? (size_t)n_left : PAGE,
                      file->page[i].bytes);
}

static int write_pages(struct sim_blockfile *file, size_t first, size_t end) {
  int error_number = 0;
  for (size_t i = first; i < end && !error_number; i++) {
    error_number = write_page(file, i);
  }
  return error_number;
}

static int sync_file(const struct sim_blockfile *file, int is_durable) {
  return is_durable && fdatasync(file->fd) != 0 ? errno : 0;
}

/* Put the pages that lie within the old file in place; 0 or an errno. Until
 * this is done, only the journal makes the file whole. */
static int change_old_pages(struct sim_blockfile *file, size_t n_old,
                            int is_durable) {
  int error_number = write_pages(file, 0, n_old);
  if (!error_number && file->size < file->disk_size &&
      ftruncate(file->fd, (off_t)file->size) != 0) {
    error_number = errno;
  }
  return error_number ? error_number : sync_file(file, is_durable);
}

static enum sim_status write_failed(struct sim_blockfile *file,
                                    int error_number, struct sim_error *err) {
  return sim_file_fail(err, file->path, "cannot write", error_number);
}

/* The second half of a commit, when the journal stands (or has nothing to
 * say); also what is done about a journal found. */
static enum sim_status put_in_place(struct sim_blockfile *file, size_t n_old,
                                    int is_durable, struct sim_error *err) {
  const int error_number = change_old_pages(file, n_old, is_durable);
  if (error_number) {
    return write_failed(file, error_number, err);
  }
  drop_pages_from(file, 0);
  file->disk_size = file->size;
  return sim_journal_remove(file->journal, err);
}

/* ---- open and destroy ---- */

static int open_flags(enum sim_blockfile_mode mode) {
  switch (mode) {
    case SIM_BLOCKFILE_NEW:
      return O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW;
    case SIM_BLOCKFILE_CHANGE:
      return O_RDWR | O_NOFOLLOW;
    default:
      return O_RDONLY;
  }
}

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
  if (file->n_pages == 0) {
    return sim_journal_remove(file->journal, err);
  }
  sim_blockfile_lock(file->fd);
  status = put_in_place(file, file->n_pages, 1, err);
  sim_blockfile_unlock(file->fd);
  return status;
}

static enum sim_status open_file(struct sim_blockfile *file,
                                 struct sim_error *err) {
  const int is_reader = file->mode == SIM_BLOCKFILE_READ;
  file->fd =
      open(file->path, open_flags(file->mode) | O_CLOEXEC | O_NONBLOCK, 0666);
  if (file->fd < 0) {
    return sim_file_fail(err, file->path,
                         is_reader ? "cannot read" : "cannot write", errno);
  }
  if (is_reader) {
    sim_blockfile_lock_shared(file->fd);
  }
  return file->mode == SIM_BLOCKFILE_NEW
             ? sim_journal_remove(file->journal, err)
             : recover(file, err);
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
  file->path = sim_path_suffix(path, "", err);
  file->journal = sim_path_suffix(path, ".journal", err);
  if (!file->path || !file->journal || open_file(file, err) != SIM_OK) {
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
  drop_pages_from(file, 0);
  free(file->page);
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
  const size_t next = find_page(file, at / PAGE);
  if (next == file->n_pages) {
    return n;
  }
  const uint64_t n_clean = file->page[next].index * PAGE - at;
  return n_clean < n ? (size_t)n_clean : n;
}

enum sim_status sim_blockfile_read(struct sim_blockfile *file, uint64_t at,
                                   size_t n, void *bytes,
                                   struct sim_error *err) {
  unsigned char *to = bytes;
  while (n > 0) {
    const size_t page = find_page(file, at / PAGE);
    size_t n_piece;
    if (is_pending(file, page, at / PAGE)) {
      n_piece = piece(at, n);
      memcpy(to, file->page[page].bytes + at % PAGE, n_piece);
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
  drop_pages_from(file, find_page(file, (size + PAGE - 1) / PAGE));
  file->size = size;
}

/* ---- commit ---- */

/* Room on the disk for what is to come, so that it cannot run out half way. */
static int reserve(struct sim_blockfile *file) {
  if (file->size <= file->disk_size) {
    return 0;
  }
  const int error_number = posix_fallocate(
      file->fd, (off_t)file->disk_size, (off_t)(file->size - file->disk_size));
  const int is_unknown = error_number == EINVAL || error_number == EOPNOTSUPP;
  return is_unknown ? 0 : error_number;
}

/* Write what lies past the old end, where nothing refers to it yet; 0 or an
 * errno. */
static int write_new_pages(struct sim_blockfile *file, size_t n_old,
                           int is_durable) {
  int error_number = reserve(file);
  if (!error_number) {
    error_number = write_pages(file, n_old, file->n_pages);
  }
  return error_number ? error_number : sync_file(file, is_durable);
}

/* Cut off what a failed commit added. */
static void take_back(struct sim_blockfile *file) {
  if (ftruncate(file->fd, (off_t)file->disk_size) != 0) {
    // The longer file is valid too: nothing refers to its tail.
  }
}

static enum sim_status write_journal(struct sim_blockfile *file, size_t n_old,
                                     int is_durable, struct sim_error *err) {
  const struct sim_journal journal = {file->size, n_old, file->page, NULL};
  return n_old ? sim_journal_write(&journal, file->journal, is_durable, err)
               : SIM_OK;
}

enum sim_status sim_blockfile_commit(struct sim_blockfile *file, int is_durable,
                                     struct sim_error *err) {
  assert(file->mode != SIM_BLOCKFILE_READ);
  const size_t n_old = find_page(file, (file->disk_size + PAGE - 1) / PAGE);
  const int error_number = write_new_pages(file, n_old, is_durable);
  if (error_number) {
    take_back(file);
    return write_failed(file, error_number, err);
  }
  sim_blockfile_lock(file->fd);
  enum sim_status status = write_journal(file, n_old, is_durable, err);
  if (status == SIM_OK) {
    status = put_in_place(file, n_old, is_durable, err);
  } else {
    take_back(file);
  }
  sim_blockfile_unlock(file->fd);
  return status;
}
