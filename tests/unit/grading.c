/* Submissions, rosters, seeds by the secret, and likeness of files.
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/grading/by_hand.h"
#include "app/grading/file_name.h"
#include "app/grading/roster.h"
#include "app/grading/secret.h"
#include "app/grading/similar.h"
#include "app/grading/submission.h"
#include "app/line_file.h"

#include "unit.h"

static Err err;

/* --- submissions ------------------------------------------------------------------------------ */

#define HEAD "{\"v\":1,\"type\":\"submission\",\"lesson\":\"a.01\",\"student\":\"ann\"}\n"
#define END(n) "{\"v\":1,\"type\":\"submission-end\",\"lines\":" #n "}\n"
#define FILE_LINE(name, text)                                                                   \
	"{\"v\":1,\"type\":\"submission-file\",\"exercise\":\"ex1\",\"name\":\"" name "\","     \
	"\"attempts\":3,\"text\":\"" text "\"}\n"
#define ANSWER(id, rest) "{\"v\":1,\"type\":\"submission-answer\",\"id\":\"" id "\"" rest "}\n"

static json_t *source;

static int make_source(void **state)
{
	(void)state;
	source = json_loads(
		"{\"id\":\"a.01\",\"steps\":[{\"kind\":\"text\"},"
		"{\"kind\":\"exercise\",\"asks\":\"checks\",\"id\":\"ex1\",\"exercise\":{\"file\":\"ex1.lua\"}},"
		"{\"kind\":\"predict\",\"asks\":\"answer\",\"id\":\"p1\"},{\"kind\":\"run\",\"asks\":\"run\",\"id\":\"race\"},"
		"{\"kind\":\"quiz\",\"asks\":\"answer\",\"id\":\"q1\",\"choices\":[{},{}]},"
		"{\"kind\":\"reflect\",\"asks\":\"answer\",\"id\":\"r1\"}]}",
		0, NULL);
	return source ? 0 : -1;
}

static int drop_source(void **state)
{
	(void)state;
	json_decref(source);
	return 0;
}

static bool reads(const char *text)
{
	Submission submission;
	bool ok = submission_read(&submission, "x", text, strlen(text), source, &err);

	submission_done(&submission);
	return ok;
}

static void refused(const char *text, const char *why)
{
	assert_false(reads(text));
	assert_int_equal(err.code, ERR_FORMAT);
	if (!strstr(err.text, why))
		fail_msg("'%s' does not say '%s'", err.text, why);
}

static void test_submission(void **state)
{
	Submission submission;
	const char *text = HEAD ANSWER("q1", ",\"choice\":2") FILE_LINE("ex1.lua", "return\\t{}\\n")
		END(3);
	size_t len;

	(void)state;
	assert_true(submission_read(&submission, "x", text, strlen(text), source, &err));
	assert_int_equal(json_object_size(submission.answers), 1);
	char *again = submission_text(&submission, &len, &err);
	assert_non_null(again);
	submission_done(&submission);
	assert_true(submission_read(&submission, "x", again, len, source, &err));
	free(again);
	submission_done(&submission);
	/* The first line alone, to find out whose it is. */
	assert_true(submission_read(&submission, "x", text, strlen(text), NULL, &err));
	submission_done(&submission);
}

static void test_refused(void **state)
{
	(void)state;
	refused("", "x is empty");
	refused(HEAD, "x:1: its end is missing");
	refused("{}\n", "x:1:");
	refused(END(0), "x:1: it does not begin");
	refused(HEAD HEAD, "x:2: a second beginning");
	refused(HEAD END(2), "x:2: 1 lines stand before it, not 2");
	refused(HEAD END(1) END(2), "x:3: something stands behind the end");
	refused(HEAD "{\"v\":1,\"type\":\"grade\"}\n", "type 'grade' does not belong");
	refused(HEAD FILE_LINE("ex2.lua", ""), "is called 'ex1.lua', not 'ex2.lua'");
	refused(HEAD FILE_LINE("../ex1.lua", ""), "not '../ex1.lua'");
	refused(HEAD FILE_LINE("ex1.lua", "\\u001b[2J"), "'text' holds control characters");
	refused(HEAD FILE_LINE("ex1.lua", "") FILE_LINE("ex1.lua", ""), "x:3: a second line for 'ex1'");
	refused(HEAD ANSWER("q2", ",\"choice\":1"), "the lesson 'a.01' has no step 'q2'");
	refused(HEAD ANSWER("race", ",\"choice\":1"), "takes no answer");
	refused(HEAD ANSWER("q1", ",\"choice\":3"), "choice is 3");
	refused(HEAD ANSWER("q1", ",\"choice\":\"1\""), "'choice' must be a whole number");
	refused(HEAD ANSWER("p1", ",\"choice\":1"), "'number' must be a number");
	refused(HEAD ANSWER("r1", ",\"text\":7"), "'text' must be a text");
	refused("{\"v\":1,\"type\":\"submission\",\"lesson\":\"b.01\",\"student\":\"ann\"}\n",
		"it is for the lesson 'b.01', not for 'a.01'");
	refused("{\"v\":1,\"type\":\"submission\",\"lesson\":\"a.01\",\"student\":\"\"}\n", "'student'");
}

static void test_too_big(void **state)
{
	Submission submission;
	char *text = malloc(LINE_FILE_MAX + 1);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', LINE_FILE_MAX + 1);
	assert_false(submission_read(&submission, "x", text, LINE_FILE_MAX + 1, source, &err));
	assert_non_null(strstr(err.text, "more than 1048576 bytes"));
	free(text);
	/* An exercise's file has a limit of its own. */
	char *file = malloc(SUBMISSION_FILE_MAX + 512);
	assert_non_null(file);
	int at = sprintf(file, "%s{\"v\":1,\"type\":\"submission-file\",\"exercise\":\"ex1\","
			       "\"name\":\"ex1.lua\",\"text\":\"",
			 HEAD);
	memset(file + at, 'x', SUBMISSION_FILE_MAX + 1);
	strcpy(file + at + SUBMISSION_FILE_MAX + 1, "\"}\n");
	refused(file, "65537 bytes; at most 65536");
	free(file);
}

/* --- rosters ---------------------------------------------------------------------------------- */

static bool parses(Roster *roster, const char *text)
{
	return roster_parse(roster, (const uint8_t *)text, strlen(text), "r.csv", &err);
}

static void test_roster(void **state)
{
	Roster roster;

	(void)state;
	assert_true(parses(&roster, "Name,ID number,Email address\r\n\"Lee, Ann\",17,A@x\r\nBo,18,\r\n"));
	assert_int_equal(roster.count, 2);
	assert_string_equal(roster.entry[0].student, "17");
	assert_string_equal(roster.entry[0].email, "A@x");
	assert_string_equal(roster.entry[0].number, "17");
	assert_null(roster.entry[1].email);
	assert_int_equal(roster_find(&roster, "18"), 1);
	assert_int_equal(roster_find(&roster, "19"), 2);
	roster_done(&roster);
	assert_true(parses(&roster, "email;STUDENT\nx;ann\n"));
	assert_string_equal(roster.entry[0].student, "ann");
	roster_done(&roster);
	assert_false(parses(&roster, "name\nann\n"));
	assert_non_null(strstr(err.text, "r.csv:1: no column tells"));
	assert_false(parses(&roster, "student\nann\nann\n"));
	assert_non_null(strstr(err.text, "'ann' stands here a second time"));
	assert_false(parses(&roster, "student,x\n,1\n"));
	assert_false(parses(&roster, "student\nann\n=1+1\n"));
	assert_non_null(strstr(err.text, "r.csv: row 2 (line 3)"));
	assert_non_null(strstr(err.text, "'=1+1' begins with ="));
	assert_false(parses(&roster, "student,email\nann,@x\n"));
	assert_false(parses(&roster, "student,ID number\nann,-7\n"));
	assert_true(parses(&roster, "student,email,note\nann,a+b@x,=1\n"));
	roster_done(&roster);
	assert_false(parses(&roster, "student\n"));
	assert_non_null(strstr(err.text, "nobody"));
}

/* --- points by hand ---------------------------------------------------------------------------- */

static bool by_hand(ByHand *hand, const char *text)
{
	return by_hand_parse(hand, (const uint8_t *)text, strlen(text), "p.csv", &err);
}

static void not_by_hand(const char *text, const char *why)
{
	ByHand hand;

	assert_false(by_hand(&hand, text));
	assert_int_equal(err.code, ERR_FORMAT);
	if (!strstr(err.text, why))
		fail_msg("'%s' does not say '%s'", err.text, why);
}

static void test_by_hand(void **state)
{
	ByHand hand;

	(void)state;
	assert_true(by_hand(&hand, "student,lesson,exercise,check,points,max,note\r\n"
				   "ann,a.01,r1,,2.5,3,\"a, b\"\r\nbob,a.01,r1,,,,\r\n"
				   "ann,a.01,ex1,small,1,1\r\n"));
	assert_int_equal(hand.count, 2);
	assert_string_equal(hand.row[0].student, "ann");
	assert_string_equal(hand.row[0].lesson, "a.01");
	assert_string_equal(hand.row[0].exercise, "r1");
	assert_string_equal(hand.row[1].check, "small");
	assert_true(hand.row[0].points == 2.5 && hand.row[0].max == 3 && hand.row[0].line == 2);
	by_hand_done(&hand);
	assert_true(by_hand(&hand, "Student;Exercise;Points;Max\nann;r1;0;4\n"));
	assert_int_equal(hand.count, 1);
	by_hand_done(&hand);
	assert_true(by_hand(&hand, "student,exercise,points,max\n"));
	assert_int_equal(hand.count, 0);
	by_hand_done(&hand);
	not_by_hand("student,exercise,points\nann,r1,2\n", "p.csv:1: it has no column 'max'");
	not_by_hand("student,exercise,points,max\nann,r1,2,\n",
		    "row 1 (line 2), column 4: points of how many?");
	not_by_hand("student,exercise,points,max\nann,r1,2\n", "points of how many?");
	not_by_hand("student,exercise,points,max\nann,r1,\"2,5\",3\n", "write 3 or 2.5");
	not_by_hand("student,exercise,points,max\nann,r1,-1,3\n", "'-1' is no number of points");
	not_by_hand("student,exercise,points,max\nann,r1,nan,3\n", "'nan' is no number");
	not_by_hand("student,exercise,points,max\nann,r1,4,3\n", "4 points of 3");
}

/* --- names of files ---------------------------------------------------------------------------- */

static void names(const char *student, const char *want)
{
	char name[GRADE_FILE_NAME_MAX];

	grade_file_name(name, student);
	assert_string_equal(name, want);
}

static void test_file_name(void **state)
{
	char longest[SUBMISSION_NAME_MAX], other[GRADE_FILE_NAME_MAX], name[GRADE_FILE_NAME_MAX];

	(void)state;
	names("Ann_1@x-y.org", "Ann_1@x-y.org");
	names("../a b", "%2E.%2Fa%20b");
	/* 53 signs of three bytes still fit; of one more only a part, and which is told by a hash. */
	memset(longest, '/', sizeof longest);
	longest[53] = '\0';
	grade_file_name(name, longest);
	assert_int_equal(strlen(name), 159);
	assert_null(strchr(name, '~'));
	longest[53] = '/';
	longest[sizeof longest - 1] = '\0';
	grade_file_name(name, longest);
	assert_int_equal(strlen(name), 141 + 1 + 16);
	assert_int_equal(name[141], '~');
	assert_memory_equal(name + 138, "%2F", 3);
	longest[sizeof longest - 2] = 'a';
	grade_file_name(other, longest);
	assert_memory_equal(name, other, 142);
	assert_string_not_equal(name, other);
}

/* --- the secret ------------------------------------------------------------------------------- */

static void test_secret(void **state)
{
	char path[] = "/tmp/wattle-secret-XXXXXX";
	Secret secret;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "0123456789abcdef\n", 17), 17);
	assert_true(secret_read(&secret, path, &err));
	assert_int_equal(secret.len, 16);
	assert_false(secret.open);
	/* printf 'green\0%s\0%s' 05 ann | openssl dgst -sha256 -hmac 0123456789abcdef */
	assert_int_equal(secret_seed(&secret, "green.05", "ann"), UINT32_C(4200384404));
	assert_int_equal(secret_seed(&secret, "green.05", "bob"), UINT32_C(3988420083));
	assert_int_equal(fchmod(fd, 0644), 0);
	assert_true(secret_read(&secret, path, &err));
	assert_true(secret.open);
	assert_int_equal(ftruncate(fd, 8), 0);
	assert_false(secret_read(&secret, path, &err));
	assert_int_equal(err.code, ERR_USAGE);
	close(fd);
	unlink(path);
	assert_false(secret_read(&secret, path, &err));
	assert_int_equal(err.code, ERR_NEED);
}

/* --- likeness --------------------------------------------------------------------------------- */

static double like(const char *a, const char *b)
{
	Shingles one, two;

	assert_true(shingles_make(&one, a, strlen(a), &err));
	assert_true(shingles_make(&two, b, strlen(b), &err));
	double shared = shingles_shared(&one, &two);
	shingles_done(&one);
	shingles_done(&two);
	return shared;
}

static void test_similar(void **state)
{
	const char *honest = "function ex.stop(h)\n  for i = 2, #h do\n    if h[i] > h[i - 1] then "
			     "return i end\n  end\n  return #h\nend\n";
	const char *renamed = "function m.stop(losses) -- mine!\n for k=3,#losses do if losses[k]> "
			      "losses[k-1] then return k end end return #losses end";
	const char *other = "local best, at = math.huge, 1\nwhile at < 10 do best = best / 2; at = at "
			    "* 3 end\nreturn { best, at, \"text\", [[long]] }\n";

	(void)state;
	assert_true(like(honest, renamed) == 1);
	assert_true(like(honest, other) < 0.2);
	assert_true(like("", honest) == 0);
	/* What a comment or a text holds is no code. */
	assert_true(like("return f(1, 2, 3, 4, 5, 6, '--[[ x')",
			 "return g(9,9,9,9,9,9,[==[y]]]==])") == 1);
}

static void test_starter(void **state)
{
	const char *starter = "local w = require \"wattle\"\nlocal ex = {}\nreturn ex\n";
	Shingles mine, given;

	(void)state;
	assert_true(shingles_make(&mine, starter, strlen(starter), &err));
	assert_true(shingles_make(&given, starter, strlen(starter), &err));
	assert_true(mine.count > 0);
	shingles_leave_out(&mine, &given);
	assert_int_equal(mine.count, 0);
	shingles_done(&mine);
	shingles_done(&given);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_submission), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_too_big),    cmocka_unit_test(test_roster),
		cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_secret),     cmocka_unit_test(test_similar),
		cmocka_unit_test(test_starter),    cmocka_unit_test(test_file_name),
	};

	return cmocka_run_group_tests(tests, make_source, drop_source);
}
