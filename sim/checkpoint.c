/* sim/checkpoint.c -- the state of a run, from which it continues
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "sim/file.h"

#define MAGIC "simrunCP"

enum {
  FORMAT = 1,
  USER_BLOCK = 512,  // [B]
  FORMAT_AT = 8,
  CRC_AT = 12,
  LENGTH_AT = 16,
  BUFFER = 65536,  // [B] a multiple of USER_BLOCK
};

/* ---- the user block ---- */

static void put(unsigned char *block, size_t at, size_t n, uint64_t value) {
  for (size_t i = 0; i < n; i++) {
    block[at + i] = (unsigned char)(value >> (8 * i));
  }
}

static uint64_t get(const unsigned char *block, size_t at, size_t n) {
  uint64_t value = 0;
  for (size_t i = 0; i < n; i++) {
    value |= (uint64_t)block[at + i] << (8 * i);
  }
  return value;
}

/* CRC of the user block (whose CRC field is 0) and of the file after it; 0 or
 * an errno. */
static int sum_file(int fd, uint64_t length, const unsigned char *block,
                    uint32_t *sum) {
  unsigned char buffer[BUFFER];
  uLong crc = crc32_z(crc32_z(0, NULL, 0), block, USER_BLOCK);
  for (uint64_t at = USER_BLOCK; at < length; at += BUFFER) {
    const size_t n = length - at < BUFFER ? (size_t)(length - at) : BUFFER;
    const int error_number = sim_fd_read(fd, at, n, buffer);
    if (error_number) {
      return error_number;
    }
    crc = crc32_z(crc, buffer, n);
  }
  *sum = (uint32_t)crc;
  return 0;
}

static int get_length(int fd, uint64_t *length) {
  struct stat status;
  if (fstat(fd, &status) != 0) {
    return errno;
  }
  *length = (uint64_t)status.st_size;
  return S_ISREG(status.st_mode) ? 0 : EINVAL;
}

/* Fill in the user block of an open file and bring all to the disk; 0 or an
 * errno. */
static int seal_open(int fd) {
  unsigned char block[USER_BLOCK] = MAGIC;
  uint64_t length = 0;
  uint32_t sum;
  int error_number = get_length(fd, &length);
  if (error_number) {
    return error_number;
  }
  put(block, FORMAT_AT, 4, FORMAT);
  put(block, LENGTH_AT, 8, length);
  error_number = sum_file(fd, length, block, &sum);
  if (error_number) {
    return error_number;
  }
  put(block, CRC_AT, 4, sum);
  error_number = sim_fd_write(fd, 0, USER_BLOCK, block);
  return !error_number && fsync(fd) != 0 ? errno : error_number;
}

static enum sim_status seal(const char *path, struct sim_error *err) {
  const int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
  int error_number = fd < 0 ? errno : seal_open(fd);
  if (fd >= 0 && close(fd) != 0 && !error_number) {
    error_number = errno;
  }
  return error_number ? sim_file_fail(err, path, "cannot write", error_number)
                      : SIM_OK;
}

static enum sim_status verify_open(int fd, const char *path,
                                   struct sim_error *err) {
  const struct sim_where where = {path, 0, NULL};
  unsigned char block[USER_BLOCK];
  uint64_t length = 0;
  uint32_t sum;
  int error_number = get_length(fd, &length);
  if (error_number) {
    return sim_file_fail(err, path, "cannot read", error_number);
  }
  if (length < USER_BLOCK || sim_fd_read(fd, 0, USER_BLOCK, block) != 0 ||
      memcmp(block, MAGIC, strlen(MAGIC)) != 0) {
    return sim_error_at(err, SIM_EIO, &where, "is not a checkpoint");
  }
  if (get(block, LENGTH_AT, 8) != length) {
    return sim_error_at(err, SIM_EIO, &where,
                        "has %llu bytes, %llu were written",
                        (unsigned long long)length,
                        (unsigned long long)get(block, LENGTH_AT, 8));
  }
  const uint64_t wanted = get(block, CRC_AT, 4);
  put(block, CRC_AT, 4, 0);
  error_number = sum_file(fd, length, block, &sum);
  if (error_number) {
    return sim_file_fail(err, path, "cannot read", error_number);
  }
  if (sum != wanted) {
    return sim_error_at(err, SIM_EIO, &where,
                        "is damaged: its checksum is wrong");
  }
  if (get(block, FORMAT_AT, 4) != FORMAT) {
    return sim_error_at(err, SIM_EIO, &where,
                        "has format %u, this program reads format %d",
                        (unsigned)get(block, FORMAT_AT, 4), FORMAT);
  }
  return SIM_OK;
}

static enum sim_status verify(const char *path, struct sim_error *err) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    return sim_file_fail(err, path, "cannot read", errno);
  }
  const enum sim_status status = verify_open(fd, path, err);
  close(fd);
  return status;
}

/* ---- writing ---- */

static void forget(struct sim_checkpoint *checkpoint) {
  sim_result_destroy(checkpoint->file);
  free(checkpoint->path);
  free(checkpoint->temporary);
  *checkpoint = (struct sim_checkpoint){0};
}

void sim_checkpoint_abandon(struct sim_checkpoint *checkpoint) {
  if (checkpoint->temporary) {
    unlink(checkpoint->temporary);
  }
  forget(checkpoint);
}

static enum sim_status create(struct sim_checkpoint *checkpoint,
                              const char *path, struct sim_error *err) {
  checkpoint->path = sim_path_suffix(path, "", err);
  checkpoint->temporary =
      checkpoint->path ? sim_path_suffix(path, ".tmp", err) : NULL;
  if (!checkpoint->temporary) {
    return err->status;
  }
  // What an interrupted run left.
  unlink(checkpoint->temporary);
  return sim_result_create(&checkpoint->file, checkpoint->temporary, USER_BLOCK,
                           err);
}

enum sim_status sim_checkpoint_begin(struct sim_checkpoint *checkpoint,
                                     const char *path, struct sim_error *err) {
  *checkpoint = (struct sim_checkpoint){0};
  if (create(checkpoint, path, err) != SIM_OK) {
    sim_checkpoint_abandon(checkpoint);
    return err->status;
  }
  return SIM_OK;
}

/* The old one becomes PATH.prev, the new one PATH. */
static enum sim_status put_in_place(const struct sim_checkpoint *checkpoint,
                                    struct sim_error *err) {
  char *previous = sim_path_suffix(checkpoint->path, ".prev", err);
  char *folder = previous ? sim_path_folder(checkpoint->path, err) : NULL;
  enum sim_status status = SIM_OK;
  if (!folder) {
    status = err->status;
  } else if (rename(checkpoint->path, previous) != 0 && errno != ENOENT) {
    status = sim_file_fail(err, previous, "cannot rename to this", errno);
  } else if (rename(checkpoint->temporary, checkpoint->path) != 0) {
    status =
        sim_file_fail(err, checkpoint->path, "cannot rename to this", errno);
  } else {
    status = sim_folder_sync(folder, err);
  }
  free(folder);
  free(previous);
  return status;
}

enum sim_status sim_checkpoint_commit(struct sim_checkpoint *checkpoint,
                                      struct sim_error *err) {
  if (sim_result_end(checkpoint->file, err) != SIM_OK ||
      seal(checkpoint->temporary, err) != SIM_OK ||
      verify(checkpoint->temporary, err) != SIM_OK ||
      put_in_place(checkpoint, err) != SIM_OK) {
    sim_checkpoint_abandon(checkpoint);
    return err->status;
  }
  forget(checkpoint);
  return SIM_OK;
}

/* ---- reading ---- */

static enum sim_status open_verified(struct sim_result **out, const char *path,
                                     struct sim_error *err) {
  *out = NULL;
  if (verify(path, err) != SIM_OK ||
      sim_result_open(out, path, SIM_RESULT_READ, err) != SIM_OK) {
    return err->status;
  }
  if (sim_result_begin(*out, err) != SIM_OK) {
    sim_result_destroy(*out);
    *out = NULL;
    return err->status;
  }
  return SIM_OK;
}

enum sim_status sim_checkpoint_open(struct sim_result **out, const char *path,
                                    char *warning, size_t warning_size,
                                    struct sim_error *err) {
  struct sim_error previous_err;
  warning[0] = '\0';
  if (open_verified(out, path, err) == SIM_OK) {
    return SIM_OK;
  }
  char *previous = sim_path_suffix(path, ".prev", &previous_err);
  if (previous && open_verified(out, previous, &previous_err) == SIM_OK) {
    snprintf(warning, warning_size, "%s; continuing from %s", err->message,
             previous);
    err->status = SIM_OK;
    err->message[0] = '\0';
  } else {
    struct sim_error first = *err;
    first.message[sizeof first.message / 2] = '\0';
    sim_error_set(err, SIM_EIO, "%s; %s", first.message, previous_err.message);
  }
  free(previous);
  return err->status;
}
