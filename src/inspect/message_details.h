/* SPDX-License-Identifier: ISC */
/*
 * Everything that message_describe() needs in addition to the facts of message_inspect(): the details of all
 * descriptors, and the names and maps that its control messages refer to. They are gathered in one step, and only for
 * messages that are described.
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
	const struct fd_facts *facts; /* NULL: there is none, because it was taken or refused; the rest is then unset */
	struct same same;	      /* earlier descriptors of the message that refer to the same file */
	struct fd_details details;
	struct fd_facts own; /* the facts, unless message_inspect() found them already */
};

/* The kernel adds at most two control messages with an interface's number. */
#define MESSAGE_INTERFACES 8

struct message_details {
	struct idmap idmap;
	size_t interface_count;
	struct {
		uint32_t index;
		char name[INTERFACE_NAME];
	} interfaces[MESSAGE_INTERFACES];
	struct fd_record *fds; /* by slot; allocated, and reused for the next message */
	size_t fd_count, room;
	struct fd_record missing; /* stands for the descriptors in later slots if memory is exhausted */
	struct fd_record pidfd;	  /* the descriptor of SCM_PIDFD */
	struct fd_record socket;  /* the socket of a message of another process; without facts for own messages */
};

/* Initializes DETAILS for message_inspect_details(), as message_details_clear() does after each message. */
void message_details_init(struct message_details *details);

/* Returns true if MESSAGE has anything that needs details to be described. */
static inline bool
message_needs_details(const struct message *message)
{
	return message->origin != NULL || fdpass_msg_count(message->msg) > 0;
}

/*
 * Gathers the details of MESSAGE, which message_inspect() has processed, and sets its member details. With BRIEF, only
 * what the text output shows. They are valid until message_details_clear(), which releases most of the memory.
 */
void message_inspect_details(struct message *message, bool brief, struct message_details *details);
void message_details_clear(struct message_details *details);

/* Releases all memory. */
void message_details_free(struct message_details *details);

/* Returns the record of the descriptor in SLOT. */
static inline const struct fd_record *
message_details_fd(const struct message_details *details, size_t slot)
{
	return slot < details->fd_count ? &details->fds[slot] : &details->missing;
}

/* Returns the name of the interface INDEX that a control message refers to, or NULL. */
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
