/* SPDX-License-Identifier: ISC */
/*
 * Tests of descriptions of messages: decoded control messages, truncated data, lost descriptors, and unusual senders.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/compat.h"
#include "describe/problems.h"
#include "message.h"
#include "tap.h"

static struct describer describer;

/* The data of the next control message, to which u32() and similar functions append in host byte order. */
static unsigned char made[256];
static size_t made_length;

static void
put(const void *value, size_t size)
{
	memcpy(made + made_length, value, size);
	made_length += size;
}

static void
u8(unsigned int value)
{
	unsigned char n = (unsigned char)value;

	put(&n, sizeof(n));
}

static void
u16(unsigned int value)
{
	uint16_t n = (uint16_t)value;

	put(&n, sizeof(n));
}

static void
u32(unsigned int value)
{
	uint32_t n = value;

	put(&n, sizeof(n));
}

static void
u64(uint64_t value)
{
	put(&value, sizeof(value));
}

static void
native_long(long value)
{
	put(&value, sizeof(value));
}

static void
inet(const char *address, unsigned int port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	(void)inet_pton(AF_INET, address, &sin.sin_addr);
	put(&sin, sizeof(sin));
}

static void
has(const char *where, const char *text, const char *name)
{
	if (!ok(strstr(where, text) != NULL, "%s", name))
		diag("%s is not in %s", text, where);
}

/* Describes a control message with the data in MADE, and checks that the descriptions contain JSON and TEXT. */
static void
decodes(int family, int level, int type, const char *json, const char *text)
{
	char name[64];

	message_one(&describer, family, 0, level, type, made, made_length);
	made_length = 0;
	(void)snprintf(name, sizeof(name), "type %d of level %d is decoded", type, level);
	has(describer_json(&describer), json, name);
	has(describer_text(&describer), text, name);
}

static void
test_socket(void)
{
	u32(1234), u32(0), u32(100);
	decodes(AF_UNIX, SOL_SOCKET, SCM_CREDENTIALS, "\"credentials\":{\"pid\":1234,\"uid\":0,\"gid\":100}}]",
	    "\n  SCM_CREDENTIALS: pid 1234, uid 0, gid 100\n");
	put("system_u:system_r:x_t:s0", 25);
	decodes(AF_UNIX, SOL_SOCKET, SCM_SECURITY,
	    "\"security\":\"system_u:system_r:x_t:s0\\u0000\",\"security_base64\":null",
	    "SCM_SECURITY: \"system_u:system_r:x_t:s0");
	native_long(1795222923), native_long(123456);
	decodes(AF_UNIX, SOL_SOCKET, SO_TIMESTAMP_OLD,
	    "\"timestamp\":{\"seconds\":1795222923,\"nanoseconds\":123456000,\"time\":\"2026-11-21T01:02:03.123456Z\","
	    "\"clock\":\"CLOCK_REALTIME\"}",
	    "SCM_TIMESTAMP: 2026-11-21T01:02:03.123456Z (CLOCK_REALTIME)");
	u64(1795222923), u64(123456789);
	decodes(AF_UNIX, SOL_SOCKET, SO_TIMESTAMPNS_NEW, "\"time\":\"2026-11-21T01:02:03.123456789Z\"",
	    "SO_TIMESTAMPNS_NEW: 2026-11-21T01:02:03.123456789Z (CLOCK_REALTIME)");
	u64(0), u64(0), u64(0), u64(0), u64(1795222923), u64(5);
	decodes(AF_INET, SOL_SOCKET, SO_TIMESTAMPING_NEW,
	    "\"timestamping\":{\"software\":null,\"legacy\":null,\"hardware\":"
	    "{\"seconds\":1795222923,\"nanoseconds\":5,",
	    "SO_TIMESTAMPING_NEW: hardware 2026-11-21T01:02:03.000000005Z (the network device's)");
	u32(17);
	decodes(AF_UNIX, SOL_SOCKET, SO_INQ, "\"inq\":17}", "SCM_INQ: 17\n");
	u32(1);
	decodes(AF_PACKET, SOL_SOCKET, SO_WIFI_STATUS, "\"wifi_acked\":true", "SCM_WIFI_STATUS: acknowledged");
	u64(4096), u32(1500), u32(7), u32(3), u32(1);
	decodes(AF_INET, SOL_SOCKET, SO_DEVMEM_DMABUF,
	    "\"devmem\":{\"frag_offset\":4096,\"frag_size\":1500,\"frag_token\":7,\"dmabuf_id\":3,\"flags\":1}",
	    "SCM_DEVMEM_DMABUF: offset 4096, size 1500, token 7, dma-buf 3, flags 1");
	u16(12), u16(1), u64(5000), u16(5), u16(14), u8(9), u8(0), u8(0), u8(0), u16(8), u16(99), u32(4);
	decodes(AF_INET, SOL_SOCKET, SCM_TIMESTAMPING_OPT_STATS,
	    "\"stats\":[{\"name\":\"TCP_NLA_BUSY\",\"type\":1,\"value\":5000,", "TCP_NLA_BUSY 5000, TCP_NLA_CA_STATE");
	u16(8), u16(1), u32(77);
	decodes(AF_CAN, SOL_SOCKET, SCM_TIMESTAMPING_OPT_STATS,
	    "\"name\":\"J1939_NLA_BYTES_ACKED\",\"type\":1,\"value\":77,", "J1939_NLA_BYTES_ACKED 77");
}

static void
extended_error(
    unsigned int err, unsigned int origin, unsigned int type, unsigned int code, unsigned int info, unsigned int data)
{
	u32(err), u8(origin), u8(type), u8(code), u8(0), u32(info), u32(data);
}

static void
test_errors(void)
{
	extended_error(ECONNREFUSED, 2, 3, 3, 0, 0), inet("127.0.0.1", 0);
	decodes(AF_INET, 0, 11, "\"icmp\":\"destination unreachable: port unreachable\",\"mtu\":null",
	    "IP_RECVERR: SO_EE_ORIGIN_ICMP, ECONNREFUSED, destination unreachable: port unreachable, "
	    "reported by 127.0.0.1");
	extended_error(EMSGSIZE, 2, 3, 4, 1400, 0), inet("10.0.0.1", 0);
	decodes(AF_INET, 0, 11, "\"mtu\":1400", "fragmentation needed, MTU 1400, reported by 10.0.0.1");
	extended_error(ENOMSG, 4, 0, 0, 2, 99), inet("0.0.0.0", 0);
	made[16] = made[17] = 0;
	decodes(AF_INET, 0, 11,
	    "\"timestamp\":\"SCM_TSTAMP_ACK\",\"id\":99,\"zerocopy\":null,\"txtime\":null,\"offender\":null",
	    "SO_EE_ORIGIN_TIMESTAMPING, ENOMSG, SCM_TSTAMP_ACK, id 99");
	extended_error(0, 5, 0, 1, 3, 9);
	decodes(AF_VSOCK, 287, 1, "\"zerocopy\":{\"first\":3,\"last\":9,\"copied\":true}",
	    "VSOCK_RECVERR: SO_EE_ORIGIN_ZEROCOPY, calls 3 to 9 completed, but copied");
	extended_error(ECANCELED, 6, 0, 2, 5, 1);
	decodes(AF_INET, 0, 11, "\"txtime\":{\"reason\":\"SO_EE_CODE_TXTIME_MISSED\",\"nanoseconds\":4294967301}",
	    "SO_EE_ORIGIN_TXTIME, ECANCELED, SO_EE_CODE_TXTIME_MISSED, at 4294967301 ns");
	extended_error(4095, 77, 0, 0, 0, 0);
	decodes(AF_CAN, 101, 1, "\"origin\":null,\"origin_value\":77,\"errno\":null,\"errno_value\":4095",
	    "SCM_CAN_RAW_ERRQUEUE");
}

static void
test_internet(void)
{
	u32(1), put("\177\0\0\1", 4), put("\177\0\0\2", 4);
	decodes(AF_INET, 0, 8,
	    "\"pktinfo\":{\"ifindex\":1,\"interface\":null,\"spec_dst\":\"127.0.0.1\",\"addr\":\"127.0.0.2\"}",
	    "IP_PKTINFO: interface 1, local address 127.0.0.1, sent to 127.0.0.2");
	u8(0xb8 | 1);
	decodes(AF_INET, 0, 1, "\"tos\":185", "IP_TOS: 185 (DSCP 46, ECN 1)");
	u32(0x10);
	decodes(AF_INET, 0, 1, "\"tos\":16", "IP_TOS: 16 (DSCP 4, ECN 0)");
	put("\1\224\4\0\0\0", 6);
	decodes(AF_INET, 0, 6,
	    "\"options\":[{\"option\":\"IPOPT_NOOP\",\"option_value\":1,\"hex\":\"\"},"
	    "{\"option\":\"IPOPT_RA\",\"option_value\":148,"
	    "\"hex\":\"0000\"}]",
	    "IP_RECVOPTS: IPOPT_NOOP, IPOPT_RA 0000");
	inet("192.0.2.7", 53);
	decodes(AF_INET, 0, 20, "\"host\":\"192.0.2.7\",\"port\":53", "IP_ORIGDSTADDR: 192.0.2.7:53");
	put("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16), u32(1);
	decodes(AF_INET6, 41, 50, "\"pktinfo\":{\"ifindex\":1,\"interface\":null,\"addr\":\"::1\"}",
	    "IPV6_PKTINFO: interface 1, sent to ::1");
	put("\x0a\xbc\xde\xf0", 4);
	decodes(AF_INET6, 41, 11, "\"flowinfo\":{\"tclass\":171,\"label\":843504}", "traffic class 171, label 843504");
	put("\x11\0\5\2\0\0\1\0", 8);
	decodes(AF_INET6, 41, 54,
	    "\"hopopts\":{\"next_header\":\"IPPROTO_UDP\",\"next_header_value\":17,\"header_length\":8,\"options\":[{"
	    "\"option\":\"IP6OPT_ROUTER_ALERT\",\"option_value\":5,\"hex\":\"0000\"},{\"option\":\"IP6OPT_PADN\",",
	    "IPV6_HOPOPTS: before IPPROTO_UDP, 8 bytes, IP6OPT_ROUTER_ALERT 0000, IP6OPT_PADN");
	put("\x3a\2\4\1", 4), u32(0);
	decodes(AF_INET6, 41, 57, "\"routing_type\":4,\"segments_left\":1", "IPV6_RTHDR (8 of 24 bytes");
}

static void
test_others(void)
{
	u32(0x20000051), u32(60), u32(60), u16(0), u16(14), u16(0), u16(0);
	decodes(AF_PACKET, 263, 8,
	    "\"auxdata\":{\"status\":[\"TP_STATUS_USER\",\"TP_STATUS_VLAN_VALID\",\"TP_STATUS_VLAN_TPID_VALID\","
	    "\"TP_STATUS_TS_SOFTWARE\"],\"status_value\":536870993,\"len\":60,",
	    "PACKET_AUXDATA: TP_STATUS_USER TP_STATUS_VLAN_VALID TP_STATUS_VLAN_TPID_VALID TP_STATUS_TS_SOFTWARE, "
	    "length 60");
	u32(4);
	decodes(AF_NETLINK, 270, 3, "\"pktinfo\":{\"group\":4}", "NETLINK_PKTINFO: group 4");
	native_long(1795222923), native_long(5);
	decodes(AF_ISDN, 0, 1, "\"level\":\"SOL_MISDN\",\"type\":\"MISDN_TIME_STAMP\"",
	    "MISDN_TIME_STAMP: 2026-11-21T01:02:03");
	u8(1);
	decodes(AF_PHONET, 0, 1, "\"level\":null,\"type\":null", "level 0 type 1: 1 byte, hex 01");
	u32(1);
	decodes(AF_BLUETOOTH, 0, 1, "\"level\":\"SOL_HCI\",\"type\":\"HCI_CMSG_DIR\"", "HCI_CMSG_DIR: in");
	u8(23);
	decodes(
	    AF_INET, 282, 2, "\"record_type\":{\"words\":\"application data\",\"value\":23}", "application data (23)");
	u32(3), u32(0);
	decodes(AF_TIPC, 271, 1, "\"errinfo\":{\"error\":\"TIPC_ERR_NO_NODE\",\"error_value\":3,\"returned\":0}",
	    "TIPC_ERRINFO: TIPC_ERR_NO_NODE (3)");
	u32(ECONNRESET);
	decodes(AF_RXRPC, 272, 5, "\"error\":{\"errno\":\"ECONNRESET\",\"errno_value\":104}",
	    "RXRPC_NET_ERROR: ECONNRESET");
	decodes(AF_RXRPC, 272, 3, "\"ack\":true", "RXRPC_ACK");
	u8(2), u8(0), u8(1), u8(0), u32(0), u64(1000), u64(2000), u64(0);
	decodes(AF_RDS, 276, 11,
	    "\"rxpath_latency\":[{\"position\":0,\"nanoseconds\":1000},{\"position\":1,\"nanoseconds\":2000}]",
	    "0 after 1000 ns, 1 after 2000 ns");
	u32(2), u32(5), u32(6), u32(0), u32(0), u32(0), u32(0), u32(0), u32(0);
	decodes(AF_RDS, 276, 13, "\"zcopy_completion\":[5,6]", "RDS_CMSG_ZCOPY_COMPLETION: 5, 6");
	u32(2), u8(4), put("\2\0\0\0\0\1", 6), u8(0);
	decodes(AF_LLC, 268, 9, "\"sap\":4,\"mac\":\"02:00:00:00:00:01\"", "SAP 4, 02:00:00:00:00:01");
	put("xyz", 3);
	decodes(AF_INET, 4242, 7,
	    "{\"level\":null,\"type\":null,\"level_value\":4242,\"type_value\":7,\"length\":3,"
	    "\"truncated\":false,\"hex\":\"78797a\"}]",
	    "\n  level 4242 type 7: 3 bytes, hex 78797a\n");
	put("xyz", 3);
	decodes(AF_UNIX, SOL_SOCKET, 250, "{\"level\":\"SOL_SOCKET\",\"type\":null,",
	    "\n  SOL_SOCKET type 250: 3 bytes, hex 78797a\n");
}

/* --- unusual credentials and pidfds */

static void
test_notes(void)
{
	struct fdpass_msg *msg = fdpass_msg_new(64);
	char byte;
	struct iovec buffer = { &byte, 1 };
	struct message end = { .number = 1,
		.connection = 1,
		.msg = msg,
		.domain = AF_UNIX,
		.type = SOCK_STREAM,
		.buffers = &buffer,
		.buffer_count = 1,
		.peer_fd = -1 };

	u32(0), u32(0), u32(0);
	message_put(msg, SOL_SOCKET, SCM_CREDENTIALS, made, made_length);
	made_length = 0;
	fdp_msg_adopt(msg);
	describer_describe(&describer, &end);
	has(describer_json(&describer),
	    "\"problems\":[\"no sender: the kernel makes up these credentials at the end of a stream\"]",
	    "credentials at end of file are reported as having no sender in JSON");
	has(describer_text(&describer),
	    "pid 0, uid 0, gid 0 (no sender: ", "credentials at end of file are reported as having no sender in text");
	fdpass_msg_free(msg);

	u32(0), u32(65534), u32(65534);
	decodes(AF_UNIX, SOL_SOCKET, SCM_CREDENTIALS, "\"problems\":[\"sender unknown: the data was queued before",
	    "gid 65534 (sender unknown: ");
	u32(0), u32(1000), u32(1000);
	decodes(AF_UNIX, SOL_SOCKET, SCM_CREDENTIALS, "not visible from this pid namespace\"]",
	    "gid 1000 (the sender's process");
	u32(7), u32(65534), u32(65534);
	decodes(AF_UNIX, SOL_SOCKET, SCM_CREDENTIALS, "\"problems\":[]", "pid 7, uid 65534, gid 65534\n");
	u32((unsigned int)-EMFILE);
	decodes(AF_UNIX, SOL_SOCKET, SCM_PIDFD, "\"pidfd\":{\"fd\":null,\"errno\":\"EMFILE\",\"errno_value\":24}",
	    "SCM_PIDFD: refused, EMFILE (the pidfd was refused: EMFILE, RLIMIT_NOFILE is ");
	u32((unsigned int)-ESRCH);
	decodes(
	    AF_UNIX, SOL_SOCKET, SCM_PIDFD, "\"problems\":[\"the pidfd was refused: ESRCH (3)\"]", "refused, ESRCH");
	u32((unsigned int)-EMFILE), u32((unsigned int)-EACCES);
	decodes(AF_UNIX, SOL_SOCKET, SCM_RIGHTS,
	    "\"fds\":[{\"fd\":null,\"errno\":\"EMFILE\",\"errno_value\":24},{\"fd\":null,\"errno\":\"EACCES\",",
	    "(2 of 2 descriptors were refused (EACCES))");
}

/* --- messages that were received from a socket: the reason for lost descriptors */

static void
receive(int type, size_t ancbufsize, int nfds, int option, const char *data, size_t room, int flags)
{
	struct fdpass_msg *msg = fdpass_msg_new(ancbufsize);
	int fds[8], pair[2], one = 1, i;
	char here[16];
	struct iovec out = { NULL, strlen(data) }, in = { here, room };
	struct message m = { .number = 1,
		.connection = 1,
		.msg = msg,
		.domain = AF_UNIX,
		.type = type,
		.buffers = &in,
		.buffer_count = 1,
		.flags = flags };

	/*
	 * Copies the pointer with memcpy(3), because iov_base is not a pointer to const data. sendmsg(2) only reads the
	 * data.
	 */
	memcpy(&out.iov_base, &data, sizeof(data));
	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair) == -1)
		abort();
	if (option != 0)
		(void)setsockopt(pair[0], SOL_SOCKET, option, &one, sizeof(one));
	for (i = 0; i < nfds; i++)
		fds[i] = i % 3;
	(void)fdpass_send_fds(pair[1], &out, 1, fds, (size_t)nfds, 0, NULL, 0, NULL);
	m.nbytes = fdpass_recvmsg(pair[0], msg, here, room, flags, NULL);
	m.peer_fd = pair[0];
	describer_describe(&describer, &m);
	ok(json_is_valid(describer_json(&describer)), "the output is valid JSON");
	fdpass_msg_free(msg);
	close(pair[0]);
	close(pair[1]);
}

static void
test_loss(void)
{
	struct rlimit old, tight;
	int spare;

	receive(SOCK_STREAM, 4096, 2, 0, "x", 16, 0);
	has(describer_json(&describer), "\"problems\":[],\"data_omitted\":0}", "a complete message has no problems");
	receive(SOCK_STREAM, CMSG_LEN(sizeof(int)), 2, 0, "x", 16, 0);
	has(describer_text(&describer), "problem: descriptors may have been lost: the control buffer of ",
	    "the reason is reported if the control buffer was too small");
	has(describer_json(&describer), "\"truncated\":true", "the truncated control message is marked in JSON");
	has(describer_text(&describer), "SCM_RIGHTS (cut): 1 descriptor\n",
	    "the truncated control message is marked in text");
	receive(SOCK_STREAM, 0, 2, 0, "x", 16, 0);
	has(describer_text(&describer), "problem: descriptors may have been lost: the size of the control buffer was 0",
	    "a missing control buffer is reported as the reason");
	receive(SOCK_STREAM, CMSG_LEN(5), 1, SO_PASSCRED, "x", 16, 0);
	has(describer_text(&describer), "SCM_CREDENTIALS (5 of 12 bytes, hex ",
	    "truncated credentials are shown in hexadecimal");
	has(describer_json(&describer),
	    "\"credentials\":{\"pid\":", "the complete fields of truncated credentials are decoded");
	has(describer_json(&describer), ",\"uid\":null,\"gid\":null}",
	    "the missing fields of truncated credentials are null");
	has(describer_json(&describer), "\"SCM_CREDENTIALS: 5 of 12 bytes\"]",
	    "truncated credentials are reported as a problem");

	(void)getrlimit(RLIMIT_NOFILE, &old);
	spare = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
	close(spare);
	/* Leaves two free descriptor numbers for the socket pair, and one for a received descriptor. */
	tight = (struct rlimit){ (rlim_t)spare + 3, old.rlim_max };
	(void)setrlimit(RLIMIT_NOFILE, &tight);
	receive(SOCK_STREAM, 4096, 3, 0, "x", 16, 0);
	(void)setrlimit(RLIMIT_NOFILE, &old);
	has(describer_text(&describer),
	    "problem: descriptors were lost: the open file limit was reached (RLIMIT_NOFILE is ",
	    "the limit on open files is reported as the reason, with its value");
	has(describer_text(&describer), "SCM_RIGHTS (cut): 1 descriptor\n",
	    "descriptors below the limit on open files are received");
}

static void
test_policy(void)
{
	struct fdpass_msg *msg = fdpass_msg_new(4096);
	struct message m = {
		.number = 1, .connection = 1, .msg = msg, .domain = AF_UNIX, .type = SOCK_DGRAM, .peer_fd = -1
	};
	char why[256];

	msg->flags = MSG_CTRUNC;
	message_inspect(&m);
	problem_loss_text(&m, why, sizeof(why));
	ok(m.loss.descriptors, "MSG_CTRUNC without another reason is reported as a loss of descriptors");
	has(why, "a security policy (SELinux, AppArmor, Smack) probably refused them", why);
	m.domain = AF_INET;
	message_inspect(&m);
	ok(!m.loss.descriptors, "MSG_CTRUNC on a socket other than AF_UNIX is not reported as a loss of descriptors");
	fdpass_msg_free(msg);
}

static void
test_data(void)
{
	receive(SOCK_DGRAM, 4096, 0, 0, "hello", 3, 0);
	has(describer_json(&describer), "\"nbytes\":3,\"data\":\"hel\",\"data_base64\":null",
	    "only the received part of the data is shown");
	has(describer_text(&describer), "problem: the data was truncated to the 3 bytes of the buffer",
	    "truncated data of unknown length is reported");
	receive(SOCK_DGRAM, 4096, 0, 0, "hello", 3, MSG_TRUNC);
	has(describer_json(&describer), "\"nbytes\":5,\"data\":\"hel\",",
	    "with MSG_TRUNC, the real length and the received data are shown");
	has(describer_text(&describer), "problem: the data was truncated: only 3 of 5 bytes fit into the buffer",
	    "truncated data of known length is reported with both lengths");
	receive(SOCK_DGRAM, 4096, 0, 0, "\xff\x01", 3, 0);
	has(describer_json(&describer), "\"data\":null,\"data_base64\":\"/wE=\"",
	    "data that is not valid UTF-8 is shown in base64");
	receive(SOCK_DGRAM, 4096, 1, 0, "", 3, 0);
	has(describer_json(&describer), "\"nbytes\":0,\"data\":\"\",", "an empty message is shown with empty data");
	has(describer_json(&describer), "\"msg_flags\":[],\"msg_flags_value\":0,",
	    "the MSG_CMSG_CLOEXEC that the library adds is not shown");
}

/* Describes a message with LENGTH bytes of data; the description contains at most MAX bytes of the data. */
static void
limited(char *bytes, size_t length, size_t max, const char *json, const char *text, const char *name)
{
	struct fdpass_msg *msg = fdpass_msg_new(0);
	struct iovec buffer = { bytes, length };
	struct message m = { .number = 1,
		.connection = 1,
		.nbytes = (ssize_t)length,
		.msg = msg,
		.buffers = &buffer,
		.buffer_count = 1,
		.limit_data = true,
		.max_data = max,
		.domain = AF_UNIX,
		.type = SOCK_STREAM,
		.peer_fd = -1 };

	describer_describe(&describer, &m);
	has(describer_json(&describer), json, name);
	has(describer_text(&describer), text, name);
	fdpass_msg_free(msg);
}

/* Limiting the data must not split a UTF-8 character. */
static void
test_limited(void)
{
	char ascii[] = "abcd", euro[] = "a\xe2\x82\xac!", four[] = "\xf0\x9f\x98\x80";
	char stray[] = "\xe2\x80\x80z", five[] = "a\xf8\x80\x80\x80\x80z";

	limited(ascii, 4, 5, "\"data\":\"abcd\",", "data \"abcd\"\n", "data shorter than the limit is complete");
	limited(ascii, 4, 4, "\"data\":\"abcd\",", "data \"abcd\"\n", "data as long as the limit is complete");
	limited(ascii, 4, 3, "\"data\":\"abc\",", "data \"abc\" and 1 more byte\n", "one byte is omitted");
	limited(ascii, 4, 2, "\"data\":\"ab\",", "data \"ab\" and 2 more bytes\n", "two bytes are omitted");
	limited(ascii, 4, 0, "\"data\":\"\",", ": 4 bytes\n  4 bytes of data\n", "a limit of 0 omits all data");
	limited(ascii, 1, 0, "\"data\":\"\",", ": 1 byte\n  1 byte of data\n", "a limit of 0 omits one byte");
	limited(euro, 5, 4, "\"data\":\"a\xe2\x82\xac\",", " and 1 more byte\n", "a character that fits is shown");
	limited(
	    euro, 5, 3, "\"data\":\"a\",", "data \"a\" and 4 more bytes\n", "a character without its end is omitted");
	limited(
	    euro, 5, 2, "\"data\":\"a\",", "data \"a\" and 4 more bytes\n", "the first byte of a character is omitted");
	limited(four, 4, 3, "\"data\":\"\",", "\n  4 bytes of data\n", "a character of four bytes is omitted");
	limited(stray + 1, 3, 1, "\"data_base64\":\"gA==\",", " and 2 more bytes\n",
	    "an invalid byte at the beginning of the data is not combined with the memory before it");
	limited(five, 7, 5, "\"data_base64\":\"YfiAgIA=\",", " and 2 more bytes\n",
	    "five bytes that are not a valid character are shown up to the limit");
}

/* The headline must contain the number of descriptors. The descriptor numbers are not open in this process. */
static void
test_headline(void)
{
	const int numbers[] = { -1, -1 };

	message_one(&describer, AF_UNIX, 0, SOL_SOCKET, SCM_RIGHTS, numbers, sizeof(numbers[0]));
	has(describer_text(&describer), ": 0 bytes, 1 descriptor\n", "one descriptor is counted");
	message_one(&describer, AF_UNIX, 0, SOL_SOCKET, SCM_RIGHTS, numbers, sizeof(numbers));
	has(describer_text(&describer), ": 0 bytes, 2 descriptors\n", "two descriptors are counted");
}

static void
test_rdma_status(void)
{
	static const char *const names[] = { "\"RDS_RDMA_SUCCESS\"", "\"RDS_RDMA_REMOTE_ERROR\"",
		"\"RDS_RDMA_CANCELED\"", "\"RDS_RDMA_DROPPED\"", "\"RDS_RDMA_OTHER_ERROR\"", "null" };
	char json[128];
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(
		    json, sizeof(json), "\"rdma_status\":{\"token\":7,\"status\":%s,\"status_value\":%u}", names[i], i);
		u64(7), u32(i), u32(0);
		decodes(AF_RDS, 276, 4, json, "RDS_CMSG_RDMA_STATUS: token 7");
	}
}

/* A control message of 28 bytes is complete even without the padding that 64-bit kernels add after the positions. */
static void
test_latency(void)
{
	if (sizeof(long) == 4) {
		skip("this is not a 64-bit machine", "the latencies after padding are decoded");
		return;
	}
	u8(1), u8(5), u8(0), u8(0), u32(0), u64(77), u64(0), u32(0);
	decodes(AF_RDS, 276, 11, "\"rxpath_latency\":[{\"position\":5,\"nanoseconds\":77}]",
	    "RDS_CMSG_RXPATH_LATENCY: 5 after 77 ns");
}

static void
test_scattered(void)
{
	struct fdpass_msg *msg = fdpass_msg_new(0);
	char bytes[] = "ab\xff"
		       "d";
	struct iovec buffers[] = { { bytes, 2 }, { bytes + 2, 1 }, { bytes + 3, 4 }, { NULL, 0 } };
	struct message m = { .number = 3,
		.connection = 2,
		.direction = DIRECTION_OUT,
		.nbytes = 4,
		.msg = msg,
		.buffers = buffers,
		.buffer_count = 4,
		.scattered = true,
		.domain = AF_INET,
		.type = SOCK_STREAM,
		.peer_fd = -1 };

	describer_describe(&describer, &m);
	has(describer_json(&describer),
	    "\"buffers\":[\"ab\",null,\"d\",\"\"],\"buffers_base64\":[null,\"/w==\",null,null]",
	    "the data of each buffer is shown as a string or in base64");
	has(describer_json(&describer),
	    "{\"message\":3,\"connection\":2,\"direction\":\"out\",\"time\":\"1970-01-01T00:00:00.000000Z\",",
	    "the direction and the time are shown in JSON");
	has(describer_text(&describer), "message 3 on connection 2, server to client: 4 bytes\n  buffers \"ab\", ",
	    "the connection, the direction and the buffers are shown in text");
	m.flags = MSG_TRUNC;
	describer_describe(&describer, &m);
	has(describer_json(&describer), "\"data\":null,\"data_base64\":null", "data that TCP discarded is not shown");
	has(describer_json(&describer),
	    "the data was discarded, because TCP discards data that is received with MSG_TRUNC",
	    "data that TCP discarded is reported as lost");
	msg->flags = MSG_EOR | MSG_CMSG_CLOEXEC | MSG_MORE | 0x100000;
	m.asked_cloexec = true;
	m.type = SOCK_SEQPACKET;
	describer_describe(&describer, &m);
	has(describer_json(&describer),
	    "\"msg_flags\":[\"MSG_EOR\",\"MSG_NOTIFICATION\",\"0x100000\",\"MSG_CMSG_CLOEXEC\"]",
	    "known flags are shown by name and unknown flags by number");
	fdpass_msg_free(msg);
}

int
main(void)
{
	describer_init(&describer);
	test_socket();
	test_errors();
	test_internet();
	test_others();
	test_notes();
	test_loss();
	test_policy();
	test_data();
	test_limited();
	test_headline();
	test_rdma_status();
	test_latency();
	test_scattered();
	describer_done(&describer);
	return tap_done();
}
