/* sim/file.h -- folders, whole-file writes and the lock of a run folder
 *
 * A text or picture is drafted under a temporary name and renamed when it is
 * complete, so that PATH always holds the old content or the new, never half
 * of one. Failures are SIM_EIO and name the path and the system's reason.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_FILE_H
#define SIM_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/error.h"

/* "folder/name", or `name` alone when it is absolute or `folder` is empty.
 * The caller frees it; NULL and a filled `err` when memory is short. */
char *sim_path_join(const char *folder, const char *name,
                    struct sim_error *err);

/* The folder that holds `path`: "a" for "a/b", "." for "b", "/" for "/b".
 * Ownership and failure as above. */
char *sim_path_folder(const char *path, struct sim_error *err);

/* `path` followed by `suffix`. Ownership and failure as above. */
char *sim_path_suffix(const char *path, const char *suffix,
                      struct sim_error *err);

/* Make the folder and those above it; one that exists is fine. */
enum sim_status sim_folder_make(const char *path, struct sim_error *err);

/* Bring the names in a folder to the disk, e.g. after a rename. */
enum sim_status sim_folder_sync(const char *path, struct sim_error *err);

/* Room that an ordinary user may still fill where `path` lies. [B] */
enum sim_status sim_folder_free_space(const char *path, uint64_t *bytes,
                                      struct sim_error *err);

/* Refuse with a message that names both numbers when less than `n_bytes` are
 * free where `path` lies. */
enum sim_status sim_folder_check_space(const char *path, uint64_t n_bytes,
                                       struct sim_error *err);

/* A file in the making. Write to `stream`, then commit or abandon. */
struct sim_draft {
  FILE *stream;
  char *path;       // what it will be called
  char *temporary;  // what it is called now
};

enum sim_status sim_draft_open(struct sim_draft *draft, const char *path,
                               struct sim_error *err);

/* Flush to the disk, close and rename. The draft is finished in any case; on
 * failure nothing of it remains. */
enum sim_status sim_draft_commit(struct sim_draft *draft,
                                 struct sim_error *err);

/* Close and remove. */
void sim_draft_abandon(struct sim_draft *draft);

/* Replace or make the file `path` with this text. */
enum sim_status sim_file_write_text(const char *path, const char *text,
                                    struct sim_error *err);

/* The whole regular file, with a '\0' after it; at most `limit` bytes. The
 * caller frees `*bytes`; `n` is nullable. */
enum sim_status sim_file_read(const char *path, size_t limit, char **bytes,
                              size_t *n, struct sim_error *err);

/* Bring out what was printed on standard output; SIM_EIO when any of it was
 * lost. */
enum sim_status sim_file_flush_stdout(struct sim_error *err);

/* A run folder in use. */
struct sim_lock {
  int fd;      // -1 when the file system knows no locks
  char *path;  // of the lock file
};

/* Take the folder for this process. When another one has it: SIM_ECONFIG, and
 * the message names its process id and host. The lock ends with the process,
 * however that ends. */
enum sim_status sim_lock_take(struct sim_lock *lock, const char *folder,
                              struct sim_error *err);

/* Give it back and remove the lock file. Releasing twice is fine. */
void sim_lock_release(struct sim_lock *lock);

/* Low level, for the other writers of sim/. All bytes at this place of the
 * file, whatever the signals; 0 or an errno. Reading past the end is EIO. */
int sim_fd_write(int fd, uint64_t at, size_t n, const void *bytes);
int sim_fd_read(int fd, uint64_t at, size_t n, void *bytes);

/* SIM_EIO with "path: what: reason", the reason from `error_number`. */
enum sim_status sim_file_fail(struct sim_error *err, const char *path,
                              const char *what, int error_number);

#endif
