#!/bin/sh
# wattle(1) has every command and every flag that --help shows, and no others.
# SPDX-License-Identifier: MIT
set -eu
wattle=${top_builddir:-.}/wattle
page=${top_srcdir:-.}/man/wattle.1
[ -x "$wattle" ] || exit 77

# Flags in the page's section of a command, or in the part before the first of them.
documented() {
	awk -v want="$1" '
		/^\.Sh / { inside = want == "" && $2 == "COMMANDS" }
		/^\.Ss / { inside = want != "" && $2 == "wattle" && $3 == want }
		inside && /^\.It Fl -/ { sub(/^-/, "", $3); print $3 }' "$page" | sort
}

# Flags that a command shows, or that all have.
shown() {
	"$wattle" ${1:+"$1"} --help | sed -n 's/^  --\([a-z-]*\).*/\1/p' | sort
}

status=0
compare() {
	if [ "$(documented "$1")" != "$(shown "$1")" ]; then
		printf 'wattle %s: the page has\n%s\n--help shows\n%s\n' "$1" "$(documented "$1")" "$(shown "$1")"
		status=1
	fi
}

compare ''
commands=$("$wattle" list commands | sed -n 's/^\([a-z]\{1,\}\) .*/\1/p')
[ -n "$commands" ]
for command in $commands; do
	grep -q "^\.Ss wattle $command" "$page" || {
		printf 'wattle %s: no section\n' "$command"
		status=1
	}
	compare "$command"
done
exit $status
