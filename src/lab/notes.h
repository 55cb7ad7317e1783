/* Notes beside verdicts, each a sentence: usually better, drift, outliers, spikes, and what a small
 * difference is said of. They never decide.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_NOTES_H
#define WATTLE_LAB_NOTES_H

#include "lab/verdict.h"

#define VERDICT_NOTES_MAX 5
#define VERDICT_NOTE_MAX 320

typedef struct VerdictNotes {
	size_t count;
	char note[VERDICT_NOTES_MAX][VERDICT_NOTE_MAX];
} VerdictNotes;

/* Of a verdict on time or energy that has a word; none otherwise. Names of arms stand in them as they
 * are: print through text.h. */
void verdict_notes(VerdictNotes *notes, const Verdict *verdict, const Results *results);

#endif
