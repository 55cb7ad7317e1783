/* The worker of a round, and what is said in its place when it dies.
 * SPDX-License-Identifier: MIT */
#include "app/lesson/check_round.h"

#include <math.h>
#include <signal.h>
#include <string.h>

#include "app/lesson/lesson_job.h"
#include "base/clock.h"
#include "base/record.h"
#include "base/text.h"

/* Until the first check begins: the lesson is loaded, and its setup may train. */
#define LOAD_SECONDS 10
#define SETUP_SECONDS 300

bool check_round_running(const CheckRound *round)
{
	return round->step != NULL;
}

static void allow(CheckRound *round, double seconds)
{
	round->limit_ns = clock_now_ns() + (int64_t)(seconds * CLOCK_NS_PER_S);
}

/* What the worker gives what has so many seconds. */
static double capped(const Job *job, double seconds)
{
	return job->call_limit_s > 0 ? fmin(seconds, job->call_limit_s) : seconds;
}

static bool launch(CheckRound *round, const CheckWish *wish, Err *err)
{
	const JobCheck asked = { .exercise = record_text(wish->step, "id"),
				 .file = record_text(wish->step, "file"),
				 .text = wish->text,
				 .attempts = wish->attempts };
	bool measures = lesson_job_measures(json_object_get(wish->step, "checks"));
	json_t *data = paths_data_folders(wish->cli->paths), *check = job_check(&asked);
	Job job = lesson_job(wish->cli, JOB_CHECK, wish->script->name, data);

	job.origin_ns = wish->session->origin_ns;
	job.scratch = round->scratch;
	job.check = check;
	round->seconds = capped(&job, record_number(wish->step, "seconds"));
	allow(round, LOAD_SECONDS + capped(&job, SETUP_SECONDS));
	json_t *json = check ? job_json(&job) : NULL;
	bool ok = json ? launch_worker(&round->child, wish->cli->paths, json,
				       measures ? wish->session->edge_fd : -1, wish->script->fd,
				       round->scratch, err)
		       : err_set(err, ERR_MEMORY, "writing a job of checks");

	json_decref(json);
	json_decref(check);
	json_decref(data);
	return ok;
}

bool check_round_start(CheckRound *round, const CheckWish *wish, Err *err)
{
	*round = (CheckRound){
		.child = { .name = "worker", .records = -1, .commands = -1 },
		.lesson = wish->lesson,
		.origin_ns = wish->session->origin_ns,
	};
	if (!paths_scratch_make(round->scratch, err))
		return false;
	round->step = json_incref((json_t *)(uintptr_t)wish->step);
	if (!launch(round, wish, err)) {
		check_round_stop(round);
		return false;
	}
	return true;
}

void check_round_stop(CheckRound *round)
{
	if (!round->step)
		return;
	if (round->child.pid) {
		kill(round->child.pid, SIGKILL);
		child_reap(&round->child, true);
	}
	child_close(&round->child);
	paths_scratch_remove(round->scratch);
	json_decref(round->step);
	round->step = NULL;
}

/* --- records ---------------------------------------------------------------------------------- */

static json_t *new_record(const CheckRound *round, const char *type)
{
	json_t *record = record_new(type, round->origin_ns);

	json_object_set_new(record, "lesson", json_string(round->lesson));
	json_object_set(record, "step", json_object_get(round->step, "step"));
	json_object_set(record, "exercise", json_object_get(round->step, "id"));
	return record;
}

/* The record of a check that no worker wrote. */
static json_t *missing_check(const CheckRound *round, const json_t *check, const char *status,
			     const char *why)
{
	json_t *record = new_record(round, "check");
	json_t *points = json_object_get(check, "points"), *show = json_object_get(check, "show");

	json_object_set(record, "id", json_object_get(check, "id"));
	json_object_set(record, "text", json_object_get(check, "text"));
	json_object_set_new(record, "status", json_string(status));
	json_object_set_new(record, "pass", json_false());
	json_object_set_new(record, "points", json_integer(0));
	json_object_set(record, "of", points);
	json_object_set_new(record, "message", json_string(why));
	json_object_set_new(record, "show", show ? json_incref(show) : json_string("now"));
	return record;
}

static json_t *missing_sum(const CheckRound *round)
{
	json_t *record = new_record(round, "exercise");

	json_object_set_new(record, "points", json_real(round->points));
	json_object_set_new(record, "of", json_real(round->of));
	json_object_set_new(record, "metrics", json_object());
	json_object_set_new(record, "base", json_object());
	json_object_set_new(record, "reports", json_object());
	return record;
}

typedef struct Taker {
	bool (*take)(void *user, const json_t *record, Err *err);
	void *user;
} Taker;

static bool give(const Taker *taker, json_t *record, Err *err)
{
	bool ok = taker->take(taker->user, record, err);

	json_decref(record);
	return ok;
}

static bool take_record(CheckRound *round, const Taker *taker, json_t *record, Err *err)
{
	if (record_is(record, "type", "check")) {
		round->told++;
		round->points += json_number_value(json_object_get(record, "points"));
		if (!record_is(record, "status", "skipped"))
			round->of += json_number_value(json_object_get(record, "of"));
	}
	round->summed |= record_is(record, "type", "exercise");
	if (record_is(record, "type", "error"))
		text_format(round->why, sizeof round->why, "%s", record_text(record, "text"));
	if (record_is(record, "type", "check") || record_is(record, "type", "exercise-begin"))
		allow(round, round->seconds);
	if (record_is(record, "type", "check") || record_is(record, "type", "exercise"))
		return give(taker, record, err);
	json_decref(record);
	return true;
}

/* Says for the worker what it did not say any more. */
static bool make_up(CheckRound *round, const Taker *taker, const char *why, Err *err)
{
	const json_t *checks = json_object_get(round->step, "checks");
	char late[ERR_TEXT_MAX];

	for (size_t i = round->told; i < json_array_size(checks); i++) {
		const json_t *check = json_array_get(checks, i);
		bool over = round->late && i == round->told;

		text_format(late, sizeof late, "time limit (%g s) in check '%s'", round->seconds,
			    record_text(check, "id"));
		round->of += json_number_value(json_object_get(check, "points"));
		if (!give(taker,
			  missing_check(round, check, over ? "timeout" : "error",
					over ? late : why),
			  err))
			return false;
	}
	return give(taker, missing_sum(round), err);
}

/* The worker writes no more. */
static bool end(CheckRound *round, const Taker *taker, Err *err)
{
	char fate[128], why[ERR_TEXT_MAX];
	bool ok = true;

	child_reap(&round->child, true);
	round->died = !round->summed && !round->late && !*round->why;
	if (!round->summed) {
		child_fate(&round->child, fate, sizeof fate);
		text_format(why, sizeof why, "the worker ended: %s",
			    *round->why ? round->why : fate);
		ok = make_up(round, taker, *round->why ? round->why : why, err);
	}
	check_round_stop(round);
	return ok;
}

bool check_round_poll(CheckRound *round, bool (*take)(void *, const json_t *, Err *), void *user,
		      Err *err)
{
	const Taker taker = { take, user };
	json_t *record;
	Err bad;

	while (check_round_running(round)) {
		RecordGot got = record_in_next(round->child.in, &record, &bad);

		if (got == RECORD_GOT) {
			if (!take_record(round, &taker, record, err))
				return false;
			continue;
		}
		if (got == RECORD_WAIT) {
			if (clock_now_ns() <= round->limit_ns + SESSION_GRACE_NS)
				return true;
			round->late = true;
		}
		/* Late, or writing what is no record. */
		if (got != RECORD_END && round->child.pid)
			kill(round->child.pid, SIGKILL);
		return end(round, &taker, err);
	}
	return true;
}
