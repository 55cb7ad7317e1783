#!/bin/bash
# How long 100 submissions of lesson 5 take to grade, and whether each gets what it should: 59 honest ones (some with
# mistakes), 8 that do not load, 25 that loop, 8 that try to cheat. Ends with 1 over 600 s, or when a score is wrong.
#   top_builddir=build tests/bench/grade.sh [JOBS]
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
jobs=${1:-$(nproc)}
dir=$scratch/in
mkdir "$dir"
lesson=$source/lessons/05-prune-then-int8
printf 'the secret of a course that is only measured\n' >"$scratch/secret"
chmod 600 "$scratch/secret"
python3 - "$lesson" "$dir" "$scratch/wanted" <<'PYTHON'
import json, pathlib, random, sys
lesson, out, wanted = map(pathlib.Path, sys.argv[1:])
solution, starter = (lesson / "ex1.solution.lua").read_text(), (lesson / "ex1.lua").read_text()
# kind: (number, text, least points of ex1, most points)
kinds = [
    ("honest", 39, lambda i: f"-- submission {i}\n" + solution, 10, 13),
    ("starter", 20, lambda i: f"-- submission {i}\n" + starter, 0, 9),
    ("broken", 8, lambda i: starter.replace("return ex", f"retrun ex{i}"), 0, 0),
    ("loop", 25, lambda i: "local ex = {}\nfunction ex.slim() while true do pcall(error) end end\nreturn ex\n", 0, 0),
    ("cheat", 4, lambda i: "local ex = {}\nfunction ex.slim(base, data)\n  return setmetatable({}, { __index = "
                           "function() return function() return 0 end end })\nend\nreturn ex\n", 0, 0),
    ("peek", 4, lambda i: "local ex = {}\nfunction ex.slim(base, data)\n  return base:fit(data.test)\nend\nreturn ex\n", 0, 0),
]
with open(wanted, "w") as table:
    for kind, count, text, least, most in kinds:
        for i in range(count):
            student = f"{kind}{i:02d}"
            lines = [{"v": 1, "type": "submission", "lesson": "green.05", "student": student},
                     {"v": 1, "type": "submission-answer", "id": "q1", "choice": 1 + random.Random(i).randrange(2)},
                     {"v": 1, "type": "submission-file", "exercise": "ex1", "name": "ex1.lua", "attempts": i,
                      "text": text(i)}]
            lines.append({"v": 1, "type": "submission-end", "lines": len(lines)})
            (out / f"{student}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
            print(student, least, most, file=table)
PYTHON
TIMEFORMAT='%R %U %S'
{ time timeout 1800 "$build/wattle" grade "$dir" --with "$source/lessons/instructor/05-prune-then-int8.grade.lua" \
	--secret-file "$scratch/secret" --jobs "$jobs" --out "$scratch/grades.csv" 2>"$scratch/told" || fail "grade: status $?"; } 2>"$scratch/time"
read -r took user system <"$scratch/time"
python3 - "$scratch/grades.csv" "$scratch/wanted" <<'PYTHON' || fail 'a wrong score'
import collections, csv, sys
points, status = collections.Counter(), collections.Counter()
for row in csv.DictReader(open(sys.argv[1], newline="")):
    if row["exercise"] == "ex1":
        points[row["student"]] += float(row["points"])
        status[row["student"].rstrip("0123456789"), row["status"]] += 1
wrong = 0
for line in open(sys.argv[2]):
    student, least, most = line.split()
    if not float(least) <= points[student] <= float(most):
        print(f"{student}: {points[student]} points, not {least} to {most}")
        wrong += 1
for (kind, word), count in sorted(status.items()):
    print(f"{kind}: {count} checks {word}")
sys.exit(wrong > 0)
PYTHON
printf '100 submissions, %s workers: %.0f s, of CPU %.0f + %.0f s\n' "$jobs" "$took" "$user" "$system"
[ "${took%.*}" -le 600 ] || fail 'over ten minutes'
exit $failed
