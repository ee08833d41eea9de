/* SPDX-License-Identifier: ISC */
/*
 * Tests of descriptions of every control message that Linux can deliver: the name, the decoded data, and the data
 * truncated to every length. The table of control messages in this test is independent of fdpass's own table, so the
 * test detects missing rows in that table.
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/compat.h"
#include "message.h"
#include "tap.h"

#define LONG (sizeof(void *) == 4 && sizeof(long) == 4 ? 4 : 8)

/*
 * The columns are the level, the type, the family of the socket, the names, the JSON key (NULL: the control message is
 * only sent, never received), and the length of the complete data (0: the length varies).
 */
static const struct {
	int level, type, family;
	const char *level_name, *name, *key;
	size_t length;
} all[] = {
	{ SOL_SOCKET, 1, AF_UNIX, "SOL_SOCKET", "SCM_RIGHTS", "fds", 0 },
	{ SOL_SOCKET, 2, AF_UNIX, "SOL_SOCKET", "SCM_CREDENTIALS", "credentials", 12 },
	{ SOL_SOCKET, 3, AF_UNIX, "SOL_SOCKET", "SCM_SECURITY", "security", 0 },
	{ SOL_SOCKET, 4, AF_UNIX, "SOL_SOCKET", "SCM_PIDFD", "pidfd", 4 },
	{ SOL_SOCKET, SO_TIMESTAMP_OLD, AF_UNIX, "SOL_SOCKET", "SCM_TIMESTAMP", "timestamp", 2 * LONG },
	{ SOL_SOCKET, SO_TIMESTAMPNS_OLD, AF_UNIX, "SOL_SOCKET", "SCM_TIMESTAMPNS", "timestamp", 2 * LONG },
	{ SOL_SOCKET, SO_TIMESTAMPING_OLD, AF_UNIX, "SOL_SOCKET", "SCM_TIMESTAMPING", "timestamping", 6 * LONG },
	{ SOL_SOCKET, SO_TIMESTAMP_NEW, AF_UNIX, "SOL_SOCKET", "SO_TIMESTAMP_NEW", "timestamp", 16 },
	{ SOL_SOCKET, SO_TIMESTAMPNS_NEW, AF_UNIX, "SOL_SOCKET", "SO_TIMESTAMPNS_NEW", "timestamp", 16 },
	{ SOL_SOCKET, SO_TIMESTAMPING_NEW, AF_UNIX, "SOL_SOCKET", "SO_TIMESTAMPING_NEW", "timestamping", 48 },
	{ SOL_SOCKET, SO_INQ, AF_UNIX, "SOL_SOCKET", "SCM_INQ", "inq", 4 },
	{ SOL_SOCKET, SO_RXQ_OVFL, AF_INET, "SOL_SOCKET", "SO_RXQ_OVFL", "rxq_ovfl", 4 },
	{ SOL_SOCKET, SO_WIFI_STATUS, AF_INET, "SOL_SOCKET", "SCM_WIFI_STATUS", "wifi_acked", 4 },
	{ SOL_SOCKET, SO_MARK, AF_INET, "SOL_SOCKET", "SO_MARK", "mark", 4 },
	{ SOL_SOCKET, SO_PRIORITY, AF_INET, "SOL_SOCKET", "SO_PRIORITY", "priority", 4 },
	{ SOL_SOCKET, SCM_TIMESTAMPING_OPT_STATS, AF_INET, "SOL_SOCKET", "SCM_TIMESTAMPING_OPT_STATS", "stats", 0 },
	{ SOL_SOCKET, SCM_TIMESTAMPING_PKTINFO, AF_INET, "SOL_SOCKET", "SCM_TIMESTAMPING_PKTINFO", "pktinfo", 16 },
	{ SOL_SOCKET, SO_DEVMEM_LINEAR, AF_INET, "SOL_SOCKET", "SCM_DEVMEM_LINEAR", "devmem", 24 },
	{ SOL_SOCKET, SO_DEVMEM_DMABUF, AF_INET, "SOL_SOCKET", "SCM_DEVMEM_DMABUF", "devmem", 24 },
	{ SOL_SOCKET, SO_TXTIME, AF_INET, "SOL_SOCKET", "SCM_TXTIME", "txtime", 8 },
	{ SOL_SOCKET, SCM_TS_OPT_ID, AF_INET, "SOL_SOCKET", "SCM_TS_OPT_ID", "ts_opt_id", 4 },
	{ 0, 8, AF_INET, "IPPROTO_IP", "IP_PKTINFO", "pktinfo", 12 },
	{ 0, 2, AF_INET, "IPPROTO_IP", "IP_TTL", "ttl", 4 },
	{ 0, 1, AF_INET, "IPPROTO_IP", "IP_TOS", "tos", 1 },
	{ 0, 6, AF_INET, "IPPROTO_IP", "IP_RECVOPTS", "options", 0 },
	{ 0, 7, AF_INET, "IPPROTO_IP", "IP_RETOPTS", "options", 0 },
	{ 0, 11, AF_INET, "IPPROTO_IP", "IP_RECVERR", "error", 32 },
	{ 0, 3, AF_INET, "IPPROTO_IP", "SCM_SECURITY", "security", 0 },
	{ 0, 20, AF_INET, "IPPROTO_IP", "IP_ORIGDSTADDR", "origdstaddr", 16 },
	{ 0, 23, AF_INET, "IPPROTO_IP", "IP_CHECKSUM", "checksum", 4 },
	{ 0, 25, AF_INET, "IPPROTO_IP", "IP_RECVFRAGSIZE", "fragsize", 4 },
	{ 0, 52, AF_INET, "IPPROTO_IP", "IP_PROTOCOL", NULL, 0 },
	{ 0, 8, AF_INET6, "IPPROTO_IP", "IP_PKTINFO", "pktinfo", 12 },
	{ 41, 50, AF_INET6, "IPPROTO_IPV6", "IPV6_PKTINFO", "pktinfo", 20 },
	{ 41, 52, AF_INET6, "IPPROTO_IPV6", "IPV6_HOPLIMIT", "hoplimit", 4 },
	{ 41, 67, AF_INET6, "IPPROTO_IPV6", "IPV6_TCLASS", "tclass", 4 },
	{ 41, 54, AF_INET6, "IPPROTO_IPV6", "IPV6_HOPOPTS", "hopopts", 0 },
	{ 41, 57, AF_INET6, "IPPROTO_IPV6", "IPV6_RTHDR", "rthdr", 0 },
	{ 41, 59, AF_INET6, "IPPROTO_IPV6", "IPV6_DSTOPTS", "dstopts", 0 },
	{ 41, 11, AF_INET6, "IPPROTO_IPV6", "IPV6_FLOWINFO", "flowinfo", 4 },
	{ 41, 74, AF_INET6, "IPPROTO_IPV6", "IPV6_ORIGDSTADDR", "origdstaddr", 28 },
	{ 41, 77, AF_INET6, "IPPROTO_IPV6", "IPV6_RECVFRAGSIZE", "fragsize", 4 },
	{ 41, 61, AF_INET6, "IPPROTO_IPV6", "IPV6_PATHMTU", "pathmtu", 32 },
	{ 41, 25, AF_INET6, "IPPROTO_IPV6", "IPV6_RECVERR", "error", 44 },
	{ 41, 2, AF_INET6, "IPPROTO_IPV6", "IPV6_2292PKTINFO", "pktinfo", 20 },
	{ 41, 3, AF_INET6, "IPPROTO_IPV6", "IPV6_2292HOPOPTS", "hopopts", 0 },
	{ 41, 4, AF_INET6, "IPPROTO_IPV6", "IPV6_2292DSTOPTS", "dstopts", 0 },
	{ 41, 5, AF_INET6, "IPPROTO_IPV6", "IPV6_2292RTHDR", "rthdr", 0 },
	{ 41, 8, AF_INET6, "IPPROTO_IPV6", "IPV6_2292HOPLIMIT", "hoplimit", 4 },
	{ 6, 36, AF_INET, "SOL_TCP", "TCP_CM_INQ", "inq", 4 },
	{ 17, 104, AF_INET, "SOL_UDP", "UDP_GRO", "gro_size", 4 },
	{ 132, 1, AF_INET, "SOL_SCTP", "SCTP_SNDRCV", "sndrcv", 32 },
	{ 132, 3, AF_INET, "SOL_SCTP", "SCTP_RCVINFO", "rcvinfo", 28 },
	{ 132, 4, AF_INET, "SOL_SCTP", "SCTP_NXTINFO", "nxtinfo", 16 },
	{ 263, 8, AF_PACKET, "SOL_PACKET", "PACKET_AUXDATA", "auxdata", 20 },
	{ 263, 16, AF_PACKET, "SOL_PACKET", "PACKET_TX_TIMESTAMP", "error", 16 },
	{ 270, 3, AF_NETLINK, "SOL_NETLINK", "NETLINK_PKTINFO", "pktinfo", 4 },
	{ 270, 8, AF_NETLINK, "SOL_NETLINK", "NETLINK_LISTEN_ALL_NSID", "nsid", 4 },
	{ 271, 1, AF_TIPC, "SOL_TIPC", "TIPC_ERRINFO", "errinfo", 8 },
	{ 271, 2, AF_TIPC, "SOL_TIPC", "TIPC_RETDATA", "retdata", 0 },
	{ 271, 3, AF_TIPC, "SOL_TIPC", "TIPC_DESTNAME", "destname", 12 },
	{ 272, 1, AF_RXRPC, "SOL_RXRPC", "RXRPC_USER_CALL_ID", "user_call_id", LONG },
	{ 272, 2, AF_RXRPC, "SOL_RXRPC", "RXRPC_ABORT", "abort", 4 },
	{ 272, 3, AF_RXRPC, "SOL_RXRPC", "RXRPC_ACK", "ack", 0 },
	{ 272, 5, AF_RXRPC, "SOL_RXRPC", "RXRPC_NET_ERROR", "error", 4 },
	{ 272, 6, AF_RXRPC, "SOL_RXRPC", "RXRPC_BUSY", "busy", 0 },
	{ 272, 7, AF_RXRPC, "SOL_RXRPC", "RXRPC_LOCAL_ERROR", "error", 4 },
	{ 272, 8, AF_RXRPC, "SOL_RXRPC", "RXRPC_NEW_CALL", "new_call", 0 },
	{ 272, 15, AF_RXRPC, "SOL_RXRPC", "RXRPC_OOB_ID", "oob_id", 8 },
	{ 272, 16, AF_RXRPC, "SOL_RXRPC", "RXRPC_CHALLENGED", "challenge", 8 },
	{ 272, 18, AF_RXRPC, "SOL_RXRPC", "RXRPC_RESPONDED", "response", 0 },
	{ 274, 3, AF_BLUETOOTH, "SOL_BLUETOOTH", "BT_SCM_PKT_STATUS", "pkt_status", 1 },
	{ 274, 4, AF_BLUETOOTH, "SOL_BLUETOOTH", "BT_SCM_ERROR", "error", 16 },
	{ 274, 5, AF_BLUETOOTH, "SOL_BLUETOOTH", "BT_SCM_PKT_SEQNUM", "pkt_seqnum", 2 },
	{ 0, 1, AF_BLUETOOTH, "SOL_HCI", "HCI_CMSG_DIR", "direction", 4 },
	{ 0, 2, AF_BLUETOOTH, "SOL_HCI", "HCI_CMSG_TSTAMP", "timestamp", 2 * LONG },
	{ 0, 3, AF_IEEE802154, "SOL_IEEE802154", "WPAN_WANTLQI", "lqi", 1 },
	{ 276, 2, AF_RDS, "SOL_RDS", "RDS_CMSG_RDMA_DEST", "rdma_dest", 8 },
	{ 276, 4, AF_RDS, "SOL_RDS", "RDS_CMSG_RDMA_STATUS", "rdma_status", 16 },
	{ 276, 5, AF_RDS, "SOL_RDS", "RDS_CMSG_CONG_UPDATE", "cong_update", 8 },
	{ 276, 11, AF_RDS, "SOL_RDS", "RDS_CMSG_RXPATH_LATENCY", "rxpath_latency", 32 },
	{ 276, 13, AF_RDS, "SOL_RDS", "RDS_CMSG_ZCOPY_COMPLETION", "zcopy_completion", 36 },
	{ 277, 1, AF_IUCV, "SOL_IUCV", "SCM_IUCV_TRGCLS", "trgcls", 4 },
	{ 282, 2, AF_INET, "SOL_TLS", "TLS_GET_RECORD_TYPE", "record_type", 1 },
	{ 287, 1, AF_VSOCK, "SOL_VSOCK", "VSOCK_RECVERR", "error", 16 },
	{ 268, 9, AF_LLC, "SOL_LLC", "LLC_OPT_PKTINFO", "pktinfo", 12 },
	{ 107, 1, AF_CAN, "SOL_CAN_J1939", "SCM_J1939_DEST_ADDR", "dest_addr", 1 },
	{ 107, 2, AF_CAN, "SOL_CAN_J1939", "SCM_J1939_DEST_NAME", "dest_name", 8 },
	{ 107, 3, AF_CAN, "SOL_CAN_J1939", "SCM_J1939_PRIO", "prio", 1 },
	{ 107, 4, AF_CAN, "SOL_CAN_J1939", "SCM_J1939_ERRQUEUE", "error", 16 },
	{ 101, 1, AF_CAN, "SOL_CAN_RAW", "SCM_CAN_RAW_ERRQUEUE", "error", 16 },
	{ 279, 2, AF_ALG, "SOL_ALG", "ALG_SET_IV", NULL, 0 },
	{ 0, 1, AF_ISDN, "SOL_MISDN", "MISDN_TIME_STAMP", "timestamp", 2 * LONG },
	{ 17, 103, AF_INET, "SOL_UDP", "UDP_SEGMENT", NULL, 0 },
	{ 132, 0, AF_INET, "SOL_SCTP", "SCTP_INIT", NULL, 0 },
	{ 132, 2, AF_INET, "SOL_SCTP", "SCTP_SNDINFO", NULL, 0 },
	{ 132, 5, AF_INET, "SOL_SCTP", "SCTP_PRINFO", NULL, 0 },
	{ 132, 6, AF_INET, "SOL_SCTP", "SCTP_AUTHINFO", NULL, 0 },
	{ 132, 7, AF_INET, "SOL_SCTP", "SCTP_DSTADDRV4", NULL, 0 },
	{ 132, 8, AF_INET6, "SOL_SCTP", "SCTP_DSTADDRV6", NULL, 0 },
	{ 272, 10, AF_RXRPC, "SOL_RXRPC", "RXRPC_EXCLUSIVE_CALL", NULL, 0 },
	{ 272, 11, AF_RXRPC, "SOL_RXRPC", "RXRPC_UPGRADE_SERVICE", NULL, 0 },
	{ 272, 12, AF_RXRPC, "SOL_RXRPC", "RXRPC_TX_LENGTH", NULL, 0 },
	{ 272, 13, AF_RXRPC, "SOL_RXRPC", "RXRPC_SET_CALL_TIMEOUT", NULL, 0 },
	{ 272, 14, AF_RXRPC, "SOL_RXRPC", "RXRPC_CHARGE_ACCEPT", NULL, 0 },
	{ 272, 17, AF_RXRPC, "SOL_RXRPC", "RXRPC_RESPOND", NULL, 0 },
	{ 272, 19, AF_RXRPC, "SOL_RXRPC", "RXRPC_RESP_RXGK_APPDATA", NULL, 0 },
	{ 276, 1, AF_RDS, "SOL_RDS", "RDS_CMSG_RDMA_ARGS", NULL, 0 },
	{ 276, 3, AF_RDS, "SOL_RDS", "RDS_CMSG_RDMA_MAP", NULL, 0 },
	{ 276, 12, AF_RDS, "SOL_RDS", "RDS_CMSG_ZCOPY_COOKIE", NULL, 0 },
	{ 279, 3, AF_ALG, "SOL_ALG", "ALG_SET_OP", NULL, 0 },
	{ 279, 4, AF_ALG, "SOL_ALG", "ALG_SET_AEAD_ASSOCLEN", NULL, 0 },
	{ 282, 1, AF_INET, "SOL_TLS", "TLS_SET_RECORD_TYPE", NULL, 0 },
	{ 0, 2, AF_SMC, "IPPROTO_IP", "IP_TTL", "ttl", 4 },
	{ 0, 2, AF_RDS, "IPPROTO_IP", "IP_TTL", "ttl", 4 },
	{ 41, 67, AF_SMC, "IPPROTO_IPV6", "IPV6_TCLASS", "tclass", 4 },
};

/* Levels that have names although no control message has one of these levels. */
static const struct {
	int level;
	const char *name;
} levels[] = { { 58, "SOL_ICMPV6" }, { 102, "SOL_CAN_BCM" }, { 106, "SOL_CAN_ISOTP" }, { 136, "SOL_UDPLITE" },
	{ 255, "SOL_RAW" }, { 256, "SOL_IPX" }, { 257, "SOL_AX25" }, { 258, "SOL_ATALK" }, { 259, "SOL_NETROM" },
	{ 260, "SOL_ROSE" }, { 261, "SOL_DECNET" }, { 262, "SOL_X25" }, { 264, "SOL_ATM" }, { 265, "SOL_AAL" },
	{ 266, "SOL_IRDA" }, { 267, "SOL_NETBEUI" }, { 269, "SOL_DCCP" }, { 273, "SOL_PPPOL2TP" },
	{ 275, "SOL_PNPIPE" }, { 278, "SOL_CAIF" }, { 280, "SOL_NFC" }, { 281, "SOL_KCM" }, { 283, "SOL_XDP" },
	{ 284, "SOL_MPTCP" }, { 285, "SOL_MCTP" }, { 286, "SOL_SMC" } };

/* Control messages that have no name, because their level does not exist in the socket's address family. */
static const struct {
	int level, type, family;
} foreign[] = { { 0, 2, AF_UNIX }, { 0, 2, AF_NETLINK }, { 0, 3, AF_BLUETOOTH }, { 0, 2, AF_ISDN },
	{ 0, 1, AF_IEEE802154 }, { 41, 67, AF_UNIX }, { 6, 36, AF_UNIX }, { 17, 104, AF_UNIX }, { 132, 3, AF_UNIX },
	{ 58, 1, AF_UNIX }, { 136, 1, AF_UNIX }, { 255, 1, AF_UNIX } };

/* The largest data length that is tested for a control message of variable length. */
#define LONGEST 40

static const char *
describe_at(struct describer *t, size_t i, const unsigned char *data, size_t length)
{
	message_one(t, all[i].family, 0, all[i].level, all[i].type, data, length);
	return describer_json(t);
}

static void
test_names(struct describer *t)
{
	unsigned char data[LONGEST + 8];
	char want[128];
	size_t i;

	/*
	 * For SCM_RIGHTS, these bytes are negative descriptor numbers, so that no open descriptor of this process is
	 * described.
	 */
	memset(data, 0xff, sizeof(data));
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		(void)snprintf(want, sizeof(want),
		    "{\"level\":\"%s\",\"type\":\"%s\",\"level_value\":%d,\"type_value\":%d,", all[i].level_name,
		    all[i].name, all[i].level, all[i].type);
		ok(strstr(describe_at(t, i, data, all[i].length > 0 ? all[i].length : 8), want) != NULL,
		    "%s %s is shown by its name", all[i].level_name, all[i].name);
	}
	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		message_one(t, AF_INET, 0, levels[i].level, 99, data, 3);
		(void)snprintf(want, sizeof(want),
		    "{\"level\":\"%s\",\"type\":null,\"level_value\":%d,\"type_value\":99,", levels[i].name,
		    levels[i].level);
		ok(strstr(describer_json(t), want) != NULL, "%s is shown by its name", levels[i].name);
	}
	for (i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		message_one(t, foreign[i].family, 0, foreign[i].level, foreign[i].type, data, 4);
		ok(strstr(describer_json(t), ",\"type\":null,") != NULL,
		    "type %d of level %d has no name on a socket of family %d", foreign[i].type, foreign[i].level,
		    foreign[i].family);
	}
}

/* Tests values that have names, and for each type, one value that has no name. */
static void
test_values(struct describer *t)
{
	static const struct {
		int level, type, family;
		size_t width;
		unsigned int value;
		const char *json;
	} values[] = {
		{ 0, 1, AF_BLUETOOTH, 4, 0, "\"direction\":\"out\"" },
		{ 0, 1, AF_BLUETOOTH, 4, 1, "\"direction\":\"in\"" },
		{ 0, 1, AF_BLUETOOTH, 4, 2, "\"direction\":null" },
		{ 274, 3, AF_BLUETOOTH, 1, 0, "\"words\":\"no error\",\"value\":0" },
		{ 274, 3, AF_BLUETOOTH, 1, 1, "\"words\":\"data possibly invalid\",\"value\":1" },
		{ 274, 3, AF_BLUETOOTH, 1, 2, "\"words\":\"no data received\",\"value\":2" },
		{ 274, 3, AF_BLUETOOTH, 1, 3, "\"words\":\"data partially lost\",\"value\":3" },
		{ 274, 3, AF_BLUETOOTH, 1, 4, "\"words\":null,\"value\":4" },
		{ 282, 2, AF_INET, 1, 20, "\"words\":\"change cipher spec\",\"value\":20" },
		{ 282, 2, AF_INET, 1, 21, "\"words\":\"alert\",\"value\":21" },
		{ 282, 2, AF_INET, 1, 22, "\"words\":\"handshake\",\"value\":22" },
		{ 282, 2, AF_INET, 1, 23, "\"words\":\"application data\",\"value\":23" },
		{ 282, 2, AF_INET, 1, 24, "\"words\":\"heartbeat\",\"value\":24" },
		{ 282, 2, AF_INET, 1, 25, "\"words\":null,\"value\":25" },
		{ SOL_SOCKET, SO_WIFI_STATUS, AF_INET, 4, 0, "\"wifi_acked\":false" },
		{ SOL_SOCKET, SO_WIFI_STATUS, AF_INET, 4, 2, "\"wifi_acked\":true" },
		{ 263, 8, AF_PACKET, 4, 0, "\"status\":[],\"status_value\":0" },
		{ 263, 8, AF_PACKET, 4, 0x80000000, "\"status\":[\"TP_STATUS_TS_RAW_HARDWARE\"]" },
		{ 263, 8, AF_PACKET, 4, 0x200, "\"status\":[\"0x200\"],\"status_value\":512" },
		{ SOL_SOCKET, SO_INQ, AF_UNIX, 4, 0xffffffff, "\"inq\":-1" },
	};
	unsigned char data[4];
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		data[0] = (unsigned char)values[i].value;
		if (values[i].width == sizeof(values[i].value))
			memcpy(data, &values[i].value, sizeof(values[i].value));
		message_one(t, values[i].family, 0, values[i].level, values[i].type, data, values[i].width);
		if (!ok(strstr(describer_json(t), values[i].json) != NULL, "JSON contains %s", values[i].json))
			diag("got %s", describer_json(t));
	}
}

/*
 * Returns another valid length of the data, such as the length without an optional part or padding. Returns 0 if no
 * other length is valid.
 */
static size_t
also_whole(const char *name)
{
	if (strcmp(name, "IP_RECVERR") == 0 || strcmp(name, "IPV6_RECVERR") == 0)
		return 16;
	if (strcmp(name, "RDS_CMSG_RDMA_STATUS") == 0)
		return 12;
	if (strcmp(name, "RDS_CMSG_RXPATH_LATENCY") == 0)
		return 28;
	return strcmp(name, "RXRPC_CHALLENGED") == 0 ? 4 : 0;
}

/*
 * Returns true if the second byte of the data is the length of the data, in units of 8 bytes, not counting the first 8
 * bytes.
 */
static bool
is_extension(const char *key)
{
	static const char *const keys[] = { "hopopts", "rthdr", "dstopts" };
	size_t i;

	for (i = 0; key != NULL && i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(key, keys[i]) == 0)
			return true;
	return false;
}

static void
test_extensions(struct describer *t)
{
	static const struct {
		unsigned char units;
		size_t length, whole;
	} rows[] = { { 0, 0, 2 }, { 0, 1, 2 }, { 0, 2, 8 }, { 0, 7, 8 }, { 0, 8, 8 }, { 1, 2, 16 }, { 1, 15, 16 },
		{ 1, 16, 16 }, { 255, 32, 2048 } };
	unsigned char data[32] = { 0 };
	char words[64];
	size_t i, j;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		for (j = 0; is_extension(all[i].key) && j < sizeof(rows) / sizeof(rows[0]); j++) {
			data[1] = rows[j].units;
			(void)describe_at(t, i, data, rows[j].length);
			(void)snprintf(words, sizeof(words), "(%zu of %zu bytes", rows[j].length, rows[j].whole);
			ok((strstr(describer_text(t), words) != NULL) == (rows[j].length < rows[j].whole) &&
				(strstr(describer_text(t), " of ") != NULL) == (rows[j].length < rows[j].whole),
			    "%s of %zu bytes has a length of %zu bytes", all[i].name, rows[j].length, rows[j].whole);
		}
}

/* The length of a SOL_SOCKET control message must not depend on the socket's family. */
static void
test_families(struct describer *t)
{
	const unsigned char data[64] = { 0 };
	char words[64];
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i].level != SOL_SOCKET || all[i].length == 0 || all[i].type == SCM_PIDFD)
			continue;
		(void)snprintf(words, sizeof(words), "(%zu of %zu bytes", all[i].length - 1, all[i].length);
		message_one(t, AF_NETLINK, 0, SOL_SOCKET, all[i].type, data, all[i].length - 1);
		ok(strstr(describer_text(t), words) != NULL, "%s has a known length on sockets of all families",
		    all[i].name);
	}
}

/*
 * Returns true if, for every length of the data, the JSON is valid and contains the decoded key, and data that is too
 * short is reported.
 */
static bool
lengths_are_right(struct describer *t, size_t i, unsigned char filling)
{
	size_t whole = all[i].length > 0 ? all[i].length : LONGEST, length;
	unsigned char data[64];
	char key[64], words[64];
	bool is_short;

	(void)snprintf(key, sizeof(key), ",\"%s\":", all[i].key != NULL ? all[i].key : "hex");
	for (length = 0; length <= whole + 4; length++) {
		memset(data, filling, sizeof(data));
		if (filling == 1)
			data[0] = data[1] = data[2] = 0x82;
		if (!json_is_valid(describe_at(t, i, data, length)) || strstr(describer_json(t), key) == NULL) {
			diag("%s of %zu bytes: %s", all[i].name, length, describer_json(t));
			return false;
		}
		is_short = length < all[i].length && (length == 0 || length != also_whole(all[i].name));
		(void)snprintf(
		    words, sizeof(words), "(%zu of %zu bytes%s", length, all[i].length, length > 0 ? ", hex " : ")");
		if (all[i].length > 0 && is_short != (strstr(describer_text(t), words) != NULL)) {
			diag("%s of %zu bytes: %s", all[i].name, length, describer_text(t));
			return false;
		}
	}
	return true;
}

static void
test_lengths(struct describer *t)
{
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		ok(lengths_are_right(t, i, 0xff) && lengths_are_right(t, i, 1) &&
			(all[i].type == SCM_RIGHTS || all[i].type == SCM_PIDFD || lengths_are_right(t, i, 0)),
		    "%s is described at every length", all[i].name);
}

/*
 * --- the complete description of each control message, compared with tests/golden/cmsg; "GOLDEN=write" writes this
 * file
 */

static void
golden_line(FILE *file, bool writing, const char *got, const char *name)
{
	char line[16384];

	if (writing) {
		(void)fputs(got, file);
		return;
	}
	if (fgets(line, sizeof(line), file) == NULL)
		line[0] = '\0';
	if (!ok(strcmp(line, got) == 0, "%s is described as in the golden file, with all its keys", name))
		diag("expected %sgot %s", line, got);
}

/* Returns only the control messages in the JSON, because the values of other keys depend on the test process. */
static const char *
ancdata_of(struct describer *t)
{
	const char *found = strstr(describer_json(t), "\"ancdata\":");

	return found != NULL ? found : "";
}

static void
test_golden(struct describer *t)
{
	const char *top = getenv("srcdir"), *mode = getenv("GOLDEN");
	bool writing = mode != NULL && strcmp(mode, "write") == 0;
	unsigned char data[LONGEST + 8];
	char path[512];
	FILE *file;
	size_t i, j, length;

	(void)snprintf(path, sizeof(path), "%s/tests/golden/cmsg", top != NULL ? top : ".");
	file = fopen(path, writing ? "w" : "r");
	if (file == NULL || LONG != 8 || htons(1) == 1) {
		skip("this is not a 64-bit little-endian machine, or the golden file below $srcdir cannot be read",
		    "the complete descriptions match the golden file");
		if (file != NULL)
			(void)fclose(file);
		return;
	}
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		length = all[i].length > 0 ? all[i].length : 12;
		for (j = 0; j < sizeof(data); j++)
			data[j] = all[i].type == SCM_RIGHTS && all[i].level == SOL_SOCKET ? 0xff :
											    (unsigned char)(j + 1);
		(void)describe_at(t, i, data, length);
		golden_line(file, writing, ancdata_of(t), all[i].name);
		(void)describe_at(t, i, data, length / 2);
		golden_line(file, writing, ancdata_of(t), all[i].name);
	}
	(void)fclose(file);
}

int
main(void)
{
	struct describer t;

	describer_init(&t);
	test_names(&t);
	test_values(&t);
	test_lengths(&t);
	test_extensions(&t);
	test_families(&t);
	test_golden(&t);
	describer_done(&t);
	return tap_done();
}
