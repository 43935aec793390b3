/* tests/test_random.c -- streams are Philox4x64-10, named by their address
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <Random123/philox.h>
#include <gsl/gsl_randist.h>
#include <string.h>

#include "sim/random.h"
#include "tests/check.h"

#define N_DRAWS 200000u
#define N_PAIRS 20000u
#define N_BLOCK 4u  // 64-bit numbers in a block

static const struct sim_address somewhere = {.seed = 7,
                                             .purpose = SIM_DRAW_NOISE,
                                             .chip = 3,
                                             .epoch = 5,
                                             .sample = 11,
                                             .device = 13};

/* Block number `draw` of the stream, from the library alone. */
static philox4x64_ctr_t block_of(const struct sim_address *at, uint64_t draw) {
  const philox4x64_ctr_t counter = {{draw, at->epoch, at->sample, at->device}};
  const philox4x64_key_t key = {
      {at->seed, (uint64_t)at->purpose << 32 | at->chip}};
  return philox4x64_R(10, counter, key);
}

/* The next 64 bits of a stream, low half first. */
static uint64_t next_word(gsl_rng *rng) {
  const uint64_t low = gsl_rng_get(rng);
  return low | (uint64_t)gsl_rng_get(rng) << 32;
}

static void check_first_block(const struct sim_address *at,
                              const uint64_t want[N_BLOCK]) {
  struct sim_stream stream;
  gsl_rng *rng = sim_stream_open(&stream, at);
  for (size_t i = 0; i < N_BLOCK; i++) {
    assert_int_equal(next_word(rng), want[i]);
  }
}

// The vectors that Random123 publishes for philox4x64 with 10 rounds.
static void zeros_give_the_published_block(void **state) {
  (void)state;
  const struct sim_address zeros = {0};
  const uint64_t want[] = {0x16554d9eca36314c, 0xdb20fe9d672d0fdc,
                           0xd7e772cee186176b, 0x7e68b68aec7ba23b};
  check_first_block(&zeros, want);
}

static void the_library_gives_the_published_blocks(void **state) {
  (void)state;
  const uint64_t ones = UINT64_MAX;
  const struct {
    philox4x64_ctr_t counter;
    philox4x64_key_t key;
    uint64_t block[N_BLOCK];
  } known[] = {
      {{{ones, ones, ones, ones}},
       {{ones, ones}},
       {0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6,
        0xa09caebf594f0ba0}},
      {{{0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0,
         0x082efa98ec4e6c89}},
       {{0x452821e638d01377, 0xbe5466cf34e90c6c}},
       {0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5,
        0x57bd43b5e52b7fe6}},
  };
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    const philox4x64_ctr_t got =
        philox4x64_R(10, known[i].counter, known[i].key);
    assert_memory_equal(got.v, known[i].block, sizeof got.v);
  }
}

static void blocks_need_no_stream(void **state) {
  (void)state;
  for (uint64_t draw = 0; draw < 3; draw++) {
    const philox4x64_ctr_t want = block_of(&somewhere, draw);
    uint64_t got[N_BLOCK];
    sim_random_block(&somewhere, draw, got);
    assert_memory_equal(got, want.v, sizeof got);
  }
}

static void a_row_is_the_blocks_of_its_samples(void **state) {
  (void)state;
  enum { SAMPLES = 5 };
  uint64_t row[N_BLOCK * SAMPLES], got[N_BLOCK];
  sim_random_row(&somewhere, 11, SAMPLES, row);
  for (uint64_t k = 0; k < SAMPLES; k++) {
    struct sim_address at = somewhere;
    at.sample += k;
    sim_random_block(&at, 11, got);
    for (size_t j = 0; j < N_BLOCK; j++) {
      assert_true(row[j * SAMPLES + k] == got[j]);
    }
  }
}

static void every_part_of_the_address_has_its_place(void **state) {
  (void)state;
  const struct sim_address large = {.seed = 0x452821e638d01377,
                                    .purpose = (enum sim_purpose)0x3e5466cf,
                                    .chip = 0xf4e90c6c,
                                    .epoch = 0x13198a2e03707344,
                                    .sample = 0xa4093822299f31d0,
                                    .device = 0x082efa98ec4e6c89};
  const philox4x64_ctr_t counter = {
      {0, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89}};
  const philox4x64_key_t key = {{0x452821e638d01377, 0x3e5466cff4e90c6c}};
  check_first_block(&large, philox4x64_R(10, counter, key).v);
}

// A renumbered purpose would change what a seed means.
static void purposes_keep_their_numbers(void **state) {
  (void)state;
  assert_int_equal(SIM_DRAW_WEIGHTS, 1);
  assert_int_equal(SIM_DRAW_NOISE, 2);
  assert_int_equal(SIM_DRAW_TIME, 3);
  assert_int_equal(SIM_DRAW_PAIRS, 4);
  assert_int_equal(SIM_DRAW_GENERATE, 5);
}

static void halves_run_through_the_blocks_in_order(void **state) {
  (void)state;
  struct sim_stream stream;
  gsl_rng *rng = sim_stream_open(&stream, &somewhere);
  for (size_t i = 0; i < 10 * N_BLOCK; i++) {
    const uint64_t want = block_of(&somewhere, i / N_BLOCK).v[i % N_BLOCK];
    assert_int_equal(next_word(rng), want);
  }
}

static void a_double_is_the_upper_53_bits_of_a_word(void **state) {
  (void)state;
  struct sim_stream stream;
  gsl_rng *rng = sim_stream_open(&stream, &somewhere);
  uint64_t seen = 0;
  for (size_t i = 0; i < N_DRAWS; i++) {
    const uint64_t word = block_of(&somewhere, i / N_BLOCK).v[i % N_BLOCK];
    const double x = gsl_rng_uniform(rng);
    CHECK(x == (double)(word >> 11) / 9007199254740992.0);
    CHECK(x >= 0 && x < 1);
    seen |= (uint64_t)(x * 0x1p53);
  }
  assert_int_equal(seen, (UINT64_C(1) << 53) - 1);  // no bit is always 0
}

/* Halves and doubles in any order use the words one after the other: a double
 * takes the next whole word, and a half never shares a word with a double. */
static void mixed_draws_neither_repeat_nor_skip_a_word(void **state) {
  (void)state;
  struct sim_stream stream, coin_stream;
  const struct sim_address coins = {.seed = 1};
  gsl_rng *rng = sim_stream_open(&stream, &somewhere);
  gsl_rng *coin = sim_stream_open(&coin_stream, &coins);
  size_t half = 0;  // index of the next half
  for (size_t i = 0; i < 20000; i++) {
    const int is_double = gsl_rng_get(coin) & 1u;
    half += is_double ? half % 2 : 0;
    const size_t word = half / 2;
    const uint64_t bits =
        block_of(&somewhere, word / N_BLOCK).v[word % N_BLOCK];
    if (is_double) {
      CHECK(gsl_rng_uniform(rng) == (double)(bits >> 11) * 0x1p-53);
    } else {
      assert_int_equal(gsl_rng_get(rng), bits >> 32 * (half % 2) & 0xffffffff);
    }
    half += is_double ? 2 : 1;
  }
}

static void the_same_address_gives_the_same_numbers(void **state) {
  (void)state;
  struct sim_stream first, second;
  gsl_rng *a = sim_stream_open(&first, &somewhere);
  memset(&second, 0xa5, sizeof second);  // what was there does not matter
  gsl_rng *b = sim_stream_open(&second, &somewhere);
  for (size_t i = 0; i < 1000; i++) {
    CHECK(gsl_ran_gaussian_ziggurat(a, 1) == gsl_ran_gaussian_ziggurat(b, 1));
  }
  sim_stream_open(&first, &somewhere);
  sim_stream_open(&second, &somewhere);
  assert_int_equal(next_word(a), next_word(b));
}

static void the_order_of_opening_and_drawing_does_not_matter(void **state) {
  (void)state;
  struct sim_address other = somewhere;
  other.device++;
  struct sim_stream s, t;
  double alone[2][10], mixed[2][10];
  gsl_rng *a = sim_stream_open(&s, &somewhere);
  for (size_t i = 0; i < 10; i++) {
    alone[0][i] = gsl_rng_uniform(a);
  }
  gsl_rng *b = sim_stream_open(&t, &other);
  for (size_t i = 0; i < 10; i++) {
    alone[1][i] = gsl_rng_uniform(b);
  }
  b = sim_stream_open(&t, &other);
  a = sim_stream_open(&s, &somewhere);
  for (size_t i = 0; i < 10; i++) {
    mixed[1][i] = gsl_rng_uniform(b);
    mixed[0][i] = gsl_rng_uniform(a);
  }
  assert_memory_equal(alone, mixed, sizeof alone);
}

static void a_seed_of_gsl_is_ignored(void **state) {
  (void)state;
  struct sim_stream stream;
  gsl_rng *rng = sim_stream_open(&stream, &somewhere);
  gsl_rng_set(rng, 99);
  assert_int_equal(next_word(rng), block_of(&somewhere, 0).v[0]);
}

/* Sums of x, x^2, ... are within 5 standard errors of their expectation. */
static void uniforms_have_mean_and_variance(void **state) {
  (void)state;
  struct sim_stream stream;
  gsl_rng *rng = sim_stream_open(&stream, &somewhere);
  double sum = 0, squares = 0;
  for (size_t i = 0; i < N_DRAWS; i++) {
    const double x = gsl_rng_uniform(rng) - 0.5;
    sum += x;
    squares += x * x;
  }
  const double n = N_DRAWS;
  CHECK_NEAR(sum / n, 0, 5 * sqrt(1.0 / 12 / n));
  CHECK_NEAR(squares / n, 1.0 / 12, 5 * sqrt(1.0 / 180 / n));
}

static void gaussians_have_mean_variance_skewness_and_kurtosis(void **state) {
  (void)state;
  struct sim_stream stream;
  gsl_rng *rng = sim_stream_open(&stream, &somewhere);
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0;
  for (size_t i = 0; i < N_DRAWS; i++) {
    const double x = gsl_ran_gaussian_ziggurat(rng, 1);
    m1 += x;
    m2 += x * x;
    m3 += x * x * x;
    m4 += x * x * x * x;
  }
  // Variances of x, x^2, x^3, x^4 are 1, 2, 15, 96.
  const double n = N_DRAWS;
  CHECK_NEAR(m1 / n, 0, 5 * sqrt(1 / n));
  CHECK_NEAR(m2 / n, 1, 5 * sqrt(2 / n));
  CHECK_NEAR(m3 / n, 0, 5 * sqrt(15 / n));
  CHECK_NEAR(m4 / n, 3, 5 * sqrt(96 / n));
}

/* Small integers below n come equally often: chi squared with n - 1 degrees
 * of freedom has mean n - 1 and variance 2 (n - 1). */
static void small_integers_are_equally_frequent(void **state) {
  (void)state;
  enum { n = 1797 };
  struct sim_stream stream;
  gsl_rng *rng = sim_stream_open(&stream, &somewhere);
  double count[n] = {0}, chi2 = 0;
  for (size_t i = 0; i < 100 * n; i++) {
    count[gsl_rng_uniform_int(rng, n)]++;
  }
  for (size_t k = 0; k < n; k++) {
    chi2 += (count[k] - 100) * (count[k] - 100) / 100;
  }
  CHECK_NEAR(chi2, n - 1, 5 * sqrt(2.0 * (n - 1)));
}

static double correlation(const struct sim_address *a,
                          const struct sim_address *b) {
  struct sim_stream s, t;
  gsl_rng *x = sim_stream_open(&s, a), *y = sim_stream_open(&t, b);
  double sum = 0;
  for (size_t i = 0; i < N_PAIRS; i++) {
    sum += gsl_ran_gaussian(x, 1) * gsl_ran_gaussian(y, 1);
  }
  return sum / N_PAIRS;
}

static void neighbours_in_any_part_are_uncorrelated(void **state) {
  (void)state;
  struct sim_address next[6];
  for (size_t i = 0; i < 6; i++) {
    next[i] = somewhere;
  }
  next[0].seed++;
  next[1].purpose = SIM_DRAW_TIME;
  next[2].chip++;
  next[3].epoch++;
  next[4].sample++;
  next[5].device++;
  for (size_t i = 0; i < 6; i++) {
    CHECK_NEAR(correlation(&somewhere, &next[i]), 0, 5 / sqrt(N_PAIRS));
    for (size_t k = 0; k < i; k++) {
      CHECK_NEAR(correlation(&next[k], &next[i]), 0, 5 / sqrt(N_PAIRS));
    }
  }
  CHECK_NEAR(correlation(&somewhere, &somewhere), 1, 5 * sqrt(2.0 / N_PAIRS));
}

static void swapped_parts_are_different_streams(void **state) {
  (void)state;
  const struct sim_address a = {.seed = 1, .chip = 2, .epoch = 3, .sample = 4};
  const struct sim_address b = {.seed = 1, .chip = 2, .epoch = 4, .sample = 3};
  const struct sim_address c = {.seed = 2, .chip = 1, .epoch = 3, .sample = 4};
  CHECK_NEAR(correlation(&a, &b), 0, 5 / sqrt(N_PAIRS));
  CHECK_NEAR(correlation(&a, &c), 0, 5 / sqrt(N_PAIRS));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(zeros_give_the_published_block),
      cmocka_unit_test(the_library_gives_the_published_blocks),
      cmocka_unit_test(blocks_need_no_stream),
      cmocka_unit_test(a_row_is_the_blocks_of_its_samples),
      cmocka_unit_test(every_part_of_the_address_has_its_place),
      cmocka_unit_test(purposes_keep_their_numbers),
      cmocka_unit_test(halves_run_through_the_blocks_in_order),
      cmocka_unit_test(a_double_is_the_upper_53_bits_of_a_word),
      cmocka_unit_test(mixed_draws_neither_repeat_nor_skip_a_word),
      cmocka_unit_test(the_same_address_gives_the_same_numbers),
      cmocka_unit_test(the_order_of_opening_and_drawing_does_not_matter),
      cmocka_unit_test(a_seed_of_gsl_is_ignored),
      cmocka_unit_test(uniforms_have_mean_and_variance),
      cmocka_unit_test(gaussians_have_mean_variance_skewness_and_kurtosis),
      cmocka_unit_test(small_integers_are_equally_frequent),
      cmocka_unit_test(neighbours_in_any_part_are_uncorrelated),
      cmocka_unit_test(swapped_parts_are_different_streams),
  };
  return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
