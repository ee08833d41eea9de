/* SPDX-License-Identifier: ISC */
/* Sockets of every family. SO_ERROR is never asked: asking clears it. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/compat.h"
#include "inspect/kind.h"

/* linux/sockios.h */
#define QUERY_INQ  0x541B
#define QUERY_OUTQ 0x5411

static bool
is_socket(const struct fd_facts *f)
{
	return f->has_stat && S_ISSOCK(f->st.mode) && f->access != ACCESS_PATH;
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
is_tcp(const struct sock_facts *s)
{
	return (s->domain == AF_INET || s->domain == AF_INET6) && s->type == SOCK_STREAM &&
	    (s->protocol == 0 || s->protocol == IPPROTO_TCP);
}

bool
sock_address_is_set(const struct sockaddr_storage *address, socklen_t length)
{
	static const unsigned char zeros[sizeof(struct sockaddr_storage)];
	static const unsigned char vsock_any[8] = { 255, 255, 255, 255, 255, 255, 255, 255 };
	size_t start = sizeof(address->ss_family);

	if (length <= start)
		return false;
	if (address->ss_family == AF_UNIX)
		return true;
	if (address->ss_family == AF_VSOCK &&
	    memcmp((const unsigned char *)address + 4, vsock_any, sizeof(vsock_any)) == 0)
		return false;
	return memcmp((const unsigned char *)address + start, zeros, length - start) != 0;
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

/* The head of struct tcp_info, which only ever grew at its end. */
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

static void
query_type(struct sock_facts *s)
{
	s->has_domain = option_int(s->fd, SO_DOMAIN, &s->domain);
	s->has_type = option_int(s->fd, SO_TYPE, &s->type);
	s->has_protocol = option_int(s->fd, SO_PROTOCOL, &s->protocol);
}

/* Names of these families are read without the socket's lock, which a process holds while it sends from memory that is not
 * there yet (userfaultfd). */
static bool
is_prompt(const struct fd_facts *f)
{
	int domain = AF_UNSPEC;

	(void)option_int(f->fd, SO_DOMAIN, &domain);
	return domain == AF_UNIX || domain == AF_NETLINK || domain == AF_PACKET;
}

static void
query_socket(void *answers)
{
	struct sock_facts *s = answers;
	socklen_t length = sizeof(s->credentials);
	int listening = 0;

	query_type(s);
	s->has_listening = option_int(s->fd, SO_ACCEPTCONN, &listening);
	s->listening = s->has_listening && listening != 0;
	query_names(s);
	if (is_tcp(s))
		query_tcp(s);
	if ((s->domain == AF_UNIX || is_tcp(s)) && !s->listening) {
		s->has_inq = ioctl(s->fd, QUERY_INQ, &s->inq) == 0;
		s->has_outq = ioctl(s->fd, QUERY_OUTQ, &s->outq) == 0;
	}
	s->answered = true;
	/* A socket without a peer has credentials without a process and with impossible ids. */
	s->has_credentials = s->domain == AF_UNIX &&
	    getsockopt(s->fd, SOL_SOCKET, SO_PEERCRED, &s->credentials, &length) == 0 &&
	    length == sizeof(s->credentials) && s->credentials.uid != (uid_t)-1;
}

static void
inspect_socket(const struct fd_facts *f, struct fd_details *d)
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
	struct sock_facts *s = &d->as.sock;
	socklen_t length = sizeof(s->linger);
	size_t i;

	if (!s->has_domain)
		query_type(s);
	for (i = 0; i < SOCK_OPTIONS; i++)
		s->option_known[i] = option_int(f->fd, options[i], &s->option[i]);
	s->has_linger = getsockopt(f->fd, SOL_SOCKET, SO_LINGER, &s->linger, &length) == 0;
	s->has_cookie = option_u64(f->fd, SO_COOKIE, &s->cookie);
	s->has_netns_cookie = option_u64(f->fd, SO_NETNS_COOKIE, &s->netns_cookie);
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
