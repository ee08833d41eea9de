/* SPDX-License-Identifier: ISC */
/* Declarations shared by the files of watch/. */
#ifndef WATCH_INTERNAL_H
#define WATCH_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "net/peer.h"
#include "inspect/message.h"
#include "watch/abi.h"
#include "watch/header.h"
#include "watch/memory.h"
#include "watch/watch.h"

#define COMM_SIZE 16 /* TASK_COMM_LEN; only kernel threads have longer names in /proc */

/* Facts about a call that are known at its entry. */
struct call {
	enum call_kind kind; /* CALL_OTHER: the call does not concern messages */
	const struct abi *abi;
	int socket;
	uint64_t messages; /* address of a msghdr, or of an array of mmsghdr */
	uint32_t count;	   /* number of elements of the array */
	uint32_t flags;
	uint64_t ancbufsize; /* of recvmsg: the size of its control buffer */
};

/* A message that is being sent, described in advance: after the call, its receiver may have changed the files. */
struct held {
	char *text; /* the description, or NULL */
	size_t length;
	int64_t result; /* number of bytes that the description assumes */
};

/* A traced thread. */
struct tracee {
	struct tracee *next;
	pid_t tid;
	pid_t pid;	    /* its process ID; 0: not looked up yet */
	bool started;	    /* its first stop was reported */
	bool inside;	    /* the thread is in a call: its next call stop is the exit */
	bool waiting;	    /* the thread remains stopped until the output is written */
	bool refused;	    /* the current call fails with ENOSYS */
	bool chosen;	    /* attached to by watch_attach(); false: followed */
	bool uses_uring;    /* its use of io_uring was reported */
	bool warned_memory; /* call_warn_memory() has printed its warning */
	struct call call;
	struct held held;
};

#define TRACEE_BUCKETS 256

/* The facts about a socket that a message went through. */
struct socket_facts {
	uint64_t cookie; /* SO_COOKIE; 0: the facts may change, and are not cached */
	int domain, type;
	struct peer peer;
	bool has_peer_inode;
	uint64_t peer_inode;
};

#define SOCKETS_CACHED 64

struct socket_cache {
	int netlink; /* netlink socket for unix_diag_peer(), or -1 */
	struct socket_facts facts[SOCKETS_CACHED];
};

/* Memory for one message, reused for each. */
struct capture {
	struct memory memory;
	struct memory_piece *pieces; /* array of HEADER_BUFFERS_MAX */
	unsigned char *control, *converted;
	char *data;
	size_t data_size;
	struct fdpass_msg *msg;
	int *spent;   /* duplicates that must be closed */
	int *numbers; /* numbers of the message's descriptors in the program */
	struct socket_cache sockets;
	/* Kept open for the thread that had the last message, because it usually has the next one. */
	pid_t tid;
	int pidfd;     /* a pidfd of the thread, or a negated errno */
	int directory; /* the thread's directory in /proc (O_PATH), or -1 */
	int comm_fd;
	char comm[COMM_SIZE + 1];
	char problem[2][160];
	const char *problems[2];
};

struct watch {
	const struct watch_options *options;
	struct tracee *tracees[TRACEE_BUCKETS];
	size_t tracee_count;
	size_t unstarted;
	bool filtered;	   /* the programs stop only at calls for messages */
	bool muted;	   /* no more messages are shown */
	bool slow;	   /* output has not been written completely */
	bool has_children; /* this process has children that are not traced */
	pid_t only;	   /* if no_follow is set: the process that was started, the only one shown; otherwise 0 */
	uint64_t messages; /* number of messages shown */
	struct capture capture;
	struct fail fail; /* the error because of which no more messages are shown */
};

/* tracee.c */
struct tracee *tracee_find(struct watch *watch, pid_t tid);
bool tracee_process_uses_uring(const struct watch *watch, pid_t pid);
struct tracee *tracee_add(struct watch *watch, pid_t tid);
void tracee_remove(struct watch *watch, pid_t tid);
void tracee_remove_all(struct watch *watch);

/* Returns true if another thread of its process is traced. */
bool tracee_has_sibling(struct watch *watch, struct tracee *tracee);

/* Returns the process of a thread. */
pid_t tracee_pid(struct tracee *tracee);

/* attach.c: seizes a thread, with MORE options. Returns 0, or -1 with errno. */
int attach_thread(struct watch *watch, pid_t tid, unsigned long more);

/* trace.c: handles the status that waitpid(2) returned for TID. */
void trace_event(struct watch *watch, pid_t tid, int status);

/* trace.c: continues the threads that wait for the output: all, or those to which a signal is to be delivered. */
void trace_release(struct watch *watch, bool all);

/* call.c: reads the facts about a call at its entry. kind is CALL_OTHER if it does not concern messages. */
void call_begin(struct watch *watch, struct tracee *tracee, const struct call_info *info);

/* call.c: prints once that a message is not shown, because its msghdr cannot be read; errno is the reason. */
void call_warn_memory(struct watch *watch, struct tracee *tracee);

/* call.c: prints once that a process uses io_uring. */
void call_warn_uring(struct watch *watch, struct tracee *tracee);

/* call.c: shows the messages of a completed call. */
void call_end(struct watch *watch, struct tracee *tracee, int64_t result, bool is_error);

/* capture.c */
int capture_init(struct capture *capture, size_t max_data);
void capture_done(struct capture *capture);

/* capture.c: closes the descriptors kept for a thread that has ended or executes a program. */
void capture_forget(struct capture *capture, pid_t tid);

/*
 * capture.c: shows the message whose msghdr is at ADDRESS. RESULT is the return value of the call: a number of bytes,
 * or a negated errno. Skips a message without control messages unless those are requested.
 */
void capture_message(struct watch *watch, struct tracee *tracee, uint64_t address, int64_t result);

/*
 * capture.c: describes a message before a thread sends it; capture_sent() shows the description afterwards. Returns
 * false if the message is not to be shown.
 */
bool capture_sending(struct watch *watch, struct tracee *tracee);
void capture_sent(struct watch *watch, struct tracee *tracee, int64_t result);

/* capture.c: frees the description of a call that has not completed. */
void capture_drop_held(struct tracee *tracee);

/* socket.c: returns the facts about the socket FD, valid until the next call. */
const struct socket_facts *socket_find(struct socket_cache *cache, int fd);

/* process.c: facts in /proc about a process or thread. */
pid_t process_of_thread(pid_t tid);
size_t process_comm(pid_t pid, char *comm, size_t size);
int process_directory_open(pid_t tid);
int process_comm_open(pid_t pid);
size_t process_comm_read(int fd, char *comm, size_t size);
/* Returns the number after KEY, such as "TracerPid:", in /proc/PID/status; -1 if there is none. */
long process_status_number(pid_t pid, const char *key);
char process_state(pid_t pid); /* Returns R, S, D, T, t, Z …; 0 if there is no such process. */
bool process_has_uring(pid_t pid);
bool process_has_signal(pid_t tid); /* Returns true if a signal is pending that would have an effect. */

/* process.c: returns a pidfd for the descriptors of a thread, or -1 with errno. */
int process_pidfd(pid_t tid, pid_t pid);

/* filter.c: makes this process stop at the calls that concern messages. Returns 0, or -1 with errno. */
int filter_install(void);
#define FILTER_DATA 0xfd5 /* distinguishes these stops from those of a filter of the program */

/*
 * permission.c: sets *FAIL to the reason why a process cannot be traced; ERR is the errno of the attempt. Returns -1.
 */
int permission_fail(pid_t pid, int err, struct fail *fail);

#endif
