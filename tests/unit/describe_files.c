/* SPDX-License-Identifier: ISC */
/*
 * Tests of descriptions of files, devices, terminals, pipes and sockets, and of problems with a descriptor, in states
 * that a test cannot produce on all machines. Text and JSON are compared with tests/golden/files; "GOLDEN=write" writes
 * this file.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "details.h"

static void
test_files(void)
{
	begin(FD_FILE, "/f",
	    "pos:\t9\nlock:\t1: POSIX  ADVISORY  READ  77 00:07:4711 10 20\n"
	    "lock:\t2: OFDLCK ADVISORY  WRITE -1 00:07:4711 0 EOF\n"
	    "lock:\t3: FLOCK\n");
	details.filesystem = "nfs4";
	facts.st.has_mnt_id = true;
	facts.st.mnt_id = 30;
	facts.st.size = 1;
	facts.st.uid = 1000;
	facts.st.gid = 100;
	describes("a file on a remote file system with locks");
	begin(FD_FILE, "/f", "pos:\t0\n");
	details.filesystem = "ext4";
	details.info.err = EPERM;
	details.owner = ID_UNCLEAR;
	facts.access = ACCESS_UNKNOWN;
	facts.st.nlink = 0;
	describes("a deleted file whose fdinfo cannot be read");
	begin(FD_FILE, "/f (deleted)", "pos:\tx\n");
	details.owner = ID_UNMAPPED;
	details.foreign = true;
	describes("a file of another mount namespace that may be deleted");
	begin(FD_FILE, "/f (deleted)", "");
	facts.st.nlink = 0;
	details.outside_root = details.foreign = true;
	describes("a deleted file outside the root directory");
	begin(FD_FILE, " (deleted)", "");
	facts.st.nlink = 0;
	facts.access = ACCESS_WRITE;
	describes("a file whose link is not a path");
	begin(FD_FILE, "", "pos:\t5\n");
	facts.link_err = ENAMETOOLONG;
	facts.access = ACCESS_PATH;
	describes("a file with a path that is too long");
	begin(FD_FILE, "", "");
	facts.link_err = ENOENT;
	facts.has_stat = false;
	facts.stat_err = EPERM;
	facts.access = ACCESS_READ;
	describes("a file about which nothing is known");
	begin(FD_FILE, "", "");
	facts.link_err = EPERM;
	details.info.err = EPERM;
	details.info.cut = true;
	describes("a file whose link cannot be read");
	begin(FD_TMPFILE, "/#4711 (deleted)", "");
	facts.st.nlink = 0;
	describes("an unnamed file in the root directory");
	begin(FD_TMPFILE, "/tmp/#4711 (deleted)", "");
	facts.st.nlink = 0;
	describes("an unnamed file");
	begin(FD_MOUNT, "/", "");
	facts.st.mode = S_IFDIR;
	details.filesystem = "tmpfs";
	describes("a mount");
	begin(FD_MOUNT, "/", "");
	facts.st.mode = S_IFREG;
	facts.st.has_mnt_id = true;
	facts.st.mnt_id = 31;
	describes("a mount on a file");
}

static void
test_flags(void)
{
	begin(FD_FILE, "/f", "");
	facts.status_flags = O_WRONLY | O_SYNC | O_NONBLOCK | O_APPEND | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	facts.cloexec = true;
	describes("a file with flags");
	begin(FD_FILE, "/f", "");
	facts.status_flags = O_DSYNC | O_ASYNC | O_NOATIME | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | 1 << 30;
	facts.cloexec_known = false;
	describes("a file with other flags and an unknown flag");
	begin(FD_FILE, "/f", "");
	facts.err = EBADF;
	describes("a number that is not open");
	begin(FD_FILE, "/f", "");
	facts.err = EPERM;
	describes("a descriptor that cannot be duplicated");
}

static void
test_devices(void)
{
	begin(FD_DEVICE, "/dev/net/tun", "pos:\t0\niff:\ttap0\n");
	(void)strlcpy(details.as.device.driver, "tun", sizeof(details.as.device.driver));
	facts.st.rdev_major = 10;
	facts.st.rdev_minor = 200;
	details.as.device.netns = 99;
	details.as.device.netns_known = true;
	describes("a TUN device of another network namespace");
	begin(FD_DEVICE, "/dev/x", "pos:\t0\niff:\ttap0\n");
	(void)strlcpy(details.as.device.driver, "loop", sizeof(details.as.device.driver));
	(void)strlcpy(details.as.device.backing_file, "/image", sizeof(details.as.device.backing_file));
	details.as.device.netns_known = details.as.device.own_netns = true;
	describes("a loop device");
	begin(FD_DEVICE, "/dev/x", "");
	describes("a device without a driver");
	begin(FD_PTY, "/dev/pts/259", "");
	facts.kind++;
	facts.st.mode = S_IFCHR;
	facts.st.rdev_major = 137;
	facts.st.rdev_minor = 3;
	details.as.tty.has_window = details.as.tty.devpts_known = details.as.tty.own_devpts = true;
	describes("a slave without a window size");
	details.as.tty.own_devpts = false;
	details.as.tty.window.ws_row = 1;
	describes("a slave of another devpts");
	details.as.tty.devpts_known = details.as.tty.has_window = false;
	describes("a slave of an unknown devpts");
	begin(FD_PTY, "/dev/ptmx", "tty-index:\t8\n");
	facts.st.mode = S_IFCHR;
	facts.st.rdev_major = 5;
	facts.st.rdev_minor = 2;
	details.as.tty.own_devpts = details.as.tty.has_window = true;
	details.as.tty.window.ws_col = 80;
	describes("a master");
	begin(FD_PTY, "/dev/ptmx", "");
	facts.st.mode = S_IFCHR;
	facts.st.rdev_major = 5;
	facts.st.rdev_minor = 2;
	details.as.tty.own_devpts = true;
	describes("a master without a number");
	begin(FD_TTY, "/dev/ttyS0", "");
	facts.st.rdev_major = 4;
	facts.st.rdev_minor = 64;
	describes("a serial line");
}

static void
test_pipes(void)
{
	begin(FD_PIPE, "pipe:[4711]", "");
	details.as.pipe = (struct pipe_facts){
		.has_capacity = true, .capacity = 4096, .has_pending = true, .pending = 1
	};
	facts.status_flags = O_DIRECT;
	describes("a pipe in packet mode");
	facts.access = ACCESS_READ;
	details.as.pipe.pending = 0;
	details.as.pipe.poll_known = details.as.pipe.no_writer = true;
	describes("a pipe without a writer");
	facts.access = ACCESS_WRITE;
	details.as.pipe.pending = 2;
	details.as.pipe.no_writer = false;
	details.as.pipe.no_reader = true;
	describes("a pipe without a reader");
	facts.access = ACCESS_PATH;
	details.as.pipe = (struct pipe_facts){ .poll_known = false };
	describes("a pipe about which nothing is known");
	begin(FD_PIPE, "/fifo", "");
	facts.kind++;
	facts.access = ACCESS_READ;
	details.as.pipe.poll_known = true;
	describes("a FIFO whose writer is unknown");
	facts.access = ACCESS_BOTH;
	describes("a FIFO that is open for both");
}

static struct sock_facts *
begin_socket(int domain, int type, int protocol)
{
	struct sock_facts *s = &details.as.sock;

	begin(FD_SOCKET, "socket:[4711]", "");
	*s = (struct sock_facts){ .has_domain = true, .domain = domain, .has_type = true, .type = type };
	s->has_protocol = s->answered = true;
	s->protocol = protocol;
	return s;
}

static socklen_t
put_address(struct sockaddr_storage *to, const char *host, unsigned int port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	(void)inet_pton(AF_INET, host, &sin.sin_addr);
	memcpy(to, &sin, sizeof(sin));
	return sizeof(sin);
}

static void
test_inet(void)
{
	struct sock_facts *s;
	char name[64];
	int state;

	for (state = 0; state < 14; state++) {
		s = begin_socket(AF_INET, SOCK_STREAM, 6);
		s->tcp_state = state;
		s->is_connected = true;
		(void)snprintf(name, sizeof(name), "a connected socket in state %d of TCP", state);
		describes(name);
	}
	s = begin_socket(AF_INET, SOCK_STREAM, 6);
	s->is_connected = s->has_listening = s->has_inq = s->has_outq = s->has_linger = true;
	s->tcp_state = 8;
	s->local_length = put_address(&s->local, "127.0.0.1", 80);
	s->peer_length = put_address(&s->peer, "127.0.0.2", 81);
	s->inq = s->outq = 1;
	s->linger = (struct linger){ .l_onoff = 1, .l_linger = 30 };
	describes("a connected socket");
	s->is_connected = false;
	s->is_connecting = true;
	s->tcp_state = 2;
	s->inq = s->outq = 2;
	s->linger.l_linger = 0;
	describes("a socket that is connecting");
	s->is_connecting = false;
	s->has_linger = false;
	describes("a socket that is bound");
	s->listening = true;
	s->tcp_state = 10;
	s->has_linger = true;
	s->has_backlog = true;
	s->backlog = 5;
	s->backlog_used = 1;
	describes("a socket with one waiting connection");
	s->backlog_used = 2;
	s->inq = s->outq = 0;
	s->answered = false;
	describes("a socket with waiting connections that did not answer");
	s = begin_socket(AF_INET, SOCK_RAW, 1);
	s->local_length = put_address(&s->local, "0.0.0.0", 1);
	describes("a raw socket");
	s->is_connected = true;
	s->local_length = put_address(&s->local, "127.0.0.1", 1);
	s->peer_length = put_address(&s->peer, "127.0.0.2", 0);
	describes("a connected raw socket");
	s = begin_socket(AF_INET, SOCK_DGRAM, 17);
	s->has_inq = true;
	s->inq = 1;
	s->is_connecting = true;
	describes("a datagram socket with one byte");
	s->inq = 2;
	describes("a datagram socket with a datagram");
	s = begin_socket(99, 77, 55);
	s->local_length = 3;
	describes("a socket of an unknown family");
	s->has_domain = s->has_type = s->has_protocol = s->answered = false;
	describes("a socket about which nothing is known");
}

static void
test_other_sockets(void)
{
	struct sock_facts *s = begin_socket(AF_UNIX, SOCK_STREAM, 0);
	size_t i;

	s->is_connected = s->unread = s->end_known = s->hung_up = s->read_closed = true;
	s->credentials = (struct peer){ .known = true, .pid = 0, .uid = 65534, .gid = 65534 };
	s->peer_ids = ID_UNCLEAR;
	s->netns_known = true;
	describes("a socket whose peer is in another pid namespace");
	begin(FD_SOCKET, "socket:[4711]", "scm_fds: 1\n");
	s->has_domain = true;
	s->domain = AF_UNIX;
	s->listening = s->end_known = s->read_closed = true;
	s->credentials = (struct peer){ .known = true, .pid = 12, .uid = 1, .gid = 2 };
	for (i = 0; i < SOCK_OPTIONS; i++) {
		s->option_known[i] = true;
		s->option[i] = (int)i + 1;
	}
	s->netns_known = s->own_netns = s->has_cookie = s->has_netns_cookie = true;
	s->cookie = 7;
	s->netns_cookie = 8;
	describes("a socket with all options and a descriptor in its queue");
	begin(FD_SOCKET, "socket:[4711]", "scm_fds: 2\n");
	for (i = 0; i < SOCK_OPTIONS; i++)
		s->option_known[i] = true;
	describes("a socket without options and with descriptors in its queue");
	s = begin_socket(AF_NETLINK, SOCK_RAW, 0);
	s->groups[0] = 0x80000001;
	s->groups[1] = 2;
	s->groups[2] = 1;
	s->group_words = 2;
	describes("a netlink socket with groups");
	s = begin_socket(AF_PACKET, SOCK_RAW, 0);
	s->has_fanout = true;
	s->fanout = 0x10007;
	(void)strlcpy(s->interface, "lo", sizeof(s->interface));
	describes("a packet socket with a fanout group");
}

static void
test_problems(void)
{
	static const int late[] = { ETIMEDOUT, EBUSY, EPERM };
	size_t i;

	for (i = 0; i < sizeof(late) / sizeof(late[0]); i++) {
		begin(FD_PIPE, "pipe:[4711]", "");
		details.late = late[i];
		describes("a descriptor whose query failed");
		begin(FD_EVENTFD, "anon_inode:[eventfd]", "");
		details.info.err = late[i];
		describes("a descriptor whose fdinfo failed");
	}
}

static void
test_context(void)
{
	const struct fd_holder holders[] = { { .pid = 9, .fd = 3, .comm = "a b" }, { .pid = 10, .fd = 4, .comm = "" } };
	struct same same = { .description = { .pid = 8, .number = 6 }, .file = { .pid = 0, .number = 7 } };

	begin(FD_PIPE, "pipe:[4711]", "");
	context = (struct fd_context){ .name = "web\n", .name_length = 4, .same = &same, .pid = 8, .own_pid = 20 };
	context.comm = "x\ty";
	context.comm_length = 3;
	context.has_holders = true;
	context.holders = holders;
	context.holder_count = 2;
	context.peer_holders = holders;
	context.peer_holder_count = 1;
	describes("a descriptor of another process with holders");
	same.description.pid = 0;
	same.file.pid = 11;
	context.comm_length = context.holder_count = context.peer_holder_count = 0;
	describes("a descriptor that is the same as one of this process");
	same.description.number = same.file.number = -1;
	context.pid = 0;
	describes("a descriptor that is not the same as another");
}

int
main(void)
{
	if (golden_open("files")) {
		test_files();
		test_flags();
		test_devices();
		test_pipes();
		test_inet();
		test_other_sockets();
		test_problems();
		test_context();
		(void)fclose(golden);
	}
	return tap_done();
}
