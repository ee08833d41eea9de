/* SPDX-License-Identifier: ISC */
/*
 * Becoming a program that has just the descriptors it was meant to have: placed, announced in its environment, and
 * nothing else open above 2 but what was asked for. recv, recv --spawn and run all end here.
 */
#ifndef EXEC_HANDOVER_H
#define EXEC_HANDOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/fail.h"

/* Where one descriptor goes: --fd=N[,M]...[=NAME] or --fd=$VAR. */
struct place {
	int number;	 /* the number it is put at, or -1: it stays where it is */
	const int *also; /* further numbers that it is put at */
	size_t also_count;
	const char *name;     /* for LISTEN_FDNAMES, or NULL */
	const char *variable; /* told its number, or NULL */
};

struct handover {
	const int *fds;		  /* in order of arrival */
	const char *const *names; /* their own names, each may be NULL; or NULL */
	size_t count;
	const struct place *places; /* for the first of them, in order; or NULL: from 3 up */
	size_t place_count;	    /* 0, or at least count */
	int socket;		    /* the connection, handed over too, or -1 */
	int socket_number;	    /* where, or -1: behind the others */
	const int *inherit;	    /* inherited numbers to keep */
	size_t inherit_count;
	bool inherit_all;
	const struct ucred *peer; /* the sender, or NULL if unknown */
	int data;		  /* a descriptor with the data that came along, or -1 */
	int data_number;	  /* where that goes */
	const char *data_name;	  /* or the environment variable that holds it, or NULL */
	const char *data_value;
	const char *const
	    *variables; /* NAME, VALUE, ... set as they are, or removed if VALUE is empty; NULL at the end; or NULL */
	const char *const *setenv; /* NAME=VALUE with {fd} in it, in order, NULL at the end; or NULL */
	int **own; /* what the caller needs should this fail: gets another number where that is wanted */
	size_t own_count;
};

/*
 * Replaces this process by ARGV. Returns only on failure: -1 with *FAIL filled (status 126 or 127 if the program itself
 * could not be run). Descriptor 2 is what it was then, so that the failure can be told.
 */
int handover_exec(const struct handover *handover, char *const *argv, struct fail *fail);

/* True if NAME can stand in LISTEN_FDNAMES: printable ASCII without a colon, at most 255 characters, not empty. */
bool handover_name_ok(const char *name);

#endif
