/* Prints wattle-keys(7) from the table of keys. `make update-keys` writes the page.
 * SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>

#include "ui/keys.h"

typedef struct Section {
	uint32_t places; /* rows that work in all of these and are in no section above */
	const char *title, *text;
} Section;

static const Section sections[] = {
	{ PLACE_ALL | PLACE_HELP | PLACE_PROMPT | PLACE_WRITE, "Everywhere",
	  "Also in the help and where letters are text:" },
	{ PLACE_ALL, "Where letters are keys", "On every screen and over the meters:" },
	{ PLACE_VIEWS, "On every screen", "Over the meters these do nothing:" },
	{ PLACE_PANES, "On screens of several panes", NULL },
	{ PLACE_COURSE | PLACE_RUNS, "Lists", NULL },
	{ PLACE_LAB | PLACE_COMPARE, "Lab and comparison", NULL },
	{ PLACE_LESSON | PLACE_LAB, "Lesson and lab", NULL },
	{ PLACE_COURSE, "List of lessons", NULL },
	{ PLACE_LESSON, "Lesson", NULL },
	{ PLACE_EXERCISE, "Exercise of a lesson", "Besides those of the lesson:" },
	{ PLACE_VARY, "Lesson that varies",
	  "Besides those of the lesson, while no run is at work;\n.Li set NAME VALUE\nsets a value "
	  "by its name:" },
	{ PLACE_SEVERAL, "Lesson that varies several", "Besides these:" },
	{ PLACE_LAB, "Lab", NULL },
	{ PLACE_COMPARE, "Comparison", NULL },
	{ PLACE_RUNS, "Stored runs", NULL },
	{ PLACE_DETAIL, "Over the stored runs", NULL },
	{ PLACE_METERS, "Meters", NULL },
	{ PLACE_HELP, "Help", "Letters search the rows:" },
	{ PLACE_PROMPT | PLACE_WRITE, "Where letters are text", NULL },
	{ PLACE_PROMPT, "In a question", NULL },
	{ PLACE_CONFIRM, "Where y/n is asked", NULL },
	{ PLACE_WRITE, "In a text of several lines", "Enter breaks the line:" },
};

static size_t section_of(const KeyRow *row)
{
	size_t i = 0;

	while ((row->places & sections[i].places) != sections[i].places)
		i++;
	return i;
}

static void print_rows(size_t section)
{
	for (const KeyRow *row = key_rows; row->label; row++)
		if (section_of(row) == section)
			printf(".It Ic \\&%s\n%c%s\n.Pq Ic \\&:%s .\n", row->label,
			       toupper((unsigned char)row->help[0]), row->help + 1,
			       action_command(row->action));
}

static void print_sections(void)
{
	for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
		bool any = false;

		for (const KeyRow *row = key_rows; row->label; row++)
			any = any || section_of(row) == i;
		if (!any)
			continue;
		printf(".Ss %s\n", sections[i].title);
		if (sections[i].text)
			printf("%s\n", sections[i].text);
		printf(".Bl -tag -width \"wheel down\" -compact\n");
		print_rows(i);
		printf(".El\n");
	}
}

int main(void)
{
	printf(".\\\" Made by tests/man/keys_page from src/ui/keys.c: change that, then make "
	       "update-keys.\n"
	       ".\\\" SPDX-License-Identifier: MIT\n"
	       ".Dd November 21, 2026\n"
	       ".Dt WATTLE-KEYS 7\n"
	       ".Os\n"
	       ".Sh NAME\n"
	       ".Nm wattle-keys\n"
	       ".Nd keys and commands of wattle on a terminal\n"
	       ".Sh DESCRIPTION\n"
	       "The last line of the screen shows the keys that work there, as many as fit;\n"
	       ".Ic \\&?\n"
	       "shows them all.\n"
	       "There, typing searches and\n"
	       ".Ic Enter\n"
	       "does what the row says.\n"
	       ".Pp\n"
	       "Every key is also a command, shown behind it in parentheses.\n"
	       ".Ic \\&:\n"
	       "opens the command line;\n"
	       ".Ic Tab\n"
	       "completes a command or lists those that begin so.\n"
	       "In\n"
	       ".Fl -linear\n"
	       "mode the commands are typed without the colon.\n"
	       ".Pp\n"
	       "No key is bound to a destructive action, and\n"
	       ".Ic Esc\n"
	       "never quits.\n");
	print_sections();
	printf(".Sh MOUSE\n"
	       "A click performs a key of the last line, a screen's name in the first line or a "
	       "row of the help.\n"
	       "The wheel moves by rows.\n"
	       "Dragging is left to the terminal.\n"
	       "Nothing needs a mouse.\n"
	       ".Sh ENVIRONMENT\n"
	       ".Bl -tag -width NO_COLOR\n"
	       ".It Ev NO_COLOR\n"
	       "When set and not empty, the theme is mono: bold, underlined and reversed text "
	       "only.\n"
	       ".El\n"
	       ".Sh SEE ALSO\n"
	       ".Xr wattle 1\n");
	return ferror(stdout) ? 1 : 0;
}
