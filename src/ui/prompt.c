/* Reads, completes and finds commands.
 * SPDX-License-Identifier: MIT */
#include "ui/prompt.h"

#include <string.h>

#include "base/text.h"

void prompt_open(Prompt *prompt)
{
	*prompt = (Prompt){ .open = true };
}

/* An action works where one of its keys does. */
static bool prompt_works(Action action, uint32_t place)
{
	for (const KeyRow *row = key_rows; row->label; row++)
		if (row->action == action && (row->places & place))
			return true;
	return false;
}

Action prompt_find(const char *command, uint32_t place, char hint[PROMPT_HINT_MAX])
{
	const char *names[ACTION_COUNT];
	size_t count = 0;
	Action action = action_find(command);

	hint[0] = '\0';
	if (action != ACTION_NONE && prompt_works(action, place))
		return action;
	for (Action other = ACTION_NONE + 1; other < ACTION_COUNT; other++)
		if (prompt_works(other, place))
			names[count++] = action_command(other);
	names[count] = NULL;
	char near[TEXT_HINT_MAX];

	if (action != ACTION_NONE)
		text_format(hint, PROMPT_HINT_MAX, "'%s' does nothing here", command);
	else
		text_format(hint, PROMPT_HINT_MAX, "No command '%s'%s", command,
			    *text_did_you_mean(near, command, names) ? near : "; Tab lists them");
	return ACTION_NONE;
}

/* Extends the text by what all commands that begin with it have in common; several are listed. */
static void prompt_complete(Prompt *prompt, uint32_t place)
{
	size_t len = strlen(prompt->text), common = 0, used = 0;
	const char *first = NULL;
	int found = 0;

	prompt->hint[0] = '\0';
	for (Action action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
		const char *name = action_command(action);

		if (!prompt_works(action, place) || strncmp(name, prompt->text, len) != 0)
			continue;
		if (!first) {
			first = name;
			common = strlen(name);
		}
		while (strncmp(first, name, common) != 0)
			common--;
		used += text_format(prompt->hint + used, sizeof prompt->hint - used, "%s%s",
				    found ? " " : "", name);
		found++;
	}
	if (!first)
		text_format(prompt->hint, sizeof prompt->hint, "No command begins so");
	else if (common < sizeof prompt->text)
		text_format(prompt->text, sizeof prompt->text, "%.*s", (int)common, first);
	if (found == 1)
		prompt->hint[0] = '\0';
}

bool prompt_key(Prompt *prompt, const KeyEvent *event, uint32_t place, Action *perform)
{
	size_t len = strlen(prompt->text);

	*perform = ACTION_NONE;
	switch (event->key) {
	case KEY_ESC:
		prompt->open = false;
		return true;
	case KEY_RETURN:
		*perform = len ? prompt_find(prompt->text, place, prompt->hint) : ACTION_NONE;
		prompt->open = len && *perform == ACTION_NONE;
		return true;
	case KEY_TAB_:
		prompt_complete(prompt, place);
		return true;
	case KEY_BACK:
		if (len == 0)
			prompt->open = false;
		else
			prompt->text[len - 1] = '\0';
		prompt->hint[0] = '\0';
		return true;
	default:
		break;
	}
	if (event->key < ' ' || event->key >= 0x7f || len + 1 >= sizeof prompt->text)
		return false;
	prompt->text[len] = (char)event->key;
	prompt->hint[0] = '\0';
	return true;
}

void prompt_draw(const Prompt *prompt, Canvas *canvas, int y)
{
	int used = canvas_printf(canvas, 1, y, canvas->width - 2, STYLE_BAR, ":%s", prompt->text);

	canvas->cursor_x = 1 + used;
	canvas->cursor_y = y;
}
