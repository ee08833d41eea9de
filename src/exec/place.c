/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/aside.h"
#include "exec/place.h"

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

/* True if another move still needs what is at this one's target. */
static bool
is_blocked(size_t index, const struct placement *moves, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (i != index && moves[i].from == moves[index].to)
			return true;
	return false;
}

static int
move_one(const struct placement *move, struct fail *fail)
{
	int ret;

	if (move->from == move->to)
		ret = fcntl(move->to, F_SETFD, 0);
	else {
		/* dup2() would wait for what it closes. */
		aside_close_copies(&move->to, 1);
		while ((ret = dup2(move->from, move->to)) == -1 && (errno == EINTR || errno == EBUSY))
			;
	}
	if (ret == -1)
		return fail_errno(fail, "put descriptor %d at %d", move->from, move->to);
	return 0;
}

/* Every pending target is still needed: lift what stands at the first one's target out of the way. */
static int
break_cycle(struct placement *moves, size_t count, struct fail *fail)
{
	int standing = moves[0].to;
	int spare = place_spare(standing, moves, count);
	size_t i;

	if (spare == -1)
		return fail_errno(fail, "move descriptor %d out of the way", standing);
	for (i = 0; i < count; i++)
		if (moves[i].from == standing)
			moves[i].from = spare;
	return 0;
}

int
place_apply(struct placement *moves, size_t count, struct fail *fail)
{
	struct placement last;
	size_t i, left = count, before;

	while (left > 0) {
		before = left;
		for (i = 0; i < left;) {
			if (is_blocked(i, moves, left)) {
				i++;
				continue;
			}
			if (move_one(&moves[i], fail) == -1)
				return -1;
			last = moves[--left];
			moves[left] = moves[i];
			moves[i] = last;
		}
		if (left == before && break_cycle(moves, left, fail) == -1)
			return -1;
	}
	return 0;
}
