/* The terminal through ncurses: keys, mouse, sizes and a hang-up in.
 * SPDX-License-Identifier: MIT */
#include "ui/term_curses.h"

#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static KeyEvent event_of(uint32_t key)
{
	return (KeyEvent){ .key = key };
}

static KeyEvent mouse_event(void)
{
	MEVENT mouse;
	if (getmouse(&mouse) != OK)
		return event_of(KEY_NONE);
	uint32_t key = mouse.bstate & BUTTON1_PRESSED   ? KEY_CLICK
		       : mouse.bstate & BUTTON4_PRESSED ? KEY_WHEEL_UP
		       : mouse.bstate & BUTTON5_PRESSED ? KEY_WHEEL_DOWN
							: KEY_NONE;
	return (KeyEvent){ .key = key, .x = mouse.x, .y = mouse.y };
}

static uint32_t special_key(wint_t code)
{
	static const struct {
		wint_t code;
		uint32_t key;
	} keys[] = {
		{ KEY_UP, KEY_ARROW_UP },     { KEY_DOWN, KEY_ARROW_DOWN },
		{ KEY_LEFT, KEY_ARROW_LEFT }, { KEY_RIGHT, KEY_ARROW_RIGHT },
		{ KEY_PPAGE, KEY_PAGE_UP },   { KEY_NPAGE, KEY_PAGE_DOWN },
		{ KEY_HOME, KEY_TOP },        { KEY_FIND, KEY_TOP },
		{ KEY_END, KEY_BOTTOM },      { KEY_SELECT, KEY_BOTTOM },
		{ KEY_F(1), KEY_F1 },         { KEY_HELP, KEY_F1 },
		{ KEY_BTAB, KEY_BACKTAB },    { KEY_BACKSPACE, KEY_BACK },
		{ KEY_ENTER, KEY_RETURN },
	};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (keys[i].code == code)
			return keys[i].key;
	return KEY_NONE;
}

static bool read_character(Term *term, wint_t *out)
{
	int kind = wget_wch(term->input, out);
	if (kind == KEY_CODE_YES)
		ungetch((int)*out);
	return kind == OK;
}

/* After an Esc: the rest of a sequence that terminfo does not know (a focus report, Ctrl-arrow
 * on some terminals) is swallowed, lest its digits act as keys. What is no such sequence was
 * typed, and is kept for the next calls. */
static KeyEvent escape(Term *term)
{
	wint_t c = 0;
	int n = 0;
	while (n < TERM_PENDING_MAX && read_character(term, &c)) {
		term->pending[n++] = c;
		bool sequence = term->pending[0] == '[' || term->pending[0] == 'O';
		if (!sequence)
			break;
		if (n > 1 && (c < 0x20 || c > 0x3f)) {
			if (c >= 0x40 && c <= 0x7e)
				return event_of(KEY_NONE);
			break;
		}
	}
	term->pending_count = n;
	return event_of(KEY_ESC);
}

static KeyEvent character_event(Term *term, wint_t c)
{
	if (c == KEY_ESC)
		return escape(term);
	if (c == '\n')
		c = KEY_RETURN;
	if (c == '\b')
		c = KEY_BACK;
	return event_of(c);
}

static KeyEvent take_pending(Term *term)
{
	uint32_t key = term->pending[0];
	term->pending_count--;
	memmove(term->pending, term->pending + 1,
		(size_t)term->pending_count * sizeof *term->pending);
	return character_event(term, key);
}

/* Signals, sizes and a hang-up: looked at when no key is left, so that a burst of them is one
 * event. */
static KeyEvent other_event(Term *term)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	bool continued = term_was_continued(term);
	if (poll(&in, 1, 0) == 1 && (in.revents & (POLLHUP | POLLERR | POLLNVAL))) {
		/* Or poll would return at once for ever. */
		epoll_ctl(term->poll_fd, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
		term->gone = true;
		return event_of(KEY_GONE);
	}
	if (continued)
		term_retake(term);
	return event_of(term_follow_size(term) || continued ? KEY_SIZE : KEY_NONE);
}

KeyEvent term_key(Term *term)
{
	wint_t c = 0;
	KeyEvent event;
	if (term->gone) {
		term_was_continued(term);
		return event_of(KEY_NONE);
	}
	for (;;) {
		int kind = term->pending_count > 0 ? OK : wget_wch(term->input, &c);
		if (kind == ERR)
			return other_event(term);
		if (term->pending_count > 0)
			event = take_pending(term);
		else if (kind != KEY_CODE_YES)
			event = character_event(term, c);
		else if (c == KEY_MOUSE)
			event = mouse_event();
		else if (c > TERM_CODE_ANSWER)
			event = event_of(term_take_answer(term, (int)(c - TERM_CODE_ANSWER))
						 ? KEY_SIZE
						 : KEY_NONE);
		else
			event = event_of(special_key(c));
		if (event.key != KEY_NONE)
			return event;
	}
}
