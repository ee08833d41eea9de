/* SPDX-License-Identifier: ISC */
/*
 * A received message: the results of recvmsg(2), which the receiver fills in, and the properties that message_inspect()
 * determines. All later steps (checking, showing and delivering the message) use these properties, so that no property
 * is queried twice.
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

/*
 * Properties of a message that another process has sent or received. The message's descriptors in this process are
 * duplicates of the other process's descriptors.
 */
struct message_origin {
	pid_t pid;
	int directory;	  /* the thread's directory in /proc, or -1 */
	bool brief;	  /* omit properties that are shown only in JSON */
	const char *comm; /* command name of that process, COMM_LENGTH bytes, or NULL */
	size_t comm_length;
	int error; /* errno if the process's call has failed, otherwise 0 */
	/*
	 * descriptor number of the socket in that process; message.peer_fd is a duplicate of this descriptor, or a
	 * negated errno
	 */
	int socket_number;
	int pidfd_number; /* number of the SCM_PIDFD descriptor in that process */
	bool has_peer_inode;
	uint64_t peer_inode; /* inode number of the socket at the other end of the connection */
	size_t data_length;  /* number of data bytes that could be read; SIZE_MAX: all */
	const char *const *problems;
	size_t problem_count;
};

/* The reason for MSG_CTRUNC. */
enum loss_cause {
	LOSS_NONE,
	LOSS_BUFFER, /* the control buffer was too small */
	LOSS_LIMIT,  /* no descriptor number below RLIMIT_NOFILE was free */
	LOSS_POLICY  /* any other reason, probably a security policy that refused the descriptors */
};

struct loss {
	enum loss_cause cause;
	bool descriptors;  /* descriptors were lost, or may have been lost */
	bool certain;	   /* descriptors were certainly lost */
	bool rights_cut;   /* an SCM_RIGHTS control message was received, but lacks descriptors */
	bool variable_cut; /* the last control message fills the buffer and may have been truncated */
};

/*
 * Room for the properties of a message's first FDPASS_MAX_FDS descriptors. Only messages of other processes can have
 * more descriptors; these further descriptors are inspected when they are described.
 */
struct message_fds {
	struct fd_facts slots[FDPASS_MAX_FDS];
	struct fd_facts pidfd;
};

struct message {
	uint64_t number, connection; /* number of the message, from 1 */
	enum message_direction direction;
	struct timespec time;	     /* time at which the message arrived (CLOCK_REALTIME) */
	ssize_t nbytes;		     /* number of bytes that recvmsg(2) returned */
	const struct iovec *buffers; /* the data buffers */
	size_t buffer_count;
	bool scattered;		      /* --buffers was specified, so each data buffer is described separately */
	const struct fdpass_msg *msg; /* the control messages, flags, address and descriptors of the message */
	/* for each slot, the descriptor's number in another process; NULL: the descriptors belong to this process */
	const int *numbers;
	const struct ucred *peer; /* peer of the connection, or NULL */
	int domain, type;	  /* domain and type of the socket */
	int flags;		  /* flags that were passed to recvmsg(2), without MSG_CMSG_CLOEXEC */
	/* the user has requested MSG_CMSG_CLOEXEC, so the output shows this flag if the kernel returns it */
	bool asked_cloexec;
	bool limit_data; /* describe at most max_data bytes of the data */
	size_t max_data;
	bool end_of_file; /* this message represents end of file on the connection */
	/* the socket of the message, used to determine interface names; -1: no socket */
	int peer_fd;
	const struct message_origin *origin;   /* the process whose message this is, if not this process; or NULL */
	const struct message_details *details; /* set by message_inspect_details() to describe the message, or NULL */
	/* memory in which message_inspect() stores the properties of the descriptors; NULL: not stored */
	struct message_fds *fds;

	/* Members that message_inspect() sets. */
	size_t room;		  /* total size of the data buffers */
	size_t valid;		  /* number of data bytes in the buffers */
	bool is_stream_end;	  /* the message has no data because the stream is at end of file */
	struct loss loss;	  /* reason for lost control messages; zero unless MSG_CTRUNC is set */
	uint64_t open_file_limit; /* RLIMIT_NOFILE of the receiver, if descriptors were lost or refused */
	bool close_may_block;	  /* closing one of the message's descriptors can block; false if fds is NULL */
};

/* A control message, and its expected length. */
struct message_item {
	struct fdpass_cmsg raw;
	size_t wanted;	   /* expected length of the data; raw.length if it is unknown */
	size_t first_slot; /* for SCM_RIGHTS: slot (the index for fdpass_msg_fd()) of the first descriptor */
	bool cut;	   /* the data of the control message was truncated */
};

/*
 * Determines the properties of MESSAGE. All descriptors of the message must still be open, because the reason for
 * MSG_CTRUNC is determined by trying to open one more descriptor.
 */
void message_inspect(struct message *message);

/*
 * Fills *ITEM with the control message at INDEX. *SLOT must be 0 for the first control message; each call adds the
 * control message's number of descriptors to *SLOT.
 */
void message_item(const struct message *message, size_t index, size_t *slot, struct message_item *item);

/*
 * Returns the properties of the descriptor in SLOT. If message_inspect() has not stored these properties, determines
 * them and stores them in *SPARE. Returns NULL if the descriptor was taken or refused.
 */
const struct fd_facts *message_fd(const struct message *message, size_t slot, struct fd_facts *spare);

/* Like message_fd(), for the descriptor of SCM_PIDFD. */
const struct fd_facts *message_pidfd(const struct message *message, struct fd_facts *spare);

/* Returns true if MESSAGE contains control messages other than credentials, or if control messages were lost. */
bool message_has_ancillary(const struct message *message);

/*
 * The size of a kernel long in control messages for this process. x32 programs get control messages with the long of
 * x86-64.
 */
#ifdef __x86_64__
#define KERNEL_LONG 8
#else
#define KERNEL_LONG sizeof(long)
#endif

/*
 * cmsg_family_fits() returns true if control messages of level OF_LEVEL can be received on a socket of FAMILY. OF_LEVEL
 * is the address family to which the level belongs, AF_UNSPEC for any family, or FAMILY_INET for the Internet families.
 */
#define FAMILY_INET 255
bool cmsg_family_fits(int of_level, int family);

/*
 * Returns the expected length of the data of a control message, or 0 if the length is variable. DATA contains LENGTH
 * bytes. COMPLETE is false if the kernel may have truncated the data.
 */
size_t cmsg_whole_length(int level, int type, int family, const unsigned char *data, size_t length, bool complete);

#endif
