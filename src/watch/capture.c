/* SPDX-License-Identifier: ISC */
/*
 * Copies a message of a stopped thread into a message object of this process. Copies its control data and duplicates
 * its descriptors. The program and its descriptors are not changed.
 */
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
#include "watch/internal.h"

#define CONTROL_MAX 65536 /* limit on the control data in bytes; further control data is not shown */
#define NUMBERS_MAX 1024  /* limit on the duplicated descriptors of a message, four times the kernel's limit */

/* The message that is being copied. */
struct subject {
	struct watch *watch;
	struct tracee *tracee;
	const struct call *call;
	struct header header;
	bool sent;
	bool unreadable; /* the msghdr could not be read */
	size_t spent;	 /* number of duplicates made */
	bool has_buffers;
	size_t buffer_count;
	struct message message;
	struct message_origin origin;
	struct iovec buffers[1];
};

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
 * Returns an empty buffer for the text of a new problem. The array has room for all problems that can occur in one
 * message.
 */
static char *
add_problem(struct subject *s)
{
	struct capture *c = &s->watch->capture;
	size_t n = s->origin.problem_count;

	if (n >= sizeof(c->problem) / sizeof(c->problem[0]))
		n--;
	else
		s->origin.problem_count++;
	c->problems[n] = c->problem[n];
	return c->problem[n];
}

static int
duplicate(void *arg, int number)
{
	struct subject *s = arg;
	struct capture *c = &s->watch->capture;
	int fd;

	if (number < 0)
		return -EBADF;
	if (c->pidfd < 0)
		return c->pidfd;
	if (s->spent >= NUMBERS_MAX)
		return -EMFILE;
	fd = (int)syscall(SYS_pidfd_getfd, c->pidfd, number, 0);
	if (fd == -1)
		return -errno;
	c->spent[s->spent++] = fd;
	return fd;
}

/*
 * Removes the duplicated descriptors from the message and closes them without blocking, like descriptors from untrusted
 * peers.
 */
static void
release(struct subject *s)
{
	struct capture *c = &s->watch->capture;
	size_t i;

	for (i = 0; i < fdpass_msg_fd_count(c->msg); i++)
		(void)fdpass_msg_take_fd(c->msg, i);
	(void)fdpass_msg_take_pidfd(c->msg);
	fdpass_msg_done(c->msg);
	helper_close_copies(c->spent, s->spent);
}

/* Reads the control data and converts it to the layout of this process. */
static const void *
read_control(struct subject *s, size_t *length)
{
	struct capture *c = &s->watch->capture;
	uint64_t claimed = s->header.control_length;
	size_t wanted = claimed < CONTROL_MAX ? (size_t)claimed : CONTROL_MAX, got;

	got = memory_read(&c->memory, s->header.control, c->control, wanted);
	if (got < wanted)
		(void)snprintf(add_problem(s), sizeof(c->problem[0]), "the control data cannot be read: %s",
		    memory_strerror(errno));
	else if (wanted < claimed)
		(void)snprintf(add_problem(s), sizeof(c->problem[0]),
		    "only the first %zu of %llu bytes of control data are shown", wanted, (unsigned long long)claimed);
	*length = got;
	if (s->call->abi->word == sizeof(long))
		return c->control;
	*length = header_convert_control(c->control, got, c->converted, header_converted_size(CONTROL_MAX));
	return c->converted;
}

/* Stores the descriptor numbers in the message. They are numbers of the watched process, not of this one. */
static void
read_numbers(struct subject *s)
{
	struct capture *c = &s->watch->capture;
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
			memcpy(&s->origin.pidfd_number, item.data, sizeof(int));
		}
	}
}

static void
read_address(struct subject *s)
{
	struct capture *c = &s->watch->capture;
	struct sockaddr_storage address;
	size_t length = s->header.name_length, got;

	if (s->header.name == 0 || length == 0)
		return;
	if (length > sizeof(address))
		length = sizeof(address);
	got = memory_read(&c->memory, s->header.name, &address, length);
	if (got >= sizeof(address.ss_family))
		fdp_msg_set_address(c->msg, &address, got);
}

/* Reads the iovec array of the message once. */
static size_t
read_buffers(struct subject *s)
{
	struct capture *c = &s->watch->capture;

	if (!s->has_buffers)
		s->buffer_count = header_buffers(s->call->abi, &c->memory, &s->header, c->pieces);
	s->has_buffers = true;
	return s->buffer_count;
}

/* Reads the data of the message into one buffer. The buffer is as large as all buffers of the program together. */
static void
read_data(struct subject *s)
{
	struct capture *c = &s->watch->capture;
	size_t count = read_buffers(s), room = 0, wanted, i;

	for (i = 0; i < count; i++)
		room = c->pieces[i].length > SIZE_MAX - room ? SIZE_MAX : room + c->pieces[i].length;
	wanted = s->message.nbytes > 0 ? (size_t)s->message.nbytes : 0;
	if (wanted > room)
		wanted = room;
	if (wanted > c->data_size)
		wanted = c->data_size;
	s->origin.data_length = memory_gather(&c->memory, c->pieces, count, c->data, wanted);
	if (s->origin.data_length < wanted)
		(void)snprintf(
		    add_problem(s), sizeof(c->problem[0]), "the data cannot be read: %s", memory_strerror(errno));
	else
		/*
		 * The limit for showing data is below the limit for reading data, so data that was not read is never
		 * shown.
		 */
		s->origin.data_length = SIZE_MAX;
	s->buffers[0] = (struct iovec){ c->data, room };
	s->message.buffers = s->buffers;
	s->message.buffer_count = 1;
	s->message.end_of_file = !s->sent && s->message.nbytes == 0 && s->message.type == SOCK_STREAM && room > 0;
}

static void
read_socket(struct subject *s, struct ucred *cred)
{
	struct message *m = &s->message;
	const struct socket_facts *facts;

	m->peer_fd = duplicate(s, s->call->socket);
	if (m->peer_fd < 0)
		return;
	facts = socket_find(&s->watch->capture.sockets, m->peer_fd);
	m->domain = facts->domain;
	m->type = facts->type;
	*cred = (struct ucred){ .pid = facts->peer.pid, .uid = facts->peer.uid, .gid = facts->peer.gid };
	if (facts->peer.known)
		m->peer = cred;
	s->origin.has_peer_inode = facts->has_peer_inode;
	s->origin.peer_inode = facts->peer_inode;
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
read_origin(struct subject *s, int64_t result)
{
	struct capture *c = &s->watch->capture;

	s->origin = (struct message_origin){ .pid = tracee_pid(s->tracee),
		.comm = c->comm,
		.error = result < 0 ? (int)-result : 0,
		.socket_number = s->call->socket,
		.problems = c->problems };
	open_process(c, s->tracee->tid, s->origin.pid);
	s->origin.directory = c->directory;
	s->origin.brief = s->watch->options->brief;
	s->origin.comm_length = process_comm_read(c->comm_fd, c->comm, sizeof(c->comm));
	if (s->origin.comm_length == 0)
		s->origin.comm = NULL;
}

/* Fills the message object. RESULT is the return value of the call. */
static void
subject_fill(struct subject *s, int64_t result, struct ucred *cred)
{
	struct fdpass_msg *msg = s->watch->capture.msg;
	struct fdp_duplicator duplicator = { duplicate, s };
	int flags = (int)(s->sent ? s->call->flags : s->header.flags);
	const void *control;
	size_t length, ancbufsize;

	s->message = (struct message){ .number = s->watch->messages + 1,
		.direction = s->sent ? DIRECTION_SENT : DIRECTION_RECEIVED,
		.nbytes = (ssize_t)(result < 0 ? 0 : result),
		.msg = msg,
		.flags = (int)(s->sent ? 0 : s->call->flags),
		.numbers = s->watch->capture.numbers,
		.asked_cloexec = true,
		.origin = &s->origin };
	(void)clock_gettime(CLOCK_REALTIME, &s->message.time);
	read_origin(s, result);
	read_socket(s, cred);
	control = read_control(s, &length);
	ancbufsize = s->call->ancbufsize > length ? (size_t)s->call->ancbufsize : length;
	fdp_msg_import(msg, control, length, ancbufsize, flags, &duplicator);
	read_numbers(s);
	read_address(s);
	read_data(s);
	message_inspect(&s->message);
}

/* Reads the msghdr. Returns false if the message must not be shown. */
static bool
subject_begin(struct subject *s, struct watch *w, struct tracee *tracee, uint64_t address, int64_t result)
{
	*s = (struct subject){ .watch = w, .tracee = tracee, .call = &tracee->call };
	s->sent = s->call->kind == CALL_SENDMSG || s->call->kind == CALL_SENDMMSG;
	memory_begin(&w->capture.memory, tracee->tid);
	memory_copy_around(&w->capture.memory, address);
	if (w->muted)
		return false;
	s->unreadable = header_read(s->call->abi, &w->capture.memory, address, &s->header) == -1;
	if (s->unreadable) {
		/*
		 * The call fails with EFAULT. It can succeed only if the memory was still mapped when the kernel read
		 * it.
		 */
		if (result >= 0)
			call_warn_memory(w, tracee);
		return false;
	}
	return w->options->all || (s->header.control != 0 && s->header.control_length > 0) ||
	    (!s->sent && (s->header.flags & MSG_CTRUNC) != 0);
}

static bool
wants(const struct watch *w, const struct message *message)
{
	return w->options->wants == NULL || w->options->wants(w->options->arg, message);
}

static void
flush(struct watch *w)
{
	int rc = w->options->flush(w->options->arg, &w->fail);

	w->messages++;
	w->slow = rc == WATCH_SLOW;
	w->muted = w->muted || rc == -1;
}

void
capture_message(struct watch *w, struct tracee *tracee, uint64_t address, int64_t result)
{
	struct subject s;
	struct ucred cred;
	bool is_wanted;

	if (!subject_begin(&s, w, tracee, address, result) || (!s.sent && result < 0))
		return;
	subject_fill(&s, result, &cred);
	is_wanted = wants(w, &s.message);
	if (is_wanted)
		w->options->describe(w->options->arg, &s.message);
	release(&s);
	if (is_wanted)
		flush(w);
}

/* Returns the number of bytes that the call sends if it sends all data. */
static int64_t
whole_length(struct subject *s)
{
	struct memory_piece *pieces = s->watch->capture.pieces;
	size_t count = read_buffers(s), i;
	int64_t length = 0;

	for (i = 0; i < count; i++)
		length += (int64_t)(pieces[i].length < INT_MAX ? pieces[i].length : INT_MAX);
	return length;
}

void
capture_drop_held(struct tracee *tracee)
{
	free(tracee->held.text);
	tracee->held.text = NULL;
}

bool
capture_sending(struct watch *w, struct tracee *tracee)
{
	struct held *held = &tracee->held;
	struct subject s;
	struct ucred cred;
	bool is_wanted;

	capture_drop_held(tracee);
	if (!subject_begin(&s, w, tracee, tracee->call.messages, -EFAULT))
		return s.unreadable;
	held->result = whole_length(&s);
	subject_fill(&s, held->result, &cred);
	is_wanted = wants(w, &s.message);
	held->text = is_wanted ? w->options->hold(w->options->arg, &s.message, &held->length) : NULL;
	release(&s);
	return is_wanted;
}

void
capture_sent(struct watch *w, struct tracee *tracee, int64_t result)
{
	struct held *held = &tracee->held;

	if (held->text == NULL || held->result != result || w->muted) {
		capture_message(w, tracee, tracee->call.messages, result);
	} else {
		w->options->show_held(w->options->arg, held->text, held->length, w->messages + 1);
		flush(w);
	}
	capture_drop_held(tracee);
}
