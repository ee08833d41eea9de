/* SPDX-License-Identifier: ISC */
/*
 * Names of socket constants. If a constant is the same on all architectures, the table contains its number, because the
 * system's headers can be too old to define the constant.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "describe/names.h"

/* clang-format off */
#define N(constant) { constant, #constant }
#define TABLE(array) { array, sizeof(array) / sizeof((array)[0]) }

static const struct name family_list[] = {
	{ 0, "AF_UNSPEC" }, { 1, "AF_UNIX" }, { 2, "AF_INET" }, { 3, "AF_AX25" }, { 4, "AF_IPX" },
	{ 5, "AF_APPLETALK" }, { 6, "AF_NETROM" }, { 7, "AF_BRIDGE" }, { 8, "AF_ATMPVC" }, { 9, "AF_X25" },
	{ 10, "AF_INET6" }, { 11, "AF_ROSE" }, { 12, "AF_DECnet" }, { 13, "AF_NETBEUI" }, { 14, "AF_SECURITY" },
	{ 15, "AF_KEY" }, { 16, "AF_NETLINK" }, { 17, "AF_PACKET" }, { 18, "AF_ASH" }, { 19, "AF_ECONET" },
	{ 20, "AF_ATMSVC" }, { 21, "AF_RDS" }, { 22, "AF_SNA" }, { 23, "AF_IRDA" }, { 24, "AF_PPPOX" },
	{ 25, "AF_WANPIPE" }, { 26, "AF_LLC" }, { 27, "AF_IB" }, { 28, "AF_MPLS" }, { 29, "AF_CAN" },
	{ 30, "AF_TIPC" }, { 31, "AF_BLUETOOTH" }, { 32, "AF_IUCV" }, { 33, "AF_RXRPC" }, { 34, "AF_ISDN" },
	{ 35, "AF_PHONET" }, { 36, "AF_IEEE802154" }, { 37, "AF_CAIF" }, { 38, "AF_ALG" }, { 39, "AF_NFC" },
	{ 40, "AF_VSOCK" }, { 41, "AF_KCM" }, { 42, "AF_QIPCRTR" }, { 43, "AF_SMC" }, { 44, "AF_XDP" },
	{ 45, "AF_MCTP" },
};

static const struct name socktype_list[] = {
	N(SOCK_STREAM), N(SOCK_DGRAM), N(SOCK_RAW), N(SOCK_RDM), N(SOCK_SEQPACKET), N(SOCK_DCCP), N(SOCK_PACKET),
};

static const struct name ipproto_list[] = {
	{ 0, "IPPROTO_IP" }, { 1, "IPPROTO_ICMP" }, { 2, "IPPROTO_IGMP" }, { 4, "IPPROTO_IPIP" },
	{ 6, "IPPROTO_TCP" }, { 8, "IPPROTO_EGP" }, { 12, "IPPROTO_PUP" }, { 17, "IPPROTO_UDP" },
	{ 22, "IPPROTO_IDP" }, { 29, "IPPROTO_TP" }, { 33, "IPPROTO_DCCP" }, { 41, "IPPROTO_IPV6" },
	{ 43, "IPPROTO_ROUTING" }, { 44, "IPPROTO_FRAGMENT" }, { 46, "IPPROTO_RSVP" }, { 47, "IPPROTO_GRE" },
	{ 50, "IPPROTO_ESP" }, { 51, "IPPROTO_AH" }, { 58, "IPPROTO_ICMPV6" }, { 59, "IPPROTO_NONE" },
	{ 60, "IPPROTO_DSTOPTS" }, { 92, "IPPROTO_MTP" }, { 94, "IPPROTO_BEETPH" }, { 98, "IPPROTO_ENCAP" },
	{ 103, "IPPROTO_PIM" }, { 108, "IPPROTO_COMP" }, { 115, "IPPROTO_L2TP" }, { 132, "IPPROTO_SCTP" },
	{ 135, "IPPROTO_MH" }, { 136, "IPPROTO_UDPLITE" }, { 137, "IPPROTO_MPLS" }, { 143, "IPPROTO_ETHERNET" },
	{ 144, "IPPROTO_AGGFRAG" }, { 255, "IPPROTO_RAW" }, { 256, "IPPROTO_SMC" }, { 262, "IPPROTO_MPTCP" },
};

static const struct name netlink_list[] = {
	{ 0, "NETLINK_ROUTE" }, { 1, "NETLINK_UNUSED" }, { 2, "NETLINK_USERSOCK" }, { 3, "NETLINK_FIREWALL" },
	{ 4, "NETLINK_SOCK_DIAG" }, { 5, "NETLINK_NFLOG" }, { 6, "NETLINK_XFRM" }, { 7, "NETLINK_SELINUX" },
	{ 8, "NETLINK_ISCSI" }, { 9, "NETLINK_AUDIT" }, { 10, "NETLINK_FIB_LOOKUP" }, { 11, "NETLINK_CONNECTOR" },
	{ 12, "NETLINK_NETFILTER" }, { 13, "NETLINK_IP6_FW" }, { 14, "NETLINK_DNRTMSG" },
	{ 15, "NETLINK_KOBJECT_UEVENT" }, { 16, "NETLINK_GENERIC" }, { 18, "NETLINK_SCSITRANSPORT" },
	{ 19, "NETLINK_ECRYPTFS" }, { 20, "NETLINK_RDMA" }, { 21, "NETLINK_CRYPTO" }, { 22, "NETLINK_SMC" },
};

static const struct name bluetooth_list[] = {
	{ 0, "BTPROTO_L2CAP" }, { 1, "BTPROTO_HCI" }, { 2, "BTPROTO_SCO" }, { 3, "BTPROTO_RFCOMM" },
	{ 4, "BTPROTO_BNEP" }, { 5, "BTPROTO_CMTP" }, { 6, "BTPROTO_HIDP" }, { 7, "BTPROTO_AVDTP" },
	{ 8, "BTPROTO_ISO" },
};

static const struct name can_list[] = {
	{ 1, "CAN_RAW" }, { 2, "CAN_BCM" }, { 3, "CAN_TP16" }, { 4, "CAN_TP20" }, { 5, "CAN_MCNET" },
	{ 6, "CAN_ISOTP" }, { 7, "CAN_J1939" },
};

static const struct name msg_list[] = {
	{ 0x1, "MSG_OOB" }, { 0x2, "MSG_PEEK" }, { 0x4, "MSG_DONTROUTE" }, { 0x8, "MSG_CTRUNC" },
	{ 0x10, "MSG_PROBE" }, { 0x20, "MSG_TRUNC" }, { 0x40, "MSG_DONTWAIT" }, { 0x80, "MSG_EOR" },
	{ 0x100, "MSG_WAITALL" }, { 0x200, "MSG_FIN" }, { 0x400, "MSG_SYN" }, { 0x800, "MSG_CONFIRM" },
	{ 0x1000, "MSG_RST" }, { 0x2000, "MSG_ERRQUEUE" }, { 0x4000, "MSG_NOSIGNAL" }, { 0x8000, "MSG_MORE" },
	{ 0x10000, "MSG_WAITFORONE" }, { 0x40000, "MSG_BATCH" }, { 0x8000000, "MSG_SPLICE_PAGES" },
	{ 0x2000000, "MSG_SOCK_DEVMEM" }, { 0x4000000, "MSG_ZEROCOPY" }, { 0x20000000, "MSG_FASTOPEN" },
	{ 0x40000000, "MSG_CMSG_CLOEXEC" }, { 0x80000000, "MSG_CMSG_COMPAT" },
};

static const struct name origin_list[] = {
	{ 0, "SO_EE_ORIGIN_NONE" }, { 1, "SO_EE_ORIGIN_LOCAL" }, { 2, "SO_EE_ORIGIN_ICMP" },
	{ 3, "SO_EE_ORIGIN_ICMP6" }, { 4, "SO_EE_ORIGIN_TIMESTAMPING" }, { 5, "SO_EE_ORIGIN_ZEROCOPY" },
	{ 6, "SO_EE_ORIGIN_TXTIME" },
};

static const struct name tstamp_list[] = {
	{ 0, "SCM_TSTAMP_SND" }, { 1, "SCM_TSTAMP_SCHED" }, { 2, "SCM_TSTAMP_ACK" }, { 3, "SCM_TSTAMP_COMPLETION" },
};

static const struct name txtime_list[] = {
	{ 1, "SO_EE_CODE_TXTIME_INVALID_PARAM" }, { 2, "SO_EE_CODE_TXTIME_MISSED" },
};

static const struct name tcp_nla_list[] = {
	{ 0, "TCP_NLA_PAD" }, { 1, "TCP_NLA_BUSY" }, { 2, "TCP_NLA_RWND_LIMITED" }, { 3, "TCP_NLA_SNDBUF_LIMITED" },
	{ 4, "TCP_NLA_DATA_SEGS_OUT" }, { 5, "TCP_NLA_TOTAL_RETRANS" }, { 6, "TCP_NLA_PACING_RATE" },
	{ 7, "TCP_NLA_DELIVERY_RATE" }, { 8, "TCP_NLA_SND_CWND" }, { 9, "TCP_NLA_REORDERING" },
	{ 10, "TCP_NLA_MIN_RTT" }, { 11, "TCP_NLA_RECUR_RETRANS" }, { 12, "TCP_NLA_DELIVERY_RATE_APP_LMT" },
	{ 13, "TCP_NLA_SNDQ_SIZE" }, { 14, "TCP_NLA_CA_STATE" }, { 15, "TCP_NLA_SND_SSTHRESH" },
	{ 16, "TCP_NLA_DELIVERED" }, { 17, "TCP_NLA_DELIVERED_CE" }, { 18, "TCP_NLA_BYTES_SENT" },
	{ 19, "TCP_NLA_BYTES_RETRANS" }, { 20, "TCP_NLA_DSACK_DUPS" }, { 21, "TCP_NLA_REORD_SEEN" },
	{ 22, "TCP_NLA_SRTT" }, { 23, "TCP_NLA_TIMEOUT_REHASH" }, { 24, "TCP_NLA_BYTES_NOTSENT" },
	{ 25, "TCP_NLA_EDT" }, { 26, "TCP_NLA_TTL" }, { 27, "TCP_NLA_REHASH" },
};

static const struct name j1939_nla_list[] = {
	{ 0, "J1939_NLA_PAD" }, { 1, "J1939_NLA_BYTES_ACKED" }, { 2, "J1939_NLA_TOTAL_SIZE" },
	{ 3, "J1939_NLA_PGN" }, { 4, "J1939_NLA_SRC_NAME" }, { 5, "J1939_NLA_DEST_NAME" },
	{ 6, "J1939_NLA_SRC_ADDR" }, { 7, "J1939_NLA_DEST_ADDR" },
};

static const struct name tls_record_list[] = {
	{ 20, "change cipher spec" }, { 21, "alert" }, { 22, "handshake" }, { 23, "application data" },
	{ 24, "heartbeat" },
};

static const struct name tipc_error_list[] = {
	{ 0, "TIPC_OK" }, { 1, "TIPC_ERR_NO_NAME" }, { 2, "TIPC_ERR_NO_PORT" }, { 3, "TIPC_ERR_NO_NODE" },
	{ 4, "TIPC_ERR_OVERLOAD" }, { 5, "TIPC_CONN_SHUTDOWN" },
};

static const struct name ip_option_list[] = {
	{ 0, "IPOPT_END" }, { 1, "IPOPT_NOOP" }, { 7, "IPOPT_RR" }, { 68, "IPOPT_TIMESTAMP" }, { 130, "IPOPT_SEC" },
	{ 131, "IPOPT_LSRR" }, { 134, "IPOPT_CIPSO" }, { 136, "IPOPT_SID" }, { 137, "IPOPT_SSRR" },
	{ 148, "IPOPT_RA" },
};

static const struct name ip6_option_list[] = {
	{ 0, "IP6OPT_PAD1" }, { 1, "IP6OPT_PADN" }, { 5, "IP6OPT_ROUTER_ALERT" }, { 7, "IP6OPT_CALIPSO" },
	{ 49, "IP6OPT_IOAM" }, { 194, "IP6OPT_JUMBO" }, { 201, "IP6OPT_HOME_ADDRESS" },
};

static const struct name pppox_list[] = {
	{ 0, "PX_PROTO_OE" }, { 1, "PX_PROTO_OL2TP" }, { 2, "PX_PROTO_PPTP" },
};

static const struct name caif_list[] = {
	{ 0, "CAIFPROTO_AT" }, { 1, "CAIFPROTO_DATAGRAM" }, { 2, "CAIFPROTO_DATAGRAM_LOOP" }, { 3, "CAIFPROTO_UTIL" },
	{ 4, "CAIFPROTO_RFM" }, { 5, "CAIFPROTO_DEBUG" },
};

static const struct name nfc_list[] = {
	{ 0, "NFC_SOCKPROTO_RAW" }, { 1, "NFC_SOCKPROTO_LLCP" },
};

static const struct name smc_list[] = {
	{ 0, "SMCPROTO_SMC" }, { 1, "SMCPROTO_SMC6" },
};

static const struct name ethertype_list[] = {
	{ 0x0001, "ETH_P_802_3" }, { 0x0003, "ETH_P_ALL" }, { 0x0004, "ETH_P_802_2" }, { 0x000c, "ETH_P_CAN" },
	{ 0x000d, "ETH_P_CANFD" }, { 0x0800, "ETH_P_IP" }, { 0x0806, "ETH_P_ARP" }, { 0x8035, "ETH_P_RARP" },
	{ 0x8100, "ETH_P_8021Q" }, { 0x86dd, "ETH_P_IPV6" }, { 0x8847, "ETH_P_MPLS_UC" }, { 0x8863, "ETH_P_PPP_DISC" },
	{ 0x8864, "ETH_P_PPP_SES" }, { 0x888e, "ETH_P_PAE" }, { 0x88a8, "ETH_P_8021AD" }, { 0x88cc, "ETH_P_LLDP" },
	{ 0x88e5, "ETH_P_MACSEC" }, { 0x88f7, "ETH_P_1588" }, { 0x8906, "ETH_P_FCOE" }, { 0x9000, "ETH_P_LOOPBACK" },
};

/* The types and codes of ICMP messages. If "code" is -1, the row contains the name of the type. */
struct icmp {
	short type, code;
	char words[40];
};

static const struct icmp icmp4_list[] = {
	{ 0, -1, "echo reply" }, { 3, -1, "destination unreachable" }, { 3, 0, "network unreachable" },
	{ 3, 1, "host unreachable" }, { 3, 2, "protocol unreachable" }, { 3, 3, "port unreachable" },
	{ 3, 4, "fragmentation needed" }, { 3, 5, "source route failed" }, { 3, 6, "network unknown" },
	{ 3, 7, "host unknown" }, { 3, 8, "source host isolated" }, { 3, 9, "network prohibited" },
	{ 3, 10, "host prohibited" }, { 3, 11, "network unreachable for type of service" },
	{ 3, 12, "host unreachable for type of service" }, { 3, 13, "filtered" }, { 3, 14, "precedence violation" },
	{ 3, 15, "precedence cutoff" }, { 4, -1, "source quench" }, { 5, -1, "redirect" },
	{ 5, 0, "for the network" }, { 5, 1, "for the host" }, { 5, 2, "for the type of service and network" },
	{ 5, 3, "for the type of service and host" }, { 8, -1, "echo request" }, { 9, -1, "router advertisement" },
	{ 10, -1, "router solicitation" }, { 11, -1, "time exceeded" }, { 11, 0, "in transit" },
	{ 11, 1, "in reassembly" }, { 12, -1, "parameter problem" }, { 12, 0, "pointer indicates the error" },
	{ 12, 1, "required option missing" }, { 12, 2, "bad length" }, { 13, -1, "timestamp request" },
	{ 14, -1, "timestamp reply" }, { 15, -1, "information request" }, { 16, -1, "information reply" },
	{ 17, -1, "address mask request" }, { 18, -1, "address mask reply" }, { 42, -1, "extended echo request" },
	{ 43, -1, "extended echo reply" },
};

static const struct icmp icmp6_list[] = {
	{ 1, -1, "destination unreachable" }, { 1, 0, "no route" }, { 1, 1, "prohibited" },
	{ 1, 2, "beyond the scope of the source address" }, { 1, 3, "address unreachable" },
	{ 1, 4, "port unreachable" }, { 1, 5, "source address policy" }, { 1, 6, "route rejected" },
	{ 1, 7, "source routing header" }, { 2, -1, "packet too big" }, { 3, -1, "time exceeded" },
	{ 3, 0, "in transit" }, { 3, 1, "in reassembly" }, { 4, -1, "parameter problem" },
	{ 4, 0, "bad header field" }, { 4, 1, "unknown next header" }, { 4, 2, "unknown option" },
	{ 4, 3, "incomplete header chain" }, { 128, -1, "echo request" }, { 129, -1, "echo reply" },
	{ 130, -1, "multicast listener query" }, { 131, -1, "multicast listener report" },
	{ 132, -1, "multicast listener done" }, { 133, -1, "router solicitation" },
	{ 134, -1, "router advertisement" }, { 135, -1, "neighbour solicitation" },
	{ 136, -1, "neighbour advertisement" }, { 137, -1, "redirect" },
};
/* clang-format on */

static const struct names pppox = TABLE(pppox_list);
static const struct names caif = TABLE(caif_list);
static const struct names nfc = TABLE(nfc_list);
static const struct names smc = TABLE(smc_list);
const struct names names_ethertype = TABLE(ethertype_list);
const struct names names_family = TABLE(family_list);
const struct names names_socktype = TABLE(socktype_list);
const struct names names_ipproto = TABLE(ipproto_list);
const struct names names_netlink = TABLE(netlink_list);
const struct names names_bluetooth = TABLE(bluetooth_list);
const struct names names_can = TABLE(can_list);
const struct names names_msg = TABLE(msg_list);
const struct names names_origin = TABLE(origin_list);
const struct names names_tstamp = TABLE(tstamp_list);
const struct names names_txtime = TABLE(txtime_list);
const struct names names_tcp_nla = TABLE(tcp_nla_list);
const struct names names_j1939_nla = TABLE(j1939_nla_list);
const struct names names_tls_record = TABLE(tls_record_list);
const struct names names_tipc_error = TABLE(tipc_error_list);
const struct names names_ip_option = TABLE(ip_option_list);
const struct names names_ip6_option = TABLE(ip6_option_list);

const char *
name_protocol(int family, int protocol)
{
	switch (family) {
	case AF_INET:
	case AF_INET6:
		return name_of(&names_ipproto, protocol);
	case AF_NETLINK:
		return name_of(&names_netlink, protocol);
	case AF_BLUETOOTH:
		return name_of(&names_bluetooth, protocol);
	case AF_CAN:
		return name_of(&names_can, protocol);
	case 15: /* AF_KEY */
		return protocol == 2 ? "PF_KEY_V2" : NULL;
	case 24: /* AF_PPPOX */
		return name_of(&pppox, protocol);
	case 33: /* AF_RXRPC: the protocol number is the address family of the transport */
		return name_family(protocol);
	case 37: /* AF_CAIF */
		return name_of(&caif, protocol);
	case 39: /* AF_NFC */
		return name_of(&nfc, protocol);
	case 41: /* AF_KCM */
		return protocol == 0 ? "KCMPROTO_CONNECTED" : NULL;
	case 43: /* AF_SMC */
		return name_of(&smc, protocol);
	default:
		return NULL;
	}
}

static const char *
icmp_words(bool ipv6, unsigned int type, int code)
{
	const struct icmp *list = ipv6 ? icmp6_list : icmp4_list;
	size_t count = ipv6 ? sizeof(icmp6_list) / sizeof(icmp6_list[0]) : sizeof(icmp4_list) / sizeof(icmp4_list[0]);
	size_t i;

	for (i = 0; i < count; i++)
		if (list[i].type == (int)type && list[i].code == code)
			return list[i].words;
	return NULL;
}

const char *
name_icmp_type(bool ipv6, unsigned int type)
{
	return icmp_words(ipv6, type, -1);
}

const char *
name_icmp_code(bool ipv6, unsigned int type, unsigned int code)
{
	return icmp_words(ipv6, type, (int)code);
}
