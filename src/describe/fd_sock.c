/* SPDX-License-Identifier: ISC */
/* Sockets of every family. SO_ERROR is never asked: asking clears it. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/compat.h"
#include "describe/kind.h"
#include "describe/names.h"
#include "describe/text_only.h"
#include "describe/sockaddr.h"

/* linux/sockios.h */
#define REQUEST_INQ 0x541B
#define QUERY_OUTQ  0x5411

struct sock {
	int fd;
	bool answered;
	bool has_domain, has_type, has_protocol, is_connected;
	int domain, type, protocol;
	bool has_listening, listening;
	int tcp_state; /* 0: unknown */
	bool has_backlog;
	uint32_t backlog, backlog_used;
	bool has_inq, has_outq;
	int inq, outq;
	socklen_t local_length, peer_length; /* 0: unknown or none */
	struct sockaddr_storage local, peer;
	bool has_credentials;
	struct ucred credentials;
};

_Static_assert(sizeof(struct sock) <= ANSWERS_SIZE, "answers have room");

static bool
is_socket(const struct fd_facts *f)
{
	return f->has_stat && S_ISSOCK(f->st.mode) && f->access != ACCESS_PATH;
}

static bool
option_int(int fd, int level, int option, int *value)
{
	socklen_t length = sizeof(*value);

	return getsockopt(fd, level, option, value, &length) == 0 && length == sizeof(*value);
}

static void
describe_cookie(struct emit *e, const char *key, int fd, int option)
{
	uint64_t value = 0;
	socklen_t length = sizeof(value);
	bool known = getsockopt(fd, SOL_SOCKET, option, &value, &length) == 0 && length == sizeof(value);

	describe_number(e, key, NULL, known, value);
}

static void
sock_query_type(struct sock *s)
{
	s->has_domain = option_int(s->fd, SOL_SOCKET, SO_DOMAIN, &s->domain);
	s->has_type = option_int(s->fd, SOL_SOCKET, SO_TYPE, &s->type);
	s->has_protocol = option_int(s->fd, SOL_SOCKET, SO_PROTOCOL, &s->protocol);
}

static bool
sock_is_tcp(const struct sock *s)
{
	return (s->domain == AF_INET || s->domain == AF_INET6) && s->type == SOCK_STREAM &&
	    (s->protocol == 0 || s->protocol == IPPROTO_TCP);
}

/*
 * True if an address is worth saying: a unix socket without a name has none, and an unbound one of inet is all zeros.
 */
static bool
address_speaks(const struct sockaddr_storage *address, socklen_t length)
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
sock_query_names(struct sock *s)
{
	socklen_t length = sizeof(s->local);

	if (getsockname(s->fd, (struct sockaddr *)&s->local, &length) == 0)
		s->local_length = length;
	length = sizeof(s->peer);
	if (getpeername(s->fd, (struct sockaddr *)&s->peer, &length) == 0) {
		s->peer_length = length;
		s->is_connected = s->domain != AF_NETLINK || address_speaks(&s->peer, length);
	}
}

/* The head of struct tcp_info, which only ever grew at its end. */
static void
sock_query_tcp(struct sock *s)
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
 * Where no name needs the lock of the socket, which whoever sends from memory that does not come holds all the while.
 */
static bool
is_prompt(const struct fd_facts *f)
{
	int domain = AF_UNSPEC;

	(void)option_int(f->fd, SOL_SOCKET, SO_DOMAIN, &domain);
	return domain == AF_UNIX || domain == AF_NETLINK || domain == AF_PACKET;
}

static void
sock_query(void *answers)
{
	struct sock *s = answers;
	socklen_t length = sizeof(s->credentials);
	int listening = 0;

	sock_query_type(s);
	s->has_listening = option_int(s->fd, SOL_SOCKET, SO_ACCEPTCONN, &listening);
	s->listening = s->has_listening && listening != 0;
	sock_query_names(s);
	if (sock_is_tcp(s))
		sock_query_tcp(s);
	if ((s->domain == AF_UNIX || sock_is_tcp(s)) && !s->listening) {
		s->has_inq = ioctl(s->fd, REQUEST_INQ, &s->inq) == 0;
		s->has_outq = ioctl(s->fd, QUERY_OUTQ, &s->outq) == 0;
	}
	/* What has no peer has credentials without a process and with impossible ids. */
	s->answered = true;
	s->has_credentials = s->domain == AF_UNIX &&
	    getsockopt(s->fd, SOL_SOCKET, SO_PEERCRED, &s->credentials, &length) == 0 &&
	    length == sizeof(s->credentials) && s->credentials.uid != (uid_t)-1;
}

static void
headline_socket(struct emit *e, const struct fd_facts *f)
{
	struct sock s = { .fd = f->fd };
	const char *name;

	sock_query_type(&s);
	if (s.has_domain && (name = name_family(s.domain)) != NULL)
		text_only(e, " %s", name);
	else if (s.has_domain)
		text_only(e, " family %d", s.domain);
	if (s.has_type && (name = name_socktype(s.type)) != NULL)
		text_only(e, " %s", name);
	else if (s.has_type)
		text_only(e, " type %d", s.type);
	if (s.has_protocol && (name = name_protocol(s.domain, s.protocol)) != NULL)
		text_only(e, " %s", name);
	else if (s.has_protocol && s.protocol != 0)
		text_only(e, " protocol %d", s.protocol);
}

static void
describe_name(struct emit *e, const char *key, const char *value_key, bool known, int value, const char *name)
{
	emit_string(e, key, NULL, known ? name : NULL);
	if (known)
		emit_i64(e, value_key, NULL, value);
	else
		emit_null(e, value_key);
}

static const char *
tcp_state_name(int state)
{
	static const char *const names[] = { NULL, "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2",
		"TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "NEW_SYN_RECV" };

	/* cppcheck-suppress arrayIndexOutOfBoundsCond ; it tries 13, which is not less than 13 */
	return state > 0 && (size_t)state < sizeof(names) / sizeof(names[0]) ? names[state] : NULL;
}

static void
describe_state(struct emit *e, const struct sock *s)
{
	const char *state = s->listening ? "listening" : s->is_connected ? "connected" : "unconnected";
	const char *tcp = tcp_state_name(s->tcp_state);
	bool plain = s->tcp_state == 0 || strcmp(tcp != NULL ? tcp : "", "ESTABLISHED") == 0 || s->listening ||
	    (s->tcp_state != 0 && !s->is_connected);

	if (!s->answered)
		state = NULL;
	emit_string(e, "state", ", %", state);
	emit_string(e, "tcp_state", plain ? NULL : ", TCP state %", tcp);
	if (s->has_listening)
		emit_bool(e, "listening", NULL, s->listening);
	else
		emit_null(e, "listening");
}

static void
describe_addresses(struct emit *e, const struct sock *s)
{
	const char *local = s->listening ? " on " : s->is_connected ? ", local " : ", bound to ";

	if (s->local_length > sizeof(s->local) || !address_speaks(&s->local, s->local_length))
		local = NULL;
	if (s->local_length > 0)
		sockaddr_describe(e, "local", local, (const struct sockaddr *)&s->local, s->local_length);
	else
		emit_null(e, "local");
	if (s->is_connected)
		sockaddr_describe(e, "peer", address_speaks(&s->peer, s->peer_length) ? ", peer " : NULL,
		    (const struct sockaddr *)&s->peer, s->peer_length);
	else
		emit_null(e, "peer");
}

static void
describe_credentials(struct emit *e, const struct sock *s)
{
	if (!s->has_credentials) {
		emit_null(e, "peer_credentials");
		return;
	}
	emit_object(e, "peer_credentials", s->listening ? ", listened on by " : ", peer ");
	if (s->credentials.pid != 0)
		emit_i64(e, "pid", "process %", s->credentials.pid);
	else {
		emit_null(e, "pid");
		emit_words(e, "outside this pid namespace,");
	}
	emit_u64(e, "uid", " uid %", s->credentials.uid);
	emit_u64(e, "gid", " gid %", s->credentials.gid);
	emit_end(e, NULL);
}

static void
describe_queues(struct emit *e, const struct sock *s, struct fdinfo *info)
{
	struct fdinfo_line line;
	uint64_t waiting = 0;
	bool known = false;

	while (fdinfo_next(info, &line))
		if (strcmp(line.key, "scm_fds") == 0)
			known = fdinfo_number(line.value, 10, &waiting);
	describe_number(e, "pending_fds",
	    waiting > 0 ? plural(waiting, ", % descriptor waiting in it", ", % descriptors waiting in it") : NULL,
	    known, waiting);
	describe_number(e, "receive_queue",
	    s->inq > 0 ? plural((uint64_t)s->inq, ", % byte to read", ", % bytes to read") : NULL, s->has_inq,
	    (uint64_t)s->inq);
	describe_number(
	    e, "send_queue", s->outq > 0 ? ", % bytes not taken yet" : NULL, s->has_outq, (uint64_t)s->outq);
	describe_number(e, "backlog_used", NULL, s->has_backlog, s->backlog_used);
	describe_number(e, "backlog", NULL, s->has_backlog, s->backlog);
}

static void
describe_linger(struct emit *e, const struct sock *s)
{
	struct linger linger;
	socklen_t length = sizeof(linger);
	bool on = getsockopt(s->fd, SOL_SOCKET, SO_LINGER, &linger, &length) == 0 && linger.l_onoff != 0;

	describe_number(e, "linger", on && linger.l_linger > 0 ? ", closing it may take % s" : NULL, on,
	    on ? (uint64_t)(unsigned int)linger.l_linger : 0);
}

static void
describe_options(struct emit *e, const struct sock *s)
{
	static const struct {
		const char *key;
		int option;
		bool is_bool;
	} table[] = { { "reuseaddr", SO_REUSEADDR, true }, { "reuseport", SO_REUSEPORT, true },
		{ "keepalive", SO_KEEPALIVE, true }, { "broadcast", SO_BROADCAST, true },
		{ "oobinline", SO_OOBINLINE, true }, { "passcred", SO_PASSCRED, true }, { "passsec", SO_PASSSEC, true },
		{ "passpidfd", SO_PASSPIDFD, true }, { "passrights", SO_PASSRIGHTS, true },
		{ "rcvbuf", SO_RCVBUF, false }, { "sndbuf", SO_SNDBUF, false }, { "mark", SO_MARK, false },
		{ "priority", SO_PRIORITY, false }, { "bind_interface", SO_BINDTOIFINDEX, false } };
	size_t i;
	int value;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (!option_int(s->fd, SOL_SOCKET, table[i].option, &value))
			emit_null(e, table[i].key);
		else if (table[i].is_bool)
			emit_bool(e, table[i].key, NULL, value != 0);
		else
			emit_u64(e, table[i].key, NULL, (unsigned int)value);
	}
	describe_cookie(e, "cookie", s->fd, SO_COOKIE);
	describe_cookie(e, "netns_cookie", s->fd, SO_NETNS_COOKIE);
}

static void
describe_socket(struct emit *e, const struct fd_facts *f, struct fd_more *more)
{
	struct sock *s = (struct sock *)(void *)more->answers;

	if (!s->has_domain)
		sock_query_type(s);
	emit_object(e, f->kind->word, NULL);
	describe_name(e, "family", "family_value", s->has_domain, s->domain, name_family(s->domain));
	describe_name(e, "type", "type_value", s->has_type, s->type, name_socktype(s->type));
	describe_name(
	    e, "protocol", "protocol_value", s->has_protocol, s->protocol, name_protocol(s->domain, s->protocol));
	describe_state(e, s);
	describe_addresses(e, s);
	describe_credentials(e, s);
	describe_queues(e, s, &more->info);
	describe_linger(e, s);
	describe_options(e, s);
	emit_end(e, NULL);
}

const struct fd_kind kinds_sock[] = {
	{ .word = "socket",
	    .noun = "socket",
	    .is = is_socket,
	    .flags = KIND_INODE | KIND_INFO,
	    .headline = headline_socket,
	    .query = sock_query,
	    .prompt = is_prompt,
	    .describe = describe_socket },
	{ 0 },
};
