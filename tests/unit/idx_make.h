/* Makes IDX files for tests, in memory and in a temporary folder.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_IDX_MAKE_H
#define WATTLE_TESTS_IDX_MAKE_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "folder.h"

typedef struct Blob {
	uint8_t *bytes;
	size_t len;
} Blob;

/* The header for the sizes, then content (len bytes; NULL: byte i is 7·i modulo 251). */
static inline Blob idx_make(const uint32_t *sizes, size_t dimensions, const uint8_t *content,
			    size_t len)
{
	Blob out = { malloc(4 + 4 * dimensions + len), 4 + 4 * dimensions + len };
	uint8_t *at = out.bytes;

	if (!at)
		abort();
	*at++ = 0;
	*at++ = 0;
	*at++ = 8;
	*at++ = (uint8_t)dimensions;
	for (size_t i = 0; i < dimensions; i++)
		for (int shift = 24; shift >= 0; shift -= 8)
			*at++ = (uint8_t)(sizes[i] >> shift);
	for (size_t i = 0; i < len; i++)
		*at++ = content ? content[i] : (uint8_t)(7 * i % 251);
	return out;
}

static inline Blob gzip_make(Blob in)
{
	z_stream z = { .next_in = in.bytes, .avail_in = (uInt)in.len };
	Blob out = { malloc(in.len + 1024), in.len + 1024 };

	z.next_out = out.bytes;
	z.avail_out = (uInt)out.len;
	if (!out.bytes || deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK ||
	    deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	out.len = z.total_out;
	deflateEnd(&z);
	return out;
}

__attribute__((format(printf, 2, 3))) static inline void file_write(Blob blob, const char *format,
								    ...)
{
	char path[1024];
	va_list args;
	FILE *file;

	va_start(args, format);
	vsnprintf(path, sizeof path, format, args);
	va_end(args);
	file = fopen(path, "wb");
	if (!file || fwrite(blob.bytes, 1, blob.len, file) != blob.len || fclose(file) != 0)
		abort();
}

#endif
