/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "inspect/unix_diag.h"

/* Minimum descriptor number of the netlink socket that is kept open. Received descriptors usually get lower numbers. */
#define NUMBER	  200
#define LIMIT_MIN 512 /* no netlink socket is kept if RLIMIT_NOFILE is lower */

/*
 * The netlink socket that unix_diag_prepare() has opened. The socket stays open, because a sandboxed process cannot
 * open another netlink socket.
 */
static int kept = -1;

int
unix_diag_open(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
}

static bool
request_send(int netlink, uint32_t inode, uint32_t what)
{
	ssize_t n;
	struct {
		struct nlmsghdr header;
		struct unix_diag_req request;
	} request = { .header = { .nlmsg_len = sizeof(request),
			  .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			  .nlmsg_flags = NLM_F_REQUEST,
			  .nlmsg_seq = inode },
		.request = { .sdiag_family = AF_UNIX,
		    .udiag_states = UINT32_MAX,
		    .udiag_ino = inode,
		    .udiag_show = what,
		    .udiag_cookie = { UINT32_MAX, UINT32_MAX } } };

	do
		n = send(netlink, &request, sizeof(request), 0);
	while (n == -1 && errno == EINTR);
	return n == (ssize_t)sizeof(request);
}

/*
 * Receives the reply to the request for the socket INODE. Skips replies to earlier requests. Returns the length of the
 * reply, or -1.
 */
static ssize_t
receive(int netlink, uint32_t inode, void *answer, size_t size)
{
	struct nlmsghdr header;
	ssize_t n;

	for (;;) {
		/* The kernel sends the reply before send(2) returns. */
		n = recv(netlink, answer, size, MSG_DONTWAIT);
		if (n == -1 && errno == EINTR)
			continue;
		if (n < (ssize_t)sizeof(header))
			return -1;
		memcpy(&header, answer, sizeof(header));
		if (header.nlmsg_seq == inode)
			return header.nlmsg_type == SOCK_DIAG_BY_FAMILY ? n : -1;
	}
}

/* Attributes and the data after their header are aligned to four bytes. */
#define ALIGNED(length)	 (((size_t)(length) + 3) & ~(size_t)3)
#define ATTRIBUTE_HEADER ALIGNED(sizeof(struct nlattr))

/*
 * Searches the netlink attributes in the LENGTH bytes at AT. Returns the data of the attribute of type TYPE, or NULL if
 * there is no such attribute with SIZE bytes of data.
 */
static const void *
find_attribute(const char *at, size_t length, unsigned int type, size_t size)
{
	struct nlattr attribute;
	size_t step;

	while (length >= ATTRIBUTE_HEADER) {
		memcpy(&attribute, at, sizeof(attribute));
		if (attribute.nla_len < ATTRIBUTE_HEADER || attribute.nla_len > length)
			break;
		if (attribute.nla_type == type && attribute.nla_len - ATTRIBUTE_HEADER == size)
			return at + ATTRIBUTE_HEADER;
		step = ALIGNED(attribute.nla_len);
		if (step > length)
			break;
		at += step;
		length -= step;
	}
	return NULL;
}

/*
 * Requests the information WHAT about the socket INODE, and copies the attribute of type TYPE from the reply to VALUE,
 * which has SIZE bytes. Returns false if the attribute is not available.
 */
static bool
query(int netlink, uint64_t inode, uint32_t what, unsigned int type, void *value, size_t size)
{
	union {
		struct nlmsghdr header;
		char bytes[1024];
	} answer;
	const size_t start = NLMSG_LENGTH(sizeof(struct unix_diag_msg));
	const void *attribute;
	ssize_t got;

	if (netlink == -1 || inode > UINT32_MAX || !request_send(netlink, (uint32_t)inode, what))
		return false;
	got = receive(netlink, (uint32_t)inode, &answer, sizeof(answer));
	if (got < (ssize_t)start)
		return false;
	attribute = find_attribute(answer.bytes + start, (size_t)got - start, type, size);
	if (attribute != NULL)
		memcpy(value, attribute, size);
	return attribute != NULL;
}

bool
unix_diag_peer(int netlink, uint64_t inode, uint64_t *peer)
{
	uint32_t number;

	if (!query(netlink, inode, UDIAG_SHOW_PEER, UNIX_DIAG_PEER, &number, sizeof(number)))
		return false;
	/* The inode number 0 means that the peer socket was closed. */
	*peer = number;
	return number != 0;
}

/*
 * Returns true if a query will not load a kernel module, because unix_diag is already loaded or because the kernel
 * cannot load modules.
 */
static bool
asking_loads_nothing(void)
{
	return access("/sys/module/unix_diag", F_OK) == 0 ||
	    (access("/proc/sys/kernel", F_OK) == 0 && access("/proc/sys/kernel/modprobe", F_OK) == -1);
}

bool
unix_diag_file(uint64_t inode, uint32_t *file, uint32_t *device)
{
	struct unix_diag_vfs vfs;
	bool known;
	int netlink = asking_loads_nothing() ? unix_diag_open() : -1;

	known = query(netlink, inode, UDIAG_SHOW_VFS, UNIX_DIAG_VFS, &vfs, sizeof(vfs));
	if (netlink != -1)
		(void)close(netlink);
	*file = known ? vfs.udiag_vfs_ino : 0;
	*device = known ? vfs.udiag_vfs_dev : 0;
	return known;
}

void
unix_diag_prepare(void)
{
	/*
	 * The variable is static, because the process may confine itself after the first call, and a confined process
	 * must not try again.
	 */
	static bool tried;
	struct rlimit limit;
	int fd;

	if (tried)
		return;
	tried = true;
	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur < LIMIT_MIN || !asking_loads_nothing() ||
	    (fd = unix_diag_open()) == -1)
		return;
	kept = fcntl(fd, F_DUPFD_CLOEXEC, NUMBER);
	(void)close(fd);
}

bool
unix_diag_peer_gone(uint64_t inode, bool *gone)
{
	uint32_t number;

	if (!query(kept, inode, UDIAG_SHOW_PEER, UNIX_DIAG_PEER, &number, sizeof(number)))
		return false;
	*gone = number == 0;
	return true;
}

bool
unix_diag_backlog(uint64_t inode, uint32_t *used, uint32_t *limit)
{
	struct unix_diag_rqlen lengths;

	if (!query(kept, inode, UDIAG_SHOW_RQLEN, UNIX_DIAG_RQLEN, &lengths, sizeof(lengths)))
		return false;
	*used = lengths.udiag_rqueue;
	*limit = lengths.udiag_wqueue;
	return true;
}
