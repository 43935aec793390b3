/* sim/param.h -- parameters, written once in a table
 *
 * A table says for every key its name, unit, range, default and meaning. It
 * drives the reading of experiment files, all checks, `--describe`, the
 * resolved experiment and the attributes in result files.
 *
 *   static const struct sim_param coupling_params[] = {
 *       {.name = "g_max", .kind = SIM_REAL, .unit = "S",
 *        SIM_FIELD(struct circuit_coupling_params, g_max), SIM_ABOVE(0),
 *        .initial = "10 uS", .help = "highest conductance"},
 *       {.name = "levels", .kind = SIM_COUNT,
 *        SIM_FIELD(struct circuit_coupling_params, levels),
 *        SIM_WITHIN(2, 65536), .help = "programmable values"},
 *   };
 *
 * Tables are constant and outlive what is read with them. Values lie in a
 * plain struct of the caller, in the unit of the table.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_PARAM_H
#define SIM_PARAM_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/config.h"
#include "sim/error.h"

#define SIM_LIST_MAX 16    // items of a list
#define SIM_TEXT_MAX 1024  // bytes of a text or path, with the end
#define SIM_ITEM_MAX 256   // bytes of a text in a list, with the end

enum sim_kind {  // stored as
  SIM_REAL,      // double [unit]
  SIM_COUNT,     // size_t
  SIM_SEED,      // uint64_t
  SIM_BOOL,      // bool
  SIM_CHOICE,    // int, index into `choices`
  SIM_TEXT,      // char[SIM_TEXT_MAX]
  SIM_PATH,      // char[SIM_TEXT_MAX], seen from the current directory
  SIM_REALS,     // struct sim_reals [unit]
  SIM_COUNTS,    // struct sim_counts
  SIM_TEXTS,     // struct sim_texts; of an item that is a list or a section
                 // its text on one line, "[1, 2]" or "{levels: 16}"
  SIM_TIME,      // struct sim_time
  SIM_SECTION,   // a struct with a table of its own
};

struct sim_reals {
  size_t n;
  double v[SIM_LIST_MAX];  // [unit] (n)
};

struct sim_counts {
  size_t n;
  size_t v[SIM_LIST_MAX];  // [1] (n)
};

struct sim_texts {
  size_t n;
  char v[SIM_LIST_MAX][SIM_ITEM_MAX];  // (n)
};

struct sim_time {
  double value;  // [s], or [1] in time constants of the circuit
  bool is_tau;   // the latter
};

enum { SIM_OPEN_LOW = 1, SIM_OPEN_HIGH = 2 };  // the bound itself is refused

struct sim_param {
  const char *name;
  enum sim_kind kind;
  size_t offset;        // of the field; in a section: from the section's field
  size_t size;          // of the field, checked against the kind unless 0
  const char *unit;     // of REAL and REALS; NULL is "1"
  double low, high;     // [unit] allowed range; both 0: any
  unsigned open;        // SIM_OPEN_...
  const char *initial;  // default as in a file, NULL: required
  const char *unless;   // nullable: then a required key may be missing
  const char *help;     // what it is, without a full stop
  const char *const *choices;  // of CHOICE, NULL-terminated
  const char *word;  // nullable: stands for the number(s), e.g. "all"; stored
                     // as NAN, 0, or a list without items. A text or path
                     // that is the word is kept as it is
  bool has_names;    // of PATH: a text that sim_path_is_name is none, and kept
  size_t min_items;  // of lists, 0 is 1
  size_t max_items;  // of lists, 0 is SIM_LIST_MAX
  const struct sim_param *section;  // of SECTION: its table
  size_t n_section;
  unsigned uses;  // bits of the experiment kinds that have it, 0: all
};

#define SIM_USE_ALL (~0u)

/* .offset and .size of a field, and .section of a table. */
#define SIM_FIELD(type, field) \
  .offset = offsetof(type, field), .size = sizeof(((type *)0)->field)
#define SIM_TABLE(table) \
  .section = (table), .n_section = sizeof(table) / sizeof((table)[0])

/* Ranges. */
#define SIM_AT_LEAST(bound) .low = (bound), .high = (double)INFINITY
#define SIM_ABOVE(bound) SIM_AT_LEAST(bound), .open = SIM_OPEN_LOW
#define SIM_WITHIN(lowest, highest) .low = (lowest), .high = (highest)
#define SIM_BETWEEN(below, above) \
  SIM_WITHIN(below, above), .open = SIM_OPEN_LOW | SIM_OPEN_HIGH

/* Fill `out` from `config` by a table of `n` keys, of which only those that
 * fit the bits of `use` are read; the fields of others are left alone. The
 * first mistake in file order fails with SIM_ECONFIG, file, line and key;
 * `out` is then partly filled. Allocates nothing. */
enum sim_status sim_config_read(const struct sim_config *config,
                                const struct sim_param *table, size_t n,
                                unsigned use, void *out, struct sim_error *err);

/* The entry of the dotted `key` that experiments of the kinds in `use` have;
 * NULL and SIM_ECONFIG with "KEY: unknown key" and the nearest known one, when
 * there is none. A section is an entry too. */
const struct sim_param *sim_param_lookup(const struct sim_param *table,
                                         size_t n, unsigned use,
                                         const char *key,
                                         struct sim_error *err);

/* Read one value of a kind that is no list and no section from `text`, as a
 * file would have it, into `value`, of the type that the kind names. Fails
 * with SIM_ECONFIG, `where`, the rule and the text received. */
enum sim_status sim_param_parse(const struct sim_param *param, const char *text,
                                const struct sim_where *where, void *value,
                                struct sim_error *err);

/* Print every key with unit, range, default and meaning; with `key` (nullable,
 * dotted) only that key or section. SIM_ECONFIG for an unknown key, with the
 * nearest known one in the message. */
enum sim_status sim_param_describe(FILE *file, const struct sim_param *table,
                                   size_t n, const char *key,
                                   struct sim_error *err);

/* Write `values` as an experiment that reads back to the same bits. Paths
 * become relative to `run_dir`, where the text will lie; NULL leaves them.
 * Errors stay in `file` for ferror(). */
void sim_param_write(FILE *file, const struct sim_param *table, size_t n,
                     unsigned use, const void *values, const char *run_dir);

/* Write one value into `text` (size bytes) as it stands in a file, cut when it
 * is longer; returns `text`. */
const char *sim_param_format(const struct sim_param *param, const void *value,
                             char *text, size_t size);

/* Is this the name of something, rather than the path of a file, which has a
 * slash or ends in .yaml? */
bool sim_path_is_name(const char *text);

/* Write ", did you mean ..." or "; keys here are ..." about the unknown key
 * `name` of a table into `hint`. */
void sim_param_hint(const struct sim_param *table, size_t n, const char *name,
                    unsigned use, char *hint, size_t size);

/* The key called `name`, one in use before others; NULL when unknown. */
const struct sim_param *sim_param_find(const struct sim_param *table, size_t n,
                                       const char *name, unsigned use);

struct sim_leaf {
  const char *path;               // dotted, valid during the call only
  const struct sim_param *param;  // name, kind, unit
  const void *value;              // of the type that `kind` names
};

/* Returns 0 to go on; anything else ends the visit. */
typedef int sim_param_visitor(const struct sim_leaf *leaf, void *context);

/* Call `visitor` for every key in use, in table order; returns what the last
 * call returned. */
int sim_param_visit(const struct sim_param *table, size_t n, unsigned use,
                    const void *values, sim_param_visitor *visitor,
                    void *context);

struct sim_difference {
  char path[SIM_CONFIG_PATH];
  const struct sim_param *param;
  const void *left, *right;  // into the compared structs
};

/* True when `left` and `right` differ in a key in use; *first then names the
 * first one. `skip` (nullable, NULL-terminated) lists dotted keys or
 * sections to pass over. Numbers are compared by their bits, paths by the file
 * they lead to. */
bool sim_param_differs(const struct sim_param *table, size_t n, unsigned use,
                       const void *left, const void *right,
                       const char *const *skip, struct sim_difference *first);

#endif
