/* SPDX-License-Identifier: ISC */
/*
 * Shows the messages of running programs, using ptrace(2). A program to which the tracer attaches stops at each system
 * call. A program that the tracer starts has a seccomp filter, and stops only at calls that send or receive messages.
 * When the tracer exits for any reason, the kernel detaches all threads: running threads are not affected, and stopped
 * threads continue, with the signal that was about to be delivered.
 */
#ifndef WATCH_WATCH_H
#define WATCH_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/fail.h"
#include "inspect/message.h"

#define WATCH_SLOW 1

struct watch_options {
	bool all;	 /* also show messages without control messages */
	bool brief;	 /* omit the facts that only JSON output contains */
	bool no_follow;	 /* do not trace child processes, or do not show their messages */
	size_t max_data; /* maximum number of data bytes to read from a message */
	int output;	 /* descriptor to which the messages are written */
	void *arg;
	/* Returns true if MESSAGE is to be shown. If the pointer is NULL, all messages are shown. */
	bool (*wants)(void *arg, const struct message *message);
	/*
	 * Describes MESSAGE in memory. flush() writes the description later, after the descriptors of MESSAGE were
	 * closed here.
	 */
	void (*describe)(void *arg, const struct message *message);
	/*
	 * Writes the descriptions without blocking. Returns 0, WATCH_SLOW if the reader of the output does not accept
	 * all of it yet, or -1 with *FAIL. After -1, no more messages are shown.
	 */
	int (*flush)(void *arg, struct fail *fail);
	/*
	 * Waits up to TIMEOUT ms (-1: indefinitely) for the reader of the output, and writes as much as the reader
	 * accepts. Returns like flush().
	 */
	int (*drain)(void *arg, int timeout, struct fail *fail);
	/*
	 * Describes MESSAGE before its number is known. Returns a text of LENGTH bytes that is passed to show_held()
	 * and then freed. Returns NULL on failure.
	 */
	char *(*hold)(void *arg, const struct message *message, size_t *length);
	void (*show_held)(void *arg, const char *text, size_t length, uint64_t number);
	/* Prints TEXT as a warning on standard error. Never blocks. */
	void (*warn)(void *arg, const char *text);
};

struct watch;

/* Returns a new object, or NULL with errno. OPTIONS must stay valid as long as the object. */
struct watch *watch_new(const struct watch_options *options);
void watch_free(struct watch *watch);

/* Attaches to all threads of process PID. Returns 0, or -1 with *FAIL. */
int watch_attach(struct watch *watch, pid_t pid, struct fail *fail);

/* Waits up to one second until all threads of the attached processes are traced. */
void watch_settle(struct watch *watch);

/*
 * Traces until no traced process is left. Returns 0, or -1 with *FAIL if a message could not be shown. If KEEP_TRACING
 * is set, tracing continues after such an error without showing messages. This is necessary because some calls of a
 * program with a filter fail without a tracer.
 */
int watch_run(struct watch *watch, bool keep_tracing, struct fail *fail);

/* Returns the number of traced threads. */
size_t watch_thread_count(const struct watch *watch);

/*
 * Creates a tracer process for the calling process, which then executes a program. The tracer inherits only standard
 * error and the descriptor KEEP, unless KEEP is -1. The tracer calls TRACER(ARG, keep) with the new number of KEEP.
 * TRACER must not return. Returns 0 in the calling process, or -1 with *FAIL if it is not traced.
 */
int watch_start(struct watch *watch, int keep, void (*tracer)(void *arg, int keep), void *arg, struct fail *fail);

#endif
