/* Models that a script saves: what they may be called, how many there may be, and where a worker
 * leaves them.
 *
 * A worker may write into its scratch folder only: there the file of a model lies as
 * SAVED_PREFIX NAME, and a saved record (wattle-records(5)) tells of it. The reader, which trusts
 * neither name nor file, brings it to its place when the run has finished.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_SAVED_H
#define WATTLE_LAB_SAVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAVED_PREFIX "saved-"
#define SAVED_ENDING ".model"
#define SAVED_NAME_MAX 64                   /* bytes of a name, its ending included */
#define SAVED_FILES_MAX 64                  /* of a run */
#define SAVED_BYTES_MAX (UINT64_C(1) << 28) /* of all of them together */

/* What a name must be, for messages. */
#define SAVED_NAME_RULE                                                                       \
	"letters, digits, '_', '-' and '.', at most 64 bytes, a letter or a digit first and " \
	".model last, as in \"small.model\""

/* Whether these bytes are such a name: the name of a file in any folder, and nothing else. */
bool saved_name_ok(const char *name, size_t len);

#endif
