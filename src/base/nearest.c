/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/nearest.h"

#define LONGEST 32

static bool
same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/*
 * Returns the edit distance between A and B. Exchanging two adjacent letters counts as one edit. Returns LONGEST if A
 * or B is too long.
 */
static size_t
distance(const char *a, const char *b)
{
	size_t rows[3][LONGEST + 1];
	size_t *before, *above, *row;
	size_t i, j, la = strlen(a), lb = strlen(b), best;

	if (la >= LONGEST || lb >= LONGEST)
		return LONGEST;
	for (j = 0; j <= lb; j++)
		rows[0][j] = j;
	for (i = 1; i <= la; i++) {
		row = rows[i % 3];
		above = rows[(i - 1) % 3];
		before = rows[(i + 1) % 3];
		row[0] = i;
		for (j = 1; j <= lb; j++) {
			best = above[j - 1] + !same_letter(a[i - 1], b[j - 1]);
			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) && same_letter(a[i - 2], b[j - 1]) &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[la % 3][lb];
}

void
nearest_begin(struct nearest *nearest, const char *word)
{
	/* The distance must be less than 3 for a word of more than four letters, and less than 2 for a shorter word. */
	*nearest = (struct nearest){ .word = word, .distance = strlen(word) > 4 ? 3 : 2 };
}

void
nearest_try(struct nearest *nearest, const char *candidate, const char *result)
{
	size_t d = distance(nearest->word, candidate);

	if (d < nearest->distance) {
		nearest->distance = d;
		nearest->found = result;
	}
}
