/* The variant of each student, as the lesson's worker picks it.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/grading/pairs.h"
#include "base/record.h"

enum { COLUMN_STUDENT, COLUMN_LESSON, COLUMN_SEED, COLUMN_VARIANT, COLUMN_RUN_SEED, COLUMNS };

static const TableColumn columns[COLUMNS] = {
	[COLUMN_STUDENT] = { .name = "student", .title = "student" },
	[COLUMN_LESSON] = { .name = "lesson", .title = "lesson" },
	[COLUMN_SEED] = { .name = "seed", .title = "seed", .kind = TABLE_WHOLE },
	[COLUMN_VARIANT] = { .name = "variant", .title = "variant" },
	[COLUMN_RUN_SEED] = { .name = "run_seed", .title = "hidden seed", .kind = TABLE_WHOLE },
};

/* The lesson record has the variant; then nothing more is wanted. */
typedef struct Asked {
	Session session;
	json_t *lesson;
} Asked;

static bool take_lesson(void *user, const json_t *record, Err *err)
{
	Asked *self = user;
	(void)err;
	if (!self->lesson && strcmp(record_text(record, "type"), "lesson") == 0) {
		self->lesson = json_incref((json_t *)(uintptr_t)record);
		session_hang_up(&self->session);
	}
	return true;
}

/* "sparsity=0.8 depth=3" */
static char *variant_text(const json_t *param)
{
	char *text = NULL;
	size_t len = 0;
	const char *name;
	json_t *value;
	FILE *to = open_memstream(&text, &len);
	if (!to)
		return NULL;
	json_object_foreach((json_t *)(uintptr_t)param, name, value)
	{
		fprintf(to, "%s%s=", len || ftell(to) > 0 ? " " : "", name);
		if (json_is_string(value))
			fputs(json_string_value(value), to);
		else
			fprintf(to, "%.10g", json_number_value(value));
	}
	fclose(to);
	return text;
}

static void put_row(Table *table, const Grades *grades, size_t student, const json_t *lesson)
{
	const char *name = grades_student(grades, student), *id = record_text(grades->source, "id");
	char *variant = variant_text(json_object_get(lesson, "param"));
	table_row(table);
	table_text(table, COLUMN_STUDENT, name);
	table_text(table, COLUMN_LESSON, id);
	table_number(table, COLUMN_SEED, json_number_value(json_object_get(lesson, "seed")));
	table_text(table, COLUMN_VARIANT, variant);
	table_number(table, COLUMN_RUN_SEED,
		     grades->secret ? (double)secret_seed(grades->secret, id, name) : (double)NAN);
	free(variant);
}

Table *variants_table(const Grades *grades, const Paths *paths, const ScriptFile *lesson, Err *err)
{
	json_t *data = paths_data_folders(paths);
	Table *table = table_new(columns, COLUMNS, "variant", err);
	bool ok = table != NULL;
	for (size_t s = 0; ok && s < grades->roster.count; s++) {
		Asked asked = { .session = { .take = take_lesson, .user = &asked } };
		Job job = { .kind = JOB_LESSON,
			    .script = lesson->name,
			    .kernel = "auto",
			    .energy = "none",
			    .student = grades_student(grades, s),
			    .threads = 1,
			    .data = data };
		ok = session_once(&asked.session, paths, &job, lesson->fd, err);
		if (ok)
			put_row(table, grades, s, asked.lesson);
		json_decref(asked.lesson);
	}
	json_decref(data);
	if (ok)
		return table;
	table_free(table);
	return NULL;
}
