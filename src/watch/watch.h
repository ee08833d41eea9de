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
	bool brief;	 /* omit the properties that only JSON output contains */
	bool no_follow;	 /* do not show messages of child processes */
	size_t max_data; /* maximum number of data bytes to read from a message */
	int output;	 /* descriptor to which the messages are written */
	void *arg;
	/* Returns true if MESSAGE is to be shown. If the pointer is NULL, all messages are shown. */
	bool (*wants)(void *arg, const struct message *message);
	/*
	 * Stores a description of MESSAGE in memory. flush() writes the description later, after the duplicated
	 * descriptors of MESSAGE were closed.
	 */
	void (*describe)(void *arg, const struct message *message);
	/*
	 * Writes the stored descriptions without blocking. Returns 0, WATCH_SLOW if the reader of the output has not
	 * accepted all descriptions yet, or -1 with *FAIL. After flush() has returned -1, no more messages are shown.
	 */
	int (*flush)(void *arg, struct fail *fail);
	/*
	 * Waits up to TIMEOUT milliseconds (-1: indefinitely) for the reader of the output, and writes as much as the
	 * reader accepts. Returns the same values as flush().
	 */
	int (*drain)(void *arg, int timeout, struct fail *fail);
	/*
	 * Returns a description of MESSAGE, whose number is not known yet, in a new buffer of *LENGTH bytes, or NULL on
	 * failure. The caller passes this description to show_held() and then frees it.
	 */
	char *(*hold)(void *arg, const struct message *message, size_t *length);
	void (*show_held)(void *arg, const char *text, size_t length, uint64_t number);
	/* Prints TEXT as a warning on standard error. Never blocks. */
	void (*warn)(void *arg, const char *text);
};

struct watch;

/* Returns a new watch, or NULL with errno. OPTIONS must stay valid until watch_free() is called. */
struct watch *watch_new(const struct watch_options *options);
void watch_free(struct watch *watch);

/* Attaches to all threads of process PID. Returns 0, or -1 with *FAIL. */
int watch_attach(struct watch *watch, pid_t pid, struct fail *fail);

/* Waits up to one second until all threads of the attached processes have reported their first stop. */
void watch_settle(struct watch *watch);

/*
 * Traces until all traced processes have exited. Returns 0, or -1 with *FAIL if a message could not be shown. If
 * KEEP_TRACING is set, tracing continues after an output error, but no messages are shown. A program with a seccomp
 * filter needs a tracer, because without a tracer some of its calls fail.
 */
int watch_run(struct watch *watch, bool keep_tracing, struct fail *fail);

/* Returns the number of traced threads. */
size_t watch_thread_count(const struct watch *watch);

/*
 * Creates a tracer process for the calling process, which then executes a program. The tracer inherits only standard
 * error and, if KEEP is not -1, the descriptor KEEP. The tracer calls TRACER(ARG, N), where N is the number of KEEP's
 * duplicate in the tracer. TRACER must not return. Returns 0 in the calling process, or -1 with *FAIL if the tracer
 * could not attach to the calling process.
 */
int watch_start(struct watch *watch, int keep, void (*tracer)(void *arg, int keep), void *arg, struct fail *fail);

#endif
