/* SPDX-License-Identifier: ISC */
/*
 * Tests of inspect/: information about processes, files in /proc, addresses, terminals, namespaces and control
 * messages.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/helper.h"
#include "lib/internal.h"
#include "inspect/fd_names.h"
#include "inspect/idmap.h"
#include "inspect/interface.h"
#include "inspect/kind.h"
#include "inspect/message_details.h"
#include "inspect/mountinfo.h"
#include "inspect/origin.h"
#include "inspect/proc.h"
#include "inspect/process.h"
#include "inspect/same.h"
#include "inspect/superblock.h"
#include "inspect/unix_diag.h"
#include "fail_call.h"
#include "must.h"
#include "open_fds.h"
#include "tap.h"

static char home[] = "/tmp/fdx.XXXXXX";

/*
 * Runs TEST in a child, so that TEST can change the child's root directory or limits. TEST returns 0 if it has passed,
 * 1 if it has failed, or 77 if it cannot run on this machine.
 */
static void
in_child(int (*test)(void), const char *name)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(test());
	must(waitpid(pid, &status, 0) == pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip("the test cannot be set up on this machine", "%s", name);
	else
		is_int(status, 0, "%s", name);
}

static void
test_address(void)
{
	static const struct {
		int family;
		unsigned char bytes[18]; /* the bytes of the address after the family */
		socklen_t length;
		bool set;
	} table[] = {
		{ AF_UNIX, { 0 }, 2, false },
		{ AF_UNIX, { 0 }, 3, true },
		{ AF_INET, { 0 }, 16, false },
		{ AF_INET, { 1 }, 16, true },
		{ AF_INET, { [13] = 1 }, 16, true },
		{ AF_INET, { [14] = 1 }, 16, false },
		{ AF_INET, { 0 }, 0, false },
		{ AF_VSOCK, { 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0 }, 16, false },
		{ AF_VSOCK, { 0, 0, 254, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0 }, 16, true },
		{ AF_VSOCK, { 0, 0, 255, 255, 255, 255, 255, 255, 255, 254, 0, 0, 0, 0 }, 16, true },
		{ AF_INET6, { 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0 }, 16, true },
	};
	struct sockaddr_storage address;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		memset(&address, 0, sizeof(address));
		memcpy((unsigned char *)&address + sizeof(address.ss_family), table[i].bytes, sizeof(table[i].bytes));
		address.ss_family = (sa_family_t)table[i].family;
		is_int(sock_address_is_set(&address, table[i].length), table[i].set,
		    "address %zu of family %d is correctly classified as set or not", i, table[i].family);
	}
	ok(!mount_type_may_block("ext4") && !mount_type_may_block("tmpfs") && !mount_type_may_block("ext2/3/4"),
	    "calls on local file systems never block");
	ok(mount_type_may_block("nfs") && mount_type_may_block("fuse.sshfs") && mount_type_may_block("ext") &&
		mount_type_may_block(""),
	    "calls on other file systems may block");
}

/* Returns facts of a character device with this device number. */
static const struct fd_facts *
device(unsigned int major, unsigned int minor)
{
	static struct fd_facts facts;

	facts = (struct fd_facts){ .fd = -1, .has_stat = true, .access = ACCESS_BOTH };
	facts.st = (struct file_stat){ .mode = S_IFCHR | 0600, .rdev_major = major, .rdev_minor = minor };
	(void)strlcpy(facts.link, "/device", sizeof(facts.link));
	facts.link_length = strlen(facts.link);
	return &facts;
}

static const char *
device_kind(unsigned int major, unsigned int minor)
{
	return fd_kind_find(device(major, minor))->word;
}

/*
 * Checks the first and the last device in LINE of /proc/tty/drivers, and a device with a major number that LINE does
 * not contain.
 */
static void
test_driver(const char *line)
{
	unsigned int major, first, last;
	char type[16];
	bool pty;

	if (sscanf(line, "%*s /dev/%*s %u %u-%u %15s", &major, &first, &last, type) != 4) {
		if (sscanf(line, "%*s /dev/%*s %u %u %15s", &major, &first, type) != 3)
			return;
		last = first;
	}
	pty = strncmp(type, "pty", 3) == 0;
	if (major == 4 || major == 5 || (major >= 136 && major <= 143) || pty)
		return;
	is_str(device_kind(major, first), "tty", "the first device of the driver for %u:%u-%u", major, first, last);
	is_str(device_kind(major, last), "tty", "the last device of the driver for %u:%u-%u", major, first, last);
	is_str(
	    device_kind(major + 300, first), "char-device", "device %u of a major number other than %u", first, major);
}

static void
test_terminals(void)
{
	FILE *drivers = fopen("/proc/tty/drivers", "re");
	char line[128];
	int before;

	(void)device_kind(777, 3);
	before = count_fds();
	is_str(device_kind(4, 1), "tty", "a console is a terminal");
	is_str(device_kind(4, 64), "tty", "a serial line is a terminal");
	is_str(device_kind(5, 0), "tty", "/dev/tty is a terminal");
	is_str(device_kind(5, 1), "tty", "/dev/console is a terminal");
	is_str(device_kind(5, 2), "pty", "/dev/ptmx is a pseudo-terminal");
	is_str(device_kind(1, 5), "char-device", "/dev/zero is not a terminal");
	is_str(device_kind(10, 200), "char-device", "/dev/net/tun is not a terminal");
	is_str(device_kind(135, 0), "char-device", "a major number below those of the slaves is not a pseudo-terminal");
	is_str(device_kind(136, 0), "pty", "the first slave is a pseudo-terminal");
	is_str(device_kind(143, 255), "pty", "the last slave is a pseudo-terminal");
	is_str(device_kind(144, 0), "char-device", "a major number above those of the slaves is not a pseudo-terminal");
	is_str(device_kind(777, 3), "char-device", "a device without a driver is not a terminal");
	while (drivers != NULL && fgets(line, sizeof(line), drivers) != NULL)
		test_driver(line);
	is_int(count_fds(), before, "the list of terminal drivers is closed");
	if (drivers != NULL)
		(void)fclose(drivers);
	ok(tty_is_master(device(5, 2)) && !tty_is_master(device(5, 1)) && !tty_is_master(device(136, 2)),
	    "of three terminal devices, only /dev/ptmx is a master");
}

/* Tests that cached files in /proc are opened again after other code has closed or reused their descriptor numbers. */
static void
test_stale(void)
{
	int at = proc_directory(), other, fd, i;
	char link[64], text[64];

	ok(at > 2 && (fcntl(at, F_GETFD) & FD_CLOEXEC) != 0,
	    "the descriptor of /proc/self is close-on-exec, and its number is above 2");
	is_int(proc_directory(), at, "the directory /proc/self stays open");
	other = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(dup3(other, at, O_CLOEXEC) == at);
	fd = proc_open("status");
	ok(fd > 2 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0,
	    "a file in /proc is opened after another file has replaced the cached directory");
	(void)close(fd);
	ok(fcntl(at, F_GETFD) != -1, "the descriptor that replaced the directory stays open");
	(void)close(at);
	at = proc_directory();
	must(dup3(other, at, O_CLOEXEC) == at);
	is_int(proc_readlink(other, link, sizeof(link)), 1,
	    "a link is read after another file has replaced the cached directory");
	ok(fcntl(at, F_GETFD) != -1, "the descriptor that replaced the directory stays open");
	(void)close(at);
	at = proc_directory();
	(void)close(at);
	is_int(proc_readlink(other, link, sizeof(link)), 1,
	    "a link is read after other code has closed the cached directory");
	errno = 0;
	is_int(proc_readlink(999, link, sizeof(link)), -1, "a number that is not open has no link");
	is_int(errno, ENOENT, "reading the link of a number that is not open fails with ENOENT");
	is_int(proc_open("nothing"), -1, "a file that does not exist is not opened");
	is_int(errno, ENOENT, "opening a file that does not exist fails with ENOENT");
	is_int(proc_read_info(999, text, sizeof(text), 0), -1, "a number that is not open has no fdinfo");
	/*
	 * The first read does not cache the fdinfo file, the second read caches the file, and further reads use the
	 * cached file.
	 */
	for (i = 0; i < 4; i++) {
		must(lseek(other, 0, SEEK_SET) == 0);
		is_int(proc_read_info(other, text, 5, 0), 5, "the fdinfo of a descriptor is read (%d)", i);
		is_mem(text, "pos:\t", 5, "the text belongs to the descriptor whose fdinfo was read (%d)", i);
		is_int(proc_readlink(other, link, sizeof(link)), 1, "the link of a descriptor is read (%d)", i);
	}
	ok(proc_cache_active(), "files of a descriptor that was used again are cached");
	proc_cache_drop();
	ok(!proc_cache_active(), "after proc_cache_drop(), no file is cached");
	(void)close(other);
}

/* Tests reads after other code has replaced the cached /proc files of a descriptor by another file. */
static void
test_replaced(void)
{
	int file = open("/etc/passwd", O_RDONLY | O_CLOEXEC), fd, i, used = 0;
	char link[64], text[64];

	must(file != -1);
	for (i = 0; i < 3; i++) {
		(void)proc_readlink(file, link, sizeof(link));
		(void)proc_read_info(file, text, sizeof(text), 0);
	}
	must(proc_cache_active());
	for (fd = file + 1; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) != -1 && fd != proc_directory()) {
			must(dup3(file, fd, O_CLOEXEC) == fd);
			used++;
		}
	ok(used > 0, "files in /proc are cached");
	is_int(proc_read_info(file, text, 5, 0), 5,
	    "fdinfo is read after another file has replaced the cached fdinfo file");
	is_mem(text, "pos:\t", 5, "the text belongs to the descriptor whose fdinfo was read");
	is_int(proc_readlink(file, link, sizeof(link)), (intmax_t)strlen("/etc/passwd"),
	    "the link is read after another file has replaced the cached file of the link");
	proc_cache_drop();
	for (fd = file + 1; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) != -1 && fd != proc_directory()) {
			used--;
			(void)close(fd);
		}
	is_int(used, 0, "the descriptors that replaced the cached files stay open");
	(void)close(file);
}

static void
test_leaks(void)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), i, before;
	char link[64], text[64];
	struct rlimit limit, low;
	uint64_t gone;

	must(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	low = limit;
	low.rlim_cur = 300;
	proc_close();
	before = count_fds();
	for (i = 0; i < 8; i++) {
		(void)proc_readlink(fd, link, sizeof(link));
		(void)proc_read_info(fd, text, sizeof(text), 0);
		(void)proc_read_info(999, text, sizeof(text), 0);
	}
	proc_close();
	is_int(count_fds(), before, "proc_cache_drop() closes all cached files");
	/* If too few descriptor numbers are free for the largest message, no file must be cached. */
	must(setrlimit(RLIMIT_NOFILE, &low) == 0);
	for (i = 0; i < 4; i++) {
		(void)proc_readlink(fd, link, sizeof(link));
		(void)proc_read_info(fd, text, sizeof(text), 0);
	}
	ok(!proc_cache_active(), "no file is cached with a low limit on open files");
	is_int(count_fds(), before + 1, "with a low limit on open files, only the directory /proc/self stays open");
	must(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	proc_close();
	(void)unix_diag_peer(-1, 1, &gone);
	is_int(count_fds(), before, "all descriptors are closed again");
	(void)close(fd);
}

/*
 * Runs in a child: tests /proc files while no descriptor number is free. Returns 0, or the number of the failed step.
 */
static int
child_full(void)
{
	struct rlimit limit;
	struct stat st;
	int fd, last = -1, info;
	char link[16];

	must(proc_directory() != -1 && getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = 64;
	must(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	while ((fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) != -1)
		last = fd;
	if (errno != EMFILE || last == -1)
		return 77;
	if (proc_readlink(last, link, sizeof(link)) != 1)
		return 1;
	info = proc_open("status");
	if (info == -1 || fstat(info, &st) == -1)
		return 2;
	(void)close(info);
	return 0;
}

static int
child_closed(void)
{
	int info, at;

	(void)proc_close();
	(void)close(0);
	(void)close(1);
	(void)close(2);
	at = proc_directory();
	info = proc_open("status");
	if (at <= 2 || info <= 2 || (fcntl(info, F_GETFD) & FD_CLOEXEC) == 0 || (fcntl(at, F_GETFD) & FD_CLOEXEC) == 0)
		return 1;
	return fcntl(0, F_GETFD) == -1 && fcntl(1, F_GETFD) == -1 && fcntl(2, F_GETFD) == -1 ? 0 : 2;
}

/*
 * Runs in a child whose root directory contains no /proc: no ID must be reported as unmapped, and mounts must be
 * unknown.
 */
static int
child_without_proc(void)
{
	static struct fd_facts facts;
	struct idmap map;
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), *fds;
	char comm[PROC_COMM_SIZE] = "x", link[16];
	size_t count;

	proc_close();
	if ((geteuid() != 0 && unshare(CLONE_NEWUSER) == -1) || chroot(".") == -1)
		return 77;
	map = idmap_get();
	if (map.uid != 65534 || map.gid != 65534 || map.uid_state != ID_MAPPED || map.gid_state != ID_MAPPED)
		return 1;
	if (mountinfo_known() || mountinfo_is_foreign(1) || mountinfo_is_chroot() || mountinfo_by_id(1) != NULL ||
	    mountinfo_by_device(0, 1) != NULL)
		return 2;
	if (proc_pid_fds(getpid(), &fds, &count) != -1 || proc_readlink(fd, link, sizeof(link)) != -1 ||
	    proc_open("status") != -1)
		return 3;
	proc_pid_comm(getpid(), comm);
	if (comm[0] != '\0')
		return 4;
	memset(&facts, 0xff, sizeof(facts));
	fd_probe(fd, &facts);
	return facts.link_err == ENOENT && facts.link_length == 0 && facts.link[0] == '\0' && facts.err == 0 ? 0 : 5;
}

/*
 * Runs in a child: paths that were determined before chroot(2) refer to other files or do not exist afterwards, and
 * must not be shown.
 */
static int
child_chroot(void)
{
	static struct fd_facts facts;
	static struct fd_details details;
	int fds[3], i;
	bool outside[3];

	must(mkdir("root", 0755) == 0 && mkdir("root/proc", 0755) == 0 && mkdir("root/inside", 0755) == 0);
	fds[0] = open("root/inside", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fds[1] = open("/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fds[2] = open("/usr", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(mkdir("root/etc", 0755) == 0);
	if (geteuid() != 0)
		return 77;
	/* Opens the directory /proc, which remains usable after chroot(2). */
	must(proc_directory() != -1);
	must(mountinfo_known());
	if (chroot("root") == -1 || chdir("/") == -1)
		return 77;
	/* Waits until the list of mounts has been read again after chroot(2). */
	while (!mountinfo_is_chroot()) {
		if (!mountinfo_known())
			return 77;
		(void)sched_yield();
	}
	for (i = 0; i < 3; i++) {
		fd_probe(fds[i], &facts);
		fd_inspect(&facts, false, FDINFO_LIMIT, &details);
		outside[i] = details.outside_root;
		fd_details_free(&details);
	}
	helper_exit();
	return !outside[0] && outside[1] && outside[2] ? 0 : 1;
}

static void
test_processes(void)
{
	int ready[2], stop[2], *fds = NULL, status;
	pid_t child, grandchild = -1, *pids = NULL;
	char comm[PROC_COMM_SIZE], link[4], byte;
	size_t count = 0, i;
	bool ascending = true;

	must(pipe2(ready, O_CLOEXEC) == 0 && pipe2(stop, O_CLOEXEC) == 0);
	child = fork();
	if (child == 0) {
		(void)close(stop[1]);
		grandchild = fork();
		if (grandchild != 0)
			must(write(ready[1], &grandchild, sizeof(grandchild)) == sizeof(grandchild));
		must(read(stop[0], &byte, 1) == 0);
		if (grandchild != 0)
			(void)waitpid(grandchild, NULL, 0);
		_exit(0);
	}
	must(read(ready[0], &grandchild, sizeof(grandchild)) == sizeof(grandchild));
	is_int(proc_pid_tree(child, &pids, &count), 0, "the tree of descendants of a process is read");
	ok(count == 2 && pids[0] == child && pids[1] == grandchild,
	    "the process tree contains the process and its child");
	free(pids);
	is_int(proc_pid_tree(getpid(), &pids, &count), 0, "the tree of descendants of this process is read");
	ok(count == 3 && pids[0] == getpid() && pids[1] == child && pids[2] == grandchild,
	    "the tree of this process contains its child and its grandchild");
	free(pids);
	(void)close(stop[1]);
	must(waitpid(child, &status, 0) == child && status == 0);
	is_int(proc_pid_tree(child, &pids, &count), 0, "the process tree of a zombie is read");
	ok(count == 1 && pids[0] == child, "the process tree of a zombie contains only the zombie");
	free(pids);
	is_int(proc_pid_fds(child, &fds, &count), -1, "a process that has ended has no descriptors");
	is_int(errno, ENOENT, "listing the descriptors of a process that has ended fails with ENOENT");
	(void)strlcpy(comm, "x", sizeof(comm));
	proc_pid_comm(child, comm);
	is_str(comm, "", "a process that has ended has no name");
	is_int(proc_all_pids(&pids, &count), 0, "all processes are listed");
	for (i = 1; i < count; i++)
		ascending &= pids[i - 1] < pids[i];
	ok(count > 0 && ascending, "the listed process IDs are in ascending order");
	free(pids);
	is_int(proc_pid_readlink(getpid(), ready[0], link, sizeof(link)), 3,
	    "a link is truncated to the size of the buffer");
	is_str(link, "pip", "the truncated link ends with a NUL byte");
	is_int(proc_pid_readlink(getpid(), 999, link, sizeof(link)), -1, "a number that is not open has no link");
	(void)close(ready[0]);
	(void)close(ready[1]);
	(void)close(stop[0]);
}

/* Tests listing more descriptors than fit into the initial array. */
static void
test_many(void)
{
	int *fds = NULL, made[200], i;
	size_t count = 0, at, found = 0;

	for (i = 0; i < 200; i++)
		made[i] = fcntl(0, F_DUPFD_CLOEXEC, 3);
	is_int(proc_pid_fds(getpid(), &fds, &count), 0, "the descriptors of this process are listed");
	for (at = 0; at < count; at++)
		for (i = 0; i < 200; i++)
			found += fds[at] == made[i];
	is_int((intmax_t)found, 200, "each open descriptor is listed once");
	for (at = 1; at < count; at++)
		if (fds[at - 1] >= fds[at])
			break;
	is_int((intmax_t)at, (intmax_t)count, "the listed descriptors are in ascending order");
	free(fds);
	for (i = 0; i < 200; i++)
		(void)close(made[i]);
}

static void
child_wait(int ready, int stop, rlim_t limit)
{
	struct rlimit files;
	char byte = 0;
	int fd;

	for (fd = (int)limit; fd < 1024; fd++)
		(void)close(fd);
	must(getrlimit(RLIMIT_NOFILE, &files) == 0);
	files.rlim_cur = limit;
	must(setrlimit(RLIMIT_NOFILE, &files) == 0);
	while (fcntl(0, F_DUPFD_CLOEXEC, 0) != -1)
		;
	/* If the limit is 41, one descriptor number is free. */
	if (limit == 41)
		(void)close(40);
	must(write(ready, &byte, 1) == 1);
	_exit(read(stop, &byte, 1) == 0 ? 0 : 1);
}

/* Tests whether a process with no free descriptor number below LIMIT is detected. */
static void
test_origin(rlim_t limit, bool full)
{
	struct message_origin origin = { .socket_number = 5, .pidfd_number = -1, .directory = -1 };
	int ready[2], stop[2];
	char byte;

	must(pipe2(ready, O_CLOEXEC) == 0 && pipe2(stop, O_CLOEXEC) == 0);
	origin.pid = fork();
	if (origin.pid == 0) {
		(void)close(stop[1]);
		child_wait(ready[1], stop[0], limit);
	}
	(void)close(ready[1]);
	must(read(ready[0], &byte, 1) == 1);
	is_int(
	    origin_is_full(&origin), full, "a process with the limit %d is %s", (int)limit, full ? "full" : "not full");
	(void)close(stop[1]);
	must(waitpid(origin.pid, NULL, 0) == origin.pid);
	ok(!origin_is_full(&origin), "a process that has ended is not reported as having no free number");
	(void)close(ready[0]);
	(void)close(stop[0]);
}

/* Tests the descriptors in a message that another process has sent or received. */
static void
test_origin_fds(void)
{
	static struct fd_facts facts;
	struct message_origin origin = { .pid = getpid(), .socket_number = 7, .pidfd_number = 0, .directory = -1 };
	int numbers[] = { 0, -EMFILE, 7 };
	struct fdpass_msg *msg = fdpass_msg_new(4096);
	struct message m = {
		.msg = msg, .origin = &origin, .numbers = numbers, .direction = DIRECTION_RECEIVED, .peer_fd = -1
	};

	must(msg != NULL);
	ok(message_fd(&m, 0, &facts) == &facts && facts.number == 0 && facts.pid == getpid(),
	    "descriptor 0 of another process is described");
	ok(message_fd(&m, 1, &facts) == NULL, "a descriptor that was refused is not described");
	m.direction = DIRECTION_SENT;
	ok(message_fd(&m, 1, &facts) == &facts && facts.number == -EMFILE,
	    "in a sent message, a negative descriptor number is described and does not mean a refusal");
	m.direction = DIRECTION_RECEIVED;
	ok(message_pidfd(&m, &facts) == &facts && facts.number == 0,
	    "a pidfd with number 0 in another process is described");
	origin.pidfd_number = -1;
	ok(message_pidfd(&m, &facts) == NULL, "no pidfd is described if the message contains none");
	memset(&facts, 0xff, sizeof(facts));
	origin_probe(&m, -ESRCH, 9, &facts);
	ok(facts.err == ESRCH && facts.number == 9 && facts.fd == -1 && !facts.cloexec_known,
	    "a descriptor that could not be duplicated has an error");
	origin_probe(&m, FDPASS_TAKEN, 9, &facts);
	is_int(facts.err, EBADF, "a descriptor that was taken is not open");
	origin_probe(&m, 0, 9, &facts);
	ok(facts.cloexec_known && !facts.cloexec, "a received descriptor is not close-on-exec");
	msg->flags = MSG_CMSG_CLOEXEC;
	origin_probe(&m, 0, 9, &facts);
	ok(facts.cloexec_known && facts.cloexec, "with MSG_CMSG_CLOEXEC, a received descriptor is close-on-exec");
	origin_probe(&m, 0, 7, &facts);
	ok(!facts.cloexec_known, "close-on-exec of the socket is unknown without the /proc directory of its process");
	origin.brief = true;
	origin_probe(&m, 0, 9, &facts);
	ok(!facts.cloexec_known && facts.err == 0, "close-on-exec is not queried for text output");
	fdpass_msg_free(msg);
}

static void
test_limit(void)
{
	struct fdpass_msg *msg = fdpass_msg_new(4096);
	struct message m = { .msg = msg, .domain = AF_UNIX, .type = SOCK_DGRAM, .peer_fd = -1 };
	struct message_origin origin = { .pid = getpid(), .socket_number = 7, .pidfd_number = -1, .directory = -1 };
	struct rlimit limit;

	must(msg != NULL && getrlimit(RLIMIT_NOFILE, &limit) == 0);
	msg->flags = MSG_CTRUNC;
	message_inspect(&m);
	is_int(
	    (intmax_t)m.open_file_limit, (intmax_t)limit.rlim_cur, "the limit on open files is that of this process");
	m.open_file_limit = 0;
	m.origin = &origin;
	m.direction = DIRECTION_SENT;
	message_inspect(&m);
	is_int((intmax_t)m.open_file_limit, (intmax_t)limit.rlim_cur,
	    "the stored limit on open files is the sender's limit");
	is_int(m.loss.cause, LOSS_NONE, "a sent message is not reported to have lost descriptors");
	fdpass_msg_free(msg);
}

/* Tests that the name of an interface is looked up once for each message, and only if the table has room. */
static void
test_interfaces(void)
{
	struct fdpass_msg *msg = fdpass_msg_new(4096);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct message m = { .msg = msg, .domain = AF_INET, .type = SOCK_DGRAM, .peer_fd = fd };
	struct message_details details;
	char name[INTERFACE_NAME] = "x";
	struct in_pktinfo {
		uint32_t index, local, destination;
	} info = { .index = 1 };
	struct fdp_header header = { .length = sizeof(header) + sizeof(info), .level = 0, .type = 8 };

	must(msg != NULL);
	ok(!interface_name(-1, 1, name) && !interface_name(fd, 0, name) && !interface_name(fd, 0x7ffffff0, name),
	    "without a socket, or for an unknown interface number, there is no name");
	is_str(name, "x", "after a failed interface_name(), the buffer is unchanged");
	if (!interface_name(fd, 1, name)) {
		skip("there is no interface 1", "the interface of IP_PKTINFO is looked up");
	} else {
		memcpy(msg->control, &header, sizeof(header));
		memcpy(msg->control + sizeof(header), &info, sizeof(info));
		msg->controllen = header.length;
		fdp_msg_adopt(msg);
		message_inspect(&m);
		message_details_init(&details);
		message_inspect_details(&m, false, &details);
		is_int((intmax_t)details.interface_count, 1, "the interface of IP_PKTINFO is looked up");
		ok(details.interfaces[0].index == 1 && strcmp(details.interfaces[0].name, name) == 0,
		    "the stored name is that of the interface in IP_PKTINFO");
		message_inspect_details(&m, false, &details);
		is_int((intmax_t)details.interface_count, 1,
		    "a second message_inspect_details() replaces the interfaces of the first call");
		m.domain = AF_UNIX;
		message_inspect_details(&m, false, &details);
		is_int((intmax_t)details.interface_count, 0,
		    "a control message of this type in another address family contains no interface");
		message_details_clear(&details);
		message_details_free(&details);
	}
	(void)close(fd);
	fdpass_msg_free(msg);
}

static void
test_names(void)
{
	char name[FD_NAMES_SLOT];
	struct rlimit before, limit;
	int table = fd_names_create();

	must(getrlimit(RLIMIT_FSIZE, &before) == 0);
	limit = before;
	limit.rlim_cur = (rlim_t)3 * FD_NAMES_SLOT;
	must(signal(SIGXFSZ, SIG_DFL) != SIG_ERR && setrlimit(RLIMIT_FSIZE, &limit) == 0);
	fd_names_set(table, 2, "last");
	fd_names_set(table, 3, "beyond");
	must(setrlimit(RLIMIT_FSIZE, &before) == 0);
	ok(fd_names_get(table, 2, name) == 4 && strcmp(name, "last") == 0,
	    "a name up to the limit on file sizes is stored");
	is_int((intmax_t)fd_names_get(table, 3, name), 0, "a name beyond the limit is not stored");
	(void)close(table);
}

static void
test_unix_file(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "diag" };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), before;
	uint32_t file = 1, dev = 1;
	struct stat own, st;

	must(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	must(fstat(fd, &own) == 0 && stat("diag", &st) == 0);
	before = count_fds();
	if (unix_diag_file(own.st_ino, &file, &dev))
		ok(file == (uint32_t)st.st_ino && dev != 0, "the file to which a socket is bound is found");
	else
		skip("this kernel has no sock_diag(7) for AF_UNIX", "the file to which a socket is bound is found");
	file = dev = 1;
	ok(!unix_diag_file(own.st_ino + ((uint64_t)1 << 32), &file, &dev) && file == 0 && dev == 0,
	    "for an inode number that is too large, no file is found");
	is_int(count_fds(), before, "all descriptors are closed again");
	(void)close(fd);
}

static void
test_user_namespace(void)
{
	static struct fd_facts facts;
	static struct fd_details details;
	unsigned int owner = 4711;
	int fd = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	bool has = fd != -1 && ioctl(fd, (ioctl_request)_IO(0xb7, 4), &owner) == 0;

	if (fd == -1) {
		skip("this kernel has no user namespaces", "the owner of a user namespace");
		return;
	}
	fd_probe(fd, &facts);
	fd_inspect(&facts, false, FDINFO_LIMIT, &details);
	is_int(details.as.ns.has_owner, has, "the owner of a user namespace is known if ioctl_ns(2) reports it");
	if (has)
		is_int(details.as.ns.owner, owner, "the owner of a user namespace is the one that ioctl_ns(2) reports");
	fd_details_free(&details);
	(void)close(fd);
}

/* Tests that fd_probe() overwrites all facts of the descriptor that was probed before. */
static void
test_probe(void)
{
	static struct fd_facts facts;
	int fd = open("f", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	memset(&facts, 0xff, sizeof(facts));
	fd_probe(fd, &facts);
	ok(facts.fd == fd && facts.number == fd && facts.pid == 0 && facts.err == 0,
	    "fd_probe() finds an open descriptor");
	ok(facts.access == ACCESS_WRITE && (facts.status_flags & O_APPEND) != 0 && facts.cloexec && facts.cloexec_known,
	    "fd_probe() determines the access mode and the flags");
	ok(facts.has_stat && facts.stat_err == 0 && facts.link_err == 0 && facts.link_length == strlen(facts.link),
	    "fd_probe() determines the link and the attributes");
	is_str(fd_kind_word(&facts), "regular", "fd_probe() determines the kind");
	(void)close(fd);
	memset(&facts, 0xff, sizeof(facts));
	fd_probe(fd, &facts);
	ok(facts.err == EBADF && !facts.cloexec && !facts.cloexec_known && !facts.has_stat && facts.link_length == 0 &&
		facts.link[0] == '\0' && facts.access == ACCESS_UNKNOWN && facts.status_flags == 0 &&
		facts.stat_err == 0 && facts.link_err == 0,
	    "fd_probe() leaves all properties of a number that is not open unknown");
	is_str(fd_kind_word(&facts), "unknown", "the kind of a number that is not open is unknown");
}

/* Tests a message with two descriptors of the same open file description and one descriptor of another file. */
static void
test_details(void)
{
	struct fdpass_msg *msg = fdpass_msg_new(4096);
	struct message m = { .msg = msg, .domain = AF_UNIX, .type = SOCK_STREAM, .peer_fd = -1, .nbytes = 1 };
	struct message_details details;
	static struct fd_facts spare;
	struct message_fds *fds = calloc(1, sizeof(*fds));
	struct fdp_header header = {
		.length = sizeof(header) + 3 * sizeof(int), .level = SOL_SOCKET, .type = SCM_RIGHTS
	};
	int numbers[3], i;
	size_t slot;

	must(msg != NULL && fds != NULL);
	numbers[0] = open("f", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	numbers[1] = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	numbers[2] = fcntl(numbers[0], F_DUPFD_CLOEXEC, 0);
	memcpy(msg->control, &header, sizeof(header));
	memcpy(msg->control + sizeof(header), numbers, sizeof(numbers));
	msg->controllen = header.length;
	fdp_msg_adopt(msg);
	for (i = 0; i < 2; i++) {
		m.fds = i == 0 ? NULL : fds;
		message_inspect(&m);
		message_details_init(&details);
		message_inspect_details(&m, false, &details);
		is_int((intmax_t)details.fd_count, 3, "all descriptors of a message are inspected");
		for (slot = 0; slot < details.fd_count; slot++) {
			ok(details.fds[slot].facts != NULL && details.fds[slot].facts->fd == numbers[slot],
			    "the record of descriptor %zu contains the message's descriptor", slot);
			is_str(fd_kind_word(details.fds[slot].facts), slot == 1 ? "directory" : "regular",
			    "descriptor %zu has the expected kind", slot);
			is_int(details.fds[slot].same.description.number, slot == 2 ? numbers[0] : -1,
			    "the earlier descriptor with the same open file description as descriptor %zu is found",
			    slot);
		}
		ok(details.pidfd.facts == NULL && details.socket.facts == NULL && details.missing.facts == NULL,
		    "the message has neither a pidfd nor a socket of another process");
		ok(message_fd(&m, 1, &spare) == (i == 0 ? &spare : &fds->slots[1]),
		    "message_fd() stores facts in the message if it has memory for them");
		message_details_clear(&details);
		is_int((intmax_t)details.fd_count, 0, "message_details_clear() removes all descriptors");
		ok(details.fds[0].facts == NULL && details.fds[2].facts == NULL,
		    "message_details_clear() clears the records");
		message_details_free(&details);
	}
	ok(message_has_ancillary(&m), "a message with descriptors has ancillary data");
	fdpass_msg_free(msg);
	free(fds);
}

/*
 * If the control buffer was too small, a last control message that is shorter than expected must be reported as
 * truncated.
 */
static void
test_cut(void)
{
	static const size_t sizes[] = { sizeof(struct ucred), sizeof(struct ucred) - 4, sizeof(struct ucred) };
	struct fdpass_msg *msg;
	struct message m = { .domain = AF_UNIX, .type = SOCK_DGRAM, .peer_fd = -1 };
	struct fdp_header header = { .level = SOL_SOCKET, .type = SCM_CREDENTIALS };
	struct message_item item;
	size_t i, slot = 0;

	for (i = 0; i < 3; i++) {
		m.msg = msg = fdpass_msg_new(4096);
		must(msg != NULL);
		header.length = sizeof(header) + sizes[i];
		memset(msg->control, 0, sizeof(header) + sizeof(struct ucred));
		memcpy(msg->control, &header, sizeof(header));
		msg->controllen = header.length;
		msg->flags = MSG_CTRUNC;
		fdp_msg_adopt(msg);
		m.loss.cause = i == 2 ? LOSS_NONE : LOSS_BUFFER;
		message_item(&m, 0, &slot, &item);
		ok(item.wanted == sizeof(struct ucred) && item.raw.length == sizes[i] && item.first_slot == 0 &&
			slot == 0,
		    "control message %zu has the expected lengths", i);
		is_int(item.cut, i == 1, "control message %zu is %s", i, i == 1 ? "truncated" : "complete");
		fdpass_msg_free(msg);
	}
}

static void
test_socket_file(void)
{
	static struct fd_facts facts;
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "file" };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), path;

	must(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	path = open("file", O_PATH | O_CLOEXEC);
	fd_probe(path, &facts);
	is_str(fd_kind_word(&facts), "socket-file",
	    "a socket's path that was opened with O_PATH is a socket file, not a socket");
	(void)close(path);
	(void)close(fd);
}

/* Runs in a child: without kcmp(2), descriptors of this process must be compared one by one. */
static int
child_without_kcmp(void)
{
	static struct fd_facts facts;
	struct same_index *index = same_index_new();
	int fds[4], i, found[4], files[4];
	struct same same;

	fds[0] = open("f", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	fds[1] = open("f", O_RDWR | O_CLOEXEC);
	fds[2] = fcntl(fds[1], F_DUPFD_CLOEXEC, 0);
	fds[3] = fcntl(fds[0], F_DUPFD_CLOEXEC, 0);
	if (!fail_call(SYS_kcmp, ENOSYS) || fcntl(fds[0], 1027 /* F_DUPFD_QUERY */, fds[3]) != 1)
		return 77;
	for (i = 0; i < 4; i++) {
		fd_probe(fds[i], &facts);
		same = same_index_add(index, &facts, 0);
		found[i] = same.description.number;
		files[i] = same.file.number;
	}
	same_index_free(index);
	return found[0] == -1 && found[1] == -1 && found[2] == fds[1] && found[3] == fds[0] && files[0] == -1 &&
		files[1] == fds[0] ?
	    0 :
	    1;
}

static void
test_superblocks(void)
{
	is_str(superblock_type(0x01021994), "tmpfs", "the first magic number of the table has a type");
	is_str(superblock_type(0x6c6f6f70), "binder", "the last magic number of the table has a type");
	is_str(superblock_type(0x6969), "nfs", "another magic number of the table has a type");
	is_str(superblock_type(0), NULL, "an unknown magic number has no type");
	is_str(superblock_type(superblock_magic(proc_directory())), "proc",
	    "the magic number of /proc is that of a proc file system");
	is_int(superblock_magic(-1), 0, "descriptor -1 has no magic number");
}

int
main(void)
{
	struct rlimit limit;
	char clean[64];

	must(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = limit.rlim_max < 1024 ? limit.rlim_max : 1024;
	must(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	if (mkdtemp(home) == NULL || chdir(home) == -1)
		return 99;
	test_address();
	test_terminals();
	test_stale();
	test_replaced();
	test_leaks();
	in_child(child_full, "files in /proc are read when all descriptor numbers are in use");
	in_child(child_closed, "descriptors 0, 1 and 2 are not used for files in /proc");
	in_child(child_without_proc, "nothing is known without /proc");
	in_child(child_chroot, "paths of another root directory are detected");
	test_processes();
	test_many();
	test_origin(40, true);
	test_origin(41, false);
	test_origin_fds();
	test_limit();
	test_interfaces();
	test_names();
	test_unix_file();
	test_user_namespace();
	test_probe();
	test_details();
	test_superblocks();
	test_cut();
	test_socket_file();
	in_child(child_without_kcmp, "descriptors are compared without kcmp(2)");
	helper_exit();
	must(chdir("/") == 0);
	(void)snprintf(clean, sizeof(clean), "rm -rf '%s'", home);
	is_int(system(clean), 0, "the temporary directory is removed");
	return tap_done();
}
