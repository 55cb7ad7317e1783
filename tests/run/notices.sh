#!/bin/bash
# What an instructor must know beside the grades: checks that break by themselves, attempts in fast mode, answers that the
# lesson would not have taken, points by hand that do not compare, names that are no text.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
export WATTLE_PATH=$scratch/course
mkdir -p "$WATTLE_PATH/01-note" "$scratch/in"
cat >"$WATTLE_PATH/01-note.lua" <<'LUA'
local w = require "wattle"
return w.lesson { api = 1, id = "note.01", title = "Notes", minutes = 1, goals = { "Be told" },
  w.predict { id = "p1", ask = "How many?", number = { min = 0, max = 9 } },
  w.exercise { id = "ex1", title = "Twice", points = 1, file = "ex1.lua", solution = "ex1.solution.lua", ask = "Double it.",
    checks = { { id = "two", points = 1, "two", function(t) return t.near(t.call("twice", 2), 4, 0) end, hints = { "2x" } } } },
  w.reflect { id = "r1", ask = "Why?" } }
LUA
echo 'return { twice = function(x) return 2 * x end, pair = function() return 1, 2 end }' >"$WATTLE_PATH/01-note/ex1.solution.lua"
echo 'return { twice = function(x) end, pair = function() return 1 end }' >"$WATTLE_PATH/01-note/ex1.lua"
cat >"$WATTLE_PATH/01-note.grade.lua" <<'LUA'
local w = require "wattle"
return w.grading { api = 1, lesson = "note.01", weights = { p1 = 1 }, seconds = 0.3,
  extra = { ex1 = {
    { id = "typo", points = 3, "a name that is none", function(t) return t.neer(t.call("twice", 3), 6, 0) end },
    { id = "code", points = 3, "a mistake of its own", show = "never",
      function(t) local one = t.call("twice", 3) local two return one + two == 6 end },
    { id = "sum", points = 3, "what the student gives", function(t) return t.call("twice", 3) + 1 == 7 end },
    { id = "bare", points = 1, "without a word", function(t) return t.call("twice", 3) == 7 end },
    { id = "ret", points = 1, "no answer", function() return 7 end },
    { id = "own", points = 1, "words", function() error("my own words", 0) end },
    { id = "caught", points = 1, "caught", function(t)
      local fine, said = pcall(t.call, "twice", 4) if not fine then return said + 1 end return fine end },
    { id = "call", points = 1, "a function that is none", function(t) return t.near(t.call("twcie", 3), 6, 0) end },
    { id = "pair", points = 1, "two results", function(t) local a, b = t.call("pair") return a + b == 3 end },
    { id = "loop", points = 1, "no end, whatever the file does", function() while true do end end },
  } } }
LUA

# hand STUDENT FILE NUMBER FAST
hand() {
	python3 - "$@" >"$scratch/in/$1.jsonl" <<-'PYTHON'
		import json, sys
		student, path, number, fast = sys.argv[1:]
		lines = [{"v": 1, "type": "submission", "lesson": "note.01", "student": student, "fast": fast == "fast"},
		         {"v": 1, "type": "submission-answer", "id": "p1", "number": float(number)},
		         {"v": 1, "type": "submission-answer", "id": "r1", "text": "So."},
		         {"v": 1, "type": "submission-file", "exercise": "ex1", "name": "ex1.lua", "attempts": 1,
		          "text": open(path).read()}]
		lines.append({"v": 1, "type": "submission-end", "lines": len(lines)})
		print("\n".join(json.dumps(line) for line in lines))
	PYTHON
}
good=$WATTLE_PATH/01-note/ex1.solution.lua
hand ann "$good" 9 full
hand bob "$good" 0 fast
hand carl "$WATTLE_PATH/01-note/ex1.lua" 5 full
hand dora "$good" 12 full
printf '%s\n' 'return { twice = function(x) error("\nwattle: graded", 0) end }' >"$scratch/raises.lua"
hand eva "$scratch/raises.lua" 1 full

# unfair CHECK HOW : told as one that the model solution does not pass.
unfair() {
	says err "the model solution does not pass the check '$1' of 'ex1', so mend that first: $2"
}
for format in generic moodle exercism gradescope; do
	wattle_ends 0 out err grade "$scratch/in" --with "$WATTLE_PATH/01-note.grade.lua" --format $format --out "$scratch/$format" --quiet
	unfair typo "01-note.grade.lua:4: unknown name 'neer' in t (did you mean 'near'?)"
	unfair code '01-note.grade.lua:6: attempt to perform arithmetic on a nil'
	unfair call "ex1.lua: the table that it returns has no function 'twcie' (did you mean 'twice'?)"
	unfair bare 'it does not hold'
	unfair ret "01-note.grade.lua:9: check 'ret' returned a number; it must return"
	unfair own '01-note.grade.lua: my own words$'
	unfair loop "time limit (0.3 s) in check 'loop'"
	says err '^wattle: 1 submission is from fast mode'
	grep "check '\(sum\|two\|pair\)'" "$scratch/err" && fail "a check is told that the model solution passes"
done
says generic "^ann,note.01,ex1,typo,0,3,error,.*,the model solution does not pass it"
says generic '^ann,note.01,ex1,sum,3,3,pass,.*[^t]$'
says generic '^ann,note.01,p1,,1,1,pass'
says generic '^ann,note.01,ex1,bare,0,1,fail,it does not hold,'
says generic '^bob,note.01,ex1,typo,.*,in fast mode; the model solution does not pass it'
says generic '^bob,note.01,p1,,1,1,pass,.*,in fast mode'
# What the file gives stands before an error that it may have caused, and nothing else does: not the words of a path.
says generic '^carl,note.01,ex1,sum,0,3,error,twice() returned nothing (.*attempt to perform arithmetic on a nil'
says generic '^carl,note.01,ex1,pair,0,1,error,.*attempt to perform arithmetic on a nil'
says generic '^ann,note.01,ex1,code,0,3,error,01-note.grade.lua:6: attempt'
# An error that the check caught is no place that another one came from.
says generic '^eva,note.01,ex1,caught,0,1,error,"*01-note.grade.lua:12: attempt'
says generic '^dora,note.01,p1,,0,1,error,the lesson takes no number above 9; it is 12,'
says generic '^dora,note.01,ex1,two,1,1,pass'

# Points by hand of which the sums do not compare.
sed 's/^ann,note.01,r1,,,,/ann,note.01,r1,,3,5,/; s/^bob,note.01,r1,,,,/bob,note.01,r1,,3,10,/
	s/^carl,note.01,r1,,,,/carl,note.01,r1,,0,10,/' "$scratch/generic" >"$scratch/hand.csv"
wattle_ends 0 out err grade "$scratch/in" --with "$WATTLE_PATH/01-note.grade.lua" --by-hand "$scratch/hand.csv"
says err "'r1' is of 5 points for 'ann' (line [0-9]*) and of 10 for 'bob' (line [0-9]*): their sums have different maxima"
[ "$(grep -c 'different maxima' "$scratch/err")" -eq 1 ] || fail 'one answer is told more than once'
sed 's/,3,5,/,3,10,/' "$scratch/hand.csv" >"$scratch/equal.csv"
wattle_ends 0 out err grade "$scratch/in" --with "$WATTLE_PATH/01-note.grade.lua" --by-hand "$scratch/equal.csv"
grep 'different maxima' "$scratch/err" && fail 'equal points are told'

# Names that are no UTF-8 text.
printf 'student,Name\njos\xe9,x\n' >"$scratch/roster.csv"
wattle_ends 4 out err grade "$scratch/in" --roster "$scratch/roster.csv"
says err 'roster.csv: row 1 (line 2), column 1.*is no UTF-8 text; save the file as UTF-8'
printf 'student,Name\nann,Jos\xe9\n' >"$scratch/roster.csv"
wattle_ends 0 out err grade "$scratch/in" --roster "$scratch/roster.csv"
sed 's/^ann,/j\xe9,/' "$scratch/hand.csv" >"$scratch/latin.csv"
wattle_ends 4 out err grade "$scratch/in" --with "$WATTLE_PATH/01-note.grade.lua" --by-hand "$scratch/latin.csv"
says err 'latin.csv: row [0-9]* (line [0-9]*), column 1.*is no UTF-8 text'

# In a student's own round a check that breaks says so, and no result of the file stands in front of it.
sed 's/t.near(t.call/t.neer(t.call/' "$WATTLE_PATH/01-note.lua" >"$scratch/broken"
mv "$scratch/broken" "$WATTLE_PATH/01-note.lua"
wattle_ends 3 out err check "$good" --lesson note.01 --json
says out '"message":"01-note.lua:5: unknown name .neer. in t (did you mean .near.?)"'
grep '"type":"check"' "$scratch/out" >"$scratch/only"
fits only check

# A set-up that fails is found by the model solution, and no folder of the instructor's is told.
sed -i 's/ask = "Double it.",/&\n    setup = function() local none return { a = none.b } end,/' "$WATTLE_PATH/01-note.lua"
wattle_ends 0 out err grade "$scratch/in" --lesson note.01
says err "the model solution does not pass the check 'two' of 'ex1', so mend that first: 01-note.lua:5: attempt to index a nil value"
says out '^ann,note.01,ex1,two,0,1,error,01-note.lua:5: attempt'

# An id is one lesson's.
(cd "$scratch" && wattle_ends 2 out err author new note.01)
says err "there is a lesson 'note.01': .*01-note.lua; take another id"
[ -e "$scratch/01-note.lua" ] && fail 'a second lesson of that id was written'
exit $failed
