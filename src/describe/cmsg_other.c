/* SPDX-License-Identifier: ISC */
/* Control messages of the protocols TCP, UDP, SCTP, TLS, TIPC, RxRPC, RDS, IUCV and vsock. */
#include <sys/socket.h>

#include "describe/cmsg.h"

static const struct cmsg_type tcp_types[] = {
	{ .type = 36, .name = "TCP_CM_INQ", .key = "inq", CMSG_FIELDS(cmsg_field_int) },
};

static const struct cmsg_type udp_types[] = {
	{ .type = 104, .name = "UDP_GRO", .key = "gro_size", CMSG_FIELDS(cmsg_field_int) },
	{ .type = 103, .name = "UDP_SEGMENT" },
};

/*
 * struct sctp_sndrcvinfo. The kernel does not convert the payload protocol (ppid), whose byte order is usually network
 * byte order.
 */
static const struct cmsg_field sndrcv_fields[] = {
	{ .key = "stream", .text = "stream %", .offset = 0, .width = 2 },
	{ .key = "ssn", .text = ", SSN %", .offset = 2, .width = 2 },
	{ .key = "flags", .text = ", flags %", .offset = 4, .width = 2 },
	{ .key = "ppid", .text = ", PPID %", .offset = 8, .width = 4, .form = FORM_NETWORK },
	{ .key = "context", .offset = 12, .width = 4 },
	{ .key = "timetolive", .offset = 16, .width = 4 },
	{ .key = "tsn", .text = ", TSN %", .offset = 20, .width = 4 },
	{ .key = "cumtsn", .offset = 24, .width = 4 },
	{ .key = "assoc_id", .text = ", association %", .offset = 28, .width = 4, .form = FORM_SIGNED },
};

/* struct sctp_rcvinfo */
static const struct cmsg_field rcv_fields[] = {
	{ .key = "stream", .text = "stream %", .offset = 0, .width = 2 },
	{ .key = "ssn", .text = ", SSN %", .offset = 2, .width = 2 },
	{ .key = "flags", .text = ", flags %", .offset = 4, .width = 2 },
	{ .key = "ppid", .text = ", PPID %", .offset = 8, .width = 4, .form = FORM_NETWORK },
	{ .key = "tsn", .text = ", TSN %", .offset = 12, .width = 4 },
	{ .key = "cumtsn", .offset = 16, .width = 4 },
	{ .key = "context", .offset = 20, .width = 4 },
	{ .key = "assoc_id", .text = ", association %", .offset = 24, .width = 4, .form = FORM_SIGNED },
};

/* struct sctp_nxtinfo */
static const struct cmsg_field nxt_fields[] = {
	{ .key = "stream", .text = "next: stream %", .offset = 0, .width = 2 },
	{ .key = "flags", .text = ", flags %", .offset = 2, .width = 2 },
	{ .key = "ppid", .text = ", PPID %", .offset = 4, .width = 4, .form = FORM_NETWORK },
	{ .key = "length", .text = ", length %", .offset = 8, .width = 4 },
	{ .key = "assoc_id", .text = ", association %", .offset = 12, .width = 4, .form = FORM_SIGNED },
};

static const struct cmsg_type sctp_types[] = {
	{ .type = 1, .name = "SCTP_SNDRCV", .key = "sndrcv", CMSG_FIELDS(sndrcv_fields) },
	{ .type = 3, .name = "SCTP_RCVINFO", .key = "rcvinfo", CMSG_FIELDS(rcv_fields) },
	{ .type = 4, .name = "SCTP_NXTINFO", .key = "nxtinfo", CMSG_FIELDS(nxt_fields) },
	{ .type = 0, .name = "SCTP_INIT" },
	{ .type = 2, .name = "SCTP_SNDINFO" },
	{ .type = 5, .name = "SCTP_PRINFO" },
	{ .type = 6, .name = "SCTP_AUTHINFO" },
	{ .type = 7, .name = "SCTP_DSTADDRV4" },
	{ .type = 8, .name = "SCTP_DSTADDRV6" },
};

static const struct cmsg_field record_fields[] = {
	{ .key = "words", .text = "%", .offset = 0, .width = 1, .form = FORM_NAME, .names = &names_tls_record },
	{ .key = "value", .text = " (%)", .offset = 0, .width = 1 },
};

static const struct cmsg_type tls_types[] = {
	{ .type = 2, .name = "TLS_GET_RECORD_TYPE", .key = "record_type", CMSG_FIELDS(record_fields) },
	{ .type = 1, .name = "TLS_SET_RECORD_TYPE" },
};

static const struct cmsg_field errinfo_fields[] = {
	{ .key = "error", .text = "%", .offset = 0, .width = 4, .form = FORM_NAME, .names = &names_tipc_error },
	{ .key = "error_value", .text = " (%)", .offset = 0, .width = 4 },
	{ .key = "returned", .text = ", bytes returned: %", .offset = 4, .width = 4 },
};

static const struct cmsg_field destname_fields[] = {
	{ .key = "type", .text = "service type %", .offset = 0, .width = 4 },
	{ .key = "lower", .text = ", from %", .offset = 4, .width = 4 },
	{ .key = "upper", .text = " to %", .offset = 8, .width = 4 },
};

static const struct cmsg_type tipc_types[] = {
	{ .type = 1, .name = "TIPC_ERRINFO", .key = "errinfo", CMSG_FIELDS(errinfo_fields) },
	{ .type = 2, .name = "TIPC_RETDATA", .key = "retdata", .describe = cmsg_describe_bytes },
	{ .type = 3, .name = "TIPC_DESTNAME", .key = "destname", CMSG_FIELDS(destname_fields) },
};

/* Describes a control message without data. */
static void
describe_presence(struct emit *e, const struct cmsg_item *item)
{
	emit_bool(e, item->type->key, NULL, true);
}

static const struct cmsg_field call_id_field[1] = { { .text = ": %", .width = KERNEL_LONG } };

static const struct cmsg_field errno_fields[] = {
	{ .key = "errno", .text = "%", .offset = 0, .width = 4, .form = FORM_NAME, .names = &names_errno },
	{ .key = "errno_value", .text = " (%)", .offset = 0, .width = 4 },
};

/* struct rxrpc_challenge, followed by the additional data of the security class rxgk */
static const struct cmsg_field challenge_fields[] = {
	{ .key = "service_id", .text = "service %", .offset = 0, .width = 2 },
	{ .key = "security_index", .text = ", security %", .offset = 2, .width = 1 },
	{ .key = "enctype", .text = ", encryption %", .offset = 4, .width = 4 },
};

static const struct cmsg_type rxrpc_types[] = {
	{ .type = 1,
	    .name = "RXRPC_USER_CALL_ID",
	    .key = "user_call_id",

	    CMSG_FIELDS(call_id_field) },
	{ .type = 2, .name = "RXRPC_ABORT", .key = "abort", CMSG_FIELDS(cmsg_field_int) },
	{ .type = 3, .name = "RXRPC_ACK", .key = "ack", .describe = describe_presence },
	{ .type = 5, .name = "RXRPC_NET_ERROR", .key = "error", CMSG_FIELDS(errno_fields) },
	{ .type = 6, .name = "RXRPC_BUSY", .key = "busy", .describe = describe_presence },
	{ .type = 7, .name = "RXRPC_LOCAL_ERROR", .key = "error", CMSG_FIELDS(errno_fields) },
	{ .type = 8, .name = "RXRPC_NEW_CALL", .key = "new_call", .describe = describe_presence },
	{ .type = 15, .name = "RXRPC_OOB_ID", .key = "oob_id", CMSG_FIELDS(cmsg_field_u64) },
	{ .type = 16,
	    .name = "RXRPC_CHALLENGED",
	    .key = "challenge",

	    CMSG_FIELDS(challenge_fields) },
	{ .type = 18, .name = "RXRPC_RESPONDED", .key = "response", .describe = cmsg_describe_bytes },
	{ .type = 10, .name = "RXRPC_EXCLUSIVE_CALL" },
	{ .type = 11, .name = "RXRPC_UPGRADE_SERVICE" },
	{ .type = 12, .name = "RXRPC_TX_LENGTH" },
	{ .type = 13, .name = "RXRPC_SET_CALL_TIMEOUT" },
	{ .type = 14, .name = "RXRPC_CHARGE_ACCEPT" },
	{ .type = 17, .name = "RXRPC_RESPOND" },
	{ .type = 19, .name = "RXRPC_RESP_RXGK_APPDATA" },
};

static const struct name rdma_status_list[] = {
	{ 0, "RDS_RDMA_SUCCESS" },
	{ 1, "RDS_RDMA_REMOTE_ERROR" },
	{ 2, "RDS_RDMA_CANCELED" },
	{ 3, "RDS_RDMA_DROPPED" },
	{ 4, "RDS_RDMA_OTHER_ERROR" },
};
static const struct names rdma_statuses = { rdma_status_list, CMSG_COUNT(rdma_status_list) };

static const struct cmsg_field rdma_status_fields[] = {
	{ .key = "token", .text = "token %", .offset = 0, .width = 8 },
	{ .key = "status", .text = ", %", .offset = 8, .width = 4, .form = FORM_NAME, .names = &rdma_statuses },
	{ .key = "status_value", .text = " (%)", .offset = 8, .width = 4, .form = FORM_SIGNED },
};

/*
 * struct rds_cmsg_rx_trace contains a count, three positions, and three 64-bit numbers. On 32-bit kernels that align
 * 64-bit numbers to four bytes, no padding precedes the 64-bit numbers. Even for a 32-bit process, the layout depends
 * on the architecture of the kernel.
 */
#define TRACES		 3
#define TRACE_SIZE_TIGHT 28

static void
describe_latency(struct emit *e, const struct cmsg_item *item)
{
	size_t at = item->length == TRACE_SIZE_TIGHT && KERNEL_LONG == 4 ? 4 : 8, i;
	uint64_t position, trace;

	emit_array(e, item->type->key, ": ", ", ");
	for (i = 0; i < TRACES && item->length > 0 && i < item->data[0]; i++) {
		if (!cmsg_get(item, 1 + i, 1, &position) || !cmsg_get(item, at + 8 * i, 8, &trace))
			break;
		emit_object(e, NULL, NULL);
		emit_u64(e, "position", "% ", position);
		emit_u64(e, "nanoseconds", "after % ns", trace);
		emit_end(e, NULL);
	}
	emit_end(e, NULL);
}

static void
describe_cookies(struct emit *e, const struct cmsg_item *item)
{
	uint64_t count = 0, cookie, i;

	(void)cmsg_get(item, 0, 4, &count);
	emit_array(e, item->type->key, ": ", ", ");
	for (i = 0; i < count && cmsg_get(item, 4 + 4 * (size_t)i, 4, &cookie); i++)
		emit_u64(e, NULL, "%", cookie);
	emit_end(e, NULL);
}

static const struct cmsg_type rds_types[] = {
	{ .type = 2, .name = "RDS_CMSG_RDMA_DEST", .key = "rdma_dest", CMSG_FIELDS(cmsg_field_u64) },
	{ .type = 4,
	    .name = "RDS_CMSG_RDMA_STATUS",
	    .key = "rdma_status",

	    CMSG_FIELDS(rdma_status_fields) },
	{ .type = 5, .name = "RDS_CMSG_CONG_UPDATE", .key = "cong_update", CMSG_FIELDS(cmsg_field_u64) },
	{ .type = 11,
	    .name = "RDS_CMSG_RXPATH_LATENCY",
	    .key = "rxpath_latency",

	    .describe = describe_latency },
	{ .type = 12, .name = "RDS_CMSG_ZCOPY_COOKIE" },
	{ .type = 13,
	    .name = "RDS_CMSG_ZCOPY_COMPLETION",
	    .key = "zcopy_completion",

	    .describe = describe_cookies },
	{ .type = 1, .name = "RDS_CMSG_RDMA_ARGS" },
	{ .type = 3, .name = "RDS_CMSG_RDMA_MAP" },
};

static const struct cmsg_type iucv_types[] = {
	{ .type = 1, .name = "SCM_IUCV_TRGCLS", .key = "trgcls", CMSG_FIELDS(cmsg_field_u32) },
};

static const struct cmsg_type vsock_types[] = {
	{ .type = 1, .name = "VSOCK_RECVERR", .key = "error", .describe = cmsg_describe_plain_error },
};

static const struct cmsg_type alg_types[] = {
	{ .type = 2, .name = "ALG_SET_IV" },
	{ .type = 3, .name = "ALG_SET_OP" },
	{ .type = 4, .name = "ALG_SET_AEAD_ASSOCLEN" },
};

const struct cmsg_level cmsg_levels_other[] = {
	CMSG_LEVEL(6, FAMILY_INET, "SOL_TCP", tcp_types),
	CMSG_LEVEL(17, FAMILY_INET, "SOL_UDP", udp_types),
	CMSG_LEVEL(132, FAMILY_INET, "SOL_SCTP", sctp_types),
	CMSG_LEVEL(282, AF_UNSPEC, "SOL_TLS", tls_types),
	CMSG_LEVEL(271, AF_UNSPEC, "SOL_TIPC", tipc_types),
	CMSG_LEVEL(272, AF_UNSPEC, "SOL_RXRPC", rxrpc_types),
	CMSG_LEVEL(276, AF_UNSPEC, "SOL_RDS", rds_types),
	CMSG_LEVEL(277, AF_UNSPEC, "SOL_IUCV", iucv_types),
	CMSG_LEVEL(287, AF_UNSPEC, "SOL_VSOCK", vsock_types),
	CMSG_LEVEL(279, AF_UNSPEC, "SOL_ALG", alg_types),
	{ .name = NULL },
};
