/* SPDX-License-Identifier: ISC */
/* Implements --detach-keys=KEYS, in the syntax of docker and podman: "ctrl-p,ctrl-q", "a,b", "ctrl-@". */
#ifndef TTY_DETACH_KEYS_H
#define TTY_DETACH_KEYS_H

#include <stddef.h>

#include "base/fail.h"

#define DETACH_KEYS_MAX 32

struct detach_keys {
	char keys[DETACH_KEYS_MAX];
	size_t count; /* number of keys; 0: none */
};

/* Parses TEXT (NULL: no keys). Returns 0, or -1 with *FAIL. */
int detach_keys_parse(struct detach_keys *keys, const char *text, struct fail *fail);

#endif
