/* Markdown by md4c's events: blocks give line breaks and indents, spans give styles.
 * SPDX-License-Identifier: MIT */
#include "ui/views/markdown.h"

#include <md4c.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define DEPTH_MAX 16
#define TEXT_MAX (1u << 20) /* a record is no larger */

typedef struct Markdown {
	Flow *flow;
	Glyphs glyphs;
	unsigned number[DEPTH_MAX]; /* of the list at each depth; 0: bullets */
	int indent[DEPTH_MAX];      /* outside of it */
	int depth;
	Style style, outer; /* of spans; of the block */
	bool code, tight_item, cell;
	size_t table, line, rows; /* of the table: its first run and line, and how many rows */
} Markdown;

#define TABLE_COLUMNS_MAX 16

static void open_list(Markdown *md, unsigned number)
{
	if (md->depth == 0)
		flow_gap(md->flow);
	if (md->depth < DEPTH_MAX) {
		md->number[md->depth] = number;
		md->indent[md->depth] = md->flow->indent;
	}
	md->depth++;
}

static void close_list(Markdown *md)
{
	md->depth--;
	if (md->depth < DEPTH_MAX)
		md->flow->indent = md->indent[md->depth];
	flow_break(md->flow);
	if (md->depth == 0)
		flow_gap(md->flow);
}

static void open_item(Markdown *md)
{
	int at = md->depth - 1;
	char mark[32];

	if (at < 0 || at >= DEPTH_MAX)
		return;
	flow_break(md->flow);
	md->flow->indent = md->indent[at];
	if (md->number[at])
		snprintf(mark, sizeof mark, "%u.", md->number[at]++);
	else
		snprintf(mark, sizeof mark, "%s", md->glyphs == GLYPHS_ASCII ? "-" : "·");
	flow_text(md->flow, STYLE_TEXT, mark);
	md->flow->indent += (int)text_columns(mark) + 1;
	md->tight_item = true; /* its first paragraph stands on the mark's line */
}

static const char *wall_of(const Markdown *md)
{
	return md->glyphs == GLYPHS_ASCII ? "|" : "│";
}

static void open_table(Markdown *md)
{
	flow_gap(md->flow);
	md->table = md->flow->n;
	md->line = md->flow->line;
	md->rows = 0;
}

/* Cells of a row stand behind each other, a wall between, until the table is closed. */
static void open_cell(Markdown *md, MD_BLOCKTYPE type)
{
	if (type == MD_BLOCK_TR) {
		flow_break(md->flow);
		md->cell = false;
		md->rows++;
		return;
	}
	md->style = md->outer = type == MD_BLOCK_TH ? STYLE_EMPHASIS : STYLE_TEXT;
	if (md->cell)
		flow_text(md->flow, STYLE_DIM, wall_of(md));
	md->flow->space = md->cell;
	md->cell = true;
}

/* Which column of its row a run of the table is in, one run after the other. */
typedef struct Cell {
	size_t line, column;
	int x;     /* where the column begins in this row */
	bool wall; /* the run is what stands between two columns */
} Cell;

static void next_cell(const Markdown *md, const FlowRun *run, Cell *cell)
{
	bool begins = run->line != cell->line || cell->wall;

	if (run->line != cell->line)
		cell->column = 0;
	cell->line = run->line;
	cell->wall = run->style == STYLE_DIM && strcmp(run->text, wall_of(md)) == 0;
	if (cell->wall)
		cell->column++;
	else if (begins)
		cell->x = run->x;
}

/* Columns as wide as their widest cell; as they were where that is too wide for a line. */
static void close_table(Markdown *md)
{
	Flow *flow = md->flow;
	int wide[TABLE_COLUMNS_MAX] = { 0 }, begin[TABLE_COLUMNS_MAX] = { 0 };
	Cell cell = { .line = SIZE_MAX };
	size_t last = 0;

	flow_break(flow);
	if (flow->line - md->line != md->rows) /* a row took more than one line */
		return;
	for (size_t i = md->table; i < flow->n; i++) {
		const FlowRun *run = &flow->runs[i];

		next_cell(md, run, &cell);
		if (cell.column >= TABLE_COLUMNS_MAX)
			return;
		int end = cell.wall ? 0 : run->x + (int)text_columns(run->text) - cell.x;
		wide[cell.column] = end > wide[cell.column] ? end : wide[cell.column];
		last = cell.column > last ? cell.column : last;
	}
	begin[0] = flow->indent;
	for (size_t i = 1; i <= last; i++)
		begin[i] = begin[i - 1] + wide[i - 1] + 3;
	if (begin[last] + wide[last] > flow->columns)
		return;
	cell = (Cell){ .line = SIZE_MAX };
	for (size_t i = md->table; i < flow->n; i++) {
		FlowRun *run = &flow->runs[i];

		next_cell(md, run, &cell);
		run->x = cell.wall ? begin[cell.column] - 2 : begin[cell.column] + run->x - cell.x;
	}
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *user)
{
	Markdown *md = user;

	switch (type) {
	case MD_BLOCK_UL:
		open_list(md, 0);
		break;
	case MD_BLOCK_OL:
		open_list(md, ((MD_BLOCK_OL_DETAIL *)detail)->start);
		break;
	case MD_BLOCK_LI:
		open_item(md);
		break;
	case MD_BLOCK_H:
		flow_gap(md->flow);
		md->style = md->outer = STYLE_TITLE;
		break;
	case MD_BLOCK_CODE:
		flow_gap(md->flow);
		md->flow->indent += 2;
		md->code = true;
		break;
	case MD_BLOCK_QUOTE:
		flow_gap(md->flow);
		md->flow->indent += 2;
		break;
	case MD_BLOCK_P:
		if (!md->tight_item)
			flow_gap(md->flow);
		md->tight_item = false;
		break;
	case MD_BLOCK_TABLE:
		open_table(md);
		break;
	case MD_BLOCK_TR:
	case MD_BLOCK_TH:
	case MD_BLOCK_TD:
		open_cell(md, type);
		break;
	default:
		break;
	}
	return 0;
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *user)
{
	Markdown *md = user;

	(void)detail;
	switch (type) {
	case MD_BLOCK_UL:
	case MD_BLOCK_OL:
		close_list(md);
		break;
	case MD_BLOCK_CODE:
	case MD_BLOCK_QUOTE:
		md->flow->indent -= md->flow->indent >= 2 ? 2 : md->flow->indent;
		md->code = false;
		flow_gap(md->flow);
		break;
	case MD_BLOCK_H:
	case MD_BLOCK_TH:
	case MD_BLOCK_TD:
		md->style = md->outer = STYLE_TEXT;
		if (type == MD_BLOCK_H)
			flow_gap(md->flow);
		break;
	case MD_BLOCK_HR:
		flow_gap(md->flow);
		flow_text(md->flow, STYLE_DIM, md->glyphs == GLYPHS_ASCII ? "-----" : "─────");
		flow_gap(md->flow);
		break;
	case MD_BLOCK_P:
	case MD_BLOCK_LI:
	case MD_BLOCK_TR:
		flow_break(md->flow);
		break;
	case MD_BLOCK_TABLE:
		close_table(md);
		break;
	default:
		break;
	}
	return 0;
}

static int enter_span(MD_SPANTYPE type, void *detail, void *user)
{
	Markdown *md = user;

	(void)detail;
	md->style = type == MD_SPAN_CODE ? STYLE_CODE : STYLE_EMPHASIS;
	return 0;
}

static int leave_span(MD_SPANTYPE type, void *detail, void *user)
{
	Markdown *md = user;

	md->style = md->outer;
	if (type == MD_SPAN_A) { /* a terminal shows where a link leads */
		const MD_ATTRIBUTE *href = &((MD_SPAN_A_DETAIL *)detail)->href;
		flow_text(md->flow, STYLE_DIM, "(");
		flow_words(md->flow, STYLE_DIM, href->text, href->size);
		flow_words(md->flow, STYLE_DIM, ")", 1);
	}
	return 0;
}

static void put_entity(Markdown *md, const char *text, size_t len)
{
	static const char *const named[][2] = {
		{ "&amp;", "&" },   { "&lt;", "<" },   { "&gt;", ">" },
		{ "&quot;", "\"" }, { "&nbsp;", " " },
	};

	for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
		if (len == strlen(named[i][0]) && memcmp(text, named[i][0], len) == 0) {
			flow_words(md->flow, md->style, named[i][1], 1);
			return;
		}
	flow_words(md->flow, md->style, text, len);
}

static int take_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *user)
{
	Markdown *md = user;

	if (type == MD_TEXT_BR) {
		flow_break(md->flow);
	} else if (type == MD_TEXT_SOFTBR) {
		md->flow->space = md->flow->x > md->flow->indent;
	} else if (type == MD_TEXT_NULLCHAR) {
		flow_words(md->flow, md->style, "\xef\xbf\xbd", 3);
	} else if (md->code) {
		if (size != 1 || text[0] != '\n')
			flow_verbatim(md->flow, STYLE_CODE, text, size);
	} else if (type == MD_TEXT_ENTITY) {
		put_entity(md, text, size);
	} else {
		flow_words(md->flow, md->style, text, size);
	}
	return 0;
}

void markdown_flow(Flow *flow, const char *text, Glyphs glyphs)
{
	Markdown md = { .flow = flow, .glyphs = glyphs, .style = STYLE_TEXT, .outer = STYLE_TEXT };
	const MD_PARSER parser = {
		.flags = MD_FLAG_TABLES | MD_FLAG_NOHTML | MD_FLAG_STRIKETHROUGH,
		.enter_block = enter_block,
		.leave_block = leave_block,
		.enter_span = enter_span,
		.leave_span = leave_span,
		.text = take_text,
	};
	size_t len = strnlen(text, TEXT_MAX);

	flow->indent = 0;
	if (md_parse(text, (MD_SIZE)len, &parser, &md) != 0)
		flow->failed = true;
	flow->indent = 0;
	flow_gap(flow);
}
