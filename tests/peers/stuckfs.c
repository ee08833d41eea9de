/* SPDX-License-Identifier: ISC */
/*
 * Runs a command with an open file on a FUSE file system whose server does not reply:
 *
 *   stuckfs [-e] [-s] [-t SECONDS] DIR NUMBER -- COMMAND [ARG]...
 *
 * Mounts the file system on DIR, in a new mount namespace (-s: in the current one), opens DIR/file as descriptor NUMBER
 * and runs COMMAND. While COMMAND runs, the server reads requests and does not reply. After SECONDS (default: 20), the
 * server stops even if COMMAND is still running. With -e, descriptor NUMBER is an epoll instance instead. Another
 * process holds the lock of this epoll instance, because it hangs while it adds the file. At the end, stuckfs prints to
 * standard error
 *
 *   stuckfs: MILLISECONDS ms, requests: OPCODE...
 *
 * MILLISECONDS is the running time of COMMAND, and each OPCODE is that of a request that the server received during
 * this time. Exits with COMMAND's status, or with 77 if FUSE is not available.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SEEN_MAX   64
#define FILE_INODE 2

/* Memory shared by the server and the other processes. */
struct shared {
	volatile int stuck;
	volatile unsigned int seen_count;
	volatile uint32_t seen[SEEN_MAX];
};

static struct shared *shared;
static _Alignas(8) char request[1 << 18];

static void __attribute__((noreturn)) cannot(const char *what)
{
	fprintf(stderr, "stuckfs: %s: %s\n", what, strerror(errno));
	exit(77);
}

static int
need(int result, const char *what)
{
	if (result == -1)
		cannot(what);
	return result;
}

static void
answer(int device, uint64_t unique, int error, const void *body, size_t length)
{
	struct fuse_out_header header = { .unique = unique, .error = -error };
	struct iovec iov[2] = { { &header, sizeof(header) }, { (void *)(uintptr_t)body, error != 0 ? 0 : length } };

	header.len = (uint32_t)(sizeof(header) + iov[1].iov_len);
	(void)need((int)writev(device, iov, iov[1].iov_len > 0 ? 2 : 1), "/dev/fuse");
}

static void
attributes(struct fuse_attr *attr, uint64_t inode)
{
	attr->ino = inode;
	attr->mode = inode == FILE_INODE ? S_IFREG | 0644 : S_IFDIR | 0755;
	attr->nlink = 1;
	attr->size = inode == FILE_INODE ? 5 : 0;
}

static void
serve(int device, const struct fuse_in_header *header)
{
	union {
		struct fuse_init_out init;
		struct fuse_attr_out attr;
		struct fuse_entry_out entry;
		struct fuse_open_out open;
	} out;

	memset(&out, 0, sizeof(out));
	switch (header->opcode) {
	case FUSE_INIT:
		out.init.major = FUSE_KERNEL_VERSION;
		out.init.minor = 31;
		out.init.max_write = 4096;
		answer(device, header->unique, 0, &out.init, sizeof(out.init));
		break;
	case FUSE_GETATTR:
		attributes(&out.attr.attr, header->nodeid);
		answer(device, header->unique, 0, &out.attr, sizeof(out.attr));
		break;
	case FUSE_LOOKUP:
		out.entry.nodeid = FILE_INODE;
		attributes(&out.entry.attr, FILE_INODE);
		answer(device, header->unique, 0, &out.entry, sizeof(out.entry));
		break;
	case FUSE_OPEN:
		answer(device, header->unique, 0, &out.open, sizeof(out.open));
		break;
	case FUSE_FLUSH:
	case FUSE_RELEASE:
		answer(device, header->unique, 0, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	default:
		answer(device, header->unique, ENOSYS, NULL, 0);
	}
}

static void
server(int device)
{
	const struct fuse_in_header *header = (const struct fuse_in_header *)(const void *)request;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		if (read(device, request, sizeof(request)) == -1) {
			if (errno == EINTR || errno == ENOENT)
				continue;
			_exit(0);
		}
		if (!shared->stuck)
			serve(device, header);
		else if (shared->seen_count < SEEN_MAX)
			shared->seen[shared->seen_count++] = header->opcode;
	}
}

static int
mount_it(const char *dir, bool in_own_namespace)
{
	char options[128];
	int device = need(open("/dev/fuse", O_RDWR | O_CLOEXEC), "/dev/fuse");

	if (in_own_namespace) {
		(void)need(unshare(CLONE_NEWNS), "unshare");
		(void)need(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "mount");
	}
	(void)snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", device);
	(void)need(mount("stuckfs", dir, "fuse.stuckfs", MS_NOSUID | MS_NODEV, options), dir);
	return device;
}

/* Returns an epoll instance. Another process holds its lock while waiting for the server's reply to a poll request. */
static int
stuck_epoll(int file)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = need(epoll_create1(0), "epoll_create1");

	if (need(fork(), "fork") == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (!shared->stuck)
			(void)usleep(1000);
		(void)epoll_ctl(epoll, EPOLL_CTL_ADD, file, &event);
		_exit(0);
	}
	(void)close(file);
	shared->stuck = 1;
	while (shared->seen_count == 0)
		(void)usleep(1000);
	shared->seen_count = 0;
	return epoll;
}

static void
become(const char *dir, const char *number, bool epoll, char **command)
{
	char path[4096];
	int fd, target = atoi(number);

	(void)snprintf(path, sizeof(path), "%s/file", dir);
	fd = need(open(path, O_RDONLY), path);
	if (epoll)
		fd = stuck_epoll(fd);
	if (fd != target) {
		(void)need(dup2(fd, target), "dup2");
		(void)close(fd);
	}
	shared->stuck = 1;
	execvp(command[0], command);
	cannot(command[0]);
}

static pid_t command_pid, server_pid;

static void
end_server(int number)
{
	(void)number;
	(void)kill(server_pid, SIGKILL);
}

static void
end_all(int number)
{
	(void)number;
	(void)kill(command_pid, SIGKILL);
	(void)kill(server_pid, SIGKILL);
}

static long
milliseconds(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int
main(int argc, char **argv)
{
	bool epoll = false, own = true;
	unsigned int seconds = 20, i;
	int option, status = 0, device;
	long begin;

	while ((option = getopt(argc, argv, "+est:")) != -1) {
		if (option == 'e')
			epoll = true;
		else if (option == 's')
			own = false;
		else if (option == 't')
			seconds = (unsigned int)atoi(optarg);
		else
			return 2;
	}
	argv += optind;
	if (argc - optind < 4 || strcmp(argv[2], "--") != 0)
		return 2;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	device = mount_it(argv[0], own);
	if ((server_pid = need(fork(), "fork")) == 0)
		server(device);
	(void)close(device);
	begin = milliseconds();
	if ((command_pid = need(fork(), "fork")) == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		become(argv[0], argv[1], epoll, argv + 3);
	}
	(void)signal(SIGALRM, end_server);
	(void)signal(SIGTERM, end_all);
	(void)alarm(seconds);
	while (waitpid(command_pid, &status, 0) == -1 && errno == EINTR)
		;
	fprintf(stderr, "stuckfs: %ld ms, requests:", milliseconds() - begin);
	for (i = 0; i < shared->seen_count; i++)
		fprintf(stderr, " %u", shared->seen[i]);
	fputc('\n', stderr);
	(void)kill(server_pid, SIGKILL);
	(void)waitpid(server_pid, NULL, 0);
	(void)umount2(argv[0], MNT_DETACH);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
