/* SPDX-License-Identifier: ISC */
/* Messages of sd_notify(3) about the descriptor store. */
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
	is_int(parse("FDSTORE=1"), 0, "FDSTORE=1");
	is_int(n.request, NOTIFY_STORE, "is a request to store");
	is_str(n.name, "stored", "under the name that systemd gives");
	ok(n.poll, "and polled");
	is_int(parse("FDSTORE=1\nFDNAME=web\nFDPOLL=0\n"), 0, "lines in any order, with a final newline");
	is_str(n.name, "web", "FDNAME=");
	ok(!n.poll, "FDPOLL=0");
	is_int(n.other_count, 0, "nothing else");
	is_int(parse("FDNAME=a\nFDSTOREREMOVE=1"), 0, "FDSTOREREMOVE=1");
	is_int(n.request, NOTIFY_REMOVE, "is a request to remove");
	is_int(parse("FDSTORE=1\nFDSTOREREMOVE=1"), 0, "both");
	is_int(n.request, NOTIFY_REMOVE, "removing overrides storing");
	is_int(parse("FDSTOREREMOVE=1\nFDSTORE=1"), 0, "the other way round");
	is_int(n.request, NOTIFY_REMOVE, "the same");
	is_int(parse("FDLIST=1\nFDTAKE=1"), -1, "other requests contradict each other");
	is_int(parse("FDSTORE=0\nFDSTORE=yes"), 0, "other values");
	is_int(n.request, NOTIFY_NONE, "are no request");
	is_int(parse("FDGET=1"), 0, "FDGET=1");
	is_int(n.request, NOTIFY_GET, "is a request");
	ok(!n.has_name, "without a name");
}

static void
check_names(void)
{
	char text[400];

	(void)snprintf(text, sizeof(text), "FDSTORE=1\nFDNAME=%0255d", 1);
	is_int(parse(text), 0, "a name of 255 characters");
	is_int(strlen(n.name), 255, "is taken");
	(void)snprintf(text, sizeof(text), "FDSTORE=1\nFDNAME=%0256d", 1);
	is_int(parse(text), 0, "one of 256");
	ok(n.bad_name && !n.has_name, "is bad");
	is_str(n.name, "stored", "and the default counts");
	is_int(parse("FDNAME=a:b"), 0, "a colon");
	ok(n.bad_name, "is bad");
	is_int(parse("FDNAME=a\x80"), 0, "a byte above ASCII");
	ok(n.bad_name, "is bad");
	is_int(parse("FDNAME=a\tb"), 0, "a control character");
	ok(n.bad_name, "is bad");
	is_int(parse("FDNAME=a\nFDNAME=b"), 0, "two names");
	is_str(n.name, "a", "the first counts");
	is_int(parse("FDNAME="), 0, "an empty name");
	ok(n.has_name && n.name[0] == '\0', "is a name, as in systemd");
}

static void
check_others(void)
{
	static const char text[] = "READY=1\nFDSTORE=1\n\nSTATUS=x\nFDNAME=y\nMAINPID=3\n";
	char to[sizeof(text)];
	size_t length;

	is_int(parse(text), 0, "a mixed message");
	ok(n.ready, "READY=1 is noticed");
	is_int(n.other_count, 3, "three lines are for a service manager");
	length = notify_others(text, strlen(text), to);
	is_int(length, strlen("READY=1\nSTATUS=x\nMAINPID=3"), "which are copied");
	is_mem(to, "READY=1\nSTATUS=x\nMAINPID=3", length, "without the others");
	is_int(parse("READY=0"), 0, "READY=0");
	ok(!n.ready, "is not ready");
	is_int(parse("BARRIER=1"), 0, "a barrier");
	is_int(n.request, NOTIFY_BARRIER, "is a request");
	is_int(parse("BARRIER=1\nREADY=1"), -1, "BARRIER=1 with another line");
}

static void
check_bytes(void)
{
	is_int(notify_parse(&n, "FDSTORE=1\0", 10, &fail), 0, "one NUL at the end is allowed");
	is_int(n.request, NOTIFY_STORE, "and ignored");
	is_int(notify_parse(&n, "FDSTORE=1\0\0", 11, &fail), -1, "two are not");
	is_int(notify_parse(&n, "\0FDSTORE=1", 10, &fail), -1, "nor one elsewhere");
	is_int(notify_parse(&n, "", 0, &fail), 0, "nothing at all");
	is_int(n.request, NOTIFY_NONE, "asks for nothing");
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
