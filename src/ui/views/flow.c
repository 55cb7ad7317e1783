/* Flowing text.
 * SPDX-License-Identifier: MIT */
#include "ui/views/flow.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/text.h"

#define FLOW_SAY_MAX 1024 /* bytes of one line */

void flow_init(Flow *flow, int columns)
{
	*flow = (Flow){ .columns = columns < 1 ? 1 : columns };
}

void flow_done(Flow *flow)
{
	for (size_t i = 0; i < flow->n; i++)
		free(flow->runs[i].text);
	free(flow->runs);
	*flow = (Flow){ .columns = flow->columns };
}

/* Takes over text. */
static void put_run(Flow *flow, Style style, char *text)
{
	FlowRun *runs = list_room(flow->runs, flow->n, &flow->capacity, sizeof *runs);

	if (!runs) {
		flow->failed = true;
		free(text);
		return;
	}
	flow->runs = runs;
	flow->runs[flow->n++] = (FlowRun){ flow->line, flow->x, style, text };
	flow->x += (int)text_columns(text);
}

static char *clean_dup(const char *text, size_t len)
{
	size_t need = text_clean(NULL, 0, text, len) + 1;
	char *out = malloc(need);

	if (out)
		text_clean(out, need, text, len);
	return out;
}

/* As many whole characters of text as fit into columns, at least one; their bytes. */
static size_t fitting(const char *text, int columns)
{
	size_t len = strlen(text), at = 0;
	char one[8];
	uint32_t code;
	int used = 0;

	while (at < len) {
		size_t step = text_decode(text + at, len - at, &code);
		memcpy(one, text + at, step);
		one[step] = '\0';
		used += (int)text_columns(one);
		if (at > 0 && used > columns)
			break;
		at += step;
	}
	return at;
}

/* A word that is wider than a line goes on as many lines as it needs. */
static void put_broken(Flow *flow, Style style, const char *word)
{
	while (*word) {
		size_t len = fitting(word, flow->columns - flow->x);
		char *part = strndup(word, len);
		if (!part) {
			flow->failed = true;
			return;
		}
		put_run(flow, style, part);
		word += len;
		if (*word)
			flow_break(flow);
		if (flow->x < flow->indent)
			flow->x = flow->indent;
	}
}

/* Goes on in the next line; what stands close before the next word (**word**,) comes along. */
static void wrap(Flow *flow)
{
	FlowRun *last = flow->n > 0 ? &flow->runs[flow->n - 1] : NULL;
	bool close = !flow->space && last && last->line == flow->line && last->x > flow->indent;

	flow_break(flow);
	if (!close || (int)text_columns(last->text) > flow->columns / 2)
		return;
	last->line = flow->line;
	last->x = flow->indent;
	flow->x = last->x + (int)text_columns(last->text);
}

static void put_word(Flow *flow, Style style, const char *text, size_t len)
{
	char *word = clean_dup(text, len);
	int width, room;

	if (!word) {
		flow->failed = true;
		return;
	}
	if (flow->indent > flow->columns - 8) /* deep nesting in a narrow pane */
		flow->indent = flow->columns > 8 ? flow->columns - 8 : 0;
	width = (int)text_columns(word);
	if (flow->x < flow->indent)
		flow->x = flow->indent;
	room = flow->columns - flow->x - (flow->space ? 1 : 0);
	if (width > room && flow->x > flow->indent)
		wrap(flow);
	if (flow->x < flow->indent)
		flow->x = flow->indent;
	flow->x += flow->space ? 1 : 0;
	flow->space = false;
	if (width <= flow->columns - flow->x) {
		put_run(flow, style, word);
		return;
	}
	put_broken(flow, style, word);
	free(word);
}

void flow_words(Flow *flow, Style style, const char *text, size_t len)
{
	size_t at = 0;

	while (at < len) {
		size_t begin;
		for (; at < len && strchr(" \t\n\r", text[at]) && text[at]; at++)
			flow->space = flow->x > flow->indent;
		begin = at;
		while (at < len && (!text[at] || !strchr(" \t\n\r", text[at])))
			at++;
		if (at > begin)
			put_word(flow, style, text + begin, at - begin);
	}
}

void flow_text(Flow *flow, Style style, const char *text)
{
	flow->space = flow->x > flow->indent;
	flow_words(flow, style, text, strlen(text));
}

void flow_spans(Flow *flow, Style style, const char *text)
{
	flow->space = flow->x > flow->indent;
	for (bool code = false; *text; code = !code) {
		size_t len = strcspn(text, "`");

		flow_words(flow, code ? STYLE_CODE : style, text, len);
		text += len + (text[len] == '`');
	}
}

void flow_format(Flow *flow, Style style, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	text_vformat(text, sizeof text, format, args);
	va_end(args);
	flow_text(flow, style, text);
}

void flow_verbatim(Flow *flow, Style style, const char *text, size_t len)
{
	char *line = clean_dup(text, len);

	flow_break(flow);
	flow->x = flow->indent;
	if (!line) {
		flow->failed = true;
		return;
	}
	put_run(flow, style, line);
	flow->line++;
	flow->x = 0;
}

void flow_break(Flow *flow)
{
	if (flow->x > 0)
		flow->line++;
	flow->x = 0;
	flow->space = false;
}

void flow_gap(Flow *flow)
{
	flow_break(flow);
	if (flow->n > 0 && flow->runs[flow->n - 1].line + 1 == flow->line)
		flow->line++;
}

size_t flow_lines(const Flow *flow)
{
	return flow->n > 0 ? flow->runs[flow->n - 1].line + 1 : 0;
}

void flow_draw(const Flow *flow, Canvas *canvas, const Pane *pane, size_t first)
{
	for (size_t i = 0; i < flow->n; i++) {
		const FlowRun *run = &flow->runs[i];
		if (run->line < first ||
		    run->line - first >= (size_t)(pane->height > 0 ? pane->height : 0))
			continue;
		canvas_text(canvas, pane->x + run->x, pane->y + (int)(run->line - first),
			    pane->width - run->x, run->style, run->text);
	}
}

void flow_say(const Flow *flow, const Speech *speech)
{
	size_t at = 0;

	for (size_t line = 0; line < flow_lines(flow); line++) {
		char text[FLOW_SAY_MAX];
		size_t len = 0;
		int x = 0;
		for (; at < flow->n && flow->runs[at].line == line; at++) {
			const FlowRun *run = &flow->runs[at];
			for (; x < run->x && len + 1 < sizeof text; x++)
				text[len++] = ' ';
			len += text_format(text + len, sizeof text - len, "%s", run->text);
			x = run->x + (int)text_columns(run->text);
		}
		text[len] = '\0';
		speech->line(speech->user, text);
	}
}

void flow_sentence(const Speech *speech, int indent, const char *format, ...)
{
	char text[1024];
	va_list args;
	Flow flow;

	va_start(args, format);
	text_vformat(text, sizeof text, format, args);
	va_end(args);
	flow_init(&flow, FLOW_SAY_COLUMNS);
	flow.indent = indent;
	flow_text(&flow, STYLE_TEXT, text);
	flow_say(&flow, speech);
	flow_done(&flow);
}

size_t flow_encode(char out[5], uint32_t code)
{
	size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = { 0, 0x00, 0xc0, 0xe0, 0xf0 };

	out[0] = '\0';
	if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	for (size_t i = len; i-- > 1; code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3f));
	out[0] = (char)(lead[len] | code);
	out[len] = '\0';
	return len;
}
