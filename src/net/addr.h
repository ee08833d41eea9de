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
	int fd;	       /* ADDR_FD: the descriptor, which is never closed by addr_done(); otherwise -1 */
};

/*
 * Parses TEXT: a path, unix:PATH, @NAME, unix:@NAME, abns@NAME, fd:N, -, listen:NAME, listen:I, env:VAR. Opens no
 * files. Checks that the descriptor of fd:N is an open socket. Looks up listen: in LISTEN_FDS after a check of
 * LISTEN_PID. Returns 0, or -1 with *FAIL. addr_done() releases the memory, but closes no descriptor.
 */
int addr_parse(struct addr *addr, const char *text, struct fail *fail);
void addr_done(struct addr *addr);

/*
 * Returns true if TEXT is certainly an ADDRESS: TEXT contains '/', begins with '@' or an ADDRESS prefix such as
 * "unix:", or is "-".
 */
bool addr_is_clear(const char *text);

/*
 * If TEXT begins with "word:" and this is not an ADDRESS prefix, returns the length of "word:". Returns 0 if TEXT
 * begins with no "word:" or with an ADDRESS prefix. addr_parse() reports an error for a TEXT with an unknown prefix.
 */
size_t addr_unknown_prefix(const char *text);

#endif
