/* tools/simplot.c -- pictures and a report from a run folder
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <string.h>

#include "sim/interrupt.h"
#include "tools/report.h"

static const char usage[] =
    "usage: simplot RUN_DIR\n"
    "\n"
    "Draws loss.png or sweep.png (with gnuplot) and writes report.html in the\n"
    "folder of a finished or running experiment.\n";

int main(int argc, char **argv) {
  struct sim_error err = {0};
  if (argc == 2 &&
      (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0)) {
    fputs(usage, stdout);
    return 0;
  }
  if (argc != 2 || argv[1][0] == '-') {
    fputs(usage, stderr);
    return SIM_ECONFIG;
  }
  sim_interrupt_install();
  if (tool_report_write(argv[1], &err)) {
    fprintf(stderr, "simplot: %s\n", err.message);
  }
  return (int)err.status;
}
