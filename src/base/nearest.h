/* SPDX-License-Identifier: ISC */
/* Finds the word that a misspelled word probably stands for. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

struct nearest {
	const char *word;
	const char *found; /* the nearest word so far, or NULL */
	size_t distance;   /* a word must be nearer than this */
};

/* Starts a search for words that differ from WORD in at most two letters, or one if WORD is short. */
void nearest_begin(struct nearest *nearest, const char *word);

/* Sets FOUND to RESULT if CANDIDATE is nearer than all before. Case is ignored. */
void nearest_try(struct nearest *nearest, const char *candidate, const char *result);

#endif
