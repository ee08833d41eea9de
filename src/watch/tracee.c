/* SPDX-License-Identifier: ISC */
/* The table of traced threads. */
#include <stdlib.h>

#include "watch/internal.h"

static struct tracee **
place_of(struct watch *w, pid_t tid)
{
	struct tracee **place = &w->tracees[(unsigned int)tid % TRACEE_BUCKETS];

	while (*place != NULL && (*place)->tid != tid)
		place = &(*place)->next;
	return place;
}

struct tracee *
tracee_find(struct watch *w, pid_t tid)
{
	return *place_of(w, tid);
}

struct tracee *
tracee_add(struct watch *w, pid_t tid)
{
	struct tracee **place = place_of(w, tid);

	if (*place != NULL)
		return *place;
	if ((*place = calloc(1, sizeof(**place))) == NULL)
		return NULL;
	(*place)->tid = tid;
	w->tracee_count++;
	w->unstarted++;
	return *place;
}

void
tracee_remove(struct watch *w, pid_t tid)
{
	struct tracee **place = place_of(w, tid), *tracee = *place;

	if (tracee == NULL)
		return;
	*place = tracee->next;
	w->tracee_count--;
	if (!tracee->started)
		w->unstarted--;
	free(tracee->held.text);
	free(tracee);
}

bool
tracee_process_uses_uring(const struct watch *w, pid_t pid)
{
	const struct tracee *tracee;
	size_t i;

	for (i = 0; i < TRACEE_BUCKETS; i++)
		for (tracee = w->tracees[i]; tracee != NULL; tracee = tracee->next)
			if (tracee->uses_uring && tracee->pid == pid)
				return true;
	return false;
}

void
tracee_remove_all(struct watch *w)
{
	size_t i;

	for (i = 0; i < TRACEE_BUCKETS; i++)
		while (w->tracees[i] != NULL)
			tracee_remove(w, w->tracees[i]->tid);
}

bool
tracee_has_sibling(struct watch *w, struct tracee *tracee)
{
	pid_t pid = tracee_pid(tracee);
	struct tracee *other;
	size_t i;

	for (i = 0; i < TRACEE_BUCKETS; i++)
		for (other = w->tracees[i]; other != NULL; other = other->next)
			if (other != tracee && tracee_pid(other) == pid)
				return true;
	return false;
}

pid_t
tracee_pid(struct tracee *tracee)
{
	if (tracee->pid == 0)
		tracee->pid = process_of_thread(tracee->tid);
	return tracee->pid != 0 ? tracee->pid : tracee->tid;
}
