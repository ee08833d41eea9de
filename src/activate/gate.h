/* SPDX-License-Identifier: ISC */
/*
 * A gate is a synchronization object: a child waits at the gate until its parent has completed a step. Parent and child
 * share one word of memory, so the child usually passes the gate without a system call.
 */
#ifndef ACTIVATE_GATE_H
#define ACTIVATE_GATE_H

#include <stdint.h>
#include <sys/types.h>

struct gate;

/* Returns a new gate, or NULL with errno. */
struct gate *gate_new(void);
void gate_free(struct gate *gate);

/* Called in the parent before each fork(2). Returns the number of the next child, for gate_open() and gate_pass(). */
uint32_t gate_next(const struct gate *gate);

/* Called in the parent. Opens the gate for child NUMBER and all earlier children. */
void gate_open(struct gate *gate, uint32_t number);

/* Called in the child. Waits until the gate is open for child NUMBER, or until PARENT has exited. */
void gate_pass(struct gate *gate, uint32_t number, pid_t parent);

#endif
