/* Screens: replays records, feeds keys, dumps the canvas at marked points and compares with the
 * stored text.
 *
 * A case is NAME.records (JSON lines) and NAME.keys, a script of lines:
 *   view NAME            the view that is opened first (lab)
 *   sizes WxH…           instead of 80x24 160x48
 *   badge TEXT           energy badge; one that begins with MEASURED: joules are not modelled
 *   take N | take all    feeds the next records
 *   until TYPE [N]       feeds records up to the N-th of a type, it included
 *   key NAME             Enter, Esc, Tab, Up … or one character
 *   type TEXT            each character as a key
 *   do COMMAND           an action by its command
 *   dump TITLE           the screen as it is now
 * Expected texts lie in expected/NAME.SIZE.LEVEL.txt; level: braille, half, ascii, mono (with
 * the looks of each cell below), and expected/NAME.linear.txt holds what --linear says. With
 * --update they are rewritten, and so is README's screen.
 * SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "ui/canvas.h"
#include "ui/dump.h"
#include "ui/keys.h"
#include "ui/theme.h"
#include "ui/ui.h"

#define README_CASE "lab"
#define README_BEGIN "<!-- screen: begin"
#define README_END "<!-- screen: end -->"

typedef enum Level { LEVEL_BRAILLE, LEVEL_HALF, LEVEL_ASCII, LEVEL_MONO, LEVEL_LINEAR } Level;

static const char *const level_names[] = { "braille", "half", "ascii", "mono", "linear" };

typedef struct Play {
	Ui *ui;
	Canvas canvas;
	Scene scene;
	Level level;
	FILE *records, *to;
	char badge[64];
	char last[65536]; /* the last dump */
} Play;

static char folder[4096];
static bool update;

static void fail(const char *what, const char *name)
{
	fprintf(stderr, "screens: %s: %s\n", what, name);
	exit(1);
}

static void say_line(void *user, const char *text)
{
	Play *play = user;

	fprintf(play->to, "%s%s\n", text,
		text_columns(text) > 80 ? "   <<< wider than 80 columns" : "");
}

static void put_request(Play *play, Request *request)
{
	static const char *const names[] = {
		[REQUEST_COMMAND] = "command",
		[REQUEST_OPEN_LESSON] = "open",
		[REQUEST_RUN] = "run",
		[REQUEST_QUIT] = "quit",
		[REQUEST_LEAVE_LESSON] = "leave",
		[REQUEST_STORE] = "store",
		[REQUEST_EXERCISE] = "exercise",
	};
	const char *name =
		request->kind < sizeof names / sizeof names[0] ? names[request->kind] : NULL;
	char *value = request->value ? json_dumps(request->value, JSON_COMPACT) : NULL;

	if (request->kind != REQUEST_NONE)
		fprintf(play->to, "[asks: %s %s%s%s%s]\n", name ? name : "other", request->text,
			value ? " " : "", value ? value : "",
			request->flag ? " with a new seed" : "");
	free(value);
	request_done(request);
}

/* Feeds one record; NULL at the end, else its type, valid until the next call. */
static const char *take_one(Play *play)
{
	static char line[RECORD_LINE_MAX + 1], type[64];
	Err err = { 0 };
	Speech speech = { say_line, play };

	if (!fgets(line, sizeof line, play->records))
		return NULL;
	json_t *record = record_parse(line, strcspn(line, "\n"), &err);
	if (!record)
		fail(err.text, line);
	const char *name = json_string_value(json_object_get(record, "type"));
	text_format(type, sizeof type, "%s", name ? name : "");
	ui_take(play->ui, record);
	if (play->level == LEVEL_LINEAR)
		ui_say(play->ui, record, &speech);
	json_decref(record);
	return type;
}

static void take_until(Play *play, const char *argument)
{
	char type[64] = "";
	unsigned count = 1;
	const char *got;

	sscanf(argument, "%63s %u", type, &count);
	while (count > 0 && (got = take_one(play)))
		count -= strcmp(got, type) == 0 ? 1 : 0;
	if (count > 0)
		fail("no more such records", argument);
}

static uint32_t key_named(const char *name)
{
	static const struct {
		const char *name;
		uint32_t key;
	} keys[] = {
		{ "Enter", KEY_RETURN },    { "Esc", KEY_ESC },
		{ "Tab", KEY_TAB_ },        { "Backtab", KEY_BACKTAB },
		{ "Up", KEY_ARROW_UP },     { "Down", KEY_ARROW_DOWN },
		{ "Left", KEY_ARROW_LEFT }, { "Right", KEY_ARROW_RIGHT },
		{ "PgUp", KEY_PAGE_UP },    { "PgDn", KEY_PAGE_DOWN },
		{ "Home", KEY_TOP },        { "End", KEY_BOTTOM },
		{ "Backspace", KEY_BACK },  { "Space", ' ' },
		{ "Ctrl-D", KEY_CTRL_D },
	};
	uint32_t code;

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (strcmp(keys[i].name, name) == 0)
			return keys[i].key;
	if (text_decode(name, strlen(name), &code) != strlen(name))
		fail("no such key", name);
	return code;
}

static void press(Play *play, uint32_t key)
{
	KeyEvent event = { .key = key };
	Request request = { .kind = REQUEST_NONE };

	ui_key(play->ui, &event, &request);
	put_request(play, &request);
}

static void type_in(Play *play, const char *text)
{
	uint32_t code;

	for (size_t len = strlen(text), at = 0; at < len;) {
		at += text_decode(text + at, len - at, &code);
		press(play, code);
	}
}

/* b bold, u underlined, r reverse, d dim: what tells styles apart without colour. */
static void dump_looks(const Canvas *canvas, FILE *to)
{
	for (int y = 0; y < canvas->height; y++) {
		for (int x = 0; x < canvas->width; x++) {
			const Look *look = theme_look(
				THEME_MONO, (Style)canvas->cells[y * canvas->width + x].style);
			fputc(look->reverse     ? 'r'
			      : look->underline ? 'u'
			      : look->bold      ? 'b'
			      : look->dim       ? 'd'
						: '.',
			      to);
		}
		fputc('\n', to);
	}
}

static void dump(Play *play, const char *title)
{
	FILE *copy;

	if (play->level == LEVEL_LINEAR)
		return;
	canvas_clear(&play->canvas);
	ui_draw(play->ui, &play->canvas, &play->scene);
	fprintf(play->to, "=== %s\n", title);
	dump_text(&play->canvas, play->to);
	if (play->level == LEVEL_MONO)
		dump_looks(&play->canvas, play->to);
	fprintf(play->to, "=== cursor %d,%d\n", play->canvas.cursor_x, play->canvas.cursor_y);
	if (!(copy = fmemopen(play->last, sizeof play->last, "w")))
		fail("no memory", title);
	dump_text(&play->canvas, copy);
	fclose(copy);
}

static void ask_again(Play *play)
{
	Speech speech = { say_line, play };

	if (play->level == LEVEL_LINEAR)
		ui_say(play->ui, NULL, &speech);
}

static void perform(Play *play, const char *verb, const char *argument)
{
	Request request = { .kind = REQUEST_NONE };

	if (strcmp(verb, "take") == 0) {
		long count = strcmp(argument, "all") == 0 ? -1 : strtol(argument, NULL, 10);
		while (count != 0 && take_one(play))
			count -= count > 0 ? 1 : 0;
	} else if (strcmp(verb, "until") == 0) {
		take_until(play, argument);
	} else if (strcmp(verb, "key") == 0) {
		press(play, key_named(argument));
		ask_again(play);
	} else if (strcmp(verb, "type") == 0) {
		type_in(play, argument);
	} else if (strcmp(verb, "do") == 0) {
		if (!ui_command(play->ui, argument, &request))
			fail("no such command here", argument);
		put_request(play, &request);
		ask_again(play);
	} else if (strcmp(verb, "dump") == 0) {
		dump(play, argument);
	} else if (strcmp(verb, "badge") == 0) {
		text_format(play->badge, sizeof play->badge, "%s", argument);
		play->scene.modelled = strncmp(argument, "MEASURED", 8) != 0;
	} else if (strcmp(verb, "view") != 0 && strcmp(verb, "sizes") != 0) {
		fail("no such line", verb);
	}
}

/* The argument of the first line with this verb, or otherwise. */
static void setting(const char *name, const char *verb, const char *otherwise, char out[256])
{
	char path[4400], line[512], word[32];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s.keys", folder, name);
	if (!(file = fopen(path, "r")))
		fail("cannot open", path);
	text_format(out, 256, "%s", otherwise);
	while (fgets(line, sizeof line, file))
		if (sscanf(line, "%31s", word) == 1 && strcmp(word, verb) == 0) {
			line[strcspn(line, "\n")] = '\0';
			text_format(out, 256, "%s", line + strlen(verb) + 1);
			break;
		}
	fclose(file);
}

static void run_script(Play *play, const char *name)
{
	char path[4400], line[512];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s.keys", folder, name);
	if (!(file = fopen(path, "r")))
		fail("cannot open", path);
	while (fgets(line, sizeof line, file)) {
		char *argument;
		line[strcspn(line, "\n")] = '\0';
		if (!line[0] || line[0] == '#')
			continue;
		argument = line + strcspn(line, " ");
		if (*argument)
			*argument++ = '\0';
		perform(play, line, argument);
	}
	fclose(file);
}

static void open_play(Play *play, const char *name, int width, int height)
{
	char view[256], path[4400];
	Glyphs glyphs = play->level == LEVEL_ASCII  ? GLYPHS_ASCII
			: play->level == LEVEL_HALF ? GLYPHS_HALF
						    : GLYPHS_BRAILLE;
	Err err = { 0 };

	setting(name, "view", "lab", view);
	snprintf(path, sizeof path, "%s/%s.records", folder, name);
	play->ui = ui_new(view, &err);
	play->records = fopen(path, "r");
	if (!play->ui || !play->records || !canvas_init(&play->canvas, width, height, glyphs, &err))
		fail("cannot open", path);
	text_format(play->badge, sizeof play->badge, "MODELLED");
	play->scene = (Scene){ .badge = play->badge, .modelled = true, .ui_cpu_share = 0.002 };
}

/* Allocated text of a whole file; NULL when it cannot be read. */
static char *whole_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;

	if (!file || getdelim(&text, &size, '\0', file) < 0) {
		free(text);
		text = NULL;
	}
	if (file)
		fclose(file);
	return text;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) < 0 || fclose(file) != 0)
		fail("cannot write", path);
}

static void first_difference(const char *path, const char *expected, const char *got)
{
	size_t line = 1;

	while (*expected && *expected == *got) {
		line += *expected == '\n' ? 1 : 0;
		expected++;
		got++;
	}
	fprintf(stderr, "%s:%zu differs (make update-screens, then read the diff)\n", path, line);
}

static bool compare(const char *path, const char *got)
{
	char *expected;
	bool same;

	if (update) {
		write_file(path, got);
		return true;
	}
	expected = whole_file(path);
	same = expected && strcmp(expected, got) == 0;
	if (!same)
		first_difference(path, expected ? expected : "", got);
	free(expected);
	return same;
}

/* The part of README between the markers is the last screen of a case. */
static bool compare_readme(const char *screen)
{
	char path[4400], *text, *begin = NULL, *end = NULL, *out = NULL;
	size_t size;
	bool same;
	FILE *memory = NULL;

	snprintf(path, sizeof path, "%s/../../README.md", folder);
	if (!(text = whole_file(path)) || !(begin = strstr(text, README_BEGIN)) ||
	    !(begin = strchr(begin, '\n')) || !(end = strstr(begin, README_END)) ||
	    !(memory = open_memstream(&out, &size)))
		fail("no marked screen", path);
	fprintf(memory, "%.*s\n```\n%s```\n%s", (int)(begin - text), text, screen, end);
	fclose(memory);
	same = update || strcmp(out, text) == 0;
	if (update && strcmp(out, text) != 0)
		write_file(path, out);
	if (!same)
		first_difference(path, text, out);
	free(out);
	free(text);
	return same;
}

static bool run_case(const char *name, Level level, int width, int height)
{
	static Play play;
	char path[4500], *got = NULL;
	size_t size;
	bool same;

	memset(&play, 0, sizeof play);
	play.level = level;
	open_play(&play, name, width, height);
	if (!(play.to = open_memstream(&got, &size)))
		fail("no memory", name);
	run_script(&play, name);
	fclose(play.to);
	if (level == LEVEL_LINEAR)
		snprintf(path, sizeof path, "%s/expected/%s.linear.txt", folder, name);
	else
		snprintf(path, sizeof path, "%s/expected/%s.%dx%d.%s.txt", folder, name, width,
			 height, level_names[level]);
	same = compare(path, got);
	if (level == LEVEL_BRAILLE && width == 80 && strcmp(name, README_CASE) == 0)
		same = compare_readme(play.last) && same;
	free(got);
	fclose(play.records);
	canvas_done(&play.canvas);
	ui_free(play.ui);
	return same;
}

static bool run_sizes(const char *name)
{
	char sizes[256], *word, *rest = sizes;
	bool same = run_case(name, LEVEL_LINEAR, 80, 24);

	setting(name, "sizes", "80x24 160x48", sizes);
	while ((word = strsep(&rest, " "))) {
		int width, height;
		if (sscanf(word, "%dx%d", &width, &height) != 2)
			fail("no size", word);
		for (Level level = LEVEL_BRAILLE; level <= LEVEL_ASCII; level++)
			same = run_case(name, level, width, height) && same;
		if (width == 80)
			same = run_case(name, LEVEL_MONO, width, height) && same;
	}
	return same;
}

static int is_case(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && strcmp(dot, ".keys") == 0;
}

int main(int argc, char **argv)
{
	const char *top = getenv("top_srcdir");
	struct dirent **cases;
	int count, bad = 0;

	setlocale(LC_CTYPE, "C.UTF-8");
	update = argc > 1 && strcmp(argv[1], "--update") == 0;
	snprintf(folder, sizeof folder, "%s/tests/screen", top ? top : ".");
	count = scandir(folder, &cases, is_case, alphasort);
	if (count <= 0)
		fail("no cases", folder);
	for (int i = 0; i < count; i++) {
		cases[i]->d_name[strlen(cases[i]->d_name) - strlen(".keys")] = '\0';
		if (!run_sizes(cases[i]->d_name)) {
			fprintf(stderr, "%s: not as stored\n", cases[i]->d_name);
			bad++;
		}
		free(cases[i]);
	}
	free(cases);
	printf("%d cases, %d not as stored\n", count, bad);
	return bad ? 1 : 0;
}
