/* SPDX-License-Identifier: ISC */
/*
 * A received message: what recvmsg(2) returned, filled by the receiver once, and what message_inspect() finds about it
 * in one step. It is passed on to whatever judges, shows or keeps it; nothing of it is found a second time.
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

/* What is known of a message that another process sent or received, besides the message. Its descriptors are duplicates. */
struct message_origin {
	pid_t pid;
	const char *comm; /* of COMM_LENGTH bytes, or NULL */
	size_t comm_length;
	int error;	   /* the errno with which the call failed, or 0 */
	int socket_number; /* of the socket, of which peer_fd is a duplicate or a negated errno */
	int pidfd_number;  /* of the SCM_PIDFD */
	bool has_peer_inode;
	uint64_t peer_inode; /* of the socket at the other end */
	size_t data_length;  /* if not all of the data could be read: how much of it is in the buffers */
	const char *const *problems;
	size_t problem_count;
};

/* Why the kernel set MSG_CTRUNC. */
enum loss_cause {
	LOSS_NONE,
	LOSS_BUFFER, /* the control buffer was too small */
	LOSS_LIMIT,  /* no descriptor was free below RLIMIT_NOFILE */
	LOSS_POLICY  /* neither: a security policy probably refused the descriptors */
};

struct loss {
	enum loss_cause cause;
	bool descriptors;  /* descriptors were among what was lost, or may have been */
	bool certain;	   /* they were for sure */
	bool rights_cut;   /* the SCM_RIGHTS that came is not all of it */
	bool variable_cut; /* an item at the very end of the buffer may have been longer */
	uint64_t limit;	   /* RLIMIT_NOFILE */
};

/* Room for the facts of a message's descriptors; slots past it are not inspected before they are described. */
struct message_fds {
	struct fd_facts slots[FDPASS_MAX_FDS];
	struct fd_facts pidfd;
};

struct message {
	uint64_t number, connection; /* from 1 */
	enum message_direction direction;
	struct timespec time;	     /* CLOCK_REALTIME of its arrival */
	ssize_t nbytes;		     /* what recvmsg(2) returned */
	const struct iovec *buffers; /* where the data is */
	size_t buffer_count;
	bool scattered;		      /* --buffers was given: describe each buffer, too */
	const struct fdpass_msg *msg; /* its control messages, flags, address and descriptors */
	const int *numbers;	  /* by slot, the numbers of its descriptors in another process; NULL: they are ours */
	const struct ucred *peer; /* of the connection, or NULL */
	int domain, type;	  /* of the socket it came from */
	int flags;		  /* given to recvmsg(2), without MSG_CMSG_CLOEXEC */
	bool asked_cloexec;	  /* the user asked for MSG_CMSG_CLOEXEC: then its echo is shown */
	bool limit_data;	  /* describe at most max_data bytes of the data */
	size_t max_data;
	bool end_of_file;		     /* the connection ended here */
	int peer_fd;			     /* the socket, for the names of its interfaces; -1 if none */
	const struct message_origin *origin; /* NULL: the message is ours */
	struct message_fds *fds; /* where message_inspect() puts the facts of the descriptors; NULL: nowhere */

	/* Filled by message_inspect(). */
	size_t room;	      /* bytes that its buffers have room for */
	size_t valid;	      /* bytes of data that are really in them */
	bool is_stream_end;   /* nothing was read because the stream is at its end */
	struct loss loss;     /* all zero unless MSG_CTRUNC is set */
	bool close_may_block; /* closing one of its descriptors may block; false without fds */
};

/* A control message, and what is known of its length. */
struct message_item {
	struct fdpass_cmsg raw;
	size_t wanted;	   /* how many bytes its data should have; raw.length if that is not known */
	size_t first_slot; /* of an SCM_RIGHTS: its first descriptor is fdpass_msg_fd() of this */
	bool cut;	   /* not all of its data came */
};

/*
 * Finds what can be found about MESSAGE, while all its descriptors are still open: the cause of MSG_CTRUNC is found by
 * trying whether one more can be opened.
 */
void message_inspect(struct message *message);

/* Fills *ITEM with the control message at INDEX. *SLOT is 0 before the first one and is moved on. */
void message_item(const struct message *message, size_t index, size_t *slot, struct message_item *item);

/*
 * The facts of the descriptor in SLOT, found now in *SPARE if message_inspect() had no room for them. NULL if there is no
 * descriptor: it was taken, or refused.
 */
const struct fd_facts *message_fd(const struct message *message, size_t slot, struct fd_facts *spare);

/* The same for the descriptor of SCM_PIDFD. */
const struct fd_facts *message_pidfd(const struct message *message, struct fd_facts *spare);

/* True if MESSAGE has control messages other than credentials, or lost some. */
bool message_has_ancillary(const struct message *message);

/* The cause of the loss in the user's words; "" if nothing was lost. */
void message_loss_text(const struct message *message, char *text, size_t size);

/* The width of the kernel's long as this process sees it: x32 has that of x86-64. */
#ifdef __x86_64__
#define KERNEL_LONG 8
#else
#define KERNEL_LONG sizeof(long)
#endif

/*
 * Whose level a level is: AF_UNSPEC any family's, FAMILY_INET that of the Internet's sockets, else the family itself. A level
 * that means something else in another family is never guessed.
 */
#define FAMILY_INET 255
bool cmsg_family_fits(int of_level, int family);

/*
 * How long the data of a control message is as a whole: 0 if that varies. LENGTH bytes of it are at DATA; COMPLETE is false
 * if the kernel may have cut it.
 */
size_t cmsg_whole_length(int level, int type, int family, const unsigned char *data, size_t length, bool complete);

#endif
