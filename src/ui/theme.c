/* The table of looks.
 * SPDX-License-Identifier: MIT */
#include "ui/theme.h"

#include <stdlib.h>
#include <string.h>

static const char *const theme_names[THEME_COUNT];
static const Look theme_looks[THEME_COUNT][STYLE_COUNT];

const Look *theme_look(Theme theme, Style style)
{
	return &theme_looks[theme][style];
}

const char *theme_name(Theme theme)
{
	return theme_names[theme];
}

bool theme_find(const char *name, Theme *out)
{
	for (Theme theme = 0; theme < THEME_COUNT; theme++)
		if (strcmp(theme_names[theme], name) == 0) {
			*out = theme;
			return true;
		}
	return false;
}

Theme theme_from_environment(Theme otherwise)
{
	const char *no_color = getenv("NO_COLOR");

	return no_color && *no_color ? THEME_MONO : otherwise;
}

static const char *const theme_names[THEME_COUNT] = {
	[THEME_AUTO] = "auto",
	[THEME_DARK] = "dark",
	[THEME_LIGHT] = "light",
	[THEME_MONO] = "mono",
};

#define BOLD .bold = true
#define UNDERLINE .underline = true
#define REVERSE .reverse = true
#define FAINT .dim = true
#define LOOK(style, fg8, bg8, fg, bg, ...) [STYLE_##style] = { fg8, bg8, fg, bg, __VA_ARGS__ }
#define PLAIN .bold = false

/* auto keeps to colours that read on black and on white. In 256: 33 blue, 172 orange, 133 magenta,
 * 37 cyan, 160 red, 244 grey. */
/* clang-format off */
static const Look theme_looks[THEME_COUNT][STYLE_COUNT] = {
	[THEME_AUTO] = {
		LOOK(TEXT, -1, -1, -1, -1, PLAIN),
		LOOK(DIM, -1, -1, 244, -1, FAINT),
		LOOK(TITLE, -1, -1, -1, -1, BOLD),
		LOOK(FOCUS, -1, -1, -1, -1, REVERSE),
		LOOK(BORDER, -1, -1, 244, -1, PLAIN),
		LOOK(BAR, -1, -1, -1, -1, PLAIN),
		LOOK(KEY, 6, -1, 37, -1, BOLD),
		LOOK(LESS, 4, -1, 33, -1, BOLD),
		LOOK(MORE, 3, -1, 172, -1, BOLD),
		LOOK(UNSURE, -1, -1, 244, -1, PLAIN),
		LOOK(WARNING, 3, -1, 172, -1, BOLD),
		LOOK(ERROR, 1, -1, 160, -1, BOLD),
		LOOK(MEASURED, 6, -1, 37, -1, BOLD),
		LOOK(MODELLED, 5, -1, 133, -1, PLAIN),
		LOOK(EMPHASIS, -1, -1, -1, -1, BOLD),
		LOOK(CODE, 6, -1, 37, -1, PLAIN),
		LOOK(SERIES1, 4, -1, 33, -1, PLAIN),
		LOOK(SERIES2, 3, -1, 172, -1, PLAIN),
		LOOK(SERIES3, 5, -1, 133, -1, PLAIN),
		LOOK(SERIES4, 6, -1, 37, -1, PLAIN),
	},
	[THEME_DARK] = {
		LOOK(TEXT, 7, 0, 252, 234, PLAIN),
		LOOK(DIM, 7, 0, 246, 234, FAINT),
		LOOK(TITLE, 7, 0, 255, 234, BOLD),
		LOOK(FOCUS, 7, 0, 255, 238, REVERSE),
		LOOK(BORDER, 7, 0, 242, 234, PLAIN),
		LOOK(BAR, 7, 0, 252, 236, PLAIN),
		LOOK(KEY, 6, 0, 80, 236, BOLD),
		LOOK(LESS, 4, 0, 75, 234, BOLD),
		LOOK(MORE, 3, 0, 214, 234, BOLD),
		LOOK(UNSURE, 7, 0, 246, 234, PLAIN),
		LOOK(WARNING, 3, 0, 214, 234, BOLD),
		LOOK(ERROR, 1, 0, 203, 234, BOLD),
		LOOK(MEASURED, 6, 0, 80, 234, BOLD),
		LOOK(MODELLED, 5, 0, 176, 234, PLAIN),
		LOOK(EMPHASIS, 7, 0, 255, 234, BOLD),
		LOOK(CODE, 6, 0, 80, 234, PLAIN),
		LOOK(SERIES1, 4, 0, 75, 234, PLAIN),
		LOOK(SERIES2, 3, 0, 214, 234, PLAIN),
		LOOK(SERIES3, 5, 0, 176, 234, PLAIN),
		LOOK(SERIES4, 6, 0, 80, 234, PLAIN),
	},
	[THEME_LIGHT] = {
		LOOK(TEXT, 0, 7, 235, 231, PLAIN),
		LOOK(DIM, 0, 7, 242, 231, FAINT),
		LOOK(TITLE, 0, 7, 232, 231, BOLD),
		LOOK(FOCUS, 0, 7, 232, 252, REVERSE),
		LOOK(BORDER, 0, 7, 246, 231, PLAIN),
		LOOK(BAR, 0, 7, 235, 254, PLAIN),
		LOOK(KEY, 4, 7, 24, 254, BOLD),
		LOOK(LESS, 4, 7, 26, 231, BOLD),
		LOOK(MORE, 3, 7, 130, 231, BOLD),
		LOOK(UNSURE, 0, 7, 242, 231, PLAIN),
		LOOK(WARNING, 3, 7, 130, 231, BOLD),
		LOOK(ERROR, 1, 7, 124, 231, BOLD),
		LOOK(MEASURED, 4, 7, 24, 231, BOLD),
		LOOK(MODELLED, 5, 7, 90, 231, PLAIN),
		LOOK(EMPHASIS, 0, 7, 232, 231, BOLD),
		LOOK(CODE, 4, 7, 24, 231, PLAIN),
		LOOK(SERIES1, 4, 7, 26, 231, PLAIN),
		LOOK(SERIES2, 3, 7, 130, 231, PLAIN),
		LOOK(SERIES3, 5, 7, 90, 231, PLAIN),
		LOOK(SERIES4, 6, 7, 30, 231, PLAIN),
	},
	[THEME_MONO] = {
		LOOK(TEXT, -1, -1, -1, -1, PLAIN),
		LOOK(DIM, -1, -1, -1, -1, PLAIN),
		LOOK(TITLE, -1, -1, -1, -1, BOLD),
		LOOK(FOCUS, -1, -1, -1, -1, REVERSE),
		LOOK(BORDER, -1, -1, -1, -1, PLAIN),
		LOOK(BAR, -1, -1, -1, -1, PLAIN),
		LOOK(KEY, -1, -1, -1, -1, BOLD),
		LOOK(LESS, -1, -1, -1, -1, BOLD),
		LOOK(MORE, -1, -1, -1, -1, BOLD, UNDERLINE),
		LOOK(UNSURE, -1, -1, -1, -1, PLAIN),
		LOOK(WARNING, -1, -1, -1, -1, BOLD),
		LOOK(ERROR, -1, -1, -1, -1, BOLD, REVERSE),
		LOOK(MEASURED, -1, -1, -1, -1, BOLD),
		LOOK(MODELLED, -1, -1, -1, -1, UNDERLINE),
		LOOK(EMPHASIS, -1, -1, -1, -1, BOLD),
		LOOK(CODE, -1, -1, -1, -1, UNDERLINE),
		LOOK(SERIES1, -1, -1, -1, -1, PLAIN),
		LOOK(SERIES2, -1, -1, -1, -1, BOLD),
		LOOK(SERIES3, -1, -1, -1, -1, UNDERLINE),
		LOOK(SERIES4, -1, -1, -1, -1, BOLD, UNDERLINE),
	},
};
/* clang-format on */
