/* sim/lock.c -- one process at a time in a run folder
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/file.h"

#define LOCK_NAME "lock"

static enum sim_status refuse(struct sim_lock *lock, const char *folder,
                              struct sim_error *err) {
  const struct sim_where where = {folder, 0, NULL};
  char owner[256] = "";
  const ssize_t n = pread(lock->fd, owner, sizeof owner - 1, 0);
  owner[n > 0 ? n : 0] = '\0';
  owner[strcspn(owner, "\n")] = '\0';
  return sim_error_at(err, SIM_ECONFIG, &where, "is in use by %s",
                      owner[0] ? owner : "another process");
}

static enum sim_status write_owner(struct sim_lock *lock,
                                   struct sim_error *err) {
  char host[HOST_NAME_MAX + 1] = "";
  char owner[HOST_NAME_MAX + 64];
  gethostname(host, sizeof host - 1);
  const int n = snprintf(owner, sizeof owner, "process %ld on %s\n",
                         (long)getpid(), host[0] ? host : "this host");
  const int error_number = ftruncate(lock->fd, 0) != 0
                               ? errno
                               : sim_fd_write(lock->fd, 0, (size_t)n, owner);
  return error_number
             ? sim_file_fail(err, lock->path, "cannot write", error_number)
             : SIM_OK;
}

/* The owner before us may have removed the file between our open and our
 * lock; such a lock guards nothing. */
static int is_still_named(const struct sim_lock *lock) {
  struct stat ours, named;
  return fstat(lock->fd, &ours) == 0 && stat(lock->path, &named) == 0 &&
         ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

static enum sim_status try_take(struct sim_lock *lock, const char *folder,
                                struct sim_error *err) {
  lock->fd = open(lock->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (lock->fd < 0) {
    return sim_file_fail(err, lock->path, "cannot write", errno);
  }
  if (flock(lock->fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return refuse(lock, folder, err);
    }
    // A file system without locks: the folder is used unguarded.
    close(lock->fd);
    lock->fd = -1;
    return SIM_OK;
  }
  return write_owner(lock, err);
}

static void forget(struct sim_lock *lock) {
  if (lock->fd >= 0) {
    close(lock->fd);
  }
  free(lock->path);
  *lock = (struct sim_lock){.fd = -1};
}

enum sim_status sim_lock_take(struct sim_lock *lock, const char *folder,
                              struct sim_error *err) {
  *lock = (struct sim_lock){.fd = -1};
  lock->path = sim_path_join(folder, LOCK_NAME, err);
  if (!lock->path) {
    return err->status;
  }
  while (try_take(lock, folder, err) == SIM_OK) {
    if (lock->fd < 0 || is_still_named(lock)) {
      return SIM_OK;
    }
    close(lock->fd);
  }
  forget(lock);
  return err->status;
}

void sim_lock_release(struct sim_lock *lock) {
  if (lock->path) {
    unlink(lock->path);
  }
  forget(lock);
}
