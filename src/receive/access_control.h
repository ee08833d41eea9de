/* SPDX-License-Identifier: ISC */
/* Access control: checks descriptors (--require) and senders (--allow-uid, --allow-gid). */
#ifndef RECEIVE_ACCESS_CONTROL_H
#define RECEIVE_ACCESS_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "net/peer.h"
#include "inspect/message.h"
#include "cli/options.h"

struct access_control {
	const char *require; /* the argument of --require, checked by access_init(), or NULL */
	struct ids {
		uint32_t *ids;
		size_t count;
	} users, groups;
};

/*
 * Parses the options --require, --allow-uid and --allow-gid. Returns 0, or -1 with *FAIL. access_done() releases the
 * memory.
 */
int access_init(struct access_control *access_control, const struct options *options, struct fail *fail);
void access_done(struct access_control *access_control);

/* Returns true if --allow-uid or --allow-gid is set. In this case, access_peer() needs the sender's IDs. */
bool access_needs_peer(const struct access_control *access_control);

/*
 * Returns 0 if PEER is allowed, or -1 with *FAIL. A peer is allowed if its user ID is in the argument of --allow-uid,
 * or its group ID is in the argument of --allow-gid.
 */
int access_peer(const struct access_control *access_control, const struct peer *peer, struct fail *fail);

/*
 * Checks the syntax of KINDS, a list of the form KIND[:PROPERTY]…,…, which is the argument of the option OPTION.
 * Returns 0, or -1 with *FAIL.
 */
int access_check_kinds(const char *option, const char *kinds, struct fail *fail);

/* Returns 0 if every descriptor in MESSAGE is of a kind that --require permits, or -1 with *FAIL. */
int access_descriptors(const struct access_control *access_control, const struct message *message, struct fail *fail);

#endif
