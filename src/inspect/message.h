/* SPDX-License-Identifier: ISC */
/*
 * A received message: the results of recvmsg(2), filled once by the receiver, and the facts that message_inspect()
 * finds in one step. Every later stage (checking, showing, delivering) uses these facts, so nothing is queried twice.
 */
#ifndef INSPECT_MESSAGE_H
#define INSPECT_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

#include "lib/fdpass.h"
#include "inspect/fd.h"

enum message_direction { DIRECTION_NONE, DIRECTION_IN, DIRECTION_OUT, DIRECTION_SENT, DIRECTION_RECEIVED };

/* Facts about a message of another process. Its descriptors here are duplicates. */
struct message_origin {
	pid_t pid;
	int directory;	  /* the thread's directory in /proc, or -1 */
	bool brief;	  /* omit the facts that only JSON shows */
	const char *comm; /* command name of COMM_LENGTH bytes, or NULL */
	size_t comm_length;
	int error; /* the errno with which the call failed, or 0 */
	/* the number of the socket in that process; peer_fd is a duplicate of it, or a negated errno */
	int socket_number;
	int pidfd_number; /* the number of the SCM_PIDFD in that process */
	bool has_peer_inode;
	uint64_t peer_inode; /* inode of the socket at the other end */
	size_t data_length;  /* if not all of the data could be read: number of bytes in the buffers */
	const char *const *problems;
	size_t problem_count;
};

/* The reason for MSG_CTRUNC. */
enum loss_cause {
	LOSS_NONE,
	LOSS_BUFFER, /* the control buffer was too small */
	LOSS_LIMIT,  /* no descriptor was free below RLIMIT_NOFILE */
	LOSS_POLICY  /* neither of these: a security policy probably refused the descriptors */
};

struct loss {
	enum loss_cause cause;
	bool descriptors;  /* descriptors were or may have been among the lost items */
	bool certain;	   /* descriptors were certainly lost */
	bool rights_cut;   /* the received SCM_RIGHTS is incomplete */
	bool variable_cut; /* an item at the very end of the buffer may have been longer */
};

/* Space for the facts of a message's descriptors. Descriptors in later slots are inspected when they are described. */
struct message_fds {
	struct fd_facts slots[FDPASS_MAX_FDS];
	struct fd_facts pidfd;
};

struct message {
	uint64_t number, connection; /* number of the message, from 1 */
	enum message_direction direction;
	struct timespec time;	     /* CLOCK_REALTIME of the arrival */
	ssize_t nbytes;		     /* result of recvmsg(2): number of bytes */
	const struct iovec *buffers; /* the data buffers */
	size_t buffer_count;
	bool scattered;		      /* --buffers was given: describe each buffer, too */
	const struct fdpass_msg *msg; /* its control messages, flags, address and descriptors */
	const int *numbers; /* numbers of its descriptors in another process, by slot; NULL: they are this process's */
	const struct ucred *peer; /* peer of the connection, or NULL */
	int domain, type;	  /* domain and type of the socket */
	int flags;		  /* flags given to recvmsg(2), without MSG_CMSG_CLOEXEC */
	bool asked_cloexec;	  /* the user requested MSG_CMSG_CLOEXEC, so it is shown if the kernel returns it */
	bool limit_data;	  /* describe at most max_data bytes of the data */
	size_t max_data;
	bool end_of_file;		       /* the connection ended with this message */
	int peer_fd;			       /* the socket, to look up interface names; -1 if none */
	const struct message_origin *origin;   /* NULL: this process received the message */
	const struct message_details *details; /* set by message_inspect_details(); needed only to describe it */
	struct message_fds *fds; /* where message_inspect() stores the facts of the descriptors; NULL: nowhere */

	/* Members that message_inspect() fills. */
	size_t room;		  /* total size of its buffers */
	size_t valid;		  /* number of data bytes in the buffers */
	bool is_stream_end;	  /* there is no data because the stream has ended */
	struct loss loss;	  /* causes of lost control messages; zero unless MSG_CTRUNC is set */
	uint64_t open_file_limit; /* RLIMIT_NOFILE of the receiver, if descriptors were lost or refused */
	bool close_may_block;	  /* closing one of the descriptors may block; false without fds */
};

/* A control message, and its expected length. */
struct message_item {
	struct fdpass_cmsg raw;
	size_t wanted;	   /* expected length of its data; raw.length if that is unknown */
	size_t first_slot; /* of an SCM_RIGHTS: index of its first descriptor for fdpass_msg_fd() */
	bool cut;	   /* its data was truncated */
};

/*
 * Finds the facts about MESSAGE, while all its descriptors are still open: the cause of MSG_CTRUNC is found by trying
 * to open one more.
 */
void message_inspect(struct message *message);

/* Fills *ITEM with the control message at INDEX. *SLOT must be 0 for the first call; each call advances it. */
void message_item(const struct message *message, size_t index, size_t *slot, struct message_item *item);

/*
 * Returns the facts of the descriptor in SLOT; finds them now in *SPARE if message_inspect() had no room for them.
 * Returns NULL if there is no descriptor, because it was taken or refused.
 */
const struct fd_facts *message_fd(const struct message *message, size_t slot, struct fd_facts *spare);

/* Does the same for the descriptor of SCM_PIDFD. */
const struct fd_facts *message_pidfd(const struct message *message, struct fd_facts *spare);

/* Returns true if MESSAGE has control messages other than credentials, or lost some. */
bool message_has_ancillary(const struct message *message);

/* Returns the width of the kernel's long as this process sees it: x32 has that of x86-64. */
#ifdef __x86_64__
#define KERNEL_LONG 8
#else
#define KERNEL_LONG sizeof(long)
#endif

/*
 * Returns the family that a level belongs to: AF_UNSPEC for any family, FAMILY_INET for the Internet families,
 * otherwise the family itself. A level with different meanings in different families is never guessed.
 */
#define FAMILY_INET 255
bool cmsg_family_fits(int of_level, int family);

/*
 * Returns the expected length of a control message's data: 0 if it varies. LENGTH bytes of it are at DATA; COMPLETE is
 * false if the kernel may have truncated it.
 */
size_t cmsg_whole_length(int level, int type, int family, const unsigned char *data, size_t length, bool complete);

#endif
