/* tests/bench/bench_phases.c -- all phases of one epoch of digits
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/flow.h"
#include "sim/tiles.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_measure.h"
#include "tests/bench/bench_table.h"
#include "tools/setup.h"

static const struct bench_column columns[] = {
    {"seconds_2", "2 threads", 3, " s"},
    {"speed_up", "times faster than euler", 1, ""},
    {"seconds_1", "1 thread", 3, " s"},
    {"thread_gain", "gain by the 2nd thread", 2, ""},
    {"rhs_per_sample", "right-hand sides a sample", 0, ""},
    {"coupling_gflop", "Gflop of couplings", 1, ""},
    {"peak_share_in_products", "of peak, in their products", 0, " %"},
    {"peak_share", "of peak, in all", 0, " %"},
    {"coupling_share", "of the time in couplings", 0, " %"},
    {"other_share", "in everything else", 0, " %"},
    {"correlation_share", "of it in correlations", 1, " %"},
    {"loss", "loss", 4, ""},
};
#define N_COLUMNS ((int)(sizeof columns / sizeof *columns))

static struct bench_cost run(const struct bench_method *method,
                             const char *from, size_t n_threads) {
  static struct tool_experiment experiment;
  struct tool_setup setup;
  struct model_flow *flow;
  struct model_controller *controller;
  struct model_batch batch;
  struct sim_error err = {0};
  char weights[SIM_TEXT_MAX];
  double transport_cost;
  snprintf(weights, sizeof weights, "from=%s", from);
  bench_load(method, weights, &experiment);
  sim_threads_set(n_threads);
  if (tool_setup_init(&setup, &experiment, &err) ||
      model_flow_create(&flow, &experiment.flow, setup.data.values,
                        setup.data.n, setup.data.dim, setup.data.n, 1, &err) ||
      model_controller_create(&controller, &experiment.learning,
                              &setup.settling, &setup.net, setup.data.n,
                              &err) ||
      model_flow_draw(flow, 0, &batch, &transport_cost, &err)) {
    bench_fail(&err);
  }
  const struct bench_cost cost =
      bench_measure(controller, &setup.net.layout, &batch);
  model_controller_destroy(controller);
  model_flow_destroy(flow);
  tool_setup_finish(&setup);
  return cost;
}

static void run_all(const char *from, struct bench_table *table) {
  double reference = 0;
  for (const struct bench_method *m = bench_methods; m->name; m++) {
    const struct bench_cost one = run(m, from, 1), two = run(m, from, 2);
    reference = reference > 0 ? reference : two.seconds;
    const double values[N_COLUMNS] = {
        two.seconds,
        reference / two.seconds,
        one.seconds,
        one.seconds / two.seconds,
        two.rhs_per_sample,
        1e-9 * two.count.coupling_flops,
        100 * two.share_in_products,
        100 * two.share_of_peak,
        100 * two.coupling_share,
        100 - 100 * two.coupling_share,
        100 * two.correlation_share,
        two.loss,
    };
    bench_table_add(table, m->name, values);
  }
}

void bench_phases(const struct bench_options *options) {
  static struct bench_table first = {
      .key = "phases_first",
      .title = "Phases of one epoch, weights before training",
      .label = "how a phase is settled",
      .columns = columns,
      .n_columns = N_COLUMNS};
  static struct bench_table trained = {
      .key = "phases_trained",
      .title = "Phases of one epoch, trained weights",
      .label = "how a phase is settled",
      .columns = columns,
      .n_columns = N_COLUMNS};
  run_all("none", &first);
  bench_table_print(&first, options->json);
  run_all(options->from, &trained);
  bench_table_print(&trained, options->json);
}
