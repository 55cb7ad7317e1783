/* Random keys, sizes and records, honest and hostile, over all views: every frame is a sound grid.
 *
 * WATTLE_RANDOM_KEYS: how many keys (100000 without it); WATTLE_RANDOM_SEED.
 * SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/record.h"
#include "canvas_sound.h"
#include "ui/ui.h"
#include "unit.h"

#define KEYS 100000
#define RECORDS_MAX 4096

static Random chance;
static json_t *examples[RECORDS_MAX];
static size_t examples_count;

static const char *const nasty[] = {
	"\x1b]0;owned\x07",
	"\xe2\x80\xae"
	"evil",
	"\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97",
	"e\xcc\x81\xcc\x81\xcc\x81",
	"\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9",
	"",
	"\n\n\n\t",
	"%s%n%d",
	"# *a* `b` [c](d) <e>\n\n- f\n1. g\n```\nh\n```\n",
	"pruned",
	"baseline",
	"a-name-that-is-much-longer-than-any-column-and-goes-on-and-on-and-on-and-on-and-on",
	"\xc2\x9b"
	"2J",
	"| a | b |\n|-|-|\n| c | d |\n",
	"0",
	"digits",
	"time",
	"energy",
	"accuracy",
	"text",
	"predict",
	"quiz",
	"exercise",
	"reflect",
	"inspect",
	"sparsity",
	"confusion",
	"pass",
};

static uint64_t below(uint64_t bound)
{
	return random_below(&chance, bound);
}

static json_t *random_scalar(void)
{
	static const double odd[] = { 0, -1, 1e308, -1e308, 5e-324, 0.5, 97.1, 1e-9, 3e15 };

	switch (below(6)) {
	case 0:
		return json_real(odd[below(sizeof odd / sizeof odd[0])]);
	case 1:
		return json_integer((json_int_t)(below(2) ? below(10) : below(1ull << 62)) -
				    (json_int_t)below(3));
	case 2:
		return json_null();
	case 3:
		return json_boolean(below(2));
	case 4:
		return below(2) ? json_object() : json_array();
	default:
		return json_string(nasty[below(sizeof nasty / sizeof nasty[0])]);
	}
}

/* Changes some of the members, at any depth. */
static void spoil(json_t *value, unsigned one_in)
{
	json_t *member;
	size_t i;

	if (json_is_array(value)) {
		json_array_foreach(value, i, member)
		{
			spoil(member, one_in);
			if (below(one_in) == 0)
				json_array_set_new(value, i, random_scalar());
		}
		if (below(one_in) == 0)
			json_array_append_new(value, random_scalar());
	} else if (json_is_object(value)) {
		const char *name;
		void *next;

		json_object_foreach_safe(value, next, name, member)
		{
			spoil(member, one_in);
			if (strcmp(name, "type") != 0 && below(one_in) == 0)
				json_object_set_new(value, name, random_scalar());
			else if (strcmp(name, "type") != 0 && below(4 * one_in) == 0)
				json_object_del(value, name);
		}
	}
}

/* Mostly in order, so that runs and lessons get on, with leaps between. */
static void take_record(Ui *ui)
{
	static size_t at;

	at = below(40) == 0 ? below(examples_count) : (at + 1) % examples_count;
	json_t *record = json_deep_copy(examples[at]);

	assert_non_null(record);
	if (below(3) == 0)
		spoil(record, 2 + (unsigned)below(30));
	ui_take(ui, record);
	json_decref(record);
}

/* Half of the keys are of the table, so that the views are really walked through. */
static uint32_t random_key(void)
{
	static size_t rows;

	while (key_rows[rows].label)
		rows++;
	if (below(2))
		return key_rows[below(rows)].key;
	if (below(2))
		return 'a' + (uint32_t)below(26);
	return below(2) ? (uint32_t)below(128)
			: KEY_ARROW_UP + (uint32_t)below(KEY_SIZE - KEY_ARROW_UP);
}

static bool read_examples(const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t capacity = 0;
	ssize_t len;
	Err err;

	if (!file)
		return false;
	while ((len = getline(&line, &capacity, file)) > 0 && examples_count < RECORDS_MAX)
		if ((examples[examples_count] = record_parse(line, (size_t)len, &err)))
			examples_count++;
	free(line);
	fclose(file);
	return true;
}

static const char *file_ending;

static int has_ending(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name), ending = strlen(file_ending);

	return len > ending && strcmp(entry->d_name + len - ending, file_ending) == 0;
}

/* In the order of names, so that a seed means the same everywhere. */
static bool read_folder(const char *name, const char *ending)
{
	const char *top = getenv("top_srcdir");
	char folder[4096], path[4096 + 256 + 2];
	struct dirent **files;
	bool fine = true;

	snprintf(folder, sizeof folder, "%s/%s", top ? top : ".", name);
	file_ending = ending;
	int count = scandir(folder, &files, has_ending, alphasort);

	if (count < 0)
		return false;
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, files[i]->d_name);
		fine = fine && read_examples(path);
		free(files[i]);
	}
	free(files);
	return fine && count > 0;
}

static int read_all(void **state)
{
	(void)state;
	if (!read_folder("tests/schema", ".jsonl") || !read_folder("tests/screen", ".records"))
		return -1;
	return examples_count > 10 ? 0 : -1;
}

static int drop_all(void **state)
{
	(void)state;
	while (examples_count > 0)
		json_decref(examples[--examples_count]);
	return 0;
}

static void line(void *user, const char *text)
{
	size_t *lines = user;

	assert_non_null(text);
	(*lines)++;
}

static void random_size(Canvas *canvas)
{
	Err err;
	bool usual = below(2);
	int width = usual ? 80 + (int)below(81) : 1 + (int)below(300);
	int height = usual ? 24 + (int)below(25) : 1 + (int)below(100);

	canvas->glyphs = (Glyphs)below(3);
	assert_true(canvas_resize(canvas, width, height, &err));
}

/* One key after another in one UI; begins again where it was quit. */
static void walk(const char *view, long keys)
{
	Err err;
	size_t lines = 0;
	Ui *ui = ui_new(view, &err);
	Canvas canvas;
	Scene scene = { .badge = "MODELLED ±60 %" };

	assert_non_null(ui);
	assert_true(canvas_init(&canvas, 80, 24, GLYPHS_BRAILLE, &err));
	for (long i = 0; i < keys; i++) {
		KeyEvent event = { .key = random_key(),
				   .x = (int)below(320) - 10,
				   .y = (int)below(120) - 10,
				   .line = below(8) == 0 };
		Request request;

		if (below(200) == 0)
			random_size(&canvas);
		if (below(4) == 0)
			take_record(ui);
		if (below(50) == 0)
			ui_say(ui, below(4) ? examples[below(examples_count)] : NULL,
			       &(Speech){ line, &lines });
		ui_key(ui, &event, &request);
		bool quit = request.kind == REQUEST_QUIT;

		assert_int_not_equal(request.kind, REQUEST_SHOW);
		request_done(&request);
		scene.running = below(2);
		scene.paused = below(2);
		scene.modelled = below(2);
		scene.now_ns = (int64_t)below(1ull << 40);
		if (below(6) == 0 || quit) {
			ui_draw(ui, &canvas, &scene);
			assert_true(canvas_sound(&canvas));
		}
		if (quit && below(8) == 0) {
			ui_free(ui);
			assert_non_null(ui = ui_new(view, &err));
		}
	}
	ui_free(ui);
	canvas_done(&canvas);
}

static long from_environment(const char *name, long otherwise)
{
	const char *text = getenv(name);

	return text && atol(text) > 0 ? atol(text) : otherwise;
}

static void random_keys_sizes_and_records(void **state)
{
	long keys = from_environment("WATTLE_RANDOM_KEYS", KEYS), count = 0;

	(void)state;
	while (views[count])
		count++;
	assert_true(count > 0);
	random_init(&chance, (uint64_t)from_environment("WATTLE_RANDOM_SEED", 1), 1);
	for (long i = 0; i < count; i++)
		walk(views[i]->info.name, keys / count);
}

/* Each view after all records, from one cell to 200x60, with one pane after the other in focus. */
static void every_view_at_every_size(void **state)
{
	static const Scene scene = { .badge = "MODELLED ±60 %", .modelled = true };
	Err err;
	Canvas canvas;

	(void)state;
	assert_true(canvas_init(&canvas, 80, 24, GLYPHS_BRAILLE, &err));
	for (long i = 0; views[i]; i++) {
		Ui *ui = ui_new(views[i]->info.name, &err);

		assert_non_null(ui);
		for (size_t k = 0; k < examples_count; k++)
			ui_take(ui, examples[k]);
		for (int width = 1; width <= 200; width += width < 80 ? 13 : 5)
			for (int height = 1; height <= 60; height += height < 24 ? 5 : 3) {
				Request request;

				canvas.glyphs = (Glyphs)((width + height) % 3);
				assert_true(canvas_resize(&canvas, width, height, &err));
				ui_draw(ui, &canvas, &scene);
				assert_true(canvas_sound(&canvas));
				ui_key(ui, &(KeyEvent){ .key = KEY_TAB_ }, &request);
				request_done(&request);
			}
		ui_free(ui);
	}
	canvas_done(&canvas);
}

/* A frame behind each record, at any size, and one with the keys of a lesson: no state on the way
 * draws beyond its grid. */
static void a_frame_behind_each_record(void **state)
{
	static const char keys[] = "\t zoS\x1bHn\x04x.";
	static const Scene scene = { .badge = "MODELLED", .modelled = true };
	Err err;
	Canvas canvas;
	Ui *ui = ui_new("lessons", &err);

	(void)state;
	random_init(&chance, 2, 1);
	assert_non_null(ui);
	assert_true(canvas_init(&canvas, 80, 24, GLYPHS_BRAILLE, &err));
	for (size_t k = 0; k < examples_count; k++) {
		KeyEvent event = { .key = (unsigned char)keys[k % (sizeof keys - 1)] };
		Request request;

		ui_take(ui, examples[k]);
		random_size(&canvas);
		ui_draw(ui, &canvas, &scene);
		assert_true(canvas_sound(&canvas));
		ui_key(ui, &event, &request);
		request_done(&request);
		ui_draw(ui, &canvas, &scene);
		assert_true(canvas_sound(&canvas));
	}
	ui_free(ui);
	canvas_done(&canvas);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_view_at_every_size),
		cmocka_unit_test(a_frame_behind_each_record),
		cmocka_unit_test(random_keys_sizes_and_records),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, read_all, drop_all);
}
