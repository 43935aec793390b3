/* tools/check_parts.c -- errors of converters, memory and devices, in
 * simrun --check
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/check_parts.h"

#include <math.h>
#include <stdbool.h>

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

static double quantisation(const struct circuit_converters *converters) {
  return converters->step / sqrt(12.0);
}

static void print_periphery(struct table *t, const struct model_chip *chip,
                            double gain) {
  const struct model_periphery *p = chip->periphery;
  if (!p) {
    return;
  }
  const double noise = p->velocity_adc.noise;
  const double step = quantisation(&p->velocity_adc);
  print_voltage(t, chip, "chip.dac, quantisation", quantisation(&p->dac),
                "an anchor");
  print_voltage(t, chip, "chip.velocity_adc, sampling", noise,
                "a displacement");
  print_voltage(t, chip, "chip.velocity_adc, quantisation", step,
                "a displacement");
  const double volts = hypot(noise, step);
  print_row(t, "chip.velocity_adc", volts, "V",
            gain * volts / chip->voltage_unit, "a velocity");
  print_voltage(t, chip, "chip.output_adc, sampling", p->output_adc.noise,
                "an output");
  print_voltage(t, chip, "chip.output_adc, quantisation",
                quantisation(&p->output_adc), "an output");
  print_voltage(t, chip, "chip.memory, hold capacitor", p->memory.noise,
                "a stored state");
}

/* --- devices --- */

typedef double sigma_of(const struct circuit_coupling_params *p,
                        const struct circuit_bank *bank, size_t i);

static double reference_of(const struct circuit_coupling_params *p) {
  return isnan(p->reference) ? p->g_max : p->reference;
}

static double write_sigma(const struct circuit_coupling_params *p,
                          const struct circuit_bank *bank, size_t i) {
  return p->programming == CIRCUIT_IDEAL
             ? circuit_write_noise_sigma(&p->write_noise, reference_of(p),
                                         bank->g[i])
             : 0.0;
}

static double white_sigma(const struct circuit_coupling_params *p,
                          const struct circuit_bank *bank, size_t i) {
  return circuit_read_noise_white(&p->read_noise, bank->g[i]);
}

/* As it is one `age` after its write. */
static double flicker_sigma(const struct circuit_coupling_params *p,
                            const struct circuit_bank *bank, size_t i) {
  if (!(p->read_noise.flicker > 0)) {
    return 0;
  }
  return bank->g[i] *
         circuit_read_noise_flicker(&p->read_noise, reference_of(p),
                                    bank->g[i]) *
         circuit_read_noise_gathered(&p->read_noise, p->drift.t0 + p->age);
}

/* Of all devices of all arrays; two of them are a weight. */
static void print_devices(struct table *t, const struct model_chip *chip,
                          const struct circuit_coupling_params *p,
                          const char *source, sigma_of *sigma) {
  double sum = 0, n = 0;
  for (size_t l = 0; l + 1 < chip->layout.n_layers; l++) {
    const struct circuit_coupling *array = &chip->coupling[l];
    for (size_t k = 0; k < array->n_banks; k++) {
      for (size_t i = 0; i < array->bank[k].n; i++) {
        const double s = sigma(p, &array->bank[k], i);
        sum += s * s;
      }
      n += (double)array->bank[k].n;
    }
  }
  const double rms = sqrt(sum / n);
  print_row(t, source, rms, "S", sqrt(2.0) * rms / chip->conductance_unit,
            "a weight");
}

void tool_check_parts(FILE *file, const struct model_chip *chip,
                      const struct circuit_coupling_params *coupling,
                      double gain) {
  struct table t = {.file = file};
  print_periphery(&t, chip, gain);
  print_devices(&t, chip, coupling, "chip.coupling.write_noise", write_sigma);
  print_devices(&t, chip, coupling, "chip.coupling.read_noise", white_sigma);
  print_devices(&t, chip, coupling, "chip.coupling.read_noise, 1/f",
                flicker_sigma);
}
