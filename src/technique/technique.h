/* Techniques: what is applied to a model to make it cost less. Each is a const Technique in a
 * file of its own (src/technique/techniques/), listed in techniques.am.
 *
 * A technique takes a model and gives a new one; the old one is unchanged, which is also how it
 * is undone. Masks and fake quantization are training devices: a saving shows only in the
 * program or the file made from the result.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TECHNIQUE_TECHNIQUE_H
#define WATTLE_TECHNIQUE_TECHNIQUE_H

#include "base/control.h"
#include "base/err.h"
#include "base/info.h"
#include "model/model.h"

typedef struct Technique {
	Info info; /* params; a "data" parameter of kind "rows" gives training rows */
	/* A new model, owned by the caller; NULL and *err on failure. watch reports fine-tuning
	 * epochs, may be NULL. */
	Model *(*apply)(const Model *model, const Params *params, FitWatch *watch, Control *control,
			Err *err);
	/* What its result is meant to run in: what kernel="auto" tries beside dense. */
	KernelForm form;
} Technique;

#define TECHNIQUE_POLLED 18 /* bits of the numbers between two looks at the control */

/* Of a loop that comes to number `at` next, and to at + more behind it: now and then polls the
 * control. */
static inline bool technique_poll(Control *control, size_t at, size_t more, Err *err)
{
	return at >> TECHNIQUE_POLLED == (at + more) >> TECHNIQUE_POLLED ||
	       control_poll(control, err);
}

/* The table; ends with NULL. */
extern const Technique *const techniques[];
const Technique *technique_find(const char *name);

#endif
