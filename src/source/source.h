/* SPDX-License-Identifier: ISC */
/*
 * DESCRIPTOR as written on the command line, parsed and opened: fdpass(1), DESCRIPTORS.
 *
 *	N, fd:N, -	already open (- is 0)
 *	PATH, r:PATH	for reading
 *	w:PATH		for writing, created if necessary; truncated by source_list_truncate()
 *	a:PATH		for appending, created if necessary
 *	rw:PATH		for reading and writing, created if necessary
 *	dir:PATH	a directory
 *	path:PATH	O_PATH
 *	pid:PID:FD	a duplicate of a descriptor of process PID
 *	pid:PID:SELECTOR
 *			duplicates of those that match: all, listening, tcp-listen:[HOST:]PORT,
 *			udp-listen:[HOST:]PORT, unix-listen:ADDRESS, file:PATH, kind:KIND[:PROPERTY]...; with no_wait,
 *			pid:PID means pid:PID:all
 *	pidfd:PID	a pidfd
 *	memfd:NAME	a sealed memfd with the content of standard input; only once
 *	tcp:HOST:PORT	connected to one of the addresses of HOST, tried in turn; an empty HOST is this machine;
 *			also udp:
 *	tcp-listen:HOST:PORT
 *			bound to the first possible address of HOST; an empty HOST or * means any address, of IPv6 and
 *			IPv4 if the system supports both; for port 0 the kernel chooses a port; also udp-listen:
 *	vsock:CID:PORT	connected; CID is a number, or host, local, any
 *	vsock-listen:[CID:]PORT
 *			listening; the default CID is any
 *	unix:ADDRESS	connected as by net/endpoint.h
 *	unix-listen:ADDRESS
 *			listening as by net/endpoint.h
 *	pipe:		two descriptors: the read end, then the write end
 *	socketpair:TYPE	two descriptors: stream, seqpacket, dgram; the default is the type in the options, or stream
 *	listen:NAME	the descriptors in LISTEN_FDS with this name; also listen:I, listen:all; they keep their names
 *
 * A word without these prefixes is a path. =NAME at the end is its name: printable ASCII without a colon, at most 255
 * bytes. NAME begins after the last =, unless a slash follows that. If an entire word without a prefix exists as a
 * path, it is that path; if the part before the = exists, too, that is an error. An = at the very end is removed, so
 * ./a=b= is always the file a=b. The ends of a pair named x are called x-r and x-w (pipe:) or x-0 and x-1
 * (socketpair:).
 */
#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/fail.h"
#include "net/endpoint.h"

struct source_kind;
struct selector;
struct fd_facts;

struct source {
	int fd;
	bool ours;	  /* opened here, close-on-exec; false: inherited, and not closed */
	const char *text; /* DESCRIPTOR as written; owned by the caller */
	char *what;	  /* the part after the prefix, without =NAME */
	char *name;	  /* name in LISTEN_FDNAMES, or NULL */
	char *bound;	  /* tcp-listen:, udp-listen: the actual address, "127.0.0.1:34567"; or NULL */
	pid_t pid;	  /* pid:, pidfd: the process; otherwise 0 */
	int number;	  /* the number to show: for pid:PID:FD the number in the other process, otherwise fd */
	char *error;	  /* with no_wait: the reason why it could not be opened, or NULL */
	struct selector *selector; /* pid:PID:SELECTOR; with no_wait, process_each() opens the descriptors */
	const struct source_kind *kind;
	/*
	 * The path that was created, to be removed if the hand-over fails: of a socket (endpoint) or of a file (made).
	 */
	struct endpoint endpoint;
	bool made;
	bool shared; /* another process may continue to use it */
	uint64_t made_dev, made_ino;
};

struct source_list {
	struct source *items;
	size_t count, room;
	const char *input; /* the DESCRIPTOR that uses standard input, or NULL */
};

#define SOURCE_LIST_NONE \
	{ \
		.items = NULL \
	}

struct source_options {
	/*
	 * Options for unix: and unix-listen:, except the role. type also applies to socketpair:, and deadline
	 * (FDPASS_NEVER: none) to tcp:. Listening sockets block nevertheless.
	 */
	struct endpoint_options endpoint;
	bool readers_at_once; /* open a FIFO for reading without waiting for a writer */
	/*
	 * The descriptors are only inspected: do not wait for the other end of a FIFO or the carrier of a line; an item
	 * that cannot be opened has an error instead of a descriptor.
	 */
	bool no_wait;
};

/*
 * Opens the COUNT descriptors TEXTS, in order. All are parsed and inherited numbers are checked first: call this before
 * other descriptors are opened. On -1 (*FAIL begins with the DESCRIPTOR as written), no descriptor remains open or
 * listening, and no created file remains.
 */
int source_list_open(struct source_list *list, char *const *texts, size_t count, const struct source_options *options,
    struct fail *fail);

/*
 * Calls FOUND for each descriptor of SOURCE's process that its selector matches, in the order of their numbers, with a
 * duplicate that FOUND has to close. Descriptors that are closed meanwhile are skipped. Returns 0, or -1 with *FAIL;
 * its err is ESRCH if the process has ended. If MAY_BE_NONE is false, no match is an error that lists the descriptors.
 */
int process_each(struct source *source, int (*found)(void *arg, int fd, const struct fd_facts *facts), void *arg,
    bool may_be_none, struct fail *fail);

/* Returns true if the LENGTH bytes of WORD, with the colon, are the prefix of a DESCRIPTOR ("pid:"). */
bool source_word_exists(const char *word, size_t length);

/* Truncates the files of w:PATH that existed. Call it when it is certain that the descriptors will be used. */
int source_list_truncate(const struct source_list *list, struct fail *fail);

/* Keeps the paths that were created, because the descriptors have been handed over. */
void source_list_keep(struct source_list *list);

/* Keeps the files that were created here, because the descriptors have been handed over. */
void source_list_keep_files(struct source_list *list);

/*
 * Removes socket paths from disk and closes the descriptors that were opened here, of which another process may have
 * copies. The list remains, without descriptors.
 */
void source_list_leave(struct source_list *list);

/* Removes the paths that were created and not handed over. Async-signal-safe at any time. */
void source_list_unlink(const struct source_list *list);

/* Calls source_list_unlink(), closes the descriptors that were opened here, and releases the list. Keeps errno. */
void source_list_close(struct source_list *list);

#endif
