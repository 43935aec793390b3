/* sim/file.c -- folders and whole-file writes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "sim/memory.h"

enum sim_status sim_file_fail(struct sim_error *err, const char *path,
                              const char *what, int error_number) {
  const struct sim_where where = {path, 0, NULL};
  return sim_error_at(err, SIM_EIO, &where, "%s: %s", what,
                      strerror(error_number));
}

enum sim_status sim_file_flush_stdout(struct sim_error *err) {
  return fflush(stdout) || ferror(stdout)
             ? sim_error_set(err, SIM_EIO, "standard output cannot be written")
             : SIM_OK;
}

/* ---- paths ---- */

static char *concatenate(const char *a, size_t n_a, const char *b,
                         const char *c, struct sim_error *err) {
  const size_t n_b = strlen(b), n_c = strlen(c);
  char *text = sim_alloc(n_a + n_b + n_c + 1, 1, err);
  if (!text) {
    return NULL;
  }
  memcpy(text, a, n_a);
  memcpy(text + n_a, b, n_b);
  memcpy(text + n_a + n_b, c, n_c);
  return text;
}

char *sim_path_join(const char *folder, const char *name,
                    struct sim_error *err) {
  size_t n = name[0] == '/' ? 0 : strlen(folder);
  const int has_slash = n == 0 || folder[n - 1] == '/';
  return concatenate(folder, n, has_slash ? "" : "/", name, err);
}

char *sim_path_folder(const char *path, struct sim_error *err) {
  size_t n = strlen(path);
  while (n > 1 && path[n - 1] == '/') {
    n--;
  }
  while (n > 0 && path[n - 1] != '/') {
    n--;
  }
  while (n > 1 && path[n - 1] == '/') {
    n--;
  }
  return n ? concatenate(path, n, "", "", err)
           : concatenate(".", 1, "", "", err);
}

char *sim_path_suffix(const char *path, const char *suffix,
                      struct sim_error *err) {
  return concatenate(path, strlen(path), suffix, "", err);
}

/* ---- folders ---- */

static int make_one(const char *path) {
  struct stat status;
  if (mkdir(path, 0777) == 0) {
    return 0;
  }
  const int error_number = errno;
  // What is there already may also answer EROFS or EACCES.
  if (stat(path, &status) != 0) {
    return error_number;
  }
  return S_ISDIR(status.st_mode) ? 0 : ENOTDIR;
}

enum sim_status sim_folder_make(const char *path, struct sim_error *err) {
  char *part = sim_path_suffix(path, "", err);
  int error_number = path[0] ? 0 : ENOENT;
  if (!part) {
    return err->status;
  }
  for (size_t i = 1; error_number == 0 && part[i - 1]; i++) {
    if (part[i] == '/' || part[i] == '\0') {
      const char end = part[i];
      part[i] = '\0';
      error_number = make_one(part);
      part[i] = end;
    }
  }
  free(part);
  return error_number
             ? sim_file_fail(err, path, "cannot make the folder", error_number)
             : SIM_OK;
}

enum sim_status sim_folder_sync(const char *path, struct sim_error *err) {
  const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const int is_bad = fd < 0 || fsync(fd) != 0;
  const int error_number = errno;
  if (fd >= 0) {
    close(fd);
  }
  // Some network file systems cannot do this and need not.
  if (is_bad && error_number != EINVAL && error_number != ENOTSUP) {
    return sim_file_fail(err, path, "cannot flush the folder", error_number);
  }
  return SIM_OK;
}

enum sim_status sim_folder_free_space(const char *path, uint64_t *bytes,
                                      struct sim_error *err) {
  struct statvfs status;
  if (statvfs(path, &status) != 0) {
    return sim_file_fail(err, path, "cannot ask for the free space", errno);
  }
  *bytes = (uint64_t)status.f_bavail * status.f_frsize;
  return SIM_OK;
}

enum sim_status sim_folder_check_space(const char *path, uint64_t n_bytes,
                                       struct sim_error *err) {
  uint64_t n_free;
  if (sim_folder_free_space(path, &n_free, err) != SIM_OK) {
    return err->status;
  }
  if (n_free < n_bytes) {
    const struct sim_where where = {path, 0, NULL};
    return sim_error_at(err, SIM_EIO, &where,
                        "%.1f MB are needed on this disk, %.1f MB are free",
                        (double)n_bytes / 1e6, (double)n_free / 1e6);
  }
  return SIM_OK;
}

/* ---- drafts ---- */

static void forget(struct sim_draft *draft) {
  free(draft->path);
  free(draft->temporary);
  *draft = (struct sim_draft){0};
}

enum sim_status sim_draft_open(struct sim_draft *draft, const char *path,
                               struct sim_error *err) {
  *draft = (struct sim_draft){0};
  draft->path = sim_path_suffix(path, "", err);
  draft->temporary = draft->path ? sim_path_suffix(path, ".tmp", err) : NULL;
  if (!draft->temporary) {
    forget(draft);
    return err->status;
  }
  const int fd =
      open(draft->temporary,
           O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
  draft->stream = fd < 0 ? NULL : fdopen(fd, "wb");
  if (!draft->stream) {
    sim_file_fail(err, path, "cannot write", errno);
    if (fd >= 0) {
      close(fd);
    }
    forget(draft);
    return err->status;
  }
  return SIM_OK;
}

void sim_draft_abandon(struct sim_draft *draft) {
  if (draft->stream) {
    fclose(draft->stream);
    unlink(draft->temporary);
  }
  forget(draft);
}

/* Bring what was written to the disk and close; 0 or an errno. */
static int finish_stream(struct sim_draft *draft) {
  errno = EIO;
  const int is_whole = fflush(draft->stream) == 0 && !ferror(draft->stream) &&
                       fsync(fileno(draft->stream)) == 0;
  const int error_number = is_whole ? 0 : errno;
  errno = EIO;
  const int is_closed = fclose(draft->stream) == 0;
  draft->stream = NULL;
  return error_number ? error_number : is_closed ? 0 : errno;
}

enum sim_status sim_draft_commit(struct sim_draft *draft,
                                 struct sim_error *err) {
  enum sim_status status = SIM_OK;
  int error_number = finish_stream(draft);
  if (!error_number && rename(draft->temporary, draft->path) != 0) {
    error_number = errno;
  }
  if (error_number) {
    status = sim_file_fail(err, draft->path, "cannot write", error_number);
    unlink(draft->temporary);
  } else {
    char *folder = sim_path_folder(draft->path, err);
    status = folder ? sim_folder_sync(folder, err) : err->status;
    free(folder);
  }
  forget(draft);
  return status;
}

/* ---- whole files ---- */

enum sim_status sim_file_write_text(const char *path, const char *text,
                                    struct sim_error *err) {
  struct sim_draft draft;
  if (sim_draft_open(&draft, path, err) != SIM_OK) {
    return err->status;
  }
  // A failure is remembered by the stream; commit reports it.
  fputs(text, draft.stream);
  return sim_draft_commit(&draft, err);
}

static enum sim_status read_open(int fd, const char *path, size_t limit,
                                 char **bytes, size_t *n,
                                 struct sim_error *err) {
  const struct sim_where where = {path, 0, NULL};
  struct stat status;
  if (fstat(fd, &status) != 0) {
    return sim_file_fail(err, path, "cannot read", errno);
  }
  if (!S_ISREG(status.st_mode)) {
    return sim_error_at(err, SIM_EIO, &where, "is not a regular file");
  }
  const size_t size = (size_t)status.st_size;
  if (size > limit) {
    return sim_error_at(err, SIM_EIO, &where,
                        "has %zu bytes, at most %zu are read", size, limit);
  }
  *bytes = sim_alloc(size + 1, 1, err);
  if (!*bytes) {
    return err->status;
  }
  const int error_number = sim_fd_read(fd, 0, size, *bytes);
  if (error_number) {
    free(*bytes);
    *bytes = NULL;
    return sim_file_fail(err, path, "cannot read", error_number);
  }
  if (n) {
    *n = size;
  }
  return SIM_OK;
}

enum sim_status sim_file_read(const char *path, size_t limit, char **bytes,
                              size_t *n, struct sim_error *err) {
  *bytes = NULL;
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    return sim_file_fail(err, path, "cannot read", errno);
  }
  const enum sim_status status = read_open(fd, path, limit, bytes, n, err);
  close(fd);
  return status;
}

/* ---- low level ---- */

int sim_fd_write(int fd, uint64_t at, size_t n, const void *bytes) {
  const char *from = bytes;
  while (n > 0) {
    const ssize_t n_done = pwrite(fd, from, n, (off_t)at);
    if (n_done <= 0 && !(n_done < 0 && errno == EINTR)) {
      return n_done < 0 ? errno : EIO;
    }
    const size_t step = n_done > 0 ? (size_t)n_done : 0;
    from += step;
    at += step;
    n -= step;
  }
  return 0;
}

int sim_fd_read(int fd, uint64_t at, size_t n, void *bytes) {
  char *to = bytes;
  while (n > 0) {
    const ssize_t n_done = pread(fd, to, n, (off_t)at);
    if (n_done <= 0 && !(n_done < 0 && errno == EINTR)) {
      return n_done < 0 ? errno : EIO;
    }
    const size_t step = n_done > 0 ? (size_t)n_done : 0;
    to += step;
    at += step;
    n -= step;
  }
  return 0;
}
