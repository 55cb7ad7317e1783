/* Markup and content by turns.
 * SPDX-License-Identifier: MIT */
#include "app/report/report_html.h"

#include <stdarg.h>
#include <stdbool.h>

#include "base/text.h"
#include "lab/figures/svg.h"

void html_put(FILE *to, ...)
{
	va_list args;
	bool content = false;

	va_start(args, to);
	for (const char *text; (text = va_arg(args, const char *)); content = !content)
		if (content)
			svg_text(to, text);
		else
			fputs(text, to);
	va_end(args);
}

void html_heading(FILE *to, int h, const char *words)
{
	char open[16], close[16];

	text_format(open, sizeof open, "<h%d>", h);
	text_format(close, sizeof close, "</h%d>\n", h);
	html_put(to, open, words, close, NULL);
}
