/* sim/result_hdf5.h -- what the parts of sim/result share
 *
 * Included by sim/result*.c only; the rest of the program does not see HDF5.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_RESULT_HDF5_H
#define SIM_RESULT_HDF5_H

#include <hdf5.h>

#include "sim/blockfile.h"
#include "sim/result.h"

struct sim_result {
  char *path;
  enum sim_result_mode mode;
  int is_durable;
  struct sim_blockfile *blocks;     // NULL between blocks
  hid_t file;                       // H5I_INVALID_HID between blocks
  hid_t links;                      // link creation list that makes groups
  struct sim_error failure;         // kept; SIM_OK while all is well
  struct sim_error driver_failure;  // left by the driver
};

/* Start of every call that writes: the kept failure, if there is one. */
enum sim_status sim_h5_ready(struct sim_result *r, struct sim_error *err);

/* HDF5 has just failed: fill `err` with "file: object: what: reason". Call it
 * before any other HDF5 function: the reason comes from the library's error
 * stack. */
enum sim_status sim_h5_fail(struct sim_result *r, const char *object,
                            const char *what, struct sim_error *err);

/* End of every call that writes: keep the error in `err` unless `status` is
 * SIM_OK, and return the status. */
enum sim_status sim_h5_written(struct sim_result *r, enum sim_status status,
                               const struct sim_error *err);

/* The call is refused: "file: object: text". */
enum sim_status sim_h5_refuse(const struct sim_result *r, const char *object,
                              struct sim_error *err, const char *format, ...)
    SIM_PRINTF(4, 5);

/* Close an object, space, type or list; an invalid id is fine. A failure is
 * kept when appending. */
void sim_h5_close(struct sim_result *r, hid_t id);

/* Does every link on the way exist, and stay in this file? */
int sim_h5_exists(const struct sim_result *r, const char *path);

/* The existing object of that path, to be closed; negative on failure. */
hid_t sim_h5_open(struct sim_result *r, const char *path,
                  struct sim_error *err);

/* The same, which must be a dataset whose values lie in this file. */
hid_t sim_h5_open_dataset(struct sim_result *r, const char *path,
                          struct sim_error *err);

/* Shape of an open dataset; its rank is at most SIM_RESULT_MAX_RANK. `path` is
 * for the message. */
enum sim_status sim_h5_shape(struct sim_result *r, hid_t dataset,
                             const char *path, size_t *rank, size_t shape[3],
                             struct sim_error *err);

/* An error unless the open dataset has this rank and this shape from axis
 * `first` on. */
enum sim_status sim_h5_check_shape(struct sim_result *r, hid_t dataset,
                                   const char *path, size_t rank,
                                   const size_t *shape, size_t first,
                                   struct sim_error *err);

/* Set a text attribute of an open object. `path` is for the message. */
enum sim_status sim_h5_set_text(struct sim_result *r, hid_t object,
                                const char *path, const char *name,
                                const char *text, struct sim_error *err);

/* A fixed-length UTF-8 string type for this text; negative on failure. */
hid_t sim_h5_text_type(size_t n_bytes);

/* Select rows `first` to `first` + `n_rows` of an open dataset in `*in_file`
 * and as much memory in `*in_memory`; both are to be closed. */
enum sim_status sim_h5_select_rows(struct sim_result *r, hid_t dataset,
                                   const char *path, size_t first,
                                   size_t n_rows, hid_t *in_file,
                                   hid_t *in_memory, struct sim_error *err);

#endif
