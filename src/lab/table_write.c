/* Tables in every format.
 * SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lab/table_inside.h"

/* Bytes of a cell as people read it; what is longer is cut. Programs get cells whole. */
#define CELL_MAX 4096
#define NUMBER_MAX 512

/* --- cells as texts --------------------------------------------------------------------------- */

/* A cell as text, its own or a number in room: programs get ten digits, as records do. "" when
 * absent. */
static const char *cell_text(char room[NUMBER_MAX], const Table *table, size_t row, size_t column)
{
	const TableCell *cell = table_cell(table, row, column);
	TableKind kind = table->columns[column].kind;

	if (cell->text)
		return cell->text;
	if (table_is_absent(cell))
		return "";
	if (kind == TABLE_FLAG)
		return cell->number != 0 ? "true" : "false";
	text_format(room, NUMBER_MAX, kind == TABLE_WHOLE ? "%.0f" : "%.10g", cell->number);
	return room;
}

/* As people read it: absent is a dash, and what a stranger hid is visible. */
static void people_text(char out[CELL_MAX], const Table *table, size_t row, size_t column)
{
	char room[NUMBER_MAX];
	const char *raw = cell_text(room, table, row, column);

	text_clean(out, CELL_MAX, *raw ? raw : "-", *raw ? strlen(raw) : 1);
	for (char *at = out; *at; at++)
		if (*at == '\n' || *at == '\t')
			*at = ' ';
}

/* What people see of a table. */
typedef struct Shown {
	const Table *table;
	size_t *at, count; /* its columns */
} Shown;

/* The head when row is NULL. */
static void shown_text(char out[CELL_MAX], const Shown *shown, const size_t *row, size_t i)
{
	if (row)
		people_text(out, shown->table, *row, shown->at[i]);
	else
		text_format(out, CELL_MAX, "%s", shown->table->columns[shown->at[i]].title);
}

/* --- text ------------------------------------------------------------------------------------- */

static void write_line(FILE *to, const Shown *shown, const size_t *width, const size_t *row)
{
	char cell[CELL_MAX];

	for (size_t i = 0; i < shown->count; i++) {
		bool last = i + 1 == shown->count;

		shown_text(cell, shown, row, i);
		int pad = last ? 0 : (int)(width[i] - text_columns(cell)) + 2;

		text_printf(to, "%s%*s%s", cell, pad, "", last ? "\n" : "");
	}
}

/* Columns as wide as their widest cell and two spaces: printf's widths count bytes, not columns. */
static bool write_text(FILE *to, const Shown *shown, Err *err)
{
	size_t *width = calloc(shown->count + 1, sizeof *width);
	char cell[CELL_MAX];

	if (!width)
		return err_set(err, ERR_MEMORY, "no memory for a table");
	for (size_t i = 0; i < shown->count; i++) {
		width[i] = text_columns(shown->table->columns[shown->at[i]].title);
		for (size_t r = 0; r < shown->table->rows; r++) {
			shown_text(cell, shown, &r, i);
			if (text_columns(cell) > width[i])
				width[i] = text_columns(cell);
		}
	}
	write_line(to, shown, width, NULL);
	for (size_t r = 0; r < shown->table->rows; r++)
		write_line(to, shown, width, &r);
	free(width);
	return true;
}

/* --- what is absent --------------------------------------------------------------------------- */

static bool is_why(const Table *table, size_t column, size_t of)
{
	const char *why = table->columns[of].why;

	return why && strcmp(why, table->columns[column].name) == 0;
}

static bool explains(const Table *table, size_t column)
{
	for (size_t c = 0; c < table->count; c++)
		if (is_why(table, column, c))
			return true;
	return false;
}

/* A reason for what is there is none. */
static bool is_idle(const Table *table, size_t row, size_t column)
{
	for (size_t c = 0; c < table->count; c++)
		if (is_why(table, column, c) && table_is_absent(table_cell(table, row, c)))
			return false;
	return explains(table, column);
}

/* --- CSV -------------------------------------------------------------------------------------- */

/* True for what every reader takes as a decimal number. */
static bool is_number(const char *text)
{
	char *end;

	if (text[strspn(text, "0123456789+-.eE")])
		return false;
	strtod(text, &end);
	return end != text && !*end;
}

/* Spreadsheets take a text for a formula by its first character, in some countries by that of full
 * width; they drop blank ones first. */
static bool is_formula(const char *text)
{
	static const char *const signs[] = { "=",  "+",      "-",      "@",      "\t",    "\n",
					     "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20" };

	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (strncmp(text, signs[i], strlen(signs[i])) == 0)
			return !is_number(text);
	return false;
}

static bool write_csv_cell(FILE *to, const char *raw, const char *end, Err *err)
{
	size_t len = strlen(raw), room = text_clean(NULL, 0, raw, len) + 1;
	char *clean = malloc(room);

	if (!clean)
		return err_set(err, ERR_MEMORY, "no memory for a cell of a table");
	text_clean(clean, room, raw, len);
	bool quote = strpbrk(clean, ",\"\r\n") != NULL;

	fputs(quote ? "\"" : "", to);
	fputs(is_formula(clean) ? "'" : "", to);
	for (const char *at = clean; *at; at++) {
		if (*at == '"')
			putc('"', to);
		putc(*at, to);
	}
	fputs(quote ? "\"" : "", to);
	fputs(end, to);
	free(clean);
	return true;
}

static bool write_csv(FILE *to, const Table *table, Err *err)
{
	char room[NUMBER_MAX];
	bool fine = true;

	for (size_t c = 0; fine && c < table->count; c++)
		fine = write_csv_cell(to, table->columns[c].name,
				      c + 1 < table->count ? "," : "\r\n", err);
	for (size_t r = 0; r < table->rows; r++)
		for (size_t c = 0; fine && c < table->count; c++)
			fine = write_csv_cell(
				to, is_idle(table, r, c) ? "" : cell_text(room, table, r, c),
				c + 1 < table->count ? "," : "\r\n", err);
	return fine;
}

/* --- JSON ------------------------------------------------------------------------------------- */

static json_t *cell_json(const Table *table, size_t row, size_t column)
{
	const TableCell *cell = table_cell(table, row, column);
	TableKind kind = table->columns[column].kind;

	if (cell->text)
		return json_string(cell->text);
	if (kind == TABLE_FLAG)
		return json_boolean(cell->number != 0);
	return kind == TABLE_WHOLE ? json_integer((json_int_t)cell->number)
				   : json_real(cell->number);
}

/* The column that tells why; table->count when there is none. */
static size_t why_of(const Table *table, size_t column)
{
	const char *name = table->columns[column].why;
	size_t at = 0;

	while (at < table->count && (!name || strcmp(table->columns[at].name, name) != 0))
		at++;
	return at;
}

static void put_absent(json_t *json, const Table *table, size_t row, size_t column)
{
	size_t at = why_of(table, column);
	const char *why = at < table->count ? table_cell(table, row, at)->text : NULL;
	char key[CELL_MAX];

	text_format(key, sizeof key, "%s_why", table->columns[column].name);
	json_object_set_new(json, table->columns[column].name, json_null());
	json_object_set_new(json, key, json_string(why ? why : "not applicable"));
}

/* What explains stands beside what it explains, and is no member of its own. */
static json_t *row_json(const Table *table, size_t row)
{
	json_t *json = json_pack("{s:i, s:s, s:i}", "v", 1, "type", table->type, "t_ns", 0);

	for (size_t c = 0; c < table->count; c++) {
		if (explains(table, c))
			continue;
		if (!table_is_absent(table_cell(table, row, c)))
			json_object_set_new(json, table->columns[c].name, cell_json(table, row, c));
		else if (!table->columns[c].optional)
			put_absent(json, table, row, c);
	}
	return json;
}

static bool write_json(FILE *to, const Table *table, Err *err)
{
	for (size_t r = 0; r < table->rows; r++) {
		json_t *json = row_json(table, r);
		/* What a terminal would obey is written as \u…: none of it is ASCII. */
		char *line = json ? json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII |
							     JSON_REAL_PRECISION(10))
				  : NULL;

		json_decref(json);
		if (!line)
			return err_set(err, ERR_MEMORY, "no memory for a row of a table");
		fprintf(to, "%s\n", line);
		free(line);
	}
	return true;
}

/* --- Markdown and LaTeX ----------------------------------------------------------------------- */

static void put_markdown(FILE *to, const char *text)
{
	for (const char *at = text; *at; at++) {
		if (strchr("\\`*_{}[]<>#|~$&", *at))
			putc('\\', to);
		putc(*at, to);
	}
}

/* What LaTeX would take for its own, and the few signs that we write beyond ASCII. */
static const struct {
	const char *sign, *latex;
} escapes[] = {
	{ "\\", "\\textbackslash{}" },
	{ "~", "\\textasciitilde{}" },
	{ "^", "\\textasciicircum{}" },
	{ "&", "\\&" },
	{ "%", "\\%" },
	{ "$", "\\$" },
	{ "#", "\\#" },
	{ "_", "\\_" },
	{ "{", "\\{" },
	{ "}", "\\}" },
	{ "<", "\\textless{}" },
	{ ">", "\\textgreater{}" },
	{ "|", "\\textbar{}" },
	{ "\"", "\\symbol{34}" }, /* some languages make it a command */
	{ "`", "\\`{}" },
	{ "[", "{[}" }, /* behind a row's end it would be a length */
	{ "]", "{]}" },
	{ "\u00b1", "\\(\\pm\\)" },
	{ "\u00d7", "\\(\\times\\)" },
	{ "\u2026", "\\ldots{}" },
};

static void put_latex(FILE *to, const char *text)
{
	while (*text) {
		size_t i = 0, n = sizeof escapes / sizeof *escapes;

		while (i < n && strncmp(text, escapes[i].sign, strlen(escapes[i].sign)) != 0)
			i++;
		if (i < n)
			fputs(escapes[i].latex, to);
		else
			putc(*text, to);
		/* Two of them would become another sign. */
		if ((*text == '-' || *text == '\'' || *text == ',') && text[1] == *text)
			fputs("{}", to);
		text += i < n ? strlen(escapes[i].sign) : 1;
	}
}

static void put(FILE *to, const char *text, TableFormat format)
{
	if (format == TABLE_LATEX)
		put_latex(to, text);
	else if (format == TABLE_MARKDOWN)
		put_markdown(to, text);
	else
		fputs(text, to);
}

void table_write_text(FILE *to, const char *text, TableFormat format)
{
	char clean[4 * CELL_MAX];

	text_clean(clean, sizeof clean, text, strlen(text));
	for (char *at = clean; *at; at++)
		if (*at == '\n' || *at == '\t')
			*at = ' ';
	put(to, clean, format);
}

void table_begin_list(FILE *to, TableFormat format)
{
	fputs(format == TABLE_LATEX      ? "\n\\begin{itemize}\n"
	      : format == TABLE_MARKDOWN ? "\n"
					 : "",
	      to);
}

void table_write_item(FILE *to, const char *text, TableFormat format)
{
	if (!*text)
		return;
	fputs(format == TABLE_LATEX ? "\\item " : format == TABLE_MARKDOWN ? "- " : "", to);
	table_write_text(to, text, format);
	fputs("\n", to);
}

void table_end_list(FILE *to, TableFormat format)
{
	fputs(format == TABLE_LATEX ? "\\end{itemize}\n" : "", to);
}

static void write_cells(FILE *to, const Shown *shown, const size_t *row, TableFormat format)
{
	bool latex = format == TABLE_LATEX;
	char cell[CELL_MAX];

	fputs(latex ? "" : "| ", to);
	for (size_t i = 0; i < shown->count; i++) {
		shown_text(cell, shown, row, i);
		put(to, cell, format);
		if (i + 1 < shown->count)
			fputs(latex ? " & " : " | ", to);
	}
	fputs(latex ? " \\\\\n" : " |\n", to);
}

static bool is_words(const Shown *shown, size_t i)
{
	return shown->table->columns[shown->at[i]].kind == TABLE_WORDS;
}

static void write_markdown(FILE *to, const Shown *shown, const TableAbout *about)
{
	if (about && about->caption) {
		table_write_text(to, about->caption, TABLE_MARKDOWN);
		fputs("\n\n", to);
	}
	write_cells(to, shown, NULL, TABLE_MARKDOWN);
	for (size_t i = 0; i < shown->count; i++)
		fputs(is_words(shown, i) ? "|:--" : "|--:", to);
	fputs("|\n", to);
	for (size_t r = 0; r < shown->table->rows; r++)
		write_cells(to, shown, &r, TABLE_MARKDOWN);
}

static void write_label(FILE *to, const char *label)
{
	fputs("\\label{tab:", to);
	for (; *label; label++)
		putc(isalnum((unsigned char)*label) ? *label : '-', to);
	fputs("}\n", to);
}

static void write_latex(FILE *to, const Shown *shown, const TableAbout *about)
{
	fputs("\\begin{table}\n\\centering\n", to);
	if (about && about->caption) {
		fputs("\\caption{", to);
		table_write_text(to, about->caption, TABLE_LATEX);
		fputs("}\n", to);
	}
	if (about && about->label)
		write_label(to, about->label);
	fputs("\\begin{tabular}{", to);
	for (size_t i = 0; i < shown->count; i++)
		putc(is_words(shown, i) ? 'l' : 'r', to);
	fputs("}\n\\toprule\n", to);
	write_cells(to, shown, NULL, TABLE_LATEX);
	fputs("\\midrule\n", to);
	for (size_t r = 0; r < shown->table->rows; r++)
		write_cells(to, shown, &r, TABLE_LATEX);
	fputs("\\bottomrule\n\\end{tabular}\n\\end{table}\n", to);
}

/* --- all of them ------------------------------------------------------------------------------ */

static bool write_people(FILE *to, const Table *table, TableFormat format, const TableAbout *about,
			 Err *err)
{
	Shown shown = { .table = table, .at = calloc(table->count, sizeof *shown.at) };
	bool fine = true;

	if (!shown.at)
		return err_set(err, ERR_MEMORY, "no memory for a table");
	shown.count = table_shown(table, shown.at);
	if (format == TABLE_MARKDOWN)
		write_markdown(to, &shown, about);
	else if (format == TABLE_LATEX)
		write_latex(to, &shown, about);
	else
		fine = write_text(to, &shown, err);
	free(shown.at);
	return fine;
}

bool table_write(FILE *to, const Table *table, TableFormat format, const TableAbout *about,
		 Err *err)
{
	if (table->lost)
		return err_set(err, ERR_MEMORY, "no memory for the cells of a table");
	if (format == TABLE_JSON)
		return write_json(to, table, err);
	if (format != TABLE_CSV)
		return write_people(to, table, format, about, err);
	return write_csv(to, table, err);
}
