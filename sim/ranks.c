/* sim/ranks.c -- ranks by MPI
 *
 * Every wait naps between looks: Open MPI itself waits at full speed, which
 * takes a processor from those who work on it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/ranks.h"

#include <mpi.h>
#include <sched.h>
#include <string.h>
#include <time.h>

#include "sim/interrupt.h"
#include "sim/ranks_started.h"

#define N_PROBES 8
#define NOBODY UINT64_MAX
#define TAG_ITEMS 1
#define TAG_MAIL 2
#define MAX_OUTBOX 0x400000    // bytes of messages not fetched yet
#define MAX_PIECE 0x40000000u  // bytes of one call, whose counts are int
#define N_EAGER_LOOKS 2000u    // before the first nap
#define NAP 20000              // [ns]

static struct {
  bool is_joined;
  size_t rank, n, neighbours;
} us = {.n = 1, .neighbours = 1};

/* --- waiting --- */

static void pause_after(size_t n_looks) {
  if (n_looks < N_EAGER_LOOKS) {
    sched_yield();
  } else {
    nanosleep(&(struct timespec){.tv_nsec = NAP}, NULL);
  }
}

static void await(MPI_Request *request) {
  int is_done = 0;
  for (size_t n = 0;; n++) {
    MPI_Test(request, &is_done, MPI_STATUS_IGNORE);
    if (is_done) {
      return;
    }
    pause_after(n);
  }
}

static void await_all_ranks(void) {
  MPI_Request request;
  MPI_Ibarrier(MPI_COMM_WORLD, &request);
  await(&request);
}

/* --- birth and death --- */

static char outbox[MAX_OUTBOX];

/* Ranks on this machine that may use one of our processors. */
static size_t count_neighbours(void) {
  MPI_Comm machine;
  int n;
  cpu_set_t mine;
  CPU_ZERO(&mine);
  sched_getaffinity(0, sizeof mine, &mine);
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL,
                      &machine);
  MPI_Comm_size(machine, &n);
  size_t count = 0;
  for (int i = 0; i < n; i++) {
    cpu_set_t theirs = mine, common;
    MPI_Bcast(&theirs, sizeof theirs, MPI_BYTE, i, machine);
    CPU_AND(&common, &mine, &theirs);
    count += CPU_COUNT(&common) > 0;
  }
  MPI_Comm_free(&machine);
  return count;
}

enum sim_status sim_ranks_init(struct sim_error *err) {
  int level, rank, n;
  if (!sim_ranks_started()) {
    return SIM_OK;
  }
  if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level) != MPI_SUCCESS ||
      level < MPI_THREAD_FUNNELED) {
    return sim_error_set(err, SIM_EFAIL, "MPI cannot be used with threads");
  }
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &n);
  us.is_joined = true;
  us.rank = (size_t)rank;
  us.n = (size_t)n;
  us.neighbours = count_neighbours();
  MPI_Buffer_attach(outbox, sizeof outbox);
  return SIM_OK;
}

void sim_ranks_finish(void) {
  if (us.is_joined) {
    void *box;
    int size;
    await_all_ranks();
    MPI_Buffer_detach(&box, &size);
    MPI_Finalize();
  }
  us.is_joined = false;
}

size_t sim_rank(void) {
  return us.rank;
}

size_t sim_ranks(void) {
  return us.n;
}

size_t sim_ranks_neighbours(void) {
  return us.neighbours;
}

/* --- all ranks --- */

static void broadcast_from(size_t root, void *data, size_t size) {
  for (size_t at = 0; at < size && us.n > 1; at += MAX_PIECE) {
    const size_t left = size - at;
    MPI_Request request;
    MPI_Ibcast((char *)data + at, (int)(left < MAX_PIECE ? left : MAX_PIECE),
               MPI_BYTE, (int)root, MPI_COMM_WORLD, &request);
    await(&request);
  }
}

void sim_ranks_broadcast(void *data, size_t size) {
  broadcast_from(0, data, size);
}

/* Of all ranks, in all of them. */
static uint64_t least(uint64_t value) {
  uint64_t found = value;
  MPI_Request request;
  MPI_Iallreduce(&value, &found, 1, MPI_UINT64_T, MPI_MIN, MPI_COMM_WORLD,
                 &request);
  await(&request);
  return found;
}

enum sim_status sim_ranks_agree(size_t key, struct sim_error *err) {
  if (us.n == 1) {
    return err->status;
  }
  const uint64_t mine = err->status ? key : NOBODY;
  const uint64_t first = least(mine);
  if (first == NOBODY) {
    return SIM_OK;
  }
  const uint64_t rank = least(mine == first ? us.rank : NOBODY);
  broadcast_from((size_t)rank, err, sizeof *err);
  return err->status;
}

uint64_t sim_ranks_sum(uint64_t value) {
  uint64_t sum = value;
  if (us.n > 1) {
    MPI_Request request;
    MPI_Ireduce(&value, &sum, 1, MPI_UINT64_T, MPI_SUM, 0, MPI_COMM_WORLD,
                &request);
    await(&request);
  }
  return us.rank == 0 ? sum : 0;
}

/* One item from its owner to rank 0. */
static void collect_item(char *data, size_t size, size_t owner) {
  MPI_Request request;
  if (us.rank == owner) {
    MPI_Isend(data, (int)size, MPI_BYTE, 0, TAG_ITEMS, MPI_COMM_WORLD,
              &request);
    await(&request);
  } else if (us.rank == 0) {
    MPI_Irecv(data, (int)size, MPI_BYTE, (int)owner, TAG_ITEMS, MPI_COMM_WORLD,
              &request);
    await(&request);
  }
}

void sim_ranks_collect(void *data, size_t n_item, size_t size, size_t period) {
  for (size_t item = 0; item * n_item < size; item++) {
    const size_t left = size - item * n_item;
    const size_t owner = sim_ranks_owner(item, period);
    if (owner != 0) {
      collect_item((char *)data + item * n_item, left < n_item ? left : n_item,
                   owner);
    }
  }
}

/* --- two ranks --- */

void sim_ranks_send(size_t to, const void *data, size_t size) {
  MPI_Bsend(data, (int)size, MPI_BYTE, (int)to, TAG_MAIL, MPI_COMM_WORLD);
}

/* A probe may do no more than fetch what has come, for the next one to find. */
bool sim_ranks_has_mail(void) {
  int is_there = 0;
  for (int i = 0; i < N_PROBES && us.n > 1 && !is_there; i++) {
    MPI_Iprobe(MPI_ANY_SOURCE, TAG_MAIL, MPI_COMM_WORLD, &is_there,
               MPI_STATUS_IGNORE);
  }
  return is_there;
}

bool sim_ranks_await_mail(void) {
  for (size_t n = 0; !sim_ranks_has_mail(); n++) {
    if (sim_interrupted()) {
      return false;
    }
    pause_after(n);
  }
  return true;
}

size_t sim_ranks_receive(void *data, size_t size) {
  MPI_Status status;
  for (size_t n = 0; !sim_ranks_has_mail(); n++) {
    pause_after(n);
  }
  MPI_Recv(data, (int)size, MPI_BYTE, MPI_ANY_SOURCE, TAG_MAIL, MPI_COMM_WORLD,
           &status);
  return (size_t)status.MPI_SOURCE;
}
