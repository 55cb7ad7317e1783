/* wattle lesson [ID]: the lessons, on the screen, in sentences, or by answers from a file.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/author/pack.h"
#include "app/command.h"
#include "app/flags.h"
#include "app/lesson/check_line.h"
#include "app/lesson/lesson.h"
#include "app/lesson/pilot.h"
#include "app/lesson/progress.h"
#include "app/lesson/sitting.h"
#include "app/screen/on_screen.h"
#include "app/run/output.h"
#include "app/screen/screen.h"
#include "base/text.h"

#define SLOW_BYTES (4 << 20)

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
	FLAG_FAST,
	FLAG_SEED(.help = "Seed, instead of the student's own."),
	FLAG_STUDENT,
	{ .name = "reset",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "Begin the lesson anew; what was done before is kept, but not shown." },
	{ .name = "forget",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "Hide the newest attempt at the lesson, and stop." },
	{ .name = "resume",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "With --headless: go on where one left, and keep what is done." },
	{ .name = "install",
	  .type = PARAM_TEXT,
	  .unit = "PACK",
	  .help = "Put the lessons of a pack among the installed courses, and stop." },
	{ .name = "yes",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "With --install: also replace what is there." },
	FLAG_ENERGY(.help = "auto, none, or a source of wattle list sources."),
	FLAG_REQUIRE,
	FLAG_LESSON_LIMITS,
	{ 0 },
};

/* --- headless -----------------------------------------------------------------------------------
 */

typedef struct Headless {
	Pilot pilot;
	RecordOut *json; /* NULL: text */
	bool quiet;
} Headless;

static void show_text(const json_t *record)
{
	const char *type = json_string_value(json_object_get(record, "type"));
	if (json_is_object(json_object_get(record, "locked")) ||
	    json_is_true(json_object_get(record, "skipped")))
		return; /* the question again, with its answer, or without */
	const char *key = strcmp(type, "text") == 0      ? "markdown"
			  : strcmp(type, "prompt") == 0  ? "ask"
			  : strcmp(type, "verdict") == 0 ? "sentence"
							 : NULL;
	const char *text = key ? json_string_value(json_object_get(record, key)) : NULL;
	if (text)
		text_printf(stdout, "%s\n", text);
}

static bool headless_take(void *user, Sitting *sitting, const json_t *record, bool recalled,
			  Err *err)
{
	Headless *self = user;
	if (!self->json && !recalled) {
		show_text(record);
		check_line_print(stdout, record);
	}
	if (!self->json && !self->quiet && !recalled) {
		output_progress(stderr, record);
		if (strcmp(record_text(record, "type"), "notice") == 0)
			text_printf(stderr, "%s\n", record_text(record, "text"));
	}
	/* What an earlier sitting recorded has times of its own. */
	return (recalled || output_json(self->json, record, err)) &&
	       pilot_take(&self->pilot, sitting, record, recalled, err);
}

static json_t *read_answers(const Cli *cli, Err *err)
{
	json_error_t error;
	const ParamValue *path = params_get(&cli->flags, "answers");
	json_t *answers = path->given ? json_load_file(path->text, JSON_REJECT_DUPLICATES, &error)
				      : json_object();
	if (json_is_object(answers))
		return answers;
	if (!answers && error.line < 0)
		err_set(err, ERR_USAGE, "--answers: %s", error.text);
	else
		err_set(err, ERR_USAGE, "%s:%d: %s", path->text, answers ? 1 : error.line,
			answers ? "not a JSON object" : error.text);
	json_decref(answers);
	return NULL;
}

static const char *answers_folder(const Cli *cli, char out[PATH_MAX])
{
	const char *path = params_get(&cli->flags, "answers")->text, *slash = strrchr(path, '/');
	text_format(out, PATH_MAX, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
	return out;
}

/* Answers from a file are no student's progress, unless it is asked for. */
static bool open_progress(const Cli *cli, Progress **out, Err *err)
{
	char path[PATH_MAX];
	*out = NULL;
	if (params_get(&cli->flags, "headless")->flag && !params_get(&cli->flags, "resume")->flag)
		return true;
	return (*out = progress_open(paths_state("progress.jsonl", path), err)) != NULL;
}

static void say_sum(const Pilot *pilot)
{
	double points, of;
	pilot_sum(pilot, &points, &of);
	if (pilot->skipped)
		text_printf(stdout, "Left undone: %zu step%s.\n", pilot->skipped,
			    pilot->skipped == 1 ? "" : "s");
	text_printf(stdout, "Finished: %g of %g points.\n", points, of);
}

static int run_headless(const Cli *cli, const json_t *row, Err *err)
{
	json_t *answers = read_answers(cli, err);
	char folder[PATH_MAX];
	Headless self = { .pilot = { .answers = answers, .folder = answers_folder(cli, folder) },
			  .quiet = params_get(&cli->common, "quiet")->flag };
	SittingSink sink = { .take = headless_take, .user = &self };
	SittingOptions options = { .cli = cli,
				   .row = row,
				   .sink = &sink,
				   .reset = params_get(&cli->flags, "reset")->flag };
	bool wanted = params_get(&cli->common, "json")->flag;
	bool ok = answers && open_progress(cli, &options.progress, err) &&
		  (!wanted || (self.json = record_out_new(STDOUT_FILENO, 0, err))) &&
		  sitting_run(&options, err);
	if (ok && !wanted)
		say_sum(&self.pilot);
	record_out_free(self.json);
	progress_close(options.progress);
	json_decref(answers);
	if (!ok)
		return err_exit_status(err->code);
	return self.pilot.failed ? err_exit_status(ERR_CLAIM) : 0;
}

/* --- on the screen ------------------------------------------------------------------------------
 */

typedef struct OnScreen {
	const Cli *cli;
	Screen *screen;
	json_t *rows;
	Progress *progress;
} OnScreen;

/* A lesson on the screen. */
typedef struct OpenLesson {
	Screen *screen;
	ScreenLesson follower; /* its user is the sitting, once there is one */
	const char *name;      /* as it was asked for */
	char kept[256];        /* what is said of text that was not handed in; "": nothing */
} OpenLesson;

static bool follow_command(void *user, json_t *command, Err *err)
{
	return sitting_command(user, command, err);
}

static bool follow_exercise(void *user, const char *what, size_t step, Err *err)
{
	return sitting_exercise(user, what, step, err);
}

static bool screen_take_lesson(void *user, Sitting *sitting, const json_t *record, bool recalled,
			       Err *err)
{
	OpenLesson *self = user;
	(void)err;
	if (!self->follower.user) {
		self->follower.user = sitting;
		screen_set_lesson(self->screen, &self->follower);
	}
	(recalled ? screen_recall : screen_take)(self->screen, record);
	return true;
}

static void lend_screen(void *user, bool lent)
{
	const OpenLesson *self = user;
	screen_lend(self->screen, lent);
}

static size_t words_of(const json_t *draft)
{
	static const char *const keys[] = { "text", "why", "typed" };
	size_t words = 0;
	for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
		words += text_words(record_text(draft, keys[k]));
	return words;
}

static json_t *take_drafts(void *user)
{
	OpenLesson *self = user;
	json_t *drafts = screen_drafts(self->screen), *draft;
	size_t i, n = json_array_size(drafts), words = 0;
	char where[32];
	json_array_foreach(drafts, i, draft) words += words_of(draft);
	json_int_t step = json_integer_value(json_object_get(json_array_get(drafts, 0), "step"));
	text_format(where, sizeof where, n > 1 ? "%zu steps" : "step %zu",
		    n > 1 ? n : (size_t)step);
	self->kept[0] = '\0';
	if (n > 0)
		text_format(self->kept, sizeof self->kept,
			    "Not handed in, but kept for you: %zu word%s at %s of %s.", words,
			    words == 1 ? "" : "s", where, self->name);
	return drafts;
}

static void show_notice(const OnScreen *self)
{
	const char *notice = progress_notice(self->progress);
	if (notice)
		screen_message(self->screen, notice);
}

/* The rows with what was reached of each. */
static void show_rows(const OnScreen *self, void (*show)(Screen *, const json_t *))
{
	size_t i;
	json_t *row;
	json_array_foreach(self->rows, i, row)
	{
		lesson_add_progress(row, self->progress, self->cli);
		show(self->screen, row);
	}
}

static void add_sentence(char *text, size_t cap, const char *sentence)
{
	size_t len = strlen(text);
	const char *between = len == 0 ? "" : text[len - 1] == '.' ? " " : ". ";
	text_format(text + len, cap - len, "%s%s", *sentence ? between : "", sentence);
}

/* The lesson was left: why, where it was by a fault; what is kept of it, and whether it is saved where
 * it was not before. */
static void tell_kept(const OnScreen *self, const char *fault, const char *drafts)
{
	Err err;
	char text[3 * ERR_TEXT_MAX], unsaved[ERR_TEXT_MAX + 64];
	text_format(text, sizeof text, "%s", fault);
	add_sentence(text, sizeof text, drafts);
	if (progress_unsaved(self->progress) && progress_save(self->progress, &err)) {
		add_sentence(text, sizeof text, "Your progress is saved now.");
	} else if (progress_unsaved(self->progress)) {
		text_format(unsaved, sizeof unsaved,
			    "Your progress is not saved, but kept until you quit: %s.", err.text);
		add_sentence(text, sizeof text, unsaved);
	}
	if (*text)
		screen_message(self->screen, text);
}

static Request open_lesson(const OnScreen *self, const char *name, bool reset)
{
	Err err = { .code = ERR_NONE };
	OpenLesson open = { .screen = self->screen,
			    .name = name,
			    .follower = { .command = follow_command,
					  .exercise = follow_exercise } };
	SittingSink sink = { .take = screen_take_lesson,
			     .lend = lend_screen,
			     .drafts = take_drafts,
			     .user = &open,
			     .hook = screen_hook(self->screen) };
	SittingOptions options = { .cli = self->cli,
				   .row = lesson_find(self->rows, name, &err),
				   .sink = &sink,
				   .progress = self->progress,
				   .reset = reset };
	screen_await(self->screen);
	bool ok = options.row && sitting_run(&options, &err);
	screen_set_lesson(self->screen, NULL);
	Request asked = screen_asked(self->screen);
	if (!ok && err.code == ERR_INTERRUPTED && asked.kind == REQUEST_NONE)
		asked.kind = REQUEST_QUIT; /* by Ctrl-C where it is no key */
	screen_farewell(self->screen, asked.kind == REQUEST_QUIT ? open.kept : "");
	char fault[ERR_TEXT_MAX + 64] = "";
	if (!ok && asked.kind == REQUEST_NONE)
		text_format(fault, sizeof fault, "%s%s", err.text,
			    open.follower.user ? "; q goes back to the list" : "");
	if (asked.kind != REQUEST_QUIT)
		tell_kept(self, fault, open.kept);
	show_rows(self, screen_recall);
	return asked;
}

/* Before the only copy of what was done goes: who stays goes on, in the lesson where there was one,
 * and it is tried again at the next quit. */
static bool may_quit(const OnScreen *self, const char *open, Request *asked)
{
	Err err;
	char text[SCREEN_TEXT_MAX];
	if (progress_save(self->progress, &err))
		return true;
	text_format(text, sizeof text,
		    "Quit and lose what you did? y/n. It is not saved; quitting tries again: %s",
		    err.text);
	*asked = screen_confirm(self->screen, text);
	if (asked->kind == REQUEST_STAY && *open) {
		asked->kind = REQUEST_OPEN_LESSON;
		text_format(asked->text, sizeof asked->text, "%s", open);
	}
	if (asked->kind != REQUEST_QUIT)
		return false;
	text_format(text, sizeof text, "what you did is lost, as it could not be saved: %s",
		    err.text);
	screen_farewell(self->screen, text);
	return true;
}

static void show_lessons(const OnScreen *self)
{
	bool reset = params_get(&self->cli->flags, "reset")->flag;
	Request asked = { .kind = REQUEST_NONE };
	if (self->cli->operands) {
		asked.kind = REQUEST_OPEN_LESSON;
		text_format(asked.text, sizeof asked.text, "%s", self->cli->operand[0]);
	}
	char open[sizeof asked.text] = ""; /* in which one wanted to quit */
	while (asked.kind != REQUEST_QUIT || !may_quit(self, open, &asked)) {
		bool opens = asked.kind == REQUEST_OPEN_LESSON;
		Request next = opens ? open_lesson(self, asked.text, reset)
				     : screen_wait(self->screen, -1);
		reset &= !opens; /* only the first is meant */
		text_format(open, sizeof open, "%s",
			    opens && next.kind == REQUEST_QUIT ? asked.text : "");
		request_done(&asked);
		asked = next;
	}
}

/* Progress of so many bytes takes a while to read: the lessons are shown without it meanwhile. */
static void bridge_reading(const OnScreen *self)
{
	char path[PATH_MAX];
	struct stat status;
	size_t i;
	json_t *row;
	if (stat(paths_state("progress.jsonl", path), &status) != 0 || status.st_size < SLOW_BYTES)
		return;
	json_array_foreach(self->rows, i, row) screen_recall(self->screen, row);
	screen_message(self->screen, "Reading what you did …");
	screen_show(self->screen);
}

static int lesson_screen(const Cli *cli, Screen *screen, Err *err)
{
	OnScreen self = { .cli = cli, .screen = screen };
	self.rows = lesson_list(cli, err);
	if (self.rows)
		bridge_reading(&self);
	if (self.rows && open_progress(cli, &self.progress, err)) {
		/* In sentences the list would stand before the lesson that was asked for. */
		show_rows(&self, cli->operands ? screen_recall : screen_take);
		show_notice(&self);
		show_lessons(&self);
		progress_close(self.progress);
	}
	json_decref(self.rows);
	return err_exit_status(err->code);
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
	{
		text_printf(stdout, "%-10s %s%s\n", record_text(row, "name"),
			    record_text(row, *record_text(row, "error") ? "error" : "title"),
			    json_is_true(json_object_get(row, "planned")) ? " (in preparation)"
									  : "");
	}
	json_decref(rows);
	return 0;
}

/* Hides the newest attempt. */
static bool forget(const Cli *cli, const json_t *row, Err *err)
{
	const ProgressKey key = lesson_key(row, cli);
	char path[PATH_MAX];
	Progress *progress = progress_open(paths_state("progress.jsonl", path), err);
	if (!progress)
		return false;
	ProgressLesson sum = progress_lesson(progress, &key);
	bool ok = sum.attempt || err_set(err, ERR_NEED, "there is no attempt at %s%s to forget",
					 key.lesson, key.fast ? " (--fast)" : "");
	ok = ok && progress_put(progress, &key, sum.attempt, "forget", NULL);
	const char *notice = progress_notice(progress);
	if (ok && notice)
		ok = err_set(err, ERR_FILE, "%s", notice);
	if (ok)
		text_printf(stdout, "Attempt %d at %s is hidden: %g of %g points, %s.\n",
			    sum.attempt, key.lesson, sum.points, sum.of, sum.wall);
	progress_close(progress);
	return ok;
}

static int install(const Cli *cli, const char *pack, Err *err)
{
	char courses[PATH_MAX];
	bool ok = pack_install(pack, paths_user_data("courses", courses),
			       params_get(&cli->flags, "yes")->flag, err);
	return ok ? 0 : err_exit_status(err->code);
}

/* Flags that mean nothing without, or beside, another. */
static bool flags_fit(const Cli *cli, Err *err)
{
	static const struct {
		const char *flag, *other;
		bool wanted;
	} pairs[] = {
		{ "answers", "headless", true }, { "resume", "headless", true },
		{ "yes", "install", true },      { "list", "reset", false },
		{ "list", "forget", false },     { "list", "headless", false },
		{ "list", "install", false },    { "forget", "reset", false },
		{ "forget", "answers", false },  { "resume", "reset", false },
	};

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		bool flag = params_get(&cli->flags, pairs[i].flag)->given,
		     other = params_get(&cli->flags, pairs[i].other)->given;

		if (flag && other != pairs[i].wanted)
			return err_set(err, ERR_USAGE, "--%s works %s --%s%s", pairs[i].flag,
				       pairs[i].wanted ? "with" : "without", pairs[i].other,
				       pairs[i].wanted ? " only" : "");
	}
	return true;
}

static int lesson_run(const Cli *cli, Err *err)
{
	const ParamValue *pack = params_get(&cli->flags, "install");
	bool headless = params_get(&cli->flags, "headless")->flag,
	     forgets = params_get(&cli->flags, "forget")->flag;
	if (!flags_fit(cli, err))
		return err_exit_status(err->code);
	if (params_get(&cli->flags, "list")->flag)
		return list_lessons(cli, err);
	if (pack->given)
		return install(cli, pack->text, err);
	if (!headless && !forgets)
		return cli_on_screen(cli, "lessons", lesson_screen);
	if (cli->operands == 0) {
		err_set(err, ERR_USAGE, "%s wants a lesson: wattle lesson ID %s",
			forgets ? "--forget" : "--headless",
			forgets ? "--forget" : "--headless --answers FILE");
		return err_exit_status(err->code);
	}
	json_t *rows = lesson_list(cli, err);
	const json_t *row = rows ? lesson_find(rows, cli->operand[0], err) : NULL;
	int status = err_exit_status(err->code);
	if (row && forgets)
		status = forget(cli, row, err) ? 0 : err_exit_status(err->code);
	else if (row)
		status = run_headless(cli, row, err);
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
