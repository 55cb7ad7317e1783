/* Writes a canvas as lines of text.
 * SPDX-License-Identifier: MIT */
#include "ui/dump.h"

static void dump_code(uint32_t code, FILE *to)
{
	char bytes[4];
	size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	if (len == 1) {
		fputc((int)code, to);
		return;
	}
	for (size_t i = len - 1; i > 0; i--, code >>= 6)
		bytes[i] = (char)(0x80 | (code & 0x3f));
	bytes[0] = (char)((0xf00 >> len & 0xf0) | code);
	fwrite(bytes, 1, len, to);
}

void dump_text(const Canvas *canvas, FILE *to)
{
	for (int y = 0; y < canvas->height; y++) {
		for (int x = 0; x < canvas->width; x++) {
			uint32_t code = canvas->cells[y * canvas->width + x].code;

			if (code)
				dump_code(code, to);
		}
		fputc('\n', to);
	}
}

void dump_styles(const Canvas *canvas, FILE *to)
{
	dump_text(canvas, to);
	for (int y = 0; y < canvas->height; y++) {
		for (int x = 0; x < canvas->width; x++)
			fputc('a' + canvas->cells[y * canvas->width + x].style, to);
		fputc('\n', to);
	}
}
