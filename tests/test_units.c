/* tests/test_units.c -- quantities are read as written and survive a round trip
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/units.h"

#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check.h"
#include "tests/folder.h"

static double read_as(const char *text, const char *unit) {
  double value = -77;
  const enum sim_unit_flaw flaw = sim_unit_parse(text, unit, &value);
  if (flaw) {
    fail_msg("\"%s\" is not read as %s: flaw %d", text, unit, (int)flaw);
  }
  return value;
}

/* The flaw, after a check that the value is left alone. */
static enum sim_unit_flaw flaw_of(const char *text, const char *unit) {
  double value = -77;
  const enum sim_unit_flaw flaw = sim_unit_parse(text, unit, &value);
  if (flaw && value != -77) {
    fail_msg("\"%s\" changed the value", text);
  }
  return flaw;
}

static void check_same_bits(double got, double want, const char *text) {
  if (memcmp(&got, &want, sizeof got) != 0) {
    fail_msg("%s: got %.17g, want %.17g", text, got, want);
  }
}

static void a_quantity_is_the_double_nearest_to_it(void **state) {
  (void)state;
  static const struct {
    const char *text, *unit;
    double want;
  } cases[] = {
      {"100 mV", "V", 100e-3},
      {"1uS", "S", 1e-6},
      {"25 fF", "F", 25e-15},
      {"300 K", "K", 300},
      {"1e-6", "S", 1e-6},
      {"1e-6 S", "S", 1e-6},
      {"1.5e3mV", "V", 1.5},
      {"-3.3 ns", "s", -3.3e-9},
      {"+5 MHz", "Hz", 5e6},
      {"2 GW", "W", 2e9},
      {"7 TJ", "J", 7e12},
      {"4 pC", "C", 4e-12},
      {"9 nm", "m", 9e-9},
      {"9 m", "m", 9},
      {"9 mm", "m", 9e-3},
      {"10 kOhm", "Ohm", 10e3},
      {"10 kohm", "Ohm", 10e3},
      {"10 k\u03a9", "Ohm", 10e3},
      {"3 \u00b5S", "S", 3e-6},
      {"3 \u03bcS", "S", 3e-6},
      {"0.1", "1", 0.1},
      {".5", "1", 0.5},
      {"5.", "1", 5},
      {"-0", "1", -0.0},
      {"0", "V", 0},
      {"0e5", "V", 0},
      {"1E3", "1", 1000},
      {"2 nV/sqrt(Hz)", "V/sqrt(Hz)", 2e-9},
      {"2 V^2/Hz", "V^2/Hz", 2},
      {"5e-324", "1", 5e-324},
      {"1e308", "1", 1e308},
      {"1e300 nV", "V", 1e291},
      {"5 1/s", "1/s", 5},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    check_same_bits(read_as(cases[i].text, cases[i].unit), cases[i].want,
                    cases[i].text);
  }
}

static void milli_and_mega_are_told_apart(void **state) {
  (void)state;
  CHECK(read_as("1 mS", "S") == 1e-3);
  CHECK(read_as("1 MS", "S") == 1e6);
  CHECK(flaw_of("1 MEGS", "S") == SIM_UNIT_OTHER);
  CHECK(flaw_of("1 KV", "V") == SIM_UNIT_OTHER);
}

static void what_is_no_number_is_refused(void **state) {
  (void)state;
  static const char *const texts[] = {
      "",  "fast", "nan", "inf", "-inf", ".inf", ".nan",     "NaN", "mV",
      "-", "+",    ".",   "e5",  "--1",  " 1",   "infinity", "-.e1"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    if (flaw_of(texts[i], "V") != SIM_UNIT_NO_NUMBER) {
      fail_msg("\"%s\" passed", texts[i]);
    }
  }
}

static void octal_hexadecimal_and_underscores_are_refused(void **state) {
  (void)state;
  static const char *const texts[] = {"012",  "0x10", "1_000", "-012",
                                      "00.5", "00",   "0xV"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    if (flaw_of(texts[i], "V") != SIM_UNIT_SPELLING) {
      fail_msg("\"%s\" passed", texts[i]);
    }
  }
}

static void another_unit_is_refused(void **state) {
  (void)state;
  static const char *const texts[] = {"3 A",   "3 m",   "3 v",  "3 mv",
                                      "1:30",  "3 V V", "3 V ", "1,5",
                                      "3 mmV", "1e V",  "3 tau"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    if (flaw_of(texts[i], "V") != SIM_UNIT_OTHER) {
      fail_msg("\"%s\" passed", texts[i]);
    }
  }
  CHECK(flaw_of("3 k", "1") == SIM_UNIT_OTHER);
  CHECK(flaw_of("3 1", "1") == SIM_UNIT_OTHER);
  CHECK(flaw_of("3 mV^2", "V^2") == SIM_UNIT_OTHER);
}

static void what_no_double_holds_is_refused(void **state) {
  (void)state;
  CHECK(flaw_of("1e999", "1") == SIM_UNIT_LARGE);
  CHECK(flaw_of("-1e308 kV", "V") == SIM_UNIT_LARGE);
  CHECK(flaw_of("1e99999999999999999999", "1") == SIM_UNIT_LARGE);
  CHECK(flaw_of("1e-999", "1") == SIM_UNIT_SMALL);
  CHECK(flaw_of("1e-323 fV", "V") == SIM_UNIT_SMALL);
  CHECK(read_as("0e999", "1") == 0);
}

static void a_number_of_more_than_1000_characters_is_refused(void **state) {
  (void)state;
  char text[SIM_NUMBER_CHARS + 2];
  memset(text, '1', sizeof text);
  text[1] = '.';
  text[SIM_NUMBER_CHARS] = '\0';
  CHECK(flaw_of(text, "1") == SIM_UNIT_FINE);
  text[SIM_NUMBER_CHARS] = '1';
  text[SIM_NUMBER_CHARS + 1] = '\0';
  CHECK(flaw_of(text, "1") == SIM_UNIT_NO_NUMBER);
}

static void a_value_is_written_with_a_fitting_prefix(void **state) {
  (void)state;
  static const struct {
    double value;
    const char *unit, *want;
  } cases[] = {
      {0.1, "V", "100 mV"},
      {1e-6, "S", "1 uS"},
      {25e-15, "F", "25 fF"},
      {300, "K", "300 K"},
      {0, "S", "0 S"},
      {-1.5e4, "V", "-15 kV"},
      {999.5, "Hz", "999.5 Hz"},
      {1e-16, "F", "1e-16 F"},
      {1e15, "Hz", "1e+15 Hz"},
      {0.3, "1", "0.3"},
      {1e-3, "1", "0.001"},
      {1e-9, "1", "1e-09"},
      {4e-9, "V^2", "4e-09 V^2"},
      {12.5e-9, "m", "12.5 nm"},
      {0.1 + 0.2, "V", "300.00000000000004 mV"},
      {0.1234567890123456, "1", "0.1234567890123456"},
      {-0.0, "V", "-0 V"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char text[SIM_UNIT_TEXT];
    assert_string_equal(sim_unit_format(cases[i].value, cases[i].unit, text),
                        cases[i].want);
  }
}

/* A double with random bits; most of its exponents lie far from prefixes. */
static double random_double(uint64_t *seed) {
  *seed = *seed * 6364136223846793005u + 1442695040888963407u;
  const uint64_t bits = *seed ^ *seed >> 29;
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static void written_values_read_back_to_the_same_bits(void **state) {
  (void)state;
  static const char *const units[] = {"V", "1", "Ohm", "m", "V^2/Hz"};
  uint64_t seed = 1;
  for (int i = 0; i < 200000; i++) {
    double value = random_double(&seed);
    if (i % 2) {  // sizes that take a prefix
      value = ldexp(frexp(value, &(int){0}), i % 120 - 60);
    }
    const char *unit = units[i % 5];
    if (isfinite(value)) {
      char text[SIM_UNIT_TEXT];
      sim_unit_format(value, unit, text);
      check_same_bits(read_as(text, unit), value, text);
    }
  }
}

/* Switch to a locale whose decimal sign is a comma, one made for the purpose
 * in `folder` when none is installed. */
static bool set_comma_locale(const char *folder) {
  static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8",
                                      "nl_NL.UTF-8", "ru_RU.UTF-8"};
  char command[256];
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (setlocale(LC_ALL, names[i])) {
      return localeconv()->decimal_point[0] == ',';
    }
  }
  snprintf(command, sizeof command,
           "localedef -i de_DE -f UTF-8 '%s/de_DE.UTF-8' >'%s/log' 2>&1",
           folder, folder);
  return system(command) == 0 && setenv("LOCPATH", folder, 1) == 0 &&
         setlocale(LC_ALL, "de_DE.UTF-8") &&
         localeconv()->decimal_point[0] == ',';
}

static void numbers_keep_the_dot_in_a_locale_with_comma(void **state) {
  (void)state;
  char folder[64], text[SIM_UNIT_TEXT];
  folder_make(folder);
  const bool is_comma = set_comma_locale(folder);
  const double value = read_as("1.5 mV", "V");
  const enum sim_unit_flaw comma = flaw_of("1,5 mV", "V");
  sim_unit_format(1.25e-6, "S", text);
  setlocale(LC_ALL, "C");
  folder_remove(folder);
  if (!is_comma) {
    skip();
  }
  CHECK(value == 1.5e-3);
  CHECK(comma == SIM_UNIT_OTHER);
  assert_string_equal(text, "1.25 uS");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_quantity_is_the_double_nearest_to_it),
      cmocka_unit_test(milli_and_mega_are_told_apart),
      cmocka_unit_test(what_is_no_number_is_refused),
      cmocka_unit_test(octal_hexadecimal_and_underscores_are_refused),
      cmocka_unit_test(another_unit_is_refused),
      cmocka_unit_test(what_no_double_holds_is_refused),
      cmocka_unit_test(a_number_of_more_than_1000_characters_is_refused),
      cmocka_unit_test(a_value_is_written_with_a_fitting_prefix),
      cmocka_unit_test(written_values_read_back_to_the_same_bits),
      cmocka_unit_test(numbers_keep_the_dot_in_a_locale_with_comma),
  };
  return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
