/* SPDX-License-Identifier: ISC */
/* Parses the text of fdinfo files. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "inspect/fdinfo.h"

static const char *
text_of(const struct fdinfo *info)
{
	return info->allocated != NULL ? info->allocated : info->small;
}

void
fdinfo_begin(struct fdinfo_lines *lines, const struct fdinfo *info)
{
	lines->info = info;
	lines->at = 0;
}

bool
fdinfo_may_have(const struct fdinfo *info, const char *text)
{
	return info->length > 0 && memmem(text_of(info), info->length, text, strlen(text)) != NULL;
}

/*
 * Copies the next line of the text to the buffer, and truncates the copy if the buffer is too small. Returns the length
 * of the copy, or -1 if there are no more lines.
 */
static ssize_t
copy_line(struct fdinfo_lines *lines)
{
	const char *text = text_of(lines->info) + lines->at;
	size_t left = lines->info->length - lines->at, length;
	const char *newline = memchr(text, '\n', left);

	if (left == 0)
		return -1;
	length = newline != NULL ? (size_t)(newline - text) : left;
	lines->at += newline != NULL ? length + 1 : length;
	if (length >= sizeof(lines->line))
		length = sizeof(lines->line) - 1;
	memcpy(lines->line, text, length);
	lines->line[length] = '\0';
	return (ssize_t)length;
}

bool
fdinfo_next(struct fdinfo_lines *lines)
{
	ssize_t length = copy_line(lines);
	char *colon, *value, *end;

	if (length == -1)
		return false;
	lines->key = lines->line;
	lines->value = "";
	if ((colon = strchr(lines->line, ':')) == NULL)
		return true;
	*colon = '\0';
	value = colon + 1 + strspn(colon + 1, " \t");
	for (end = colon + 1 + strlen(colon + 1); end > value && (end[-1] == ' ' || end[-1] == '\t');)
		*--end = '\0';
	lines->value = value;
	return true;
}

bool
fdinfo_offset(const struct fdinfo *info, int64_t *offset)
{
	const char *text = text_of(info);
	char *end;
	long long n;

	if (info->length < 5 || memcmp(text, "pos:\t", 5) != 0)
		return false;
	n = strtoll(text + 5, &end, 10);
	if (*end != '\n')
		return false;
	*offset = n;
	return true;
}

bool
fdinfo_number(const char *text, int base, uint64_t *n)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, base);
	if (end == text || errno != 0)
		return false;
	*n = value;
	return true;
}

bool
fdinfo_field(const char *text, const char *word, int base, uint64_t *n)
{
	size_t length = strlen(word);
	const char *p = text;

	while ((p = strstr(p, word)) != NULL) {
		if ((p == text || p[-1] == ' ' || p[-1] == '\t') && p[length] == ':')
			return fdinfo_number(p + length + 1, base, n);
		p += length;
	}
	return false;
}
