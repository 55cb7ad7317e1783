/* The bytes of a file or of memory, gunzipped when they begin as gzip does: what every file
 * reader of this folder reads from.
 *
 * A file is opened once, must be a regular file, and is never followed through a link. Nothing is
 * taken at its word: a damaged or cut gzip stream is an error, and the caller says how many bytes
 * it is ready to have. Order of calls: open, get until fewer bytes come than asked for, close.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_DATA_STREAM_H
#define WATTLE_DATA_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

#include "base/control.h"
#include "base/err.h"

struct sha256_ctx;

/* Fields are for reading, but for `members`. */
typedef struct Stream {
	const char *name;      /* what messages call it; borrowed */
	int fd;                /* −1: memory */
	const uint8_t *memory; /* the next of left bytes, when fd is −1 */
	size_t size;           /* bytes of the source */
	size_t left;           /* of those, not read yet */
	uint8_t *buffer;       /* compressed input */
	z_stream z;
	bool gzip;
	bool ended;             /* the gzip trailer was read and agreed */
	bool members;           /* set it after open: gzip files joined together are read as one */
	size_t at;              /* uncompressed bytes given so far */
	struct sha256_ctx *sha; /* fed with every byte given; NULL: none */
	Control *control;
	Err *err;
} Stream;

/* ERR_NEED: there is no such file; ERR_FILE: it cannot be opened, is a link or not a regular file;
 * ERR_MEMORY. control and err are kept until stream_close, which is for an open stream only. */
bool stream_open(Stream *s, const char *path, Control *control, Err *err);
bool stream_open_memory(Stream *s, const uint8_t *bytes, size_t len, const char *name,
			Control *control, Err *err);
void stream_close(Stream *s);

/* Starts again at the first byte. The caller begins a new checksum. ERR_FILE. */
bool stream_rewind(Stream *s);

/* Up to len uncompressed bytes, fewer only at the end (also of a file that is cut off: see
 * stream_whole). ERR_FORMAT: damaged gzip data; ERR_FILE; ERR_MEMORY; what control says, which is
 * asked about every millisecond. */
bool stream_get(Stream *s, uint8_t *out, size_t len, size_t *got);

/* After the end: ERR_FORMAT when a gzip file is cut off, or when other bytes follow it. */
bool stream_whole(Stream *s);

#endif
