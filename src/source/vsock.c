/* SPDX-License-Identifier: ISC */
/* AF_VSOCK sockets, which connect a virtual machine and its host (see vsock(7)). */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "base/fail.h"
#include "base/num.h"
#include "source/internal.h"
#include "source/source.h"

/* Parses a number less than 2^32. */
static int
number_parse(const struct source *source, const char *text, const char *name, unsigned int *value, struct fail *fail)
{
	const char *why;
	long long number;

	if (num_parse(text, 0, UINT_MAX, &number, &why) == -1)
		return fail_msg(fail, "%s: invalid %s '%s': %s", source->text, name, text, why);
	*value = (unsigned int)number;
	return 0;
}

static int
cid_parse(const struct source *source, const char *text, unsigned int *cid, struct fail *fail)
{
	static const struct {
		const char *name;
		unsigned int cid;
	} names[] = { { "any", VMADDR_CID_ANY }, { "host", VMADDR_CID_HOST }, { "local", VMADDR_CID_LOCAL } };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(text, names[i].name) == 0) {
			*cid = names[i].cid;
			return 0;
		}
	return number_parse(source, text, "CID", cid, fail);
}

/* Parses CID:PORT, or only PORT for a listening socket. */
static int
address_parse(const struct source *source, struct sockaddr_vm *address, struct fail *fail)
{
	const char *colon = strchr(source->what, ':');
	char cid[16];
	size_t length;

	*address = (struct sockaddr_vm){ .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY };
	if (colon == NULL && source->kind->open != vsock_listen)
		return fail_msg(fail, "%s: expected CID:PORT", source->text);
	if (colon == NULL)
		return number_parse(source, source->what, "port", &address->svm_port, fail);
	length = (size_t)(colon - source->what);
	if (length >= sizeof(cid))
		return fail_msg(fail, "%s: expected CID:PORT", source->text);
	(void)strlcpy(cid, source->what, length + 1);
	if (cid_parse(source, cid, &address->svm_cid, fail) == -1)
		return -1;
	return number_parse(source, colon + 1, "port", &address->svm_port, fail);
}

int
vsock_check(struct source_list *list, size_t index, const struct source_options *options, struct fail *fail)
{
	struct sockaddr_vm address;

	(void)options;
	return address_parse(&list->items[index], &address, fail);
}

/* Creates an AF_VSOCK socket and parses the address of SOURCE. Returns the socket, or -1 with *FAIL. */
static int
vsock_new(struct source *source, int flags, struct sockaddr_vm *address, struct fail *fail)
{
	if (address_parse(source, address, fail) == -1)
		return -1;
	source->fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	if (source->fd == -1)
		return fail_errno(fail, "%s: cannot create a socket", source->text);
	source->number = source->fd;
	source->ours = true;
	return 0;
}

int
vsock_connect(struct source *source, const struct source_options *options, struct fail *fail)
{
	struct sockaddr_vm address;
	int flags;

	if (vsock_new(source, SOCK_NONBLOCK, &address, fail) == -1)
		return -1;
	if (connect(source->fd, (const struct sockaddr *)&address, sizeof(address)) == 0 ||
	    ((errno == EINPROGRESS || errno == EINTR) &&
		inet_connect_finish(source->fd, options->endpoint.deadline) == 0)) {
		flags = fcntl(source->fd, F_GETFL);
		if (flags != -1 && fcntl(source->fd, F_SETFL, flags & ~O_NONBLOCK) == 0)
			return 0;
	}
	if (errno != ETIME)
		return fail_errno(fail, "%s: connect", source->text);
	(void)fail_msg(fail, "%s: connect: timed out", source->text);
	fail->reason = FAIL_TIMEOUT;
	return -1;
}

int
vsock_listen(struct source *source, const struct source_options *options, struct fail *fail)
{
	struct sockaddr_vm address;

	(void)options;
	if (vsock_new(source, 0, &address, fail) == -1)
		return -1;
	if (bind(source->fd, (const struct sockaddr *)&address, sizeof(address)) == -1 ||
	    listen(source->fd, INT_MAX) == -1)
		return fail_errno(fail, "%s: listen", source->text);
	return 0;
}
