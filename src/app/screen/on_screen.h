/* A command on the screen: whether it should, and under the supervisor that restores the terminal.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_ON_SCREEN_H
#define WATTLE_APP_ON_SCREEN_H

#include <stdbool.h>

#include "app/command.h"
#include "app/screen/screen.h"

/* Neither --json nor --plain nor --quiet, and a terminal that can show it. */
bool cli_wants_screen(const Cli *cli);

/* Runs body in a process of its own that has the screen open with this view; returns its exit
 * status. The supervisor stays behind and restores the terminal whatever that process dies of.
 * Errors are printed after the terminal is as it was. */
int cli_on_screen(const Cli *cli, const char *view, int (*body)(const Cli *, Screen *, Err *));

#endif
