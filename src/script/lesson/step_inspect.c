/* w.inspect: a look into a model of a run's arm, made when the run has ended.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/text.h"
#include "script/lesson/steps.h"
#include "trial/view.h"

static const Key inspect_keys[];

static const ModelView *read_view(lua_State *L)
{
	const char *names[32] = { NULL };
	char list[200] = "", hint[TEXT_HINT_MAX];
	size_t len = 0;

	values_field(L, STEP_TABLE, "view");
	const char *name = lua_tostring(L, -1);
	const ModelView *view = model_view_find(name);

	lua_pop(L, 1);
	if (view)
		return view;
	for (size_t i = 0; model_views[i] && i + 1 < sizeof names / sizeof *names; i++) {
		names[i] = model_views[i]->info.name;
		len += text_format(list + len, sizeof list - len, "%s%s", i ? ", " : "", names[i]);
	}
	script_fail_key(L, "view", "inspect: there is no view '%.60s'%s; there are %s", name,
			text_did_you_mean(hint, name, names), list);
}

int step_inspect(lua_State *L)
{
	Step *step = step_push(L, STEP_INSPECT, inspect_keys);

	values_field(L, STEP_TABLE, "run");
	step_id(L, "run", "inspect: run", lua_tostring(L, -1), step->run);
	values_field(L, STEP_TABLE, "arm");
	values_text(L, -1, "arm", "inspect: arm", step->arm, sizeof step->arm);
	lua_pop(L, 2);
	step->view = read_view(L);
	step->layer = step_count(L, "inspect", "layer", 1, MODEL_LAYERS_MAX);
	if (step->layer && !step->view->shows)
		script_fail_key(L, "layer", "inspect: the view %s shows the model as a whole",
				step->view->info.name);
	return step_done(L);
}

static const Key inspect_keys[] = {
	{ "run", LUA_TSTRING, true, "the id of a run" },
	{ "arm", LUA_TSTRING, true, "an arm of its comparison" },
	{ "view", LUA_TSTRING, true, "histogram, sparsity, confusion, filters or activations" },
	{ "layer", LUA_TNUMBER, false, "Of those that the view can show; the first." },
	{ NULL, LUA_TNONE, false, NULL },
};
