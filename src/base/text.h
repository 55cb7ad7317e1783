/* Text that may come from strangers, and the one way in which it reaches a terminal.
 *
 * Lesson texts, dataset, class and file names and error strings may hold escapes that retitle a
 * terminal or spoof a prompt. text_clean makes them harmless: C0 controls (bar newline and tab),
 * DEL, C1, bidirectional controls, zero-width characters and invalid UTF-8 come out visibly (\x1b,
 * \u202e, U+FFFD).
 *
 * Numbers are printed and read with '.' everywhere because the mains call setlocale for LC_CTYPE
 * only, never for LC_ALL or LC_NUMERIC. Keep it so.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_BASE_TEXT_H
#define WATTLE_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Decodes one character of at most len bytes; *code is U+FFFD for an invalid sequence.
 * Returns the bytes used, at least 1 while len > 0. */
size_t text_decode(const char *in, size_t len, uint32_t *code);

/* True for what text_clean shows as an escape: controls (also newline and tab), bidirectional
 * controls, line and paragraph separators, and the characters that Unicode lets a terminal draw as
 * nothing (Default_Ignorable_Code_Point), variation selectors and the joiners of emoji too. */
bool text_hidden(uint32_t code);

/* Cleans len bytes into out (cap bytes with the closing NUL, cut at a character border).
 * Returns the bytes that the whole result needs, without the NUL; cap may be 0. */
size_t text_clean(char *out, size_t cap, const char *in, size_t len);

/* The output function: formats, cleans and writes. Numbers use '.' whatever the user's locale, see
 * above. Short of memory, a text of more than 1 KiB is cut there. Write errors are left to
 * ferror(to). */
void text_printf(FILE *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_write(FILE *to, const char *in, size_t len);

/* Runs of bytes between blanks, tabs and ends of lines. */
size_t text_words(const char *text);

/* Columns that clean UTF-8 text takes on a terminal (wcwidth; 1 where the locale does not know). */
size_t text_columns(const char *text);

/* True for a text that has more before this ending: text_ends("ex1.lua", ".lua"). */
bool text_ends(const char *text, const char *ending);

/* The entry of names (ends with NULL) nearest to word, at an edit distance of 1 or 2 that is also
 * shorter than the word; NULL when none is. A swap of neighbours counts 1 (optimal string
 * alignment); the first of equals wins. */
const char *text_nearest(const char *word, const char *const *names);

#define TEXT_HINT_MAX 160
/* " (did you mean 'sparsity'?)", to be put behind a message on an unknown word; "" when no name is
 * near. Written into out, which is returned. */
const char *text_did_you_mean(char out[TEXT_HINT_MAX], const char *word, const char *const *names);

/* snprintf that never cuts inside a character. Returns the bytes written, without the NUL. */
size_t text_format(char *out, size_t cap, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

size_t text_vformat(char *out, size_t cap, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

/* Two lower-case digits a byte. out holds 2·len + 1 bytes; returned. */
char *text_hex(char *out, const uint8_t *bytes, size_t len);

/* "1,066,440": groups of three. out holds at least 32 bytes; returned. */
char *text_thousands(char out[32], uint64_t value);

#endif
