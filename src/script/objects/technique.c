/* wattle.technique: each row of the table as a function that gives a value, a name with checked
 * parameters.
 * SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "script/inside.h"

static const luaL_Reg technique_methods[], technique_meta[];

/* Upvalue: the technique. The value has no resource of its own; the handles it was given stay alive
 * with it. */
static int technique_make(lua_State *L)
{
	const Technique *technique = lua_touserdata(L, lua_upvalueindex(1));

	lua_settop(L, 1);
	TechniqueBox *box = lua_newuserdatauv(L, sizeof *box, 1);

	box->technique = technique;
	lua_newtable(L);
	values_params(L, 1, &technique->info, &box->params, NULL, 3);
	lua_setiuservalue(L, 2, 1);
	luaL_setmetatable(L, TECHNIQUE_HANDLE);
	return 1;
}

static int technique_text(lua_State *L)
{
	const TechniqueBox *box = luaL_checkudata(L, 1, TECHNIQUE_HANDLE);

	lua_pushfstring(L, "technique: %s", box->technique->info.name);
	return 1;
}

void technique_open(lua_State *L)
{
	values_handle(L, TECHNIQUE_HANDLE, technique_methods, technique_meta, NULL);
	lua_newtable(L);
	for (size_t i = 0; techniques[i]; i++) {
		char name[64];

		text_format(name, sizeof name, "%s", techniques[i]->info.name);
		for (char *p = name; *p; p++)
			if (*p == '-')
				*p = '_';
		lua_pushlightuserdata(L, (void *)techniques[i]);
		lua_pushcclosure(L, technique_make, 1);
		lua_setfield(L, -2, name);
	}
	values_strict(L, "wattle.technique");
}

static const luaL_Reg technique_methods[] = {
	{ NULL, NULL },
};

static const luaL_Reg technique_meta[] = {
	{ "__tostring", technique_text },
	{ NULL, NULL },
};
