#!/bin/bash
# The author's tools: a new lesson passes lint and test; each rule of lint finds what breaks it; packs travel and overwrite
# nothing; and what students hand in is what they did.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
cd "$scratch" || exit 1

# author STATUS NAME ARGUMENTS... : output into $scratch/NAME.
author() {
	wattle_ends "$1" "$2" "$2" author "${@:3}"
}

author 0 new new stats.03
says new '^03-stats.lua$'
author 0 lint lint 03-stats.lua
[ -s lint ] && fail "a new lesson has problems: $(cat lint)"
author 0 test test 03-stats.lua
[ "$(grep -c '✓' test)" -eq 4 ] || fail "not four parts: $(cat test)"
author 4 again new stats.03
says again "03-stats.lua is there already: take another id"
author 2 id new Stats
says id 'write COURSE.NN'
author 2 unknown tset 03-stats.lua
says unknown "did you mean 'test'"
author 2 usage
says usage 'usage: wattle author new ID | preview FILE | lint FILE'
# A lesson that no list knows: how to have it checked is said.
wattle_ends 2 check check check 03-stats/ex1.solution.lua
says check "is of .*/03-stats.lua, which is in no list of lessons: WATTLE_PATH=$scratch wattle check"
WATTLE_PATH=$scratch wattle_ends 0 check check check 03-stats/ex1.solution.lua
author 2 flag lint 03-stats.lua --full
says flag 'goes with author test'
author 0 from new other.07 --from green.02
says 07-other.lua 'id = "other.07"'

# broken RULE PATTERN SED : the lesson with that change has that problem.
broken() {
	sed "$3" 03-stats.lua >broken.lua
	rm -rf broken
	cp -r 03-stats broken
	author 1 lint lint broken.lua
	says lint "^broken.lua:[0-9]*: .*$2.* \\[$1\\]"
}
broken numbers "'20 %' is a result" 's/^Both learn/Both are 20 % right and learn/'
broken numbers "'2 x' is a result" 's/The narrow one/2x/; s/"the narrow one"/"2x the price"/'
broken numbers "'5 ms' is a result" 's/"Which of a and b may be returned, and when?"/"It takes 5 ms."/'
broken hints "the check 'smaller' has no hint" '/hints = { "Which of a/d; s/t.call("cheaper", 3, 2), 2, 0) end,/t.call("cheaper", 3, 2), 2, 0) end },/'
broken columns '100 columns; a line of the file' 's/^# Two networks/& and a title that is far too long for any terminal that has eighty columns and no more/'
broken columns '7[7-9] columns; a line of a text' 's/^# Two networks/& and a title that is too long for the width that a text may have/'
broken minutes 'the exercises take 3 minutes, the whole lesson 3' 's/minutes = 10/minutes = 3/'
broken minutes 'does not tell its minutes' 's/minutes = 3, file/file/'
broken goals 'begins with a capital' 's/"Tell a guess/"tell a guess/'
broken predictions "the run 'race' has no prediction" '/w.predict {/,/confidence = true },/d; /w.reveal {/,/price?]] },/d'
broken margins 'a margin of 0.5 points: the 450 test rows of digits resolve 1.3' 's/predictions = 1000 } }/predictions = 1000 },\n        margin = { accuracy_pt = 0.5 } }/'
broken fast 'fast: 1 runs of 10 blocks with windows of 2 s may take 160 s' 's/window = 0.01/window = 2/'
broken files 'the starter is not there' 's/file = "ex1.lua"/file = "ex9.lua"/'
! command -v luacheck >/dev/null || broken luacheck 'unused variable' 's/^local data, model, compare/local unused = 1\n&/'
broken goals '5 goals; nobody keeps more than 4 in mind' 's/"Tell a guess/"A", "B", "C", "D", &/'
broken goals 'goal 1 has 120 columns; a list shows 76' 's/"Tell a guess/"Tell a guess from what was measured on a machine that nobody but you has ever seen from near, a guess/'
broken predictions "the prediction 'p1' is never set beside a run" '/w.reveal {/,/price?]] },/d'
broken quizzes "choice 1 of the quiz 'q1' is wrong and does not tell why" 's/ say = "Not shown is not the same as none."//'
broken quizzes 'in each of 2 quizzes choice 2 is right' '/^  -- Graded by hand/i\  w.quiz { id = "q2", points = 1, ask = "And now?", choices = {\n    { "no", say = "Why?" }, { "yes", right = true } } },'
broken files 'the model solution is not there: .*ex9.solution.lua' 's/solution = "ex1.solution.lua"/solution = "ex9.solution.lua"/'
# Problems stand in the order of the lines, whatever rule found them.
sed 's/"Tell a guess/"tell a guess/; s/^Both learn/Both are 20 % right and learn/; s/minutes = 10/minutes = 3/' \
	03-stats.lua >broken.lua
author 1 lint lint broken.lua
[ "$(wc -l <lint)" -ge 3 ] || fail "not all is found: $(cat lint)"
cut -d : -f 2 lint | sort -n -c || fail "out of order: $(cat lint)"
# Lines that end with CR LF are as wide as they look; a margin over several set-ups resolves more.
sed 's/$/\r/' 03-stats.lua >broken.lua
author 0 lint lint broken.lua
# margin STATUS SEEDS
margin() {
	sed "s/t.near(t.call(\"cheaper\", 3, 2), 2, 0)/t.not_worse(\"accuracy\", 1, 1,\n{ by_pt = 0.7,\nseeds = $2 })/" 03-stats.lua >broken.lua
	author "$1" lint lint broken.lua
}
margin 1 3
says lint 'a margin of 0.7 points: the 450 test rows of digits resolve 0.75'
margin 0 4
# Starters and solutions are looked at, too: here by a luacheck that dislikes each file.
mkdir -p path
# shellcheck disable=SC2016
printf '#!/bin/sh\nfor file; do :; done\necho "$file:7:1: no such thing"\n' >path/luacheck
chmod +x path/luacheck
PATH=$scratch/path:$PATH author 1 lint lint 03-stats.lua
says lint '^03-stats.lua:7: no such thing \[luacheck\]'
says lint '^03-stats.lua:[0-9]*: ./03-stats/ex1.lua:7: no such thing'
says lint '^03-stats.lua:[0-9]*: ./03-stats/ex1.solution.lua:7: no such thing'
broken minutes 'does not tell its minutes' 's/minutes = 3, file/file/'
author 1 rows lint broken.lua --json
fits rows lint
printf 'return {' >syntax.lua
author 3 syntax lint syntax.lua
says syntax 'syntax.lua:1:'
printf '\377\376return 1' >utf16.lua
author 3 utf16 lint utf16.lua
says utf16 'utf16.lua: it is UTF-16 text; save it as UTF-8'
{ printf '\357\273\277' && cat 03-stats.lua; } >mark.lua
rm -rf mark && cp -r 03-stats mark
for file in mark/*.lua; do
	{ printf '\357\273\277' && cat "03-stats/${file#mark/}"; } >"$file"
done
author 0 marked test mark.lua
# One that does not load keeps the others from nothing.
author 3 both lint syntax.lua broken.lua
says both 'syntax.lua:1:'
says both '^broken.lua:'

# A starter that passes, one that breaks, a solution that fails, answers that are wrong: each is told.
rm -rf bad bad.lua
cp 03-stats.lua bad.lua
cp -r 03-stats bad
cp bad/ex1.solution.lua bad/ex1.lua
author 1 test test bad.lua
says test '✗ the starter of ex1: it passes: nothing is to do'
printf 'return {' >bad/ex1.lua
author 1 test test bad.lua
says test '✗ the starter of ex1: it must fail, not break: smaller: .*ex1.lua:1'
cp 03-stats/ex1.lua bad/ex1.solution.lua
sed -i 's/"choice": 2 },/"choice": 1 },/' bad/answers.json
author 1 test test bad.lua --json
says test '"part":"the solution of ex1","pass":false'
says test '"part":"answers.json, --energy none","pass":false,"text":"2 of 5 points"'
fits test lesson-test

# What is missing is a problem of its part; the others are tested. A name that answers nothing is told.
rm bad/ex1.lua
author 1 test test bad.lua
says test '^bad.lua:[0-9]*: ✗ the starter of ex1: .*bad/ex1.lua'
says test '✗ the solution of ex1'
says test '✗ answers.json, with a meter'
sed -i 's/"q1"/"q2"/' bad/answers.json
author 1 test test bad.lua
says test "✗ answers.json: the lesson has no step 'q2' (did you mean 'q1'?)"
echo '{' >bad/answers.json
author 1 test test bad.lua
says test '✗ answers.json: ./bad/answers.json:2:'
author 3 rows test syntax.lua bad.lua --json
says rows '"file":"syntax.lua","line":1,"part":"load","pass":false'
says rows '"file":"bad.lua",.*"part":"the starter of ex1"'
author 3 rows lint syntax.lua broken.lua --json
says rows '"file":"syntax.lua","line":1,"rule":"load"'

# A grading file: the model solution passes what it adds, and it weighs what is there.
cat >03-stats.grade.lua <<'END'
local w = require "wattle"
return w.grading { api = 1, lesson = "stats.03", weights = { ex1 = 10 },
  extra = { ex1 = { { "costs below zero", function(t) return t.near(t.call("cheaper", -3, 2), -3, 0) end,
    id = "negative", points = 3 },
    { "not in fast mode", function(t) return t.at_least(#w.data.load("digits").train, 1000) end, id = "whole", points = 1 } } } }
END
author 0 lint lint 03-stats.grade.lua
author 0 test test 03-stats.grade.lua
says test '^03-stats.grade.lua:2: ✓ the solution of ex1: all of 2 checks pass'
sed -i 's/t.call("cheaper"/t.call("dearer"/' 03-stats.grade.lua
author 1 test test 03-stats.grade.lua
says test '✗ the solution of ex1: 1 pass; negative: .*dearer'
sed 's/weights = { ex1/weights = { p11 = 1, ex1/' 03-stats.grade.lua >p.grade.lua
cp 03-stats.lua p.lua
author 3 lint lint p.grade.lua
says lint "p.grade.lua:2: weights: the lesson 'stats.03' has no step 'p11' (did you mean 'p1'?)"
author 3 test test p.grade.lua
sed -i 's/p11 = 1, //; s/stats.03/toy.01/' p.grade.lua
author 3 lint lint p.grade.lua
says lint "p.grade.lua:2: it is for the lesson 'toy.01', but p.lua is 'stats.03'"
mv p.lua none.lua
author 2 lint lint p.grade.lua
says lint "toy.01"

# A lesson that needs two threads gets them.
sed 's/needs = { dataset = "digits" }/needs = { dataset = "digits", threads = 2 }/' 03-stats.lua >threads.lua
cp -r 03-stats threads
author 0 test test threads.lua

# Packs: the lesson and its files, never the grading file, without solutions on request.
cp "$source/tests/run/grade/01-toy.grade.lua" 03-stats.grade.lua
author 0 pack pack 03-stats.lua --out pack.jsonl
[ "$(grep -c pack-file pack.jsonl)" -eq 4 ] || fail 'not four files in the pack'
author 2 out pack 03-stats.lua
author 3 grading pack 03-stats.grade.lua --out no.jsonl
author 0 lean pack 03-stats.lua --no-solutions --out lean.jsonl
grep -q 'solution.lua",\|answers.json' lean.jsonl && fail 'solutions are in the pack'
grep -q 'math.min' lean.jsonl && fail 'the solution is in the pack'

# install STATUS ARGUMENTS...
install() {
	wattle_ends "$1" install install lesson --install "${@:2}"
}
courses=$scratch/.local/share/wattle/courses
install 0 pack.jsonl
says install "$courses/stats/03-stats/answers.json"
"$build/wattle" list lessons | grep -q stats.03 || fail 'an installed lesson is not listed'
install 0 pack.jsonl
[ -s install ] && fail 'what is there is written again'
echo '-- mine' >>"$courses/stats/03-stats.lua"
install 2 pack.jsonl
says install 'is there and differs; --yes replaces it'
grep -q '^-- mine' "$courses/stats/03-stats.lua" || fail 'a changed lesson was overwritten'
install 0 pack.jsonl --yes
grep -q '^-- mine' "$courses/stats/03-stats.lua" && fail '--yes replaces nothing'
sed 's/03-stats\/ex1.lua/..\/ex1.lua/' pack.jsonl >evil.jsonl
install 4 evil.jsonl
says install "evil.jsonl:3: '../ex1.lua' is no name of a lesson's file"
head -n 3 pack.jsonl >torn.jsonl
install 4 torn.jsonl
says install 'its end is missing'

# What a student did is what is handed in, and it can be graded.
# shellcheck disable=SC2030,SC2031
export WATTLE_PATH=$source/tests/run/grade
work=$scratch/.local/share/wattle/work
mkdir in
submit() {
	wattle_ends "$1" submit submit submit "${@:2}"
}
submit 4 toy.01 --student ann
says submit 'nothing to hand in for toy.01: open it with wattle lesson toy.01 --student ann'
submit 4 --student ann
submit 2 toy.01
printf '2\nnext\nnext\n1\nnext\nbecause it is\nquit\n' |
	timeout 60 "$build/wattle" lesson toy.01 --linear --student ann --energy none >linear 2>&1 || fail "linear: $(cat linear)"
submit 0 --student ann --out in/ann.jsonl
says submit "the exercise 'ex1' has no file: it was never edited"
mkdir -p "$work/toy.01@ann"
cp "$WATTLE_PATH/01-toy/ex1.solution.lua" "$work/toy.01@ann/ex1.lua"
submit 0 --student ann --out in/ann.jsonl
grep -q 'has no file' submit && fail 'a file that is handed in is missed'
says in/ann.jsonl '"type":"submission","lesson":"toy.01".*"student":"ann"'
says in/ann.jsonl '"id":"p1","choice":2'
says in/ann.jsonl '"exercise":"ex1","name":"ex1.lua","attempts":0'
submit 0 toy.01 --student ann
says submit '^toy.01-ann.jsonl$'
submit 4 toy.01 --student 'Bob Ö'

# What the script of answers used is handed in when its progress is kept, and only then; what was there is put beside.
# played FLAGS... : plays the new lesson by its answers.
played() {
	WATTLE_PATH=. wattle_ends 0 played played lesson stats.03 --headless --fast --energy none --student eve \
		--answers 03-stats/answers.json "$@"
}
played
[ -e "$work/stats.03@eve" ] && fail 'a play that is not kept wrote a file'
mkdir -p "$work/stats.03@eve"
echo '-- mine' >"$work/stats.03@eve/ex1.lua"
played --resume
cmp "$work/stats.03@eve/ex1.lua" 03-stats/ex1.solution.lua || fail 'the file that was checked is not the file of the student'
grep -q "^-- mine" "$work/stats.03@eve/ex1.lua.before-reset" || fail "the file of the student is gone"

# The preview reloads what is saved, keeps the step, and stays open over mistakes.
author 4 preview preview 03-stats.lua
says preview 'linear'
# shellcheck source=tests/run/terminal.sh
. "$source/tests/run/terminal.sh"
export XDG_RUNTIME_DIR=$scratch/runtime VISUAL=true
mkdir -p "$XDG_RUNTIME_DIR"
# The line of a mistake that only the lesson's own worker meets is quoted, however the file was called. A sanitizer needs
# all of the address space.
if ! grep -q "define WITH_SANITIZER" "$build/config.h"; then
	{ echo 'require("wattle").model.mlp { layers = { 64, 4000, 4000, 10 } }' && cat 03-stats.lua; } >big.lua
	for name in big.lua ./big.lua; do
		terminal "'$build/wattle' author preview $name --max-memory 64M"
		shows 'This does not go on' && shows " $name:1: no memory" && shows '  1: require("wattle").model.mlp' && keys q && shows 'ended 0'
	done
fi
terminal "'$build/wattle' author preview 03-stats.lua"
cp 03-stats.lua whole.lua
if shows 'Two networks' && keys n && shows 'Which of them costs'; then
	sed 's/confidence = true/confidance = true/' whole.lua >03-stats.lua
	shows "unknown key 'confidance' in predict" && shows "'confidence'" && shows '  [0-9]*:     confidance = true },'
	sed '$d' whole.lua >03-stats.lua
	shows 'near <eof>'
	sed 's/minutes = 10/minutes = "ten"/' whole.lua >03-stats.lua
	shows 'minutes must be a number'
	sed 's/Which of them/Which of the two/' whole.lua >03-stats.lua
	shows 'step 2 of 7' && shows 'Which of the two costs'
	# A mistake deep in a callback is told where it happens; the preview goes on.
	sed 's/w.data, w.model, w.compare/w.data, w.model, w.compare\nlocal none/; s/units, d.classes },/none.units, d.classes },/' whole.lua >03-stats.lua
	shows 'Which of them costs' && keys 1 Enter && shows 'How sure' && keys 3 Enter &&
		shows 'You predicted' && keys n && shows 'Press r to run' && keys r && shows " 03-stats.lua:[0-9]*: attempt to index a nil value"
	# What was predicted once is not asked for again: a save, and r runs what was mended.
	cp whole.lua 03-stats.lua
	shows 'You predicted: the narrow one' && shows 'Press r to run' && keys r && shows 'Side by side'
	# What loads for long keeps no key away, loses no save, and ends.
	{ echo 'while true do end' && cat whole.lua; } >03-stats.lua
	shows 'loading 03-stats.lua' && cp whole.lua 03-stats.lua && shows 'Press r to run'
	{ echo 'while true do end' && cat whole.lua; } >03-stats.lua
	shows '03-stats.lua:1: time limit reached'
	printf 'return require "wattle".planned { api = 1, id = "stats.03", title = "T", question = "Why?" }\n' >03-stats.lua
	shows 'This lesson is only planned'
	cp whole.lua 03-stats.lua
	shows 'step 3 of 7'
	# The exercise is done on a copy of the preview's own, begun anew when the starter is saved.
	for step in 4 5; do
		keys n && shows "step $step of 7" || break
	done
	echo '-- the student' >"$scratch/student"
	mkdir -p "$scratch/.local/share/wattle/work/stats.03"
	cp "$scratch/student" "$scratch/.local/share/wattle/work/stats.03/ex1.lua"
	if shows 'step 5 of 7' && keys e && shows 'Your file:' && keys c && shows '✗'; then
		cmp -s "$scratch/student" "$scratch/.local/share/wattle/work/stats.03/ex1.lua" || fail "the student's file was changed"
		cmp -s 03-stats/ex1.lua "$XDG_RUNTIME_DIR"/wattle/run-*/ex1.lua || fail 'no copy of the starter'
		echo '-- saved again' >>03-stats/ex1.lua
		copy_gone() { [ ! -e "$(echo "$XDG_RUNTIME_DIR"/wattle/run-*/ex1.lua)" ]; }
		shows 'step 5 of 7' && within 5 copy_gone || fail 'the copy of the old starter is still there'
	fi
	{ echo 'while true do end' && cat whole.lua; } >03-stats.lua
	shows 'loading 03-stats.lua' && keys q
	shows 'ended 0'
	[ -z "$(ls "$XDG_RUNTIME_DIR/wattle")" ] || fail "left behind: $(ls "$XDG_RUNTIME_DIR/wattle")"
	# A signal ends it, over a lesson as over a mistake.
	for page in 'cp whole.lua 03-stats.lua:Two networks' 'echo return { >03-stats.lua:does not load yet'; do
		eval "${page%%:*}"
		for signal in INT TERM HUP; do
			terminal "'$build/wattle' author preview 03-stats.lua"
			shows "${page#*:}" && pkill "-$signal" -P "$(tmux display -p '#{pane_pid}')" && shows 'ended'
			[ -z "$(ls "$XDG_RUNTIME_DIR/wattle")" ] || fail "SIG$signal leaves: $(ls "$XDG_RUNTIME_DIR/wattle")"
		done
	done
fi
exit $failed
