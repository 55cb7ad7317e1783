/* The terminal back end on a pty: what libvterm shows of a canvas, and which events come of what is
 * typed.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"
#include "fake_terminal.h"
#include "ui/term.h"
#include "unit.h"

#define WIDTH 80
#define HEIGHT 24

/* Leaks of curses' own are none of ours, and a child that a test kills has no time to free. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

/* --- the child: shows scenes on command, tells its events ------------------------------------- */

typedef struct Setup {
	const char *term, *locale;
	TermOptions options;
	bool piped; /* stdout is a pipe */
	int commands[2], messages[2];
} Setup;

typedef struct Command {
	enum { SHOW, SET_THEME, REDRAW, QUIT } op;
	int value;
} Command;

typedef struct Message {
	KeyEvent event;
	int width, height;
	Glyphs glyphs;
	Err err; /* of term_open */
	bool opened;
} Message;

enum {
	SCENE_STYLES,
	SCENE_TEXT,
	SCENE_TEXT_CHANGED,
	SCENE_CURSOR,
	SCENE_NO_CURSOR,
	SCENE_CORNERS,
	SCENE_HOSTILE,
	SCENE_RANDOM = 1000
};

static const uint32_t random_codes[] = { ' ',    ' ',    'a',    'b',    0x2500,
					 0x28ff, 0x65e5, 0x672c, 0xff21, 0xe9 };

static void draw_random(Canvas *canvas, uint64_t seed)
{
	Random random;
	random_init(&random, seed, 0);
	for (int i = 0; i < 60; i++) {
		uint32_t code = random_codes[random_below(&random, sizeof random_codes /
									   sizeof *random_codes)];
		int x = (int)random_below(&random, 12), y = (int)random_below(&random, 3);
		canvas_put(canvas, x, y, code, (Style)random_below(&random, STYLE_COUNT));
	}
}

static void draw_scene(Canvas *canvas, int scene)
{
	canvas_clear(canvas);
	canvas->cursor_x = canvas->cursor_y = -1;
	if (scene >= SCENE_RANDOM)
		draw_random(canvas, (uint64_t)scene);
	for (int style = 0; scene == SCENE_STYLES && style < STYLE_COUNT; style++)
		canvas_put(canvas, style, style, 'x', (Style)style);
	if (scene == SCENE_TEXT || scene == SCENE_TEXT_CHANGED) {
		canvas_text(canvas, 3, 0, 60, STYLE_TEXT, "caf\u00e9 \u65e5\u672c |");
		canvas_put(canvas, 10, 5, scene == SCENE_TEXT ? 'a' : 'b', STYLE_TEXT);
		canvas_put(canvas, 11, 6, 0x28ff, STYLE_TEXT);
		canvas_put(canvas, 12, 6, 0x2588, STYLE_TEXT);
	}
	if (scene == SCENE_CURSOR) {
		canvas->cursor_x = 7;
		canvas->cursor_y = 4;
	}
	if (scene == SCENE_CORNERS) {
		canvas_put(canvas, 0, 0, 'A', STYLE_TEXT);
		canvas_put(canvas, canvas->width - 1, 0, 'B', STYLE_TEXT);
		canvas_put(canvas, 0, canvas->height - 1, 'C', STYLE_TEXT);
		canvas_put(canvas, canvas->width - 1, canvas->height - 1, 'D', STYLE_TEXT);
	}
	if (scene == SCENE_HOSTILE) {
		/* Past canvas_put: no view can do this, yet nothing of it may reach the
		 * terminal. */
		static const uint32_t codes[] = { 27,    '\n',   7,   0x7f,     0x9b,   0x200b,
						  0x301, 0x65e5, 'z', 0x110000, 0xd800, 0 };
		for (int i = 0; i < 12; i++)
			canvas->cells[i] = (CanvasCell){ codes[i], i == 8 ? 255 : STYLE_TEXT };
		canvas->cells[canvas->width - 1] = (CanvasCell){ 0x65e5, STYLE_TEXT };
	}
}

static void tell(const Setup *setup, const Term *term, KeyEvent event)
{
	Message message = { .event = event, .opened = true, .glyphs = term_glyphs(term) };
	term_size(term, &message.width, &message.height);
	if (write(setup->messages[1], &message, sizeof message) != (ssize_t)sizeof message)
		_exit(1);
}

static void show(Term *term, int scene)
{
	Canvas canvas;
	Err err;
	int width, height;
	term_size(term, &width, &height);
	if (!canvas_init(&canvas, width, height, term_glyphs(term), &err))
		_exit(1);
	draw_scene(&canvas, scene);
	term_show(term, &canvas);
	canvas_done(&canvas);
}

static bool obey(Term *term, const Command *command)
{
	if (command->op == SHOW)
		show(term, command->value);
	if (command->op == SET_THEME)
		term_set_theme(term, (Theme)command->value);
	if (command->op == REDRAW)
		term_redraw(term);
	return command->op != QUIT && write(STDOUT_FILENO, PTY_MARK, 1) == 1;
}

static void serve(const Setup *setup, Term *term)
{
	for (;;) {
		struct pollfd in[2] = { { .fd = term_fd(term), .events = POLLIN },
					{ .fd = setup->commands[0], .events = POLLIN } };
		Command command;
		KeyEvent event;
		if (poll(in, 2, -1) < 0 && errno != EINTR)
			_exit(1);
		while (in[0].revents && (event = term_key(term)).key != KEY_NONE)
			tell(setup, term, event);
		if (in[1].revents && (read(setup->commands[0], &command, sizeof command) !=
					      (ssize_t)sizeof command ||
				      !obey(term, &command)))
			return;
	}
}

static int child(void *user)
{
	Setup *setup = user;
	Message message = { .opened = true };
	Command command;
	int pipe_ends[2];
	close(setup->commands[1]);
	close(setup->messages[0]);
	signal(SIGHUP, SIG_IGN);
	setlocale(LC_CTYPE, setup->locale);
	setenv("LINES", "10", 1);
	setenv("COLUMNS", "50", 1);
	if (setup->term)
		setenv("TERM", setup->term, 1);
	else
		unsetenv("TERM");
	if (setup->piped && (pipe(pipe_ends) != 0 || dup2(pipe_ends[1], STDOUT_FILENO) < 0))
		return 1;
	Term *term = term_open(&setup->options, &message.err);
	if (!term) {
		message.opened = false;
		/* Not before the parent is past forkpty: a terminal that both leave at once may
		 * never tell its hang-up. */
		return write(setup->messages[1], &message, sizeof message) !=
			       (ssize_t)sizeof message ||
		       read(setup->commands[0], &command, sizeof command) !=
			       (ssize_t)sizeof command;
	}
	tell(setup, term, (KeyEvent){ .key = KEY_NONE });
	serve(setup, term);
	term_close(term);
	return 0;
}

/* --- the test's side -------------------------------------------------------------------------- */

typedef struct Bench {
	Pty pty;
	Setup setup;
	int marks;
} Bench;

static Message take_message(Bench *bench)
{
	Message message;
	struct pollfd in = { .fd = bench->setup.messages[0], .events = POLLIN };
	while (poll(&in, 1, 0) == 0)
		if (!pty_pump(&bench->pty, in.fd))
			fail_msg("the child ended; it said last: %.*s", (int)bench->pty.said_bytes,
				 bench->pty.said);
	assert_int_equal(read(in.fd, &message, sizeof message), sizeof message);
	return message;
}

static void start_child(Bench *bench, Setup setup, int width, int height)
{
	memset(bench, 0, sizeof *bench);
	bench->setup = setup;
	if (!bench->setup.locale)
		bench->setup.locale = "C.UTF-8";
	assert_int_equal(pipe2(bench->setup.commands, O_CLOEXEC), 0);
	assert_int_equal(pipe2(bench->setup.messages, O_CLOEXEC), 0);
	pty_open(&bench->pty, width, height, child, &bench->setup);
	close(bench->setup.commands[0]);
	close(bench->setup.messages[1]);
}

static Message start(Bench *bench, Setup setup)
{
	start_child(bench, setup, WIDTH, HEIGHT);
	Message message = take_message(bench);
	if (!message.opened)
		fail_msg("%s", message.err.text);
	return message;
}

static void order(Bench *bench, int op, int value)
{
	Command command = { .op = op, .value = value };
	assert_int_equal(write(bench->setup.commands[1], &command, sizeof command), sizeof command);
	if (op != QUIT)
		pty_marks(&bench->pty, ++bench->marks);
}

static void stop(Bench *bench)
{
	if (bench->pty.pid > 0) {
		order(bench, QUIT, 0);
		assert_int_equal(pty_wait(&bench->pty), 0);
		assert_false(bench->pty.alternate);
		assert_true(bench->pty.cursor_visible);
		assert_int_equal(bench->pty.mouse, VTERM_PROP_MOUSE_NONE);
	}
	pty_close(&bench->pty);
	close(bench->setup.commands[1]);
	close(bench->setup.messages[0]);
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
		start(&bench, (Setup){ .term = terms[i].term });
		order(&bench, SHOW, SCENE_STYLES);
		assert_int_equal(bench.pty.alternate, terms[i].colours > 0);
		assert_styles(&bench.pty, terms[i].colours ? THEME_AUTO : THEME_MONO,
			      terms[i].colours);
		for (Theme theme = 0; theme < THEME_COUNT; theme++) {
			order(&bench, SET_THEME, (int)theme);
			order(&bench, SHOW, SCENE_STYLES);
			assert_styles(&bench.pty, terms[i].colours ? theme : THEME_MONO,
				      terms[i].colours);
		}
		stop(&bench);
	}
}

static void text_and_wide_characters(void **state)
{
	Bench bench;
	char row[1024];
	(void)state;
	start(&bench, (Setup){ .term = "xterm-256color" });
	order(&bench, SHOW, SCENE_TEXT);
	assert_string_equal(pty_row(&bench.pty, 0, row), "   caf\u00e9 \u65e5\u672c |");
	assert_cell(&bench.pty, 8, 0, 0x65e5);
	assert_cell(&bench.pty, 13, 0, '|');
	assert_cell(&bench.pty, 11, 6, 0x28ff);
	assert_cell(&bench.pty, 12, 6, 0x2588);
	order(&bench, SHOW, SCENE_HOSTILE);
	assert_string_equal(
		pty_row(&bench.pty, 0, row),
		"????????z??                                                                    ?");
	stop(&bench);
}

static void only_changed_cells(void **state)
{
	Bench bench;
	(void)state;
	start(&bench, (Setup){ .term = "xterm-256color" });
	order(&bench, SHOW, SCENE_TEXT);
	size_t before = bench.pty.bytes;
	order(&bench, SHOW, SCENE_TEXT);
	assert_int_equal(bench.pty.bytes - before, 1); /* the mark */
	before = bench.pty.bytes;
	order(&bench, SHOW, SCENE_TEXT_CHANGED);
	assert_in_range(bench.pty.bytes - before, 2, 16);
	assert_cell(&bench.pty, 10, 5, 'b');
	/* Something else wrote over us: only a redraw mends it. */
	vterm_input_write(bench.pty.vt, "\033[6;1Hnoise\033[H", 14);
	order(&bench, REDRAW, 0);
	order(&bench, SHOW, SCENE_TEXT_CHANGED);
	assert_cell(&bench.pty, 0, 5, ' ');
	assert_cell(&bench.pty, 10, 5, 'b');
	stop(&bench);
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
	start(&bench, (Setup){ .term = "xterm-256color" });
	assert_true(canvas_init(&canvas, WIDTH, HEIGHT, GLYPHS_BRAILLE, &err));
	for (int scene = SCENE_RANDOM; scene < SCENE_RANDOM + 400; scene++) {
		order(&bench, SHOW, scene);
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
	stop(&bench);
}

static void cursor(void **state)
{
	Bench bench;
	(void)state;
	start(&bench, (Setup){ .term = "xterm-256color" });
	order(&bench, SHOW, SCENE_CURSOR);
	assert_true(bench.pty.cursor_visible);
	assert_int_equal(bench.pty.cursor.col, 7);
	assert_int_equal(bench.pty.cursor.row, 4);
	order(&bench, SHOW, SCENE_NO_CURSOR);
	assert_false(bench.pty.cursor_visible);
	order(&bench, SHOW, SCENE_CURSOR);
	assert_true(bench.pty.cursor_visible);
	stop(&bench);
}

static void resize(void **state)
{
	static const int sizes[][2] = { { 100, 30 }, { 1, 1 },  { 300, 100 },
					{ 80, 1 },   { 2, 50 }, { 80, 24 } };
	Bench bench;
	(void)state;
	Message message = start(&bench, (Setup){ .term = "xterm-256color" });
	assert_int_equal(message.width, WIDTH); /* and not what LINES and COLUMNS say */
	assert_int_equal(message.height, HEIGHT);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		int width = sizes[i][0], height = sizes[i][1];
		order(&bench, SHOW, SCENE_CORNERS);
		pty_resize(&bench.pty, width, height);
		message = take_message(&bench);
		assert_int_equal(message.event.key, KEY_SIZE);
		assert_int_equal(message.width, width);
		assert_int_equal(message.height, height);
		order(&bench, SHOW, SCENE_CORNERS);
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
	message = take_message(&bench);
	assert_int_equal(message.event.key, 'x');
	assert_int_equal(message.width, 80);
	stop(&bench);
}

/* A storm of sizes is coalesced: the last event has the last size, and there are no more events
 * than changes. */
static void resize_storm(void **state)
{
	Bench bench;
	int events = 0;
	(void)state;
	start(&bench, (Setup){ .term = "xterm-256color" });
	for (int i = 0; i < 1000; i++)
		pty_resize(&bench.pty, 20 + i % 100, 10 + i % 50);
	pty_resize(&bench.pty, 133, 44);
	pty_type(&bench.pty, "x");
	Message message = { .width = 0 };
	bool typed = false;
	while (!typed || message.width != 133) {
		message = take_message(&bench);
		typed |= message.event.key == 'x';
		events++;
	}
	assert_in_range(events, 1, 1002);
	assert_int_equal(message.height, 44);
	order(&bench, SHOW, SCENE_CORNERS);
	assert_cell(&bench.pty, 132, 43, 'D');
	stop(&bench);
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
	start(&bench, (Setup){ .term = "xterm-256color" });
	order(&bench, SHOW, SCENE_TEXT);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		pty_type(&bench.pty, rows[i].typed);
		Message message = take_message(&bench);
		if (message.event.key != rows[i].key)
			fail_msg("row %zu gives key %x, not %x", i, message.event.key, rows[i].key);
	}
	/* Esc and then keys, read at once: all of them count, in their order. */
	static const uint32_t sequence[] = { KEY_ESC, 'j',     KEY_ESC,        '[', KEY_ARROW_UP,
					     KEY_ESC, KEY_ESC, KEY_ARROW_DOWN, 'z' };
	pty_type(&bench.pty, "\033j\033[\033OA\033\033\033OBz");
	for (size_t i = 0; i < sizeof sequence / sizeof *sequence; i++)
		assert_int_equal(take_message(&bench).event.key, sequence[i]);
	stop(&bench);
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
	start(&bench, (Setup){ .term = "xterm-256color", .options = { .mouse = true } });
	order(&bench, SHOW, SCENE_TEXT);
	assert_int_equal(bench.pty.mouse, VTERM_PROP_MOUSE_CLICK);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		pty_type(&bench.pty, rows[i].typed);
		KeyEvent event = take_message(&bench).event;
		assert_int_equal(event.key, rows[i].key);
		assert_int_equal(event.x, rows[i].x);
		assert_int_equal(event.y, rows[i].y);
	}
	stop(&bench);
	start(&bench, (Setup){ .term = "xterm-256color" });
	order(&bench, SHOW, SCENE_TEXT);
	assert_int_equal(bench.pty.mouse, VTERM_PROP_MOUSE_NONE);
	stop(&bench);
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
		start_child(&bench, (Setup){ .term = "xterm-256color" }, WIDTH, HEIGHT);
		bench.pty.answers = false;
		Message message = take_message(&bench);
		assert_int_equal(message.glyphs,
				 GLYPHS_BRAILLE); /* the first frame does not wait */
		order(&bench, SHOW, SCENE_NO_CURSOR);
		for (int y = 0; y < HEIGHT; y++)
			assert_string_equal(pty_row(&bench.pty, y, row), "");
		pty_type(&bench.pty, rows[i].answer);
		pty_type(&bench.pty, "q");
		message = take_message(&bench);
		if (rows[i].glyphs == GLYPHS_ASCII) {
			assert_int_equal(message.event.key, KEY_SIZE);
			message = take_message(&bench);
		}
		assert_int_equal(message.event.key, 'q');
		assert_int_equal(message.glyphs, rows[i].glyphs);
		/* Only the first answer counts. */
		pty_type(&bench.pty, "\033[2;9Rr");
		while (message.event.key != 'r')
			message = take_message(&bench);
		assert_int_equal(message.glyphs, *rows[i].answer ? rows[i].glyphs : GLYPHS_ASCII);
		stop(&bench);
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
		assert_int_equal(start(&bench, rows[i].setup).glyphs, rows[i].glyphs);
		order(&bench, SHOW, SCENE_TEXT);
		if (rows[i].glyphs != GLYPHS_ASCII)
			assert_cell(&bench.pty, 12, 6, 0x2588);
		stop(&bench);
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
		start_child(&bench, setups[i], WIDTH, HEIGHT);
		Message message = take_message(&bench);
		assert_false(message.opened);
		assert_int_equal(message.err.code, ERR_NEED);
		assert_non_null(strstr(message.err.text, "--linear"));
		stop(&bench);
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
	start(&bench, (Setup){ .term = "xterm-256color" });
	order(&bench, SHOW, SCENE_TEXT);
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
