/* Notices of grading.
 * SPDX-License-Identifier: MIT */
#include "app/grading/notices.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"

#define STRAYS_TOLD 20

/* Files that are nobody's: no format but the generic one has a row for them. */
static void tell_strays(const Grades *grades)
{
	size_t strays = 0;
	for (size_t i = 0; i < grades->count; i++) {
		const Mark *mark = &grades->mark[i];
		if (mark->student != grades->roster.count)
			continue;
		if (strays++ < STRAYS_TOLD)
			text_printf(stderr, "wattle: not graded: %s\n",
				    mark->message ? mark->message : "a file that is nobody's");
	}
	if (strays > STRAYS_TOLD)
		text_printf(stderr, "wattle: and %zu more files are not graded\n",
			    strays - STRAYS_TOLD);
}

static bool same_check(const Mark *a, const Mark *b)
{
	return strcmp(a->exercise, b->exercise) == 0 && strcmp(a->check, b->check) == 0;
}

/* The first mark of that check for which is holds; NULL: there is none. */
static const Mark *first_of(const Grades *grades, const Mark *mark, bool (*is)(const Mark *mark))
{
	for (size_t i = 0; i < grades->count; i++)
		if (grades->mark[i].student < grades->roster.count && is(&grades->mark[i]) &&
		    same_check(&grades->mark[i], mark))
			return &grades->mark[i];
	return NULL;
}

static bool is_by_hand(const Mark *mark)
{
	return mark->hand && isnan(mark->worth);
}

static bool is_broken(const Mark *mark)
{
	return mark->broken;
}

/* What a person gives for one answer is of as many points for all, or their sums do not compare:
 * told once for each answer. */
static void tell_unequal(const Grades *grades)
{
	for (size_t i = 0; i < grades->count; i++) {
		const Mark *mark = &grades->mark[i];
		const Mark *first = is_by_hand(mark) ? first_of(grades, mark, is_by_hand) : NULL;
		bool told = false;
		if (!first || mark->max == first->max)
			continue;
		for (size_t k = 0; k < i; k++)
			told |= is_by_hand(&grades->mark[k]) &&
				same_check(&grades->mark[k], mark) &&
				grades->mark[k].max != first->max;
		if (!told)
			text_printf(
				stderr,
				"wattle: '%s' is of %g points for '%s' (line %zu) and of %g for "
				"'%s' (line %zu): their sums have different maxima\n",
				mark->exercise, first->max, grades_student(grades, first->student),
				first->hand->line, mark->max, grades_student(grades, mark->student),
				mark->hand->line);
	}
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
		text_printf(stderr, "wattle: %zu submissions are for another lesson than '%s'\n",
			    strangers, record_text(grades->source, "id"));
	if (changed)
		text_printf(stderr,
			    "wattle: the lesson has changed since %zu submissions were made; they "
			    "are graded by what it is now\n",
			    changed);
	if (fast)
		text_printf(stderr,
			    "wattle: %zu submissions are of attempts in fast mode, whose figures "
			    "are for trying out only\n",
			    fast);
	tell_unequal(grades);
}

/* In how many of how many rounds, and what the first said. */
static void tell_broken(const Grades *grades, const Mark *mark)
{
	size_t broken = 0, run = 0;
	for (size_t i = 0; i < grades->count; i++) {
		const Mark *other = &grades->mark[i];
		if (other->student == grades->roster.count || !same_check(other, mark))
			continue;
		broken += other->broken;
		run += other->broken || other->status == MARK_PASS || other->status == MARK_FAIL ||
		       other->status == MARK_TIMEOUT || other->status == MARK_ERROR;
	}
	text_printf(
		stderr,
		"wattle: the check '%s' of '%s' itself failed for %zu of %zu students, who got no "
		"points for it: %s\n",
		mark->check, mark->exercise, broken, run, mark->message ? mark->message : "?");
}

void notices_broken(const Grades *grades)
{
	for (size_t i = 0; i < grades->count; i++)
		if (grades->mark[i].broken &&
		    first_of(grades, &grades->mark[i], is_broken) == &grades->mark[i])
			tell_broken(grades, &grades->mark[i]);
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
