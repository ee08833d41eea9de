/* SPDX-License-Identifier: ISC */
/* Finds the correct spelling of a misspelled word. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

struct nearest {
	const char *word;
	const char *found; /* result for the most similar candidate so far, or NULL */
	size_t distance;   /* only candidates with a smaller edit distance are considered */
};

/* Starts a search for words similar to WORD. They can differ in at most two letters, or one letter if WORD is short. */
void nearest_begin(struct nearest *nearest, const char *word);

/* If CANDIDATE is more similar to the word than all earlier candidates, sets nearest->found to RESULT. Ignores case. */
void nearest_try(struct nearest *nearest, const char *candidate, const char *result);

#endif
