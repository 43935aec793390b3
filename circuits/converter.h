/* circuits/converter.h -- converters between numbers and voltages
 *
 *   ADC   code = round((k_i V + o_i + n xi)/q),   number = q code
 *   DAC   code = round(number/q),                 V = k_i q code + o_i
 *
 * with q = 2 range/2^bits, codes -2^(bits-1) ... 2^(bits-1) - 1, a gain k_i and
 * an offset o_i of each converter (amplifier and comparator together), and of
 * an ADC sampling noise n = sqrt(k_B T/C), fresh at every read. A number beyond
 * the range becomes the last code; that is counted. A read of a busy signal is
 * wrong by q/sqrt 12 rms, the difference of two by q/sqrt 6.
 *
 * SI units; numbers are in volts too.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef CIRCUIT_CONVERTER_H
#define CIRCUIT_CONVERTER_H

#include <stdbool.h>
#include <stddef.h>

#include "circuits/fabrication.h"
#include "sim/error.h"
#include "sim/param.h"

/* A section such as `chip.dac`. */
struct circuit_converter_params {
  size_t bits;         // 0: as fine as you like, without limits
  double range;        // [V] from -range to range
  double gain;         // [1] standard deviation of k around 1
  double offset;       // [V] standard deviation of o
  double capacitance;  // [F] that samples; NAN: no sampling noise
};
#define CIRCUIT_DAC_N_PARAMS 4
#define CIRCUIT_ADC_N_PARAMS 5
extern const struct sim_param circuit_dac_table[CIRCUIT_DAC_N_PARAMS];
extern const struct sim_param circuit_adc_table[CIRCUIT_ADC_N_PARAMS];

/* True when such a converter changes nothing. `capacitance` is NAN of a DAC. */
bool circuit_converter_is_ideal(const struct circuit_converter_params *params);

/* Which converters of the chip: part of the address of their draws. */
enum circuit_converter_role {
  CIRCUIT_DAC,
  CIRCUIT_VELOCITY_ADC,
  CIRCUIT_OUTPUT_ADC,
  CIRCUIT_N_CONVERTERS,
};

struct circuit_converters {
  size_t n;
  double step;             // [V] q; 0: continuous
  double lowest, highest;  // [1] codes
  double noise;            // [V] rms of a sample; 0: none
  double *gain;            // [1] (n) owned
  double *offset;          // [V] (n) owned
};

/* On failure nothing is left to finish. */
enum sim_status circuit_converters_init(
    struct circuit_converters *converters,
    const struct circuit_converter_params *params,
    enum circuit_converter_role role, size_t n, double temperature,
    uint64_t seed, uint32_t chip, struct sim_error *err);
void circuit_converters_finish(struct circuit_converters *converters);

/* [V] rms error of a busy signal by the step, q/sqrt 12 (W. R. Bennett, Bell
 * Syst. Tech. J. 27, 446, 1948); 0: continuous. */
double circuit_converters_rounding(const struct circuit_converters *converters);

/* Converter i reads n voltages v, given and returned in units of `unit` [V];
 * xi (n) are normal numbers, not looked at without sampling noise. `number` may
 * be v. Returns how many were out of range. */
size_t circuit_adc_read(const struct circuit_converters *adc, size_t i,
                        double unit, size_t n, const double *v,
                        const double *xi, double *number);

/* Converter i puts out n numbers, in the same way. */
size_t circuit_dac_set(const struct circuit_converters *dac, size_t i,
                       double unit, size_t n, const double *number, double *v);

#endif
