/* SPDX-License-Identifier: ISC */
/*
 * Reads a stream so that each descriptor can be forwarded with the same data byte with which it was sent. The data of a
 * write with descriptors, the bytes [S, E) of the stream, is forwarded as one message.
 *
 * An ordinary read would also return data that was written before S. Therefore, S and E must be known before data is
 * read. S and E are determined as follows (see fdpass(7)):
 *
 * - A peek (MSG_PEEK) without room for descriptors sets MSG_CTRUNC if the queue contains descriptors, and ends at E.
 * - A read of zero bytes returns the descriptors that were sent with the next byte. If the next byte has none, a read
 *   of zero bytes has no effect.
 * - A peek of exactly [current position, E) with a buffer that is one byte too short fails at the write that contains
 *   the last byte. This peek returns S, the length of the data before this write, because the kernel copies each write
 *   separately and, when it reaches an inaccessible address, counts only complete writes.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fail.h"
#include "lib/fdpass.h"
#include "relay/internal.h"

/* The result of a MSG_PEEK. */
struct peek {
	ssize_t length;
	/* the queue contains descriptors, and length is the end of the first write with descriptors */
	bool rights;
	struct peer sender; /* sender of the first write; one read never returns data of different senders */
};

static const struct peer unknown_sender = PEER_UNKNOWN;

/*
 * Peeks with room for all control messages, because without room for a requested control message, MSG_CTRUNC would
 * always be set. Closes the copies of the descriptors that the peek has received.
 */
static ssize_t
peek_wide(struct loop *l, int fd, size_t width, struct peek *peek)
{
	struct iovec data = { l->buffer, width };

	peek->length = loop_receive(l, fd, l->msg, &data, MSG_PEEK);
	peek->rights = (fdpass_msg_flags(l->msg) & MSG_CTRUNC) != 0 || fdpass_msg_fd_count(l->msg) > 0;
	if (l->with_creds)
		peer_of_message(l->msg, &peek->sender);
	close_message(l, true); /* the original descriptors are still in the queue */
	return peek->length;
}

/* Peeks at up to WIDTH bytes. Calls recvmsg(2) directly for speed, because this function runs for every message. */
static ssize_t
peek_at(struct loop *l, int fd, size_t width, struct peek *peek)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec data = { l->buffer, width };
	struct msghdr hdr = { .msg_iov = &data, .msg_iovlen = 1 };
	struct fdpass_walk walk;
	struct fdpass_cmsg item;

	peek->sender = unknown_sender;
	if (l->wide_peek)
		return peek_wide(l, fd, width, peek);
	if (l->with_creds) {
		/*
		 * Every message has credentials. The credentials are the first control message and fill the buffer, so
		 * no room is left for a descriptor.
		 */
		hdr.msg_control = &control;
		hdr.msg_controllen = sizeof(control);
	}
	peek->length = recvmsg(fd, &hdr, MSG_PEEK | MSG_DONTWAIT);
	peek->rights = (hdr.msg_flags & MSG_CTRUNC) != 0;
	if (peek->length > 0 && l->with_creds) {
		fdpass_walk_begin(&walk, &control, hdr.msg_controllen);
		if (fdpass_walk_next(&walk, &item))
			(void)peer_of_item(&item, &peek->sender);
	}
	return peek->length;
}

/* Returns S: the number of bytes before the write that has descriptors and ends at END. If S is unknown, returns 0. */
static size_t
plain_before(struct loop *l, int fd, size_t end)
{
	struct iovec short_by_one = { l->buffer + l->buffer_size - (end - 1), end };
	struct fdpass_msg *msg = l->wide_peek ? l->msg : l->peek;
	ssize_t before;

	before = fdpass_recvmsg_into(fd, msg, &short_by_one, 1, MSG_PEEK | MSG_DONTWAIT, NULL);
	if (l->wide_peek)
		close_message(l, true);
	return before > 0 && (size_t)before < end ? (size_t)before : 0;
}

static enum read_result
read_failed(void)
{
	return errno == EAGAIN || errno == EINTR ? READ_NOTHING : READ_RESET;
}

/* Reads up to LENGTH bytes that were sent without descriptors. */
static enum read_result
read_plain(struct loop *l, struct half *from, struct relay_message *p, size_t length, const struct peer *sender)
{
	struct iovec data = { l->buffer, length };
	ssize_t got;

	if (l->full)
		got = loop_receive(l, from->watch.fd, l->msg, &data, 0);
	else
		got = recv(from->watch.fd, l->buffer, length, MSG_DONTWAIT);
	if (got <= 0)
		return got == 0 ? READ_END : read_failed();
	*p = (struct relay_message){ .data = l->buffer, .length = (size_t)got, .stream = true };
	return message_set_sender(l, from->watch.fd, p, sender);
}

/* Reads the LENGTH bytes of a write whose descriptors were already received into loop->msg. */
static enum read_result
read_write(struct loop *l, struct half *from, struct relay_message *p, size_t length)
{
	enum read_result result = message_adopt(l, from->watch.fd, p);
	size_t have = 0;
	ssize_t got;

	if (result != READ_MESSAGE)
		return result;
	while (have < length) {
		got = recv(from->watch.fd, l->at + have, length - have, MSG_DONTWAIT);
		if (got == -1 && errno == EINTR)
			continue;
		if (got == 0)
			errno = ECONNRESET;
		if (got <= 0)
			return READ_RESET;
		have += (size_t)got;
	}
	p->data = l->at;
	p->length = length;
	p->stream = true;
	return READ_MESSAGE;
}

static bool
rights_were_read(const struct loop *l)
{
	return fdpass_msg_fd_count(l->msg) > 0 || (fdpass_msg_flags(l->msg) & MSG_CTRUNC) != 0;
}

/*
 * If descriptors were sent with the next byte, reads these descriptors and their data. In this case, S is the current
 * position, and MSG_PEEK ends at E.
 */
bool
stream_read_rights_first(struct loop *l, struct half *from, struct relay_message *p, enum read_result *result)
{
	ssize_t length;

	if (!loop_has_room(l))
		return false;
	length = recv(from->watch.fd, l->at, READ_SMALL, MSG_PEEK | MSG_DONTWAIT);
	if (length <= 0) {
		*result = length == 0 ? READ_END : read_failed();
		return true;
	}
	if (length == READ_SMALL || loop_receive(l, from->watch.fd, l->msg, NULL, 0) == -1 || !rights_were_read(l))
		return false;
	*result = read_write(l, from, p, (size_t)length);
	return true;
}

/*
 * Called if the first write with descriptors ends at END. Reads this write if it begins at the current position;
 * otherwise, reads the data before this write.
 */
static enum read_result
read_towards(struct loop *l, struct half *from, struct relay_message *p, size_t end, const struct peer *sender)
{
	size_t before;

	if (!loop_has_room(l))
		return READ_LATER;
	if (loop_receive(l, from->watch.fd, l->msg, NULL, 0) == -1)
		return read_failed();
	if (rights_were_read(l)) {
		if (from->guess == GUESS_LITTLE)
			from->guess = GUESS_RIGHTS;
		return read_write(l, from, p, end);
	}
	before = l->faults ? plain_before(l, from->watch.fd, end) : 0;
	/* If S is unknown, only the next byte is read, because it is certainly before S. */
	return read_plain(l, from, p, before > 0 ? before : 1, sender);
}

/*
 * Returns the number of bytes that fit into TO's send buffer. The relay reads at most this number of bytes, so that it
 * need not store data.
 */
static size_t
bulk_allowed(const struct loop *l, const struct half *to)
{
	size_t pieces, piece = CHUNK_MAX + 4096;
	int queued;

	if (to->foreign || ioctl(to->watch.fd, TIOCOUTQ, &queued) == -1 || queued < 0)
		return READ_BULK;
	if (queued >= l->sndbuf)
		return 0;
	pieces = ((size_t)(l->sndbuf - queued) + piece - 1) / piece;
	return pieces * CHUNK_MAX < READ_BULK ? pieces * CHUNK_MAX : READ_BULK;
}

/*
 * If more than READ_SMALL bytes without descriptors are queued, reads as much of this data as fits into the send buffer
 * of the receiver's socket. If fewer bytes are queued, or if descriptors are queued, reads nothing and returns false.
 */
static bool
read_bulk(struct loop *l, struct half *from, struct relay_message *p, enum read_result *result)
{
	struct peek peek;
	size_t allowed;
	int queued;

	if (ioctl(from->watch.fd, FIONREAD, &queued) == -1 || queued <= READ_SMALL) {
		from->guess = GUESS_LITTLE;
		return false;
	}
	if (!l->peek_reports_all)
		return false;
	if (peek_at(l, from->watch.fd, 1, &peek) <= 0 || peek.rights)
		return false;
	allowed = bulk_allowed(l, half_other(from));
	if (allowed == 0)
		*result = READ_BLOCKED;
	else
		*result = read_plain(l, from, p, (size_t)queued < allowed ? (size_t)queued : allowed, &peek.sender);
	return true;
}

/*
 * Reads the urgent byte (out-of-band data) if it is the next byte in the queue. The kernel marks the position of the
 * urgent byte, and reads of earlier data stop at this mark.
 */
static bool
read_urgent(struct loop *l, struct half *from, struct relay_message *p, enum read_result *result)
{
	int at_mark = 0;

	if (ioctl(from->watch.fd, SIOCATMARK, &at_mark) == -1 || !at_mark)
		return false;
	from->urgent = false;
	if (loop_receive(l, from->watch.fd, l->msg, NULL, 0) == -1)
		return false;
	*result = read_write(l, from, p, 1);
	p->urgent = true;
	return true;
}

/*
 * Peeks to find out whether descriptors are queued, and reads as much data as can be forwarded as one message. Used
 * unless the faster functions above have read a message.
 */
static enum read_result
read_after_peek(struct loop *l, struct half *from, struct relay_message *p)
{
	size_t width = from->guess == GUESS_BULK ? PEEK_MAX : READ_SMALL;
	struct peek peek;

	if (peek_at(l, from->watch.fd, width, &peek) <= 0)
		return peek.length == 0 ? READ_END : read_failed();
	from->guess = (size_t)peek.length >= READ_SMALL ? GUESS_BULK : GUESS_LITTLE;
	if (peek.rights && (size_t)peek.length == width && width < PEEK_MAX) {
		/* E is not in the peeked data, so more data is peeked. */
		if (peek_at(l, from->watch.fd, PEEK_MAX, &peek) <= 0)
			return read_failed();
	}
	if (!peek.rights)
		return read_plain(l, from, p, (size_t)peek.length, &peek.sender);
	/*
	 * E is still not in the peeked data. A write with descriptors is shorter than half of PEEK_MAX, so S is after
	 * the first READ_BULK bytes.
	 */
	if ((size_t)peek.length == PEEK_MAX)
		return read_plain(l, from, p, READ_BULK, &peek.sender);
	return read_towards(l, from, p, (size_t)peek.length, &peek.sender);
}

enum read_result
stream_read(struct loop *l, struct half *from, struct relay_message *p)
{
	enum read_result result;

	if (from->foreign)
		return read_plain(l, from, p, READ_BULK, &unknown_sender);
	if (from->urgent && read_urgent(l, from, p, &result))
		return result;
	if (from->guess == GUESS_BULK && read_bulk(l, from, p, &result))
		return result;
	if (from->guess == GUESS_RIGHTS && stream_read_rights_first(l, from, p, &result))
		return result;
	return read_after_peek(l, from, p);
}

/* --- determines how MSG_PEEK behaves on the running kernel */

static int
learn_from(struct loop *l, const int pair[2])
{
	struct fdpass_cmsg item = { .level = SOL_SOCKET, .type = SCM_RIGHTS, .data = &pair[1], .length = sizeof(int) };
	struct iovec data = { (void *)(uintptr_t) "write", 5 };
	socklen_t size = sizeof(l->sndbuf);
	struct peek peek;
	int on = 1;

	if (getsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &l->sndbuf, &size) == -1)
		return -1;
	if (l->with_creds && setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == -1)
		return -1;
	if (send(pair[1], "plain", 5, MSG_DONTWAIT) != 5 || send(pair[1], "too", 3, MSG_DONTWAIT) != 3 ||
	    fdpass_sendmsg(pair[1], &data, 1, &item, 1, MSG_DONTWAIT, NULL, 0, NULL) != 5 ||
	    send(pair[1], "after", 5, MSG_DONTWAIT) != 5)
		return -1;
	l->peek_reports_all = peek_at(l, pair[0], 1, &peek) == 1 && peek.rights;
	if (peek_at(l, pair[0], READ_SMALL, &peek) != 13 || !peek.rights) {
		errno = ENOTSUP;
		return -1;
	}
	l->faults = plain_before(l, pair[0], 13) == 8;
	return 0;
}

int
stream_learn(struct loop *l, struct fail *fail)
{
	int pair[2], rc;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		return fail_errno(fail, "cannot create a socket pair");
	rc = learn_from(l, pair);
	if (rc == -1)
		(void)fail_errno(fail, "cannot peek at a stream");
	(void)close(pair[0]);
	(void)close(pair[1]);
	return rc;
}
