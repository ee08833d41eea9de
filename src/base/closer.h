/* SPDX-License-Identifier: ISC */
/*
 * The closer is a process to which fdpass sends descriptors whose last close may block. The last close of a lingering
 * socket (SO_LINGER) blocks for a time that the owner of the socket has chosen. In a process that is exiting, a close
 * never waits for the linger time (PF_EXITING in the kernel's inet_release()). Closing an AF_UNIX socket also closes
 * the descriptors in its receive queue, and this implicit close can block, too. For each batch of descriptors, the
 * closer creates a child that receives the batch and exits. fdpass closes its copies of the descriptors before the
 * child exits. The close in fdpass cannot block because the child still has copies of the descriptors.
 *
 *        fdpass                       closer                         child
 *          |                             |
 *          |<--------- one byte ---------| unshared the descriptor table
 *          |                             |
 *          |---- "f", descriptors ------>| vfork --------------------->|
 *          |                             |                             | receives the batch
 *          | closes its copies           |                             |
 *          |---- "g" ------------------------------------------------->|
 *          |                             |<----------------------------| exits
 *          |                             | continues
 *
 * A child can still hang, for example if another process locks an epoll instance. At most 64 children can hang. After
 * that, the closer receives the batches itself and keeps their descriptors open, up to its limit on open files. fdpass
 * never waits for a hanging child.
 */
#ifndef BASE_CLOSER_H
#define BASE_CLOSER_H

#include <stddef.h>

#define CLOSER_BATCH_MAX 253 /* SCM_MAX_FD */

/*
 * Runs the closer in the current process, which shares its descriptor table. S is the socket from which the closer
 * receives descriptors.
 */
void closer_main(int s) __attribute__((noreturn));

/*
 * Closes the N descriptors FDS by exiting. Before that, waits until the process that shares the descriptor table has
 * closed its copies of FDS, and has then sent a byte to S or closed the other end of S. When all FDS are closed, the
 * other end of S reports end of file.
 */
void closer_exit_with(int s, const int *fds, size_t n) __attribute__((noreturn));

#endif
