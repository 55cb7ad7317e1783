/* What writing and reading of model files share: encodings of a section, their sizes,
 * little-endian numbers.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_FILE_FORMAT_H
#define WATTLE_MODEL_FILE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "model/model.h"

#define FILE_MAGIC "WATTLEM1"
#define FILE_MAGIC_BYTES 8
#define FILE_FIXED_BYTES 16  /* magic, header bytes, header CRC */
#define FILE_SCALE_MAX 1e30f /* 127 times this is still finite */
#define FILE_SEED_MAX 9007199254740992.0

/* csr16 is the one encoding in which few bytes stand for many parameters; a section stands for
 * at most this many a byte, so that a small file cannot ask for much memory. */
#define FILE_EXPANSION_MAX 256
#define FILE_CSR16_ROWS_MAX 65535

typedef enum Encoding {
	ENCODING_F32,
	ENCODING_BITS32,
	ENCODING_CSR16,
	ENCODING_S8,
	ENCODING_BITS8,
	ENCODING_U8,
	ENCODING_U16,
	ENCODING_U32,
	ENCODINGS,
} Encoding;

extern const char *const encoding_names[ENCODINGS];

/* The one encoding of a span of integers; of floats the plain one. */
static inline Encoding encoding_of(SpanType type)
{
	static const Encoding encodings[] = {
		[SPAN_F32] = ENCODING_F32,
		[SPAN_U8] = ENCODING_U8,
		[SPAN_U16] = ENCODING_U16,
		[SPAN_U32] = ENCODING_U32,
	};

	return encodings[type];
}

/* Kept values are one byte, behind the scales of the columns. */
static inline bool encoding_quantized(Encoding encoding)
{
	return encoding == ENCODING_S8 || encoding == ENCODING_BITS8;
}

/* Bytes of a section of rows·cols parameters, kept of them not pruned; the product fits
 * (model_add_span). False when the encoding cannot hold it. */
bool encoding_bytes(Encoding encoding, size_t rows, size_t cols, size_t kept, uint64_t *bytes);

static inline void put_u16(uint8_t *to, uint16_t value)
{
	to[0] = (uint8_t)value;
	to[1] = (uint8_t)(value >> 8);
}

static inline void put_u32(uint8_t *to, uint32_t value)
{
	put_u16(to, (uint16_t)value);
	put_u16(to + 2, (uint16_t)(value >> 16));
}

static inline void put_f32(uint8_t *to, float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof bits);
	put_u32(to, bits);
}

static inline uint16_t get_u16(const uint8_t *from)
{
	return (uint16_t)(from[0] | from[1] << 8);
}

static inline uint32_t get_u32(const uint8_t *from)
{
	return get_u16(from) | (uint32_t)get_u16(from + 2) << 16;
}

static inline float get_f32(const uint8_t *from)
{
	uint32_t bits = get_u32(from);
	float value;

	memcpy(&value, &bits, sizeof value);
	return value;
}

#endif
