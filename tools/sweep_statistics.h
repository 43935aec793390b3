/* tools/sweep_statistics.h -- what the chips of a point have in common
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SWEEP_STATISTICS_H
#define TOOL_SWEEP_STATISTICS_H

#include <stddef.h>

struct tool_interval {
  double low, high;
};

/* Interval of a share of which n_good of n trials were seen; n = 0: [0, 1].
 * E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209. `confidence` in (0, 1),
 * e.g. 0.95. */
struct tool_interval tool_wilson(size_t n_good, size_t n, double confidence);

struct tool_summary {
  size_t n;                   // finite values
  double mean;                // NAN without any
  double standard_deviation;  // with n - 1; NAN for fewer than two
};

/* Sort the finite values to the front of `values` (n) and summarise them. */
struct tool_summary tool_summarise(size_t n, double *values);

/* Quantile of `n` sorted values, linear between them (type 7 of Hyndman and
 * Fan, Am. Stat. 50 (1996) 361); NAN without any. */
double tool_quantile(size_t n, const double *sorted, double share);

#endif
