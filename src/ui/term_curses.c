/* The terminal through ncurses: opening and closing, sizes, and changed cells out.
 *
 * ncurses keeps one terminal in globals of its own; everything of ours is in Term. Its signal
 * handlers are put back at once: they would end the process by exit, and run malloc inside a
 * handler. SIGWINCH and SIGCONT come through a signalfd instead, so that one descriptor reports
 * keys, sizes and a continue without a race.
 * SPDX-License-Identifier: MIT */
#include "ui/term_curses.h"

#include <fcntl.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <term.h>
#include <unistd.h>
#include <wchar.h>

#define ESCAPE_MS 25
#define PROBE_WIDTH 4
#define PROBE_WIDTH_MAX 16
#define STALE UINT32_MAX /* a code point that no cell has */

/* --- what the terminal can do ----------------------------------------------------------------- */

static const char *capability(const char *name)
{
	const char *value = tigetstr(name);
	return value == (char *)-1 ? NULL : value;
}

/* ECMA-48, so that sequences which terminfo does not list are at worst ignored. */
static bool speaks_ansi(void)
{
	const char *report = capability("u7");
	return report && strcmp(report, "\033[6n") == 0;
}

/* Loads the description of $TERM; del_curterm(cur_term) gives it back. */
static bool load_description(Err *err)
{
	const char *name = getenv("TERM");
	int found = 0;
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return err_set(err, ERR_NEED,
			       "the screen needs a terminal, and %s is none; use --linear",
			       isatty(STDIN_FILENO) ? "stdout" : "stdin");
	if (!name || !*name)
		return err_set(err, ERR_NEED,
			       "TERM is not set, so the kind of terminal is unknown; set it or use "
			       "--linear");
	if (setupterm(NULL, STDOUT_FILENO, &found) == ERR)
		return err_set(err, ERR_NEED,
			       "the terminal type '%s' is unknown here; set TERM or use --linear",
			       name);
	if (capability("cup") && capability("clear"))
		return true;
	del_curterm(cur_term);
	return err_set(err, ERR_NEED,
		       "the terminal type '%s' cannot place the cursor; use --linear", name);
}

/* Appends text without the padding that terminfo writes as $<5>. */
static size_t append(char *out, size_t used, size_t cap, const char *text)
{
	for (; text && *text && used + 1 < cap; text++) {
		const char *end = text[0] == '$' && text[1] == '<' ? strchr(text, '>') : NULL;
		if (end)
			text = end;
		else
			out[used++] = *text;
	}
	return used;
}

size_t term_leave(char *out, size_t cap)
{
	static const char *const leave[] = {
		"sgr0", "op", "rmir", "smam", "rmkx", "rmcup", "cnorm"
	};
	Err why;
	size_t used = 0;
	if (!load_description(&why))
		return 0;
	if (capability("kmous") && speaks_ansi())
		used = append(out, used, cap, "\033[?1000l\033[?1006l");
	for (size_t i = 0; i < sizeof leave / sizeof *leave; i++)
		used = append(out, used, cap, capability(leave[i]));
	if (!capability("rmcup"))
		used = append(out, used, cap, "\r\n");
	del_curterm(cur_term);
	return used;
}

/* --- colours ---------------------------------------------------------------------------------- */

static bool has_own_colours(void)
{
	return has_colors() && COLORS >= 8 && COLOR_PAIRS > STYLE_COUNT;
}

static attr_t attributes_of(const Look *look)
{
	return (look->bold ? A_BOLD : 0) | (look->underline ? A_UNDERLINE : 0) |
	       (look->reverse ? A_REVERSE : 0) | (look->dim ? A_DIM : 0);
}

/* Direct-colour terminals read an index above 7 as red, green and blue: they get the eight. */
static void paint_styles(Term *term)
{
	bool coloured = has_own_colours() && term->theme != THEME_MONO, many = COLORS == 256;
	for (int style = 0; style < STYLE_COUNT; style++) {
		const Look *look =
			theme_look(has_own_colours() ? term->theme : THEME_MONO, (Style)style);
		Paint *paint = &term->paint[style];
		short fg = many ? look->fg256 : look->fg, bg = many ? look->bg256 : look->bg;
		paint->attributes = attributes_of(look);
		paint->pair = 0;
		if (coloured && (fg >= 0 || bg >= 0) && init_pair((short)(style + 1), fg, bg) == OK)
			paint->pair = (short)(style + 1);
	}
}

static void start_colours(Term *term)
{
	if (has_colors()) {
		start_color();
		/* Where the terminal cannot return to its own colours, white on black stands for
		 * them. */
		if (use_default_colors() == ERR)
			assume_default_colors(COLOR_WHITE, COLOR_BLACK);
	}
	paint_styles(term);
}

/* --- glyphs ----------------------------------------------------------------------------------- */

static Glyphs glyphs_of_locale(bool ascii)
{
	const char *name = getenv("TERM");
	if (ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0 || wcwidth(L'\u2500') != 1)
		return GLYPHS_ASCII;
	if ((name && strncmp(name, "linux", 5) == 0) || wcwidth(L'\u28ff') != 1)
		return GLYPHS_HALF;
	return GLYPHS_BRAILLE;
}

static void send_text(const char *text)
{
	size_t length = strlen(text);
	while (length > 0) {
		ssize_t n = write(STDOUT_FILENO, text, length);
		if (n <= 0)
			return;
		text += n;
		length -= (size_t)n;
	}
}

/* Asks how wide the terminal draws our glyphs. Nobody waits: the answer is a key of its own,
 * told to curses here. It is asked in the second line because answers from the first one are
 * spelt like Shift-F3 and its kin. */
static void probe_glyphs(Term *term)
{
	if (term->glyphs == GLYPHS_ASCII || term->height < 2 || !speaks_ansi())
		return;
	for (int column = 1; column <= PROBE_WIDTH_MAX + 1; column++) {
		char answer[16];
		snprintf(answer, sizeof answer, "\033[2;%dR", column);
		define_key(answer, TERM_CODE_ANSWER + column);
	}
	send_text("\033[2;1H─█●⣿\033[6n\r\033[K\033[H");
	term->probing = true;
}

bool term_take_answer(Term *term, int column)
{
	bool first = term->probing;
	term->probing = false;
	if (!first || column == PROBE_WIDTH + 1)
		return false;
	term->glyphs = GLYPHS_ASCII;
	term_redraw(term);
	return true;
}

/* --- opening and closing ---------------------------------------------------------------------- */

/* False when memory is short: the old size stays, and curses cuts what lies outside. */
static bool set_size(Term *term, int width, int height)
{
	if ((width != COLS || height != LINES) && resizeterm(height, width) == ERR)
		return false;
	CanvasCell *shown = realloc(term->shown, (size_t)width * (size_t)height * sizeof *shown);
	if (!shown)
		return false;
	term->shown = shown;
	term->width = width;
	term->height = height;
	term_redraw(term);
	return true;
}

static int clamp_size(int size)
{
	return size < 1 ? 1 : size > CANVAS_SIZE_MAX ? CANVAS_SIZE_MAX : size;
}

/* A terminal that does not know its size (0) keeps the one it has. */
bool term_follow_size(Term *term)
{
	struct winsize now;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &now) != 0 || now.ws_col == 0 || now.ws_row == 0)
		return false;
	int width = clamp_size(now.ws_col), height = clamp_size(now.ws_row);
	return (width != term->width || height != term->height) && set_size(term, width, height);
}

static bool watch(Term *term, Err *err)
{
	struct epoll_event in = { .events = EPOLLIN };
	sigset_t signals;
	sigemptyset(&signals);
	sigaddset(&signals, SIGWINCH);
	sigaddset(&signals, SIGCONT);
	term->signals_taken = sigprocmask(SIG_BLOCK, &signals, &term->signals_before) == 0;
	term->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	term->poll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (!term->signals_taken || term->signal_fd < 0 || term->poll_fd < 0 ||
	    epoll_ctl(term->poll_fd, EPOLL_CTL_ADD, STDIN_FILENO, &in) != 0 ||
	    epoll_ctl(term->poll_fd, EPOLL_CTL_ADD, term->signal_fd, &in) != 0)
		return err_set(err, ERR_NEED, "cannot watch the terminal; use --linear");
	return true;
}

/* newterm installs handlers where it finds the default; they are taken out again. Finds it
 * SIGTSTP ignored, then it leaves that one alone later too; otherwise every refresh would drop a
 * SIGTSTP that comes while it draws. */
static SCREEN *new_screen(FILE *out)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGTSTP, SIGWINCH };
	struct sigaction before[4];
	for (int i = 0; i < 4; i++)
		sigaction(signals[i], NULL, &before[i]);
	signal(SIGTSTP, SIG_IGN);
	SCREEN *screen = newterm(NULL, out, stdin);
	for (int i = 0; i < 4; i++)
		sigaction(signals[i], &before[i], NULL);
	return screen;
}

static bool start_input(Term *term, bool mouse)
{
	raw();
	noecho();
	nonl();
	set_escdelay(ESCAPE_MS);
	term->input = newpad(1, 1);
	if (!term->input)
		return false;
	keypad(term->input, TRUE);
	nodelay(term->input, TRUE);
	if (mouse) {
		/* A click counts when the button goes down; waiting for a second one would cost
		 * a sixth of a second. */
		mouseinterval(0);
		mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
	}
	return true;
}

static bool start_screen(Term *term, const TermOptions *options, Err *err)
{
	/* They would override the real size. */
	unsetenv("LINES");
	unsetenv("COLUMNS");
	int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	term->out = fd >= 0 ? fdopen(fd, "w") : NULL;
	term->screen = term->out ? new_screen(term->out) : NULL;
	if (!term->screen)
		return err_set(err, ERR_NEED,
			       "the terminal cannot be used as a screen; use --linear");
	if (!start_input(term, options->mouse) ||
	    !set_size(term, clamp_size(COLS), clamp_size(LINES)))
		return err_set(err, ERR_MEMORY, "opening the terminal");
	start_colours(term);
	curs_set(0);
	refresh();
	if (speaks_ansi())
		send_text("\033[?2004l"); /* a paste is typed text */
	probe_glyphs(term);
	return true;
}

Term *term_open(const TermOptions *options, Err *err)
{
	if (!load_description(err))
		return NULL;
	del_curterm(cur_term);
	Term *term = calloc(1, sizeof *term);
	if (!term) {
		err_set(err, ERR_MEMORY, "opening the terminal");
		return NULL;
	}
	term->poll_fd = term->signal_fd = -1;
	term->theme = options->theme;
	term->glyphs = glyphs_of_locale(options->ascii);
	if (watch(term, err) && start_screen(term, options, err))
		return term;
	term_close(term);
	return NULL;
}

void term_close(Term *term)
{
	if (!term)
		return;
	if (term->screen) {
		/* An answer under way would be typed into the shell. */
		if (term->probing)
			flushinp();
		endwin();
		if (term->input)
			delwin(term->input);
		delscreen(term->screen);
	}
	if (term->out)
		fclose(term->out);
	if (term->poll_fd >= 0)
		close(term->poll_fd);
	if (term->signal_fd >= 0)
		close(term->signal_fd);
	if (term->signals_taken)
		sigprocmask(SIG_SETMASK, &term->signals_before, NULL);
	free(term->shown);
	free(term);
}

bool term_was_continued(const Term *term)
{
	struct signalfd_siginfo info;
	bool continued = false;
	while (read(term->signal_fd, &info, sizeof info) == (ssize_t)sizeof info)
		continued |= info.ssi_signo == SIGCONT;
	return continued;
}

void term_retake(Term *term)
{
	endwin();
	term_follow_size(term);
	term_redraw(term);
	refresh();
}

void term_lend(Term *term)
{
	(void)term;
	endwin();
}

void term_suspend(Term *term)
{
	endwin();
	raise(SIGTSTP);
	term_was_continued(term);
	term_retake(term);
}

/* --- drawing ---------------------------------------------------------------------------------- */

/* What a cell shows: never a character of another width than its room. */
static uint32_t safe_code(const Term *term, const Canvas *canvas, int x, int y)
{
	const CanvasCell *cell = &canvas->cells[(size_t)y * (size_t)canvas->width + (size_t)x];
	if (cell->code >= 0x20 && cell->code < 0x7f)
		return cell->code;
	bool room = x + 1 < canvas->width && x + 1 < term->width && cell[1].code == 0;
	int taken = cell->code > 0x9f && cell->code <= 0x10ffff ? wcwidth((wchar_t)cell->code) : 0;
	return taken == 1 || (taken == 2 && room) ? cell->code : '?';
}

/* Gives a cell to curses unless it has it. Returns how many cells it takes. */
static int show_cell(Term *term, const Canvas *canvas, int x, int y)
{
	const CanvasCell *cell = &canvas->cells[(size_t)y * (size_t)canvas->width + (size_t)x];
	CanvasCell *shown = &term->shown[(size_t)y * (size_t)term->width + (size_t)x];
	uint8_t style = cell->style < STYLE_COUNT ? cell->style : STYLE_TEXT;
	/* A right half whose left half was not wide, or lies outside. */
	uint32_t code = cell->code ? safe_code(term, canvas, x, y) : ' ';
	int taken = code > 0x9f && wcwidth((wchar_t)code) == 2 ? 2 : 1;
	if (shown->code == code && shown->style == style)
		return taken;
	wchar_t text[2] = { (wchar_t)code, L'\0' };
	cchar_t out;
	if (setcchar(&out, text, term->paint[style].attributes, term->paint[style].pair, NULL) ==
	    OK)
		mvadd_wch(y, x, &out);
	*shown = (CanvasCell){ code, style };
	if (taken == 2)
		shown[1].code = STALE;
	return taken;
}

static void show_cursor(Term *term, const Canvas *canvas)
{
	bool visible = canvas->cursor_x >= 0 && canvas->cursor_y >= 0 &&
		       canvas->cursor_x < term->width && canvas->cursor_y < term->height;
	if (visible != term->cursor_shown)
		curs_set(visible);
	term->cursor_shown = visible;
	if (visible)
		move(canvas->cursor_y, canvas->cursor_x);
}

void term_show(Term *term, const Canvas *canvas)
{
	int width = canvas->width < term->width ? canvas->width : term->width;
	int height = canvas->height < term->height ? canvas->height : term->height;
	if (term->gone)
		return;
	for (int y = 0; y < height; y++)
		for (int x = 0; x < width;)
			x += show_cell(term, canvas, x, y);
	show_cursor(term, canvas);
	refresh();
}

void term_redraw(Term *term)
{
	for (size_t i = 0; i < (size_t)term->width * (size_t)term->height; i++)
		term->shown[i].code = STALE;
	clearok(stdscr, TRUE);
}

void term_set_theme(Term *term, Theme theme)
{
	term->theme = theme;
	paint_styles(term);
	term_redraw(term);
}

int term_fd(const Term *term)
{
	return term->poll_fd;
}

void term_size(const Term *term, int *width, int *height)
{
	*width = term->width;
	*height = term->height;
}

Glyphs term_glyphs(const Term *term)
{
	return term->glyphs;
}
