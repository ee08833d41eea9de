/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "net/receive.h"
#include "cli/message.h"
#include "receive/incomplete.h"

#define INCOMPLETE_MAX 32
#define DATA_MAX       (16 << 20)

/* Returns true if the pid of SENDER is known, or if the kernel does not report pids for the address family DOMAIN. */
static bool
is_identified(const struct peer *sender, int domain)
{
	return domain != AF_UNIX || (sender->known && sender->pid > 0);
}

static bool
is_same(const struct peer *a, const struct peer *b, int domain)
{
	return a->known == b->known && a->pid == b->pid && a->uid == b->uid && a->gid == b->gid &&
	    is_identified(a, domain);
}

static void
format_sender(const struct peer *sender, char *buffer, size_t size)
{
	if (!sender->known)
		(void)snprintf(buffer, size, "an unknown sender");
	else if (sender->pid == 0)
		(void)snprintf(
		    buffer, size, "a sender (pid not visible here, uid %u, gid %u)", sender->uid, sender->gid);
	else
		(void)snprintf(
		    buffer, size, "a sender (pid %d, uid %u, gid %u)", (int)sender->pid, sender->uid, sender->gid);
}

/* Prints a warning that the descriptors and data in DELIVERY are refused. WHY is the reason. */
static void
warn_refused(const struct delivery *delivery, const char *why)
{
	char sender[96];

	format_sender(&delivery->peer, sender, sizeof(sender));
	if (delivery->seen == 0)
		msg_log("refused: data from %s: %s", sender, why);
	else
		msg_log("refused: %llu descriptor%s from %s: %s", (unsigned long long)delivery->seen,
		    delivery->seen == 1 ? "" : "s", sender, why);
}

static void
warn_several(const struct delivery *delivery, const struct peer *sender)
{
	char first[96], second[96];

	format_sender(&delivery->peer, first, sizeof(first));
	format_sender(sender, second, sizeof(second));
	msg_log("received %llu descriptor%s from %s, then a message from %s; descriptors from several senders are not "
		"combined",
	    (unsigned long long)delivery->seen, delivery->seen == 1 ? "" : "s", first, second);
}

/*
 * Removes the element at index I from the list of deliveries. The caller must have released or moved the delivery in
 * this element. The order of the other deliveries does not change.
 */
static void
remove_at(struct incomplete *incomplete, size_t i)
{
	incomplete->count--;
	memmove(&incomplete->list[i], &incomplete->list[i + 1], (incomplete->count - i) * sizeof(*incomplete->list));
}

/*
 * Refuses the oldest delivery of the user with the most deliveries. If COUNT_FDS is true, the user with the most
 * descriptors is chosen instead. In this way, many sending processes of one user cannot displace the deliveries of
 * other users.
 */
static void
refuse_one(struct incomplete *incomplete, bool count_fds)
{
	const struct delivery *list = incomplete->list;
	size_t i, k, of_user, most = 0, victim = 0;

	for (i = 0; i < incomplete->count; i++) {
		of_user = 0;
		for (k = 0; k < incomplete->count; k++)
			if (list[k].peer.uid == list[i].peer.uid)
				of_user += count_fds ? list[k].count : 1;
		if (of_user > most) {
			most = of_user;
			victim = i;
		}
	}
	warn_refused(&list[victim], "the messages of too many senders are incomplete");
	delivery_done(&incomplete->list[victim]);
	remove_at(incomplete, victim);
}

/* Moves *CURRENT to the end of the list, and makes *CURRENT empty. */
static int
put_aside(struct incomplete *incomplete, struct delivery *current, struct fail *fail)
{
	struct sink_target *target = current->sink.target;

	if (incomplete->list == NULL)
		incomplete->list = calloc(INCOMPLETE_MAX, sizeof(*incomplete->list));
	if (incomplete->list == NULL)
		return fail_errno(fail, "cannot allocate memory for the messages of several senders");
	if (incomplete->count == INCOMPLETE_MAX)
		refuse_one(incomplete, false);
	incomplete->list[incomplete->count++] = *current;
	delivery_init(current, target);
	return 0;
}

/*
 * If the list contains a delivery of SENDER, exchanges this delivery with *CURRENT and returns true. Otherwise returns
 * false.
 */
static bool
take_back(struct incomplete *incomplete, struct delivery *current, const struct peer *sender, int domain)
{
	struct delivery found;
	size_t i;

	for (i = 0; i < incomplete->count; i++)
		if (is_same(&incomplete->list[i].peer, sender, domain))
			break;
	if (i == incomplete->count)
		return false;
	found = incomplete->list[i];
	remove_at(incomplete, i);
	if (delivery_is_empty(current))
		delivery_done(current);
	else
		incomplete->list[incomplete->count++] = *current;
	*current = found;
	return true;
}

/*
 * Sets *CURRENT to the delivery of SENDER, or to an empty delivery if SENDER has none. Stores the previous *CURRENT in
 * the list.
 */
static int
exchange(struct incomplete *incomplete, struct delivery *current, const struct peer *sender, int domain, bool warn,
    struct fail *fail)
{
	bool empty = delivery_is_empty(current);

	if (!empty && is_same(&current->peer, sender, domain))
		return 0;
	if (warn && !incomplete->warned && current->seen > 0) {
		incomplete->warned = true;
		warn_several(current, sender);
	}
	if (take_back(incomplete, current, sender, domain))
		return 0;
	if (!empty && put_aside(incomplete, current, fail) == -1)
		return -1;
	current->peer = *sender;
	return 0;
}

int
incomplete_select(struct incomplete *incomplete, struct delivery *current, const struct peer *sender, int domain,
    bool warn, struct fail *fail)
{
	if (exchange(incomplete, current, sender, domain, warn, fail) == -1)
		return -1;
	/* Deliveries are refused until enough descriptor numbers are free for the next message. */
	while (incomplete->count > 0 && !receive_may_accept())
		refuse_one(incomplete, true);
	return 0;
}

void
incomplete_check(struct delivery *current, int domain)
{
	const char *why;

	if (domain != AF_UNIX || delivery_is_empty(current))
		return;
	if (!is_identified(&current->peer, domain))
		why = "the sender of further messages cannot be compared";
	else if (current->sink.size > DATA_MAX)
		why = "received more than 16 MiB of data before the expected descriptors";
	else
		return;
	warn_refused(current, why);
	delivery_reset(current);
}

void
incomplete_done(struct incomplete *incomplete)
{
	size_t i;

	for (i = 0; i < incomplete->count; i++) {
		warn_refused(&incomplete->list[i], "the expected further messages did not arrive");
		delivery_done(&incomplete->list[i]);
	}
	free(incomplete->list);
	*incomplete = (struct incomplete){ .list = NULL };
}
