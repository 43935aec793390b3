/* tests/check.h -- cmocka, and checks whose failure is a sentence
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <math.h>

#include "sim/error.h"

/* |got - want| <= tolerance, also false for NaN. */
#define CHECK_NEAR(got, want, tolerance)                                 \
  do {                                                                   \
    const double got_ = (got), want_ = (want), tolerance_ = (tolerance); \
    if (!(fabs(got_ - want_) <= tolerance_)) {                           \
      fail_msg("%s is %.17g, want %.17g +- %.3g", #got, got_, want_,     \
               tolerance_);                                              \
    }                                                                    \
  } while (0)

/* Relative to the wanted value. */
#define CHECK_REL(got, want, tolerance) \
  CHECK_NEAR(got, want, (tolerance)*fabs(want))

/* The call succeeds; if not, its message is shown. `err` is a variable. */
#define CHECK_OK(call, err)                     \
  do {                                          \
    if ((call) != SIM_OK)                       \
      fail_msg("%s: %s", #call, (err).message); \
  } while (0)

/* The call fails with this status and this whole message. */
#define CHECK_FAILS(call, err, want_status, want_message) \
  do {                                                    \
    assert_int_equal((call), (want_status));              \
    assert_string_equal((err).message, (want_message));   \
  } while (0)

#define CHECK(condition)                    \
  do {                                      \
    if (!(condition))                       \
      fail_msg("not true: %s", #condition); \
  } while (0)

#endif
