/* tools/sweep_table.c -- sweep.csv: a line for each point
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_table.h"

#include <stdlib.h>
#include <string.h>

#include "sim/file.h"

void tool_csv_field(FILE *file, const char *text) {
  if (!strpbrk(text, ",\"\n")) {
    fputs(text, file);
    return;
  }
  fputc('"', file);
  for (; *text; text++) {
    fputs(*text == '"' ? "\"\"" : (char[]){*text, '\0'}, file);
  }
  fputc('"', file);
}

/* "train_loss[-1] standard deviation"; with a unit that is not 1
 * "chip.capacitance_unit [F]". */
static void write_name(FILE *file, const char *name, const char *of,
                       const char *unit) {
  char text[2 * SIM_TEXT_MAX];
  const bool has_unit = unit && strcmp(unit, "1") != 0;
  snprintf(text, sizeof text, "%s%s%s%s%s", name, of, has_unit ? " [" : "",
           has_unit ? unit : "", has_unit ? "]" : "");
  tool_csv_field(file, text);
}

static void write_head(FILE *file, const struct tool_sweep_data *data) {
  for (size_t i = 0; i < data->n_scales; i++) {
    fputs(i ? "," : "", file);
    write_name(file, data->scale[i].name, "", data->scale[i].unit);
  }
  for (size_t i = 0; i < data->n_columns; i++) {
    const struct tool_sweep_column *c = &data->column[i];
    fputc(',', file);
    write_name(file, c->label, "", c->unit);
    fputc(',', file);
    write_name(file, c->label, " standard deviation", c->unit);
    fputc(',', file);
    write_name(file, c->label, " chips", "1");
  }
  fputs(data->share ? ",yield,yield low,yield high\n" : "\n", file);
}

static void write_point(FILE *file, const struct tool_sweep_data *data,
                        size_t point) {
  char text[32];
  for (size_t i = 0; i < data->n_scales; i++) {
    fputs(i ? "," : "", file);
    tool_csv_field(file, tool_sweep_data_setting(&data->scale[i], point, text));
  }
  for (size_t i = 0; i < data->n_columns; i++) {
    const struct tool_sweep_column *c = &data->column[i];
    fprintf(file, ",%.8g,%.4g,%.0f", c->mean[point], c->deviation[point],
            c->n[point]);
  }
  if (data->share) {
    fprintf(file, ",%.4g,%.4g,%.4g", data->share[point], data->low[point],
            data->high[point]);
  }
  fputc('\n', file);
}

enum sim_status tool_sweep_table_write(const char *folder,
                                       const struct tool_sweep_data *data,
                                       struct sim_error *err) {
  struct sim_draft draft;
  char *path = sim_path_join(folder, "sweep.csv", err);
  if (path && sim_draft_open(&draft, path, err) == SIM_OK) {
    write_head(draft.stream, data);
    for (size_t p = 0; p < data->n_points; p++) {
      write_point(draft.stream, data, p);
    }
    sim_draft_commit(&draft, err);
  }
  free(path);
  return err->status;
}
