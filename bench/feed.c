/* SPDX-License-Identifier: ISC */
/* Functions for the peer of the measured programs: send messages, listen and connect. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define SIZE_MAX_FED 65536
#define ROOM	     1000000000
#define TIME_LIMIT   30.0

static char data[SIZE_MAX_FED];

/* Sends one message. Returns false with errno on failure. */
static bool
send_one(int fd, size_t size, int file, int flags)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .align = {
			  .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS } };
	struct iovec iov = { data, size };
	struct msghdr hdr = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (file != -1) {
		memcpy(CMSG_DATA(&control.align), &file, sizeof(file));
		hdr.msg_control = &control;
		hdr.msg_controllen = sizeof(control);
	}
	do
		n = sendmsg(fd, &hdr, flags | MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n == (ssize_t)size;
}

bool
feed_send(int fd, size_t count, size_t size, int file)
{
	const struct timespec moment = { 0, 100000 };

	if (data[0] == '\0')
		memset(data, 'x', sizeof(data));
	while (count > 0)
		if (send_one(fd, size, file, 0))
			count--;
		else if (errno == ETOOMANYREFS)
			(void)nanosleep(&moment, NULL);
		else
			return false;
	return true;
}

size_t
feed_fill(int fd, size_t count, size_t size, int file)
{
	size_t i;

	if (data[0] == '\0')
		memset(data, 'x', sizeof(data));
	for (i = 0; i < count; i++)
		if (!send_one(fd, size, file, MSG_DONTWAIT))
			break;
	return i;
}

int
feed_file(void)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/file", work_path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	return fd != -1 && ftruncate(fd, 4096) == 0 ? fd : -1;
}

void
feed_widen(int fd)
{
	int room = ROOM;

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) == -1)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
}

int
connect_to(const char *path)
{
	const struct timespec moment = { 0, 200000 };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	double until = now() + TIME_LIMIT;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	while (connect(fd, (struct sockaddr *)&address, sizeof(address)) == -1) {
		if (now() > until) {
			(void)close(fd);
			return -1;
		}
		(void)nanosleep(&moment, NULL);
	}
	return fd;
}

int
listen_on(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	(void)unlink(path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1 || listen(fd, 4096) == -1) {
		(void)close(fd);
		return -1;
	}
	return fd;
}
