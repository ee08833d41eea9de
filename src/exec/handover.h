/* SPDX-License-Identifier: ISC */
/*
 * Replaces the process by a program with exactly the requested descriptors: placed, announced in the environment, and
 * nothing else open above 2. recv, recv --spawn and run execute their COMMAND with it.
 */
#ifndef EXEC_HANDOVER_H
#define EXEC_HANDOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/fail.h"

/* The place of one descriptor: --fd=N[,M]...[=NAME] or --fd=$VAR. */
struct place {
	int number;	 /* its number, or -1 to leave it where it is */
	const int *also; /* further numbers to place it at */
	size_t also_count;
	const char *name;     /* its name in LISTEN_FDNAMES, or NULL */
	const char *variable; /* environment variable to set to its number, or NULL */
};

struct handover {
	const int *fds;		  /* the descriptors, in order of arrival */
	const char *const *names; /* their names, each may be NULL; or NULL */
	size_t count;
	const struct place *places; /* places of the descriptors in order; NULL: from 3 up */
	size_t place_count;	    /* 0, or at least count */
	int socket;		    /* the connection if it is passed on, or -1 */
	int socket_number;	    /* its number, or -1: after the other descriptors */
	const int *inherit;	    /* numbers of inherited descriptors to keep */
	size_t inherit_count;
	bool inherit_all;
	const struct ucred *peer; /* the sender, or NULL if unknown */
	int data;		  /* a descriptor that contains the data, or -1 */
	int data_number;	  /* number at which to place data */
	const char *data_name;	  /* environment variable for data_value, or NULL */
	const char *data_value;
	const char *const
	    *variables;		   /* NAME, VALUE, ... to set, or to remove if VALUE is empty; ended by NULL; or NULL */
	const char *const *setenv; /* NAME=VALUE containing {fd}, in order, ended by NULL; or NULL */
	int **own;		   /* descriptors that the caller needs on failure; moved if their number is a target */
	size_t own_count;
};

/*
 * Replaces this process by ARGV. Returns only on failure: -1 with *FAIL filled (status 126 or 127 if the program itself
 * could not be run). Descriptor 2 is then the original one, so that the error can be printed.
 */
int handover_exec(const struct handover *handover, char *const *argv, struct fail *fail);

/* Returns true if NAME is valid in LISTEN_FDNAMES: 1 to 255 printable ASCII characters without a colon. */
bool handover_name_ok(const char *name);

#endif
