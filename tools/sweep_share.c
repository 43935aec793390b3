/* tools/sweep_share.c -- the runs of a sweep on all ranks
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_share.h"

#include <stdlib.h>

#include "sim/interrupt.h"
#include "sim/memory.h"
#include "sim/ranks.h"

#define N_IN_ADVANCE 2u  // runs that a helper has

/* From rank 0 to a helper. */
struct order {
  bool is_end;  // drop what is in reserve
  struct tool_sweep_task task;
};

/* From a helper to rank 0. */
struct answer {
  bool is_end;  // the last one
  struct tool_sweep_row row;
};

/* --- rank 0 --- */

struct share {
  const struct tool_sweep_work *work;
  size_t *n_given;  // (ranks) runs that each helper has
  size_t n_out;     // of all
};

/* Runs to all helpers, until each has `n` or none is left. */
static void give(struct share *share, size_t n) {
  const struct tool_sweep_work *work = share->work;
  for (size_t r = 1; r < sim_ranks(); r++) {
    struct order order = {0};
    while (share->n_given[r] < n && work->take(work->context, &order.task)) {
      sim_ranks_send(r, &order, sizeof order);
      share->n_given[r]++;
      share->n_out++;
    }
  }
}

static enum sim_status take_answer(struct share *share, struct sim_error *err) {
  struct answer answer;
  const size_t helper = sim_ranks_receive(&answer, sizeof answer);
  share->n_given[helper]--;
  share->n_out--;
  return share->work->keep(share->work->context, &answer.row, err);
}

/* Between two runs of its own rank 0 takes what has come; with nothing to run
 * it waits for it. Nobody has a run in reserve while another has none. */
static enum sim_status do_all(struct share *share, struct sim_error *err) {
  const struct tool_sweep_work *work = share->work;
  struct tool_sweep_task task;
  for (;;) {
    while (sim_ranks_has_mail()) {
      if (take_answer(share, err)) {
        return err->status;
      }
    }
    give(share, 1);
    const bool has_task = work->take(work->context, &task);
    give(share, N_IN_ADVANCE);
    if (has_task) {
      if (work->run(work->context, &task, err)) {
        return err->status;
      }
    } else if (share->n_out == 0) {
      return SIM_OK;
    } else if (!sim_ranks_await_mail()) {
      return sim_interrupt_check(err);
    }
  }
}

/* Let all helpers go. What they have finished in the meantime is kept unless
 * the disk is to blame. */
static void dismiss(const struct share *share, enum sim_status status) {
  const struct order end = {.is_end = true};
  for (size_t r = 1; r < sim_ranks(); r++) {
    sim_ranks_send(r, &end, sizeof end);
  }
  for (size_t n = 1; n < sim_ranks();) {
    struct answer answer;
    struct sim_error known = {0};
    sim_ranks_receive(&answer, sizeof answer);
    n += answer.is_end;
    if (!answer.is_end && status != SIM_EIO) {
      share->work->keep(share->work->context, &answer.row, &known);
    }
  }
}

enum sim_status tool_sweep_share(const struct tool_sweep_work *work,
                                 struct sim_error *err) {
  struct share share = {.work = work};
  share.n_given = sim_alloc(sim_ranks(), sizeof *share.n_given, err);
  const enum sim_status status =
      share.n_given ? do_all(&share, err) : err->status;
  dismiss(&share, status);
  free(share.n_given);
  return status;
}

/* --- helpers --- */

/* Orders that have come; waits for one when there are none. False at the end.
 */
static bool take_orders(struct tool_sweep_task *tasks, size_t *n) {
  while (*n == 0 || sim_ranks_has_mail()) {
    struct order order;
    sim_ranks_receive(&order, sizeof order);
    if (order.is_end) {
      return false;
    }
    tasks[(*n)++] = order.task;
  }
  return true;
}

void tool_sweep_help(const struct tool_experiment *sweep, const char *folder) {
  struct tool_sweep_runner runner;
  struct tool_sweep_task tasks[N_IN_ADVANCE];
  struct sim_error broken = {0};
  struct answer answer;
  size_t n = 0;
  const bool is_ready =
      tool_sweep_runner_init(&runner, sweep, folder, &broken) == SIM_OK;
  while (take_orders(tasks, &n)) {
    answer = (struct answer){.row = {.task = tasks[0], .error = broken}};
    tasks[0] = tasks[--n];
    if (is_ready) {
      tool_sweep_runner_run(&runner, &answer.row.task, &answer.row);
    }
    sim_ranks_send(0, &answer, sizeof answer);
  }
  if (is_ready) {
    tool_sweep_runner_finish(&runner);
  }
  answer = (struct answer){.is_end = true};
  sim_ranks_send(0, &answer, sizeof answer);
}
