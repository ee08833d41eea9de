/* SPDX-License-Identifier: ISC */
/*
 * Shows the selected messages. If a thread sends a message, the message is described before the system call, and the
 * description is printed after the call.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "watch/capture.h"
#include "watch/header.h"
#include "watch/internal.h"
#include "watch/memory.h"

/* Reads the msghdr of a message. Returns false if the message must not be shown. */
static bool
begin(struct captured *copy, struct watch *w, struct tracee *tracee, uint64_t address, int64_t result)
{
	*copy = (struct captured){ .watch = w, .tracee = tracee, .call = &tracee->call };
	copy->sent = copy->call->kind == CALL_SENDMSG || copy->call->kind == CALL_SENDMMSG;
	memory_begin(&w->capture.memory, tracee->tid);
	memory_copy_around(&w->capture.memory, address);
	if (w->muted)
		return false;
	copy->unreadable = header_read(copy->call->abi, &w->capture.memory, address, &copy->header) == -1;
	if (copy->unreadable) {
		/*
		 * No warning is printed if the call has failed: like fdpass, the kernel could not read the msghdr
		 * (EFAULT). If the call has succeeded, the kernel could read the msghdr, so a warning is printed.
		 */
		if (result >= 0)
			call_warn_memory(w, tracee);
		return false;
	}
	return w->options->all || (copy->header.control != 0 && copy->header.control_length > 0) ||
	    (!copy->sent && (copy->header.flags & MSG_CTRUNC) != 0);
}

static bool
wants(const struct watch *w, const struct message *message)
{
	return w->options->wants == NULL || w->options->wants(w->options->arg, message);
}

static void
flush(struct watch *w)
{
	int rc = w->options->flush(w->options->arg, &w->fail);

	w->messages++;
	w->slow = rc == WATCH_SLOW;
	w->muted = w->muted || rc == -1;
}

void
report_message(struct watch *w, struct tracee *tracee, uint64_t address, int64_t result)
{
	struct captured copy;
	struct ucred cred;
	bool is_wanted;

	if (!begin(&copy, w, tracee, address, result) || (!copy.sent && result < 0))
		return;
	captured_fill(&copy, result, &cred);
	is_wanted = wants(w, &copy.message);
	if (is_wanted)
		w->options->describe(w->options->arg, &copy.message);
	captured_release(&copy);
	if (is_wanted)
		flush(w);
}

void
report_drop_held(struct tracee *tracee)
{
	free(tracee->held.text);
	tracee->held.text = NULL;
}

bool
report_sending(struct watch *w, struct tracee *tracee)
{
	struct held *held = &tracee->held;
	struct captured copy;
	struct ucred cred;
	bool is_wanted;

	report_drop_held(tracee);
	if (!begin(&copy, w, tracee, tracee->call.messages, -EFAULT))
		return copy.unreadable;
	held->result = captured_length(&copy);
	captured_fill(&copy, held->result, &cred);
	is_wanted = wants(w, &copy.message);
	held->text = is_wanted ? w->options->hold(w->options->arg, &copy.message, &held->length) : NULL;
	captured_release(&copy);
	return is_wanted;
}

void
report_sent(struct watch *w, struct tracee *tracee, int64_t result)
{
	struct held *held = &tracee->held;

	if (held->text == NULL || held->result != result || w->muted) {
		report_message(w, tracee, tracee->call.messages, result);
	} else {
		w->options->show_held(w->options->arg, held->text, held->length, w->messages + 1);
		flush(w);
	}
	report_drop_held(tracee);
}
