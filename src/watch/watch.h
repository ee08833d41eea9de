/* SPDX-License-Identifier: ISC */
/*
 * The messages of running programs, observed with ptrace(2). A program to which the tracer attaches is stopped at each
 * system call. A program that is started here has a seccomp filter, and is stopped only at the calls that concern
 * messages. Nothing has to be undone: when the tracer ends for any reason, the kernel detaches it. Running threads are
 * not affected; stopped threads continue, with the signal that was about to be delivered.
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
	bool brief;	 /* omit the facts that only JSON shows */
	bool no_follow;	 /* do not follow processes that are forked */
	size_t max_data; /* maximum number of data bytes to read from a message */
	void *arg;
	/* Returns false if MESSAGE is not to be shown. NULL: all messages are shown. */
	bool (*wants)(void *arg, const struct message *message);
	/*
	 * Describes MESSAGE; flush() writes the description later, when none of its descriptors is open here any more.
	 */
	void (*describe)(void *arg, const struct message *message);
	/*
	 * Never blocks. Returns 0; WATCH_SLOW if the reader of the output cannot take all of it yet; or -1 with *FAIL:
	 * then no more messages are shown.
	 */
	int (*flush)(void *arg, struct fail *fail);
	/* Waits up to TIMEOUT ms (-1: indefinitely) for that reader, and writes what it takes. Returns like flush(). */
	int (*drain)(void *arg, int timeout, struct fail *fail);
	/*
	 * Describes MESSAGE for later, when its number is known. Returns a text of LENGTH bytes for show_held() and
	 * free(3), or NULL if that is not possible.
	 */
	char *(*hold)(void *arg, const struct message *message, size_t *length);
	void (*show_held)(void *arg, const char *text, size_t length, uint64_t number);
	/* Prints TEXT as a warning on standard error. Never blocks. */
	void (*warn)(void *arg, const char *text);
};

struct watch;

/* Returns NULL with errno. OPTIONS must outlive the result. */
struct watch *watch_new(const struct watch_options *options);
void watch_free(struct watch *watch);

/* Attaches to all threads of process PID. Returns 0, or -1 with *FAIL. */
int watch_attach(struct watch *watch, pid_t pid, struct fail *fail);

/* Waits briefly until all threads that were attached to are traced. */
void watch_settle(struct watch *watch);

/*
 * Traces until no traced process is left. Returns 0, or -1 with *FAIL if a message could not be shown. If KEEP_TRACING
 * is set, tracing continues after that without showing messages, because the calls of a program with a filter fail
 * without a tracer.
 */
int watch_run(struct watch *watch, bool keep_tracing, struct fail *fail);

/* Returns the number of traced threads. */
size_t watch_thread_count(const struct watch *watch);

/*
 * Creates a process that traces this one, which then replaces itself by a program. The tracer shares standard error and
 * the descriptor KEEP, unless that is -1. The tracer calls TRACER(ARG, keep) with its number of KEEP; TRACER must not
 * return. Returns 0 here, or -1 with *FAIL: then nothing is traced.
 */
int watch_start(struct watch *watch, int keep, void (*tracer)(void *arg, int keep), void *arg, struct fail *fail);

#endif
