/* A job for each check, and what comes back.
 * SPDX-License-Identifier: MIT */
#include "app/grading/checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/author/source.h"
#include "app/grading/pool.h"
#include "base/record.h"
#include "base/text.h"

/* For loading the lesson and the student's file. */
#define LOAD_SECONDS 2

typedef struct Round {
	Grades *grades;
	const CheckRun *run;
	size_t *mark; /* of each job */
	json_t **job; /* what a running one points to */
	size_t count, done;
} Round;

static json_t *check_json(const Round *self, const Mark *mark)
{
	const Grades *grades = self->grades;
	const Submission *submission = grades_submission(grades, mark->student);
	const json_t *file = json_object_get(submission->files, mark->exercise);
	json_t *json =
		json_pack("{s:s, s:O, s:O, s:[s], s:I}", "exercise", mark->exercise, "file",
			  json_object_get(file, "name"), "text", json_object_get(file, "text"),
			  "only", mark->check, "attempts", (json_int_t)mark->attempts);
	if (grades->secret)
		json_object_set_new(
			json, "run_seed",
			json_integer(secret_seed(grades->secret, record_text(grades->source, "id"),
						 grades_student(grades, mark->student))));
	if (mark->extra)
		json_object_set_new(json, "grading",
				    json_pack("{s:s, s:s}", "name", self->run->grading_name, "text",
					      self->run->grading_text));
	return json;
}

/* The setup has as long as the check, which the worker ends softly; the rest is for loading. */
static void fill(void *user, size_t i, Job *job)
{
	Round *self = user;
	const Mark *mark = &self->grades->mark[self->mark[i]];
	self->job[i] = check_json(self, mark);
	*job = (Job){ .kind = JOB_CHECK,
		      .script = self->run->lesson->name,
		      .kernel = "auto",
		      .energy = "none",
		      .student = grades_student(self->grades, mark->student),
		      .threads = 1,
		      .time_limit_s = 2 * mark->seconds + LOAD_SECONDS,
		      .check = self->job[i],
		      .data = self->run->data };
}

static void take(void *user, size_t i, const json_t *record)
{
	Round *self = user;
	Mark *mark = &self->grades->mark[self->mark[i]];
	const char *type = record_text(record, "type");
	if (mark->status != MARK_STATUSES)
		return;
	if (strcmp(type, "error") == 0) {
		grades_settle(mark, MARK_ERROR, record_text(record, "text"));
	} else if (strcmp(type, "check") == 0 &&
		   strcmp(record_text(record, "id"), mark->check) == 0) {
		MarkStatus status = mark_status_of(record_text(record, "status"));
		bool known = status <= MARK_SKIPPED;
		const char *place = record_text(record, "place");
		const char *message = record_text(record, "message");
		char text[ERR_TEXT_MAX];
		bool placed = *place && strncmp(message, place, strlen(place)) != 0;
		text_format(text, sizeof text, "%s%s%s", placed ? place : "", placed ? ": " : "",
			    message);
		grades_settle(mark, known ? status : MARK_ERROR, status == MARK_PASS ? NULL : text);
	}
}

static size_t open_marks(const Grades *grades, size_t *mark)
{
	size_t count = 0;
	for (size_t i = 0; i < grades->count; i++)
		if (grades->mark[i].status == MARK_STATUSES)
			mark[count++] = i;
	return count;
}

static void end(void *user, size_t i, PoolEnd how, const char *fate)
{
	Round *self = user;
	char text[256];
	Mark *mark = &self->grades->mark[self->mark[i]];
	json_decref(self->job[i]);
	self->job[i] = NULL;
	self->done++;
	if (self->run->show)
		fprintf(stderr, "\rchecks: %zu of %zu%s", self->done, self->count,
			self->done == self->count ? "\n" : "");
	if (mark->status != MARK_STATUSES)
		return;
	if (how == POOL_LATE)
		text_format(text, sizeof text, "time limit (%g s) in check '%s'; it was killed",
			    mark->seconds, mark->check);
	else
		text_format(text, sizeof text, "the check did not end in order: %s",
			    how == POOL_DONE ? "the worker said nothing of it" : fate);
	grades_settle(mark, how == POOL_LATE ? MARK_TIMEOUT : MARK_ERROR, text);
}

bool checks_run(Session *session, Grades *grades, const CheckRun *run, Err *err)
{
	Round self = { .grades = grades, .run = run };
	self.mark = calloc(grades->count + 1, sizeof *self.mark);
	self.job = calloc(grades->count + 1, sizeof(json_t *));
	bool ok = self.mark && self.job;
	if (!ok)
		err_set(err, ERR_MEMORY, "no memory for the checks");
	self.count = ok ? open_marks(grades, self.mark) : 0;
	Pooled pooled = { .count = self.count,
			  .workers = run->workers,
			  .script_fd = run->lesson->fd,
			  .fill = fill,
			  .take = take,
			  .end = end,
			  .user = &self };
	ok = ok && (self.count == 0 || pool_run(session, &pooled, err));
	for (size_t i = 0; self.job && i < grades->count; i++)
		json_decref(self.job[i]);
	free(self.mark);
	free(self.job);
	return ok;
}
