/* The meters overlay: energy sources by the newest meter record (state, why, what helps), their
 * watts by the readings, and what the watching itself costs.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_METERS_H
#define WATTLE_UI_METERS_H

#include <jansson.h>
#include <stdbool.h>

#include "ui/canvas.h"
#include "ui/keys.h"
#include "ui/view.h"

typedef struct Meters {
	bool open;
	json_t *meter;    /* the newest record; owned; NULL: none yet */
	json_t *readings; /* by the name of the source, the newest of each; owned */
	int row, top, page;
} Meters;

void meters_done(Meters *meters);
/* Keeps meter and reading records; other types and odd fields do no harm. */
void meters_take(Meters *meters, const json_t *record);
/* False for an action that does nothing here. */
bool meters_act(Meters *meters, Action action);
void meters_draw(Meters *meters, Canvas *canvas, const Pane *pane, const Scene *scene);

#endif
