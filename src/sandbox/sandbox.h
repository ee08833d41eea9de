/* SPDX-License-Identifier: ISC */
/*
 * Confines this process after its sockets were opened, to limit the damage if an attacker takes over the process.
 * seccomp allows only the system calls of the selected profile. Landlock allows only reading /proc and the file
 * accesses that were allowed with the functions below. A mechanism (seccomp or Landlock) that the kernel does not
 * support, or that was not built in, is skipped without an error.
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

/* One bit for each profile: a set of allowed system calls in sandbox/calls.def. */
enum sandbox_profile {
	SANDBOX_RECV = 1 << 0,
	SANDBOX_SEND = 1 << 1,
	SANDBOX_RELAY = 1 << 2,		/* forwards data between two open sockets */
	SANDBOX_RELAY_CONNECT = 1 << 3, /* like SANDBOX_RELAY, and connects to the server for each client */
	SANDBOX_RELAY_CREDS = 1 << 4,	/* like SANDBOX_RELAY_CONNECT, with the user and group IDs of the client */
	SANDBOX_SHOW = 1 << 5,
	SANDBOX_TTY = 1 << 6,
	/*
	 * calls outside this profile fail with ENOSYS instead of killing the process, because hold can execute a newer
	 * version of fdpass
	 */
	SANDBOX_HOLD = 1 << 7,
	/*
	 * calls outside this profile fail with ENOSYS instead of killing the tracer, because without its tracer some
	 * calls of a traced program would fail
	 */
	SANDBOX_WATCH = 1 << 8,
	SANDBOX_SEND_FILE = 1 << 9, /* the verb send, if it writes the reply to a file */
	SANDBOX_ALL = (1 << 10) - 1
};

/* Bits for the active mechanisms. */
enum { SANDBOX_SECCOMP = 1 << 0, SANDBOX_LANDLOCK = 1 << 1 };

struct sandbox {
	enum sandbox_profile profile;
	int ruleset;   /* descriptor of the Landlock ruleset, or -1 */
	uint64_t held; /* file access rights that are denied unless a rule allows them */
};

/* Returns the mechanisms that were built in. */
unsigned int sandbox_built(void);

/* Returns the mechanisms that the running kernel supports. */
unsigned int sandbox_here(void);

/*
 * Initializes SANDBOX. If ABSTRACT is true, allows connecting and sending to abstract names. The caller must call
 * sandbox_enter() later. sandbox_enter() releases the resources of SANDBOX, too.
 */
void sandbox_begin(struct sandbox *sandbox, enum sandbox_profile profile, bool abstract);

/*
 * sandbox_allow_remove() allows removing files from the directory that is open as DIRFD (-1: does nothing).
 * sandbox_allow_remove_path() allows removing files from the directory that contains PATH.
 */
void sandbox_allow_remove(struct sandbox *sandbox, int dirfd);
void sandbox_allow_remove_path(struct sandbox *sandbox, const char *path);

/* Allows reading the file PATH. */
void sandbox_allow_read(struct sandbox *sandbox, const char *path);

/* Allows opening the file to which FD refers again for writing. */
void sandbox_allow_reopen(struct sandbox *sandbox, int fd);

/* Allows creating and writing the regular file PATH. */
void sandbox_allow_create(struct sandbox *sandbox, const char *path);

/* Allows reading and executing any file that the user may read and execute. */
void sandbox_allow_exec(struct sandbox *sandbox);

/* Allows inspecting other processes. Landlock always denies this inspection, so Landlock is not used. */
void sandbox_allow_inspection(struct sandbox *sandbox);

/*
 * Confines this process and the helpers that it creates later. The confinement cannot be removed. Returns the active
 * mechanisms. Preserves errno.
 */
unsigned int sandbox_enter(struct sandbox *sandbox);

#endif
