/* Lessons: the course, and the reader of the lesson that is open.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "ui/view.h"
#include "ui/views/lesson/course.h"
#include "ui/views/lesson/reader.h"

typedef struct Lessons {
	Course course;
	Reader reader;
	json_t *drafts; /* of the lesson that was left last; NULL: none was */
} Lessons;

static void *lessons_open(Err *err)
{
	Lessons *lessons = calloc(1, sizeof *lessons);

	if (!lessons) {
		err_set(err, ERR_MEMORY, "no memory for the lessons");
		return NULL;
	}
	if (!reader_init(&lessons->reader, err)) {
		free(lessons);
		return NULL;
	}
	return lessons;
}

static void lessons_close(void *state)
{
	Lessons *lessons = state;

	if (!lessons)
		return;
	course_done(&lessons->course);
	reader_done(&lessons->reader);
	json_decref(lessons->drafts);
	free(lessons);
}

/* How far the lesson was come to; where it is read, what comes behind it. */
static void note_progress(Lessons *lessons)
{
	Reader *reader = &lessons->reader;
	size_t done = 0;
	double got, of;

	reader_points(reader, &got, &of);
	while (done < reader->n && reader_step_done(&reader->steps[done]))
		done++;
	course_reached(&lessons->course, reader->id, (int64_t)reader->at + 1, got,
		       reader->n > 0 && done == reader->n);
	course_next(&lessons->course, reader->id, reader->next);
}

static void lessons_take(void *state, const json_t *record)
{
	Lessons *lessons = state;
	const char *type = record_text(record, "type");

	if (strcmp(type, "row") == 0 || (strcmp(type, "notice") == 0 && !lessons->reader.open))
		course_take(&lessons->course, record);
	reader_take(&lessons->reader, record);
	if (lessons->reader.open)
		note_progress(lessons);
}

static void leave(Lessons *lessons)
{
	json_decref(lessons->drafts);
	lessons->drafts = reader_drafts(&lessons->reader);
	course_stand(&lessons->course, lessons->reader.id, lessons->reader.ended);
	reader_leave(&lessons->reader);
}

static bool lessons_act(void *state, Action action, const KeyEvent *event, Request *out)
{
	Lessons *lessons = state;
	bool used;

	if (!lessons->reader.open)
		return course_act(&lessons->course, action, out);
	used = reader_act(&lessons->reader, action, event, out);
	if (out->kind == REQUEST_LEAVE_LESSON)
		leave(lessons);
	return used;
}

static json_t *lessons_drafts(const void *state)
{
	const Lessons *lessons = state;

	if (lessons->reader.open)
		return reader_drafts(&lessons->reader);
	return json_deep_copy(lessons->drafts);
}

static bool lessons_command(void *state, const char *line, Request *out)
{
	Lessons *lessons = state;

	return reader_command(&lessons->reader, line, out);
}

static uint32_t lessons_at(const void *state)
{
	const Lessons *lessons = state;

	return lessons->reader.open ? reader_place(&lessons->reader) : PLACE_COURSE;
}

static void lessons_draw(const void *state, Canvas *canvas, const Pane *pane, const Scene *scene)
{
	const Lessons *lessons = state;

	if (lessons->reader.open)
		reader_draw(&lessons->reader, canvas, pane, scene);
	else
		course_draw(&lessons->course, canvas, pane, scene);
}

static const char *lessons_subject(const void *state)
{
	const Lessons *lessons = state;

	return lessons->reader.open ? lessons->reader.title : NULL;
}

static const char *lessons_hint(const void *state)
{
	const Lessons *lessons = state;

	return lessons->reader.open ? reader_hint(&lessons->reader) : course_hint(&lessons->course);
}

static void lessons_say(void *state, const json_t *record, const Speech *speech)
{
	Lessons *lessons = state;

	if (lessons->reader.open)
		reader_say(&lessons->reader, record, speech);
	else
		course_say(&lessons->course, record, speech);
}

const View view_lessons = {
	.info = { .name = "lessons",
		  .title = "Lessons",
		  .about = "The course; a lesson opens with its text, its questions and a live "
			   "experiment." },
	.key = '1',
	.place = PLACE_COURSE,
	.own = true,
	.open = lessons_open,
	.close = lessons_close,
	.take = lessons_take,
	.act = lessons_act,
	.command = lessons_command,
	.drafts = lessons_drafts,
	.at = lessons_at,
	.draw = lessons_draw,
	.subject = lessons_subject,
	.hint = lessons_hint,
	.say = lessons_say,
};
