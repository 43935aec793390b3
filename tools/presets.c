/* tools/presets.c -- simrun --describe presets
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/presets.h"

#include <string.h>

#include "circuits/preset.h"
#include "sim/config.h"

#define GROUP "presets"

bool tool_presets_asked(const char *key) {
  const size_t n = strlen(GROUP);
  return key && strncmp(key, GROUP, n) == 0 && (!key[n] || key[n] == '.');
}

static enum sim_status print_line(FILE *file, const struct circuit_preset *p,
                                  struct sim_error *err) {
  struct sim_config *config;
  if (sim_config_parse(&config, p->text, strlen(p->text), p->name, "", err)) {
    return err->status;
  }
  fprintf(file, "  %-18s%s\n%20s%s\n", p->name,
          sim_config_text(config, "technology"), "",
          sim_config_text(config, "source"));
  sim_config_destroy(config);
  return SIM_OK;
}

static enum sim_status print_list(FILE *file, struct sim_error *err) {
  fprintf(file, GROUP ": devices of a technology, for chip.preset; " GROUP
                      ".NAME prints one\n");
  for (const struct circuit_preset *p = circuit_presets; p->name; p++) {
    if (print_line(file, p, err)) {
      return err->status;
    }
  }
  return SIM_OK;
}

/* Names that have `name` in them, or all of them. */
static void list_similar(const char *name, char *text, size_t size) {
  size_t n = 0;
  for (int is_any = *name == '\0'; is_any < 2 && n == 0; is_any++) {
    for (const struct circuit_preset *p = circuit_presets; p->name; p++) {
      if (is_any || strstr(p->name, name) || strstr(name, p->name)) {
        n += (size_t)snprintf(text + n, n < size ? size - n : 0, "%s%s",
                              n ? ", " : "", p->name);
      }
    }
  }
}

enum sim_status tool_presets_describe(FILE *file, const char *key,
                                      struct sim_error *err) {
  const char *name = key + strlen(GROUP);
  if (!*name) {
    return print_list(file, err);
  }
  const struct circuit_preset *preset = circuit_preset_find(name + 1);
  if (!preset) {
    char names[512];
    list_similar(name + 1, names, sizeof names);
    return sim_error_set(err, SIM_ECONFIG,
                         "--describe %.100s: unknown preset, did you mean %s?",
                         key, names);
  }
  fputs(preset->text, file);
  return SIM_OK;
}
