/* Shows scenes on command, tells its events; the test's side of that.
 * SPDX-License-Identifier: MIT */
#include "term_child.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"
#include "unit.h"

/* --- the child: shows scenes on command, tells its events ------------------------------------- */

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

void draw_scene(Canvas *canvas, int scene)
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

Message bench_message(Bench *bench)
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

void bench_open(Bench *bench, Setup setup, int width, int height)
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

Message bench_start(Bench *bench, Setup setup)
{
	bench_open(bench, setup, WIDTH, HEIGHT);
	Message message = bench_message(bench);
	if (!message.opened)
		fail_msg("%s", message.err.text);
	return message;
}

void bench_order(Bench *bench, int op, int value)
{
	Command command = { .op = op, .value = value };
	assert_int_equal(write(bench->setup.commands[1], &command, sizeof command), sizeof command);
	if (op != QUIT)
		pty_marks(&bench->pty, ++bench->marks);
}

void bench_stop(Bench *bench)
{
	if (bench->pty.pid > 0) {
		bench_order(bench, QUIT, 0);
		assert_int_equal(pty_wait(&bench->pty), 0);
		assert_false(bench->pty.alternate);
		assert_true(bench->pty.cursor_visible);
		assert_int_equal(bench->pty.mouse, VTERM_PROP_MOUSE_NONE);
	}
	pty_close(&bench->pty);
	close(bench->setup.commands[1]);
	close(bench->setup.messages[0]);
}
