/* Shapes and text of SVG.
 * SPDX-License-Identifier: MIT */
#include "lab/figures/svg.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define SVG_FAR 1e5 /* no place of a figure is further out */
#define HATCH 6.0   /* between two diagonals */
#define CAP 3.5     /* half the cap of an error bar */

static const char *const anchors[] = {
	[SVG_START] = "",
	[SVG_MIDDLE] = " text-anchor=\"middle\"",
	[SVG_END] = " text-anchor=\"end\"",
};

/* The coordinate as it is written: one decimal, no minus before 0. */
static double px(double value)
{
	double rounded = round(fmax(-SVG_FAR, fmin(SVG_FAR, isnan(value) ? 0 : value)) * 10) / 10;

	return rounded == 0 ? 0 : rounded;
}

/* --- text ------------------------------------------------------------------------------------- */

/* Noncharacters are no characters of XML either. */
static bool is_no_xml(uint32_t code)
{
	return (code & 0xfffe) == 0xfffe || (code >= 0xfdd0 && code <= 0xfdef);
}

static const char *entity(uint32_t code)
{
	switch (code) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static void put_one(FILE *to, const char *at, size_t len, uint32_t code)
{
	char clean[32];
	const char *name = entity(code);

	if (name)
		fputs(name, to);
	else if (is_no_xml(code))
		fputs("\xef\xbf\xbd", to);
	else if (len == 1 && (uint8_t)*at >= 32 && (uint8_t)*at < 127)
		fputc(*at, to);
	else
		fwrite(clean, 1, text_clean(clean, sizeof clean, at, len), to);
}

void svg_text_bytes(FILE *to, const char *text, size_t len)
{
	while (len) {
		uint32_t code;
		size_t used = text_decode(text, len, &code);

		put_one(to, text, used, code);
		text += used;
		len -= used;
	}
}

void svg_text(FILE *to, const char *text)
{
	svg_text_bytes(to, text, strlen(text));
}

/* In units of the font size: letters of a sans-serif face that runs wide. */
static double letter_width(uint32_t code)
{
	if (code == 0x200b || (code >= 0x300 && code <= 0x36f))
		return 0;
	if (code >= 0x1100)
		return code >= 0x2000 && code < 0x2c00 ? 0.84 : 1.05;
	if (code < 128 && strchr("ijl.,:;'|!()[] ft", (int)code))
		return 0.40;
	if (code < 128 && strchr("mwMW@%", (int)code))
		return 0.95;
	return code < 128 && (code < 'A' || code > 'Z') ? 0.62 : 0.72;
}

/* Hidden characters are written as escapes: \x1b, \u202e. */
static double written_width(uint32_t code)
{
	return text_hidden(code) ? 6 * 0.62 : letter_width(code);
}

double svg_width(const char *text, double size)
{
	double width = 0;
	size_t len = strlen(text);

	while (len) {
		uint32_t code;
		size_t used = text_decode(text, len, &code);

		width += written_width(code);
		text += used;
		len -= used;
	}
	return width * size;
}

void svg_words(FILE *to, const char *class, double x, double y, SvgAnchor anchor, const char *text)
{
	fprintf(to, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\"%s>", class, px(x), px(y),
		anchors[anchor]);
	svg_text(to, text);
	fputs("</text>\n", to);
}

/* Bytes of as many whole characters as fit beside "…". */
static size_t fitting(const char *text, double width, double size)
{
	size_t len = strlen(text), at = 0;
	double taken = 0.84;

	while (at < len) {
		uint32_t code;
		size_t used = text_decode(text + at, len - at, &code);

		taken += written_width(code);
		if (taken * size > width)
			break;
		at += used;
	}
	return at;
}

void svg_words_fit(FILE *to, const char *class, double x, double y, SvgAnchor anchor, double width,
		   double size, const char *text)
{
	if (svg_width(text, size) <= width) {
		svg_words(to, class, x, y, anchor, text);
		return;
	}
	fprintf(to, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\"%s><title>", class, px(x), px(y),
		anchors[anchor]);
	svg_text(to, text);
	fputs("</title>", to);
	svg_text_bytes(to, text, fitting(text, width, size));
	fputs("…</text>\n", to);
}

void svg_words_up(FILE *to, const char *class, double x, double y, const char *text)
{
	fprintf(to,
		"<text class=\"%s\" x=\"0\" y=\"0\" text-anchor=\"middle\" "
		"transform=\"translate(%.1f %.1f) rotate(-90)\">",
		class, px(x), px(y));
	svg_text(to, text);
	fputs("</text>\n", to);
}

/* --- shapes ----------------------------------------------------------------------------------- */

void svg_group(FILE *to, const char *format, ...)
{
	va_list args;

	fputs("<g class=\"", to);
	va_start(args, format);
	vfprintf(to, format, args);
	va_end(args);
	fputs("\">\n", to);
}

void svg_group_end(FILE *to)
{
	fputs("</g>\n", to);
}

void svg_line(FILE *to, const char *class, double x1, double y1, double x2, double y2)
{
	fprintf(to, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", class,
		px(x1), px(y1), px(x2), px(y2));
}

void svg_rect(FILE *to, const char *class, double x, double y, double width, double height)
{
	fprintf(to, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
		class, px(x), px(y), fmax(0, px(width)), fmax(0, px(height)));
}

void svg_hatched(FILE *to, double x, double y, double width, double height)
{
	SvgPath path;

	if (!(width > 0) || !(height > 0))
		return;
	svg_rect(to, "outline", x, y, width, height);
	svg_path_open(&path, to, "hatch");
	for (double k = HATCH - height; k < width; k += HATCH) {
		double from = fmax(0, -k), until = fmin(height, width - k);

		svg_path_point(&path, NAN, NAN);
		svg_path_point(&path, x + k + from, y + height - from);
		svg_path_point(&path, x + k + until, y + height - until);
	}
	svg_path_close(&path, false);
}

void svg_path_open(SvgPath *path, FILE *to, const char *class)
{
	*path = (SvgPath){ .to = to };
	fprintf(to, "<path class=\"%s\" d=\"", class);
}

void svg_path_point(SvgPath *path, double x, double y)
{
	if (!isfinite(x) || !isfinite(y)) {
		path->drawing = false;
		return;
	}
	fprintf(path->to, "%s%c%.1f %.1f", path->any ? " " : "", path->drawing ? 'L' : 'M', px(x),
		px(y));
	path->drawing = path->any = true;
}

void svg_path_close(SvgPath *path, bool area)
{
	fputs(!path->any ? "M0 0\"/>\n" : area ? "Z\"/>\n" : "\"/>\n", path->to);
}

/* Around 0, 5 to 6 out. */
static const char *const glyphs[SVG_SERIES] = {
	"M-5 0A5 5 0 1 0 5 0A5 5 0 1 0 -5 0Z",
	"M-4.5 -4.5H4.5V4.5H-4.5Z",
	"M0 -5.8L5.6 4.4H-5.6Z",
	"M0 -6.2L6.2 0L0 6.2L-6.2 0Z",
	"M0 5.8L5.6 -4.4H-5.6Z",
	"M-1.8 -5.6H1.8V-1.8H5.6V1.8H1.8V5.6H-1.8V1.8H-5.6V-1.8H-1.8Z",
	"M-5.6 -2.6L0 -5.8L5.6 -2.6V2.6L0 5.8L-5.6 2.6Z",
	("M-5.2 -2.6L-2.6 -5.2L0 -2.6L2.6 -5.2L5.2 -2.6L2.6 0"
	 "L5.2 2.6L2.6 5.2L0 2.6L-2.6 5.2L-5.2 2.6L-2.6 0Z"),
};

void svg_glyph(FILE *to, size_t series, double x, double y, bool hollow)
{
	if (!isfinite(x) || !isfinite(y))
		return;
	fprintf(to, "<path class=\"%s\" transform=\"translate(%.1f %.1f)\" d=\"%s\"/>\n",
		hollow ? "glyph hollow" : "glyph", px(x), px(y), glyphs[series % SVG_SERIES]);
	if (series / SVG_SERIES % 2)
		fprintf(to, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"1.9\"/>\n",
			hollow ? "core dark" : "core", px(x), px(y));
}

void svg_error_across(FILE *to, double x1, double x2, double y)
{
	if (!isfinite(x1) || !isfinite(x2) || !isfinite(y))
		return;
	fprintf(to, "<path class=\"err\" d=\"M%.1f %.1fH%.1fM%.1f %.1fV%.1fM%.1f %.1fV%.1f\"/>\n",
		px(x1), px(y), px(x2), px(x1), px(y - CAP), px(y + CAP), px(x2), px(y - CAP),
		px(y + CAP));
}

void svg_error_up(FILE *to, double x, double y1, double y2)
{
	if (!isfinite(y1) || !isfinite(y2) || !isfinite(x))
		return;
	fprintf(to, "<path class=\"err\" d=\"M%.1f %.1fV%.1fM%.1f %.1fH%.1fM%.1f %.1fH%.1f\"/>\n",
		px(x), px(y1), px(y2), px(x - CAP), px(y1), px(x + CAP), px(x - CAP), px(y2),
		px(x + CAP));
}
