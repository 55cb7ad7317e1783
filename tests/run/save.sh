#!/bin/bash
# Models that scripts save: they are where they are said to be once the run has finished, and not before; nothing is
# overwritten; what is saved loads again.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
script=$source/tests/run/save.lua
mkdir "$scratch/here"
cd "$scratch/here" || exit 1

# save STATUS ARGUMENTS... : runs the script in the present folder, what it says into $scratch/out.
save() {
	local wanted=$1
	[ "$wanted" -ne 0 ] || wanted='0 6'
	wattle_ends "$wanted" out out run "$script" --energy none --no-store "${@:2}"
}

# holds FOLDER NAME... : these models are there, and nothing else.
holds() {
	local folder=$1
	shift
	[ "$(cd "$folder" && echo *)" = "$*" ] || fail "in $folder: $(ls "$folder"), not $*"
}

save 0
holds . base.model net.model pruned.model
for name in base net pruned; do
	bytes=$(sed -n "s/.*$name.model has \([0-9]*\) bytes.*/\1/p" "$scratch/out" | head -n 1)
	[ "$(wc -c <$name.model)" = "$bytes" ] || fail "$name.model has $(wc -c <$name.model) bytes; :bytes() says '$bytes'"
	says out "saved model $name.model ($bytes bytes) to ./$name.model\\(;\\|\$\\)"
	"$build/wattle" inspect "./$name.model" --json >"$scratch/inspected" || fail "$name.model does not load"
	says inspected "\"size_bytes\":${bytes}[,}]"
done
[ "$(wc -c <pruned.model)" -lt "$(wc -c <net.model)" ] || fail 'the pruned model is no smaller'
cmp -s base.model net.model || fail 'one model is two files'
wattle_ends '0 1 6' out out compare net.model pruned.model --on digits --energy none --no-store \
	--set design.window=0.02 --set design.blocks=2
says out 'pruned'

# The same again is the same; another model does not take its place, and is refused before anything is measured.
save 0
says out 'to ./net.model, where it was already\(;\|$\)'
cp net.model "$scratch/old"
save 4 --seed 5 --json
says out '"text":"cannot save the model base.model: another file of that name is there, and is not overwritten; move it away: ./base.model'
grep -q '"type":"window"' "$scratch/out" && fail 'it was measured in vain'
says out 'is not saved: the run did not finish'
grep -q '"type":"run-end".*"exit":4' "$scratch/out" || fail 'the run does not end in order'
cmp -s net.model "$scratch/old" || fail 'a model was overwritten'
holds . base.model net.model pruned.model

# Beside the records.
mkdir "$scratch/there"
save 0 --seed 5 --out "$scratch/there/records" --set every=true
says out "to $scratch/there/net.model\\(;\\|\$\\)"
holds "$scratch/there" 5.model 6.model base.model net.model records
[ "$(grep -c '"type":"saved"' "$scratch/there/records")" -eq 4 ] || fail 'not a record for each model'
fits there/records saved
cmp -s "$scratch/there/5.model" "$scratch/there/6.model" && fail 'two seeds, one model'

# Two models by one name, from two workers.
mkdir "$scratch/twice"
cd "$scratch/twice" || exit 1
save 3 --set same=true
says out "save.lua:6: save: 'net.model' was saved before, by 'net'; each model of a run needs a name of its own\|save.lua:6: save: 'net.model' was saved before, by 'pruned'"
holds . '*'

# A run that does not finish leaves nothing; nor does one whose worker is killed.
for signal in INT KILL; do
	mkfifo "$scratch/records"
	"$build/wattle" run "$script" --energy none --no-store --set design.window=5 --json >"$scratch/records" 2>"$scratch/err" &
	pid=$!
	: >"$scratch/out"
	while read -r line; do
		printf '%s\n' "$line" >>"$scratch/out"
		case $line in
		*'"type":"lowering"'*)
			if [ "$signal" = INT ]; then
				kill -INT "$pid"
			else
				pkill -KILL -P "$pid" -f wattle-worker
			fi
			;;
		esac
	done <"$scratch/records"
	wait "$pid" && fail "$signal: it ends well"
	says out '"type":"saved"'
	says out '"text":"model [a-z.]* \(is\|and others are\) not saved: the run did not finish"'
	holds . '*'
	rm "$scratch/records"
done

# Conditions, and arms that are built once.
sed 's/build = "block"/build = "once", factors = { threads = { 1, 2 } }/; s/"base.model"/"base-" .. c.threads .. ".model"/; s/"net.model"/"net-" .. s.n .. ".model"/
	s/"pruned.model"/"pruned-" .. s.n .. ".model"/; s/return { data = d,/return { n = c.threads, data = d,/' "$script" >"$scratch/once.lua"
script=$scratch/once.lua
save 0
holds . base-1.model base-2.model net-1.model net-2.model pruned-1.model pruned-2.model
cmp -s base-1.model base-2.model || fail 'threads change what is trained'
rm ./*
sed -i 's/"net-" .. s.n .. ".model"/"net.model"/' "$script"
save 3
says out "save: 'net.model' was saved before, by 'net'"
holds . '*'

# A lesson: beside the student's files, where progress is kept.
mkdir "$scratch/course"
export WATTLE_PATH=$scratch/course
cat >"$WATTLE_PATH/test-01.lua" <<'LUA'
local w = require "wattle"
return w.lesson { api = 1, id = "test.01", title = "Saves", minutes = 1, goals = { "Keep" }, needs = { dataset = "digits" },
  w.run { id = "keep", title = "Keep", body = function(c)
      local d = w.data.load(c.dataset)
      local m = w.model.mlp { layers = { d.inputs, 8, d.classes }, seed = c.seed }
      m:save "mine.model"
      return { bytes = m:bytes() }
    end },
  w.text "It has {{keep.bytes|n}} bytes." }
LUA
work=$HOME/.local/share/wattle/work/test.01
lesson() { wattle_ends 0 out out lesson test.01 --headless --energy none "$@"; }
lesson
says out 'model mine.model is not saved: nothing of this sitting is kept'
[ -e "$work" ] && fail 'a lesson that keeps nothing kept a model'
lesson --resume
bytes=$(sed -n 's/^It has \([0-9,]*\) bytes.*/\1/p' "$scratch/out" | tr -d ,)
says out "^saved model mine.model ($bytes bytes) to $work/mine.model\$"
[ "$(wc -c <"$work/mine.model")" = "$bytes" ] || fail 'the model of the lesson has other bytes'
"$build/wattle" inspect "$work/mine.model" >"$scratch/out" || fail 'the model of the lesson does not load'
printf 'mine' >"$work/mine.model"
lesson --resume --seed 9
says out "cannot save the model mine.model: another file of that name is there.*: $work/mine.model"
[ "$(cat "$work/mine.model")" = mine ] || fail 'a lesson overwrote a file'
exit $failed
