/* Tables in every format, word for word, with texts of strangers in them.
 * SPDX-License-Identifier: MIT */
#include "lab/table.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "data/csv.h"

#include "alloc_fail.h"
#include "unit.h"

enum { NAME, VALUE, COUNT, YES, WHY, HIDDEN, COLUMNS };

static const TableColumn columns[COLUMNS] = {
	[NAME] = { "name", "the name", TABLE_WORDS, NULL, false },
	[VALUE] = { "value", "value (50 %)", TABLE_REAL, "value_why", false },
	[COUNT] = { "count", "count", TABLE_WHOLE, NULL, false },
	[YES] = { "yes", "yes?", TABLE_FLAG, NULL, false },
	[WHY] = { "value_why", "why", TABLE_WORDS, NULL, true },
	[HIDDEN] = { "hidden", "hidden", TABLE_WORDS, NULL, true },
};

static const char *const hostile[] = {
	"&%$#_{}~^\\",
	"=cmd|' /C calc'!A0",
	"two\nlines, \"quoted\"",
	"+SUM(A1)",
	"-1.5",
	"@x -- <b>|c|</b> [d]`e`*f*",
	"\x1b[31mred\r",
	"\t=A1",
	"\n=A1",
	"\r=A1",
	"\uff1dA1",
	"",
};
#define HOSTILE (sizeof hostile / sizeof *hostile)

static Table *new_table(void)
{
	Err err;
	Table *table = table_new(columns, COLUMNS, "row", &err);

	assert_non_null(table);
	return table;
}

static void add(Table *table, const char *name, double value, double count, const char *why)
{
	table_row(table);
	table_text(table, NAME, name);
	table_number(table, VALUE, value);
	table_number(table, COUNT, count);
	table_number(table, YES, count > 1);
	table_text(table, WHY, why);
}

static char *written(const Table *table, TableFormat format, const TableAbout *about)
{
	char *text = NULL;
	size_t size = 0;
	Err err;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(to);
	if (!table_write(to, table, format, about, &err))
		fail_msg("%s", err.text);
	fclose(to);
	return text;
}

static void is(const Table *table, TableFormat format, const TableAbout *about, const char *wanted)
{
	char *text = written(table, format, about);

	if (strcmp(text, wanted) != 0)
		fail_msg("it is\n%s\nnot\n%s", text, wanted);
	free(text);
}

static Table *two_rows(void)
{
	Table *table = new_table();

	add(table, "plain", 0.1234567890123, 3, NULL);
	add(table, "longer \u20ac name", NAN, 0, "not there");
	return table;
}

static void each_format_is_word_for_word(void **state)
{
	Table *table = two_rows();
	TableAbout about = { "Costs of 50 % & more", "my_table 1" };

	(void)state;
	is(table, TABLE_TEXT, NULL,
	   "the name       value (50 %)  count  yes?   why\n"
	   "plain          0.123456789   3      true   -\n"
	   "longer \u20ac name  -             0      false  not there\n");
	is(table, TABLE_CSV, &about,
	   "name,value,count,yes,value_why,hidden\r\n"
	   "plain,0.123456789,3,true,,\r\n"
	   "longer \u20ac name,,0,false,not there,\r\n");
	is(table, TABLE_JSON, &about,
	   "{\"v\":1,\"type\":\"row\",\"t_ns\":0,\"name\":\"plain\",\"value\":0.123456789,"
	   "\"count\":3,\"yes\":true}\n"
	   "{\"v\":1,\"type\":\"row\",\"t_ns\":0,\"name\":\"longer \\u20AC name\",\"value\":null,"
	   "\"value_why\":\"not there\",\"count\":0,\"yes\":false}\n");
	is(table, TABLE_MARKDOWN, &about,
	   "Costs of 50 % \\& more\n\n"
	   "| the name | value (50 %) | count | yes? | why |\n"
	   "|:--|--:|--:|--:|:--|\n"
	   "| plain | 0.123456789 | 3 | true | - |\n"
	   "| longer \u20ac name | - | 0 | false | not there |\n");
	is(table, TABLE_LATEX, &about,
	   "\\begin{table}\n\\centering\n\\caption{Costs of 50 \\% \\& more}\n"
	   "\\label{tab:my-table-1}\n\\begin{tabular}{lrrrl}\n\\toprule\n"
	   "the name & value (50 \\%) & count & yes? & why \\\\\n\\midrule\n"
	   "plain & 0.123456789 & 3 & true & - \\\\\n"
	   "longer \u20ac name & - & 0 & false & not there \\\\\n"
	   "\\bottomrule\n\\end{tabular}\n\\end{table}\n");
	table_free(table);
}

static Table *hostile_rows(void)
{
	Table *table = new_table();

	for (size_t i = 0; i < HOSTILE; i++)
		add(table, hostile[i], (double)i, 1, NULL);
	return table;
}

static void texts_of_strangers_do_no_harm(void **state)
{
	Table *table = hostile_rows();

	(void)state;
	is(table, TABLE_CSV, NULL,
	   "name,value,count,yes,value_why,hidden\r\n"
	   "&%$#_{}~^\\,0,1,false,,\r\n"
	   "'=cmd|' /C calc'!A0,1,1,false,,\r\n"
	   "\"two\nlines, \"\"quoted\"\"\",2,1,false,,\r\n"
	   "'+SUM(A1),3,1,false,,\r\n"
	   "-1.5,4,1,false,,\r\n"
	   "'@x -- <b>|c|</b> [d]`e`*f*,5,1,false,,\r\n"
	   "\\x1b[31mred\\x0d,6,1,false,,\r\n"
	   "'\t=A1,7,1,false,,\r\n"
	   "\"'\n=A1\",8,1,false,,\r\n"
	   "\\x0d=A1,9,1,false,,\r\n"
	   "'\uff1dA1,10,1,false,,\r\n"
	   ",11,1,false,,\r\n");
	char *text = written(table, TABLE_LATEX, NULL);

	assert_non_null(strstr(text, "\n\\&\\%\\$\\#\\_\\{\\}\\textasciitilde{}\\textasciicircum{}"
				     "\\textbackslash{} & 0 &"));
	assert_non_null(strstr(text, "two lines, \\symbol{34}quoted\\symbol{34} & 2"));
	assert_non_null(strstr(text, "@x -{}- \\textless{}b\\textgreater{}\\textbar{}c"));
	assert_non_null(strstr(text, "\\textbackslash{}x1b{[}31mred"));
	free(text);
	text = written(table, TABLE_MARKDOWN, NULL);
	assert_non_null(strstr(text, "| \\&%\\$\\#\\_\\{\\}\\~^\\\\ | 0 |"));
	assert_non_null(strstr(text, "| @x -- \\<b\\>\\|c\\|\\</b\\> \\[d\\]\\`e\\`\\*f\\* | 5 |"));
	assert_non_null(strstr(text, "| two lines, \"quoted\" | 2 |"));
	free(text);
	text = written(table, TABLE_TEXT, NULL);
	assert_null(strchr(text, '\x1b'));
	assert_non_null(strstr(text, "\\x1b[31mred\\x0d"));
	free(text);
	table_free(table);
}

/* The reader of CSV files finds the same texts: as classes, which it sorts. */
static void csv_is_read_back(void **state)
{
	Table *table = new_table();
	CsvOptions options = { .label = "name", .header = CSV_HEADER_YES };
	Err err;
	size_t found = 0;

	(void)state;
	/* The last one is nothing, and a label must not be missing. */
	for (size_t i = 0; i + 1 < HOSTILE; i++) {
		add(table, hostile[i], i ? (double)i : NAN, 1, "a, \"b\"");
		table_text(table, HIDDEN, "x");
	}
	char *text = written(table, TABLE_CSV, NULL);
	Dataset *data = csv_read_memory((const uint8_t *)text, strlen(text), "table", &options,
					NULL, &err);

	if (!data)
		fail_msg("%s", err.text);
	assert_int_equal(data->classes, HOSTILE - 1);
	for (size_t i = 0; i < data->classes; i++) {
		found += strcmp(data->class_name[i], "two\nlines, \"quoted\"") == 0;
		found += strcmp(data->class_name[i], "&%$#_{}~^\\") == 0;
		found += strcmp(data->class_name[i], "'=cmd|' /C calc'!A0") == 0;
	}
	assert_int_equal(found, 3);
	dataset_free(data);
	free(text);
	table_free(table);
}

/* Programs get long cells whole, people what fits. */
static void long_cells_are_whole(void **state)
{
	static char name[70001];
	Table *table = new_table();

	(void)state;
	memset(name, '"', sizeof name - 1);
	add(table, name, 1, 1, NULL);
	char *text = written(table, TABLE_CSV, NULL);
	const char *row = strchr(text, '\n') + 1;

	assert_int_equal(strspn(row, "\""), 2 + 2 * (sizeof name - 1));
	free(text);
	text = written(table, TABLE_JSON, NULL);
	assert_true(strlen(text) > 2 * sizeof name);
	free(text);
	text = written(table, TABLE_TEXT, NULL);
	assert_true(strlen(text) < 3 * 4096);
	free(text);
	alloc_fail_after(0);
	FILE *to = stdout;
	Err err;
	bool fine = table_write(to, table, TABLE_CSV, NULL, &err);
	alloc_fail_never();
	assert_false(fine);
	assert_int_equal(err.code, ERR_MEMORY);
	table_free(table);
}

static void json_is_read_back(void **state)
{
	Table *table = hostile_rows();
	char *text = written(table, TABLE_JSON, NULL), *at = text;
	Err err;

	(void)state;
	for (size_t i = 0; i < HOSTILE; i++) {
		size_t len = strcspn(at, "\n");
		json_t *record = record_parse(at, len, &err);

		if (!record)
			fail_msg("%s", err.text);
		assert_string_equal(json_string_value(json_object_get(record, "name")), hostile[i]);
		json_decref(record);
		at += len + 1;
	}
	free(text);
	table_free(table);
}

/* Programs are not told why what is there is absent. */
static void reasons_are_of_what_is_absent(void **state)
{
	Table *table = new_table();

	(void)state;
	add(table, "there", 1, 1, "no reason");
	add(table, "not there", NAN, 1, "a reason");
	is(table, TABLE_CSV, NULL,
	   "name,value,count,yes,value_why,hidden\r\n"
	   "there,1,1,false,,\r\n"
	   "not there,,1,false,a reason,\r\n");
	char *text = written(table, TABLE_JSON, NULL);

	assert_null(strstr(text, "no reason"));
	assert_non_null(strstr(text, "\"value\":null,\"value_why\":\"a reason\""));
	free(text);
	table_free(table);
}

static void no_row_is_a_head(void **state)
{
	Table *table = new_table();

	(void)state;
	assert_int_equal(table_rows(table), 0);
	is(table, TABLE_CSV, NULL, "name,value,count,yes,value_why,hidden\r\n");
	is(table, TABLE_JSON, NULL, "");
	is(table, TABLE_TEXT, NULL, "the name  value (50 %)  count  yes?\n");
	table_free(table);
	table_free(NULL);
}

static void a_cell_without_a_row_is_told(void **state)
{
	Table *table = new_table();
	Err err = { .code = ERR_NONE };

	(void)state;
	table_text(table, NAME, "nowhere");
	assert_false(table_write(stdout, table, TABLE_TEXT, NULL, &err));
	assert_int_equal(err.code, ERR_MEMORY);
	table_free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_format_is_word_for_word),
		cmocka_unit_test(texts_of_strangers_do_no_harm),
		cmocka_unit_test(csv_is_read_back),
		cmocka_unit_test(long_cells_are_whole),
		cmocka_unit_test(json_is_read_back),
		cmocka_unit_test(reasons_are_of_what_is_absent),
		cmocka_unit_test(no_row_is_a_head),
		cmocka_unit_test(a_cell_without_a_row_is_told),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
