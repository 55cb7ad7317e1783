/* Jobs to JSON and back.
 * SPDX-License-Identifier: MIT */
#include "app/session/job.h"

#include <string.h>

#include "base/record.h"

static const char *const job_names[] = {
#define X(name, text) text,
	JOB_LIST(X)
#undef X
};

static void set_text(json_t *json, const char *key, const char *text)
{
	if (text)
		json_object_set_new(json, key, json_string(text));
}

static void set_json(json_t *json, const char *key, const json_t *value)
{
	if (value)
		json_object_set(json, key, (json_t *)(uintptr_t)value);
}

Job job_list(const char *list, const json_t *data)
{
	return (Job){ .kind = JOB_LIST,
		      .list = list,
		      .kernel = "auto",
		      .energy = "none",
		      .script = "list",
		      .threads = 1,
		      .data = data };
}

json_t *job_check(const JobCheck *check)
{
	json_t *json =
		json_pack("{s:s, s:s, s:s, s:I}", "exercise", check->exercise, "file", check->file,
			  "text", check->text, "attempts", (json_int_t)check->attempts);
	if (!json)
		return NULL;
	set_json(json, "only", check->only);
	if (check->seconds > 0)
		json_object_set_new(json, "seconds", json_real(check->seconds));
	if (check->seeded)
		json_object_set_new(json, "run_seed", json_integer((json_int_t)check->run_seed));
	if (check->grading_name)
		json_object_set_new(json, "grading",
				    json_pack("{s:s, s:s}", "name", check->grading_name, "text",
					      check->grading_text));
	return json;
}

json_t *job_json(const Job *job)
{
	json_t *json =
		json_pack("{s:i, s:s, s:s, s:I, s:i, s:I, s:f, s:I, s:i, s:i, s:I}", "v",
			  RECORD_VERSION, "type", "job", "job", job_names[job->kind], "origin_ns",
			  (json_int_t)job->origin_ns, "threads", (int)job->threads, "batch",
			  (json_int_t)job->batch, "time_limit_s", job->time_limit_s, "memory_bytes",
			  (json_int_t)job->memory_bytes, "block", job->block, "attempt",
			  job->attempt, "arm", (json_int_t)job->arm);
	if (!json)
		return NULL;
	set_text(json, "script", job->script);
	set_text(json, "kernel", job->kernel);
	set_text(json, "energy", job->energy);
	set_text(json, "scratch", job->scratch);
	set_text(json, "list", job->list);
	set_text(json, "student", job->student);
	if (job->condition)
		json_object_set_new(json, "condition", json_integer((json_int_t)job->condition));
	if (job->call_limit_s > 0)
		json_object_set_new(json, "call_limit_s", json_real(job->call_limit_s));
	if (job->sums)
		json_object_set_new(json, "sums", json_true());
	if (job->fast)
		json_object_set_new(json, "fast", json_true());
	if (job->seed_given)
		json_object_set_new(json, "seed", json_integer((json_int_t)job->seed));
	set_json(json, "set", job->set);
	set_json(json, "choices", job->choices);
	set_json(json, "firsts", job->firsts);
	set_json(json, "data", job->data);
	set_json(json, "overrides", job->overrides);
	set_json(json, "bench", job->bench);
	set_json(json, "inspect", job->inspect);
	set_json(json, "lessons", job->lessons);
	set_json(json, "dataset", job->dataset);
	set_json(json, "check", job->check);
	set_json(json, "cache", job->cache);
	set_json(json, "profile", job->profile);
	set_json(json, "saved", job->saved);
	return json;
}

static int64_t get_integer(const json_t *json, const char *key)
{
	return json_integer_value(json_object_get(json, key));
}

static const char *get_text(const json_t *json, const char *key, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(json, key));
	return text ? text : otherwise;
}

static const json_t *get_object(const json_t *json, const char *key)
{
	const json_t *value = json_object_get(json, key);
	return json_is_object(value) ? value : NULL;
}

bool job_from_json(Job *out, const json_t *json, Err *err)
{
	const char *kind = get_text(json, "job", "");
	*out = (Job){ .kind = JOB_KINDS };
	for (JobKind i = 0; i < JOB_KINDS; i++)
		if (strcmp(job_names[i], kind) == 0)
			out->kind = i;
	if (out->kind == JOB_KINDS)
		return err_set(err, ERR_INTERNAL, "unknown job '%s'", kind);
	out->origin_ns = get_integer(json, "origin_ns");
	out->script = get_text(json, "script", "script");
	out->kernel = get_text(json, "kernel", "auto");
	out->energy = get_text(json, "energy", "auto");
	out->scratch = get_text(json, "scratch", NULL);
	out->list = get_text(json, "list", "");
	out->student = get_text(json, "student", "");
	out->fast = json_is_true(json_object_get(json, "fast"));
	out->seed_given = json_object_get(json, "seed") != NULL;
	out->seed = (uint64_t)get_integer(json, "seed");
	out->threads = (unsigned)get_integer(json, "threads");
	out->batch = (size_t)get_integer(json, "batch");
	out->time_limit_s = json_number_value(json_object_get(json, "time_limit_s"));
	out->call_limit_s = json_number_value(json_object_get(json, "call_limit_s"));
	out->memory_bytes = (uint64_t)get_integer(json, "memory_bytes");
	out->block = (int)get_integer(json, "block");
	out->attempt = (int)get_integer(json, "attempt");
	out->arm = (size_t)get_integer(json, "arm");
	out->condition = (size_t)get_integer(json, "condition");
	out->sums = json_is_true(json_object_get(json, "sums"));
	out->set = get_object(json, "set");
	out->choices = get_object(json, "choices");
	out->firsts = get_object(json, "firsts");
	out->overrides = get_object(json, "overrides");
	out->bench = get_object(json, "bench");
	out->inspect = get_object(json, "inspect");
	out->dataset = get_object(json, "dataset");
	out->check = get_object(json, "check");
	out->cache = get_object(json, "cache");
	out->profile = get_object(json, "profile");
	out->saved = get_object(json, "saved");
	out->data = json_object_get(json, "data");
	out->lessons = json_object_get(json, "lessons");
	if (out->threads == 0)
		return err_set(err, ERR_INTERNAL, "a job of no threads");
	return true;
}
