/* wattle author test FILE…: the starter fails, the model solution passes, and the script of answers
 * reaches every point, without a meter and with one.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "app/author/author.h"
#include "app/author/fake_meter.h"
#include "app/lesson/source.h"
#include "app/lesson/pilot.h"
#include "base/clock.h"
#include "base/record.h"
#include "base/text.h"
#include "lab/table.h"

#define FAST_SECONDS 60
#define LOAD_SECONDS 10

enum { COLUMN_FILE, COLUMN_LINE, COLUMN_PART, COLUMN_PASS, COLUMN_TEXT, COLUMN_TIME, COLUMNS };

static const TableColumn columns[COLUMNS] = {
	[COLUMN_FILE] = { .name = "file", .title = "file" },
	[COLUMN_LINE] = { .name = "line", .title = "line", .kind = TABLE_WHOLE },
	[COLUMN_PART] = { .name = "part", .title = "part" },
	[COLUMN_PASS] = { .name = "pass", .title = "pass", .kind = TABLE_FLAG },
	[COLUMN_TEXT] = { .name = "text", .title = "text" },
	[COLUMN_TIME] = { .name = "time_s", .title = "time (s)", .kind = TABLE_REAL },
};

/* The test of one file. */
typedef struct Testing {
	Author *author;
	AuthorFile file;
	const AuthorFile *grading; /* whose checks are run; NULL: the lesson's */
	const char *path;          /* of what is tested, as rows name it */
	Table *table;              /* NULL: plain lines */
	bool fast;
	int64_t since_ns; /* of the part that runs */
} Testing;

static void tell(Testing *self, int line, const char *part, bool pass, const char *text)
{
	double time_s = (double)(clock_now_ns() - self->since_ns) / CLOCK_NS_PER_S;
	self->author->found |= !pass;
	if (!self->table) {
		text_printf(stdout, "%s:%d: %s %s: %s (%.1f s)\n", self->path, line,
			    pass ? "✓" : "✗", part, text, time_s);
		return;
	}
	table_row(self->table);
	table_text(self->table, COLUMN_FILE, self->path);
	table_number(self->table, COLUMN_LINE, line);
	table_text(self->table, COLUMN_PART, part);
	table_number(self->table, COLUMN_PASS, pass);
	table_text(self->table, COLUMN_TEXT, text);
	table_number(self->table, COLUMN_TIME, time_s);
}

/* What keeps a part from being tested is a problem of that part; the others go on. False: it was
 * interrupted. */
static bool tell_fault(Testing *self, const json_t *step, const char *part, const Err *err)
{
	if (err->code == ERR_INTERRUPTED)
		return false;
	tell(self, source_line(step), part, false, err->text);
	return true;
}

/* --- exercises -------------------------------------------------------------------------------- */

/* What became of the checks of one file. */
typedef struct Outcome {
	size_t passed, failed, broken, skipped;
	char first[ERR_TEXT_MAX]; /* message of the first that did not pass */
} Outcome;

static bool take_check(void *user, const json_t *record, Err *err)
{
	Outcome *self = user;
	const char *status = record_text(record, "status");
	(void)err;
	if (strcmp(record_text(record, "type"), "check") != 0)
		return true;
	bool passed = strcmp(status, "pass") == 0, failed = strcmp(status, "fail") == 0;
	bool skipped = strcmp(status, "skipped") == 0;
	self->passed += passed;
	self->failed += failed;
	self->skipped += skipped;
	self->broken += !passed && !failed && !skipped;
	if (!passed && !skipped && !*self->first)
		text_format(self->first, sizeof self->first, "%s: %s", record_text(record, "id"),
			    record_text(record, "message"));
	return true;
}

/* The checks that the grading file adds, and they alone. */
static void add_grading(const AuthorFile *grading, const char *exercise, json_t *wish)
{
	size_t i;
	json_t *check, *only = json_array();
	const json_t *extra = json_object_get(grading->source, "extra");
	json_array_foreach(json_object_get(extra, exercise), i, check)
		json_array_append(only, json_object_get(check, "id"));
	json_object_set_new(wish, "only", only);
	json_object_set_new(wish, "grading",
			    json_pack("{s:s, s:s}", "name", grading->name, "text", grading->text));
}

/* One round of all checks of the exercise on that text. */
static bool run_round(const Testing *self, const json_t *step, const char *text, Outcome *out,
		      Err *err)
{
	const json_t *exercise = source_exercise(step);
	json_t *data = paths_data_folders(self->author->cli->paths);
	json_t *check =
		json_pack("{s:s, s:s, s:s, s:i}", "exercise", record_text(step, "id"), "file",
			  record_text(exercise, "file"), "text", text, "attempts", 0);
	double seconds = json_number_value(json_object_get(exercise, "seconds"));
	const json_t *extra = json_object_get(
		json_object_get(self->grading ? self->grading->source : NULL, "extra"),
		record_text(step, "id"));
	size_t checks = json_array_size(extra ? extra : json_object_get(exercise, "checks"));
	if (check && self->grading)
		add_grading(self->grading, record_text(step, "id"), check);
	Session session = { .take = take_check, .user = out };
	Job job = { .kind = JOB_CHECK,
		    .script = self->file.script.name,
		    .kernel = "auto",
		    .energy = "none",
		    .threads = 1,
		    .fast = self->fast,
		    .check = check,
		    .data = data };
	*out = (Outcome){ .passed = 0 };
	bool ok = check &&
		  session_open(&session, self->author->cli->paths, NULL,
			       (double)(checks + 1) * seconds + LOAD_SECONDS, err) &&
		  session_job(&session, &job, self->file.script.fd, err);
	if (!check)
		err_set(err, ERR_FORMAT, "%s: it is no UTF-8 text", record_text(exercise, "file"));
	session_close(&session);
	json_decref(check);
	json_decref(data);
	return ok;
}

static bool test_starter(Testing *self, const json_t *step, Err *err)
{
	Outcome out;
	char part[96], text[ERR_TEXT_MAX + 64];
	char *starter =
		author_file_read(&self->file, record_text(source_exercise(step), "file"), err);
	bool ok = starter && run_round(self, step, starter, &out, err);
	free(starter);
	text_format(part, sizeof part, "the starter of %s", record_text(step, "id"));
	if (!ok)
		return tell_fault(self, step, part, err);
	if (out.failed)
		text_format(text, sizeof text, "%zu of its checks fail, as they should",
			    out.failed + out.broken);
	else
		text_format(text, sizeof text, "%s%s",
			    out.broken ? "it must fail, not break: "
				       : "it passes: nothing is to do",
			    out.first);
	tell(self, source_line(step), part, out.failed > 0, text);
	return true;
}

static bool test_solution(Testing *self, const json_t *step, Err *err)
{
	Outcome out;
	char part[96], text[ERR_TEXT_MAX + 64];
	char *solution =
		author_file_read(&self->file, record_text(source_exercise(step), "solution"), err);
	bool ok = solution && run_round(self, step, solution, &out, err);
	free(solution);
	text_format(part, sizeof part, "the solution of %s", record_text(step, "id"));
	if (!ok)
		return tell_fault(self, step, part, err);
	bool pass = out.failed + out.broken == 0;
	text_format(text, sizeof text, pass ? "all of %zu checks pass%s" : "%zu pass; %s",
		    out.passed, out.first);
	tell(self, source_line(step), part, pass, text);
	return true;
}

/* --- answers ---------------------------------------------------------------------------------- */

static bool play_take(void *user, Sitting *sitting, const json_t *record, bool recalled, Err *err)
{
	return pilot_take(user, sitting, record, recalled, err);
}

/* The lesson, played by the pilot as `wattle lesson --headless` does. */
static bool play(const Testing *self, const char *energy, Pilot *pilot, Err *err)
{
	static Cli cli;
	const char *argv[] = { "wattle", "lesson", "--headless", "--energy", energy, "--fast" };
	int argc = self->fast ? 6 : 5;
	json_t *row = source_row(self->file.source, self->file.folder, self->file.name);
	SittingSink sink = { .take = play_take, .user = pilot };
	SittingOptions options = { .cli = &cli, .row = row, .sink = &sink };
	bool ok = cli_parse(&cli, argc, (char **)(uintptr_t)argv, err);
	cli.paths = self->author->cli->paths;
	ok = ok && sitting_run(&options, err);
	cli_done(&cli);
	json_decref(row);
	return ok;
}

/* Whatever goes wrong in there is a mistake of the lesson or of its answers. */
static void test_answers(Testing *self, const json_t *answers, const char *energy, const char *with)
{
	char folder[PATH_MAX], part[64], text[ERR_TEXT_MAX + 64], late[64];
	double points = 0, of = 0;
	Err err = { .code = ERR_NONE };
	source_file(folder, sizeof folder, self->file.folder, self->file.name, ".");
	Pilot pilot = { .answers = answers, .folder = folder };
	self->since_ns = clock_now_ns();
	bool ok = play(self, energy, &pilot, &err);
	pilot_sum(&pilot, &points, &of);
	double time_s = (double)(clock_now_ns() - self->since_ns) / CLOCK_NS_PER_S;
	text_format(part, sizeof part, "answers.json, %s", with);
	if (ok)
		text_format(text, sizeof text, "%g of %g points%s", points, of,
			    pilot.done ? "" : "; it did not come to the end");
	else
		text_format(text, sizeof text, "%s", err.text);
	tell(self, source_line(self->file.source), part, ok && pilot.done && points >= of, text);
	text_format(late, sizeof late, "%.0f s; fast mode has %d s", time_s, FAST_SECONDS);
	if (self->fast && time_s > FAST_SECONDS)
		tell(self, source_line(self->file.source), part, false, late);
}

/* A name that was mistyped answers nothing. */
static void test_names(Testing *self, const json_t *answers)
{
	const char *id, *names[PILOT_STEPS_MAX + 1] = { NULL };
	char text[ERR_TEXT_MAX], hint[TEXT_HINT_MAX];
	size_t i, n = 0;
	json_t *step, *answer;
	json_array_foreach(json_object_get(self->file.source, "steps"), i, step)
	{
		if (n < PILOT_STEPS_MAX && *record_text(step, "id"))
			names[n++] = record_text(step, "id");
	}
	json_object_foreach((json_t *)(uintptr_t)answers, id, answer)
	{
		if (source_step(self->file.source, id))
			continue;
		text_format(text, sizeof text, "the lesson has no step '%s'%s", id,
			    text_did_you_mean(hint, id, names));
		tell(self, source_line(self->file.source), "answers.json", false, text);
	}
}

/* NULL: a problem was told. */
static json_t *read_answers(Testing *self)
{
	json_error_t error;
	char path[PATH_MAX];
	Err err = { .code = ERR_NONE };
	char *text = author_file_read(&self->file, "answers.json", &err);
	json_t *answers = text ? json_loads(text, JSON_REJECT_DUPLICATES, &error) : NULL;
	source_file(path, sizeof path, self->file.folder, self->file.name, "answers.json");
	if (text && !json_is_object(answers))
		err_set(&err, ERR_FORMAT, "%s:%d: %s", path, answers ? 1 : error.line,
			answers ? "not a JSON object" : error.text);
	free(text);
	if (json_is_object(answers))
		return answers;
	tell(self, source_line(self->file.source), "answers.json", false, err.text);
	json_decref(answers);
	return NULL;
}

static bool test_play(Testing *self, Err *err)
{
	FakeMeter meter;
	self->since_ns = clock_now_ns();
	json_t *answers = read_answers(self);
	if (!answers)
		return true;
	test_names(self, answers);
	test_answers(self, answers, "none", "--energy none");
	bool ok = fake_meter_start(&meter, err);
	if (ok) {
		test_answers(self, answers, meter.energy, "with a meter");
		fake_meter_stop(&meter);
	}
	json_decref(answers);
	return ok;
}

/* --- files ------------------------------------------------------------------------------------ */

static bool test_lesson(Testing *self, Err *err)
{
	size_t i;
	json_t *step;
	bool ok = true;
	const json_t *steps = json_object_get(self->file.source, "steps");
	json_array_foreach((json_t *)(uintptr_t)steps, i, step)
	{
		if (!ok || !source_is(step, "exercise"))
			continue;
		self->since_ns = clock_now_ns();
		ok = test_starter(self, step, err);
		self->since_ns = clock_now_ns();
		ok = ok && test_solution(self, step, err);
	}
	/* A planned lesson has nothing to play. */
	return ok && (!steps || test_play(self, err));
}

/* The model solutions pass the checks that it adds. */
static bool test_grading(Testing *self, const AuthorFile *grading, Err *err)
{
	const char *id;
	json_t *checks;
	char path[PATH_MAX];
	bool ok = author_lesson_open(&self->file, path, grading, self->author->cli, err);
	self->grading = grading;
	json_object_foreach(json_object_get(grading->source, "extra"), id, checks)
	{
		self->since_ns = clock_now_ns();
		ok = ok && test_solution(self, source_step(self->file.source, id), err);
	}
	author_file_close(&self->file);
	return ok;
}

static bool test_one(Author *author, Table *table, const char *path, Err *err)
{
	AuthorFile file;
	Testing self = { .author = author,
			 .path = path,
			 .table = table,
			 .since_ns = clock_now_ns(),
			 .fast = !params_get(&author->cli->flags, "full")->flag };
	bool ok = author_file_open(&file, author->cli->paths, NULL, path, err);
	if (ok && author_is_grading(&file)) {
		ok = test_grading(&self, &file, err);
	} else if (ok) {
		self.file = file;
		ok = test_lesson(&self, err);
	}
	author_file_close(&file);
	if (!ok && table)
		tell(&self, author_line(path, err->text), "load", false, err->text);
	return ok;
}

bool author_test(void *user, Err *err)
{
	return author_each(user, test_one, columns, COLUMNS, "lesson-test", err);
}
