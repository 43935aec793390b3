/* tools/gnuplot.c -- let gnuplot draw
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/gnuplot.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/file.h"
#include "tools/report_read.h"

extern char **environ;

/* Start gnuplot with these files as stdin and stdout; its exit status, -1 when
 * it could not be run. */
static int run(int in, int out) {
  char *argv[] = {"gnuplot", NULL};
  posix_spawn_file_actions_t actions;
  pid_t child;
  int status = -1;
  if (posix_spawn_file_actions_init(&actions)) {
    return -1;
  }
  posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null",
                                   O_WRONLY, 0);
  if (posix_spawnp(&child, argv[0], &actions, NULL, argv, environ) == 0) {
    waitpid(child, &status, 0);
  }
  posix_spawn_file_actions_destroy(&actions);
  return status;
}

static enum sim_status draw(FILE *script, const char *path,
                            struct sim_error *err) {
  struct sim_draft draft;
  struct stat drawn;
  if (sim_draft_open(&draft, path, err)) {
    return err->status;
  }
  fflush(script);
  lseek(fileno(script), 0, SEEK_SET);
  const int out = fileno(draft.stream);
  if (run(fileno(script), out) == 0 && fstat(out, &drawn) == 0 &&
      drawn.st_size > 0) {
    return sim_draft_commit(&draft, err);
  }
  sim_draft_abandon(&draft);
  return SIM_OK;
}

enum sim_status tool_gnuplot(const char *folder, const char *name,
                             void (*write)(FILE *script, const void *context),
                             const void *context, struct sim_error *err) {
  char *path = sim_path_join(folder, name, err);
  FILE *script = tmpfile();
  if (path && script) {
    write(script, context);
    draw(script, path, err);
  }
  if (script) {
    fclose(script);
  }
  free(path);
  return err->status;
}

/* --- pictures of a result file --- */

struct drawing {
  void (*write)(FILE *script, struct sim_result *result);
  struct sim_result *result;
};

static void write_drawing(FILE *script, const void *context) {
  const struct drawing *drawing = context;
  drawing->write(script, drawing->result);
}

enum sim_status tool_gnuplot_result(const char *folder, const char *name,
                                    const char *needed,
                                    void (*write)(FILE *script,
                                                  struct sim_result *result),
                                    struct sim_error *err) {
  struct drawing drawing = {.write = write};
  if (tool_report_open(&drawing.result, folder, err) == SIM_OK &&
      sim_result_has(drawing.result, needed)) {
    tool_gnuplot(folder, name, write_drawing, &drawing, err);
  }
  sim_result_destroy(drawing.result);
  return err->status;
}
