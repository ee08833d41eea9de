/* SPDX-License-Identifier: ISC */
/*
 * Parses messages of sd_notify(3), which consist of lines NAME=VALUE. fdpass handles the lines for the descriptor
 * store; all other lines are for a service manager. FDLIST, FDGET, FDTAKE and FDHANDOVER are extensions of fdpass.
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
	bool bad_name; /* FDNAME= contained an invalid name, so name is the default */
	char name[NOTIFY_NAME_MAX + 1];
	bool poll;	    /* remove the descriptor when it hangs up; false if the message contains FDPOLL=0 */
	bool ready;	    /* READY=1 */
	size_t other_count; /* number of lines that do not concern the store */
	bool notifies;	    /* at least one of the other lines is defined by sd_notify(3) */
};

/*
 * Parses the LENGTH bytes at TEXT. One NUL at the end is allowed, as in systemd. Returns 0, or -1 with *FAIL if the
 * text is malformed or contains contradictory requests.
 */
int notify_parse(struct notify *notify, const char *text, size_t length, struct fail *fail);

/*
 * Copies the lines of TEXT that do not concern the store to TO, which has room for LENGTH bytes. Returns their length.
 */
size_t notify_others(const char *text, size_t length, char *to);

/* Returns true if NAME is valid: at most 255 printable ASCII characters, without colons. An empty name is valid. */
bool notify_name_ok(const char *name, size_t length);

/* Returns the line of a message that contains REQUEST, such as "FDSTORE=1". */
const char *notify_request_word(enum notify_request request);

#endif
