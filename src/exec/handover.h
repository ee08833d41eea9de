/* SPDX-License-Identifier: ISC */
/*
 * Replaces the process by a program that gets only the requested descriptors above 2. The descriptors are placed at
 * their target numbers and announced in environment variables. Verbs use this file to execute COMMAND.
 */
#ifndef EXEC_HANDOVER_H
#define EXEC_HANDOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/fail.h"

/* The place of one descriptor in the program: --fd=N[,M]...[=NAME] or --fd=$VAR. */
struct place {
	int number;	 /* target number; -1: the descriptor keeps its current number */
	const int *also; /* additional target numbers */
	size_t also_count;
	const char *name;     /* the descriptor's name for LISTEN_FDNAMES, or NULL */
	const char *variable; /* environment variable that is set to the descriptor number, or NULL */
};

struct handover {
	const int *fds;		  /* the descriptors in the order in which they arrived */
	const char *const *names; /* the name of each descriptor (NULL: no name), or NULL if no descriptor has a name */
	size_t count;
	const struct place *places; /* the place of each descriptor; NULL: the numbers 3 and above */
	size_t place_count;	    /* number of places: 0, or at least the number of descriptors */
	int socket;		    /* the connection, if the program gets it; otherwise -1 */
	/* target number of the connection; -1: the first number after the other descriptors */
	int socket_number;
	const int *inherit; /* numbers of inherited descriptors that the program keeps */
	size_t inherit_count;
	bool inherit_all;
	const struct ucred *peer; /* the sender; NULL: unknown */
	int data;		  /* descriptor that contains the received data, or -1 */
	int data_number;	  /* target number of data */
	const char *data_name;	  /* environment variable that is set to data_value, or NULL */
	const char *data_value;
	/* NULL, or an array NAME, VALUE, ..., NULL of variables that are set, or removed if VALUE is an empty string */
	const char *const *variables;
	const char *const *setenv; /* NULL, or NAME=VALUE strings that can contain {fd}; NULL ends the array */
	/* descriptors that the caller needs if execve(2) fails; they are moved away from target numbers */
	int **own;
	size_t own_count;
};

/*
 * Replaces this process by the program ARGV. Returns only on failure: -1 with *FAIL. If ARGV cannot be executed,
 * fail->reason selects exit status 126 or 127, and descriptor 2 is restored so that the error can be printed.
 */
int handover_exec(const struct handover *handover, char *const *argv, struct fail *fail);

/* Returns true if NAME is valid in LISTEN_FDNAMES: 1 to 255 printable ASCII characters without a colon. */
bool handover_name_ok(const char *name);

#endif
