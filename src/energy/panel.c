/* Opens every energy source, reads them side by side and shows them as records.
 * SPDX-License-Identifier: MIT */
#include "energy/panel.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "energy/machine.h"

#define SOURCES_MAX 32
#define TWIN_RUNS 10 /* equal differences in a row before two counters are held to be one */

typedef struct Slot {
	const EnergySource *source;
	void *state;
	bool works, tried;
	Why why;
	Err lost; /* why the first domain that is lost is, as of the last read */
	int domains;
	EnergyDomain domain[ENERGY_DOMAINS_MAX];
	Reading last[ENERGY_DOMAINS_MAX], before[ENERGY_DOMAINS_MAX];
	EdgeWatts watts[ENERGY_DOMAINS_MAX];
	unsigned equal[ENERGY_DOMAINS_MAX]; /* runs of equal differences with another domain */
	bool read;
} Slot;

struct Panel {
	const EnergyOs *os;
	const char *wanted, *arg;  /* arg: of the source that is wanted */
	const EnergySource *named; /* NULL: auto or none */
	int slots, headline;
	Machine machine;
	Slot slot[SOURCES_MAX];
};

static void slot_open(const Panel *panel, Slot *slot)
{
	const EnergySource *source = slot->source;
	const EnergyOs *os = panel->os;
	bool named = source == panel->named;
	Err ignored = { .code = ERR_NONE };

	slot->tried = true;
	if (strcmp(panel->wanted, "none") == 0) {
		slot->works = strcmp(source->info.name, "none") == 0;
		why_set(&slot->why, 0, "", "not tried: --energy none");
	} else if (source->place == ENERGY_IN_WORKER) {
		slot->works = source->probe(os, &slot->why);
	} else if (source->on_request && !named) {
		char fix[64];
		text_format(fix, sizeof fix, "--energy %s%s%s", source->info.name,
			    *source->on_request ? ":" : "", source->on_request);
		why_set(&slot->why, 0, fix, "only when it is asked for");
	} else {
		slot->state = source->open(os, named ? panel->arg : "", &slot->why, &ignored);
		slot->works = slot->state != NULL;
	}
	if (slot->state)
		slot->domains = source->domains(slot->state, slot->domain, ENERGY_DOMAINS_MAX);
}

/* A GPU's or the memory's joules are no measure of work on the processor. */
static bool slot_leads(const Slot *slot)
{
	return slot->domains > 0 && slot->domain[0].scope != ENERGY_GPU &&
	       slot->domain[0].scope != ENERGY_DRAM;
}

/* Chooses the headline: the source asked for, or the first that measures. */
static bool choose(Panel *panel, Err *err)
{
	char text[192];

	for (int i = 0; i < panel->slots; i++) {
		const Slot *slot = &panel->slot[i];
		if (panel->named ? slot->source != panel->named : !slot_leads(slot))
			continue;
		if (slot->domains > 0)
			panel->headline = i;
		if (!slot->works)
			return err_set(err, ERR_NEED, "%s does not work here: %s%s%s",
				       slot->source->info.name, why_text(&slot->why, text),
				       *slot->why.fix ? "; fix: " : "", slot->why.fix);
		return true;
	}
	return true;
}

/* Finds the source that is wanted, and whether its argument is as it wants it. */
static bool name_wanted(Panel *panel, Err *err)
{
	const char *takes;

	panel->arg = "";
	if (strcmp(panel->wanted, "auto") == 0 || strcmp(panel->wanted, "none") == 0)
		return true;
	panel->named = energy_source_wanted(panel->wanted, &panel->arg);
	if (!panel->named)
		return err_set(err, ERR_USAGE, "no energy source is named %s", panel->wanted);
	takes = panel->named->on_request ? panel->named->on_request : "";
	if (panel->named->place == ENERGY_IN_METER && (*takes == '\0') != (*panel->arg == '\0'))
		return err_set(err, ERR_USAGE,
			       "--energy %s%s%s is how this source is named, not %s",
			       panel->named->info.name, *takes ? ":" : "", takes, panel->wanted);
	return true;
}

bool panel_open_privileged(const EnergyOs *os, const char *wanted, Panel **out, Err *err)
{
	Panel *panel = *out = calloc(1, sizeof *panel);
	bool ok;

	if (!panel)
		return err_set(err, ERR_MEMORY, "opening the energy sources");
	panel->os = os;
	panel->wanted = wanted;
	panel->headline = -1;
	machine_init(&panel->machine, os);
	ok = name_wanted(panel, err);
	while (energy_sources[panel->slots] && panel->slots < SOURCES_MAX) {
		Slot *slot = &panel->slot[panel->slots];
		slot->source = energy_sources[panel->slots++];
		if (ok && slot->source->privileged)
			slot_open(panel, slot);
	}
	return ok;
}

bool panel_open_rest(Panel *panel, Err *err)
{
	for (int i = 0; i < panel->slots; i++)
		if (!panel->slot[i].tried)
			slot_open(panel, &panel->slot[i]);
	return choose(panel, err);
}

bool panel_open(const EnergyOs *os, const char *wanted, Panel **out, Err *err)
{
	return panel_open_privileged(os, wanted, out, err) && panel_open_rest(*out, err);
}

void panel_close(Panel *panel)
{
	if (!panel)
		return;
	for (int i = 0; i < panel->slots; i++)
		if (panel->slot[i].state)
			panel->slot[i].source->close(panel->slot[i].state);
	machine_close(&panel->machine);
	free(panel);
}

void panel_machine_open(Panel *panel)
{
	machine_open(&panel->machine);
}

/* Marks as DUPLICATE what has long moved as another counter does. Two dies may show the same
 * one. */
static void slot_twins(Slot *slot)
{
	uint32_t twins = edge_twins(slot->domain, slot->before, slot->last, slot->domains);

	for (int i = 0; i < slot->domains; i++) {
		/* Two reads within one update of the counter say nothing. */
		bool moved = slot->last[i].energy_j > slot->before[i].energy_j;
		if (moved && slot->equal[i] < TWIN_RUNS)
			slot->equal[i] = twins >> i & 1u ? slot->equal[i] + 1 : 0;
		if (slot->equal[i] >= TWIN_RUNS)
			slot->last[i].flags |= ENERGY_DUPLICATE;
	}
}

static void slot_read(Slot *slot)
{
	memcpy(slot->before, slot->last, sizeof slot->before);
	slot->lost = (Err){ .code = ERR_NONE };
	/* A failure shows in every reading as LOST. */
	(void)slot->source->read(slot->state, slot->last, &slot->lost);
	slot->domains = slot->source->domains(slot->state, slot->domain, ENERGY_DOMAINS_MAX);
	if (slot->read)
		slot_twins(slot);
	slot->read = true;
	for (int i = 0; i < slot->domains; i++)
		(void)edge_watts(&slot->watts[i], &slot->domain[i], &slot->last[i]);
}

void panel_read(Panel *panel)
{
	for (int i = 0; i < panel->slots; i++)
		if (panel->slot[i].state)
			slot_read(&panel->slot[i]);
}

double panel_poll_s(const Panel *panel)
{
	double least_s = 60;

	for (int i = 0; i < panel->slots; i++)
		for (int k = 0; k < panel->slot[i].domains; k++)
			least_s = fmin(least_s, energy_poll_s(&panel->slot[i].domain[k]));
	return least_s;
}

/* Domains of one scope, from the first on: they are summed. */
static uint32_t slot_summed(const Slot *slot)
{
	int n = 0;

	while (n < slot->domains && slot->domain[n].scope == slot->domain[0].scope)
		n++;
	return (uint32_t)n;
}

void panel_handles(const Panel *panel, EdgeHandles *out)
{
	const Slot *slot = panel->headline < 0 ? NULL : &panel->slot[panel->headline];
	EnergyCount ignored;

	*out = (EdgeHandles){ .os = panel->os };
	if (!slot || !slot->source->handle)
		return;
	out->count = (int)slot_summed(slot);
	for (int i = 0; i < out->count; i++)
		slot->source->handle(slot->state, i, &out->handle[i], &ignored);
}

void panel_edge(Panel *panel, uint32_t id, EdgeReply *out)
{
	EnergyHandle ignored;

	memset(out, 0, sizeof *out);
	out->magic = EDGE_MAGIC;
	out->id = id;
	out->headline = -1;
	text_format(out->source, sizeof out->source, "none");
	if (panel->headline >= 0) {
		Slot *slot = &panel->slot[panel->headline];
		slot_read(slot);
		out->headline = 0;
		out->domains = (uint32_t)slot->domains;
		out->headline_count = slot_summed(slot);
		text_format(out->source, sizeof out->source, "%s", slot->source->info.name);
		memcpy(out->domain, slot->domain, sizeof out->domain);
		memcpy(out->reading, slot->last, sizeof out->reading);
		for (int i = 0; i < slot->domains; i++)
			out->edge_w[i] = slot->watts[i].watts;
		for (uint32_t i = 0; slot->source->handle && i < out->headline_count; i++)
			slot->source->handle(slot->state, (int)i, &ignored, &out->count[i]);
	}
	machine_edge(&panel->machine, &out->machine);
	out->meter_cpu_ns = clock_process_ns();
	out->read_ns = panel->os->now_ns(panel->os);
}

void panel_sense(Panel *panel)
{
	machine_sense(&panel->machine);
}

const char *panel_headline(const Panel *panel)
{
	return panel->headline < 0 ? NULL : panel->slot[panel->headline].source->info.name;
}

int panel_sources(const Panel *panel)
{
	return panel->slots;
}

json_t *panel_source_json(const Panel *panel, int i)
{
	const Slot *slot = &panel->slot[i];
	const EnergySource *source = slot->source;

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:b}", "name",
			 source->info.name, "title", source->info.title, "about",
			 source->info.about, "place",
			 source->place == ENERGY_IN_METER ? "meter" : "worker", "state",
			 slot->works ? "ok" : "no", "step", slot->why.step, "errno",
			 slot->why.error, "errno_name",
			 slot->why.error ? energy_errno_name(slot->why.error) : "", "fix",
			 slot->why.fix, "handed", source->handle != NULL);
}

static json_t *number_or_null(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

/* Watts since the read before; NaN across a reset, at the first read, and when lost. */
static double slot_watts(const Slot *slot, int k)
{
	const Reading *a = &slot->before[k], *b = &slot->last[k];

	if (a->t_ns == 0 || b->t_ns <= a->t_ns || a->resets != b->resets ||
	    a->multiwraps != b->multiwraps || a->gaps != b->gaps)
		return NAN;
	return (b->energy_j - a->energy_j) / ((double)(b->t_ns - a->t_ns) * 1e-9);
}

json_t *panel_reading_json(const Panel *panel, int i)
{
	const Slot *slot = &panel->slot[i];
	json_t *domains, *fields;

	if (!slot->state)
		return NULL;
	domains = json_array();
	for (int k = 0; domains && k < slot->domains; k++) {
		const Reading *r = &slot->last[k];
		json_t *row =
			json_pack("{s:s, s:s, s:i, s:o, s:o, s:s, s:o}", "id", slot->domain[k].id,
				  "scope", energy_scope_name(slot->domain[k].scope), "parent",
				  slot->domain[k].parent, "watts",
				  number_or_null(slot_watts(slot, k)), "joules",
				  number_or_null(r->energy_j), "provenance",
				  energy_prov_name(r->prov), "flags", energy_flags_json(r->flags));
		if (json_array_append_new(domains, row)) {
			json_decref(domains);
			domains = NULL;
		}
	}
	fields = json_pack("{s:s, s:b, s:o}", "source", slot->source->info.name, "headline",
			   i == panel->headline, "domains", domains);
	if (fields && slot->lost.code != ERR_NONE)
		json_object_set_new(fields, "why", json_string(slot->lost.text));
	return fields;
}
