#!/bin/bash
# wattle report: the page of a stored run, of a file, of several runs; well-formed, without anything that is fetched, with
# axes, intervals and badges on its figures; what cannot be written; and, where Chromium is, how a browser shows it.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
tiny=$source/tests/schema/tiny.lua
fixtures=$source/tests/unit/fixtures/figures
cd "$scratch" || exit 1

# report STATUS ARGUMENTS... : output into out and err.
report() {
	wattle_ends "$1" out err report "${@:2}"
}

# says FILE TEXT
says() {
	grep -q -F -- "$2" "$1" || {
		fail "$1 does not say '$2'"
		tail -n 5 "$1"
	}
}

# whole FILE : an XML file that fetches nothing.
whole() {
	if command -v xmllint >/dev/null; then
		xmllint --noout --nonet "$1" 2>lint || {
			fail "$1 is not well-formed"
			head -n 5 lint
		}
	fi
	if grep -E -n '(src|href|data|action)="[^#]|url\((https?:)?//|@import|<script|<img|<link' "$1" | head -n 3 | grep .; then
		fail "$1 fetches something"
	fi
}

# figures FOLDER : each has axes with units, a badge, a title, and intervals where there are any.
figures() {
	local file
	for file in "$1"/*.svg; do
		whole "$file"
		grep -q 'class="badge"' "$file" || fail "$file has no badge"
		grep -q '<text class="tick"' "$file" || fail "$file has no ticks"
		grep -q '<text class="name"' "$file" || fail "$file has no title of an axis"
		grep -q '<desc ' "$file" || fail "$file has no description"
		if grep -i -E '[">(](nan|inf)[ "<]' "$file"; then fail "$file shows what is no number"; fi
		case $file in
		*/bars.svg | */pareto-* | */sweep-* | */before-after-energy.svg | */before-after-time.svg)
			grep -q 'class="err"' "$file" || fail "$file has no intervals" ;;
		*/power.svg | */drift.svg)
			grep -q 'class="area"' "$file" || fail "$file has no shade" ;;
		esac
	done
}

# --- what stands in a report ------------------------------------------------------------------------------------------

run records "$tiny" --energy none
export SOURCE_DATE_EPOCH=1000000000
report 0 last --out page
says out 'page/report.html and '
for figure in bars pareto-time pareto-bytes curves drift; do
	[ -s "page/$figure.svg" ] || fail "there is no $figure.svg"
done
whole page/report.html
figures page
for text in 'Does a run write what the manual says?' '2001-09-09' 'time only' 'wattle runs rerun' \
	'technique.prune' 'Content-Security-Policy' 'Figure 1.' 'script sha256'; do
	says page/report.html "$text"
done
says page/report.html "default-src 'none'"

report 0 last
cp out again.html
cmp -s page/report.html again.html || fail 'the page on standard output is another one'
report 0 last
cmp -s out again.html || fail 'the same report twice is not the same'
cp out of-store.html
report 0 records
says out 'Its text is not with these records'

# --- several runs, flags, records --------------------------------------------------------------------------------------

report 0 "$fixtures/measured.jsonl" "$fixtures/pairs.jsonl" --out both --plots none
says both/report.html 'did not take turns'
whole both/report.html
[ "$(find both -type f | wc -l)" -eq 1 ] || fail '--plots none wrote figures'
report 0 "$fixtures/measured.jsonl" --out measured --pareto energy,bytes
figures measured
[ -s measured/pareto-energy-bytes.svg ] || fail 'the Pareto figure that was asked for is not there'
[ ! -e measured/pareto-time.svg ] || fail 'a Pareto figure is there that was not asked for'
says measured/power.svg 'measured, package, rapl-perf'
report 0 "$fixtures/modelled.jsonl" --out modelled --json
figures modelled
says modelled/bars.svg 'modelled ±60 %'
fits out report
report 0 "$fixtures/pairs.jsonl" --out pairs
figures pairs

# --- other formats ----------------------------------------------------------------------------------------------------

report 0 last --format md
says out '| baseline'
report 0 last --format latex --out paper --plots none
says out 'paper/report.tex'
says paper/report.tex '\toprule'
report 0 "$fixtures/measured.jsonl" last --format csv
[ "$(grep -c '^8f3a6c1b2d4e5f60,' out)" -gt 10 ] || fail 'the table of two runs lacks the first'
report 0 last --format csv --out table
for file in report.csv bars.svg; do
	[ -s "table/$file" ] || fail "there is no table/$file"
done

# The page of a run and of a comparison as they end.
timeout 60 "$build/wattle" run "$tiny" --energy none --report own/page >out 2>err
says err 'reported in own/page/report.html'
whole own/page/report.html
figures own/page
grep -q 'wattle runs rerun' own/page/report.html || fail 'the page does not say how to run it again'
# The baseline's second arm: seconds in the verdicts' own words, and nothing of joules, which windows of 20 ms are too short for.
timeout 60 "$build/wattle" run "$tiny" --set design.aa=true --no-store --report twin >out 2>err
grep -q 'A against itself: baseline [a-z ]* from itself: time' twin/report.html || fail 'the page does not compare the baseline with itself'
if grep 'A against itself: .*energy' twin/report.html; then fail 'joules that get no verdict are compared'; fi
timeout 60 "$build/wattle" compare --command 'A=sleep 0.01' --command 'B=sleep 0.02' --blocks 3 --energy none --no-store \
	--report other >out 2>err
says err 'reported in other/report.html'
whole other/report.html
timeout 60 "$build/wattle" run "$tiny" --energy cpu-table --report modelled >out 2>err
says err 'reported in modelled/report.html'
! grep -qi '\bnan\b' ./*/report.html own/page/report.html || fail 'a page says nan'
: >taken
timeout 60 "$build/wattle" run "$tiny" --energy none --report taken >out 2>err
says err 'taken'
says out 'int8'

report 2 last --pareto energy
says err "'energy' is no pair of metrics"
report 2 last --pareto energy,watts
says err "'energy,watts' is no pair of metrics"
report 2 last --plots svg
says err '--out DIR'
report 2 last --json
report 2 nothing
says err "no run 'nothing'"
report 4 ./nothing.jsonl
says err 'cannot open ./nothing.jsonl'
mkfifo pipe.jsonl
report 4 ./pipe.jsonl
says err 'cannot read ./pipe.jsonl: not a regular file'
printf '{"v":1,"type":"log","t_ns":1,"text":"x"}\n' >empty.jsonl
report 4 empty.jsonl
says err 'no experiment was planned'

# --- files ------------------------------------------------------------------------------------------------------------

echo mine >page/mine.txt
echo old >page/report.html
report 0 last --out page
grep -q mine page/mine.txt || fail 'a file of the user is gone'
says page/report.html '<!DOCTYPE html>'
find page -name '*.new' | grep . && fail 'a file that is not whole was left'
echo file >in-the-way
report 4 last --out in-the-way
says err 'in-the-way'
if [ -e /dev/full ]; then
	status=0
	"$build/wattle" report last >/dev/full 2>err || status=$?
	[ "$status" -eq 4 ] || fail "a full disk: status $status"
	says err 'No space left'
fi
if [ "$(id -u)" -ne 0 ]; then
	mkdir locked
	chmod 500 locked
	report 4 last --out locked
	says err 'cannot write the report locked/'
fi

# --- names that are markup ----------------------------------------------------------------------------------------------

sed 's/pruned/<script>alert(1)<\/script>/g; s/"pruned/"<b>/g' "$fixtures/measured.jsonl" >hostile.jsonl
report 0 hostile.jsonl --out hostile
whole hostile/report.html
figures hostile
says hostile/report.html '&lt;script&gt;alert(1)'

# --- in a browser --------------------------------------------------------------------------------------------------------

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || browser=
if [ -n "$browser" ] && command -v python3 >/dev/null; then
	python3 "$source/tests/run/report_traffic.py" >traffic &
	proxy=$!
	trap 'kill "$proxy" 2>/dev/null; rm -rf "$scratch"' EXIT
	within 20 test -s traffic
	port=$(head -n 1 traffic)
	# chrome PAGE NAME FLAGS... : nothing resolves, and whatever would go out goes to a proxy that notes it.
	chrome() {
		local page=$1 name=$2
		shift 2
		timeout 100 "$browser" --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run \
			--disable-background-networking --disable-component-update --disable-sync --disable-extensions \
			--user-data-dir="$scratch/chrome" --host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE 127.0.0.1' \
			--proxy-server="http://127.0.0.1:$port" --proxy-bypass-list='<-loopback>' \
			"$@" "file://$scratch/$page" >"$name.out" 2>"$name.err" || {
			fail "chromium $name: status $?"
			tail -n 5 "$name.err"
		}
	}
	# asked : what pages asked for; the browser's own maker it asks by itself.
	asked() {
		tail -n +2 traffic | grep -v -E '^[A-Z]+ (https?://)?([a-z0-9.-]*[.])?(google|googleapis|gvt1|gstatic)[.]com[:/]'
	}
	chrome measured/report.html dom --dump-dom
	says dom.out 'What came of it'
	says dom.out 'measured, package, rapl-perf'
	chrome measured/report.html light --window-size=1280,1600 --screenshot="$scratch/light.png"
	chrome measured/report.html dark --window-size=1280,1600 --blink-settings=preferredColorScheme=0 \
		--screenshot="$scratch/dark.png"
	chrome measured/report.html print --no-pdf-header-footer --print-to-pdf="$scratch/page.pdf"
	for shot in light.png dark.png page.pdf; do
		[ "$(stat -c %s "$shot" 2>/dev/null || echo 0)" -gt 20000 ] || fail "$shot is empty"
	done
	cmp -s light.png dark.png && fail 'light and dark look alike'
	asked && fail 'requests left the page'
	# The proxy would have seen one; and the policy of the page would have refused it.
	planted='<main><img src="http://planted.example/x.png"/>'
	sed "s|<main>|$planted|" measured/report.html >refused.html
	chrome refused.html refused --dump-dom
	asked && fail 'the policy of the page let a request through'
	sed 's|<meta http-equiv[^>]*>||' refused.html >planted.html
	chrome planted.html planted --dump-dom
	asked | grep -q planted.example || fail 'the proxy does not see what a page asks for'
	if [ -n "${REPORT_SHOTS:-}" ]; then cp light.png dark.png page.pdf "$REPORT_SHOTS"; fi
else
	printf 'no browser here: the page was not looked at in one\n'
fi
exit $failed
