/* SPDX-License-Identifier: ISC */
/* Access control: --require for descriptors, --allow-uid and --allow-gid for senders. */
#ifndef RECEIVE_GUARD_H
#define RECEIVE_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "net/peer.h"
#include "inspect/message.h"
#include "cli/options.h"

struct guard {
	const char *require; /* KIND[:PROPERTY]…,… checked by guard_init(); or NULL */
	struct ids {
		uint32_t *ids;
		size_t count;
	} users, groups;
};

/* Parses the options. Returns 0, or -1 with *FAIL. guard_done() releases the memory. */
int guard_init(struct guard *guard, const struct options *options, struct fail *fail);
void guard_done(struct guard *guard);

/* Returns true if the sender must be identified. */
bool guard_asks_peer(const struct guard *guard);

/* Returns 0 if PEER is allowed, or -1 with *FAIL. One of --allow-uid and --allow-gid must list it. */
int guard_peer(const struct guard *guard, const struct peer *peer, struct fail *fail);

/* Checks a list of kinds, KIND[:PROPERTY]…,…, the argument of OPTION. Returns 0, or -1 with *FAIL. */
int guard_check_kinds(const char *option, const char *kinds, struct fail *fail);

/* Returns 0 if every descriptor of MESSAGE has a required kind, or -1 with *FAIL. */
int guard_descriptors(const struct guard *guard, const struct message *message, struct fail *fail);

#endif
