/* Themes: complete, told apart without red against green, and mono without colour.
 * SPDX-License-Identifier: MIT */
#include "ui/theme.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

enum { RED = 1, GREEN = 2, YELLOW = 3, BLUE = 4 };

static bool same(const Look *a, const Look *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

static void every_style_has_a_look(void **state)
{
	(void)state;
	for (Theme theme = 0; theme < THEME_COUNT; theme++)
		for (Style style = 0; style < STYLE_COUNT; style++) {
			const Look *look = theme_look(theme, style);

			assert_in_range(look->fg + 1, 0, 8);
			assert_in_range(look->bg + 1, 0, 8);
			assert_in_range(look->fg256 + 1, 0, 256);
			assert_in_range(look->bg256 + 1, 0, 256);
			assert_true(look->fg == -1 || look->fg != look->bg);
			assert_true(look->fg256 == -1 || look->fg256 != look->bg256);
			assert_int_not_equal(look->fg, GREEN);
			/* A text keeps its colour where there are only eight. */
			assert_int_equal(theme == THEME_AUTO || theme == THEME_MONO,
					 look->bg == -1);
		}
}

static void less_and_more_are_blue_and_orange(void **state)
{
	(void)state;
	for (Theme theme = THEME_AUTO; theme < THEME_MONO; theme++) {
		assert_int_equal(theme_look(theme, STYLE_LESS)->fg, BLUE);
		assert_int_equal(theme_look(theme, STYLE_MORE)->fg, YELLOW);
		assert_int_not_equal(theme_look(theme, STYLE_LESS)->fg256,
				     theme_look(theme, STYLE_MORE)->fg256);
	}
	assert_false(same(theme_look(THEME_MONO, STYLE_LESS), theme_look(THEME_MONO, STYLE_MORE)));
}

static void meanings_are_told_apart(void **state)
{
	const Style pairs[][2] = {
		{ STYLE_TEXT, STYLE_FOCUS },      { STYLE_MEASURED, STYLE_MODELLED },
		{ STYLE_TEXT, STYLE_ERROR },      { STYLE_TEXT, STYLE_KEY },
		{ STYLE_SERIES1, STYLE_SERIES2 }, { STYLE_SERIES1, STYLE_SERIES3 },
		{ STYLE_SERIES2, STYLE_SERIES4 }
	};

	(void)state;
	for (Theme theme = 0; theme < THEME_COUNT; theme++)
		for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
			assert_false(same(theme_look(theme, pairs[i][0]),
					  theme_look(theme, pairs[i][1])));
}

static void mono_has_no_colour(void **state)
{
	(void)state;
	for (Style style = 0; style < STYLE_COUNT; style++) {
		const Look *look = theme_look(THEME_MONO, style);

		assert_true(look->fg == -1 && look->bg == -1 && look->fg256 == -1 &&
			    look->bg256 == -1);
		assert_false(look->dim);
	}
}

static void names(void **state)
{
	Theme theme;

	(void)state;
	for (Theme i = 0; i < THEME_COUNT; i++) {
		assert_true(theme_find(theme_name(i), &theme));
		assert_int_equal(theme, i);
	}
	assert_false(theme_find("neon", &theme));
	unsetenv("NO_COLOR");
	assert_int_equal(theme_from_environment(THEME_DARK), THEME_DARK);
	setenv("NO_COLOR", "", 1);
	assert_int_equal(theme_from_environment(THEME_DARK), THEME_DARK);
	setenv("NO_COLOR", "1", 1);
	assert_int_equal(theme_from_environment(THEME_DARK), THEME_MONO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_style_has_a_look),
		cmocka_unit_test(less_and_more_are_blue_and_orange),
		cmocka_unit_test(meanings_are_told_apart),
		cmocka_unit_test(mono_has_no_colour),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
