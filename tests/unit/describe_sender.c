/* SPDX-License-Identifier: ISC */
/*
 * Tests of descriptions of the sender of a message, of data that --max-data limits, and of messages that other
 * processes sent or received (watch).
 */
#include <errno.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <linux/netlink.h>

#include "message.h"
#include "tap.h"

static struct describer describer;

static void
has(const char *where, const char *text, const char *name)
{
	if (!ok(strstr(where, text) != NULL, "%s", name))
		diag("%s is not in %s", text, where);
}

static void
lacks(const char *where, const char *text, const char *name)
{
	if (!ok(strstr(where, text) == NULL, "%s", name))
		diag("%s is in %s", text, where);
}

/*
 * Initializes a message of LENGTH bytes at DATA without control messages. Returns the memory of the message, which the
 * caller must free.
 */
static struct fdpass_msg *
begin(struct message *m, struct iovec *buffer, char *data, size_t length)
{
	struct fdpass_msg *msg = fdpass_msg_new(64);

	if (msg == NULL)
		abort();
	*buffer = (struct iovec){ data, length };
	*m = (struct message){ .number = 1,
		.connection = 1,
		.msg = msg,
		.domain = AF_UNIX,
		.type = SOCK_SEQPACKET,
		.nbytes = (ssize_t)length,
		.buffers = buffer,
		.buffer_count = 1,
		.peer_fd = -1 };
	return msg;
}

/* Checks that SHOWN of the LENGTH bytes at DATA are shown if the limit is MAX bytes. */
static void
shows(char *data, size_t length, size_t max, size_t shown)
{
	struct iovec buffer;
	struct fdpass_msg *msg;
	struct message m;
	char want[64], name[96];

	msg = begin(&m, &buffer, data, length);
	m.limit_data = true;
	m.max_data = max;
	describer_describe(&describer, &m);
	(void)snprintf(want, sizeof(want), "\"data_omitted\":%zu}", length - shown);
	(void)snprintf(name, sizeof(name), "%zu of %zu bytes are shown with a limit of %zu", shown, length, max);
	has(describer_json(&describer), want, name);
	if (shown == length)
		lacks(describer_text(&describer), "more byte", "complete data has no remaining bytes");
	else if (shown > 0)
		(void)snprintf(
		    want, sizeof(want), " and %zu more byte%s\n", length - shown, length - shown == 1 ? "" : "s");
	else
		(void)snprintf(want, sizeof(want), "\n  %zu byte%s of data\n", length, length == 1 ? "" : "s");
	if (shown < length)
		has(describer_text(&describer), want, name);
	fdpass_msg_free(msg);
}

/* If the limit is within a multi-byte UTF-8 character, the character must not be split. */
static void
test_limit(void)
{
	static const size_t whole[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10 };
	char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", invalid[] = "a\x80\x80\x80\x80\x80";
	size_t i;

	for (i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		shows(text, 10, i, whole[i]);
	for (i = 0; i <= 6; i++)
		shows(invalid, 6, i, i);
	shows(text, 1, 0, 0);
	shows(text, 2, 1, 1);
}

static void
test_peer(void)
{
	const struct ucred known = { .pid = 42, .uid = 1000, .gid = 100 }, hidden = { .pid = 0 };
	struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = "/sender" };
	char data[] = "x";
	struct iovec buffer;
	struct fdpass_msg *msg;
	struct message m;

	msg = begin(&m, &buffer, data, 1);
	m.peer = &known;
	fdp_msg_set_address(msg, &sun, sizeof(sun));
	describer_describe(&describer, &m);
	has(describer_text(&describer),
	    "message 1: 1 byte\n  data \"x\"\n  address \"/sender\"\n  from pid 42, uid 1000, gid 100\n",
	    "the sender is shown in text");
	has(describer_json(&describer), "\"peer\":{\"pid\":42,\"uid\":1000,\"gid\":100},\"msg_flags\":[]",
	    "the sender is shown in JSON");
	has(describer_json(&describer), "\"address\":{\"family\":\"AF_UNIX\",\"family_value\":1,\"path\":\"/sender\"",
	    "the address of the sender is shown in JSON");
	m.peer = &hidden;
	m.direction = DIRECTION_SENT;
	m.connection = 3;
	m.end_of_file = true;
	m.nbytes = 0;
	describer_describe(&describer, &m);
	has(describer_text(&describer), "message 1 on connection 3 sent: 0 bytes, end of file\n",
	    "the end of file is shown in text");
	has(describer_text(&describer), "\n  to pid not visible here, uid 0, gid 0\n",
	    "a receiver that is not visible is shown in text");
	has(describer_json(&describer), "\"direction\":\"sent\"", "the direction is shown in JSON");
	has(describer_json(&describer), "\"peer\":{\"pid\":null,\"uid\":0,\"gid\":0}",
	    "a receiver that is not visible is shown in JSON");
	m.peer = NULL;
	m.direction = DIRECTION_RECEIVED;
	describer_describe(&describer, &m);
	has(describer_json(&describer), "\"direction\":\"received\"", "the other direction is shown in JSON");
	has(describer_json(&describer), "\"peer\":null", "an unknown sender is null");
	fdpass_msg_free(msg);
}

/*
 * A netlink message from the kernel has the process ID 0. A netlink message from a program has an address with a port.
 */
static void
test_kernel(void)
{
	const struct ucred credentials = { .pid = 0, .uid = 65534, .gid = 65534 };
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	char data[] = "x";
	struct iovec buffer;
	struct fdpass_msg *msg;
	struct message m;

	msg = begin(&m, &buffer, data, 1);
	m.domain = AF_NETLINK;
	message_put(msg, SOL_SOCKET, SCM_CREDENTIALS, &credentials, sizeof(credentials));
	fdp_msg_adopt(msg);
	fdp_msg_set_address(msg, &address, sizeof(address));
	describer_describe(&describer, &m);
	has(describer_json(&describer), "\"problems\":[]", "the kernel is not an unknown sender");
	address.nl_pid = 5;
	fdp_msg_set_address(msg, &address, sizeof(address));
	describer_describe(&describer, &m);
	has(describer_json(&describer), "\"problems\":[\"sender unknown: ", "a program is an unknown sender");
	address.nl_pid = 0;
	fdp_msg_set_address(msg, &address, sizeof(address) - 1);
	describer_describe(&describer, &m);
	has(describer_json(&describer),
	    "\"problems\":[\"sender unknown: ", "an incomplete address is not that of the kernel");
	m.domain = AF_UNIX;
	fdp_msg_set_address(msg, &address, sizeof(address));
	describer_describe(&describer, &m);
	has(describer_json(&describer),
	    "\"problems\":[\"sender unknown: ", "other sockets have no messages of the kernel");
	fdpass_msg_free(msg);
}

static void
test_origin(void)
{
	static const char *const problems[] = { "one problem", "another problem" };
	struct message_origin origin = { .pid = 42, .directory = -1, .comm = "a\tb", .comm_length = 3, .error = EPERM };
	char data[] = "xyz";
	struct iovec buffer;
	struct fdpass_msg *msg;
	struct message m;

	origin.socket_number = 7;
	origin.pidfd_number = FDPASS_TAKEN;
	origin.data_length = 3;
	msg = begin(&m, &buffer, data, 3);
	m.origin = &origin;
	m.peer_fd = -EPERM;
	m.direction = DIRECTION_SENT;
	describer_describe(&describer, &m);
	has(describer_text(&describer), "message 1 sent by process 42 (a\\tb): failed, Operation not permitted\n",
	    "the process and the error are shown in text");
	has(describer_text(&describer), "\n  through fd 7: cannot be duplicated: Operation not permitted\n",
	    "the socket is shown in text");
	has(describer_json(&describer), "\"connection\":null", "the connection is null");
	has(describer_json(&describer), "\"nbytes\":null", "the number of bytes of a failed call is null");
	has(describer_json(&describer),
	    ",\"pid\":42,\"comm\":\"a\\tb\",\"comm_base64\":null,\"errno\":\"EPERM\",\"errno_value\":1,\"socket\":{\"fd\":7,",
	    "the process, the error and the socket are shown in JSON");
	has(describer_json(&describer), "\"peer_inode\":null}\n", "an unknown peer is null");
	origin.error = 0;
	origin.comm = NULL;
	origin.has_peer_inode = true;
	origin.peer_inode = 99;
	origin.problems = problems;
	origin.problem_count = 2;
	origin.data_length = 2;
	describer_describe(&describer, &m);
	has(describer_text(&describer), "message 1 sent by process 42: 3 bytes\n  data \"xy\"\n",
	    "only the data that could be read is shown in text");
	has(describer_text(&describer), "\n  problem: one problem\n  problem: another problem\n",
	    "the problems are shown in text");
	has(describer_text(&describer), "not permitted, peer inode 99\n", "the inode of the peer is shown in text");
	has(describer_json(&describer),
	    "\"comm\":null,\"comm_base64\":null,\"errno\":null,\"errno_value\":null,\"socket\":{",
	    "a call without an error has no errno");
	has(describer_json(&describer), "\"problems\":[\"one problem\",\"another problem\"]",
	    "the problems are shown in JSON");
	has(describer_json(&describer), "\"peer_inode\":99}\n", "the inode of the peer is shown in JSON");
	fdpass_msg_free(msg);
}

int
main(void)
{
	describer_init(&describer);
	test_limit();
	test_peer();
	test_kernel();
	test_origin();
	describer_done(&describer);
	return tap_done();
}
