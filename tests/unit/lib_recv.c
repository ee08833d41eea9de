/* SPDX-License-Identifier: ISC */
/*
 * Tests of receiving messages with all kinds of buffers, flags, addresses, control buffer sizes and address families.
 */
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netpacket/packet.h>
#include <stddef.h>
#include <sys/un.h>

#include "config.h"

#include "base/compat.h"
#include "sockets.h"
#include "tap.h"

static void
seed_example(void)
{
	char b1[] = "----", b2[] = "0123456789", b3[] = "--------------";
	const struct iovec buffers[] = { { b1, 4 }, { b2 + 2, 7 }, { b3, 14 } };
	struct fdpass_msg *msg = msg_open(0);
	int pair[2];

	pair_open(SOCK_STREAM, pair);
	raw_send(pair[0], "Mary had a little lamb", 22, -1, 0);
	is_int(fdpass_recvmsg_into(pair[1], msg, buffers, 3, 0, NULL), 22, "22 bytes are received into three buffers");
	is_str(b1, "Mary", "the first buffer is filled completely");
	is_str(b2, "01 had a 9", "only bytes 2 to 8 of the second buffer are written");
	is_str(b3, "little lamb---", "the third buffer is filled with the remaining data");
	is_int(fdpass_msg_count(msg), 0, "the message has no control messages");
	is_int(fdpass_msg_flags(msg), MSG_CMSG_CLOEXEC, "no message flag except MSG_CMSG_CLOEXEC is set");
	ok(fdpass_msg_address(msg, NULL) == NULL, "a message from a socket pair has no sender address");
	pair_close(pair);
	fdpass_msg_free(msg);
}

static void
r4_arguments(void)
{
	struct fdpass_msg *msg = msg_open(FDPASS_ANCBUFSIZE);
	char buf[8] = "";
	int pair[2];

	pair_open(SOCK_STREAM, pair);
	raw_send(pair[0], "abcdef", 6, -1, 0);
	is_int(fdpass_msg_ancbufsize(msg), FDPASS_ANCBUFSIZE, "the control buffer has the requested size");
	is_int(fdpass_recvmsg(pair[1], msg, buf, 3, MSG_PEEK, NULL), 3, "MSG_PEEK is passed to recvmsg(2)");
	is_int(fdpass_recvmsg(pair[1], msg, NULL, 0, 0, NULL), 0, "a receive into a buffer of 0 bytes returns 0");
	is_int(fdpass_recvmsg(pair[1], msg, buf, 8, 0, NULL), 6,
	    "a peek and an empty receive leave all data in the queue");
	is_mem(buf, "abcdef", 6, "the data in the queue is unchanged");
	pair_close(pair);
	fdpass_msg_free(msg);
}

static void
r5_no_control_buffer(void)
{
	struct fdpass_msg *msg = msg_open(0);
	int pair[2], before;
	char c;

	pair_open(SOCK_STREAM, pair);
	before = fds_open();
	raw_send(pair[0], "x", 1, pair[0], 3);
	is_int(fdpass_recvmsg(pair[1], msg, &c, 1, 0, NULL), 1, "data is received without a control buffer");
	ok(fdpass_msg_flags(msg) & MSG_CTRUNC, "MSG_CTRUNC reports lost descriptors");
	is_int(fdpass_msg_controllen(msg), 0, "no control data is stored without a control buffer");
	is_int(fdpass_msg_fd_count(msg), 0, "no descriptors are received without a control buffer");
	is_int(fds_open(), before, "no descriptor stays open without a control buffer");
	pair_close(pair);
	fdpass_msg_free(msg);
}

static void
r6_result(void)
{
	struct fdpass_msg *msg = msg_open(0);
	char buf[16];
	int pair[2];

	memset(buf, '.', sizeof(buf));
	pair_open(SOCK_DGRAM, pair);
	raw_send(pair[0], "0123456789", 10, -1, 0);
	is_int(fdpass_recvmsg(pair[1], msg, buf, 4, MSG_TRUNC | MSG_PEEK, NULL), 10,
	    "a receive with MSG_TRUNC returns the real length");
	ok(fdpass_msg_flags(msg) & MSG_TRUNC, "MSG_TRUNC is set in the flags of a truncated message");
	is_mem(buf, "0123............", 16, "no byte is written beyond the buffer");
	is_int(fdpass_recvmsg(pair[1], msg, buf, 6, 0, NULL), 6,
	    "a receive without MSG_TRUNC returns the number of bytes copied");
	ok(fdpass_msg_flags(msg) & MSG_TRUNC, "MSG_TRUNC is set even if it was not requested");
	pair_close(pair);
	fdpass_msg_free(msg);
}

static void
r7_buffers(void)
{
	static struct iovec buffers[1025];
	static char bytes[1025];
	struct fdpass_msg *msg = msg_open(64);
	int pair[2];
	size_t i;

	for (i = 0; i < 1025; i++) {
		buffers[i].iov_base = bytes + 1024 - i;
		buffers[i].iov_len = 1;
	}
	pair_open(SOCK_STREAM, pair);
	raw_send(pair[0], "abc", 3, pair[0], 1);
	errno = 0;
	is_int(fdpass_recvmsg_into(pair[1], msg, buffers, 1025, 0, NULL), -1, "1025 buffers are refused");
	is_int(errno, EMSGSIZE, "1025 buffers fail with EMSGSIZE");
	is_int(fdpass_recvmsg_into(pair[1], msg, buffers, 65537, 0, NULL), -1, "65537 buffers are refused");
	is_int(errno, EMSGSIZE, "65537 buffers fail with EMSGSIZE");
	is_int(fdpass_recvmsg_into(pair[1], msg, buffers, 1024, 0, NULL), 3,
	    "1024 buffers receive the data that is still in the queue after refused calls");
	is_mem(bytes + 1022, "cba", 3, "each buffer contains its byte");
	is_int(fdpass_msg_fd_count(msg), 1, "the descriptor is received with 1024 buffers");
	raw_send(pair[0], "d", 1, -1, 0);
	is_int(fdpass_recvmsg_into(pair[1], msg, NULL, 0, 0, NULL), 0, "a receive without buffers returns 0");
	is_int(fdpass_msg_fd_count(msg), 0, "a receive closes the descriptors of the previous message");
	pair_close(pair);
	fdpass_msg_free(msg);
}

/*
 * Sends one byte from a datagram socket that is bound to ADDRESS, and receives it as MSG. Returns the length of the
 * sender's address in MSG.
 */
static socklen_t
sender_address(const struct sockaddr_un *address, socklen_t length, struct fdpass_msg *msg)
{
	int from = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), to = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un server;
	socklen_t server_length, got = 999;
	char c;

	must(fdpass_unix_address("", 0, &server, &server_length) == 0, "fdpass_unix_address");
	must(bind(to, (const struct sockaddr *)&server, server_length) == 0, "bind");
	server_length = sizeof(server);
	must(getsockname(to, (struct sockaddr *)&server, &server_length) == 0, "getsockname");
	if (length > 0)
		must(bind(from, (const struct sockaddr *)address, length) == 0, "bind");
	must(sendto(from, "x", 1, 0, (const struct sockaddr *)&server, server_length) == 1, "sendto");
	must(fdpass_recvmsg(to, msg, &c, 1, 0, NULL) == 1, "fdpass_recvmsg");
	(void)fdpass_msg_address(msg, &got);
	close(from);
	close(to);
	return got;
}

static void
r8_longest_path(void)
{
	struct fdpass_msg *msg = msg_open(0);
	union {
		struct sockaddr_storage room;
		struct sockaddr_un un;
	} address = { .room = { .ss_family = AF_UNIX } };
	char dir[] = "/tmp/fdp.XXXXXX", path[sizeof(address.un.sun_path) + 1] = "";
	const char *name = NULL;
	size_t length = 0, n;

	must(mkdtemp(dir) != NULL, "mkdtemp");
	n = strlen(dir);
	memset(address.un.sun_path, 'p', sizeof(address.un.sun_path));
	memcpy(address.un.sun_path, dir, n);
	address.un.sun_path[n] = '/';
	is_int(sender_address(&address.un, sizeof(address.un), msg), 111,
	    "the address of a path of 108 bytes has a length of 111");
	is_int(fdpass_unix_name((const struct sockaddr_un *)fdpass_msg_address(msg, NULL), 111, &name, &length), 1,
	    "the address of a path of 108 bytes has a name");
	is_int(length, 108, "the name of the longest path has 108 bytes");
	is_mem(name, address.un.sun_path, 108, "the name of the longest path is complete");
	memcpy(path, address.un.sun_path, sizeof(address.un.sun_path));
	unlink(path);
	is_int(rmdir(dir), 0, "no file is left in the temporary directory");
	fdpass_msg_free(msg);
}

static void
r9_addresses(void)
{
	struct fdpass_msg *msg = msg_open(0);
	struct sockaddr_un address;
	const struct sockaddr *got;
	socklen_t length;
	char name[32] = "";

	is_int(sender_address(NULL, 0, msg), 0, "the address of a sender without a name has length 0");
	ok(fdpass_msg_address(msg, NULL) == NULL, "the address of a sender without a name is NULL");
	/* The name contains the process ID, so that concurrent runs of this test use different names. */
	(void)snprintf(name + 1, sizeof(name) - 1, "fdp-%ld", (long)getpid());
	must(fdpass_unix_address(name, sizeof(name), &address, &length) == 0, "fdpass_unix_address");
	is_int(sender_address(&address, length, msg), length,
	    "the length of an abstract name's address does not include bytes after the name");
	got = fdpass_msg_address(msg, NULL);
	ok(got != NULL && got->sa_family == AF_UNIX, "the address of an abstract name has the family AF_UNIX");
	is_mem(got, &address, length, "the abstract name is complete, including NUL bytes");
	fdpass_msg_done(msg);
	ok(fdpass_msg_address(msg, &length) == NULL && length == 0, "a message after fdpass_msg_done() has no address");
	fdpass_msg_free(msg);
}

static void
r9_inet(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int from = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), to = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int one = 1;
	struct fdpass_msg *msg = msg_open(512);
	const struct sockaddr *got;
	struct fdpass_cmsg item;
	socklen_t length = sizeof(address);
	char c = 0;

	must(bind(to, (const struct sockaddr *)&address, length) == 0, "bind");
	must(getsockname(to, (struct sockaddr *)&address, &length) == 0, "getsockname");
	must(setsockopt(to, IPPROTO_IP, IP_RECVTOS, &one, sizeof(one)) == 0, "IP_RECVTOS");
	must(sendto(from, "u", 1, 0, (const struct sockaddr *)&address, length) == 1, "sendto");
	is_int(fdpass_recvmsg(to, msg, &c, 1, 0, NULL), 1, "a datagram of AF_INET is received");
	got = fdpass_msg_address(msg, &length);
	ok(got != NULL && got->sa_family == AF_INET && length == sizeof(address),
	    "a datagram of AF_INET has the address of its sender");
	is_int(fdpass_msg_item(msg, 0, &item), 0, "a datagram of AF_INET has a control message");
	ok(item.level == IPPROTO_IP && item.type == IP_TOS && item.length == 1,
	    "the control message is IP_TOS with one byte");
	is_int(fdpass_msg_fd_count(msg), 0,
	    "IP_TOS, whose type has the same number as SCM_RIGHTS, is not treated as a descriptor");
	close(from);
	close(to);
	fdpass_msg_free(msg);
}

/*
 * Sends five bytes on the loopback interface to the AF_PACKET socket SOCK. Returns false if the bytes cannot be sent.
 */
static int
packet_send(int sock)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(0x88b5), .sll_halen = 6 };
	const struct timeval limit = { 30, 0 };
	char buf[8];

	address.sll_ifindex = (int)if_nametoindex("lo");
	return address.sll_ifindex > 0 && setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0 &&
	    bind(sock, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
	    sendto(sock, "frame", 5, 0, (const struct sockaddr *)&address, sizeof(address)) == 5 &&
	    recv(sock, buf, sizeof(buf), MSG_PEEK) == 5;
}

/* The kernel refuses MSG_CMSG_CLOEXEC for AF_PACKET sockets. */
static void
r10_packet(void)
{
	int sock = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct fdpass_wait wait = { fdpass_deadline(INT64_C(20000000)), NULL, NULL };
	struct fdpass_msg *msg;
	const struct sockaddr *got;
	socklen_t length;
	char buf[8] = "";

	if (sock == -1 || !packet_send(sock)) {
		skip("packet sockets are not available", "a packet is received");
		if (sock != -1)
			close(sock);
		return;
	}
	msg = msg_open(64);
	is_int(fdpass_recvmsg(sock, msg, buf, 8, MSG_CMSG_CLOEXEC, NULL), -1,
	    "a receive from AF_PACKET fails if the caller sets MSG_CMSG_CLOEXEC");
	is_int(errno, EINVAL, "a receive from AF_PACKET fails with EINVAL if the caller sets MSG_CMSG_CLOEXEC");
	is_int(fdpass_recvmsg(sock, msg, buf, 8, 0, NULL), 5, "a packet is received");
	is_str(buf, "frame", "the data of the packet is received");
	is_int(fdpass_msg_flags(msg), 0, "a packet has no message flags");
	got = fdpass_msg_address(msg, &length);
	ok(got != NULL && got->sa_family == AF_PACKET, "the address of a packet has the family AF_PACKET");
	is_int(fdpass_recvmsg(sock, msg, buf, 8, 0, &wait), -1, "a receive without a packet fails at its deadline");
	is_int(errno, ETIMEDOUT, "a receive without a packet fails with ETIMEDOUT");
	close(sock);
	fdpass_msg_free(msg);
}

static void
r11_credentials_cut(void)
{
	size_t room, header = (size_t)fdpass_cmsg_len(0);
	struct fdpass_cmsg item;
	struct fdpass_msg *msg;
	int pair[2], good;
	char c;

	pair_open(SOCK_DGRAM, pair);
	option_on(pair[1], SO_PASSCRED);
	for (room = 0; room < header + sizeof(struct ucred); room++) {
		raw_send(pair[0], "x", 1, -1, 0);
		msg = msg_open(room);
		must(fdpass_recvmsg(pair[1], msg, &c, 1, 0, NULL) == 1, "fdpass_recvmsg");
		good = (fdpass_msg_flags(msg) & MSG_CTRUNC) != 0;
		if (room < header)
			good = good && fdpass_msg_count(msg) == 0;
		else
			good = good && fdpass_msg_item(msg, 0, &item) == 0 && item.length == room - header &&
			    item.type == SCM_CREDENTIALS && item.state == FDPASS_ITEM;
		ok(good && fdpass_msg_walk_state(msg) == FDPASS_END,
		    "credentials are truncated to a buffer of %zu bytes", room);
		is_int(fdpass_msg_item(msg, fdpass_msg_count(msg), &item), -1,
		    "fdpass_msg_item() refuses an index after the last item");
		is_int(errno, EINVAL, "fdpass_msg_item() fails with EINVAL for an index after the last item");
		fdpass_msg_free(msg);
	}
	pair_close(pair);
}

static void
r11_order(void)
{
	struct fdpass_msg *msg = msg_open(FDPASS_ANCBUFSIZE);
	struct fdpass_cmsg first, second;
	struct ucred sender;
	int pair[2];
	char c;

	pair_open(SOCK_STREAM, pair);
	option_on(pair[1], SO_PASSCRED);
	raw_send(pair[0], "x", 1, pair[0], 2);
	is_int(
	    fdpass_recvmsg(pair[1], msg, &c, 1, 0, NULL), 1, "a message with credentials and descriptors is received");
	is_int(fdpass_msg_count(msg), 2, "a message with credentials and descriptors has two control messages");
	must(fdpass_msg_item(msg, 0, &first) == 0 && fdpass_msg_item(msg, 1, &second) == 0, "fdpass_msg_item");
	is_int(first.type, SCM_CREDENTIALS, "the credentials are the first control message");
	is_int(second.type, SCM_RIGHTS, "the descriptors are the second control message");
	is_int(second.length, 8, "the second control message contains two integers");
	memcpy(&sender, first.data, sizeof(sender));
	is_int(sender.pid, getpid(), "the credentials are those of the sender");
	pair_close(pair);
	fdpass_msg_free(msg);
}

static void
r13_failure(void)
{
	struct fdpass_msg *msg = msg_open(256);
	int pair[2], before, held;
	char c;

	pair_open(SOCK_STREAM, pair);
	before = fds_open();
	raw_send(pair[0], "x", 1, pair[0], 2);
	must(fdpass_recvmsg(pair[1], msg, &c, 1, 0, NULL) == 1, "fdpass_recvmsg");
	held = fdpass_msg_take_fd(msg, 0);
	is_int(fdpass_recvmsg(-1, msg, &c, 1, 0, NULL), -1, "a receive from descriptor -1 fails");
	is_int(errno, EBADF, "a receive from descriptor -1 fails with EBADF");
	is_int(fdpass_msg_fd_count(msg) + fdpass_msg_count(msg) + fdpass_msg_controllen(msg), 0,
	    "the message is empty after an error");
	ok(fd_is_open(held), "taken descriptors stay open after an error");
	is_int(fds_open(), before + 1, "other descriptors are closed by a failed receive");
	close(held);
	held = open("/dev/null", O_RDONLY | O_CLOEXEC);
	is_int(fdpass_recvmsg(held, msg, &c, 1, 0, NULL), -1, "a receive from a file fails");
	is_int(errno, ENOTSOCK, "a receive from a file fails with ENOTSOCK");
	close(held);
	pair_close(pair);
	fdpass_msg_free(msg);
}

static void
end_of_file(void)
{
	struct fdpass_msg *msg = msg_open(256);
	struct ucred nobody = { 1, 1, 1 };
	struct fdpass_cmsg item;
	int pair[2];
	char c;

	pair_open(SOCK_STREAM, pair);
	close(pair[0]);
	is_int(fdpass_recvmsg(pair[1], msg, &c, 1, 0, NULL), 0, "a receive at end of file returns 0");
	is_int(fdpass_msg_count(msg), 0, "end of file has no control messages");
	option_on(pair[1], SO_PASSCRED);
	is_int(fdpass_recvmsg(pair[1], msg, &c, 1, 0, NULL), 0, "a receive with SO_PASSCRED at end of file returns 0");
	if (fdpass_msg_count(msg) == 1 && fdpass_msg_item(msg, 0, &item) == 0 && item.length == sizeof(nobody))
		memcpy(&nobody, item.data, sizeof(nobody));
	else
		nobody.pid = 0;
	is_int(nobody.pid, 0, "credentials at end of file have process ID 0");
	close(pair[1]);
	fdpass_msg_free(msg);
}

int
main(void)
{
	int before = fds_open();

	seed_example();
	r4_arguments();
	r5_no_control_buffer();
	r6_result();
	r7_buffers();
	r8_longest_path();
	r9_addresses();
	r9_inet();
	r10_packet();
	r11_credentials_cut();
	r11_order();
	r13_failure();
	end_of_file();
	is_int(fds_open(), before, "no descriptor is left open");
	is_str(fdpass_version(), PACKAGE_VERSION, "fdpass_version() returns the version of the package");
	return tap_done();
}
