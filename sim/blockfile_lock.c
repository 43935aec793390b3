/* sim/blockfile_lock.c -- keeps readers from seeing half a block
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/blockfile_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

// How long to wait [ms].
enum { FOR_WRITER = 2000, FOR_OUR_READERS = 1000, FOR_OTHER_READERS = 20 };

/* The lock of our own programs, on the whole file; 0 or an errno. */
static int try_own(int fd, int kind) {
  struct flock range = {.l_type = (short)kind, .l_whence = SEEK_SET};
  return fcntl(fd, F_OFD_SETLK, &range) == 0 ? 0 : errno;
}

/* The lock that HDF5 takes; 0 or an errno. */
static int try_other(int fd, int kind) {
  const int operation = kind == F_WRLCK ? LOCK_EX : LOCK_SH;
  return flock(fd, operation | LOCK_NB) == 0 ? 0 : errno;
}

/* Try every millisecond. */
static void wait_for(int (*try_lock)(int, int), int fd, int kind, int most) {
  const struct timespec pause = {0, 1000000};
  for (int i = 0; i < most; i++) {
    const int error_number = try_lock(fd, kind);
    if (error_number != EAGAIN && error_number != EACCES) {
      return;  // it is ours, or there are no locks here
    }
    nanosleep(&pause, NULL);
  }
}

void sim_blockfile_lock_shared(int fd) {
  wait_for(try_own, fd, F_RDLCK, FOR_WRITER);
}

void sim_blockfile_lock(int fd) {
  wait_for(try_own, fd, F_WRLCK, FOR_OUR_READERS);
  wait_for(try_other, fd, F_WRLCK, FOR_OTHER_READERS);
}

void sim_blockfile_unlock(int fd) {
  flock(fd, LOCK_UN);
  try_own(fd, F_UNLCK);
}
