/* SPDX-License-Identifier: ISC */
/*
 * Reference program: receives messages that contain one descriptor each, and makes the system calls that are necessary
 * to describe its file, but prints nothing.
 */
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Writes PREFIX, followed by the decimal digits of the number. */
static void
path_make(char *path, const char *prefix, int fd)
{
	char digits[12], *p = digits;

	while (*prefix != '\0')
		*path++ = *prefix++;
	do
		*p++ = (char)('0' + fd % 10);
	while ((fd /= 10) > 0);
	while (p > digits)
		*path++ = *--p;
	*path = '\0';
}

int
main(void)
{
	static char data[262144], text[4096], info[4096];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { data, sizeof(data) };
	struct msghdr hdr = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control };
	int proc = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC), fd, number = -1, link = -1, file = -1;
	struct statx st;
	char path[32];

	for (;;) {
		hdr.msg_controllen = sizeof(control);
		if (recvmsg(0, &hdr, MSG_CMSG_CLOEXEC) <= 0)
			return 0;
		fd = *(int *)CMSG_DATA(&control.align);
		/*
		 * The files in /proc are opened only once. A read returns the properties of the descriptor that has
		 * NUMBER at the time of the read, and each received descriptor gets the same number.
		 */
		if (fd != number) {
			path_make(path, "fd/", fd);
			link = openat(proc, path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
			path_make(path, "fdinfo/", fd);
			file = openat(proc, path, O_RDONLY | O_CLOEXEC);
			number = fd;
		}
		fcntl(fd, F_GETFD);
		fcntl(fd, F_GETFL);
		statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS | 0x1000, &st);
		readlinkat(link, "", text, sizeof(text));
		pread(file, info, sizeof(info), 0);
		close(fd);
	}
}
