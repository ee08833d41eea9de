/* SPDX-License-Identifier: ISC */
/* Tests of exec/place.c: moving descriptors to their target numbers, in all permutations. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "exec/place.h"

#include "tap.h"

#define LOW  40 /* the first descriptor number that a test case uses */
#define SPAN 12 /* the number of descriptor numbers that a random test case uses */
#define MOST 1024

/* Returns the inode number of a descriptor, or 0 if the number is not open. */
static ino_t
inode_at(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? st.st_ino : 0;
}

static void
open_at(int number)
{
	int fd = memfd_create("place", MFD_CLOEXEC);

	if (fd == number)
		return;
	if (fd == -1 || dup3(fd, number, O_CLOEXEC) == -1) {
		printf("Bail out! cannot open descriptor %d\n", number);
		exit(1);
	}
	close(fd);
}

static int
is_closed_on_exec(int fd)
{
	return (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
}

/* Applies a copy of the moves WANTED, and checks all descriptor numbers below LIMIT. Returns an error text, or NULL. */
static const char *
check(const struct placement *wanted, size_t count, int limit)
{
	struct placement moves[MOST];
	ino_t before[MOST];
	struct fail fail;
	size_t i;
	int fd;

	for (fd = 0; fd < limit; fd++)
		before[fd] = inode_at(fd);
	memcpy(moves, wanted, count * sizeof(moves[0]));
	if (place_apply(moves, count, &fail) == -1)
		return strdup(fail.text);
	for (i = 0; i < count; i++) {
		if (inode_at(wanted[i].to) != before[wanted[i].from])
			return "a descriptor is not at its target number";
		if (is_closed_on_exec(wanted[i].to))
			return "a placed descriptor is close-on-exec";
	}
	for (fd = 0; fd < limit; fd++) {
		for (i = 0; i < count && wanted[i].to != fd; i++)
			;
		if (i < count)
			continue;
		if (before[fd] != 0 && inode_at(fd) != before[fd])
			return "a descriptor that is not a target was changed";
		if (before[fd] == 0 && inode_at(fd) != 0)
			return "a number that was free before is open";
		if (before[fd] != 0 && fd >= LOW && !is_closed_on_exec(fd))
			return "a source descriptor is no longer close-on-exec";
	}
	return NULL;
}

/*
 * Opens the source of each move and applies the moves. Uses a child process, because the descriptor numbers are fixed.
 */
static void
is_placed(const struct placement *moves, size_t count, int limit, const char *name)
{
	const char *wrong;
	struct rlimit rl;
	int status;
	pid_t pid;
	size_t i;

	fflush(stdout);
	if ((pid = fork()) == 0) {
		for (i = 0; i < count; i++)
			if (inode_at(moves[i].from) == 0)
				open_at(moves[i].from);
		if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
			_exit(2);
		rl.rlim_cur = (rlim_t)limit;
		if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
			_exit(2);
		wrong = check(moves, count, limit);
		if (wrong != NULL) {
			printf("# %s\n", wrong);
			fflush(stdout);
		}
		_exit(wrong != NULL);
	}
	waitpid(pid, &status, 0);
	is_int(status, 0, "%s", name);
}

static void
are_placed(const int (*pairs)[2], size_t count, int limit, const char *name)
{
	struct placement moves[SPAN];
	size_t i;

	for (i = 0; i < count; i++)
		moves[i] = (struct placement){ .from = pairs[i][0], .to = pairs[i][1] };
	is_placed(moves, count, limit, name);
}

/* Tests the given moves, which are pairs of a source number and a target number. */
#define PLACED(limit, name, ...) \
	do { \
		static const int pairs_[][2] = { __VA_ARGS__ }; \
		are_placed(pairs_, sizeof(pairs_) / sizeof(pairs_[0]), (limit), (name)); \
	} while (0)

static void
test_shapes(void)
{
	PLACED(64, "a descriptor that is already at its target number is kept", { 40, 40 });
	PLACED(64, "a descriptor is moved to a lower number", { 45, 40 });
	PLACED(64, "a descriptor is moved to a higher number", { 40, 45 });
	PLACED(64, "three descriptors are each moved down by one", { 41, 40 }, { 42, 41 }, { 43, 42 });
	PLACED(64, "three descriptors are each moved up by one", { 40, 41 }, { 41, 42 }, { 42, 43 });
	PLACED(64, "two descriptors exchange their numbers", { 40, 41 }, { 41, 40 });
	PLACED(64, "three descriptors exchange their numbers in a cycle", { 40, 41 }, { 41, 42 }, { 42, 40 });
	PLACED(
	    64, "three descriptors exchange their numbers in the opposite cycle", { 40, 42 }, { 42, 41 }, { 41, 40 });
	PLACED(
	    64, "two descriptors exchange their numbers while another one is kept", { 40, 40 }, { 41, 42 }, { 42, 41 });
	PLACED(64, "two pairs of descriptors exchange their numbers", { 40, 41 }, { 41, 40 }, { 42, 43 }, { 43, 42 });
	PLACED(64, "a descriptor is duplicated to two numbers", { 40, 41 }, { 40, 42 });
	PLACED(64, "a descriptor is kept, and then duplicated to another number", { 40, 40 }, { 40, 42 });
	PLACED(64, "a descriptor is duplicated to another number, and then kept", { 40, 42 }, { 40, 40 });
	PLACED(64, "two descriptors exchange their numbers, and one of them is duplicated", { 40, 41 }, { 41, 40 },
	    { 40, 42 });
	PLACED(64, "two descriptors exchange their numbers, and both are duplicated", { 40, 41 }, { 41, 40 },
	    { 40, 42 }, { 41, 43 });
	PLACED(64, "a chain of moves works together with further moves", { 40, 41 }, { 41, 42 }, { 42, 41 + 2 },
	    { 43, 40 }, { 44, 45 });
	PLACED(64, "three descriptors are placed on standard input, output and error", { 40, 0 }, { 41, 1 }, { 42, 2 });
}

/*
 * Tests moves with exactly one free number below LIMIT: only descriptors 0 to 2 and the descriptors to move are open.
 */
static void
test_tight(void)
{
	struct placement moves[64];
	int i, base = 3, limit;

	/* Closes inherited descriptors, which would occupy the free number. */
	for (i = 3; i < 256; i++)
		close(i);
	PLACED(6, "two descriptors exchange their numbers with one free number", { 3, 4 }, { 4, 3 });
	PLACED(10, "two cycles of three descriptors need only one free number", { 3, 4 }, { 4, 5 }, { 5, 3 }, { 6, 7 },
	    { 7, 8 }, { 8, 6 });
	for (i = 0; i < 64; i += 2) {
		moves[i] = (struct placement){ .from = base + i, .to = base + i + 1 };
		moves[i + 1] = (struct placement){ .from = base + i + 1, .to = base + i };
	}
	limit = base + 64 + 1;
	is_placed(moves, 64, limit, "32 pairs of descriptors exchange their numbers if one number is free");
}

static void
test_failures(void)
{
	struct placement beyond[] = { { .from = 40 } }, closed[] = { { .from = 41, .to = 42 } };
	struct placement swap[] = { { .from = 40, .to = 41 }, { .from = 41, .to = 40 } };
	struct rlimit rl, old;
	struct fail fail = { .err = 0 };

	open_at(40);
	getrlimit(RLIMIT_NOFILE, &old);
	beyond[0].to = (int)old.rlim_cur;
	is_int(place_apply(beyond, 1, &fail), -1, "a target number above RLIMIT_NOFILE is refused");
	is_int(fail.err, EBADF, "a target number above RLIMIT_NOFILE fails with EBADF");
	ok(strstr(fail.text, "descriptor 40") != NULL, "the error message contains the descriptor number: %s",
	    fail.text);
	is_int(place_apply(closed, 1, &fail), -1, "a source descriptor that is not open is refused");
	is_int(fail.err, EBADF, "a source descriptor that is not open fails with EBADF");
	open_at(41);
	rl = old;
	rl.rlim_cur = 42;
	for (int fd = 3; fd < 42; fd++)
		if (inode_at(fd) == 0)
			open_at(fd);
	setrlimit(RLIMIT_NOFILE, &rl);
	is_int(place_apply(swap, 2, &fail), -1, "an exchange of numbers is refused if no number is free");
	is_int(fail.err, EMFILE, "an exchange of numbers fails with EMFILE if no number is free");
	setrlimit(RLIMIT_NOFILE, &old);
	for (int fd = 3; fd < 42; fd++)
		close(fd);
}

static void
test_spare(void)
{
	struct placement moves[] = { { .from = 40, .to = 3 }, { .from = 41, .to = 4 }, { .from = 42, .to = 6 } };
	int fd;

	open_at(40);
	fd = place_spare(40, moves, 3);
	is_int(fd, 5, "place_spare() returns the lowest number from 3 up that is not a target");
	ok(fd != -1 && inode_at(fd) == inode_at(40), "place_spare() duplicates the descriptor");
	ok(is_closed_on_exec(fd), "the duplicate of place_spare() is close-on-exec");
	is_int(inode_at(3) | inode_at(4), 0, "place_spare() opens no other number");
	close(fd);
	is_int(place_spare(60, moves, 3), -1, "place_spare() refuses a descriptor that is not open");
	is_int(errno, EBADF, "place_spare() of a descriptor that is not open fails with EBADF");
	close(40);
}

static unsigned int seed = 1;

static unsigned int
number(unsigned int below)
{
	seed = seed * 1103515245 + 12345;
	return seed / 65536 % below;
}

/*
 * Tests random mappings between SPAN descriptor numbers, with only one further free number. Some sources have several
 * targets.
 */
static void
test_random(void)
{
	struct placement moves[SPAN];
	int wanted[SPAN], i, n, j, swap, status, failed = 0;
	pid_t pid;

	for (n = 0; n < 2000; n++) {
		fflush(stdout);
		if ((pid = fork()) == 0) {
			const char *wrong;
			size_t count = 1 + number(SPAN);

			seed = (unsigned int)n * 2654435761U + 1;
			count = 1 + number(SPAN);
			for (i = 0; i < SPAN; i++)
				wanted[i] = LOW + i;
			for (i = SPAN - 1; i > 0; i--) {
				j = (int)number((unsigned int)i + 1);
				swap = wanted[i];
				wanted[i] = wanted[j];
				wanted[j] = swap;
			}
			for (size_t k = 0; k < count; k++) {
				moves[k].to = wanted[k];
				moves[k].from = LOW + (int)number(SPAN);
				if (inode_at(moves[k].from) == 0)
					open_at(moves[k].from);
			}
			wrong = check(moves, count, LOW + SPAN + 1);
			if (wrong != NULL) {
				printf("# case %d: %s:", n, wrong);
				for (size_t k = 0; k < count; k++)
					printf(" %d->%d", moves[k].from, moves[k].to);
				printf("\n");
				fflush(stdout);
			}
			_exit(wrong != NULL);
		}
		waitpid(pid, &status, 0);
		failed += status != 0;
	}
	is_int(failed, 0, "the descriptors of 2000 random mappings get their target numbers");
}

/* Tests that the time for many moves does not grow with the square or cube of the number of moves. */
static void
test_many(void)
{
	enum { COUNT = 20000 };
	struct placement *moves = calloc(COUNT, sizeof(*moves));
	struct rlimit rl;
	struct timespec begin, end;
	struct fail fail;
	int i, rc;

	if (moves == NULL || getrlimit(RLIMIT_NOFILE, &rl) == -1)
		return;
	rl.rlim_cur = rl.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &rl);
	if (rl.rlim_cur < COUNT + 8) {
		skip("the limit on open files is too low", "20000 descriptors are each moved up by one");
		free(moves);
		return;
	}
	open_at(3);
	for (i = 0; i < COUNT; i++) {
		if (i > 0)
			(void)dup3(3, 3 + i, O_CLOEXEC);
		moves[i] = (struct placement){ .from = 3 + i, .to = 4 + i };
	}
	clock_gettime(CLOCK_MONOTONIC, &begin);
	rc = place_apply(moves, COUNT, &fail);
	clock_gettime(CLOCK_MONOTONIC, &end);
	is_int(rc, 0, "%d descriptors are each moved up by one", COUNT);
	ok(end.tv_sec - begin.tv_sec < 5, "moving 20000 descriptors takes less than five seconds");
	for (i = 3; i < 4 + COUNT; i++)
		close(i);
	free(moves);
}

int
main(void)
{
	test_shapes();
	test_tight();
	test_failures();
	test_spare();
	test_random();
	test_many();
	return tap_done();
}
