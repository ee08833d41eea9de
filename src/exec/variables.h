/* SPDX-License-Identifier: ISC */
/* Sets environment variables that announce descriptors to a program: those of sd_listen_fds(3), and those of fdpass. */
#ifndef EXEC_VARIABLES_H
#define EXEC_VARIABLES_H

#include <stddef.h>
#include <stdint.h>

#include "exec/handover.h"

/*
 * Sets the variables for HANDOVER in the environment of this process. NUMBERS are the numbers of its descriptors,
 * SOCKET_NUMBER is the number of its socket. Removes variables of an outer fdpass or service manager. LISTEN_PID is set
 * to the pid of this process. Returns 0, or -1 with *FAIL.
 */
int variables_set(const struct handover *handover, const int *numbers, int socket_number, struct fail *fail);

/* Set one variable in the environment. Return 0, or -1 with *FAIL. */
int variable_set(const char *name, const char *value, struct fail *fail);
int variable_set_number(const char *name, intmax_t value, struct fail *fail);

/*
 * listen_fds.c: sets LISTEN_FDS and related variables. Does nothing unless the numbers are consecutive and begin at 3,
 * because LISTEN_FDS can describe only such numbers. The names in LISTEN_FDNAMES are in the order of these numbers, not
 * in the order of arrival. Returns 0, or -1 with *FAIL.
 */
int listen_fds_set(const struct handover *handover, const int *numbers, struct fail *fail);

/* listen_fds.c: returns the name of descriptor I in LISTEN_FDNAMES. */
const char *listen_fds_name(const struct handover *handover, size_t i);

/*
 * setenv.c: sets the variable of ASSIGNMENT, which has the form NAME=VALUE. Replaces each {fd…} in VALUE. Returns 0, or
 * -1 with *FAIL.
 */
int setenv_expand(const struct handover *handover, const int *numbers, const char *assignment, struct fail *fail);

#endif
