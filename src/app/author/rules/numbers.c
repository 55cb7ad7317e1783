/* No text states a figure that a run produces: those come by {{…}}, from the student's machine.
 * SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "app/author/lint.h"

/* Units that only results have. "28 × 28" is a size: an × between two numbers is none. */
static const char *const units[] = { "%", "×", "x", "J", "W", "ms", "pt", "kB" };

static bool goes_on(unsigned char c)
{
	return isalnum(c) || c == '_' || c >= 0x80;
}

/* The unit that stands at text, or NULL. */
static const char *unit_at(const char *text, bool apart)
{
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		size_t len = strlen(units[i]);
		bool times = strcmp(units[i], "×") == 0 || strcmp(units[i], "x") == 0;
		const char *behind = text + len;
		if (strncmp(text, units[i], len) != 0)
			continue;
		if (times && (apart || isdigit((unsigned char)behind[strspn(behind, " ")])))
			continue;
		if (strcmp(units[i], "%") == 0 || !goes_on((unsigned char)*behind))
			return units[i];
	}
	return NULL;
}

/* Behind the field {{…}} that begins at text; text when none does. */
static const char *behind_field(const char *text)
{
	const char *end = strncmp(text, "{{", 2) == 0 ? strstr(text, "}}") : NULL;
	return end ? end + 2 : text;
}

static void look_at(Lint *lint, int line, const char *text)
{
	const char *begin = text;
	while (*text) {
		const char *behind = behind_field(text);
		line += *text == '\n';
		if (behind != text || !isdigit((unsigned char)*text) ||
		    (text > begin && goes_on((unsigned char)text[-1]))) {
			text = behind != text ? behind : text + 1;
			continue;
		}
		size_t digits = strspn(text, "0123456789.,");
		const char *unit = unit_at(text + digits, false);
		if (!unit && text[digits] == ' ')
			unit = unit_at(text + digits + 1, true);
		if (unit)
			lint_problem(lint, line,
				     "'%.*s %s' is a result: write {{…}}, which each machine fills",
				     (int)digits, text, unit);
		text += digits;
	}
}

static void numbers_look(Lint *lint)
{
	lint_texts(lint, look_at);
}

const LintRule lint_numbers = {
	.info = { .name = "numbers",
		  .title = "Numbers",
		  .about = "Texts state no figures with %, x, J, W, ms, pt or kB outside {{}}." },
	.look = numbers_look,
};
