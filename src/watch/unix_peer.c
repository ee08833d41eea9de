/* SPDX-License-Identifier: ISC */
/* Finds the other end of an AF_UNIX socket with sock_diag(7). */
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "watch/internal.h"

int
unix_peer_open(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
}

static int
ask(int netlink, uint32_t inode)
{
	struct {
		struct nlmsghdr header;
		struct unix_diag_req request;
	} ask = {
		.header = { .nlmsg_len = sizeof(ask), .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST },
		.request = { .sdiag_family = AF_UNIX,
		    .udiag_states = UINT32_MAX,
		    .udiag_ino = inode,
		    .udiag_show = UDIAG_SHOW_PEER,
		    .udiag_cookie = { UINT32_MAX, UINT32_MAX } }
	};

	return send(netlink, &ask, sizeof(ask), 0) == (ssize_t)sizeof(ask) ? 0 : -1;
}

/* Attributes are aligned, and so is the data after their header. */
#define ALIGNED(length)	 (((size_t)(length) + 3) & ~(size_t)3)
#define ATTRIBUTE_HEADER ALIGNED(sizeof(struct nlattr))

/* Returns the attribute of TYPE among the LENGTH bytes at AT; NULL if there is none of SIZE bytes. */
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

bool
unix_peer_inode(int netlink, uint64_t inode, uint64_t *peer)
{
	union {
		struct nlmsghdr header;
		char bytes[1024];
	} answer;
	const size_t start = NLMSG_LENGTH(sizeof(struct unix_diag_msg));
	const void *value;
	uint32_t number;
	ssize_t got;

	if (netlink == -1 || inode > UINT32_MAX || ask(netlink, (uint32_t)inode) == -1)
		return false;
	/* The kernel answers before send(2) returns. */
	got = recv(netlink, &answer, sizeof(answer), MSG_DONTWAIT);
	if (got < (ssize_t)start || answer.header.nlmsg_type != SOCK_DIAG_BY_FAMILY)
		return false;
	value = find_attribute(answer.bytes + start, (size_t)got - start, UNIX_DIAG_PEER, sizeof(number));
	if (value == NULL)
		return false;
	memcpy(&number, value, sizeof(number));
	*peer = number;
	return true;
}
