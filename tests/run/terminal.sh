# Sourced behind lib.sh by tests that work the program by its keys, on a terminal of 80 x 24; ends a test where there is no
# tmux.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
if ! command -v tmux >/dev/null; then
	echo 'no tmux: the keyboard was not tried'
	exit "$failed"
fi
export LC_ALL=C.UTF-8
# How long a screen may take to come.
patience_s=30

# On a socket of its own, so that no session of anybody is touched. What is killed may still write while its folder goes.
tmux() { command tmux -S "$scratch/tmux" "$@"; }
trap 'tmux kill-server 2>/dev/null; rm -rf "$scratch" 2>/dev/null || rm -rf "$scratch"' EXIT

# terminal LINE : starts that line of sh there; the screen says "ended" and a status behind it.
terminal() {
	local line="$1; echo ended \$?; exec cat"
	# A server that is told to end may take a new session with it: a second sitting has the same.
	tmux respawn-pane -k "$line" 2>/dev/null || tmux -f /dev/null new-session -d -x 80 -y 24 "$line"
}

keys() { tmux send-keys "$@"; }

on_screen() {
	tmux capture-pane -p >"$scratch/screen" 2>/dev/null
	grep -q -- "$1" "$scratch/screen"
}

# shows PATTERN : waits until the screen does.
shows() {
	within "$patience_s" on_screen "$1" && return
	fail "the screen never showed '$1'"
	cat "$scratch/screen"
	return 1
}
