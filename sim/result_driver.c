/* sim/result_driver.c -- lets the HDF5 library work on a blockfile
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/result_driver.h"

#include <stdlib.h>
#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

/* What the access list carries. */
struct target {
  struct sim_blockfile *blocks;
  struct sim_error *failure;
};

/* One opened file as HDF5 sees it; its public part comes first. */
struct driven {
  H5FD_t base;
  struct target target;
  haddr_t end;  // [B] of the space HDF5 has given out
};

static H5FD_t *driver_open(const char *name, unsigned flags, hid_t access,
                           haddr_t max_address) {
  (void)name;
  (void)max_address;
  const struct target *target = H5Pget_driver_info(access);
  struct driven *file = target ? calloc(1, sizeof *file) : NULL;
  if (!file) {
    return NULL;
  }
  file->target = *target;
  if (flags & H5F_ACC_TRUNC) {
    sim_blockfile_resize(target->blocks, 0);
  }
  return &file->base;
}

static herr_t driver_close(H5FD_t *base) {
  free(base);
  return 0;
}

static int driver_compare(const H5FD_t *a, const H5FD_t *b) {
  const uintptr_t first = (uintptr_t)((const struct driven *)a)->target.blocks;
  const uintptr_t second = (uintptr_t)((const struct driven *)b)->target.blocks;
  return (first > second) - (first < second);
}

static herr_t driver_query(const H5FD_t *base, unsigned long *flags) {
  (void)base;
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA |
           H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_AGGREGATE_SMALLDATA |
           H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
  return 0;
}

static haddr_t driver_get_eoa(const H5FD_t *base, H5FD_mem_t type) {
  (void)type;
  return ((const struct driven *)base)->end;
}

static herr_t driver_set_eoa(H5FD_t *base, H5FD_mem_t type, haddr_t end) {
  (void)type;
  ((struct driven *)base)->end = end;
  return 0;
}

static haddr_t driver_get_eof(const H5FD_t *base, H5FD_mem_t type) {
  (void)type;
  return sim_blockfile_size(((const struct driven *)base)->target.blocks);
}

static herr_t driver_read(H5FD_t *base, H5FD_mem_t type, hid_t transfer,
                          haddr_t at, size_t n, void *bytes) {
  (void)type;
  (void)transfer;
  const struct target *target = &((struct driven *)base)->target;
  return sim_blockfile_read(target->blocks, at, n, bytes, target->failure) ==
                 SIM_OK
             ? 0
             : -1;
}

/* Always reports success: HDF5 (1.10.8) crashes at exit after a failed write.
 * The failure is left for sim/result.c, which drops the block. */
static herr_t driver_write(H5FD_t *base, H5FD_mem_t type, hid_t transfer,
                           haddr_t at, size_t n, const void *bytes) {
  (void)type;
  (void)transfer;
  const struct target *target = &((struct driven *)base)->target;
  sim_blockfile_write(target->blocks, at, n, bytes, target->failure);
  return 0;
}

/* Called before HDF5 closes: the file ends where the given space ends. */
static herr_t driver_truncate(H5FD_t *base, hid_t transfer,
                              hbool_t is_closing) {
  (void)transfer;
  (void)is_closing;
  struct driven *file = (struct driven *)base;
  if (sim_blockfile_size(file->target.blocks) != file->end) {
    sim_blockfile_resize(file->target.blocks, file->end);
  }
  return 0;
}

static const H5FD_class_t driver = {
#if H5_VERSION_GE(1, 13, 2)
    .version = H5FD_CLASS_VERSION,
#endif
#if H5_VERSION_GE(1, 13, 0)
    .value = (H5FD_class_value_t)510,  // of the range for tests and trials
#endif
    .name = "simrun",
    .maxaddr = (haddr_t)INT64_MAX,
    .fc_degree = H5F_CLOSE_STRONG,
    .fapl_size = sizeof(struct target),
    .open = driver_open,
    .close = driver_close,
    .cmp = driver_compare,
    .query = driver_query,
    .get_eoa = driver_get_eoa,
    .set_eoa = driver_set_eoa,
    .get_eof = driver_get_eof,
    .read = driver_read,
    .write = driver_write,
    .truncate = driver_truncate,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

/* The number HDF5 gave the driver; asked for anew when HDF5 was closed. */
static hid_t driver_id(void) {
  static hid_t id = H5I_INVALID_HID;
  if (H5Iget_type(id) != H5I_VFL) {
    id = H5FDregister(&driver);
  }
  return id;
}

hid_t sim_result_driver_access(struct sim_blockfile *blocks,
                               struct sim_error *failure) {
  const struct target target = {blocks, failure};
  const hid_t id = driver_id();
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  if (access < 0 || id < 0) {
    return H5I_INVALID_HID;
  }
  if (H5Pset_driver(access, id, &target) < 0 ||
      H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) < 0) {
    H5Pclose(access);
    return H5I_INVALID_HID;
  }
  return access;
}
