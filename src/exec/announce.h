/* SPDX-License-Identifier: ISC */
/* Environment variables that announce descriptors to a program: those of sd_listen_fds(3) and fdpass's own. */
#ifndef EXEC_ANNOUNCE_H
#define EXEC_ANNOUNCE_H

#include "exec/handover.h"

/*
 * Sets the variables in this process's environment for HANDOVER, whose descriptors are at NUMBERS and whose socket is
 * at SOCKET_NUMBER. Variables of an outer fdpass or service manager are removed. LISTEN_PID is this process. Returns 0,
 * or -1 with *FAIL filled.
 */
int announce(const struct handover *handover, const int *numbers, int socket_number, struct fail *fail);

#endif
