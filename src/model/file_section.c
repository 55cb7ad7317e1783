/* Model files: reading a section.
 * SPDX-License-Identifier: MIT */
#include "model/file_section.h"

static bool value_f32(const uint8_t *from, float *to, Err *err)
{
	*to = get_f32(from);
	return isfinite(*to) || file_bad(err, "a value is not finite");
}

static bool bitmap_at(const uint8_t *bitmap, size_t at)
{
	return bitmap[at / 8] >> at % 8 & 1;
}

/* True when exactly kept bits are set, all of them below n. */
static bool bitmap_check(const uint8_t *bitmap, size_t n, size_t kept, Err *err)
{
	size_t set = 0;

	for (size_t at = 0; at < (n + 7) / 8 * 8; at++) {
		if (at >= n && bitmap_at(bitmap, at))
			return file_bad(err, "a bit is set behind the end of the bitmap");
		set += bitmap_at(bitmap, at);
	}
	return set == kept ||
	       err_set(err, ERR_FORMAT, "%zu values for %zu kept parameters", kept, set);
}

static bool target_f32(Target *to, const Section *section, Err *err)
{
	for (size_t at = 0; at < to->span->rows * to->span->cols; at++)
		if (!value_f32(section->bytes + 4 * at, &to->w[at], err))
			return false;
	return true;
}

static bool target_bits32(Target *to, const Section *section, Err *err)
{
	size_t n = to->span->rows * to->span->cols, bitmap = (n + 7) / 8;
	const uint8_t *value = section->bytes + bitmap;

	if (!bitmap_check(section->bytes, n, (section->len - bitmap) / 4, err))
		return false;
	for (size_t at = 0; at < n; at++) {
		to->mask[at] = bitmap_at(section->bytes, at);
		if (!to->mask[at])
			continue;
		if (!value_f32(value, &to->w[at], err))
			return false;
		value += 4;
	}
	return true;
}

static bool target_csr16(Target *to, const Section *section, Err *err)
{
	size_t rows = to->span->rows, cols = to->span->cols, kept = (section->len - 4 * cols) / 6,
	       at = 0;
	const uint8_t *index = section->bytes + 4 * cols, *value = index + 2 * kept;

	memset(to->mask, 0, rows * cols);
	for (size_t col = 0; col < cols; col++) {
		uint32_t count = get_u32(section->bytes + 4 * col);
		size_t next = 0;

		if (count > kept - at)
			return err_set(err, ERR_FORMAT,
				       "column %zu keeps more values than there are", col);
		for (size_t end = at + count; at < end; at++) {
			size_t row = get_u16(index + 2 * at);

			if (row < next || row >= rows)
				return err_set(err, ERR_FORMAT,
					       "column %zu: row %zu is out of order", col, row);
			if (!value_f32(value + 4 * at, &to->w[row * cols + col], err))
				return false;
			to->mask[row * cols + col] = 1;
			next = row + 1;
		}
	}
	return at == kept || file_bad(err, "more values than the columns keep");
}

/* s8 and bits8. */
static bool target_integers(Target *to, const Section *section, Err *err)
{
	size_t n = to->span->rows * to->span->cols, cols = to->span->cols, bitmap = (n + 7) / 8;
	bool all = section->encoding == ENCODING_S8;
	const uint8_t *bits = section->bytes + 4 * cols, *value = all ? bits : bits + bitmap;

	for (size_t col = 0; col < cols; col++) {
		to->quant->w_scale[col] = get_f32(section->bytes + 4 * col);
		if (!section_scale_fine(to->quant->w_scale[col]))
			return err_set(err, ERR_FORMAT, "the scale of column %zu is off", col);
	}
	if (!all && !bitmap_check(bits, n, section->len - 4 * cols - bitmap, err))
		return false;
	for (size_t at = 0; at < n; at++) {
		bool kept = all || bitmap_at(bits, at);

		to->quant->w[at] = kept ? (int8_t)*value++ : 0;
		if (to->quant->w[at] == INT8_MIN || (!all && kept && to->quant->w[at] == 0))
			return file_bad(err, "an integer is out of range");
	}
	to->quant->x_scale = section->x_scale;
	to->quant->y_scale = section->y_scale;
	to->quant->x_zero = section->x_zero;
	to->quant->y_zero = section->y_zero;
	return true;
}

/* u8, u16 and u32. */
static void target_unsigned(const Target *to, const Section *section)
{
	size_t n = to->span->rows * to->span->cols;
	uint16_t *u16 = to->data;
	uint32_t *u32 = to->data;

	if (section->encoding == ENCODING_U8)
		memcpy(to->data, section->bytes, n);
	for (size_t at = 0; section->encoding == ENCODING_U16 && at < n; at++)
		u16[at] = get_u16(section->bytes + 2 * at);
	for (size_t at = 0; section->encoding == ENCODING_U32 && at < n; at++)
		u32[at] = get_u32(section->bytes + 4 * at);
}

bool section_fill(Target *to, const Section *section, Err *err)
{
	switch (section->encoding) {
	case ENCODING_F32:
		return target_f32(to, section, err);
	case ENCODING_BITS32:
		return target_bits32(to, section, err);
	case ENCODING_CSR16:
		return target_csr16(to, section, err);
	case ENCODING_S8:
	case ENCODING_BITS8:
		return target_integers(to, section, err);
	case ENCODING_U8:
	case ENCODING_U16:
	case ENCODING_U32:
		target_unsigned(to, section);
		return true;
	case ENCODINGS:
		break;
	}
	return false;
}
