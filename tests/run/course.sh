#!/bin/bash
# The course: each lesson by its own script of answers, in fast mode without a meter; two of them also with one that is
# made up. The starter fails by a check and not by an error, the solution passes, also what only instructors check.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
lessons='01-what-is-a-joule 02-train-a-first-net 03-cheap-classics 04-compare-honestly 05-prune-then-int8'

# Fourteen lessons: five can be opened, nine are told to be in preparation, by their question.
timeout 60 "$build/wattle" list lessons --json >"$scratch/list" || fail 'the lessons are not listed'
[ "$(grep -c '"type":"row"' "$scratch/list")" -eq 14 ] || fail "not 14 lessons: $(cat "$scratch/list")"
[ "$(grep -c '"planned":true' "$scratch/list")" -eq 9 ] || fail 'not nine in preparation'
[ "$(grep '"planned":true' "$scratch/list" | grep -c '"question":"[^"]*?"')" -eq 9 ] || fail 'one has no question'
grep -q '"error"' "$scratch/list" && fail "a lesson does not load: $(grep '"error"' "$scratch/list")"

# sum FILE KEY : of that member of all check records.
sum() {
	grep '"type":"check"' "$1" | grep -o "\"$2\":[0-9.]*" | awk -F: '{ s += $2 } END { print s + 0 }'
}

# play NAME FLAGS... : headless by its answers; all points, all kinds of steps, no field left empty.
play() {
	local name=$1 status=0 of
	shift
	timeout 170 "$build/wattle" lesson "${name%%-*}" --headless --fast --json \
		--answers "$source/lessons/$name/answers.json" "$@" >"$scratch/out" 2>"$scratch/err" || status=$?
	[ "$status" -eq 0 ] || fail "$name $*: status $status: $(tail -n 5 "$scratch/err")"
	of=$(sum "$scratch/out" of)
	[ "${of%.*}" -ge 14 ] || fail "$name $*: only $of points can be reached"
	[ "$(sum "$scratch/out" points)" = "$of" ] || {
		fail "$name $*: $(sum "$scratch/out" points) of $of points"
		grep '"type":"check"' "$scratch/out"
	}
	for kind in text predict run reveal quiz exercise reflect; do
		grep -q "\"type\":\"step\".*\"kind\":\"$kind\"" "$scratch/out" || fail "$name $*: no $kind step"
	done
	grep -q 'machine: *\(\\n\)*\*\*…' "$scratch/out" && fail "$name $*: nothing was revealed"
	grep -q '{{' "$scratch/out" && fail "$name $*: a field was not filled: $(grep -o '.\{40\}{{.\{40\}' "$scratch/out")"
}

# grade NAME : its solution handed in, with the checks that students do not see.
grade() {
	local name=$1 id=green.${1%%-*} status=0
	mkdir -p "$scratch/$name"
	python3 - "$id" "$source/lessons/$name/ex1.solution.lua" >"$scratch/$name/ann.jsonl" <<-'PYTHON'
		import json, sys
		lines = [{"v": 1, "type": "submission", "lesson": sys.argv[1], "student": "ann", "fast": True},
		         {"v": 1, "type": "submission-file", "exercise": "ex1", "name": "ex1.lua", "attempts": 1,
		          "text": open(sys.argv[2]).read()},
		         {"v": 1, "type": "submission-end", "lines": 2}]
		print("\n".join(json.dumps(line) for line in lines))
	PYTHON
	timeout 170 "$build/wattle" grade "$scratch/$name" --with "$source/lessons/instructor/$name.grade.lua" \
		>"$scratch/grades" 2>"$scratch/err" || status=$?
	[ "$status" -eq 0 ] || fail "$name: grading ends with $status: $(cat "$scratch/err")"
	grep ',ex1,' "$scratch/grades" | grep -v ',pass,' && fail "$name: a check of instructors refuses the solution"
	[ "$(grep -c ',ex1,' "$scratch/grades")" -ge 5 ] || fail "$name: no hidden checks: $(cat "$scratch/grades")"
}

# refused NAME CHECK FILE : that check of the lesson does not take the file.
refused() {
	local name=$1 status=0
	timeout 60 "$build/wattle" check "$3" --lesson "${name%%-*}" --fast --seed 3 --json >"$scratch/out" 2>"$scratch/err" ||
		status=$?
	[ "$status" -eq 1 ] || fail "$name: a file that cheats ends with $status: $(cat "$scratch/err")"
	grep "\"id\":\"$2\"" "$scratch/out" | grep -q '"status":"fail"' ||
		fail "$name: $2 takes $(cat "$3"): $(grep "\"id\":\"$2\"" "$scratch/out")"
}

for name in $lessons; do
	play "$name" --energy none
	# Its starter has a mistake that the checks find; none of them ends in an error.
	status=0
	timeout 100 "$build/wattle" check "$source/lessons/$name/ex1.lua" --lesson "${name%%-*}" --fast --json \
		>"$scratch/starter" 2>"$scratch/err" || status=$?
	[ "$status" -eq 1 ] || fail "$name: the starter ends with $status: $(cat "$scratch/err")"
	grep '"type":"check"' "$scratch/starter" | grep -q '"status":"fail"' || fail "$name: no check of the starter fails"
	grep '"type":"check"' "$scratch/starter" | grep -q '"status":"\(error\|timeout\)"' &&
		fail "$name: a check of the starter has an error: $(grep '"status":"error"' "$scratch/starter")"
	[ -s "$source/lessons/instructor/$name.notes.md" ] || fail "$name has no notes"
	grade "$name"
done

# An interval that says nothing 19 times in 20, and one whose width was chosen beforehand.
mean_w='local sum, n = 0, 0
for i = 2, #readings do
  local now, used = readings[i], readings[i].j - readings[i - 1].j
  if used < 0 then used = used + readings.range end
  if not now.busy then sum, n = sum + used / (now.t - readings[i - 1].t), n + 1 end
end
local m = sum / n'
for low_high in 'm - (math.random() < 0.95 and 1e9 or 0), m + 1e9' 'm * 0.97, m * 1.03'; do
	echo "return { idle = function(readings) $mean_w return m, $low_high end }" >"$scratch/ex1.lua"
	refused 01-what-is-a-joule covers "$scratch/ex1.lua"
done
# Copies that are small for one of the three networks only, told by a row that each of them has another one of.
for side in '<= 5' '> 5'; do
	cat >"$scratch/ex1.lua" <<-LUA
		local technique = require "wattle".technique
		return { slim = function(base, data)
		  local _, class = data.train:row(1)
		  if class $side then return base end
		  return base:with(technique.prune { sparsity = 0.8, epochs = 0 }):lower { kernel = "csr" }
		end }
	LUA
	refused 05-prune-then-int8 small "$scratch/ex1.lua"
done

# In sentences, a number that is none is asked for again, and what was typed before is gone.
printf 'next\nnext\nnext\nseven\n50\n3\n\nquit\nquit\n' |
	timeout 60 "$build/wattle" lesson 2 --linear --fast --energy none >"$scratch/linear" 2>&1 || fail "linear: $?"
says linear 'You predicted: 50 per cent (sure: 3/5)'

# Joules of a meter that is made up: texts tell them, and divide them by seconds.
# shellcheck source=tests/run/rapl.sh
. "$source/tests/run/rapl.sh"
make_rapl 25 || exit $failed
for name in 01-what-is-a-joule 05-prune-then-int8; do
	below play "$name" --energy auto
	case $name in
	01*)
		grep -q 'goes by \*\*joules\*\*' "$scratch/out" || fail 'a meter is there, but the lesson goes by seconds'
		grep -q 'one thread: 2[45][.0-9]* watts' "$scratch/out" ||
			fail "not 25 watts: $(grep -o 'one thread: [^*]*' "$scratch/out")"
		;;
	esac
done
exit $failed
