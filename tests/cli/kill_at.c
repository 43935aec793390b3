/* tests/cli/kill_at.c -- SIGKILL at a chosen call that changes a file
 *
 * Loaded before the C library (LD_PRELOAD), it counts the calls below and ends
 * the process instead of call number KILL_AT, from 1. What the program has in
 * memory then is lost, what it has asked for is not, as with any kill.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_long n_calls;

static void count(void) {
  const char *at = getenv("KILL_AT");
  if (at && atomic_fetch_add(&n_calls, 1) + 1 == atol(at)) {
    kill(getpid(), SIGKILL);
  }
}

/* The same function of the C library, after counting. */
#define COUNTED(type, name, parameters, arguments) \
  type name parameters {                           \
    type(*next) parameters = NULL;                 \
    *(void **)&next = dlsym(RTLD_NEXT, #name);     \
    count();                                       \
    return next arguments;                         \
  }

COUNTED(int, mkdir, (const char *path, mode_t mode), (path, mode))
COUNTED(ssize_t, pwrite, (int fd, const void *bytes, size_t n, off_t at),
        (fd, bytes, n, at))
COUNTED(int, posix_fallocate, (int fd, off_t at, off_t n), (fd, at, n))
COUNTED(int, ftruncate, (int fd, off_t n), (fd, n))
COUNTED(int, fsync, (int fd), (fd))
COUNTED(int, unlink, (const char *path), (path))
COUNTED(int, rename, (const char *from, const char *to), (from, to))
COUNTED(int, renameat2,
        (int from_folder, const char *from, int to_folder, const char *to,
         unsigned flags),
        (from_folder, from, to_folder, to, flags))
