/* tools/check_parts.c -- errors of converters, memory and devices, in
 * simrun --check
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/check_parts.h"

#include <math.h>
#include <stdbool.h>

#include "models/device_errors.h"

/* The table begins with the first row. */
struct table {
  FILE *file;
  bool has_rows;
};

static void print_row(struct table *t, const char *source, double si,
                      const char *unit, double rms, const char *of) {
  if (!(rms > 0)) {
    return;
  }
  if (!t->has_rows) {
    fprintf(t->file,
            "\n# errors that are drawn anew, rms\n#   %-32s  %11s  %10s  %s\n",
            "source", "SI", "unit", "of");
    t->has_rows = true;
  }
  fprintf(t->file, "#   %-32s  %9.4g %s  %10.4g  %s\n", source, si, unit, rms,
          of);
}

static void print_voltage(struct table *t, const struct model_chip *chip,
                          const char *source, double volts, const char *of) {
  print_row(t, source, volts, "V", volts / chip->voltage_unit, of);
}

/* --- converters and memory --- */

static void print_converter(struct table *t, const struct model_chip *chip,
                            const struct circuit_converters *converter,
                            const char *name, const char *of) {
  char text[48];
  snprintf(text, sizeof text, "%s, sampling", name);
  print_voltage(t, chip, text, converter->noise, of);
  snprintf(text, sizeof text, "%s, quantisation", name);
  print_voltage(t, chip, text, circuit_converters_rounding(converter), of);
}

static void print_anchors(struct table *t, const struct model_chip *chip) {
  const struct model_periphery *p = chip->periphery;
  if (p) {
    print_converter(t, chip, &p->dac, "chip.dac", "an anchor");
    print_converter(t, chip, &p->velocity_adc, "chip.velocity_adc",
                    "a displacement");
  }
}

static void print_outputs(struct table *t, const struct model_chip *chip) {
  const struct model_periphery *p = chip->periphery;
  if (p) {
    print_converter(t, chip, &p->output_adc, "chip.output_adc", "an output");
    print_voltage(t, chip, "chip.memory, hold capacitor", p->memory.noise,
                  "a stored state");
  }
}

/* --- devices --- */

/* Of all devices of all arrays; two of them are a weight. */
static void print_devices(struct table *t, const struct model_chip *chip,
                          const char *source, enum model_device_error which) {
  const double rms = model_device_error_rms(chip, which);
  print_row(t, source, rms, "S", sqrt(2.0) * rms / chip->conductance_unit,
            "a weight");
}

void tool_check_parts(FILE *file, const struct model_chip *chip, bool is_rest) {
  struct table t = {.file = file};
  if (!is_rest) {
    print_anchors(&t, chip);
    print_devices(&t, chip, "chip.coupling.write_noise", MODEL_WRITE_ERROR);
    print_devices(&t, chip, "chip.coupling.read_noise", MODEL_READ_ERROR);
    print_devices(&t, chip, "chip.coupling.read_noise, 1/f",
                  MODEL_FLICKER_ERROR);
  }
  print_outputs(&t, chip);
}
