/* SPDX-License-Identifier: ISC */
/*
 * The peer of fdpass in tests. This program sends and receives with system calls instead of fdpass's library, so that
 * the library is not tested against itself.
 *
 *   peer fds                              lists open descriptors: NUMBER LINK, one per line
 *   peer env                              lists LISTEN_* and FDPASS_* variables
 *   peer inherited                        both
 *   peer [-l] [-b ADDRESS] [-t TYPE] [-T SECONDS] ADDRESS ACTION...
 *
 * ADDRESS is a path, @NAME or fd:N. -l listens on ADDRESS (and prints "listening") instead of connecting to it; -b
 * binds the connecting socket to another address. These actions add to the next message:
 *
 *   data=TEXT     the data TEXT; \n \0 \xNN \\ are escapes
 *   bytes=N       N bytes of x as data
 *   fds=N,N,...   an SCM_RIGHTS with these descriptors
 *   null=N        an SCM_RIGHTS with /dev/null opened N times
 *   open=PATH     an SCM_RIGHTS with PATH opened for reading
 *   write=PATH    an SCM_RIGHTS with PATH opened for appending, created if necessary
 *   rw=PATH       an SCM_RIGHTS with PATH opened for reading and writing
 *   tcp-listen    an SCM_RIGHTS with a TCP socket that listens on the loopback interface; prints "port N";
 *                 tcp-listen=ADDRESS:PORT  on this address
 *   held          an SCM_RIGHTS with the write end of a pipe;  released  waits until no process has it open
 *   pipe          an SCM_RIGHTS with the read end of a pipe that contains a line, and whose write end is closed
 *   linger        an SCM_RIGHTS with a TCP socket whose send queue is full, and whose last close blocks for a minute;
 *                 prints "let go" when it was sent and closed here
 *   creds         an SCM_CREDENTIALS of this process;  creds=PID:UID:GID  other credentials
 *
 * Other actions:
 *
 *   send          sends the message;  send=N  N times
 *   trickle=MS    sends a byte every MS milliseconds, until the other end closes
 *   dribble=TEXT  sends TEXT in messages of one byte
 *   flood         sends the message repeatedly, until the other end closes
 *   recv          receives one message and prints it;  recv=N  with a buffer of N bytes
 *   drain         receives and prints messages until end of file
 *   wait          waits until the other end closes
 *   shutdown      shuts down the sending direction
 *   creds-on      requests the sender's credentials
 *   fds?          lists the open descriptors
 *   close         closes the socket; if it has unread data, the other end gets ECONNRESET
 *   kill          kills this process
 *
 * Exits with 0 after all actions. SIGALRM kills this program after 60 seconds (with -T, after SECONDS).
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"

static int
parse_type(const char *text)
{
	if (strcmp(text, "stream") == 0)
		return SOCK_STREAM;
	if (strcmp(text, "seqpacket") == 0)
		return SOCK_SEQPACKET;
	if (strcmp(text, "dgram") == 0)
		return SOCK_DGRAM;
	errx(2, "-t %s", text);
}

static socklen_t
fill_address(struct sockaddr_un *sun, const char *text)
{
	size_t length = strlen(text);

	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	if (length >= sizeof(sun->sun_path))
		errx(2, "%s: too long", text);
	memcpy(sun->sun_path, text, length);
	if (text[0] == '@')
		sun->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (text[0] == '@' ? 0 : 1));
}

static int
bind_to(int sock, const char *text)
{
	struct sockaddr_un sun;
	socklen_t length = fill_address(&sun, text);

	return bind(sock, (struct sockaddr *)&sun, length);
}

static int
open_socket(const char *text, const char *own, int type, bool listens, bool credentials)
{
	struct sockaddr_un sun;
	socklen_t length;
	int sock, conn;

	if (strncmp(text, "fd:", 3) == 0)
		return atoi(text + 3);
	length = fill_address(&sun, text);
	if ((sock = socket(AF_UNIX, type, 0)) == -1)
		err(1, "socket");
	if (!listens) {
		if (own != NULL && bind_to(sock, own) == -1)
			err(1, "bind %s", own);
		if (connect(sock, (struct sockaddr *)&sun, length) == -1)
			err(1, "connect %s", text);
		return sock;
	}
	if (bind_to(sock, text) == -1)
		err(1, "bind %s", text);
	/* Requests credentials before accept(2), so that data that arrives before accept(2) has credentials, too. */
	if (credentials && setsockopt(sock, SOL_SOCKET, SO_PASSCRED, &(int){ 1 }, sizeof(int)) == -1)
		err(1, "SO_PASSCRED");
	if (type != SOCK_DGRAM && listen(sock, 8) == -1)
		err(1, "listen %s", text);
	puts("listening");
	fflush(stdout);
	if (type == SOCK_DGRAM)
		return sock;
	if ((conn = accept(sock, NULL, NULL)) == -1)
		err(1, "accept %s", text);
	close(sock);
	return conn;
}

static void
report(const char *what)
{
	if (strcmp(what, "env") != 0)
		report_fds(-1);
	if (strcmp(what, "fds") != 0)
		report_env();
}

int
main(int argc, char **argv)
{
	const char *own = NULL;
	unsigned limit = 60;
	int type = SOCK_STREAM;
	bool listens = false;
	int ch, sock;

	while ((ch = getopt(argc, argv, "+b:lt:T:")) != -1)
		switch (ch) {
		case 'b':
			own = optarg;
			break;
		case 'l':
			listens = true;
			break;
		case 't':
			type = parse_type(optarg);
			break;
		case 'T':
			limit = (unsigned)atoi(optarg);
			break;
		default:
			return 2;
		}
	argv += optind;
	if (argv[0] == NULL)
		errx(2, "missing address");
	if (strcmp(argv[0], "fds") == 0 || strcmp(argv[0], "env") == 0 || strcmp(argv[0], "inherited") == 0) {
		report(argv[0]);
	} else {
		alarm(limit);
		sock = open_socket(argv[0], own, type, listens, argv[1] != NULL && strcmp(argv[1], "creds-on") == 0);
		run_actions(sock, argv + 1);
	}
	if (fflush(stdout) == EOF)
		err(1, "standard output");
	return 0;
}
