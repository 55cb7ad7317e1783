/* A command line of wattle run, made by wattle itself: what a stored run was asked by, or what a
 * comparison amounts to.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_RUN_LINE_H
#define WATTLE_APP_RUN_LINE_H

#include <jansson.h>

#include "app/command.h"

#define RUN_LINE_WORDS_MAX 256

/* Begin with zeros; run_line_done frees. */
typedef struct RunLine {
	char *word[RUN_LINE_WORDS_MAX + 1];
	int count;
	bool full; /* or memory is short */
} RunLine;

/* "wattle run", and those of --json, --plain and --quiet that the present command line has. */
void run_line_begin(RunLine *line, const Cli *cli);
void run_line_add(RunLine *line, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* --set=KEY=VALUE for each member. */
void run_line_set(RunLine *line, const json_t *set);

/* A script that lies in no file, and what goes with it; borrowed. */
typedef struct RunText {
	const char *text;
	size_t len;
	bool typed; /* the commands in it are the user's own words, and trusted */
	const struct GivenFile *files; /* that the worker gets */
	size_t file_count;
	const char *of;         /* what it was made of, for who is to trust it; NULL: its name */
	void (*mend)(Err *err); /* says in the user's words what is off in the text; NULL: none */
} RunText;

/* Runs it; the line's operand, added here, is what the script is called. The exit status. */
int run_line_run(RunLine *line, const Paths *paths, const char *name, const RunText *text,
		 Err *err);
void run_line_done(RunLine *line);

/* wattle run with a script that lies in no file: cli is its command line. (commands/run.c) */
int run_text(const Cli *cli, const RunText *text, Err *err);

#endif
