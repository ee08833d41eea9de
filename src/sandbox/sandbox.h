/* SPDX-License-Identifier: ISC */
/*
 * Giving up what is needed no more: once its sockets are open, a process that will run no other program keeps the system
 * calls of its profile (seccomp), and the files that it named here and those of /proc to read (Landlock). Whoever takes
 * over such a process gets little with it. Either part is left out where the kernel has it not, or where it was not
 * built in; nothing here can fail for any other reason than that, and nothing fails because of it.
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

/* One bit a profile, for the table of calls (sandbox/calls.h). */
enum sandbox_profile {
	SANDBOX_RECV = 1 << 0,
	SANDBOX_SEND = 1 << 1,
	SANDBOX_RELAY = 1 << 2,
	SANDBOX_SHOW = 1 << 3,
	SANDBOX_TTY = 1 << 4,
	SANDBOX_ALL = (1 << 5) - 1
};

/* What holds, or could. */
enum { SANDBOX_SECCOMP = 1 << 0, SANDBOX_LANDLOCK = 1 << 1 };

struct sandbox {
	enum sandbox_profile profile;
	int ruleset;   /* Landlock's; -1: there is none */
	uint64_t held; /* the rights over files that are given up unless a rule says otherwise */
};

/* What was built in. */
unsigned int sandbox_built(void);

/* What the running kernel has of it. */
unsigned int sandbox_here(void);

/* Begins to put one together. Everything in it is to be released by sandbox_enter(). */
void sandbox_begin(struct sandbox *sandbox, enum sandbox_profile profile);

/* Names in a directory may be removed: it is open as DIRFD (-1: none), or PATH names something in it. */
void sandbox_lets_remove(struct sandbox *sandbox, int dirfd);
void sandbox_lets_remove_path(struct sandbox *sandbox, const char *path);

/* The file PATH may be read. */
void sandbox_lets_read(struct sandbox *sandbox, const char *path);

/* What is open as FD may be opened once more, to write to it. */
void sandbox_lets_reopen(struct sandbox *sandbox, int fd);

/* The regular file PATH may be made and written. */
void sandbox_lets_create(struct sandbox *sandbox, const char *path);

/* Other processes are looked at: Landlock would hide them, so it is left out. */
void sandbox_lets_look(struct sandbox *sandbox);

/*
 * From now on, for this process and the helpers that it will have: there is no way back. Returns what holds. Keeps
 * errno.
 */
unsigned int sandbox_enter(struct sandbox *sandbox);

#endif
