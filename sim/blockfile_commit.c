/* sim/blockfile_commit.c -- pending pages become the file, all or none
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sim/blockfile_lock.h"
#include "sim/blockfile_parts.h"
#include "sim/file.h"

#define PAGE SIM_JOURNAL_PAGE

/* ---- pages onto the disk ---- */

/* Put one pending page into the file; 0 or an errno. */
static int write_page(struct sim_blockfile *file, size_t i) {
  const uint64_t at = file->pages.page[i].index * PAGE;
  const uint64_t n_left = file->size - at;
  return sim_fd_write(file->fd, at, n_left < PAGE ? (size_t)n_left : PAGE,
                      file->pages.page[i].bytes);
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
    error_number = write_pages(file, n_old, file->pages.n);
  }
  return error_number ? error_number : sync_file(file, is_durable);
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

/* The file is what it should be. */
static void settle(struct sim_blockfile *file) {
  sim_pages_drop_from(&file->pages, 0);
  file->disk_size = file->size;
}

/* ---- a file that exists ---- */

enum sim_status sim_blockfile_put_in_place(struct sim_blockfile *file,
                                           size_t n_old, int is_durable,
                                           struct sim_error *err) {
  const int error_number = change_old_pages(file, n_old, is_durable);
  if (error_number) {
    return write_failed(file, error_number, err);
  }
  settle(file);
  return sim_journal_remove(file->journal, err);
}

/* Cut off what a failed commit added. */
static void take_back(struct sim_blockfile *file) {
  if (ftruncate(file->fd, (off_t)file->disk_size) != 0) {
    // The longer file is valid too: nothing refers to its tail.
  }
}

static enum sim_status write_journal(struct sim_blockfile *file, size_t n_old,
                                     int is_durable, struct sim_error *err) {
  const struct sim_journal journal = {file->size, n_old, file->pages.page,
                                      NULL};
  return n_old ? sim_journal_write(&journal, file->journal, is_durable, err)
               : SIM_OK;
}

static enum sim_status change_file(struct sim_blockfile *file, int is_durable,
                                   struct sim_error *err) {
  const size_t n_old =
      sim_pages_find(&file->pages, (file->disk_size + PAGE - 1) / PAGE);
  const int error_number = write_new_pages(file, n_old, is_durable);
  if (error_number) {
    take_back(file);
    return write_failed(file, error_number, err);
  }
  sim_blockfile_lock(file->fd);
  enum sim_status status = write_journal(file, n_old, is_durable, err);
  if (status == SIM_OK) {
    status = sim_blockfile_put_in_place(file, n_old, is_durable, err);
  } else {
    take_back(file);
  }
  sim_blockfile_unlock(file->fd);
  return status;
}

/* ---- a new file ---- */

/* Write all of it under its other name; 0 or an errno. */
static int write_draft(struct sim_blockfile *file, int is_durable) {
  file->fd = open(file->draft,
                  O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
  return file->fd < 0 ? errno : write_new_pages(file, 0, is_durable);
}

/* Give it its own name, which must be free; 0 or an errno. */
static int name_draft(const struct sim_blockfile *file) {
  if (renameat2(AT_FDCWD, file->draft, AT_FDCWD, file->path,
                RENAME_NOREPLACE) == 0) {
    return 0;
  }
  // Network file systems may only know the older call.
  const int is_unknown = errno == EINVAL || errno == ENOSYS;
  return is_unknown && rename(file->draft, file->path) == 0 ? 0 : errno;
}

static void drop_draft(struct sim_blockfile *file) {
  if (file->fd >= 0) {
    close(file->fd);
    unlink(file->draft);
  }
  file->fd = -1;
}

static enum sim_status sync_folder(const struct sim_blockfile *file,
                                   struct sim_error *err) {
  char *folder = sim_path_folder(file->path, err);
  const enum sim_status status =
      folder ? sim_folder_sync(folder, err) : err->status;
  free(folder);
  return status;
}

static enum sim_status create_file(struct sim_blockfile *file, int is_durable,
                                   struct sim_error *err) {
  // A journal here is that of a file which somebody removed.
  if (sim_journal_remove(file->journal, err) != SIM_OK) {
    return err->status;
  }
  int error_number = write_draft(file, is_durable);
  if (!error_number) {
    error_number = name_draft(file);
  }
  if (error_number) {
    drop_draft(file);
    return write_failed(file, error_number, err);
  }
  settle(file);
  return is_durable ? sync_folder(file, err) : SIM_OK;
}

enum sim_status sim_blockfile_commit(struct sim_blockfile *file, int is_durable,
                                     struct sim_error *err) {
  assert(file->mode != SIM_BLOCKFILE_READ);
  return file->fd < 0 ? create_file(file, is_durable, err)
                      : change_file(file, is_durable, err);
}
