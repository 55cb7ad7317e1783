/* The lab: the race of any experiment, from its first epoch to its verdicts.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "ui/view.h"
#include "ui/views/panes.h"
#include "ui/views/race/race.h"

#define CHARTS_HEIGHT 8   /* at least, with their frames */
#define VERDICTS_HEIGHT 6 /* at 80 × 24 */
#define WIDE 130

enum { LAB_LOSS, LAB_COST, LAB_TABLE, LAB_VERDICTS, LAB_ACCURACY, LAB_FACTS, LAB_PANES };

typedef struct Lab {
	Race race;
	int focus;
	bool zoomed;
	size_t scroll[LAB_PANES];
	size_t *most; /* LAB_PANES: how far each may scroll, noted whenever it is drawn */
} Lab;

static void *lab_open(Err *err)
{
	Lab *lab = calloc(1, sizeof *lab);

	if (lab)
		lab->most = calloc(LAB_PANES, sizeof *lab->most);
	if (!lab || !lab->most) {
		free(lab);
		err_set(err, ERR_MEMORY, "no memory for the lab");
		return NULL;
	}
	lab->focus = LAB_TABLE;
	return lab;
}

static void lab_close(void *state)
{
	Lab *lab = state;

	if (!lab)
		return;
	race_done(&lab->race);
	free(lab->most);
	free(lab);
}

static void lab_take(void *state, const json_t *record)
{
	Lab *lab = state;
	bool anew = record_is(record, "type", "run-begin");

	race_take(&lab->race, record);
	if (anew)
		memset(lab->scroll, 0, sizeof lab->scroll);
}

static bool send(Request *out, const char *command)
{
	out->kind = REQUEST_COMMAND;
	text_format(out->text, sizeof out->text, "%s", command);
	return true;
}

static bool lab_act(void *state, Action action, const KeyEvent *event, Request *out)
{
	Lab *lab = state;

	(void)event;
	switch (action) {
	case ACTION_RUN:
	case ACTION_RERUN:
		out->kind = REQUEST_RUN;
		out->flag = action == ACTION_RERUN;
		return true;
	case ACTION_PAUSE:
		return send(out, "pause");
	case ACTION_STOP:
		return send(out, "stop");
	case ACTION_STEP:
		return send(out, "step");
	case ACTION_CONDITION:
		return race_turn(&lab->race, 1);
	case ACTION_CONDITION_BACK:
		return race_turn(&lab->race, -1);
	case ACTION_ZOOM:
		lab->zoomed = !lab->zoomed;
		return true;
	case ACTION_CLOSE:
		if (!lab->zoomed)
			return false;
		lab->zoomed = false;
		return true;
	case ACTION_PANE:
		lab->focus =
			(lab->focus + (event && event->key == KEY_BACKTAB ? LAB_PANES - 1 : 1)) %
			LAB_PANES;
		return true;
	default:
		return view_move(&lab->scroll[lab->focus], lab->most[lab->focus], SCROLL_PAGE,
				 action);
	}
}

static uint32_t lab_at(const void *state)
{
	(void)state;
	return PLACE_LAB;
}

static void draw_flow(const Lab *lab, Canvas *canvas, const Pane *pane, int which)
{
	int columns = pane->width - 4 < FLOW_COLUMNS_MAX ? pane->width - 4 : FLOW_COLUMNS_MAX;
	Flow flow;

	flow_init(&flow, columns);
	if (which == LAB_VERDICTS)
		panes_verdicts_flow(&lab->race, &flow, canvas->glyphs);
	else
		panes_facts_flow(&lab->race, &flow);
	lab->most[which] = panes_scroll_max(flow_lines(&flow), pane->height - 2);
	panes_flow(&flow, canvas, pane, which == LAB_VERDICTS ? "Verdicts and notes" : "This run",
		   lab->scroll[which], lab->focus == which);
	flow_done(&flow);
}

static void draw_pane(const Lab *lab, Canvas *canvas, const Pane *pane, int which,
		      const Scene *scene)
{
	bool focused = lab->focus == which;
	size_t arms = lab->race.plan ? lab->race.plan->arms : 0, most;

	if (pane->width < 2 || pane->height < 2)
		return;
	switch (which) {
	case LAB_LOSS:
		panes_chart(&lab->race, canvas, pane, RACE_CHART_LOSS, scene, focused);
		break;
	case LAB_ACCURACY:
		panes_chart(&lab->race, canvas, pane, RACE_CHART_ACCURACY, scene, focused);
		break;
	case LAB_COST:
		panes_chart(&lab->race, canvas, pane, RACE_CHART_COST, scene, focused);
		break;
	case LAB_TABLE:
		most = lab->most[which] = panes_scroll_max(arms, pane->height - 4);
		panes_table(&lab->race, canvas, pane,
			    lab->scroll[LAB_TABLE] < most ? lab->scroll[LAB_TABLE] : most, scene,
			    focused);
		break;
	default:
		draw_flow(lab, canvas, pane, which);
	}
	if (focused) {
		canvas->cursor_x = pane->x + 1;
		canvas->cursor_y = pane->y + 1;
	}
}

/* Two charts side by side; the third is one Tab away: it takes the place of the left one. */
static void draw_narrow(const Lab *lab, Canvas *canvas, const Pane *pane, const Scene *scene)
{
	bool said = (lab->race.told && lab->race.told->sentences > 0) || lab->race.notice[0] ||
		    lab->focus == LAB_VERDICTS || lab->focus == LAB_FACTS;
	int verdicts = said ? VERDICTS_HEIGHT : 0, table = panes_table_height(&lab->race), charts,
	    half = pane->width / 2;

	if (table > pane->height - verdicts - CHARTS_HEIGHT)
		table = pane->height - verdicts - CHARTS_HEIGHT;
	charts = pane->height - verdicts - table;
	draw_pane(lab, canvas, &(Pane){ pane->x, pane->y, half, charts },
		  lab->focus == LAB_ACCURACY ? LAB_ACCURACY : LAB_LOSS, scene);
	draw_pane(lab, canvas, &(Pane){ pane->x + half, pane->y, pane->width - half, charts },
		  LAB_COST, scene);
	draw_pane(lab, canvas, &(Pane){ pane->x, pane->y + charts, pane->width, table }, LAB_TABLE,
		  scene);
	if (said)
		draw_pane(lab, canvas,
			  &(Pane){ pane->x, pane->y + charts + table, pane->width, verdicts },
			  lab->focus == LAB_FACTS ? LAB_FACTS : LAB_VERDICTS, scene);
}

static void draw_wide(const Lab *lab, Canvas *canvas, const Pane *pane, const Scene *scene)
{
	int table = panes_table_height(&lab->race), third = pane->width / 3,
	    left = FLOW_COLUMNS_MAX + 4;
	int below = pane->height / 4 > VERDICTS_HEIGHT ? pane->height / 4 : VERDICTS_HEIGHT, charts;

	if (table > pane->height - below - CHARTS_HEIGHT)
		table = pane->height - below - CHARTS_HEIGHT;
	charts = pane->height - below - table;
	draw_pane(lab, canvas, &(Pane){ pane->x, pane->y, third, charts }, LAB_LOSS, scene);
	draw_pane(lab, canvas, &(Pane){ pane->x + third, pane->y, third, charts }, LAB_ACCURACY,
		  scene);
	draw_pane(lab, canvas,
		  &(Pane){ pane->x + 2 * third, pane->y, pane->width - 2 * third, charts },
		  LAB_COST, scene);
	draw_pane(lab, canvas, &(Pane){ pane->x, pane->y + charts, pane->width, table }, LAB_TABLE,
		  scene);
	draw_pane(lab, canvas, &(Pane){ pane->x, pane->y + charts + table, left, below },
		  LAB_VERDICTS, scene);
	draw_pane(lab, canvas,
		  &(Pane){ pane->x + left, pane->y + charts + table, pane->width - left, below },
		  LAB_FACTS, scene);
}

static void lab_draw(const void *state, Canvas *canvas, const Pane *pane, const Scene *scene)
{
	const Lab *lab = state;

	if (lab->zoomed)
		draw_pane(lab, canvas, pane, lab->focus, scene);
	else if (pane->width >= WIDE)
		draw_wide(lab, canvas, pane, scene);
	else
		draw_narrow(lab, canvas, pane, scene);
}

static const char *lab_subject(const void *state)
{
	const Lab *lab = state;

	if (lab->race.plan && lab->race.plan->name[0])
		return lab->race.plan->name;
	return lab->race.script[0] ? lab->race.script : NULL;
}

static const char *lab_hint(const void *state)
{
	const Lab *lab = state;

	if (lab->race.conditions > 1)
		return "One condition of several is shown: [ and ] show the others.";
	switch (lab->race.phase) {
	case RACE_NONE:
		return "No run yet: wattle run SCRIPT.lua shows its race here.";
	case RACE_BUILDING:
		return "Training first; then every arm is measured in turn. s stops.";
	case RACE_MEASURING:
		return "Arms take turns in random order, block by block. p pauses, s stops.";
	default:
		return "Ended. r runs again, R with a new seed; Tab and z look closer.";
	}
}

static void lab_say(void *state, const json_t *record, const Speech *speech)
{
	Lab *lab = state;

	if (record)
		race_say(&lab->race, record, speech);
	else
		speech->line(speech->user, "Commands: run, rerun, pause, stop, help, quit. >");
}

const View view_lab = {
	.info = { .name = "lab",
		  .title = "Lab",
		  .about = "The race of an experiment: learning, costs with intervals, verdicts." },
	.key = '2',
	.place = PLACE_LAB,
	.open = lab_open,
	.close = lab_close,
	.take = lab_take,
	.act = lab_act,
	.at = lab_at,
	.draw = lab_draw,
	.subject = lab_subject,
	.hint = lab_hint,
	.say = lab_say,
};
