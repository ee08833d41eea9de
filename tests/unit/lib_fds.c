/* SPDX-License-Identifier: ISC */
/*
 * Tests of received descriptors: whether the library or its caller must close them, and that no descriptor is lost or
 * leaked.
 */
#include <limits.h>
#include <sys/resource.h>

#include "base/compat.h"
#include "lib/internal.h"
#include "sockets.h"
#include "tap.h"

/* Receives one message of one byte. Exits if no such message is received. */
static void
receive(int sock, struct fdpass_msg *msg)
{
	char c;

	must(fdpass_recvmsg(sock, msg, &c, 1, 0, NULL) != -1, "fdpass_recvmsg");
}

static int
free_number(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	close(fd);
	return fd;
}

static void
r12_ownership(void)
{
	struct fdpass_msg *msg = msg_open(FDPASS_ANCBUFSIZE);
	int pair[2], before, fd, i;

	pair_open(SOCK_STREAM, pair);
	before = fds_open();
	for (i = 0; i < 3; i++) {
		raw_send(pair[0], "x", 1, pair[0], 3);
		receive(pair[1], msg);
		is_int(fdpass_msg_fd_count(msg), 3, "a message with three descriptors has three slots");
		is_int(fds_open(), before + 3,
		    "a receive first closes the descriptors of the previous message that were not taken");
	}
	fd = fdpass_msg_fd(msg, 1);
	ok(fd >= 0, "a slot contains its descriptor");
	is_int(fdpass_msg_take_fd(msg, 1), fd, "fdpass_msg_take_fd() returns the descriptor of the slot");
	is_int(fdpass_msg_fd(msg, 1), FDPASS_TAKEN, "the slot of a taken descriptor is FDPASS_TAKEN");
	is_int(fdpass_msg_take_fd(msg, 1), -1, "a descriptor cannot be taken twice");
	is_int(errno, EBADF, "taking a descriptor twice fails with EBADF");
	is_int(fdpass_msg_take_fd(msg, 3), -1, "a descriptor after the last slot cannot be taken");
	is_int(errno, EINVAL, "taking a descriptor after the last slot fails with EINVAL");
	is_int(fdpass_msg_fd(msg, 3), FDPASS_TAKEN, "a slot after the last one is FDPASS_TAKEN");
	is_int(fdpass_msg_fd_count(msg), 3, "the number of slots includes taken ones");
	errno = EXDEV;
	fdpass_msg_done(msg);
	is_int(errno, EXDEV, "fdpass_msg_done() preserves errno");
	is_int(fds_open(), before + 1, "fdpass_msg_done() closes descriptors that were not taken");
	ok(fd_is_open(fd), "a taken descriptor stays open");
	fdpass_msg_done(msg);
	is_int(fds_open(), before + 1, "a second fdpass_msg_done() closes nothing");
	close(fd);

	raw_send(pair[0], "x", 1, pair[0], 2);
	receive(pair[1], msg);
	close(fdpass_msg_fd(msg, 0)); /* closes the descriptor, so that close(2) in fdpass_msg_done() fails */
	errno = EXDEV;
	fdpass_msg_done(msg);
	is_int(errno, EXDEV, "fdpass_msg_done() preserves errno if a close fails");
	raw_send(pair[0], "x", 1, pair[0], 2);
	receive(pair[1], msg);
	close(fdpass_msg_fd(msg, 0));
	errno = EXDEV;
	fdpass_msg_free(msg);
	is_int(errno, EXDEV, "fdpass_msg_free() preserves errno");
	is_int(fds_open(), before, "fdpass_msg_free() closes descriptors that were not taken");
	fdpass_msg_free(NULL);
	pair_close(pair);
}

static void
r12_short_buffers(void)
{
	size_t room, header = (size_t)fdpass_cmsg_len(0), fit;
	struct fdpass_msg *msg;
	int pair[2], before, good;

	pair_open(SOCK_STREAM, pair);
	before = fds_open();
	for (room = 0; room <= header + 16; room++) {
		raw_send(pair[0], "x", 1, pair[0], 3);
		msg = msg_open(room);
		receive(pair[1], msg);
		fit = room < header ? 0 : (room - header) / sizeof(int);
		if (fit > 3)
			fit = 3;
		good = fdpass_msg_fd_count(msg) == fit && fds_open() == before + (int)fit;
		good = good && !(fdpass_msg_flags(msg) & MSG_CTRUNC) == (fit == 3);
		fdpass_msg_free(msg);
		ok(good && fds_open() == before,
		    "a control buffer of %zu bytes receives as many of three descriptors as fit", room);
	}
	pair_close(pair);
}

static void
r12_pidfd(void)
{
	struct fdpass_msg *msg = msg_open(FDPASS_ANCBUFSIZE);
	int pair[2], before, fd, one = 1;

	pair_open(SOCK_STREAM, pair);
	before = fds_open();
	is_int(fdpass_msg_pidfd(msg), FDPASS_TAKEN, "an empty message contains no pidfd");
	is_int(fdpass_msg_take_pidfd(msg), -1, "no pidfd can be taken from an empty message");
	is_int(errno, EBADF, "taking a missing pidfd fails with EBADF");
	if (setsockopt(pair[1], SOL_SOCKET, SO_PASSPIDFD, &one, sizeof(one)) == -1) {
		skip("this kernel has no SO_PASSPIDFD", "a message contains a pidfd");
		pair_close(pair);
		fdpass_msg_free(msg);
		return;
	}
	raw_send(pair[0], "x", 1, pair[0], 1);
	receive(pair[1], msg);
	ok(fdpass_msg_pidfd(msg) >= 0, "a message contains a pidfd");
	is_int(fdpass_msg_fd_count(msg), 1, "the pidfd is not counted as a descriptor");
	is_int(fcntl(fdpass_msg_pidfd(msg), F_GETFD), FD_CLOEXEC, "the pidfd is close-on-exec");
	is_int(fds_open(), before + 2, "the pidfd and the descriptor are open");
	fdpass_msg_done(msg);
	is_int(fds_open(), before, "fdpass_msg_done() closes the pidfd");

	raw_send(pair[0], "x", 1, -1, 0);
	receive(pair[1], msg);
	fd = fdpass_msg_take_pidfd(msg);
	ok(fd >= 0 && fdpass_msg_pidfd(msg) == FDPASS_TAKEN, "a pidfd can be taken");
	is_int(fdpass_msg_take_pidfd(msg), -1, "a pidfd cannot be taken twice");
	fdpass_msg_free(msg);
	ok(fd_is_open(fd), "a taken pidfd stays open");
	close(fd);
	is_int(fds_open(), before, "no descriptor stays open except the taken pidfd");
	pair_close(pair);
}

/* Sets RLIMIT_NOFILE to LIMIT, so that only descriptor numbers below LIMIT can be used. Returns the previous limit. */
static struct rlimit
limit_numbers(int limit)
{
	struct rlimit before, now;

	must(getrlimit(RLIMIT_NOFILE, &before) == 0, "getrlimit");
	now = before;
	now.rlim_cur = (rlim_t)limit;
	must(setrlimit(RLIMIT_NOFILE, &now) == 0, "setrlimit");
	return before;
}

/*
 * Returns true if the kernel applies the limit on open files. Some emulators only store the limit, and do not apply it.
 */
static int
limit_holds(int limit)
{
	FILE *limits = fopen("/proc/self/limits", "re");
	char line[256];
	int real = -1;

	must(limits != NULL, "/proc/self/limits");
	while (fgets(line, sizeof(line), limits) != NULL)
		if (sscanf(line, "Max open files %d", &real) == 1)
			break;
	fclose(limits);
	return real == limit;
}

static void
r12_no_number_left(void)
{
	struct fdpass_msg *msg = msg_open(FDPASS_ANCBUFSIZE);
	struct rlimit before;
	int pair[2], open_before, one = 1, i, all = 1;

	i = free_number() + 3;
	before = limit_numbers(i);
	i = limit_holds(i);
	must(setrlimit(RLIMIT_NOFILE, &before) == 0, "setrlimit");
	if (!i) {
		skip("RLIMIT_NOFILE cannot be set here", "descriptors below RLIMIT_NOFILE are received");
		fdpass_msg_free(msg);
		return;
	}
	pair_open(SOCK_STREAM, pair);
	open_before = fds_open();
	raw_send(pair[0], "x", 1, pair[0], 7);
	raw_send(pair[0], "x", 1, pair[0], 7);
	before = limit_numbers(free_number() + 3);
	receive(pair[1], msg);
	is_int(fdpass_msg_fd_count(msg), 3, "descriptors below RLIMIT_NOFILE are received");
	for (i = 0; i < 3; i++)
		all = all && fd_is_open(fdpass_msg_fd(msg, (size_t)i));
	ok(all, "the received descriptors are open");
	ok(fdpass_msg_flags(msg) & MSG_CTRUNC, "MSG_CTRUNC reports the loss of the other descriptors");
	fdpass_msg_done(msg);
	must(setrlimit(RLIMIT_NOFILE, &before) == 0, "setrlimit");
	before = limit_numbers(free_number());
	receive(pair[1], msg);
	is_int(fdpass_msg_fd_count(msg), 0, "no descriptor is received if no descriptor number is free");
	ok(fdpass_msg_flags(msg) & MSG_CTRUNC, "MSG_CTRUNC is set if no descriptor number is free");
	must(setrlimit(RLIMIT_NOFILE, &before) == 0, "setrlimit");
	is_int(fds_open(), open_before, "no descriptor stays open after a loss");

	if (setsockopt(pair[1], SOL_SOCKET, SO_PASSPIDFD, &one, sizeof(one)) == -1) {
		skip("this kernel has no SO_PASSPIDFD", "a pidfd is refused if no number is free");
	} else {
		raw_send(pair[0], "x", 1, -1, 0);
		before = limit_numbers(free_number());
		receive(pair[1], msg);
		is_int(fdpass_msg_pidfd(msg), -EMFILE,
		    "a pidfd that is refused because no number is free is a negated errno");
		is_int(fdpass_msg_take_pidfd(msg), -1, "a refused pidfd cannot be taken");
		is_int(errno, EMFILE, "taking a refused pidfd fails with the errno of the kernel");
		must(setrlimit(RLIMIT_NOFILE, &before) == 0, "setrlimit");
	}
	pair_close(pair);
	fdpass_msg_free(msg);
}

static void
r12_many(void)
{
	struct fdpass_msg *msg = msg_open(FDPASS_ANCBUFSIZE);
	struct rlimit limit;
	int pair[2], before;

	must(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
	pair_open(SOCK_STREAM, pair);
	before = fds_open();
	if (limit.rlim_cur < (rlim_t)before + 270) {
		skip("RLIMIT_NOFILE is too small", "253 descriptors are received in one message");
	} else {
		raw_send(pair[0], "x", 1, pair[0], FDPASS_MAX_FDS);
		receive(pair[1], msg);
		is_int(fdpass_msg_fd_count(msg), FDPASS_MAX_FDS, "253 descriptors are received in one message");
		is_int(fdpass_msg_flags(msg) & MSG_CTRUNC, 0, "none of 253 descriptors is lost");
		is_int(fds_open(), before + FDPASS_MAX_FDS, "all 253 descriptors are open");
	}
	fdpass_msg_free(msg);
	is_int(fds_open(), before, "fdpass_msg_free() closes 253 descriptors");
	pair_close(pair);
}

static void
r12_empty_datagram(int type, const char *name)
{
	struct fdpass_msg *msg = msg_open(256);
	int pair[2], before;
	char c;

	pair_open(type, pair);
	before = fds_open();
	raw_send(pair[0], "", 0, pair[0], 2);
	is_int(fdpass_recvmsg(pair[1], msg, &c, 1, 0, NULL), 0, "an empty %s message is received", name);
	is_int(fdpass_msg_fd_count(msg), 2, "an empty message contains its descriptors");
	fdpass_msg_free(msg);
	is_int(fds_open(), before, "fdpass_msg_free() closes the descriptors of an empty message");
	pair_close(pair);
}

/* Appends a control message with COUNT integers to the control buffer of MSG, in the same form as the kernel. */
static void
forge(struct fdpass_msg *msg, int level, int type, const int *values, size_t count)
{
	struct fdp_header header = { sizeof(header) + count * sizeof(int), level, type };
	unsigned char *at = msg->control + msg->controllen;

	memcpy(at, &header, sizeof(header));
	memcpy(at + sizeof(header), values, count * sizeof(int));
	msg->controllen += sizeof(header) + count * sizeof(int) + FDP_PADDING(count * sizeof(int));
}

static int
null_open(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	must(fd != -1, "/dev/null");
	return fd;
}

static void
r12_forged(void)
{
	struct fdpass_msg *msg = msg_open(512);
	int before = fds_open(), own = null_open(), first[3], second[2], pidfds[2];

	first[0] = null_open();
	first[1] = -EACCES;
	first[2] = null_open();
	second[0] = null_open();
	second[1] = -1;
	pidfds[0] = null_open();
	pidfds[1] = null_open();
	forge(msg, SOL_SOCKET, SCM_RIGHTS, first, 3);
	forge(msg, 41, SCM_RIGHTS, &own, 1);
	forge(msg, 0, SCM_PIDFD, &own, 1);
	forge(msg, SOL_SOCKET, SCM_PIDFD, &pidfds[0], 1);
	forge(msg, SOL_SOCKET, SCM_RIGHTS, second, 2);
	forge(msg, SOL_SOCKET, SCM_CREDENTIALS, first, 3);
	forge(msg, SOL_SOCKET, SCM_PIDFD, &pidfds[1], 1);
	fdp_msg_adopt(msg);
	is_int(fdpass_msg_count(msg), 7, "all seven control messages of a forged message are counted");
	is_int(fdpass_msg_fd_count(msg), 5, "only SCM_RIGHTS of level SOL_SOCKET contains descriptors");
	is_int(fdpass_msg_fd(msg, 1), -EACCES, "a refused descriptor is a negated errno");
	is_int(fdpass_msg_take_fd(msg, 1), -1, "a refused descriptor cannot be taken");
	is_int(errno, EACCES, "taking a refused descriptor fails with the errno of the kernel");
	is_int(fdpass_msg_fd(msg, 3), second[0], "the descriptors of a second SCM_RIGHTS follow those of the first");
	is_int(fdpass_msg_pidfd(msg), pidfds[1], "the second of two pidfds is kept");
	ok(!fd_is_open(pidfds[0]), "the first of two pidfds is closed");
	fdpass_msg_done(msg);
	ok(fd_is_open(own), "integers in control messages of other levels are not treated as descriptors");
	is_int(fds_open(), before + 1, "all descriptors of the message are closed");

	first[0] = null_open();
	forge(msg, SOL_SOCKET, SCM_RIGHTS, first, 3);
	msg->controllen = sizeof(struct fdp_header) + 6;
	fdp_msg_adopt(msg);
	is_int(fdpass_msg_fd_count(msg), 1, "each complete integer in a truncated SCM_RIGHTS is a descriptor");
	fdpass_msg_done(msg);
	close(first[2]);
	close(own);
	is_int(fds_open(), before, "the descriptor of a truncated SCM_RIGHTS is closed");
	fdpass_msg_free(msg);
}

static void
r18_close_on_exec(void)
{
	struct fdpass_msg *msg = msg_open(64);
	int pair[2];

	pair_open(SOCK_STREAM, pair);
	raw_send(pair[0], "x", 1, pair[0], 1);
	receive(pair[1], msg);
	is_int(fcntl(fdpass_msg_fd(msg, 0), F_GETFD), FD_CLOEXEC, "a received descriptor is close-on-exec");
	ok(fdpass_msg_flags(msg) & MSG_CMSG_CLOEXEC, "MSG_CMSG_CLOEXEC is set in the flags of the message");
	pair_close(pair);
	fdpass_msg_free(msg);
}

/* Sends SENT descriptors, with credentials if CREDS is true. Receives the descriptors with a maximum of MAXFDS. */
static void
r19_take(size_t sent, size_t maxfds, int creds)
{
	struct fdpass_msg *msg = msg_open(FDPASS_ANCBUFSIZE);
	size_t kept = sent < maxfds ? sent : maxfds, i, items = 0;
	struct fdpass_cmsg item;
	int pair[2], before, data_fits = 1;
	char c = 0;

	pair_open(SOCK_STREAM, pair);
	if (creds)
		option_on(pair[1], SO_PASSCRED);
	before = fds_open();
	raw_send(pair[0], "x", 1, pair[0], sent);
	is_int(fdpass_recv_fds(pair[1], msg, &c, 1, maxfds, 0, NULL), 1,
	    "at most %zu of %zu descriptors%s are received", maxfds, sent, creds ? "with credentials" : "");
	is_int(fdpass_msg_fd_count(msg), kept, "as many descriptors as were sent are received, up to the maximum");
	is_int(fds_open(), before + (int)kept, "no more descriptors than the maximum are open");
	is_int(!(fdpass_msg_flags(msg) & MSG_CTRUNC), sent <= maxfds,
	    "MSG_CTRUNC reports the loss of the other descriptors");
	for (i = 0; fdpass_msg_item(msg, i, &item) == 0; i++) {
		if (item.type != SCM_RIGHTS)
			continue;
		items++;
		data_fits = data_fits && item.length == kept * sizeof(int) && item.state == FDPASS_ITEM;
	}
	ok(items == (kept > 0) && data_fits, "the control message contains only the received descriptors");
	is_int(fdpass_msg_count(msg), (size_t)creds + items, "the credentials are received if they were requested");
	fdpass_msg_free(msg);
	is_int(fds_open(), before, "all descriptors are closed again");
	pair_close(pair);
}

static void
r19_forged(void)
{
	struct fdpass_msg *msg = msg_open(512);
	int before = fds_open(), fds[6], i;

	for (i = 0; i < 6; i++)
		fds[i] = null_open();
	forge(msg, SOL_SOCKET, SCM_RIGHTS, fds, 2);
	forge(msg, SOL_SOCKET, SCM_RIGHTS, fds + 2, 2);
	forge(msg, SOL_SOCKET, SCM_CREDENTIALS, fds, 3);
	forge(msg, SOL_SOCKET, SCM_RIGHTS, fds + 4, 2);
	fdp_msg_adopt(msg);
	is_int(fdp_msg_limit(msg, 3), 3, "the maximum applies to the sum of several SCM_RIGHTS");
	is_int(fdpass_msg_count(msg), 3, "an SCM_RIGHTS without remaining descriptors is removed");
	is_int(fdpass_msg_fd(msg, 2), fds[2], "the first descriptors, up to the maximum, are kept");
	is_int(fds_open(), before + 3, "descriptors beyond the maximum are closed");
	fdpass_msg_free(msg);
	is_int(fds_open(), before, "fdpass_msg_free() closes the kept descriptors");
}

static void
r19_recv_fds(void)
{
	struct fdpass_msg *msg;
	int pair[2];
	char c;

	r19_take(1, 1, 0);
	r19_take(2, 1, 0);
	r19_take(3, 1, 1);
	r19_take(3, 3, 1);
	r19_take(2, 0, 0);
	r19_take(5, 2, 1);
	r19_take(0, 4, 0);
	r19_forged();

	pair_open(SOCK_STREAM, pair);
	raw_send(pair[0], "x", 1, pair[0], 2);
	msg = msg_open((size_t)fdpass_cmsg_len(2 * sizeof(int)));
	is_int(fdpass_recv_fds(pair[1], msg, &c, 1, 3, 0, NULL), -1,
	    "a control buffer for two descriptors is refused for a maximum of three");
	is_int(errno, EINVAL, "a control buffer that is too small fails with EINVAL");
	is_int(fdpass_recv_fds(pair[1], msg, &c, 1, SIZE_MAX, 0, NULL), -1, "a maximum of SIZE_MAX is refused");
	is_int(fdpass_recv_fds(pair[1], msg, &c, 1, 2, MSG_PEEK, NULL), 1, "the flags are passed to recvmsg(2)");
	is_int(fdpass_recv_fds(pair[1], msg, &c, 1, 2, 0, NULL), 1,
	    "a control buffer of CMSG_LEN(8) bytes is accepted for two descriptors");
	is_int(fdpass_msg_fd_count(msg), 2, "both descriptors are received in a buffer of CMSG_LEN(8) bytes");
	fdpass_msg_free(msg);
	raw_send(pair[0], "x", 1, pair[0], 1);
	msg = msg_open((size_t)fdpass_cmsg_len(0));
	is_int(fdpass_recv_fds(pair[1], msg, &c, 1, 0, 0, NULL), 1,
	    "a control buffer of CMSG_LEN(0) bytes is accepted for a maximum of 0");
	is_int(fdpass_msg_fd_count(msg), 0, "no descriptor is received for a maximum of 0");
	fdpass_msg_free(msg);
	pair_close(pair);
}

int
main(void)
{
	int before = fds_open();

	r12_ownership();
	r12_short_buffers();
	r12_pidfd();
	r12_no_number_left();
	r12_many();
	r12_empty_datagram(SOCK_DGRAM, "datagram");
	r12_empty_datagram(SOCK_SEQPACKET, "seqpacket");
	r12_forged();
	r18_close_on_exec();
	r19_recv_fds();
	is_int(fds_open(), before, "no descriptor is left open");
	return tap_done();
}
