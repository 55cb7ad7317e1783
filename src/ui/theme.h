/* Themes: how each style looks. Eight colours suffice; less and more are blue and orange (yellow at
 * eight), never green and red.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_THEME_H
#define WATTLE_UI_THEME_H

#include <stdbool.h>

#include "ui/canvas.h"

typedef enum Theme { THEME_AUTO, THEME_DARK, THEME_LIGHT, THEME_MONO, THEME_COUNT } Theme;

/* −1: the terminal's own. Otherwise 0 … 7 of ANSI, or an index into 256 where there are so many. */
typedef struct Look {
	short fg, bg;       /* with 8 colours */
	short fg256, bg256; /* with 256 */
	bool bold, underline, reverse, dim;
} Look;

const Look *theme_look(Theme theme, Style style);
const char *theme_name(Theme theme);
/* "auto", "dark", "light", "mono". False when name is none of them. */
bool theme_find(const char *name, Theme *out);
/* NO_COLOR not empty: mono. */
Theme theme_from_environment(Theme otherwise);

#endif
