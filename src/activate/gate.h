/* SPDX-License-Identifier: ISC */
/*
 * Lets a child continue only after its parent has finished a step. Both share a word of memory, so usually the child
 * needs no system call.
 */
#ifndef ACTIVATE_GATE_H
#define ACTIVATE_GATE_H

#include <stdint.h>
#include <sys/types.h>

struct gate;

/* Returns NULL with errno if there is no memory. */
struct gate *gate_new(void);
void gate_free(struct gate *gate);

/* Called in the parent before fork(2). Returns the number of the next child. */
uint32_t gate_next(const struct gate *gate);

/* Called in the parent: lets child NUMBER pass. */
void gate_open(struct gate *gate, uint32_t number);

/* Called in the child: waits until the gate is open for NUMBER, or PARENT has exited. */
void gate_pass(struct gate *gate, uint32_t number, pid_t parent);

#endif
