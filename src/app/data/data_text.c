/* What wattle data tells people.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "app/data/data_command.h"
#include "base/record.h"
#include "base/text.h"

#define COLUMNS_SHOWN 40
#define VALUES_SHOWN 10

static long long integer_of(const json_t *json, const char *key)
{
	return json_integer_value(json_object_get(json, key));
}

static double number_of(const json_t *json, const char *key)
{
	return json_number_value(json_object_get(json, key));
}

static const char *count_of(const json_t *json, const char *key, char out[32])
{
	return text_thousands(out, (uint64_t)integer_of(json, key));
}

/* "3 classes", "numbers". */
static const char *task_text(const json_t *set, char *out, size_t cap)
{
	if (integer_of(set, "classes"))
		text_format(out, cap, "%lld classes", integer_of(set, "classes"));
	else
		text_format(out, cap, "numbers");
	return out;
}

/* --- list ------------------------------------------------------------------------------------- */

static void list_line(const json_t *set)
{
	char train[32], test[32], features[32], size[32] = "", task[32];
	const char *where = record_text(set, "where"), *licence = record_text(set, "licence");

	if (json_is_integer(json_object_get(set, "size_bytes")))
		text_format(size, sizeof size, "%.1f kB", number_of(set, "size_bytes") / 1000);
	text_printf(stdout, "%-18s %9s %7s %8s  %-12s %-6s %11s  %-9s  %s\n",
		    record_text(set, "name"), count_of(set, "train_rows", train),
		    count_of(set, "test_rows", test), count_of(set, "features", features),
		    task_text(set, task, sizeof task), record_text(set, "form"), size, where,
		    *licence ? licence : "your own");
}

void data_text_list(const json_t *records)
{
	json_t *set;
	size_t i;
	bool first = true;

	text_printf(stdout, "%-18s %9s %7s %8s  %-12s %-6s %11s  %-9s  %s\n", "dataset",
		    "train rows", "test", "columns", "predict", "form", "size", "where", "licence");
	json_array_foreach((json_t *)(uintptr_t)records, i, set) list_line(set);
	json_array_foreach((json_t *)(uintptr_t)records, i, set)
	{
		if (strcmp(record_text(set, "where"), "absent") != 0)
			continue;
		text_printf(stdout, "%s%s is absent. %s.\n", first ? "\n" : "",
			    record_text(set, "name"), record_text(set, "get"));
		first = false;
	}
	text_printf(stdout,
		    "\nwattle data show NAME tells more; generated ones take rows and seed.\n");
}

/* --- one set ---------------------------------------------------------------------------------- */

static void show_head(const json_t *set)
{
	char train[32], test[32], features[32], task[32];
	const char *licence = record_text(set, "licence"), *origin = record_text(set, "origin"),
		   *from = record_text(set, "from"), *sha256 = record_text(set, "sha256");

	text_printf(stdout, "%s (%s)\n%s\n\n", record_text(set, "title"), record_text(set, "name"),
		    record_text(set, "about"));
	text_printf(stdout, "rows      %s for training, %s for testing\n",
		    count_of(set, "train_rows", train), count_of(set, "test_rows", test));
	text_printf(stdout, "columns   %s as %s%s\n", count_of(set, "features", features),
		    record_text(set, "form"), integer_of(set, "width") ? ": pixels" : "");
	if (integer_of(set, "width"))
		text_printf(stdout, "images    %lld x %lld\n", integer_of(set, "width"),
			    integer_of(set, "height"));
	text_printf(stdout, "predict   %s\n", task_text(set, task, sizeof task));
	text_printf(stdout, "where     %s%s%s\n", record_text(set, "where"), *from ? ": " : "",
		    from);
	if (strcmp(record_text(set, "where"), "absent") == 0)
		text_printf(stdout, "get       %s\n", record_text(set, "get"));
	if (*sha256)
		text_printf(stdout, "SHA-256   %s\n", sha256);
	if (*origin)
		text_printf(stdout, "origin    %s\n", origin);
	text_printf(stdout, "licence   %s\n", *licence ? licence : "that of what you imported");
}

static void show_params(const json_t *set)
{
	json_t *param;
	size_t i;

	json_array_foreach(json_object_get(set, "params"), i, param)
		text_printf(stdout, "%s%-9s %s (%s)\n", i ? "" : "\n", record_text(param, "name"),
			    record_text(param, "help"), record_text(param, "default"));
}

static void show_labels(const json_t *set)
{
	const json_t *labels = json_object_get(set, "labels"),
		     *target = json_object_get(set, "target");
	char train[32], test[32];
	json_t *label;
	size_t i;

	if (target)
		text_printf(stdout, "\nto predict: %.6g to %.6g, mean %.6g\n",
			    number_of(target, "min"), number_of(target, "max"),
			    number_of(target, "mean"));
	if (json_array_size(labels) > 0)
		text_printf(stdout, "\n%-20s %10s %10s\n", "class", "training", "testing");
	json_array_foreach((json_t *)(uintptr_t)labels, i, label)
	{
		if (i == COLUMNS_SHOWN)
			break;
		text_printf(stdout, "%-20s %10s %10s\n", record_text(label, "name"),
			    count_of(label, "train", train), count_of(label, "test", test));
	}
	if (json_array_size(labels) > COLUMNS_SHOWN)
		text_printf(stdout, "... and %zu more\n", json_array_size(labels) - COLUMNS_SHOWN);
}

static void show_column(const json_t *column)
{
	const json_t *category = json_object_get(column, "category");
	char missing[32];
	json_t *name;
	size_t i;

	text_printf(stdout, "%-24s", record_text(column, "name"));
	if (!integer_of(column, "categories")) {
		text_printf(stdout, " %10.5g %10.5g %10.5g", number_of(column, "min"),
			    number_of(column, "max"), number_of(column, "mean"));
	} else {
		text_printf(stdout, " %lld categories: ", integer_of(column, "categories"));
		json_array_foreach((json_t *)(uintptr_t)category, i, name)
		{
			if (i < VALUES_SHOWN)
				text_printf(stdout, "%s%s", i ? ", " : "", json_string_value(name));
		}
		if (integer_of(column, "categories") > VALUES_SHOWN)
			text_printf(stdout, ", ...");
	}
	if (integer_of(column, "missing"))
		text_printf(stdout, "  (%s missing)", count_of(column, "missing", missing));
	text_printf(stdout, "\n");
}

static void show_columns(const json_t *set)
{
	const json_t *columns = json_object_get(set, "columns");
	size_t all = (size_t)integer_of(set, "features"), i;
	json_t *column;

	if (json_array_size(columns) == 0)
		return;
	text_printf(stdout, "\n%-24s %10s %10s %10s\n", "column", "least", "most", "mean");
	json_array_foreach((json_t *)(uintptr_t)columns, i, column)
	{
		if (i < COLUMNS_SHOWN)
			show_column(column);
	}
	if (all > COLUMNS_SHOWN)
		text_printf(stdout, "... and %zu more\n", all - COLUMNS_SHOWN);
}

static void show_value(const json_t *value)
{
	if (json_is_string(value))
		text_printf(stdout, " %s", json_string_value(value));
	else if (json_is_number(value))
		text_printf(stdout, " %.5g", json_number_value(value));
	else
		text_printf(stdout, " ?");
}

static void show_row(const json_t *row)
{
	const json_t *values = json_object_get(row, "values"),
		     *entries = json_object_get(row, "entries");
	json_t *item;
	size_t i;

	if (json_object_get(row, "label"))
		text_printf(stdout, "%s:", record_text(row, "label"));
	else
		text_printf(stdout, "%.6g:", number_of(row, "target"));
	json_array_foreach((json_t *)(uintptr_t)values, i, item)
	{
		if (i < VALUES_SHOWN)
			show_value(item);
	}
	json_array_foreach((json_t *)(uintptr_t)entries, i, item)
	{
		if (i < VALUES_SHOWN)
			text_printf(stdout, " %s=%.4g", record_text(item, "column"),
				    number_of(item, "value"));
	}
	if (json_array_size(values) > VALUES_SHOWN || json_array_size(entries) > VALUES_SHOWN)
		text_printf(stdout, " ...");
	text_printf(stdout, "\n");
}

static void show_rows(const json_t *set)
{
	const json_t *rows = json_object_get(set, "rows");
	json_t *row;
	size_t i;

	if (json_array_size(rows) > 0)
		text_printf(stdout, "\nfirst rows\n");
	json_array_foreach((json_t *)(uintptr_t)rows, i, row) show_row(row);
}

/* Side by side, each under its label. */
static void show_pictures(const json_t *set)
{
	const json_t *pictures = json_object_get(set, "pictures"),
		     *first = json_array_get(pictures, 0);
	size_t high = json_array_size(json_object_get(first, "lines")), i;
	const char *top = json_string_value(json_array_get(json_object_get(first, "lines"), 0));
	int wide = top ? (int)strlen(top) : 0;
	json_t *picture;

	if (!high)
		return;
	text_printf(stdout, "\n");
	json_array_foreach((json_t *)(uintptr_t)pictures, i, picture)
		text_printf(stdout, "%-*.*s  ", wide, wide, record_text(picture, "label"));
	for (size_t y = 0; y < high; y++) {
		text_printf(stdout, "\n");
		json_array_foreach((json_t *)(uintptr_t)pictures, i, picture) text_printf(
			stdout, "%-*s  ", wide,
			json_string_value(json_array_get(json_object_get(picture, "lines"), y)));
	}
	text_printf(stdout, "\n");
}

void data_text_show(const json_t *record)
{
	show_head(record);
	show_params(record);
	show_labels(record);
	show_columns(record);
	show_rows(record);
	show_pictures(record);
}

/* --- results ---------------------------------------------------------------------------------- */

void data_text_verify(const json_t *record)
{
	const char *sha256 = record_text(record, "sha256");

	text_printf(stdout, "%-18s %-10s %s\n", record_text(record, "name"),
		    record_text(record, "result"),
		    *sha256 ? sha256 : record_text(record, "sha256_why"));
}

void data_text_import(const json_t *record)
{
	char train[32], test[32], features[32], task[32], bytes[32];

	text_printf(stdout, "%s: %s rows for training, %s for testing, %s columns%s, %s\n",
		    record_text(record, "name"), count_of(record, "train_rows", train),
		    count_of(record, "test_rows", test), count_of(record, "features", features),
		    json_is_true(json_object_get(record, "missing")) ? " (values are missing)" : "",
		    task_text(record, task, sizeof task));
	text_printf(stdout, "%s, %s bytes\n", record_text(record, "path"),
		    count_of(record, "size_bytes", bytes));
}

void data_text_fetch(const json_t *record)
{
	char bytes[32];

	if (json_is_true(json_object_get(record, "already")))
		text_printf(stdout, "%s is there already: %s\n", record_text(record, "name"),
			    record_text(record, "to"));
	else
		text_printf(stdout, "%s: %s bytes from %s in %.1f s, content as it should be: %s\n",
			    record_text(record, "name"),
			    count_of(record, "downloaded_bytes", bytes),
			    record_text(record, "from"), number_of(record, "time_s"),
			    record_text(record, "to"));
}
