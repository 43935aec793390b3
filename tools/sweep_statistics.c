/* tools/sweep_statistics.c -- what the chips of a point have in common
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_statistics.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

struct tool_interval tool_wilson(size_t n_good, size_t n, double confidence) {
  if (n == 0) {
    return (struct tool_interval){0, 1};
  }
  const double size = (double)n, p = (double)n_good / size;
  const double z = gsl_cdf_ugaussian_Pinv(0.5 + 0.5 * confidence);
  const double centre = p + z * z / (2 * size);
  const double half = z * sqrt(p * (1 - p) / size + z * z / (4 * size * size));
  const double scale = 1 + z * z / size;
  // At the ends the two terms are equal but for rounding.
  return (struct tool_interval){n_good == 0 ? 0 : (centre - half) / scale,
                                n_good == n ? 1 : (centre + half) / scale};
}

struct tool_summary tool_summarise(size_t n, double *values) {
  struct tool_summary s = {0, (double)NAN, (double)NAN};
  for (size_t i = 0; i < n; i++) {
    if (isfinite(values[i])) {
      values[s.n++] = values[i];
    }
  }
  gsl_sort(values, 1, s.n);
  if (s.n > 0) {
    s.mean = gsl_stats_mean(values, 1, s.n);
  }
  if (s.n > 1) {
    s.standard_deviation = gsl_stats_sd_m(values, 1, s.n, s.mean);
  }
  return s;
}

double tool_quantile(size_t n, const double *sorted, double share) {
  return n > 0 ? gsl_stats_quantile_from_sorted_data(sorted, 1, n, share)
               : (double)NAN;
}
