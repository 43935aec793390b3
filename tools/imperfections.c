/* tools/imperfections.c -- what is not ideal about a chip, one by one
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/imperfections.h"

#include <string.h>

#define OFF(...)          \
  (const char *const[]) { \
    __VA_ARGS__, NULL     \
  }

// clang-format off
const struct tool_imperfection tool_imperfections[TOOL_N_IMPERFECTIONS] = {
    /* --- fabrication --- */
    {"capacitors", true, OFF("chip.node.capacitance=0")},
    {"leaks", true, OFF("chip.node.leak=0")},
    {"output_gains", true, OFF("chip.node.gain=0")},
    {"input_gains", true, OFF("chip.node.input_gain=0")},
    {"offsets", true, OFF("chip.node.offset=0 V")},
    {"springs", true, OFF("chip.sources.spring_spread=0")},
    {"nudge_spread", true,
     OFF("chip.sources.nudge_spread=0", "chip.sources.nudge_offset=0 V")},
    {"nudge_strength", true,
     OFF("chip.sources.nudge_error=0", "chip.sources.sign_mismatch=0",
         "chip.sources.nudge_residual=0")},
    {"dac_mismatch", true, OFF("chip.dac.gain=0", "chip.dac.offset=0 V")},
    {"velocity_adc_mismatch", true,
     OFF("chip.velocity_adc.gain=0", "chip.velocity_adc.offset=0 V")},
    {"output_adc_mismatch", true,
     OFF("chip.output_adc.gain=0", "chip.output_adc.offset=0 V")},
    {"memory_gain", true, OFF("chip.memory.gain=0")},
    {"wires", true, OFF("chip.wires.resistance=0 Ohm")},
    {"window_spread", true,
     OFF("chip.coupling.spread.g_min=0", "chip.coupling.spread.g_max=0")},
    {"stuck", true,
     OFF("chip.coupling.stuck.low=0", "chip.coupling.stuck.high=0",
         "chip.coupling.stuck.open=0", "chip.coupling.stuck.anywhere=0")},
    {"directions", true, OFF("chip.coupling.mismatch=0")},
    /* --- operation --- */
    {"thermal", false, OFF("chip.noise.thermal=false")},
    {"flicker", false, OFF("chip.noise.flicker=false")},
    {"telegraph", false, OFF("chip.noise.telegraph=false")},
    {"dac", false, OFF("chip.dac.bits=0")},
    {"velocity_adc", false,
     OFF("chip.velocity_adc.bits=0", "chip.velocity_adc.capacitance=none")},
    {"output_adc", false,
     OFF("chip.output_adc.bits=0", "chip.output_adc.capacitance=none")},
    {"memory", false,
     OFF("chip.memory.capacitance=none", "chip.memory.leak=none",
         "chip.memory.injection=0 C", "chip.memory.injection_spread=0 C")},
    {"levels", false, OFF("chip.coupling.levels=0")},
    {"write_noise", false,
     OFF("chip.coupling.write_noise.absolute=0 S",
         "chip.coupling.write_noise.proportional=0",
         "chip.coupling.write_noise.polynomial=0 S")},
    {"pulses", false,
     OFF("chip.coupling.programming=ideal", "chip.coupling.first_write=same")},
    {"drift", false,
     OFF("chip.coupling.drift.nu=0", "chip.coupling.drift.spread=0")},
    {"retention", false,
     OFF("chip.coupling.retention.time=unlimited",
         "chip.coupling.retention.spread=0")},
    {"read_noise", false,
     OFF("chip.coupling.read_noise.absolute=0 S",
         "chip.coupling.read_noise.proportional=0",
         "chip.coupling.read_noise.flicker=0")},
};
// clang-format on

static void print_one(FILE *file, const struct tool_imperfection *one) {
  fprintf(file, "  %-22s", one->name);
  for (size_t i = 0; one->off[i]; i++) {
    const char *is = strchr(one->off[i], '=');
    fprintf(file, "%s%.*s (%s)", i ? ",\n                        " : "",
            (int)(is - one->off[i]), one->off[i], is + 1);
  }
  fputc('\n', file);
}

void tool_imperfections_describe(FILE *file) {
  fprintf(file,
          "sources: imperfections of a chip, for an axis of a sweep with the "
          "key sources.\nOne is on when any of its keys has another value than "
          "the one in brackets, with\nwhich it is off.\n");
  for (int is_fabricated = 1; is_fabricated >= 0; is_fabricated--) {
    fprintf(file, "\n%s:\n",
            is_fabricated ? "fabrication, as the chip was made"
                          : "operation, when it is used");
    for (size_t i = 0; i < TOOL_N_IMPERFECTIONS; i++) {
      if (tool_imperfections[i].is_fabricated == is_fabricated) {
        print_one(file, &tool_imperfections[i]);
      }
    }
  }
}

size_t tool_imperfection_find(const char *name) {
  size_t i = 0;
  while (i < TOOL_N_IMPERFECTIONS &&
         strcmp(tool_imperfections[i].name, name) != 0) {
    i++;
  }
  return i;
}
