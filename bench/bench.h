/* SPDX-License-Identifier: ISC */
/*
 * Benchmarks. A row is a piece of work that several programs, the contestants, perform alternately for several rounds.
 * The result is the median of the ratios within a round, because other load on the machine affects all contestants of a
 * round alike.
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

/* Seconds for one unit of the row's work. */
struct sample {
	double wall;
	double cpu; /* of the contestant alone; 0 if unknown */
};

struct contestant {
	const char *name;
	/* The program and its arguments. @NAME is a program in bench/, %front and %back are the paths of sockets. */
	const char *argv[ARGS_MAX];
	size_t share; /* a slow program does only 1/share of the work; 0: all of it */
};

/* The bound for the ratio of the first contestant to another one. */
struct goal {
	size_t against;
	enum { GOAL_NONE, TIME_AT_MOST, RATE_AT_LEAST } kind;
	double bound;
};

struct row {
	const char *name;
	const char *unit;
	/* Does COUNT units of work with the contestant. Returns false if that failed. */
	bool (*run)(const struct row *, const struct contestant *, struct sample *);
	size_t count;	 /* units of work in a round */
	size_t size;	 /* data bytes per unit */
	bool descriptor; /* each unit contains a file descriptor */
	bool packet;	 /* not a stream */
	size_t idle;	 /* further open connections */
	size_t rounds;	 /* 0: the number requested with -r */
	struct contestant contestants[CONTESTANTS_MAX];
	struct goal goals[CONTESTANTS_MAX];
};

/* A value that is measured once and must not exceed a bound. */
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
 * Starts it with IN as standard input (-1: /dev/null); its output goes to /dev/null. Returns -1 if it is not installed.
 */
pid_t program_start(const struct contestant *contestant, int in);

/* Waits until it exits. CPU may be NULL. Returns false if it failed. */
bool program_wait(pid_t pid, double *cpu);
void program_kill(pid_t pid);

/* Returns the CPU time that PID has used, in seconds. */
double program_cpu(pid_t pid);

/* Waits until PID sleeps. */
bool program_sleeps(pid_t pid);

/* Returns a number of kilobytes from /proc/PID/status, or -1. */
long program_status(pid_t pid, const char *key);

/* Starts a process that runs WORK(ARG). */
pid_t helper_start(void (*work)(void *), void *arg);

/* --- feed.c */

/* Sends COUNT messages of SIZE bytes, with FILE unless that is -1. Waits while the socket buffer is full. */
bool feed_send(int fd, size_t count, size_t size, int file);

/* Sends as many of them as fit into the socket buffer, without waiting. Returns their number. */
size_t feed_fill(int fd, size_t count, size_t size, int file);

/* Opens a file to send. */
int feed_file(void);

/* Sets the largest socket buffer that the system allows. */
void feed_widen(int fd);

int connect_to(const char *path);
int listen_on(const char *path);

/* --- relay.c */

/* Returns WANTED, or the largest number of idle connections that the descriptor limit allows. */
size_t idle_possible(size_t wanted);

/* Measures the resident memory in kilobytes after a tenth of the messages, after all of them, and its peak. */
bool relay_memory(size_t messages, size_t size, long *early, long *late, long *peak);

/* Measures the private memory in KiB without connections and with COUNT connections. */
bool relay_heap(size_t connections, long *before, long *after);

/* --- count.c */

/*
 * Returns the number of system calls that the program makes until it executes another program or exits; -1 if tracing
 * is not permitted.
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
