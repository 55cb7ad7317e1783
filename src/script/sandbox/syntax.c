/* What a text that Lua cannot parse was meant to be, where a word or a bracket tells.
 * SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "script/inside.h"

#define WORD_MAX 32

static const char *const keywords[] = { "function", "return", "local",  "while",
					"until",    "repeat", "elseif", NULL };

/* The first word of the line that a message "file.lua:12: …" is about, for a statement that Lua
 * takes for a name begins with it; "" when the message has no line of the script's text. */
static void first_word(char out[WORD_MAX], const Script *script, const char *message)
{
	size_t len = strlen(script->name), n = 0;
	bool placed = strncmp(message, script->name, len) == 0 && message[len] == ':';
	const char *end = script->text + script->len, *at = NULL;

	if (placed)
		at = source_line_begin(script->text, script->len,
				       (int)strtol(message + len + 1, NULL, 10));
	while (at && at < end && isspace((unsigned char)*at))
		at++;
	while (at && at + n < end && n < WORD_MAX - 1 && source_in_word(at[n]))
		n++;
	if (n > 0)
		memcpy(out, at, n);
	out[n] = '\0';
}

int script_syntax_error(lua_State *L)
{
	const char *message = lua_tostring(L, -1),
		   *near = message ? strstr(message, " near '") : NULL;
	char word[WORD_MAX], hint[TEXT_HINT_MAX];

	if (near && strstr(message, ": syntax error near '")) {
		first_word(word, script_of(L), message);
		lua_pushstring(L, text_did_you_mean(hint, word, keywords));
		lua_concat(L, 2);
	} else if (near && strstr(message, ": unexpected symbol near '") &&
		   strchr("}),", near[7])) {
		lua_pushstring(L, " (is an 'end' or a value missing before it?)");
		lua_concat(L, 2);
	} else if (near && strstr(message, ": <eof> expected near 'end'")) {
		lua_pushstring(
			L,
			" (is it one 'end' too many, or a word like 'function' mistyped above?)");
		lua_concat(L, 2);
	}
	lua_error(L);
	__builtin_unreachable(); /* lua_error does not return */
}
