/* tools/sweep_number.c -- settings of an axis as numbers
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_number.h"

#include <inttypes.h>
#include <string.h>

#include "sim/units.h"

bool tool_sweep_is_number(const struct sim_param *param) {
  return param->kind == SIM_REAL || param->kind == SIM_COUNT ||
         param->kind == SIM_SEED || param->kind == SIM_TIME;
}

bool tool_sweep_number_read(const struct sim_param *param, const char *text,
                            struct tool_sweep_number *number) {
  const struct sim_where nowhere = {0};
  struct sim_error ignored = {0};
  union {
    double real;
    size_t count;
    uint64_t seed;
    struct sim_time time;
  } v;
  if (!tool_sweep_is_number(param) ||
      (param->word && strcmp(param->word, text) == 0) ||
      sim_param_parse(param, text, &nowhere, &v, &ignored)) {
    return false;
  }
  *number = (struct tool_sweep_number){.unit = param->unit ? param->unit : "1"};
  switch (param->kind) {
    case SIM_REAL:
      number->value = v.real;
      break;
    case SIM_TIME:
      number->value = v.time.value;
      number->unit = v.time.is_tau ? "tau" : "s";
      break;
    default:
      number->value =
          param->kind == SIM_SEED ? (double)v.seed : (double)v.count;
      number->is_whole = true;
  }
  return true;
}

const char *tool_sweep_number_format(const struct tool_sweep_number *number,
                                     char text[SIM_ITEM_MAX]) {
  char quantity[SIM_UNIT_TEXT];
  const bool is_tau = strcmp(number->unit, "tau") == 0;
  if (number->is_whole) {
    snprintf(text, SIM_ITEM_MAX, "%" PRIu64, (uint64_t)number->value);
  } else {
    snprintf(
        text, SIM_ITEM_MAX, "%s%s",
        sim_unit_format(number->value, is_tau ? "1" : number->unit, quantity),
        is_tau ? " tau" : "");
  }
  return text;
}
