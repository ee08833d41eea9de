/* SPDX-License-Identifier: ISC */
/*
 * Confinement of a process that executes no program, once its sockets are open: seccomp allows the system calls of its
 * profile, Landlock the files named here and reading /proc. It limits what an attacker who takes over the process can
 * do. A mechanism that the kernel lacks, or that was not built in, is skipped; that is not an error.
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

/* One bit per profile, for the table of calls (sandbox/calls.def). */
enum sandbox_profile {
	SANDBOX_RECV = 1 << 0,
	SANDBOX_SEND = 1 << 1,
	SANDBOX_RELAY = 1 << 2,		/* relays between two open sockets */
	SANDBOX_RELAY_CONNECT = 1 << 3, /* connects a socket for each client */
	SANDBOX_RELAY_CREDS = 1 << 4,	/* does so with the user and groups of the client */
	SANDBOX_SHOW = 1 << 5,
	SANDBOX_TTY = 1 << 6,
	SANDBOX_HOLD = 1 << 7,	/* other calls fail with ENOSYS, because it executes newer versions of itself */
	SANDBOX_WATCH = 1 << 8, /* other calls fail with ENOSYS: calls of a program whose tracer is killed would fail */
	SANDBOX_ALL = (1 << 9) - 1
};

/* The active mechanisms. */
enum { SANDBOX_SECCOMP = 1 << 0, SANDBOX_LANDLOCK = 1 << 1 };

struct sandbox {
	enum sandbox_profile profile;
	int ruleset;   /* Landlock ruleset, or -1 */
	uint64_t held; /* file access rights that are denied except by rule */
};

/* Returns the mechanisms that were built in. */
unsigned int sandbox_built(void);

/* Returns the mechanisms that the running kernel supports. */
unsigned int sandbox_here(void);

/*
 * Initializes SANDBOX. ABSTRACT allows connecting and sending to abstract names. sandbox_enter() must follow; it
 * releases the resources.
 */
void sandbox_begin(struct sandbox *sandbox, enum sandbox_profile profile, bool abstract);

/* Allows removing names from a directory: the one open as DIRFD (-1: none), or the one that contains PATH. */
void sandbox_allow_remove(struct sandbox *sandbox, int dirfd);
void sandbox_allow_remove_path(struct sandbox *sandbox, const char *path);

/* Allows reading the file PATH. */
void sandbox_allow_read(struct sandbox *sandbox, const char *path);

/* Allows opening the file of FD again for writing. */
void sandbox_allow_reopen(struct sandbox *sandbox, int fd);

/* Allows creating and writing the regular file PATH. */
void sandbox_allow_create(struct sandbox *sandbox, const char *path);

/* Allows reading and executing any file that the user may read and execute. */
void sandbox_allow_exec(struct sandbox *sandbox);

/* Allows inspecting other processes. Landlock would forbid that, so it is not used. */
void sandbox_allow_inspection(struct sandbox *sandbox);

/*
 * Confines this process and its future helpers irrevocably. Returns the active mechanisms. Keeps errno.
 */
unsigned int sandbox_enter(struct sandbox *sandbox);

#endif
