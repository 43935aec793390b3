/* sim/blockfile_journal.c -- the changed pages of a commit, in their own file
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/blockfile_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "sim/file.h"
#include "sim/memory.h"

#define PAGE SIM_JOURNAL_PAGE
#define MAGIC 0x314c4e524a4d4953u  // "SIMJRNL1" on a little-endian machine
#define HEAD (3 * sizeof(uint64_t))
#define RECORD (sizeof(uint64_t) + PAGE)
#define TAIL sizeof(uint32_t)

static uint32_t checksum(const char *bytes, size_t n) {
  return (uint32_t)crc32_z(crc32_z(0, NULL, 0), (const Bytef *)bytes, n);
}

static void pack(char *bytes, size_t n, const struct sim_journal *journal) {
  const uint64_t head[] = {MAGIC, journal->size, journal->n_pages};
  memcpy(bytes, head, HEAD);
  for (size_t i = 0; i < journal->n_pages; i++) {
    char *record = bytes + HEAD + i * RECORD;
    memcpy(record, &journal->page[i].index, sizeof(uint64_t));
    memcpy(record + sizeof(uint64_t), journal->page[i].bytes, PAGE);
  }
  const uint32_t sum = checksum(bytes, n - TAIL);
  memcpy(bytes + n - TAIL, &sum, TAIL);
}

/* Write all bytes into the named file; 0 or an errno. */
static int write_file(const char *name, const char *bytes, size_t n,
                      int is_durable) {
  const int fd =
      open(name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (fd < 0) {
    return errno;
  }
  int error_number = sim_fd_write(fd, 0, n, bytes);
  if (!error_number && is_durable && fsync(fd) != 0) {
    error_number = errno;
  }
  if (close(fd) != 0 && !error_number) {
    error_number = errno;
  }
  return error_number;
}

enum sim_status sim_journal_write(const struct sim_journal *journal,
                                  const char *name, int is_durable,
                                  struct sim_error *err) {
  const size_t n = HEAD + journal->n_pages * RECORD + TAIL;
  char *bytes = sim_alloc(n, 1, err);
  if (!bytes) {
    return err->status;
  }
  pack(bytes, n, journal);
  const int error_number = write_file(name, bytes, n, is_durable);
  free(bytes);
  if (error_number) {
    unlink(name);
    return sim_file_fail(err, name, "cannot write", error_number);
  }
  return SIM_OK;
}

/* Is this a whole journal? Its three leading numbers go to `head`. */
static int is_whole(const char *bytes, size_t n, uint64_t *head) {
  uint32_t sum;
  if (n < HEAD + TAIL) {
    return 0;
  }
  memcpy(head, bytes, HEAD);
  memcpy(&sum, bytes + n - TAIL, TAIL);
  return head[0] == MAGIC && head[2] == (n - HEAD - TAIL) / RECORD &&
         (n - HEAD - TAIL) % RECORD == 0 && sum == checksum(bytes, n - TAIL);
}

static enum sim_status unpack(struct sim_journal *journal, size_t n,
                              struct sim_error *err) {
  uint64_t head[3];
  if (!is_whole(journal->storage, n, head)) {
    return SIM_OK;
  }
  journal->page = sim_alloc((size_t)head[2], sizeof *journal->page, err);
  if (!journal->page) {
    return err->status;
  }
  for (size_t i = 0; i < head[2]; i++) {
    char *record = journal->storage + HEAD + i * RECORD;
    memcpy(&journal->page[i].index, record, sizeof(uint64_t));
    journal->page[i].bytes = (unsigned char *)record + sizeof(uint64_t);
    if (journal->page[i].index > head[1] / PAGE) {
      return SIM_OK;  // not ours
    }
  }
  journal->size = head[1];
  journal->n_pages = (size_t)head[2];
  return SIM_OK;
}

enum sim_status sim_journal_read(struct sim_journal *journal, const char *name,
                                 struct sim_error *err) {
  *journal = (struct sim_journal){0};
  size_t n = 0;
  if (access(name, F_OK) != 0) {
    return SIM_OK;
  }
  if (sim_file_read(name, SIZE_MAX / 2, &journal->storage, &n, err) != SIM_OK ||
      unpack(journal, n, err) != SIM_OK) {
    sim_journal_finish(journal);
    return err->status;
  }
  return SIM_OK;
}

void sim_journal_finish(struct sim_journal *journal) {
  free(journal->page);
  free(journal->storage);
  *journal = (struct sim_journal){0};
}

enum sim_status sim_journal_remove(const char *name, struct sim_error *err) {
  return unlink(name) != 0 && errno != ENOENT
             ? sim_file_fail(err, name, "cannot remove", errno)
             : SIM_OK;
}
