/* Charts: places, lines at each level of glyphs, merging, gaps, bars and intervals, and any
 * data at any size.
 * SPDX-License-Identifier: MIT */
#include "ui/chart.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>

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

static void places(void **state)
{
	(void)state;
	assert_int_equal(chart_place(0, 0, 10, 11), 0);
	assert_int_equal(chart_place(5, 0, 10, 11), 5);
	assert_int_equal(chart_place(10, 0, 10, 11), 10);
	assert_int_equal(chart_place(-1, 0, 10, 11), 0);
	assert_int_equal(chart_place(INFINITY, 0, 10, 11), 10);
	assert_int_equal(chart_place(NAN, 0, 10, 11), -1);
	assert_int_equal(chart_place(3, 3, 3, 11), 0);
	assert_int_equal(chart_place(0, -DBL_MAX, DBL_MAX, 11), 5);
}

static void line_chart(Glyphs glyphs, const char *want)
{
	const double x[] = { 0, 1, 2, 3, 4 }, y[] = { 4, 2, 1, 0.5, 0 };
	const Series series = { "loss", x, y, 5, STYLE_SERIES1 };

	begin(20, 8, glyphs);
	chart_lines(&canvas, &(Pane){ 0, 0, 20, 8 }, &series, 1,
		    &(Axis){ NAN, NAN, false, false, "epoch" },
		    &(Axis){ NAN, NAN, true, false, "nats" });
	check(want);
}

static void lines_at_each_level(void **state)
{
	(void)state;
	line_chart(GLYPHS_ASCII, "nats                \n"
				 "4 +*                \n"
				 "  | **              \n"
				 "2 +   ***           \n"
				 "  |      ********   \n"
				 "0 +              ***\n"
				 "  ++-------+-------+\n"
				 "   0       2   epoch\n");
	line_chart(GLYPHS_HALF, "nats                \n"
				"4 ┤▀▄               \n"
				"  │  ▀▄             \n"
				"2 ┤    ▀▄           \n"
				"  │      ▀▀▄▄       \n"
				"0 ┤          ▀▀▀▀▄▄▄\n"
				"  └┬───────┬───────┬\n"
				"   0       2   epoch\n");
	line_chart(GLYPHS_BRAILLE, "nats                \n"
				   "4 ┤⠑⢄               \n"
				   "  │  ⠣⡀             \n"
				   "2 ┤   ⠈⠢⢄⡀          \n"
				   "  │      ⠈⠑⠢⢄⡀      \n"
				   "0 ┤          ⠈⠉⠒⠢⠤⢄⣀\n"
				   "  └┬───────┬───────┬\n"
				   "   0       2   epoch\n");
}

/* Of many points in a column the least and the most are drawn, not the last alone. */
static void columns_are_merged(void **state)
{
	static double x[10000], y[10000];
	const Series series = { "spike", x, y, 10000, STYLE_SERIES1 };

	(void)state;
	for (int i = 0; i < 10000; i++) {
		x[i] = i;
		y[i] = i == 5004 ? 9 : 0;
	}
	begin(10, 3, GLYPHS_ASCII);
	chart_lines(&canvas, &(Pane){ 0, 0, 10, 3 }, &series, 1, NULL, NULL);
	check("     *    \n     *    \n**********\n");
}

static void gaps_stay_gaps(void **state)
{
	const double x[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	const double y[] = { 0, 0, 0, NAN, NAN, INFINITY, -INFINITY, 0, 0, 0 };
	const Series series = { "gap", x, y, 10, STYLE_SERIES1 };

	(void)state;
	begin(10, 1, GLYPHS_ASCII);
	chart_lines(&canvas, &(Pane){ 0, 0, 10, 1 }, &series, 1, NULL, NULL);
	check("***    ***\n");
}

static void series_differ_by_glyph(void **state)
{
	const double x[] = { 0, 1 }, low[] = { 0, 0 }, high[] = { 1, 1 };
	const Series series[] = { { "base", x, low, 2, STYLE_SERIES1 },
				  { "int8", x, high, 2, STYLE_SERIES2 } };

	(void)state;
	begin(20, 8, GLYPHS_ASCII);
	chart_lines(&canvas, &(Pane){ 0, 0, 20, 8 }, series, 2, NULL, NULL);
	assert_true(canvas_shows(&canvas, "*  base  o  int8"));
	assert_true(canvas_shows(&canvas, "ooooo"));
	assert_true(canvas_shows(&canvas, "*****"));
	begin(20, 8, GLYPHS_BRAILLE);
	chart_lines(&canvas, &(Pane){ 0, 0, 20, 8 }, series, 2, NULL, NULL);
	assert_true(canvas_shows(&canvas, "⠤⠤ base  ⠄⠄ int8"));
}

static void a_cut_axis_is_marked(void **state)
{
	const double x[] = { 0, 1 }, y[] = { 12345, 12455 };
	const Series series = { "cut", x, y, 2, STYLE_SERIES1 };

	(void)state;
	begin(20, 7, GLYPHS_ASCII);
	chart_lines(&canvas, &(Pane){ 0, 0, 20, 7 }, &series, 1, NULL, NULL);
	assert_true(canvas_shows(&canvas, "12.4k +"));
	assert_true(canvas_shows(&canvas, "      /"));
	begin(20, 7, GLYPHS_ASCII);
	chart_lines(&canvas, &(Pane){ 0, 0, 20, 7 }, &series, 1, NULL,
		    &(Axis){ NAN, NAN, true, false, NULL });
	assert_false(canvas_shows(&canvas, "/"));
}

static void bars(void **state)
{
	(void)state;
	begin(4, 5, GLYPHS_BRAILLE);
	chart_bar(&canvas, 0, 0, 4, 0.5, STYLE_LESS);
	chart_bar(&canvas, 0, 1, 4, 0.28125, STYLE_LESS);
	chart_bar(&canvas, 0, 2, 4, 7, STYLE_LESS);
	chart_bar(&canvas, 0, 3, 4, -1, STYLE_LESS);
	chart_bar(&canvas, 0, 4, 4, NAN, STYLE_LESS);
	check("██░░\n█▏░░\n████\n░░░░\n    \n");
	begin(4, 1, GLYPHS_ASCII);
	chart_bar(&canvas, 0, 0, 4, 0.5, STYLE_LESS);
	check("##..\n");
}

static void intervals(void **state)
{
	(void)state;
	begin(11, 6, GLYPHS_BRAILLE);
	chart_interval(&canvas, 0, 0, 11, 5, 3, 7, 0, 10, STYLE_LESS);
	chart_interval(&canvas, 0, 1, 11, 9, 8, 12, 0, 10, STYLE_LESS);
	chart_interval(&canvas, 0, 2, 11, 5, NAN, NAN, 0, 10, STYLE_LESS);
	chart_interval(&canvas, 0, 3, 11, -3, -5, -2, 0, 10, STYLE_LESS);
	chart_interval(&canvas, 0, 4, 11, 5, 3, 7, 10, 0, STYLE_LESS);
	chart_interval(&canvas, 0, 5, 11, NAN, NAN, NAN, 0, 10, STYLE_LESS);
	check("   ├─●─┤   \n        ├●>\n     ●     \n<          \n           \n           \n");
	begin(11, 1, GLYPHS_ASCII);
	chart_interval(&canvas, 0, 0, 11, 5, 3, 7, 0, 10, STYLE_LESS);
	check("   |-o-|   \n");
}

static double odd_number(Random *random)
{
	static const double odd[] = { NAN,      INFINITY, -INFINITY, 0,    -0.0,  DBL_MAX,
				      -DBL_MAX, DBL_MIN,  5e-324,    1e15, -1e-15 };

	if (random_below(random, 4) == 0)
		return odd[random_below(random, sizeof odd / sizeof odd[0])];
	return random_normal(random) * pow(10, (double)random_below(random, 30) - 15);
}

static void any_data_at_any_size(void **state)
{
	Random random;
	double x[50], y[50];

	(void)state;
	random_init(&random, 1, 1);
	for (int round = 0; round < 20000; round++) {
		Series series[5];
		size_t n = random_below(&random, 6);
		int width = 1 + (int)random_below(&random, 60),
		    height = 1 + (int)random_below(&random, 20);
		Axis axis = { odd_number(&random), odd_number(&random), random_below(&random, 2),
			      false, "unit" };

		for (size_t i = 0; i < 50; i++) {
			x[i] = random_below(&random, 2) ? (double)i : odd_number(&random);
			y[i] = odd_number(&random);
		}
		for (size_t i = 0; i < n; i++)
			series[i] =
				(Series){ "name", x, y, random_below(&random, 51), STYLE_SERIES1 };
		begin(width, height, (Glyphs)random_below(&random, 3));
		chart_lines(&canvas, &(Pane){ 0, 0, width, height }, series, n,
			    random_below(&random, 2) ? &axis : NULL,
			    random_below(&random, 2) ? &axis : NULL);
		chart_bar(&canvas, 0, 0, width, odd_number(&random), STYLE_LESS);
		chart_interval(&canvas, 0, 0, width, odd_number(&random), odd_number(&random),
			       odd_number(&random), odd_number(&random), odd_number(&random),
			       STYLE_LESS);
		assert_true(canvas_sound(&canvas));
	}
}

/* Bars stand on 0, each as wide as fits; more of them than columns are merged to their mean. */
static void bars_stand(void **state)
{
	const double few[] = { 1, 2, 4 }, many[] = { 4, 0, 4, 0, 2, 2, 0, 0 };
	const Axis x = { 0, 3, false, false, NULL }, y = { NAN, NAN, true, false, NULL };

	(void)state;
	begin(6, 3, GLYPHS_ASCII);
	chart_bars(&canvas, &(Pane){ 0, 0, 6, 3 }, few, 3, STYLE_SERIES1, &x, &y);
	check("    ##\n  ####\n######\n");
	begin(4, 2, GLYPHS_ASCII);
	chart_bars(&canvas, &(Pane){ 0, 0, 4, 2 }, many, 8, STYLE_SERIES1, &x, &y);
	check("    \n### \n");
	begin(3, 1, GLYPHS_BRAILLE);
	chart_bars(&canvas, &(Pane){ 0, 0, 3, 1 }, few, 3, STYLE_SERIES1, &x, &y);
	check("⣀⣤⣿\n");
	begin(3, 1, GLYPHS_HALF);
	chart_bars(&canvas, &(Pane){ 0, 0, 3, 1 }, few, 3, STYLE_SERIES1, &x, &y);
	check("▄▄█\n");
}

/* Little is seen, nothing is not, NaN is nothing. */
static void a_small_bar_is_seen(void **state)
{
	const double values[] = { 1000, 1, 0, NAN };
	const Axis x = { 0, 4, false, false, NULL }, y = { NAN, NAN, true, false, NULL };

	(void)state;
	begin(4, 2, GLYPHS_ASCII);
	chart_bars(&canvas, &(Pane){ 0, 0, 4, 2 }, values, 4, STYLE_SERIES1, &x, &y);
	check("#   \n##  \n");
}

static void maps_are_scaled(void **state)
{
	const double map[] = { 0, 1, 1, 0, 0.5, 0 };

	(void)state;
	begin(6, 4, GLYPHS_ASCII); /* an image: by two, both ways */
	chart_map(&canvas, &(Pane){ 0, 0, 6, 4 }, map, 3, 2, true, STYLE_TEXT);
	check("  @@@@\n  @@@@\n  ++  \n  ++  \n");
	begin(6, 3, GLYPHS_ASCII); /* no image: each way by what fits */
	chart_map(&canvas, &(Pane){ 0, 0, 6, 3 }, map, 3, 2, false, STYLE_TEXT);
	check("  @@@@\n  ++  \n      \n");
	begin(3, 1, GLYPHS_ASCII); /* merged: the mean */
	chart_map(&canvas, &(Pane){ 0, 0, 3, 1 }, map, 3, 2, false, STYLE_TEXT);
	check(" #+\n");
	begin(2, 1, GLYPHS_BRAILLE);
	chart_map(&canvas, &(Pane){ 0, 0, 2, 1 }, map, 3, 2, true, STYLE_TEXT);
	check("⠘⠁\n");
	begin(3, 1, GLYPHS_HALF);
	chart_map(&canvas, &(Pane){ 0, 0, 3, 1 }, map, 3, 2, true, STYLE_TEXT);
	check(" █▀\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bars_stand),
		cmocka_unit_test(a_small_bar_is_seen),
		cmocka_unit_test(maps_are_scaled),
		cmocka_unit_test(places),
		cmocka_unit_test(lines_at_each_level),
		cmocka_unit_test(columns_are_merged),
		cmocka_unit_test(gaps_stay_gaps),
		cmocka_unit_test(series_differ_by_glyph),
		cmocka_unit_test(a_cut_axis_is_marked),
		cmocka_unit_test(bars),
		cmocka_unit_test(intervals),
		cmocka_unit_test(any_data_at_any_size),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	canvas_done(&canvas);
	return failed;
}
