/* sim/progress.h -- how far a run is, on stderr
 *
 * On a terminal one line is rewritten, at most 6 times a second, and cut to
 * the terminal's width. Elsewhere (a log file) whole lines are written, at most
 * one in 5 s.
 *
 *   120/2000  6 %  1:02:03 left  loss 0.512  settling 30 tau
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_PROGRESS_H
#define SIM_PROGRESS_H

#include <stddef.h>
#include <stdio.h>

enum sim_progress_mode {
  SIM_PROGRESS_AUTO,    // a line on a terminal, whole lines elsewhere
  SIM_PROGRESS_ALWAYS,  // a line that is rewritten, wherever it goes
  SIM_PROGRESS_PLAIN,   // whole lines, wherever they go
  SIM_PROGRESS_NEVER,
};

/* The fields may be changed between init and the first update, e.g. by a
 * test. */
struct sim_progress {
  enum sim_progress_mode mode;
  FILE *stream;
  int is_terminal;
  size_t width;           // columns; 0 asks the terminal each time
  double line_interval;   // [s] between two updates of the line
  double plain_interval;  // [s] between two whole lines
  double (*now)(void);    // [s] of a clock that never jumps

  int is_started;
  double t_first;      // [s] of the first update
  double t_shown;      // [s] of the last line shown
  size_t done_first;   // steps done at the first update
  size_t n_on_screen;  // columns of the line on the terminal
};

/* The words auto, always, plain and never; -1 for another one, 0 if known. */
int sim_progress_mode_parse(const char *word, enum sim_progress_mode *mode);

/* `stream` is nullable: stderr. */
void sim_progress_init(struct sim_progress *p, enum sim_progress_mode mode,
                       FILE *stream);

/* `done` of `total` steps; total 0 if unknown. `text` (UTF-8, one line) is
 * appended. Shown when the time has come, and always when all is done. */
void sim_progress_update(struct sim_progress *p, size_t done, size_t total,
                         const char *text);

/* Wipe the line, before something else is written to the terminal; the next
 * update brings it back. */
void sim_progress_clear(struct sim_progress *p);

/* Leave the last line standing, with an end of line. */
void sim_progress_finish(struct sim_progress *p);

/* "h:mm:ss"; "-:--:--" for what is negative or not a number. */
void sim_progress_format_time(char *text, size_t size, double seconds);

#endif
