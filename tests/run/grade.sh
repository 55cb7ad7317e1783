#!/bin/bash
# Grading: honest, broken, looping, cheating, empty, too big and wrongly named submissions get the points that they should,
# nothing hangs, and the formats are what their readers ask for.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
export WATTLE_PATH=$source/tests/run/grade
dir=$scratch/in
mkdir "$dir"

# hand STUDENT CHOICE [FILE] : a submission; the file's text comes from stdin when FILE is -.
hand() {
	python3 - "$1" "$2" "${3:-}" >"$dir/$1.jsonl" <<-'PYTHON'
		import json, os, sys
		student, choice, given = sys.argv[1:]
		lines = [{"v": 1, "type": "submission", "lesson": "toy.01", "student": student, "fast": False}]
		if choice == "skip":
		    lines.append({"v": 1, "type": "submission-answer", "id": "q1", "skipped": True})
		elif choice:
		    lines.append({"v": 1, "type": "submission-answer", "id": "p1", "choice": 1})
		    lines.append({"v": 1, "type": "submission-answer", "id": "q1", "choice": int(choice)})
		    lines.append({"v": 1, "type": "submission-answer", "id": "r1", "text": "=cmd() because " + "x" * 3900})
		if given:
		    lines.append({"v": 1, "type": "submission-file", "exercise": "ex1", "name": "ex1.lua", "attempts": 4,
		                  "text": open(given).read()})
		lines.append({"v": 1, "type": "submission-end", "lines": len(lines)})
		print("\n".join(json.dumps(line) for line in lines))
	PYTHON
}
# code NAME : a student's file from stdin.
code() {
	cat >"$scratch/$1.lua"
}

good=$WATTLE_PATH/01-toy/ex1.solution.lua
hand ann 1 "$good"
hand bob 2 "$WATTLE_PATH/01-toy/ex1.lua"
code syntax <<<'return {'
hand carl 1 "$scratch/syntax.lua"
code loop <<<'local ex = {} function ex.twice(x) while true do end end function ex.sum(t) return 6 end return ex'
hand dora 1 "$scratch/loop.lua"
code pcall <<<'local ex = {} function ex.twice(x) while true do pcall(function() while true do end end) end end return ex'
hand emil 1 "$scratch/pcall.lua"
code once <<<'local ex = {} function ex.twice(x) while x > 0 and x < 5 do end return 2 * x end return ex'
hand eva 1 "$scratch/once.lua"
code pass <<<'local ex = {} function ex.twice() return setmetatable({}, { __eq = function() return true end }) end
function ex.sum() return true, "pass" end return ex'
hand fay 1 "$scratch/pass.lua"
code table <<<'error { status = "pass" }'
hand gus 1 "$scratch/table.lua"
hand hana skip "$good"
hand ida 1
: >"$dir/joe.jsonl"
head -c 1100000 /dev/zero | tr '\0' x >"$dir/kim.jsonl"
sed 's/"ex1.lua"/"..\/ex1.lua"/' "$dir/ann.jsonl" | sed 's/"student": "ann"/"student": "liv"/' >"$dir/liv.jsonl"
sed 's/"toy.01"/"toy.02"/; s/"student": "ann"/"student": "max"/' "$dir/ann.jsonl" >"$dir/max.jsonl"
sed 's/"student": "ann"/"student": "mallory"/' "$dir/ann.jsonl" >"$dir/mallory.jsonl"
sed 's/"student": "ann"/"student": "bob"/' "$dir/ann.jsonl" >"$dir/zz-bob.jsonl"
# Ann's file with other names and comments.
sed 's/ x/ number/g; s/all/total/g; s/(t)/(list)/g; s/^local ex/-- mine\nlocal ex/' "$good" >"$scratch/copied.lua"
hand nils 1 "$scratch/copied.lua"
# The lesson has changed since; and another that has not.
for change in "ann $(sha256sum "$WATTLE_PATH/01-toy.lua" | cut -d" " -f1)" "hana $(printf %064d 7)"; do
	# shellcheck disable=SC2086 # a name and a checksum
	set -- $change
	sed -i "s/\"student\": \"$1\"/&, \"lesson_sha256\": \"$2\"/" "$dir/$1.jsonl"
done
# Many errors of his, each as long as a message may be, are one cell of Moodle, which would take them for HTML.
code errors <<<'local ex = {} function ex.twice() error("<img src=x>&," .. ("long "):rep(140)) end ex.sum = ex.twice return ex'
hand otto 1 "$scratch/errors.lua"

printf 'Name,student,Email address\r\n' >"$scratch/roster.csv"
for name in ann bob carl dora emil eva fay gus hana ida liv max nils olga otto; do
	printf '"%s, x",%s,%s@Uni.example\r\n' "$name" "$name" "$name"
done >>"$scratch/roster.csv"
printf 'a secret of the course\n' >"$scratch/secret"
chmod 600 "$scratch/secret"

# A loop where checks have more than five seconds, which takes its time beside the others.
mkdir -p "$scratch/slow/in"
cp -r "$WATTLE_PATH/01-toy" "$scratch/slow"
sed 's/seconds = 0.5/seconds = 6/' "$WATTLE_PATH/01-toy.lua" >"$scratch/slow/01-toy.lua"
cp "$dir/dora.jsonl" "$scratch/slow/in"
WATTLE_PATH=$scratch/slow timeout 120 "$build/wattle" grade "$scratch/slow/in" >"$scratch/slow.csv" 2>/dev/null &
slow=$!

# grade NAME ARGUMENTS...
grade() {
	wattle_ends 0 "$1" "$1.err" grade "$dir" "${@:2}"
}
# refused STATUS WORDS ARGUMENTS...
refused() {
	wattle_ends "$1" refused refused grade "${@:3}"
	says refused "$2"
}
all=(--roster "$scratch/roster.csv" --with "$WATTLE_PATH/01-toy.grade.lua" --secret-file "$scratch/secret")
grade csv "${all[@]}"

# Each row as "student exercise check points,max,status"; - is a name that is empty.
python3 - "$scratch/csv" >"$scratch/marks" <<-'PYTHON'
	import csv, sys
	for row in csv.DictReader(open(sys.argv[1], newline="")):
	    print(row["student"], row["exercise"] or "-", row["check"] or "-",
	          ",".join(row[key] for key in ("points", "max", "status")))
PYTHON
# The weight 10 is shared by 2 + 2 + 1 points; the checks of the grading file add theirs.
while read -r mark; do
	grep -qxF -- "$mark" "$scratch/marks" || fail "not '$mark': $(grep "^${mark%% *} " "$scratch/marks")"
done <<'END'
ann ex1 twice 4,4,pass
ann ex1 hidden 4,4,pass
ann ex1 sum 2,2,pass
ann ex1 negative 3,3,pass
ann ex1 secret 0,0,fail
ann p1 - 1,1,pass
ann q1 - 2,2,pass
ann r1 - ,,manual
bob ex1 twice 0,4,error
carl ex1 twice 0,4,error
dora ex1 twice 0,4,timeout
dora ex1 hidden 0,4,timeout
dora ex1 sum 0,2,timeout
emil ex1 twice 0,4,timeout
emil ex1 sum 0,2,timeout
eva ex1 twice 0,4,timeout
eva ex1 hidden 4,4,pass
eva ex1 negative 3,3,pass
fay ex1 sum 0,2,fail
gus ex1 twice 0,4,error
hana ex1 twice 4,4,pass
hana q1 - 0,2,skipped
hana p1 - 0,1,missing
ida ex1 twice 0,4,missing
ida q1 - 2,2,pass
liv ex1 twice 0,4,error
max ex1 twice 0,4,error
olga ex1 twice 0,4,missing
olga r1 - ,,missing
END
grep -q '^fay ex1 twice 0,' "$scratch/marks" || fail 'a result with a metatable earned points'
says csv 'zz-bob.jsonl are of this student: keep one'
says csv 'joe.jsonl is empty'
says csv 'kim.jsonl has more than 1048576 bytes'
says csv "liv.jsonl:.*is called 'ex1.lua', not '../ex1.lua'"
says csv "max.jsonl:1: it is for the lesson 'toy.02', not for 'toy.01'"
says csv "mallory.jsonl: 'mallory' does not stand on the roster"
says csv "time limit (0.5 s) in check 'twice'"
says csv "^dora.*not run: check 'twice' and another of this exercise met their time limit"
says csv "'=cmd()"
says csv '^hana,.*,the lesson has changed since'
says csv.err 'graded 11 of 15 students; 10 answers are still to be graded by hand'
grade silent "${all[@]}" --quiet
grep -q 'graded 11' "$scratch/silent.err" && fail 'quiet tells a sum'
says csv.err 'the lesson has changed since 1 submission was made'
[ "$(grep -c 'has changed since' "$scratch/csv")" -eq 8 ] || fail 'a lesson that has not changed has'
# What is graded by hand arrives whole.
says csv "because x\\{3900\\}"
# One row a check (5), and p1, q1, r1, of each of the roster; two files are nobody's, and Mallory's.
[ "$(grep -c '^[a-z][a-z]*,toy.01,' "$scratch/csv")" -eq $((15 * 8)) ] || fail "not 8 rows a student: $(wc -l <"$scratch/csv")"
[ "$(wc -l <"$scratch/csv")" -eq $((1 + 15 * 8 + 3)) ] || fail 'not a row for each file that is nobody'"'"'s'

# The same again, and with one worker.
grade again "${all[@]}" --jobs 1
diff "$scratch/csv" "$scratch/again" >/dev/null || {
	fail 'grades differ from one time to the next'
	diff "$scratch/csv" "$scratch/again"
}
grade rows "${all[@]}" --json
fits rows grade

# Hidden data come from the secret: another one, other data.
printf 'another secret of the course\n' >"$scratch/secret2"
grade mine "${all[@]}" --variants
grade other --roster "$scratch/roster.csv" --lesson toy.01 --secret-file "$scratch/secret2" --variants
[ "$(grep '^ann,' "$scratch/mine" | cut -d, -f1-4)" = "$(grep '^ann,' "$scratch/other" | cut -d, -f1-4)" ] ||
	fail 'the variant changes with the secret'
[ "$(grep '^ann,' "$scratch/mine" | cut -d, -f5)" != "$(grep '^ann,' "$scratch/other" | cut -d, -f5)" ] ||
	fail 'the seed does not come from the secret'
says other.err 'others can read'
grade none --lesson toy.01 --variants
says none.err 'without --secret-file'

# The rules that each format keeps to, and where they are published, stand at the head of src/app/grading/formats/*.c.
cat >"$scratch/rules.py" <<-'PYTHON'
	import csv
	def table(path):
	    """RFC 4180, section 2: the rows as lists, the header first."""
	    data = open(path, "rb").read()
	    text = data.decode("utf-8")
	    assert data.endswith(b"\r\n") and not data.startswith(b"\xef\xbb\xbf"), path
	    inside = False
	    for i, c in enumerate(text):
	        inside ^= c == '"'
	        assert inside or c != "\n" or text[i - 1] == "\r", "a record ends without CR LF"
	        assert inside or c != "\r" or text[i + 1] == "\n", "a record ends without CR LF"
	    rows = list(csv.reader(open(path, newline=""), strict=True))
	    assert {len(row) for row in rows} == {len(rows[0])}, "records of several lengths"
	    return rows
	def real(value):
	    return isinstance(value, (int, float)) and not isinstance(value, bool)
PYTHON
export PYTHONPATH=$scratch PYTHONDONTWRITEBYTECODE=1
python3 - "$scratch/csv" <<-'PYTHON' || fail 'generic'
	import sys
	from rules import table
	rows = table(sys.argv[1])
	assert rows[0] == "student lesson exercise check points max status message attempts seed version note".split(), rows[0]
	assert not any(cell[:1] in tuple("=+-@") for row in rows for cell in row), "a formula"
PYTHON

# Moodle: a row a student, by the address as the roster has it; no grade where nothing could be graded.
grade moodle "${all[@]}" --format moodle --out "$scratch/moodle.csv"
python3 - "$scratch/moodle.csv" <<-'PYTHON' || fail 'moodle'
	import sys
	from rules import table
	head, *lines = table(sys.argv[1])
	rows = {line[0]: dict(zip(head, line)) for line in lines}
	for row in rows.values():
	    assert row["Email address"], "a row without a key is taken for the one before it"
	    assert row["Grade"] == "" or 0 <= float(row["Grade"]) <= 100, row
	    assert "<" not in row["Feedback"] and ">" not in row["Feedback"], row
	    assert row["Grade"] == "" or row["Feedback"].startswith(row["Grade"] + " of "), row
	assert "&lt;img src=x&gt;&amp;," in rows["otto@Uni.example"]["Feedback"], rows["otto@Uni.example"]
	assert rows["ann@Uni.example"]["Feedback"].startswith("16 of 16 points; p1: 1 of 1 (pass)"), rows["ann@Uni.example"]
	assert list(next(iter(rows.values()))) == ["Email address", "Grade", "Feedback"], rows
	assert len(rows) == 15
	assert float(rows["ann@Uni.example"]["Grade"]) == 16, rows["ann@Uni.example"]
	assert rows["olga@Uni.example"]["Grade"] == "" and "No submission" in rows["olga@Uni.example"]["Feedback"]
	assert "secret" not in rows["ann@Uni.example"]["Feedback"]
	assert rows["otto@Uni.example"]["Feedback"].count("long long") >= 3 * 60, rows["otto@Uni.example"]
	assert rows["otto@Uni.example"]["Feedback"].endswith("r1: graded by hand"), rows["otto@Uni.example"]
	assert "ex1 sum: 2 of 2" in rows["ann@Uni.example"]["Feedback"], rows["ann@Uni.example"]
	assert not any("negative" in row["Feedback"] for row in rows.values()), "a check after the due date is told"
PYTHON

# Points that people gave: the table of grades, filled in, goes where the others go. Only what is graded by hand takes them.
python3 - "$scratch/csv" "$scratch/hand.csv" <<-'PYTHON'
	import csv, sys
	rows = list(csv.DictReader(open(sys.argv[1], newline="")))
	with open(sys.argv[2], "w", newline="") as out:
	    to = csv.DictWriter(out, list(rows[0]))
	    to.writeheader()
	    for row in rows:
	        if row["student"] == "ann" and row["exercise"] == "r1":
	            row.update(points="3.5", max="4")
	        if row["student"] == "ann" and row["exercise"] == "q1":
	            row.update(points="1", max="1")
	        to.writerow(row)
PYTHON
grade by_hand "${all[@]}" --by-hand "$scratch/hand.csv"
says by_hand '^ann,toy.01,r1,,3.5,4,manual,'
says by_hand '^ann,toy.01,q1,,2,2,pass,'
says by_hand '^nils,toy.01,r1,,,,manual,'
grade by_hand "${all[@]}" --by-hand "$scratch/hand.csv" --format moodle
grep -q 'hana@Uni.example.*r1: missing not answered' "$scratch/by_hand" || fail "hana: $(grep hana "$scratch/by_hand")"
says by_hand '^ann@Uni.example,19.5,19.5 of 20 points; .*r1: 3.5 of 4 (manual)'
sed 's/^ann,/Ann,/' "$scratch/hand.csv" >"$scratch/wrong.csv"
refused 4 "wrong.csv:[0-9]*: 'Ann' does not stand on the roster" "$dir" "${all[@]}" --by-hand "$scratch/wrong.csv"
sed 's/^ann,toy.01,r1/ann,toy.01,r2/' "$scratch/hand.csv" >"$scratch/wrong.csv"
refused 4 "wrong.csv:[0-9]*: the lesson 'toy.01' grades no 'r2'" "$dir" "${all[@]}" --by-hand "$scratch/wrong.csv"
{
	cat "$scratch/hand.csv"
	grep '^ann,toy.01,r1' "$scratch/hand.csv"
} >"$scratch/wrong.csv"
refused 4 "wrong.csv:[0-9]*: 'ann' has points for 'r1' in line [0-9]" "$dir" "${all[@]}" --by-hand "$scratch/wrong.csv"

# Whatever the format, files that are nobody's are told.
for format in generic moodle exercism; do
	wattle_ends 0 strays strays.err grade "$dir" "${all[@]}" --format $format --out "$scratch/strays.$format"
	says strays.err "not graded: mallory.jsonl: 'mallory' does not stand on the roster"
done

# A grading file that cannot be meant is refused, by grade and by lint.
# unmeant WORDS SED
unmeant() {
	sed "$2" "$WATTLE_PATH/01-toy.grade.lua" >"$scratch/unmeant.grade.lua"
	refused 3 "$1" "$dir" --roster "$scratch/roster.csv" --with "$scratch/unmeant.grade.lua"
	wattle_ends 3 refused refused author lint "$scratch/unmeant.grade.lua"
	says refused "$1"
}
unmeant "weights: 'r1' is a reflection, which a person grades: write r1 = \"manual\"" 's/"manual"/4/'
unmeant "unmeant.grade.lua:[1-9][0-9]*: extra: the exercise 'ex1' has a check 'twice' of its own" 's/id = "negative"/id = "twice"/'

# An exercise that is graded by hand is counted, whatever its checks found; those of the grading file have their own points.
mkdir "$scratch/manual"
cp "$dir/ann.jsonl" "$scratch/manual"
sed 's/ex1 = 10/ex1 = "manual"/' "$WATTLE_PATH/01-toy.grade.lua" >"$scratch/manual.grade.lua"
wattle_ends 0 by_exercise by_exercise grade "$scratch/manual" --with "$WATTLE_PATH/01-toy.grade.lua"
says by_exercise 'graded 1 of 1 students; 1 answer is still to be graded by hand'
wattle_ends 0 by_exercise by_exercise grade "$scratch/manual" --with "$scratch/manual.grade.lua" --format moodle
says by_exercise 'graded 1 of 1 students; 4 answers are still to be graded by hand'
says by_exercise '; ex1 sum: graded by hand (pass)'

# Without a roster names are what students call themselves: what stands for a formula in the table comes back from it.
mkdir "$scratch/plus"
sed 's/"student": "ann"/"student": "+ann"/' "$dir/ann.jsonl" >"$scratch/plus/1.jsonl"
wattle_ends 0 plus.csv err grade "$scratch/plus"
says plus.csv "^'+ann,toy.01,r1,,,,manual,"
sed "s/^'+ann,toy.01,r1,,,,/'+ann,toy.01,r1,,3,4,/" "$scratch/plus.csv" >"$scratch/hand.csv"
wattle_ends 0 plus.csv err grade "$scratch/plus" --by-hand "$scratch/hand.csv"
says plus.csv "^'+ann,toy.01,r1,,3,4,manual,"
# Blanks at their ends would not.
sed 's/"student": "ann"/"student": "ann "/' "$dir/ann.jsonl" >"$scratch/plus/1.jsonl"
wattle_ends 0 plus.csv err grade "$scratch/plus" --lesson toy.01
says plus.csv "no blank at its ends"

# Gradescope and Exercism: a file a student.
grade gradescope "${all[@]}" --format gradescope --out "$scratch/gs"
grade exercism "${all[@]}" --format exercism --out "$scratch/ex"
python3 - "$scratch" <<-'PYTHON' || fail 'results.json'
	import json, os, sys
	from rules import real
	shown = ("hidden", "after_due_date", "after_published", "visible")
	forms = ("text", "html", "simple_format", "md", "ansi")
	def load(kind, student):
	    return json.load(open(os.path.join(sys.argv[1], kind, student, "results.json")))
	for student in os.listdir(os.path.join(sys.argv[1], "gs")):
	    gs = load("gs", student)
	    assert set(gs) <= {"score", "execution_time", "output", "output_format", "test_output_format", "test_name_format",
	                       "visibility", "stdout_visibility", "extra_data", "tests", "leaderboard"}
	    assert gs["tests"] and gs.get("stdout_visibility", "hidden") == "hidden"
	    for test in gs["tests"]:
	        assert set(test) <= {"score", "max_score", "status", "name", "name_format", "number", "output",
	                             "output_format", "tags", "visibility", "extra_data"}, test
	        assert test["visibility"] in shown and test.get("status", "passed") in ("passed", "failed")
	        assert real(test["score"]) and real(test["max_score"]) and 0 <= test["score"] <= test["max_score"]
	        assert test["name_format"] == test["output_format"] == "text" in forms, "a student's text is rendered"
	        assert all(isinstance(test[key], str) and test[key] for key in ("name", "output")), test
	        assert isinstance(test.get("number", ""), str) and all(isinstance(tag, str) for tag in test.get("tags", []))
	    ex = load("ex", student)
	    assert ex["version"] == 3 and real(ex["version"]) and ex["status"] in ("pass", "fail", "error")
	    found = [test["status"] for test in ex["tests"]]
	    assert ex["status"] == ("error" if set(found) <= {"error"} else "pass" if set(found) == {"pass"} else "fail"), ex
	    assert set(ex) <= {"version", "status", "message", "tests"}
	    assert len((ex.get("message") or "").encode()) <= 65535
	    assert (ex["status"] == "error") == bool(ex.get("message"))
	    for test in ex["tests"]:
	        assert set(test) <= {"name", "status", "message", "output", "test_code", "task_id"}
	        assert test["name"] and test["status"] in ("pass", "fail", "error")
	        assert len(test.get("output", "")) <= 500 and real(test.get("task_id", 1))
	        assert (test["status"] == "pass") != ("message" in test)
	by = {test["name"]: test for test in load("gs", "ann")["tests"]}
	assert by["ex1: twice() of a negative number"]["visibility"] == "after_due_date"
	assert by["ex1: nobody is to know"]["visibility"] == "hidden"
	assert by["q1: quiz"]["status"] == "passed" and by["r1: reflect"]["tags"] == ["manual"], by
	assert sum(test["score"] for test in by.values()) == 16, by
	ann = load("ex", "ann")
	assert ann["status"] == "pass" and [test["name"] for test in ann["tests"]] == [
	    "twice() doubles", "twice() doubles what it has not seen", "sum() adds up"], ann
	assert load("ex", "eva")["status"] == "fail" and load("ex", "dora")["status"] == "error" and load("ex", "carl")["status"] == "error"
	assert "ex1.lua:" in load("ex", "carl")["message"]
PYTHON
refused 2 'writes a file for each student: name their folder' "$dir" --format gradescope
refused 2 "did you mean 'moodle'" "$dir" --format moddle

# Who copied: renaming hides nothing, and what the starter has counts for nobody.
grade similar "${all[@]}" --similar
says similar '^ann,nils,toy.01,ex1,1'
grep -q 'carl\|gus' "$scratch/similar" && fail 'files are alike that are not'
[ "$(grep -c 'n=[234]' "$scratch/mine")" -eq 15 ] || fail 'not a variant for each student'
grep -q "^ann,toy.01,.*,$(grep '^ann,.*,twice,' "$scratch/csv" | cut -d, -f10)" "$scratch/mine" ||
	fail 'the variants tell another seed than the grades'

# A worker that does not even hear its limit is killed; the first signal ends all of it.
# Its check has two seconds, so that it can be caught.
code late <<<'local ex = {} function ex.twice(x) while x < 0 do end return 2 * x end function ex.sum() return 6 end return ex'
mkdir "$scratch/one"
hand pia 1 "$scratch/late.lua"
mv "$dir/pia.jsonl" "$scratch/one"
sed 's/seconds = 0.5/seconds = 2/' "$WATTLE_PATH/01-toy.grade.lua" >"$scratch/late.grade.lua"
# Prints the worker of that process once it has lived for a while: the one of a check that loops.
long_worker() {
	local seen='' now
	for _ in $(seq 400); do
		now=$(pgrep -P "$1" -x wattle-worker | head -n 1)
		[ -n "$now" ] && [ "$now" = "$seen" ] && {
			printf '%s\n' "$now"
			return
		}
		seen=$now
		read -r -t 0.2 <> <(:) || :
	done
}
"$build/wattle" grade "$scratch/one" --jobs 1 --with "$scratch/late.grade.lua" >"$scratch/killed" 2>"$scratch/killed.err" &
grader=$!
worker=$(long_worker "$grader")
[ -n "$worker" ] && kill -STOP "$worker"
wait "$grader" || fail "grade with a worker that hangs: status $?"
# On a machine too busy to catch it, it ends by itself.
[ -z "$worker" ] || says killed "^pia,toy.01,ex1,negative,0,3,timeout,time limit (2 s) in check 'negative'; it was killed"
says killed '^pia,toy.01,ex1,sum,2,2,pass'
"$build/wattle" grade "$scratch/one" --jobs 1 --with "$scratch/late.grade.lua" >"$scratch/stopped" 2>"$scratch/stopped.err" &
grader=$!
worker=$(long_worker "$grader")
kill -INT "$grader"
wait "$grader"
[ $? -eq 130 ] || fail 'grade does not end by a signal'
[ -z "$worker" ] || ! kill -0 "$worker" 2>/dev/null || fail 'a worker goes on after grade has ended'
[ -s "$scratch/stopped" ] && fail 'grades of a run that was stopped'

# Which lesson: never by one submission. A file for another lesson is in nobody's way.
refused 2 "for 2 lessons: .*'toy.01' (1[0-9]).*; --lesson ID" "$dir" --variants
says refused "'toy.02' (1)"
refused 2 "is for 'toy.01'" "$dir" "${all[@]}" --lesson toy.02
says csv.err "1 submission is for another lesson than 'toy.01'"
mkdir "$scratch/two"
sed 's/"toy.01"/"toy.02"/' "$dir/ann.jsonl" >"$scratch/two/a-ann.jsonl"
cp "$dir/ann.jsonl" "$scratch/two/b-ann.jsonl"
sed 's/"toy.01"/"toy.02"/' "$dir/ann.jsonl" >"$scratch/two/c-ann.jsonl"
wattle_ends 0 two.csv two.err grade "$scratch/two" --lesson toy.01
says two.csv '^ann,toy.01,ex1,twice,2,2,pass'
grep -q error "$scratch/two.csv" && fail 'a file for another lesson is graded in the place of one for this'

# A name that would be too long for a file, and a student whose folder cannot be: the others get their grades.
mkdir "$scratch/long" "$scratch/long.out"
long=$(printf '/%.0s' $(seq 127))
sed "s%\"ann\"%\"$long\"%" "$dir/ann.jsonl" >"$scratch/long/a.jsonl"
cp "$dir/bob.jsonl" "$dir/ann.jsonl" "$scratch/long"
: >"$scratch/long.out/ann"
for format in gradescope exercism; do
	refused 4 "the grades of 'ann' are not written" "$scratch/long" --format $format --out "$scratch/long.out"
	says refused 'of 1 of 3 students'
	[ "$(find "$scratch/long.out" -name results.json | wc -l)" -eq 2 ] || fail "$format: one student stops the others"
	find "$scratch/long.out" -name results.json -delete
done

# After a time-out the next check has five seconds, and after two the rest are not run.
wait "$slow" || fail 'grading a loop'
says slow.csv "^dora,.*,twice,0,2,timeout,ex1.lua:1: time limit (6 s) in check 'twice',"
says slow.csv "^dora,.*,hidden,0,2,timeout,ex1.lua:1: time limit (5 s) in check 'hidden' (shortened: check 'twice' met its time limit),"
says slow.csv '^dora,.*,sum,0,1,timeout,not run: '

# The memory of a worker: as told, or a share of the machine's by the workers.
mkdir "$scratch/heavy"
code heavy <<<'local model = require("wattle").model
local ex, kept = {}, {}
function ex.twice(x)
  local big = model.mlp { layers = { 64, 2000, 2000, 10 } }
  for i = 1, 20 do kept[i] = big:clone() end
  return 2 * x
end
return ex'
dir=$scratch/heavy hand ann 1 "$scratch/heavy.lua"
heavy() {
	WATTLE_PATH=$scratch/slow wattle_ends 0 heavy.csv heavy.err grade "$scratch/heavy" --lesson toy.01 "$@"
}
heavy --jobs 1
says heavy.csv ',twice,2,2,pass'
# A sanitizer needs all of the address space.
if ! grep -q "define WITH_SANITIZER" "$build/config.h"; then
	heavy --jobs 1 --max-memory 128M
	says heavy.csv ',twice,0,2,error,.*memory'
	memory_mib=$(($(getconf _PHYS_PAGES) * $(getconf PAGESIZE) / 1024 / 1024))
	if [ $((memory_mib / 2 / 256)) -lt 300 ]; then
		heavy --jobs 256
		says heavy.csv ',twice,0,2,error,.*memory'
	fi
fi

# A folder of nothing, a grading file that is none.
mkdir "$scratch/empty"
refused 4 'holds no submissions' "$scratch/empty"
refused 3 'wants a grading file' "$dir" --with "$WATTLE_PATH/01-toy.lua"
exit $failed
