/* Text from strangers: decoding, cleaning, measuring, and printing to people.
 * SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define TEXT_INVALID 0xfffd
#define TEXT_SHORT 1024    /* formatted without the heap up to here */
#define TEXT_ESCAPE_MAX 11 /* "\U000e0001" and its NUL */
#define TEXT_WORD_MAX 64   /* longer words have no nearest */
#define TEXT_DISTANCE_MAX 2

typedef struct Range {
	uint32_t first, last;
} Range;

static const Range text_ranges[];
static const size_t text_ranges_count;

/* The lead bytes and the limits of the second byte: Unicode Standard, table 3-7. An invalid
 * sequence ends before the first byte that cannot continue it, so that a cut character hides no
 * text behind it. */
size_t text_decode(const char *in, size_t len, uint32_t *code)
{
	const unsigned char *p = (const unsigned char *)in;
	unsigned char low = 0x80, high = 0xbf;
	size_t need;

	*code = TEXT_INVALID;
	if (len == 0)
		return 0;
	if (p[0] < 0x80) {
		*code = p[0];
		return 1;
	}
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 1;
	need = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	uint32_t value = p[0] & (0x7fu >> need);

	for (size_t i = 1; i < need; i++) {
		if (i >= len || p[i] < low || p[i] > high)
			return i;
		value = value << 6 | (p[i] & 0x3fu);
		low = 0x80;
		high = 0xbf;
	}
	*code = value;
	return need;
}

bool text_hidden(uint32_t code)
{
	for (size_t i = 0; i < text_ranges_count && text_ranges[i].first <= code; i++)
		if (code <= text_ranges[i].last)
			return true;
	return false;
}

/* One character, made harmless: *in itself, an escape in *escape, or U+FFFD. Returns the bytes used
 * of in and sets
 * *show and *show_len to what is to be shown. */
static size_t text_show(const char *in, size_t len, char escape[TEXT_ESCAPE_MAX], const char **show,
			size_t *show_len)
{
	uint32_t code;
	size_t used = text_decode(in, len, &code);

	if (code == '\n' || code == '\t' || (code != TEXT_INVALID && !text_hidden(code))) {
		*show = in;
		*show_len = used;
	} else if (code == TEXT_INVALID) {
		*show = "\xef\xbf\xbd";
		*show_len = 3;
	} else {
		const char *format = code < 0x100     ? "\\x%02" PRIx32
				     : code < 0x10000 ? "\\u%04" PRIx32
						      : "\\U%08" PRIx32;

		*show = escape;
		*show_len = (size_t)snprintf(escape, TEXT_ESCAPE_MAX, format, code);
	}
	return used;
}

size_t text_clean(char *out, size_t cap, const char *in, size_t len)
{
	size_t need = 0, written = 0;
	bool fits = cap > 0;

	for (size_t i = 0; i < len;) {
		char escape[TEXT_ESCAPE_MAX];
		const char *show;
		size_t show_len;

		i += text_show(in + i, len - i, escape, &show, &show_len);
		need += show_len;
		fits = fits && need < cap;
		if (fits) {
			memcpy(out + written, show, show_len);
			written = need;
		}
	}
	if (cap > 0)
		out[written] = '\0';
	return need;
}

void text_write(FILE *to, const char *in, size_t len)
{
	for (size_t i = 0; i < len;) {
		char escape[TEXT_ESCAPE_MAX];
		const char *show;
		size_t show_len;

		i += text_show(in + i, len - i, escape, &show, &show_len);
		fwrite(show, 1, show_len, to);
	}
}

void text_printf(FILE *to, const char *format, ...)
{
	char brief[TEXT_SHORT], *full = NULL;
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	int need = vsnprintf(brief, sizeof brief, format, args);

	if (need >= (int)sizeof brief) {
		full = malloc((size_t)need + 1);
		if (full)
			vsnprintf(full, (size_t)need + 1, format, again);
	}
	va_end(again);
	va_end(args);
	if (full)
		text_write(to, full, (size_t)need);
	else if (need >= 0)
		text_write(to, brief, strlen(brief));
	free(full);
}

size_t text_words(const char *text)
{
	static const char blanks[] = " \t\r\n\v\f";
	size_t words = 0;

	for (text += strspn(text, blanks); *text; text += strspn(text, blanks)) {
		text += strcspn(text, blanks);
		words++;
	}
	return words;
}

size_t text_columns(const char *text)
{
	size_t columns = 0, len = strlen(text);

	for (size_t i = 0; i < len;) {
		uint32_t code;

		i += text_decode(text + i, len - i, &code);
		int width = wcwidth((wchar_t)code);

		columns += width < 0 ? 1 : (size_t)width;
	}
	return columns;
}

static size_t text_least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment over bytes; three rows of the table are enough. */
static size_t text_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][TEXT_WORD_MAX + 1];

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *two = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t swap = above[j - 1] + (a[i - 1] != b[j - 1]);

			row[j] = text_least(swap, text_least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = text_least(row[j], two[j - 2] + 1);
		}
	}
	return rows[a_len % 3][b_len];
}

const char *text_nearest(const char *word, const char *const *names)
{
	const char *nearest = NULL;
	size_t word_len = strlen(word);
	size_t best = text_least(TEXT_DISTANCE_MAX + 1, word_len);

	if (word_len > TEXT_WORD_MAX)
		return NULL;
	for (; *names; names++) {
		size_t len = strlen(*names);

		if (len > TEXT_WORD_MAX)
			continue;
		size_t distance = text_distance(word, word_len, *names, len);

		if (distance > 0 && distance < best) {
			best = distance;
			nearest = *names;
		}
	}
	return nearest;
}

bool text_ends(const char *text, const char *ending)
{
	size_t len = strlen(text), own = strlen(ending);

	return len > own && strcmp(text + len - own, ending) == 0;
}

const char *text_did_you_mean(char out[TEXT_HINT_MAX], const char *word, const char *const *names)
{
	const char *near = text_nearest(word, names);

	text_format(out, TEXT_HINT_MAX, near ? " (did you mean '%s'?)" : "%s", near ? near : "");
	return out;
}

size_t text_vformat(char *out, size_t cap, const char *format, va_list args)
{
	if (cap == 0)
		return 0;
	int need = vsnprintf(out, cap, format, args);

	if (need < 0) {
		out[0] = '\0';
		return 0;
	}
	if ((size_t)need < cap)
		return (size_t)need;
	/* Cut: a lead byte in the last three may want more bytes than are left. */
	size_t len = cap - 1;

	for (size_t back = 1; back <= 3 && back <= len; back++) {
		unsigned char byte = (unsigned char)out[len - back];

		if (byte < 0x80)
			break;
		if (byte >= 0xc0) {
			if (back < (byte < 0xe0 ? 2u : byte < 0xf0 ? 3u : 4u))
				len -= back;
			break;
		}
	}
	out[len] = '\0';
	return len;
}

size_t text_format(char *out, size_t cap, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	size_t len = text_vformat(out, cap, format, args);
	va_end(args);
	return len;
}

char *text_hex(char *out, const uint8_t *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * len] = '\0';
	return out;
}

char *text_thousands(char out[32], uint64_t value)
{
	char digits[24];
	int len = snprintf(digits, sizeof digits, "%" PRIu64, value);
	char *p = out;

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			*p++ = ',';
		*p++ = digits[i];
	}
	*p = '\0';
	return out;
}

/* Controls, separators and Default_Ignorable_Code_Point of Unicode 15 (DerivedCoreProperties.txt),
 * plus the interlinear annotation marks; sorted. */
/* clang-format off */
static const Range text_ranges[] = {
	{ 0x0000, 0x001f }, { 0x007f, 0x009f }, { 0x00ad, 0x00ad }, { 0x034f, 0x034f },
	{ 0x061c, 0x061c }, { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 }, { 0x180b, 0x180f },
	{ 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0x3164, 0x3164 },
	{ 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 }, { 0xfff0, 0xfffb },
	{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
};
/* clang-format on */
static const size_t text_ranges_count = sizeof text_ranges / sizeof text_ranges[0];
