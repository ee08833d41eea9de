/* SPDX-License-Identifier: ISC */
/*
 * Benchmarks. A row is a piece of work that several programs, called contestants, perform alternately for several
 * rounds. The result is the median of the ratios that were measured within each round, because other load on the
 * machine affects all contestants in a round in the same way.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#define CONTESTANTS_MAX 6
#define ROUNDS_MAX	201
#define ARGS_MAX	12

/* The seconds that a contestant took for one unit of the row's work. */
struct sample {
	double wall;
	double cpu; /* the CPU time of the contestant alone; 0 if unknown */
};

struct contestant {
	const char *name;
	/* The program and its arguments. @NAME is a program in bench/, %front and %back are the paths of sockets. */
	const char *argv[ARGS_MAX];
	size_t share; /* a slow program does only 1/share of the units of work; 0 means all units */
};

/* The upper limit for the ratio of the first contestant's result to that of contestant AGAINST. */
struct goal {
	size_t against;
	enum { GOAL_NONE, TIME_AT_MOST, RATE_AT_LEAST } kind;
	double bound;
};

struct row {
	const char *name;
	const char *unit;
	/* Does COUNT units of work with the contestant. Returns false if this fails. */
	bool (*run)(const struct row *, const struct contestant *, struct sample *);
	size_t count;	 /* units of work in a round */
	size_t size;	 /* data bytes per unit */
	bool descriptor; /* each unit contains a file descriptor */
	bool packet;	 /* SOCK_SEQPACKET instead of SOCK_STREAM */
	size_t idle;	 /* the number of additional, idle connections */
	size_t rounds;	 /* the maximum number of rounds; 0: the number requested with -r */
	struct contestant contestants[CONTESTANTS_MAX];
	struct goal goals[CONTESTANTS_MAX];
};

/* A value that is measured once and must not exceed a limit. */
struct figure {
	const char *name;
	const char *unit;
	double value, bound;
	char note[160];
};

extern const struct row accept_rows[], handover_rows[], hold_rows[], drain_rows[], relay_rows[], show_rows[],
    watch_rows[];

/* --- spawn.c */

extern const char *fdpass_path;	  /* the program under test */
extern const char *programs_path; /* the directory of the reference programs */
extern char work_path[64];	  /* a directory for sockets */

double now(void);

/* Returns the path of the contestant's program, or NULL if it is not installed. */
const char *program_find(const struct contestant *contestant);

/*
 * Starts the contestant's program with IN as standard input (-1: /dev/null) and its output to /dev/null. Returns -1 if
 * the program is not installed.
 */
pid_t program_start(const struct contestant *contestant, int in);

/* Waits until PID exits, and stores its CPU time in *CPU, which may be NULL. Returns false if PID has failed. */
bool program_wait(pid_t pid, double *cpu);
void program_kill(pid_t pid);

/* Returns the CPU time that PID has used, in seconds. */
double program_cpu(pid_t pid);

/* Waits until PID sleeps. Returns false if PID exits or does not sleep within the time limit. */
bool program_sleeps(pid_t pid);

/* Returns the number of kilobytes in the line KEY of /proc/PID/status, or -1. */
long program_status(pid_t pid, const char *key);

/* Starts a process that runs WORK(ARG). */
pid_t helper_start(void (*work)(void *), void *arg);

/* --- feed.c */

/*
 * Sends COUNT messages of SIZE bytes. If FILE is not -1, each message contains the descriptor FILE. Waits while the
 * socket buffer is full.
 */
bool feed_send(int fd, size_t count, size_t size, int file);

/*
 * Like feed_send(), but does not wait: sends only as many messages as fit into the socket buffer. Returns their number.
 */
size_t feed_fill(int fd, size_t count, size_t size, int file);

/* Opens a file whose descriptor can be sent. */
int feed_file(void);

/* Sets the send buffer of the socket to the largest size that the system allows. */
void feed_widen(int fd);

int connect_to(const char *path);
int listen_on(const char *path);

/* --- relay.c */

/*
 * Returns WANTED, or the largest number of idle connections that the descriptor limit allows if this number is smaller.
 */
size_t idle_possible(size_t wanted);

/*
 * Measures the relay's resident memory in kilobytes: after a tenth of the messages, after all messages, and the peak.
 */
bool relay_memory(size_t messages, size_t size, long *early, long *late, long *peak);

/* Measures the relay's private memory in KiB without connections and with CONNECTIONS connections. */
bool relay_heap(size_t connections, long *before, long *after);

/* --- count.c */

/*
 * Returns the number of system calls that the contestant's program makes until it executes another program or exits; -1
 * if tracing is not permitted.
 */
long calls_count(const struct contestant *contestant, int in);

/* --- figures.c */

/* Measures the figures, and calls REPORT for each. */
void figures_measure(size_t messages, void (*report)(const struct figure *));

/* --- report.c */

void report_begin(const char *path, size_t rounds);
void report_row(const struct row *row, struct sample samples[CONTESTANTS_MAX][ROUNDS_MAX], size_t rounds);
void report_figure(const struct figure *figure);
/* Returns the number of missed goals, or -1 if the file could not be written. */
int report_end(void);

#endif
