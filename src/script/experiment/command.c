/* Arms that are commands: the words of another program, which the reader starts.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/text.h"
#include "script/inside.h"

static const Key arm_keys[];

static void add_word(lua_State *L, PlanCommand *command, const char *word, size_t len)
{
	Err err;

	if (strlen(word) != len)
		script_fail_key(L, "command", "command: a word with a zero byte in it");
	if (!plan_command_add(command, word, &err))
		script_raise_key(L, "command", &err);
}

/* A list of words is run as it is, one text by the shell. */
static void read_words(lua_State *L, PlanCommand *command, const char *arm)
{
	int list = lua_gettop(L);
	size_t len, count = lua_istable(L, list) ? lua_rawlen(L, list) : 0;

	if (lua_type(L, list) == LUA_TSTRING) {
		const char *text = lua_tolstring(L, list, &len);

		if (!len)
			script_fail_key(L, "command", "command: that of '%s' is empty", arm);
		add_word(L, command, "/bin/sh", 7);
		add_word(L, command, "-c", 2);
		add_word(L, command, text, len);
		return;
	}
	if (!count)
		script_fail_key(L, "command",
				"command: that of '%s' must be a list of words, the program first, "
				"or one text for the shell",
				arm);
	for (size_t i = 1; i <= count; i++) {
		int type = lua_rawgeti(L, list, (lua_Integer)i);

		if (type != LUA_TSTRING && type != LUA_TNUMBER)
			script_fail_key(L, "command", "command: word %zu of '%s' is no text", i,
					arm);
		const char *word = lua_tolstring(L, -1, &len);

		add_word(L, command, word, len);
		lua_pop(L, 1);
	}
}

void command_read(lua_State *L, int index, Plan *plan, size_t i)
{
	PlanCommand *command = &plan->command[i];
	int top = lua_gettop(L);
	char what[PLAN_NAME_MAX + 16];

	text_format(what, sizeof what, "arm '%s'", plan->arm[i]);
	values_keys(L, index, what, arm_keys);
	command->limit_s = PLAN_LIMIT_S;
	if (values_field(L, index, "limit") != LUA_TNIL)
		command->limit_s = lua_tonumber(L, -1);
	if (!(command->limit_s > 0 && command->limit_s <= PLAN_LIMIT_MAX_S))
		script_fail_key(L, "limit", "limit: must be over 0 and at most %g seconds",
				PLAN_LIMIT_MAX_S);
	values_field(L, index, "command");
	read_words(L, command, plan->arm[i]);
	lua_settop(L, top);
}

static const Key arm_keys[] = {
	{ "#", LUA_TNONE, false, "The name." },
	{ "command", LUA_TNONE, true, "the program and its words, or one text for the shell" },
	{ "limit", LUA_TNUMBER, false, "Seconds after which a run of it is an error." },
	{ NULL, LUA_TNONE, false, NULL },
};
