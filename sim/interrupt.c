/* sim/interrupt.c -- stop cleanly when asked to
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t caught;  // 0, or the first signal

/* Async-signal-safe: sets a flag or ends. */
static void on_signal(int number) {
  // A closing terminal may send several SIGHUP.
  if (caught && number != SIGHUP) {
    _exit(number == SIGTERM ? SIM_ETERMINATE : SIM_EINTERRUPT);
  }
  caught = caught ? caught : number;
}

static void take(int number) {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, NULL);
}

static void take_unless_ignored(int number) {
  struct sigaction old;
  if (sigaction(number, NULL, &old) != 0 || old.sa_handler != SIG_IGN) {
    take(number);
  }
}

void sim_interrupt_install(void) {
  take_unless_ignored(SIGINT);
  take_unless_ignored(SIGHUP);
  take(SIGTERM);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

enum sim_status sim_interrupted(void) {
  return caught == 0        ? SIM_OK
         : caught == SIGINT ? SIM_EINTERRUPT
                            : SIM_ETERMINATE;
}

enum sim_status sim_interrupt_check(struct sim_error *err) {
  const enum sim_status status = sim_interrupted();
  return status == SIM_OK ? SIM_OK
                          : sim_error_set(err, status, "stopped by %s",
                                          caught == SIGINT    ? "SIGINT"
                                          : caught == SIGTERM ? "SIGTERM"
                                                              : "SIGHUP");
}
