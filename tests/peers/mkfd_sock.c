/* SPDX-License-Identifier: ISC */
/* Creates sockets in all states. */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "mkfd.h"

static int
make_socket(int family, int type, int protocol)
{
	return need(socket(family, type, protocol), "socket");
}

static int
loopback(int type, int protocol, struct sockaddr_in *sin)
{
	socklen_t length = sizeof(*sin);
	int fd = make_socket(AF_INET, type, protocol);

	memset(sin, 0, sizeof(*sin));
	sin->sin_family = AF_INET;
	sin->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	(void)need(bind(fd, (struct sockaddr *)sin, length), "bind");
	(void)need(getsockname(fd, (struct sockaddr *)sin, &length), "getsockname");
	return fd;
}

static int
make_tcp(const char *a)
{
	(void)a;
	return make_socket(AF_INET, SOCK_STREAM, 0);
}

static int
make_tcp_listen(const char *a)
{
	struct sockaddr_in sin;
	int fd = loopback(SOCK_STREAM, a != NULL ? IPPROTO_MPTCP : 0, &sin);

	(void)need(listen(fd, 7), "listen");
	return fd;
}

static int
make_tcp6_listen(const char *a)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	int fd = make_socket(AF_INET6, SOCK_STREAM, 0);

	(void)a;
	sin6.sin6_addr = in6addr_loopback;
	(void)need(bind(fd, (struct sockaddr *)&sin6, sizeof(sin6)), "bind");
	(void)need(listen(fd, 7), "listen");
	return fd;
}

/* If ARGUMENT is given, closes the other end of the connection. */
static int
make_tcp_connected(const char *a)
{
	struct sockaddr_in sin;
	int listener = loopback(SOCK_STREAM, 0, &sin), fd = make_socket(AF_INET, SOCK_STREAM, 0), other;

	(void)need(listen(listener, 1), "listen");
	(void)need(connect(fd, (struct sockaddr *)&sin, sizeof(sin)), "connect");
	other = need(accept(listener, NULL, NULL), "accept");
	(void)close(listener);
	if (a != NULL)
		(void)close(other);
	else {
		(void)need((int)write(other, "hello", 5), "write");
		(void)keep(other);
	}
	return fd;
}

static int
make_tcp_linger(const char *a)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 30 };
	int fd = make_tcp_connected(NULL);

	(void)a;
	(void)need(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), "SO_LINGER");
	return fd;
}

static int
make_udp(const char *a)
{
	(void)a;
	return make_socket(AF_INET, SOCK_DGRAM, 0);
}

static int
make_udp_bound(const char *a)
{
	struct sockaddr_in sin;

	(void)a;
	return loopback(SOCK_DGRAM, 0, &sin);
}

static int
make_raw(const char *a)
{
	(void)a;
	return make_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}

static int
make_unix(const char *a)
{
	(void)a;
	return make_socket(AF_UNIX, SOCK_STREAM, 0);
}

static int
make_unix_pair(const char *a)
{
	int ends[2];

	(void)need(socketpair(AF_UNIX, a != NULL ? SOCK_SEQPACKET : SOCK_STREAM, 0, ends), "socketpair");
	(void)keep(ends[1]);
	return ends[0];
}

/* Queues five bytes and two descriptors in the receive queue of the socket. */
static int
make_unix_loaded(const char *a)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(2 * sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = (char[]){ "hello" }, .iov_len = 5 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes)
	};
	const int fds[2] = { 0, 1 };
	int ends[2];

	(void)a;
	(void)need(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
	memset(&control, 0, sizeof(control));
	control.align.cmsg_level = SOL_SOCKET;
	control.align.cmsg_type = SCM_RIGHTS;
	control.align.cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(&control.align), fds, sizeof(fds));
	(void)need((int)sendmsg(ends[1], &msg, 0), "sendmsg");
	(void)keep(ends[1]);
	return ends[0];
}

static int
unix_bound(const char *name, size_t length, int type)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	int fd = make_socket(AF_UNIX, type, 0), rc, tries;

	memcpy(sun.sun_path, name, length);
	/* If another test uses the same abstract name, waits until that test has closed its socket. */
	for (tries = 0; (rc = bind(fd, (struct sockaddr *)&sun, size)) == -1 && errno == EADDRINUSE &&
	     name[0] == '\0' && tries < 1000;
	     tries++)
		(void)usleep(10000);
	(void)need(rc, name);
	return fd;
}

static int
make_unix_listen(const char *a)
{
	int fd = unix_bound(a, strlen(a) + 1, SOCK_STREAM);

	(void)need(listen(fd, 1), "listen");
	return fd;
}

static int
make_unix_dgram(const char *a)
{
	return unix_bound(a, strlen(a) + 1, SOCK_DGRAM);
}

/* Binds an abstract name that contains characters that must be escaped and ends with ARGUMENT, if given. */
static int
make_unix_abstract(const char *a)
{
	static const char start[] = "\0mkfd\0\n\033[31m\377\"";
	char name[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	size_t length = sizeof(start) - 1, more = a != NULL ? strlen(a) : 0;
	int fd;

	memcpy(name, start, length);
	if (more > sizeof(name) - length)
		more = sizeof(name) - length;
	memcpy(name + length, a != NULL ? a : "", more);
	fd = unix_bound(name, length + more, SOCK_SEQPACKET);
	(void)need(listen(fd, 1), "listen");
	return fd;
}

static int
make_netlink(const char *a)
{
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = make_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	if (a == NULL)
		(void)need(bind(fd, (struct sockaddr *)&nl, sizeof(nl)), "bind");
	return fd;
}

static int
make_packet(const char *a)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_ifindex = 1 };
	int fd = make_socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));

	(void)a;
	ll.sll_protocol = htons(ETH_P_ALL);
	(void)need(bind(fd, (struct sockaddr *)&ll, sizeof(ll)), "bind");
	return fd;
}

static int
make_vsock(const char *a)
{
	struct sockaddr_vm vm = { .svm_family = AF_VSOCK, .svm_port = VMADDR_PORT_ANY, .svm_cid = VMADDR_CID_ANY };
	int fd = make_socket(AF_VSOCK, SOCK_STREAM, 0);

	if (a != NULL) {
		(void)need(bind(fd, (struct sockaddr *)&vm, sizeof(vm)), "bind");
		(void)need(listen(fd, 1), "listen");
	}
	return fd;
}

static int
make_xdp(const char *a)
{
	(void)a;
	return make_socket(44 /* AF_XDP */, SOCK_RAW, 0);
}

const struct maker makers_sock[] = {
	{ "tcp", make_tcp },
	{ "tcp-listen", make_tcp_listen },
	{ "tcp6-listen", make_tcp6_listen },
	{ "tcp-connected", make_tcp_connected },
	{ "tcp-linger", make_tcp_linger },
	{ "udp", make_udp },
	{ "udp-bound", make_udp_bound },
	{ "raw", make_raw },
	{ "unix", make_unix },
	{ "unix-pair", make_unix_pair },
	{ "unix-loaded", make_unix_loaded },
	{ "unix-listen", make_unix_listen },
	{ "unix-dgram", make_unix_dgram },
	{ "unix-abstract", make_unix_abstract },
	{ "netlink", make_netlink },
	{ "packet", make_packet },
	{ "vsock", make_vsock },
	{ "xdp", make_xdp },
	{ NULL, NULL },
};
