/* SPDX-License-Identifier: ISC */
/* Sockets of all families. SO_ERROR is never queried, because querying SO_ERROR clears the pending error. */
#include <errno.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compat.h"
#include "inspect/interface.h"
#include "inspect/kind.h"
#include "inspect/unix_diag.h"

/* ioctl(2) requests from linux/sockios.h */
#define QUERY_INQ  0x541B
#define QUERY_OUTQ 0x5411

#define PROTOCOL_MPTCP 262

/* Constants from linux/if_packet.h and linux/netlink.h. */
#define SOL_PACKET_LEVEL	   263
#define PACKET_FANOUT_OPTION	   18
#define SOL_NETLINK_LEVEL	   270
#define NETLINK_MEMBERSHIPS_OPTION 9

/* TCP states, from include/net/tcp_states.h. */
enum { TCP_IS_SYN_SENT = 2, TCP_IS_SYN_RECV = 3, TCP_IS_FIN_WAIT1 = 4, TCP_IS_LAST_ACK = 9, TCP_IS_CLOSING = 11 };

/*
 * Returns true for a socket, including an O_PATH descriptor of a socket that was opened through its link in /proc.
 * Returns false for an O_PATH descriptor of a socket file in a file system.
 */
static bool
is_socket(const struct fd_facts *f)
{
	return f->has_stat && S_ISSOCK(f->st.mode) && (f->access != ACCESS_PATH || f->link[0] != '/');
}

static bool
option_int(int fd, int option, int *value)
{
	socklen_t length = sizeof(*value);

	return getsockopt(fd, SOL_SOCKET, option, value, &length) == 0 && length == sizeof(*value);
}

static bool
option_u64(int fd, int option, uint64_t *value)
{
	socklen_t length = sizeof(*value);

	return getsockopt(fd, SOL_SOCKET, option, value, &length) == 0 && length == sizeof(*value);
}

static bool
is_inet(const struct sock_facts *s)
{
	return s->domain == AF_INET || s->domain == AF_INET6;
}

static bool
is_tcp(const struct sock_facts *s)
{
	return is_inet(s) && s->type == SOCK_STREAM && (s->protocol == 0 || s->protocol == IPPROTO_TCP);
}

static bool
is_mptcp(const struct sock_facts *s)
{
	return is_inet(s) && s->type == SOCK_STREAM && s->protocol == PROTOCOL_MPTCP;
}

static bool
is_udp(const struct sock_facts *s)
{
	return is_inet(s) && s->type == SOCK_DGRAM && (s->protocol == IPPROTO_UDP || s->protocol == IPPROTO_UDPLITE);
}

static void
query_names(struct sock_facts *s)
{
	socklen_t length = sizeof(s->local);

	if (getsockname(s->fd, (struct sockaddr *)&s->local, &length) == 0)
		s->local_length = length;
	length = sizeof(s->peer);
	if (getpeername(s->fd, (struct sockaddr *)&s->peer, &length) == 0) {
		s->peer_length = length;
		s->is_connected = s->domain != AF_NETLINK || sock_address_is_set(&s->peer, length);
	}
}

/*
 * Reads struct tcp_info. The kernel may have a shorter or longer version of struct tcp_info. The versions differ only
 * in the members at the end.
 */
static void
query_tcp(struct sock_facts *s)
{
	struct tcp_info info;
	socklen_t length = sizeof(info);

	memset(&info, 0, sizeof(info));
	if (getsockopt(s->fd, IPPROTO_TCP, TCP_INFO, &info, &length) == -1)
		return;
	s->tcp_state = info.tcpi_state;
	if (s->listening && length >= offsetof(struct tcp_info, tcpi_lost)) {
		s->has_backlog = true;
		s->backlog_used = info.tcpi_unacked;
		s->backlog = info.tcpi_sacked;
	}
}

/*
 * Determines the address of the peer while a TCP connection is being established. Before the connection is established,
 * getpeername(2) fails with ENOTCONN, but SO_PEERNAME returns the address.
 */
static void
query_connecting(struct sock_facts *s)
{
	/* SO_PEERNAME fails with EINVAL if the buffer is larger than the address. */
	socklen_t length = s->domain == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);

	if (s->tcp_state != TCP_IS_SYN_SENT && s->tcp_state != TCP_IS_SYN_RECV)
		return;
	s->is_connecting = !s->is_connected;
	if (s->is_connecting && getsockopt(s->fd, SOL_SOCKET, SO_PEERNAME, &s->peer, &length) == 0)
		s->peer_length = length;
}

/*
 * Queries the number of bytes that can be read (for UDP, the size of the next datagram), and the number of sent bytes
 * that the other end has not acknowledged. TCP counts a SYN or FIN as one byte, so this byte is subtracted. AF_UNIX
 * reports the memory that unread messages use at the other end, not a number of bytes.
 */
static void
query_queues(struct sock_facts *s)
{
	bool counts = s->domain == AF_UNIX || is_tcp(s) || is_mptcp(s);
	int state = s->tcp_state;

	if (counts || is_udp(s))
		s->has_inq = ioctl(s->fd, QUERY_INQ, &s->inq) == 0;
	if (counts || is_udp(s))
		s->has_outq = ioctl(s->fd, QUERY_OUTQ, &s->outq) == 0;
	if (s->domain == AF_UNIX) {
		s->unread = s->has_outq && s->outq > 0;
		s->has_outq = false;
	} else if (is_udp(s))
		s->has_outq = false;
	else if (s->outq > 0 &&
	    (state == TCP_IS_SYN_SENT || state == TCP_IS_FIN_WAIT1 || state == TCP_IS_LAST_ACK ||
		state == TCP_IS_CLOSING))
		s->outq--;
}

/*
 * Determines with poll(2) whether the other end was closed or shut down. Must be called only for AF_UNIX sockets, for
 * which poll(2) takes no lock. For a datagram socket, poll(2) does not report that the other end was closed.
 */
static void
query_poll(struct sock_facts *s)
{
	short events = POLLRDHUP;

	if (!fd_poll_now(s->fd, &events))
		return;
	s->end_known = s->type != SOCK_DGRAM || (events & POLLHUP) != 0;
	s->hung_up = (events & POLLHUP) != 0;
	s->read_closed = (events & POLLRDHUP) != 0;
}

static void
query_type(struct sock_facts *s)
{
	s->has_domain = option_int(s->fd, SO_DOMAIN, &s->domain);
	s->has_type = option_int(s->fd, SO_TYPE, &s->type);
	s->has_protocol = option_int(s->fd, SO_PROTOCOL, &s->protocol);
}

/*
 * Returns true if query() cannot block, because the kernel reads addresses of the socket's family without the lock of
 * the socket. For other families, another process can hold the socket's lock indefinitely while it sends from memory
 * that is not present yet (userfaultfd).
 */
static bool
is_prompt(void *answers)
{
	struct sock_facts *s = answers;

	query_type(s);
	return s->domain == AF_UNIX || s->domain == AF_NETLINK || s->domain == AF_PACKET;
}

static void
query_socket(void *answers)
{
	struct sock_facts *s = answers;
	int listening = 0;

	s->has_listening = option_int(s->fd, SO_ACCEPTCONN, &listening);
	s->listening = s->has_listening && listening != 0;
	query_names(s);
	if (is_tcp(s) || (is_mptcp(s) && s->listening))
		query_tcp(s);
	query_connecting(s);
	if (!s->listening)
		query_queues(s);
	if (s->domain == AF_UNIX && s->is_connected)
		query_poll(s);
	s->answered = true;
	if (s->domain == AF_UNIX)
		peer_of_socket(s->fd, &s->credentials);
}

/*
 * Returns the cookie that identifies this process's network namespace, or 0 if the cookie is unknown. Queries the
 * cookie only once.
 */
static uint64_t
own_netns_cookie(void)
{
	/* The cookie is cached in a static variable, because fdpass never changes its own network namespace. */
	static uint64_t cookie;
	static bool done;
	int pair[2];

	if (done || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		return cookie;
	done = true;
	if (!option_u64(pair[0], SO_NETNS_COOKIE, &cookie))
		cookie = 0;
	(void)close(pair[0]);
	(void)close(pair[1]);
	return cookie;
}

/*
 * Determines the name of the network interface to which the socket is bound, by SO_BINDTODEVICE or by its packet(7)
 * address.
 */
static void
inspect_interface(struct sock_facts *s)
{
	struct sockaddr_ll *packet = (struct sockaddr_ll *)(void *)&s->local;
	socklen_t length = sizeof(s->interface);

	if (getsockopt(s->fd, SOL_SOCKET, SO_BINDTODEVICE, s->interface, &length) == 0 && s->interface[0] != '\0')
		return;
	s->interface[0] = '\0';
	if (s->domain == AF_PACKET && s->local_length >= offsetof(struct sockaddr_ll, sll_hatype))
		(void)interface_name(s->fd, (uint32_t)packet->sll_ifindex, s->interface);
}

static void
inspect_family(struct sock_facts *s)
{
	socklen_t length = sizeof(s->fanout);

	inspect_interface(s);
	if (s->domain == AF_PACKET)
		s->has_fanout = getsockopt(s->fd, SOL_PACKET_LEVEL, PACKET_FANOUT_OPTION, &s->fanout, &length) == 0 &&
		    s->fanout != 0;
	length = sizeof(s->groups);
	if (s->domain == AF_NETLINK &&
	    getsockopt(s->fd, SOL_NETLINK_LEVEL, NETLINK_MEMBERSHIPS_OPTION, s->groups, &length) == 0)
		s->group_words = (length < sizeof(s->groups) ? length : sizeof(s->groups)) / sizeof(s->groups[0]);
}

static void
inspect_options(struct sock_facts *s, bool brief)
{
	static const int options[SOCK_OPTIONS] = { [SOCK_REUSEADDR] = SO_REUSEADDR,
		[SOCK_REUSEPORT] = SO_REUSEPORT,
		[SOCK_KEEPALIVE] = SO_KEEPALIVE,
		[SOCK_BROADCAST] = SO_BROADCAST,
		[SOCK_OOBINLINE] = SO_OOBINLINE,
		[SOCK_PASSCRED] = SO_PASSCRED,
		[SOCK_PASSSEC] = SO_PASSSEC,
		[SOCK_PASSPIDFD] = SO_PASSPIDFD,
		[SOCK_PASSRIGHTS] = SO_PASSRIGHTS,
		[SOCK_RCVBUF] = SO_RCVBUF,
		[SOCK_SNDBUF] = SO_SNDBUF,
		[SOCK_MARK] = SO_MARK,
		[SOCK_PRIORITY] = SO_PRIORITY,
		[SOCK_BIND_INTERFACE] = SO_BINDTOIFINDEX };
	static const enum sock_option in_text[] = { SOCK_REUSEPORT, SOCK_MARK };
	size_t i, n = brief ? sizeof(in_text) / sizeof(in_text[0]) : SOCK_OPTIONS;
	socklen_t length = sizeof(s->linger);
	enum sock_option at;

	for (i = 0; i < n; i++) {
		at = brief ? in_text[i] : (enum sock_option)i;
		s->option_known[at] = option_int(s->fd, options[at], &s->option[at]);
	}
	s->has_linger = getsockopt(s->fd, SOL_SOCKET, SO_LINGER, &s->linger, &length) == 0;
	if (!brief)
		s->has_cookie = option_u64(s->fd, SO_COOKIE, &s->cookie);
}

/* Determines properties of AF_UNIX sockets that cannot be queried through the descriptor. */
static void
inspect_diag(const struct fd_facts *f, struct sock_facts *s)
{
	bool gone;

	if (s->listening)
		s->has_backlog = unix_diag_backlog(f->st.ino, &s->backlog_used, &s->backlog);
	else if (s->type == SOCK_DGRAM && s->is_connected && !s->end_known && unix_diag_peer_gone(f->st.ino, &gone)) {
		s->end_known = true;
		s->hung_up |= gone;
		s->read_closed |= gone;
	}
}

static void
inspect_socket(const struct fd_facts *f, struct fd_details *d)
{
	struct sock_facts *s = &d->as.sock;

	/* All queries fail for O_PATH descriptors. */
	if (f->access == ACCESS_PATH)
		return;
	if (!s->has_domain)
		query_type(s);
	/* The options that text output shows have no effect on AF_UNIX sockets. */
	if (!d->brief || s->domain != AF_UNIX) {
		inspect_options(s, d->brief);
		inspect_family(s);
	}
	s->has_netns_cookie = option_u64(s->fd, SO_NETNS_COOKIE, &s->netns_cookie);
	s->netns_known = s->has_netns_cookie && own_netns_cookie() != 0;
	if (s->credentials.known)
		s->peer_ids = idmap_ids(s->credentials.uid, s->credentials.gid);
	s->own_netns = s->netns_known && s->netns_cookie == own_netns_cookie();
	if (s->domain == AF_UNIX && s->own_netns)
		inspect_diag(f, s);
}

const struct fd_kind kinds_sock[] = {
	{ .word = "socket",
	    .noun = "socket",
	    .is = is_socket,
	    .flags = KIND_INODE | KIND_INFO,
	    .id = FD_SOCKET,
	    .inspect = inspect_socket,
	    .query = query_socket,
	    .prompt = is_prompt },
	{ 0 },
};
