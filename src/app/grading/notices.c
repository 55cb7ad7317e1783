/* Notices of grading.
 * SPDX-License-Identifier: MIT */
#include "app/grading/notices.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"

#define STRAYS_TOLD 20

/* What comes from a file of a student stays one line of ours. */
static int first_line(const char *text)
{
	return text ? (int)strcspn(text, "\n") : 0;
}

/* Files that are nobody's: no format but the generic one has a row for them. */
static void tell_strays(const Grades *grades)
{
	size_t strays = 0;
	for (size_t i = 0; i < grades->count; i++) {
		const Mark *mark = &grades->mark[i];
		if (mark->student != grades->roster.count)
			continue;
		if (strays++ < STRAYS_TOLD)
			text_printf(stderr, "wattle: not graded: %.*s\n", first_line(mark->message),
				    mark->message ? mark->message : "");
	}
	if (strays > STRAYS_TOLD)
		text_printf(stderr, "wattle: and %zu more files are not graded\n",
			    strays - STRAYS_TOLD);
}

static bool same_check(const Mark *a, const Mark *b)
{
	return strcmp(a->exercise, b->exercise) == 0 && strcmp(a->check, b->check) == 0;
}

/* A person gave points for it, which count. */
static bool is_by_hand(const Mark *mark)
{
	return mark->hand && isnan(mark->worth);
}

/* The first mark of that answer that has points by hand; NULL: there is none. */
static const Mark *first_by_hand(const Grades *grades, const Mark *mark)
{
	for (size_t i = 0; i < grades->count; i++)
		if (is_by_hand(&grades->mark[i]) && same_check(&grades->mark[i], mark))
			return &grades->mark[i];
	return NULL;
}

/* What a person gives for one answer is of as many points for all, or their sums do not compare:
 * told once for each answer. */
static void tell_unequal(const Grades *grades)
{
	for (size_t i = 0; i < grades->count; i++) {
		const Mark *mark = &grades->mark[i];
		const Mark *first = is_by_hand(mark) ? first_by_hand(grades, mark) : NULL;
		bool told = false;
		if (!first || mark->max == first->max)
			continue;
		for (size_t k = 0; k < i; k++)
			told |= is_by_hand(&grades->mark[k]) &&
				same_check(&grades->mark[k], mark) &&
				grades->mark[k].max != first->max;
		if (!told)
			text_printf(stderr,
				    "wattle: '%s' is of %.10g points for '%s' (line %zu) and of "
				    "%.10g for '%s' (line %zu): their sums have different maxima\n",
				    mark->exercise, first->max,
				    grades_student(grades, first->student), first->hand->line,
				    mark->max, grades_student(grades, mark->student),
				    mark->hand->line);
	}
}

static const char *are(size_t count)
{
	return count == 1 ? " is" : "s are";
}

void notices_before(const Grades *grades)
{
	size_t strangers = grades_strangers(grades), changed = 0, fast = 0;
	tell_strays(grades);
	for (size_t s = 0; s < grades->roster.count; s++) {
		changed += grades_changed(grades, s);
		fast += grades_fast(grades, s);
	}
	if (strangers)
		text_printf(stderr, "wattle: %zu submission%s for another lesson than '%s'\n",
			    strangers, are(strangers), record_text(grades->source, "id"));
	if (changed)
		text_printf(stderr,
			    "wattle: the lesson has changed since %zu submission%s made: it is "
			    "graded by what it is now\n",
			    changed, changed == 1 ? " was" : "s were");
	if (fast)
		text_printf(stderr,
			    "wattle: %zu submission%s from fast mode, whose figures are for trying "
			    "out only\n",
			    fast, are(fast));
	tell_unequal(grades);
}

void notices_unfair(const Grades *model)
{
	for (size_t i = 0; i < model->count; i++) {
		const Mark *mark = &model->mark[i];
		if (mark->unfair)
			text_printf(stderr,
				    "wattle: the model solution does not pass the check '%s' of "
				    "'%s', so mend that first: %.*s\n",
				    mark->check, mark->exercise, first_line(mark->message),
				    mark->message ? mark->message : "");
	}
}

void notices_sum(const Grades *grades)
{
	size_t handed = 0, by_hand = 0;
	for (size_t s = 0; s < grades->roster.count; s++)
		handed += grades_submission(grades, s) != NULL;
	for (size_t i = 0; i < grades->count; i++)
		by_hand += grades_wait(grades, &grades->mark[i]);
	text_printf(stderr, "wattle: graded %zu of %zu students", handed, grades->roster.count);
	if (by_hand)
		text_printf(stderr, "; %zu %s still to be graded by hand", by_hand,
			    by_hand == 1 ? "answer is" : "answers are");
	text_printf(stderr, "\n");
}
