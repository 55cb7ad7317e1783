/* model:save(name): a file in the scratch folder, which the reader brings to its place once the run
 * has finished (lab/saved.h).
 * SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/record.h"
#include "base/text.h"
#include "lab/saved.h"
#include "model/file.h"
#include "script/lesson/lesson_inside.h"

static const char *name_arg(lua_State *L)
{
	size_t len;
	const char *name = luaL_checklstring(L, 2, &len);
	char clean[4 * SAVED_NAME_MAX];

	if (saved_name_ok(name, len))
		return name;
	text_clean(clean, sizeof clean, name, len < SAVED_NAME_MAX ? len : SAVED_NAME_MAX);
	script_fail(L, "save: '%s' is no name of a model's file: " SAVED_NAME_RULE, clean);
}

/* What is measured or checked writes nothing. */
static void check_place(lua_State *L)
{
	const Script *script = script_of(L);

	if (script->options.host)
		script_fail(L, "save: this file is being checked, and saves nothing; its functions "
			       "return the model");
	if (!script->building && !(script->lesson && script->lesson->running))
		script_fail(L, "save: a model can be saved while setup or an arm of an experiment, "
			       "or the body of a lesson's run, is at work");
}

static json_int_t condition_of(const json_t *saved)
{
	const json_t *condition = json_object_get(saved, "condition");

	return condition ? json_integer_value(condition) : -1;
}

/* A baseline that runs twice is one arm, and so are all where one is compared with itself. */
static const char *own_name(const Script *script, const char *arm)
{
	const Plan *plan = script->plan;
	size_t twin = plan ? plan_twin(plan) : 0;
	bool again =
		plan && (plan->again || (twin < plan->arms && strcmp(arm, plan->arm[twin]) == 0));

	return again && strcmp(arm, PLAN_SETUP) != 0 ? plan->arm[plan->versus] : arm;
}

/* Whether this arm saved it in an earlier block: the file of the first one stays. Raises where the
 * name is another model's. */
static bool saved_before(lua_State *L, const char *name)
{
	const Script *script = script_of(L);
	const Trial *trial = script->options.trial;
	const json_t *own = json_object_get(script->saves, name),
		     *saved = own ? own : json_object_get(script->options.saved, name);

	if (!saved)
		return false;
	const char *by = record_text(saved, "arm");

	if (strcmp(own_name(script, by), own_name(script, trial->arm)) == 0 &&
	    condition_of(saved) == trial->condition &&
	    (!own || json_integer_value(json_object_get(own, "begun")) != (json_int_t)trial->begun))
		return true;
	script_fail(L,
		    "save: '%s' was saved before, by '%.64s'; each model of a run needs a name of "
		    "its own",
		    name, by);
}

/* Bytes that the run may still take. */
static uint64_t room_left(const Script *script)
{
	const json_t *const lists[] = { script->options.saved, script->saves };
	uint64_t taken = 0;

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		const char *name;
		json_t *saved;

		json_object_foreach((json_t *)(uintptr_t)lists[i], name, saved) taken +=
			(uint64_t)json_integer_value(json_object_get(saved, "size_bytes"));
	}
	return taken < SAVED_BYTES_MAX ? SAVED_BYTES_MAX - taken : 0;
}

static bool put_file(const Script *script, const Model *model, const char *name, size_t *len,
		     Err *err)
{
	const char *scratch = script->options.trial->scratch;
	uint64_t room = room_left(script);
	char path[4096];
	uint8_t *bytes;

	if (!model_save_memory(model, &bytes, len, err))
		return false;
	text_format(path, sizeof path, "%s/" SAVED_PREFIX "%s", scratch, name);
	bool fine = *len <= room ||
		    err_set(err, ERR_LIMIT,
			    "it takes %zu bytes, and of the %" PRIu64 " that the models of a run "
			    "may take %" PRIu64 " are left",
			    *len, SAVED_BYTES_MAX, room);

	fine = fine && file_write(path, "the model", bytes, *len, FILE_REPLACE, err);
	free(bytes);
	return fine;
}

/* Tells the reader, and remembers it. */
static bool tell(Script *script, const char *name, size_t len, Err *err)
{
	Trial *trial = script->options.trial;
	json_t *record = record_new("saved", record_out_origin(trial->out));

	json_object_update_new(record, json_pack("{s:s, s:s, s:I}", "arm", trial->arm, "name", name,
						 "size_bytes", (json_int_t)len));
	trial_put_condition(trial, record);
	json_t *saved = json_deep_copy(record);

	json_object_set_new(saved, "begun", json_integer((json_int_t)trial->begun));
	if (!script->saves)
		script->saves = json_object();
	if (json_object_set_new(script->saves, name, saved) == 0)
		return record_out_put(trial->out, record, err);
	json_decref(record);
	return err_set(err, ERR_MEMORY, "no memory for a record");
}

int script_save(lua_State *L)
{
	const Model *model = model_check(L, 1);
	const char *name = name_arg(L);
	size_t len;
	Err err;

	check_place(L);
	Script *script = script_of(L);

	if (saved_before(L, name))
		return 0;
	if (!script->options.trial->scratch)
		script_fail(L, "save: there is no folder to save a model into");
	if (json_object_size(script->options.saved) + json_object_size(script->saves) >=
	    SAVED_FILES_MAX)
		script_fail(L, "save: a run saves at most %d models", SAVED_FILES_MAX);
	if (!put_file(script, model, name, &len, &err)) {
		err_prefix(&err, "save: '%s'", name);
		script_raise(L, &err);
	}
	if (!tell(script, name, len, &err))
		script_raise(L, &err);
	return 0;
}

void script_saves_begin(Script *script)
{
	json_object_clear(script->saves);
}
