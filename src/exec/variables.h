/* SPDX-License-Identifier: ISC */
/* Sets environment variables that announce descriptors to a program: the variables of sd_listen_fds(3) and FDPASS_*. */
#ifndef EXEC_VARIABLES_H
#define EXEC_VARIABLES_H

#include <stddef.h>
#include <stdint.h>

#include "exec/handover.h"

/*
 * Sets the environment variables that describe HANDOVER, in the environment of this process. NUMBERS are the target
 * numbers of the descriptors, and SOCKET_NUMBER is the target number of the connection. Removes the variables that an
 * outer fdpass or a service manager has set for other descriptors. Sets LISTEN_PID to the pid of this process, which
 * execve(2) does not change. Returns 0, or -1 with *FAIL.
 */
int variables_set(const struct handover *handover, const int *numbers, int socket_number, struct fail *fail);

/* Set the environment variable NAME to a string or number. Return 0, or -1 with *FAIL. */
int variable_set(const char *name, const char *value, struct fail *fail);
int variable_set_number(const char *name, intmax_t value, struct fail *fail);

/*
 * listen_fds.c: sets LISTEN_FDS and related variables. Does nothing unless the numbers are consecutive and begin at 3,
 * because LISTEN_FDS can describe only such numbers. The names in LISTEN_FDNAMES are in the order of the descriptor
 * numbers, not in the order of arrival. Returns 0, or -1 with *FAIL.
 */
int listen_fds_set(const struct handover *handover, const int *numbers, struct fail *fail);

/* listen_fds.c: returns the name of descriptor I in LISTEN_FDNAMES. */
const char *listen_fds_name(const struct handover *handover, size_t i);

/*
 * setenv.c: sets the variable of ASSIGNMENT, which has the form NAME=VALUE. Replaces each {fd…} in VALUE by a
 * descriptor number. Returns 0, or -1 with *FAIL.
 */
int setenv_expand(const struct handover *handover, const int *numbers, const char *assignment, struct fail *fail);

#endif
