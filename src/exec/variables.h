/* SPDX-License-Identifier: ISC */
/* Environment variables that announce descriptors to a program: those of sd_listen_fds(3) and fdpass's own. */
#ifndef EXEC_VARIABLES_H
#define EXEC_VARIABLES_H

#include <stddef.h>
#include <stdint.h>

#include "exec/handover.h"

/*
 * Sets the variables in this process's environment for HANDOVER, whose descriptors are at NUMBERS and whose socket is
 * at SOCKET_NUMBER. Variables of an outer fdpass or service manager are removed. LISTEN_PID is this process. Returns 0,
 * or -1 with *FAIL filled.
 */
int variables_set(const struct handover *handover, const int *numbers, int socket_number, struct fail *fail);

/* Set one variable. Return 0, or -1 with *FAIL. */
int variable_set(const char *name, const char *value, struct fail *fail);
int variable_set_number(const char *name, intmax_t value, struct fail *fail);

/*
 * listen_fds.c: sets LISTEN_FDS and the related variables, if the numbers are consecutive from 3 up: LISTEN_FDS can
 * describe no others. LISTEN_FDNAMES is in the order of the numbers, not of arrival. Returns 0, or -1 with *FAIL.
 */
int listen_fds_set(const struct handover *handover, const int *numbers, struct fail *fail);

/* listen_fds.c: returns the name of descriptor I in LISTEN_FDNAMES. */
const char *listen_fds_name(const struct handover *handover, size_t i);

/* setenv.c: sets the variable of ASSIGNMENT, NAME=VALUE, with each {fd…} in VALUE replaced. Returns 0, or -1 with *FAIL. */
int setenv_expand(const struct handover *handover, const int *numbers, const char *assignment, struct fail *fail);

#endif
