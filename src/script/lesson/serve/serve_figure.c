/* Serving a lesson: the figures of its inspect steps, made from the models that a run's arms left.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/text.h"
#include "script/lesson/serve/serve.h"
#include "trial/view.h"

#define FIGURE_SECONDS 60

typedef struct Figure {
	const Step *step;
	json_t *record;
	Err err; /* what the view could not do */
} Figure;

/* Pushes the program of the arm; NULL and *err. */
static ProgramBox *push_program(lua_State *L, const Step *step, Err *err)
{
	const char *names[PLAN_ARMS_MAX + 1] = { NULL };
	const Comparison *comparison = step->run_step->comparison;
	char hint[TEXT_HINT_MAX];

	if (!comparison) {
		err_set(err, ERR_ARGUMENT, "the run '%s' returned no comparison, so it has no arms",
			step->run);
		return NULL;
	}
	size_t arm = compare_find(comparison, step->arm);

	for (size_t i = 0; i < comparison->plan.arms; i++)
		names[i] = comparison->plan.arm[i];
	if (arm == comparison->plan.arms) {
		err_set(err, ERR_ARGUMENT, "the run '%s' has no arm '%s'%s", step->run, step->arm,
			text_did_you_mean(hint, step->arm, names));
		return NULL;
	}
	serve_push_step(L, lesson_of(script_of(L)), step->run_step, STEP_RESULT);
	lua_getiuservalue(L, -1, COMPARISON_PROGRAMS);
	lua_rawgeti(L, -1, (lua_Integer)arm + 1);
	ProgramBox *box = lua_touserdata(L, -1);

	if (box && box->program)
		return box;
	err_set(err, ERR_ARGUMENT, "the program of arm '%s' was closed", step->arm);
	return NULL;
}

static int make_figure(lua_State *L)
{
	Figure *self = lua_touserdata(L, 1);
	Script *script = script_of(L);
	ProgramBox *box = push_program(L, self->step, &self->err);

	if (!box)
		return 0;
	lua_getiuservalue(L, -1, PROGRAM_MODEL);
	const Model *model = handle_object(L, -1, MODEL_HANDLE);

	lua_getiuservalue(L, -4, COMPARISON_ROWS);
	const Rows *rows = handle_object(L, -1, ROWS_HANDLE);

	if (!model || !rows) {
		err_set(&self->err, ERR_ARGUMENT, "the %s of arm '%s' %s closed",
			model ? "rows" : "model", self->step->arm, model ? "were" : "was");
		return 0;
	}
	const ViewWish wish = { .model = model,
				.program = box->program,
				.rows = rows,
				.pool = script->options.trial->pool,
				.control = &script->control };

	model_view_fill(self->step->view, &wish, self->step->layer, self->record, &self->err);
	return 0;
}

static void set_names(const Step *step, size_t number, json_t *record)
{
	json_object_set_new(record, "step", json_integer((json_int_t)number));
	json_object_set_new(record, "run", json_string(step->run));
	json_object_set_new(record, "arm", json_string(step->arm));
	json_object_set_new(record, "view", json_string(step->view->info.name));
}

static bool put_figure(const Serve *serve, Step *step, Err *err)
{
	size_t number = lesson_step_number(serve->lesson, step);
	Figure figure = { .step = step, .record = tell_record(serve, "figure") };
	Err failed;

	set_names(step, number, figure.record);
	if (!serve_call(serve, make_figure, &figure, FIGURE_SECONDS, &failed, err)) {
		json_decref(figure.record);
		if (err->code != ERR_NONE)
			return false;
		figure.err = failed;
	} else if (figure.err.code == ERR_NONE) {
		return tell_put(serve, figure.record, err);
	} else {
		json_decref(figure.record);
	}
	text_format(step->nothing, sizeof step->nothing, "%s", figure.err.text);
	figure.err.code = ERR_SCRIPT;
	err_prefix(&figure.err, "%s:%d: inspect", serve->script->name, step->line);
	return tell_error(serve, &figure.err, err);
}

/* The models are kept for this alone. */
static int drop_models(lua_State *L)
{
	const Step *run = lua_touserdata(L, 1);

	serve_push_step(L, lesson_of(script_of(L)), run, STEP_RESULT);
	for (int i = COMPARISON_PROGRAMS; i < COMPARISON_VALUES + 1; i++) {
		lua_pushnil(L);
		lua_setiuservalue(L, -2, i);
	}
	return 0;
}

bool serve_figures(const Serve *serve, Step *run, Err *err)
{
	const Lesson *lesson = serve->lesson;
	Err failed;

	for (size_t i = 0; i < lesson->steps; i++)
		if (lesson->step[i]->kind == STEP_INSPECT && lesson->step[i]->run_step == run &&
		    !put_figure(serve, lesson->step[i], err))
			return false;
	if (!run->comparison)
		return true;
	return serve_call(serve, drop_models, run, FIGURE_SECONDS, &failed, err) ||
	       err->code == ERR_NONE;
}
