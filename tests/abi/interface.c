/* SPDX-License-Identifier: ISC */
/*
 * The interface of the last release, for tests/abi.sh: this file compiles only if the header still declares the same
 * functions, structures and constants. Unlike a dump of abidw(1), it includes constants, and functions that abidw(1)
 * does not associate with their symbols. Add declarations here only with a new release.
 */
#include "fdpass.h"

/*
 * The declarations in this file repeat those of the header. The compiler reports an error if a type differs from the
 * header.
 */
ssize_t fdpass_cmsg_len(ssize_t);
ssize_t fdpass_cmsg_space(ssize_t);
void fdpass_walk_begin(struct fdpass_walk *, const void *, size_t);
int fdpass_walk_next(struct fdpass_walk *, struct fdpass_cmsg *);
struct fdpass_msg *fdpass_msg_new(size_t);
void fdpass_msg_free(struct fdpass_msg *);
void fdpass_msg_done(struct fdpass_msg *);
ssize_t fdpass_recvmsg(int, struct fdpass_msg *, void *, size_t, int, const struct fdpass_wait *);
ssize_t fdpass_recvmsg_into(int, struct fdpass_msg *, const struct iovec *, size_t, int, const struct fdpass_wait *);
ssize_t fdpass_recv_fds(int, struct fdpass_msg *, void *, size_t, size_t, int, const struct fdpass_wait *);
int fdpass_msg_flags(const struct fdpass_msg *);
const struct sockaddr *fdpass_msg_address(const struct fdpass_msg *, socklen_t *);
size_t fdpass_msg_count(const struct fdpass_msg *);
int fdpass_msg_item(const struct fdpass_msg *, size_t, struct fdpass_cmsg *);
int fdpass_msg_walk_state(const struct fdpass_msg *);
size_t fdpass_msg_ancbufsize(const struct fdpass_msg *);
size_t fdpass_msg_controllen(const struct fdpass_msg *);
size_t fdpass_msg_fd_count(const struct fdpass_msg *);
int fdpass_msg_fd(const struct fdpass_msg *, size_t);
int fdpass_msg_take_fd(struct fdpass_msg *, size_t);
int fdpass_msg_pidfd(const struct fdpass_msg *);
int fdpass_msg_take_pidfd(struct fdpass_msg *);
ssize_t fdpass_sendmsg(int, const struct iovec *, size_t, const struct fdpass_cmsg *, size_t, int,
    const struct sockaddr *, socklen_t, const struct fdpass_wait *);
ssize_t fdpass_send_fds(int, const struct iovec *, size_t, const int *, size_t, int, const struct sockaddr *, socklen_t,
    const struct fdpass_wait *);
int fdpass_unix_address(const void *, size_t, struct sockaddr_un *, socklen_t *);
int fdpass_unix_name(const struct sockaddr_un *, socklen_t, const char **, size_t *);
int64_t fdpass_deadline(int64_t);
const char *fdpass_version(void);

struct released_wait {
	int64_t deadline;
	int (*interrupted)(void *arg);
	void *arg;
};

struct released_cmsg {
	int level;
	int type;
	const void *data;
	size_t length;
	size_t claimed;
	int state;
};

struct released_walk {
	const void *at;
	size_t left;
	int state;
};

#define SAME_SIZE(name) \
	_Static_assert(sizeof(struct fdpass_##name) == sizeof(struct released_##name), "size of struct fdpass_" #name)
#define SAME_MEMBER(name, member) \
	_Static_assert(offsetof(struct fdpass_##name, member) == offsetof(struct released_##name, member) && \
		__builtin_types_compatible_p(__typeof__(((struct fdpass_##name *)0)->member), \
		    __typeof__(((struct released_##name *)0)->member)), \
	    #member " in struct fdpass_" #name)
#define SAME_VALUE(name, value) _Static_assert((name) == (value), #name)

SAME_SIZE(wait);
SAME_MEMBER(wait, deadline);
SAME_MEMBER(wait, interrupted);
SAME_MEMBER(wait, arg);
SAME_SIZE(cmsg);
SAME_MEMBER(cmsg, level);
SAME_MEMBER(cmsg, type);
SAME_MEMBER(cmsg, data);
SAME_MEMBER(cmsg, length);
SAME_MEMBER(cmsg, claimed);
SAME_MEMBER(cmsg, state);
SAME_SIZE(walk);
SAME_MEMBER(walk, at);
SAME_MEMBER(walk, left);
SAME_MEMBER(walk, state);

SAME_VALUE(FDPASS_MAX_FDS, 253);
SAME_VALUE(FDPASS_ANCBUFSIZE, 4096);
SAME_VALUE(FDPASS_TAKEN, INT32_MIN);
SAME_VALUE(FDPASS_NEVER, INT64_MAX);
SAME_VALUE(FDPASS_ITEM, 0);
SAME_VALUE(FDPASS_ITEM_CUT, 1);
SAME_VALUE(FDPASS_END, 2);
SAME_VALUE(FDPASS_TRAILING, 3);
SAME_VALUE(FDPASS_BAD_LENGTH, 4);
SAME_VALUE(FDPASS_CUT_BEFORE_DATA, 5);
