/* sim/units.h -- numbers with units, as people write them
 *
 * A quantity is a decimal number, optional space, an optional SI prefix
 * (f p n u m k M G T, also the micro sign) and the unit: "100 mV", "1uS",
 * "25 fF". Case counts: m is milli, M is mega. A bare number is in the unit
 * asked for. The dot is the decimal sign in every locale.
 *
 * Reading rounds once: "25 fF" is the double nearest to 25e-15.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_UNITS_H
#define SIM_UNITS_H

#define SIM_UNIT_TEXT 64       // bytes that hold any formatted quantity
#define SIM_NUMBER_CHARS 1000  // longest number that is read

enum sim_unit_flaw {
  SIM_UNIT_FINE = 0,
  SIM_UNIT_NO_NUMBER,  // words, nan, inf, nothing, or beyond SIM_NUMBER_CHARS
  SIM_UNIT_SPELLING,   // 012, 0x10, 1_000
  SIM_UNIT_OTHER,      // a number in another unit, or with something after it
  SIM_UNIT_LARGE,      // beyond the largest double
  SIM_UNIT_SMALL,      // not zero, but nearer to zero than any double
};

/* Read `text` as a quantity in `unit` into *value. `unit` is a symbol such as
 * "V", a compound such as "A/V" or "V^2/Hz" (with '^' no prefix is taken), or
 * "1" for a plain number; "Ohm" may also be written "ohm" or as the Greek
 * letter. *value changes only on SIM_UNIT_FINE and is then finite. */
enum sim_unit_flaw sim_unit_parse(const char *text, const char *unit,
                                  double *value);

/* Write the finite `value` [unit] with a fitting prefix into `text` and return
 * `text`. Reading it back gives the same double, bit for bit. The unit must
 * be shorter than 24 bytes. */
const char *sim_unit_format(double value, const char *unit,
                            char text[SIM_UNIT_TEXT]);

#endif
