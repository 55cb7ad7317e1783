/* The comparison: every arm of one run against its baseline. Differences with intervals, the Pareto
 * chart, claims, verdicts and what is to be known of the measurement.
 *
 * The run is the one that goes on, is replayed, or was opened from the stored ones.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "ui/view.h"
#include "ui/views/compare/compare.h"
#include "ui/views/panes.h"

#define WIDE 130
#define BELOW_HEIGHT 9  /* of the Pareto chart and the verdicts, at least */
#define CHART_HEIGHT 16 /* of the same, before the costs by block get room beside them */
#define COST_HEIGHT 9

enum {
	COMPARE_DIFFERENCES,
	COMPARE_PARETO,
	COMPARE_VERDICTS,
	COMPARE_TABLE,
	COMPARE_COST,
	COMPARE_PANES
};

typedef struct Compare {
	Race race;
	CompareLook look;
	Judged *judged; /* brought up to date whenever it is drawn or said */
	int focus;
	bool zoomed;
	size_t scroll[COMPARE_PANES];
	size_t *most; /* COMPARE_PANES: how far each may scroll, noted whenever it is drawn */
	char subject[RACE_LABEL_MAX + RACE_CONDITION_MAX + 32];
} Compare;

static void *compare_open(Err *err)
{
	Compare *compare = calloc(1, sizeof *compare);

	if (compare) {
		compare->judged = calloc(1, sizeof *compare->judged);
		compare->most = calloc(COMPARE_PANES, sizeof *compare->most);
	}
	if (!compare || !compare->judged || !compare->most) {
		if (compare)
			free(compare->judged);
		free(compare);
		err_set(err, ERR_MEMORY, "no memory for the comparison");
		return NULL;
	}
	compare->look.y = METRIC_ACCURACY;
	return compare;
}

static void compare_close(void *state)
{
	Compare *compare = state;

	if (!compare)
		return;
	race_done(&compare->race);
	free(compare->judged);
	free(compare->most);
	free(compare);
}

/* The experiment, its run, and the condition where there are several. */
static void note_subject(Compare *compare)
{
	const Race *race = &compare->race;
	const char *name = race->plan && race->plan->name[0] ? race->plan->name : race->script;
	char condition[RACE_CONDITION_MAX];

	race_condition(race, condition);
	text_format(compare->subject, sizeof compare->subject, "%s%s%.8s%s%s", name,
		    race->run[0] ? "  run " : "", race->run, *condition ? "  " : "", condition);
}

static void compare_take(void *state, const json_t *record)
{
	Compare *compare = state;
	const Results *before = compare->race.all;

	race_take(&compare->race, record);
	if (record_is(record, "type", "run-begin") || compare->race.all != before) {
		memset(compare->scroll, 0, sizeof compare->scroll);
		memset(compare->judged, 0, sizeof *compare->judged);
		compare->look.x_chosen = compare->look.net = false;
		compare->look.y = METRIC_ACCURACY;
		note_subject(compare);
	}
}

/* --- keys ------------------------------------------------------------------------------------- */

/* The next metric that some arm has a value of, and that is not on the other axis. */
static Metric next_metric(const Results *results, Metric from, Metric other)
{
	Metric metric = from;

	do
		metric = (metric + 1) % METRIC_COUNT;
	while (metric != from && (metric == other || !compare_known(results, metric)));
	return metric;
}

static bool change_axis(Compare *compare, bool along)
{
	CompareLook *look = &compare->look;
	const Results *results = compare_results(&compare->race);

	if (!results)
		return false;
	look->x = compare_x(results, look);
	look->x_chosen = true;
	if (along)
		look->x = next_metric(results, look->x, look->y);
	else
		look->y = next_metric(results, look->y, look->x);
	return true;
}

static bool change_condition(Compare *compare, int by)
{
	if (!race_turn(&compare->race, by))
		return false;
	memset(compare->scroll, 0, sizeof compare->scroll);
	note_subject(compare);
	return true;
}

static bool toggle(bool *flag)
{
	*flag = !*flag;
	return true;
}

static bool change_look(Compare *compare, Action action)
{
	switch (action) {
	case ACTION_AXIS_X:
	case ACTION_AXIS_Y:
		return change_axis(compare, action == ACTION_AXIS_X);
	case ACTION_CONDITION:
	case ACTION_CONDITION_BACK:
		return change_condition(compare, action == ACTION_CONDITION ? 1 : -1);
	case ACTION_IDLE:
		return compare->judged->any_net && toggle(&compare->look.net);
	case ACTION_TEST:
		return toggle(&compare->look.test);
	case ACTION_ZERO:
		return toggle(&compare->look.around);
	case ACTION_LOG:
		return toggle(&compare->look.log);
	default:
		return false;
	}
}

static bool compare_act(void *state, Action action, const KeyEvent *event, Request *out)
{
	Compare *compare = state;
	int back = event->key == KEY_BACKTAB ? COMPARE_PANES - 1 : 1;

	(void)out;
	switch (action) {
	case ACTION_ZOOM:
		return toggle(&compare->zoomed);
	case ACTION_CLOSE:
		return compare->zoomed && toggle(&compare->zoomed);
	case ACTION_PANE:
		compare->focus = (compare->focus + back) % COMPARE_PANES;
		return true;
	default:
		if (change_look(compare, action)) {
			compare->judged->said = false;
			return true;
		}
		return view_move(&compare->scroll[compare->focus], compare->most[compare->focus],
				 SCROLL_PAGE, action);
	}
}

/* Who comes back hears it again. */
static void compare_shown(void *state, Request *out)
{
	Compare *compare = state;

	(void)out;
	compare->judged->said = false;
}

static uint32_t compare_at(const void *state)
{
	(void)state;
	return PLACE_COMPARE;
}

/* --- drawing ---------------------------------------------------------------------------------- */

static void draw_verdicts(const Compare *compare, Canvas *canvas, const Pane *pane)
{
	int columns = pane->width - 4 < FLOW_COLUMNS_MAX ? pane->width - 4 : FLOW_COLUMNS_MAX;
	Flow flow;

	flow_init(&flow, columns);
	compare_flow(compare->judged, &compare->race, &compare->look, &flow, canvas->glyphs);
	compare->most[COMPARE_VERDICTS] = panes_scroll_max(flow_lines(&flow), pane->height - 2);
	panes_flow(&flow, canvas, pane, "Verdicts and notes", compare->scroll[COMPARE_VERDICTS],
		   compare->focus == COMPARE_VERDICTS);
	flow_done(&flow);
}

/* The race as the panes of the lab want it, with words that are made as the run goes on. */
static Race of_condition(const Compare *compare)
{
	Race race = compare->race;

	race.told = &compare->judged->words;
	return race;
}

static size_t scrolled(const Compare *compare, int which, size_t lines, int rows)
{
	size_t most = compare->most[which] = panes_scroll_max(lines, rows);

	return compare->scroll[which] < most ? compare->scroll[which] : most;
}

static void draw_pane(const Compare *compare, Canvas *canvas, const Pane *pane, int which,
		      const Scene *scene)
{
	const Judged *judged = compare->judged;
	bool focused = compare->focus == which;
	Race race = of_condition(compare);
	size_t first;

	if (pane->width < 2 || pane->height < 2)
		return;
	switch (which) {
	case COMPARE_DIFFERENCES:
		first = scrolled(compare, which, compare_lines(judged), pane->height - 2);
		compare_differences(judged, judged->results, &compare->look, canvas, pane, first,
				    focused);
		break;
	case COMPARE_PARETO:
		compare_pareto(judged->results, &compare->look, canvas, pane, focused);
		break;
	case COMPARE_TABLE:
		first = scrolled(compare, which, race.plan ? race.plan->arms : 0, pane->height - 4);
		panes_table(&race, canvas, pane, first, scene, focused);
		break;
	case COMPARE_COST:
		panes_chart(&race, canvas, pane, RACE_CHART_COST, scene, focused);
		break;
	default:
		draw_verdicts(compare, canvas, pane);
	}
	if (focused) {
		canvas->cursor_x = pane->x + 1;
		canvas->cursor_y = pane->y + 1;
	}
}

/* Table and costs by block are one Tab away: they take the place of what is like them. */
static void draw_narrow(const Compare *compare, Canvas *canvas, const Pane *pane,
			const Scene *scene)
{
	int lines = (int)compare_lines(compare->judged), above = lines + 2, left;
	int top = compare->focus == COMPARE_TABLE ? COMPARE_TABLE : COMPARE_DIFFERENCES;
	int chart = compare->focus == COMPARE_COST ? COMPARE_COST : COMPARE_PARETO;

	above = above < 6 ? 6 : above;
	above = above > pane->height - BELOW_HEIGHT ? pane->height - BELOW_HEIGHT : above;
	left = pane->width / 2 + 2;
	draw_pane(compare, canvas, &(Pane){ pane->x, pane->y, pane->width, above }, top, scene);
	draw_pane(compare, canvas, &(Pane){ pane->x, pane->y + above, left, pane->height - above },
		  chart, scene);
	draw_pane(compare, canvas,
		  &(Pane){ pane->x + left, pane->y + above, pane->width - left,
			   pane->height - above },
		  COMPARE_VERDICTS, scene);
}

/* The costs by block come last: where there is room for all the rest, or one Tab away. */
static void draw_wide(const Compare *compare, Canvas *canvas, const Pane *pane, const Scene *scene)
{
	int table = panes_table_height(&compare->race), y = pane->y;
	int half = pane->width - FLOW_COLUMNS_MAX - 4, room = pane->height - BELOW_HEIGHT, cost;
	int above = (int)compare_lines(compare->judged) + 2;

	table = table > room / 3 ? room / 3 : table;
	above = above < 6 ? 6 : above;
	above = above > room - table ? room - table : above;
	room = pane->height - table - above;
	cost = room >= CHART_HEIGHT + COST_HEIGHT ? (room - CHART_HEIGHT) / 2 : 0;
	cost = cost > 0 && cost < COST_HEIGHT ? COST_HEIGHT : cost;
	room -= cost;
	draw_pane(compare, canvas, &(Pane){ pane->x, y, pane->width, table }, COMPARE_TABLE, scene);
	y += table;
	draw_pane(compare, canvas, &(Pane){ pane->x, y, pane->width, above }, COMPARE_DIFFERENCES,
		  scene);
	y += above;
	draw_pane(compare, canvas, &(Pane){ pane->x, y, half, room },
		  !cost && compare->focus == COMPARE_COST ? COMPARE_COST : COMPARE_PARETO, scene);
	draw_pane(compare, canvas, &(Pane){ pane->x + half, y, pane->width - half, room },
		  COMPARE_VERDICTS, scene);
	if (cost)
		draw_pane(compare, canvas, &(Pane){ pane->x, y + room, pane->width, cost },
			  COMPARE_COST, scene);
}

static void compare_draw(const void *state, Canvas *canvas, const Pane *pane, const Scene *scene)
{
	const Compare *compare = state;

	compare_judge(compare->judged, &compare->race, &compare->look);
	if (compare->zoomed)
		draw_pane(compare, canvas, pane, compare->focus, scene);
	else if (pane->width >= WIDE)
		draw_wide(compare, canvas, pane, scene);
	else
		draw_narrow(compare, canvas, pane, scene);
}

static const char *compare_subject(const void *state)
{
	const Compare *compare = state;

	return compare->subject[0] ? compare->subject : NULL;
}

static const char *compare_hint(const void *state)
{
	const Compare *compare = state;

	if (!compare->race.all)
		return "No run yet: wattle run SCRIPT.lua, or Enter on one of the stored runs (4).";
	return compare->judged->dominated[0] ? compare->judged->dominated : NULL;
}

static void view_say(void *state, const json_t *record, const Speech *speech)
{
	Compare *compare = state;

	if (record) {
		race_say(&compare->race, record, speech);
		return;
	}
	compare_judge(compare->judged, &compare->race, &compare->look);
	if (!compare->judged->said && (compare->judged->blocks || compare->judged->scored))
		race_say_table(&compare->race, speech);
	if (!compare->judged->said)
		compare_say(compare->judged, &compare->race, &compare->look, speech);
	compare->judged->said = true;
	speech->line(speech->user, "Commands: lab, runs, lessons, help, quit. >");
}

const View view_compare = {
	.info = { .name = "compare",
		  .title = "Compare",
		  .about = "The arms of a run against its baseline: differences, Pareto, claims." },
	.key = '3',
	.place = PLACE_COMPARE,
	.open = compare_open,
	.close = compare_close,
	.take = compare_take,
	.act = compare_act,
	.shown = compare_shown,
	.at = compare_at,
	.draw = compare_draw,
	.subject = compare_subject,
	.hint = compare_hint,
	.say = view_say,
};
