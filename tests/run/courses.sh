#!/bin/bash
# Lessons of several folders: ours, those of WATTLE_PATH, then the installed courses; an id is that of the first who has it.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"

# lesson FILE ID TITLE
lesson() {
	mkdir -p "$(dirname "$1")"
	printf 'local w = require "wattle"\nreturn w.lesson { api = 1, id = "%s", title = "%s", minutes = 1,\n' "$2" "$3" >"$1"
	printf '  goals = { "To be listed" }, w.text "Hello from %s." }\n' "$3" >>"$1"
}
own=$scratch/own
installed=$scratch/.local/share/wattle/courses
lesson "$own/01-mine.lua" mine.01 First
lesson "$installed/zebra/01-striped.lua" zebra.01 Striped
lesson "$installed/aardvark/01-again.lua" mine.01 Second
lesson "$installed/.hidden/01-x.lua" hidden.01 Hidden
printf 'return 7\n' >"$own/02-broken.lua"

export WATTLE_PATH=$scratch/nowhere:$own
wattle_ends 0 out err list lessons --json
fits out row
says out '"name":"green.05"'
says out "\"title\":\"First\".*\"file\":\"01-mine.lua\",\"folder\":\"$own\""
says out "\"title\":\"Striped\".*\"folder\":\"$installed/zebra\""
says out "\"name\":\"01-again.lua\",\"error\":\".*the id 'mine.01' is that of $own/01-mine.lua, which comes first\""
says out '"name":"02-broken.lua","error":"02-broken.lua:'
grep -q 'hidden' "$scratch/out" && fail 'a hidden folder is taken for a course'
[ "$(grep -n 'mine.01' "$scratch/out" | head -n 1 | cut -d: -f1)" -lt "$(grep -n zebra.01 "$scratch/out" | cut -d: -f1)" ] ||
	fail 'WATTLE_PATH comes behind the installed courses'

# A lesson opens from its folder, and a broken one says what is wrong and where.
printf '{}' >"$scratch/none.json"
wattle_ends 0 play play lesson zebra.01 --headless --answers "$scratch/none.json" --energy none
says play 'Hello from Striped'
wattle_ends 3 play play lesson 02-broken.lua --headless --energy none
says play "$own/02-broken.lua:"
exit $failed
