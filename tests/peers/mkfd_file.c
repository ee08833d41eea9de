/* SPDX-License-Identifier: ISC */
/* Creates files, pipes, terminals, devices, namespaces, mounts. */
#include <fcntl.h>
#include <limits.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/mount.h>
#include <mqueue.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mkfd.h"

/* System call numbers, because the installed headers may be older than the kernel. */
#define CALL_OPEN_TREE	  428
#define CALL_FSOPEN	  430
#define CALL_FSCONFIG	  431
#define CALL_FSMOUNT	  432
#define CALL_MEMFD_SECRET 447

static const char * or (const char *argument, const char *otherwise)
{
	return argument != NULL ? argument : otherwise;
}

static int
open_it(const char *path, int flags)
{
	return need(open(path, flags, 0644), path);
}

static int
make_file(const char *a)
{
	return open_it(or (a, "/etc/passwd"), O_RDONLY);
}

static int
make_file_write(const char *a)
{
	return open_it(or (a, "/dev/null"), O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK);
}

static int
make_directory(const char *a)
{
	return open_it(or (a, "/"), O_RDONLY | O_DIRECTORY);
}

static int
make_opath(const char *a)
{
	return open_it(or (a, "/"), O_PATH | O_NOFOLLOW);
}

static int
make_tmpfile(const char *a)
{
	return open_it(or (a, "/tmp"), O_RDWR | O_TMPFILE);
}

/* Opens a file, and then removes it. */
static int
make_deleted(const char *a)
{
	int fd = open_it(a, O_RDWR | O_CREAT);

	(void)need(unlink(a), a);
	return fd;
}

/* Opens a file that has two hard links, and removes the link through which it was opened. */
static int
make_half_deleted(const char *a)
{
	char other[PATH_MAX];
	int fd = open_it(a, O_RDWR | O_CREAT);

	(void)snprintf(other, sizeof(other), "%s.other", a);
	(void)need(link(a, other), other);
	(void)need(unlink(a), a);
	return fd;
}

static int
make_flock(const char *a)
{
	int fd = open_it(a, O_RDWR | O_CREAT);

	(void)need(flock(fd, LOCK_EX), "flock");
	return fd;
}

static int
make_ofd_lock(const char *a)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 5 };
	int fd = open_it(a, O_RDWR | O_CREAT);

	(void)need(fcntl(fd, F_OFD_SETLK, &lock), "F_OFD_SETLK");
	return fd;
}

/* Creates a file in the directory ARGUMENT whose path is longer than 4095 bytes, so readlink(2) cannot return it. */
static int
make_deep(const char *a)
{
	char name[201];
	int fd, i;

	memset(name, 'd', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	(void)need(chdir(a), a);
	for (i = 0; i < 21; i++) {
		(void)mkdir(name, 0755);
		(void)need(chdir(name), name);
	}
	fd = open_it("f", O_RDWR | O_CREAT);
	(void)need(chdir("/"), "/");
	return fd;
}

static int
make_memfd(const char *a)
{
	int fd = need(memfd_create(or (a, "config"), MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd_create");

	(void)need((int)write(fd, "hello, world", 12), "write");
	return fd;
}

static int
make_memfd_sealed(const char *a)
{
	int fd = make_memfd(a);

	(void)need(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE), "F_ADD_SEALS");
	return fd;
}

static int
make_memfd_path(const char *a)
{
	char path[40];
	int fd = make_memfd(a);

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open_it(path, O_PATH);
}

static int
make_secret(const char *a)
{
	int fd = need((int)syscall(CALL_MEMFD_SECRET, 0), "memfd_secret");

	(void)a;
	(void)need(ftruncate(fd, 4096), "ftruncate");
	return fd;
}

static int
make_pipe(int end, int flags)
{
	int ends[2];

	(void)need(pipe2(ends, flags), "pipe2");
	(void)need((int)write(ends[1], "hey", 3), "write");
	(void)keep(ends[!end]);
	return ends[end];
}

static int
make_pipe_read(const char *a)
{
	(void)a;
	return make_pipe(0, 0);
}

static int
make_pipe_write(const char *a)
{
	(void)a;
	return make_pipe(1, 0);
}

static int
make_pipe_packets(const char *a)
{
	(void)a;
	return make_pipe(1, O_DIRECT);
}

static int
make_fifo(const char *a)
{
	(void)need(mkfifo(a, 0600), a);
	return open_it(a, O_RDWR);
}

static int
make_pty_master(const char *a)
{
	struct winsize size = { .ws_col = 80, .ws_row = 25 };
	int master, slave;

	(void)a;
	(void)need(openpty(&master, &slave, NULL, NULL, &size), "openpty");
	(void)keep(slave);
	return master;
}

static int
make_pty_slave(const char *a)
{
	struct winsize size = { .ws_col = 80, .ws_row = 25 };
	int master, slave, fd;

	(void)a;
	(void)need(openpty(&master, &slave, NULL, NULL, &size), "openpty");
	/* Opens the slave again with known flags, because the flags that openpty() uses depend on the C library. */
	fd = need(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY), "TIOCGPTPEER");
	(void)keep(master);
	(void)keep(slave);
	return fd;
}

static int
make_tun(const char *a)
{
	struct ifreq request;
	int fd = open_it("/dev/net/tun", O_RDWR);

	memset(&request, 0, sizeof(request));
	request.ifr_flags = IFF_TUN;
	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", or (a, "fdptest%d"));
	(void)need(ioctl(fd, TUNSETIFF, &request), "TUNSETIFF");
	return fd;
}

static int
make_namespace(const char *a)
{
	char path[40];

	(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", or (a, "net"));
	return open_it(path, O_RDONLY);
}

static int
make_fscontext(const char *a)
{
	return need((int)syscall(CALL_FSOPEN, or (a, "tmpfs"), 0), "fsopen");
}

static int
make_mount(const char *a)
{
	int context = make_fscontext(a);

	(void)need((int)syscall(CALL_FSCONFIG, context, 6 /* FSCONFIG_CMD_CREATE */, NULL, NULL, 0), "fsconfig");
	return need((int)syscall(CALL_FSMOUNT, context, 0, 0), "fsmount");
}

static int
make_mount_clone(const char *a)
{
	return need((int)syscall(CALL_OPEN_TREE, AT_FDCWD, or (a, "/proc"), 1 /* OPEN_TREE_CLONE */), "open_tree");
}

/* Creates a file on a detached mount, which is in no mount namespace. */
static int
make_detached(const char *a)
{
	return need(openat(make_mount(NULL), or (a, "secret"), O_RDWR | O_CREAT, 0600), "openat");
}

static int
make_mqueue(const char *a)
{
	struct mq_attr attributes = { .mq_maxmsg = 5, .mq_msgsize = 100 };
	char name[64];
	int fd;

	(void)snprintf(name, sizeof(name), "/%s-%ld", or (a, "mkfd"), (long)getpid());
	fd = need((int)mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attributes), "mq_open");
	(void)need(mq_send((mqd_t)fd, "x", 1, 0), "mq_send");
	(void)mq_unlink(name);
	return fd;
}

const struct maker makers_file[] = {
	{ "file", make_file },
	{ "file-write", make_file_write },
	{ "directory", make_directory },
	{ "opath", make_opath },
	{ "tmpfile", make_tmpfile },
	{ "deleted", make_deleted },
	{ "half-deleted", make_half_deleted },
	{ "flock", make_flock },
	{ "ofd-lock", make_ofd_lock },
	{ "deep", make_deep },
	{ "memfd", make_memfd },
	{ "memfd-sealed", make_memfd_sealed },
	{ "memfd-path", make_memfd_path },
	{ "secret-memory", make_secret },
	{ "pipe-read", make_pipe_read },
	{ "pipe-write", make_pipe_write },
	{ "pipe-packets", make_pipe_packets },
	{ "fifo", make_fifo },
	{ "pty-master", make_pty_master },
	{ "pty-slave", make_pty_slave },
	{ "tun", make_tun },
	{ "namespace", make_namespace },
	{ "fscontext", make_fscontext },
	{ "mount", make_mount },
	{ "mount-clone", make_mount_clone },
	{ "detached", make_detached },
	{ "mqueue", make_mqueue },
	{ NULL, NULL },
};
