/* SPDX-License-Identifier: ISC */
/*
 * Describes arbitrary control data on a socket of any family: the JSON is valid, the text contains no control
 * characters, and every descriptor is closed afterwards.
 *
 * Input: family, type, msg_flags, flags, nbytes (each a byte), then the control data.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/helper.h"
#include "base/compat.h"
#include "fuzz/check.h"
#include "tests/unit/message.h"

#define HEADER	  5
#define MOST	  4096
#define MOST_REAL 4
#define KEPT_OPEN 4 /* by the code under test: files in /proc, opened once */

static char room[256];

/*
 * Numbers in SCM_RIGHTS and SCM_PIDFD would be taken for descriptors of this process: some are replaced by real ones,
 * the others by negative numbers.
 */
static size_t
make_real(unsigned char *control, size_t size)
{
	struct fdpass_walk walk;
	struct fdpass_cmsg item;
	size_t i, length, real = 0;
	int number;

	fdpass_walk_begin(&walk, control, size);
	while (fdpass_walk_next(&walk, &item) == 1) {
		if (item.level != SOL_SOCKET || (item.type != SCM_RIGHTS && item.type != SCM_PIDFD))
			continue;
		/* The kernel puts one descriptor into SCM_PIDFD. */
		length = item.type == SCM_PIDFD && item.length > sizeof(number) ? sizeof(number) : item.length;
		for (i = 0; i + sizeof(number) <= length; i += sizeof(number)) {
			unsigned char *at = control + ((const unsigned char *)item.data - control) + i;

			memcpy(&number, at, sizeof(number));
			if (number >= 0 && real < MOST_REAL) {
				number = open(number % 2 ? "/" : "/dev/null", O_RDONLY | O_CLOEXEC);
				real += number >= 0;
			} else if (number >= 0) {
				number = -(number % 200) - 1;
			}
			memcpy(at, &number, sizeof(number));
		}
	}
	return real;
}

static void
check_text(const char *text)
{
	const unsigned char *p;

	for (p = (const unsigned char *)text; *p != '\0'; p++)
		HOLDS(*p == '\n' || (*p >= 0x20 && *p < 0x7f));
}

static int
lowest_free(void)
{
	int fd = dup(0);

	(void)close(fd);
	return fd;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW };
	static struct describer describer;
	static int grown;
	struct iovec buffer = { room, sizeof(room) };
	struct fdpass_msg *msg;
	struct message message = { .number = 1, .connection = 1, .buffers = &buffer, .buffer_count = 1, .peer_fd = -1 };
	int before;

	if (describer.json == NULL)
		describer_init(&describer);
	if (size < HEADER || size - HEADER > MOST)
		return 0;
	before = lowest_free();
	msg = fdpass_msg_new(size - HEADER);
	HOLDS(msg != NULL);
	message.domain = data[0] % 48;
	message.type = types[data[1] % 4];
	msg->flags = data[2] | (data[2] & 1 ? MSG_CTRUNC : 0) | (data[2] & 2 ? MSG_CMSG_CLOEXEC : 0);
	message.flags = data[3];
	message.nbytes = data[4];
	message.msg = msg;
	if (size > HEADER)
		memcpy(msg->control, data + HEADER, size - HEADER);
	msg->controllen = size - HEADER;
	if (msg->controllen > 0) {
		(void)make_real(msg->control, msg->controllen);
		fdp_msg_adopt(msg);
	}
	memcpy(room, data, size < sizeof(room) ? size : sizeof(room));
	describer_describe(&describer, &message);
	HOLDS(json_is_valid(describer_json(&describer)));
	check_text(describer_text(&describer));
	fdpass_msg_free(msg);
	helper_reap();
	grown += lowest_free() != before;
	HOLDS(grown <= KEPT_OPEN);
	return 0;
}
