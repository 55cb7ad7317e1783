/* A job for each check, and what comes back.
 * SPDX-License-Identifier: MIT */
#include "app/grading/checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/grading/pool.h"
#include "base/record.h"
#include "base/text.h"

/* For loading the lesson and the student's file. */
#define LOAD_SECONDS 2

/* After the first time-out of an exercise: what stops once mostly stops again. */
#define SHORT_SECONDS 5
#define TIMEOUTS_MAX 2

/* The checks of one student's exercise, one after the other, so that what a time-out costs the next
 * one is the same each time. */
typedef struct Chain {
	size_t next, end; /* of Round.mark; the one before next runs */
	size_t timeouts;
	const char *late; /* the check that met its limit first */
	json_t *job;      /* what the running one points to */
} Chain;

typedef struct Round {
	Grades *grades;
	const CheckRun *run;
	Mark **mark; /* those that are open */
	Chain *chain;
	size_t count, chains, done;
} Round;

static json_t *check_json(const Round *self, const Mark *mark, double limit)
{
	const Grades *grades = self->grades;
	const Submission *submission = grades_submission(grades, mark->student);
	const json_t *file = json_object_get(submission->files, mark->exercise);
	JobCheck check = { .exercise = mark->exercise,
			   .file = record_text(file, "name"),
			   .text = record_text(file, "text"),
			   .attempts = mark->attempts,
			   .only = json_pack("[s]", mark->check),
			   .seconds = limit,
			   .seeded = grades->secret != NULL };
	if (check.seeded)
		check.run_seed = secret_seed(grades->secret, record_text(grades->source, "id"),
					     grades_student(grades, mark->student));
	if (mark->extra) {
		check.grading_name = self->run->grading_name;
		check.grading_text = self->run->grading_text;
	}
	json_t *json = job_check(&check);
	json_decref((json_t *)(uintptr_t)check.only);
	return json;
}

double checks_limit(double seconds, size_t timeouts)
{
	if (timeouts >= TIMEOUTS_MAX)
		return 0;
	return timeouts && seconds > SHORT_SECONDS ? SHORT_SECONDS : seconds;
}

static void settled(Round *self)
{
	self->done++;
	if (self->run->show)
		fprintf(stderr, "\rchecks: %zu of %zu%s", self->done, self->count,
			self->done == self->count ? "\n" : "");
}

/* The marks of a chain that are not run any more. */
static void give_up(Round *self, Chain *chain)
{
	char text[ERR_TEXT_MAX];
	for (; chain->next < chain->end; chain->next++) {
		text_format(text, sizeof text,
			    "not run: check '%s' and another of this exercise met their time limit",
			    chain->late);
		grades_settle(self->mark[chain->next], MARK_TIMEOUT, text);
		settled(self);
	}
}

/* The setup has as long as the check, which the worker ends softly; the rest is for loading. */
static bool fill(void *user, size_t i, Job *job)
{
	Round *self = user;
	Chain *chain = &self->chain[i];
	if (chain->timeouts >= TIMEOUTS_MAX)
		give_up(self, chain);
	if (chain->next == chain->end)
		return false;
	const Mark *mark = self->mark[chain->next++];
	double limit = checks_limit(mark->seconds, chain->timeouts);
	chain->job = check_json(self, mark, limit);
	*job = (Job){ .kind = JOB_CHECK,
		      .script = self->run->lesson->name,
		      .kernel = "auto",
		      .energy = "none",
		      .student = grades_student(self->grades, mark->student),
		      .threads = 1,
		      .time_limit_s = mark->seconds + limit + LOAD_SECONDS,
		      .memory_bytes = self->run->memory_bytes,
		      .check = chain->job,
		      .data = self->run->data };
	return true;
}

/* "ex1.lua:5: message" */
static void settle_check(Mark *mark, const json_t *record)
{
	MarkStatus status = mark_status_of(record_text(record, "status"));
	const char *place = record_text(record, "place"), *message = record_text(record, "message");
	bool placed = *place && strncmp(message, place, strlen(place)) != 0;
	json_t *text = json_sprintf("%s%s%s", placed ? place : "", placed ? ": " : "", message);
	grades_settle(mark, status <= MARK_SKIPPED ? status : MARK_ERROR,
		      status == MARK_PASS ? NULL : json_string_value(text));
	json_decref(text);
}

static double take(void *user, size_t i, const json_t *record)
{
	Round *self = user;
	const Chain *chain = &self->chain[i];
	Mark *mark = self->mark[chain->next - 1];
	const char *type = record_text(record, "type");
	if (mark->status != MARK_STATUSES)
		return 0;
	if (strcmp(type, "error") == 0)
		grades_settle(mark, MARK_ERROR, record_text(record, "text"));
	else if (strcmp(type, "check") == 0 && strcmp(record_text(record, "id"), mark->check) == 0)
		settle_check(mark, record);
	/* Setup is over. */
	return strcmp(type, "exercise-begin") == 0 ? checks_limit(mark->seconds, chain->timeouts)
						   : 0;
}

static void settle_end(const Chain *chain, Mark *mark, PoolEnd how, const char *fate)
{
	char text[ERR_TEXT_MAX];
	if (how == POOL_LATE)
		text_format(text, sizeof text, "time limit (%g s) in check '%s'; it was killed",
			    checks_limit(mark->seconds, chain->timeouts), mark->check);
	else
		text_format(text, sizeof text, "the check did not end in order: %s",
			    how == POOL_DONE ? "the worker said nothing of it" : fate);
	grades_settle(mark, how == POOL_LATE ? MARK_TIMEOUT : MARK_ERROR, text);
}

/* The row tells why its limit was not the lesson's. */
static void count_timeout(Chain *chain, Mark *mark)
{
	if (checks_limit(mark->seconds, chain->timeouts) < mark->seconds) {
		json_t *text =
			json_sprintf("%s (shortened: check '%s' met its time limit)",
				     mark->message ? mark->message : "time limit", chain->late);
		grades_settle(mark, MARK_TIMEOUT, json_string_value(text));
		json_decref(text);
	}
	chain->timeouts++;
	chain->late = chain->late ? chain->late : mark->check;
}

static void end(void *user, size_t i, PoolEnd how, const char *fate)
{
	Round *self = user;
	Chain *chain = &self->chain[i];
	Mark *mark = self->mark[chain->next - 1];
	json_decref(chain->job);
	chain->job = NULL;
	if (mark->status == MARK_STATUSES)
		settle_end(chain, mark, how, fate);
	if (mark->status == MARK_TIMEOUT)
		count_timeout(chain, mark);
	settled(self);
}

static bool goes_on(const Mark *before, const Mark *mark)
{
	return before->student == mark->student && before->exercise == mark->exercise;
}

/* The marks of an exercise stand together. */
static bool open_marks(Round *self, Err *err)
{
	Grades *grades = self->grades;
	self->mark = calloc(grades->count + 1, sizeof(Mark *));
	self->chain = calloc(grades->count + 1, sizeof *self->chain);
	if (!self->mark || !self->chain)
		return err_set(err, ERR_MEMORY, "no memory for the checks");
	for (size_t i = 0; i < grades->count; i++) {
		Mark *mark = &grades->mark[i];
		if (mark->status != MARK_STATUSES)
			continue;
		if (!self->count || !goes_on(self->mark[self->count - 1], mark))
			self->chain[self->chains++].next = self->count;
		self->mark[self->count++] = mark;
		self->chain[self->chains - 1].end = self->count;
	}
	return true;
}

bool checks_run(Session *session, Grades *grades, const CheckRun *run, Err *err)
{
	Round self = { .grades = grades, .run = run };
	bool ok = open_marks(&self, err);
	Pooled pooled = { .count = self.chains,
			  .workers = run->workers,
			  .script_fd = run->lesson->fd,
			  .fill = fill,
			  .take = take,
			  .end = end,
			  .user = &self };
	ok = ok && (self.count == 0 || pool_run(session, &pooled, err));
	for (size_t i = 0; i < self.chains; i++)
		json_decref(self.chain[i].job);
	free(self.mark);
	free(self.chain);
	return ok;
}
