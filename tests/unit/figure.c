/* Figures of inspect steps: what is refused, the worst class first, and any figure at any size.
 * SPDX-License-Identifier: MIT */
#include "ui/figures/figure.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "canvas_sound.h"
#include "unit.h"

static Figure *figure_of(const char *text)
{
	json_error_t error;
	json_t *record = json_loads(text, 0, &error);
	Figure *figure;

	assert_non_null(record);
	figure = figure_new(record);
	json_decref(record);
	return figure;
}

static const char *const sound[] = {
	"{\"view\":\"histogram\",\"low\":-1,\"high\":1,\"counts\":[0,5,2],\"zeros\":3,\"total\":7}",
	"{\"view\":\"histogram\",\"low\":0,\"high\":0,\"counts\":[1]}",
	"{\"view\":\"sparsity\",\"rows\":4,\"columns\":6,\"width\":3,\"height\":2,"
	"\"share\":[0,1,0.5,0,0,1],\"nonzero\":10,\"total\":24}",
	"{\"view\":\"confusion\",\"classes\":[\"a\",\"b\",\"\\u001b[2J\"],"
	"\"counts\":[[9,1,0],[4,5,1],[0,0,10]],\"rows\":30}",
	"{\"view\":\"filters\",\"width\":2,\"height\":2,\"images\":[{\"unit\":3,"
	"\"values\":[0,1,0.5,0.25]},{\"unit\":\"x\",\"values\":[1,1,1,1]}]}",
	"{\"view\":\"activations\",\"units\":3,\"share\":[0,0.5,1],\"dead\":1,\"arm\":\"int8\"}",
};

static void what_does_not_fit_is_refused(void **state)
{
	static const char *const bad[] = {
		"{}",
		"{\"view\":\"pie\"}",
		"{\"view\":\"histogram\",\"low\":0,\"high\":1,\"counts\":[]}",
		"{\"view\":\"histogram\",\"low\":1,\"high\":0,\"counts\":[1]}",
		"{\"view\":\"histogram\",\"low\":0,\"counts\":[1]}",
		"{\"view\":\"histogram\",\"low\":0,\"high\":1,\"counts\":[1,\"2\"]}",
		"{\"view\":\"histogram\",\"low\":0,\"high\":1,\"counts\":[-1]}",
		"{\"view\":\"sparsity\",\"width\":3,\"height\":2,\"share\":[1,1,1]}",
		"{\"view\":\"sparsity\",\"width\":0,\"height\":2,\"share\":[1]}",
		"{\"view\":\"sparsity\",\"width\":4096,\"height\":4096,\"share\":[1]}",
		"{\"view\":\"confusion\",\"classes\":[],\"counts\":[]}",
		"{\"view\":\"confusion\",\"classes\":[\"a\",\"b\"],\"counts\":[[1,2]]}",
		"{\"view\":\"confusion\",\"classes\":[\"a\",\"b\"],\"counts\":[[1,2],[3]]}",
		"{\"view\":\"filters\",\"width\":2,\"height\":2,\"images\":[]}",
		"{\"view\":\"filters\",\"width\":2,\"height\":2,\"images\":[{\"values\":[1]}]}",
		"{\"view\":\"activations\",\"share\":7}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_null(figure_of(bad[i]));
}

/* More values than a figure may have. */
static void too_many_values_are_refused(void **state)
{
	json_t *counts = json_array(), *record;

	(void)state;
	for (int i = 0; i <= FIGURE_VALUES_MAX; i++)
		json_array_append_new(counts, json_integer(1));
	record = json_pack("{s:s, s:i, s:i, s:o}", "view", "histogram", "low", 0, "high", 1,
			   "counts", counts);
	assert_non_null(record);
	assert_null(figure_new(record));
	json_decref(record);
}

static void the_worst_class_stands_first(void **state)
{
	Figure *figure = figure_of(sound[3]);

	(void)state;
	assert_non_null(figure);
	assert_int_equal(figure->order[0], 1);
	assert_int_equal(figure->order[1], 0);
	assert_int_equal(figure->order[2], 2);
	assert_float_equal(figure_row_total(figure, 1), 10, 0);
	figure_free(figure);
}

static void count_line(void *user, const char *text)
{
	size_t *lines = user;

	assert_null(strchr(text, '\x1b'));
	(*lines)++;
}

static void all_are_drawn_and_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof sound / sizeof *sound; i++) {
		Figure *figure = figure_of(sound[i]);
		size_t lines = 0, most;
		Canvas canvas;
		Flow flow;
		Err err;

		assert_non_null(figure);
		for (int width = 1; width < 90; width += width < 20 ? 1 : 7)
			for (int height = 1; height < 30; height += 4) {
				assert_true(canvas_init(&canvas, width, height,
							(Glyphs)((width + height) % 3), &err));
				figure_draw(figure, &canvas, &(Pane){ 0, 0, width, height }, 1,
					    &most);
				assert_true(canvas_sound(&canvas));
				canvas_done(&canvas);
			}
		flow_init(&flow, 80);
		figure_say(figure, &flow);
		flow_say(&flow, &(Speech){ count_line, &lines });
		assert_true(lines > 1);
		flow_done(&flow);
		figure_free(figure);
	}
}

/* What the worker makes of a model must be shown by a figure of that name. */
static void every_view_of_a_model_has_its_figure(void **state)
{
	const char *top = getenv("top_srcdir");
	char path[4096], line[256];
	size_t made = 0, shown = 0;
	FILE *list;

	(void)state;
	text_format(path, sizeof path, "%s/src/trial/views.am", top ? top : ".");
	list = fopen(path, "r");
	assert_non_null(list);
	while (fgets(line, sizeof line, list)) {
		const char *slash = strrchr(line, '/');
		bool found = false;

		if (!slash)
			continue;
		for (const FigureView *const *view = figure_views; *view; view++) {
			const char *name = (*view)->name;

			found |= strncmp(slash + 1, name, strlen(name)) == 0 &&
				 slash[1 + strlen(name)] == '.';
		}
		if (!found)
			fail_msg("no figure for %s", slash + 1);
		made++;
	}
	fclose(list);
	while (figure_views[shown])
		shown++;
	assert_int_equal(made, shown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_does_not_fit_is_refused),
		cmocka_unit_test(too_many_values_are_refused),
		cmocka_unit_test(the_worst_class_stands_first),
		cmocka_unit_test(all_are_drawn_and_said),
		cmocka_unit_test(every_view_of_a_model_has_its_figure),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
