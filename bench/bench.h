/* SPDX-License-Identifier: ISC */
/*
 * Measuring: rows of work, each done by several contestants in turn, round after round. What counts are ratios within a
 * round, and of these the median: whatever else the machine does hits all of them alike.
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
	double cpu; /* of the contestant alone; 0 if it is not known */
};

struct contestant {
	const char *name;
	/* The program and its arguments. @NAME is a program of ours, %front and %back are sockets' paths. */
	const char *argv[ARGS_MAX];
	size_t share; /* only 1/share of the work, for slow programs; 0: all of it */
};

/* The first contestant against another. */
struct goal {
	size_t against;
	enum { GOAL_NONE, TIME_AT_MOST, RATE_AT_LEAST } kind;
	double bound;
};

struct row {
	const char *name;
	const char *unit;
	/* Does COUNT units of work with the contestant. False if that failed. */
	bool (*run)(const struct row *, const struct contestant *, struct sample *);
	size_t count;	 /* units of work in a round */
	size_t size;	 /* bytes of data each */
	bool descriptor; /* a file with each */
	bool packet;	 /* not a stream */
	size_t idle;	 /* further open connections */
	size_t rounds;	 /* 0: as many as asked for */
	struct contestant contestants[CONTESTANTS_MAX];
	struct goal goals[CONTESTANTS_MAX];
};

/* Something that is measured once, and must be below a bound. */
struct figure {
	const char *name;
	const char *unit;
	double value, bound;
	char note[160];
};

extern const struct row accept_rows[], handover_rows[], drain_rows[], relay_rows[], watch_rows[];

/* --- spawn.c */

extern const char *fdpass_path;	  /* the program that is measured */
extern const char *programs_path; /* the directory where ours are */
extern char work_path[64];	  /* a directory for sockets */

double now(void);

/* Where the program of CONTESTANT is, or NULL if it is not here. */
const char *program_find(const struct contestant *contestant);

/* Starts it with IN as standard input (-1: /dev/null); its output goes to /dev/null. Returns -1 if it is not here. */
pid_t program_start(const struct contestant *contestant, int in);

/* Waits for its end. CPU may be NULL. False if it failed. */
bool program_wait(pid_t pid, double *cpu);
void program_kill(pid_t pid);

/* The processor's time that PID has used, in seconds. */
double program_cpu(pid_t pid);

/* Waits until PID waits for something. */
bool program_sleeps(pid_t pid);

/* A number of kilobytes from /proc/PID/status, or -1. */
long program_status(pid_t pid, const char *key);

/* A process that runs WORK(ARG). */
pid_t helper_start(void (*work)(void *), void *arg);

/* --- feed.c */

/* Sends COUNT messages of SIZE bytes, with FILE unless that is -1. Waits where there is no room. */
bool feed_send(int fd, size_t count, size_t size, int file);

/* As many of them as there is room for, without waiting. Returns how many. */
size_t feed_fill(int fd, size_t count, size_t size, int file);

/* A file to send. */
int feed_file(void);

/* The largest socket buffer that the system allows. */
void feed_widen(int fd);

int connect_to(const char *path);
int listen_on(const char *path);

/* --- relay.c */

/* As many idle connections as descriptors allow. */
size_t idle_possible(size_t wanted);

/* Kilobytes resident after a tenth of the messages, after all, and at most. */
bool relay_memory(size_t messages, size_t size, long *early, long *late, long *peak);

/* Private memory in KiB without connections and with COUNT connections. */
bool relay_heap(size_t connections, long *before, long *after);

/* --- count.c */

/*
 * How many system calls the program makes until it has become another one, and until its end. -1 if that is not
 * allowed.
 */
long calls_count(const struct contestant *contestant, int in);

/* --- figures.c */

/* Measures the figures, and tells each with TELL. */
void figures_measure(size_t messages, void (*tell)(const struct figure *));

/* --- report.c */

void report_begin(const char *path, size_t rounds);
void report_row(const struct row *row, struct sample samples[CONTESTANTS_MAX][ROUNDS_MAX], size_t rounds);
void report_figure(const struct figure *figure);
/* Returns how many goals were missed, or -1 if the file could not be written. */
int report_end(void);

#endif
