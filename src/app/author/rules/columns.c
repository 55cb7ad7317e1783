/* Lines that a terminal of 80 columns holds: the file, and texts with room for a frame.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "app/author/lint.h"
#include "base/text.h"

#define FILE_COLUMNS 80
#define TEXT_COLUMNS 76
#define LINE_BYTES_MAX 4096

static size_t columns_of(const char *line, size_t len)
{
	char copy[LINE_BYTES_MAX];
	size_t columns = 0;
	if (len >= sizeof copy)
		return len;
	/* A tab is as wide as editors show it, at most. */
	for (size_t i = 0; i < len; i++)
		columns += line[i] == '\t' ? 8 : 0;
	text_format(copy, sizeof copy, "%.*s", (int)len, line);
	for (char *at = copy; *at; at++)
		if (*at == '\t')
			memmove(at, at + 1, strlen(at));
	return columns + text_columns(copy);
}

static void look_at(Lint *lint, int line, const char *text, size_t most, const char *what)
{
	for (; *text; line++) {
		size_t len = strcspn(text, "\n");
		size_t columns = columns_of(text, len - (len && text[len - 1] == '\r'));
		if (columns > most)
			lint_problem(lint, line, "%zu columns; %s has at most %zu", columns, what,
				     most);
		text += len + (text[len] == '\n');
	}
}

/* Only what is several lines is shown as it stands; one line is wrapped. */
static void look_at_text(Lint *lint, int line, const char *text)
{
	if (strchr(text, '\n'))
		look_at(lint, line, text, TEXT_COLUMNS, "a line of a text");
}

static void columns_look(Lint *lint)
{
	look_at(lint, 1, lint->text, FILE_COLUMNS, "a line of the file");
	lint_texts(lint, look_at_text);
}

const LintRule lint_columns = {
	.info = { .name = "columns",
		  .title = "Columns",
		  .about = "Lines of the file have at most 80 columns, those of texts 76." },
	.look = columns_look,
};
