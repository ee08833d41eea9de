/* SPDX-License-Identifier: ISC */
/* Handles the requests of clients on any type of socket. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "net/receive.h"
#include "inspect/fd.h"
#include "inspect/idmap.h"
#include "hold/internal.h"

int *
msg_take(struct fdpass_msg *msg, size_t *count, struct fail *fail)
{
	size_t i, slots = fdpass_msg_fd_count(msg);
	int *fds = calloc(slots + 2, sizeof(*fds)), fd;

	*count = 0;
	if (fds == NULL) {
		(void)fail_errno(fail, "cannot receive descriptors");
		return NULL;
	}
	for (i = 0; i < slots; i++)
		if ((fd = fdpass_msg_take_fd(msg, i)) != -1)
			fds[(*count)++] = fd;
	return fds;
}

ssize_t
hold_receive(struct hold *h, int fd, void *buffer, size_t size, const struct fdpass_wait *wait)
{
	struct iovec data = { buffer, size };

	return receive_message(fd, h->msg, &data, 1, wait == NULL ? MSG_DONTWAIT : 0, wait);
}

void
msg_discard(struct fdpass_msg *msg)
{
	size_t i, slots = fdpass_msg_fd_count(msg);
	int fds[FDPASS_MAX_FDS + 1], err = errno;
	size_t count = 0;

	for (i = 0; i < slots && count < FDPASS_MAX_FDS; i++)
		if ((fds[count] = fdpass_msg_take_fd(msg, i)) != -1)
			count++;
	if ((fds[count] = fdpass_msg_take_pidfd(msg)) != -1)
		count++;
	fd_close_all(fds, count);
	fdpass_msg_done(msg);
	errno = err;
}

int
request_check(struct hold *h, const struct sender *sender, const struct fdpass_msg *msg, struct fail *fail)
{
	const struct hold_options *o = h->options;
	int rc = 0;

	if (!sender->is_command && o->admit != NULL) {
		rc = o->admit(o->arg, &sender->peer, fail);
		fail->err = EPERM;
	}
	if (rc == 0 && (fdpass_msg_flags(msg) & MSG_CTRUNC) != 0) {
		rc = fail_msg(fail, "descriptors of the message were lost: too many open files");
		fail->err = EMFILE;
	}
	if (rc == 0 && (fdpass_msg_flags(msg) & MSG_TRUNC) != 0) {
		rc = fail_msg(fail, "the message is longer than %d bytes", NOTIFY_MESSAGE_MAX);
		fail->err = EMSGSIZE;
	}
	if (rc == 0 && o->check != NULL) {
		rc = o->check(o->arg, msg, fail);
		fail->err = EPERM;
	}
	return rc;
}

static const char *
plural(size_t count)
{
	return count == 1 ? "" : "s";
}

int
request_store(
    struct hold *h, const struct notify *n, const struct peer *peer, const int *fds, size_t count, struct fail *fail)
{
	const struct store_properties properties = { n->name, n->poll, request_user(h, peer->uid) };
	size_t added;

	if (count == 0) {
		(void)fail_msg(fail, "FDSTORE=1 needs a descriptor");
		fail->err = EBADF;
		return -1;
	}
	if (!properties.user.owner && store_name_is_foreign(&h->store, n->name, &properties.user)) {
		(void)fail_msg(fail, "the name is in use by another user");
		fail->err = EPERM;
		fd_close_all(fds, count);
		return -1;
	}
	if (store_add(&h->store, &properties, fds, count, &added, fail) == -1) {
		fd_close_all(fds, count);
		return -1;
	}
	hold_log(h, "stored %zu descriptor%s as %s%s", added, plural(added), n->name,
	    added < count ? " (the others are in the store already)" : "");
	return 0;
}

int
request_remove(struct hold *h, const struct notify *n, const struct peer *peer, size_t *count, struct fail *fail)
{
	const struct store_user user = request_user(h, peer->uid);

	if (!n->has_name) {
		(void)fail_msg(fail, "FDSTOREREMOVE=1 needs a valid FDNAME=");
		fail->err = EINVAL;
		return -1;
	}
	*count = store_remove(&h->store, n->name, &user);
	if (*count == 0) {
		(void)fail_msg(fail, "no descriptor is named %s", n->name);
		fail->err = ENOENT;
		return -1;
	}
	hold_log(h, "removed %zu descriptor%s named %s", *count, plural(*count), n->name);
	return 0;
}

static void
write_ready_fd(struct hold *h)
{
	if (h->ready || h->options->ready_fd == -1)
		return;
	h->ready = true;
	if (write(h->options->ready_fd, "\n", 1) != 1)
		hold_warn(h, "write to descriptor %d (--ready-fd) failed", h->options->ready_fd);
}

void
request_others(struct hold *h, const struct notify *n, const struct sender *sender, const char *text, size_t length)
{
	char others[NOTIFY_MESSAGE_MAX + 1];
	size_t used;

	if (n->other_count == 0)
		return;
	used = notify_others(text, length, others);
	others[used] = '\0';
	if (sender->peer.known)
		hold_log(h, "notification from pid %d: %s", (int)sender->peer.pid, others);
	else
		hold_log(h, "notification from an unknown sender: %s", others);
	if (n->ready && sender->is_command)
		write_ready_fd(h);
	if (h->upstream.endpoint.fd != -1 && !upstream_send(h, others, used, NULL, 0))
		hold_warn(h, "a notification was lost because NOTIFY_SOCKET did not accept it");
}

bool
request_is_own_user(uid_t uid)
{
	return uid == geteuid() && idmap_uid(uid) == ID_MAPPED;
}

struct store_user
request_user(const struct hold *h, uid_t uid)
{
	return (struct store_user){ .uid = uid,
		.owner = uid != (uid_t)-1 &&
		    (uid == 0 || request_is_own_user(uid) ||
			(uid == h->options->owner && idmap_uid(uid) == ID_MAPPED)) };
}

bool
request_is_owner(const struct hold *h, const struct peer *peer)
{
	return peer->known && request_user(h, peer->uid).owner;
}
