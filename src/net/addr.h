/* SPDX-License-Identifier: ISC */
/* Parses the ADDRESS operand of the command line (see ADDRESSES in fdpass(1)). */
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
	char *text;    /* the ADDRESS as the user wrote it, for messages */
	char *name;    /* path or abstract name, owned by this struct; NULL for ADDR_FD */
	size_t length; /* length of name, excluding the NUL byte at the end of a path */
	int fd;	       /* ADDR_FD: the socket, which addr_done() does not close; otherwise -1 */
};

/*
 * Parses TEXT: a path, unix:PATH, @NAME, unix:@NAME, abns@NAME, fd:N, -, listen:NAME, listen:I, env:VAR. Opens no
 * files. Checks that the descriptor of fd:N is an open socket. For listen:, checks LISTEN_PID and finds the descriptor
 * in LISTEN_FDS. Returns 0, or -1 with *FAIL. addr_done() releases the memory, but closes no descriptor.
 */
int addr_parse(struct addr *addr, const char *text, struct fail *fail);
void addr_done(struct addr *addr);

/*
 * Returns true if TEXT is certainly an ADDRESS: TEXT contains '/', begins with '@' or an ADDRESS prefix such as
 * "unix:", or is "-".
 */
bool addr_is_clear(const char *text);

/*
 * If TEXT begins with an unknown prefix of the form "word:", returns the length of the prefix including the colon.
 * Returns 0 if TEXT has no prefix or if the prefix is known (such as "unix:"). addr_parse() reports an error if the
 * prefix of TEXT is unknown.
 */
size_t addr_unknown_prefix(const char *text);

#endif
