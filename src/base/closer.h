/* SPDX-License-Identifier: ISC */
/*
 * The closer is a process to which other files of base/ send descriptors whose last close may block. The last close of
 * a lingering socket (SO_LINGER) blocks for a time that its owner chose. Only in a process that exits, such a close
 * does not block (PF_EXITING in the kernel's inet_release()). The same applies to descriptors in the queue of a socket.
 * Therefore, a child of the closer receives each batch and exits. Before the child exits, this process closes its
 * copies. This cannot block because the child has copies, too.
 *
 *     this process                    closer                         child
 *          |                             |
 *          |<--------- one byte ---------| it has unshared the descriptor table
 *          |                             |
 *          |---- "f", descriptors ------>| vfork --------------------->|
 *          |                             |                             | receives the batch
 *          | closes its copies           |                             |
 *          |---- "g" ------------------------------------------------->|
 *          |                             |<----------------------------| exits
 *          |                             | continues
 *
 * A child can still hang, for example if another process locks an epoll instance. Up to 64 children can hang. After
 * that, descriptors stay open in the closer, up to its limit on open files. This process does not wait in either case.
 */
#ifndef BASE_CLOSER_H
#define BASE_CLOSER_H

#define CLOSER_BATCH_MAX 253 /* SCM_MAX_FD */

/* Runs the closer in the current process, which shares its descriptor table. S is the socket to receive from. */
void closer_main(int s) __attribute__((noreturn));

#endif
