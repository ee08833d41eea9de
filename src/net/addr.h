/* SPDX-License-Identifier: ISC */
/* ADDRESS as written on the command line: fdpass(1), ADDRESSES. */
#ifndef NET_ADDR_H
#define NET_ADDR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"

enum addr_kind {
	ADDR_PATH,     /* name is a path, NUL-terminated */
	ADDR_ABSTRACT, /* name is the abstract name, its leading NUL included */
	ADDR_FD	       /* fd is an open socket */
};

struct addr {
	enum addr_kind kind;
	char *text;    /* as it was written, for messages */
	char *name;    /* owned; NULL for ADDR_FD */
	size_t length; /* of name, without a path's final NUL */
	int fd;	       /* ADDR_FD: borrowed from whoever opened it; else -1 */
};

/*
 * Parses TEXT: a path, unix:PATH, @NAME, unix:@NAME, abns@NAME, fd:N, -, listen:NAME, listen:I, env:VAR. Opens nothing.
 * fd:N is checked to be an open socket, listen: is looked up in LISTEN_FDS (LISTEN_PID checked). Returns 0, or -1 with
 * *FAIL filled. addr_done() releases what it holds; it closes nothing.
 */
int addr_parse(struct addr *addr, const char *text, struct fail *fail);
void addr_done(struct addr *addr);

#endif
