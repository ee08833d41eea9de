/* SPDX-License-Identifier: ISC */
/*
 * Tests of descriptions of descriptors in states that a test cannot produce on all machines. Therefore, the tests set
 * the descriptors' properties directly. Text and JSON are compared with tests/golden/details; "GOLDEN=write" writes
 * this file.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "describe/names.h"
#include "details.h"

#define ANON(name) "anon_inode:" name

/* Describes a descriptor of kind ID. TEXT is the descriptor's fdinfo, which contains all its details. */
static void
info(enum fd_kind_id id, const char *link, const char *text, const char *name)
{
	begin(id, link, text);
	describes(name);
}

static void
test_anon(void)
{
	static const char event[] = ANON("[eventfd]"), timer[] = ANON("[timerfd]"), mask[] = ANON("[signalfd]");
	static const char uffd[] = ANON("[userfaultfd]"), ring[] = ANON("[io_uring]");

	info(FD_EVENTFD, event, "pos:\t0\neventfd-count:               1f\neventfd-id: 12\neventfd-semaphore: 0\n",
	    "an eventfd");
	info(FD_EVENTFD, event, "eventfd-count: 0\neventfd-semaphore: 1\n", "an eventfd that is a semaphore");
	info(FD_EVENTFD, event, "", "an eventfd without fdinfo");
	info(FD_TIMERFD, timer,
	    "clockid: 1\nticks: 0\nsettime flags: 01\nit_value: (2, 500000000)\nit_interval: (1, 0)\n",
	    "a timer with an interval");
	info(FD_TIMERFD, timer,
	    "clockid: 0\nticks: 3\nsettime flags: 03\nit_value: (0, 0)\nit_interval: (1, 250000000)\n",
	    "a timer with an interval that has expired");
	info(FD_TIMERFD, timer, "clockid: 7\nticks: 1\nsettime flags: 010\nit_value: (0, 0)\nit_interval: (0, 0)\n",
	    "a timer that has expired once");
	info(FD_TIMERFD, timer, "clockid: 99\nticks: 2\nit_value: (1, 1)\nit_interval: (0, 1)\n",
	    "a timer with ticks and an unknown clock");
	info(FD_TIMERFD, timer, "ticks: 0\nit_value: (0, 0)\nit_interval: (3, 0)\n",
	    "a timer that is not set but has an interval");
	info(FD_TIMERFD, timer, "it_value: (1,\n", "a timer with an incomplete value");
	info(FD_TIMERFD, timer, "", "a timer without fdinfo");
	info(FD_TIMERFD, timer, "clockid: 1\nticks: 1\nit_value: (0, 0)\nit_interval: (0, 1)\n",
	    "a timer with the shortest interval that has expired");
	info(FD_TIMERFD, timer, "clockid: 1\nticks: 0\nit_value: (0, 1)\nit_interval: (0, 0)\n",
	    "a timer that expires after a nanosecond");
	info(FD_SIGNALFD, mask, "sigmask:\t0000000080004101\n", "a signalfd with a signal that has no name");
	info(FD_SIGNALFD, mask, "sigmask:\t0\n", "a signalfd without signals");
	info(FD_SIGNALFD, mask, "", "a signalfd without fdinfo");
	info(FD_USERFAULTFD, uffd, "pending:\t1\ntotal:\t2\nAPI:\taa:0:0\n", "a userfaultfd with a fault");
	info(FD_USERFAULTFD, uffd, "pending:\t3\ntotal:\t1\n", "a userfaultfd with faults");
	info(FD_USERFAULTFD, uffd, "pending:\t0\ntotal:\t0\nAPI:\t\n", "a userfaultfd without faults");
	info(FD_USERFAULTFD, uffd, "pending:\t10\ntotal:\t12\nAPI:\taa:0:0\n", "a userfaultfd with decimal numbers");
	info(FD_USERFAULTFD, uffd, "", "a userfaultfd without fdinfo");
	info(FD_KVM, ANON("kvm-vcpu:3"), "", "a virtual processor");
	info(FD_KVM, ANON("kvm-vcpu:12"), "", "a virtual processor with a decimal number");
	info(FD_KVM, ANON("kvm-vcpu:x"), "", "a virtual processor without a number");
	info(FD_KVM, ANON("kvm-vm"), "", "a virtual machine");
	info(FD_IO_URING, ring, "SqMask:\t0x3\nCqMask:\t0x7\nSqThread:\t44\nUserFiles:\t2\nUserBufs:\t1\n",
	    "an io_uring with a thread");
	info(FD_IO_URING, ring, "SqMask:\t0x0\nCqMask:\t0x1\nSqThread:\t-1\nUserFiles:\t0\n",
	    "an io_uring without a thread");
	info(FD_IO_URING, ring, "SqMask:\t0x1f\nCqMask:\t0x3f\nSqThread:\t1\nUserFiles:\t12\nUserBufs:\t10\n",
	    "an io_uring with numbers of two digits and thread 1");
	info(FD_IO_URING, ring, "SqThread:\t0\nUserBufs:\t0\n", "an io_uring whose thread has no number");
	info(FD_LISTED, ANON("[vfio-device]"),
	    "pos:\t0\nflags:\t02\nmnt_id:\t15\nino:\t9\nlock:\tx\nvfio-device-syspath:\t/sys/x\nword\n",
	    "a device driver's inode");
	begin(FD_LISTED, ANON("[vfio-device]"), "");
	details.info.err = EPERM;
	describes("an inode whose fdinfo cannot be read");
	begin(FD_PERF_EVENT, ANON("[perf_event]"), "pos:\t0\nuse:\t1\n");
	details.as.perf.has_id = true;
	details.as.perf.id = 17;
	describes("a perf event");
	info(FD_PERF_EVENT, ANON("[perf_event]"), "", "a perf event without an ID");
}

static void
test_bpf(void)
{
	static const char map[] = ANON("bpf-map"), prog[] = ANON("bpf-prog"), link[] = ANON("bpf_link");

	begin(FD_BPF_MAP, map,
	    "map_type:\t2\nkey_size:\t4\nvalue_size:\t8\nmax_entries:\t16\nmap_flags:\t0x10\nmemlock:\t4096\nmap_id:\t5\n"
	    "frozen:\t1\n");
	memcpy(details.as.bpf.name, "counters", 8);
	details.as.bpf.name_length = 8;
	describes("a BPF map with a name");
	info(FD_BPF_MAP, map, "map_type:\t34\nfrozen:\t0\n", "a BPF map of the last known type");
	info(FD_BPF_MAP, map, "map_type:\t35\n", "a BPF map of an unknown type");
	info(FD_BPF_MAP, map,
	    "map_type:\t10\nkey_size:\t11\nvalue_size:\t12\nmax_entries:\t13\nmap_flags:\t0x14\nmemlock:\t15\nmap_id:\t16\n",
	    "a BPF map with numbers of two digits");
	info(FD_BPF_PROG, prog, "prog_type:\t10\nmemlock:\t11\nprog_id:\t12\nrun_time_ns:\t13\nrun_cnt:\t14\n",
	    "a BPF program with numbers of two digits");
	info(FD_BPF_LINK, link, "link_type:\txdp\nlink_id:\t10\nprog_id:\t11\nifindex:\t12\nattach_type:\t13\n",
	    "a BPF link with numbers of two digits");
	info(FD_BPF_MAP, map, "", "a BPF map without fdinfo");
	begin(FD_BPF_PROG, prog,
	    "prog_type:\t1\nprog_jited:\t1\nprog_tag:\tab12\nmemlock:\t8192\nprog_id:\t6\nrun_time_ns:\t70\nrun_cnt:\t7\n");
	memcpy(details.as.bpf.name, "x", 1);
	details.as.bpf.name_length = 1;
	describes("a BPF program with a name");
	info(FD_BPF_PROG, prog, "prog_type:\t32\nprog_jited:\t0\n", "a BPF program of the last known type");
	info(FD_BPF_PROG, prog, "prog_type:\t33\n", "a BPF program of an unknown type");
	info(FD_BPF_LINK, link,
	    "link_type:\tcgroup\nlink_id:\t3\nprog_tag:\tff\nprog_id:\t4\ncgroup_id:\t88\nattach_type:\t1\n",
	    "a BPF link to a cgroup");
	info(FD_BPF_LINK, link, "link_type:\txdp\nifindex:\t2\nattach_type:\t999\n",
	    "a BPF link with an unknown attach type");
	info(FD_BPF_LINK, link,
	    "link_type:\ttracing\nattach_type:\t58\ntarget_obj_id:\t1\ntarget_btf_id:\t2\nnetns_ino:\t3\ntp_name:\tsys\n",
	    "a BPF link with all other fields");
	info(FD_BPF_LINK, link, "", "a BPF link without fdinfo");
	info(FD_BPF_TOKEN, "/bpf-token (deleted)",
	    "allowed_cmds:\tany\nallowed_maps:\t0x1\nallowed_progs:\t0x2\nallowed_attachs:\tany\n", "a BPF token");
	info(FD_BTF, ANON("btf"), "btf_id:\t7\n", "BPF type information");
}

/*
 * Returns a text that consists of BEFORE and COUNT lines. Each line consists of FIRST, the number of the line, and
 * REST.
 */
static const char *
lines(const char *before, const char *first, const char *rest, unsigned int count)
{
	static char text[4096];
	size_t used = strlcpy(text, before, sizeof(text));
	unsigned int i;

	for (i = 1; i <= count; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%u%s", first, i, rest);
	return text;
}

static void
test_watch(void)
{
	static const char poll[] = ANON("[eventpoll]"), inotify[] = "anon_inode:inotify", fan[] = ANON("[fanotify]");
	static const char target[] = " events: 40000019 data: ffffffff00000001 pos:3 ino:1f sdev:800002\n";
	static const char watch[] = " ino:1f sdev:800002 mask:80000300 ignored_mask:0 fhandle-bytes:8\n";
	static const char mark[] = " mflags:600 mask:8000020 ignored_mask:1\n";

	info(FD_EPOLL, poll, lines("pos:\t0\n", "tfd: ", target, 8), "an epoll instance with 8 targets");
	info(FD_EPOLL, poll, lines("pos:\t0\n", "tfd: ", target, 9), "an epoll instance with 9 targets");
	info(FD_EPOLL, poll, "tfd: x\ntfd: 4 events: 80100\n", "an epoll instance with incomplete lines");
	info(FD_EPOLL, poll, "tfd: 12 events: 1 data: 10 pos:10 ino:10 sdev:10\n",
	    "an epoll instance with numbers of two digits");
	begin(FD_EPOLL, poll, "");
	facts.access = ACCESS_PATH;
	describes("an epoll instance that was opened with O_PATH");
	begin(FD_EPOLL, poll, "tfd: 4 events: 1 data: 0\n");
	details.info.err = EPERM;
	describes("an epoll instance whose fdinfo is incomplete");
	info(FD_INOTIFY, inotify, lines("", "inotify wd:", watch, 8), "an inotify instance with 8 watches");
	info(FD_INOTIFY, inotify, lines("", "inotify wd:", watch, 10), "an inotify instance with 10 watches");
	info(FD_FANOTIFY, fan, lines("pos:\t0\nfanotify flags:13 event-flags:2\n", "fanotify mnt_id:", mark, 8),
	    "fanotify with 8 marks");
	info(FD_FANOTIFY, fan, lines("pos:\t0\n", "fanotify mnt_id:", mark, 11),
	    "fanotify with 11 marks and without flags");
	info(FD_FANOTIFY, fan,
	    "fanotify flags:10000 event-flags:0\nfanotify ino:1f sdev:800002 mflags:40 mask:1 ignored_mask:0\n"
	    "fanotify sdev:800003 mflags:0 mask:2 ignored_mask:0\nfanotify mnt_ns:44 mflags:0 mask:1000000\n",
	    "fanotify with marks of each kind");
	info(FD_FANOTIFY, fan, "pos:\t0\n", "fanotify without marks");
	info(FD_EPOLL, poll, "tfd: 4 events: ffffffff data: 0\n", "an epoll instance with all events");
	info(FD_INOTIFY, inotify, "inotify wd:1 ino:1f sdev:800002 mask:ffffffff\n", "inotify with all events");
	info(FD_FANOTIFY, fan,
	    "fanotify flags:ffffffff event-flags:0\nfanotify ino:1f sdev:800002 mflags:ffffffff mask:ffffffff\n",
	    "fanotify with all flags and events");
}

static void
test_memory(void)
{
	info(FD_DMA_BUF, "/dmabuf:", "size:\t1\ncount:\t2\nexp_name:\tsystem\n", "a dma-buf without a name");
	info(FD_DMA_BUF, "/dmabuf:cam", "size:\t4096\n", "a dma-buf with a name");
	info(FD_DMA_BUF, "/dmabuf:", "", "a dma-buf without fdinfo");
	begin(FD_MQUEUE, "/q (deleted)", "");
	facts.st.nlink = 0;
	details.as.mqueue.known = true;
	details.as.mqueue.attributes = (struct mq_attr){ .mq_curmsgs = 1, .mq_maxmsg = 10, .mq_msgsize = 1 };
	describes("a message queue that was unlinked");
	begin(FD_MQUEUE, "/q (deleted)", "");
	details.as.mqueue.known = true;
	details.as.mqueue.attributes = (struct mq_attr){ .mq_curmsgs = 2, .mq_maxmsg = 10, .mq_msgsize = 2 };
	describes("a message queue whose name ends in (deleted)");
	begin(FD_MQUEUE, " (deleted)", "");
	facts.st.nlink = 0;
	describes("a message queue about which nothing is known");
	begin(FD_MEMFD, "/memfd:a b (deleted)", "pos:\t12\n");
	facts.st.size = 1;
	facts.st.mode = 0100777;
	details.as.memfd.seals = 0x3f;
	describes("a memfd with all seals");
	begin(FD_MEMFD, "/memfd: (deleted)", "");
	facts.st.mode = 0100666;
	details.as.memfd.seals = 0x20;
	describes("a memfd without a name that is sealed as not executable");
	begin(FD_MEMFD, "/memfd:", "");
	details.as.memfd.seals = -1;
	describes("a memfd with unknown seals");
}

static void
pidfd(const struct pidfd_facts *p, int flags, const char *name)
{
	begin(FD_PIDFD, ANON("[pidfd]"), "");
	facts.status_flags = flags;
	details.as.pidfd = *p;
	describes(name);
}

static void
test_pidfd(void)
{
	const struct pidfd_info known = { .ppid = 2, .tgid = 40, .euid = 1000, .egid = 100, .ruid = 1, .rgid = 2 };
	const struct pidfd_info unknown = { .ppid = 0, .tgid = 0, .euid = 0 };
	struct pidfd_facts p = { .known = true, .pid = 40, .nspid = "40", .has_info = true, .info = known };

	pidfd(&(struct pidfd_facts){ .known = false }, 0, "a pidfd without fdinfo");
	memcpy(p.comm, "sleep", p.comm_length = 5);
	p.poll_known = true;
	pidfd(&p, 0, "a pidfd of a process");
	(void)strlcpy(p.nspid, "41\t7\t1", sizeof(p.nspid));
	p.pid = 41;
	p.ended = true;
	pidfd(&p, O_EXCL, "a pidfd of a thread that has ended, in a nested pid namespace");
	p.info.tgid = 1;
	pidfd(&p, O_EXCL, "a pidfd of a thread of process 1");
	p.pid = 1;
	pidfd(&p, O_EXCL, "a pidfd of thread 1");
	p.pid = 41;
	p.info = unknown;
	p.comm_length = 0;
	pidfd(&p, O_EXCL, "a pidfd of a thread whose process is unknown");
	p.has_info = false;
	p.ids = ID_UNMAPPED;
	pidfd(&p, 0, "a pidfd of a process with unmapped IDs");
	p.pid = 0;
	pidfd(&p, 0, "a pidfd of a process outside this pid namespace");
	p = (struct pidfd_facts){ .known = true, .pid = -1, .poll_known = true, .ended = true, .ids = ID_UNMAPPED };
	pidfd(&p, 0, "a pidfd of a process that was reaped");
	p.has_exit = true;
	p.info.exit_code = 3 << 8;
	pidfd(&p, 0, "a pidfd of a process that exited");
	p.info.exit_code = SIGKILL;
	pidfd(&p, 0, "a pidfd of a process that was killed");
	p.info.exit_code = 32;
	pidfd(&p, 0, "a pidfd of a process that was killed by a signal without a name");
}

static void
test_names(void)
{
	char name[16];
	int64_t value = 0;

	is_str(name_signal(SIGRTMIN), "SIGRTMIN", "the first real-time signal has a name");
	(void)snprintf(name, sizeof(name), "SIGRTMIN+%d", 30);
	is_str(name_signal(SIGRTMIN + 30), name, "a real-time signal has a name");
	ok(name_signal(SIGRTMIN + 31) == NULL && name_signal(0) == NULL, "numbers that are not signals have no name");
	ok(name_value(&names_errno, "enoent", &value) && value == ENOENT, "names are found in upper and lower case");
	ok(!name_value(&names_errno, "ENOENTS", &value), "only complete names are found");
	is_str(name_protocol(AF_BLUETOOTH, 3), "BTPROTO_RFCOMM", "Bluetooth protocols have names");
	is_str(name_protocol(AF_CAN, 6), "CAN_ISOTP", "CAN protocols have names");
	is_str(name_protocol(15, 2), "PF_KEY_V2", "the protocol of AF_KEY has a name");
	ok(name_protocol(15, 1) == NULL, "other protocols of AF_KEY have no name");
	is_str(name_protocol(24, 2), "PX_PROTO_PPTP", "PPPoX protocols have names");
	is_str(name_protocol(33, 10), "AF_INET6", "the protocol of AF_RXRPC is a family");
	is_str(name_protocol(37, 3), "CAIFPROTO_UTIL", "CAIF protocols have names");
	is_str(name_protocol(39, 1), "NFC_SOCKPROTO_LLCP", "NFC protocols have names");
	is_str(name_protocol(41, 0), "KCMPROTO_CONNECTED", "the protocol of AF_KCM has a name");
	ok(name_protocol(41, 1) == NULL, "other protocols of AF_KCM have no name");
	is_str(name_protocol(43, 1), "SMCPROTO_SMC6", "SMC protocols have names");
	ok(name_protocol(AF_UNIX, 1) == NULL, "protocols of AF_UNIX have no names");
}

int
main(void)
{
	test_names();
	if (golden_open("details")) {
		test_anon();
		test_bpf();
		test_watch();
		test_memory();
		test_pidfd();
		(void)fclose(golden);
	}
	return tap_done();
}
