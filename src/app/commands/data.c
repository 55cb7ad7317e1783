/* wattle data: the datasets there are, what is in them, and how to get more.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/subcommands.h"
#include "app/data/data_command.h"
#include "app/data/data_job.h"
#include "app/session/session.h"
#include "base/text.h"
#include "data/imported.h"

static const Param data_params[] = {
	{ .name = "label",
	  .type = PARAM_TEXT,
	  .unit = "COLUMN",
	  .help = "import: the column of labels, or of numbers to predict (the last one); of idx "
		  "the file of labels." },
	{ .name = "format",
	  .type = PARAM_CHOICE,
	  .value = "auto",
	  .choices = "auto|csv|svmlight|idx",
	  .help = "import: auto goes by the name of the file." },
	{ .name = "task",
	  .type = PARAM_CHOICE,
	  .value = "auto",
	  .choices = "auto|classes|numbers",
	  .help = "import: auto takes words, and at most 20 whole numbers, for classes." },
	{ .name = "test",
	  .type = PARAM_NUMBER,
	  .value = "0.25",
	  .minimum = 0.01,
	  .maximum = 0.5,
	  .help = "import: share of the rows that is for testing." },
	{ .name = "test-file",
	  .type = PARAM_TEXT,
	  .unit = "FILE",
	  .help = "import: the test rows are in this file." },
	{ .name = "seed",
	  .type = PARAM_INT,
	  .value = "1",
	  .minimum = 0,
	  .maximum = 9007199254740992.0,
	  .unit = "N",
	  .help = "import: of drawing the test rows." },
	{ .name = "from",
	  .type = PARAM_TEXT,
	  .unit = "URL",
	  .help = "fetch: download from this folder instead of the known mirrors." },
	{ .name = "stall",
	  .type = PARAM_TIME,
	  .value = "30s",
	  .minimum = 1,
	  .maximum = 3600,
	  .help = "fetch: give up a transfer that brings nothing for so long." },
	{ .name = "replace",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "import, fetch: replace what is there." },
	{ 0 },
};

static const SubCommandFlag only[] = {
	{ "label", "import" }, { "format", "import" },    { "task", "import" },
	{ "test", "import" },  { "test-file", "import" }, { "seed", "import" },
	{ "from", "fetch" },   { "stall", "fetch" },      { "replace", "import fetch" },
	{ NULL, NULL },
};

/* --- jobs ------------------------------------------------------------------------------------- */

/* A job over all data folders. */
static bool ask(DataCommand *self, json_t *wish, Err *err)
{
	json_t *folders = paths_data_folders(self->cli->paths);
	bool ok = data_command_job(self, wish, folders, NULL, NULL, err);

	json_decref(folders);
	return ok;
}

static bool put_all(const DataCommand *self, Err *err)
{
	json_t *record;
	size_t i;

	json_array_foreach(self->records, i, record)
	{
		if (!data_command_put(self, record, err))
			return false;
	}
	return true;
}

/* --- ls, show, verify ------------------------------------------------------------------------- */

static bool list(void *user, Err *err)
{
	DataCommand *self = user;
	if (!ask(self, json_pack("{s:s}", "do", "ls"), err))
		return false;
	if (!self->json)
		data_text_list(self->records);
	return !self->json || put_all(self, err);
}

static bool show(void *user, Err *err)
{
	DataCommand *self = user;
	return ask(self, json_pack("{s:s, s:s}", "do", "show", "name", self->cli->operand[1]),
		   err) &&
	       put_all(self, err);
}

/* Names of the sets that came out so, for the message; "" when none did. */
static const char *names_with(const DataCommand *self, const char *result, char *out, size_t cap)
{
	json_t *record;
	size_t i, at = 0;

	*out = '\0';
	json_array_foreach(self->records, i, record)
	{
		const char *is = json_string_value(json_object_get(record, "result"));

		if (strcmp(is, result) == 0 && at < cap - 1)
			at += text_format(out + at, cap - at, "%s%s", at ? ", " : "",
					  json_string_value(json_object_get(record, "name")));
	}
	return out;
}

static bool verify(void *user, Err *err)
{
	DataCommand *self = user;
	char names[400];

	if (!ask(self,
		 json_pack("{s:s, s:o}", "do", "verify", "names", data_command_names(self, 1)),
		 err) ||
	    !put_all(self, err))
		return false;
	if (*names_with(self, "differs", names, sizeof names))
		return err_set(err, ERR_CLAIM, "not what they should be: %s", names);
	if (*names_with(self, "unreadable", names, sizeof names))
		return err_set(err, ERR_FILE, "cannot be read: %s", names);
	/* Whoever names a set wants it there. */
	if (self->cli->operands > 1 && *names_with(self, "absent", names, sizeof names))
		return err_set(err, ERR_NEED, "in no data folder: %s", names);
	return true;
}

/* --- import ----------------------------------------------------------------------------------- */

static bool ends_with(const char *text, size_t len, const char *ending)
{
	size_t n = strlen(ending);

	return len >= n && strncmp(text + len - n, ending, n) == 0;
}

static const char *format_of(const char *file)
{
	static const struct {
		const char *ending, *format;
	} endings[] = {
		{ ".svm", "svmlight" }, { ".svmlight", "svmlight" }, { ".libsvm", "svmlight" },
		{ "-ubyte", "idx" },    { ".idx", "idx" },
	};
	size_t len = strlen(file);

	if (ends_with(file, len, ".gz"))
		len -= 3;
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (ends_with(file, len, endings[i].ending))
			return endings[i].format;
	return "csv";
}

/* The worker gets to read these files and no others: their real places. */
static bool add_file(json_t *files, const char *file, Err *err)
{
	char path[PATH_MAX];
	struct stat st;

	if (!realpath(file, path) || stat(path, &st) != 0)
		return err_set(err, ERR_FILE, "cannot open %s: %s", file, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_FILE, "cannot read %s: not a regular file", file);
	if (json_array_append_new(files, json_string(path)) == 0)
		return true;
	return err_set(err, ERR_USAGE, "the name of %s is not UTF-8 text", file);
}

/* "train-labels-idx1-ubyte" of "train-images-idx3-ubyte"; false when the name has no such parts. */
static bool labels_of(const char *images, char *out, size_t cap)
{
	const char *slash = strrchr(images, '/'), *name = slash ? slash + 1 : images;
	const char *word = strstr(name, "images"), *idx = word ? strstr(word, "idx3") : NULL;

	if (!word)
		return false;
	if (!idx)
		text_format(out, cap, "%.*slabels%s", (int)(word - images), images, word + 6);
	else
		text_format(out, cap, "%.*slabels%.*sidx1%s", (int)(word - images), images,
			    (int)(idx - word - 6), word + 6, idx + 4);
	return true;
}

static bool add_images(json_t *files, const char *images, const char *labels, Err *err)
{
	char beside[PATH_MAX];

	if (!labels && !labels_of(images, beside, sizeof beside))
		return err_set(err, ERR_USAGE,
			       "%s: where are its labels? --label FILE; or call the files "
			       "…images-idx3-ubyte and …labels-idx1-ubyte",
			       images);
	return add_file(files, images, err) && add_file(files, labels ? labels : beside, err);
}

static bool add_files(const DataCommand *self, json_t *files, const char *format, Err *err)
{
	const Params *flags = &self->cli->flags;
	const ParamValue *label = params_get(flags, "label"),
			 *test = params_get(flags, "test-file");
	const char *file = self->cli->operand[2], *given = label->given ? label->text : NULL;

	if (strcmp(format, "idx") == 0)
		return add_images(files, file, given, err) &&
		       (!test->given || add_images(files, test->text, NULL, err));
	if (strcmp(format, "svmlight") == 0 && given)
		return err_set(
			err, ERR_USAGE,
			"--label goes with csv and idx: svmlight rows begin with their label");
	return add_file(files, file, err) && (!test->given || add_file(files, test->text, err));
}

static bool check_import(const Params *flags, const char *format, Err *err)
{
	char task[32];

	params_choice(flags, "task", task);
	if (params_get(flags, "test-file")->given &&
	    (params_get(flags, "test")->given || params_get(flags, "seed")->given))
		return err_set(err, ERR_USAGE,
			       "--test-file holds the test rows: --test and --seed draw none");
	if (strcmp(format, "idx") == 0 && strcmp(task, "numbers") == 0)
		return err_set(err, ERR_USAGE,
			       "labels of idx are classes: --task numbers does not "
			       "go with it");
	return true;
}

/* What the worker wrote becomes the dataset, in one step. */
static bool keep_import(const DataCommand *self, const char *scratch, Err *err)
{
	char from[PATH_MAX + 32], folder[PATH_MAX], to[2 * PATH_MAX];
	const char *name = self->cli->operand[1];

	if (!data_command_folder(folder, err))
		return false;
	text_format(from, sizeof from, "%s/" DATA_JOB_FILE, scratch);
	text_format(to, sizeof to, "%s/%s" IMPORTED_ENDING, folder, name);
	bool replace = params_get(&self->cli->flags, "replace")->flag;
	int done = renameat2(AT_FDCWD, from, AT_FDCWD, to, replace ? 0 : RENAME_NOREPLACE);

	if (done != 0 && (errno == EINVAL || errno == ENOSYS)) /* a file system that cannot */
		done = !replace && access(to, F_OK) == 0 ? -1 : rename(from, to);
	if (done != 0)
		return err_set(err, ERR_FILE, "cannot write %s: %s", to, strerror(errno));
	json_t *record = json_array_get(self->records, 0);

	json_object_set_new(record, "path", json_string(to));
	return true;
}

static json_t *import_wish(const DataCommand *self, const char *format, json_t *files)
{
	const Params *flags = &self->cli->flags;
	char task[32];
	json_t *wish = json_pack("{s:s, s:s, s:s, s:s, s:O, s:f, s:I, s:b}", "do", "import", "name",
				 self->cli->operand[1], "format", format, "task",
				 params_choice(flags, "task", task), "files", files, "test",
				 params_get(flags, "test")->number, "seed",
				 (json_int_t)params_get(flags, "seed")->integer, "replace",
				 params_get(flags, "replace")->flag);

	if (wish && params_get(flags, "label")->given)
		json_object_set_new(wish, "label", json_string(params_get(flags, "label")->text));
	return wish;
}

static bool import(void *user, Err *err)
{
	DataCommand *self = user;
	char format[32], folder[PATH_MAX];
	json_t *files = json_array();

	params_choice(&self->cli->flags, "format", format);
	if (strcmp(format, "auto") == 0)
		text_format(format, sizeof format, "%s", format_of(self->cli->operand[2]));
	bool ok = check_import(&self->cli->flags, format, err) &&
		  add_files(self, files, format, err) && data_command_folder(folder, err);

	if (ok) {
		json_t *folders = paths_data_folders(self->cli->paths);

		ok = data_command_job(self, import_wish(self, format, files), folders, folder,
				      keep_import, err) &&
		     put_all(self, err);
		json_decref(folders);
	}
	json_decref(files);
	return ok;
}

/* --- the command ------------------------------------------------------------------------------ */

static bool fetch(void *user, Err *err)
{
	return data_fetch(user, err);
}

static const SubCommand actions[] = {
	{ "ls", 0, 0, "ls", list },
	{ "show", 1, 1, "show NAME", show },
	{ "import", 2, 2, "import NAME FILE", import },
	{ "verify", 0, CLI_OPERANDS_MAX, "verify [NAME...]", verify },
	{ "fetch", 1, CLI_OPERANDS_MAX, "fetch NAME...", fetch },
	{ NULL, 0, 0, NULL, NULL },
};

static int data_command(const Cli *cli, Err *err)
{
	DataCommand self = { .cli = cli };
	bool wanted = params_get(&cli->common, "json")->flag;
	const SubCommand *action = subcommand_find(cli, actions, only, err);
	bool ok = action;

	if (ok && wanted) {
		self.json = record_out_new(STDOUT_FILENO, 0, err);
		ok = self.json != NULL;
	}
	if (self.json)
		record_out_wait(self.json, session_wait_room);
	ok = ok && action->run(&self, err);
	/* A wrong column or share was typed here, in no script. */
	if (!ok && err->code == ERR_ARGUMENT)
		err->code = ERR_USAGE;
	record_out_free(self.json);
	json_decref(self.records);
	return ok ? 0 : err_exit_status(err->code);
}

const Command command_data = {
	.info = { .name = "data",
		  .title = "Data",
		  .about = "List, show, import, verify or download datasets.",
		  .params = data_params },
	.synopsis = "[ls | show NAME | import NAME FILE | verify [NAME...] | fetch NAME...]",
	.operands_max = CLI_OPERANDS_MAX,
	.run = data_command,
};
