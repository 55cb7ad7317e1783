/* forkpty, libvterm and poll.
 * SPDX-License-Identifier: MIT */
#include "fake_terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static int set_property(VTermProp property, VTermValue *value, void *user)
{
	Pty *pty = user;
	if (property == VTERM_PROP_ALTSCREEN) {
		pty->times_left += pty->alternate && !value->boolean;
		pty->alternate = value->boolean;
	}
	if (property == VTERM_PROP_CURSORVISIBLE)
		pty->cursor_visible = value->boolean;
	if (property == VTERM_PROP_MOUSE)
		pty->mouse = value->number;
	return 1;
}

static int move_cursor(VTermPos to, VTermPos from, int visible, void *user)
{
	(void)from;
	(void)visible;
	((Pty *)user)->cursor = to;
	return 1;
}

static const VTermScreenCallbacks callbacks = {
	.settermprop = set_property,
	.movecursor = move_cursor,
};

void pty_open(Pty *pty, int width, int height, int (*child)(void *user), void *user)
{
	struct winsize size = { .ws_row = (unsigned short)height, .ws_col = (unsigned short)width };
	memset(pty, 0, sizeof *pty);
	pty->answers = true;
	pty->cursor_visible = true;
	fflush(NULL);
	pty->pid = forkpty(&pty->master, NULL, NULL, &size);
	assert_true(pty->pid >= 0);
	if (pty->pid == 0) {
		/* nohup and a shell's & leave them ignored */
		signal(SIGHUP, SIG_DFL);
		signal(SIGINT, SIG_DFL);
		signal(SIGQUIT, SIG_DFL);
		int status = child(user);
		fflush(NULL);
		_exit(status);
	}
	fcntl(pty->master, F_SETFD, FD_CLOEXEC);
	pty->vt = vterm_new(height, width);
	assert_non_null(pty->vt);
	vterm_set_utf8(pty->vt, 1);
	pty->screen = vterm_obtain_screen(pty->vt);
	vterm_screen_set_callbacks(pty->screen, &callbacks, pty);
	vterm_screen_enable_altscreen(pty->screen, 1);
	vterm_screen_reset(pty->screen, 1);
}

void pty_close(Pty *pty)
{
	if (pty->pid > 0) {
		kill(-pty->pid, SIGKILL);
		waitpid(pty->pid, NULL, 0);
	}
	close(pty->master);
	vterm_free(pty->vt);
}

/* libvterm heeds only the first of several private modes in one sequence (CSI ? 1006 ; 1000 h):
 * each gets one of its own. */
static void feed_sequence(Pty *pty)
{
	char *held = pty->held, final = held[pty->held_bytes - 1], one[80];
	held[pty->held_bytes] = '\0';
	if (strncmp(held, "\033[?", 3) == 0 && strchr(held, ';')) {
		held[pty->held_bytes - 1] = '\0';
		for (char *mode = strtok(held + 3, ";"); mode; mode = strtok(NULL, ";")) {
			int n = snprintf(one, sizeof one, "\033[?%s%c", mode, final);
			vterm_input_write(pty->vt, one, (size_t)n);
		}
	} else {
		vterm_input_write(pty->vt, held, pty->held_bytes);
	}
	pty->held_bytes = 0;
}

static void feed(Pty *pty, char c)
{
	if (pty->held_bytes == 0 && c != '\033') {
		vterm_input_write(pty->vt, &c, 1);
		return;
	}
	pty->held[pty->held_bytes++] = c;
	bool control = pty->held_bytes > 1 && pty->held[1] == '[';
	bool ends = control ? pty->held_bytes > 2 && c >= 0x40 && c <= 0x7e
			    : pty->held_bytes == 2 && c != '[';
	if (ends || pty->held_bytes == sizeof pty->held - 1)
		feed_sequence(pty);
}

static void answer(Pty *pty)
{
	char out[256];
	size_t n;
	while ((n = vterm_output_read(pty->vt, out, sizeof out)) > 0)
		if (pty->answers)
			assert_int_equal(write(pty->master, out, n), (ssize_t)n);
}

static void take_output(Pty *pty)
{
	char in[4096];
	ssize_t n = read(pty->master, in, sizeof in);
	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0) {
		pty->closed = true;
		return;
	}
	pty->bytes += (size_t)n;
	for (ssize_t i = 0; i < n; i++) {
		pty->marks += in[i] == PTY_MARK[0];
		feed(pty, in[i]);
	}
	memcpy(pty->said, in, (size_t)n);
	pty->said_bytes = (size_t)n;
	answer(pty);
}

bool pty_pump(Pty *pty, int fd)
{
	struct pollfd in[2] = {
		{ .fd = pty->closed ? -1 : pty->master, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};
	int n = poll(in, 2, PTY_WAIT_MS);
	if (n < 0 && errno == EINTR)
		return true;
	if (n == 0)
		fail_msg("the terminal is silent; it said last: %.*s", (int)pty->said_bytes,
			 pty->said);
	if (in[0].revents)
		take_output(pty);
	return !pty->closed || in[1].revents;
}

void pty_marks(Pty *pty, int count)
{
	while (pty->marks < count)
		if (!pty_pump(pty, -1))
			fail_msg("the child ended; it said last: %.*s", (int)pty->said_bytes,
				 pty->said);
	assert_int_equal(pty->marks, count);
}

void pty_type(Pty *pty, const char *keys)
{
	assert_int_equal(write(pty->master, keys, strlen(keys)), (ssize_t)strlen(keys));
}

void pty_resize(Pty *pty, int width, int height)
{
	struct winsize size = { .ws_row = (unsigned short)height, .ws_col = (unsigned short)width };
	vterm_set_size(pty->vt, height > 0 ? height : 1, width > 0 ? width : 1);
	assert_int_equal(ioctl(pty->master, TIOCSWINSZ, &size), 0);
}

const char *pty_row(const Pty *pty, int y, char out[1024])
{
	int width = 0;
	vterm_get_size(pty->vt, NULL, &width);
	VTermRect row = { .start_row = y, .end_row = y + 1, .start_col = 0, .end_col = width };
	size_t n = vterm_screen_get_text(pty->screen, out, 1023, row);
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	return out;
}

VTermScreenCell pty_cell(const Pty *pty, int x, int y)
{
	VTermScreenCell cell;
	memset(&cell, 0, sizeof cell);
	vterm_screen_get_cell(pty->screen, (VTermPos){ .row = y, .col = x }, &cell);
	return cell;
}

int pty_wait(Pty *pty)
{
	int status = 0;
	while (pty_pump(pty, -1))
		;
	assert_int_equal(waitpid(pty->pid, &status, 0), pty->pid);
	pty->pid = 0;
	return status;
}
