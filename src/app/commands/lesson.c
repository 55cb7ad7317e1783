/* wattle lesson [ID]: the lessons, on the screen, in sentences, or by answers from a file.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/flags.h"
#include "app/lesson/lesson.h"
#include "app/screen/on_screen.h"
#include "app/run/output.h"
#include "app/screen/screen.h"
#include "base/text.h"

static const Param lesson_params[] = {
	{ .name = "list",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "List the lessons and stop." },
	{ .name = "headless",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "No screen: answer from --answers, print what happens." },
	{ .name = "answers",
	  .type = PARAM_TEXT,
	  .unit = "FILE",
	  .help = "JSON object of answers: {\"p1\":{\"choice\":2}}." },
	{ .name = "fast",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "Small caps on rows, epochs and windows; labelled FAST." },
	FLAG_SEED(.help = "Seed, instead of the student's own."),
	{ .name = "student",
	  .type = PARAM_TEXT,
	  .value = "",
	  .unit = "ID",
	  .help = "Whose variant of the lesson." },
	FLAG_ENERGY(.help = "auto, none, or a source of wattle list sources."),
	FLAG_REQUIRE,
	{ 0 },
};

/* --- headless -----------------------------------------------------------------------------------
 */

typedef struct Headless {
	LessonPilot pilot;
	RecordOut *json; /* NULL: text */
	bool quiet;
} Headless;

static void show_text(const json_t *record)
{
	const char *type = json_string_value(json_object_get(record, "type"));
	const char *key = strcmp(type, "text") == 0      ? "markdown"
			  : strcmp(type, "prompt") == 0  ? "ask"
			  : strcmp(type, "verdict") == 0 ? "sentence"
							 : NULL;
	const char *text = key ? json_string_value(json_object_get(record, key)) : NULL;
	if (text)
		text_printf(stdout, "%s\n", text);
}

static bool headless_take(void *user, Session *session, const json_t *record, Err *err)
{
	Headless *self = user;
	if (!self->json) {
		show_text(record);
		if (!self->quiet)
			output_progress(stderr, record);
	}
	return output_json(self->json, record, err) &&
	       lesson_pilot_take(&self->pilot, session, record, err);
}

static json_t *read_answers(const Cli *cli, Err *err)
{
	json_error_t error;
	const ParamValue *path = params_get(&cli->flags, "answers");
	json_t *answers = path->given ? json_load_file(path->text, JSON_REJECT_DUPLICATES, &error)
				      : json_object();
	if (json_is_object(answers))
		return answers;
	err_set(err, ERR_USAGE, "%s:%d: %s", path->text, answers ? 1 : error.line,
		answers ? "not a JSON object" : error.text);
	json_decref(answers);
	return NULL;
}

static int run_headless(const Cli *cli, const json_t *row, Err *err)
{
	json_t *answers = read_answers(cli, err);
	Headless self = { .pilot = { .answers = answers },
			  .quiet = params_get(&cli->common, "quiet")->flag };
	LessonSink sink = { .take = headless_take, .user = &self };
	bool wanted = params_get(&cli->common, "json")->flag;
	bool ok = answers && (!wanted || (self.json = record_out_new(STDOUT_FILENO, 0, err)));
	ok = ok && lesson_open_run(cli, row, &sink, err);
	if (ok && !wanted)
		text_printf(stdout, "Finished: %g of %g points.\n", self.pilot.right,
			    self.pilot.total);
	record_out_free(self.json);
	json_decref(answers);
	if (!ok)
		return err_exit_status(err->code);
	return self.pilot.failed ? err_exit_status(ERR_CLAIM) : 0;
}

/* --- on the screen ------------------------------------------------------------------------------
 */

/* A lesson that has opened begins at its first step; later lesson records tell of changed values
 * only. */
typedef struct OpenOnScreen {
	Screen *screen;
	bool begun;
} OpenOnScreen;

static bool screen_take_lesson(void *user, Session *session, const json_t *record, Err *err)
{
	OpenOnScreen *self = user;
	(void)err;
	screen_take(self->screen, record);
	if (!self->begun &&
	    strcmp(json_string_value(json_object_get(record, "type")), "lesson") == 0) {
		json_t *command = session_command_new("step");
		json_object_set_new(command, "step", json_integer(1));
		session_send(session, command);
		self->begun = true;
	}
	return true;
}

static Request open_lesson(const Cli *cli, Screen *screen, const json_t *rows, const char *name)
{
	Err err = { .code = ERR_NONE };
	OpenOnScreen open = { .screen = screen };
	LessonSink sink = { .take = screen_take_lesson,
			    .user = &open,
			    .hook = screen_hook(screen) };
	const json_t *row = lesson_find(rows, name, &err);
	screen_await(screen);
	bool ok = row && lesson_open_run(cli, row, &sink, &err);
	Request asked = screen_asked(screen);
	if (!ok && asked.kind == REQUEST_NONE)
		screen_message(screen, err.text);
	return asked;
}

static int lesson_screen(const Cli *cli, Screen *screen, Err *err)
{
	size_t i;
	json_t *rows = lesson_list(cli, err), *row;
	if (!rows)
		return err_exit_status(err->code);
	json_array_foreach(rows, i, row) screen_take(screen, row);
	Request asked = { .kind = REQUEST_NONE };
	if (cli->operands) {
		asked.kind = REQUEST_OPEN_LESSON;
		text_format(asked.text, sizeof asked.text, "%s", cli->operand[0]);
	}
	while (asked.kind != REQUEST_QUIT) {
		Request next = asked.kind == REQUEST_OPEN_LESSON
				       ? open_lesson(cli, screen, rows, asked.text)
				       : screen_wait(screen, -1);
		request_done(&asked);
		asked = next;
	}
	json_decref(rows);
	return 0;
}

/* --- the command --------------------------------------------------------------------------------
 */

static int list_lessons(const Cli *cli, Err *err)
{
	size_t i;
	json_t *rows = lesson_list(cli, err), *row;
	if (!rows)
		return err_exit_status(err->code);
	json_array_foreach(rows, i, row)
		text_printf(stdout, "%-10s %s\n", json_string_value(json_object_get(row, "name")),
			    json_string_value(json_object_get(
				    row, json_object_get(row, "error") ? "error" : "title")));
	json_decref(rows);
	return 0;
}

static int lesson_run(const Cli *cli, Err *err)
{
	bool headless = params_get(&cli->flags, "headless")->flag;
	if (params_get(&cli->flags, "list")->flag)
		return list_lessons(cli, err);
	if (!headless)
		return cli_on_screen(cli, "lessons", lesson_screen);
	if (cli->operands == 0) {
		err_set(err, ERR_USAGE,
			"--headless wants a lesson: wattle lesson ID --headless --answers FILE");
		return err_exit_status(err->code);
	}
	json_t *rows = lesson_list(cli, err);
	const json_t *row = rows ? lesson_find(rows, cli->operand[0], err) : NULL;
	int status = row ? run_headless(cli, row, err) : err_exit_status(err->code);
	json_decref(rows);
	return status;
}

const Command command_lesson = {
	.info = { .name = "lesson",
		  .title = "Lessons",
		  .about = "Learn: the list of lessons, or one of them.",
		  .params = lesson_params },
	.synopsis = "[ID]",
	.operands_max = 1,
	.run = lesson_run,
};
