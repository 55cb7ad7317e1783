/* The frame over two views made for this: head, footer, messages, help, meters, command line,
 * quitting, sizes.
 * SPDX-License-Identifier: MIT */
#include "ui/ui.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "canvas_sound.h"
#include "unit.h"

typedef struct Fake {
	Action last; /* what the view was asked to do */
	uint32_t raw;
	int taken;
} Fake;

/* What the test says of the views. */
static Fake *fake_now;
static uint32_t fake_place;
static bool fake_uses_quit, fake_uses_close, fake_asks;
static const char *fake_subject, *fake_hint;

extern const View view_lessons, view_lab;

static void *fake_open(Err *err)
{
	Fake *fake = calloc(1, sizeof *fake);

	if (!fake)
		err_set(err, ERR_MEMORY, "fake view");
	return fake;
}

static void fake_take(void *state, const json_t *record)
{
	Fake *fake = state;

	(void)record;
	fake->taken++;
}

static bool fake_act(void *state, Action action, const KeyEvent *event, Request *out)
{
	fake_now = state;
	fake_now->last = action;
	fake_now->raw = event->key;
	if (action == ACTION_OUTLINE) {
		*out = (Request){ .kind = REQUEST_SHOW, .text = "lab", .value = json_object() };
		return true;
	}
	if (action == ACTION_RUN) {
		*out = (Request){ .kind = REQUEST_RUN };
		return true;
	}
	return action == ACTION_QUIT    ? fake_uses_quit
	       : action == ACTION_CLOSE ? fake_uses_close
					: true;
}

static void fake_shown(void *state, Request *out)
{
	(void)state;
	if (fake_asks)
		*out = (Request){ .kind = REQUEST_STORE, .text = "list" };
}

static uint32_t fake_at(const void *state)
{
	(void)state;
	return fake_place;
}

static void fake_draw(const void *state, Canvas *canvas, const Pane *pane, const Scene *scene)
{
	Pane inside;

	(void)state;
	(void)scene;
	canvas_frame(canvas, pane, "pane", NULL, true, &inside);
	/* A view that draws too far reaches neither the head nor the footer. */
	canvas_text(canvas, 0, 0, 99, STYLE_TEXT, "OVER");
	canvas_text(canvas, 0, canvas->height - 1, 99, STYLE_TEXT, "OVER");
}

static const char *subject(const void *state)
{
	(void)state;
	return fake_subject;
}

static const char *hint(const void *state)
{
	(void)state;
	return fake_hint;
}

static Ui *ui;
static Canvas canvas;
static Scene scene;

static int begin(void **state)
{
	Err err;

	(void)state;
	unsetenv("NO_COLOR");
	fake_place = PLACE_LESSON;
	fake_uses_quit = fake_asks = false;
	fake_uses_close = true;
	fake_subject = fake_hint = NULL;
	scene = (Scene){ .badge = "MODELLED ±60 %", .modelled = true, .ui_cpu_share = 0.004 };
	ui = ui_new("lessons", &err);
	return ui && canvas_init(&canvas, 80, 24, GLYPHS_BRAILLE, &err) ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	ui_free(ui);
	canvas_done(&canvas);
	return 0;
}

static RequestKind key(uint32_t code)
{
	Request request;

	ui_key(ui, &(KeyEvent){ .key = code }, &request);
	request_done(&(Request){ .value = request.value });
	return request.kind;
}

static void keys(const char *text)
{
	for (; *text; text++)
		assert_int_equal(key((unsigned char)*text), REQUEST_NONE);
}

static bool shows(const char *what)
{
	ui_draw(ui, &canvas, &scene);
	assert_true(canvas_sound(&canvas));
	return canvas_shows(&canvas, what);
}

static void take(const char *text)
{
	json_t *record = json_loads(text, 0, NULL);

	assert_non_null(record);
	ui_take(ui, record);
	json_decref(record);
}

static void head_and_footer(void **state)
{
	(void)state;
	assert_true(shows(" wattle  1 Lessons  2 Lab"));
	assert_true(shows("MODELLED ±60 % \n"));
	assert_true(shows(" n next  b back  r run"));
	assert_true(shows("? help  q quit "));
	assert_false(shows("OVER"));
	fake_subject = "05 Prune it";
	assert_true(shows(" Lessons  05 Prune it "));
	fake_hint = "n goes on";
	assert_true(shows("\n n goes on "));
	ui_message(ui, STYLE_WARNING, "%s", "\x1b]0;owned\x07");
	assert_true(shows("\n \\x1b]0;owned\\x07"));
	key(KEY_ARROW_UP);
	assert_true(shows("\n n goes on "));
	ui_message(ui, STYLE_TEXT, "%s",
		   "lesson.lua:12: unknown key 'epoch' in fit (did you mean "
		   "'epochs'?) (called from lesson.lua:14)");
	assert_true(shows("\n lesson.lua:12: unknown key 'epoch' in fit (did you mean "
			  "'epochs'?) "));
	assert_true(shows(" from lesson.lua:14)"));
	key(KEY_ARROW_UP);
	fake_place = PLACE_PROMPT;
	assert_true(shows(" Enter accept  Esc close  F1 help"));
}

static void screens_change(void **state)
{
	Err err;

	(void)state;
	key(KEY_ARROW_DOWN);
	assert_int_equal(fake_now->last, ACTION_DOWN);
	Fake *first = fake_now;

	assert_int_equal(key('2'), REQUEST_NONE);
	key('j');
	assert_ptr_not_equal(fake_now, first);
	key('1');
	assert_int_equal(key('o'),
			 REQUEST_NONE); /* asks for the lab, which is not src/app's business */
	key('j');
	assert_ptr_not_equal(fake_now, first);
	take("{\"v\":1,\"type\":\"log\"}");
	assert_int_equal(first->taken, 1);
	assert_int_equal(fake_now->taken, 1);
	assert_null(ui_new("nowhere", &err));
	assert_int_equal(err.code, ERR_USAGE);
}

/* A view over another one: closing it leads back, whatever runs, until one is chosen by its key. */
static void a_view_over_another(void **state)
{
	(void)state;
	key('j');
	Fake *first = fake_now;

	assert_false(ui_show(ui, "nowhere"));
	assert_true(ui_show(ui, "lab"));
	scene.running = true;
	shows("");
	key('j');
	assert_ptr_not_equal(fake_now, first);
	assert_int_equal(key('q'), REQUEST_NONE);
	assert_false(shows("y/n"));
	key('j');
	assert_ptr_equal(fake_now, first);
	/* Esc closes what the view has open first. */
	ui_show(ui, "lab");
	key(KEY_ESC);
	key('j');
	assert_ptr_not_equal(fake_now, first);
	fake_uses_close = false;
	key(KEY_ESC);
	key('j');
	assert_ptr_equal(fake_now, first);
	scene.running = false;
	shows("");
	ui_show(ui, "lab");
	key('2');
	assert_int_equal(key('q'), REQUEST_QUIT);
}

/* What lies over a list is closed by q, whatever runs. */
static void a_pane_over_a_list(void **state)
{
	(void)state;
	scene.running = true;
	shows("");
	fake_place = PLACE_DETAIL;
	fake_uses_quit = true;
	assert_int_equal(key('q'), REQUEST_NONE);
	assert_int_equal(fake_now->last, ACTION_QUIT);
	assert_false(shows("y/n"));
}

static void who_takes_what(void **state)
{
	json_t *record = json_pack("{s:i,s:s}", "v", 1, "type", "window");

	(void)state;
	fake_asks = true;
	assert_int_equal(key('2'), REQUEST_STORE);
	fake_asks = false;
	assert_int_equal(key('1'), REQUEST_NONE);
	key('j');
	Fake *own = fake_now;

	ui_take_stored(ui, record);
	assert_int_equal(own->taken, 0);
	ui_take(ui, record);
	assert_int_equal(own->taken, 1);
	ui_show(ui, "lab");
	key('j');
	assert_int_equal(fake_now->taken, 2);
	json_decref(record);
}

static void letters_are_text_in_a_prompt(void **state)
{
	(void)state;
	fake_place = PLACE_PROMPT;
	assert_int_equal(key('q'), REQUEST_NONE);
	assert_int_equal(fake_now->last, ACTION_NONE);
	assert_int_equal(fake_now->raw, 'q');
	key('?');
	assert_int_equal(fake_now->raw, '?');
	key(KEY_RETURN);
	assert_int_equal(fake_now->last, ACTION_OPEN);
	assert_int_equal(key(KEY_CTRL_C), REQUEST_INTERRUPT);
	assert_int_equal(key(KEY_CTRL_Z), REQUEST_SUSPEND);
	assert_int_equal(key(KEY_CTRL_L), REQUEST_REDRAW);
}

static void quitting(void **state)
{
	(void)state;
	assert_int_equal(key(KEY_ESC), REQUEST_NONE);
	fake_uses_quit = true;
	assert_int_equal(key('q'), REQUEST_NONE);
	fake_uses_quit = false;
	assert_int_equal(key('q'), REQUEST_QUIT);
	scene.running = true;
	assert_false(shows("y/n"));
	assert_int_equal(key('q'), REQUEST_NONE);
	assert_true(shows("A run is at work. Stop it and leave the lesson? y/n"));
	fake_place = PLACE_LAB;
	assert_true(shows("Something is running. Stop it and quit? y/n"));
	fake_place = PLACE_LESSON;
	assert_int_equal(key('n'), REQUEST_NONE);
	assert_false(shows("y/n"));
	assert_int_equal(key('q'), REQUEST_NONE);
	assert_int_equal(key('y'), REQUEST_QUIT);
	assert_int_equal(key(KEY_GONE), REQUEST_QUIT);
}

static void help_searches_and_performs(void **state)
{
	(void)state;
	key('?');
	assert_true(shows("Help: Lessons"));
	assert_true(shows("run, with the same seed"));
	keys("new seed");
	assert_true(shows("Search: new seed_"));
	assert_true(shows(":rerun"));
	assert_false(shows(":theme"));
	assert_int_equal(key(KEY_RETURN), REQUEST_NONE);
	assert_int_equal(fake_now->last, ACTION_RERUN);
	assert_false(shows("Help:"));
	key(KEY_F1);
	keys("xyzzy");
	assert_true(shows("No key does that here."));
	key(KEY_RETURN);
	assert_true(shows("Help:"));
	key(KEY_ESC);
	assert_false(shows("Help:"));
	/* Only what works here. */
	fake_place = PLACE_COURSE;
	key('?');
	assert_false(shows(":rerun"));
	key(KEY_BOTTOM);
	assert_true(shows(":quit"));
	assert_int_equal(key(KEY_RETURN), REQUEST_QUIT);
}

static void commands_complete(void **state)
{
	Request request;

	(void)state;
	keys(":me");
	key(KEY_TAB_);
	assert_true(shows("\n :meters"));
	key(KEY_RETURN);
	assert_true(shows("Energy on this machine"));
	key(KEY_ESC);
	keys(":s");
	key(KEY_TAB_);
	assert_true(shows("suspend stop skip"));
	keys("top");
	key(KEY_RETURN);
	assert_int_equal(fake_now->last, ACTION_STOP);
	keys(":halp");
	key(KEY_RETURN);
	assert_true(shows("No command 'halp' (did you mean 'help'?)"));
	for (int i = 0; i < 5; i++)
		key(KEY_BACK);
	assert_true(shows("? help"));
	assert_true(ui_command(ui, "run", &request));
	assert_int_equal(request.kind, REQUEST_RUN);
	fake_place = PLACE_COURSE;
	assert_false(ui_command(ui, "run", &request));
	assert_true(shows("'run' does nothing here"));
	assert_false(ui_command(ui, "rm -rf", &request));
	assert_true(ui_command(ui, "write", &request));
	assert_int_equal(request.kind, REQUEST_WRITE);
}

static void meters(void **state)
{
	(void)state;
	key('m');
	assert_true(shows("No run has asked the meter yet."));
	assert_true(shows("This screen takes 0.4 % of one core."));
	take("{\"v\":1,\"type\":\"meter\",\"sources\":[{\"name\":\"powercap\",\"title\":\"RAPL\","
	     "\"about\":\"Counters.\","
	     "\"state\":\"no\",\"step\":\"open\",\"errno_name\":\"EACCES\",\"fix\":\"chmod\"},{"
	     "\"name\":\"model\","
	     "\"state\":\"ok\"}],\"headline\":\"model\"}");
	take("{\"v\":1,\"type\":\"reading\",\"source\":\"model\",\"domains\":[{\"parent\":-1,"
	     "\"watts\":7.25,"
	     "\"provenance\":\"modelled\"},{\"parent\":0,\"watts\":99}]}");
	assert_true(shows("powercap    no     -         open: EACCES"));
	assert_true(shows("model       ok     (7.25 W)"));
	assert_true(shows("You can: chmod"));
	assert_true(shows("Results show: model, MODELLED ±60 %"));
	key('j');
	assert_false(shows("You can: "));
	key('m');
	assert_false(shows("Energy on this machine"));
	/* Records of a stranger do no harm. */
	key('m');
	take("{\"type\":\"meter\",\"sources\":[17,{\"name\":\"\\u001b[2J\",\"state\":{}}],"
	     "\"headline\":[]}");
	take("{\"type\":\"meter\"}");
	take("{\"type\":\"reading\",\"source\":{},\"domains\":7}");
	take("{\"type\":7}");
	take("[]");
	assert_true(shows("No measured joules: no source"));
}

static void glyphs_and_themes_cycle(void **state)
{
	(void)state;
	assert_int_equal(ui_glyphs(ui, GLYPHS_BRAILLE), GLYPHS_BRAILLE);
	key('a');
	assert_int_equal(ui_glyphs(ui, GLYPHS_BRAILLE), GLYPHS_HALF);
	assert_int_equal(ui_glyphs(ui, GLYPHS_HALF), GLYPHS_ASCII);
	assert_int_equal(ui_glyphs(ui, GLYPHS_ASCII), GLYPHS_ASCII);
	key('a');
	key('a');
	assert_int_equal(ui_glyphs(ui, GLYPHS_BRAILLE), GLYPHS_BRAILLE);
	assert_int_equal(ui_theme(ui), THEME_AUTO);
	key('T');
	assert_int_equal(ui_theme(ui), THEME_DARK);
	assert_true(shows("Theme: dark"));
	ui_set_theme(ui, THEME_MONO);
	key('T');
	assert_int_equal(ui_theme(ui), THEME_AUTO);
}

static void too_small_and_large_again(void **state)
{
	Err err;

	(void)state;
	key('?');
	keys("seed");
	assert_true(canvas_resize(&canvas, 62, 20, &err));
	assert_true(shows("wattle needs 80x24; this is 62x20. "));
	assert_true(shows("Enlarge the window (works at once), or: "));
	assert_true(shows("\nwattle lesson --linear "));
	for (int width = 1; width <= 100; width++)
		for (int height = 1; height <= 40; height++) {
			assert_true(canvas_resize(&canvas, width, height, &err));
			ui_draw(ui, &canvas, &scene);
			assert_true(canvas_sound(&canvas));
		}
	assert_true(canvas_resize(&canvas, 80, 24, &err));
	assert_true(shows("Search: seed_"));
}

/* Presses where a text stands. */
static RequestKind click_on(const char *what)
{
	Request request;

	ui_draw(ui, &canvas, &scene);
	for (int y = 0; y < canvas.height; y++)
		for (int x = 0; x < canvas.width; x++) {
			size_t i = 0;

			while (what[i] && x + (int)i < canvas.width &&
			       canvas.cells[y * canvas.width + x + (int)i].code ==
				       (unsigned char)what[i])
				i++;
			if (what[i])
				continue;
			ui_key(ui, &(KeyEvent){ .key = KEY_CLICK, .x = x, .y = y }, &request);
			return request.kind;
		}
	fail_msg("nowhere: %s", what);
	return REQUEST_NONE;
}

static void clicks(void **state)
{
	(void)state;
	click_on("n next");
	assert_int_equal(fake_now->last, ACTION_NEXT);
	Fake *first = fake_now;

	click_on("2 Lab");
	click_on("pane");
	assert_int_equal(fake_now->raw, KEY_CLICK);
	assert_ptr_not_equal(fake_now, first);
	click_on("? help");
	click_on("run with a new seed");
	assert_int_equal(fake_now->last, ACTION_RERUN);
	assert_int_equal(click_on("q quit"), REQUEST_QUIT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(head_and_footer),
		TEST(screens_change),
		TEST(a_view_over_another),
		TEST(a_pane_over_a_list),
		TEST(who_takes_what),
		TEST(letters_are_text_in_a_prompt),
		TEST(quitting),
		TEST(help_searches_and_performs),
		TEST(commands_complete),
		TEST(meters),
		TEST(glyphs_and_themes_cycle),
		TEST(too_small_and_large_again),
		TEST(clicks),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#define FAKE(view, what, number)                                                      \
	const View view = {                                                           \
		.info = { .name = what, .title = number == '1' ? "Lessons" : "Lab" }, \
		.key = number,                                                        \
		.own = number == '1',                                                 \
		.shown = fake_shown,                                                  \
		.place = PLACE_LESSON,                                                \
		.open = fake_open,                                                    \
		.close = free,                                                        \
		.take = fake_take,                                                    \
		.act = fake_act,                                                      \
		.at = fake_at,                                                        \
		.draw = fake_draw,                                                    \
		.subject = subject,                                                   \
		.hint = hint,                                                         \
	}
FAKE(view_lessons, "lessons", '1');
FAKE(view_lab, "lab", '2');
