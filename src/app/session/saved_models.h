/* The models that the script of a run saves, from the reader's side: noted as the worker tells of
 * them, and brought from its scratch folder to their place once the run has finished. What is in
 * that place already is never overwritten.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_SAVED_MODELS_H
#define WATTLE_APP_SAVED_MODELS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

/* Begins with zeros and saved_models_done. */
typedef struct SavedModels {
	const char *folder; /* their place; borrowed; NULL: none, they are told of and dropped */
	json_t *list; /* {name: saved record} of the run so far, for its other workers; NULL: none */
} SavedModels;

/* Notes a saved record (borrowed). False and *err where its file could not be brought to its place,
 * because another one is there or none can be written: that is known as soon as it is saved.
 * ERR_DIED for what no worker of ours tells. */
bool saved_models_take(SavedModels *models, const char *scratch, const json_t *record, Err *err);

#define SAVED_TEXT_MAX 8192 /* enough for what is to be said of a run's models */

/* The run has finished: each file to its place, and a text that says where; then there are none.
 * False where one cannot be written, of which nothing stays; *err is about the first. */
bool saved_models_keep(SavedModels *models, const char *scratch, char *text, size_t cap, Err *err);

/* The run did not finish: none is kept, their files go; a sentence about that into text,
 * "" without models; NULL, 0: nothing is said. */
void saved_models_drop(SavedModels *models, const char *scratch, char *text, size_t cap);

void saved_models_done(SavedModels *models);

#endif
