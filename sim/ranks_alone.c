/* sim/ranks_alone.c -- one rank, of a program that was built without MPI
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <assert.h>

#include "sim/ranks.h"
#include "sim/ranks_started.h"

enum sim_status sim_ranks_init(struct sim_error *err) {
  return sim_ranks_started()
             ? sim_error_set(err, SIM_ECONFIG,
                             "started as one of several ranks, but built "
                             "without MPI (Debian: libopenmpi-dev)")
             : SIM_OK;
}

void sim_ranks_finish(void) {
}

size_t sim_rank(void) {
  return sim_ranks_started() ? sim_ranks_given() : 0;  // one of them complains
}

size_t sim_ranks(void) {
  return 1;
}

size_t sim_ranks_neighbours(void) {
  return 1;
}

void sim_ranks_broadcast(void *data, size_t size) {
  (void)data;
  (void)size;
}

enum sim_status sim_ranks_agree(size_t key, struct sim_error *err) {
  (void)key;
  return err->status;
}

uint64_t sim_ranks_sum(uint64_t value) {
  return value;
}

void sim_ranks_collect(void *data, size_t n_item, size_t size, size_t period) {
  (void)data;
  (void)n_item;
  (void)size;
  (void)period;
}

void sim_ranks_send(size_t to, const void *data, size_t size) {
  (void)to;
  (void)data;
  (void)size;
  assert(false);  // there is nobody
}

bool sim_ranks_has_mail(void) {
  return false;
}

bool sim_ranks_await_mail(void) {
  return false;
}

size_t sim_ranks_receive(void *data, size_t size) {
  (void)data;
  (void)size;
  assert(false);  // there is nobody
  return 0;
}
