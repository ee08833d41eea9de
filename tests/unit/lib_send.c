/* SPDX-License-Identifier: ISC */
/* Tests of sending messages: control messages, descriptors, and invalid arguments. */
#include <limits.h>
#include <sys/resource.h>
#include <sys/un.h>

#include "base/compat.h"
#include "sockets.h"
#include "tap.h"

static const struct iovec one_byte = { (void *)(uintptr_t) "x", 1 };

static void
r14_items(void)
{
	struct fdpass_msg *msg = msg_open(FDPASS_ANCBUFSIZE);
	struct ucred self = { getpid(), getuid(), getgid() };
	struct fdpass_cmsg items[3], got;
	int pair[2], fds[3], before;
	char buf[16] = "";
	const struct iovec buffers[] = { { (void *)(uintptr_t) "scat", 4 }, { NULL, 0 },
		{ (void *)(uintptr_t) "tered", 5 } };

	pair_open(SOCK_STREAM, pair);
	option_on(pair[1], SO_PASSCRED);
	before = fds_open();
	fds[0] = pair[0];
	fds[1] = pair[1];
	fds[2] = pair[0];
	items[0] = (struct fdpass_cmsg){ .level = SOL_SOCKET, .type = SCM_RIGHTS, .data = fds, .length = 4 };
	items[1] = (struct fdpass_cmsg){
		.level = SOL_SOCKET, .type = SCM_CREDENTIALS, .data = &self, .length = sizeof(self)
	};
	items[2] = (struct fdpass_cmsg){ .level = SOL_SOCKET, .type = SCM_RIGHTS, .data = fds + 1, .length = 8 };
	is_int(fdpass_sendmsg(pair[0], buffers, 3, items, 3, 0, NULL, 0, NULL), 9,
	    "three buffers and three control messages are sent");
	is_int(fds_open(), before, "sent descriptors stay open in the sender");
	is_int(fdpass_recvmsg(pair[1], msg, buf, sizeof(buf), 0, NULL), 9, "three buffers are received");
	is_str(buf, "scattered", "the buffers are received in order");
	is_int(fdpass_msg_fd_count(msg), 3, "the descriptors of several SCM_RIGHTS are received");
	is_int(fdpass_msg_count(msg), 2, "one SCM_RIGHTS control message follows the credentials");
	must(fdpass_msg_item(msg, 0, &got) == 0, "fdpass_msg_item");
	is_mem(got.data, &self, sizeof(self), "the received credentials are those that were sent");

	is_int(fdpass_sendmsg(pair[0], &one_byte, 1, NULL, 0, 0, NULL, 0, NULL), 1,
	    "a message without control messages is sent");
	is_int(fdpass_sendmsg(pair[0], NULL, 0, NULL, 0, 0, NULL, 0, NULL), 0, "a message without buffers is sent");
	fdpass_msg_free(msg);
	pair_close(pair);
}

/*
 * Sends more control data than fits into the library's buffer on the stack. The kernel ignores control messages of
 * unknown levels.
 */
static void
r14_large(void)
{
	struct fdpass_msg *msg = msg_open(FDPASS_ANCBUFSIZE);
	struct fdpass_cmsg items[40];
	static char filler[500];
	int pair[2], before;
	size_t i;
	char c;

	pair_open(SOCK_STREAM, pair);
	before = fds_open();
	for (i = 0; i < 39; i++)
		items[i] = (struct fdpass_cmsg){
			.level = 4711, .type = 1, .data = filler, .length = sizeof(filler) - i
		};
	items[39] = (struct fdpass_cmsg){
		.level = SOL_SOCKET, .type = SCM_RIGHTS, .data = pair, .length = sizeof(pair)
	};
	is_int(fdpass_sendmsg(pair[0], &one_byte, 1, items, 40, 0, NULL, 0, NULL), 1,
	    "20 KB of control messages are sent");
	is_int(fdpass_recvmsg(pair[1], msg, &c, 1, 0, NULL), 1, "20 KB of control messages are received");
	is_int(fdpass_msg_fd_count(msg), 2, "the descriptors after 20 KB of control messages are received");
	items[38] = (struct fdpass_cmsg){ .level = SOL_SOCKET, .type = 4711, .data = NULL, .length = 0 };
	is_int(fdpass_sendmsg(pair[0], &one_byte, 1, items, 40, 0, NULL, 0, NULL), -1,
	    "a control message of an unknown type is refused");
	is_int(errno, EINVAL, "the kernel refuses an unknown type with EINVAL");
	fdpass_msg_free(msg);
	is_int(fds_open(), before, "no descriptor is left open");
	pair_close(pair);
}

static void
r14_too_much(void)
{
	static struct iovec buffers[1025];
	struct fdpass_cmsg items[3] = { { .level = 1, .type = 1, .data = "", .length = SIZE_MAX } };
	int pair[2];
	size_t i;

	pair_open(SOCK_STREAM, pair);
	errno = 0;
	is_int(fdpass_sendmsg(pair[0], &one_byte, 1, items, 1, 0, NULL, 0, NULL), -1,
	    "a control message of SIZE_MAX bytes is refused");
	is_int(errno, EOVERFLOW, "a control message of SIZE_MAX bytes fails with EOVERFLOW");
	items[0].length = (size_t)INT_MAX - 100;
	items[1] = items[2] = items[0];
	errno = 0;
	is_int(fdpass_sendmsg(pair[0], &one_byte, 1, items, 3, 0, NULL, 0, NULL), -1,
	    "control messages of more than INT_MAX bytes in total are refused");
	is_int(errno, EOVERFLOW, "control messages of more than INT_MAX bytes in total fail with EOVERFLOW");
	is_int(fdpass_send_fds(pair[0], &one_byte, 1, pair, SIZE_MAX / 2, 0, NULL, 0, NULL), -1,
	    "SIZE_MAX / 2 descriptors are refused");
	is_int(errno, EOVERFLOW, "SIZE_MAX / 2 descriptors fail with EOVERFLOW");
	for (i = 0; i < 1025; i++)
		buffers[i] = one_byte;
	is_int(fdpass_sendmsg(pair[0], buffers, 1025, NULL, 0, 0, NULL, 0, NULL), -1, "1025 buffers are refused");
	is_int(errno, EMSGSIZE, "1025 buffers fail with EMSGSIZE");
	is_int(fdpass_sendmsg(pair[0], buffers, 65537, NULL, 0, 0, NULL, 0, NULL), -1, "65537 buffers are refused");
	is_int(errno, EMSGSIZE, "65537 buffers fail with EMSGSIZE");
	is_int(fdpass_sendmsg(pair[0], buffers, 1024, NULL, 0, 0, NULL, 0, NULL), 1024, "1024 buffers are sent");
	pair_close(pair);
}

static void
r14_send_fds(void)
{
	struct fdpass_msg *msg = msg_open(FDPASS_ANCBUFSIZE);
	int pair[2], fds[FDPASS_MAX_FDS + 1], before, bad = -1;
	struct rlimit limit;
	size_t i;
	char c;

	must(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
	pair_open(SOCK_STREAM, pair);
	before = fds_open();
	for (i = 0; i < FDPASS_MAX_FDS + 1; i++)
		fds[i] = pair[0];
	is_int(fdpass_send_fds(pair[0], &one_byte, 1, fds, FDPASS_MAX_FDS, 0, NULL, 0, NULL), 1,
	    "253 descriptors are sent");
	if (limit.rlim_cur < (rlim_t)before + 270)
		skip("RLIMIT_NOFILE is too small", "253 descriptors are received");
	else if (fdpass_recvmsg(pair[1], msg, &c, 1, 0, NULL) == 1)
		is_int(fdpass_msg_fd_count(msg), FDPASS_MAX_FDS, "253 descriptors are received");
	is_int(fdpass_send_fds(pair[0], &one_byte, 1, fds, FDPASS_MAX_FDS + 1, 0, NULL, 0, NULL), -1,
	    "254 descriptors are refused");
	is_int(errno, EINVAL, "the kernel refuses 254 descriptors with EINVAL");
	is_int(fdpass_send_fds(pair[0], &one_byte, 1, &bad, 1, 0, NULL, 0, NULL), -1, "descriptor -1 is refused");
	is_int(errno, EBADF, "the kernel refuses descriptor -1 with EBADF");
	is_int(
	    fdpass_send_fds(pair[0], &one_byte, 1, NULL, 0, 0, NULL, 0, NULL), 1, "data without descriptors is sent");
	is_int(fdpass_send_fds(-1, NULL, 0, fds, 1, 0, NULL, 0, NULL), -1, "a send to descriptor -1 fails");
	is_int(errno, EBADF, "a send to descriptor -1 fails with EBADF");
	fdpass_msg_free(msg);
	is_int(fds_open(), before, "no descriptor is left open");
	pair_close(pair);
}

static void
r14_no_data(void)
{
	const struct iovec empty[] = { { NULL, 0 }, { NULL, 0 } };
	struct fdpass_msg *msg = msg_open(256);
	const int types[] = { SOCK_DGRAM, SOCK_SEQPACKET };
	int pair[2], i;
	char c;

	pair_open(SOCK_STREAM, pair);
	errno = 0;
	is_int(fdpass_send_fds(pair[0], empty, 2, pair, 1, 0, NULL, 0, NULL), -1,
	    "descriptors without data are refused on a stream socket");
	is_int(errno, EINVAL, "descriptors without data fail with EINVAL on a stream socket");
	is_int(fdpass_send_fds(pair[0], NULL, 0, pair, 1, 0, NULL, 0, NULL), -1,
	    "descriptors without buffers are refused on a stream socket");
	is_int(fdpass_send_fds(pair[0], NULL, 0, NULL, 0, 0, NULL, 0, NULL), 0,
	    "a call without data and descriptors succeeds on a stream socket");
	pair_close(pair);
	for (i = 0; i < 2; i++) {
		pair_open(types[i], pair);
		is_int(fdpass_send_fds(pair[0], empty, 1, pair, 1, 0, NULL, 0, NULL), 0,
		    "descriptors without data are sent on datagram and seqpacket sockets");
		is_int(fdpass_recvmsg(pair[1], msg, &c, 1, 0, NULL), 0, "the received message contains no data");
		is_int(fdpass_msg_fd_count(msg), 1, "the received message contains the descriptor");
		fdpass_msg_done(msg);
		pair_close(pair);
	}
	fdpass_msg_free(msg);
}

static void
r20_arguments(void)
{
	struct fdpass_msg *msg = msg_open(256);
	int from = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), to = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;
	socklen_t length;
	int pair[2];
	char c;

	must(fdpass_unix_address("", 0, &address, &length) == 0, "fdpass_unix_address");
	must(bind(to, (const struct sockaddr *)&address, length) == 0, "bind");
	length = sizeof(address);
	must(getsockname(to, (struct sockaddr *)&address, &length) == 0, "getsockname");
	is_int(fdpass_send_fds(from, &one_byte, 1, &to, 1, 0, (const struct sockaddr *)&address, length, NULL), 1,
	    "a message is sent to the given address");
	is_int(fdpass_recvmsg(to, msg, &c, 1, 0, NULL), 1,
	    "a message is received by the socket that is bound to the given address");
	is_int(fdpass_msg_fd_count(msg), 1, "a message that is sent to an address contains its descriptor");
	is_int(fdpass_send_fds(from, &one_byte, 1, &to, 1, 0, NULL, 0, NULL), -1,
	    "an unconnected datagram socket cannot send a message without an address");
	is_int(errno, ENOTCONN, "sending without an address fails with ENOTCONN");
	close(from);
	close(to);

	pair_open(SOCK_STREAM, pair);
	close(pair[1]);
	is_int(fdpass_send_fds(pair[0], &one_byte, 1, pair, 1, MSG_NOSIGNAL, NULL, 0, NULL), -1,
	    "sending to a closed peer with MSG_NOSIGNAL fails");
	is_int(errno, EPIPE, "sending to a closed peer with MSG_NOSIGNAL fails with EPIPE");
	close(pair[0]);
	fdpass_msg_free(msg);
}

int
main(void)
{
	int before = fds_open();

	r14_items();
	r14_large();
	r14_too_much();
	r14_send_fds();
	r14_no_data();
	r20_arguments();
	is_int(fds_open(), before, "no descriptor is left open");
	return tap_done();
}
