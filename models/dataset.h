/* models/dataset.h -- samples to learn from, read from HDF5, CSV or IDX
 *
 *   x = a + (b - a) (raw - low)/(high - low)
 *
 * maps the full scale [low, high] of the source to the range [a, b] of the
 * model. The map is linear everywhere: values beyond the full scale land
 * beyond the range.
 *
 * The kind of a file shows in its first bytes, not in its name:
 *   HDF5  signature \211HDF; a numeric dataset (n, dim) or (n, h, w), and
 *         possibly an integer dataset of labels (n)
 *   IDX   magic 0 0 8 2 or 0 0 8 3: unsigned bytes (n, dim) or (n, h, w),
 *         big-endian sizes; labels in a file of their own, magic 0 0 8 1
 *   CSV   anything else: a line per sample, dim numbers and possibly an
 *         integer class, separated by commas. Empty lines and lines that
 *         begin with # are skipped
 * IDX and CSV may be compressed by gzip.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODELS_DATASET_H
#define MODELS_DATASET_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/error.h"

#define MODEL_DATASET_MAX_VALUES ((size_t)1 << 28)  // 2 GiB as doubles
#define MODEL_DATASET_MAX_CLASSES 65536

struct model_dataset {
  size_t n;          // samples
  size_t dim;        // values per sample
  double *values;    // [1] (n x dim) row-major, scaled
  int *labels;       // [1] (n) class from 0, or NULL if the source has none
  size_t n_classes;  // largest label + 1; 0 without labels
};

/* Where samples come from. Zeros are valid except in `file` and `range`. */
struct model_dataset_source {
  const char *file;
  const char *labels_file;  // nullable: IDX file of labels; for IDX only
  const char *images;       // nullable: HDF5 name of the values, "images"
  const char *labels;       // nullable: HDF5 name of the labels, "labels";
                            // that default may be missing in the file
  size_t dim;               // values per sample; 0: what the file has. A CSV
                            // line may hold a label after `dim` values; with
                            // dim = 0 every column is a value
  bool has_full_scale;      // else: HDF5 attribute `valid_range` of the values
                            // (which must then lie inside), IDX 0 to 255,
                            // CSV the smallest and the largest value
  double full_scale[2];     // low < high, in the unit of the source
  double range[2];          // [1] a < b
};

/* Read the whole file into `set`, which the caller releases with
 * model_dataset_finish. On failure `set` is empty: SIM_ECONFIG for a source
 * that contradicts itself or the kind of file, SIM_EIO for a file that is
 * missing, cut off, damaged or holds something else than finite numbers and
 * classes from 0 to MODEL_DATASET_MAX_CLASSES - 1, SIM_EFAIL without memory.
 * The message names the file, the line or record, what was expected and what
 * was found. */
enum sim_status model_dataset_load(struct model_dataset *set,
                                   const struct model_dataset_source *source,
                                   struct sim_error *err);

/* Free the arrays and empty `set`; an empty one is fine. */
void model_dataset_finish(struct model_dataset *set);

#endif
