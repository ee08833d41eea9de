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

#define COMM_SIZE 16 /* TASK_COMM_LEN: only kernel threads have longer names in /proc */

/* The properties of a call that are read when the call begins. */
struct call {
	enum call_kind kind; /* CALL_OTHER: the call neither sends nor receives messages */
	const struct abi *abi;
	int socket;
	uint64_t messages; /* address of a msghdr, or of an array of mmsghdr */
	uint32_t count;	   /* number of elements of the mmsghdr array */
	uint32_t flags;
	uint64_t ancbufsize; /* for recvmsg(2): the size of the program's control buffer */
};

/*
 * A message that a thread is about to send. The description is created before the call, because after the call the
 * receiver can change the state of the files in the message.
 */
struct held {
	char *text; /* the description of the message, or NULL */
	size_t length;
	int64_t result; /* the number of bytes that the description shows as sent */
};

/* A traced thread. */
struct tracee {
	struct tracee *next;
	pid_t tid;
	pid_t pid;    /* the process ID of the thread; 0: not determined yet */
	bool started; /* waitpid(2) has reported the first stop of the thread */
	bool inside;  /* the thread is in a call; its next system call stop is the exit of the call */
	bool waiting; /* the thread stays stopped until the output is written */
	/* the thread's process reads the output, so the thread must continue even if the output was not written yet */
	bool is_reader;
	bool refused;	    /* the current call must fail with ENOSYS (see refuse() in trace.c) */
	bool chosen;	    /* watch_attach() attached to the thread; false: a traced thread created this thread */
	bool uses_uring;    /* call_warn_uring() was called for the thread */
	bool warned_memory; /* call_warn_memory() has printed its warning */
	struct call call;
	struct held held;
};

#define TRACEE_BUCKETS 256

/* The properties of a socket that sent or received a message. */
struct socket_facts {
	uint64_t cookie; /* SO_COOKIE; 0: the properties of the socket can change, so they are not cached */
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

/* Buffers for one message, reused for the next message. */
struct capture {
	struct memory memory;
	struct memory_piece *pieces; /* array of HEADER_BUFFERS_MAX */
	unsigned char *control, *converted;
	char *data;
	size_t data_size;
	struct fdpass_msg *msg;
	int *spent;   /* numbers of duplicates in this process that must be closed */
	int *numbers; /* descriptor numbers of the message, as the program uses them */
	struct socket_cache sockets;
	/*
	 * pidfd and directory of thread TID, which sent or received the last message. Both descriptors stay open,
	 * because the next message is often from the same thread.
	 */
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
	bool filtered;		  /* the programs have a seccomp filter, so they stop only at message calls */
	bool muted;		  /* no more messages are shown */
	bool slow;		  /* some output has not been written yet, because the reader of the output is slow */
	unsigned int slow_rounds; /* number of attempts to write since the output became slow */
	bool has_children;	  /* this process has children that are not traced */
	pid_t only;		  /* with no_follow: the started process; shows only its messages; otherwise 0 */
	uint64_t messages;	  /* number of messages shown */
	struct capture capture;
	struct fail fail; /* the error because of which MUTED was set */
};

/* tracee.c */
struct tracee *tracee_find(struct watch *watch, pid_t tid);
bool tracee_process_uses_uring(const struct watch *watch, pid_t pid);
struct tracee *tracee_add(struct watch *watch, pid_t tid);
void tracee_remove(struct watch *watch, pid_t tid);
void tracee_remove_all(struct watch *watch);

/* Returns true if another thread of the same process is traced. */
bool tracee_has_sibling(struct watch *watch, struct tracee *tracee);

/* Returns the ID of the process to which the thread belongs. */
pid_t tracee_pid(struct tracee *tracee);

/*
 * attach.c: attaches to thread TID with PTRACE_SEIZE. MORE is a bit mask of additional ptrace options. Returns 0, or -1
 * with errno.
 */
int attach_thread(struct watch *watch, pid_t tid, unsigned long more);

/* trace.c: handles the wait status that waitpid(2) has returned for thread TID. */
void trace_event(struct watch *watch, pid_t tid, int status);

/*
 * trace.c: continues the threads that stay stopped until the output is written. If ALL is false, continues only threads
 * of readers of the output, and threads for which process_has_signal() returns true.
 */
void trace_release(struct watch *watch, bool all);

/*
 * call.c: reads the properties of a call when the call begins. If the call does not send or receive messages, sets its
 * kind to CALL_OTHER.
 */
void call_begin(struct watch *watch, struct tracee *tracee, const struct call_info *info);

/* call.c: warns once per thread that a message is not shown because its msghdr cannot be read. errno is the reason. */
void call_warn_memory(struct watch *watch, struct tracee *tracee);

/* call.c: warns once per process that the process uses io_uring. */
void call_warn_uring(struct watch *watch, struct tracee *tracee);

/* call.c: shows the messages of a call that has returned. */
void call_end(struct watch *watch, struct tracee *tracee, int64_t result, bool is_error);

/* capture.c */
int capture_init(struct capture *capture, size_t max_data);
void capture_done(struct capture *capture);

/*
 * capture.c: closes the pidfd and the /proc directory that are kept open for thread TID. Called when the thread has
 * exited or executes a program.
 */
void capture_forget(struct capture *capture, pid_t tid);

/*
 * report.c: shows the message whose msghdr is at ADDRESS in the thread's memory. RESULT is the number of bytes sent or
 * received, or a negated errno. A message without control messages is skipped unless options->all is set or the kernel
 * discarded its control messages (MSG_CTRUNC).
 */
void report_message(struct watch *watch, struct tracee *tracee, uint64_t address, int64_t result);

/*
 * report.c: describes a message before a thread sends it. report_sent() prints the description after the call. Returns
 * false if the message must not be shown.
 */
bool report_sending(struct watch *watch, struct tracee *tracee);
void report_sent(struct watch *watch, struct tracee *tracee, int64_t result);

/* report.c: frees the description of a message whose call was interrupted and will be restarted. */
void report_drop_held(struct tracee *tracee);

/* reader.c: sets is_reader for each stopped thread whose process reads the output. */
void reader_find(struct watch *watch);

/* socket.c: returns the properties of the socket FD. The result is valid until the next call of this function. */
const struct socket_facts *socket_find(struct socket_cache *cache, int fd);

/* process.c: reads information about a process or thread from /proc. */
pid_t process_of_thread(pid_t tid);
int process_directory_open(pid_t tid);
int process_comm_open(pid_t pid);
size_t process_comm_read(int fd, char *comm, size_t size);
/* Returns the number after KEY, such as "TracerPid:", in /proc/PID/status. Returns -1 if the file has no such line. */
long process_status_number(pid_t pid, const char *key);
/* Returns the number after KEY in /proc/PID/fdinfo/FD. Returns -1 if the file contains no such line. */
long process_fdinfo_number(pid_t pid, const char *fd, const char *key);
/* Reads the link /proc/PID/fd/FD. Returns the length of the link's target, or -1. */
ssize_t process_read_link(pid_t pid, const char *fd, char *link, size_t size);
bool process_has_uring(pid_t pid);
/* Returns true if thread TID has a pending signal that is neither blocked nor ignored. */
bool process_has_signal(pid_t tid);

/*
 * process.c: returns a pidfd, with which descriptors of thread TID can be duplicated. Returns -1 with errno on failure.
 */
int process_pidfd(pid_t tid, pid_t pid);

/*
 * filter.c: installs a seccomp filter in this process, which stops the process at calls that send or receive messages.
 * Returns 0, or -1 with errno.
 */
int filter_install(void);
#define FILTER_DATA 0xfd5 /* marks stops that this filter causes, unlike those of the program's own filters */

/*
 * permission.c: sets *FAIL to the reason why process PID cannot be traced. ERR is the errno of the failed attempt to
 * trace it. Returns -1.
 */
int permission_fail(pid_t pid, int err, struct fail *fail);

#endif
