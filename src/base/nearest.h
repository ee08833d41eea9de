/* SPDX-License-Identifier: ISC */
/* Finds the most similar known word for a misspelled word. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

struct nearest {
	const char *word;
	const char *found; /* the RESULT argument of nearest_try() for the most similar candidate so far, or NULL */
	size_t distance;   /* only candidates with a smaller edit distance are accepted */
};

/*
 * Starts a search for candidates that are similar to WORD. A similar candidate differs in at most two letters, or one
 * letter if WORD is short.
 */
void nearest_begin(struct nearest *nearest, const char *word);

/* If CANDIDATE is more similar to the word than all earlier candidates, sets nearest->found to RESULT. Ignores case. */
void nearest_try(struct nearest *nearest, const char *candidate, const char *result);

#endif
