/* Lua's patterns, matched with a count of steps: the same language and results as string.find of
 * Lua 5.4 (reference manual, §6.4.1; bytes above 127 belong to no class), but a match can be
 * stopped and cannot run forever.
 *
 * Knows no Lua: the matcher owns nothing and raises nothing.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_SCRIPT_PATTERN_H
#define WATTLE_SCRIPT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PATTERN_CAPTURES_MAX 32
#define PATTERN_DEPTH_MAX 200
#define PATTERN_STEPS_MAX UINT64_C(20000000) /* of one call, about a tenth of a second */

enum { PATTERN_UNFINISHED = -1, PATTERN_POSITION = -2 };

typedef struct Pattern {
	const char *text, *text_end; /* both end with a NUL that is not counted */
	const char *pattern, *pattern_end;
	uint64_t steps, steps_max, steps_poll; /* done; allowed; at which poll is called next */
	/* Called each 65,536 steps; false stops the match. NULL: never. */
	bool (*poll)(void *user);
	void *user;
	bool stopped;   /* poll said so; error is set too */
	char error[64]; /* "": none */
	unsigned depth;
	unsigned captures;
	struct PatternCapture {
		const char *begin;
		ptrdiff_t len; /* or PATTERN_UNFINISHED, PATTERN_POSITION */
	} capture[PATTERN_CAPTURES_MAX];
} Pattern;

void pattern_init(Pattern *m, const char *text, size_t text_len, const char *pattern,
		  size_t pattern_len);
/* Matches the whole pattern at `at`: the end of the match, or NULL when there is none or m->error
 * says why. Steps add up over calls; captures are those of the last one. */
const char *pattern_match(Pattern *m, const char *at);
/* Capture i of a match from begin to end; where there are no captures, capture 0 is the whole
 * match. *position is set instead (counted from 1, *out NULL) for a position capture. False with
 * m->error when there is no such capture. */
bool pattern_capture(Pattern *m, unsigned i, const char *begin, const char *end, const char **out,
		     size_t *len, size_t *position);

#endif
