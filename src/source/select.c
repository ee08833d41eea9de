/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/filestat.h"
#include "lib/internal.h"
#include "net/addr.h"
#include "inspect/kind_list.h"
#include "source/internal.h"
#include "source/select.h"

enum select_by { BY_ANY, BY_LISTENING, BY_TCP, BY_UDP, BY_UNIX, BY_FILE, BY_KIND };

struct selector {
	enum select_by by;
	char *text;		/* the text of SELECTOR after its first colon */
	struct addrinfo *hosts; /* BY_TCP, BY_UDP: the addresses of HOST; NULL: any address */
	unsigned int port;	/* BY_TCP, BY_UDP: the port, in network byte order */
	struct addr addr;	/* BY_UNIX: the AF_UNIX address */
};

static const struct {
	const char *word;
	enum select_by by;
} words[] = { { "tcp-listen:", BY_TCP }, { "udp-listen:", BY_UDP }, { "unix-listen:", BY_UNIX }, { "file:", BY_FILE },
	{ "kind:", BY_KIND } };

/* Parses [HOST:]PORT. */
static int
parse_place(struct selector *s, struct fail *fail)
{
	struct addrinfo hints = { .ai_socktype = s->by == BY_TCP ? SOCK_STREAM : SOCK_DGRAM }, *found;
	char *host = s->text, *port = strrchr(host, ':');
	size_t length;
	int rc;

	if (port != NULL)
		*port++ = '\0';
	else {
		port = host;
		host = NULL;
	}
	if (host != NULL && *host == '[' && (length = strlen(host)) > 1 && host[length - 1] == ']') {
		host[length - 1] = '\0';
		host++;
	}
	if (host != NULL && (*host == '\0' || strcmp(host, "*") == 0))
		host = NULL;
	if (*port == '\0')
		return fail_msg(fail, "missing port: expected [HOST:]PORT");
	/* If no host is specified, getaddrinfo(3) only looks up the port. */
	rc = getaddrinfo(host, port, &hints, &found);
	if (rc != 0)
		return fail_msg(
		    fail, "cannot look up %s port %s: %s", host != NULL ? host : "*", port, gai_strerror(rc));
	s->port = found->ai_family == AF_INET ? ((const struct sockaddr_in *)(const void *)found->ai_addr)->sin_port :
						((const struct sockaddr_in6 *)(const void *)found->ai_addr)->sin6_port;
	if (host != NULL)
		s->hosts = found;
	else
		freeaddrinfo(found);
	return 0;
}

static int
parse_argument(struct selector *s, struct fail *fail)
{
	switch (s->by) {
	case BY_TCP:
	case BY_UDP:
		return parse_place(s, fail);
	case BY_UNIX:
		if (addr_parse(&s->addr, s->text, fail) == -1)
			return -1;
		return s->addr.kind != ADDR_FD ? 0 : fail_msg(fail, "expected a path or @NAME after unix-listen:");
	case BY_FILE:
		return *s->text != '\0' ? 0 : fail_msg(fail, "missing path after file:");
	case BY_KIND:
		return kind_list_check(s->text, fail);
	case BY_ANY:
	case BY_LISTENING:
		break;
	}
	return 0;
}

struct selector *
selector_parse(const char *text, struct fail *fail)
{
	struct selector *s = calloc(1, sizeof(*s));
	size_t i;

	if (s == NULL) {
		(void)fail_errno(fail, "%s", text);
		return NULL;
	}
	s->addr.fd = -1;
	if (strcmp(text, "all") == 0)
		return s;
	s->by = BY_LISTENING;
	if (strcmp(text, "listening") == 0)
		return s;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strncmp(text, words[i].word, strlen(words[i].word)) == 0)
			break;
	if (i == sizeof(words) / sizeof(words[0])) {
		(void)fail_msg(fail,
		    "expected a descriptor number, all, listening, tcp-listen:[HOST:]PORT, udp-listen:[HOST:]PORT, "
		    "unix-listen:ADDRESS, file:PATH or kind:KIND after pid:PID:");
		free(s);
		return NULL;
	}
	s->by = words[i].by;
	s->text = strdup(text + strlen(words[i].word));
	if (s->text == NULL)
		(void)fail_errno(fail, "%s", text);
	if (s->text != NULL && parse_argument(s, fail) == 0)
		return s;
	selector_free(s);
	return NULL;
}

void
selector_free(struct selector *s)
{
	if (s == NULL)
		return;
	if (s->hosts != NULL)
		freeaddrinfo(s->hosts);
	addr_done(&s->addr);
	free(s->text);
	free(s);
}

/*
 * Converts an IPv4 or IPv6 address to the bytes of an IPv6 address. Returns false if ADDRESS is neither an IPv4 nor an
 * IPv6 address.
 */
static bool
address_bytes(const struct sockaddr *address, struct in6_addr *bytes)
{
	static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255 };

	if (address->sa_family == AF_INET6) {
		*bytes = ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
		return true;
	}
	memcpy(bytes, mapped, sizeof(mapped));
	memcpy(
	    (unsigned char *)bytes + sizeof(mapped), &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
	return address->sa_family == AF_INET;
}

static bool
host_matches(const struct selector *s, const struct sockaddr *local)
{
	struct in6_addr wanted, bound;
	const struct addrinfo *at;

	for (at = s->hosts; at != NULL; at = at->ai_next)
		if (address_bytes(at->ai_addr, &wanted) && address_bytes(local, &bound) &&
		    memcmp(&wanted, &bound, sizeof(wanted)) == 0)
			return true;
	return s->hosts == NULL;
}

static bool
inet_matches(const struct selector *s, int fd)
{
	struct sockaddr_storage local = { .ss_family = AF_UNSPEC }, peer;
	socklen_t length = sizeof(local), peer_length = sizeof(peer);
	unsigned int port;

	if (fdp_sock_option(fd, SO_TYPE) != (s->by == BY_TCP ? SOCK_STREAM : SOCK_DGRAM) ||
	    (s->by == BY_TCP && fdp_sock_option(fd, SO_ACCEPTCONN) != 1) ||
	    getsockname(fd, (struct sockaddr *)&local, &length) == -1)
		return false;
	if (s->by == BY_UDP && getpeername(fd, (struct sockaddr *)&peer, &peer_length) == 0)
		return false;
	if (local.ss_family == AF_INET)
		port = ((const struct sockaddr_in *)(const void *)&local)->sin_port;
	else if (local.ss_family == AF_INET6)
		port = ((const struct sockaddr_in6 *)(const void *)&local)->sin6_port;
	else
		return false;
	return port == s->port && host_matches(s, (const struct sockaddr *)&local);
}

static bool
same_file(const char *a, const char *b)
{
	struct file_stat x, y;

	return file_stat_at(AT_FDCWD, a, &x) == 0 && file_stat_at(AT_FDCWD, b, &y) == 0 && x.ino == y.ino &&
	    x.dev_major == y.dev_major && x.dev_minor == y.dev_minor;
}

/*
 * Returns true if PATH and WANTED are the same path. PATH is the address of a socket of process PID, and can be
 * relative to the working directory of that process.
 */
static bool
bound_to(pid_t pid, const char *path, const char *wanted)
{
	static const char self[] = "/proc/self/";
	char absolute[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 64];

	if (strcmp(path, wanted) == 0)
		return true;
	if (strncmp(path, self, strlen(self)) == 0)
		(void)snprintf(absolute, sizeof(absolute), "/proc/%d/%s", (int)pid, path + strlen(self));
	else if (*path != '/')
		(void)snprintf(absolute, sizeof(absolute), "/proc/%d/cwd/%s", (int)pid, path);
	else
		(void)snprintf(absolute, sizeof(absolute), "%s", path);
	return same_file(absolute, wanted);
}

static bool
unix_matches(const struct selector *s, pid_t pid, int fd)
{
	struct sockaddr_un local = { .sun_family = AF_UNSPEC };
	char path[sizeof(local.sun_path) + 1] = "";
	socklen_t length = sizeof(local);
	size_t name;

	if (getsockname(fd, (struct sockaddr *)&local, &length) == -1 || local.sun_family != AF_UNIX ||
	    (fdp_sock_option(fd, SO_TYPE) != SOCK_DGRAM && fdp_sock_option(fd, SO_ACCEPTCONN) != 1) ||
	    length <= sizeof(local.sun_family))
		return false;
	name = length - sizeof(local.sun_family);
	if (name > sizeof(local.sun_path))
		name = sizeof(local.sun_path);
	if (s->addr.kind == ADDR_ABSTRACT)
		return name == s->addr.length && memcmp(local.sun_path, s->addr.name, name) == 0;
	memcpy(path, local.sun_path, name);
	return path[0] != '\0' && bound_to(pid, path, s->addr.name);
}

static bool
file_matches(const struct selector *s, const struct fd_facts *facts)
{
	struct file_stat wanted;

	if (file_stat_at(AT_FDCWD, s->text, &wanted) == 0)
		return facts->has_stat && facts->st.ino == wanted.ino && facts->st.dev_major == wanted.dev_major &&
		    facts->st.dev_minor == wanted.dev_minor;
	/*
	 * The path of the descriptor cannot be looked up, because the file was deleted or is in another mount
	 * namespace. Therefore, the text of the descriptor's link is compared with the path in the selector.
	 */
	return strncmp(facts->link, s->text, strlen(s->text)) == 0 &&
	    (facts->link[strlen(s->text)] == '\0' || strcmp(facts->link + strlen(s->text), " (deleted)") == 0);
}

bool
selector_matches(const struct selector *s, pid_t pid, const struct fd_facts *facts)
{
	switch (s->by) {
	case BY_ANY:
		break;
	case BY_LISTENING:
		return fdp_sock_option(facts->fd, SO_ACCEPTCONN) == 1;
	case BY_TCP:
	case BY_UDP:
		return inet_matches(s, facts->fd);
	case BY_UNIX:
		return unix_matches(s, pid, facts->fd);
	case BY_FILE:
		return file_matches(s, facts);
	case BY_KIND:
		return kind_list_matches(s->text, facts);
	}
	return true;
}
