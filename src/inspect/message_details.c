/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "inspect/message_details.h"
#include "inspect/origin.h"

/*
 * Types of control messages whose data contains the number of a network interface: IP_PKTINFO, IPV6_PKTINFO,
 * IPV6_2292PKTINFO, LLC_OPT_PKTINFO.
 */
static const struct interface_type {
	int level, type, family;
	size_t offset;
} interface_types[] = {
	{ 0, 8, FAMILY_INET, 0 },
	{ 41, 50, FAMILY_INET, 16 },
	{ 41, 2, FAMILY_INET, 16 },
	{ 268, 9, AF_UNSPEC, 0 },
	{ SOL_SOCKET, SCM_TIMESTAMPING_PKTINFO, AF_UNSPEC, 0 },
};

static const struct same not_same = { .description = { .number = -1 }, .file = { .number = -1 } };

void
message_details_init(struct message_details *details)
{
	*details = (struct message_details){
		.missing.same = not_same, .pidfd.same = not_same, .socket.same = not_same
	};
}

/*
 * Determines the details of the descriptor in RECORD. *LIMIT is the number of fdinfo bytes that may still be read for
 * the message. Subtracts the number of bytes read from *LIMIT.
 */
static void
record_inspect(struct fd_record *record, bool brief, size_t *limit)
{
	size_t length;

	if (record->facts == NULL)
		return;
	fd_inspect(record->facts, brief, *limit, &record->details);
	length = record->details.info.length;
	*limit -= length < *limit ? length : *limit;
}

/*
 * Allocates records for COUNT descriptors. If there is not enough memory, the descriptors without a record are
 * described as unavailable (ENOMEM).
 */
static void
reserve(struct message_details *d, size_t count)
{
	size_t room = d->room > 0 ? d->room : 4;

	if (count > d->room) {
		while (room < count)
			room *= 2;
		free(d->fds);
		d->fds = calloc(room, sizeof(*d->fds));
		d->room = d->fds != NULL ? room : 0;
	}
	d->fd_count = count < d->room ? count : d->room;
	/* cppcheck-suppress knownConditionTrueFalse ; calloc(3) can fail */
	if (d->fd_count < count) {
		fd_unavailable(ENOMEM, &d->missing.own);
		d->missing.facts = &d->missing.own;
	}
}

static void
inspect_fds(const struct message *m, bool brief, size_t *limit, struct message_details *d)
{
	struct same_index *index = d->fd_count > 1 ? same_index_new() : NULL;
	struct fd_record *record;
	size_t i;

	for (i = 0; i < d->fd_count; i++) {
		record = &d->fds[i];
		record->facts = message_fd(m, i, &record->own);
		record->same = record->facts != NULL ? same_index_add(index, record->facts, 0) : not_same;
		record_inspect(record, brief, limit);
	}
	same_index_free(index);
}

/*
 * If the data of the control message ITEM contains the number of a network interface, determines the name of this
 * interface.
 */
static void
inspect_interface(const struct message *m, const struct fdpass_cmsg *item, struct message_details *d)
{
	const struct interface_type *row = interface_types;
	const struct interface_type *end = row + sizeof(interface_types) / sizeof(interface_types[0]);
	uint32_t index;

	while (row < end &&
	    (item->level != row->level || item->type != row->type || !cmsg_family_fits(row->family, m->domain)))
		row++;
	if (row == end || item->length < row->offset + sizeof(index) || d->interface_count == MESSAGE_INTERFACES)
		return;
	memcpy(&index, (const unsigned char *)item->data + row->offset, sizeof(index));
	if (message_details_interface(d, index) == NULL &&
	    interface_name(m->peer_fd, index, d->interfaces[d->interface_count].name))
		d->interfaces[d->interface_count++].index = index;
}

/*
 * Determines the names of the network interfaces whose numbers the control messages contain. Returns the number of
 * slots (descriptors) in the SCM_RIGHTS control messages.
 */
static size_t
inspect_items(const struct message *m, struct message_details *d)
{
	size_t i, slots = 0, count = fdpass_msg_count(m->msg);
	struct fdpass_cmsg item;

	d->interface_count = 0;
	for (i = 0; i < count; i++) {
		if (fdpass_msg_item(m->msg, i, &item) == -1)
			continue;
		if (item.level == SOL_SOCKET && item.type == SCM_RIGHTS)
			slots += item.length / sizeof(int);
		else
			inspect_interface(m, &item, d);
	}
	return slots;
}

void
message_inspect_details(struct message *m, bool brief, struct message_details *d)
{
	size_t limit = FDINFO_LIMIT;

	m->details = d;
	d->idmap = idmap_get();
	reserve(d, inspect_items(m, d));
	inspect_fds(m, brief, &limit, d);
	d->pidfd.facts = message_pidfd(m, &d->pidfd.own);
	record_inspect(&d->pidfd, brief, &limit);
	if (m->origin != NULL) {
		origin_probe(m, m->peer_fd, m->origin->socket_number, &d->socket.own);
		d->socket.facts = &d->socket.own;
		record_inspect(&d->socket, brief, &limit);
	}
}

static void
record_clear(struct fd_record *record)
{
	if (record->facts != NULL)
		fd_details_free(&record->details);
	record->facts = NULL;
}

void
message_details_clear(struct message_details *d)
{
	size_t i;

	for (i = 0; i < d->fd_count; i++)
		record_clear(&d->fds[i]);
	record_clear(&d->pidfd);
	record_clear(&d->socket);
	d->missing.facts = NULL;
	d->fd_count = 0;
	/*
	 * A message with more than SCM_MAX_FD (253) descriptors is rare, because the call that sends it always fails,
	 * so the memory for its records is not kept.
	 */
	if (d->room > 256)
		message_details_free(d);
}

void
message_details_free(struct message_details *d)
{
	free(d->fds);
	d->fds = NULL;
	d->room = 0;
}
