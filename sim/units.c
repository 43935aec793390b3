/* sim/units.c -- numbers with units, as people write them
 *
 * A prefix never multiplies: it moves the decimal exponent in the text, so
 * strtod rounds the whole quantity once and formatting can undo it exactly.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/units.h"

#include <assert.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPONENT_MAX 100000  // any exponent beyond stands for "far too much"
#define MAX_DIGITS 17        // enough to tell every double from the next

static const struct prefix {
  const char *text;
  int exponent;
} prefixes[] =
    {
        {"f", -15},     {"p", -12}, {"n", -9},      {"u", -6},
        {"m", -3},      {"", 0},    {"k", 3},       {"M", 6},
        {"G", 9},       {"T", 12},  {"\u00b5", -6},  // micro sign
        {"\u03bc", -6},                              // Greek small mu
};
#define N_PREFIXES (sizeof prefixes / sizeof prefixes[0])

static const char *const ohms[] = {"Ohm", "ohm", "\u03a9", "\u2126"};
#define N_OHMS (sizeof ohms / sizeof ohms[0])

struct number {
  const char *mantissa;
  size_t n_mantissa;  // with sign and dot
  int exponent;       // of ten, as written
  const char *rest;   // what follows the number
};

/* ------------------------------------------------- without the locale */

/* The C locale. The C library keeps it built in, so this cannot fail. */
static locale_t c_locale(void) {
  locale_t locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  assert(locale);
  return locale;
}

static double to_double(const char *text) {
  locale_t locale = c_locale();
  const double value = strtod_l(text, NULL, locale);
  freelocale(locale);
  return value;
}

/* snprintf(text, size, format, digits, value) with a decimal dot. */
static void print_double(char *text, size_t size, bool is_exponent, int digits,
                         double value) {
  locale_t locale = c_locale();
  locale_t before = uselocale(locale);
  if (is_exponent) {
    snprintf(text, size, "%.*e", digits - 1, value);
  } else {
    snprintf(text, size, "%.*g", digits, value);
  }
  uselocale(before);
  freelocale(locale);
}

/* ------------------------------------------------------------ reading */

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static const char *skip_digits(const char *at) {
  while (is_digit(*at)) {
    at++;
  }
  return at;
}

/* Read an exponent such as "e-6" at `at`, if there is one, and return what
 * follows it. */
static const char *scan_exponent(const char *at, int *exponent) {
  *exponent = 0;
  if (*at != 'e' && *at != 'E') {
    return at;
  }
  const char *digit = at + 1;
  const int sign = *digit == '-' ? -1 : 1;
  digit += *digit == '-' || *digit == '+';
  if (!is_digit(*digit)) {
    return at;
  }
  int size = 0;
  for (; is_digit(*digit); digit++) {
    size = size < EXPONENT_MAX ? size * 10 + (*digit - '0') : EXPONENT_MAX;
  }
  *exponent = sign * size;
  return digit;
}

static enum sim_unit_flaw scan_number(const char *text, struct number *number) {
  const char *at = text + (*text == '+' || *text == '-');
  const char *first = at;
  at = skip_digits(at);
  const size_t n_whole = (size_t)(at - first);
  size_t n_fraction = 0;
  if (*at == '.') {
    const char *end = skip_digits(at + 1);
    n_fraction = (size_t)(end - at - 1);
    at = end;
  }
  if (n_whole + n_fraction == 0 || at - text > SIM_NUMBER_CHARS) {
    return SIM_UNIT_NO_NUMBER;
  }
  if ((n_whole > 1 && *first == '0') || *at == '_' || *at == 'x') {
    return SIM_UNIT_SPELLING;
  }
  number->mantissa = text;
  number->n_mantissa = (size_t)(at - text);
  number->rest = scan_exponent(at, &number->exponent);
  return SIM_UNIT_FINE;
}

/* A prefix goes before a letter; "mV^2" could mean two things. */
static bool takes_prefix(const char *unit) {
  return !is_digit(unit[0]) && !strchr(unit, '^');
}

static bool is_same_unit(const char *text, const char *unit) {
  if (strcmp(unit, "Ohm") != 0) {
    return strcmp(text, unit) == 0;
  }
  for (size_t i = 0; i < N_OHMS; i++) {
    if (strcmp(text, ohms[i]) == 0) {
      return true;
    }
  }
  return false;
}

/* Find the exponent that the prefix in `text` adds; false when `text` is not
 * in `unit`. */
static bool find_prefix(const char *text, const char *unit, int *exponent) {
  *exponent = 0;
  if (*text == '\0') {
    return true;
  }
  if (!takes_prefix(unit)) {
    return is_same_unit(text, unit) && strcmp(unit, "1") != 0;
  }
  for (size_t i = 0; i < N_PREFIXES; i++) {
    const size_t n = strlen(prefixes[i].text);
    if (strncmp(text, prefixes[i].text, n) == 0 &&
        is_same_unit(text + n, unit)) {
      *exponent = prefixes[i].exponent;
      return true;
    }
  }
  return false;
}

static bool has_nonzero_digit(const struct number *number) {
  for (size_t i = 0; i < number->n_mantissa; i++) {
    if (number->mantissa[i] >= '1' && number->mantissa[i] <= '9') {
      return true;
    }
  }
  return false;
}

static enum sim_unit_flaw convert(const struct number *number, int exponent,
                                  double *value) {
  char text[SIM_NUMBER_CHARS + 32];
  memcpy(text, number->mantissa, number->n_mantissa);
  snprintf(text + number->n_mantissa, sizeof text - number->n_mantissa, "e%d",
           number->exponent + exponent);
  const double read = to_double(text);
  if (!isfinite(read)) {
    return SIM_UNIT_LARGE;
  }
  if (read == 0 && has_nonzero_digit(number)) {
    return SIM_UNIT_SMALL;
  }
  *value = read;
  return SIM_UNIT_FINE;
}

enum sim_unit_flaw sim_unit_parse(const char *text, const char *unit,
                                  double *value) {
  struct number number;
  const enum sim_unit_flaw flaw = scan_number(text, &number);
  if (flaw) {
    return flaw;
  }
  const char *suffix = number.rest + strspn(number.rest, " ");
  int exponent;
  if (!find_prefix(suffix, unit, &exponent)) {
    return SIM_UNIT_OTHER;
  }
  return convert(&number, exponent, value);
}

/* ------------------------------------------------------------ writing */

/* The fewest digits, from 15 on, that give `value` back. */
static int count_digits(double value) {
  char text[SIM_UNIT_TEXT];
  for (int digits = 15; digits < MAX_DIGITS; digits++) {
    print_double(text, sizeof text, true, digits, value);
    if (to_double(text) == value) {
      return digits;
    }
  }
  return MAX_DIGITS;
}

static const char *find_prefix_text(int exponent) {
  for (size_t i = 0; i < N_PREFIXES; i++) {
    if (prefixes[i].exponent == exponent) {
      return prefixes[i].text;
    }
  }
  return NULL;
}

/* Write "d.ddd" times ten to `shift` (0, 1 or 2) without an exponent: the
 * digits of `scientific` with the dot moved. Returns the end. */
static char *move_dot(char *out, const char *scientific, int shift) {
  char digits[MAX_DIGITS + 1];
  size_t n = 0;
  for (const char *at = scientific; *at != 'e'; at++) {
    if (is_digit(*at)) {
      digits[n++] = *at;
    }
  }
  while (n > 1 && digits[n - 1] == '0') {
    n--;
  }
  const size_t n_whole = (size_t)shift + 1;
  for (size_t i = 0; i < n_whole; i++) {
    *out++ = i < n ? digits[i] : '0';
  }
  if (n > n_whole) {
    *out++ = '.';
    memcpy(out, digits + n_whole, n - n_whole);
    out += n - n_whole;
  }
  return out;
}

/* Write `value` with a prefix; false when no prefix fits its size. */
static bool format_with_prefix(double value, int digits, const char *unit,
                               char text[SIM_UNIT_TEXT]) {
  char scientific[SIM_UNIT_TEXT];
  print_double(scientific, sizeof scientific, true, digits, value);
  const int exponent = atoi(strchr(scientific, 'e') + 1);
  const int shift = ((exponent % 3) + 3) % 3;
  const char *prefix = find_prefix_text(exponent - shift);
  if (!prefix) {
    return false;
  }
  char *end = text;
  if (signbit(value)) {
    *end++ = '-';
  }
  end = move_dot(end, scientific, shift);
  snprintf(end, SIM_UNIT_TEXT - (size_t)(end - text), " %s%s", prefix, unit);
  return true;
}

const char *sim_unit_format(double value, const char *unit,
                            char text[SIM_UNIT_TEXT]) {
  assert(isfinite(value) && strlen(unit) < 24);
  const int digits = count_digits(value);
  if (takes_prefix(unit) && format_with_prefix(value, digits, unit, text)) {
    return text;
  }
  print_double(text, SIM_UNIT_TEXT, false, digits, value);
  if (strcmp(unit, "1") != 0) {
    const size_t n = strlen(text);
    snprintf(text + n, SIM_UNIT_TEXT - n, " %s", unit);
  }
  return text;
}
