/* SPDX-License-Identifier: ISC */
/* The ADDRESS operand of the command line (fdpass(1), ADDRESSES). */
#ifndef NET_ADDR_H
#define NET_ADDR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"

enum addr_kind {
	ADDR_PATH,     /* name is a path, NUL-terminated */
	ADDR_ABSTRACT, /* name is the abstract name, including the leading NUL */
	ADDR_FD	       /* fd is an open socket */
};

struct addr {
	enum addr_kind kind;
	char *text;    /* the user's own spelling, for messages */
	char *name;    /* owned; NULL for ADDR_FD */
	size_t length; /* length of name, without the NUL that ends a path */
	int fd;	       /* ADDR_FD: borrowed, never closed here; else -1 */
};

/*
 * Parses TEXT: a path, unix:PATH, @NAME, unix:@NAME, abns@NAME, fd:N, -, listen:NAME, listen:I, env:VAR. Opens nothing.
 * fd:N is checked to be an open socket, listen: is looked up in LISTEN_FDS after a check of LISTEN_PID. Returns 0, or
 * -1 with *FAIL filled. addr_done() releases the memory and closes nothing.
 */
int addr_parse(struct addr *addr, const char *text, struct fail *fail);
void addr_done(struct addr *addr);

/*
 * Returns true if TEXT is clearly meant as an ADDRESS: it contains '/', begins with '@' or a prefix of addr_parse(), or
 * is "-".
 */
bool addr_is_clear(const char *text);

/*
 * Returns the length of the "word:" at the beginning of TEXT if the word is not a prefix of an ADDRESS; otherwise 0.
 * addr_parse() refuses such a TEXT.
 */
size_t addr_unknown_prefix(const char *text);

#endif
