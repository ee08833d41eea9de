/* SPDX-License-Identifier: ISC */
/* Describes sockets of all address families. */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/no_auto_init.h"
#include "describe/kind.h"
#include "describe/names.h"
#include "describe/text_only.h"
#include "describe/sockaddr.h"

void
headline_socket(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	const struct sock_facts *s = &d->as.sock;
	const char *name;

	(void)f;
	if (s->has_domain && (name = name_family(s->domain)) != NULL)
		text_only(e, " %s", name);
	else if (s->has_domain)
		text_only(e, " family %d", s->domain);
	if (s->has_type && (name = name_socktype(s->type)) != NULL)
		text_only(e, " %s", name);
	else if (s->has_type)
		text_only(e, " type %d", s->type);
	if (s->has_protocol && (name = name_protocol(s->domain, s->protocol)) != NULL)
		text_only(e, " %s", name);
	else if (s->has_protocol && s->protocol != 0)
		text_only(e, " protocol %d", s->protocol);
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

	/* cppcheck-suppress arrayIndexOutOfBoundsCond ; cppcheck tries index 13, which the condition excludes */
	return state > 0 && (size_t)state < sizeof(names) / sizeof(names[0]) ? names[state] : NULL;
}

static void
describe_state(struct emit *e, const struct sock_facts *s)
{
	const char *state = s->listening ? "listening" :
	    s->is_connected		 ? "connected" :
	    s->is_connecting		 ? "connecting" :
					   "unconnected";
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

static bool
is_set(const struct sockaddr_storage *address, socklen_t length, bool raw)
{
	struct sockaddr_storage copy = *address;

	if (raw)
		((struct sockaddr_in *)(void *)&copy)->sin_port = 0;
	return sock_address_is_set(&copy, length);
}

static void
describe_addresses(struct emit *e, const struct sock_facts *s)
{
	const char *local = s->listening ? " on " : s->is_connected || s->is_connecting ? ", local " : ", bound to ";
	const char *peer = s->is_connecting ? " to " : ", peer ";
	/* In the address of a raw socket, the port member contains the protocol number. */
	bool raw = s->type == SOCK_RAW && (s->domain == AF_INET || s->domain == AF_INET6);

	if (s->local_length > sizeof(s->local) || !is_set(&s->local, s->local_length, raw))
		local = NULL;
	if (s->local_length > 0)
		sockaddr_describe_host(e, "local", local, (const struct sockaddr *)&s->local, s->local_length, raw);
	else
		emit_null(e, "local");
	if (s->is_connected || (s->is_connecting && s->peer_length > 0))
		sockaddr_describe_host(e, "peer", is_set(&s->peer, s->peer_length, raw) ? peer : NULL,
		    (const struct sockaddr *)&s->peer, s->peer_length, raw);
	else
		emit_null(e, "peer");
}

static void
describe_credentials(struct emit *e, const struct sock_facts *s)
{
	if (!s->credentials.known) {
		emit_null(e, "peer_credentials");
		return;
	}
	emit_object(e, "peer_credentials", s->listening ? ", listener " : ", peer ");
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
describe_queues(struct emit *e, const struct sock_facts *s, const struct fdinfo *info)
{
	NO_AUTO_INIT struct fdinfo_lines line;
	uint64_t waiting = 0;
	bool known = false;

	fdinfo_begin(&line, info);
	while (fdinfo_next(&line))
		if (strcmp(line.key, "scm_fds") == 0)
			known = fdinfo_number(line.value, 10, &waiting);
	describe_number(e, "pending_fds",
	    waiting > 0 ? plural(waiting, ", % descriptor queued", ", % descriptors queued") : NULL, known, waiting);
	describe_number(e, "receive_queue",
	    s->inq <= 0 ? NULL :
		s->type == SOCK_DGRAM ?
			  plural((uint64_t)s->inq, ", next datagram of % byte", ", next datagram of % bytes") :
			  plural((uint64_t)s->inq, ", % byte to read", ", % bytes to read"),
	    s->has_inq, (uint64_t)s->inq);
	describe_number(e, "send_queue",
	    s->outq > 0 ? plural((uint64_t)s->outq, ", % byte not acknowledged", ", % bytes not acknowledged") : NULL,
	    s->has_outq, (uint64_t)s->outq);
	if (s->unread)
		emit_words(e, ", sent data not received yet");
	describe_number(e, "backlog_used",
	    s->backlog_used > 0 ? plural(s->backlog_used, ", % connection waiting", ", % connections waiting") : NULL,
	    s->has_backlog, s->backlog_used);
	describe_number(e, "backlog", NULL, s->has_backlog, s->backlog);
}

static void
describe_linger(struct emit *e, const struct sock_facts *s)
{
	bool on = s->has_linger && s->linger.l_onoff != 0;

	describe_number(e, "linger",
	    on && s->linger.l_linger > 0		 ? ", closing it may take % s" :
		on && s->tcp_state != 0 && !s->listening ? ", closing it resets the connection" :
							   NULL,
	    on, on ? (uint64_t)(unsigned int)s->linger.l_linger : 0);
}

static void
describe_options(struct emit *e, const struct sock_facts *s)
{
	static const struct {
		const char *key;
		enum sock_option option;
		bool is_bool;
		const char *text;
	} table[] = { { "reuseaddr", SOCK_REUSEADDR, true, NULL },
		{ "reuseport", SOCK_REUSEPORT, true, ", reuses its port" }, { "keepalive", SOCK_KEEPALIVE, true, NULL },
		{ "broadcast", SOCK_BROADCAST, true, NULL }, { "oobinline", SOCK_OOBINLINE, true, NULL },
		{ "passcred", SOCK_PASSCRED, true, NULL }, { "passsec", SOCK_PASSSEC, true, NULL },
		{ "passpidfd", SOCK_PASSPIDFD, true, NULL }, { "passrights", SOCK_PASSRIGHTS, true, NULL },
		{ "rcvbuf", SOCK_RCVBUF, false, NULL }, { "sndbuf", SOCK_SNDBUF, false, NULL },
		{ "mark", SOCK_MARK, false, ", mark %" }, { "priority", SOCK_PRIORITY, false, NULL },
		{ "bind_interface", SOCK_BIND_INTERFACE, false, NULL } };
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (!s->option_known[table[i].option])
			emit_null(e, table[i].key);
		else if (table[i].is_bool)
			emit_bool(e, table[i].key, table[i].text, s->option[table[i].option] != 0);
		else
			emit_u64(e, table[i].key, s->option[table[i].option] != 0 ? table[i].text : NULL,
			    (unsigned int)s->option[table[i].option]);
	}
	describe_number(e, "cookie", NULL, s->has_cookie, s->cookie);
	describe_number(e, "netns_cookie", NULL, s->has_netns_cookie, s->netns_cookie);
}

static void
describe_family(struct emit *e, const struct sock_facts *s)
{
	uint32_t group;

	emit_bytes(e, "interface", s->interface[0] != '\0' ? ", interface %" : NULL,
	    s->interface[0] != '\0' ? s->interface : NULL, strlen(s->interface));
	describe_number(e, "fanout", ", fanout group %", s->has_fanout, s->fanout & 0xffff);
	if (s->domain != AF_NETLINK) {
		emit_null(e, "groups");
		return;
	}
	emit_array(e, "groups", ", groups ", " ");
	for (group = 0; group < 32 * s->group_words; group++)
		if ((s->groups[group / 32] >> group % 32 & 1) != 0)
			emit_u64(e, NULL, "%", group + 1);
	emit_end(e, NULL);
}

void
describe_socket(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	const struct sock_facts *s = &d->as.sock;

	emit_object(e, f->kind->word, NULL);
	describe_name(e, "family", "family_value", s->has_domain, s->domain, name_family(s->domain));
	describe_name(e, "type", "type_value", s->has_type, s->type, name_socktype(s->type));
	describe_name(
	    e, "protocol", "protocol_value", s->has_protocol, s->protocol, name_protocol(s->domain, s->protocol));
	describe_state(e, s);
	describe_addresses(e, s);
	describe_credentials(e, s);
	describe_queues(e, s, &d->info);
	describe_linger(e, s);
	describe_options(e, s);
	describe_family(e, s);
	describe_bool(e, "own_netns", NULL, s->netns_known, s->own_netns);
	if (s->netns_known && !s->own_netns)
		emit_words(e, ", in another network namespace");
	describe_bool(e, "hung_up", ", hung up", s->end_known, s->hung_up);
	describe_bool(
	    e, "read_closed", s->hung_up ? NULL : ", the other end sends no more", s->end_known, s->read_closed);
	emit_end(e, NULL);
}
