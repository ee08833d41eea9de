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
	size_t length; /* of name, without the NUL that ends a path */
	int fd;	       /* ADDR_FD: borrowed, never closed here; else -1 */
};

/*
 * Parses TEXT: a path, unix:PATH, @NAME, unix:@NAME, abns@NAME, fd:N, -, listen:NAME, listen:I, env:VAR. Opens nothing.
 * fd:N is checked to be an open socket, listen: is looked up in LISTEN_FDS (LISTEN_PID checked). Returns 0, or -1 with
 * *FAIL filled. addr_done() releases what it holds; it closes nothing.
 */
int addr_parse(struct addr *addr, const char *text, struct fail *fail);
void addr_done(struct addr *addr);

/* True if TEXT is clearly meant as an ADDRESS: it has a '/', a leading '@', a prefix of addr_parse(), or is "-". */
bool addr_is_clear(const char *text);

/*
 * The length of the "word:" that TEXT begins with if that word is no prefix of an ADDRESS; 0 if it begins with none.
 * addr_parse() refuses such a TEXT.
 */
size_t addr_unknown_prefix(const char *text);

#endif
