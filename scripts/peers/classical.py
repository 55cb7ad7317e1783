# scripts/bench-peers classical and scores: fits of wattle beside scikit-learn, XGBoost and liblinear.
# SPDX-License-Identifier: MIT
import argparse
import json
import math
import os
import random
import statistics
import subprocess

from rounds import (CLOCK_SHARE, REPEATS, Clock, Missing, interval, prepare_common, python, run, say, source,
                    text_table, words)
from works import WORKS, score_works

PEER_NAMES = ("scikit-learn", "xgboost", "liblinear")
SPLITS = 5
ROUNDING = 1e-4  # two sums of squares that differ by less are the same

NEEDS = {
    "data": "apt-get install dataset-fashion-mnist",
    "cc": "apt-get install gcc libc6-dev",
    "scikit-learn": "apt-get install --no-install-recommends python3-sklearn",
    "xgboost": "apt-get install --no-install-recommends python3-xgboost",
    "liblinear": "apt-get install liblinear-tools",
    "wattle": "scripts/quickstart --build-only, or --wattle PATH",
}

CLASSICAL = """\
Each side gets the same rows, prepared alike, and the same settings, in a fresh process; the sides take turns in random
order. fit: until the model can predict, for wattle the making of the program included; predict: all test rows. A ratio
is the median over rounds of peer over wattle in the same round, above 1 where wattle is faster; its interval is that of
the median by order statistics (95 % or more from 6 rounds on). memory: the most that was resident beyond what the
program held before it read the data, over wattle's. A process whose clock fell below 90 % of the best of the run is
repeated, at most 3 times. floor: the score that must be reached. Rows named "wattle ..." are other settings of wattle.
Exit 4: something is missing."""

SCORES = """\
The training rows are cut into 5 stratified parts; each is held out in turn, and both sides are fitted on the other four
with the same settings. "as good": wattle's mean score is not more than two standard errors of the mean difference below
scikit-learn's (one row, or a ten-thousandth, is no difference). Exit 1: something is worse; 4: something is missing."""


# --- arms -----------------------------------------------------------------------------------------


def ours(options, work, repeats, more=()):
    """Of a flag that stands there twice the last counts."""
    command = [options.wattle, "bench", "fit", "--json", "--quiet", "--model", work.model, "--data", work.data,
               "--threads", str(options.threads), "--seed", str(options.seed), "--repeats", str(repeats)]
    for key, value in work.settings.items():
        command += ["--set", f"{key}={value}"]
    if work.prepare:
        command += ["--prepare", work.prepare]
    if options.rows:
        command += ["--rows", str(options.rows)]
    return command + list(more)


def theirs(options, work, who, way, **more):
    """The job goes through a file, for it may hold thousands of row numbers."""
    job = {"who": who, "way": way, "model": work.model, "set": work.settings, "data": work.data,
           "prepare": work.prepare, "rows": options.rows, "seed": options.seed, "threads": options.threads,
           "repeats": work.repeats, **more}
    path = os.path.join(options.work, f"{work.name}-{who}-{way}.json".replace("/", "-"))
    with open(path, "w", encoding="utf-8") as file:
        json.dump(job, file)
    return [options.python_path, source("models.py"), path]


class Arm:
    def __init__(self, who, way, command):
        self.who, self.way, self.command = who, way, command
        self.results = []

    def __str__(self):
        return f"{self.who} {self.way}".strip()


def figures(result):
    """Of one process of either side: seconds to fit and to predict, clock, score, memory."""
    if "windows" in result:
        windows = result["windows"]
        fit, ghz = statistics.median(w["time_s"] for w in windows), statistics.median(w["ghz"] for w in windows)
        cpu = statistics.median(w["cpu_s"] for w in windows)
        predict = statistics.median(result["predict_s"])
    else:
        fit, ghz = result["fit_s"]["median"] + result["lower_s"]["median"], statistics.median(result["clock_ghz"])
        cpu, predict = statistics.median(result["cpu_s"]), result["predict_s"]["median"]
    return {"fit": fit, "predict": predict, "ghz": ghz, "cpu": cpu, "score": result.get("score"),
            "memory": result["peak_rss_bytes"] - result["start_rss_bytes"], "receipt": result.get("receipt"),
            "version": result.get("version"), "threads": result["threads"]}


def measure(arm, options):
    """One process; again while its clock was low."""
    for attempt in range(REPEATS + 1):
        result = figures(run(arm.command, options, arm.who))
        Clock.best = max(Clock.best, result["ghz"])
        result["contended"] = result["ghz"] < CLOCK_SHARE * Clock.best
        if not result["contended"] or attempt == REPEATS:
            break
    arm.results.append(result)


def all_arms(options, work):
    arms = [Arm("wattle", "", ours(options, work, work.repeats))]
    for name, flags in work.ours.items():
        if name != f"{options.threads} thread":
            arms.append(Arm("wattle", name, ours(options, work, work.repeats, flags)))
    for who, way in work.peers:
        if who in options.peers:
            arms.append(Arm(who, way, theirs(options, work, who, way)))
    return arms


def take_turns(work, arms, options):
    """Every arm once a round, in random order; an arm that fails is left out from then on."""
    for at in range(options.rounds):
        for arm in random.sample(arms, len(arms)):
            try:
                measure(arm, options)
            except (RuntimeError, KeyError, ValueError, subprocess.TimeoutExpired) as error:
                say(f"{work.name}: {arm}: left out: {error}")
                arms.remove(arm)
        say(f"{work.name}: round {at + 1} of {options.rounds}: " +
            ", ".join(f"{arm} {arm.results[-1]['fit']:.4g} + {arm.results[-1]['predict']:.4g} s" for arm in arms))
    return arms


# --- results --------------------------------------------------------------------------------------


def ratio(base, peer, key):
    """Median and interval of peer over base, round by round."""
    values = [b[key] / max(a[key], 1e-9) for a, b in zip(base.results, peer.results)]
    return statistics.median(values), *interval(values)


def middle(arm, key):
    return statistics.median(r[key] for r in arm.results)


def row(work, base, peer, options):
    entry = {"what": "fit", "work": work.name, "model": work.model, "data": work.data, "set": work.settings,
             "prepare": work.prepare, "threads": options.threads, "rows": options.rows, "seed": options.seed,
             "rounds": len(base.results), "peer": peer.who, "peer_way": peer.way, "floor": work.floor,
             "peer_version": peer.results[-1]["version"], "score": base.results[-1]["score"],
             "peer_score": peer.results[-1]["score"],
             "contended": sum(r["contended"] for r in base.results + peer.results),
             "receipt": base.results[-1]["receipt"]}
    for key in ("fit", "predict", "cpu", "memory"):
        entry[key], entry["peer_" + key] = middle(base, key), middle(peer, key)
        entry[key + "_ratio"], entry[key + "_low"], entry[key + "_high"] = ratio(base, peer, key)
    return entry


def fixed(value):
    return "-" if value is None else f"{value:.4f}"


def cells(r):
    spans = [f"{r[key + '_ratio']:.2f} ({r[key + '_low']:.2f} to {r[key + '_high']:.2f})" for key in ("fit", "predict")]
    return (r["work"], str(r["threads"]), f"{r['peer']} {r['peer_way']}".strip(), f"{r['fit']:.4g} s",
            f"{r['peer_fit']:.4g} s", spans[0], f"{r['predict']:.4g} s", f"{r['peer_predict']:.4g} s", spans[1],
            f"{r['memory_ratio']:.1f}", fixed(r["score"]), fixed(r["peer_score"]), fixed(r["floor"]))


HEAD = ("work", "threads", "peer", "fit", "peer's", "ratio", "predict", "peer's", "ratio", "memory", "score", "peer's",
        "floor")


def keep(options, entry):
    with open(os.path.join(options.work, "classical.jsonl"), "a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def put(options, rows, head, line):
    if options.json:
        for entry in rows:
            print(json.dumps(entry))
    elif rows:
        print(text_table([head] + [line(entry) for entry in rows]))


def classical(options):
    rows = []
    for work in WORKS:
        if not chosen(options, work):
            continue
        arms = take_turns(work, all_arms(options, work), options)
        if not arms or arms[0].way or arms[0].who != "wattle":
            say(f"{work.name}: wattle does not run it")
            continue
        for peer in arms[1:]:
            rows.append(row(work, arms[0], peer, options))
            keep(options, rows[-1])
    put(options, rows, HEAD, cells)
    return 0 if rows else 4


# --- scores ---------------------------------------------------------------------------------------


def both_scores(options, work):
    """Scores of wattle and of scikit-learn on each part, and how many rows were held out."""
    mine, held = [], []
    for part in range(1, SPLITS + 1):
        record = run(ours(options, work, 1, ["--fold", f"{part}/{SPLITS}"]), options)
        mine.append(record["score"])
        held.append(record["held"])
    way = {"svm": "primal", "k-means": "lloyd", "pca": "full"}.get(work.model, "")
    job = theirs(options, work, "scikit-learn", way, folds=held)
    return mine, run(job, options, "scikit-learn")["scores"], sum(map(len, held))


def judge(work, mine, their, rows):
    away = [a - b for a, b in zip(mine, their)]
    mean, error = statistics.mean(away), statistics.stdev(away) / math.sqrt(len(away))
    same = max(ROUNDING, 1 / rows)
    return {"what": "score", "work": work.name, "data": work.data, "model": work.model, "set": work.settings,
            "prepare": work.prepare, "scores": mine, "peer_scores": their, "score": statistics.mean(mine),
            "peer_score": statistics.mean(their), "difference": mean, "standard_error": error,
            "good": mean + 2 * error + same >= 0, "better": mean - 2 * error > same}


def score_cells(r):
    return (r["work"], f"{r['score']:.4f}", f"{r['peer_score']:.4f}", f"{r['difference']:+.4f}",
            f"{r['standard_error']:.4f}", "WORSE" if not r["good"] else "better" if r["better"] else "as good")


def scores(options):
    rows = []
    for work in score_works():
        if not chosen(options, work):
            continue
        try:
            rows.append(judge(work, *both_scores(options, work)))
        except (RuntimeError, KeyError, ValueError, subprocess.TimeoutExpired) as error:
            say(f"{work.name}: left out: {error}")
            continue
        say("  ".join(score_cells(rows[-1])))
        keep(options, rows[-1])
    put(options, rows, ("work", "wattle", "scikit-learn", "difference", "standard error", ""), score_cells)
    return 4 if not rows else 0 if all(r["good"] for r in rows) else 1


# --- command line ---------------------------------------------------------------------------------


def chosen(options, work):
    """--works: names, or the part before or behind the slash."""
    data, model = work.name.split("/")
    return not options.works or any(word in (work.name, data, model) for word in options.works.split(","))


def parse_arguments(what, argv):
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    parser = argparse.ArgumentParser(prog=f"scripts/bench-peers {what}", allow_abbrev=False,
                                     epilog=CLASSICAL if what == "classical" else SCORES,
                                     description="Classical models of wattle beside those of its peers.",
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--works", default="", metavar="LIST",
        help="fashion-mnist/tree, or all of a set (digits), or of a model (tree)")
    if what == "classical":
        add("--peers", type=words(PEER_NAMES), default=list(PEER_NAMES), metavar="LIST",
            help=f"of {', '.join(PEER_NAMES)} (all)")
        add("--rounds", type=int, default=6, help="measured rounds (6)")
    add("--rows", type=int, default=0, help="training rows, for a try: then each side takes other ones (all)")
    add("--threads", type=int, default=1, help="of every program (1)")
    add("--seed", type=int, default=1, help="of every program (1)")
    here = os.path.dirname(os.path.abspath(__file__))
    add("--wattle", default=os.path.join(here, "..", "..", "build", "wattle"), metavar="PATH", help="(build/wattle)")
    add("--python", default=None, metavar="PATH", help="that has the peers (/usr/bin/python3, python3)")
    add("--work", default=os.path.join(cache, "wattle", "peers"), metavar="DIR", help="(~/.cache/wattle/peers)")
    add("--json", action="store_true", help="print the rows as JSON lines instead of the table")
    options = parser.parse_args(argv)
    if options.threads < 1 or getattr(options, "rounds", 1) < 1 or options.rows < 0:
        parser.error("--rounds and --threads are 1 or more, --rows is 0 or more")
    options.wattle, options.work = os.path.abspath(options.wattle), os.path.abspath(options.work)
    return options


def prepare(options):
    prepare_common(options)
    for peer, module in (("scikit-learn", "sklearn"), ("xgboost", "xgboost"),
                         ("liblinear", "ctypes; ctypes.CDLL('liblinear.so.4')")):
        if peer in getattr(options, "peers", ("scikit-learn",)):
            try:
                options.python_path = python(options, module)
            except Missing:
                raise Missing(peer) from None
    options.python_path = python(options, "sklearn")


def main(what, argv):
    options = parse_arguments(what, argv)
    os.makedirs(options.work, exist_ok=True)
    try:
        prepare(options)
    except Missing as missing:
        need = str(missing) or "scikit-learn"
        say(f"bench-peers: {need} is missing: {NEEDS[need]}")
        return 4
    except RuntimeError as error:
        say(f"bench-peers: {error}")
        return 4
    return classical(options) if what == "classical" else scores(options)
