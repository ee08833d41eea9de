/* SPDX-License-Identifier: ISC */
/*
 * Simulates a user at a terminal: runs a command on a pseudo-terminal, types, and waits for output.
 *
 *   keyboard [-s ROWSxCOLUMNS] ACTION... -- COMMAND [ARG]...
 *
 *   expect=TEXT   waits for TEXT in the output after the text of the previous expect
 *   type=TEXT     types TEXT; \r \n \\ \xNN are escapes
 *   sh=COMMAND    runs COMMAND in a shell; $TERMINAL is the terminal's path, $PID the process on it
 *   until=COMMAND repeats sh=COMMAND until it succeeds
 *   resize=RxC    changes the terminal's size
 *   hangup        closes the master, which hangs up the terminal
 *
 * Each action may take ten seconds. After the last action, waits until the command exits, and writes the command's
 * complete output to standard output. Exits with the command's status, or with 128 + N if signal N has killed the
 * command. If an action fails, exits with 99.
 */
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define FAILED	99
#define LIMIT	10
#define STEP_MS 20

static int master = -1;
static pid_t child;
static char output[1 << 20];
static size_t length, seen;

static void
print_output(FILE *to)
{
	fwrite(output, 1, length, to);
	fflush(to);
}

static void
give_up(const char *what)
{
	warnx("timed out: %s; the output was:", what);
	print_output(stderr);
	kill(child, SIGKILL);
	exit(FAILED);
}

/* Waits for output until the time limit, and reads the output. */
static void
listen_for(int milliseconds)
{
	struct pollfd pfd = { .fd = master, .events = POLLIN };
	ssize_t n;

	if (poll(&pfd, 1, milliseconds) <= 0)
		return;
	n = read(master, output + length, sizeof(output) - 1 - length);
	if (n > 0)
		length += (size_t)n;
	else if (master != -1)
		/* No process has the slave side open now, but a process may open the slave side again. */
		(void)poll(NULL, 0, milliseconds);
}

static bool
is_late(time_t since)
{
	return time(NULL) > since + LIMIT;
}

static void
expect(const char *text)
{
	time_t since = time(NULL);
	char *found;

	for (;;) {
		output[length] = '\0';
		found = memmem(output + seen, length - seen, text, strlen(text));
		if (found != NULL)
			break;
		if (is_late(since))
			give_up(text);
		listen_for(STEP_MS);
	}
	seen = (size_t)(found - output) + strlen(text);
}

static void
type(const char *text)
{
	char c, hex[3] = "";

	for (; *text != '\0'; text++) {
		c = *text;
		if (c == '\\' && *++text == 'x') {
			hex[0] = text[1];
			hex[1] = text[2];
			c = (char)strtol(hex, NULL, 16);
			text += 2;
		} else if (c == '\\') {
			c = *text == 'n' ? '\n' : *text == 'r' ? '\r' : *text;
		}
		if (write(master, &c, 1) != 1)
			err(FAILED, "type");
		listen_for(0);
	}
}

static bool
succeeds(const char *command)
{
	time_t since = time(NULL);
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (is_late(since)) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			give_up(command);
		}
		listen_for(STEP_MS);
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void
until(const char *command)
{
	time_t since = time(NULL);

	while (!succeeds(command)) {
		if (is_late(since))
			give_up(command);
		listen_for(STEP_MS);
	}
}

static void
resize(const char *text)
{
	struct winsize size = { 0 };

	if (sscanf(text, "%hux%hu", &size.ws_row, &size.ws_col) != 2 || ioctl(master, TIOCSWINSZ, &size) == -1)
		err(FAILED, "resize=%s", text);
}

static void
act(const char *action)
{
	const char *value = strchr(action, '=');

	if (strcmp(action, "hangup") == 0) {
		close(master);
		master = -1;
		return;
	}
	if (value == NULL)
		errx(FAILED, "no such action: %s", action);
	value++;
	if (strncmp(action, "expect=", 7) == 0)
		expect(value);
	else if (strncmp(action, "type=", 5) == 0)
		type(value);
	else if (strncmp(action, "sh=", 3) == 0) {
		if (!succeeds(value))
			give_up(action);
	} else if (strncmp(action, "until=", 6) == 0)
		until(value);
	else if (strncmp(action, "resize=", 7) == 0)
		resize(value);
	else
		errx(FAILED, "no such action: %s", action);
}

/* Starts the command. Keeps the slave side open, because the last close would reset the terminal modes. */
static void
start(const char *size, char *const *argv)
{
	char number[16];
	int slave;

	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master == -1 || grantpt(master) == -1 || unlockpt(master) == -1)
		err(FAILED, "posix_openpt");
	setenv("TERMINAL", ptsname(master), 1);
	resize(size);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave == -1 || (child = fork()) == -1)
		err(FAILED, "fork");
	if (child == 0) {
		/*
		 * A shell starts background jobs with SIGINT and SIGQUIT ignored. The command must not inherit these
		 * settings.
		 */
		signal(SIGINT, SIG_DFL);
		signal(SIGQUIT, SIG_DFL);
		setsid();
		ioctl(slave, TIOCSCTTY, 0);
		dup2(slave, 0);
		dup2(slave, 1);
		dup2(slave, 2);
		execvp(argv[0], argv);
		err(127, "%s", argv[0]);
	}
	snprintf(number, sizeof(number), "%d", (int)child);
	setenv("PID", number, 1);
}

static int
finish(void)
{
	time_t since = time(NULL);
	int status;

	while (waitpid(child, &status, WNOHANG) == 0) {
		if (is_late(since))
			give_up("the command's end");
		listen_for(STEP_MS);
	}
	listen_for(0);
	print_output(stdout);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int
main(int argc, char **argv)
{
	const char *size = "24x80";
	int i, first = 1;

	if (argc > 2 && strcmp(argv[1], "-s") == 0) {
		size = argv[2];
		first = 3;
	}
	for (i = first; i < argc && strcmp(argv[i], "--") != 0; i++)
		;
	if (i + 1 >= argc)
		errx(FAILED, "missing command");
	start(size, argv + i + 1);
	for (; first < i; first++)
		act(argv[first]);
	return finish();
}
