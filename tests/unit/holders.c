/* SPDX-License-Identifier: ISC */
/*
 * Tests of finding the processes that hold a descriptor or its other end, of names of descriptors, of unmapped IDs, and
 * of closing descriptors whose close may block.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/kcmp.h>

#include "inspect/fd_names.h"
#include "inspect/holders.h"
#include "inspect/idmap.h"
#include "inspect/kind.h"
#include "inspect/process.h"
#include "inspect/unix_diag.h"
#include "must.h"
#include "open_fds.h"
#include "tap.h"

/*
 * The number of eventfds that the child has open. This number is large enough that the eventfds are sorted instead of
 * compared one by one.
 */
#define MANY 40

/*
 * Descriptors for both ends of each object. This process has the ends named "here" open, and the child has the ends
 * named "there" open.
 */
static struct {
	int pipe_here, pipe_there, write_here, read_there, unix_here, unix_there, tcp_here, tcp_there;
	int master_here, slave_there, slave_here, master_there, event, event_copy;
} ends;

static void
make_tcp(int *one, int *two)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
	must(bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 1) == 0);
	must(getsockname(listener, (struct sockaddr *)&address, &length) == 0);
	*one = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(connect(*one, (struct sockaddr *)&address, length) == 0);
	*two = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	must(*two != -1);
	(void)close(listener);
}

/* Opens a pseudo-terminal. If no devpts is mounted, sets *MASTER or *SLAVE to -1. */
static void
make_terminal(int *master, int *slave)
{
	*master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	*slave = -1;
	if (*master != -1 && unlockpt(*master) == 0)
		*slave = open(ptsname(*master), O_RDWR | O_NOCTTY | O_CLOEXEC);
}

static void
make_ends(void)
{
	int pair[2];

	must(pipe2(pair, O_CLOEXEC) == 0);
	ends.pipe_here = pair[0];
	ends.pipe_there = pair[1];
	must(pipe2(pair, O_CLOEXEC) == 0);
	ends.write_here = pair[1];
	ends.read_there = pair[0];
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	ends.unix_here = pair[0];
	ends.unix_there = pair[1];
	make_tcp(&ends.tcp_here, &ends.tcp_there);
	make_terminal(&ends.master_here, &ends.slave_there);
	make_terminal(&ends.master_there, &ends.slave_here);
	ends.event = eventfd(0, EFD_CLOEXEC);
	must(ends.event != -1);
}

/* Runs in the child: keeps the ends named "there" open until the parent closes STOP. */
static void
child(int ready, int stop)
{
	const int unused[] = { ends.pipe_here, ends.write_here, ends.unix_here, ends.tcp_here, ends.master_here,
		ends.slave_here };
	int table = fd_names_create();
	size_t i;
	char byte;

	for (i = 0; i < sizeof(unused) / sizeof(unused[0]); i++)
		(void)close(unused[i]);
	fd_names_set(table, 5, "five");
	for (i = 0; i < MANY; i++)
		must(eventfd(0, EFD_CLOEXEC) != -1);
	ends.event_copy = fcntl(ends.event, F_DUPFD_CLOEXEC, 0);
	must(write(ready, &ends.event_copy, sizeof(int)) == sizeof(int));
	(void)close(ready);
	_exit(read(stop, &byte, 1) == 0 ? 0 : 1);
}

/*
 * FD is a duplicate of descriptor NUMBER of process PID. Checks that the holder of this descriptor is SAME_FD of
 * process BY, and that the holder of its other end is PEER_FD of BY. -1 means no holder.
 */
static void
held(struct holders *h, int fd, pid_t pid, int number, pid_t by, int same_fd, int peer_fd, const char *name)
{
	static struct fd_facts facts;
	struct holder_list same, peers;

	fd_probe(fd, &facts);
	facts.number = number;
	is_int(holders_find(h, &facts, pid, &same, &peers), 0, "the holders of %s are found", name);
	is_int((intmax_t)same.count, same_fd == -1 ? 0 : 1, "%s has the expected number of holders", name);
	if (same.count > 0)
		ok(same.items[0].pid == by && same.items[0].fd == same_fd, "%s has the expected holder", name);
	is_int((intmax_t)peers.count, peer_fd == -1 ? 0 : 1, "the other end of %s has the expected number of holders",
	    name);
	if (peers.count > 0)
		ok(peers.items[0].pid == by && peers.items[0].fd == peer_fd,
		    "the other end of %s has the expected holder", name);
	free(same.items);
	free(peers.items);
}

/*
 * Returns a list of holders that contains the TCP connection. Tries again if necessary, because the kernel's list of
 * connections can be incomplete if other processes open or close connections while the list is read.
 */
static struct holders *
with_connection(struct holders *h)
{
	static struct fd_facts facts;
	struct holder_list same, peers;
	size_t count = 0;
	int tries;

	fd_probe(ends.tcp_here, &facts);
	for (tries = 0; tries < 20 && count == 0; tries++) {
		holders_free(h);
		h = holders_new();
		must(h != NULL && holders_find(h, &facts, 0, &same, &peers) == 0);
		count = peers.count;
		free(same.items);
		free(peers.items);
	}
	return h;
}

static void
test_many(struct holders *h, pid_t pid)
{
	static struct fd_facts facts;
	struct holder_list same, peers;

	fd_probe(ends.event, &facts);
	is_int(holders_find(h, &facts, 0, &same, &peers), 0, "the holders of one of many eventfds are found");
	ok(same.count == 2 && same.items[0].pid == pid && same.items[1].pid == pid &&
		same.items[0].fd + same.items[1].fd == ends.event + ends.event_copy,
	    "both duplicates of the eventfd are found");
	is_int((intmax_t)peers.count, 0, "an eventfd has no other end");
	free(same.items);
	free(peers.items);
}

static void
test_names(pid_t pid)
{
	char name[FD_NAMES_SLOT], longest[2 * FD_NAMES_SLOT];
	int table = fd_names_open(pid);

	is_int((intmax_t)fd_names_get(table, 5, name), 4, "a name in the table of another process is found");
	is_str(name, "five", "the name of descriptor 5 is \"five\"");
	is_int((intmax_t)fd_names_get(table, 6, name), 0, "the descriptor after the named descriptor has no name");
	is_int((intmax_t)fd_names_get(table, 4, name), 0, "the descriptor before the named descriptor has no name");
	(void)close(table);
	is_int(fd_names_open(getpid()), -1, "fd_names_open() fails for a process without a table of names");
	is_int((intmax_t)fd_names_get(-1, 5, name), 0, "fd_names_get() finds no name without a table");
	table = fd_names_create();
	memset(longest, 'n', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	fd_names_set(table, 3, longest);
	is_int((intmax_t)fd_names_get(table, 3, name), FD_NAMES_SLOT - 1,
	    "fd_names_set() truncates a name that is too long");
	fd_names_set(table, 3, NULL);
	is_int((intmax_t)fd_names_get(table, 3, name), 0, "fd_names_set() with NULL removes a name");
	fd_names_set(-1, 3, "x");
	(void)close(table);
}

static void
test_holders(void)
{
	int ready[2], stop[2], before, netlink, copy, pidfd;
	struct holders *h;
	pid_t pid;

	make_ends();
	must(pipe2(ready, O_CLOEXEC) == 0 && pipe2(stop, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0) {
		(void)close(stop[1]);
		child(ready[1], stop[0]);
	}
	(void)close(ends.pipe_there);
	(void)close(ends.read_there);
	(void)close(ends.unix_there);
	(void)close(ends.tcp_there);
	(void)close(ends.slave_there);
	(void)close(ends.master_there);
	(void)close(stop[0]);
	(void)close(ready[1]);
	must(read(ready[0], &ends.event_copy, sizeof(int)) == sizeof(int));
	h = with_connection(NULL);
	held(h, ends.pipe_here, 0, ends.pipe_here, pid, -1, ends.pipe_there, "the read end of a pipe");
	held(h, ends.write_here, 0, ends.write_here, pid, -1, ends.read_there, "the write end of a pipe");
	held(h, ends.tcp_here, 0, ends.tcp_here, pid, -1, ends.tcp_there, "a TCP socket");
	if (ends.slave_here != -1 && ends.slave_there != -1) {
		held(h, ends.master_here, 0, ends.master_here, pid, -1, ends.slave_there, "a master");
		held(h, ends.slave_here, 0, ends.slave_here, pid, -1, ends.master_there, "a slave");
	} else {
		skip("pseudo-terminals cannot be created here", "the holders of a pseudo-terminal are found");
	}
	if ((netlink = unix_diag_open()) != -1)
		held(h, ends.unix_here, 0, ends.unix_here, pid, -1, ends.unix_there, "a Unix domain socket");
	else
		skip("this kernel has no sock_diag(7) for AF_UNIX", "the holders of an AF_UNIX socket are found");
	(void)close(netlink);
	test_many(h, pid);
	pidfd = proc_pid_open(pid);
	copy = proc_pid_getfd(pidfd, ends.pipe_there);
	held(h, copy, pid, ends.pipe_there, pid, -1, -1, "a descriptor of the other process");
	held(h, copy, 0, copy, pid, ends.pipe_there, -1, "a duplicate of a descriptor of the other process");
	(void)close(copy);
	(void)close(pidfd);
	holders_free(h);
	before = count_fds();
	holders_free(holders_new());
	/* The count can decrease, because inspect/proc.c caches descriptors and closes them at any time. */
	ok(count_fds() <= before, "holders_free() leaves no descriptor open");
	test_names(pid);
	(void)close(stop[1]);
	(void)waitpid(pid, NULL, 0);
}

/* Closing a file or directory on a local file system (a tmpfs) cannot block. */
static void
test_local(void)
{
	static struct fd_facts facts;
	char name[] = "/dev/shm/fdh.XXXXXX";
	int fds[2] = { -1, -1 };

	if (mkdtemp(name) != NULL) {
		fds[0] = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		fds[1] = open(name, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
		(void)rmdir(name);
	}
	fd_probe(fds[0], &facts);
	if (fds[1] == -1 || fd_filesystem(&facts) == NULL || strcmp(fd_filesystem(&facts), "tmpfs") != 0) {
		skip("there is no tmpfs on /dev/shm", "closing files and directories on a local file system");
	} else {
		ok(!fd_close_may_block(&facts), "closing a directory on a local file system never blocks");
		fd_probe(fds[1], &facts);
		ok(!fd_close_may_block(&facts), "closing a file on a local file system never blocks");
	}
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void
test_close(void)
{
	int fds[303], i, memory = memfd_create("m", MFD_CLOEXEC), left = 0, pair[2], event;
	static struct fd_facts facts;

	fd_probe(memory, &facts);
	ok(!fd_close_may_block(&facts), "closing a memfd never blocks");
	must(pipe2(pair, O_CLOEXEC) == 0);
	fd_probe(pair[0], &facts);
	ok(fd_close_may_block(&facts), "closing a pipe may block");
	event = eventfd(0, EFD_CLOEXEC);
	fd_probe(event, &facts);
	ok(fd_close_may_block(&facts), "closing an eventfd may block");
	(void)close(event);
	fd_probe(999, &facts);
	ok(!fd_close_may_block(&facts), "closing a number that is not open never blocks");
	(void)close(pair[0]);
	(void)close(pair[1]);
	for (i = 0; i < 303; i++)
		fds[i] = i % 101 == 100 ? -1 : fcntl(memory, F_DUPFD_CLOEXEC, 0);
	errno = EXDEV;
	fd_close_all(fds, 303);
	is_int(errno, EXDEV, "fd_close_all() preserves errno");
	for (i = 0; i < 303; i++)
		left += fds[i] != -1 && fcntl(fds[i], F_GETFD) != -1;
	is_int(left, 0, "fd_close_all() closes all descriptors");
	(void)close(memory);
}

static bool
write_map(const char *map)
{
	int fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
	bool written = fd != -1 && write(fd, map, strlen(map)) == (ssize_t)strlen(map);

	(void)close(fd);
	return written;
}

/* Checks the states of user ID and group ID 65534 in a user namespace that maps only the user ID INSIDE. */
static void
test_idmap(unsigned int inside, enum id_state user)
{
	char map[64];
	bool right;
	int status;
	pid_t pid;

	(void)snprintf(map, sizeof(map), "%u %u 1\n", inside, (unsigned int)geteuid());
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWUSER) == -1 || !write_map(map))
			_exit(2);
		/* Each test calls a different function, because only the first call reads the ID maps. */
		if (inside == 0)
			right = idmap_ids(0, 65534) == ID_UNMAPPED;
		else
			right = inside == 1 ? idmap_ids(65534, 0) == user : idmap_gid(65534) == ID_UNMAPPED;
		right = right && idmap_uid(65534) == user && idmap_gid(65534) == ID_UNMAPPED &&
		    idmap_uid(0) == ID_MAPPED;
		right = right && idmap_ids(0, 0) == ID_MAPPED && idmap_ids(65534, 0) == user;
		_exit(right && idmap_ids(0, 65534) == ID_UNMAPPED ? 0 : 1);
	}
	must(waitpid(pid, &status, 0) == pid);
	if (WEXITSTATUS(status) == 2)
		skip("user namespaces cannot be created here", "IDs in a user namespace with the user %u", inside);
	else
		is_int(status, 0, "IDs without a mapping are detected in a user namespace with the user %u", inside);
}

int
main(void)
{
	struct rlimit limit;

	must(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = limit.rlim_max < 1024 ? limit.rlim_max : 1024;
	must(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	test_idmap(0, ID_UNMAPPED);
	test_idmap(1, ID_UNMAPPED);
	test_idmap(65534, ID_UNCLEAR);
	if (syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE, 0, 0) == -1)
		skip("kcmp(2) is not available", "the holders of descriptors are found");
	else
		test_holders();
	test_local();
	test_close();
	return tap_done();
}
