/* sim/blockfile_lock.h -- keeps readers from seeing half a block
 *
 * Each side waits for the other for a while and then goes on without the lock:
 * no reader stops a run. Our own readers hold an open-file-description lock,
 * and the writer waits 1 s for them. Programs that use HDF5 hold an flock() as
 * long as they have the file open, perhaps for hours; the writer waits 20 ms
 * for them. File systems without locks are used unguarded.
 *
 * Only sim/blockfile.c uses this.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_BLOCKFILE_LOCK_H
#define SIM_BLOCKFILE_LOCK_H

/* For a reader, until `fd` is closed. */
void sim_blockfile_lock_shared(int fd);

/* For a writer, while it changes what readers look at. */
void sim_blockfile_lock(int fd);
void sim_blockfile_unlock(int fd);

#endif
