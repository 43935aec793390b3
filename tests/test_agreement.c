/* tests/test_agreement.c -- two gradients compared, and the blocks of one
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/agreement.h"

#include <math.h>
#include <string.h>

#include "models/layout.h"
#include "tests/check.h"

static void vectors_at_60_degrees_agree_by_a_half(void **state) {
  (void)state;
  const double exact[] = {2, 0};
  const double measured[] = {1.5, 1.5 * sqrt(3.0)};
  const struct model_agreement found = model_agreement_of(2, measured, exact);
  CHECK_NEAR(found.cosine, 0.5, 1e-15);
  CHECK_NEAR(found.norm_ratio, 1.5, 1e-15);
  // |m - e|^2 = 9 + 4 - 2 . 3
  CHECK_NEAR(found.relative_error, sqrt(7.0) / 2, 1e-15);
}

static void a_measured_gradient_of_zero_has_no_direction(void **state) {
  (void)state;
  const double exact[] = {1, -1, 3}, measured[3] = {0};
  const struct model_agreement found = model_agreement_of(3, measured, exact);
  CHECK(isnan(found.cosine) && !signbit(found.cosine));  // printed as nan
  CHECK(found.norm_ratio == 0);
  CHECK(found.relative_error == 1);
}

static void blocks_are_all_of_theta_in_order(void **state) {
  (void)state;
  static const size_t width[] = {3, 5, 2, 4};
  static const char *const names[] = {"weight_0", "weight_1", "weight_2",
                                      "bias_0",   "bias_1",   "bias_2",
                                      "bias_3"};
  static const size_t sizes[] = {15, 10, 8, 3, 5, 2, 4};
  const struct model_layout layout = model_layout_make(4, width);
  size_t at = 0;
  assert_int_equal(model_layout_n_blocks(&layout), 7);
  for (size_t i = 0; i < 7; i++) {
    const struct model_block block = model_layout_block(&layout, i);
    assert_string_equal(block.name, names[i]);
    assert_int_equal(block.at, at);
    assert_int_equal(block.n, sizes[i]);
    at += block.n;
  }
  assert_int_equal(at, layout.n_parameters);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(vectors_at_60_degrees_agree_by_a_half),
      cmocka_unit_test(a_measured_gradient_of_zero_has_no_direction),
      cmocka_unit_test(blocks_are_all_of_theta_in_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
