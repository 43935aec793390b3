/* tests/folder.h -- a temporary folder for a test
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_FOLDER_H
#define TESTS_FOLDER_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Make a folder that is nobody else's. */
static inline void folder_make(char folder[64]) {
  const char *root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  snprintf(folder, 64, "%s/simrun-test-XXXXXX", root);
  if (!mkdtemp(folder)) {
    perror("mkdtemp");
    abort();
  }
}

static inline int folder_remove_one(const char *path, const struct stat *status,
                                    int kind, struct FTW *walk) {
  (void)status;
  (void)kind;
  (void)walk;
  return remove(path);
}

/* Remove it with all it holds. */
static inline void folder_remove(const char *folder) {
  nftw(folder, folder_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* "folder/name" in a buffer of the caller. */
static inline const char *folder_path(char path[256], const char *folder,
                                      const char *name) {
  snprintf(path, 256, "%s/%s", folder, name);
  return path;
}

#endif
