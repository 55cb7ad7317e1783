#!/bin/bash
# Runs the examples of the manual pages. Each literal block and each line on display stands below a comment that says how:
#
#   .\" status: 0 6           "$ COMMAND" below is run, and ends with one of these
#   .\" file: NAME            the block is that file, which a command of the page uses
#   .\" frame: NAME           the block is a part: put in the place of the line EXAMPLE of tests/man/frames/NAME it is a
#                             file of that name, whose first lines say how it is run: "STATUSES| COMMAND"
#   .\" said by: COMMAND      each line of the block is in what it writes
#   .\" not run: WHY          formulas and forms; what changes the system
#
# The commands of a page are run in its order, in one folder, in which its files are from the beginning.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
PATH=$build:$PATH

# take_page PAGE FOLDER : the files, and in $scratch/examples the commands, "STATUSES| COMMAND" or "said FILE| COMMAND";
# false, with a message, where something is not marked, or marked as something that it is not.
take_page() {
	mkdir "$2" && : >"$scratch/examples"
	# Where a reader has the race, the test has an experiment of the same arms and parameters that takes no time.
	cp "$source/tests/schema/tiny.lua" "$2/race.lua"
	awk -v folder="$2" -v frames="$source/tests/man/frames" -v out="$scratch/examples" '
		function plain(text) {
			gsub(/\\e/, "\\", text)
			gsub(/\\-/, "-", text)
			gsub(/\\\(dq/, "\"", text)
			gsub(/\\\(aq/, "\047", text)
			return text
		}
		function wrong(why) {
			print FILENAME ":" FNR ": " why ": " $0
			bad = 1
		}
		# A comment of Lua or Python, or of nothing, and what stands behind it.
		function behind_comment(line) {
			sub(/^ *(--|#) /, "", line)
			return line
		}
		function framed(name, text,    line, frame, command, whole, here, found) {
			frame = frames "/" name
			while ((getline line < frame) > 0 && line !~ /SPDX-License-Identifier/)
				command = command behind_comment(line) " "
			if (!command)
				return wrong("no such frame")
			while ((getline line < frame) > 0) {
				here = behind_comment(line) == "EXAMPLE"
				found += here
				whole = whole (here ? text : line "\n")
			}
			close(frame)
			if (found != 1)
				return wrong("not one line EXAMPLE in " frame)
			printf "%s", whole > (folder "/framed." ++parts)
			close(folder "/framed." parts)
			system("cp " folder "/framed." parts " " folder "/" name)
			sub(/\| */, "| cp framed." parts " " name "; ", command)
			print command > out
		}
		function is_said(text, command) {
			printf "%s", text > (folder "/said." ++said)
			print "said said." said "| " command > out
		}
		function take(text) {
			if (kind == "file") {
				printf "%s", text > (folder "/" value)
				if (!(value in used))
					used[value] = 0
			} else if (kind == "frame")
				framed(value, text)
			else if (kind == "said by")
				is_said(text, value)
			else if (kind != "not run")
				wrong("it is not run: say how in a comment before it")
		}
		inside && /^\.Ed/ {
			inside = 0
			take(block)
			kind = ""
			next
		}
		inside {
			block = block plain($0) "\n"
			next
		}
		match($0, /^\.\\" (status|file|frame|said by|not run): /) {
			kind = substr($0, 5, RLENGTH - 6)
			value = substr($0, RLENGTH + 1)
			next
		}
		/^\.Bd/ {
			inside = 1
			block = ""
			next
		}
		/^\.D[l1] \$ / {
			command = plain(substr($0, 7))
			if (kind == "status")
				print value "| " command > out
			else
				wrong("a command without its statuses")
			for (name in used)
				if (index(command, name))
					used[name] = 1
			kind = ""
			next
		}
		/^\.D[l1] / {
			take(plain(substr($0, 5)) "\n")
			kind = ""
			next
		}
		kind {
			wrong("\"" kind ": " value "\" marks no example")
			kind = ""
		}
		END {
			for (name in used)
				if (!used[name]) {
					print FILENAME ": no command uses " name
					bad = 1
				}
			exit bad
		}' "$1"
}

# run_examples FOLDER
run_examples() {
	local how command status file line
	while IFS='|' read -r how command; do
		status=0
		(cd "$1" && sh -c "$command") >"$scratch/output" 2>&1 </dev/null || status=$?
		case $how in
		said\ *)
			file=${how#said }
			while IFS= read -r line; do
				grep -qF -- "$line" "$scratch/output" || {
					fail "'$line' is not what is said by: $command"
					cat "$scratch/output"
				}
			done <"$1/$file"
			;;
		*)
			case " $how " in
			*" $status "*) ;;
			*)
				fail "status $status, not ${how:-given}: $command"
				cat "$scratch/output"
				;;
			esac
			;;
		esac
		printf 'run: %s\n' "$command"
	done <"$scratch/examples"
}

found=0
for page in "$source"/man/*.[1-8]; do
	folder=$scratch/$(basename "$page")
	take_page "$page" "$folder" || fail "$page"
	found=$((found + $(wc -l <"$scratch/examples")))
	run_examples "$folder"
done
[ "$found" -ge 40 ] || fail "only $found examples found"

# refused NAME WORDS : the page in $scratch/page is, with these words.
refused() {
	take_page "$scratch/page" "$scratch/$1" >"$scratch/why" && fail "a page with $1 is taken"
	grep -qF -- "$2" "$scratch/why" || fail "a page with $1: $(cat "$scratch/why")"
}
printf '.Bd -literal\nlocal x\n.Ed\n' >"$scratch/page"
refused 'a block without a mark' 'page:3: it is not run'
printf '.Dl a + b\n' >"$scratch/page"
refused 'a line without a mark' 'page:1: it is not run'
printf '.Dl $ wattle list\n' >"$scratch/page"
refused 'a command without statuses' 'page:1: a command without its statuses'
printf '.\\" file: x.lua\n.Bd -literal\nreturn 1\n.Ed\n.\\" status: 0\n.Dl $ wattle list\n' >"$scratch/page"
refused 'a file that nothing uses' 'no command uses x.lua'
printf '.\\" file: x.lua\nText.\n' >"$scratch/page"
refused 'a mark of nothing' 'page:2: "file: x.lua" marks no example'
printf '.\\" frame: none.lua\n.Bd -literal\nreturn 1\n.Ed\n' >"$scratch/page"
refused 'a frame that is not there' 'page:4: no such frame'
exit $failed
