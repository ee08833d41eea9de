/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/compat.h"
#include "inspect/loss.h"
#include "inspect/origin.h"

/*
 * HEADER is the size of a control message's header. LEAST_FD is the size of an SCM_RIGHTS control message with one
 * descriptor.
 */
#define HEADER	 CMSG_LEN(0)
#define LEAST_FD CMSG_LEN(sizeof(int))

/*
 * Determines why the kernel has refused descriptors. Returns LOSS_LIMIT if no further descriptor can be opened: the
 * open file limit was reached. Returns LOSS_POLICY if a further descriptor can be opened: a security module has
 * probably refused the descriptors.
 */
static enum loss_cause
refusal_cause(const struct message *m)
{
	int fd = -1, of[] = { STDIN_FILENO, STDOUT_FILENO, m->peer_fd };
	size_t i;

	if (m->origin != NULL)
		return origin_is_full(m->origin) ? LOSS_LIMIT : LOSS_POLICY;
	for (i = 0; fd == -1 && i < sizeof(of) / sizeof(of[0]); i++) {
		fd = fcntl(of[i], F_DUPFD_CLOEXEC, 0);
		if (fd == -1 && errno == EMFILE)
			return LOSS_LIMIT;
	}
	if (fd != -1)
		close(fd);
	return LOSS_POLICY;
}

/* The layout of the control buffer, from which the reason for MSG_CTRUNC is derived. */
struct places {
	size_t size; /* size of the control buffer in bytes */
	size_t end;  /* offset of the end of the last control message */
	bool has_rights;
	size_t rights_room; /* number of descriptors for which the control buffer had room */
	size_t rights_got;
	bool has_later; /* the control buffer contains a control message that the kernel writes after SCM_RIGHTS */
	bool last_is_short, last_is_variable;
};

static void
places_find(const struct message *m, struct places *places)
{
	size_t count = fdpass_msg_count(m->msg), i, at, whole;
	const unsigned char *first = NULL;
	struct fdpass_cmsg raw;

	*places = (struct places){ .size = fdpass_msg_ancbufsize(m->msg) };
	for (i = 0; i < count; i++) {
		(void)fdpass_msg_item(m->msg, i, &raw);
		if (first == NULL)
			first = raw.data;
		at = (size_t)((const unsigned char *)raw.data - first);
		places->end = at + HEADER + raw.length;
		if (raw.level == SOL_SOCKET && raw.type == SCM_RIGHTS) {
			places->has_rights = true;
			places->rights_got = raw.length / sizeof(int);
			places->rights_room = (places->size - at - HEADER) / sizeof(int);
		} else if (raw.level == SOL_SOCKET && (raw.type == SCM_PIDFD || raw.type == SO_INQ)) {
			places->has_later = true;
		}
		whole = cmsg_whole_length(raw.level, raw.type, m->domain, raw.data, raw.length, false);
		places->last_is_short = item_wanted(m, &raw, false) > raw.length;
		places->last_is_variable = whole == 0;
	}
}

/*
 * MSG_CTRUNC means that control messages were lost. The contents of the control buffer show which control messages were
 * lost, and the reason. The kernel writes descriptors (SCM_RIGHTS) after most other control messages. The kernel
 * truncates a control message that does not fit into the buffer, and omits all later control messages.
 *
 * 	contents of the control buffer					lost control messages, and the reason
 * 	the socket cannot carry descriptors, or is at end of file	not descriptors; the buffer was too small
 * 	a complete control message, then room for a descriptor		descriptors, which were refused
 * 	SCM_RIGHTS, which fills the rest of the buffer			descriptors; the buffer was too small
 * 	SCM_RIGHTS, then unused room					those after SCM_RIGHTS; the buffer was too small
 * 	no SCM_RIGHTS, but a type that is written after SCM_RIGHTS	later ones; the buffer was too small
 * 	anything else							perhaps descriptors; the buffer was too small
 */
void
loss_find(const struct message *m, struct loss *loss)
{
	bool no_descriptors = m->domain != AF_UNIX || m->is_stream_end;
	struct places places;
	size_t left, aligned;

	places_find(m, &places);
	aligned = (places.end + sizeof(size_t) - 1) & ~(sizeof(size_t) - 1);
	left = aligned < places.size ? places.size - aligned : 0;
	*loss = (struct loss){ .cause = LOSS_BUFFER };
	if (no_descriptors) {
		loss->variable_cut = places.last_is_variable && left == 0;
	} else if (!places.last_is_short && left >= LEAST_FD) {
		loss->cause = refusal_cause(m);
		loss->descriptors = loss->certain = true;
		loss->rights_cut = places.has_rights;
	} else if (places.has_rights) {
		loss->rights_cut = loss->descriptors = places.rights_got == places.rights_room;
	} else {
		loss->descriptors = !places.has_later;
		loss->variable_cut = places.last_is_variable && left == 0 && places.size > 0;
	}
}
