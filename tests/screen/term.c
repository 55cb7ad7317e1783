/* The terminal back end on a pty: what libvterm shows of a canvas, and which events come of what is
 * typed.
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

#include "term_child.h"
#include "unit.h"

/* Leaks of curses' own are none of ours, and a child that a test kills has no time to free. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

static void assert_cell(const Pty *pty, int x, int y, uint32_t code)
{
	VTermScreenCell cell = pty_cell(pty, x, y);
	uint32_t shown = cell.chars[0] ? cell.chars[0] : ' ';
	if (shown != code)
		fail_msg("cell %d,%d shows U+%04x, not U+%04x", x, y, shown, code);
}

static void assert_colour(VTermColor *shown, short wanted, bool is_default)
{
	if (wanted < 0) {
		assert_true(is_default);
		return;
	}
	assert_false(is_default);
	assert_true(VTERM_COLOR_IS_INDEXED(shown));
	assert_int_equal(shown->indexed.idx, wanted);
}

static void assert_look(const Pty *pty, int x, int y, const Look *look, int colours)
{
	VTermScreenCell cell = pty_cell(pty, x, y);
	assert_int_equal(cell.attrs.bold, look->bold);
	assert_int_equal(cell.attrs.underline != 0, look->underline);
	assert_int_equal(cell.attrs.reverse, look->reverse);
	assert_colour(&cell.fg,
		      colours == 256 ? look->fg256
		      : colours      ? look->fg
				     : -1,
		      VTERM_COLOR_IS_DEFAULT_FG(&cell.fg));
	assert_colour(&cell.bg,
		      colours == 256 ? look->bg256
		      : colours      ? look->bg
				     : -1,
		      VTERM_COLOR_IS_DEFAULT_BG(&cell.bg));
}

static void assert_styles(const Pty *pty, Theme theme, int colours)
{
	for (int style = 0; style < STYLE_COUNT; style++) {
		assert_cell(pty, style, style, 'x');
		assert_look(pty, style, style, theme_look(theme, (Style)style), colours);
	}
}

/* --- tests ------------------------------------------------------------------------------------ */

static void styles_and_themes(void **state)
{
	static const struct {
		const char *term;
		int colours;
	} terms[] = {
		{ "xterm-256color", 256 },
		{ "xterm", 8 },
		{ "vt100", 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
		Bench bench;
		bench_start(&bench, (Setup){ .term = terms[i].term });
		bench_order(&bench, SHOW, SCENE_STYLES);
		assert_int_equal(bench.pty.alternate, terms[i].colours > 0);
		assert_styles(&bench.pty, terms[i].colours ? THEME_AUTO : THEME_MONO,
			      terms[i].colours);
		for (Theme theme = 0; theme < THEME_COUNT; theme++) {
			bench_order(&bench, SET_THEME, (int)theme);
			bench_order(&bench, SHOW, SCENE_STYLES);
			assert_styles(&bench.pty, terms[i].colours ? theme : THEME_MONO,
				      terms[i].colours);
		}
		bench_stop(&bench);
	}
}

static void text_and_wide_characters(void **state)
{
	Bench bench;
	char row[1024];
	(void)state;
	bench_start(&bench, (Setup){ .term = "xterm-256color" });
	bench_order(&bench, SHOW, SCENE_TEXT);
	assert_string_equal(pty_row(&bench.pty, 0, row), "   caf\u00e9 \u65e5\u672c |");
	assert_cell(&bench.pty, 8, 0, 0x65e5);
	assert_cell(&bench.pty, 13, 0, '|');
	assert_cell(&bench.pty, 11, 6, 0x28ff);
	assert_cell(&bench.pty, 12, 6, 0x2588);
	bench_order(&bench, SHOW, SCENE_HOSTILE);
	assert_string_equal(
		pty_row(&bench.pty, 0, row),
		"????????z??                                                                    ?");
	bench_stop(&bench);
}

static void only_changed_cells(void **state)
{
	Bench bench;
	(void)state;
	bench_start(&bench, (Setup){ .term = "xterm-256color" });
	bench_order(&bench, SHOW, SCENE_TEXT);
	size_t before = bench.pty.bytes;
	bench_order(&bench, SHOW, SCENE_TEXT);
	assert_int_equal(bench.pty.bytes - before, 1); /* the mark */
	before = bench.pty.bytes;
	bench_order(&bench, SHOW, SCENE_TEXT_CHANGED);
	assert_in_range(bench.pty.bytes - before, 2, 16);
	assert_cell(&bench.pty, 10, 5, 'b');
	/* Something else wrote over us: only a redraw mends it. */
	vterm_input_write(bench.pty.vt, "\033[6;1Hnoise\033[H", 14);
	bench_order(&bench, REDRAW, 0);
	bench_order(&bench, SHOW, SCENE_TEXT_CHANGED);
	assert_cell(&bench.pty, 0, 5, ' ');
	assert_cell(&bench.pty, 10, 5, 'b');
	bench_stop(&bench);
}

/* Each random scene over the one before: what libvterm shows must be the canvas, whatever
 * overlapped what. */
static void random_scenes(void **state)
{
	Bench bench;
	Canvas canvas;
	Err err;
	(void)state;
	setlocale(LC_CTYPE, "C.UTF-8");
	bench_start(&bench, (Setup){ .term = "xterm-256color" });
	assert_true(canvas_init(&canvas, WIDTH, HEIGHT, GLYPHS_BRAILLE, &err));
	for (int scene = SCENE_RANDOM; scene < SCENE_RANDOM + 400; scene++) {
		bench_order(&bench, SHOW, scene);
		draw_scene(&canvas, scene);
		for (int y = 0; y < 4; y++)
			for (int x = 0; x < 16; x++) {
				const CanvasCell *cell = &canvas.cells[y * WIDTH + x];
				if (cell->code == 0)
					continue;
				assert_cell(&bench.pty, x, y, cell->code);
				assert_look(&bench.pty, x, y, theme_look(THEME_AUTO, cell->style),
					    256);
			}
	}
	canvas_done(&canvas);
	bench_stop(&bench);
}

static void cursor(void **state)
{
	Bench bench;
	(void)state;
	bench_start(&bench, (Setup){ .term = "xterm-256color" });
	bench_order(&bench, SHOW, SCENE_CURSOR);
	assert_true(bench.pty.cursor_visible);
	assert_int_equal(bench.pty.cursor.col, 7);
	assert_int_equal(bench.pty.cursor.row, 4);
	bench_order(&bench, SHOW, SCENE_NO_CURSOR);
	assert_false(bench.pty.cursor_visible);
	bench_order(&bench, SHOW, SCENE_CURSOR);
	assert_true(bench.pty.cursor_visible);
	bench_stop(&bench);
}

static void resize(void **state)
{
	static const int sizes[][2] = { { 100, 30 }, { 1, 1 },  { 300, 100 },
					{ 80, 1 },   { 2, 50 }, { 80, 24 } };
	Bench bench;
	(void)state;
	Message message = bench_start(&bench, (Setup){ .term = "xterm-256color" });
	assert_int_equal(message.width, WIDTH); /* and not what LINES and COLUMNS say */
	assert_int_equal(message.height, HEIGHT);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		int width = sizes[i][0], height = sizes[i][1];
		bench_order(&bench, SHOW, SCENE_CORNERS);
		pty_resize(&bench.pty, width, height);
		message = bench_message(&bench);
		assert_int_equal(message.event.key, KEY_SIZE);
		assert_int_equal(message.width, width);
		assert_int_equal(message.height, height);
		bench_order(&bench, SHOW, SCENE_CORNERS);
		assert_cell(&bench.pty, width - 1, height - 1, 'D');
		assert_cell(&bench.pty, width - 1, 0, height == 1 ? 'D' : 'B');
		assert_cell(&bench.pty, 0, height - 1, width == 1 ? 'D' : 'C');
	}
	/* A size of nothing is no size: the old one stays, and the next key is the next event. */
	struct {
		int width, height;
	} none = { 0, 0 };
	pty_resize(&bench.pty, none.width, none.height);
	pty_type(&bench.pty, "x");
	message = bench_message(&bench);
	assert_int_equal(message.event.key, 'x');
	assert_int_equal(message.width, 80);
	bench_stop(&bench);
}

/* A storm of sizes is coalesced: the last event has the last size, and there are no more events
 * than changes. */
static void resize_storm(void **state)
{
	Bench bench;
	int events = 0;
	(void)state;
	bench_start(&bench, (Setup){ .term = "xterm-256color" });
	for (int i = 0; i < 1000; i++)
		pty_resize(&bench.pty, 20 + i % 100, 10 + i % 50);
	pty_resize(&bench.pty, 133, 44);
	pty_type(&bench.pty, "x");
	Message message = { .width = 0 };
	bool typed = false;
	while (!typed || message.width != 133) {
		message = bench_message(&bench);
		typed |= message.event.key == 'x';
		events++;
	}
	assert_in_range(events, 1, 1002);
	assert_int_equal(message.height, 44);
	bench_order(&bench, SHOW, SCENE_CORNERS);
	assert_cell(&bench.pty, 132, 43, 'D');
	bench_stop(&bench);
}

static void keys(void **state)
{
	static const struct {
		const char *typed;
		uint32_t key;
	} rows[] = {
		{ "q", 'q' },
		{ "\r", KEY_RETURN },
		{ "\n", KEY_RETURN },
		{ "\t", KEY_TAB_ },
		{ " ", ' ' },
		{ "\x7f", KEY_BACK },
		{ "\b", KEY_BACK },
		{ "\x03", KEY_CTRL_C },
		{ "\x0c", KEY_CTRL_L },
		{ "\x1a", KEY_CTRL_Z },
		{ "\x13", 0x13 },
		{ "\033", KEY_ESC },
		{ "\033OA", KEY_ARROW_UP },
		{ "\033OB", KEY_ARROW_DOWN },
		{ "\033OC", KEY_ARROW_RIGHT },
		{ "\033OD", KEY_ARROW_LEFT },
		{ "\033[5~", KEY_PAGE_UP },
		{ "\033[6~", KEY_PAGE_DOWN },
		{ "\033OH", KEY_TOP },
		{ "\033OF", KEY_BOTTOM },
		{ "\033OP", KEY_F1 },
		{ "\033[Z", KEY_BACKTAB },
		{ "\u00e9", 0xe9 },
		{ "\u65e5", 0x65e5 },
		{ "\U0001f40e", 0x1f40e },
		/* After what has no key comes the q only: nothing of the sequence acts as keys. */
		{ "\033[15~q", 'q' },
		{ "\033[1;2Rq", 'q' },
		{ "\033[Iq", 'q' },
		{ "\033[200~q", 'q' },
		{ "\033[99;99Rq", 'q' },
		{ "\033[2;5Rq", 'q' },
		{ "\033[?1;2cq", 'q' },
	};
	Bench bench;
	(void)state;
	bench_start(&bench, (Setup){ .term = "xterm-256color" });
	bench_order(&bench, SHOW, SCENE_TEXT);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		pty_type(&bench.pty, rows[i].typed);
		Message message = bench_message(&bench);
		if (message.event.key != rows[i].key)
			fail_msg("row %zu gives key %x, not %x", i, message.event.key, rows[i].key);
	}
	/* Esc and then keys, read at once: all of them count, in their order. */
	static const uint32_t sequence[] = { KEY_ESC, 'j',     KEY_ESC,        '[', KEY_ARROW_UP,
					     KEY_ESC, KEY_ESC, KEY_ARROW_DOWN, 'z' };
	pty_type(&bench.pty, "\033j\033[\033OA\033\033\033OBz");
	for (size_t i = 0; i < sizeof sequence / sizeof *sequence; i++)
		assert_int_equal(bench_message(&bench).event.key, sequence[i]);
	bench_stop(&bench);
}

static void mouse(void **state)
{
	static const struct {
		const char *typed;
		uint32_t key;
		int x, y;
	} rows[] = {
		{ "\033[<0;10;5M", KEY_CLICK, 9, 4 },
		{ "\033[<0;10;5m\033[<0;80;24M", KEY_CLICK, 79, 23 },
		{ "\033[<0;80;24m\033[<64;3;4M", KEY_WHEEL_UP, 2, 3 },
		{ "\033[<65;3;4M", KEY_WHEEL_DOWN, 2, 3 },
		/* The other buttons and the release mean nothing. */
		{ "\033[<2;3;4M\033[<2;3;4mq", 'q', 0, 0 },
	};
	Bench bench;
	(void)state;
	bench_start(&bench, (Setup){ .term = "xterm-256color", .options = { .mouse = true } });
	bench_order(&bench, SHOW, SCENE_TEXT);
	assert_int_equal(bench.pty.mouse, VTERM_PROP_MOUSE_CLICK);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		pty_type(&bench.pty, rows[i].typed);
		KeyEvent event = bench_message(&bench).event;
		assert_int_equal(event.key, rows[i].key);
		assert_int_equal(event.x, rows[i].x);
		assert_int_equal(event.y, rows[i].y);
	}
	bench_stop(&bench);
	bench_start(&bench, (Setup){ .term = "xterm-256color" });
	bench_order(&bench, SHOW, SCENE_TEXT);
	assert_int_equal(bench.pty.mouse, VTERM_PROP_MOUSE_NONE);
	bench_stop(&bench);
}

static void glyph_probe(void **state)
{
	static const struct {
		const char *answer;
		Glyphs glyphs;
	} rows[] = {
		{ "\033[2;9R", GLYPHS_ASCII },  { "\033[2;8R", GLYPHS_ASCII },
		{ "\033[2;13R", GLYPHS_ASCII }, { "\033[2;5R", GLYPHS_BRAILLE },
		{ "", GLYPHS_BRAILLE },
	};
	Bench bench;
	char row[1024];
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		bench_open(&bench, (Setup){ .term = "xterm-256color" }, WIDTH, HEIGHT);
		bench.pty.answers = false;
		Message message = bench_message(&bench);
		assert_int_equal(message.glyphs,
				 GLYPHS_BRAILLE); /* the first frame does not wait */
		bench_order(&bench, SHOW, SCENE_NO_CURSOR);
		for (int y = 0; y < HEIGHT; y++)
			assert_string_equal(pty_row(&bench.pty, y, row), "");
		pty_type(&bench.pty, rows[i].answer);
		pty_type(&bench.pty, "q");
		message = bench_message(&bench);
		if (rows[i].glyphs == GLYPHS_ASCII) {
			assert_int_equal(message.event.key, KEY_SIZE);
			message = bench_message(&bench);
		}
		assert_int_equal(message.event.key, 'q');
		assert_int_equal(message.glyphs, rows[i].glyphs);
		/* Only the first answer counts. */
		pty_type(&bench.pty, "\033[2;9Rr");
		while (message.event.key != 'r')
			message = bench_message(&bench);
		assert_int_equal(message.glyphs, *rows[i].answer ? rows[i].glyphs : GLYPHS_ASCII);
		bench_stop(&bench);
	}
}

static void glyphs_of_the_locale(void **state)
{
	static const struct {
		Setup setup;
		Glyphs glyphs;
	} rows[] = {
		{ { .term = "xterm-256color" }, GLYPHS_BRAILLE },
		{ { .term = "xterm-256color", .locale = "C" }, GLYPHS_ASCII },
		{ { .term = "xterm-256color", .options = { .ascii = true } }, GLYPHS_ASCII },
		{ { .term = "linux" }, GLYPHS_HALF },
		{ { .term = "linux", .locale = "C" }, GLYPHS_ASCII },
	};
	Bench bench;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(bench_start(&bench, rows[i].setup).glyphs, rows[i].glyphs);
		bench_order(&bench, SHOW, SCENE_TEXT);
		if (rows[i].glyphs != GLYPHS_ASCII)
			assert_cell(&bench.pty, 12, 6, 0x2588);
		bench_stop(&bench);
	}
}

static void refusals(void **state)
{
	static const Setup setups[] = {
		{ .term = NULL },
		{ .term = "" },
		{ .term = "dumb" },
		{ .term = "no-such-terminal" },
		{ .term = "xterm-256color", .piped = true },
	};
	(void)state;
	for (size_t i = 0; i < sizeof setups / sizeof *setups; i++) {
		Bench bench;
		bench_open(&bench, setups[i], WIDTH, HEIGHT);
		Message message = bench_message(&bench);
		assert_false(message.opened);
		assert_int_equal(message.err.code, ERR_NEED);
		assert_non_null(strstr(message.err.text, "--linear"));
		bench_stop(&bench);
		assert_int_equal(bench.pty.bytes, 0);
	}
}

/* The terminal goes away: one event, and then poll is quiet instead of returning at once for
 * ever. */
static void hang_up(void **state)
{
	Bench bench;
	Message message;
	(void)state;
	bench_start(&bench, (Setup){ .term = "xterm-256color" });
	bench_order(&bench, SHOW, SCENE_TEXT);
	close(bench.pty.master);
	do
		assert_int_equal(read(bench.setup.messages[0], &message, sizeof message),
				 sizeof message);
	while (message.event.key != KEY_GONE);
	Command command = { .op = QUIT };
	assert_int_equal(write(bench.setup.commands[1], &command, sizeof command), sizeof command);
	while (read(bench.setup.messages[0], &message, sizeof message) > 0)
		fail_msg("key %x after the end", message.event.key);
	bench.pty.master = open("/dev/null", O_RDONLY);
	pty_close(&bench.pty);
	close(bench.setup.commands[1]);
	close(bench.setup.messages[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(styles_and_themes),
		cmocka_unit_test(text_and_wide_characters),
		cmocka_unit_test(only_changed_cells),
		cmocka_unit_test(random_scenes),
		cmocka_unit_test(cursor),
		cmocka_unit_test(resize),
		cmocka_unit_test(resize_storm),
		cmocka_unit_test(keys),
		cmocka_unit_test(mouse),
		cmocka_unit_test(glyph_probe),
		cmocka_unit_test(glyphs_of_the_locale),
		cmocka_unit_test(refusals),
		cmocka_unit_test(hang_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
