/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/time.h>

#include "base/num.h"
#include "net/sockopt.h"
#include "net/sockopt_names.h"

/* Parses a decimal or hexadecimal number in the range of int or unsigned int. */
static bool
number_parse(const char *text, int *value)
{
	const char *digits = text[0] == '-' ? text + 1 : text;
	bool hexadecimal = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
	long long number;
	char *end;

	digits += hexadecimal ? 2 : 0;
	if (*digits == '\0' || digits[strspn(digits, hexadecimal ? "0123456789abcdefABCDEF" : "0123456789")] != '\0')
		return false;
	errno = 0;
	number = strtoll(text, &end, hexadecimal ? 16 : 10);
	if (errno != 0 || *end != '\0' || number < INT_MIN || number > UINT_MAX)
		return false;
	*value = (int)(unsigned int)number;
	return true;
}

static const struct sockopt_level *
level_find(const char *name, int value)
{
	const struct sockopt_level *level;
	size_t i;

	for (i = 0; i < sockopt_level_count; i++) {
		level = &sockopt_levels[i];
		if (name == NULL ? level->value == value :
				   strcasecmp(name, level->name) == 0 ||
			    (level->also != NULL && strcasecmp(name, level->also) == 0))
			return level;
	}
	return NULL;
}

static const struct sockopt_name *
name_find(const struct sockopt_level *level, const char *name, int value)
{
	size_t i;

	for (i = 0; level != NULL && i < level->count; i++)
		if (name == NULL ? level->names[i].value == value : strcasecmp(name, level->names[i].name) == 0)
			return &level->names[i];
	return NULL;
}

/* Converts LEVEL and NAME, which are names or numbers, to numbers. Sets *KIND to the format of the option's value. */
static int
names_parse(char *level_text, char *name_text, struct sockopt *option, enum sockopt_kind *kind, struct fail *fail)
{
	const struct sockopt_level *level;
	const struct sockopt_name *name;

	if (number_parse(level_text, &option->level))
		level = level_find(NULL, option->level);
	else if ((level = level_find(level_text, 0)) != NULL)
		option->level = level->value;
	else
		return fail_msg(fail, "socket option %s: unknown level %s", option->text, level_text);
	if (number_parse(name_text, &option->name))
		name = name_find(level, NULL, option->name);
	else if ((name = name_find(level, name_text, 0)) != NULL)
		option->name = name->value;
	else
		return fail_msg(fail, "socket option %s: %s has no option %s", option->text, level_text, name_text);
	*kind = name != NULL ? name->kind : SOCKOPT_INT;
	return 0;
}

static int
value_set(struct sockopt *option, const void *value, size_t length, struct fail *fail)
{
	if (length > sizeof(option->value))
		return fail_msg(
		    fail, "socket option %s: the value is longer than %zu bytes", option->text, sizeof(option->value));
	memcpy(option->value, value, length);
	option->length = (socklen_t)length;
	return 0;
}

static int
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int
hex_parse(const char *text, struct sockopt *option, struct fail *fail)
{
	unsigned char bytes[SOCKOPT_VALUE_SIZE];
	size_t length = strlen(text), i;
	int high, low;

	if (length / 2 > sizeof(bytes))
		return fail_msg(
		    fail, "socket option %s: the value is longer than %zu bytes", option->text, sizeof(bytes));
	for (i = 0; i < length; i += 2) {
		high = digit_value(text[i]);
		low = high >= 0 ? digit_value(text[i + 1]) : -1;
		if (low < 0)
			return fail_msg(
			    fail, "socket option %s: expected pairs of hexadecimal digits after hex:", option->text);
		bytes[i / 2] = (unsigned char)(high << 4 | low);
	}
	return value_set(option, bytes, length / 2, fail);
}

/*
 * Parses the flags of SO_TIMESTAMPING: numbers, or names with or without the prefix SOF_TIMESTAMPING_, separated by
 * '|'.
 */
static int
flags_parse(char *text, struct sockopt *option, struct fail *fail)
{
	static const char prefix[] = "SOF_TIMESTAMPING_";
	int value = 0, one;
	char *word;
	size_t i;

	while ((word = strsep(&text, "|")) != NULL) {
		if (strncasecmp(word, prefix, sizeof(prefix) - 1) == 0)
			word += sizeof(prefix) - 1;
		for (i = 0; i < sockopt_timestamping_count; i++)
			if (strcasecmp(word, sockopt_timestamping[i].name) == 0)
				break;
		if (i < sockopt_timestamping_count)
			one = sockopt_timestamping[i].value;
		else if (!number_parse(word, &one))
			return fail_msg(fail, "socket option %s: unknown flag %s", option->text, word);
		value |= one;
	}
	return value_set(option, &value, sizeof(value), fail);
}

static int
seconds_parse(const char *text, struct sockopt *option, struct fail *fail)
{
	int64_t nanoseconds;
	struct timeval time;
	const char *why;

	if (num_seconds(text, &nanoseconds, &why) == -1)
		return fail_msg(fail, "socket option %s: the value %s", option->text, why);
	memset(&time, 0, sizeof(time));
	time.tv_sec = (time_t)(nanoseconds / 1000000000);
	time.tv_usec = (suseconds_t)(nanoseconds % 1000000000 / 1000);
	return value_set(option, &time, sizeof(time), fail);
}

static int
linger_parse(const char *text, struct sockopt *option, struct fail *fail)
{
	struct linger linger = { 0, 0 };

	if (strcmp(text, "off") != 0) {
		linger.l_onoff = 1;
		if (!number_parse(text, &linger.l_linger) || linger.l_linger < 0)
			return fail_msg(
			    fail, "socket option %s: invalid value: expected seconds or \"off\"", option->text);
	}
	return value_set(option, &linger, sizeof(linger), fail);
}

static int
value_parse(char *text, enum sockopt_kind kind, struct sockopt *option, struct fail *fail)
{
	int value;

	if (strncmp(text, "hex:", 4) == 0)
		return hex_parse(text + 4, option, fail);
	if (strncmp(text, "text:", 5) == 0)
		return value_set(option, text + 5, strlen(text + 5), fail);
	switch (kind) {
	case SOCKOPT_FLAGS:
		return flags_parse(text, option, fail);
	case SOCKOPT_TEXT:
		return value_set(option, text, strlen(text), fail);
	case SOCKOPT_SECONDS:
		return seconds_parse(text, option, fail);
	case SOCKOPT_LINGER:
		return linger_parse(text, option, fail);
	case SOCKOPT_INT:
		break;
	}
	if (!number_parse(text, &value))
		return fail_msg(fail, "socket option %s: the value is not a number", option->text);
	return value_set(option, &value, sizeof(value), fail);
}

int
sockopt_parse(const char *text, struct sockopt *option, struct fail *fail)
{
	char copy[2 * SOCKOPT_VALUE_SIZE + 128], one[] = "1";
	enum sockopt_kind kind = SOCKOPT_INT;
	char *name, *value;

	memset(option, 0, sizeof(*option));
	(void)snprintf(option->text, sizeof(option->text), "%s", text);
	if (strlen(text) >= sizeof(copy))
		return fail_msg(fail, "socket option %s…: too long", option->text);
	memcpy(copy, text, strlen(text) + 1);
	name = strchr(copy, ':');
	if (name == NULL || (strchr(copy, '=') != NULL && strchr(copy, '=') < name))
		return fail_msg(fail, "socket option %s: expected LEVEL:NAME[=VALUE]", option->text);
	*name++ = '\0';
	value = strchr(name, '=');
	if (value != NULL)
		*value++ = '\0';
	if (names_parse(copy, name, option, &kind, fail) == -1)
		return -1;
	if (value == NULL && kind != SOCKOPT_INT)
		return fail_msg(fail, "socket option %s: missing value", option->text);
	return value_parse(value != NULL ? value : one, kind, option, fail);
}

int
sockopt_apply(int fd, const struct sockopt *option, struct fail *fail)
{
	if (setsockopt(fd, option->level, option->name, option->value, option->length) == 0)
		return 0;
	return fail_errno(fail, "cannot set socket option %s", option->text);
}
