/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/fail.h"
#include "base/num.h"
#include "lib/fdpass.h"
#include "source/internal.h"
#include "source/source.h"

/* The parts of HOST:PORT. The strings point into COPY, which the caller frees. host is NULL if it is empty or "*". */
struct place {
	char *copy;
	const char *host, *port;
};

/* Returns true if HOST is an IPv6 address without brackets, or the first part of such an address, as in tcp:::1:22. */
static bool
is_ipv6(const char *host, size_t length)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;

	/*
	 * If HOST contains a %, the scope ID after the % is not checked here, because getaddrinfo(3) checks it later.
	 */
	if (memchr(host, '%', length) != NULL)
		length = (size_t)((const char *)memchr(host, '%', length) - host);
	if (length >= sizeof(text))
		return false;
	memcpy(text, host, length);
	text[length] = '\0';
	return inet_pton(AF_INET6, text, &address) == 1;
}

static int
place_split(const struct source *source, struct place *place, struct fail *fail)
{
	char *host, *colon, *end;

	place->copy = host = strdup(source->what);
	if (host == NULL)
		return fail_errno(fail, "%s", source->text);
	colon = strrchr(host, ':');
	if (*host == '[') {
		end = strchr(host, ']');
		if (end == NULL || end + 1 != colon)
			return fail_msg(fail, "%s: expected [HOST]:PORT", source->text);
		host++;
		*end = '\0';
	} else if (colon != NULL && strchr(host, ':') != colon && !is_ipv6(host, (size_t)(colon - host)))
		return fail_msg(
		    fail, "%s: expected HOST:PORT, with brackets around an IPv6 address: [::1]:80", source->text);
	if (colon == NULL && *host != '\0' && host[strspn(host, "0123456789")] == '\0')
		return fail_msg(fail, "%s: missing host: expected HOST:PORT; for %s write %s:%s", source->text,
		    source->kind->open == inet_listen ? "all addresses" : "the local host", source->kind->word, host);
	if (colon == NULL)
		return fail_msg(fail, "%s: missing port: expected HOST:PORT", source->text);
	*colon = '\0';
	place->host = *host == '\0' || strcmp(host, "*") == 0 ? NULL : host;
	place->port = colon + 1;
	return 0;
}

static int
port_check(const struct source *source, const char *port, struct fail *fail)
{
	const char *why;
	long long number;

	if (*port == '\0')
		return fail_msg(fail, "%s: missing port: expected HOST:PORT", source->text);
	if (port[strspn(port, "0123456789")] == '\0' && num_parse(port, 0, 65535, &number, &why) == -1)
		return fail_msg(fail, "%s: invalid port '%s': %s", source->text, port, why);
	return 0;
}

int
inet_check(struct source_list *list, size_t index, const struct source_options *options, struct fail *fail)
{
	struct source *source = &list->items[index];
	struct place place;
	int rc;

	(void)options;
	rc = place_split(source, &place, fail);
	if (rc == 0)
		rc = port_check(source, place.port, fail);
	free(place.copy);
	return rc;
}

static int
look_up(const struct source *source, const struct place *place, int family, int flags, struct addrinfo **found,
    struct fail *fail)
{
	struct addrinfo hints = { .ai_family = family, .ai_socktype = source->kind->argument, .ai_flags = flags };
	int rc;

	rc = getaddrinfo(place->host, place->port, &hints, found);
	if (rc == 0)
		return 0;
	if (rc == EAI_SYSTEM)
		return fail_errno(fail, "%s: cannot look up %s port %s", source->text,
		    place->host != NULL ? place->host : "*", place->port);
	return fail_msg(fail, "%s: cannot look up %s port %s: %s", source->text,
	    place->host != NULL ? place->host : "*", place->port, gai_strerror(rc));
}

void
inet_place(const struct sockaddr *address, socklen_t length, char text[PLACE_SIZE])
{
	char host[NI_MAXHOST], port[NI_MAXSERV];
	int err = errno;

	if (getnameinfo(address, length, host, sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		(void)snprintf(text, PLACE_SIZE, "unknown address");
	else if (strchr(host, ':') != NULL)
		(void)snprintf(text, PLACE_SIZE, "[%s]:%s", host, port);
	else
		(void)snprintf(text, PLACE_SIZE, "%s:%s", host, port);
	errno = err;
}

/* Waits until FD is connected, until connecting FD has failed, or until DEADLINE. Returns 0, or -1 with errno. */
int
inet_connect_finish(int fd, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t length = sizeof(int);
	struct timespec time;
	int n, err;

	do
		n = ppoll(&p, 1, deadline_timespec(deadline, &time), NULL);
	while (n == -1 && errno == EINTR);
	if (n == 0)
		errno = ETIME;
	if (n != 1)
		return -1;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &length) == -1)
		return -1;
	errno = err;
	return err == 0 ? 0 : -1;
}

/* Closes FD and preserves errno. Returns -1. */
static int
close_failed(int fd)
{
	int err = errno;

	(void)close(fd);
	errno = err;
	return -1;
}

static int
connect_one(const struct addrinfo *at, int64_t deadline)
{
	int fd, flags;

	fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, at->ai_protocol);
	if (fd == -1)
		return -1;
	if ((connect(fd, at->ai_addr, at->ai_addrlen) == 0 ||
		((errno == EINPROGRESS || errno == EINTR) && inet_connect_finish(fd, deadline) == 0)) &&
	    (flags = fcntl(fd, F_GETFL)) != -1 && fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == 0)
		return fd;
	return close_failed(fd);
}

static int
listen_one(const struct addrinfo *at, bool wildcard)
{
	int fd, on = 1, off = 0;

	fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
	if (fd == -1)
		return -1;
	if ((!wildcard || at->ai_family != AF_INET6 ||
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) == 0) &&
	    (at->ai_socktype != SOCK_STREAM || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0) &&
	    bind(fd, at->ai_addr, at->ai_addrlen) == 0 && (at->ai_socktype != SOCK_STREAM || listen(fd, INT_MAX) == 0))
		return fd;
	return close_failed(fd);
}

static int
connect_each(struct source *source, const struct addrinfo *found, int64_t deadline, struct fail *fail)
{
	const struct addrinfo *at;
	char text[PLACE_SIZE];

	for (at = found; at != NULL; at = at->ai_next) {
		source->fd = connect_one(at, deadline);
		if (source->fd != -1)
			return 0;
		inet_place(at->ai_addr, at->ai_addrlen, text);
		if (errno == ETIME) {
			(void)fail_msg(fail, "%s: connect to %s: timed out", source->text, text);
			fail->reason = FAIL_TIMEOUT;
			break;
		}
		(void)fail_errno(fail, "%s: connect to %s", source->text, text);
	}
	return -1;
}

static int
listen_each(struct source *source, const struct addrinfo *found, bool wildcard, struct fail *fail)
{
	const char *verb = source->kind->argument == SOCK_STREAM ? "listen on" : "bind to";
	const struct addrinfo *at;
	char text[PLACE_SIZE];

	for (at = found; at != NULL; at = at->ai_next) {
		source->fd = listen_one(at, wildcard);
		if (source->fd != -1)
			return 0;
		inet_place(at->ai_addr, at->ai_addrlen, text);
		(void)fail_errno(fail, "%s: %s %s", source->text, verb, text);
	}
	return -1;
}

int
inet_connect(struct source *source, const struct source_options *options, struct fail *fail)
{
	struct addrinfo *found;
	struct place place;
	int rc;

	rc = place_split(source, &place, fail);
	if (rc == 0)
		rc = look_up(source, &place, AF_UNSPEC, 0, &found, fail);
	free(place.copy);
	if (rc == -1)
		return -1;
	rc = connect_each(source, found, options->endpoint.deadline, fail);
	freeaddrinfo(found);
	source->ours = rc == 0;
	source->number = source->fd;
	return rc;
}

/*
 * Stores in SOURCE the address to which the socket is bound. If the specified port is 0, the kernel has chosen the
 * port.
 */
static int
bound_query(struct source *source, struct fail *fail)
{
	char text[PLACE_SIZE];
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);

	if (getsockname(source->fd, (struct sockaddr *)&address, &length) == -1)
		return fail_errno(fail, "%s: cannot determine the bound address", source->text);
	inet_place((const struct sockaddr *)&address, length, text);
	source->bound = strdup(text);
	return source->bound != NULL ? 0 : fail_errno(fail, "%s", source->text);
}

/*
 * Listens on all addresses of this machine. Uses one IPv6 socket for IPv6 and IPv4, or an IPv4 socket if the system
 * does not support IPv6.
 */
static int
listen_anywhere(struct source *source, const struct place *place, struct fail *fail)
{
	static const int families[] = { AF_INET6, AF_INET };
	struct addrinfo *found;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		if (look_up(source, place, families[i], AI_PASSIVE, &found, fail) == -1)
			return -1;
		rc = listen_each(source, found, true, fail);
		freeaddrinfo(found);
		if (rc == 0)
			return 0;
		if (fail->err != EAFNOSUPPORT && fail->err != EADDRNOTAVAIL)
			return -1;
	}
	return -1;
}

static int
listen_at(struct source *source, const struct place *place, struct fail *fail)
{
	struct addrinfo *found;
	int rc;

	if (look_up(source, place, AF_UNSPEC, AI_PASSIVE, &found, fail) == -1)
		return -1;
	rc = listen_each(source, found, false, fail);
	freeaddrinfo(found);
	return rc;
}

int
inet_listen(struct source *source, const struct source_options *options, struct fail *fail)
{
	struct place place;
	int rc;

	(void)options;
	rc = place_split(source, &place, fail);
	if (rc == 0)
		rc = place.host == NULL ? listen_anywhere(source, &place, fail) : listen_at(source, &place, fail);
	free(place.copy);
	if (rc == -1)
		return -1;
	source->ours = true;
	source->number = source->fd;
	return bound_query(source, fail);
}
