#!/bin/sh
# Runs the examples of wattle(1): lines ".Dl $ COMMAND", each after a comment with the exit statuses that it may have.
# SPDX-License-Identifier: MIT
set -eu
[ -x "${top_builddir:-.}/wattle" ] || exit 77
page=${top_srcdir:-.}/man/wattle.1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

PATH=$(cd "${top_builddir:-.}" && pwd):$PATH
HOME=$scratch
export PATH HOME
unset XDG_DATA_HOME XDG_RUNTIME_DIR XDG_STATE_HOME WATTLE_DATA WATTLE_PATH

# Where a reader has the race, the test has an experiment of the same arms and parameters that takes no time.
cp "${top_srcdir:-.}/tests/schema/tiny.lua" "$scratch/race.lua"

# One line each: "STATUSES|COMMAND".
awk '/^\.\\" status: / { sub(/^\.\\" status: /, ""); statuses = $0 }
	/^\.Dl \$ / { sub(/^\.Dl \$ /, ""); gsub(/\\\(dq/, "\""); gsub(/\\-/, "-"); print statuses "|" $0; statuses = "" }' \
	"$page" >"$scratch/examples"
[ -s "$scratch/examples" ] || {
	echo 'no example found'
	exit 1
}

failed=0
while IFS='|' read -r statuses command; do
	status=0
	(cd "$scratch" && sh -c "$command") >"$scratch/output" 2>&1 </dev/null || status=$?
	case " $statuses " in
	*" $status "*) printf 'ok: %s\n' "$command" ;;
	*)
		printf 'status %d, not %s: %s\n' "$status" "${statuses:-given}" "$command"
		cat "$scratch/output"
		failed=1
		;;
	esac
done <"$scratch/examples"
exit $failed
