/* Writing SVG, and the text of the page around it: shapes with numbers of a fixed short format,
 * and text made harmless.
 *
 * Whatever a name holds, it comes out as text: what text_clean (base/text.h) shows as an escape
 * is shown so, and & < > " ' become entities. Numbers have one decimal, '.' whatever the locale,
 * and are never NaN or infinite.
 *
 * Colours are those of a class: a group of class "s0" … "s7" sets the colour of a series, and
 * the shapes in it take it by their own class ("fill", "line", "err"). figure_style has the
 * rules.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_FIGURES_SVG_H
#define WATTLE_LAB_FIGURES_SVG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Series from this number on take the colours and glyphs again, with a dot in the glyph. */
#define SVG_SERIES 8

/* Text of content or of an attribute, of HTML too. Tabs and line ends stay. */
void svg_text(FILE *to, const char *text);
void svg_text_bytes(FILE *to, const char *text, size_t len);

void svg_group(FILE *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
void svg_group_end(FILE *to);

void svg_line(FILE *to, const char *class, double x1, double y1, double x2, double y2);
void svg_rect(FILE *to, const char *class, double x, double y, double width, double height);

/* Outline and diagonals, as bars of what was not measured are filled. */
void svg_hatched(FILE *to, double x, double y, double width, double height);

/* Where a text stands to its x. */
typedef enum SvgAnchor { SVG_START, SVG_MIDDLE, SVG_END } SvgAnchor;
void svg_words(FILE *to, const char *class, double x, double y, SvgAnchor anchor, const char *text);
/* Cut to a width with "…"; then the whole text is in a title. */
void svg_words_fit(FILE *to, const char *class, double x, double y, SvgAnchor anchor, double width,
		   double size, const char *text);
/* Upright, read from below; x is that of its foot line, y its middle. */
void svg_words_up(FILE *to, const char *class, double x, double y, const char *text);
/* Room that a text takes at a font size, rather too much than too little: which font draws it is
 * not known. */
double svg_width(const char *text, double size);

/* A path: open, points, close. A point that is not finite lifts the pen. */
typedef struct SvgPath {
	FILE *to;
	bool drawing, any;
} SvgPath;
void svg_path_open(SvgPath *path, FILE *to, const char *class);
void svg_path_point(SvgPath *path, double x, double y);
void svg_path_close(SvgPath *path, bool area);

/* The mark of a series at a place; hollow: of what was not measured. */
void svg_glyph(FILE *to, size_t series, double x, double y, bool hollow);
/* An error bar with caps, along x or along y; nothing where an end is NaN. */
void svg_error_across(FILE *to, double x1, double x2, double y);
void svg_error_up(FILE *to, double x, double y1, double y2);

#endif
