/* SPDX-License-Identifier: ISC */
/* Sending: control messages, descriptors, and every argument. */
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
	is_int(fdpass_sendmsg(pair[0], buffers, 3, items, 3, 0, NULL, 0, NULL), 9, "three buffers, three items");
	is_int(fds_open(), before, "the descriptors stay the caller's");
	is_int(fdpass_recvmsg(pair[1], msg, buf, sizeof(buf), 0, NULL), 9, "arrive");
	is_str(buf, "scattered", "in order");
	is_int(fdpass_msg_fd_count(msg), 3, "several SCM_RIGHTS arrive together");
	is_int(fdpass_msg_count(msg), 2, "as one item, after the credentials");
	must(fdpass_msg_item(msg, 0, &got) == 0, "fdpass_msg_item");
	is_mem(got.data, &self, sizeof(self), "which are those that were sent");

	is_int(fdpass_sendmsg(pair[0], &one_byte, 1, NULL, 0, 0, NULL, 0, NULL), 1, "no items are allowed");
	is_int(fdpass_sendmsg(pair[0], NULL, 0, NULL, 0, 0, NULL, 0, NULL), 0, "and no buffers");
	fdpass_msg_free(msg);
	pair_close(pair);
}

/* More control data than fits into the buffer on the stack: the kernel ignores levels that it does not know. */
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
	is_int(fdpass_sendmsg(pair[0], &one_byte, 1, items, 40, 0, NULL, 0, NULL), 1, "twenty kilobytes of items");
	is_int(fdpass_recvmsg(pair[1], msg, &c, 1, 0, NULL), 1, "arrive");
	is_int(fdpass_msg_fd_count(msg), 2, "the last of them, too");
	items[38] = (struct fdpass_cmsg){ .level = SOL_SOCKET, .type = 4711, .data = NULL, .length = 0 };
	is_int(fdpass_sendmsg(pair[0], &one_byte, 1, items, 40, 0, NULL, 0, NULL), -1, "an unknown type is refused");
	is_int(errno, EINVAL, "by the kernel");
	fdpass_msg_free(msg);
	is_int(fds_open(), before, "nothing is left open");
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
	is_int(fdpass_sendmsg(pair[0], &one_byte, 1, items, 1, 0, NULL, 0, NULL), -1, "an item of SIZE_MAX is refused");
	is_int(errno, EOVERFLOW, "with EOVERFLOW");
	items[0].length = (size_t)INT_MAX - 100;
	items[1] = items[2] = items[0];
	errno = 0;
	is_int(fdpass_sendmsg(pair[0], &one_byte, 1, items, 3, 0, NULL, 0, NULL), -1, "items too large together");
	is_int(errno, EOVERFLOW, "are refused with EOVERFLOW");
	is_int(fdpass_send_fds(pair[0], &one_byte, 1, pair, SIZE_MAX / 2, 0, NULL, 0, NULL), -1,
	    "more descriptors than there can be");
	is_int(errno, EOVERFLOW, "are refused with EOVERFLOW");
	for (i = 0; i < 1025; i++)
		buffers[i] = one_byte;
	is_int(fdpass_sendmsg(pair[0], buffers, 1025, NULL, 0, 0, NULL, 0, NULL), -1, "1025 buffers are refused");
	is_int(errno, EMSGSIZE, "with EMSGSIZE");
	is_int(fdpass_sendmsg(pair[0], buffers, 65537, NULL, 0, 0, NULL, 0, NULL), -1, "so are 65537");
	is_int(errno, EMSGSIZE, "with EMSGSIZE");
	is_int(fdpass_sendmsg(pair[0], buffers, 1024, NULL, 0, 0, NULL, 0, NULL), 1024, "1024 are sent");
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
	is_int(fdpass_send_fds(pair[0], &one_byte, 1, fds, FDPASS_MAX_FDS, 0, NULL, 0, NULL), 1, "253 descriptors");
	if (limit.rlim_cur < (rlim_t)before + 270)
		skip("RLIMIT_NOFILE is too small", "253 descriptors arrive");
	else if (fdpass_recvmsg(pair[1], msg, &c, 1, 0, NULL) == 1)
		is_int(fdpass_msg_fd_count(msg), FDPASS_MAX_FDS, "arrive");
	is_int(fdpass_send_fds(pair[0], &one_byte, 1, fds, FDPASS_MAX_FDS + 1, 0, NULL, 0, NULL), -1, "254 do not");
	is_int(errno, EINVAL, "the kernel refuses them");
	is_int(fdpass_send_fds(pair[0], &one_byte, 1, &bad, 1, 0, NULL, 0, NULL), -1, "no descriptor at all");
	is_int(errno, EBADF, "the kernel refuses that, too");
	is_int(fdpass_send_fds(pair[0], &one_byte, 1, NULL, 0, 0, NULL, 0, NULL), 1, "none are plain data");
	is_int(fdpass_send_fds(-1, NULL, 0, fds, 1, 0, NULL, 0, NULL), -1, "a bad socket");
	is_int(errno, EBADF, "is EBADF");
	fdpass_msg_free(msg);
	is_int(fds_open(), before, "nothing is left open");
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
	    "descriptors without data on a stream are refused");
	is_int(errno, EINVAL, "with EINVAL, instead of being dropped");
	is_int(fdpass_send_fds(pair[0], NULL, 0, pair, 1, 0, NULL, 0, NULL), -1, "without buffers, too");
	is_int(fdpass_send_fds(pair[0], NULL, 0, NULL, 0, 0, NULL, 0, NULL), 0, "without descriptors nothing is lost");
	pair_close(pair);
	for (i = 0; i < 2; i++) {
		pair_open(types[i], pair);
		is_int(
		    fdpass_send_fds(pair[0], empty, 1, pair, 1, 0, NULL, 0, NULL), 0, "sockets of messages carry them");
		is_int(fdpass_recvmsg(pair[1], msg, &c, 1, 0, NULL), 0, "without data");
		is_int(fdpass_msg_fd_count(msg), 1, "as they are");
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
	    "the address is honoured");
	is_int(fdpass_recvmsg(to, msg, &c, 1, 0, NULL), 1, "it arrives there");
	is_int(fdpass_msg_fd_count(msg), 1, "with its descriptor");
	is_int(fdpass_send_fds(from, &one_byte, 1, &to, 1, 0, NULL, 0, NULL), -1, "without an address it cannot");
	is_int(errno, ENOTCONN, "that is ENOTCONN");
	close(from);
	close(to);

	pair_open(SOCK_STREAM, pair);
	close(pair[1]);
	is_int(fdpass_send_fds(pair[0], &one_byte, 1, pair, 1, MSG_NOSIGNAL, NULL, 0, NULL), -1, "flags are honoured");
	is_int(errno, EPIPE, "MSG_NOSIGNAL: EPIPE and still alive");
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
