/* SPDX-License-Identifier: ISC */
/* Control messages of link layers and local buses: packet, netlink, LLC, CAN, Bluetooth. */
#include <stdio.h>
#include <sys/socket.h>

#include "describe/cmsg.h"

static const struct name status_list[] = {
	{ 0x1, "TP_STATUS_USER" },
	{ 0x2, "TP_STATUS_COPY" },
	{ 0x4, "TP_STATUS_LOSING" },
	{ 0x8, "TP_STATUS_CSUMNOTREADY" },
	{ 0x10, "TP_STATUS_VLAN_VALID" },
	{ 0x20, "TP_STATUS_BLK_TMO" },
	{ 0x40, "TP_STATUS_VLAN_TPID_VALID" },
	{ 0x80, "TP_STATUS_CSUM_VALID" },
	{ 0x100, "TP_STATUS_GSO_TCP" },
	{ 0x20000000, "TP_STATUS_TS_SOFTWARE" },
	{ 0x40000000, "TP_STATUS_TS_SYS_HARDWARE" },
	{ 0x80000000, "TP_STATUS_TS_RAW_HARDWARE" },
};
static const struct names statuses = { status_list, CMSG_COUNT(status_list) };

/* struct tpacket_auxdata without its member tp_status */
static const struct cmsg_field auxdata_fields[] = {
	{ .key = "status_value", .offset = 0, .width = 4 },
	{ .key = "len", .text = "length %", .offset = 4, .width = 4 },
	{ .key = "snaplen", .text = ", % captured", .offset = 8, .width = 4 },
	{ .key = "mac", .offset = 12, .width = 2 },
	{ .key = "net", .text = ", network header at %", .offset = 14, .width = 2 },
	{ .key = "vlan_tci", .offset = 16, .width = 2 },
	{ .key = "vlan_tpid", .offset = 18, .width = 2 },
};

static void
describe_auxdata(struct emit *e, const struct cmsg_item *item)
{
	uint64_t status = 0, bit;
	char number[16];
	const char *name;

	emit_object(e, item->type->key, ": ");
	emit_array(e, "status", NULL, " ");
	if (cmsg_get(item, 0, 4, &status))
		for (bit = 1; bit <= status; bit <<= 1) {
			if ((status & bit) == 0)
				continue;
			name = name_of(&statuses, (int64_t)bit);
			if (name == NULL) {
				(void)snprintf(number, sizeof(number), "0x%x", (unsigned int)bit);
				name = number;
			}
			emit_string(e, NULL, "%", name);
		}
	emit_end(e, ", ");
	cmsg_describe_members(e, item, auxdata_fields, CMSG_COUNT(auxdata_fields));
	emit_end(e, NULL);
}

static const struct cmsg_field group_field[] = {
	{ .key = "group", .text = "group %", .offset = 0, .width = 4 },
};

static void
describe_group(struct emit *e, const struct cmsg_item *item)
{
	emit_object(e, item->type->key, ": ");
	cmsg_describe_members(e, item, group_field, CMSG_COUNT(group_field));
	emit_end(e, NULL);
}

/* struct llc_pktinfo */
static const struct cmsg_field llc_fields[] = {
	{ .key = "ifindex", .text = "interface %", .offset = 0, .width = 4, .form = FORM_SIGNED },
	{ .key = "interface", .text = " (%)", .offset = 0, .width = 4, .form = FORM_INTERFACE },
	{ .key = "sap", .text = ", SAP %", .offset = 4, .width = 1 },
	{ .key = "mac", .text = ", %", .offset = 5, .width = 6, .form = FORM_HARDWARE },
};

static const struct cmsg_type packet_types[] = {
	{ .type = 8, .name = "PACKET_AUXDATA", .key = "auxdata", .describe = describe_auxdata },
	{ .type = 16,
	    .name = "PACKET_TX_TIMESTAMP",
	    .key = "error",

	    .describe = cmsg_describe_plain_error },
};

static const struct cmsg_type netlink_types[] = {
	{ .type = 3, .name = "NETLINK_PKTINFO", .key = "pktinfo", .describe = describe_group },
	{ .type = 8, .name = "NETLINK_LISTEN_ALL_NSID", .key = "nsid", CMSG_FIELDS(cmsg_field_int) },
};

static const struct cmsg_type llc_types[] = {
	{ .type = 9, .name = "LLC_OPT_PKTINFO", .key = "pktinfo", CMSG_FIELDS(llc_fields) },
};

static const struct cmsg_type can_raw_types[] = {
	{ .type = 1,
	    .name = "SCM_CAN_RAW_ERRQUEUE",
	    .key = "error",

	    .describe = cmsg_describe_plain_error },
};

static const struct cmsg_type j1939_types[] = {
	{ .type = 1, .name = "SCM_J1939_DEST_ADDR", .key = "dest_addr", CMSG_FIELDS(cmsg_field_u8) },
	{ .type = 2, .name = "SCM_J1939_DEST_NAME", .key = "dest_name", CMSG_FIELDS(cmsg_field_u64) },
	{ .type = 3, .name = "SCM_J1939_PRIO", .key = "prio", CMSG_FIELDS(cmsg_field_u8) },
	{ .type = 4,
	    .name = "SCM_J1939_ERRQUEUE",
	    .key = "error",

	    .describe = cmsg_describe_plain_error },
};

static const struct name packet_status_list[] = {
	{ 0, "no error" },
	{ 1, "data possibly invalid" },
	{ 2, "no data received" },
	{ 3, "data partially lost" },
};
static const struct names packet_statuses = { packet_status_list, CMSG_COUNT(packet_status_list) };
static const struct cmsg_field packet_status_fields[] = {
	{ .key = "words", .text = "%", .offset = 0, .width = 1, .form = FORM_NAME, .names = &packet_statuses },
	{ .key = "value", .text = " (%)", .offset = 0, .width = 1 },
};

static const struct cmsg_type bluetooth_types[] = {
	{ .type = 3, .name = "BT_SCM_PKT_STATUS", .key = "pkt_status", CMSG_FIELDS(packet_status_fields) },
	{ .type = 4, .name = "BT_SCM_ERROR", .key = "error", .describe = cmsg_describe_plain_error },
	{ .type = 5, .name = "BT_SCM_PKT_SEQNUM", .key = "pkt_seqnum", CMSG_FIELDS(cmsg_field_u16) },
};

const struct cmsg_level cmsg_levels_packet[] = {
	CMSG_LEVEL(263, AF_UNSPEC, "SOL_PACKET", packet_types),
	CMSG_LEVEL(270, AF_UNSPEC, "SOL_NETLINK", netlink_types),
	CMSG_LEVEL(268, AF_UNSPEC, "SOL_LLC", llc_types),
	CMSG_LEVEL(101, AF_UNSPEC, "SOL_CAN_RAW", can_raw_types),
	CMSG_LEVEL(107, AF_UNSPEC, "SOL_CAN_J1939", j1939_types),
	CMSG_LEVEL(274, AF_UNSPEC, "SOL_BLUETOOTH", bluetooth_types),
	{ .name = NULL },
};
