/* SPDX-License-Identifier: ISC */
/* Implements --data=DEST: the destination of the received data. */
#ifndef RECEIVE_SINK_H
#define RECEIVE_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/fail.h"
#include "exec/handover.h"

enum sink_kind { SINK_DISCARD, SINK_STDOUT, SINK_FILE, SINK_STDIN, SINK_FD, SINK_ENV };

#define SINK_HEAD 200

/* The parsed DEST of --data=DEST. */
struct sink_target {
	enum sink_kind kind;
	bool given;	    /* --data was specified; otherwise, dropped data is reported */
	const char *option; /* the option name that the warning about dropped data recommends */
	int number;	    /* SINK_FD: the descriptor number that the command gets for the data */
	char *text;	    /* a copy of DEST, into which name points; NULL: --data was not specified */
	const char *name;   /* SINK_ENV: the name of the variable; SINK_FILE: the path */
	int fd;		    /* SINK_FILE: the file, which stays open for all connections */
	bool begun;	    /* SINK_FILE: the file has been truncated */
	bool holds;	    /* SINK_FILE, SINK_STDOUT: the data stays in memory until sink_release() */
	bool until_eof;	    /* DEST ends with ",eof": receive all data until end of file */
	int64_t deadline;   /* deadline for writing data to the destination, or FDPASS_NEVER */
};

/* The data that is received for one command. */
struct sink {
	struct sink_target *target;
	/* memfd that contains the data; -1: there is no data yet, or the data is written immediately or discarded */
	int fd;
	char *value;	  /* SINK_ENV: the value of the variable, set by sink_hand_over() */
	uint64_t size;	  /* number of bytes in the memfd */
	uint64_t dropped; /* number of dropped bytes, excluding filler bytes */
	/*
	 * The beginning of the data. Empty if the data was written to a file or standard output. If the connection ends
	 * before all descriptors were received, the data may explain the reason.
	 */
	char head[SINK_HEAD];
	size_t head_length;
	bool head_is_all;
};

/* Parses DEST, which is NULL if --data is not set. The caller still owns DEST. Returns 0, or -1 with *FAIL. */
int sink_parse(struct sink_target *target, const char *dest, struct fail *fail);

/* Releases TARGET. Closes the file without truncating the file. */
void sink_target_done(struct sink_target *target);

/*
 * Opens the file of --data=file:PATH. Called before the first message is received, so that no data is received that
 * cannot be written. Returns 0, or -1 with *FAIL.
 */
int sink_prepare(struct sink_target *target, struct fail *fail);

/*
 * Closes the file of --data=file:PATH. If no data was received, truncates the file first. Returns 0, or -1 with *FAIL
 * if the data may not have been written.
 */
int sink_end(struct sink_target *target, struct fail *fail);

/* Returns true if the destination requires a command (stdin, fd:N, env:NAME). */
bool sink_needs_command(const struct sink_target *target);

void sink_open(struct sink *sink, struct sink_target *target);

/* Writes LENGTH bytes of data from BUFFERS to the destination of SINK. Returns 0, or -1 with *FAIL. */
int sink_put(struct sink *sink, const struct iovec *buffers, size_t count, size_t length, struct fail *fail);

/* Writes the data that is still in memory (see the member "holds") to the destination. Returns 0, or -1 with *FAIL. */
int sink_release(struct sink *sink, struct fail *fail);

/*
 * Warns that data was dropped, and recommends the option that keeps the data. Prints nothing if the data is only the
 * line with the names of the descriptors.
 */
void sink_warn_dropped(const struct sink *sink);

/*
 * Writes the data as one escaped line to BUFFER, which has SIZE bytes. Returns false if the data is not a short text,
 * or if the data has been written to a file or to standard output.
 */
bool sink_text(const struct sink *sink, char *buffer, size_t size);

/*
 * Adds the collected data to HANDOVER, as a sealed memfd whose offset is 0, or as the value of an environment variable.
 * Returns 0, or -1 with *FAIL.
 */
int sink_hand_over(struct sink *sink, struct handover *handover, struct fail *fail);

/* Releases SINK. Prints no warning about dropped data. */
void sink_close(struct sink *sink);

#endif
