/* The terminal after every death of the UI process: modes, alternate screen, cursor, mouse and
 * colours as they were.
 *
 * A small shell with job control owns the terminal and starts the supervisor as its foreground job;
 * libvterm shows what people would see.
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "app/screen/supervisor.h"
#include "fake_terminal.h"
#include "ui/term.h"
#include "unit.h"

#define UI_STATUS 7
#define UI_TEXT "the race"

/* A sanitizer's handlers would turn the signals into an exit; a killed child has no time to
 * free. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0:handle_segv=0:handle_abort=0";
}

/* What UI and shell tell the test. */
typedef struct Message {
	enum { UI_STARTED, JOB_CHANGED } what;
	pid_t ui, job;
	int status;
	int in_flags;
	struct termios before, now;
} Message;

typedef struct Case {
	const char *term;
	bool orphaned; /* no shell: the supervisor leads the session */
	int messages[2], orders[2];
	Pty pty;
} Case;

static void send_message(const Case *test, const Message *message)
{
	if (write(test->messages[1], message, sizeof *message) != (ssize_t)sizeof *message)
		_exit(99);
}

/* --- the UI process --------------------------------------------------------------------------- */

static void show(Term *term)
{
	Canvas canvas;
	Err err;
	int width, height;
	term_size(term, &width, &height);
	if (!canvas_init(&canvas, width, height, term_glyphs(term), &err))
		_exit(98);
	canvas_text(&canvas, 0, 1, 40, STYLE_MORE, UI_TEXT);
	canvas_printf(&canvas, 0, 2, 40, STYLE_FOCUS, "%d x %d", width, height);
	canvas.cursor_x = -1;
	term_show(term, &canvas);
	canvas_done(&canvas);
}

static int finish(Term *term)
{
	term_close(term);
	printf("results kept\n");
	return UI_STATUS;
}

static int ui(void *user)
{
	const TermOptions options = { .mouse = true };
	const struct rlimit none = { 0, 0 };
	static const int caught[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL,
				      SIGSYS }; /* by cmocka, and inherited */
	Message started = { .what = UI_STARTED, .ui = getpid(), .job = getppid() };
	Err err;
	for (size_t i = 0; i < sizeof caught / sizeof *caught; i++)
		signal(caught[i], SIG_DFL);
	setrlimit(RLIMIT_CORE, &none);
	setlocale(LC_CTYPE, "C.UTF-8");
	Term *term = term_open(&options, &err);
	if (!term)
		return 97;
	fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
	show(term);
	send_message(user, &started);
	for (;;) {
		struct pollfd in = { .fd = term_fd(term), .events = POLLIN };
		KeyEvent event;
		poll(&in, 1, -1);
		while ((event = term_key(term)).key != KEY_NONE) {
			if (event.key == 'q')
				return finish(term);
			if (event.key == 'x')
				exit(UI_STATUS);
			if (event.key == 'b' && tcsetpgrp(STDIN_FILENO, getpgid(getppid())) == 0 &&
			    write(STDOUT_FILENO, PTY_MARK, 1) != 1)
				return 93;
			if (event.key == KEY_CTRL_Z)
				term_suspend(term);
		}
		show(term);
	}
}

/* --- the shell -------------------------------------------------------------------------------- */

static int run_job(Case *test)
{
	signal(SIGTTOU, SIG_DFL);
	return supervise(ui, test);
}

/* Has the terminal back: tells how the job and the terminal are, and that nothing more will be
 * written. */
static void report(const Case *test, pid_t job, int status, const struct termios *before)
{
	Message message = { .what = JOB_CHANGED, .job = job, .status = status, .before = *before };
	tcsetpgrp(STDIN_FILENO, getpgrp());
	tcgetattr(STDIN_FILENO, &message.now);
	message.in_flags = fcntl(STDIN_FILENO, F_GETFL);
	send_message(test, &message);
	if (write(STDOUT_FILENO, "$" PTY_MARK, 2) != 2)
		_exit(96);
}

static int shell(void *user)
{
	Case *test = user;
	struct termios before;
	int status = 0;
	char order = 0;
	setenv("TERM", test->term, 1);
	if (test->orphaned)
		return supervise(ui, test);
	signal(SIGTTOU, SIG_IGN);
	tcgetattr(STDIN_FILENO, &before);
	printf("$ wattle\n");
	fflush(stdout);
	pid_t job = fork();
	if (job == 0) {
		setpgid(0, 0);
		tcsetpgrp(STDIN_FILENO, getpid());
		_exit(run_job(test));
	}
	setpgid(job, job);
	tcsetpgrp(STDIN_FILENO, job);
	while (waitpid(job, &status, WUNTRACED) == job) {
		report(test, job, status, &before);
		if (!WIFSTOPPED(status))
			return read(test->orders[0], &order, 1) == 1 ? 0 : 95;
		if (read(test->orders[0], &order, 1) != 1)
			return 95;
		if (order == 'f')
			tcsetpgrp(STDIN_FILENO, job);
		kill(-job, SIGCONT);
	}
	return 94;
}

/* --- the test's side -------------------------------------------------------------------------- */

static Message take_message(Case *test, int what)
{
	Message message;
	struct pollfd in = { .fd = test->messages[0], .events = POLLIN };
	while (poll(&in, 1, 0) == 0)
		if (!pty_pump(&test->pty, in.fd))
			fail_msg("the shell ended; it said last: %.*s", (int)test->pty.said_bytes,
				 test->pty.said);
	assert_int_equal(read(in.fd, &message, sizeof message), sizeof message);
	assert_int_equal(message.what, what);
	return message;
}

static void give_order(Case *test, char what)
{
	assert_int_equal(write(test->orders[1], &what, 1), 1);
}

/* Waits until the UI has the terminal and shows its text. */
static void wait_for_ui(Case *test, const char *size)
{
	char row[1024], second[1024];
	while (!test->pty.alternate || test->pty.cursor_visible ||
	       test->pty.mouse != VTERM_PROP_MOUSE_CLICK ||
	       strcmp(pty_row(&test->pty, 1, row), UI_TEXT) != 0 ||
	       strcmp(pty_row(&test->pty, 2, second), size) != 0)
		if (!pty_pump(&test->pty, -1))
			fail_msg("the shell ended; it said last: %.*s", (int)test->pty.said_bytes,
				 test->pty.said);
}

static Message start(Case *test, const char *term)
{
	test->term = term;
	assert_int_equal(pipe2(test->messages, O_CLOEXEC), 0);
	assert_int_equal(pipe2(test->orders, O_CLOEXEC), 0);
	pty_open(&test->pty, 80, 24, shell, test);
	/* An answer that crosses the death on its way would be echoed to the shell. */
	test->pty.answers = false;
	Message started = take_message(test, UI_STARTED);
	wait_for_ui(test, "80 x 24");
	return started;
}

static void stop(Case *test)
{
	pty_close(&test->pty);
	for (int i = 0; i < 2; i++) {
		close(test->messages[i]);
		close(test->orders[i]);
	}
}

static bool same_modes(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag &&
	       a->c_lflag == b->c_lflag && memcmp(a->c_cc, b->c_cc, sizeof a->c_cc) == 0;
}

static void assert_restored(Case *test, const Message *message, int marks)
{
	VTermState *state = vterm_obtain_state(test->pty.vt);
	char row[1024];
	pty_marks(&test->pty, marks);
	assert_true(same_modes(&message->before, &message->now));
	assert_false(message->in_flags & O_NONBLOCK);
	assert_false(test->pty.alternate);
	assert_true(test->pty.cursor_visible);
	assert_int_equal(test->pty.mouse, VTERM_PROP_MOUSE_NONE);
	assert_string_equal(pty_row(&test->pty, 0, row), "$ wattle");
	for (VTermAttr attribute = VTERM_ATTR_BOLD; attribute <= VTERM_ATTR_REVERSE; attribute++) {
		VTermValue value;
		assert_true(vterm_state_get_penattr(state, attribute, &value));
		assert_false(value.boolean);
	}
	VTermScreenCell prompt =
		pty_cell(&test->pty, test->pty.cursor.col - 1, test->pty.cursor.row);
	assert_int_equal(prompt.chars[0], '$');
	assert_true(VTERM_COLOR_IS_DEFAULT_FG(&prompt.fg));
	assert_true(VTERM_COLOR_IS_DEFAULT_BG(&prompt.bg));
}

/* --- tests ------------------------------------------------------------------------------------ */

static const char *const terms[] = { "xterm-256color", "xterm", "tmux-256color", "screen" };

static void exits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof terms / sizeof *terms; i++)
		for (int in_order = 0; in_order < 2; in_order++) {
			Case test = { .orphaned = false };
			char row[1024];
			start(&test, terms[i]);
			pty_type(&test.pty, in_order ? "q" : "x");
			Message end = take_message(&test, JOB_CHANGED);
			assert_true(WIFEXITED(end.status));
			assert_int_equal(WEXITSTATUS(end.status), UI_STATUS);
			assert_restored(&test, &end, 1);
			/* What was printed after the screen was left stays, and the prompt
			 * follows it. */
			if (in_order) {
				assert_string_equal(pty_row(&test.pty, test.pty.cursor.row - 1,
							    row),
						    "results kept");
				assert_int_equal(test.pty.cursor.col, 1);
			}
			stop(&test);
		}
}

static void dies_of(const char *term, int signal_number, bool through_supervisor)
{
	Case test = { .orphaned = false };
	Message started = start(&test, term);
	assert_int_equal(kill(through_supervisor ? started.job : started.ui, signal_number), 0);
	Message end = take_message(&test, JOB_CHANGED);
	assert_true(WIFSIGNALED(end.status));
	assert_int_equal(WTERMSIG(end.status), signal_number);
	assert_restored(&test, &end, 1);
	stop(&test);
}

static void signals(void **state)
{
	static const int deaths[] = { SIGINT,  SIGTERM, SIGHUP,  SIGSEGV,
				      SIGABRT, SIGKILL, SIGQUIT, SIGBUS };
	(void)state;
	for (size_t t = 0; t < sizeof terms / sizeof *terms; t++)
		for (size_t i = 0; i < sizeof deaths / sizeof *deaths; i++)
			dies_of(terms[t], deaths[i], false);
}

static void signals_to_the_supervisor(void **state)
{
	static const int deaths[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	(void)state;
	for (size_t i = 0; i < sizeof deaths / sizeof *deaths; i++)
		dies_of("xterm-256color", deaths[i], true);
}

/* Stops in every way in which one can, comes back twice, and then ends. */
static void stops(void **state)
{
	enum { KEY, UI_TSTP, UI_STOP, SUPERVISOR_TSTP, GROUP_TSTP, WAYS };
	(void)state;
	for (int way = 0; way < WAYS; way++) {
		Case test = { .orphaned = false };
		Message started = start(&test, "xterm-256color");
		for (int round = 1; round <= 2; round++) {
			if (way == KEY)
				pty_type(&test.pty, "\x1a");
			else if (way == UI_TSTP || way == UI_STOP)
				kill(started.ui, way == UI_TSTP ? SIGTSTP : SIGSTOP);
			else
				kill(way == GROUP_TSTP ? -started.job : started.job, SIGTSTP);
			Message stopped = take_message(&test, JOB_CHANGED);
			assert_true(WIFSTOPPED(stopped.status));
			assert_restored(&test, &stopped, round);
			pty_resize(&test.pty, 80 + round, 24);
			give_order(&test, 'f');
			wait_for_ui(&test, round == 1 ? "81 x 24" : "82 x 24");
		}
		pty_type(&test.pty, "x");
		Message end = take_message(&test, JOB_CHANGED);
		assert_true(WIFEXITED(end.status));
		assert_restored(&test, &end, 3);
		stop(&test);
	}
}

/* The UI dies while the job is stopped: the terminal is the shell's by then and is not touched. */
static void dies_in_the_background(void **state)
{
	Case test = { .orphaned = false };
	struct termios own;
	(void)state;
	Message started = start(&test, "xterm-256color");
	pty_type(&test.pty, "\x1a");
	Message stopped = take_message(&test, JOB_CHANGED);
	assert_restored(&test, &stopped, 1);
	assert_int_equal(tcgetattr(test.pty.master, &own), 0);
	own.c_lflag &= ~(tcflag_t)(ECHO | ICANON); /* as a line editor has it */
	assert_int_equal(tcsetattr(test.pty.master, TCSANOW, &own), 0);
	size_t bytes = test.pty.bytes;
	kill(started.ui, SIGKILL);
	give_order(&test, 'b');
	Message end = take_message(&test, JOB_CHANGED);
	pty_marks(&test.pty, 2);
	assert_true(WIFSIGNALED(end.status));
	assert_int_equal(WTERMSIG(end.status), SIGKILL);
	assert_true(same_modes(&own, &end.now));
	assert_int_equal(test.pty.bytes - bytes, 2); /* the prompt and its mark */
	stop(&test);
}

/* A shell may give the terminal to its job when the UI has it already: the UI, stopped for want of
 * it, gets it back, and the shell sees no stop. */
static void handed_over_late(void **state)
{
	Case test = { .orphaned = false };
	(void)state;
	start(&test, "xterm-256color");
	pty_type(&test.pty, "b");
	while (test.pty.marks == 0) /* the UI's: it is in the background now */
		assert_true(pty_pump(&test.pty, -1));
	pty_resize(&test.pty, 81, 24);
	pty_type(&test.pty, "x");
	Message end = take_message(&test, JOB_CHANGED);
	assert_true(WIFEXITED(end.status));
	assert_int_equal(WEXITSTATUS(end.status), UI_STATUS);
	assert_restored(&test, &end, 2);
	stop(&test);
}

/* No shell to continue us: a stop must not freeze the terminal for ever. */
static void stops_without_a_shell(void **state)
{
	(void)state;
	for (int way = 0; way < 3; way++) {
		Case test = { .orphaned = true };
		Message started = start(&test, "xterm-256color");
		if (way == 0)
			pty_type(&test.pty, "\x1a");
		else
			kill(started.ui, way == 1 ? SIGSTOP : SIGTSTP);
		while (test.pty.times_left == 0)
			assert_true(pty_pump(&test.pty, -1));
		pty_resize(&test.pty, 90, 24);
		wait_for_ui(&test, "90 x 24");
		pty_type(&test.pty, "x");
		assert_int_equal(WEXITSTATUS(pty_wait(&test.pty)), UI_STATUS);
		assert_false(test.pty.alternate);
		assert_true(test.pty.cursor_visible);
		stop(&test);
	}
}

/* Nobody is left to restore the terminal, but nothing goes on running on it either. */
static void supervisor_killed(void **state)
{
	Case test = { .orphaned = false };
	char byte;
	(void)state;
	Message started = start(&test, "xterm-256color");
	kill(started.job, SIGKILL);
	Message end = take_message(&test, JOB_CHANGED);
	assert_int_equal(WTERMSIG(end.status), SIGKILL);
	give_order(&test, 'q');
	assert_int_equal(pty_wait(&test.pty), 0);
	close(test.messages[1]);
	test.messages[1] = -1;
	assert_int_equal(read(test.messages[0], &byte, 1),
			 0); /* its last writer, the UI, is gone */
	stop(&test);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exits),
		cmocka_unit_test(signals),
		cmocka_unit_test(signals_to_the_supervisor),
		cmocka_unit_test(stops),
		cmocka_unit_test(dies_in_the_background),
		cmocka_unit_test(handed_over_late),
		cmocka_unit_test(stops_without_a_shell),
		cmocka_unit_test(supervisor_killed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
