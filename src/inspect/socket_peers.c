/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/compat.h"
#include "inspect/socket_peers.h"
#include "inspect/unix_diag.h"

/* An IPv4 or IPv6 address and port as in /proc/net/tcp. An IPv4 address uses only the first word. */
struct place {
	uint32_t words[4];
	unsigned int port;
};

struct row {
	uint64_t inode;
	bool udp;
	struct place local, remote;
};

struct socket_peers {
	struct row *rows;
	size_t count, room;
	int netlink; /* netlink socket for AF_UNIX; -1: not supported by this kernel or container */
};

static int
row_add(struct socket_peers *p, const struct row *row)
{
	size_t room = p->room != 0 ? 2 * p->room : 256;
	struct row *more;

	if (p->count == p->room) {
		more = reallocarray(p->rows, room, sizeof(*more));
		if (more == NULL)
			return -1;
		p->rows = more;
		p->room = room;
	}
	p->rows[p->count++] = *row;
	return 0;
}

/* Parses an address and port such as "0100007F:1F90"; IPv6 addresses have 32 digits. */
static bool
place_parse(const char *text, struct place *place)
{
	size_t digits = strspn(text, "0123456789ABCDEF"), i;
	char word[9] = "";

	memset(place, 0, sizeof(*place));
	if ((digits != 8 && digits != 32) || text[digits] != ':')
		return false;
	for (i = 0; i < digits / 8; i++) {
		memcpy(word, text + 8 * i, 8);
		place->words[i] = (uint32_t)strtoul(word, NULL, 16);
	}
	place->port = (unsigned int)strtoul(text + digits + 1, NULL, 16);
	return true;
}

/*
 * Reads the sockets of one table in /proc/net, such as tcp6. Does nothing if the kernel or the container does not
 * provide this table.
 */
static int
table_read(struct socket_peers *p, const char *path, bool udp)
{
	FILE *file = fopen(path, "re");
	char line[512], local[64], remote[64];
	unsigned long long inode;
	struct row row;
	int rc = 0;

	if (file == NULL)
		return 0;
	while (rc == 0 && fgets(line, sizeof(line), file) != NULL) {
		row = (struct row){ .udp = udp };
		if (sscanf(line, " %*d: %63s %63s %*x %*x:%*x %*x:%*x %*x %*d %*d %llu", local, remote, &inode) != 3 ||
		    !place_parse(local, &row.local) || !place_parse(remote, &row.remote))
			continue;
		row.inode = inode;
		rc = row_add(p, &row);
	}
	(void)fclose(file);
	return rc;
}

struct socket_peers *
socket_peers_new(void)
{
	struct socket_peers *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->netlink = unix_diag_open();
	if (table_read(p, "/proc/net/tcp", false) == 0 && table_read(p, "/proc/net/tcp6", false) == 0 &&
	    table_read(p, "/proc/net/udp", true) == 0 && table_read(p, "/proc/net/udp6", true) == 0)
		return p;
	socket_peers_free(p);
	return NULL;
}

void
socket_peers_free(struct socket_peers *p)
{
	if (p == NULL)
		return;
	if (p->netlink != -1)
		(void)close(p->netlink);
	free(p->rows);
	free(p);
}

static bool
place_of(const struct sockaddr_storage *address, struct place *place)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)address;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)address;

	memset(place, 0, sizeof(*place));
	if (address->ss_family == AF_INET) {
		memcpy(place->words, &in->sin_addr, 4);
		place->port = ntohs(in->sin_port);
	} else if (address->ss_family == AF_INET6) {
		memcpy(place->words, &in6->sin6_addr, 16);
		place->port = ntohs(in6->sin6_port);
	}
	return address->ss_family == AF_INET || address->ss_family == AF_INET6;
}

static bool
place_equal(const struct place *a, const struct place *b)
{
	return memcmp(a->words, b->words, sizeof(a->words)) == 0 && a->port == b->port;
}

static uint64_t
inet_find(const struct socket_peers *p, int fd)
{
	struct sockaddr_storage local_address = { .ss_family = AF_UNSPEC }, remote_address = local_address;
	socklen_t length = sizeof(local_address), remote_length = sizeof(remote_address), size = sizeof(int);
	struct place local, remote;
	int type;
	size_t i;

	if (getsockname(fd, (struct sockaddr *)&local_address, &length) == -1 ||
	    getpeername(fd, (struct sockaddr *)&remote_address, &remote_length) == -1 ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == -1 || !place_of(&local_address, &local) ||
	    !place_of(&remote_address, &remote))
		return 0;
	for (i = 0; i < p->count; i++)
		if (p->rows[i].udp == (type == SOCK_DGRAM) && place_equal(&p->rows[i].local, &remote) &&
		    place_equal(&p->rows[i].remote, &local))
			return p->rows[i].inode;
	return 0;
}

uint64_t
socket_peers_find(const struct socket_peers *p, const struct fd_facts *facts)
{
	socklen_t size = sizeof(int);
	uint64_t peer;
	int domain;

	if (!facts->has_stat || getsockopt(facts->fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == -1)
		return 0;
	if (domain != AF_UNIX)
		return inet_find(p, facts->fd);
	return unix_diag_peer(p->netlink, facts->st.ino, &peer) ? peer : 0;
}
