/* wattle author preview FILE: the lesson as students see it, open while it is written. When it or
 * a file of its folder is saved it is loaded again, at the same step and with the same predictions;
 * what does not load is a page with the mistake, until it is mended.
 * SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "app/author/author.h"
#include "app/lesson/sitting.h"
#include "app/lesson/source.h"
#include "app/lesson/watch.h"
#include "app/lesson/workfile.h"
#include "app/screen/on_screen.h"
#include "base/clock.h"
#include "base/record.h"
#include "base/text.h"
#include "lab/table.h"

/* The lesson, its answers, and two files for each of its steps, of which it has 64 at most. */
#define WATCHED_MAX 130
#define LOOK_MS 100
#define LOADING_NS (CLOCK_NS_PER_S / 4) /* before it is said */

typedef struct Preview {
	const Author *author;
	const char *path;
	Screen *screen;
	Cli lesson;          /* as of `wattle lesson --fast` */
	char work[PATH_MAX]; /* folder of the exercises' files: never the student's */
	Watch watch[WATCHED_MAX];
	size_t watched;
	int sittings;       /* so far: what a view kept of an earlier one holds no more */
	int64_t loading_ns; /* when that began; 0: it is said already */
	/* The sitting that is open; NULL: none. */
	Sitting *sitting;
	ScreenLesson follower;
	size_t step, wanted; /* where one is; where one was when it was saved, 0: nowhere */
	json_t *steps;       /* of its record lesson */
	json_t *predictions; /* commands, by the ids of their steps, of whatever version */
	bool begun, saved;
} Preview;

/* --- what is watched -------------------------------------------------------------------------- */

static void watch_file(Preview *self, const char *path)
{
	if (self->watched < WATCHED_MAX)
		watch_open(&self->watch[self->watched++], path, clock_now_ns());
}

static void watch_part(Preview *self, const AuthorFile *file, const char *name)
{
	char path[PATH_MAX];
	if (*name)
		watch_file(self, source_file(path, sizeof path, file->folder, file->name, name));
}

static void unwatch(Preview *self)
{
	while (self->watched)
		watch_close(&self->watch[--self->watched]);
}

/* Before it is read: what is saved from then on is heard. */
static void watch_lesson(Preview *self)
{
	char path[PATH_MAX];
	text_format(path, sizeof path, "%s%s", strchr(self->path, '/') ? "" : "./", self->path);
	unwatch(self);
	watch_file(self, path);
}

/* What the lesson names; file->source may be NULL. */
static void watch_parts(Preview *self, const AuthorFile *file)
{
	size_t i;
	json_t *step;
	if (file->source)
		watch_part(self, file, "answers.json");
	json_array_foreach(json_object_get(file->source, "steps"), i, step)
	{
		if (!source_is(step, "exercise"))
			continue;
		watch_part(self, file, record_text(source_exercise(step), "file"));
		watch_part(self, file, record_text(source_exercise(step), "solution"));
	}
}

static bool anything_saved(Preview *self)
{
	bool saved = false;
	for (size_t i = 0; i < self->watched; i++)
		saved |= watch_saved(&self->watch[i], clock_now_ns());
	return saved;
}

/* --- the page of a mistake -------------------------------------------------------------------- */

static void show_record(const Preview *self, json_t *record)
{
	if (record)
		screen_take(self->screen, record);
	json_decref(record);
}

/* The line of the file that the message names, as it stands there. */
static void quote_line(FILE *to, const AuthorFile *file, const char *message)
{
	char line[96];
	int number = author_line(file->path, message);
	const char *at = number > 0 ? file->text : NULL;
	for (int i = 1; at && i < number; i++) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	if (!at || !*at)
		return;
	text_clean(line, sizeof line, at, strcspn(at, "\r\n"));
	fprintf(to, "\n\n    %d: %s", number, line);
}

/* As Markdown that says just what the text says. */
static json_t *mistake_page(const AuthorFile *file, const char *title, const char *text)
{
	char *page = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&page, &len);
	if (!to)
		return NULL;
	fprintf(to, "# %s\n\n", title);
	table_write_text(to, text, TABLE_MARKDOWN);
	quote_line(to, file, text);
	fputs("\n\nSave the file and it is loaded again; q ends the preview.", to);
	fclose(to);
	json_t *json = json_string(page);
	free(page);
	return json;
}

/* A lesson of one page: the views need to know of no other kind. */
static void show_page(Preview *self, const AuthorFile *file, const char *title, const char *text)
{
	const char *id = "preview";
	json_t *lesson = record_new("lesson", clock_now_ns());
	json_t *step = record_new("step", clock_now_ns()),
	       *page = record_new("text", clock_now_ns());
	json_object_set_new(lesson, "sitting", json_integer(++self->sittings));
	json_object_update_new(
		lesson,
		json_pack("{s:s, s:s, s:i, s:s, s:[], s:[], s:i, s:s, s:b, s:b, s:{}, s:{},"
			  " s:[{s:i, s:s}]}",
			  "id", id, "title", self->path, "minutes", 1, "level", "core", "goals",
			  "after", "seed", 0, "cost", "time", "fast", true, "allow_skip", true,
			  "param", "vary", "steps", "step", 1, "kind", "text"));
	json_object_update_new(step, json_pack("{s:s, s:i, s:s}", "lesson", id, "step", 1, "kind",
					       "text"));
	json_object_update_new(page, json_pack("{s:s, s:i, s:o}", "lesson", id, "step", 1,
					       "markdown", mistake_page(file, title, text)));
	show_record(self, lesson);
	show_record(self, step);
	show_record(self, page);
}

/* Until something is saved; false: the preview is to end, by a signal among others. */
static bool wait_for_save(Preview *self)
{
	const struct timespec now = { .tv_sec = 0 };
	sigset_t ends;
	bool quits = false;
	session_signals(&ends);
	while (!quits && !anything_saved(self)) {
		Request asked = screen_wait(self->screen, LOOK_MS);
		quits = asked.kind == REQUEST_QUIT || asked.kind == REQUEST_LEAVE_LESSON ||
			sigtimedwait(&ends, NULL, &now) > 0;
		request_done(&asked);
	}
	return !quits;
}

/* --- loading ---------------------------------------------------------------------------------- */

static json_t *cost(void *user, int64_t origin_ns)
{
	const Preview *self = user;
	const SessionHook *screen = screen_hook(self->screen);
	return screen->cost(screen->user, origin_ns);
}

static bool loading_tick(void *user, Session *session, Err *err)
{
	Preview *self = user;
	const SessionHook *screen = screen_hook(self->screen);
	if (!screen->tick(screen->user, session, err))
		return false;
	if (self->loading_ns && clock_now_ns() - self->loading_ns > LOADING_NS) {
		char text[PATH_MAX + 32];
		text_format(text, sizeof text, "loading %s …", self->path);
		screen_message(self->screen, text);
		self->loading_ns = 0;
	}
	self->saved |= anything_saved(self);
	/* A lesson that is left hangs up, which this worker does not hear before it has loaded. */
	if (!self->saved && session->worker.commands >= 0)
		return true;
	return err_set(err, ERR_INTERRUPTED, "loading it is of no use any more");
}

static bool drop_command(void *user, json_t *command, Err *err)
{
	(void)user;
	(void)err;
	json_decref(command);
	return true;
}

static bool drop_exercise(void *user, const char *what, size_t step, Err *err)
{
	(void)user;
	(void)what;
	(void)step;
	(void)err;
	return true;
}

/* There is no lesson that could follow what a view asks of it. */
static const ScreenLesson nobody = { drop_command, drop_exercise, NULL };

/* False: it does not load, or the reader left, or it was saved meanwhile (self->saved). */
static bool load(Preview *self, AuthorFile *file, bool *left, Err *err)
{
	const SessionHook hook = { .fd = screen_hook(self->screen)->fd,
				   .tick = loading_tick,
				   .cost = cost,
				   .user = self };
	self->saved = false;
	self->loading_ns = clock_now_ns();
	watch_lesson(self);
	screen_set_lesson(self->screen, &nobody);
	screen_await(self->screen);
	bool loads = author_file_open(file, self->author->cli->paths, &hook, self->path, err);
	Request asked = screen_asked(self->screen);
	*left = asked.kind != REQUEST_NONE;
	request_done(&asked);
	if (!self->loading_ns)
		screen_message(self->screen, "");
	watch_parts(self, file);
	return loads && !self->saved;
}

/* A copy of a starter that was saved since is begun anew. */
static void refresh_work(const Preview *self, const AuthorFile *file)
{
	size_t i;
	json_t *step;
	json_array_foreach(json_object_get(file->source, "steps"), i, step)
	{
		char starter[PATH_MAX], work[PATH_MAX];
		const char *name = record_text(source_exercise(step), "file");
		struct stat given, copy;
		Err none;
		source_file(starter, sizeof starter, file->folder, file->name, name);
		if (*name && workfile_path(work, self->work, "preview", "", name, &none) &&
		    stat(starter, &given) == 0 && stat(work, &copy) == 0 &&
		    (given.st_mtim.tv_sec > copy.st_mtim.tv_sec ||
		     (given.st_mtim.tv_sec == copy.st_mtim.tv_sec &&
		      given.st_mtim.tv_nsec > copy.st_mtim.tv_nsec)))
			unlink(work);
	}
}

/* --- the lesson ------------------------------------------------------------------------------- */

/* An author runs again and again what was predicted once. */
static void keep_prediction(Preview *self, const json_t *command)
{
	json_int_t step = json_integer_value(json_object_get(command, "step"));
	const json_t *at = json_array_get(self->steps, (size_t)step - 1);
	if (strcmp(record_text(command, "command"), "answer") == 0 && source_is(at, "predict"))
		json_object_set_new(self->predictions, record_text(at, "id"),
				    json_copy((json_t *)(uintptr_t)command));
}

static bool follow_command(void *user, json_t *command, Err *err)
{
	Preview *self = user;
	keep_prediction(self, command);
	return sitting_command(self->sitting, command, err);
}

static bool follow_exercise(void *user, const char *what, size_t step, Err *err)
{
	Preview *self = user;
	return sitting_exercise(self->sitting, what, step, err);
}

static bool go_to(Preview *self, size_t step, Err *err)
{
	json_t *command = session_command_new("step");
	json_object_set_new(command, "step", json_integer((json_int_t)step));
	return sitting_command(self->sitting, command, err);
}

static bool predict_again(Preview *self, size_t step, const json_t *kept, Err *err)
{
	json_t *command = json_copy((json_t *)(uintptr_t)kept);
	json_object_set_new(command, "step", json_integer((json_int_t)step));
	return go_to(self, step, err) && sitting_command(self->sitting, command, err);
}

/* Where one was, with the predictions that one made. */
static bool go_back(Preview *self, Err *err)
{
	bool ok = true, moved = self->wanted > 1;
	size_t i, wanted = moved ? self->wanted : 1;
	json_t *step;
	self->begun = true;
	self->wanted = 0;
	json_array_foreach(self->steps, i, step)
	{
		const char *id = source_is(step, "predict") ? record_text(step, "id") : "";
		const json_t *kept = json_object_get(self->predictions, id);
		ok = ok && (!kept || predict_again(self, i + 1, kept, err));
		moved |= kept != NULL;
	}
	return ok && (!moved || go_to(self, wanted, err));
}

/* A new sitting knows nothing of what the one before was told: the view must not, either. */
static json_t *as_shown(const Preview *self, const json_t *record)
{
	json_t *out = json_copy((json_t *)(uintptr_t)record);
	if (strcmp(record_text(record, "type"), "lesson") == 0)
		json_object_set_new(out, "sitting", json_integer(self->sittings));
	return out;
}

static bool take(void *user, Sitting *sitting, const json_t *record, bool recalled, Err *err)
{
	Preview *self = user;
	const char *type = record_text(record, "type");
	(void)recalled;
	if (!self->sitting) {
		self->sitting = sitting;
		screen_set_lesson(self->screen, &self->follower);
	}
	if (strcmp(type, "lesson") == 0) {
		json_decref(self->steps);
		self->steps = json_incref(json_object_get(record, "steps"));
		size_t steps = json_array_size(self->steps);
		self->wanted = self->wanted > steps ? steps : self->wanted;
	}
	show_record(self, as_shown(self, record));
	if (strcmp(type, "step") != 0)
		return true;
	self->step = (size_t)json_integer_value(json_object_get(record, "step"));
	return self->begun || go_back(self, err);
}

static bool tick(void *user, Session *session, Err *err)
{
	Preview *self = user;
	const SessionHook *screen = screen_hook(self->screen);
	if (!screen->tick(screen->user, session, err))
		return false;
	if (!self->saved && self->sitting && anything_saved(self)) {
		self->saved = true;
		/* A run that goes on is of no use any more. */
		session_interrupt(session);
		sitting_leave(self->sitting);
	}
	return true;
}

static void lend(void *user, bool lent)
{
	const Preview *self = user;
	screen_lend(self->screen, lent);
}

/* Until it is saved or left. False: the preview is to end. */
static bool show_lesson(Preview *self, const AuthorFile *file)
{
	Err err = { .code = ERR_NONE };
	json_t *row = source_row(file->source, file->folder, file->name, file->path);
	const SessionHook hook = {
		.fd = screen_hook(self->screen)->fd, .tick = tick, .cost = cost, .user = self
	};
	SittingSink sink = { .take = take, .lend = lend, .hook = &hook, .user = self };
	SittingOptions options = {
		.cli = &self->lesson, .row = row, .sink = &sink, .work = self->work
	};
	self->sitting = NULL;
	self->begun = false;
	self->sittings++;
	refresh_work(self, file);
	screen_await(self->screen);
	bool ok = sitting_run(&options, &err);
	screen_set_lesson(self->screen, &nobody);
	json_decref(row);
	Request asked = screen_asked(self->screen);
	bool left = asked.kind != REQUEST_NONE;
	request_done(&asked);
	self->wanted = self->step;
	if (self->saved || left || (!ok && err.code == ERR_INTERRUPTED))
		return self->saved;
	show_page(self, file, "This does not go on", ok ? "The lesson's worker ended." : err.text);
	return wait_for_save(self);
}

/* One version of the file, until it is saved or left. False: the preview is to end. */
static bool show_version(Preview *self)
{
	AuthorFile file;
	Err mistake = { .code = ERR_NONE };
	bool left, goes_on = true, loads = load(self, &file, &left, &mistake);
	if (left || (!loads && !self->saved && mistake.code == ERR_INTERRUPTED)) {
		goes_on = false;
	} else if (loads && json_object_get(file.source, "steps")) {
		goes_on = show_lesson(self, &file);
	} else if (!self->saved) {
		show_page(self, &file,
			  loads ? "This lesson is only planned" : "This does not load yet",
			  loads ? "It has no steps, so there is nothing to show." : mistake.text);
		goes_on = wait_for_save(self);
	}
	author_file_close(&file);
	return goes_on;
}

static int preview(const Cli *cli, Screen *screen, Err *err)
{
	Author author = { .cli = cli };
	static Preview self;
	sigset_t ends, before;
	self = (Preview){ .author = &author,
			  .path = cli->operand[1],
			  .screen = screen,
			  .predictions = json_object(),
			  .follower = { follow_command, follow_exercise, &self } };
	/* None ends us before the folder of the exercises' files is gone. */
	session_signals(&ends);
	sigprocmask(SIG_BLOCK, &ends, &before);
	bool begins = author_cli(&self.lesson, &author, true, NULL, err) &&
		      paths_scratch_make(self.work, err);
	while (begins && show_version(&self))
		;
	unwatch(&self);
	if (*self.work)
		paths_scratch_remove(self.work);
	sigprocmask(SIG_SETMASK, &before, NULL);
	json_decref(self.steps);
	json_decref(self.predictions);
	cli_done(&self.lesson);
	return err_exit_status(err->code);
}

bool author_preview(void *user, Err *err)
{
	Author *self = user;
	if (!cli_wants_screen(self->cli))
		return err_set(err, ERR_NEED,
			       "author preview wants a terminal; --linear tells the lesson in "
			       "sentences");
	self->status = cli_on_screen(self->cli, "lessons", preview);
	return true;
}
