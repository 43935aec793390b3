/* tests/test_layout.c -- where nodes and parameters of a network lie
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/layout.h"

#include "tests/check.h"
#include "tests/small_chip.h"

static void theta_of_the_digits_chip_has_24896_parameters(void **state) {
  (void)state;
  const struct model_layout at =
      model_layout_make(3, (const size_t[]){64, 128, 128});
  assert_int_equal(at.n_nodes, 320);
  assert_int_equal(at.n_parameters, 24896);
  assert_int_equal(at.weight_at[0], 0);
  assert_int_equal(at.weight_at[1], 128 * 64);
  assert_int_equal(at.bias_at[0], 128 * 64 + 128 * 128);
  assert_int_equal(at.bias_at[1], at.bias_at[0] + 64);
  assert_int_equal(at.bias_at[2], at.bias_at[1] + 128);
  assert_int_equal(model_layout_weight_size(&at, 0), 128 * 64);
}

static void every_node_lies_in_one_layer(void **state) {
  (void)state;
  const struct model_layout at =
      model_layout_make(4, (const size_t[]){3, 1, 2, 1});
  const size_t layer[] = {0, 0, 0, 1, 2, 2, 3};
  assert_int_equal(at.n_nodes, 7);
  for (size_t i = 0; i < 7; i++) {
    assert_int_equal(model_layout_layer_of(&at, i), layer[i]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(theta_of_the_digits_chip_has_24896_parameters),
      cmocka_unit_test(every_node_lies_in_one_layer),
  };
  return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
