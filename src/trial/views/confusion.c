/* Which class is taken for which: the test rows by their class and by what the arm's program
 * predicts.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "trial/view.h"

#define CLASSES_MAX 64 /* CLASSES_MAX² is VIEW_VALUES_MAX */

static json_t *names_json(const Dataset *set)
{
	json_t *names = json_array();

	for (size_t i = 0; i < set->classes; i++)
		json_array_append_new(names, set->class_name ? json_string(set->class_name[i])
							     : json_sprintf("%d", (int)i));
	return names;
}

static void count(const Rows *rows, const uint16_t *predicted, size_t *counts)
{
	const Dataset *set = rows->set;

	for (size_t i = 0; i < rows->count; i++)
		if (predicted[i] < set->classes)
			counts[set->labels[rows_at(rows, i)] * set->classes + predicted[i]]++;
}

static bool confusion_fill(const ViewWish *wish, json_t *out, Err *err)
{
	size_t classes = wish->rows->set->classes, n;
	json_t *lines = json_array();

	json_object_set_new(out, "counts", lines);
	if (classes == 0 || classes > CLASSES_MAX || program_numbers(wish->program))
		return err_set(err, ERR_ARGUMENT,
			       "%s has %zu classes: the view confusion shows 2 to %d",
			       wish->rows->set->name, classes, CLASSES_MAX);
	if (!program_predict(wish->program, wish->rows, NULL, wish->control, err))
		return false;
	size_t *counts = calloc(classes * classes, sizeof *counts);

	if (!counts)
		return err_set(err, ERR_MEMORY, "no memory for a figure");
	count(wish->rows, program_classes(wish->program, &n), counts);
	for (size_t i = 0; i < classes; i++) {
		json_t *line = json_array();

		for (size_t k = 0; k < classes; k++)
			json_array_append_new(line,
					      json_integer((json_int_t)counts[i * classes + k]));
		json_array_append_new(lines, line);
	}
	free(counts);
	json_object_set_new(out, "classes", names_json(wish->rows->set));
	json_object_set_new(out, "rows", json_integer((json_int_t)wish->rows->count));
	return true;
}

const ModelView view_confusion = {
	.info = { .name = "confusion",
		  .title = "What is taken for what",
		  .about = "Test rows by their class, down, and by what is predicted, across." },
	.fill = confusion_fill,
};
