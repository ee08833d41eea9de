/* SPDX-License-Identifier: ISC */
/* Implements --setenv=NAME=VALUE: replaces {fd}, {fd:I} and {fd:NAME} in VALUE by descriptor numbers. */
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "exec/variables.h"

/*
 * Returns the descriptor number to which {fd}, {fd:I} or {fd:NAME} refers. TEXT is the whole expression in braces,
 * which has LENGTH characters. Returns -1 if the expression refers to no descriptor.
 */
static int
number_meant(const struct handover *h, const int *numbers, const char *text, size_t length)
{
	size_t i, position;
	char *end;

	if (length == 4)
		return h->count > 0 ? numbers[0] : -1;
	position = strtoul(text + 4, &end, 10);
	if (end == text + length - 1 && end > text + 4)
		return position < h->count ? numbers[position] : -1;
	for (i = 0; i < h->count; i++)
		if (strlen(listen_fds_name(h, i)) == length - 5 &&
		    strncmp(listen_fds_name(h, i), text + 4, length - 5) == 0)
			return numbers[i];
	return -1;
}

int
setenv_expand(const struct handover *h, const int *numbers, const char *assignment, struct fail *fail)
{
	const char *p = strchr(assignment, '=') + 1, *end;
	size_t used = 0, size = 16 * strlen(assignment) + 16;
	char *value = malloc(size);
	char *name = strndup(assignment, (size_t)(p - 1 - assignment));
	int ret = -1, number;

	if (value == NULL || name == NULL) {
		(void)fail_errno(fail, "--setenv=%s", assignment);
		goto out;
	}
	for (; *p != '\0'; p++) {
		end = strchr(p, '}');
		if (strncmp(p, "{fd}", 4) != 0 && (strncmp(p, "{fd:", 4) != 0 || end == NULL)) {
			value[used++] = *p;
			continue;
		}
		number = number_meant(h, numbers, p, (size_t)(end + 1 - p));
		if (number == -1) {
			(void)fail_msg(
			    fail, "--setenv=%s: %.*s does not match any descriptor", assignment, (int)(end + 1 - p), p);
			goto out;
		}
		used = (size_t)(num_write(value + used, "", (uint64_t)number, 10, 1) - value);
		p = end;
	}
	value[used] = '\0';
	ret = variable_set(name, value, fail);
out:
	free(value);
	free(name);
	return ret;
}
