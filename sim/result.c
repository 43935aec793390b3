/* sim/result.c -- a result file from creation to destruction, and its blocks
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/result.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/file.h"
#include "sim/memory.h"
#include "sim/result_driver.h"
#include "sim/result_hdf5.h"

/* ---- failures ---- */

enum sim_status sim_h5_ready(struct sim_result *r, struct sim_error *err) {
  assert(r->mode == SIM_RESULT_APPEND);
  if (r->driver_failure.status != SIM_OK) {
    sim_h5_written(r, r->driver_failure.status, &r->driver_failure);
  }
  if (r->failure.status != SIM_OK) {
    *err = r->failure;
  }
  assert(r->failure.status != SIM_OK || r->file >= 0);
  return r->failure.status;
}

enum sim_status sim_h5_written(struct sim_result *r, enum sim_status status,
                               const struct sim_error *err) {
  if (status != SIM_OK && r->mode == SIM_RESULT_APPEND &&
      r->failure.status == SIM_OK) {
    r->failure = *err;
  }
  return status;
}

/* Take the innermost text of the library's error stack. */
static herr_t take_reason(unsigned n, const H5E_error2_t *entry, void *reason) {
  (void)n;
  snprintf(reason, 256, "%s", entry->desc ? entry->desc : "");
  return 1;
}

enum sim_status sim_h5_fail(struct sim_result *r, const char *object,
                            const char *what, struct sim_error *err) {
  char reason[256] = "";
  if (r->driver_failure.status != SIM_OK) {
    *err = r->driver_failure;
    return err->status;
  }
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_reason, reason);
  return sim_h5_refuse(r, object, err, "%s: %s", what,
                       reason[0] ? reason : "HDF5 gives no reason");
}

enum sim_status sim_h5_refuse(const struct sim_result *r, const char *object,
                              struct sim_error *err, const char *format, ...) {
  char text[512];
  const struct sim_where where = {r->path, 0, object};
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  return sim_error_at(err, SIM_EIO, &where, "%s", text);
}

void sim_h5_close(struct sim_result *r, hid_t id) {
  struct sim_error err;
  if (id >= 0 && H5Idec_ref(id) < 0) {
    sim_h5_written(r, sim_h5_fail(r, NULL, "cannot close", &err), &err);
  }
}

/* ---- opening and closing ---- */

/* Errors are ours to print; filters are those built into the library. */
static void prepare_library(void) {
  unsigned none = 0;
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  H5PLset_loading_state(none);
}

/* Does an HDF5 file start at byte 0, 512, 1024, 2048, ...? */
static int has_signature(struct sim_blockfile *blocks) {
  static const unsigned char signature[8] = "\211HDF\r\n\032\n";
  unsigned char start[8];
  struct sim_error ignored;
  const uint64_t size = sim_blockfile_size(blocks);
  for (uint64_t at = 0; at + sizeof start <= size; at = at ? 2 * at : 512) {
    if (sim_blockfile_read(blocks, at, sizeof start, start, &ignored) !=
        SIM_OK) {
      return 0;
    }
    if (memcmp(start, signature, sizeof start) == 0) {
      return 1;
    }
  }
  return 0;
}

static enum sim_status open_blocks(struct sim_result *r,
                                   enum sim_blockfile_mode mode,
                                   struct sim_error *err) {
  prepare_library();
  r->driver_failure = (struct sim_error){0};
  if (sim_blockfile_open(&r->blocks, r->path, mode, err) != SIM_OK) {
    return err->status;
  }
  if (mode != SIM_BLOCKFILE_NEW && !has_signature(r->blocks)) {
    sim_blockfile_destroy(r->blocks);
    r->blocks = NULL;
    return sim_h5_refuse(r, NULL, err, "is not an HDF5 file");
  }
  return SIM_OK;
}

static void drop_block(struct sim_result *r) {
  if (r->links >= 0) {
    H5Pclose(r->links);
  }
  if (r->file >= 0) {
    H5Fclose(r->file);
  }
  r->links = r->file = H5I_INVALID_HID;
  sim_blockfile_destroy(r->blocks);
  r->blocks = NULL;
}

static hid_t make_links_list(void) {
  const hid_t links = H5Pcreate(H5P_LINK_CREATE);
  if (links >= 0 && (H5Pset_create_intermediate_group(links, 1) < 0 ||
                     H5Pset_char_encoding(links, H5T_CSET_UTF8) < 0)) {
    H5Pclose(links);
    return H5I_INVALID_HID;
  }
  return links;
}

/* Let HDF5 open what the blockfile holds; `creation` is used for a new file. */
static enum sim_status open_file(struct sim_result *r, int is_new,
                                 hid_t creation, struct sim_error *err) {
  const unsigned flags =
      r->mode == SIM_RESULT_READ ? H5F_ACC_RDONLY : H5F_ACC_RDWR;
  const hid_t access = sim_result_driver_access(r->blocks, &r->driver_failure);
  r->links = make_links_list();
  if (access >= 0 && r->links >= 0) {
    r->file = is_new ? H5Fcreate(r->path, H5F_ACC_TRUNC, creation, access)
                     : H5Fopen(r->path, flags, access);
  }
  if (r->file < 0) {
    sim_h5_fail(r, NULL, is_new ? "cannot create" : "cannot open", err);
  }
  const enum sim_status status = r->file < 0 ? err->status : SIM_OK;
  sim_h5_close(r, access);
  if (status != SIM_OK) {
    drop_block(r);
  }
  return status;
}

enum sim_status sim_result_begin(struct sim_result *r, struct sim_error *err) {
  assert(!r->blocks);
  if (r->failure.status != SIM_OK) {
    *err = r->failure;
    return err->status;
  }
  const enum sim_blockfile_mode mode =
      r->mode == SIM_RESULT_READ ? SIM_BLOCKFILE_READ : SIM_BLOCKFILE_CHANGE;
  enum sim_status status = open_blocks(r, mode, err);
  if (status == SIM_OK) {
    status = open_file(r, 0, H5P_DEFAULT, err);
  }
  return sim_h5_written(r, status, err);
}

/* Let HDF5 write out what it holds back; a failure is kept. */
static void close_file(struct sim_result *r) {
  struct sim_error err;
  const hid_t file = r->file;
  r->file = H5I_INVALID_HID;
  if (H5Fclose(file) < 0 || r->driver_failure.status != SIM_OK) {
    sim_h5_written(r, sim_h5_fail(r, NULL, "cannot close", &err), &err);
  }
}

enum sim_status sim_result_end(struct sim_result *r, struct sim_error *err) {
  if (r->file >= 0) {
    close_file(r);
  }
  if (r->blocks && r->failure.status == SIM_OK &&
      r->mode == SIM_RESULT_APPEND) {
    sim_h5_written(r, sim_blockfile_commit(r->blocks, r->is_durable, err), err);
  }
  drop_block(r);
  if (r->failure.status != SIM_OK) {
    *err = r->failure;
  }
  return r->failure.status;
}

/* ---- birth and death ---- */

static struct sim_result *make(const char *path, enum sim_result_mode mode,
                               struct sim_error *err) {
  struct sim_result *r = sim_alloc(1, sizeof *r, err);
  if (!r) {
    return NULL;
  }
  r->mode = mode;
  r->file = r->links = H5I_INVALID_HID;
  r->path = sim_path_suffix(path, "", err);
  if (!r->path) {
    sim_result_destroy(r);
    return NULL;
  }
  return r;
}

/* Open the first block with an empty HDF5 file. */
static enum sim_status create_file(struct sim_result *r, size_t n_reserved,
                                   struct sim_error *err) {
  if (open_blocks(r, SIM_BLOCKFILE_NEW, err) != SIM_OK) {
    return err->status;
  }
  const hid_t creation = H5Pcreate(H5P_FILE_CREATE);
  enum sim_status status = SIM_OK;
  if (creation < 0 || H5Pset_userblock(creation, n_reserved) < 0) {
    status = sim_h5_fail(r, NULL, "cannot create", err);
  } else {
    status = open_file(r, 1, creation, err);
  }
  sim_h5_close(r, creation);
  return status;
}

enum sim_status sim_result_create(struct sim_result **out, const char *path,
                                  size_t n_reserved, struct sim_error *err) {
  struct sim_result *r = make(path, SIM_RESULT_APPEND, err);
  *out = NULL;
  if (!r) {
    return err->status;
  }
  if (create_file(r, n_reserved, err) != SIM_OK) {
    sim_result_destroy(r);
    return err->status;
  }
  *out = r;
  return SIM_OK;
}

enum sim_status sim_result_open(struct sim_result **out, const char *path,
                                enum sim_result_mode mode,
                                struct sim_error *err) {
  struct sim_result *r = make(path, mode, err);
  *out = NULL;
  if (!r) {
    return err->status;
  }
  // A first, empty block shows whether the file is what it should be.
  if (sim_result_begin(r, err) != SIM_OK) {
    sim_result_destroy(r);
    return err->status;
  }
  drop_block(r);
  *out = r;
  return SIM_OK;
}

void sim_result_destroy(struct sim_result *r) {
  if (!r) {
    return;
  }
  drop_block(r);
  free(r->path);
  free(r);
}

void sim_result_set_durable(struct sim_result *r, int is_durable) {
  r->is_durable = is_durable;
}

const char *sim_result_library(char *text, size_t size) {
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  snprintf(text, size, "%u.%u.%u", major, minor, release);
  return text;
}
