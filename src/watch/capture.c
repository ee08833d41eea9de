/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/helper.h"
#include "lib/internal.h"
#include "watch/capture.h"

#define CONTROL_MAX 65536 /* maximum number of bytes of control data to copy; further control data is not shown */
#define NUMBERS_MAX 1024  /* maximum number of descriptors per message to duplicate, 4 * SCM_MAX_FD */

int
capture_init(struct capture *c, size_t max_data)
{
	memory_init(&c->memory);
	c->data_size = max_data;
	c->sockets.netlink = c->pidfd = c->directory = c->comm_fd = -1;
	c->pieces = calloc(HEADER_BUFFERS_MAX, sizeof(*c->pieces));
	c->control = malloc(CONTROL_MAX);
	c->converted = malloc(header_converted_size(CONTROL_MAX));
	c->data = malloc(max_data > 0 ? max_data : 1);
	c->spent = calloc(NUMBERS_MAX + 1, sizeof(*c->spent));
	c->numbers = calloc(CONTROL_MAX / sizeof(int), sizeof(*c->numbers));
	c->msg = fdpass_msg_new(header_converted_size(CONTROL_MAX));
	if (c->pieces != NULL && c->control != NULL && c->converted != NULL && c->data != NULL && c->spent != NULL &&
	    c->numbers != NULL && c->msg != NULL)
		return 0;
	errno = ENOMEM;
	return -1;
}

void
capture_done(struct capture *c)
{
	memory_forget(&c->memory, c->memory.pages_tid);
	capture_forget(c, c->tid);
	if (c->sockets.netlink != -1)
		(void)close(c->sockets.netlink);
	fdpass_msg_free(c->msg);
	free(c->numbers);
	free(c->spent);
	free(c->data);
	free(c->converted);
	free(c->control);
	free(c->pieces);
}

/*
 * Returns an empty buffer for the description of a new problem. The array of problems is large enough for all problems
 * of one message.
 */
static char *
add_problem(struct captured *copy)
{
	struct capture *c = &copy->watch->capture;
	size_t n = copy->origin.problem_count;

	if (n >= sizeof(c->problem) / sizeof(c->problem[0]))
		n--;
	else
		copy->origin.problem_count++;
	c->problems[n] = c->problem[n];
	return c->problem[n];
}

static int
duplicate(void *arg, int number)
{
	struct captured *copy = arg;
	struct capture *c = &copy->watch->capture;
	int fd;

	if (number < 0)
		return -EBADF;
	if (c->pidfd < 0)
		return c->pidfd;
	if (copy->spent >= NUMBERS_MAX)
		return -EMFILE;
	fd = (int)syscall(SYS_pidfd_getfd, c->pidfd, number, 0);
	if (fd == -1)
		return -errno;
	c->spent[copy->spent++] = fd;
	return fd;
}

void
captured_release(struct captured *copy)
{
	struct capture *c = &copy->watch->capture;
	size_t i;

	for (i = 0; i < fdpass_msg_fd_count(c->msg); i++)
		(void)fdpass_msg_take_fd(c->msg, i);
	(void)fdpass_msg_take_pidfd(c->msg);
	fdpass_msg_done(c->msg);
	helper_close_copies(c->spent, copy->spent);
}

/* Reads the control data of the message and converts it to the cmsghdr layout of this process. */
static const void *
read_control(struct captured *copy, size_t *length)
{
	struct capture *c = &copy->watch->capture;
	uint64_t claimed = copy->header.control_length;
	size_t wanted = claimed < CONTROL_MAX ? (size_t)claimed : CONTROL_MAX, got;

	got = memory_read(&c->memory, copy->header.control, c->control, wanted);
	if (got < wanted)
		(void)snprintf(add_problem(copy), sizeof(c->problem[0]), "the control data cannot be read: %s",
		    memory_strerror(errno));
	else if (wanted < claimed)
		(void)snprintf(add_problem(copy), sizeof(c->problem[0]),
		    "only the first %zu of %llu bytes of control data are shown", wanted, (unsigned long long)claimed);
	*length = got;
	if (copy->call->abi->word == sizeof(long))
		return c->control;
	*length = header_convert_control(c->control, got, c->converted, header_converted_size(CONTROL_MAX));
	return c->converted;
}

/*
 * Stores the descriptor numbers of the watched process in the message. The duplicates in this process have numbers that
 * differ from those in the watched process.
 */
static void
read_numbers(struct captured *copy)
{
	struct capture *c = &copy->watch->capture;
	struct fdpass_cmsg item;
	size_t i, left, slots = 0;

	for (i = 0; i < fdpass_msg_count(c->msg); i++) {
		(void)fdpass_msg_item(c->msg, i, &item);
		if (item.level != SOL_SOCKET || item.length < sizeof(int))
			continue;
		left = item.length / sizeof(int);
		if (item.type == SCM_RIGHTS) {
			memcpy(c->numbers + slots, item.data, left * sizeof(int));
			slots += left;
		} else if (item.type == SCM_PIDFD) {
			memcpy(&copy->origin.pidfd_number, item.data, sizeof(int));
		}
	}
}

static void
read_address(struct captured *copy)
{
	struct capture *c = &copy->watch->capture;
	struct sockaddr_storage address;
	size_t length = copy->header.name_length, got;

	if (copy->header.name == 0 || length == 0)
		return;
	if (length > sizeof(address))
		length = sizeof(address);
	got = memory_read(&c->memory, copy->header.name, &address, length);
	if (got >= sizeof(address.ss_family))
		fdp_msg_set_address(c->msg, &address, got);
}

/* Reads the iovec array of the message once. */
static size_t
read_buffers(struct captured *copy)
{
	struct capture *c = &copy->watch->capture;

	if (!copy->has_buffers)
		copy->buffer_count = header_buffers(copy->call->abi, &c->memory, &copy->header, c->pieces);
	copy->has_buffers = true;
	return copy->buffer_count;
}

/*
 * Reads at most data_size bytes of the message's data into one buffer. The length in the iovec of this buffer is the
 * total size of the program's buffers.
 */
static void
read_data(struct captured *copy)
{
	struct capture *c = &copy->watch->capture;
	size_t count = read_buffers(copy), room = 0, wanted, i;

	for (i = 0; i < count; i++)
		room = c->pieces[i].length > SIZE_MAX - room ? SIZE_MAX : room + c->pieces[i].length;
	wanted = copy->message.nbytes > 0 ? (size_t)copy->message.nbytes : 0;
	if (wanted > room)
		wanted = room;
	if (wanted > c->data_size)
		wanted = c->data_size;
	copy->origin.data_length = memory_gather(&c->memory, c->pieces, count, c->data, wanted);
	if (copy->origin.data_length < wanted)
		(void)snprintf(
		    add_problem(copy), sizeof(c->problem[0]), "the data cannot be read: %s", memory_strerror(errno));
	else
		/*
		 * The limit for showing data is lower than the limit for reading data, so data that was not read is
		 * never shown.
		 */
		copy->origin.data_length = SIZE_MAX;
	copy->buffers[0] = (struct iovec){ c->data, room };
	copy->message.buffers = copy->buffers;
	copy->message.buffer_count = 1;
	copy->message.end_of_file = !copy->sent && copy->message.nbytes == 0 && copy->message.type == SOCK_STREAM &&
	    room > 0;
}

static void
read_socket(struct captured *copy, struct ucred *cred)
{
	struct message *m = &copy->message;
	const struct socket_facts *facts;

	m->peer_fd = duplicate(copy, copy->call->socket);
	if (m->peer_fd < 0)
		return;
	facts = socket_find(&copy->watch->capture.sockets, m->peer_fd);
	m->domain = facts->domain;
	m->type = facts->type;
	*cred = (struct ucred){ .pid = facts->peer.pid, .uid = facts->peer.uid, .gid = facts->peer.gid };
	if (facts->peer.known)
		m->peer = cred;
	copy->origin.has_peer_inode = facts->has_peer_inode;
	copy->origin.peer_inode = facts->peer_inode;
}

void
capture_forget(struct capture *c, pid_t tid)
{
	memory_forget(&c->memory, tid);
	if (c->tid == 0 || c->tid != tid)
		return;
	if (c->pidfd >= 0)
		(void)close(c->pidfd);
	if (c->comm_fd != -1)
		(void)close(c->comm_fd);
	if (c->directory != -1)
		(void)close(c->directory);
	c->pidfd = c->directory = c->comm_fd = -1;
	c->tid = 0;
}

static void
open_process(struct capture *c, pid_t tid, pid_t pid)
{
	if (c->tid == tid)
		return;
	capture_forget(c, c->tid);
	c->tid = tid;
	c->pidfd = process_pidfd(tid, pid);
	if (c->pidfd == -1)
		c->pidfd = -errno;
	c->directory = process_directory_open(tid);
	c->comm_fd = process_comm_open(pid);
}

static void
read_origin(struct captured *copy, int64_t result)
{
	struct capture *c = &copy->watch->capture;

	copy->origin = (struct message_origin){ .pid = tracee_pid(copy->tracee),
		.comm = c->comm,
		.error = result < 0 ? (int)-result : 0,
		.socket_number = copy->call->socket,
		.problems = c->problems };
	open_process(c, copy->tracee->tid, copy->origin.pid);
	copy->origin.directory = c->directory;
	copy->origin.brief = copy->watch->options->brief;
	copy->origin.comm_length = process_comm_read(c->comm_fd, c->comm, sizeof(c->comm));
	if (copy->origin.comm_length == 0)
		copy->origin.comm = NULL;
}

void
captured_fill(struct captured *copy, int64_t result, struct ucred *cred)
{
	struct fdpass_msg *msg = copy->watch->capture.msg;
	struct fdp_duplicator duplicator = { duplicate, copy };
	int flags = (int)(copy->sent ? copy->call->flags : copy->header.flags);
	const void *control;
	size_t length, ancbufsize;

	copy->message = (struct message){ .number = copy->watch->messages + 1,
		.direction = copy->sent ? DIRECTION_SENT : DIRECTION_RECEIVED,
		.nbytes = (ssize_t)(result < 0 ? 0 : result),
		.msg = msg,
		.flags = (int)(copy->sent ? 0 : copy->call->flags),
		.numbers = copy->watch->capture.numbers,
		.asked_cloexec = true,
		.origin = &copy->origin };
	(void)clock_gettime(CLOCK_REALTIME, &copy->message.time);
	read_origin(copy, result);
	read_socket(copy, cred);
	control = read_control(copy, &length);
	ancbufsize = copy->call->ancbufsize > length ? (size_t)copy->call->ancbufsize : length;
	fdp_msg_import(msg, control, length, ancbufsize, flags, &duplicator);
	read_numbers(copy);
	read_address(copy);
	read_data(copy);
	message_inspect(&copy->message);
}

int64_t
captured_length(struct captured *copy)
{
	struct memory_piece *pieces = copy->watch->capture.pieces;
	size_t count = read_buffers(copy), i;
	int64_t length = 0;

	for (i = 0; i < count; i++)
		length += (int64_t)(pieces[i].length < INT_MAX ? pieces[i].length : INT_MAX);
	return length;
}
