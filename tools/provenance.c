/* tools/provenance.c -- what is needed to run a result again
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/provenance.h"

#include <cblas.h>
#include <gsl/gsl_version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <yaml.h>

#include "sim/ranks.h"
#include "sim/tiles.h"
#include "sim/vmath.h"
#include "tools/version.h"

const char *tool_provenance_line(char *text, size_t size) {
  char hdf5[32];
  sim_result_library(hdf5, sizeof hdf5);
  snprintf(text, size, "simrun %s (%s), GSL %s, HDF5 %s, libyaml %s, %s, %s",
           TOOL_VERSION, TOOL_COMMIT, gsl_version, hdf5,
           yaml_get_version_string(), openblas_get_config(), __VERSION__);
  return text;
}

/* Who starts or resumes the run, and when. */
static void write_start(struct sim_result *r, const char *commit,
                        const char *host, const char *when,
                        struct sim_error *err) {
  char text[256];
  sim_result_set_text(r, "/", commit, TOOL_COMMIT, err);
  if (gethostname(text, sizeof text - 1) == 0) {
    text[sizeof text - 1] = '\0';
    sim_result_set_text(r, "/", host, text, err);
  }
  const time_t now = time(NULL);
  struct tm utc;
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
  sim_result_set_text(r, "/", when, text, err);
}

static void write_facts(struct sim_result *r, struct sim_error *err) {
  char text[1024];
  sim_result_set_text(r, "/", "program", "simrun", err);
  sim_result_set_text(r, "/", "version", TOOL_VERSION, err);
  write_start(r, "commit", "host", "start_time", err);
  sim_result_set_text(r, "/", "build", tool_provenance_line(text, sizeof text),
                      err);
  sim_result_set_text(r, "/", "vector_instructions", sim_vmath_name(), err);
  sim_result_set_uint64(r, "/", "threads", sim_threads(), err);
  sim_result_set_uint64(r, "/", "ranks", sim_ranks(), err);
  sim_result_set_uint64(r, "/", "format_version", 1, err);
}

struct visit {
  struct sim_result *result;
  struct sim_error *err;
};

/* "chip.coupling.levels" becomes attribute levels of
 * /experiment/chip/coupling. */
static int write_key(const struct sim_leaf *leaf, void *context) {
  const struct visit *v = context;
  char object[SIM_CONFIG_PATH + 16], text[SIM_TEXT_MAX + 16];
  snprintf(object, sizeof object, "/experiment/%s", leaf->path);
  for (char *c = object; *c; c++) {
    *c = *c == '.' ? '/' : *c;
  }
  char *name = strrchr(object, '/');
  *name++ = '\0';
  switch (leaf->param->kind) {
    case SIM_REAL:
      return sim_result_set_double(v->result, object, name,
                                   *(const double *)leaf->value, v->err);
    case SIM_COUNT:
      return sim_result_set_uint64(v->result, object, name,
                                   *(const size_t *)leaf->value, v->err);
    case SIM_SEED:
      return sim_result_set_uint64(v->result, object, name,
                                   *(const uint64_t *)leaf->value, v->err);
    default:
      return sim_result_set_text(
          v->result, object, name,
          sim_param_format(leaf->param, leaf->value, text, sizeof text),
          v->err);
  }
}

static enum sim_status write_all(struct sim_result *result,
                                 const struct tool_experiment *experiment,
                                 const char *run_folder, bool is_resumed,
                                 struct sim_error *err) {
  struct visit visit = {result, err};
  char *text = tool_experiment_text(experiment, run_folder);
  if (!text) {
    return sim_error_set(err, SIM_EFAIL, "no memory for the experiment");
  }
  enum sim_status status = is_resumed ? sim_result_begin(result, err) : SIM_OK;
  if (status == SIM_OK) {
    if (is_resumed) {
      write_start(result, "resumed_commit", "resumed_host", "resumed_time",
                  err);
    } else {
      write_facts(result, err);
    }
    sim_result_set_text(result, "/", "status", "running", err);
    sim_result_set_text(result, "/", "experiment", text, err);
    sim_result_set_uint64(result, "/", "seed", experiment->seed, err);
    sim_param_visit(tool_experiment_table, TOOL_EXPERIMENT_N_PARAMS,
                    tool_experiment_use(experiment), experiment, write_key,
                    &visit);
    status = sim_result_end(result, err);
  }
  free(text);
  return status;
}

enum sim_status tool_provenance_write(struct sim_result *result,
                                      const struct tool_experiment *experiment,
                                      const char *run_folder,
                                      struct sim_error *err) {
  return write_all(result, experiment, run_folder, false, err);
}

enum sim_status tool_provenance_resume(struct sim_result *result,
                                       const struct tool_experiment *experiment,
                                       const char *run_folder,
                                       struct sim_error *err) {
  return write_all(result, experiment, run_folder, true, err);
}
