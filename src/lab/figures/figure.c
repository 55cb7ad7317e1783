/* The table of figures, and the element that holds one.
 * SPDX-License-Identifier: MIT */
#include "lab/figures/figure.h"

#include <stdlib.h>

#include "lab/figures/svg.h"

static bool draw_kind(FigureList *list, const FigureKind *kind, const FigureAsk *ask, Err *err)
{
	const char *why;

	err->code = ERR_NONE;
	why = kind->draw(ask, list, err);
	if (why && err->code == ERR_NONE && list->missings < FIGURE_MISSING_MAX)
		list->missing[list->missings++] = (FigureMissing){ kind->info.title, why };
	return err->code == ERR_NONE;
}

bool figures_draw(FigureList *list, const FigureAsk *ask, Err *err)
{
	for (size_t i = 0; figure_kinds[i]; i++)
		if (figure_kinds[i]->scopes & ask->scope &&
		    !draw_kind(list, figure_kinds[i], ask, err))
			return false;
	return true;
}

void figures_done(FigureList *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->figure[i].shapes);
	free(list->figure);
	*list = (FigureList){ 0 };
}

void figure_write(FILE *to, const Figure *figure, FigureWay way)
{
	if (way == FIGURE_FILE)
		fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", to);
	fprintf(to,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"figure\" viewBox=\"0 0 %d %d\" "
		"width=\"%d\" height=\"%d\" role=\"img\" aria-labelledby=\"%s-t %s-d\">\n",
		FIGURE_WIDTH, figure->height, FIGURE_WIDTH, figure->height, figure->name,
		figure->name);
	fprintf(to, "<title id=\"%s-t\">", figure->name);
	svg_text(to, figure->title);
	fprintf(to, "</title>\n<desc id=\"%s-d\">", figure->name);
	svg_text(to, figure->about);
	fputs("</desc>\n", to);
	if (way == FIGURE_FILE)
		fprintf(to,
			"<style>\nsvg.figure{%s}\n"
			"@media screen and "
			"(prefers-color-scheme:dark){svg.figure{%s}}\n%s</style>\n",
			figure_light, figure_dark, figure_rules);
	fwrite(figure->shapes, 1, figure->len, to);
	fputs("</svg>\n", to);
}

#define ROW(name) extern const FigureKind figure_##name;
#include "lab/figures.inc"
#undef ROW

const FigureKind *const figure_kinds[] = {
#define ROW(name) &figure_##name,
#include "lab/figures.inc"
#undef ROW
	NULL,
};
