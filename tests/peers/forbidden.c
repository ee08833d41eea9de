/* SPDX-License-Identifier: ISC */
/*
 * A library that tests preload into fdpass to simulate an attacker who has taken over the process. When fdpass waits
 * for a client or writes its output, the library makes the system call that the variable FORBIDDEN names, with harmless
 * arguments. The library prints the result to standard error ("CALL: 0", or "CALL: " and the name or number of the
 * error), and exits with status 0. With FORBIDDEN=status, the library prints /proc/self/status instead.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* clang-format off */
#define X32 0x40000000L

static long
do_status(void)
{
	char text[8192];
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text));

	return syscall(SYS_write, STDERR_FILENO, text, (size_t)(n > 0 ? n : 0)) > 0 ? 0 : -1;
}

static long
do_execve(void)
{
	char *none[] = { NULL };

	return syscall(SYS_execve, "/nowhere", none, none);
}

/* Executes cat(1), which makes few system calls, so it works even if the inherited filter denies most of them. */
static long
do_program(void)
{
	char *const arguments[] = { "cat", "/proc/self/status", NULL };
	char *none[] = { NULL };

	return syscall(SYS_execve, "/bin/cat", arguments, none);
}

static long
do_execveat(void)
{
	char *none[] = { NULL };

	return syscall(SYS_execveat, AT_FDCWD, "/nowhere", none, none, 0);
}

static long
do_fork(void)
{
	long pid = syscall(SYS_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L);

	if (pid == 0)
		_exit(0);
	return pid > 0 ? 0 : -1;
}

static long
do_thread(void)
{
	return syscall(SYS_clone, (long)CLONE_THREAD, 0L, 0L, 0L, 0L);
}

static long
do_clone3(void)
{
	return syscall(SYS_clone3, NULL, 0L);
}

static long
do_ptrace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static long
do_process_vm_readv(void)
{
	return syscall(SYS_process_vm_readv, (long)getppid(), NULL, 0L, NULL, 0L, 0L);
}

static long
do_process_vm_writev(void)
{
	return syscall(SYS_process_vm_writev, (long)getppid(), NULL, 0L, NULL, 0L, 0L);
}

static long
do_pidfd_open(void)
{
	return syscall(SYS_pidfd_open, (long)getppid(), 0L) >= 0 ? 0 : -1;
}

static long
do_pidfd_getfd(void)
{
	return syscall(SYS_pidfd_getfd, -1L, 0L, 0L);
}

/* Duplicates a descriptor of another process. */
static long
do_steal(void)
{
	long pidfd = syscall(SYS_pidfd_open, (long)getppid(), 0L);

	return syscall(SYS_pidfd_getfd, pidfd, 0L, 0L) >= 0 ? 0 : -1;
}

static long
do_kill(void)
{
	return kill(getppid(), 0);
}

static long
do_tgkill(void)
{
	return syscall(SYS_tgkill, (long)getppid(), (long)getppid(), 0L);
}

static long
do_mount(void)
{
	return syscall(SYS_mount, "", "/nowhere", "", 0L, NULL);
}

static long
do_unshare(void)
{
	return syscall(SYS_unshare, 0L);
}

static long
do_setns(void)
{
	return syscall(SYS_setns, -1L, 0L);
}

static long
do_chroot(void)
{
	return syscall(SYS_chroot, "/nowhere");
}

static long
do_init_module(void)
{
	return syscall(SYS_init_module, NULL, 0L, NULL);
}

static long
do_kexec_load(void)
{
	return syscall(SYS_kexec_load, 0L, 0L, NULL, ~0L);
}

static long
do_bpf(void)
{
	return syscall(SYS_bpf, 5L /* BPF_PROG_LOAD */, NULL, 0L);
}

static long
do_perf_event_open(void)
{
	return syscall(SYS_perf_event_open, NULL, 0L, 0L, 0L, 0L);
}

static long
do_io_uring_setup(void)
{
	return syscall(SYS_io_uring_setup, 0L, NULL);
}

static long
do_userfaultfd(void)
{
	return syscall(SYS_userfaultfd, ~0L);
}

static long
do_keyctl(void)
{
	return syscall(SYS_keyctl, ~0L, 0L, 0L, 0L, 0L);
}

static long
do_setuid(void)
{
	return syscall(SYS_setuid, (long)getuid());
}

static long
do_setresuid(void)
{
	return syscall(SYS_setresuid, -1L, -1L, -1L);
}

static long
do_capset(void)
{
	return syscall(SYS_capset, NULL, NULL);
}

/* Makes another process the owner of a descriptor, so that SIGIO is sent to that process. */
static long
do_setown(void)
{
	return syscall(SYS_fcntl, STDIN_FILENO, F_SETOWN, (long)getppid());
}

static long
do_setsig(void)
{
	return syscall(SYS_fcntl, STDIN_FILENO, F_SETSIG, (long)SIGKILL);
}

/* Enables SIGIO for the current owner of the descriptor. */
static long
do_async(void)
{
	return syscall(SYS_fcntl, STDIN_FILENO, F_SETFL, (long)(O_ASYNC | O_NONBLOCK));
}

static long
do_fioasync(void)
{
	int on = 1;

	return ioctl(STDIN_FILENO, FIOASYNC, &on);
}

static long
do_nonblock(void)
{
	return syscall(SYS_fcntl, STDIN_FILENO, F_SETFL, (long)(O_RDWR | O_APPEND | O_NONBLOCK));
}

/* Creates a datagram socket, which could send to any path. */
static long
do_socketpair_dgram(void)
{
	int pair[2];

	return socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair);
}

static long
do_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) >= 0 ? 0 : -1;
}

static long
do_socket_inet(void)
{
	return socket(AF_INET, SOCK_DGRAM, 0) >= 0 ? 0 : -1;
}

static long
do_socket_netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW, 4 /* NETLINK_SOCK_DIAG */) >= 0 ? 0 : -1;
}

static long
do_socket_route(void)
{
	return socket(AF_NETLINK, SOCK_RAW, 0 /* NETLINK_ROUTE */) >= 0 ? 0 : -1;
}

static long
do_mmap_exec(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED ? 0 : -1;
}

static long
do_mprotect_exec(void)
{
	void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static long
do_tiocsti(void)
{
	return ioctl(-1, TIOCSTI, "x");
}

static long
do_open_create(void)
{
	return open("made", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) >= 0 ? 0 : -1;
}

static long
do_open_write(void)
{
	return open("there", O_RDWR | O_CLOEXEC) >= 0 ? 0 : -1;
}

static long
do_open_truncate(void)
{
	return open("there", O_RDONLY | O_TRUNC | O_CLOEXEC) >= 0 ? 0 : -1;
}

static long
do_open_read(void)
{
	return open("there", O_RDONLY | O_CLOEXEC) >= 0 ? 0 : -1;
}

static long
do_unlink(void)
{
	return unlinkat(AT_FDCWD, "there", 0);
}

static long
do_open_memory(void)
{
	return open("/proc/self/mem", O_RDONLY | O_CLOEXEC) >= 0 ? 0 : -1;
}

/*
 * Reads a link in another process's /proc directory. The kernel permits this only if this process may trace the other
 * process.
 */
static long
do_look(void)
{
	char path[40], link[64];

	(void)snprintf(path, sizeof(path), "/proc/%ld/ns/net", (long)getppid());
	return readlink(path, link, sizeof(link)) > 0 ? 0 : -1;
}

static long
do_chmod(void)
{
	return chmod("there", 0644);
}

static long
do_rename(void)
{
	return rename("there", "there");
}

static long
do_mkdir(void)
{
	return mkdir("there", 0755);
}

static long
do_symlink(void)
{
	return symlink("x", "there");
}

static long
do_truncate(void)
{
	return truncate("there", 6);
}

static long
do_settimeofday(void)
{
	return syscall(SYS_settimeofday, NULL, NULL);
}

/* Makes a system call whose number no kernel uses yet. */
static long
do_newest(void)
{
	return syscall(600L);
}

#ifdef __x86_64__
static long
do_32bit(void)
{
	long result = 20; /* getpid */

	__asm__ volatile("int $0x80" : "+a"(result) : : "memory");
	errno = ENOSYS;
	return result > 0 ? 0 : -1;
}

static long
do_x32(void)
{
	return syscall(X32 | SYS_getpid) > 0 ? 0 : -1;
}
#endif

#define CALL(name) { #name, do_##name }
static const struct {
	const char *name;
	long (*make)(void);
} calls[] = { CALL(status), CALL(execve), CALL(program), CALL(execveat), CALL(fork), CALL(thread), CALL(clone3), CALL(ptrace),
	CALL(process_vm_readv), CALL(process_vm_writev), CALL(pidfd_open), CALL(pidfd_getfd), CALL(steal), CALL(kill), CALL(tgkill),
	CALL(mount), CALL(unshare), CALL(setns), CALL(chroot), CALL(init_module), CALL(kexec_load), CALL(bpf), CALL(perf_event_open),
	CALL(io_uring_setup), CALL(userfaultfd), CALL(keyctl), CALL(setuid), CALL(setresuid), CALL(capset), CALL(setown), CALL(setsig),
	CALL(async), CALL(fioasync), CALL(nonblock), CALL(socketpair_dgram), CALL(socket),
	CALL(socket_inet), CALL(socket_netlink), CALL(socket_route), CALL(mmap_exec), CALL(mprotect_exec), CALL(tiocsti), CALL(open_create),
	CALL(open_write), CALL(open_truncate), CALL(open_read), CALL(unlink), CALL(open_memory), CALL(look),
	CALL(chmod), CALL(rename), CALL(mkdir), CALL(symlink), CALL(truncate), CALL(settimeofday), CALL(newest),
#ifdef __x86_64__
	CALL(32bit), CALL(x32),
#endif
};
/* clang-format on */

static const char *
word(int err)
{
	static char number[16];

	(void)snprintf(number, sizeof(number), "%d", err);
	return err == EACCES ? "EACCES" : err == EPERM ? "EPERM" : err == ENOSYS ? "ENOSYS" : number;
}

static void
attempt(void)
{
	const char *wanted = getenv("FORBIDDEN");
	char line[80];
	long result;
	size_t i;
	int n;

	if (wanted == NULL || strcmp(program_invocation_short_name, "fdpass") != 0)
		return;
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]) && strcmp(calls[i].name, wanted) != 0; i++)
		;
	if (i == sizeof(calls) / sizeof(calls[0]))
		_exit(99);
	errno = 0;
	result = calls[i].make();
	n = snprintf(line, sizeof(line), "%s: %s\n", wanted, result == 0 ? "0" : word(errno));
	(void)syscall(SYS_write, STDERR_FILENO, line, (size_t)n);
	_exit(0);
}

int
accept4(int sock, struct sockaddr *address, socklen_t *length, int flags)
{
	attempt();
	return (int)syscall(SYS_accept4, sock, address, length, flags);
}

int
epoll_wait(int epoll, struct epoll_event *events, int count, int timeout)
{
	attempt();
	return epoll_pwait(epoll, events, count, timeout, NULL);
}

ssize_t
write(int fd, const void *bytes, size_t length)
{
	attempt();
	return syscall(SYS_write, fd, bytes, length);
}

/*
 * watch waits for traced processes with waitpid(2), so the library makes the forbidden call when watch calls
 * waitpid(2).
 */
pid_t
waitpid(pid_t pid, int *status, int options)
{
	if (pid == -1 && options == __WALL)
		attempt();
	return (pid_t)syscall(SYS_wait4, pid, status, options, NULL);
}
