/* SPDX-License-Identifier: ISC */
/*
 * Properties that only some kinds of descriptors have. fd_inspect() determines all of these properties before they are
 * described.
 */
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
	bool no_writer, no_reader; /* no process has the other end of the pipe open */
};

struct tty_facts {
	int fd;
	/* own_devpts: the pseudo-terminal belongs to the devpts instance that this process has mounted at /dev/pts */
	bool devpts_known, own_devpts;
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
	char driver[64];	/* name of the driver; "": unknown */
	char backing_file[512]; /* backing file of a loop device; "": no backing file */
	/* inode of the network namespace of a TUN device's interface; 0: no namespace, or unknown */
	uint64_t netns;
	bool netns_known, own_netns;
};

/*
 * The first version of struct pidfd_info in linux/pidfd.h. Kernels with a later, longer version also accept the first
 * version.
 */
struct pidfd_info {
	uint64_t mask, cgroup;
	uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	int32_t exit_code;
};

_Static_assert(sizeof(struct pidfd_info) == 64, "struct pidfd_info was 64 bytes long");

struct pidfd_facts {
	int fd;
	bool known;
	long pid; /* -1: the process has exited and was reaped; 0: the process is not in this pid namespace */
	char nspid[128];
	bool has_info, has_exit;
	bool is_hidden;		/* the process has no pid in this pid namespace, or has exited */
	bool poll_known, ended; /* ended: the process is a zombie or was reaped */
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

/* The SOL_SOCKET options that are described, in the order of their keys in describe/fd_sock.c. */
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
	/* Properties that can be queried without a lock. */
	bool has_domain, has_type, has_protocol;
	int domain, type, protocol;
	bool option_known[SOCK_OPTIONS];
	int option[SOCK_OPTIONS];
	bool has_linger;
	struct linger linger;
	bool has_cookie, has_netns_cookie;
	uint64_t cookie, netns_cookie;
	bool netns_known, own_netns;
	char interface[16];  /* name of the interface to which the socket is bound; "": not bound to an interface */
	bool has_fanout;     /* AF_PACKET */
	uint32_t fanout;     /* PACKET_FANOUT: ID in the lower half, type in the upper half */
	uint32_t groups[16]; /* netlink: bit mask of groups; bit 0 is group 1 */
	size_t group_words;
	/* Properties that query() determines. query() takes the lock of the socket. */
	bool answered;
	bool is_connected, is_connecting;
	bool end_known, hung_up, read_closed; /* AF_UNIX sockets; end_known: the state of the other end is known */
	bool has_listening, listening;
	int tcp_state; /* state as in net/tcp_states.h of Linux; 0: unknown */
	bool has_backlog;
	uint32_t backlog, backlog_used;
	bool has_inq, has_outq;
	int inq, outq;
	bool unread;			     /* AF_UNIX: the other end has not received all data that was sent */
	socklen_t local_length, peer_length; /* 0: the socket has no address, or the address is unknown */
	struct sockaddr_storage local, peer;
	struct peer credentials; /* AF_UNIX */
	enum id_state peer_ids;
};

struct fd_details {
	struct fdinfo info;	/* the text of the fdinfo file */
	bool brief;		/* omit properties that need system calls and are shown only in JSON */
	int late;		/* errno if query() has failed; ETIMEDOUT: another process holds the lock it needs */
	bool foreign;		/* the mount of the file is not in this mount namespace */
	enum id_state owner;	/* whether the user and group IDs of the file are mapped in this user namespace */
	bool outside_root;	/* because of chroot(2), the path in the link refers to another file in this process */
	const char *filesystem; /* the type of the file system; NULL: unknown */
	/* The kind-specific properties. The first member of each structure is the descriptor fd, which query() uses. */
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

/*
 * The range of major numbers of pseudo-terminal slaves. Each major number has 256 minor numbers. Masters are opened as
 * /dev/ptmx.
 */
#define TTY_MAJOR_PTS	   136
#define TTY_MAJOR_PTS_LAST 143
#define TTY_MAJOR_ALIAS	   5 /* minor numbers: 0 tty, 1 console, 2 ptmx */
#define TTY_MINOR_PTMX	   2
bool tty_is_master(const struct fd_facts *facts);

/*
 * Determines all details of the descriptor that FACTS describes. If BRIEF is true, determines only those details that
 * text output shows. Reads at most about LIMIT bytes of fdinfo. Never blocks for long, and never fails.
 * fd_details_free() releases the memory of the details.
 */
void fd_inspect(const struct fd_facts *facts, bool brief, size_t limit, struct fd_details *details);
void fd_details_free(struct fd_details *details);

/*
 * Returns true if ADDRESS contains an address. Returns false for the address of an unbound Internet socket, which is
 * all zeros.
 */
bool sock_address_is_set(const struct sockaddr_storage *address, socklen_t length);

#endif
