/* What drawing costs: CPU time of term_show on a pty that somebody drains. Not a test: prints
 * figures.
 *
 * tests/bench/screen [frames]
 * SPDX-License-Identifier: MIT */
#include <locale.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "ui/term.h"

#define FRAMES_DEFAULT 400

typedef struct Work {
	const char *name;
	int width, height;
	Pane pane; /* the cells that change from frame to frame */
} Work;

static const Work works[] = {
	{ "160x48, every cell", 160, 48, { 0, 0, 160, 48 } },
	{ "160x48, a chart of 50x13", 160, 48, { 20, 10, 50, 13 } },
	{ "160x48, one cell", 160, 48, { 20, 10, 1, 1 } },
	{ "160x48, nothing", 160, 48, { 0, 0, 0, 0 } },
	{ "80x24, every cell", 80, 24, { 0, 0, 80, 24 } },
	{ "80x24, a chart of 50x13", 80, 24, { 20, 5, 50, 13 } },
	{ "80x24, one cell", 80, 24, { 20, 5, 1, 1 } },
	{ "80x24, nothing", 80, 24, { 0, 0, 0, 0 } },
};

/* A chart as people see it: braille with changes of colour, spaces between. */
static void draw(Canvas *canvas, const Pane *pane, int frame)
{
	for (int y = pane->y; y < pane->y + pane->height; y++)
		for (int x = pane->x; x < pane->x + pane->width; x++) {
			unsigned dots = (unsigned)(x * 37 + y * 101 + frame * 59) & 0xff;
			canvas_put(canvas, x, y, 0x2800 + (dots ? dots : 1),
				   (Style)(STYLE_SERIES1 + (x / 8 + frame) % 4));
		}
}

/* In the child, on the pty: the CPU time per frame goes to the pipe, in microseconds. */
static void measure(const Work *work, int frames, int to)
{
	const TermOptions options = { .theme = THEME_AUTO };
	Canvas canvas;
	Err err;
	int64_t used_ns = 0;
	setenv("TERM", "xterm-256color", 1);
	Term *term = term_open(&options, &err);
	if (!term || !canvas_init(&canvas, work->width, work->height, GLYPHS_BRAILLE, &err)) {
		dprintf(to, "%s\n", err.text);
		return;
	}
	draw(&canvas, &(Pane){ 0, 0, work->width, work->height }, 0);
	term_show(term, &canvas);
	for (int frame = 1; frame <= frames; frame++) {
		draw(&canvas, &work->pane, frame);
		int64_t start_ns = clock_process_ns();
		term_show(term, &canvas);
		used_ns += clock_process_ns() - start_ns;
	}
	canvas_done(&canvas);
	term_close(term);
	dprintf(to, "%8.1f us", (double)used_ns / frames / 1e3);
}

static void run(const Work *work, int frames)
{
	struct winsize size = { .ws_row = (unsigned short)work->height,
				.ws_col = (unsigned short)work->width };
	char drained[65536], result[128] = "";
	int ends[2], master;
	long long bytes = 0;
	ssize_t n;
	if (pipe(ends) != 0)
		return;
	pid_t child = forkpty(&master, NULL, NULL, &size);
	if (child == 0) {
		measure(work, frames, ends[1]);
		_exit(0);
	}
	close(ends[1]);
	while ((n = read(master, drained, sizeof drained)) > 0)
		bytes += n;
	n = read(ends[0], result, sizeof result - 1);
	printf("%-28s %s CPU and %6lld bytes a frame\n", work->name, n > 0 ? result : "failed",
	       bytes / frames);
	waitpid(child, NULL, 0);
	close(master);
	close(ends[0]);
}

int main(int argc, char **argv)
{
	int frames = argc > 1 ? atoi(argv[1]) : FRAMES_DEFAULT;
	setlocale(LC_CTYPE, "C.UTF-8");
	if (frames < 1)
		frames = FRAMES_DEFAULT;
	for (size_t i = 0; i < sizeof works / sizeof *works; i++) {
		fflush(stdout);
		run(&works[i], frames);
	}
	return 0;
}
