/* Every file with every other one.
 * SPDX-License-Identifier: MIT */
#include "app/grading/pairs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/grading/similar.h"
#include "app/lesson/source.h"
#include "base/list.h"
#include "base/record.h"
#include "base/text.h"

enum { COLUMN_STUDENT, COLUMN_OTHER, COLUMN_LESSON, COLUMN_EXERCISE, COLUMN_SHARE, COLUMNS };

static const TableColumn columns[COLUMNS] = {
	[COLUMN_STUDENT] = { .name = "student", .title = "student" },
	[COLUMN_OTHER] = { .name = "other", .title = "other" },
	[COLUMN_LESSON] = { .name = "lesson", .title = "lesson" },
	[COLUMN_EXERCISE] = { .name = "exercise", .title = "exercise" },
	[COLUMN_SHARE] = { .name = "share", .title = "share", .kind = TABLE_REAL },
};

typedef struct Pair {
	size_t a, b; /* students */
	const char *exercise;
	double share;
} Pair;

typedef struct Pairs {
	const Grades *grades;
	Shingles *of; /* of each student, for one exercise */
	Pair *pair;
	size_t count, room;
} Pairs;

static int by_share(const void *x, const void *y)
{
	const Pair *a = x, *b = y;
	if (a->share != b->share)
		return a->share < b->share ? 1 : -1;
	if (a->a != b->a)
		return a->a < b->a ? -1 : 1;
	return a->b < b->b ? -1 : a->b > b->b;
}

static bool add_pair(Pairs *self, const Pair *pair, Err *err)
{
	Pair *more = list_room(self->pair, self->count, &self->room, sizeof *more);
	if (!more)
		return err_set(err, ERR_MEMORY, "no memory for the pairs");
	self->pair = more;
	self->pair[self->count++] = *pair;
	return true;
}

/* A lesson without its starter is still worth comparing: then nothing is left out. */
static void read_starter(Shingles *out, const char *folder, const char *file, const json_t *step)
{
	char path[PATH_MAX];
	size_t len = 0;
	Err err;
	ScriptFile starter = { .fd = -1 };
	source_file(path, sizeof path, folder, file, record_text(source_exercise(step), "file"));
	*out = (Shingles){ .hash = NULL };
	if (!script_file_open(&starter, path, &err))
		return;
	char *text = script_file_text(&starter, &len);
	if (text && !shingles_make(out, text, len, &err))
		*out = (Shingles){ .hash = NULL };
	free(text);
	script_file_close(&starter);
}

static bool make_shingles(Pairs *self, const json_t *step, const Shingles *starter, Err *err)
{
	for (size_t s = 0; s < self->grades->roster.count; s++) {
		const Submission *submission = grades_submission(self->grades, s);
		const json_t *line =
			submission ? json_object_get(submission->files, record_text(step, "id"))
				   : NULL;
		const char *text = record_text(line, "text");
		if (!shingles_make(&self->of[s], text, strlen(text), err))
			return false;
		shingles_leave_out(&self->of[s], starter);
	}
	return true;
}

static bool compare_all(Pairs *self, const json_t *step, Err *err)
{
	size_t count = self->grades->roster.count;
	bool ok = true;
	for (size_t a = 0; a < count; a++)
		for (size_t b = a + 1; ok && b < count; b++) {
			Pair pair = { a, b, record_text(step, "id"),
				      shingles_shared(&self->of[a], &self->of[b]) };
			if (pair.share >= PAIRS_SHARE_MIN)
				ok = add_pair(self, &pair, err);
		}
	return ok;
}

static Table *make_table(const Pairs *self, Err *err)
{
	Table *table = table_new(columns, COLUMNS, "similar", err);
	for (size_t i = 0; table && i < self->count; i++) {
		const Pair *pair = &self->pair[i];
		table_row(table);
		table_text(table, COLUMN_STUDENT, grades_student(self->grades, pair->a));
		table_text(table, COLUMN_OTHER, grades_student(self->grades, pair->b));
		table_text(table, COLUMN_LESSON, record_text(self->grades->source, "id"));
		table_text(table, COLUMN_EXERCISE, pair->exercise);
		table_number(table, COLUMN_SHARE, pair->share);
	}
	return table;
}

Table *pairs_table(const Grades *grades, const char *folder, const char *file, Err *err)
{
	size_t i;
	json_t *step;
	Pairs self = { .grades = grades, .of = calloc(grades->roster.count + 1, sizeof *self.of) };
	bool ok = self.of || err_set(err, ERR_MEMORY, "no memory for the pairs");
	json_array_foreach(json_object_get(grades->source, "steps"), i, step)
	{
		Shingles starter;
		if (!ok || !source_is(step, "exercise"))
			continue;
		read_starter(&starter, folder, file, step);
		ok = make_shingles(&self, step, &starter, err) && compare_all(&self, step, err);
		for (size_t s = 0; s < grades->roster.count; s++)
			shingles_done(&self.of[s]);
		shingles_done(&starter);
	}
	if (self.count)
		qsort(self.pair, self.count, sizeof *self.pair, by_share);
	Table *table = ok ? make_table(&self, err) : NULL;
	free(self.pair);
	free(self.of);
	return table;
}
