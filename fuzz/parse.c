/* SPDX-License-Identifier: ISC */
/*
 * Parses arbitrary command-line text, which is either accepted or refused with a message of one line. The first byte
 * selects the parser: an address, a number, a socket option, a DESCRIPTOR, the options of a verb, or lines of fdinfo.
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "cli/options.h"
#include "inspect/fdinfo.h"
#include "fuzz/check.h"
#include "net/addr.h"
#include "net/sockopt.h"
#include "verb/verbs.h"

#define MOST	   8192
#define MOST_WORDS 32

static const struct verb *const verbs[] = { &verb_recv, &verb_send, &verb_relay, &verb_run, &verb_show, &verb_tty,
	NULL };
static struct fail fail;

static void
refused_well(int ret)
{
	HOLDS(ret == 0 || ret == -1);
	HOLDS(ret == 0 || (fail.text[0] != '\0' && strlen(fail.text) < sizeof(fail.text)));
}

static void
parse_address(const char *text)
{
	struct addr addr;

	refused_well(addr_parse(&addr, text, &fail));
	addr_done(&addr);
}

static void
parse_number(const char *text)
{
	long long n = 0;
	int64_t ns = 0;
	unsigned int mode = 0;
	const char *why = NULL;

	HOLDS(num_parse(text, -5, 1000, &n, &why) == 0 ? n >= -5 && n <= 1000 : why != NULL);
	HOLDS(num_seconds(text, &ns, &why) == 0 ? ns >= 0 : why != NULL);
	HOLDS(num_mode(text, &mode, &why) == 0 ? mode <= 07777 : why != NULL);
}

static void
parse_sockopt(const char *text)
{
	struct sockopt option;

	memset(&option, 0, sizeof(option));
	refused_well(sockopt_parse(text, &option, &fail));
	HOLDS(option.length <= sizeof(option.value));
}

/* The words of TEXT are separated by newlines. The options are parsed but not executed. */
static void
parse_options(char *text)
{
	static char name[] = "fdpass";
	struct options options;
	struct command_line line;
	char *argv[MOST_WORDS + 2], *word;
	int argc = 0, result;

	argv[argc++] = name;
	while (argc <= MOST_WORDS && (word = strsep(&text, "\n")) != NULL)
		argv[argc++] = word;
	argv[argc] = NULL;
	/* Resets getopt(3). */
	optind = 0;
	(void)getopt_long(1, argv, "+", NULL, NULL);
	optind = 1;
	result = options_parse(&options, argc, argv, verbs, &line);
	HOLDS(result == 0 || result == -1);
	HOLDS(result != 0 || (line.operand_count >= 0 && line.operand_count < argc));
	options_done(&options);
}

static void
parse_fdinfo(const char *text, size_t size)
{
	struct fdinfo_lines line;
	struct fdinfo info = { .length = size, .allocated = malloc(size + 1) };
	int64_t offset;
	uint64_t n;

	HOLDS(info.allocated != NULL);
	memcpy(info.allocated, text, size);
	info.allocated[size] = '\0';
	(void)fdinfo_offset(&info, &offset);
	fdinfo_begin(&line, &info);
	while (fdinfo_next(&line)) {
		HOLDS(strlen(line.key) < FDINFO_LINE && strlen(line.value) < FDINFO_LINE);
		(void)fdinfo_number(line.value, 16, &n);
		(void)fdinfo_field(line.value, "ino", 16, &n);
	}
	fdinfo_free(&info);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int quiet = -1;
	char *text;

	if (quiet == -1) {
		quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
		if (getenv("FUZZ_QUIET") != NULL)
			(void)dup2(quiet, STDERR_FILENO);
	}
	if (size < 1 || size > MOST)
		return 0;
	text = malloc(size);
	HOLDS(text != NULL);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	switch (data[0] % 5) {
	case 0:
		parse_address(text);
		break;
	case 1:
		parse_number(text);
		break;
	case 2:
		parse_sockopt(text);
		break;
	case 3:
		parse_options(text);
		break;
	default:
		parse_fdinfo(text, size - 1);
		break;
	}
	free(text);
	return 0;
}
