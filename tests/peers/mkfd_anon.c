/* SPDX-License-Identifier: ISC */
/* Creates descriptors with anonymous inodes. */
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/kvm.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mkfd.h"

static int
make_eventfd(const char *a)
{
	(void)a;
	return need(eventfd(20, EFD_CLOEXEC), "eventfd");
}

static int
make_semaphore(const char *a)
{
	(void)a;
	return need(eventfd(3, EFD_SEMAPHORE | EFD_NONBLOCK), "eventfd");
}

static int
make_epoll(const char *a)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET, .data.u64 = 0xabc };
	int fd = need(epoll_create1(0), "epoll_create1");
	int i, count = a != NULL ? atoi(a) : 1;

	for (i = 0; i < count; i++)
		(void)need(epoll_ctl(fd, EPOLL_CTL_ADD, keep(need(eventfd(0, 0), "eventfd")), &event), "epoll_ctl");
	return fd;
}

/* Arms the timer with a time that is longer than every test. */
static int
make_timerfd(const char *a)
{
	struct itimerspec spec = { .it_value = { 1000000, 0 }, .it_interval = { 2, 500000000 } };
	int fd = need(timerfd_create(CLOCK_MONOTONIC, 0), "timerfd_create");

	if (a == NULL)
		(void)need(timerfd_settime(fd, 0, &spec, NULL), "timerfd_settime");
	return fd;
}

static int
make_signalfd(const char *a)
{
	sigset_t set;

	(void)a;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	(void)sigaddset(&set, SIGTERM);
	return need(signalfd(-1, &set, 0), "signalfd");
}

static int
make_inotify(const char *a)
{
	int fd = need(inotify_init1(0), "inotify_init1");

	(void)need(inotify_add_watch(fd, a != NULL ? a : "/", IN_CREATE | IN_DELETE), "inotify_add_watch");
	return fd;
}

static int
make_fanotify(const char *a)
{
	const char *path = a != NULL ? a : "/";
	int fd = need(fanotify_init(FAN_CLASS_NOTIF, O_RDONLY), "fanotify_init");

	(void)need(fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN | FAN_CLOSE_WRITE, AT_FDCWD, path), "fanotify_mark");
	(void)need(fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_MODIFY, AT_FDCWD, path), "fanotify_mark");
	return fd;
}

/* ARGUMENT is the number of marks. Each mark is on a different file in the working directory. */
static int
make_fanotify_files(const char *a)
{
	int fd = need(fanotify_init(FAN_CLASS_NOTIF, O_RDONLY), "fanotify_init"), i, file;
	char name[32];

	for (i = 0; i < (a != NULL ? atoi(a) : 1); i++) {
		(void)snprintf(name, sizeof(name), "marked%d", i);
		file = need(open(name, O_CREAT | O_RDWR | O_CLOEXEC, 0600), name);
		(void)need(fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN, file, NULL), "fanotify_mark");
		(void)close(file);
	}
	return fd;
}

static int
open_pidfd(pid_t pid, unsigned int flags)
{
	return need((int)syscall(SYS_pidfd_open, pid, flags), "pidfd_open");
}

/* By default, the pidfd refers to this process, which later executes the command. */
static int
make_pidfd(const char *a)
{
	return open_pidfd(a != NULL ? atoi(a) : getpid(), 0);
}

static int
make_pidfd_thread(const char *a)
{
	(void)a;
	return open_pidfd(getpid(), O_EXCL);
}

/* ARGUMENT is the exit status of the reaped process, or -N if signal N killed it. */
static int
make_pidfd_reaped(const char *a)
{
	int status = a != NULL ? atoi(a) : 3, fd;
	pid_t pid = need(fork(), "fork");

	if (pid == 0) {
		(void)(status < 0 ? raise(-status) : 0);
		_exit(status);
	}
	fd = open_pidfd(pid, 0);
	(void)need(waitpid(pid, NULL, 0), "waitpid");
	return fd;
}

static int
make_userfaultfd(const char *a)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = need((int)syscall(SYS_userfaultfd, O_NONBLOCK), "userfaultfd");

	(void)a;
	(void)need(ioctl(fd, UFFDIO_API, &api), "UFFDIO_API");
	return fd;
}

static int
make_io_uring(const char *a)
{
	unsigned char params[256];

	(void)a;
	memset(params, 0, sizeof(params));
	return need((int)syscall(SYS_io_uring_setup, 4, params), "io_uring_setup");
}

static int
make_perf(const char *a)
{
	struct perf_event_attr attr;

	(void)a;
	memset(&attr, 0, sizeof(attr));
	attr.type = PERF_TYPE_SOFTWARE;
	attr.size = sizeof(attr);
	attr.config = PERF_COUNT_SW_CONTEXT_SWITCHES;
	return need((int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0), "perf_event_open");
}

static int
call_bpf(int command, union bpf_attr *attr, const char *what)
{
	return need((int)syscall(SYS_bpf, command, attr, sizeof(*attr)), what);
}

static int
make_bpf_map(const char *a)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = 4;
	attr.value_size = 8;
	attr.max_entries = 2;
	(void)strncpy(attr.map_name, a != NULL ? a : "counters", sizeof(attr.map_name) - 1);
	return call_bpf(BPF_MAP_CREATE, &attr, "BPF_MAP_CREATE");
}

static int
make_bpf_prog(const char *a)
{
	static const struct bpf_insn program[] = { { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT } };
	static const char licence[] = "GPL";
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = a != NULL ? BPF_PROG_TYPE_XDP : BPF_PROG_TYPE_SOCKET_FILTER;
	attr.insns = (uint64_t)(uintptr_t)program;
	attr.insn_cnt = sizeof(program) / sizeof(program[0]);
	attr.license = (uint64_t)(uintptr_t)licence;
	(void)strncpy(attr.prog_name, "nothing", sizeof(attr.prog_name) - 1);
	return call_bpf(BPF_PROG_LOAD, &attr, "BPF_PROG_LOAD");
}

/* Attaches an XDP program to the loopback interface of the current network namespace. */
static int
make_bpf_link(const char *a)
{
	union bpf_attr attr;

	(void)a;
	memset(&attr, 0, sizeof(attr));
	attr.link_create.prog_fd = (uint32_t)make_bpf_prog("xdp");
	attr.link_create.target_ifindex = 1;
	attr.link_create.attach_type = BPF_XDP;
	return call_bpf(BPF_LINK_CREATE, &attr, "BPF_LINK_CREATE");
}

static int
make_btf(const char *a)
{
	/* A BTF header, a 32-bit integer type, and the type's name "int". */
	uint32_t data[] = { 0, 24, 0, 16, 16, 5, 1, 1U << 24, 4, 32, 0, 0 };
	const uint16_t magic = 0xeb9f;
	union bpf_attr attr;

	(void)a;
	memcpy(data, &magic, sizeof(magic));
	memcpy((unsigned char *)data + 2, "\1", 1);
	memcpy(data + 10, "\0int", 5);
	memset(&attr, 0, sizeof(attr));
	attr.btf = (uint64_t)(uintptr_t)data;
	attr.btf_size = 24 + 16 + 5;
	return call_bpf(BPF_BTF_LOAD, &attr, "BPF_BTF_LOAD");
}

static int
make_landlock(const char *a)
{
	uint64_t handled[1] = { 1 };

	(void)a;
	return need((int)syscall(444, handled, sizeof(handled), 0), "landlock_create_ruleset");
}

/* A seccomp filter that allows every system call, with a descriptor for its listener. */
static int
make_seccomp(const char *a)
{
	struct sock_filter filter[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	struct sock_fprog program = { .len = 1, .filter = filter };

	(void)a;
	(void)need(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS");
	return need(
	    (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program), "seccomp");
}

static int
make_kvm(const char *a)
{
	int kvm = need(open("/dev/kvm", O_RDWR), "/dev/kvm"), vm = need(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");

	(void)close(kvm);
	if (a == NULL)
		return vm;
	return need(ioctl(keep(vm), KVM_CREATE_VCPU, (unsigned long)atoi(a)), "KVM_CREATE_VCPU");
}

const struct maker makers_anon[] = {
	{ "eventfd", make_eventfd },
	{ "semaphore", make_semaphore },
	{ "epoll", make_epoll },
	{ "timerfd", make_timerfd },
	{ "signalfd", make_signalfd },
	{ "inotify", make_inotify },
	{ "fanotify", make_fanotify },
	{ "fanotify-files", make_fanotify_files },
	{ "pidfd", make_pidfd },
	{ "pidfd-thread", make_pidfd_thread },
	{ "pidfd-reaped", make_pidfd_reaped },
	{ "userfaultfd", make_userfaultfd },
	{ "io_uring", make_io_uring },
	{ "perf-event", make_perf },
	{ "bpf-map", make_bpf_map },
	{ "bpf-prog", make_bpf_prog },
	{ "bpf-link", make_bpf_link },
	{ "btf", make_btf },
	{ "landlock-ruleset", make_landlock },
	{ "seccomp-notify", make_seccomp },
	{ "kvm", make_kvm },
	{ NULL, NULL },
};
