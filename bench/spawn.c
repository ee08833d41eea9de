/* SPDX-License-Identifier: ISC */
/* Starts the measured programs. */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define TIME_LIMIT 30.0
#define PATH_SIZE  512

const char *fdpass_path;
const char *programs_path;
char work_path[64];

double
now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Searches the directories in the variable PATH for an installed program. */
static const char *
system_find(const char *name, char *path)
{
	const char *dir = getenv("PATH");
	size_t n;

	if (strchr(name, '/') != NULL)
		return access(name, X_OK) == 0 ? name : NULL;
	for (; dir != NULL && *dir != '\0'; dir += n + (dir[n] == ':')) {
		n = strcspn(dir, ":");
		(void)snprintf(path, PATH_SIZE, "%.*s/%s", (int)n, dir, name);
		if (access(path, X_OK) == 0)
			return path;
	}
	return NULL;
}

const char *
program_find(const struct contestant *c)
{
	static char path[PATH_SIZE];
	const char *name = c->argv[0];

	if (strcmp(name, "@fdpass") == 0)
		return fdpass_path;
	if (*name != '@')
		return system_find(name, path);
	(void)snprintf(path, sizeof(path), "%s/%s", programs_path, name + 1);
	return access(path, R_OK) == 0 ? path : NULL;
}

/* Replaces @NAME at the beginning by the path of a reference program, or %NAME at the end by the path of a socket. */
static char *
word_expand(const char *word)
{
	const char *percent = strchr(word, '%');
	char text[PATH_SIZE];

	if (strcmp(word, "@fdpass") == 0)
		(void)snprintf(text, sizeof(text), "%s", fdpass_path);
	else if (*word == '@')
		(void)snprintf(text, sizeof(text), "%s/%s", programs_path, word + 1);
	else if (percent != NULL)
		(void)snprintf(text, sizeof(text), "%.*s%s/%s", (int)(percent - word), word, work_path, percent + 1);
	else
		(void)snprintf(text, sizeof(text), "%s", word);
	return strdup(text);
}

pid_t
program_start(const struct contestant *c, int in)
{
	posix_spawn_file_actions_t actions;
	char *argv[ARGS_MAX + 1] = { NULL };
	const char *program = program_find(c);
	pid_t pid = -1;
	size_t i;

	if (program == NULL)
		return -1;
	argv[0] = strdup(program);
	for (i = 1; i < ARGS_MAX && c->argv[i] != NULL; i++)
		argv[i] = word_expand(c->argv[i]);
	(void)posix_spawn_file_actions_init(&actions);
	if (in == -1)
		(void)posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	else
		(void)posix_spawn_file_actions_adddup2(&actions, in, 0);
	(void)posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	if (posix_spawn(&pid, program, &actions, NULL, argv, environ) != 0)
		pid = -1;
	(void)posix_spawn_file_actions_destroy(&actions);
	for (i = 0; argv[i] != NULL; i++)
		free(argv[i]);
	return pid;
}

static double
seconds(struct timeval tv)
{
	return (double)tv.tv_sec + (double)tv.tv_usec / 1e6;
}

bool
program_wait(pid_t pid, double *cpu)
{
	struct rusage usage;
	int status;

	if (wait4(pid, &status, 0, &usage) != pid)
		return false;
	if (cpu != NULL)
		*cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void
program_kill(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

double
program_cpu(pid_t pid)
{
	unsigned long long nanoseconds = 0;
	char path[64];
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	if ((file = fopen(path, "r")) == NULL)
		return 0;
	if (fscanf(file, "%llu", &nanoseconds) != 1)
		nanoseconds = 0;
	(void)fclose(file);
	return (double)nanoseconds / 1e9;
}

bool
program_sleeps(pid_t pid)
{
	const struct timespec moment = { 0, 50000 };
	double until = now() + TIME_LIMIT;
	char path[64], state;
	FILE *file;
	int n;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	while (now() < until) {
		if ((file = fopen(path, "r")) == NULL)
			return false;
		n = fscanf(file, "%*d (%*[^)]) %c", &state);
		(void)fclose(file);
		if (n != 1 || state == 'Z')
			return false;
		if (state == 'S')
			return true;
		(void)nanosleep(&moment, NULL);
	}
	return false;
}

long
program_status(pid_t pid, const char *key)
{
	char path[64], line[256];
	size_t length = strlen(key);
	long value = -1;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if ((file = fopen(path, "r")) == NULL)
		return -1;
	while (value == -1 && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, key, length) == 0 && line[length] == ':')
			value = strtol(line + length + 1, NULL, 10);
	(void)fclose(file);
	return value;
}

pid_t
helper_start(void (*work)(void *), void *arg)
{
	pid_t pid = fork();

	if (pid == 0) {
		work(arg);
		_exit(0);
	}
	return pid;
}
