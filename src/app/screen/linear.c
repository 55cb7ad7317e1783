/* Lines of the linear screen.
 * SPDX-License-Identifier: MIT */
#include "app/screen/linear.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define LINEAR_COLUMNS 80

/* Takes what has come; a full buffer without a line end is a line. */
static void fill(Linear *linear)
{
	struct pollfd fd = { .fd = linear->fd, .events = POLLIN };
	size_t room = sizeof linear->buffer - 1 - linear->len;
	if (linear->ended || room == 0 || poll(&fd, 1, 0) <= 0)
		return;
	ssize_t got = read(linear->fd, linear->buffer + linear->len, room);
	if (got > 0)
		linear->len += (size_t)got;
	else if (got == 0)
		linear->ended = true;
}

bool linear_line(Linear *linear, char out[LINEAR_LINE_MAX])
{
	fill(linear);
	char *end = memchr(linear->buffer, '\n', linear->len);
	bool full = linear->len == sizeof linear->buffer - 1;
	if (!end && !full && !(linear->ended && linear->len > 0))
		return false;
	linear->open = !end && !full;
	size_t len = end ? (size_t)(end - linear->buffer) : linear->len;
	size_t used = end ? len + 1 : len;
	memcpy(out, linear->buffer, len);
	out[len] = '\0';
	memmove(linear->buffer, linear->buffer + used, linear->len - used);
	linear->len -= used;
	return true;
}

static void print_line(void *user, const char *text)
{
	(void)user;
	while (text_columns(text) > LINEAR_COLUMNS) {
		size_t cut = 0;
		for (size_t i = 0; text[i] && i < LINEAR_COLUMNS; i++)
			if (text[i] == ' ')
				cut = i;
		if (cut == 0)
			break;
		text_printf(stdout, "%.*s\n", (int)cut, text);
		text += cut + 1;
	}
	text_printf(stdout, "%s\n", text);
	fflush(stdout);
}

const Speech linear_speech = { .line = print_line };
