/* SPDX-License-Identifier: ISC */
/*
 * Tests of importing messages that other processes have sent. The descriptors of such a message are duplicated, and all
 * properties are reset for the next message.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/compat.h"
#include "lib/internal.h"
#include "tap.h"

static unsigned char control[256];
static size_t length;

static void
put(int type, const int *numbers, size_t count)
{
	struct fdp_header header = { sizeof(header) + count * sizeof(int), SOL_SOCKET, type };

	length += FDP_PADDING(length);
	memcpy(control + length, &header, sizeof(header));
	if (count > 0)
		memcpy(control + length + sizeof(header), numbers, count * sizeof(int));
	length += header.length;
}

/* made[N] is the duplicate of the other process's descriptor N, or a negated errno. */
static int made[16];

/* Simulates duplicating descriptor NUMBER of another process. Fails if NUMBER is 13. Counts the calls in *ARG. */
static int
duplicate(void *arg, int number)
{
	++*(int *)arg;
	return made[number] = number == 13 ? -EPERM : fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
}

static bool
is_open(int number)
{
	return fcntl(made[number], F_GETFD) != -1;
}

static void
test_import(struct fdpass_msg *msg)
{
	const int first[] = { 11, 12 }, second[] = { 13, 14 }, pidfd = 15;
	int calls = 0;
	const struct fdp_duplicator duplicator = { duplicate, &calls };

	put(SCM_RIGHTS, first, 2);
	put(SCM_PIDFD, &pidfd, 1);
	put(SCM_RIGHTS, second, 2);
	fdp_msg_import(msg, control, length, 77, MSG_TRUNC, &duplicator);
	is_int(calls, 5, "each number is duplicated once");
	is_int((intmax_t)fdpass_msg_count(msg), 3, "all control messages are found");
	is_int((intmax_t)fdpass_msg_fd_count(msg), 4, "all descriptors are found");
	is_int(
	    fdpass_msg_fd(msg, 0), made[11], "the first descriptor is a duplicate of the other process's descriptor");
	is_int(
	    fdpass_msg_fd(msg, 1), made[12], "the second descriptor is a duplicate of the other process's descriptor");
	is_int(fdpass_msg_fd(msg, 2), -EPERM, "a descriptor that cannot be duplicated is stored as a negated errno");
	is_int(
	    fdpass_msg_fd(msg, 3), made[14], "the next descriptor after one that cannot be duplicated is duplicated");
	is_int(fdpass_msg_fd(msg, 4), FDPASS_TAKEN, "the message has no fifth descriptor");
	is_int(fdpass_msg_pidfd(msg), made[15], "the pidfd is a duplicate of the other process's pidfd");
	is_int((intmax_t)fdpass_msg_ancbufsize(msg), 77, "the size of the original control buffer is stored");
	is_int((intmax_t)fdpass_msg_controllen(msg), (intmax_t)length, "the length of the control data is stored");
	is_int(fdpass_msg_flags(msg), MSG_TRUNC, "the flags are stored");
	is_int(fdpass_msg_walk_state(msg), FDPASS_END, "the control data is complete");
}

static void
test_address(struct fdpass_msg *msg)
{
	unsigned char address[sizeof(struct sockaddr_storage) + 8];
	const struct sockaddr *stored;
	socklen_t stored_length;

	memset(address, 1, sizeof(address));
	fdp_msg_set_address(msg, address, sizeof(address));
	stored = fdpass_msg_address(msg, &stored_length);
	is_int(stored_length, sizeof(struct sockaddr_storage), "an address that is too long is truncated");
	ok(stored != NULL && memcmp(stored, address, stored_length) == 0, "the address is stored");
}

static void
test_done(struct fdpass_msg *msg)
{
	const struct sockaddr_storage zeros = { .ss_family = 0 };
	socklen_t address_length = 1;

	fdpass_msg_done(msg);
	ok(!is_open(11) && !is_open(12) && !is_open(14) && !is_open(15), "fdpass_msg_done() closes all duplicates");
	ok(fdpass_msg_flags(msg) == 0 && fdpass_msg_count(msg) == 0 && fdpass_msg_fd_count(msg) == 0 &&
		fdpass_msg_controllen(msg) == 0,
	    "the message is empty after fdpass_msg_done()");
	is_int(fdpass_msg_pidfd(msg), FDPASS_TAKEN, "the message has no pidfd after fdpass_msg_done()");
	ok(fdpass_msg_address(msg, &address_length) == NULL && address_length == 0,
	    "the message has no address after fdpass_msg_done()");
	fdp_msg_set_address(msg, &zeros, 1);
	fdp_msg_import(msg, NULL, 0, 5, 0, NULL);
	ok(fdpass_msg_count(msg) == 0 && fdpass_msg_walk_state(msg) == FDPASS_END,
	    "a message without control data is imported");
	ok(memcmp(&msg->address, &zeros, sizeof(zeros)) == 0, "the address of an earlier message is cleared");
}

/*
 * Imports the control data, with a duplicate of standard output for each descriptor, and keeps the first MAXFDS
 * descriptors.
 */
static size_t
limit(struct fdpass_msg *msg, size_t maxfds)
{
	int calls = 0;
	const struct fdp_duplicator duplicator = { duplicate, &calls };

	fdp_msg_import(msg, control, length, sizeof(control), 0, &duplicator);
	return fdp_msg_limit(msg, maxfds);
}

/* Returns true if item INDEX has this type and contains COUNT integers. */
static bool
item_is(const struct fdpass_msg *msg, size_t index, int type, size_t count)
{
	struct fdpass_cmsg item;

	return fdpass_msg_item(msg, index, &item) == 0 && item.level == SOL_SOCKET && item.type == type &&
	    item.length == count * sizeof(int);
}

static void
test_limit(struct fdpass_msg *msg)
{
	const int numbers[] = { 1, 2 }, pidfd = 3;

	length = 0;
	put(SCM_RIGHTS, numbers, 1);
	put(SCM_RIGHTS, numbers + 1, 1);
	put(SCM_RIGHTS, NULL, 0);
	put(SCM_PIDFD, &pidfd, 1);
	is_int((intmax_t)limit(msg, 1), 1, "one of two descriptors is removed");
	is_int((intmax_t)fdpass_msg_count(msg), 3, "a control message that loses its only descriptor is removed");
	ok(item_is(msg, 0, SCM_RIGHTS, 1), "the control message of the remaining descriptor is unchanged");
	ok(item_is(msg, 1, SCM_RIGHTS, 0), "a control message that arrived without descriptors remains");
	ok(item_is(msg, 2, SCM_PIDFD, 1), "the pidfd after the removed control message remains");
	ok(is_open(1) && !is_open(2) && is_open(3), "only the removed descriptor is closed");
	is_int((intmax_t)limit(msg, 2), 0, "no descriptor is removed from a message that has the maximum number");
	is_int((intmax_t)fdpass_msg_count(msg), 4,
	    "the control messages of a message with the maximum number of descriptors are unchanged");
	is_int((intmax_t)limit(msg, 0), 2, "all descriptors are removed");
	ok(fdpass_msg_count(msg) == 2 && item_is(msg, 0, SCM_RIGHTS, 0) && item_is(msg, 1, SCM_PIDFD, 1),
	    "the control messages that contained no removed descriptor remain");
}

/* Imports a message without a control buffer. Such a message has no items. */
static void
test_no_buffer(void)
{
	struct fdpass_msg *msg = fdpass_msg_new(0);

	if (msg == NULL)
		exit(1);
	fdp_msg_import(msg, NULL, 0, 0, MSG_CTRUNC, NULL);
	is_int((intmax_t)fdpass_msg_count(msg), 0, "a message without a control buffer is imported");
	is_int(fdpass_msg_flags(msg), MSG_CTRUNC, "the flags of a message without a control buffer are stored");
	fdpass_msg_free(msg);
}

int
main(void)
{
	struct fdpass_msg *msg = fdpass_msg_new(sizeof(control));

	if (msg == NULL)
		return 1;
	test_import(msg);
	test_address(msg);
	test_done(msg);
	test_limit(msg);
	test_no_buffer();
	fdpass_msg_free(msg);
	return tap_done();
}
