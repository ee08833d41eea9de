/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "base/escape.h"
#include "lib/fdpass.h"
#include "lib/internal.h"
#include "verb/show_table.h"

#define HOLDERS_SHOWN 3 /* maximum number of holders that are listed for one descriptor */

enum column { PID, COMMAND, FD, KIND, ACCESS, HOLDERS, PEERS, NAME, COLUMNS };

static const char *const headings[COLUMNS] = { "PID", "COMMAND", "FD", "KIND", "ACCESS", "HOLDERS", "PEERS", "NAME" };

struct row {
	char *cells[COLUMNS];
};

struct show_table {
	struct row *rows;
	size_t count;
	bool has_holders;
};

struct show_table *
show_table_new(bool has_holders)
{
	struct show_table *table = calloc(1, sizeof(*table));

	if (table != NULL)
		table->has_holders = has_holders;
	return table;
}

void
show_table_free(struct show_table *table)
{
	size_t i, column;

	if (table == NULL)
		return;
	for (i = 0; i < table->count; i++)
		for (column = 0; column < COLUMNS; column++)
			free(table->rows[i].cells[column]);
	free(table->rows);
	free(table);
}

/* Writes a path or abstract name. Each NUL of an abstract name is written as '@'. */
static void
unix_write(const struct sockaddr_un *address, socklen_t length, char *text, size_t size)
{
	const char *name;
	size_t count, i;

	if (fdpass_unix_name(address, length, &name, &count) != 1)
		return;
	for (i = 0; i < count && i + 1 < size; i++)
		text[i] = name[i];
	text[i] = '\0';
	for (; i > 0; i--)
		if (text[i - 1] == '\0')
			text[i - 1] = '@';
}

/* Writes an address such as "vsock:any:80". */
static void
vsock_write(const struct sockaddr_vm *address, char *text, size_t size)
{
	if (address->svm_port == VMADDR_PORT_ANY)
		return;
	if (address->svm_cid == VMADDR_CID_ANY)
		(void)snprintf(text, size, "vsock:any:%u", address->svm_port);
	else
		(void)snprintf(text, size, "vsock:%u:%u", address->svm_cid, address->svm_port);
}

/* Writes a socket address such as "127.0.0.1:80", "/run/x" or "@x". Writes "" if the socket has no address. */
static void
address_write(const struct sockaddr_storage *address, socklen_t length, char *text, size_t size)
{
	char host[NI_MAXHOST], port[NI_MAXSERV];

	*text = '\0';
	if (address->ss_family == AF_UNIX)
		unix_write((const struct sockaddr_un *)(const void *)address, length, text, size);
	else if (address->ss_family == AF_VSOCK && length >= sizeof(struct sockaddr_vm))
		vsock_write((const struct sockaddr_vm *)(const void *)address, text, size);
	else if ((address->ss_family == AF_INET || address->ss_family == AF_INET6) &&
	    getnameinfo((const struct sockaddr *)address, length, host, sizeof(host), port, sizeof(port),
		NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		(void)snprintf(text, size, strchr(host, ':') != NULL ? "[%s]:%s" : "%s:%s", host, port);
}

/* Describes a socket, for example "listening on 127.0.0.1:80" or "127.0.0.1:80 -> 127.0.0.1:4711". */
static void
socket_write(int fd, char *text, size_t size)
{
	struct sockaddr_storage local = { .ss_family = AF_UNSPEC }, peer = local;
	socklen_t length = sizeof(local), peer_length = sizeof(peer);
	char from[256] = "", to[256] = "";

	if (getsockname(fd, (struct sockaddr *)&local, &length) == 0)
		address_write(&local, length, from, sizeof(from));
	if (getpeername(fd, (struct sockaddr *)&peer, &peer_length) == 0)
		address_write(&peer, peer_length, to, sizeof(to));
	if (*from != '\0' || *to != '\0')
		(void)snprintf(text, size, "%s%s%s%s", fdp_sock_option(fd, SO_ACCEPTCONN) == 1 ? "listening on " : "",
		    from, *to != '\0' ? " -> " : "", to);
}

/*
 * Formats the descriptor's name, in the same quotation marks as in text output, and the object to which the descriptor
 * refers.
 */
static char *
name_make(const struct fd_facts *f, const struct show_table_row *row)
{
	char text[600] = "", *cell, *end;
	const char *object = f->link;
	size_t size;

	if (strcmp(fd_kind_word(f), "socket") == 0)
		socket_write(f->fd, text, sizeof(text));
	if (*text != '\0')
		object = text;
	size = 4 * (row->name_length + strlen(object)) + 4;
	cell = end = malloc(size);
	if (cell == NULL)
		return NULL;
	*end = '\0';
	if (row->name != NULL) {
		*end++ = '"';
		escape_vis_string(end, size - 1, row->name, row->name_length);
		end = stpcpy(end + strlen(end), "\" ");
	}
	escape_vis_string(end, size - (size_t)(end - cell), object, strlen(object));
	return cell;
}

static char *
number_make(long long number)
{
	char *text;

	return asprintf(&text, "%lld", number) == -1 ? NULL : text;
}

static char *
comm_make(const char *comm)
{
	char *escaped = malloc(4 * strlen(comm) + 1);

	if (escaped != NULL)
		escape_vis_string(escaped, 4 * strlen(comm) + 1, comm, strlen(comm));
	return escaped;
}

/*
 * Formats the first holders, and the number of further holders, without spaces, as in "4711:3(sleep),4712:3(sleep),+7".
 */
static char *
holders_make(const struct holder_list *list)
{
	size_t size = 16 + HOLDERS_SHOWN * (4 * PROC_COMM_SIZE + 32), used = 0, i;
	char *text = malloc(size), *comm, *blank;

	if (text == NULL)
		return NULL;
	(void)strlcpy(text, "-", size);
	for (i = 0; i < list->count && i < HOLDERS_SHOWN; i++) {
		comm = comm_make(list->items[i].comm);
		if (comm == NULL) {
			free(text);
			return NULL;
		}
		for (blank = comm; (blank = strchr(blank, ' ')) != NULL;)
			*blank = '_';
		used += (size_t)snprintf(text + used, size - used, "%s%d:%d(%s)", i > 0 ? "," : "",
		    (int)list->items[i].pid, list->items[i].fd, comm);
		free(comm);
	}
	if (i < list->count)
		(void)snprintf(text + used, size - used, ",+%zu", list->count - i);
	return text;
}

int
show_table_add(struct show_table *table, const struct fd_facts *f, const struct show_table_row *row)
{
	static const char *const access_words[] = { [ACCESS_UNKNOWN] = "-",
		[ACCESS_READ] = "r",
		[ACCESS_WRITE] = "w",
		[ACCESS_BOTH] = "rw",
		[ACCESS_PATH] = "path" };
	struct row *rows = reallocarray(table->rows, table->count + 1, sizeof(*rows));
	size_t column;
	char **cells;

	if (rows == NULL)
		return -1;
	table->rows = rows;
	cells = rows[table->count++].cells;
	cells[PID] = row->pid != 0 ? number_make(row->pid) : strdup("-");
	cells[COMMAND] = row->pid != 0 ? comm_make(row->comm) : strdup("-");
	cells[FD] = number_make(f->number);
	cells[KIND] = strdup(fd_kind_word(f));
	cells[ACCESS] = strdup(access_words[f->access]);
	cells[HOLDERS] = holders_make(&row->holders);
	cells[PEERS] = holders_make(&row->peers);
	cells[NAME] = name_make(f, row);
	for (column = 0; column < COLUMNS; column++)
		if (cells[column] == NULL)
			return -1;
	return 0;
}

/* Returns the width of the terminal on standard output, or 0 if standard output is not a terminal. */
static size_t
terminal_width(void)
{
	struct winsize window;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 ? window.ws_col : 0;
}

static void
row_print(const struct show_table *table, const char *const *cells, const size_t *widths, size_t limit)
{
	char *line, *holders = NULL;
	int n = 0;

	if (table->has_holders)
		n = asprintf(
		    &holders, "%-*s  %-*s  ", (int)widths[HOLDERS], cells[HOLDERS], (int)widths[PEERS], cells[PEERS]);
	if (n == -1)
		return;
	n = asprintf(&line, "%*s  %-*s  %*s  %-*s  %-*s  %s%s", (int)widths[PID], cells[PID], (int)widths[COMMAND],
	    cells[COMMAND], (int)widths[FD], cells[FD], (int)widths[KIND], cells[KIND], (int)widths[ACCESS],
	    cells[ACCESS], holders != NULL ? holders : "", cells[NAME]);
	free(holders);
	if (n == -1)
		return;
	(void)printf("%.*s\n", limit > 0 && (size_t)n > limit ? (int)limit : n, line);
	free(line);
}

int
show_table_print(const struct show_table *table)
{
	size_t widths[COLUMNS], column, i, length, limit = terminal_width();

	if (table->count == 0)
		return 0;
	for (column = 0; column < COLUMNS; column++) {
		widths[column] = strlen(headings[column]);
		for (i = 0; i < table->count; i++) {
			length = strlen(table->rows[i].cells[column]);
			if (length > widths[column])
				widths[column] = length;
		}
	}
	row_print(table, headings, widths, limit);
	for (i = 0; i < table->count; i++)
		row_print(table, (const char *const *)table->rows[i].cells, widths, limit);
	return fflush(stdout) == 0 && ferror(stdout) == 0 ? 0 : -1;
}
