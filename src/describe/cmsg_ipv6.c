/* SPDX-License-Identifier: ISC */
/*
 * Control messages of IPPROTO_IPV6: the types of RFC 3542, the types of the older RFC 2292, and types that only Linux
 * defines.
 */
#include <netinet/in.h>
#include <sys/socket.h>

#include "describe/cmsg.h"

static void
describe_recverr(struct emit *e, const struct cmsg_item *item)
{
	cmsg_describe_error(e, item, sizeof(struct sockaddr_in6));
}

static void
describe_address(struct emit *e, const struct cmsg_item *item)
{
	cmsg_describe_address(e, item->type->key, ": ", item, 0, sizeof(struct sockaddr_in6));
}

static void
describe_pathmtu(struct emit *e, const struct cmsg_item *item)
{
	uint64_t mtu;

	emit_object(e, item->type->key, ": ");
	if (cmsg_get(item, sizeof(struct sockaddr_in6), 4, &mtu))
		emit_u64(e, "mtu", "%", mtu);
	else
		emit_null(e, "mtu");
	cmsg_describe_address(e, "address", " to ", item, 0, sizeof(struct sockaddr_in6));
	emit_end(e, NULL);
}

/*
 * Describes the flow label, which is the lowest 20 bits of a number in network byte order. The bits above the flow
 * label contain the traffic class, or are zero.
 */
static void
describe_flowinfo(struct emit *e, const struct cmsg_item *item)
{
	const unsigned char *p = item->data;

	if (item->length < 4) {
		emit_null(e, item->type->key);
		return;
	}
	emit_object(e, item->type->key, ": ");
	emit_u64(e, "tclass", "traffic class %", (p[0] & 0x0fU) << 4 | p[1] >> 4);
	emit_u64(e, "label", ", label %", (p[1] & 0x0fU) << 16 | (unsigned int)p[2] << 8 | p[3]);
	emit_end(e, NULL);
}

static const struct cmsg_field pktinfo_fields[] = {
	{ .key = "ifindex", .text = "interface %", .offset = 16, .width = 4 },
	{ .key = "interface", .text = " (%)", .offset = 16, .width = 4, .form = FORM_INTERFACE },
	{ .key = "addr", .text = ", sent to %", .offset = 0, .width = 16, .form = FORM_ADDRESS },
};

#define PKTINFO(number, word) \
	{ \
		.type = (number), .name = (word), .key = "pktinfo", CMSG_FIELDS(pktinfo_fields) \
	}
#define HOPLIMIT(number, word) \
	{ \
		.type = (number), .name = (word), .key = "hoplimit", CMSG_FIELDS(cmsg_field_int) \
	}
#define EXTENSION(number, word, name_of_key, function) \
	{ \
		.type = (number), .name = (word), .key = (name_of_key), .describe = (function) \
	}

static const struct cmsg_type ipv6_types[] = {
	PKTINFO(50, "IPV6_PKTINFO"),
	HOPLIMIT(52, "IPV6_HOPLIMIT"),
	{ .type = 67, .name = "IPV6_TCLASS", .key = "tclass", CMSG_FIELDS(cmsg_field_int) },
	{ .type = 25, .name = "IPV6_RECVERR", .key = "error", .describe = describe_recverr },
	{ .type = 74, .name = "IPV6_ORIGDSTADDR", .key = "origdstaddr", .describe = describe_address },
	{ .type = 77, .name = "IPV6_RECVFRAGSIZE", .key = "fragsize", CMSG_FIELDS(cmsg_field_int) },
	{ .type = 61, .name = "IPV6_PATHMTU", .key = "pathmtu", .describe = describe_pathmtu },
	{ .type = 11, .name = "IPV6_FLOWINFO", .key = "flowinfo", .describe = describe_flowinfo },
	EXTENSION(54, "IPV6_HOPOPTS", "hopopts", cmsg_describe_ip6_options),
	EXTENSION(57, "IPV6_RTHDR", "rthdr", cmsg_describe_routing),
	EXTENSION(59, "IPV6_DSTOPTS", "dstopts", cmsg_describe_ip6_options),
	PKTINFO(2, "IPV6_2292PKTINFO"),
	EXTENSION(3, "IPV6_2292HOPOPTS", "hopopts", cmsg_describe_ip6_options),
	EXTENSION(4, "IPV6_2292DSTOPTS", "dstopts", cmsg_describe_ip6_options),
	EXTENSION(5, "IPV6_2292RTHDR", "rthdr", cmsg_describe_routing),
	HOPLIMIT(8, "IPV6_2292HOPLIMIT"),
};

const struct cmsg_level cmsg_levels_ipv6[] = {
	CMSG_LEVEL(41, FAMILY_INET, "IPPROTO_IPV6", ipv6_types),
	{ .name = NULL },
};
