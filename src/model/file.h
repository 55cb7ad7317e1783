/* Model files: a checked binary format that holds what runs, no more; no code, no paths, no
 * external references.
 *
 *   "WATTLEM1" · u32 header bytes · u32 CRC-32C of the header · header (JSON) · sections · end
 *
 * All numbers are little-endian. The header names the kind, the input's shape, the line of each
 * layer (layer.h) and, for each span in order, its encoding, its bytes and its CRC-32C; sections
 * follow in that order without gaps, and must end where the file ends. Five of its keys are there
 * only where they say something: "form" ("floats" or "sparse") of the rows that the model takes,
 * bytes without it; "entries" of a sparse one (Model.entries); "numbers" (true) of a regression;
 * "border" of one output for two classes (Model.border); "settings" of a kind that is shaped by its
 * data, those that were given, by name, as texts. Of a span of rows·cols parameters (row-major):
 *   f32     rows·cols floats
 *   bits32  a bitmap of rows·cols bits (1: kept; least significant first, padded with 0), the
 *           floats of those kept
 *   csr16   u32 count of kept values of each column, then column by column u16 row of each, rows
 *           ascending, then f32 value of each
 *   s8      f32 scale of each column, then rows·cols signed bytes in −127 … 127
 *   bits8   f32 scale of each column, a bitmap as in bits32, the signed bytes of those not 0
 *   u8, u16, u32  rows·cols integers, of a span of that type
 * A span takes the smallest encoding that keeps it exactly: a weight of a pruned model bits32 or
 * csr16, of a quantized one s8, of one that is both s8 or bits8; integers as they are; everything
 * else f32. Integers that are used as an index are checked by their layer (LayerKind.check). A
 * loaded model has its mask again and runs the same numbers, bit for bit. The f32 weights of a
 * quantized model are its integers times their scales, before and after.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_FILE_H
#define WATTLE_MODEL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/model.h"

#define MODEL_FILE_HEADER_MAX (1u << 20)

/* Exact bytes that model_save writes. 0 and *err as model_save_memory. */
uint64_t model_file_bytes(const Model *model, Err *err);

/* To a new file beside path, fsync, rename, fsync of the folder. ERR_FILE names the call; the
 * old file is then as it was. */
bool model_save(const Model *model, const char *path, Err *err);
/* Into memory: *bytes is malloc'ed and the caller's. ERR_DIVERGED when a weight is not finite:
 * it could not be loaded again. ERR_ARGUMENT: a kind that is shaped by its data, not
 * fitted yet. */
bool model_save_memory(const Model *model, uint8_t **bytes, size_t *len, Err *err);

/* ERR_FORMAT names the section and what is off; nothing is allocated from an unchecked size.
 * path must be a regular file and no link. */
Model *model_load(const char *path, Err *err);
/* name stands in errors. */
Model *model_load_memory(const uint8_t *bytes, size_t len, const char *name, Err *err);

#endif
