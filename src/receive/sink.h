/* SPDX-License-Identifier: ISC */
/* --data=DEST: the destination of data that is received with descriptors. */
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

/* DEST of --data=DEST, parsed once. */
struct sink_target {
	enum sink_kind kind;
	bool given;	    /* --data was given; false: dropped data is reported */
	const char *option; /* option that keeps the data, for that report */
	int number;	    /* SINK_FD: the number at which the command gets the data */
	char *text;	    /* a copy of DEST that name points into; NULL: --data was not given */
	const char *name;   /* SINK_ENV's variable, SINK_FILE's path */
	int fd;		    /* SINK_FILE: open until the end, for all connections */
	bool begun;	    /* SINK_FILE: its old content was removed */
	bool until_eof;	    /* DEST ended in ",eof": the data is everything up to the end of file */
	int64_t deadline;   /* deadline for writing the data, or FDPASS_NEVER */
};

/* The data collected for one command. */
struct sink {
	struct sink_target *target;
	int fd;		  /* STDIN, FD, ENV: a memfd once there is data; else -1 */
	char *value;	  /* SINK_ENV: the value, after sink_hand_over() */
	uint64_t dropped; /* number of dropped bytes, in messages with more than a filler byte */
	/*
	 * The beginning of the data, unless it was written to a file or standard output. If the connection ends early,
	 * the data may contain the reason.
	 */
	char head[SINK_HEAD];
	size_t head_length;
	bool head_is_all;
};

/* Parses DEST (NULL: --data is not set), which remains the caller's. Returns 0, or -1 with *FAIL. */
int sink_parse(struct sink_target *target, const char *dest, struct fail *fail);

/* Releases TARGET. A file is only closed, not truncated. */
void sink_target_done(struct sink_target *target);

/*
 * Opens a file before the first message is received, so that no data is received that cannot be written. Returns 0, or
 * -1 with *FAIL.
 */
int sink_prepare(struct sink_target *target, struct fail *fail);

/*
 * Closes the file, and truncates it first if there was no data. Returns 0, or -1 with *FAIL: the data may not have been
 * written.
 */
int sink_end(struct sink_target *target, struct fail *fail);

/* Returns true if only a command can use this destination. */
bool sink_needs_command(const struct sink_target *target);

void sink_open(struct sink *sink, struct sink_target *target);

/* Adds LENGTH bytes of data, which are in BUFFERS in order. Returns 0, or -1 with *FAIL. */
int sink_put(struct sink *sink, const struct iovec *buffers, size_t count, size_t length, struct fail *fail);

/* Warns that data was dropped, unless it is only the names of descriptors, and names the option that keeps it. */
void sink_warn_dropped(const struct sink *sink);

/*
 * Writes the data to BUFFER of SIZE bytes, as one escaped line, if it is a short text that would otherwise be lost.
 * Returns false if it is not.
 */
bool sink_text(const struct sink *sink, char *buffer, size_t size);

/*
 * Adds the collected data to HANDOVER: as a sealed and rewound descriptor, or as a variable's value. Returns 0, or -1
 * with *FAIL.
 */
int sink_hand_over(struct sink *sink, struct handover *handover, struct fail *fail);

/* Releases SINK. The caller reports dropped data. */
void sink_close(struct sink *sink);

#endif
