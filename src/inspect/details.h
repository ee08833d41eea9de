/* SPDX-License-Identifier: ISC */
/* The facts of a single kind of descriptor, gathered in one step by fd_inspect() before they are described. */
#ifndef INSPECT_DETAILS_H
#define INSPECT_DETAILS_H

#include <mqueue.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "net/peer.h"
#include "inspect/fd.h"
#include "inspect/fdinfo.h"
#include "inspect/idmap.h"

struct pipe_facts {
	int fd;
	bool has_capacity, has_pending;
	int capacity, pending;
	bool poll_known;
	bool no_writer, no_reader; /* the other end was closed */
};

struct tty_facts {
	int fd;
	bool devpts_known, own_devpts; /* own: the pseudo-terminal belongs to the devpts instance at /dev/pts */
	bool has_window;
	struct winsize window;
};

struct memfd_facts {
	int fd;
	int seals; /* F_GET_SEALS; -1: unknown */
};

struct mqueue_facts {
	int fd;
	bool known;
	struct mq_attr attributes;
};

struct namespace_facts {
	int fd;
	const char *type; /* "net", "mnt", …; NULL: unknown */
	bool own_known, own;
	bool has_owner;
	unsigned int owner;
};

struct device_facts {
	int fd;
	char driver[64];	/* "" if unknown */
	char backing_file[512]; /* backing file of a loop device; "" if it has none */
	uint64_t netns;		/* inode of the network namespace of a TUN device's interface; 0: none or unknown */
	bool netns_known, own_netns;
};

/* struct pidfd_info of linux/pidfd.h in its first version; kernels fill as much as is requested. */
struct pidfd_info {
	uint64_t mask, cgroup;
	uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	int32_t exit_code;
};

_Static_assert(sizeof(struct pidfd_info) == 64, "struct pidfd_info was 64 bytes long");

struct pidfd_facts {
	int fd;
	bool known;
	long pid; /* -1: the process has ended and was reaped; 0: it is not in this pid namespace */
	char nspid[128];
	bool has_info, has_exit;
	bool is_hidden;		/* the process has no pid in this pid namespace, or has ended */
	bool poll_known, ended; /* ended: the process is a zombie, or was reaped */
	struct pidfd_info info;
	enum id_state ids;
	char comm[64];
	size_t comm_length;
};

#define BPF_NAME_LENGTH 16

struct bpf_facts {
	int fd;
	char name[BPF_NAME_LENGTH];
	size_t name_length;
};

/* The options of SOL_SOCKET that are described, in the order of their keys in describe/fd_sock.c. */
enum sock_option {
	SOCK_REUSEADDR,
	SOCK_REUSEPORT,
	SOCK_KEEPALIVE,
	SOCK_BROADCAST,
	SOCK_OOBINLINE,
	SOCK_PASSCRED,
	SOCK_PASSSEC,
	SOCK_PASSPIDFD,
	SOCK_PASSRIGHTS,
	SOCK_RCVBUF,
	SOCK_SNDBUF,
	SOCK_MARK,
	SOCK_PRIORITY,
	SOCK_BIND_INTERFACE,
	SOCK_OPTIONS
};

struct perf_facts {
	int fd;
	bool has_id;
	uint64_t id;
};

struct sock_facts {
	int fd;
	/* Facts that are queried without a lock. */
	bool has_domain, has_type, has_protocol;
	int domain, type, protocol;
	bool option_known[SOCK_OPTIONS];
	int option[SOCK_OPTIONS];
	bool has_linger;
	struct linger linger;
	bool has_cookie, has_netns_cookie;
	uint64_t cookie, netns_cookie;
	bool netns_known, own_netns;
	char interface[16];  /* name of the interface that the socket is bound to; "" if none */
	bool has_fanout;     /* AF_PACKET */
	uint32_t fanout;     /* PACKET_FANOUT: ID, and type in the upper half */
	uint32_t groups[16]; /* netlink: bit mask of groups; bit 0 is group 1 */
	size_t group_words;
	/* Facts that query() finds; it needs a lock. */
	bool answered;
	bool is_connected, is_connecting;
	bool end_known, hung_up, read_closed; /* the other end of connected unix sockets */
	bool has_listening, listening;
	int tcp_state; /* 0: unknown */
	bool has_backlog;
	uint32_t backlog, backlog_used;
	bool has_inq, has_outq;
	int inq, outq;
	bool unread; /* unix: the other end has not received all data; the kernel does not count the bytes */
	socklen_t local_length, peer_length; /* 0: unknown or none */
	struct sockaddr_storage local, peer;
	struct peer credentials; /* AF_UNIX */
	enum id_state peer_ids;
};

struct fd_details {
	struct fdinfo info;	/* the text of its fdinfo */
	bool brief;		/* omit facts that need system calls and that only JSON shows */
	int late;		/* errno if query() failed: ETIMEDOUT if another process holds the lock */
	bool foreign;		/* the mount of the file is not in this mount namespace */
	enum id_state owner;	/* whether the file's user and group have IDs in this user namespace */
	bool outside_root;	/* after chroot(2): the path in the link leads elsewhere */
	const char *filesystem; /* the type of the file system; NULL if unknown */
	/* The facts of the kind. Each structure begins with the member fd. */
	union fd_answers {
		int fd;
		struct pipe_facts pipe;
		struct tty_facts tty;
		struct memfd_facts memfd;
		struct mqueue_facts mqueue;
		struct namespace_facts ns;
		struct device_facts device;
		struct pidfd_facts pidfd;
		struct bpf_facts bpf;
		struct perf_facts perf;
		struct sock_facts sock;
	} as;
};

/* Major numbers of pseudo-terminal slaves, each with 256 minors; a master is /dev/ptmx. */
#define TTY_MAJOR_PTS	   136
#define TTY_MAJOR_PTS_LAST 143
#define TTY_MAJOR_ALIAS	   5 /* minors: 0 tty, 1 console, 2 ptmx */
#define TTY_MINOR_PTMX	   2
bool tty_is_master(const struct fd_facts *facts);

/*
 * Collects all details of the descriptor in FACTS; with BRIEF, only those that the text output shows. At most about
 * LIMIT bytes of its fdinfo are read. Never blocks for long, never fails. fd_details_free() releases the memory.
 */
void fd_inspect(const struct fd_facts *facts, bool brief, size_t limit, struct fd_details *details);
void fd_details_free(struct fd_details *details);

/* Returns true if the address is set. The address of an unbound Internet socket is all zeros. */
bool sock_address_is_set(const struct sockaddr_storage *address, socklen_t length);

#endif
