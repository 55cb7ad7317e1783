/* How the arms learned: loss and accuracy by epoch, the mean over all trainings of an arm, with the
 * least and the most as a band.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lab/figures/sheet.h"

#define SHARED PLAN_ARMS_MAX /* the place of the first training before the arms */
#define SHARED_MAX 8         /* so many of them are drawn */
#define LEARNERS (PLAN_ARMS_MAX + SHARED_MAX)
#define LEGEND_WIDTH 196.0
#define LABEL_MAX (PLAN_NAME_MAX + 16)

typedef enum Quantity { LOSS, ACCURACY } Quantity;

/* What one of the arms learned in all blocks. */
typedef struct Learner {
	const StoryCurve *first;         /* NULL: it learned nothing of its own */
	size_t trainings, epochs, begin; /* begin: epochs of what it goes on from */
} Learner;

typedef struct Curves {
	const FigureAsk *ask;
	const Story *story;
	const Plan *plan;
	int64_t condition;
	Learner learner[LEARNERS];
	size_t shared;  /* trainings before the arms that told something */
	EpochRows rows; /* the first that an accuracy was told of; it is drawn */
} Curves;

static double quantity_of(const Curves *self, const StoryEpoch *epoch, Quantity quantity)
{
	return quantity == LOSS ? epoch->loss : 100 * epoch->accuracy[self->rows];
}

/* The place of a curve's arm; from SHARED on: it is none of the plan's; LEARNERS: of another
 * condition, or one training too many. */
static size_t place_of(const Curves *self, const StoryCurve *curve)
{
	size_t arm = 0;

	if (curve->condition != self->condition)
		return LEARNERS;
	while (arm < self->plan->arms && strcmp(self->plan->arm[arm], curve->arm) != 0)
		arm++;
	if (arm < self->plan->arms)
		return arm;
	return curve->number < SHARED_MAX ? SHARED + curve->number : LEARNERS;
}

static bool told_anything(const StoryCurve *curve)
{
	for (size_t e = 0; e < curve->n; e++) {
		bool any = isfinite(curve->epoch[e].loss);

		for (size_t rows = 0; rows < EPOCH_ROWS; rows++)
			any |= isfinite(curve->epoch[e].accuracy[rows]);
		if (any)
			return true;
	}
	return false;
}

static void count(Curves *self)
{
	for (size_t i = 0; i < self->story->curves; i++) {
		const StoryCurve *curve = &self->story->curve[i];
		size_t place = place_of(self, curve);

		if (place == LEARNERS || curve->n > STORY_EPOCHS_MAX || !told_anything(curve))
			continue;
		Learner *learner = &self->learner[place];

		if (!learner->first) {
			learner->first = curve;
			learner->begin = curve->behind;
			self->shared += place >= SHARED ? 1 : 0;
		}
		learner->trainings++;
		learner->epochs = curve->n > learner->epochs ? curve->n : learner->epochs;
	}
}

static bool any_of(const Curves *self, Quantity quantity)
{
	for (size_t i = 0; i < self->story->curves; i++) {
		const StoryCurve *curve = &self->story->curve[i];

		for (size_t e = 0; place_of(self, curve) < LEARNERS && e < curve->n; e++)
			if (isfinite(quantity_of(self, &curve->epoch[e], quantity)))
				return true;
	}
	return false;
}

/* Whether an arm learned and told no accuracy on the rows that are drawn. */
static bool any_untold(const Curves *self)
{
	bool told[LEARNERS] = { false }, untold = false;

	for (size_t i = 0; i < self->story->curves; i++) {
		const StoryCurve *curve = &self->story->curve[i];
		size_t place = place_of(self, curve);

		for (size_t e = 0; place < LEARNERS && e < curve->n; e++)
			told[place] |= isfinite(quantity_of(self, &curve->epoch[e], ACCURACY));
	}
	for (size_t place = 0; place < LEARNERS; place++)
		untold |= self->learner[place].first && !told[place];
	return untold;
}

/* Over the trainings of an arm that came so far. */
typedef struct Mean {
	double mean, least, most;
} Mean;

/* One for each epoch, to be freed; NULL when memory is short. */
static Mean *means(const Curves *self, size_t place, Quantity quantity)
{
	size_t n = self->learner[place].epochs;
	Mean *out = calloc(n + 1, sizeof *out);
	size_t *counted = calloc(n + 1, sizeof *counted);

	for (size_t e = 0; out && e < n; e++)
		out[e] = (Mean){ 0, INFINITY, -INFINITY };
	for (size_t i = 0; out && counted && i < self->story->curves; i++) {
		const StoryCurve *curve = &self->story->curve[i];

		for (size_t e = 0; place_of(self, curve) == place && e < curve->n && e < n; e++) {
			double value = quantity_of(self, &curve->epoch[e], quantity);

			if (!isfinite(value))
				continue;
			out[e].mean += value;
			out[e].least = fmin(out[e].least, value);
			out[e].most = fmax(out[e].most, value);
			counted[e]++;
		}
	}
	for (size_t e = 0; out && counted && e < n; e++)
		out[e].mean = counted[e] ? out[e].mean / (double)counted[e] : NAN;
	if (!counted) {
		free(out);
		out = NULL;
	}
	free(counted);
	return out;
}

static void draw_band(FILE *to, const Panel *panel, const Mean *mean, const Learner *learner)
{
	SvgPath path;
	double begin = (double)learner->begin + 1;

	svg_path_open(&path, to, "area");
	for (size_t e = 0; e < learner->epochs; e++)
		if (isfinite(mean[e].mean))
			svg_path_point(&path, panel_x(panel, begin + (double)e),
				       panel_y(panel, mean[e].most));
	for (size_t e = learner->epochs; e-- > 0;)
		if (isfinite(mean[e].mean))
			svg_path_point(&path, panel_x(panel, begin + (double)e),
				       panel_y(panel, mean[e].least));
	svg_path_close(&path, true);
}

/* What all arms go on from: a line without marks. Several trainings have marks behind those of the
 * arms. */
static bool alone(const Curves *self, size_t place)
{
	return place >= SHARED && self->shared == 1;
}

static size_t series_of(const Curves *self, size_t place)
{
	return place < SHARED ? place : self->plan->arms + place - SHARED;
}

static void draw_learner(const Curves *self, FILE *to, const Panel *panel, size_t place,
			 const Mean *mean)
{
	const Learner *learner = &self->learner[place];
	size_t last = learner->epochs - 1, every = 1 + learner->epochs / 24;
	double begin = (double)learner->begin + 1;
	bool plain = alone(self, place);
	SvgPath path;

	if (plain)
		svg_group(to, "ink");
	else
		sheet_series(to, series_of(self, place));
	if (learner->trainings > 1)
		draw_band(to, panel, mean, learner);
	svg_path_open(&path, to, "line");
	for (size_t e = 0; e < learner->epochs; e++)
		svg_path_point(&path, panel_x(panel, begin + (double)e),
			       panel_y(panel, mean[e].mean));
	svg_path_close(&path, false);
	for (size_t e = 0; (!plain || !last) && e < learner->epochs; e++)
		if (e % every == 0 || e == last)
			svg_glyph(to, series_of(self, place), panel_x(panel, begin + (double)e),
				  panel_y(panel, mean[e].mean), false);
	svg_group_end(to);
}

/* Draws all arms into a panel whose range is fitted to them first. */
static bool draw_panel(const Curves *self, FILE *to, Panel *panel, Quantity quantity, Err *err)
{
	Mean *mean[LEARNERS] = { NULL };
	Span up = SPAN_EMPTY, across = SPAN_EMPTY;
	bool fine = true;

	for (size_t i = 0; i < LEARNERS && fine; i++) {
		const Learner *learner = &self->learner[i];

		if (!learner->first)
			continue;
		fine = (mean[i] = means(self, i, quantity)) != NULL;
		span_add(&across, (double)learner->begin + 1);
		span_add(&across, (double)(learner->begin + learner->epochs));
		for (size_t e = 0; fine && e < learner->epochs; e++) {
			span_add(&up, mean[i][e].least);
			span_add(&up, mean[i][e].most);
		}
	}
	if (across.most <= 1) /* a single epoch needs something beside it */
		span_add(&across, 0);
	axis_fit(&panel->across, across, 1, false, false, (int)fmax(2, fmin(6, across.most)));
	panel->across.places = true;
	axis_fit(&panel->up, up, 1, quantity == LOSS && !span_is_wide(&up),
		 quantity == LOSS && span_is_wide(&up), 6);
	panel_draw(to, panel);
	for (size_t i = LEARNERS; i-- > 0 && fine;)
		if (mean[i])
			draw_learner(self, to, panel, i, mean[i]);
	for (size_t i = 0; i < LEARNERS; i++)
		free(mean[i]);
	return fine || err_set(err, ERR_MEMORY, "no memory for a figure");
}

/* "mlp", "prune 2". */
static const char *shared_name(const Curves *self, size_t place, char out[LABEL_MAX])
{
	const char *of = self->learner[place].first->of;
	size_t number = 1;

	for (size_t i = SHARED; i < place; i++)
		if (self->learner[i].first && strcmp(self->learner[i].first->of, of) == 0)
			number++;
	if (number > 1)
		text_format(out, LABEL_MAX, "%s %zu", of, number);
	else
		text_format(out, LABEL_MAX, "%s", of);
	return out;
}

static void draw_legend(const Curves *self, FILE *to, double x, double y)
{
	char name[SHARED_MAX][LABEL_MAX];
	LegendRow rows[LEARNERS];
	size_t n = 0;

	for (size_t i = 0; i < LEARNERS; i++)
		if (self->learner[i].first && !alone(self, i))
			rows[n++] =
				(LegendRow){ i < SHARED ? self->plan->arm[i]
							: shared_name(self, i, name[i - SHARED]),
					     series_of(self, i),
					     true,
					     true,
					     false,
					     false };
	sheet_legend(to, x, y, LEGEND_WIDTH, rows, n);
	if (self->shared != 1)
		return;
	y += LEGEND_STEP * (double)n;
	svg_group(to, "ink");
	svg_line(to, "line", x, y - 4, x + 26, y - 4);
	svg_group_end(to);
	svg_words(to, "name", x + 34, y, SVG_START, "what they share");
}

/* What stands behind the first sentence. */
static const char *about_shared(const Curves *self)
{
	return self->shared == 0   ? ""
	       : self->shared == 1 ? " The line without marks is what all arms go on from."
				   : " Some models were trained before the arms; their lines have "
				     "the names of their kinds.";
}

static void draw_sheet(Curves *self, FigureList *list, Err *err)
{
	char about[FIGURE_ABOUT_MAX];
	bool loss = any_of(self, LOSS), accuracy = any_of(self, ACCURACY), bands = false;
	double height =
		fmax(250, LEGEND_STEP * ((double)self->plan->arms + fmax(1, (double)self->shared)));
	double half = loss && accuracy ? 262 : 600;
	Panel left = { .x = 74, .y = 74, .width = half, .height = height };
	Panel right = { .x = loss ? 420 : 74, .y = 74, .width = half, .height = height };
	Sheet sheet;

	if (!sheet_open(&sheet, self->ask, "curves", (int)(left.y + height + 56), err))
		return;
	sheet_head(&sheet, "How the arms learned", NULL, "records of training");
	text_format(left.across.title, sizeof left.across.title, "epoch");
	text_format(left.up.title, sizeof left.up.title, "training loss");
	text_format(right.across.title, sizeof right.across.title, "epoch");
	text_format(right.up.title, sizeof right.up.title, "accuracy on %s (%%)",
		    epoch_rows_name(self->rows));
	bool fine = (!loss || draw_panel(self, sheet.to, &left, LOSS, err)) &&
		    (!accuracy || draw_panel(self, sheet.to, &right, ACCURACY, err));

	draw_legend(self, sheet.to, 714, 86);
	for (size_t i = 0; i < LEARNERS; i++)
		bands |= self->learner[i].trainings > 1;
	text_format(
		about, sizeof about, "Loss and accuracy after each epoch of training.%s%s%s%s",
		bands ? " Lines are means over the blocks, bands reach from the least to the most "
			"of them."
		      : " Each arm was trained once, so there is no spread to show.",
		about_shared(self),
		accuracy && self->rows == EPOCH_TEST
			? " Test rows were watched only; nothing was chosen by them."
			: "",
		loss && accuracy && any_untold(self)
			? " What has no line of accuracy was not scored on those rows."
			: "");
	sheet_close(&sheet, list, fine ? about : "", err);
}

static const char *curves_draw(const FigureAsk *ask, FigureList *list, Err *err)
{
	const FigureSubject *subject = &ask->subject[0];
	Curves self = { .ask = ask,
			.story = subject->story,
			.plan = results_plan(subject->results),
			.condition = subject->number };

	count(&self);
	while (self.rows < EPOCH_TRAIN && !any_of(&self, ACCURACY))
		self.rows++;
	if (!any_of(&self, LOSS) && !any_of(&self, ACCURACY))
		return "nothing was trained epoch by epoch";
	draw_sheet(&self, list, err);
	return NULL;
}

const FigureKind figure_curves = {
	.info = { .name = "curves",
		  .title = "Learning curves",
		  .about = "Loss and accuracy of each arm, epoch by epoch." },
	.scopes = FIGURE_COMPARISON,
	.draw = curves_draw,
};
