/* sim/progress.c -- how far a run is, on stderr
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/progress.h"

#include <math.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sim/clock.h"

enum { LINE = 1024, DEFAULT_WIDTH = 80 };

int sim_progress_mode_parse(const char *word, enum sim_progress_mode *mode) {
  static const char *const words[] = {
      [SIM_PROGRESS_AUTO] = "auto",
      [SIM_PROGRESS_ALWAYS] = "always",
      [SIM_PROGRESS_PLAIN] = "plain",
      [SIM_PROGRESS_NEVER] = "never",
  };
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    if (strcmp(word, words[i]) == 0) {
      *mode = (enum sim_progress_mode)i;
      return 0;
    }
  }
  return -1;
}

void sim_progress_init(struct sim_progress *p, enum sim_progress_mode mode,
                       FILE *stream) {
  *p = (struct sim_progress){
      .mode = mode,
      .stream = stream ? stream : stderr,
      .line_interval = 1.0 / 6.0,
      .plain_interval = 5.0,
      .now = sim_clock_now,
  };
  p->is_terminal = isatty(fileno(p->stream));
}

void sim_progress_format_time(char *text, size_t size, double seconds) {
  if (!(seconds >= 0) || seconds > 1e9) {
    snprintf(text, size, "-:--:--");
    return;
  }
  const long s = lround(seconds);
  snprintf(text, size, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
}

/* ---- what to show ---- */

static int is_rewritten(const struct sim_progress *p) {
  return p->mode == SIM_PROGRESS_ALWAYS ||
         (p->mode == SIM_PROGRESS_AUTO && p->is_terminal);
}

/* Seconds left when the steps go on as since the first update; NAN before
 * there is a step to measure. */
static double time_left(const struct sim_progress *p, double now, size_t done,
                        size_t total) {
  if (done <= p->done_first || done > total) {
    return NAN;
  }
  return (now - p->t_first) * (double)(total - done) /
         (double)(done - p->done_first);
}

static void compose(const struct sim_progress *p, char *line, double now,
                    size_t done, size_t total, const char *text) {
  const char *gap = text[0] ? "  " : "";
  char left[32];
  if (total == 0) {
    snprintf(line, LINE, "%zu%s%s", done, gap, text);
    return;
  }
  sim_progress_format_time(left, sizeof left, time_left(p, now, done, total));
  snprintf(line, LINE, "%zu/%zu  %.0f %%  %s left%s%s", done, total,
           floor(100.0 * (double)done / (double)total), left, gap, text);
}

static int is_time(const struct sim_progress *p, double now, int is_last) {
  const double interval =
      is_rewritten(p) ? p->line_interval : p->plain_interval;
  return is_last || !p->is_started || now - p->t_shown >= interval;
}

/* ---- the terminal ---- */

static size_t terminal_width(const struct sim_progress *p) {
  struct winsize size;
  if (p->width) {
    return p->width;
  }
  if (ioctl(fileno(p->stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return size.ws_col;
  }
  return DEFAULT_WIDTH;
}

/* Cut the UTF-8 line to so many characters; return how many it has then. */
static size_t cut(char *line, size_t most) {
  size_t n = 0;
  for (size_t i = 0; line[i]; i++) {
    const int is_start = ((unsigned char)line[i] & 0xc0) != 0x80;
    if (is_start && n == most) {
      line[i] = '\0';
      break;
    }
    n += (size_t)is_start;
  }
  return n;
}

/* Overwrite the line on the screen; blanks cover a longer one. */
static void rewrite(struct sim_progress *p, char *line) {
  const size_t width = terminal_width(p);
  // The last column stays free: some terminals wrap there.
  const size_t n = cut(line, width > 1 ? width - 1 : 1);
  size_t n_old = p->n_on_screen;
  n_old = n_old < width ? n_old : width - 1;
  fprintf(p->stream, "\r%s%*s", line, n_old > n ? (int)(n_old - n) : 0, "");
  p->n_on_screen = n;
}

void sim_progress_update(struct sim_progress *p, size_t done, size_t total,
                         const char *text) {
  if (p->mode == SIM_PROGRESS_NEVER) {
    return;
  }
  const double now = p->now();
  if (!is_time(p, now, total > 0 && done == total)) {
    return;
  }
  if (!p->is_started) {
    p->is_started = 1;
    p->t_first = now;
    p->done_first = done;
  }
  char line[LINE];
  compose(p, line, now, done, total, text);
  if (is_rewritten(p)) {
    rewrite(p, line);
  } else {
    fprintf(p->stream, "%s\n", line);
  }
  fflush(p->stream);
  p->t_shown = now;
}

void sim_progress_clear(struct sim_progress *p) {
  if (p->n_on_screen > 0) {
    fprintf(p->stream, "\r%*s\r", (int)p->n_on_screen, "");
    fflush(p->stream);
    p->n_on_screen = 0;
    p->t_shown = -INFINITY;
  }
}

void sim_progress_finish(struct sim_progress *p) {
  if (p->n_on_screen > 0) {
    fputc('\n', p->stream);
    fflush(p->stream);
    p->n_on_screen = 0;
  }
}
