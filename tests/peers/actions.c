/* SPDX-License-Identifier: ISC */
/*
 * Implements the actions of tests/peers/peer: building messages step by step, and sending, receiving and printing
 * messages.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"
#include "sendmsg.h"

#define MAX_DATA    (8u << 20)
#define MAX_CONTROL (64u << 10)

/* The message that is being built. */
struct draft {
	char *data;
	size_t length;
	union {
		char bytes[MAX_CONTROL];
		size_t align;
	} control;
	size_t control_length;
	int held; /* the read end of a pipe that this process keeps */
	int sent; /* the write end of this pipe, to be sent */
	int lent; /* a descriptor to close in this process after it was sent; -1: none */
};

static void
add_control(struct draft *draft, int type, const void *data, size_t length)
{
	struct cmsghdr header;

	if (draft->control_length + CMSG_SPACE(length) > sizeof(draft->control.bytes))
		errx(2, "too much control data");
	memset(&header, 0, sizeof(header));
	header.cmsg_len = CMSG_LEN(length);
	header.cmsg_level = SOL_SOCKET;
	header.cmsg_type = type;
	memcpy(draft->control.bytes + draft->control_length, &header, sizeof(header));
	memcpy(draft->control.bytes + draft->control_length + CMSG_LEN(0), data, length);
	draft->control_length += CMSG_SPACE(length);
}

static void
add_fd(struct draft *draft, int fd)
{
	if (fd == -1)
		err(1, "open");
	add_control(draft, SCM_RIGHTS, &fd, sizeof(fd));
}

static void
add_fd_list(struct draft *draft, const char *text)
{
	int fds[1024];
	size_t count = 0;
	char *end;

	while (*text != '\0' && count < 1024) {
		fds[count++] = (int)strtol(text, &end, 10);
		text = *end == ',' ? end + 1 : end;
	}
	add_control(draft, SCM_RIGHTS, fds, count * sizeof(fds[0]));
}

static void
add_null(struct draft *draft, int count)
{
	int fds[1024], i;

	for (i = 0; i < count && i < 1024; i++)
		if ((fds[i] = open("/dev/null", O_RDONLY)) == -1)
			err(1, "/dev/null");
	add_control(draft, SCM_RIGHTS, fds, (size_t)i * sizeof(fds[0]));
}

static void
add_pipe(struct draft *draft)
{
	static const char line[] = "from the pipe\n";
	int ends[2];

	if (pipe(ends) == -1 || write(ends[1], line, sizeof(line) - 1) == -1)
		err(1, "pipe");
	close(ends[1]);
	add_fd(draft, ends[0]);
}

static void
add_held(struct draft *draft)
{
	int ends[2];

	if (pipe(ends) == -1)
		err(1, "pipe");
	draft->held = ends[0];
	add_fd(draft, draft->sent = ends[1]);
}

/* Waits until no process has the write end of add_held()'s pipe open. */
static void
wait_for_release(const struct draft *draft)
{
	char byte;

	close(draft->sent);
	if (read(draft->held, &byte, 1) != 0)
		errx(1, "the pipe was written to");
	puts("released");
	fflush(stdout);
}

/* Adds a TCP socket that listens on WHERE ("ADDRESS:PORT"), or on a free loopback port if WHERE is NULL. */
static void
add_tcp(struct draft *draft, const char *where)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) } };
	socklen_t length = sizeof(sin);
	int sock = socket(AF_INET, SOCK_STREAM, 0);
	char host[64];

	if (where != NULL) {
		if (sscanf(where, "%63[0-9.]:%hu", host, &sin.sin_port) != 2 ||
		    inet_pton(AF_INET, host, &sin.sin_addr) != 1)
			errx(2, "tcp-listen=%s", where);
		sin.sin_port = htons(sin.sin_port);
	}
	if (sock == -1 || bind(sock, (struct sockaddr *)&sin, length) == -1 || listen(sock, 8) == -1 ||
	    getsockname(sock, (struct sockaddr *)&sin, &length) == -1)
		err(1, "tcp-listen");
	printf("port %d\n", ntohs(sin.sin_port));
	fflush(stdout);
	add_fd(draft, sock);
}

/*
 * Adds a TCP socket whose last close blocks for a minute: SO_LINGER is set, and the other end, which stays open in this
 * process, does not read. Another process must close the last copy of the socket.
 */
static void
add_linger(struct draft *draft)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) } };
	struct linger minute = { .l_onoff = 1, .l_linger = 60 };
	socklen_t length = sizeof(sin);
	int listener = socket(AF_INET, SOCK_STREAM, 0), sock = socket(AF_INET, SOCK_STREAM, 0);
	static char bytes[65536];

	if (listener == -1 || sock == -1 || bind(listener, (struct sockaddr *)&sin, length) == -1 ||
	    listen(listener, 1) == -1 || getsockname(listener, (struct sockaddr *)&sin, &length) == -1 ||
	    connect(sock, (struct sockaddr *)&sin, length) == -1 || accept(listener, NULL, NULL) == -1 ||
	    setsockopt(sock, SOL_SOCKET, SO_LINGER, &minute, sizeof(minute)) == -1)
		err(1, "linger");
	while (send(sock, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
	add_fd(draft, draft->lent = sock);
}

static void
add_creds(struct draft *draft, const char *text)
{
	struct ucred creds = { .pid = getpid(), .uid = getuid(), .gid = getgid() };

	if (text != NULL && sscanf(text, "%d:%u:%u", &creds.pid, &creds.uid, &creds.gid) != 3)
		errx(2, "creds=%s", text);
	add_control(draft, SCM_CREDENTIALS, &creds, sizeof(creds));
}

/* Sets the data of the message to TEXT, and converts escapes such as \n in TEXT. */
static void
set_data(struct draft *draft, const char *text)
{
	char hex[3] = "";
	size_t n = 0;

	for (; *text != '\0'; text++) {
		if (*text != '\\') {
			draft->data[n++] = *text;
			continue;
		}
		text++;
		if (*text == 'x') {
			hex[0] = text[1];
			hex[1] = text[2];
			draft->data[n++] = (char)strtol(hex, NULL, 16);
			text += 2;
		} else {
			draft->data[n++] = *text == 'n' ? '\n' : *text == '0' ? '\0' : *text;
		}
	}
	draft->length = n;
}

/* Sends a message. While other processes of this user have too many descriptors in flight, waits and tries again. */
static ssize_t
send_draft(int sock, struct draft *draft)
{
	struct iovec iov = { .iov_base = draft->data, .iov_len = draft->length };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t sent;

	if (draft->control_length > 0) {
		msg.msg_control = draft->control.bytes;
		msg.msg_controllen = draft->control_length;
	}
	while ((sent = sendmsg_whole(sock, &msg, MSG_NOSIGNAL)) == -1 && errno == ETOOMANYREFS)
		(void)poll(NULL, 0, 1);
	return sent;
}

static void
send_once(int sock, struct draft *draft)
{
	socklen_t length = sizeof(int);
	int type = SOCK_STREAM;
	ssize_t sent;

	(void)getsockopt(sock, SOL_SOCKET, SO_TYPE, &type, &length);
	if (draft->length == 0 && draft->control_length > 0 && type == SOCK_STREAM)
		errx(2, "without data, the kernel drops descriptors on a stream socket");
	sent = send_draft(sock, draft);
	if (sent == -1)
		err(1, "sendmsg");
	if ((size_t)sent != draft->length)
		errx(1, "sendmsg: sent %zd of %zu bytes", sent, draft->length);
	draft->length = 0;
	draft->control_length = 0;
	if (draft->lent == -1)
		return;
	close(draft->lent);
	draft->lent = -1;
	puts("let go");
	fflush(stdout);
}

/* Sends the same message repeatedly, as fast as the receiver and the limit on in-flight descriptors allow. */
static void
send_times(int sock, struct draft *draft, unsigned long times)
{
	for (; times > 0; times--)
		if (send_draft(sock, draft) == -1)
			err(1, "sendmsg, %lu left", times);
}

static void
flood(int sock, struct draft *draft)
{
	unsigned long sent = 0;

	while (send_draft(sock, draft) != -1)
		sent++;
	printf("sent %lu messages: %s\n", sent, strerror(errno));
}

static void
dribble(int sock, const char *text)
{
	for (; *text != '\0'; text++)
		if (send(sock, text, 1, MSG_NOSIGNAL) == -1)
			err(1, "send");
}

/* Sends one byte every MS milliseconds until the other end closes the connection. */
static void
trickle(int sock, int ms)
{
	struct pollfd pfd = { .fd = sock, .events = 0 };
	unsigned long sent = 0;

	while (poll(&pfd, 1, ms) == 0 && send(sock, ".", 1, MSG_NOSIGNAL) == 1)
		sent++;
	printf("sent %lu bytes\n", sent);
}

void
print_escaped(const void *data, unsigned long length)
{
	const unsigned char *at = data;
	unsigned long i;

	for (i = 0; i < length; i++) {
		if (isprint(at[i]) && at[i] != '\\')
			putchar(at[i]);
		else
			printf("\\x%02x", at[i]);
	}
}

static void
report_control(struct msghdr *msg)
{
	struct cmsghdr *c;
	struct ucred creds;
	int fds[1024];
	size_t n;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		n = c->cmsg_len - CMSG_LEN(0);
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
			printf(" fds %zu", n / sizeof(fds[0]));
			memcpy(fds, CMSG_DATA(c), n < sizeof(fds) ? n : sizeof(fds));
			for (size_t i = 0; i < n / sizeof(fds[0]) && i < 1024; i++)
				close(fds[i]);
		} else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS) {
			memcpy(&creds, CMSG_DATA(c), sizeof(creds));
			printf(" creds %d:%u:%u", creds.pid, creds.uid, creds.gid);
		} else {
			printf(" cmsg %d/%d", c->cmsg_level, c->cmsg_type);
		}
	}
}

/*
 * Receives and prints one message: "BYTES [fds N] [creds P:U:G] [TRUNC] [CTRUNC] DATA". Returns the size of the
 * message.
 */
static size_t
receive(int sock, size_t size)
{
	union {
		char bytes[MAX_CONTROL];
		size_t align;
	} control;
	char *data = malloc(size + 1);
	struct iovec iov = { .iov_base = data, .iov_len = size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t got;

	if (data == NULL)
		err(1, "malloc");
	msg.msg_control = control.bytes;
	msg.msg_controllen = sizeof(control.bytes);
	if ((got = recvmsg(sock, &msg, 0)) == -1)
		err(1, "recvmsg");
	printf("%zd", got);
	report_control(&msg);
	if (msg.msg_flags & MSG_TRUNC)
		printf(" TRUNC");
	if (msg.msg_flags & MSG_CTRUNC)
		printf(" CTRUNC");
	if (got > 0)
		putchar(' ');
	print_escaped(data, (unsigned long)got);
	putchar('\n');
	fflush(stdout);
	free(data);
	return (size_t)got;
}

static void
wait_for_close(int sock)
{
	struct pollfd pfd = { .fd = sock, .events = 0 };

	while ((pfd.revents & (POLLHUP | POLLERR)) == 0)
		if (poll(&pfd, 1, -1) == -1)
			err(1, "poll");
}

/* Returns VALUE if ACTION has the form NAME=VALUE, and NULL otherwise. */
static const char *
value_of(const char *action, const char *name)
{
	size_t length = strlen(name);

	return strncmp(action, name, length) == 0 && action[length] == '=' ? action + length + 1 : NULL;
}

static bool
make_message(struct draft *draft, const char *action)
{
	const char *value;

	if ((value = value_of(action, "data")) != NULL)
		set_data(draft, value);
	else if ((value = value_of(action, "bytes")) != NULL)
		memset(draft->data, 'x', draft->length = strtoul(value, NULL, 10) % MAX_DATA);
	else if ((value = value_of(action, "fds")) != NULL)
		add_fd_list(draft, value);
	else if ((value = value_of(action, "null")) != NULL)
		add_null(draft, atoi(value));
	else if ((value = value_of(action, "open")) != NULL)
		add_fd(draft, open(value, O_RDONLY));
	else if ((value = value_of(action, "write")) != NULL)
		add_fd(draft, open(value, O_WRONLY | O_CREAT | O_APPEND, 0600));
	else if ((value = value_of(action, "rw")) != NULL)
		add_fd(draft, open(value, O_RDWR));
	else if (strcmp(action, "pipe") == 0)
		add_pipe(draft);
	else if (strcmp(action, "held") == 0)
		add_held(draft);
	else if (strcmp(action, "tcp-listen") == 0 || (value = value_of(action, "tcp-listen")) != NULL)
		add_tcp(draft, value);
	else if (strcmp(action, "linger") == 0)
		add_linger(draft);
	else if (strcmp(action, "creds") == 0 || (value = value_of(action, "creds")) != NULL)
		add_creds(draft, value);
	else
		return false;
	return true;
}

static bool
use_socket(int sock, struct draft *draft, const char *action)
{
	const char *value;

	if (strcmp(action, "send") == 0)
		send_once(sock, draft);
	else if ((value = value_of(action, "send")) != NULL)
		send_times(sock, draft, strtoul(value, NULL, 10));
	else if ((value = value_of(action, "trickle")) != NULL)
		trickle(sock, atoi(value));
	else if (strcmp(action, "released") == 0)
		wait_for_release(draft);
	else if (strcmp(action, "flood") == 0)
		flood(sock, draft);
	else if ((value = value_of(action, "dribble")) != NULL)
		dribble(sock, value);
	else if (strcmp(action, "recv") == 0)
		receive(sock, MAX_DATA);
	else if ((value = value_of(action, "recv")) != NULL)
		receive(sock, strtoul(value, NULL, 10));
	else if (strcmp(action, "drain") == 0)
		while (receive(sock, MAX_DATA) > 0)
			continue;
	else if (strcmp(action, "wait") == 0)
		wait_for_close(sock);
	else if (strcmp(action, "shutdown") == 0)
		shutdown(sock, SHUT_WR);
	else if (strcmp(action, "close") == 0)
		close(sock);
	else
		return false;
	return true;
}

void
run_actions(int sock, char *const *actions)
{
	static struct draft draft = { .lent = -1 };

	if ((draft.data = malloc(MAX_DATA)) == NULL)
		err(1, "malloc");
	for (; *actions != NULL; actions++) {
		if (make_message(&draft, *actions) || use_socket(sock, &draft, *actions))
			continue;
		if (strcmp(*actions, "fds?") == 0)
			report_fds(-1);
		else if (strcmp(*actions, "creds-on") == 0)
			setsockopt(sock, SOL_SOCKET, SO_PASSCRED, &(int){ 1 }, sizeof(int));
		else if (strcmp(*actions, "kill") == 0)
			raise(SIGKILL);
		else
			errx(2, "unknown action: %s", *actions);
	}
	free(draft.data);
}
