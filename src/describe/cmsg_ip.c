/* SPDX-License-Identifier: ISC */
/*
 * Control messages of level IPPROTO_IP, whose number is 0, and of levels of other address families that have the same
 * number.
 */
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/compat.h"
#include "describe/cmsg.h"
#include "describe/text_only.h"

/*
 * The data of IP_TOS is one byte in the control message of a datagram, but an int in the result of
 * getsockopt(IP_PKTOPTIONS).
 */
static void
describe_tos(struct emit *e, const struct cmsg_item *item)
{
	uint64_t tos;

	if (!cmsg_get(item, 0, item->length >= sizeof(int) ? sizeof(int) : 1, &tos)) {
		emit_null(e, item->type->key);
		return;
	}
	emit_u64(e, item->type->key, ": %", tos);
	text_only(e, " (DSCP %u, ECN %u)", (unsigned int)(tos >> 2 & 63), (unsigned int)(tos & 3));
}

static void
describe_recverr(struct emit *e, const struct cmsg_item *item)
{
	cmsg_describe_error(e, item, sizeof(struct sockaddr_in));
}

static void
describe_address(struct emit *e, const struct cmsg_item *item)
{
	cmsg_describe_address(e, item->type->key, ": ", item, 0, sizeof(struct sockaddr_in));
}

static const struct cmsg_field pktinfo_fields[] = {
	{ .key = "ifindex", .text = "interface %", .offset = 0, .width = 4, .form = FORM_SIGNED },
	{ .key = "interface", .text = " (%)", .offset = 0, .width = 4, .form = FORM_INTERFACE },
	{ .key = "spec_dst", .text = ", local address %", .offset = 4, .width = 4, .form = FORM_ADDRESS },
	{ .key = "addr", .text = ", sent to %", .offset = 8, .width = 4, .form = FORM_ADDRESS },
};

static const struct cmsg_type ip_types[] = {
	{ .type = 8, .name = "IP_PKTINFO", .key = "pktinfo", CMSG_FIELDS(pktinfo_fields) },
	{ .type = 2, .name = "IP_TTL", .key = "ttl", CMSG_FIELDS(cmsg_field_int) },
	{ .type = 1, .name = "IP_TOS", .key = "tos", .describe = describe_tos },
	{ .type = 6, .name = "IP_RECVOPTS", .key = "options", .describe = cmsg_describe_ip_options },
	{ .type = 7, .name = "IP_RETOPTS", .key = "options", .describe = cmsg_describe_ip_options },
	{ .type = 11, .name = "IP_RECVERR", .key = "error", .describe = describe_recverr },
	{ .type = SCM_SECURITY, .name = "SCM_SECURITY", .key = "security", .describe = cmsg_describe_bytes },
	{ .type = 20, .name = "IP_ORIGDSTADDR", .key = "origdstaddr", .describe = describe_address },
	{ .type = 23, .name = "IP_CHECKSUM", .key = "checksum", CMSG_FIELDS(cmsg_field_u32) },
	{ .type = 25, .name = "IP_RECVFRAGSIZE", .key = "fragsize", CMSG_FIELDS(cmsg_field_int) },
	{ .type = 52, .name = "IP_PROTOCOL" },
};

static const struct name direction_list[] = { { 0, "out" }, { 1, "in" } };
static const struct names directions = { direction_list, 2 };
static const struct cmsg_field direction_field[1] = {
	{ .text = ": %", .width = 4, .form = FORM_NAME, .names = &directions },
};

static const struct cmsg_type hci_types[] = {
	{ .type = 1, .name = "HCI_CMSG_DIR", .key = "direction", CMSG_FIELDS(direction_field) },
	{ .type = 2,
	    .name = "HCI_CMSG_TSTAMP",
	    .key = "timestamp",

	    .describe = cmsg_describe_time },
};

static const struct cmsg_type misdn_types[] = {
	{ .type = 1, .name = "MISDN_TIME_STAMP", .key = "timestamp", .describe = cmsg_describe_time },
};

static const struct cmsg_type wpan_types[] = {
	{ .type = 3, .name = "WPAN_WANTLQI", .key = "lqi", CMSG_FIELDS(cmsg_field_u8) },
};

const struct cmsg_level cmsg_levels_ip[] = {
	CMSG_LEVEL(0, AF_BLUETOOTH, "SOL_HCI", hci_types),
	CMSG_LEVEL(0, AF_ISDN, "SOL_MISDN", misdn_types),
	CMSG_LEVEL(0, AF_IEEE802154, "SOL_IEEE802154", wpan_types),
	CMSG_LEVEL(0, FAMILY_INET, "IPPROTO_IP", ip_types),
	{ .name = NULL },
};
