/* SPDX-License-Identifier: ISC */
/* What went wrong with a message, found out once and told in its control messages, flags and problems. */
#ifndef DESCRIBE_PROBLEMS_H
#define DESCRIBE_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>

#include "describe/cmsg.h"

/* Why the kernel set MSG_CTRUNC. */
enum loss_cause {
	LOSS_NONE,
	LOSS_BUFFER, /* our control buffer was too small */
	LOSS_LIMIT,  /* no descriptor was free below RLIMIT_NOFILE */
	LOSS_POLICY  /* neither: something forbade the descriptors */
};

struct loss {
	enum loss_cause cause;
	bool descriptors;  /* descriptors were among what was lost, or may have been */
	bool certain;	   /* they were for sure */
	bool rights_cut;   /* the SCM_RIGHTS that came is not all of it */
	bool variable_cut; /* an item at the very end of the buffer may have been longer */
};

/* Finds out what MSG_CTRUNC means for this message. */
void loss_find(const struct message *message, struct loss *loss);

/* How many bytes of data are really in the message's buffers. */
size_t message_valid_bytes(const struct message *message);

/* True if nothing was read because the stream is at its end. */
bool message_is_stream_end(const struct message *message);

/* Fills *ITEM and *RAW with the control message at INDEX; *SLOT goes along and is 0 before the first. */
void message_item(
    const struct message *message, size_t index, size_t *slot, struct cmsg_item *item, struct fdpass_cmsg *raw);

/* How long the data of ITEM should be; what it is if that is not known. */
size_t item_wanted(const struct cmsg_item *item, const struct fdpass_cmsg *raw);

/* True if not all of the item's data came. */
bool item_is_cut(const struct cmsg_item *item, const struct fdpass_cmsg *raw, const struct loss *loss, bool last);

/* Tells the array of problems. NOTICED is false if nothing but the flags can be wrong. */
void problems_describe(struct emit *e, const struct message *message, const struct loss *loss, bool noticed);

#endif
