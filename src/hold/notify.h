/* SPDX-License-Identifier: ISC */
/*
 * Messages of sd_notify(3): lines of NAME=VALUE. Those for the descriptor store are handled here; all others are for a
 * service manager. FDLIST, FDGET, FDTAKE and FDHANDOVER are extensions of fdpass.
 */
#ifndef HOLD_NOTIFY_H
#define HOLD_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"

#define NOTIFY_NAME_MAX	    255	     /* maximum length of a descriptor's name, as in systemd */
#define NOTIFY_NAME_DEFAULT "stored" /* the name of descriptors without FDNAME=, as in systemd */
#define NOTIFY_MESSAGE_MAX  16384    /* maximum length of a message; systemd accepts 4096 bytes */

enum notify_request {
	NOTIFY_NONE, /* the message contains no request for the store */
	NOTIFY_STORE,
	NOTIFY_REMOVE,
	NOTIFY_BARRIER,
	NOTIFY_LIST,
	NOTIFY_GET,
	NOTIFY_TAKE,
	NOTIFY_HANDOVER
};

struct notify {
	enum notify_request request;
	bool has_name;
	bool bad_name; /* FDNAME= was not a valid name, and name is the default */
	char name[NOTIFY_NAME_MAX + 1];
	bool poll;	    /* drop the descriptor when it hangs up; false after FDPOLL=0 */
	bool ready;	    /* READY=1 */
	size_t other_count; /* number of lines that do not concern the store */
	bool notifies;	    /* one of these lines is defined by sd_notify(3) */
};

/*
 * Parses the LENGTH bytes at TEXT. One NUL at the end is allowed, as in systemd. Returns 0, or -1 with *FAIL if it is
 * not such a message or has contradictory requests.
 */
int notify_parse(struct notify *notify, const char *text, size_t length, struct fail *fail);

/*
 * Copies the lines of TEXT that do not concern the store to TO, which has room for LENGTH bytes. Returns their length.
 */
size_t notify_others(const char *text, size_t length, char *to);

/*
 * Returns true if the LENGTH bytes at NAME are a valid name: at most 255 printable ASCII characters, no colon; empty is
 * allowed.
 */
bool notify_name_ok(const char *name, size_t length);

/* Returns the name of REQUEST as in a message: "FDSTORE=1". */
const char *notify_request_word(enum notify_request request);

#endif
