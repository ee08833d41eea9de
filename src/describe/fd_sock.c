/* SPDX-License-Identifier: ISC */
/* Sockets of every family. */
#include <string.h>
#include <sys/socket.h>

#include "describe/kind.h"
#include "describe/names.h"
#include "describe/text_only.h"
#include "describe/sockaddr.h"

void
headline_socket(struct emit *e, const struct fd_facts *f, struct fd_details *d)
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

	/* cppcheck-suppress arrayIndexOutOfBoundsCond ; it tries 13, which is not less than 13 */
	return state > 0 && (size_t)state < sizeof(names) / sizeof(names[0]) ? names[state] : NULL;
}

static void
describe_state(struct emit *e, const struct sock_facts *s)
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
describe_addresses(struct emit *e, const struct sock_facts *s)
{
	const char *local = s->listening ? " on " : s->is_connected ? ", local " : ", bound to ";

	if (s->local_length > sizeof(s->local) || !sock_address_is_set(&s->local, s->local_length))
		local = NULL;
	if (s->local_length > 0)
		sockaddr_describe(e, "local", local, (const struct sockaddr *)&s->local, s->local_length);
	else
		emit_null(e, "local");
	if (s->is_connected)
		sockaddr_describe(e, "peer", sock_address_is_set(&s->peer, s->peer_length) ? ", peer " : NULL,
		    (const struct sockaddr *)&s->peer, s->peer_length);
	else
		emit_null(e, "peer");
}

static void
describe_credentials(struct emit *e, const struct sock_facts *s)
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
describe_queues(struct emit *e, const struct sock_facts *s, struct fdinfo *info)
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
describe_linger(struct emit *e, const struct sock_facts *s)
{
	bool on = s->has_linger && s->linger.l_onoff != 0;

	describe_number(e, "linger", on && s->linger.l_linger > 0 ? ", closing it may take % s" : NULL, on,
	    on ? (uint64_t)(unsigned int)s->linger.l_linger : 0);
}

static void
describe_options(struct emit *e, const struct sock_facts *s)
{
	static const struct {
		const char *key;
		enum sock_option option;
		bool is_bool;
	} table[] = { { "reuseaddr", SOCK_REUSEADDR, true }, { "reuseport", SOCK_REUSEPORT, true },
		{ "keepalive", SOCK_KEEPALIVE, true }, { "broadcast", SOCK_BROADCAST, true },
		{ "oobinline", SOCK_OOBINLINE, true }, { "passcred", SOCK_PASSCRED, true },
		{ "passsec", SOCK_PASSSEC, true }, { "passpidfd", SOCK_PASSPIDFD, true },
		{ "passrights", SOCK_PASSRIGHTS, true }, { "rcvbuf", SOCK_RCVBUF, false },
		{ "sndbuf", SOCK_SNDBUF, false }, { "mark", SOCK_MARK, false }, { "priority", SOCK_PRIORITY, false },
		{ "bind_interface", SOCK_BIND_INTERFACE, false } };
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (!s->option_known[table[i].option])
			emit_null(e, table[i].key);
		else if (table[i].is_bool)
			emit_bool(e, table[i].key, NULL, s->option[table[i].option] != 0);
		else
			emit_u64(e, table[i].key, NULL, (unsigned int)s->option[table[i].option]);
	}
	describe_number(e, "cookie", NULL, s->has_cookie, s->cookie);
	describe_number(e, "netns_cookie", NULL, s->has_netns_cookie, s->netns_cookie);
}

void
describe_socket(struct emit *e, const struct fd_facts *f, struct fd_details *d)
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
	emit_end(e, NULL);
}
