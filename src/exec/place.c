/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/helper.h"
#include "exec/place.h"

/*
 * The value of the member "waits" of a move that has been performed. Before the move is performed, "waits" is the
 * number of other moves that must be performed first, because their descriptor is open at the target number of this
 * move.
 */
#define DONE (-1)

static bool
is_wanted(int number, const struct placement *moves, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (moves[i].to == number)
			return true;
	return false;
}

int
place_spare(int fd, const struct placement *moves, size_t count)
{
	int low = 3, got;

	for (;;) {
		got = fcntl(fd, F_DUPFD_CLOEXEC, low);
		if (got == -1 || !is_wanted(got, moves, count))
			return got;
		(void)close(got);
		low = got + 1;
	}
}

static int
compare(const void *a, const void *b)
{
	const struct placement *x = a, *y = b;

	return x->to < y->to ? -1 : x->to > y->to;
}

/* Returns the move whose target is NUMBER, or NULL. MOVES must be sorted by target number. */
static struct placement *
move_to(int number, struct placement *moves, size_t count)
{
	struct placement key = { .to = number };

	return bsearch(&key, moves, count, sizeof(*moves), compare);
}

static int
move_one(const struct placement *move, struct fail *fail)
{
	int ret;

	if (move->from == move->to)
		ret = fcntl(move->to, F_SETFD, 0);
	else {
		/*
		 * The descriptor at the target number is closed first, without blocking, because otherwise dup2(2)
		 * would close it in this process and could block.
		 */
		helper_close_copies(&move->to, 1);
		while ((ret = dup2(move->from, move->to)) == -1 && (errno == EINTR || errno == EBUSY))
			;
	}
	if (ret == -1)
		return fail_errno(fail, "cannot duplicate descriptor %d to %d", move->from, move->to);
	return 0;
}

/* Marks MOVE as performed. Returns the move that was waiting only for MOVE, or NULL. */
static struct placement *
finish(struct placement *move, struct placement *moves, size_t count)
{
	struct placement *next = move_to(move->from, moves, count);

	move->waits = DONE;
	return next != NULL && next->waits != DONE && --next->waits == 0 ? next : NULL;
}

/* Performs MOVE, and then each move that was waiting for MOVE. */
static int
move_chain(struct placement *move, struct placement *moves, size_t count, struct fail *fail)
{
	while (move != NULL) {
		if (move_one(move, fail) == -1)
			return -1;
		move = finish(move, moves, count);
	}
	return 0;
}

/*
 * Performs the moves of the cycle that contains FIRST. In a cycle, each move waits for the next one, and no move
 * outside the cycle waits for a move of the cycle. This function first duplicates the descriptor at one of the target
 * numbers to a spare number. After that, the moves can be performed one after the other.
 */
static int
move_cycle(struct placement *first, struct placement *moves, size_t count, struct fail *fail)
{
	int standing = first->to, spare = place_spare(standing, NULL, 0), ret = 0;
	struct placement *move = first, *next, lifted;

	if (spare == -1)
		return fail_errno(fail, "cannot duplicate descriptor %d to another number", standing);
	for (; ret == 0 && move->from != standing; move = next) {
		ret = move_one(move, fail);
		next = move_to(move->from, moves, count);
		move->waits = DONE;
	}
	lifted = (struct placement){ .from = spare, .to = move->to };
	if (ret == 0)
		ret = move_one(&lifted, fail);
	move->waits = DONE;
	(void)close(spare);
	return ret;
}

int
place_apply(struct placement *moves, size_t count, struct fail *fail)
{
	struct placement *blocked;
	size_t i;

	qsort(moves, count, sizeof(*moves), compare);
	for (i = 0; i < count; i++)
		moves[i].waits = 0;
	for (i = 0; i < count; i++) {
		blocked = move_to(moves[i].from, moves, count);
		if (blocked != NULL && blocked != &moves[i])
			blocked->waits++;
	}
	for (i = 0; i < count; i++)
		if (moves[i].waits == 0 && move_chain(&moves[i], moves, count, fail) == -1)
			return -1;
	for (i = 0; i < count; i++)
		if (moves[i].waits > 0 && move_cycle(&moves[i], moves, count, fail) == -1)
			return -1;
	return 0;
}
