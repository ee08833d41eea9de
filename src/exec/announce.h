/* SPDX-License-Identifier: ISC */
/* The environment that tells a program what it was handed: sd_listen_fds(3)'s variables and fdpass's own. */
#ifndef EXEC_ANNOUNCE_H
#define EXEC_ANNOUNCE_H

#include "exec/handover.h"

/*
 * Changes this process's environment to speak of HANDOVER, whose descriptors are at NUMBERS, its socket at SOCKET_NUMBER.
 * What an outer fdpass or service manager had announced is removed. LISTEN_PID is this process. Returns 0, or -1 with
 * *FAIL filled.
 */
int announce(const struct handover *handover, const int *numbers, int socket_number, struct fail *fail);

#endif
