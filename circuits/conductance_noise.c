/* circuits/conductance_noise.c -- errors of writing and of reading a device
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/conductance_noise.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_poly.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#define SMALLEST_POWER 1e-3  // of r^power

// clang-format off
#define WRITE(f) SIM_FIELD(struct circuit_write_noise_params, f)
const struct sim_param circuit_write_noise_table[] = {
    {.name = "absolute", .kind = SIM_REAL, WRITE(absolute), .unit = "S",
     SIM_WITHIN(0, 1), .initial = "0 S",
     .help = "standard deviation of a write, the same everywhere"},
    {.name = "proportional", .kind = SIM_REAL, WRITE(proportional),
     SIM_WITHIN(0, 10), .initial = "0",
     .help = "standard deviation relative to the conductance"},
    {.name = "polynomial", .kind = SIM_REALS, WRITE(polynomial), .unit = "S",
     SIM_WITHIN(-1, 1), .initial = "0 S",
     .help = "standard deviation as a polynomial of r = G/reference: "
             "coefficients of r^0, r^1, ...; the three add as squares"},
};

#define READ(f) SIM_FIELD(struct circuit_read_noise_params, f)
const struct sim_param circuit_read_noise_table[] = {
    {.name = "absolute", .kind = SIM_REAL, READ(absolute), .unit = "S",
     SIM_WITHIN(0, 1), .initial = "0 S",
     .help = "standard deviation of a reading, one an epoch"},
    {.name = "proportional", .kind = SIM_REAL, READ(proportional),
     SIM_WITHIN(0, 10), .initial = "0",
     .help = "standard deviation relative to the conductance"},
    {.name = "flicker", .kind = SIM_REAL, READ(flicker), SIM_WITHIN(0, 10),
     .initial = "0",
     .help = "1/f noise gathered since the write: Q of "
             "sigma/G = Q sqrt(ln((t + t_read)/(2 t_read))) at G = reference"},
    {.name = "flicker_power", .kind = SIM_REAL, READ(flicker_power),
     SIM_WITHIN(0, 10), .initial = "0",
     .help = "Q grows as (G/reference)^-flicker_power"},
    {.name = "flicker_limit", .kind = SIM_REAL, READ(flicker_limit),
     SIM_WITHIN(0, 10), .initial = "0.2", .help = "largest Q"},
    {.name = "read_time", .kind = SIM_REAL, READ(read_time), .unit = "s",
     SIM_ABOVE(0), .initial = "250 ns", .help = "t_read"},
};
// clang-format on

bool circuit_write_noise_is_on(const struct circuit_write_noise_params *p) {
  bool is_on = p->absolute > 0 || p->proportional > 0;
  for (size_t k = 0; k < p->polynomial.n; k++) {
    is_on |= p->polynomial.v[k] != 0;
  }
  return is_on;
}

bool circuit_read_noise_is_on(const struct circuit_read_noise_params *p) {
  return p->absolute > 0 || p->proportional > 0 || p->flicker > 0;
}

double circuit_write_noise_sigma(const struct circuit_write_noise_params *p,
                                 double reference, double g) {
  const struct sim_reals *c = &p->polynomial;
  const double fit = c->n ? gsl_poly_eval(c->v, (int)c->n, g / reference) : 0;
  return hypot(hypot(p->absolute, p->proportional * g), fit);
}

double circuit_read_noise_white(const struct circuit_read_noise_params *p,
                                double g) {
  return hypot(p->absolute, p->proportional * g);
}

double circuit_read_noise_flicker(const struct circuit_read_noise_params *p,
                                  double reference, double g) {
  const double power = pow(g / reference, p->flicker_power);
  return fmin(p->flicker / fmax(power, SMALLEST_POWER), p->flicker_limit);
}

double circuit_read_noise_gathered(const struct circuit_read_noise_params *p,
                                   double t) {
  const double ratio = (t + p->read_time) / (2 * p->read_time);
  return ratio > 1 ? sqrt(log(ratio)) : 0;
}

/* With z between a and b in units of sigma: moments of the part inside, and of
 * the parts that sit at the ends. */
double circuit_clamped_variance(double mean, double sigma, double low,
                                double high) {
  if (!(sigma > 0) || !(high > low)) {
    return 0;
  }
  const double a = (low - mean) / sigma, b = (high - mean) / sigma;
  const double below = gsl_cdf_ugaussian_P(a), above = gsl_cdf_ugaussian_Q(b);
  const double p_a = gsl_ran_ugaussian_pdf(a), p_b = gsl_ran_ugaussian_pdf(b);
  const double ap = isinf(a) ? 0 : a, bp = isinf(b) ? 0 : b;
  const double inside = 1 - below - above;
  const double first = p_a - p_b + ap * below + bp * above;
  const double second =
      inside + ap * p_a - bp * p_b + ap * ap * below + bp * bp * above;
  return sigma * sigma * fmax(second - first * first, 0);
}
