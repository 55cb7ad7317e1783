/* The sentence that says a verdict, word for word as the manual promises it.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_SENTENCE_H
#define WATTLE_LAB_SENTENCE_H

#include "lab/verdict.h"

/* How the baseline differs from itself: second measurement over the first. */
typedef struct SentenceSelf {
	Metric metric;
	size_t n;
	double ratio, low, high;
} SentenceSelf;

/* What a sentence needs beside the verdict's numbers. Texts are borrowed and may be untrusted:
 * print through text.h. */
typedef struct SentenceAbout {
	const char *arm, *versus;
	const char *provenance, *scope; /* of energy; "" when there is none */
	const char *split;              /* of accuracy: "test", "train" */
	bool replayed;
	size_t test_rows;
	bool blocked;             /* the arms did not take turns */
	const SentenceSelf *self; /* why nothing is resolved; NULL: it does not differ */
	SentenceSelf self_is;     /* room for it */
} SentenceAbout;

/* "time +4.8 % when it is measured twice (99 % interval +4.7 to +5.0 %; 12 blocks)", without an
 * end. */
void sentence_self(char *out, size_t cap, const SentenceSelf *self);

/* Fills verdict->sentence from its other fields. Never prints NaN or infinity. */
void sentence_write(Verdict *verdict, const SentenceAbout *about);

#endif
