/* SPDX-License-Identifier: ISC */
/*
 * The data lengths of those types of control messages whose data has a fixed size or contains its own size. The data of
 * all other types has a variable length.
 */
#include <stdint.h>
#include <sys/socket.h>

#include "base/compat.h"
#include "inspect/message.h"

/*
 * The control message contains an IPv6 extension header. The second byte of this header is the header's length in units
 * of 8 bytes, not counting the first 8 bytes.
 */
#define EXTENSION 0

/* clang-format off */
static const struct whole {
	int level;
	int16_t type;
	uint8_t family;	/* address family of the sockets, for cmsg_family_fits() */
	uint8_t length;	/* length in bytes, or EXTENSION */
	uint8_t also;	/* length without the optional part at the end; 0: there is no optional part */
} table[] = {
	{ SOL_SOCKET, SCM_CREDENTIALS, 0, 12, 0 },
	{ SOL_SOCKET, SCM_PIDFD, 0, 4, 0 },
	{ SOL_SOCKET, SO_INQ, 0, 4, 0 },
	{ SOL_SOCKET, SO_TIMESTAMP_OLD, 0, 2 * KERNEL_LONG, 0 },
	{ SOL_SOCKET, SO_TIMESTAMPNS_OLD, 0, 2 * KERNEL_LONG, 0 },
	{ SOL_SOCKET, SO_TIMESTAMPING_OLD, 0, 6 * KERNEL_LONG, 0 },
	{ SOL_SOCKET, SO_TIMESTAMP_NEW, 0, 16, 0 },
	{ SOL_SOCKET, SO_TIMESTAMPNS_NEW, 0, 16, 0 },
	{ SOL_SOCKET, SO_TIMESTAMPING_NEW, 0, 48, 0 },
	{ SOL_SOCKET, SO_RXQ_OVFL, 0, 4, 0 },
	{ SOL_SOCKET, SO_MARK, 0, 4, 0 },
	{ SOL_SOCKET, SO_PRIORITY, 0, 4, 0 },
	{ SOL_SOCKET, SO_WIFI_STATUS, 0, 4, 0 },
	{ SOL_SOCKET, SCM_TIMESTAMPING_PKTINFO, 0, 16, 0 },
	{ SOL_SOCKET, SO_DEVMEM_LINEAR, 0, 24, 0 },
	{ SOL_SOCKET, SO_DEVMEM_DMABUF, 0, 24, 0 },
	{ SOL_SOCKET, SO_TXTIME, 0, 8, 0 },
	{ SOL_SOCKET, SCM_TS_OPT_ID, 0, 4, 0 },

	{ 0, 1, AF_BLUETOOTH, 4, 0 },			/* HCI_CMSG_DIR */
	{ 0, 2, AF_BLUETOOTH, 2 * KERNEL_LONG, 0 },	/* HCI_CMSG_TSTAMP */
	{ 0, 1, AF_ISDN, 2 * KERNEL_LONG, 0 },		/* MISDN_TIME_STAMP */
	{ 0, 3, AF_IEEE802154, 1, 0 },			/* WPAN_WANTLQI */
	{ 0, 8, FAMILY_INET, 12, 0 },				/* IP_PKTINFO */
	{ 0, 2, FAMILY_INET, 4, 0 },				/* IP_TTL */
	{ 0, 1, FAMILY_INET, 1, 0 },				/* IP_TOS */
	{ 0, 11, FAMILY_INET, 32, 16 },				/* IP_RECVERR */
	{ 0, 20, FAMILY_INET, 16, 0 },				/* IP_ORIGDSTADDR */
	{ 0, 23, FAMILY_INET, 4, 0 },				/* IP_CHECKSUM */
	{ 0, 25, FAMILY_INET, 4, 0 },				/* IP_RECVFRAGSIZE */

	{ 41, 50, FAMILY_INET, 20, 0 },				/* IPV6_PKTINFO */
	{ 41, 52, FAMILY_INET, 4, 0 },				/* IPV6_HOPLIMIT */
	{ 41, 67, FAMILY_INET, 4, 0 },				/* IPV6_TCLASS */
	{ 41, 25, FAMILY_INET, 44, 16 },				/* IPV6_RECVERR */
	{ 41, 74, FAMILY_INET, 28, 0 },				/* IPV6_ORIGDSTADDR */
	{ 41, 77, FAMILY_INET, 4, 0 },				/* IPV6_RECVFRAGSIZE */
	{ 41, 61, FAMILY_INET, 32, 0 },				/* IPV6_PATHMTU */
	{ 41, 11, FAMILY_INET, 4, 0 },				/* IPV6_FLOWINFO */
	{ 41, 54, FAMILY_INET, EXTENSION, 0 },			/* IPV6_HOPOPTS */
	{ 41, 57, FAMILY_INET, EXTENSION, 0 },			/* IPV6_RTHDR */
	{ 41, 59, FAMILY_INET, EXTENSION, 0 },			/* IPV6_DSTOPTS */
	{ 41, 2, FAMILY_INET, 20, 0 },				/* IPV6_2292PKTINFO */
	{ 41, 3, FAMILY_INET, EXTENSION, 0 },			/* IPV6_2292HOPOPTS */
	{ 41, 4, FAMILY_INET, EXTENSION, 0 },			/* IPV6_2292DSTOPTS */
	{ 41, 5, FAMILY_INET, EXTENSION, 0 },			/* IPV6_2292RTHDR */
	{ 41, 8, FAMILY_INET, 4, 0 },				/* IPV6_2292HOPLIMIT */

	{ 263, 8, 0, 20, 0 },				/* PACKET_AUXDATA */
	{ 263, 16, 0, 16, 0 },				/* PACKET_TX_TIMESTAMP */
	{ 270, 3, 0, 4, 0 },				/* NETLINK_PKTINFO */
	{ 270, 8, 0, 4, 0 },				/* NETLINK_LISTEN_ALL_NSID */
	{ 268, 9, 0, 12, 0 },				/* LLC_OPT_PKTINFO */
	{ 101, 1, 0, 16, 0 },				/* SCM_CAN_RAW_ERRQUEUE */
	{ 107, 1, 0, 1, 0 },				/* SCM_J1939_DEST_ADDR */
	{ 107, 2, 0, 8, 0 },				/* SCM_J1939_DEST_NAME */
	{ 107, 3, 0, 1, 0 },				/* SCM_J1939_PRIO */
	{ 107, 4, 0, 16, 0 },				/* SCM_J1939_ERRQUEUE */
	{ 274, 3, 0, 1, 0 },				/* BT_SCM_PKT_STATUS */
	{ 274, 4, 0, 16, 0 },				/* BT_SCM_ERROR */
	{ 274, 5, 0, 2, 0 },				/* BT_SCM_PKT_SEQNUM */

	{ 6, 36, FAMILY_INET, 4, 0 },				/* TCP_CM_INQ */
	{ 17, 104, FAMILY_INET, 4, 0 },				/* UDP_GRO */
	{ 132, 1, FAMILY_INET, 32, 0 },				/* SCTP_SNDRCV */
	{ 132, 3, FAMILY_INET, 28, 0 },				/* SCTP_RCVINFO */
	{ 132, 4, FAMILY_INET, 16, 0 },				/* SCTP_NXTINFO */
	{ 282, 2, 0, 1, 0 },				/* TLS_GET_RECORD_TYPE */
	{ 271, 1, 0, 8, 0 },				/* TIPC_ERRINFO */
	{ 271, 3, 0, 12, 0 },				/* TIPC_DESTNAME */
	{ 272, 1, 0, KERNEL_LONG, 0 },			/* RXRPC_USER_CALL_ID */
	{ 272, 2, 0, 4, 0 },				/* RXRPC_ABORT */
	{ 272, 5, 0, 4, 0 },				/* RXRPC_NET_ERROR */
	{ 272, 7, 0, 4, 0 },				/* RXRPC_LOCAL_ERROR */
	{ 272, 15, 0, 8, 0 },				/* RXRPC_OOB_ID */
	{ 272, 16, 0, 8, 4 },				/* RXRPC_CHALLENGED */
	{ 276, 2, 0, 8, 0 },				/* RDS_CMSG_RDMA_DEST */
	{ 276, 4, 0, 16, 12 },				/* RDS_CMSG_RDMA_STATUS */
	{ 276, 5, 0, 8, 0 },				/* RDS_CMSG_CONG_UPDATE */
	{ 276, 11, 0, 32, 28 },				/* RDS_CMSG_RXPATH_LATENCY */
	{ 276, 13, 0, 36, 0 },				/* RDS_CMSG_ZCOPY_COMPLETION */
	{ 277, 1, 0, 4, 0 },				/* SCM_IUCV_TRGCLS */
	{ 287, 1, 0, 16, 0 },				/* VSOCK_RECVERR */
};
/* clang-format on */

bool
cmsg_family_fits(int of_level, int family)
{
	if (of_level == FAMILY_INET)
		return family == AF_INET || family == AF_INET6 || family == AF_SMC || family == AF_RDS;
	return of_level == AF_UNSPEC || of_level == family;
}

size_t
cmsg_whole_length(int level, int type, int family, const unsigned char *data, size_t length, bool complete)
{
	const struct whole *row;

	for (row = table; row < table + sizeof(table) / sizeof(table[0]); row++) {
		if (row->level != level || row->type != type || !cmsg_family_fits(row->family, family))
			continue;
		if (row->length == EXTENSION)
			return length < 2 ? 2 : ((size_t)data[1] + 1) * 8;
		return complete && row->also != 0 && length == row->also ? row->also : row->length;
	}
	return 0;
}
