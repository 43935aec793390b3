/* models/dataset_stream.c -- bytes of a regular file, gzip undone
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "models/dataset_read.h"

static enum sim_status fail(const char *file, const char *what,
                            const char *reason, struct sim_error *err) {
  return sim_error_at(err, SIM_EIO, &(struct sim_where){.file = file}, "%s%s%s",
                      what, reason ? ": " : "", reason ? reason : "");
}

enum sim_status model_stream_open(struct model_stream *stream, const char *file,
                                  struct sim_error *err) {
  *stream = (struct model_stream){.file = file};
  // a pipe must not hold us up
  const int fd = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) {
    return fail(file, "cannot be opened", strerror(errno), err);
  }
  struct stat about;
  if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
    close(fd);
    return fail(file, "is not a regular file", NULL, err);
  }
  if (about.st_size == 0) {
    close(fd);
    return fail(file, "is empty", NULL, err);
  }
  stream->n_stored = (uint64_t)about.st_size;
  stream->gz = gzdopen(fd, "rb");
  if (!stream->gz) {
    close(fd);
    return sim_error_set(err, SIM_EFAIL, "out of memory for zlib");
  }
  return SIM_OK;
}

enum sim_status model_stream_read(struct model_stream *stream, void *bytes,
                                  size_t size, size_t *n,
                                  struct sim_error *err) {
  *n = 0;
  while (*n < size) {
    const size_t left = size - *n;
    const unsigned part = left < 1u << 30 ? (unsigned)left : 1u << 30;
    const int got = gzread(stream->gz, (char *)bytes + *n, part);
    if (got > 0) {
      *n += (size_t)got;
    }
    if (got < (int)part) {
      break;
    }
  }
  int code = Z_OK;
  const char *reason = *n < size ? gzerror(stream->gz, &code) : NULL;
  if (code == Z_ERRNO) {
    return fail(stream->file, "reading failed", strerror(errno), err);
  }
  if (code != Z_OK && code != Z_STREAM_END) {
    // zlib puts its own "path: " first
    const char *colon = strstr(reason, ": ");
    return fail(stream->file, "is cut off or damaged",
                colon ? colon + 2 : reason, err);
  }
  return SIM_OK;
}

void model_stream_close(struct model_stream *stream) {
  if (stream->gz) {
    gzclose(stream->gz);
    stream->gz = NULL;
  }
}
