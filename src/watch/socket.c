/* SPDX-License-Identifier: ISC */
/*
 * The properties of the socket that sent or received a message. Some properties of a connected socket never change.
 * These constant properties are determined once and cached. The key of the cache is the socket's cookie (SO_COOKIE), a
 * number that the kernel never uses for another socket.
 */
#include <stdint.h>
#include <sys/socket.h>

#include "base/compat.h"
#include "base/filestat.h"
#include "lib/internal.h"
#include "inspect/unix_diag.h"
#include "watch/internal.h"

static int
option(int fd, int name)
{
	int value = fdp_sock_option(fd, name);

	return value != -1 ? value : 0;
}

/* Returns the cookie of the socket, or 0 if the cookie is unknown. No socket has the cookie 0. */
static uint64_t
cookie_of(int fd)
{
	uint64_t cookie = 0;
	socklen_t length = sizeof(cookie);

	return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length) == 0 ? cookie : 0;
}

/*
 * Returns true if the properties of the socket cannot change. An AF_UNIX datagram socket can connect to another peer
 * later; other connected sockets keep their peer.
 */
static bool
is_fixed(const struct socket_facts *f)
{
	return f->domain != AF_UNIX || (f->type != SOCK_DGRAM && f->peer.known && f->has_peer_inode);
}

static void
find(int fd, int *netlink, struct socket_facts *f)
{
	struct file_stat st;

	f->domain = option(fd, SO_DOMAIN);
	f->type = option(fd, SO_TYPE);
	peer_of_socket(fd, &f->peer);
	f->has_peer_inode = false;
	if (f->domain != AF_UNIX || file_stat(fd, &st) == -1)
		return;
	/*
	 * The netlink socket is opened on first use, because a socket that was opened before the start of the tracer
	 * process would be closed there.
	 */
	if (*netlink == -1)
		*netlink = unix_diag_open();
	f->has_peer_inode = unix_diag_peer(*netlink, st.ino, &f->peer_inode);
}

const struct socket_facts *
socket_find(struct socket_cache *cache, int fd)
{
	uint64_t cookie = cookie_of(fd);
	struct socket_facts *f = &cache->facts[cookie % SOCKETS_CACHED];

	if (cookie != 0 && f->cookie == cookie)
		return f;
	find(fd, &cache->netlink, f);
	f->cookie = is_fixed(f) ? cookie : 0;
	return f;
}
