/* SPDX-License-Identifier: ISC */
/*
 * Netlink attributes. Each netlink attribute consists of a length and a type of two bytes each, a value, and padding to
 * a multiple of four bytes.
 */
#include <sys/socket.h>

#include "describe/cmsg.h"

#define NLA_HEADER	    4
#define NLA_ALIGNED(length) (((length) + 3) & ~(size_t)3)

static void
describe_attribute(struct emit *e, const struct names *names, uint64_t type, const unsigned char *value, size_t length)
{
	const char *name = name_of(names, (int64_t)type);

	emit_object(e, NULL, NULL);
	emit_string(e, "name", "%", name);
	emit_u64(e, "type", name == NULL ? "attribute %" : NULL, type);
	if (length == 1 || length == 2 || length == 4 || length == 8)
		emit_u64(e, "value", " %", cmsg_number(value, length));
	else
		emit_null(e, "value");
	emit_hex(e, "hex", NULL, value, length);
	emit_end(e, NULL);
}

void
cmsg_describe_stats(struct emit *e, const struct cmsg_item *item)
{
	const struct names *names = item->message->domain == AF_CAN ? &names_j1939_nla : &names_tcp_nla;
	uint64_t length, type;
	size_t at;

	emit_array(e, item->type->key, ": ", ", ");
	for (at = 0; cmsg_get(item, at, 2, &length) && cmsg_get(item, at + 2, 2, &type); at += NLA_ALIGNED(length)) {
		if (length < NLA_HEADER || length > item->length - at)
			break;
		/* Attributes of type 0 are padding, and are not described. */
		if (type != 0)
			describe_attribute(e, names, type, item->data + at + NLA_HEADER, (size_t)length - NLA_HEADER);
	}
	emit_end(e, NULL);
}
