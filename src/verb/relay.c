/* SPDX-License-Identifier: ISC */
/* The verb relay: forwards data and descriptors between the clients of one address and a server at another address. */
#include <errno.h>
#include <unistd.h>

#include "relay/relay.h"
#include "cli/address.h"
#include "cli/cleanup.h"
#include "cli/confine.h"
#include "cli/exit_status.h"
#include "cli/message.h"
#include "cli/progress.h"
#include "receive/dump.h"
#include "receive/access_control.h"
#include "verb/verbs.h"

/* The state of this verb. */
struct relay {
	const struct options *options;
	struct addr listen_addr, connect_addr;
	struct endpoint listen_endpoint;
	struct access_control access_control;
	struct dump_output dump;
};

static void
relay_warn(void *arg, const char *text)
{
	(void)arg;
	msg_log("%s", text);
}

static void
relay_warned(void *arg)
{
	(void)arg;
	msg_log_end();
}

static int
relay_admit(void *arg, const struct peer *peer, struct fail *fail)
{
	struct relay *r = arg;

	return access_peer(&r->access_control, peer, fail);
}

static void
relay_opened(void *arg)
{
	(void)arg;
	cleanup_release();
}

static void
relay_started(void *arg, const struct relay_needs *needs, int signal_fd)
{
	struct relay *r = arg;

	r->dump.out.stop_fd = signal_fd;
	address_waits(r->options, &r->listen_addr, &r->listen_endpoint);
	confine_relay(r->options, &r->listen_endpoint, needs->connects, needs->credentials, needs->abstract);
}

static int
relay_show(void *arg, const struct message *message, struct fail *fail)
{
	struct relay *r = arg;

	dump_message(&r->dump, message);
	if (dump_flush(&r->dump, fail) == 0)
		return 0;
	if (errno == ETIMEDOUT)
		(void)fail_msg(fail, "stopped by a signal before all output was written");
	return -1;
}

static void
relay_options_fill(struct relay_options *relay, const struct options *o, struct relay *r)
{
	*relay = (struct relay_options){ .listen_addr = &r->listen_addr,
		.connect_addr = &r->connect_addr,
		.ready_fd = o->ready_fd,
		.max_connections = o->max_connections,
		.connections = o->connections,
		.busy_poll = o->busy_poll == -1 ? BUSY_POLL_AUTO : o->busy_poll,
		.no_rights = (o->request & REQUEST_NO_RIGHTS) != 0,
		.own_creds = o->own_creds,
		.creds = (o->request & REQUEST_CREDS) != 0,
		.pidfd = (o->request & REQUEST_PIDFD) != 0,
		.security = (o->request & REQUEST_SECURITY) != 0,
		.arg = r,
		.warn = relay_warn,
		.warned = relay_warned,
		.listen_endpoint = &r->listen_endpoint,
		.output_fd = o->dump != DUMP_UNSET ? STDOUT_FILENO : -1,
		.opened = relay_opened,
		.started = relay_started,
		.admit = access_needs_peer(&r->access_control) ? relay_admit : NULL,
		.show = o->dump != DUMP_UNSET ? relay_show : NULL,
		.count = o->verbose ? progress_count : NULL };
	options_endpoint(o, ROLE_LISTEN, &relay->listener_options);
	options_endpoint(o, ROLE_CONNECT, &relay->back_options);
	/* In back_options, retry is not a deadline, but a duration that begins anew for each client. */
	relay->back_options.retry = o->wait;
	relay->back_options.waits = NULL;
	relay->listener_options.retry = 0;
}

static int
relay_between(const struct options *o, struct relay *r, struct fail *fail)
{
	struct relay_options relay;
	int rc;

	if (access_init(&r->access_control, o, fail) == -1)
		return -1;
	relay_options_fill(&relay, o, r);
	if (o->dump != DUMP_UNSET)
		dump_open(&r->dump, o->dump, STDOUT_FILENO, o);
	progress_begin(o->verbose, o->dump != DUMP_UNSET ? STDOUT_FILENO : -1);
	cleanup_hold();
	cleanup_watch(&r->listen_endpoint);
	rc = relay_run(&relay, fail);
	progress_end();
	return rc;
}

static int
relay_verb(const struct options *o, int argc, char **argv)
{
	struct relay r = { .options = o, .listen_endpoint = ENDPOINT_NONE };
	struct fail fail;
	int rc;

	if (argc < 2)
		return msg_usage("missing ADDRESS: expected an address to listen on and an address to connect to");
	if (argc > 2)
		return msg_usage(
		    "unexpected operand '%s': expected an address to listen on and an address to connect to", argv[2]);
	if (o->creds != NULL)
		return msg_usage("--creds takes no argument with relay");
	if (address_parse(&r.listen_addr, argv[0], "relay", &fail) == -1)
		return msg_fail(&fail);
	if (address_parse(&r.connect_addr, argv[1], "relay", &fail) == -1) {
		addr_done(&r.listen_addr);
		return msg_fail(&fail);
	}
	rc = relay_between(o, &r, &fail);
	dump_close(&r.dump);
	access_done(&r.access_control);
	addr_done(&r.listen_addr);
	addr_done(&r.connect_addr);
	return rc == -1 ? msg_fail(&fail) : EXIT_DONE;
}

static const char *const examples[] = {
	"fdpass relay /run/front /run/back                       forward everything",
	"fdpass relay --dump-cmsg ./w /run/user/1000/wayland-0   also show messages",
	NULL,
};

const struct verb verb_relay = {
	.name = "relay",
	.bit = VERB_RELAY,
	.operands = "ADDRESS ADDRESS",
	.summary = "Forward data and descriptors between two sockets",
	.examples = examples,
	.command_after = -1,
	.run = relay_verb,
};
