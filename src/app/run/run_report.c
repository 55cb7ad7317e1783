/* A run's own report.
 * SPDX-License-Identifier: MIT */
#include "app/run/run_report.h"

#include <limits.h>
#include <stdlib.h>

#include "base/text.h"

bool run_report_begin(RunReport *self, const ScriptFile *script, const json_t *settings, Err *err)
{
	size_t len = 0;

	if (!self->folder)
		return true;
	char *text = script_file_text(script, &len);

	self->run = report_run_new(script->name, err);
	if (!text || !self->run) {
		free(text);
		return err_set(err, ERR_MEMORY, "no memory for a report");
	}
	report_run_asked(self->run, text, len, json_deep_copy(settings));
	return true;
}

bool run_report_take(RunReport *self, const json_t *record, Err *err)
{
	return !self->run || report_run_take(self->run, record, err);
}

bool run_report_end(RunReport *self, const char *id, char *path, Err *err)
{
	const ReportWay way = { .format = REPORT_HTML, .svg = true };
	json_t *files = NULL;
	bool fine = true;

	*path = '\0';
	if (self->run && results_measured(self->run->results)) {
		self->run->stored = *id != '\0';
		fine = report_write(self->folder, &self->run, 1, &way, &files, err);
	}
	if (files)
		text_format(path, PATH_MAX, "%s/%s", self->folder,
			    json_string_value(json_array_get(files, 0)));
	json_decref(files);
	report_run_free(self->run);
	self->run = NULL;
	return fine;
}
