/* SPDX-License-Identifier: ISC */
/*
 * Lets a child go on only after its parent has done something. It is memory that both share: usually the child makes no
 * system call for it.
 */
#ifndef ACTIVATE_GATE_H
#define ACTIVATE_GATE_H

#include <stdint.h>
#include <sys/types.h>

struct gate;

/* Returns NULL with errno if there is no memory. */
struct gate *gate_new(void);
void gate_free(struct gate *gate);

/* In the parent, before fork(2): the number of the next child. */
uint32_t gate_next(const struct gate *gate);

/* In the parent: lets child NUMBER pass. */
void gate_open(struct gate *gate, uint32_t number);

/* In the child: waits until the gate is open for NUMBER, or PARENT is gone. */
void gate_pass(struct gate *gate, uint32_t number, pid_t parent);

#endif
