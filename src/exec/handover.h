/* SPDX-License-Identifier: ISC */
/*
 * Replaces this process by a program. Above 2, the program gets only the requested descriptors, at the numbers that it
 * expects (their target numbers). Environment variables contain these numbers. Verbs use this file to execute COMMAND.
 */
#ifndef EXEC_HANDOVER_H
#define EXEC_HANDOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/fail.h"

/*
 * The place of a descriptor: the numbers and the name that it has in the program, as --fd=N[,M]...[=NAME] or --fd=$VAR
 * specifies.
 */
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
	const struct place *places; /* the place of each descriptor; NULL: descriptors get the numbers from 3 on */
	size_t place_count;	    /* number of places: 0, or at least the number of descriptors */
	int socket;		    /* the connection, if the program gets it; otherwise -1 */
	/* target number of the connection; -1: the number after the highest number of the other descriptors */
	int socket_number;
	const int *inherit; /* numbers of inherited descriptors that the program inherits, too */
	size_t inherit_count;
	bool inherit_all;
	const struct ucred *peer; /* the sender; NULL: unknown */
	int data;		  /* descriptor that contains the received data, or -1 */
	int data_number;	  /* target number of data */
	const char *data_name;	  /* environment variable that is set to data_value, or NULL */
	const char *data_value;
	/*
	 * NULL, or an array NAME, VALUE, ..., NULL of variables to set; if VALUE is an empty string, the variable is
	 * removed
	 */
	const char *const *variables;
	const char *const *setenv; /* NULL, or NAME=VALUE strings that can contain {fd}; NULL ends the array */
	/*
	 * pointers to descriptors that the caller needs if execve(2) fails; the descriptors are moved away from target
	 * numbers
	 */
	int **own;
	size_t own_count;
};

/*
 * Replaces this process by the program ARGV. Returns only on failure: -1 with *FAIL. If ARGV cannot be executed,
 * fail->reason selects exit status 126 or 127, and descriptor 2 is again the standard error of this process, so that
 * the error can be printed.
 */
int handover_exec(const struct handover *handover, char *const *argv, struct fail *fail);

/* Returns true if NAME is valid in LISTEN_FDNAMES: 1 to 255 printable ASCII characters without a colon. */
bool handover_name_ok(const char *name);

#endif
