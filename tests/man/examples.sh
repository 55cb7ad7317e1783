#!/bin/sh
# Runs the examples of the manual pages: lines ".Dl $ COMMAND", each after a comment with the exit statuses that it may
# have. A literal block after a comment "file: NAME" is that file.
# SPDX-License-Identifier: MIT
set -eu
[ -x "${top_builddir:-.}/wattle" ] || exit 77
pages=$(cd "${top_srcdir:-.}/man" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

PATH=$(cd "${top_builddir:-.}" && pwd):$PATH
HOME=$scratch
export PATH HOME
unset XDG_DATA_HOME XDG_RUNTIME_DIR XDG_STATE_HOME WATTLE_DATA WATTLE_PATH

# Where a reader has the race, the test has an experiment of the same arms and parameters that takes no time.
cp "${top_srcdir:-.}/tests/schema/tiny.lua" "$scratch/race.lua"

# Of a page, each in a folder of its own: the files, then the examples, one line each: "STATUSES|COMMAND".
take_page() {
	mkdir "$2"
	cp "$scratch/race.lua" "$2"
	awk -v folder="$2" '
		/^\.\\" file: / { file = $3; next }
		file && /^\.Bd/ { inside = 1; next }
		inside && /^\.Ed/ { inside = 0; file = ""; next }
		inside { gsub(/\\e/, "\\"); gsub(/\\-/, "-"); print > (folder "/" file); next }
		/^\.\\" status: / { sub(/^\.\\" status: /, ""); statuses = $0 }
		/^\.Dl \$ / { sub(/^\.Dl \$ /, ""); gsub(/\\\(dq/, "\""); gsub(/\\\(aq/, "\047"); gsub(/\\-/, "-"); print statuses "|" $0; statuses = "" }' \
		"$1" >"$scratch/examples"
}

# run_examples FOLDER
run_examples() {
	while IFS='|' read -r statuses command; do
		status=0
		(cd "$1" && sh -c "$command") >"$scratch/output" 2>&1 </dev/null || status=$?
		case " $statuses " in
		*" $status "*) printf 'ok: %s\n' "$command" ;;
		*)
			printf 'status %d, not %s: %s\n' "$status" "${statuses:-given}" "$command"
			cat "$scratch/output"
			failed=1
			;;
		esac
	done <"$scratch/examples"
}

failed=0
found=0
for page in "$pages"/*.[1-8]; do
	folder=$scratch/$(basename "$page")
	take_page "$page" "$folder"
	found=$((found + $(wc -l <"$scratch/examples")))
	run_examples "$folder"
done
[ "$found" -ge 30 ] || {
	echo "only $found examples found"
	failed=1
}
exit $failed
