/* tests/sample_params.h -- a table with a key of every kind
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_SAMPLE_PARAMS_H
#define TESTS_SAMPLE_PARAMS_H

#include "sim/param.h"

enum { TRAIN = 1, GENERATE = 2 };

struct coupling {
  double g_min, g_max;  // [S]
  size_t levels;
  double offset;  // [V]
};

struct chip {
  struct coupling coupling;
  struct sim_reals capacitance;  // [F]
  char preset[SIM_TEXT_MAX];
};

struct values {
  int kind;
  char name[SIM_TEXT_MAX];
  char data[SIM_TEXT_MAX];
  uint64_t seed;
  bool is_noisy;
  struct chip chip;
  struct sim_counts layers;
  struct sim_reals range;
  struct sim_time duration;
  size_t batch;
  double rate;
  double tolerance;
  size_t samples;
};

static const char *const kinds[] = {"train", "generate", NULL};

#define C(f) SIM_FIELD(struct coupling, f)
static const struct sim_param coupling_table[] = {
    {.name = "g_min",
     .kind = SIM_REAL,
     C(g_min),
     .unit = "S",
     SIM_AT_LEAST(0),
     .initial = "0 S",
     .help = "lowest conductance"},
    {.name = "g_max",
     .kind = SIM_REAL,
     C(g_max),
     .unit = "S",
     SIM_ABOVE(0),
     .help = "highest conductance"},
    {.name = "levels",
     .kind = SIM_COUNT,
     C(levels),
     SIM_WITHIN(2, 65536),
     .initial = "256",
     .help = "programmable values, both ends counted"},
    {.name = "offset",
     .kind = SIM_REAL,
     C(offset),
     .unit = "V",
     SIM_BETWEEN(-1, 1),
     .initial = "0 V",
     .help = "voltage offset"},
};

#define H(f) SIM_FIELD(struct chip, f)
static const struct sim_param chip_table[] = {
    {.name = "preset",
     .kind = SIM_PATH,
     H(preset),
     .word = "ideal",
     .initial = "ideal",
     .help = "file of device presets"},
    {.name = "capacitance",
     .kind = SIM_REALS,
     H(capacitance),
     .unit = "F",
     SIM_ABOVE(0),
     .word = "matched",
     .initial = "matched",
     .max_items = 3,
     .help = "of a node, one value or one a layer"},
    {.name = "coupling",
     .kind = SIM_SECTION,
     .offset = offsetof(struct chip, coupling),
     SIM_TABLE(coupling_table),
     .help = "crossbar between two layers"},
};

#define V(f) SIM_FIELD(struct values, f)
static const struct sim_param table[] = {
    {.name = "experiment",
     .kind = SIM_CHOICE,
     V(kind),
     .choices = kinds,
     .help = "kind of experiment"},
    {.name = "name",
     .kind = SIM_TEXT,
     V(name),
     .initial = "",
     .help = "what to call it"},
    {.name = "data",
     .kind = SIM_PATH,
     V(data),
     .initial = "",
     .help = "data file"},
    {.name = "seed",
     .kind = SIM_SEED,
     V(seed),
     .initial = "1",
     .help = "start of all random streams"},
    {.name = "is_noisy",
     .kind = SIM_BOOL,
     V(is_noisy),
     .initial = "false",
     .help = "with noise"},
    {.name = "chip",
     .kind = SIM_SECTION,
     .offset = offsetof(struct values, chip),
     SIM_TABLE(chip_table),
     .help = "the analog chip"},
    {.name = "layers",
     .kind = SIM_COUNTS,
     V(layers),
     SIM_AT_LEAST(1),
     .initial = "[64, 128]",
     .help = "neurons in each layer"},
    {.name = "range",
     .kind = SIM_REALS,
     V(range),
     .min_items = 2,
     .max_items = 2,
     .initial = "[-1, 1]",
     .help = "of the data"},
    {.name = "settle",
     .kind = SIM_TIME,
     V(duration),
     SIM_ABOVE(0),
     .initial = "30 tau",
     .help = "time to settle"},
    {.name = "batch",
     .kind = SIM_COUNT,
     V(batch),
     .word = "all",
     .initial = "all",
     .uses = TRAIN,
     .help = "samples of one step"},
    {.name = "rate",
     .kind = SIM_REAL,
     V(rate),
     SIM_ABOVE(0),
     .uses = TRAIN,
     .help = "learning rate"},
    {.name = "tolerance",
     .kind = SIM_REAL,
     V(tolerance),
     .word = "none",
     .initial = "none",
     .help = "residual to stop at"},
    {.name = "samples",
     .kind = SIM_COUNT,
     V(samples),
     .uses = GENERATE,
     .initial = "400",
     .help = "samples to make"},
};
#define N (sizeof table / sizeof table[0])

/* What is required, so that a test can add its own line after it. */
#define START "experiment: train\nrate: 1e-3\nchip: {coupling: {g_max: 1 uS}}\n"

#endif
