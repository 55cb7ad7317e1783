/* The canvas: cutting, cleaning, wide characters, clipping, frames and marks at each level of
 * glyphs.
 * SPDX-License-Identifier: MIT */
#include "ui/canvas.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "canvas_sound.h"
#include "unit.h"

static Canvas canvas;

static void begin(int width, int height, Glyphs glyphs)
{
	Err err;

	canvas_done(&canvas);
	assert_true(canvas_init(&canvas, width, height, glyphs, &err));
}

static void check(const char *want)
{
	char *got = canvas_dump(&canvas);

	assert_true(canvas_sound(&canvas));
	assert_string_equal(got, want);
	free(got);
}

/* Draws text alone on a row of so many columns. */
static void check_text(const char *text, int columns, Glyphs glyphs, const char *want)
{
	begin(columns, 1, glyphs);
	canvas_text(&canvas, 0, 0, columns, STYLE_TEXT, text);
	check(want);
}

static void text_is_cut_to_its_place(void **state)
{
	(void)state;
	check_text("abc", 3, GLYPHS_BRAILLE, "abc\n");
	check_text("abcd", 3, GLYPHS_BRAILLE, "ab…\n");
	check_text("abcd", 3, GLYPHS_ASCII, "ab~\n");
	check_text("abcd", 1, GLYPHS_HALF, "…\n");
	check_text("", 3, GLYPHS_HALF, "   \n");
	check_text(NULL, 3, GLYPHS_HALF, "   \n");
	begin(5, 1, GLYPHS_BRAILLE);
	assert_int_equal(canvas_text(&canvas, 1, 0, 3, STYLE_TEXT, "abcd"), 3);
	assert_int_equal(canvas_text(&canvas, 0, 0, 0, STYLE_TEXT, "abcd"), 0);
	assert_int_equal(canvas_text(&canvas, 0, 0, -7, STYLE_TEXT, "abcd"), 0);
	check(" ab… \n");
	canvas_text_right(&canvas, 0, 0, 5, STYLE_TEXT, "xy");
	check(" abxy\n");
	canvas_text_right(&canvas, 0, 0, 5, STYLE_TEXT, "123456");
	check("1234…\n");
	assert_int_equal(canvas_printf(&canvas, 0, 0, 5, STYLE_TEXT, "%d %%", 42), 4);
	check("42 %…\n");
}

static void hostile_text_is_shown(void **state)
{
	(void)state;
	check_text("\x1b]0;t\x07", 16, GLYPHS_BRAILLE, "\\x1b]0;t\\x07    \n");
	check_text("a\xe2\x80\xae"
		   "b",
		   10, GLYPHS_BRAILLE, "a\\u202eb  \n");
	check_text("e\xcc\x81", 10, GLYPHS_BRAILLE, "e\\u0301   \n");
	check_text("a\nb\tc\rd", 10, GLYPHS_BRAILLE, "a b c\\x0dd\n");
	check_text("\xff"
		   "a",
		   3, GLYPHS_BRAILLE,
		   "\xef\xbf\xbd"
		   "a \n");
	check_text("\xf0\x9f\x87\xa9", 12, GLYPHS_BRAILLE, "\\U0001f1e9  \n"); /* half a flag */
	check_text("\xe2\x80\x8d", 4, GLYPHS_BRAILLE, "\\u2…\n");        /* zero width joiner */
	check_text("\xe2\x97\xbe", 2, GLYPHS_BRAILLE, "\xe2\x97\xbe\n"); /* wide among blocks */
	check_text("\xff\xe6\xbc\xa2", 4, GLYPHS_ASCII, "??  \n");
}

static void wide_characters_stay_whole(void **state)
{
	(void)state;
	check_text("\xe6\xbc\xa2\xe5\xad\x97", 4, GLYPHS_BRAILLE, "\xe6\xbc\xa2\xe5\xad\x97\n");
	check_text("\xe6\xbc\xa2\xe5\xad\x97", 3, GLYPHS_BRAILLE, "\xe6\xbc\xa2…\n");
	check_text("\xe6\xbc\xa2\xe5\xad\x97", 2, GLYPHS_BRAILLE, "… \n");
	begin(4, 1, GLYPHS_BRAILLE);
	canvas_put(&canvas, 3, 0, 0x6f22, STYLE_TEXT);
	check("    \n");
	canvas_put(&canvas, 1, 0, 0x6f22, STYLE_TEXT);
	check(" \xe6\xbc\xa2 \n");
	canvas_put(&canvas, 2, 0, 'x', STYLE_TEXT); /* cuts it in the middle */
	check("  x \n");
	canvas_put(&canvas, 0, 0, 0x6f22, STYLE_TEXT);
	canvas_put(&canvas, 1, 0, 0x6f22, STYLE_TEXT);
	check(" \xe6\xbc\xa2 \n");
	canvas_put(&canvas, 1, 0, 'y', STYLE_TEXT);
	check(" y  \n");
	canvas_clip(&canvas, &(Pane){ 0, 0, 2, 1 });
	canvas_put(&canvas, 1, 0, 0x6f22, STYLE_TEXT); /* its right half would leave the clip */
	check("    \n");
}

static void nothing_is_drawn_outside(void **state)
{
	(void)state;
	begin(4, 3, GLYPHS_BRAILLE);
	canvas_clip(&canvas, &(Pane){ 1, 1, 2, 1 });
	canvas_fill(&canvas, &(Pane){ -9, -9, 99, 99 }, '#', STYLE_TEXT);
	canvas_text(&canvas, -3, 0, 99, STYLE_TEXT, "outside");
	check("    \n ## \n    \n");
	canvas_clip(&canvas, &(Pane){ 9, 9, 2, 1 });
	canvas_fill(&canvas, &(Pane){ 0, 0, 99, 99 }, 'x', STYLE_TEXT);
	canvas_clip(&canvas, &(Pane){ -5, -5, 2, 1 });
	canvas_fill(&canvas, &(Pane){ 0, 0, 99, 99 }, 'x', STYLE_TEXT);
	canvas_clip(&canvas, NULL);
	canvas_text(&canvas, -2, 2, 99, STYLE_TEXT, "abcd");
	check("    \n ## \ncd  \n");
}

static void frames(void **state)
{
	Pane inside;

	(void)state;
	begin(12, 3, GLYPHS_BRAILLE);
	canvas_frame(&canvas, &(Pane){ 0, 0, 12, 3 }, "title", "note", false, &inside);
	check("┌─ title ──┐\n│          │\n└─── note ─┘\n");
	assert_int_equal(inside.x, 1);
	assert_int_equal(inside.y, 1);
	assert_int_equal(inside.width, 10);
	assert_int_equal(inside.height, 1);
	begin(12, 3, GLYPHS_ASCII);
	canvas_frame(&canvas, &(Pane){ 0, 0, 12, 3 }, "a long title", "a long note", true, &inside);
	check("+- a lon~ -+\n|          |\n+- a lon~ -+\n");
	for (int width = 0; width < 9; width++)
		for (int height = 0; height < 4; height++) {
			begin(8, 3, GLYPHS_HALF);
			canvas_frame(&canvas, &(Pane){ 0, 0, width, height }, "title", "note", true,
				     &inside);
			assert_true(inside.width >= 0 && inside.height >= 0);
			assert_true(canvas_sound(&canvas));
		}
}

static void marks_at_each_level(void **state)
{
	(void)state;
	check_text("▼▲✓◐·▸●○─│█░━…", 14, GLYPHS_BRAILLE, "▼▲✓◐·▸●○─│█░━…\n");
	check_text("▼▲✓◐·▸●○─│█░━…", 14, GLYPHS_HALF, "▼▲√°·►•○─│█░═…\n");
	check_text("▼▲✓◐·▸●○─│█░━…", 14, GLYPHS_ASCII, "v^x+.>*o-|#.-~\n");
	check_text("±5 % → ≤ ⣿┼", 14, GLYPHS_ASCII, "+-5 % -> <= *+\n");
	for (int mark = 0; mark < MARK_COUNT; mark++)
		for (Glyphs glyphs = GLYPHS_BRAILLE; glyphs <= GLYPHS_ASCII; glyphs++) {
			begin(1, 1, glyphs);
			assert_true(canvas_mark(&canvas, (Mark)mark) != 0);
			canvas_put(&canvas, 0, 0, canvas_mark(&canvas, (Mark)mark), STYLE_TEXT);
			assert_int_equal(canvas.cells[0].code, canvas_mark(&canvas, (Mark)mark));
			assert_true(canvas_sound(&canvas));
		}
}

static void sizes_are_clamped(void **state)
{
	Err err;

	(void)state;
	begin(-5, 0, GLYPHS_BRAILLE);
	check(" \n");
	assert_true(canvas_resize(&canvas, 99999, 1, &err));
	assert_int_equal(canvas.width, CANVAS_SIZE_MAX);
	canvas_put(&canvas, 0, 0, 'x', STYLE_LESS);
	assert_true(canvas_resize(&canvas, 99999, 1, &err)); /* the same size: emptied */
	assert_int_equal(canvas.cells[0].code, ' ');
	assert_int_equal(canvas.cells[0].style, STYLE_TEXT);
}

/* Any bytes at any place leave a sound grid, and the columns told are those taken. */
static void random_bytes(void **state)
{
	Random random;

	(void)state;
	random_init(&random, 1, 1);
	for (int round = 0; round < 20000; round++) {
		char text[40];
		int width = 1 + (int)random_below(&random, 24),
		    len = (int)random_below(&random, sizeof text);

		for (int i = 0; i < len; i++)
			text[i] = (char)(1 + random_below(&random, 255));
		text[len] = '\0';
		begin(width, 1, (Glyphs)random_below(&random, 3));
		int x = (int)random_below(&random, 30) - 3,
		    columns = (int)random_below(&random, 30);
		int used = canvas_text(&canvas, x, 0, columns, STYLE_TEXT, text),
		    whole = canvas_columns(&canvas, text);

		assert_true(canvas_sound(&canvas));
		assert_true(used <= columns);
		if (whole <= columns)
			assert_int_equal(used, whole);
	}
}

static void styles_are_dumped(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	(void)state;
	begin(3, 1, GLYPHS_BRAILLE);
	canvas_text(&canvas, 1, 0, 1, STYLE_DIM, "x");
	dump_styles(&canvas, to);
	fclose(to);
	assert_string_equal(text, " x \naba\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_cut_to_its_place),
		cmocka_unit_test(hostile_text_is_shown),
		cmocka_unit_test(wide_characters_stay_whole),
		cmocka_unit_test(nothing_is_drawn_outside),
		cmocka_unit_test(frames),
		cmocka_unit_test(marks_at_each_level),
		cmocka_unit_test(sizes_are_clamped),
		cmocka_unit_test(random_bytes),
		cmocka_unit_test(styles_are_dumped),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	canvas_done(&canvas);
	return failed;
}
