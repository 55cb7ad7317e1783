/* wattle author test FILE…: the starter fails, the model solution passes, and the script of answers
 * reaches every point, without a meter and with one.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "app/author/author.h"
#include "app/author/fake_meter.h"
#include "app/lesson/lesson_job.h"
#include "app/lesson/pilot.h"
#include "app/lesson/source.h"
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
	const char *energy; /* of the meter that is none */
	int64_t since_ns;   /* of the part that runs */
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

/* In the file that rows name. */
static int line_of(const Testing *self, const json_t *step)
{
	return source_line(self->grading ? self->grading->source : step);
}

/* What keeps a part from being tested is a problem of that part; the others go on. False: it was
 * interrupted. */
static bool tell_fault(Testing *self, const json_t *step, const char *part, const Err *err)
{
	if (err->code == ERR_INTERRUPTED)
		return false;
	tell(self, line_of(self, step), part, false, err->text);
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

/* The checks that the grading file adds to the exercise; they alone are run. Borrowed. */
static const json_t *added(const AuthorFile *grading, const json_t *step)
{
	return json_object_get(json_object_get(grading->source, "extra"), record_text(step, "id"));
}

static json_t *check_json(const Testing *self, const json_t *step, const char *text,
			  const json_t *extra)
{
	const AuthorFile *grading = self->grading;
	size_t i;
	json_t *check, *only = extra ? json_array() : NULL;
	json_array_foreach((json_t *)(uintptr_t)extra, i, check)
		json_array_append(only, json_object_get(check, "id"));
	const JobCheck asked = { .exercise = record_text(step, "id"),
				 .file = record_text(source_exercise(step), "file"),
				 .text = text,
				 .only = only,
				 .grading_name = grading ? grading->name : NULL,
				 .grading_text = grading ? grading->text : NULL };
	json_t *json = job_check(&asked);
	json_decref(only);
	return json;
}

/* One round of all checks of the exercise on that text. */
static bool run_round(const Testing *self, const json_t *step, const char *text, Outcome *out,
		      Err *err)
{
	static Cli cli;
	const json_t *exercise = source_exercise(step);
	double seconds = record_number(exercise, "seconds");
	const json_t *extra = self->grading ? added(self->grading, step) : NULL;
	const json_t *checks = extra ? extra : json_object_get(exercise, "checks");
	json_t *check = check_json(self, step, text, extra);
	json_t *data = paths_data_folders(self->author->cli->paths);
	Session session = { .take = take_check, .user = out };
	*out = (Outcome){ .passed = 0 };
	bool ok = author_cli(&cli, self->author, self->fast, "none", err) &&
		  (check || err_set(err, ERR_FORMAT, "%s: it is no UTF-8 text",
				    record_text(exercise, "file")));
	if (ok) {
		Job job = lesson_job(&cli, JOB_CHECK, self->file.script.name, data);
		job.check = check;
		ok = session_open(&session, cli.paths,
				  lesson_job_measures(checks) ? self->energy : NULL,
				  (double)(json_array_size(checks) + 1) * seconds + LOAD_SECONDS,
				  err) &&
		     session_job(&session, &job, self->file.script.fd, err);
		session_close(&session);
	}
	cli_done(&cli);
	json_decref(check);
	json_decref(data);
	return ok;
}

/* Whether the checks said what they should of a file, and that in words. */
typedef bool Judge(const Outcome *out, char *text, size_t cap);

static bool judge_starter(const Outcome *out, char *text, size_t cap)
{
	if (out->failed)
		text_format(text, cap, "%zu of its checks fail, as they should",
			    out->failed + out->broken);
	else
		text_format(text, cap, "%s%s",
			    out->broken ? "it must fail, not break: "
					: "it passes: nothing is to do",
			    out->first);
	return out->failed > 0;
}

static bool judge_solution(const Outcome *out, char *text, size_t cap)
{
	bool pass = out->failed + out->broken == 0;
	text_format(text, cap, pass ? "all of %zu checks pass%s" : "%zu pass; %s", out->passed,
		    out->first);
	return pass;
}

/* The checks of the exercise on its file of that key, which rows call what. */
static bool test_file(Testing *self, const json_t *step, const char *key, const char *what,
		      Judge *judge, Err *err)
{
	Outcome out;
	char part[96], text[ERR_TEXT_MAX + 64];
	self->since_ns = clock_now_ns();
	char *file = author_file_read(&self->file, record_text(source_exercise(step), key), err);
	bool ok = file && run_round(self, step, file, &out, err);
	free(file);
	text_format(part, sizeof part, "the %s of %s", what, record_text(step, "id"));
	if (!ok)
		return tell_fault(self, step, part, err);
	bool pass = judge(&out, text, sizeof text);
	tell(self, line_of(self, step), part, pass, text);
	return true;
}

static bool test_solution(Testing *self, const json_t *step, Err *err)
{
	return test_file(self, step, "solution", "solution", judge_solution, err);
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
	json_t *row =
		source_row(self->file.source, self->file.folder, self->file.name, self->file.path);
	SittingSink sink = { .take = play_take, .user = pilot };
	SittingOptions options = { .cli = &cli, .row = row, .sink = &sink };
	bool ok = author_cli(&cli, self->author, self->fast, energy, err) &&
		  sitting_run(&options, err);
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

static void test_play(Testing *self)
{
	self->since_ns = clock_now_ns();
	json_t *answers = read_answers(self);
	if (!answers)
		return;
	test_names(self, answers);
	test_answers(self, answers, "none", "--energy none");
	test_answers(self, answers, self->energy, "with a meter");
	json_decref(answers);
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
		ok = test_file(self, step, "file", "starter", judge_starter, err) &&
		     test_solution(self, step, err);
	}
	if (ok && steps) /* a planned lesson has nothing to play */
		test_play(self);
	return ok;
}

/* The model solutions pass the checks that it adds, which grading never runs in fast mode. */
static bool test_grading(Testing *self, const AuthorFile *grading, Err *err)
{
	const char *id;
	json_t *checks;
	char path[PATH_MAX];
	bool ok = author_lesson_open(&self->file, path, grading, self->author->cli, err);
	self->grading = grading;
	self->fast = false;
	json_object_foreach(json_object_get(grading->source, "extra"), id, checks)
	{
		ok = ok && test_solution(self, source_step(self->file.source, id), err);
	}
	author_file_close(&self->file);
	return ok;
}

static bool test_one(Author *author, Table *table, const char *path, Err *err)
{
	AuthorFile file;
	FakeMeter meter = { .pid = 0 };
	Testing self = { .author = author,
			 .path = path,
			 .table = table,
			 .energy = meter.energy,
			 .since_ns = clock_now_ns(),
			 .fast = !params_get(&author->cli->flags, "full")->flag };
	bool ok = author_file_open(&file, author->cli->paths, NULL, path, err) &&
		  fake_meter_start(&meter, err);
	if (ok && author_is_grading(&file)) {
		ok = test_grading(&self, &file, err);
	} else if (ok) {
		self.file = file;
		ok = test_lesson(&self, err);
	}
	fake_meter_stop(&meter);
	author_file_close(&file);
	if (!ok && table)
		tell(&self, author_line(path, err->text), "load", false, err->text);
	return ok;
}

bool author_test(void *user, Err *err)
{
	return author_each(user, test_one, columns, COLUMNS, "lesson-test", err);
}
