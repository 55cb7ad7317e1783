/* Lua's patterns by backtracking, each step counted.
 *
 * The recursion and its limits follow the matcher of Lua 5.4 (lstrlib.c), so that results and
 * errors are the same; what is different is that errors are values, not jumps.
 * SPDX-License-Identifier: MIT */
#include "script/sandbox/pattern.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PATTERN_ESCAPE '%'
#define PATTERN_POLL 65536

static const char *match_here(Pattern *m, const char *s, const char *p);

__attribute__((format(printf, 2, 3))) static const char *fail(Pattern *m, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(m->error, sizeof m->error, format, args);
	va_end(args);
	return NULL;
}

static bool failed(const Pattern *m)
{
	return m->error[0] != '\0';
}

/* False when the match must end. */
static bool step(Pattern *m, uint64_t steps)
{
	m->steps += steps;
	if (m->steps < m->steps_poll)
		return !failed(m);
	m->steps_poll = m->steps + PATTERN_POLL;
	if (m->steps > m->steps_max)
		fail(m, "pattern takes more than %llu steps; make it simpler",
		     (unsigned long long)m->steps_max);
	else if (m->poll && !m->poll(m->user)) {
		m->stopped = true;
		fail(m, "stopped");
	}
	return !failed(m);
}

/* --- classes ---------------------------------------------------------------------------------- */

static bool in_class(unsigned char c, unsigned char class)
{
	bool in, ascii = c < 128;

	switch (tolower(class)) {
	case 'a':
		in = ascii && isalpha(c);
		break;
	case 'c':
		in = ascii && iscntrl(c);
		break;
	case 'd':
		in = ascii && isdigit(c);
		break;
	case 'g':
		in = ascii && isgraph(c);
		break;
	case 'l':
		in = ascii && islower(c);
		break;
	case 'p':
		in = ascii && ispunct(c);
		break;
	case 's':
		in = ascii && isspace(c);
		break;
	case 'u':
		in = ascii && isupper(c);
		break;
	case 'w':
		in = ascii && isalnum(c);
		break;
	case 'x':
		in = ascii && isxdigit(c);
		break;
	case 'z':
		in = c == 0;
		break; /* deprecated, but still there */
	default:
		return class == c;
	}
	return class < 128 && isupper(class) ? !in : in;
}

/* p stands on '[', end on its ']'. */
static bool in_set(unsigned char c, const char *p, const char *end)
{
	bool wanted = true;

	if (p[1] == '^') {
		wanted = false;
		p++;
	}
	while (++p < end) {
		if (*p == PATTERN_ESCAPE) {
			p++;
			if (in_class(c, (unsigned char)*p))
				return wanted;
		} else if (p[1] == '-' && p + 2 < end) {
			p += 2;
			if ((unsigned char)p[-2] <= c && c <= (unsigned char)*p)
				return wanted;
		} else if ((unsigned char)*p == c) {
			return wanted;
		}
	}
	return !wanted;
}

/* The first byte behind the single-character class at p; NULL when it is malformed. */
static const char *class_end(Pattern *m, const char *p)
{
	char first = *p++;

	if (first == PATTERN_ESCAPE)
		return p == m->pattern_end ? fail(m, "malformed pattern (ends with '%%')") : p + 1;
	if (first != '[')
		return p;
	if (*p == '^')
		p++;
	do {
		if (p == m->pattern_end)
			return fail(m, "malformed pattern (missing ']')");
		if (*p++ == PATTERN_ESCAPE && p < m->pattern_end)
			p++;
	} while (*p != ']');
	return p + 1;
}

static bool single(Pattern *m, const char *s, const char *p, const char *end)
{
	if (s >= m->text_end)
		return false;
	unsigned char c = (unsigned char)*s;

	switch (*p) {
	case '.':
		return true;
	case PATTERN_ESCAPE:
		return in_class(c, (unsigned char)p[1]);
	case '[':
		/* A long set is work of its own. */
		step(m, (uint64_t)(end - p) / 4);
		return in_set(c, p, end - 1);
	default:
		return (unsigned char)*p == c;
	}
}

/* --- items ------------------------------------------------------------------------------------ */

static const char *repeat_greedy(Pattern *m, const char *s, const char *p, const char *end)
{
	ptrdiff_t n = 0;

	while (single(m, s + n, p, end)) {
		n++;
		if (!step(m, 1))
			return NULL;
	}
	for (; n >= 0; n--) {
		const char *found = match_here(m, s + n, end + 1);

		if (found || failed(m))
			return found;
	}
	return NULL;
}

static const char *repeat_lazy(Pattern *m, const char *s, const char *p, const char *end)
{
	for (;;) {
		const char *found = match_here(m, s, end + 1);

		if (found || failed(m))
			return found;
		if (!single(m, s, p, end))
			return NULL;
		s++;
	}
}

static const char *capture_begin(Pattern *m, const char *s, const char *p, ptrdiff_t what)
{
	if (m->captures >= PATTERN_CAPTURES_MAX)
		return fail(m, "too many captures");
	m->capture[m->captures].begin = s;
	m->capture[m->captures].len = what;
	m->captures++;

	const char *found = match_here(m, s, p);

	if (!found)
		m->captures--;
	return found;
}

static const char *capture_end(Pattern *m, const char *s, const char *p)
{
	unsigned i = m->captures;

	while (i > 0 && m->capture[i - 1].len != PATTERN_UNFINISHED)
		i--;
	if (i == 0)
		return fail(m, "invalid pattern capture");
	m->capture[i - 1].len = s - m->capture[i - 1].begin;

	const char *found = match_here(m, s, p);

	if (!found)
		m->capture[i - 1].len = PATTERN_UNFINISHED;
	return found;
}

/* %1 … %9: the same text again. */
static const char *match_back(Pattern *m, const char *s, unsigned char digit)
{
	int i = digit - '1';

	if (i < 0 || i >= (int)m->captures || m->capture[i].len == PATTERN_UNFINISHED)
		return fail(m, "invalid capture index %%%d", i + 1);
	if (m->capture[i].len < 0)
		return NULL; /* a position matches no text */
	size_t len = (size_t)m->capture[i].len;

	if ((size_t)(m->text_end - s) < len || !step(m, len / 16))
		return NULL;
	return memcmp(m->capture[i].begin, s, len) == 0 ? s + len : NULL;
}

/* %bxy; p stands on the x. */
static const char *match_balance(Pattern *m, const char *s, const char *p)
{
	size_t open = 1;

	if (p >= m->pattern_end - 1)
		return fail(m, "malformed pattern (missing arguments to '%%b')");
	if (s >= m->text_end || *s != *p)
		return NULL;
	while (++s < m->text_end && step(m, 1)) {
		if (*s == p[1]) {
			if (--open == 0)
				return s + 1;
		} else if (*s == *p) {
			open++;
		}
	}
	return NULL;
}

/* %f[set]; p stands on the '['. The end of the set when the border is here. */
static const char *match_frontier(Pattern *m, const char *s, const char *p)
{
	if (*p != '[')
		return fail(m, "missing '[' after '%%f' in pattern");
	const char *end = class_end(m, p);

	if (!end)
		return NULL;
	unsigned char before = s == m->text ? '\0' : (unsigned char)s[-1];
	unsigned char here = s == m->text_end ? '\0' : (unsigned char)*s;

	return !in_set(before, p, end - 1) && in_set(here, p, end - 1) ? end : NULL;
}

/* --- the pattern ------------------------------------------------------------------------------ */

/* An item that begins with %b, %f or %1: moves *s and *p behind it, or sets *s to NULL. False: it
 * is none of these. */
static bool match_escape(Pattern *m, const char **s, const char **p)
{
	unsigned char kind = (unsigned char)(*p)[1];

	if (kind == 'b') {
		*s = match_balance(m, *s, *p + 2);
		if (*s)
			*p += 4;
	} else if (kind == 'f') {
		*p = match_frontier(m, *s, *p + 2);
		if (!*p)
			*s = NULL;
	} else if (kind >= '0' && kind <= '9') {
		*s = match_back(m, *s, kind);
		*p += 2;
	} else {
		return false;
	}
	return true;
}

/* One character with its suffix. True: go on at *s and *p; false: *s is the result. */
static bool match_character(Pattern *m, const char **s, const char **p)
{
	const char *end = class_end(m, *p), *found;

	if (!end) {
		*s = NULL;
		return false;
	}
	char suffix = end < m->pattern_end ? *end : '\0';

	if (!single(m, *s, *p, end)) {
		*p = end + 1;
		if (suffix == '*' || suffix == '?' || suffix == '-')
			return true;
		*s = NULL;
		return false;
	}
	switch (suffix) {
	case '?':
		found = match_here(m, *s + 1, end + 1);
		if (!found && !failed(m)) {
			*p = end + 1;
			return true;
		}
		*s = found;
		return false;
	case '+':
		*s = repeat_greedy(m, *s + 1, *p, end);
		return false;
	case '*':
		*s = repeat_greedy(m, *s, *p, end);
		return false;
	case '-':
		*s = repeat_lazy(m, *s, *p, end);
		return false;
	default:
		++*s;
		*p = end;
		return true;
	}
}

static const char *match_here(Pattern *m, const char *s, const char *p)
{
	if (m->depth == 0)
		return fail(m, "pattern too complex");
	m->depth--;
	while (s && p != m->pattern_end) {
		if (!step(m, 1)) {
			s = NULL;
		} else if (*p == '(') {
			bool position = p[1] == ')';

			s = capture_begin(m, s, p + 1 + position,
					  position ? PATTERN_POSITION : PATTERN_UNFINISHED);
			break;
		} else if (*p == ')') {
			s = capture_end(m, s, p + 1);
			break;
		} else if (*p == '$' && p + 1 == m->pattern_end) {
			if (s != m->text_end)
				s = NULL;
			break;
		} else if (*p != PATTERN_ESCAPE || !match_escape(m, &s, &p)) {
			if (!match_character(m, &s, &p))
				break;
		}
	}
	m->depth++;
	return failed(m) ? NULL : s;
}

void pattern_init(Pattern *m, const char *text, size_t text_len, const char *pattern,
		  size_t pattern_len)
{
	memset(m, 0, sizeof *m);
	m->text = text;
	m->text_end = text + text_len;
	m->pattern = pattern;
	m->pattern_end = pattern + pattern_len;
	m->steps_max = PATTERN_STEPS_MAX;
	m->steps_poll = PATTERN_POLL;
}

const char *pattern_match(Pattern *m, const char *at)
{
	m->captures = 0;
	m->depth = PATTERN_DEPTH_MAX;
	return match_here(m, at, m->pattern);
}

bool pattern_capture(Pattern *m, unsigned i, const char *begin, const char *end, const char **out,
		     size_t *len, size_t *position)
{
	*out = begin;
	*len = 0;
	*position = 0;
	if (i >= m->captures) {
		if (i != 0)
			return fail(m, "invalid capture index %%%u", i + 1);
		*len = (size_t)(end - begin);
		return true;
	}
	if (m->capture[i].len == PATTERN_UNFINISHED)
		return fail(m, "unfinished capture");
	*out = m->capture[i].begin;
	if (m->capture[i].len == PATTERN_POSITION) {
		*position = (size_t)(*out - m->text) + 1;
		*out = NULL;
	} else {
		*len = (size_t)m->capture[i].len;
	}
	return true;
}
