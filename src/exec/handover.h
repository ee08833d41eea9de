/* SPDX-License-Identifier: ISC */
/*
 * Replaces the process by a program that has only the requested descriptors above 2. The descriptors are placed at
 * their target numbers and announced in the environment. The verbs recv and run use this to execute COMMAND.
 */
#ifndef EXEC_HANDOVER_H
#define EXEC_HANDOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/fail.h"

/* The place of one descriptor: --fd=N[,M]...[=NAME] or --fd=$VAR. */
struct place {
	int number;	 /* target number, or -1 to keep the current number */
	const int *also; /* additional target numbers */
	size_t also_count;
	const char *name;     /* name for LISTEN_FDNAMES, or NULL */
	const char *variable; /* environment variable that is set to the number, or NULL */
};

struct handover {
	const int *fds;		  /* the descriptors in order of arrival */
	const char *const *names; /* the names of the descriptors, some of which can be NULL; or NULL */
	size_t count;
	const struct place *places; /* the places of the descriptors in order; NULL: 3 and above */
	size_t place_count;	    /* number of places: 0, or at least count */
	int socket;		    /* the connection, if it is passed to the program; otherwise -1 */
	/* target number of the connection; -1: the first number after the other descriptors */
	int socket_number;
	const int *inherit; /* numbers of inherited descriptors to keep */
	size_t inherit_count;
	bool inherit_all;
	const struct ucred *peer; /* the sender; NULL: unknown */
	int data;		  /* descriptor that contains the data, or -1 */
	int data_number;	  /* target number of data */
	const char *data_name;	  /* environment variable that is set to data_value, or NULL */
	const char *data_value;
	/* NAME, VALUE, ...: variables that are set, or removed if VALUE is empty; ends with NULL. NULL: none */
	const char *const *variables;
	const char *const *setenv; /* NAME=VALUE strings that can contain {fd}; the array ends with NULL; or NULL */
	/* descriptors that the caller needs on failure; they are moved if their number is a target */
	int **own;
	size_t own_count;
};

/*
 * Replaces this process by ARGV. Returns only on failure: -1 with *FAIL. The exit status is 126 or 127 if the program
 * could not be executed. In this case, descriptor 2 is restored, so that the error can be printed.
 */
int handover_exec(const struct handover *handover, char *const *argv, struct fail *fail);

/* Returns true if NAME is valid in LISTEN_FDNAMES: 1 to 255 printable ASCII characters without a colon. */
bool handover_name_ok(const char *name);

#endif
