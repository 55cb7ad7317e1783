/* The screen's process and its supervisor.
 * SPDX-License-Identifier: MIT */
#include "app/screen/on_screen.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/screen/supervisor.h"
#include "base/text.h"

typedef struct OnScreen {
	const Cli *cli;
	const char *view;
	int (*body)(const Cli *, Screen *, Err *);
} OnScreen;

bool cli_wants_screen(const Cli *cli)
{
	const Params *common = &cli->common;
	if (params_get(common, "linear")->flag)
		return true;
	return screen_wanted() && !params_get(common, "json")->flag &&
	       !params_get(common, "plain")->flag && !params_get(common, "quiet")->flag;
}

/* In the child. What went wrong is said once the terminal is restored. */
static int show(void *user)
{
	const OnScreen *self = user;
	const Params *common = &self->cli->common;
	const char *ssh = getenv("SSH_CONNECTION"), *tty = getenv("SSH_TTY");
	bool remote = (ssh && *ssh) || (tty && *tty);
	char theme[32];
	ScreenOptions options = {
		.view = self->view,
		.linear = params_get(common, "linear")->flag,
		.theme = params_choice(common, "theme", theme),
		.ascii = params_get(common, "ascii")->flag,
		.mouse = params_get(common, "mouse")->flag ||
			 (!remote && !params_get(common, "no-mouse")->flag),
	};
	Err err = { .code = ERR_NONE };
	Screen *screen = screen_open(&options, &err);
	if (!screen && err.code == ERR_NEED && screen_wanted()) {
		/* A terminal that cannot address its cursor can still read and write lines. */
		text_printf(stderr, "wattle: %s; here are sentences\n", err.text);
		err.code = ERR_NONE;
		options.linear = true;
		screen = screen_open(&options, &err);
	}
	int status = screen ? self->body(self->cli, screen, &err) : err_exit_status(err.code);
	screen_close(screen);
	if (err.code != ERR_NONE)
		text_printf(stderr, "wattle: %s\n", err.text);
	fflush(NULL);
	return status;
}

int cli_on_screen(const Cli *cli, const char *view, int (*body)(const Cli *, Screen *, Err *))
{
	OnScreen self = { .cli = cli, .view = view, .body = body };
	fflush(NULL);
	return supervise(show, &self);
}
