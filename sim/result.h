/* sim/result.h -- the HDF5 file a run leaves behind
 *
 * Work goes in blocks:
 *
 *   sim_result_begin(r, err);
 *   sim_result_append(r, &loss, values, n, err);
 *   sim_result_set_text(r, "/", "status", "running", err);
 *   if (sim_result_end(r, err) != SIM_OK) ...
 *
 * A block reaches the disk as a whole, in sim_result_end, or not at all (see
 * sim/blockfile.h). Between two blocks the file is closed, whole and unlocked:
 * h5ls, h5dump, h5py may open it while the run goes on, and may hold it open.
 * (One that opens it in the millisecond of a block is told that it is locked;
 * one that holds it open must open it anew to see later blocks.)
 *
 * The first failure of a writing call is kept: each later one returns it again
 * and touches nothing, and sim_result_end drops the block. So a block may be
 * written without looking at each call. Reading calls fail for themselves.
 * Failures are SIM_EIO with "file: object: what", and SIM_EFAIL without memory.
 * Every call but the first few below needs an open block.
 *
 * Datasets and attributes are addressed by absolute path ("/train/loss").
 * Numbers are stored as 64-bit floats or bytes, little-endian, row-major;
 * datasets with axes are chunked and carry Fletcher-32 checksums. Files hold
 * no time stamps: same calls, same bytes. Files from strangers can hurt the
 * HDF5 library; external links, external storage and filter plug-ins are
 * refused.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_RESULT_H
#define SIM_RESULT_H

#include <stddef.h>
#include <stdint.h>

#include "sim/error.h"

struct sim_result;

enum sim_result_mode {
  SIM_RESULT_READ,
  SIM_RESULT_APPEND,
};

enum { SIM_RESULT_MAX_RANK = 3 };

/* Name and layout of a dataset. */
struct sim_dataset {
  const char *path;       // absolute; groups on the way are made as needed
  const char *unit;       // SI symbol, "1" if dimensionless; time is in "s"
  const char *long_name;  // nullable
  size_t rank;            // 0 (a single value) to 3
  size_t shape[3];        // (rank); shape[0] of a series is 0
  const char *scales[3];  // nullable: path of the scale of each axis, which
                          // exists already
  int is_scale;           // of rank 1, to be the scale of others
};

/* ---- birth and death ---- */

/* Make a new file. Its first block is open; there is no file until that has
 * ended. An existing file (or link) is refused. The first `n_reserved` bytes
 * are left to the caller: 0, or a power of two >= 512. The caller destroys
 * `*out`, NULL on failure. */
enum sim_status sim_result_create(struct sim_result **out, const char *path,
                                  size_t n_reserved, struct sim_error *err);

/* An existing file; it must be a regular one with the HDF5 signature, and when
 * appending not a symbolic link. The caller destroys `*out`. */
enum sim_status sim_result_open(struct sim_result **out, const char *path,
                                enum sim_result_mode mode,
                                struct sim_error *err);

/* Drops a block that was not ended. Accepts NULL. */
void sim_result_destroy(struct sim_result *r);

/* From now on a block is on the disk (fsync) when sim_result_end returns; off
 * at first. Costs some 10 ms a block. */
void sim_result_set_durable(struct sim_result *r, int is_durable);

/* Version of the HDF5 library in use, e.g. "1.10.8"; `text` is returned. */
const char *sim_result_library(char *text, size_t size);

/* ---- blocks ---- */

enum sim_status sim_result_begin(struct sim_result *r, struct sim_error *err);
enum sim_status sim_result_end(struct sim_result *r, struct sim_error *err);

/* ---- attributes of a dataset or group; "/" is the file ---- */

/* Set or replace. `text` is UTF-8. Above 60 KiB it becomes a dataset of one
 * string in the group `object`. A group that is missing is made. */
enum sim_status sim_result_set_text(struct sim_result *r, const char *object,
                                    const char *name, const char *text,
                                    struct sim_error *err);
enum sim_status sim_result_set_double(struct sim_result *r, const char *object,
                                      const char *name, double value,
                                      struct sim_error *err);
enum sim_status sim_result_set_uint64(struct sim_result *r, const char *object,
                                      const char *name, uint64_t value,
                                      struct sim_error *err);

/* The caller frees `*text`. */
enum sim_status sim_result_get_text(struct sim_result *r, const char *object,
                                    const char *name, char **text,
                                    struct sim_error *err);
enum sim_status sim_result_get_double(struct sim_result *r, const char *object,
                                      const char *name, double *value,
                                      struct sim_error *err);
enum sim_status sim_result_get_uint64(struct sim_result *r, const char *object,
                                      const char *name, uint64_t *value,
                                      struct sim_error *err);

/* ---- whole datasets ---- */

/* Write all values (row-major, `d->shape`). An existing dataset must have the
 * same shape and is overwritten; its attributes and scales stay. */
enum sim_status sim_result_write(struct sim_result *r,
                                 const struct sim_dataset *d,
                                 const double *values, struct sim_error *err);
enum sim_status sim_result_write_bytes(struct sim_result *r,
                                       const struct sim_dataset *d,
                                       const uint8_t *values,
                                       struct sim_error *err);

/* The same without scales: one number, and an array (shape, of `rank` axes,
 * up to SIM_RESULT_MAX_RANK). */
enum sim_status sim_result_write_number(struct sim_result *r, const char *path,
                                        const char *unit, const char *long_name,
                                        double value, struct sim_error *err);
enum sim_status sim_result_write_array(struct sim_result *r, const char *path,
                                       const char *unit, const char *long_name,
                                       size_t rank, const size_t *shape,
                                       const double *values,
                                       struct sim_error *err);

/* Make the scale the scale of this axis. Doing so twice is fine. */
enum sim_status sim_result_attach(struct sim_result *r, const char *path,
                                  size_t axis, const char *scale,
                                  struct sim_error *err);

/* ---- series: datasets of doubles that grow along axis 0 ---- */

/* Append `n_rows` rows; `d` says the shape with shape[0] = 0. The series is
 * made at its first call, also by one with no rows. */
enum sim_status sim_result_append(struct sim_result *r,
                                  const struct sim_dataset *d,
                                  const double *rows, size_t n_rows,
                                  struct sim_error *err);

/* Rows of any dataset of rank >= 1. */
enum sim_status sim_result_rows(struct sim_result *r, const char *path,
                                size_t *n_rows, struct sim_error *err);

/* Keep the first `n_rows` rows; having fewer is an error. */
enum sim_status sim_result_truncate(struct sim_result *r, const char *path,
                                    size_t n_rows, struct sim_error *err);

/* ---- reading ---- */

/* Is there a dataset or group of that path? */
int sim_result_has(struct sim_result *r, const char *path);

enum sim_status sim_result_shape(struct sim_result *r, const char *path,
                                 size_t *rank, size_t shape[3],
                                 struct sim_error *err);

/* Read all values of a dataset that has exactly this shape. Numbers of any
 * kind are converted to double. */
enum sim_status sim_result_read(struct sim_result *r, const char *path,
                                size_t rank, const size_t *shape,
                                double *values, struct sim_error *err);
enum sim_status sim_result_read_bytes(struct sim_result *r, const char *path,
                                      size_t rank, const size_t *shape,
                                      uint8_t *values, struct sim_error *err);

/* Read `n_rows` rows from row `first` on of a dataset of rank >= 1 with rows of
 * `row_size` values. */
enum sim_status sim_result_read_rows(struct sim_result *r, const char *path,
                                     size_t first, size_t n_rows,
                                     size_t row_size, double *values,
                                     struct sim_error *err);

/* Read a dataset of unknown shape with at most `limit` values. The caller frees
 * `*values`. */
enum sim_status sim_result_load(struct sim_result *r, const char *path,
                                size_t limit, size_t *rank, size_t shape[3],
                                double **values, struct sim_error *err);

/* Number of members of a group, and the name of one (alphabetical), cut to
 * `size` bytes; "" for an index out of range. A missing group has none. */
size_t sim_result_n_members(struct sim_result *r, const char *group);
void sim_result_member(struct sim_result *r, const char *group, size_t index,
                       char *name, size_t size);

#endif
