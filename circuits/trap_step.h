/* circuits/trap_step.h -- what a trap does in one step, given its two ends
 *
 * Of a trap with rates up and down (circuits/trap.h) and a step of length h
 * that begins in state a and ends in state b, 0 or 1,
 *
 *   P(b = 1 | a) = p + (a - p) E,      z = (up + down) h,  E = e^-z
 *
 * and the mean of its state over the step, less p, has itself the mean and the
 * variance over all ways from a to b
 *
 *   M = sqrt(pq) m,                    q = 1 - p
 *   m = [(A + B) u + k A B E]/D,       D = 1 + A B E
 *   V = p q {[2 v + 2 w (A B + k (A + B)) + k^2 A B E]/D - m^2}
 *
 *   A = (a - p)/sqrt(pq), B alike,  k = (q - p)/sqrt(pq)
 *   u = (1 - E)/z,  v = (z - 1 + E)/z^2,  w = (1 - E - z E)/z^2
 *
 * from the transition probabilities P(b | a) = P(b) (1 + A B E) and the
 * averages E[A] = 0, E[A^2] = 1, E[A^3] = k of the stationary state. Over all
 * a and b the mean of a step has the variance 2 p q v, and those of two steps
 * with n steps in between the covariance p q u^2 E^n.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef CIRCUIT_TRAP_STEP_H
#define CIRCUIT_TRAP_STEP_H

struct circuit_trap_step {
  double full[2];      // [1] P(b = 1 | a)
  double mean[3];      // [1] M for a + b: neither, one, both ends full
  double variance[3];  // [1] V alike
};

/* The step must be long enough that z is no rounding error: z > 1e-3. */
struct circuit_trap_step circuit_trap_step_of(double up, double down, double h);

#endif
