/* Serving a lesson: the points that the body of a run draws with c:chart.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "script/lesson/serve/serve.h"
#include "script/lesson/tell.h"

static double coordinate(lua_State *L, int index, const char *what, const char *name)
{
	double value = lua_type(L, index) == LUA_TNUMBER ? lua_tonumber(L, index) : NAN;

	if (lua_type(L, index) != LUA_TNUMBER)
		script_fail(L, "c:chart: %s of '%s' must be a number, not a %s", what, name,
			    luaL_typename(L, index));
	if (!isfinite(value))
		script_fail(L, "c:chart: %s of '%s' is %s; leave such a point out", what, name,
			    isnan(value) ? "not a number" : "infinite");
	return value;
}

/* The curve of that name, perhaps a new one. */
static DrawnCurve *find_curve(lua_State *L, Drawn *drawn, const char *name)
{
	for (size_t i = 0; i < drawn->curves; i++)
		if (strcmp(drawn->curve[i].name, name) == 0)
			return &drawn->curve[i];
	if (drawn->curves == DRAWN_CURVES_MAX)
		script_fail(L, "c:chart: '%s' is one curve too many; a run draws at most %d", name,
			    DRAWN_CURVES_MAX);
	DrawnCurve *curve = &drawn->curve[drawn->curves++];

	text_format(curve->name, sizeof curve->name, "%s", name);
	curve->x = -INFINITY;
	return curve;
}

int serve_chart(lua_State *L)
{
	Script *script = script_of(L);
	Lesson *lesson = lesson_of(script);

	lua_settop(L, 4); /* what is not given is nil */
	const char *name = values_string(L, 2, "chart", "c:chart: the name", LESSON_NAME_MAX);
	double x = coordinate(L, 3, "x", name), y = coordinate(L, 4, "y", name);
	const Serve serve = { .script = script,
			      .lesson = lesson,
			      .out = script->options.trial->out };
	Err err;

	if (!lesson->running)
		script_fail(L, "c:chart: only the body of a run draws");
	if (lesson->drawn.points == DRAWN_POINTS_MAX)
		script_fail(L, "c:chart: over %d points in one run; draw every tenth, say",
			    DRAWN_POINTS_MAX);
	DrawnCurve *curve = find_curve(L, &lesson->drawn, name);

	if (x < curve->x)
		script_fail(L,
			    "c:chart: x of '%s' goes back from %g to %g; draw from left to right",
			    name, curve->x, x);
	curve->x = x;
	lesson->drawn.points++;
	if (!tell_chart(&serve, lesson->running, name, x, y, &err))
		script_raise(L, &err);
	return 0;
}
