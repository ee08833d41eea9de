/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <unistd.h>

#include "sandbox/sandbox.h"
#include "cli/confine.h"
#include "cli/message.h"
#include "cli/verb.h"

/* Returns true if --reply writes to a file. The file is created only when the reply arrives. */
static bool
writes_file(const struct options *o, unsigned int verb)
{
	return verb == VERB_SEND && o->reply != NULL && strncmp(o->reply, "file:", 5) == 0;
}

static enum sandbox_profile
profile_of(const struct options *o, unsigned int verb)
{
	switch (verb) {
	case VERB_SEND:
		return writes_file(o, verb) ? SANDBOX_SEND_FILE : SANDBOX_SEND;
	case VERB_SHOW:
		return SANDBOX_SHOW;
	case VERB_HOLD:
		return SANDBOX_HOLD;
	case VERB_WATCH:
		return SANDBOX_WATCH;
	case VERB_TTY:
		return SANDBOX_TTY;
	default:
		return SANDBOX_RECV;
	}
}

/*
 * Allows the process to remove the paths that were created for SOURCES, and, for the verb show, to inspect other
 * processes.
 */
static void
let_sources(struct sandbox *sandbox, unsigned int verb, const struct source_list *sources)
{
	size_t i;

	for (i = 0; i < sources->count; i++) {
		sandbox_allow_remove(sandbox, sources->items[i].endpoint.dirfd);
		if (sources->items[i].made)
			sandbox_allow_remove_path(sandbox, sources->items[i].what);
		if (verb == VERB_SHOW && sources->items[i].pid != 0)
			sandbox_allow_inspection(sandbox);
	}
}

/*
 * Allows access to the files that are specified by options and are opened, created or removed after the sandbox has
 * been applied.
 */
static void
let_options(struct sandbox *sandbox, unsigned int verb, const struct options *o)
{
	if (o->send != NULL && o->send[0] == '@' && strcmp(o->send, "@-") != 0)
		sandbox_allow_read(sandbox, o->send + 1);
	if (writes_file(o, verb))
		sandbox_allow_create(sandbox, o->reply + 5);
	if (verb == VERB_HOLD)
		sandbox_allow_exec(sandbox);
	/*
	 * kcmp(2) and ptrace(2) require permission to trace other processes. Landlock would revoke this permission, so
	 * Landlock is not applied if the verb may inspect other processes.
	 */
	if (o->peers || verb == VERB_WATCH)
		sandbox_allow_inspection(sandbox);
	if (o->pid_file != NULL)
		sandbox_allow_remove_path(sandbox, o->pid_file);
	if (verb == VERB_TTY && isatty(STDOUT_FILENO) == 1)
		sandbox_allow_reopen(sandbox, STDOUT_FILENO);
}

static void
say_what_lacks(unsigned int holds)
{
	unsigned int lacks = sandbox_built() & ~holds;

	if (lacks != 0)
		msg_warn("this process is not confined by %s%s%s", (lacks & SANDBOX_SECCOMP) != 0 ? "seccomp" : "",
		    lacks == (SANDBOX_SECCOMP | SANDBOX_LANDLOCK) ? " or " : "",
		    (lacks & SANDBOX_LANDLOCK) != 0 ? "Landlock" : "");
}

static void
confine_as(const struct options *o, enum sandbox_profile profile, bool abstract, unsigned int verb,
    const struct endpoint *ep, const struct source_list *sources)
{
	struct sandbox sandbox;
	unsigned int holds;

	if (o->no_sandbox || sandbox_built() == 0)
		return;
	sandbox_begin(&sandbox, profile, abstract);
	if (ep != NULL)
		sandbox_allow_remove(&sandbox, ep->dirfd);
	if (sources != NULL)
		let_sources(&sandbox, verb, sources);
	let_options(&sandbox, verb, o);
	holds = sandbox_enter(&sandbox);
	if (o->verbose)
		say_what_lacks(holds);
}

void
confine(const struct options *o, unsigned int verb, const struct endpoint *ep, const struct source_list *sources)
{
	/*
	 * To receive an answer, a client of a datagram socket must bind its socket to an address, which is usually an
	 * abstract name. Sending to abstract names must stay permitted.
	 */
	bool abstract = verb == VERB_HOLD && ep != NULL && ep->type == SOCK_DGRAM;

	confine_as(o, profile_of(o, verb), abstract, verb, ep, sources);
}

void
confine_relay(const struct options *o, const struct endpoint *ep, bool connects, bool credentials, bool abstract)
{
	enum sandbox_profile profile = SANDBOX_RELAY;

	if (connects)
		profile = credentials ? SANDBOX_RELAY_CREDS : SANDBOX_RELAY_CONNECT;
	confine_as(o, profile, abstract, VERB_RELAY, ep, NULL);
}
