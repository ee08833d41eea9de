/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/helper.h"
#include "exec/variables.h"
#include "exec/command.h"
#include "exec/handover.h"
#include "exec/place.h"

#define FIRST_FD 3

/*
 * The plan for moving descriptors to the numbers that the program expects. The plan is completed before any descriptor
 * is moved.
 */
struct plan {
	int *numbers;		 /* the target number of each descriptor */
	int socket_number;	 /* target number of the connection; -1: the connection is not passed to the program */
	struct placement *moves; /* the moves of the descriptors, of the connection and of the data */
	size_t move_count;
};

bool
handover_name_ok(const char *name)
{
	size_t i;

	for (i = 0; name[i] != '\0'; i++)
		if (name[i] < 0x20 || name[i] > 0x7e || name[i] == ':')
			return false;
	return i > 0 && i <= 255;
}

static bool
is_inherited(const struct handover *h, int fd)
{
	size_t i;
	int flags;

	for (i = 0; i < h->inherit_count; i++)
		if (h->inherit[i] == fd)
			return true;
	/*
	 * All descriptors that fdpass has opened or received are close-on-exec, so descriptors without FD_CLOEXEC were
	 * inherited.
	 */
	flags = h->inherit_all && fd > 2 ? fcntl(fd, F_GETFD) : -1;
	return flags != -1 && (flags & FD_CLOEXEC) == 0;
}

static bool
is_taken(const struct handover *h, const struct plan *plan, int number)
{
	size_t i;

	for (i = 0; i < plan->move_count; i++)
		if (plan->moves[i].to == number)
			return true;
	return is_inherited(h, number);
}

/* Returns the total number of descriptor numbers at which the received descriptors are placed. */
static size_t
places_total(const struct handover *h)
{
	size_t total = h->count, i;

	for (i = 0; i < h->place_count; i++)
		total += h->places[i].also_count;
	return total;
}

static int
add_move(const struct handover *h, struct plan *plan, int from, int to, struct fail *fail)
{
	size_t i;

	for (i = 0; i < plan->move_count; i++)
		if (plan->moves[i].to == to)
			return fail_msg(fail, "two descriptors have the same target number %d", to);
	if (from != to && is_inherited(h, to))
		return fail_msg(
		    fail, "descriptor %d is kept by --inherit, but another descriptor is placed at this number", to);
	plan->moves[plan->move_count++] = (struct placement){ .from = from, .to = to };
	return 0;
}

/*
 * Returns the target number of a descriptor for which no target number was specified. The target is the descriptor's
 * current number, or the lowest free number if the current number is the target of another descriptor.
 */
static int
free_number(const struct handover *h, const struct plan *plan, int from)
{
	int number = from;

	if (number >= FIRST_FD && !is_taken(h, plan, number))
		return number;
	for (number = FIRST_FD; is_taken(h, plan, number); number++)
		;
	return number;
}

/* Adds the moves of descriptor I to its additional numbers (--fd=N,M). */
static int
add_also(const struct handover *h, struct plan *plan, size_t i, struct fail *fail)
{
	const struct place *place = &h->places[i];
	size_t k;

	for (k = 0; k < place->also_count; k++)
		if (add_move(h, plan, h->fds[i], place->also[k], fail) == -1)
			return -1;
	return 0;
}

/*
 * Determines the target number of each descriptor: first of those for which a number was specified, then of the others.
 */
static int
plan_make(const struct handover *h, struct plan *plan, struct fail *fail)
{
	size_t i;
	int to;

	for (i = 0; i < h->count; i++) {
		to = h->place_count > 0 ? h->places[i].number : FIRST_FD + (int)i;
		plan->numbers[i] = to;
		if (to != -1 && add_move(h, plan, h->fds[i], to, fail) == -1)
			return -1;
		if (h->place_count > 0 && add_also(h, plan, i, fail) == -1)
			return -1;
	}
	if (h->data != -1 && add_move(h, plan, h->data, h->data_number, fail) == -1)
		return -1;
	plan->socket_number = -1;
	if (h->socket != -1 && h->socket_number != -1) {
		plan->socket_number = h->socket_number;
		if (add_move(h, plan, h->socket, h->socket_number, fail) == -1)
			return -1;
	}
	for (i = 0; i < h->count; i++) {
		if (plan->numbers[i] != -1)
			continue;
		plan->numbers[i] = free_number(h, plan, h->fds[i]);
		if (add_move(h, plan, h->fds[i], plan->numbers[i], fail) == -1)
			return -1;
	}
	if (h->socket != -1 && plan->socket_number == -1) {
		plan->socket_number = free_number(h, plan, 0);
		return add_move(h, plan, h->socket, plan->socket_number, fail);
	}
	return 0;
}

/*
 * Makes each descriptor above 2 close-on-exec. Used on kernels before 5.11, where close_range(2) does not support
 * CLOSE_RANGE_CLOEXEC.
 */
static int
mark_each(struct fail *fail)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	int fd;

	if (dir == NULL)
		return fail_errno(fail, "cannot open /proc/self/fd");
	while ((entry = readdir(dir)) != NULL) {
		fd = atoi(entry->d_name);
		if (fd >= FIRST_FD)
			(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
	(void)closedir(dir);
	return 0;
}

/*
 * Sets FD_CLOEXEC on all descriptors above 2, except the descriptors that --inherit specifies. place_apply() clears
 * FD_CLOEXEC on the descriptors that the program gets.
 */
static int
shut_out(const struct handover *h, struct fail *fail)
{
	size_t i;

	if (h->inherit_all)
		return 0;
	if (syscall(SYS_close_range, FIRST_FD, UINT_MAX, CLOSE_RANGE_CLOEXEC) == -1 && mark_each(fail) == -1)
		return -1;
	for (i = 0; i < h->inherit_count; i++)
		if (h->inherit[i] > 2 && fcntl(h->inherit[i], F_SETFD, 0) == -1)
			return fail_errno(fail, "--inherit=%d", h->inherit[i]);
	return 0;
}

/*
 * Moves the caller's own descriptors away from target numbers, because the caller needs these descriptors if execve(2)
 * fails.
 */
static int
spare_own(const struct handover *h, const struct plan *plan, struct fail *fail)
{
	size_t i, j;
	int spare;

	for (i = 0; i < h->own_count; i++) {
		for (j = 0; j < plan->move_count && plan->moves[j].to != *h->own[i]; j++)
			;
		if (j == plan->move_count)
			continue;
		spare = place_spare(*h->own[i], plan->moves, plan->move_count);
		if (spare == -1)
			return fail_errno(fail, "cannot duplicate descriptor %d to another number", *h->own[i]);
		*h->own[i] = spare;
	}
	return 0;
}

static bool
moves_stderr(const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->move_count; i++)
		if (plan->moves[i].to == STDERR_FILENO)
			return true;
	return false;
}

/*
 * Closes the previous numbers of the moved descriptors in a helper. Otherwise, execve(2) would close these numbers, and
 * could block.
 */
static void
close_sources(const struct plan *plan)
{
	size_t i, j;
	int flags;

	for (i = 0; i < plan->move_count; i++) {
		for (j = 0; j < plan->move_count && plan->moves[j].to != plan->moves[i].from; j++)
			;
		flags = fcntl(plan->moves[i].from, F_GETFD);
		if (j == plan->move_count && flags != -1 && (flags & FD_CLOEXEC) != 0)
			helper_close_copies(&plan->moves[i].from, 1);
	}
}

int
handover_exec(const struct handover *h, char *const *argv, struct fail *fail)
{
	struct plan plan = { .move_count = 0 };
	int spare = -1;

	plan.numbers = calloc(h->count + 1, sizeof(*plan.numbers));
	plan.moves = calloc(places_total(h) + 3, sizeof(*plan.moves));
	if (plan.numbers == NULL || plan.moves == NULL) {
		(void)fail_errno(fail, "cannot run %s", argv[0]);
		goto out;
	}
	if (plan_make(h, &plan, fail) == -1 || variables_set(h, plan.numbers, plan.socket_number, fail) == -1)
		goto out;
	if (spare_own(h, &plan, fail) == -1)
		goto out;
	if (moves_stderr(&plan)) {
		spare = place_spare(STDERR_FILENO, plan.moves, plan.move_count);
		if (spare == -1) {
			(void)fail_errno(fail, "cannot duplicate standard error");
			goto out;
		}
	}
	if (shut_out(h, fail) == 0 && place_apply(plan.moves, plan.move_count, fail) == 0) {
		close_sources(&plan);
		if (helper_unshare_fds(fail) == 0)
			(void)command_exec(argv, fail);
	}
	if (spare != -1)
		(void)dup3(spare, STDERR_FILENO, O_CLOEXEC);
out:
	free(plan.numbers);
	free(plan.moves);
	return -1;
}
