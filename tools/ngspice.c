/* tools/ngspice.c -- run the installed ngspice, and believe only its output
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/ngspice.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/file.h"
#include "sim/interrupt.h"
#include "sim/param.h"

#define MAX_LOG ((size_t)16 << 20)
#define SHOWN 200  // bytes of ngspice's own message

extern char **environ;

enum sim_status tool_ngspice_check(struct sim_error *err) {
  const char *path = getenv("PATH");
  char file[SIM_TEXT_MAX];
  while (path && *path) {
    const size_t n = strcspn(path, ":");
    snprintf(file, sizeof file, "%.*s/ngspice", (int)n, path);
    if (access(file, X_OK) == 0) {
      return SIM_OK;
    }
    path += n + (path[n] == ':');
  }
  return sim_error_set(err, SIM_ECONFIG,
                       "ngspice is not installed (Debian: apt-get install "
                       "ngspice); experiment: spice_check needs it");
}

/* --- the process --- */

static enum sim_status start(char *const *argv, pid_t *child,
                             struct sim_error *err) {
  posix_spawn_file_actions_t actions;
  if (posix_spawn_file_actions_init(&actions)) {
    return sim_error_set(err, SIM_EFAIL, "no memory to start ngspice");
  }
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
                                   O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null",
                                   O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null",
                                   O_WRONLY, 0);
  const int error = posix_spawnp(child, argv[0], &actions, NULL, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  return error ? sim_error_set(err, SIM_EFAIL, "ngspice cannot be started: %s",
                               strerror(error))
               : SIM_OK;
}

/* Wait for the end, or end it when the user interrupts. */
static enum sim_status await(pid_t child, int *status, double *seconds,
                             struct sim_error *err) {
  const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
  struct rusage used = {0};
  while (wait4(child, status, WNOHANG, &used) == 0) {
    if (sim_interrupted()) {
      kill(child, SIGTERM);
      waitpid(child, status, 0);
      return sim_interrupt_check(err);
    }
    nanosleep(&pause, NULL);
  }
  *seconds = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
             1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
  return SIM_OK;
}

/* --- what it says --- */

/* The first line with "error" in the messages, cut, in `text`; or "". */
static void find_complaint(const char *log, char text[SHOWN]) {
  struct sim_error ignored = {0};
  char *bytes;
  text[0] = '\0';
  if (sim_file_read(log, MAX_LOG, &bytes, NULL, &ignored)) {
    return;
  }
  const char *found = strcasestr(bytes, "error");
  if (found) {
    while (found > bytes && found[-1] != '\n') {
      found--;
    }
    snprintf(text, SHOWN, ": %.*s", (int)strcspn(found, "\r\n"), found);
  }
  free(bytes);
}

static enum sim_status explain(const char *log, int status,
                               struct sim_error *err) {
  char complaint[SHOWN];
  find_complaint(log, complaint);
  if (WIFSIGNALED(status)) {
    return sim_error_set(err, SIM_EFAIL,
                         "ngspice was ended by signal %d (%s)%s",
                         WTERMSIG(status), log, complaint);
  }
  return sim_error_set(err, SIM_EFAIL, "ngspice failed with status %d (%s)%s",
                       WEXITSTATUS(status), log, complaint);
}

enum sim_status tool_ngspice_run(const char *stem, struct sim_raw *raw,
                                 double *seconds, struct sim_error *err) {
  char netlist[SIM_TEXT_MAX], result[SIM_TEXT_MAX], log[SIM_TEXT_MAX];
  snprintf(netlist, sizeof netlist, "%s.cir", stem);
  snprintf(result, sizeof result, "%s.raw", stem);
  snprintf(log, sizeof log, "%s.out", stem);
  char *const argv[] = {"ngspice", "-n", "-b",    "-r", result,
                        "-o",      log,  netlist, NULL};
  pid_t child;
  int status;
  unlink(result);
  if (start(argv, &child, err) || await(child, &status, seconds, err)) {
    return err->status;
  }
  if (status != 0) {
    return explain(log, status, err);
  }
  if (sim_raw_load(raw, result, err)) {
    return err->status;
  }
  unlink(result);
  return SIM_OK;
}
