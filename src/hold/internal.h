/* SPDX-License-Identifier: ISC */
/* Declarations shared by the files in src/hold/. */
#ifndef HOLD_INTERNAL_H
#define HOLD_INTERNAL_H

#include <stdbool.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "base/fail.h"
#include "lib/fdpass.h"
#include "net/endpoint.h"
#include "net/peer.h"
#include "hold/command.h"
#include "hold/hold.h"
#include "hold/loop.h"
#include "hold/notify.h"
#include "hold/store.h"

/*
 * The sender of a message: a client that uses the socket at ADDRESS, or the command, which uses its private
 * NOTIFY_SOCKET.
 */
struct sender {
	struct peer peer;
	bool is_command;
};

/* Messages that are queued until the socket of the service manager can accept them. */
struct upstream {
	struct endpoint endpoint;
	struct watch watch;
	struct pending *first, **last;
	size_t pending_count;
	bool used; /* at least one message has been forwarded */
};

/* The private NOTIFY_SOCKET of the command. */
struct private_socket {
	int fd; /* -1: none */
	struct watch watch;
	char address[64]; /* the abstract name of this socket, in the form "@name" */
};

struct hold {
	const struct hold_options *options;
	struct loop loop;
	struct store store;
	struct endpoint *endpoint;
	struct watch listener;
	struct upstream upstream;
	struct private_socket private_socket;
	struct watch signals;
	sigset_t mask; /* signal mask that this process inherited */
	struct command command;
	struct client *clients;
	size_t client_count;
	struct timer listen_timer;
	int handover_fd; /* socket that is connected to the process that sent FDHANDOVER=1; -1: no such request */
	bool upgrading;	 /* SIGUSR1 has requested a handover to a new program image */
	struct timer handover_timer;
	bool ready; /* the newline has been written to --ready-fd */
	int status; /* exit status of fdpass, valid if loop.stop is set */

	struct fdpass_msg *msg;
	char buffer[NOTIFY_MESSAGE_MAX + 1];

	bool warned; /* a warning has been printed since the last call of options->warned() */
	struct timer warn_timer;
};

/* --- hold.c */

/* hold_warn() prints a warning. hold_log() logs an event if options->log is not NULL. */
void hold_warn(struct hold *h, const char *format, ...) __attribute__((format(printf, 2, 3)));
void hold_log(struct hold *h, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Starts to accept clients. Called after a pause, or after this process has taken over the socket of another fdpass
 * hold.
 */
void hold_listen(struct hold *h);

/* Enables SO_PASSCRED on FD. Called before the first message can arrive. ARG is unused. Returns 0, or -1 with *FAIL. */
int pass_credentials(int fd, void *arg, struct fail *fail);

/* Stops accepting clients for a short time. */
void hold_listen_later(struct hold *h);

/*
 * Receives a message into h->msg, and at most SIZE bytes of its data into BUFFER. Waits until the deadline in WAIT. If
 * WAIT is NULL, does not wait.
 */
ssize_t hold_receive(struct hold *h, int fd, void *buffer, size_t size, const struct fdpass_wait *wait);

/* --- request.c: requests of clients on any type of socket */

/*
 * A message from SENDER that is being processed. The message object owns the received descriptors until they have been
 * stored.
 */
struct request {
	struct notify notify;
	struct sender sender;
	const char *text;
	size_t length;
	struct fdpass_msg *msg;
};

/* Closes all descriptors in MSG without blocking. */
void msg_discard(struct fdpass_msg *msg);

/*
 * Takes all descriptors out of MSG, and sets *COUNT to the number of descriptors. Returns an array that the caller must
 * free, or NULL with *FAIL.
 */
int *msg_take(struct fdpass_msg *msg, size_t *count, struct fail *fail);

/*
 * Checks whether the descriptors in MSG may be stored. Returns 0, or -1 with *FAIL. The answer to the client must
 * contain the number fail->err.
 */
int request_check(struct hold *h, const struct sender *sender, const struct fdpass_msg *msg, struct fail *fail);

/*
 * Handles FDSTORE=1 in a message with COUNT descriptors from PEER. Takes ownership of FDS, even on failure. Returns 0,
 * or -1 with *FAIL.
 */
int request_store(struct hold *h, const struct notify *notify, const struct peer *peer, const int *fds, size_t count,
    struct fail *fail);

/* Handles FDSTOREREMOVE=1 from PEER. Sets *COUNT to the number of removed descriptors. Returns 0, or -1 with *FAIL. */
int request_remove(
    struct hold *h, const struct notify *notify, const struct peer *peer, size_t *count, struct fail *fail);

/*
 * Handles the lines of a message that do not concern the store: logs these lines, forwards them to the service manager,
 * and handles READY=1.
 */
void request_others(
    struct hold *h, const struct notify *notify, const struct sender *sender, const char *text, size_t length);

/* Returns true if PEER may list, get and take stored descriptors. */
bool request_is_owner(const struct hold *h, const struct peer *peer);

/*
 * Returns true if UID is the user of this process. In a user namespace that does not map all IDs, the overflow ID
 * (65534) can be any of several users, so the result for this ID is false.
 */
bool request_is_own_user(uid_t uid);

/* Returns a struct store_user with the user ID UID. */
struct store_user request_user(const struct hold *h, uid_t uid);

/* --- dgram.c: datagrams */

/* Handles events of a datagram socket. watch->owner must be the struct hold. */
void dgram_ready(struct watch *watch, uint32_t events);

/* Processes the messages that are now in the queue of the socket. */
void dgram_drain(struct watch *watch);

/* --- client.c: connections */

/* Handles events of a listening socket. watch->owner must be the struct hold. */
void client_accept(struct watch *watch, uint32_t events);

void clients_close(struct hold *h);

/* --- upstream.c: sends messages to the service manager that started this process */

/*
 * If the environment variable NOTIFY_SOCKET is set, connects to this socket of the service manager. Returns 0, or -1
 * with *FAIL.
 */
int upstream_open(struct hold *h, struct fail *fail);
void upstream_close(struct hold *h);

/*
 * Sends TEXT with COUNT descriptors to the service manager now, or as soon as its socket accepts the message. The
 * caller keeps the ownership of FDS. Returns false if the message can be neither sent nor queued.
 */
bool upstream_send(struct hold *h, const char *text, size_t length, const int *fds, size_t count);

#endif
