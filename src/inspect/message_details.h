/* SPDX-License-Identifier: ISC */
/*
 * The information that message_describe() needs in addition to the results of message_inspect(): the details of all
 * descriptors, the names of network interfaces, and the ID maps. message_inspect_details() determines this information;
 * it is called only for messages that are described.
 */
#ifndef INSPECT_MESSAGE_DETAILS_H
#define INSPECT_MESSAGE_DETAILS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/details.h"
#include "inspect/idmap.h"
#include "inspect/interface.h"
#include "inspect/message.h"
#include "inspect/same.h"

/* A descriptor of the message. */
struct fd_record {
	/* properties of the descriptor; NULL: the descriptor was taken or refused, and the other members are not set */
	const struct fd_facts *facts;
	/* earlier descriptors of the same message that have the same open file description or the same file */
	struct same same;
	struct fd_details details;
	struct fd_facts own; /* memory for *FACTS; not used if message_inspect() has already determined *FACTS */
};

/* The kernel adds at most two control messages that contain an interface number. */
#define MESSAGE_INTERFACES 8

struct message_details {
	struct idmap idmap;
	size_t interface_count;
	struct {
		uint32_t index;
		char name[INTERFACE_NAME];
	} interfaces[MESSAGE_INTERFACES];
	struct fd_record *fds; /* one record for each slot; the memory is reused for the next message */
	size_t fd_count, room;
	struct fd_record missing; /* used for descriptors for which no record could be allocated */
	struct fd_record pidfd;	  /* the descriptor of SCM_PIDFD */
	/* the socket of the other process; SOCKET.facts is NULL if this process has received the message */
	struct fd_record socket;
};

/*
 * Initializes DETAILS before the first call of message_inspect_details(). Before each further call of
 * message_inspect_details(), the caller must call message_details_clear().
 */
void message_details_init(struct message_details *details);

/* Returns true if details are needed to describe MESSAGE. */
static inline bool
message_needs_details(const struct message *message)
{
	return message->origin != NULL || fdpass_msg_count(message->msg) > 0;
}

/*
 * Determines the details of MESSAGE, and sets MESSAGE->details. message_inspect() must have been called before. If
 * BRIEF is true, determines only the details that text output shows. The details are valid until
 * message_details_clear() is called, which releases most of their memory.
 */
void message_inspect_details(struct message *message, bool brief, struct message_details *details);
void message_details_clear(struct message_details *details);

/* Releases all memory of DETAILS. */
void message_details_free(struct message_details *details);

/* Returns the record of the descriptor in SLOT. */
static inline const struct fd_record *
message_details_fd(const struct message_details *details, size_t slot)
{
	return slot < details->fd_count ? &details->fds[slot] : &details->missing;
}

/*
 * Returns the name of the network interface with number INDEX, if a control message contains this number and the name
 * is known. Otherwise returns NULL.
 */
static inline const char *
message_details_interface(const struct message_details *details, uint32_t index)
{
	size_t i;

	for (i = 0; i < details->interface_count; i++)
		if (details->interfaces[i].index == index)
			return details->interfaces[i].name;
	return NULL;
}

#endif
