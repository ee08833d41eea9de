/* SPDX-License-Identifier: ISC */
/*
 * Reference program: a descriptor store that makes only the necessary system calls and expects correct requests. It has
 * no limits, names or permissions, and does not poll descriptors. ref_hold PATH stream|dgram
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int fds[65536];
static int count;

static struct {
	struct cmsghdr header;
	int fd;
} control;

/* Returns the received descriptor, or -1. */
static int
receive(int from, char *text, size_t size)
{
	struct iovec iov = { text, size - 1 };
	struct msghdr hdr = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_SPACE(sizeof(int))
	};
	ssize_t n = recvmsg(from, &hdr, MSG_CMSG_CLOEXEC);

	text[n > 0 ? n : 0] = '\0';
	return hdr.msg_controllen > 0 ? control.fd : -1;
}

static void
send_last(int to)
{
	static char text[] = "LISTEN_FDNAMES=x\n";
	struct iovec iov = { text, sizeof(text) - 1 };
	struct msghdr hdr = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_SPACE(sizeof(int))
	};

	control.header = (struct cmsghdr){
		.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS
	};
	control.fd = fds[--count];
	sendmsg(to, &hdr, 0);
	close(fds[count]);
}

static void
list(int to)
{
	static char answer[65536 * 64];
	char path[64], link[64];
	struct stat st;
	size_t used = 0;
	ssize_t n;
	int i;

	for (i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[i]);
		n = readlink(path, link, sizeof(link) - 1);
		link[n > 0 ? n : 0] = '\0';
		fstat(fds[i], &st);
		used += (size_t)snprintf(answer + used, 64, "{\"fd\":%d,\"link\":\"%.24s\"}\n", fds[i], link);
	}
	while (used > 0 && (n = write(to, answer, used)) > 0)
		used -= (size_t)n;
}

static void
serve(int client)
{
	char text[4096];
	int fd = receive(client, text, sizeof(text));

	if (fd != -1) {
		fds[count++] = fd;
		send(client, "ERRNO=0\n", 8, 0);
	} else if (strncmp(text, "FDTAKE", 6) == 0)
		send_last(client);
	else
		list(client);
	close(client);
}

int
main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int type = strcmp(argv[2], "stream") == 0 ? SOCK_STREAM : SOCK_DGRAM;
	int bound = socket(AF_UNIX, type | SOCK_CLOEXEC, 0), fd;
	char text[4096];

	(void)argc;
	strcpy(address.sun_path, argv[1]);
	bind(bound, (struct sockaddr *)&address, sizeof(address));
	if (type == SOCK_STREAM) {
		listen(bound, 4096);
		for (;;)
			serve(accept4(bound, NULL, NULL, SOCK_CLOEXEC));
	}
	for (;;) {
		fd = receive(bound, text, sizeof(text));
		if (strncmp(text, "FDSTORE", 7) == 0)
			fds[count++] = fd;
		else
			close(fd);
	}
}
