/* A canvas as text: what tests compare, what `w` writes and what the manual shows.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_DUMP_H
#define WATTLE_UI_DUMP_H

#include <stdio.h>

#include "ui/canvas.h"

/* One line a row, trailing spaces kept, so that every line is as wide as the canvas. */
void dump_text(const Canvas *canvas, FILE *to);
/* The same with a second grid of style letters below, for tests of styles. */
void dump_styles(const Canvas *canvas, FILE *to);

#endif
