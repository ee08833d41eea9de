/* SPDX-License-Identifier: ISC */
/*
 * Determines the type of the server's socket. connect(2) with a socket of another type fails with EPROTOTYPE.
 * connect(2) with a socket of the same type creates a connection that the server sees, unless the type is SOCK_DGRAM.
 * Therefore, only SOCK_DGRAM can be tested with connect(2).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/no_auto_init.h"
#include "net/addr.h"
#include "net/endpoint.h"
#include "inspect/unix_diag.h"
#include "relay/internal.h"

#define FLAG_LISTENING 0x10000 /* __SO_ACCEPTCON of linux/net.h */

/* The fields of a line of /proc/net/unix. */
struct unix_line {
	unsigned int flags, type;
	unsigned long inode;
	const char *path;
};

/*
 * Parses a line "Num: RefCount Protocol Flags Type St Inode Path" of /proc/net/unix. Returns false if the line contains
 * no path.
 */
static bool
line_parse(char *text, struct unix_line *line)
{
	int path = 0;

	text[strcspn(text, "\n")] = '\0';
	if (sscanf(text, "%*[^:]: %*x %*x %x %x %*x %lu %n", &line->flags, &line->type, &line->inode, &path) != 3 ||
	    path == 0)
		return false;
	line->path = text + path;
	return line->path[0] != '\0';
}

/*
 * Returns true if the socket of LINE is bound to the file WANTED. The files are compared instead of their paths,
 * because the server may have used another path for bind(2). If LINE contains a path relative to the server's working
 * directory, which is unknown, queries the kernel for the file to which the socket is bound (unix_diag). If the kernel
 * does not report the file, looks up the path in the relay's working directory.
 */
static bool
is_same_file(const struct unix_line *line, const struct stat *wanted)
{
	uint32_t inode, device;
	struct stat st;

	if (line->path[0] != '/' && unix_diag_file(line->inode, &inode, &device))
		return inode == (uint32_t)wanted->st_ino && device >> 20 == major(wanted->st_dev) &&
		    (device & 0xfffff) == minor(wanted->st_dev);
	return lstat(line->path, &st) == 0 && st.st_ino == wanted->st_ino && st.st_dev == wanted->st_dev;
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* Returns true if SHOWN is the abstract name of ADDR. /proc/net/unix shows each NUL of an abstract name as '@'. */
static bool
is_same_name(const char *shown, const struct addr *addr)
{
	size_t i;

	if (strlen(shown) != addr->length)
		return false;
	for (i = 0; i < addr->length; i++)
		if (shown[i] != (addr->name[i] != '\0' ? addr->name[i] : '@'))
			return false;
	return true;
}

static bool
is_server(const struct unix_line *line, const struct addr *addr, const struct stat *st)
{
	if ((line->flags & FLAG_LISTENING) == 0)
		return false;
	if (addr->kind == ADDR_ABSTRACT)
		return is_same_name(line->path, addr);
	return strcmp(base_name(line->path), base_name(addr->name)) == 0 && is_same_file(line, st);
}

static int
listening_type(FILE *file, const struct addr *addr)
{
	struct unix_line line;
	struct stat st = { .st_ino = 0 };
	char *text = NULL;
	size_t size = 0;
	int type = 0;

	if (addr->kind == ADDR_PATH && stat(addr->name, &st) == -1)
		return 0;
	while (type == 0 && getline(&text, &size, file) != -1)
		if (line_parse(text, &line) && is_server(&line, addr, &st))
			type = (int)line.type;
	free(text);
	return type;
}

/* Returns true if the server's socket at ADDR is a datagram socket, so that a datagram socket can connect to ADDR. */
static bool
is_dgram(const struct addr *addr)
{
	struct endpoint_options options = { .role = ROLE_CONNECT, .type = SOCK_DGRAM };
	struct endpoint ep = ENDPOINT_NONE;
	NO_AUTO_INIT struct fail fail;

	if (endpoint_open(&ep, addr, &options, &fail) == -1)
		return false;
	endpoint_done(&ep);
	return true;
}

int
server_type_find(const struct addr *addr)
{
	FILE *file;
	int type = 0;

	if (addr->kind == ADDR_FD)
		return 0;
	if (is_dgram(addr))
		return SOCK_DGRAM;
	file = fopen("/proc/net/unix", "re");
	if (file == NULL)
		return 0;
	type = listening_type(file, addr);
	(void)fclose(file);
	return type == SOCK_STREAM || type == SOCK_SEQPACKET ? type : 0;
}

int
server_type_other(const struct addr *addr, int type)
{
	if (type != SOCK_DGRAM && is_dgram(addr))
		return SOCK_DGRAM;
	return type == SOCK_STREAM ? SOCK_SEQPACKET : SOCK_STREAM;
}
