# What the comparisons of scripts/bench-peers share: fresh processes in a fixed environment, tools that are found or
# built, intervals, and tables. SPDX-License-Identifier: MIT
import argparse
import json
import os
import shutil
import subprocess
import sys

PEERS = os.path.dirname(os.path.abspath(__file__))
DATA = "/usr/share/datasets/fashion-mnist"
PROCESS_LIMIT_S = 900
CLOCK_SHARE = 0.9  # of the best clock of the run: below it a window is contended
REPEATS = 3        # of a process whose windows were contended


def say(text):
    print(text, file=sys.stderr, flush=True)


class Missing(Exception):
    pass


def environment(options, who=""):
    """Of every process: threads fixed, no forced BLAS core, and an allocator that keeps its pages, without which
    PyTorch's epochs take up to twice as long. Two pools of threads, OpenMP's and OpenBLAS's, would fight; scikit-learn
    has only the second."""
    env = {key: value for key, value in os.environ.items()
           if key not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONPATH")}
    threads = str(options.threads)
    env.update(OMP_NUM_THREADS=threads, OPENBLAS_NUM_THREADS=threads if who == "scikit-learn" else "1",
               MALLOC_TRIM_THRESHOLD_="4000000000", MALLOC_MMAP_THRESHOLD_="4000000000",
               MALLOC_TOP_PAD_="500000000", PYTHONDONTWRITEBYTECODE="1", PEERS_WORK=options.work, PEERS_DATA=DATA)
    return env


def run(command, options, who=""):
    """The last line of what a command prints, as JSON."""
    done = subprocess.run(command, env=environment(options, who), cwd=options.work, capture_output=True, text=True,
                          timeout=PROCESS_LIMIT_S, check=False)
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        raise RuntimeError(f"{' '.join(command)}\nended with {done.returncode}: {done.stderr.strip()[-600:]}")
    return json.loads(lines[-1])


def python(options, module):
    """A Python that has a module."""
    for path in (options.python, "/usr/bin/python3", shutil.which("python3")):
        if path and subprocess.run([path, "-c", f"import {module}"], capture_output=True, check=False).returncode == 0:
            return path
    raise Missing


def newer(path, *sources):
    return os.path.exists(path) and all(os.path.getmtime(path) >= os.path.getmtime(s) for s in sources)


def build(target, command, *sources):
    """Runs a compiler when the target is older than its sources."""
    if newer(target, *sources):
        return
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}\n{done.stderr[-600:]}")


def source(name):
    return os.path.join(PEERS, name)


def prepare_common(options):
    if not os.path.isdir(DATA):
        raise Missing("data")
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        raise Missing("cc")
    if not os.access(options.wattle, os.X_OK):
        raise Missing("wattle")
    options.cc = compiler
    build(os.path.join(options.work, "libprobe.so"),
          [compiler, "-O2", "-shared", "-fPIC", source("probe.c"), "-o", os.path.join(options.work, "libprobe.so"),
           "-lpthread"], source("probe.c"))


class Clock:
    """The best clock of the run so far."""
    best = 0.0


def interval(values):
    """Of the median, by order statistics: the widest pair of ranks that 2·P(X < k) <= 0.05 leaves."""
    ordered, n = sorted(values), len(values)
    k, term = 0, 0.5 ** n
    below = term
    while 2 * below <= 0.05:
        k += 1
        term *= (n - k + 1) / k
        below += term
    cut = max(0, k - 1)
    return ordered[cut], ordered[n - 1 - cut]


def text_table(lines):
    """Cells as columns; the first line is the head."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def words(allowed):
    """A list with commas, each entry one of those allowed."""
    def parse(text):
        chosen = text.split(",")
        for word in chosen:
            if str(word) not in [str(a) for a in allowed]:
                raise argparse.ArgumentTypeError(f"'{word}' is none of {', '.join(str(a) for a in allowed)}")
        return [next(a for a in allowed if str(a) == word) for word in chosen]
    return parse
