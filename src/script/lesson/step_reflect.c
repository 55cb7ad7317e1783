/* w.reflect: a question that is answered in a few sentences and graded by hand.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/text.h"
#include "script/lesson/steps.h"

#define WORDS_MAX 500

static const Key reflect_keys[];

int step_reflect(lua_State *L)
{
	Step *step = step_push(L, STEP_REFLECT, reflect_keys);

	step->text = step_string(L, STEP_TABLE, STEP_LIST, "reflect", "ask", LESSON_TEXT_MAX);
	step->min_words = (double)step_count(L, "reflect", "min_words", 0, WORDS_MAX);
	return step_done(L);
}

bool reflect_take(const Step *step, const json_t *command, Answer *out, Err *bad)
{
	const json_t *text = json_object_get(command, "text");
	const char *bytes = json_string_value(text);

	if (!bytes || strlen(bytes) != json_string_length(text))
		return err_set(bad, ERR_ARGUMENT, "give the answer as a text");
	if (json_string_length(text) >= sizeof out->text)
		return err_set(bad, ERR_ARGUMENT, "the answer has %zu bytes; at most %zu are taken",
			       json_string_length(text), sizeof out->text - 1);
	size_t words = text_words(bytes);

	if (words == 0)
		return err_set(bad, ERR_ARGUMENT, "the answer is empty");
	if ((double)words < step->min_words)
		return err_set(bad, ERR_ARGUMENT, "the answer has %zu word%s; write %.0f or more",
			       words, words == 1 ? "" : "s", step->min_words);
	text_format(out->text, sizeof out->text, "%s", bytes);
	return true;
}

static const Key reflect_keys[] = {
	{ "id", LUA_TSTRING, true, "a name, as in id = \"r1\"" },
	{ "ask", LUA_TSTRING, true, "the question" },
	{ "min_words", LUA_TNUMBER, false, "The least that is taken; 0." },
	{ NULL, LUA_TNONE, false, NULL },
};
