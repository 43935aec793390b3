/* sim/param_store.c -- from the text of one value to a field
 *
 * Each function answers NULL for a good value or the rule that it breaks;
 * the caller adds the place and what was received.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/param_parts.h"
#include "sim/units.h"

#define TAU "tau"

/* -------------------------------------------------------------- rules */

static bool has_range(const struct sim_param *param) {
  return param->low != 0 || param->high != 0;
}

/* A bound as people write it; counts are never "2 k". */
static const char *show_bound(const struct sim_param *param, double bound,
                              char text[SIM_UNIT_TEXT]) {
  return sim_unit_format(bound, sim_param_unit(param), text);
}

static const char *range_rule(const struct sim_param *param, double value,
                              char rule[256]) {
  char bound[SIM_UNIT_TEXT];
  const bool is_open_low = param->open & SIM_OPEN_LOW;
  const bool is_open_high = param->open & SIM_OPEN_HIGH;
  if (!has_range(param)) {
    return NULL;
  }
  if (value < param->low || (is_open_low && value == param->low)) {
    snprintf(rule, 256, "must be %s %s",
             is_open_low ? ">" : ">=", show_bound(param, param->low, bound));
    return rule;
  }
  if (value > param->high || (is_open_high && value == param->high)) {
    snprintf(rule, 256, "must be %s %s",
             is_open_high ? "<" : "<=", show_bound(param, param->high, bound));
    return rule;
  }
  return NULL;
}

void sim_param_range(const struct sim_param *param, char *range, size_t size) {
  char low[SIM_UNIT_TEXT], high[SIM_UNIT_TEXT];
  const char *above = param->open & SIM_OPEN_LOW ? ">" : ">=";
  const char *below = param->open & SIM_OPEN_HIGH ? "<" : "<=";
  range[0] = '\0';
  if (!has_range(param)) {
    return;
  }
  if (isfinite(param->low)) {
    show_bound(param, param->low, low);
  }
  if (isfinite(param->high)) {
    show_bound(param, param->high, high);
  }
  if (isfinite(param->low) && isfinite(param->high)) {
    snprintf(range, size, param->open ? "%s %s and %s %s" : "%.0s%s to %.0s%s",
             above, low, below, high);
  } else if (isfinite(param->low)) {
    snprintf(range, size, "%s %s", above, low);
  } else if (isfinite(param->high)) {
    snprintf(range, size, "%s %s", below, high);
  }
}

/* What a number that could not be read should have been. */
static const char *flaw_rule(enum sim_unit_flaw flaw, const char *unit,
                             const char *word, char rule[256]) {
  const bool is_bare = strcmp(unit, "1") == 0;
  const char * or = word ? " or " : "";
  const char *the_word = word ? word : "";
  switch (flaw) {
    case SIM_UNIT_SPELLING:
      return "must be a plain decimal number (no leading zero, 0x or _)";
    case SIM_UNIT_LARGE:
      return "must be smaller in size than 1.8e308";
    case SIM_UNIT_SMALL:
      return "must be 0 or at least 4.9e-324 in size";
    case SIM_UNIT_OTHER:
      if (is_bare) {
        snprintf(rule, 256, "must be a number without a unit%s%s", or,
                 the_word);
        return rule;
      }
      break;
    default:
      break;
  }
  snprintf(rule, 256,
           is_bare ? "must be a number%.0s%s%s" : "must be a number in %s%s%s",
           unit, or, the_word);
  return rule;
}

/* ------------------------------------------------------------ numbers */

static const char *store_real(const struct sim_param *param, const char *text,
                              double *out, char rule[256]) {
  const char *unit = sim_param_unit(param);
  double value = 0;
  const enum sim_unit_flaw flaw = sim_unit_parse(text, unit, &value);
  if (flaw) {
    return flaw_rule(flaw, unit, param->word, rule);
  }
  const char *broken = range_rule(param, value, rule);
  if (!broken) {
    *out = value;
  }
  return broken;
}

/* Read a whole number of at most 64 bits; NULL when it is one. */
static const char *parse_whole(const char *text, const char *word,
                               uint64_t *value, char rule[256]) {
  const size_t n = strspn(text, "0123456789");
  if (n == 0 || text[n] != '\0') {
    snprintf(rule, 256, "must be a whole number%s%s", word ? " or " : "",
             word ? word : "");
    return rule;
  }
  if (n > 1 && text[0] == '0') {
    return "must be a whole number without a leading zero";
  }
  errno = 0;
  *value = strtoull(text, NULL, 10);
  return errno == ERANGE ? "must be <= 18446744073709551615" : NULL;
}

/* The rule for "-3": what is below every count. */
static const char *negative_rule(const struct sim_param *param,
                                 const char *text, char rule[256]) {
  uint64_t value;
  if (text[0] != '-' || parse_whole(text + 1, NULL, &value, rule)) {
    return NULL;
  }
  const char *broken = range_rule(param, -1, rule);
  return broken ? broken : "must be >= 0";
}

static const char *store_count(const struct sim_param *param, const char *text,
                               size_t *out, char rule[256]) {
  const char *broken = negative_rule(param, text, rule);
  uint64_t value = 0;
  if (!broken) {
    broken = parse_whole(text, param->word, &value, rule);
  }
  if (!broken) {
    broken = range_rule(param, (double)value, rule);
  }
  if (!broken) {
    *out = value;
  }
  return broken;
}

static const char *store_seed(const char *text, uint64_t *out, char rule[256]) {
  uint64_t value = 0;
  const char *broken = parse_whole(text, NULL, &value, rule);
  if (!broken) {
    *out = value;
  }
  return broken;
}

/* ------------------------------------------------------------- times */

/* Cut "tau" and the space before it off; true when it was there. */
static bool cut_tau(const char *text, char *number, size_t size) {
  size_t n = strlen(text);
  const size_t n_tau = strlen(TAU);
  if (n < n_tau || n >= size || strcmp(text + n - n_tau, TAU) != 0) {
    return false;
  }
  n -= n_tau;
  while (n > 0 && text[n - 1] == ' ') {
    n--;
  }
  memcpy(number, text, n);
  number[n] = '\0';
  return true;
}

static const char *store_time(const struct sim_param *param, const char *text,
                              struct sim_time *out, char rule[256]) {
  char number[256];
  struct sim_time time = {.is_tau = true};
  const bool has_tau = cut_tau(text, number, sizeof number);
  enum sim_unit_flaw flaw =
      sim_unit_parse(has_tau ? number : text, "1", &time.value);
  if (flaw == SIM_UNIT_OTHER && !has_tau) {
    time.is_tau = false;
    flaw = sim_unit_parse(text, "s", &time.value);
  }
  if (flaw == SIM_UNIT_NO_NUMBER || flaw == SIM_UNIT_OTHER) {
    snprintf(rule, 256, "must be a time such as 30 tau or 5 us%s%s",
             param->word ? " or " : "", param->word ? param->word : "");
    return rule;
  }
  if (flaw) {
    return flaw_rule(flaw, "s", param->word, rule);
  }
  const char *broken = range_rule(param, time.value, rule);
  if (!broken) {
    *out = time;
  }
  return broken;
}

/* ------------------------------------------------------------- words */

static const char *store_bool(const char *text, bool *out) {
  const bool is_true = strcmp(text, "true") == 0;
  if (!is_true && strcmp(text, "false") != 0) {
    return "must be true or false";
  }
  *out = is_true;
  return NULL;
}

static const char *store_choice(const struct sim_param *param, const char *text,
                                int *out, char rule[256]) {
  size_t n = (size_t)snprintf(rule, 256, "must be ");
  for (int i = 0; param->choices[i]; i++) {
    if (strcmp(text, param->choices[i]) == 0) {
      *out = i;
      return NULL;
    }
    if (n < 256) {
      n += (size_t)snprintf(rule + n, 256 - n, "%s%s", i ? " | " : "",
                            param->choices[i]);
    }
  }
  return rule;
}

static const char *store_text(const char *text, char *out, size_t size,
                              char rule[256]) {
  if (strlen(text) >= size) {
    snprintf(rule, 256, "must be at most %zu bytes long", size - 1);
    return rule;
  }
  strcpy(out, text);
  return NULL;
}

/* -------------------------------------------------------------- fields */

#ifndef NDEBUG
static size_t field_size(enum sim_kind kind) {
  switch (kind) {
    case SIM_REAL:
      return sizeof(double);
    case SIM_COUNT:
      return sizeof(size_t);
    case SIM_SEED:
      return sizeof(uint64_t);
    case SIM_BOOL:
      return sizeof(bool);
    case SIM_CHOICE:
      return sizeof(int);
    case SIM_TEXT:
    case SIM_PATH:
      return SIM_TEXT_MAX;
    case SIM_REALS:
      return sizeof(struct sim_reals);
    case SIM_COUNTS:
      return sizeof(struct sim_counts);
    case SIM_TEXTS:
      return sizeof(struct sim_texts);
    case SIM_TIME:
      return sizeof(struct sim_time);
    case SIM_SECTION:
      break;
  }
  return 0;
}
#endif

static void *field_of(const struct sim_param *param, void *base) {
  assert(!param->size || param->size == field_size(param->kind));
  return (char *)base + param->offset;
}

const char *sim_param_store(const struct sim_param *param, const char *text,
                            size_t index, void *base, char rule[256]) {
  void *field = field_of(param, base);
  switch (param->kind) {
    case SIM_REAL:
      return store_real(param, text, field, rule);
    case SIM_COUNT:
      return store_count(param, text, field, rule);
    case SIM_SEED:
      return store_seed(text, field, rule);
    case SIM_BOOL:
      return store_bool(text, field);
    case SIM_CHOICE:
      return store_choice(param, text, field, rule);
    case SIM_TEXT:
    case SIM_PATH:
      return store_text(text, field, SIM_TEXT_MAX, rule);
    case SIM_REALS:
      return store_real(param, text, &((struct sim_reals *)field)->v[index],
                        rule);
    case SIM_COUNTS:
      return store_count(param, text, &((struct sim_counts *)field)->v[index],
                         rule);
    case SIM_TEXTS:
      return store_text(text, ((struct sim_texts *)field)->v[index],
                        SIM_ITEM_MAX, rule);
    case SIM_TIME:
      return store_time(param, text, field, rule);
    case SIM_SECTION:
      break;
  }
  return "must be a section of keys";
}

void sim_param_store_length(const struct sim_param *param, size_t n,
                            void *base) {
  void *field = field_of(param, base);
  if (param->kind == SIM_REALS) {
    ((struct sim_reals *)field)->n = n;
  } else if (param->kind == SIM_COUNTS) {
    ((struct sim_counts *)field)->n = n;
  } else if (param->kind == SIM_TEXTS) {
    ((struct sim_texts *)field)->n = n;
  }
}

void sim_param_store_word(const struct sim_param *param, void *base) {
  void *field = field_of(param, base);
  switch (param->kind) {
    case SIM_REAL:
      *(double *)field = (double)NAN;
      break;
    case SIM_COUNT:
      *(size_t *)field = 0;
      break;
    case SIM_TIME:
      *(struct sim_time *)field = (struct sim_time){(double)NAN, true};
      break;
    case SIM_TEXT:
    case SIM_PATH:
      strcpy(field, param->word);
      break;
    default:
      sim_param_store_length(param, 0, base);
  }
}

bool sim_param_is_word(const struct sim_param *param, const void *value) {
  if (!param->word) {
    return false;
  }
  switch (param->kind) {
    case SIM_REAL:
      return isnan(*(const double *)value);
    case SIM_COUNT:
      return *(const size_t *)value == 0;
    case SIM_TIME:
      return isnan(((const struct sim_time *)value)->value);
    case SIM_TEXT:
    case SIM_PATH:
      return strcmp(value, param->word) == 0;
    case SIM_REALS:
      return ((const struct sim_reals *)value)->n == 0;
    case SIM_COUNTS:
      return ((const struct sim_counts *)value)->n == 0;
    case SIM_TEXTS:
      return ((const struct sim_texts *)value)->n == 0;
    default:
      return false;
  }
}
