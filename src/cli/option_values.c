/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/inherited.h"
#include "base/num.h"
#include "cli/option_values.h"

/* size of a buffer for one number of a list and its separator */
#define WORD_SIZE 32

/* Reports that ARG is not a valid argument of option --NAME. */
static int
invalid(const char *name, const char *arg, const char *why, struct fail *fail)
{
	return fail_msg(fail, "invalid argument '%s' for --%s: %s", arg, name, why);
}

int
value_number(const char *name, const char *arg, uint64_t min, uint64_t max, uint64_t *value, struct fail *fail)
{
	const char *why;
	long long n;

	if (num_parse(arg, (long long)min, max > LLONG_MAX ? LLONG_MAX : (long long)max, &n, &why) == -1)
		return invalid(name, arg, why, fail);
	*value = (uint64_t)n;
	return 0;
}

int
value_seconds(const char *name, const char *arg, int64_t *value, struct fail *fail)
{
	const char *why;

	if (num_seconds(arg, value, &why) == -1)
		return invalid(name, arg, why, fail);
	return 0;
}

int
value_type(const char *arg, int *type, struct fail *fail)
{
	if (strcmp(arg, "stream") == 0)
		*type = SOCK_STREAM;
	else if (strcmp(arg, "seqpacket") == 0)
		*type = SOCK_SEQPACKET;
	else if (strcmp(arg, "dgram") == 0)
		*type = SOCK_DGRAM;
	else
		return invalid("type", arg, "expected 'stream', 'seqpacket' or 'dgram'", fail);
	return 0;
}

int
value_mode(const char *arg, mode_t *mode, struct fail *fail)
{
	const char *why;
	unsigned int n = *mode;

	if (num_mode(arg, &n, &why) == -1)
		return invalid("mode", arg, why, fail);
	*mode = n;
	return 0;
}

int
value_id(const char *name, const char *arg, enum id_of of, uint32_t *id, struct fail *fail)
{
	const struct passwd *pw;
	const struct group *gr;
	const char *why;
	long long n;

	if (isdigit((unsigned char)*arg)) {
		if (num_parse(arg, 0, UINT32_MAX - 1, &n, &why) == -1)
			return invalid(name, arg, why, fail);
		*id = (uint32_t)n;
	} else if (of == ID_USER && *arg != '\0' && (pw = getpwnam(arg)) != NULL) {
		*id = pw->pw_uid;
	} else if (of == ID_GROUP && *arg != '\0' && (gr = getgrnam(arg)) != NULL) {
		*id = gr->gr_gid;
	} else {
		return invalid(name, arg, of == ID_USER ? "no such user" : "no such group", fail);
	}
	return 0;
}

int
value_fds(const char *arg, uint64_t *min, uint64_t *max, struct fail *fail)
{
	char first[WORD_SIZE];
	size_t length = strspn(arg, "0123456789");
	const char *rest = arg + length, *why;
	long long low, high = 0;

	if (length == 0 || length >= sizeof(first))
		return invalid("fds", arg, length == 0 ? "expected N, N+ or N-M" : "is too large", fail);
	memcpy(first, arg, length);
	first[length] = '\0';
	if (num_parse(first, 0, INT_MAX, &low, &why) == -1)
		return invalid("fds", arg, why, fail);
	if (*rest == '\0')
		high = low;
	else if (strcmp(rest, "+") == 0)
		high = -1;
	else if (*rest != '-')
		return invalid("fds", arg, "expected N, N+ or N-M", fail);
	else if (num_parse(rest + 1, 0, INT_MAX, &high, &why) == -1)
		return invalid("fds", arg, why, fail);
	else if (high < low)
		return invalid("fds", arg, "the second number is smaller than the first", fail);
	*min = (uint64_t)low;
	*max = high == -1 ? UNLIMITED : (uint64_t)high;
	return 0;
}

/*
 * Copies the word at *P, which ends at a comma or at the end of the text, and advances *P to the next word. Returns
 * NULL if the word is too long for a number.
 */
static const char *
next_word(const char **p, char *word)
{
	size_t length = strcspn(*p, ",");

	if (length >= WORD_SIZE)
		return NULL;
	memcpy(word, *p, length);
	word[length] = '\0';
	*p += length;
	if (**p == ',')
		*p += (*p)[1] == '\0' ? 0 : 1;
	return word;
}

static size_t
count_words(const char *arg)
{
	size_t count = 1;

	for (; *arg != '\0'; arg++)
		count += *arg == ',';
	return count;
}

int
value_buffers(const char *arg, size_t **sizes, size_t *count, struct fail *fail)
{
	const char *p = arg, *why = "is too large";
	char word[WORD_SIZE];
	size_t i, total = count_words(arg), bytes = 0;
	long long n;

	if (total > IOV_MAX)
		return fail_msg(fail, "--buffers: %zu buffers are more than the maximum of %d", total, IOV_MAX);
	*sizes = calloc(total, sizeof(**sizes));
	if (*sizes == NULL)
		return fail_errno(fail, "--buffers");
	for (i = 0; i < total; i++) {
		if (next_word(&p, word) == NULL || num_parse(word, 0, INT_MAX, &n, &why) == -1)
			return fail_msg(fail, "invalid argument '%s' for --buffers: item %zu %s", arg, i + 1, why);
		(*sizes)[i] = (size_t)n;
		bytes += (size_t)n;
	}
	if (bytes > INT_MAX)
		return invalid("buffers", arg, "the sum of the sizes is too large", fail);
	*count = total;
	return 0;
}

int
value_flags(const char *arg, int *flags, struct fail *fail)
{
	static const struct {
		const char *name;
		int flag;
	} names[] = { { "peek", MSG_PEEK }, { "waitall", MSG_WAITALL }, { "dontwait", MSG_DONTWAIT },
		{ "oob", MSG_OOB }, { "trunc", MSG_TRUNC }, { "errqueue", MSG_ERRQUEUE },
		{ "cmsg_cloexec", MSG_CMSG_CLOEXEC }, { "nosignal", MSG_NOSIGNAL } };
	const size_t count = sizeof(names) / sizeof(names[0]);
	const char *p = arg;
	char word[WORD_SIZE];
	size_t i, left = count_words(arg);

	for (; left > 0; left--) {
		if (next_word(&p, word) == NULL)
			return invalid("flags", arg, "unknown flag", fail);
		for (i = 0; i < count && strcmp(word, names[i].name) != 0; i++)
			;
		if (i == count)
			return fail_msg(fail,
			    "invalid argument '%s' for --flags: unknown flag '%s'; expected peek, waitall, dontwait, "
			    "oob, trunc, errqueue, cmsg_cloexec or nosignal",
			    arg, word);
		*flags |= names[i].flag;
	}
	return 0;
}

int
value_descriptor(const char *name, const char *arg, int *fd, struct fail *fail)
{
	struct rlimit limit;
	const char *why;
	long long n;

	if (num_parse(arg, 0, INT_MAX, &n, &why) == -1)
		return invalid(name, arg, why, fail);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && (rlim_t)n >= limit.rlim_cur)
		return fail_msg(fail, "--%s: descriptor %lld is above the open file limit (RLIMIT_NOFILE is %llu)",
		    name, n, (unsigned long long)limit.rlim_cur);
	*fd = (int)n;
	return 0;
}

bool
value_variable_ok(const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (!isalpha((unsigned char)name[i]) && name[i] != '_' && (i == 0 || !isdigit((unsigned char)name[i])))
			return false;
	return length > 0;
}

static struct place *
place_append(struct options *options)
{
	struct place *bigger = reallocarray(options->places, options->place_count + 1, sizeof(*bigger));

	if (bigger == NULL)
		return NULL;
	options->places = bigger;
	bigger[options->place_count] = (struct place){ .number = -1 };
	return &bigger[options->place_count++];
}

/* Returns true if a --fd option that was parsed earlier uses the target number NUMBER. */
static bool
is_place_taken(const struct options *o, int number)
{
	size_t i, k;

	for (i = 0; i < o->place_count; i++) {
		if (o->places[i].number == number)
			return true;
		for (k = 0; k < o->places[i].also_count; k++)
			if (o->places[i].also[k] == number)
				return true;
	}
	return false;
}

/* Parses "N,M...": stores the first number in place->number, and the additional numbers in place->also. */
static int
place_numbers(const char *arg, const char *text, struct options *o, struct place *place, struct fail *fail)
{
	size_t total = count_words(text), i;
	const char *p = text;
	char word[WORD_SIZE];
	int *also = NULL, number;

	if (total > 1 && (also = calloc(total - 1, sizeof(*also))) == NULL)
		return fail_errno(fail, "--fd=%s", arg);
	place->also = also;
	for (i = 0; i < total; i++) {
		if (next_word(&p, word) == NULL || !isdigit((unsigned char)*word))
			return invalid("fd", arg, "expected N[,N...][=NAME] or $VARIABLE[=NAME]", fail);
		if (value_descriptor("fd", word, &number, fail) == -1)
			return -1;
		if (is_place_taken(o, number))
			return fail_msg(fail, "--fd=%s: descriptor number %d is used twice", arg, number);
		if (i == 0)
			place->number = number;
		else
			also[place->also_count++] = number;
	}
	return 0;
}

int
value_place(const char *arg, struct options *options, struct fail *fail)
{
	struct place *place = place_append(options);
	char *text = strdup(arg);
	char *name;

	if (place == NULL || text == NULL || value_append(&options->strings, text, fail) == -1) {
		free(text);
		return fail_errno(fail, "--fd=%s", arg);
	}
	name = strchr(text, '=');
	if (name != NULL)
		*name++ = '\0';
	place->name = name;
	if (name != NULL && !handover_name_ok(name))
		return invalid(
		    "fd", arg, "expected a name of 1 to 255 printable ASCII characters without a colon", fail);
	if (*text == '$') {
		if (!value_variable_ok(text + 1, strlen(text + 1)))
			return invalid("fd", arg, "expected the name of a variable after '$'", fail);
		place->variable = text + 1;
		return 0;
	}
	return place_numbers(arg, text, options, place, fail);
}

int
value_inherit(const char *arg, struct options *options, struct fail *fail)
{
	const char *p = arg, *why = "is too large";
	char word[WORD_SIZE];
	size_t i, total = count_words(arg);
	long long n;

	if (strcmp(arg, "all") == 0) {
		options->inherit_all = true;
		return 0;
	}
	options->inherit = calloc(total, sizeof(*options->inherit));
	if (options->inherit == NULL)
		return fail_errno(fail, "--inherit");
	for (i = 0; i < total; i++) {
		if (next_word(&p, word) == NULL || num_parse(word, 0, INT_MAX, &n, &why) == -1)
			return fail_msg(fail, "invalid argument '%s' for --inherit: item %zu %s", arg, i + 1, why);
		if (!inherited_is((int)n))
			return fail_msg(fail, "--inherit=%s: descriptor %lld is not open", arg, n);
		options->inherit[options->inherit_count++] = (int)n;
	}
	return 0;
}

int
value_append(struct list *list, const char *item, struct fail *fail)
{
	const char **bigger = reallocarray(list->items, list->count + 2, sizeof(*bigger));

	if (bigger == NULL)
		return fail_errno(fail, "%s", item);
	list->items = bigger;
	bigger[list->count++] = item;
	bigger[list->count] = NULL;
	return 0;
}
