# What the peers' programs share: the data, windows between clock probes, and the one line that each prints.
# Started by scripts/bench-peers, which gives PEERS_WORK (the folder with libprobe.so) and PEERS_DATA.
# SPDX-License-Identifier: MIT
import ctypes
import gzip
import json
import os
import resource
import sys
import time

import numpy as np

WORK = os.environ["PEERS_WORK"]
DATA = os.environ["PEERS_DATA"]
PROBE_MS = 20.0
ROTATED = 2000  # images that timed calls take in turn

_probe = ctypes.CDLL(os.path.join(WORK, "libprobe.so")).probe
_probe.restype = ctypes.c_double
_probe.argtypes = [ctypes.c_int, ctypes.c_double]


def probe(threads):
    """GHz that each of so many threads gets, over 20 ms."""
    return _probe(threads, PROBE_MS)


def _idx(name):
    with gzip.open(os.path.join(DATA, name)) as file:
        raw = file.read()
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3])


def load():
    """Training pixels and labels, test pixels and labels; pixels as bytes, a row an image."""
    return (_idx("train-images-idx3-ubyte.gz").reshape(-1, 784), _idx("train-labels-idx1-ubyte.gz"),
            _idx("t10k-images-idx3-ubyte.gz").reshape(-1, 784), _idx("t10k-labels-idx1-ubyte.gz"))


class Windows:
    """Measured windows, each between two clock probes."""

    def __init__(self, threads):
        self.threads, self.list = threads, []

    def run(self, body):
        """Seconds of body(); the window is kept with its clock and its CPU seconds."""
        before = probe(self.threads)
        cpu, begin = time.process_time(), time.perf_counter()
        body()
        seconds = time.perf_counter() - begin
        cpu = time.process_time() - cpu
        self.list.append({"time_s": seconds, "cpu_s": cpu, "ghz": min(before, probe(self.threads))})
        return seconds


def latencies(windows, run, inputs, calls, count):
    """count windows of so many timed calls of run, its inputs in turn; adds p50_us and p99_us to each window."""
    for i in range(max(20, calls // 20)):
        run(inputs[i % len(inputs)])
    times = [0.0] * calls

    def body():
        clock = time.perf_counter
        for i in range(calls):
            begin = clock()
            run(inputs[i % len(inputs)])
            times[i] = clock() - begin

    for _ in range(count):
        windows.run(body)
        ordered = sorted(times)
        windows.list[-1]["p50_us"] = ordered[calls // 2] * 1e6
        windows.list[-1]["p99_us"] = ordered[int(calls * 0.99)] * 1e6


def put(windows, **fields):
    """The result: one JSON object, the last line."""
    fields["windows"] = windows.list
    fields["threads"] = windows.threads
    fields["peak_rss_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(fields))
    sys.stdout.flush()
