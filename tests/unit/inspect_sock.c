/* SPDX-License-Identifier: ISC */
/*
 * Tests of the properties of sockets, compared with the values that the test has set, and of the lengths of control
 * messages.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/if_packet.h>
#include <linux/netlink.h>

#include "base/compat.h"
#include "base/helper.h"
#include "inspect/kind.h"
#include "inspect/message.h"
#include "inspect/unix_diag.h"
#include "must.h"
#include "tap.h"

static struct fd_facts facts;
static struct fd_details details;

/* Returns the properties of the socket FD. The result is valid until the next call of this function. */
static const struct sock_facts *
inspect(int fd, bool brief)
{
	fd_probe(fd, &facts);
	memset(&details, 0xff, sizeof(details));
	fd_inspect(&facts, brief, FDINFO_LIMIT, &details);
	fd_details_free(&details);
	return &details.as.sock;
}

/* Returns true if the kernel answers sock_diag(7) queries about AF_UNIX sockets. */
static bool
have_diag(int fd)
{
	int netlink = unix_diag_open();
	uint64_t peer;
	bool have;

	fd_probe(fd, &facts);
	have = unix_diag_peer(netlink, facts.st.ino, &peer);
	if (netlink != -1)
		(void)close(netlink);
	return have;
}

static int
tcp_socket(bool listens, struct sockaddr_in *address)
{
	socklen_t length = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (listens) {
		*address = (struct sockaddr_in){ .sin_family = AF_INET };
		(void)inet_pton(AF_INET, "127.0.0.1", &address->sin_addr);
		must(bind(fd, (struct sockaddr *)address, length) == 0 && listen(fd, 7) == 0);
		must(getsockname(fd, (struct sockaddr *)address, &length) == 0);
	} else
		must(connect(fd, (struct sockaddr *)address, length) == 0);
	return fd;
}

static void
test_tcp(void)
{
	struct sockaddr_in address;
	socklen_t length = sizeof(address);
	int listener = tcp_socket(true, &address), client = tcp_socket(false, &address), other, server;
	const struct sock_facts *s = inspect(listener, false);

	ok(s->has_domain && s->domain == AF_INET && s->has_type && s->type == SOCK_STREAM && s->has_protocol &&
		s->protocol == IPPROTO_TCP,
	    "the domain, type and protocol of a listening socket are known");
	ok(s->answered && s->has_listening && s->listening && !s->is_connected && !s->is_connecting,
	    "a listener listens");
	ok(s->has_backlog && s->backlog == 7 && s->backlog_used == 1,
	    "one connection is in the queue of a listening socket");
	ok(!s->has_inq && !s->has_outq && s->inq == 0 && s->outq == 0, "a listening socket has no data");
	ok(s->local_length == sizeof(address) && memcmp(&s->local, &address, sizeof(address)) == 0 &&
		s->peer_length == 0,
	    "a listening socket has an address, but no peer");
	other = tcp_socket(false, &address);
	is_int(inspect(listener, false)->backlog_used, 2, "two connections are in the queue of a listening socket");
	server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	must(server != -1 && send(client, "abc", 3, 0) == 3);
	must(recv(server, &address, 3, MSG_PEEK | MSG_WAITALL) == 3);
	s = inspect(server, false);
	ok(s->has_inq && s->inq == 3 && s->has_outq && s->outq == 0,
	    "three bytes are in the receive queue of a TCP socket");
	ok(!s->listening && s->has_listening && s->is_connected && !s->is_connecting && !s->has_backlog,
	    "it is connected");
	must(getsockname(client, (struct sockaddr *)&address, &length) == 0);
	ok(s->peer_length == sizeof(address) && memcmp(&s->peer, &address, sizeof(address)) == 0,
	    "the peer address of an accepted connection is the client's address");
	ok(!s->unread && !s->end_known && !s->hung_up && !s->read_closed,
	    "the state of the other end of a TCP connection is unknown");
	ok(s->netns_known && s->own_netns && s->has_netns_cookie,
	    "the socket belongs to the network namespace of this process");
	(void)close(server);
	(void)close(other);
	(void)close(client);
	(void)close(listener);
}

/* A connection to a listening socket whose queue is full must be reported as not established yet. */
static void
test_connecting(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), clients[4], i;
	const struct sock_facts *s;

	(void)inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
	must(bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 0) == 0);
	must(getsockname(listener, (struct sockaddr *)&address, &length) == 0);
	for (i = 0; i < 4; i++) {
		clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		(void)connect(clients[i], (struct sockaddr *)&address, length);
	}
	s = inspect(clients[3], false);
	if (s->tcp_state == 2) {
		ok(s->is_connecting && !s->is_connected,
		    "a socket whose connection is being established is reported as connecting");
		ok(s->peer_length == length && memcmp(&s->peer, &address, length) == 0,
		    "the peer address of a connecting socket is known");
		is_int(s->outq, 0, "the SYN of a connecting socket is not counted as data");
	} else
		skip("the connection was established immediately",
		    "a socket whose connection is being established is reported as connecting");
	for (i = 0; i < 4; i++)
		(void)close(clients[i]);
	(void)close(listener);
}

static void
test_options(void)
{
	static const struct {
		enum sock_option at;
		int option, value;
	} table[] = {
		{ SOCK_REUSEADDR, SO_REUSEADDR, 1 },
		{ SOCK_REUSEPORT, SO_REUSEPORT, 1 },
		{ SOCK_KEEPALIVE, SO_KEEPALIVE, 1 },
		{ SOCK_BROADCAST, SO_BROADCAST, 1 },
		{ SOCK_OOBINLINE, SO_OOBINLINE, 1 },
		{ SOCK_PRIORITY, SO_PRIORITY, 3 },
	};
	struct linger linger = { 1, 9 };
	const struct sock_facts *s;
	size_t i, set;
	int fd, got;
	socklen_t length;

	for (set = 0; set < sizeof(table) / sizeof(table[0]); set++) {
		fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		must(setsockopt(fd, SOL_SOCKET, table[set].option, &table[set].value, sizeof(int)) == 0);
		s = inspect(fd, false);
		for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
			is_int(s->option_known[table[i].at] ? s->option[table[i].at] : -1,
			    i == set ? table[i].value : 0, "option %zu if option %zu is set", i, set);
		ok(s->has_linger && s->linger.l_onoff == 0, "SO_LINGER is not set");
		(void)close(fd);
	}
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) == 0);
	s = inspect(fd, false);
	ok(s->has_linger && s->linger.l_onoff == 1 && s->linger.l_linger == 9, "SO_LINGER is set");
	for (i = 0; i < 2; i++) {
		length = sizeof(got);
		must(getsockopt(fd, SOL_SOCKET, i == 0 ? SO_RCVBUF : SO_SNDBUF, &got, &length) == 0);
		is_int(s->option[i == 0 ? SOCK_RCVBUF : SOCK_SNDBUF], got,
		    "the size of socket buffer %zu is the one that the kernel reports", i);
	}
	ok(s->has_cookie && s->cookie != 0 && s->option_known[SOCK_BIND_INTERFACE] &&
		s->option[SOCK_BIND_INTERFACE] == 0,
	    "the cookie of a socket that is not bound to an interface is known");
	is_str(s->interface, "", "a socket that is not bound to an interface has no interface name");
	s = inspect(fd, true);
	ok(s->option_known[SOCK_REUSEPORT] && s->option_known[SOCK_MARK] && !s->option_known[SOCK_REUSEADDR] &&
		!s->option_known[SOCK_RCVBUF] && !s->option_known[SOCK_BIND_INTERFACE] && !s->has_cookie,
	    "for text output, only some options are queried");
	(void)close(fd);
}

static void
test_unix(void)
{
	int pair[2], dgram[2], listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t length = sizeof(address);
	const struct sock_facts *s;
	bool diag;

	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	diag = have_diag(pair[0]);
	s = inspect(pair[0], false);
	ok(s->is_connected && s->end_known && !s->hung_up && !s->read_closed && !s->unread,
	    "the other end of a connected AF_UNIX socket is reported as open");
	ok(s->has_inq && s->inq == 0 && !s->has_outq, "the queues of a connected AF_UNIX socket contain no data");
	ok(s->credentials.known && s->credentials.uid == geteuid() && s->credentials.gid == getegid() &&
		s->credentials.pid == getpid() && s->peer_ids == ID_MAPPED,
	    "the peer credentials of a socket pair are those of this process");
	ok(s->local_length == sizeof(sa_family_t) && s->peer_length == sizeof(sa_family_t),
	    "the sockets of a socket pair have no names");
	must(send(pair[0], "abcd", 4, 0) == 4 && shutdown(pair[0], SHUT_WR) == 0);
	ok(inspect(pair[0], false)->unread, "unread data at the other end is reported");
	s = inspect(pair[1], false);
	ok(s->inq == 4 && s->end_known && s->read_closed && !s->hung_up && !s->unread,
	    "a shutdown of the other end is reported");
	(void)close(pair[0]);
	s = inspect(pair[1], true);
	ok(s->end_known && s->read_closed && s->hung_up, "a close of the other end is reported");
	(void)close(pair[1]);
	must(bind(listener, (struct sockaddr *)&address, sizeof(sa_family_t)) == 0 && listen(listener, 3) == 0);
	must(getsockname(listener, (struct sockaddr *)&address, &length) == 0);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(connect(fd, (struct sockaddr *)&address, length) == 0);
	s = inspect(listener, false);
	ok(s->listening && !s->is_connected && s->local_length == length && memcmp(&s->local, &address, length) == 0,
	    "a listening AF_UNIX socket has a name");
	if (diag)
		ok(s->has_backlog && s->backlog == 3 && s->backlog_used == 1,
		    "one connection is in the queue of a listening AF_UNIX socket");
	else
		skip("unix_diag is not available", "one connection is in the queue of a listening AF_UNIX socket");
	(void)close(fd);
	(void)close(listener);
	must(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, dgram) == 0);
	s = inspect(dgram[0], false);
	ok(s->is_connected && !s->hung_up && !s->read_closed, "the other end of a datagram socket is reported as open");
	(void)close(dgram[1]);
	s = inspect(dgram[0], false);
	if (diag)
		ok(s->end_known && s->hung_up && s->read_closed,
		    "a close of the other end of a datagram socket is reported");
	else
		skip("unix_diag is not available", "a close of the other end of a datagram socket is reported");
	(void)close(dgram[0]);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	/*
	 * The AF_UNIX address contains an interface number at the offset at which the address of a packet socket
	 * contains it.
	 */
	memset(&address.sun_path, 0, sizeof(address.sun_path));
	(void)snprintf(address.sun_path + 6, sizeof(address.sun_path) - 6, "fdpass-%d", (int)getpid());
	memcpy((char *)&address + offsetof(struct sockaddr_ll, sll_ifindex), &(int){ 1 }, sizeof(int));
	must(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	is_str(inspect(fd, false)->interface, "", "only packet sockets have an interface in their address");
	(void)close(fd);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	s = inspect(fd, false);
	ok(!s->is_connected && s->peer_length == 0 && !s->end_known && !s->credentials.known,
	    "a new socket has no peer");
	(void)close(fd);
}

static void
test_others(void)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK, .nl_groups = 5 };
	struct sockaddr_in any = { .sin_family = AF_INET };
	int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), udp, path;
	socklen_t length = sizeof(any);
	const struct sock_facts *s;
	char name[64];

	must(netlink != -1 && bind(netlink, (struct sockaddr *)&kernel, sizeof(kernel)) == 0);
	s = inspect(netlink, false);
	ok(!s->is_connected && s->domain == AF_NETLINK && s->group_words > 0 && s->groups[0] == 5 && !s->has_inq &&
		!s->has_outq && !s->has_fanout,
	    "the groups of a netlink socket are known");
	(void)close(netlink);
	udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	(void)inet_pton(AF_INET, "127.0.0.1", &any.sin_addr);
	must(bind(udp, (struct sockaddr *)&any, sizeof(any)) == 0);
	must(getsockname(udp, (struct sockaddr *)&any, &length) == 0);
	must(connect(udp, (struct sockaddr *)&any, sizeof(any)) == 0 && send(udp, "12345", 5, 0) == 5);
	must(recv(udp, name, 5, MSG_PEEK) == 5);
	s = inspect(udp, false);
	ok(s->has_inq && s->inq == 5 && !s->has_outq && s->is_connected && s->group_words == 0 && s->tcp_state == 0,
	    "the size of the next datagram, five bytes, is reported");
	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", udp);
	path = open(name, O_PATH | O_CLOEXEC);
	s = inspect(path, false);
	ok(!s->has_domain && !s->answered && !s->has_netns_cookie && !s->has_linger,
	    "for an O_PATH descriptor of a socket, nothing is queried");
	is_str(fd_kind_word(&facts), "socket", "an O_PATH descriptor of a socket has the kind socket");
	(void)close(path);
	(void)close(udp);
}

/*
 * Tests a socket that belongs to another network namespace. fdpass queries the cookie of its own network namespace only
 * once, so this test runs first.
 */
static void
test_namespace(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), status = -1;
	const struct sock_facts *s;
	pid_t pid = fork();

	if (pid == 0) {
		if (unshare(CLONE_NEWNET) == -1 && unshare(CLONE_NEWUSER | CLONE_NEWNET) == -1)
			_exit(77);
		s = inspect(fd, false);
		if (!s->netns_known)
			_exit(77);
		if (s->own_netns)
			_exit(1);
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		_exit(inspect(fd, true)->own_netns ? 0 : 2);
	}
	must(waitpid(pid, &status, 0) == pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip("network namespaces cannot be created here", "a socket of another network namespace");
	else
		is_int(status, 0, "a socket of another network namespace is detected");
	(void)close(fd);
}

/* Control messages whose data has a fixed length. The lengths are those of the structures in Linux. */
static const struct length {
	int level, type, family;
	size_t length, also;
} lengths[] = {
	{ SOL_SOCKET, SCM_CREDENTIALS, AF_UNIX, sizeof(struct ucred), 0 },
	{ SOL_SOCKET, SCM_PIDFD, AF_UNIX, sizeof(int), 0 },
	{ SOL_SOCKET, SO_INQ, AF_UNIX, sizeof(int), 0 },
	{ SOL_SOCKET, SO_RXQ_OVFL, AF_INET, 4, 0 },
	{ SOL_SOCKET, SO_MARK, AF_INET, 4, 0 },
	{ SOL_SOCKET, SO_PRIORITY, AF_INET, 4, 0 },
	{ SOL_SOCKET, SO_WIFI_STATUS, AF_INET, 4, 0 },
	{ SOL_SOCKET, SO_TXTIME, AF_INET, 8, 0 },
	{ 0, 8, AF_INET, sizeof(struct in_pktinfo), 0 },
	{ 0, 2, AF_INET, 4, 0 },
	{ 0, 1, AF_INET, 1, 0 },
	{ 0, 11, AF_INET, 32, 16 },
	{ 0, 20, AF_INET, sizeof(struct sockaddr_in), 0 },
	{ 0, 23, AF_INET, 4, 0 },
	{ 0, 25, AF_INET, 4, 0 },
	{ 41, 50, AF_INET6, 20, 0 },
	{ 41, 52, AF_INET6, 4, 0 },
	{ 41, 67, AF_INET6, 4, 0 },
	{ 41, 25, AF_INET6, 44, 16 },
	{ 41, 74, AF_INET6, sizeof(struct sockaddr_in6), 0 },
	{ 41, 77, AF_INET6, 4, 0 },
	{ 41, 61, AF_INET6, 32, 0 },
	{ 41, 11, AF_INET6, 4, 0 },
	{ 41, 2, AF_INET6, 20, 0 },
	{ 41, 8, AF_INET6, 4, 0 },
	{ 263, 8, AF_PACKET, 20, 0 },
	{ 263, 16, AF_PACKET, 16, 0 },
	{ 270, 3, AF_NETLINK, 4, 0 },
	{ 270, 8, AF_NETLINK, 4, 0 },
	{ 268, 9, AF_LLC, 12, 0 },
	{ 101, 1, AF_CAN, 16, 0 },
	{ 107, 1, AF_CAN, 1, 0 },
	{ 107, 2, AF_CAN, 8, 0 },
	{ 107, 3, AF_CAN, 1, 0 },
	{ 107, 4, AF_CAN, 16, 0 },
	{ 274, 3, AF_BLUETOOTH, 1, 0 },
	{ 274, 4, AF_BLUETOOTH, 16, 0 },
	{ 274, 5, AF_BLUETOOTH, 2, 0 },
	{ 6, 36, AF_INET, 4, 0 },
	{ 17, 104, AF_INET, 4, 0 },
	{ 132, 1, AF_INET, 32, 0 },
	{ 132, 3, AF_INET, 28, 0 },
	{ 132, 4, AF_INET, 16, 0 },
	{ 282, 2, AF_INET, 1, 0 },
	{ 271, 1, AF_TIPC, 8, 0 },
	{ 271, 3, AF_TIPC, 12, 0 },
	{ 272, 2, AF_RXRPC, 4, 0 },
	{ 272, 5, AF_RXRPC, 4, 0 },
	{ 272, 7, AF_RXRPC, 4, 0 },
	{ 272, 15, AF_RXRPC, 8, 0 },
	{ 272, 16, AF_RXRPC, 8, 4 },
	{ 276, 2, AF_RDS, 8, 0 },
	{ 276, 4, AF_RDS, 16, 12 },
	{ 276, 5, AF_RDS, 8, 0 },
	{ 276, 11, AF_RDS, 32, 28 },
	{ 276, 13, AF_RDS, 36, 0 },
	{ 277, 1, AF_IUCV, 4, 0 },
	{ 287, 1, AF_VSOCK, 16, 0 },
	{ 0, 1, AF_BLUETOOTH, 4, 0 },
	{ 0, 3, AF_IEEE802154, 1, 0 },
};

/* The expected length must not depend on the received length, unless a second length is valid, too. */
static void
test_lengths(void)
{
	static const unsigned char extension[] = { 0, 2 };
	const struct length *l;
	size_t i, n, wanted, wrong;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		l = &lengths[i];
		for (n = wrong = 0; n < 64; n++) {
			wanted = l->also != 0 && n == l->also ? l->also : l->length;
			wrong += cmsg_whole_length(l->level, l->type, l->family, extension, n, true) != wanted;
			wrong += cmsg_whole_length(l->level, l->type, l->family, extension, n, false) != l->length;
		}
		is_int((intmax_t)wrong, 0, "type %d of level %d has the expected length", l->type, l->level);
	}
	is_int(
	    (intmax_t)cmsg_whole_length(41, 54, AF_INET6, extension, 2, true), 24, "the length of an extension header");
	is_int(
	    (intmax_t)cmsg_whole_length(41, 54, AF_INET6, extension, 1, true), 2, "an extension header without length");
	is_int(
	    (intmax_t)cmsg_whole_length(41, 54, AF_UNIX, extension, 2, true), 0, "extension headers of other families");
	is_int((intmax_t)cmsg_whole_length(SOL_SOCKET, SCM_RIGHTS, AF_UNIX, extension, 2, true), 0,
	    "the length of SCM_RIGHTS is variable");
	ok(cmsg_family_fits(FAMILY_INET, AF_INET) && cmsg_family_fits(FAMILY_INET, AF_INET6) &&
		cmsg_family_fits(FAMILY_INET, AF_SMC) && cmsg_family_fits(FAMILY_INET, AF_RDS) &&
		!cmsg_family_fits(FAMILY_INET, AF_UNIX) && cmsg_family_fits(AF_UNSPEC, AF_UNIX) &&
		cmsg_family_fits(AF_UNIX, AF_UNIX) && !cmsg_family_fits(AF_UNIX, AF_INET),
	    "families of levels");
}

int
main(void)
{
	struct rlimit limit;

	/* With a low limit on open files, no netlink socket is kept open for queries. */
	must(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = limit.rlim_max < 1024 ? limit.rlim_max : 1024;
	must(limit.rlim_cur >= 512 && setrlimit(RLIMIT_NOFILE, &limit) == 0);
	test_namespace();
	fd_prepare();
	test_tcp();
	test_connecting();
	test_options();
	test_unix();
	test_others();
	test_lengths();
	helper_exit();
	return tap_done();
}
