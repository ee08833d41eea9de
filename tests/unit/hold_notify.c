/* SPDX-License-Identifier: ISC */
/* Tests of parsing requests to the descriptor store, which are messages in the format of sd_notify(3). */
#include <stdbool.h>

#include "hold/notify.h"
#include "tap.h"

static struct notify n;
static struct fail fail;

static int
parse(const char *text)
{
	return notify_parse(&n, text, strlen(text), &fail);
}

static void
check_requests(void)
{
	is_int(parse("FDSTORE=1"), 0, "FDSTORE=1 is accepted");
	is_int(n.request, NOTIFY_STORE, "FDSTORE=1 is a request to store");
	is_str(n.name, "stored", "without FDNAME=, the name is \"stored\", as in systemd");
	ok(n.poll, "stored descriptors are polled by default");
	is_int(parse("FDSTORE=1\nFDNAME=web\nFDPOLL=0\n"), 0, "lines are accepted in any order, with a final newline");
	is_str(n.name, "web", "FDNAME= sets the name");
	ok(!n.poll, "FDPOLL=0 disables polling");
	is_int(n.other_count, 0, "in a request without lines for a service manager, no such line is counted");
	is_int(parse("FDNAME=a\nFDSTOREREMOVE=1"), 0, "FDSTOREREMOVE=1 is accepted");
	is_int(n.request, NOTIFY_REMOVE, "FDSTOREREMOVE=1 is a request to remove");
	is_int(parse("FDSTORE=1\nFDSTOREREMOVE=1"), 0, "FDSTORE=1 before FDSTOREREMOVE=1 is accepted");
	is_int(n.request, NOTIFY_REMOVE, "FDSTOREREMOVE=1 overrides an earlier FDSTORE=1");
	is_int(parse("FDSTOREREMOVE=1\nFDSTORE=1"), 0, "FDSTOREREMOVE=1 before FDSTORE=1 is accepted");
	is_int(n.request, NOTIFY_REMOVE, "FDSTOREREMOVE=1 overrides a later FDSTORE=1");
	is_int(parse("FDLIST=1\nFDTAKE=1"), -1, "a message with two different requests is refused");
	is_int(parse("FDSTORE=0\nFDSTORE=yes"), 0, "a message with other values of FDSTORE= is accepted");
	is_int(n.request, NOTIFY_NONE, "other values of FDSTORE= do not make a request");
	is_int(parse("FDGET=1"), 0, "FDGET=1 is accepted");
	is_int(n.request, NOTIFY_GET, "FDGET=1 is a request to get");
	ok(!n.has_name, "a request of only FDGET=1 has no name");
}

static void
check_names(void)
{
	char text[400];

	(void)snprintf(text, sizeof(text), "FDSTORE=1\nFDNAME=%0255d", 1);
	is_int(parse(text), 0, "a message with a name of 255 characters is accepted");
	is_int(strlen(n.name), 255, "a name of 255 characters is stored completely");
	(void)snprintf(text, sizeof(text), "FDSTORE=1\nFDNAME=%0256d", 1);
	is_int(parse(text), 0, "a message with a name of 256 characters is parsed");
	ok(n.bad_name && !n.has_name, "a name of 256 characters is invalid");
	is_str(n.name, "stored", "the default name replaces an invalid name");
	is_int(parse("FDNAME=a:b"), 0, "a message with a colon in the name is parsed");
	ok(n.bad_name, "a name that contains a colon is invalid");
	is_int(parse("FDNAME=a\x80"), 0, "a message with a non-ASCII byte in the name is parsed");
	ok(n.bad_name, "a name that contains a non-ASCII byte is invalid");
	is_int(parse("FDNAME=a\tb"), 0, "a message with a control character in the name is parsed");
	ok(n.bad_name, "a name that contains a control character is invalid");
	is_int(parse("FDNAME=a\nFDNAME=b"), 0, "a message with two names is accepted");
	is_str(n.name, "a", "the first of two names is used");
	is_int(parse("FDNAME="), 0, "a message with an empty name is accepted");
	ok(n.has_name && n.name[0] == '\0', "an empty name is valid, as in systemd");
}

static void
check_others(void)
{
	static const char text[] = "READY=1\nFDSTORE=1\n\nSTATUS=x\nFDNAME=y\nMAINPID=3\n";
	char to[sizeof(text)];
	size_t length;

	is_int(parse(text), 0, "a message with several kinds of lines is accepted");
	ok(n.ready, "READY=1 is recognized");
	is_int(n.other_count, 3, "three lines for a service manager are counted");
	length = notify_others(text, strlen(text), to);
	is_int(length, strlen("READY=1\nSTATUS=x\nMAINPID=3"), "only the lines for a service manager are copied");
	is_mem(to, "READY=1\nSTATUS=x\nMAINPID=3", length, "the copied lines are unchanged and in order");
	is_int(parse("READY=0"), 0, "READY=0 is accepted");
	ok(!n.ready, "READY=0 is not treated as READY=1");
	is_int(parse("BARRIER=1"), 0, "BARRIER=1 is accepted");
	is_int(n.request, NOTIFY_BARRIER, "BARRIER=1 is a barrier request");
	is_int(parse("BARRIER=1\nREADY=1"), -1, "BARRIER=1 with another line is refused");
}

static void
check_bytes(void)
{
	is_int(notify_parse(&n, "FDSTORE=1\0", 10, &fail), 0, "one NUL byte at the end is accepted");
	is_int(n.request, NOTIFY_STORE, "the NUL byte at the end is ignored");
	is_int(notify_parse(&n, "FDSTORE=1\0\0", 11, &fail), -1, "two NUL bytes at the end are refused");
	is_int(notify_parse(&n, "\0FDSTORE=1", 10, &fail), -1, "a NUL byte at the beginning is refused");
	is_int(notify_parse(&n, "", 0, &fail), 0, "an empty message is accepted");
	is_int(n.request, NOTIFY_NONE, "an empty message is not a request");
}

int
main(void)
{
	check_requests();
	check_names();
	check_others();
	check_bytes();
	return tap_done();
}
