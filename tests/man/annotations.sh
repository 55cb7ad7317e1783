#!/bin/bash
# lessons/api/wattle.lua and wattle-lua(3) are what src/script registers; `make update-annotations` makes them so. A key, a
# function or a table that stands in one of them only is noticed.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
command -v python3 >/dev/null || exit 77
"$source/scripts/annotations" "$build/wattle" | diff -u "$source/lessons/api/wattle.lua" - || failed=1
"$source/scripts/annotations" "$build/wattle" --man | diff -u "$source/man/wattle-lua.3" - || failed=1

mkdir -p "$scratch/tree/src" "$scratch/tree/scripts"
cp "$source/scripts/annotations" "$scratch/tree/scripts"
# noticed WHAT FILE SED : with that change the annotations differ, or cannot be made.
noticed() {
	rm -rf "$scratch/tree/src/script"
	cp -r "$source/src/script" "$scratch/tree/src"
	chmod -R u+w "$scratch/tree/src/script"
	sed -i "$3" "$scratch/tree/src/script/$2"
	cmp -s "$source/src/script/$2" "$scratch/tree/src/script/$2" && {
		fail "nothing to change for $1"
	}
	if "$scratch/tree/scripts/annotations" "$build/wattle" >"$scratch/made" 2>&1 &&
		cmp -s "$scratch/made" "$source/lessons/api/wattle.lua"; then
		fail "not noticed: $1"
	fi
}
noticed 'a new key' lesson/step_reflect.c 's/^\t{ "min_words", .*/&\n\t{ "max_words", LUA_TNUMBER, false, "The most." },/'
noticed 'a key that has gone' lesson/step_reflect.c '/{ "min_words"/d'
noticed 'a new function' round/round_helpers.c 's/{ "at_most", round_at_most }/{ "at_all", round_at_most }, &/'
noticed 'a function that has gone' round/round_helpers.c 's/{ "at_most", round_at_most },//'
noticed 'a new table' lesson/step_reflect.c 's/^static const Key reflect_keys\[\] = {/static const Key more_keys[] = {\n\t{ "x", LUA_TNUMBER, true, "x" },\n};\n&/'
noticed 'a new option' lesson/lesson.c 's/{ .name = "epochs",/{ .name = "speed", .type = PARAM_INT, .help = "x" },\n&/'
noticed 'an option beside a table' objects/fit.c 's/{ "watch", "each", NULL }/{ "watch", "each", "peek", NULL }/'
noticed 'such an option that has gone' objects/fit.c 's/{ "watch", "each", NULL }/{ "watch", NULL }/'
noticed 'a method without a signature' objects/model.c 's/{ "score", model_score },/{ "rank", model_score },\n\t&/'
noticed 'a method that is set by hand' objects/model.c 's/^\tprogram_open(L);/\tlua_getupvalue(L, -1, 1);\n&/'

# What stands there is there: each method is called, or refuses its arguments, in a script.
awk '/^function (Model|Program|Rows):/ { sub(/^function /, ""); sub(/\(.*/, ""); print }' "$source/lessons/api/wattle.lua" >"$scratch/names"
[ "$(wc -l <"$scratch/names")" -ge 20 ] || fail 'few methods are annotated'
{
	echo 'local w = require "wattle"'
	echo 'local d = w.data.load("digits")'
	echo 'local Model = w.model.mlp { layers = { d.inputs, 2, d.classes }, seed = 1 }'
	echo 'local Program, Rows = Model:lower(), d.train'
	sed 's/\(.*\):\(.*\)/assert(\1.\2, "\1 has no \2")/' "$scratch/names"
	sed '1,/^local data/d' "$source/tests/schema/tiny.lua" | sed '1i local data, model, technique = w.data, w.model, w.technique'
} >"$scratch/names.lua"
timeout 20 "$build/wattle" run "$scratch/names.lua" --plan >"$scratch/plan" 2>&1 || {
	cat "$scratch/plan"
	failed=1
}
exit $failed
