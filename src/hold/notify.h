/* SPDX-License-Identifier: ISC */
/*
 * Parses messages from programs that use sd_notify(3). Each message consists of lines of the form NAME=VALUE. fdpass
 * hold handles the lines that concern the descriptor store. All other lines are for a service manager. FDLIST, FDGET,
 * FDTAKE and FDHANDOVER are extensions of fdpass.
 */
#ifndef HOLD_NOTIFY_H
#define HOLD_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"

#define NOTIFY_NAME_MAX	    255	     /* maximum length of a descriptor's name, as in systemd */
#define NOTIFY_NAME_DEFAULT "stored" /* the name of descriptors that are stored without FDNAME=, as in systemd */
#define NOTIFY_MESSAGE_MAX  16384    /* maximum length of a message in bytes; systemd accepts 4096 bytes */

enum notify_request {
	NOTIFY_NONE, /* the message contains no request to the store */
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
	bool bad_name; /* the name in FDNAME= is invalid, so "name" is the default name */
	char name[NOTIFY_NAME_MAX + 1];
	bool poll;	    /* remove the descriptor when it hangs up; FDPOLL=0 sets this member to false */
	bool ready;	    /* the message contains READY=1 */
	size_t other_count; /* number of lines that do not concern the store */
	bool notifies;	    /* sd_notify(3) defines at least one of the lines that do not concern the store */
};

/*
 * Parses the LENGTH bytes at TEXT. As in systemd, TEXT may end with one NUL byte. Returns 0, or -1 with *FAIL if TEXT
 * is malformed or contains contradictory requests.
 */
int notify_parse(struct notify *notify, const char *text, size_t length, struct fail *fail);

/*
 * Copies the lines of TEXT that do not concern the store to TO, which has room for LENGTH bytes. Returns the number of
 * bytes copied.
 */
size_t notify_others(const char *text, size_t length, char *to);

/*
 * Returns true if NAME is a valid descriptor name: at most 255 printable ASCII characters, without colons. An empty
 * name is valid.
 */
bool notify_name_ok(const char *name, size_t length);

/* Returns the line that represents REQUEST in a message, such as "FDSTORE=1". */
const char *notify_request_word(enum notify_request request);

#endif
