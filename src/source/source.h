/* SPDX-License-Identifier: ISC */
/*
 * Parses and opens the DESCRIPTOR operands of the command line (see DESCRIPTORS in fdpass(1)).
 *
 * 	N, fd:N, -	already open (- is 0)
 * 	PATH, r:PATH	for reading
 * 	w:PATH		for writing, created if necessary; truncated by source_list_truncate()
 * 	a:PATH		for appending, created if necessary
 * 	rw:PATH		for reading and writing, created if necessary
 * 	dir:PATH	a directory
 * 	path:PATH	O_PATH
 * 	pid:PID:FD	a duplicate of a descriptor of process PID
 * 	pid:PID:SELECTOR
 * 			duplicates of the descriptors that match: all, listening, tcp-listen:[HOST:]PORT,
 * 			udp-listen:[HOST:]PORT, unix-listen:ADDRESS, file:PATH, kind:KIND[:PROPERTY]...; with no_wait,
 * 			pid:PID means pid:PID:all
 * 	pidfd:PID	a pidfd
 * 	memfd:NAME	a sealed memfd with the content of standard input; only once
 * 	tcp:HOST:PORT	connected to one of the addresses of HOST, tried in order; an empty HOST is this machine;
 * 			also udp:
 * 	tcp-listen:HOST:PORT
 * 			bound to the first possible address of HOST; an empty HOST or * means any address, of IPv6 and
 * 			IPv4 if the system supports both; for port 0 the kernel chooses a port; also udp-listen:
 * 	vsock:CID:PORT	connected; CID is a number, or host, local, any
 * 	vsock-listen:[CID:]PORT
 * 			listening; the default CID is any
 * 	unix:ADDRESS	connected, using net/endpoint.h
 * 	unix-listen:ADDRESS
 * 			listening, using net/endpoint.h
 * 	pipe:		two descriptors: the read end, then the write end
 * 	socketpair:TYPE	two descriptors: stream, seqpacket, dgram; the default is the type in the options, or stream
 * 	listen:NAME	the descriptors in LISTEN_FDS with this name; also listen:I, listen:all; they keep their names
 *
 * A word without these prefixes is a path. =NAME at its end is the name of the descriptor: printable ASCII characters
 * without a colon, at most 255 bytes. NAME begins after the last =, unless a slash follows this =. If an entire word
 * without a prefix is an existing path, it is treated as a path without =NAME. If both the entire word and its part
 * before the = are existing paths, the word is refused as ambiguous. An = at the very end is removed, so ./a=b= always
 * refers to the file a=b. If a pair is named x, its ends are named x-r and x-w (pipe:) or x-0 and x-1 (socketpair:).
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
	/* fdpass has opened the descriptor (close-on-exec) and closes it; false: the descriptor was inherited */
	bool ours;
	const char *text; /* the DESCRIPTOR as the user wrote it; owned by the caller of source_list_open() */
	char *what;	  /* the part of TEXT after the prefix, without =NAME */
	char *name;	  /* the name of the descriptor for LISTEN_FDNAMES, or NULL */
	/*
	 * for tcp-listen: and udp-listen: the bound address with the actual port, such as "127.0.0.1:34567"; otherwise
	 * NULL
	 */
	char *bound;
	pid_t pid;    /* for pid: and pidfd: the process; otherwise 0 */
	int number;   /* the number that show prints; for pid:PID:FD the number FD in process PID, otherwise fd */
	bool foreign; /* for pid:PID:FD: number belongs to process PID, even if it equals fd */
	char *error;  /* with no_wait: the error if the descriptor could not be opened, or NULL */
	/* the selector of pid:PID:SELECTOR, or NULL; with no_wait, process_each() opens the matching descriptors */
	struct selector *selector;
	const struct source_kind *kind;
	/*
	 * The created path of a socket (endpoint) or of a file (made). The path is removed, unless the descriptors were
	 * handed over.
	 */
	struct endpoint endpoint;
	bool made;
	bool shared; /* another process may have a copy of the descriptor fd */
	uint64_t made_dev, made_ino;
};

struct source_list {
	struct source *items;
	size_t count, room;
	const char *input; /* the DESCRIPTOR that reads standard input, or NULL */
};

#define SOURCE_LIST_NONE \
	{ \
		.items = NULL \
	}

struct source_options {
	/*
	 * Options for unix: and unix-listen:, except the role. The type also applies to socketpair:, and the deadline
	 * (FDPASS_NEVER: no limit) to tcp:. Listening sockets are always blocking.
	 */
	struct endpoint_options endpoint;
	bool readers_at_once; /* open a FIFO for reading without waiting for its writer */
	/*
	 * The descriptors are only inspected. Opening a FIFO or a serial line does not wait for the other end. If an
	 * item cannot be opened, the item gets an error instead of a descriptor.
	 */
	bool no_wait;
	/*
	 * Called before a FIFO is opened, for writing if WRITING is true, otherwise for reading. open(2) waits until
	 * another process opens the other end of the FIFO. NULL: no function is called.
	 */
	void (*waits)(const char *text, bool writing);
};

/*
 * Opens the COUNT descriptors TEXTS in order. Parses all TEXTS and checks the inherited numbers before opening any
 * descriptor. Must be called before this process opens other descriptors. Returns 0, or -1 with *FAIL, which begins
 * with the DESCRIPTOR as the user wrote it. On failure, all descriptors are closed and all created files are removed.
 */
int source_list_open(struct source_list *list, char *const *texts, size_t count, const struct source_options *options,
    struct fail *fail);

/*
 * Calls FOUND for each descriptor of SOURCE's process that matches its selector, in the order of their numbers. FOUND
 * gets a duplicate of the descriptor, and must close the duplicate. Descriptors that the process closes during the call
 * are skipped. Returns 0, or -1 with *FAIL; fail->err is ESRCH if the process has exited. If no descriptor matches and
 * MAY_BE_NONE is false, fails with an error that lists the descriptors of the process.
 */
int process_each(struct source *source, int (*found)(void *arg, int fd, const struct fd_facts *facts), void *arg,
    bool may_be_none, struct fail *fail);

/* Returns true if the LENGTH bytes at WORD are the prefix of a DESCRIPTOR, including the colon ("pid:"). */
bool source_word_exists(const char *word, size_t length);

/*
 * Truncates the files named by w:PATH operands, except those that this process has created. Must be called only when
 * the descriptors will certainly be used, because truncation destroys data.
 */
int source_list_truncate(const struct source_list *list, struct fail *fail);

/*
 * Marks the created paths as permanent, so that they are not removed later. Called after the descriptors were handed
 * over.
 */
void source_list_keep(struct source_list *list);

/* Like source_list_keep(), but only for created regular files. Created socket paths are still removed later. */
void source_list_keep_files(struct source_list *list);

/*
 * Removes the created socket paths, and closes the descriptors that this process has opened. Does not shut down
 * sockets, because other processes may have copies of them. The items stay in the list, without descriptors.
 */
void source_list_leave(struct source_list *list);

/* Removes the created paths, unless their descriptors were handed over. Async-signal-safe at any time. */
void source_list_unlink(const struct source_list *list);

/*
 * Calls source_list_unlink(), closes the descriptors that this process has opened, and releases the list. Preserves
 * errno.
 */
void source_list_close(struct source_list *list);

#endif
