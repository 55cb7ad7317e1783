#!/usr/bin/env python3
# An arm of scripts/figure1-peers.lua: one model of scikit-learn or PyTorch on digits, before or after optimization, that
# predicts the test rows again and again for as long as a window takes.
#
#   figure1.py sklearn|torch net|tree before|after
#
# What wattle tells is in the environment: WATTLE_SEED, WATTLE_WINDOW_S, WATTLE_THREADS. Exit 4: a peer is not installed.
# SPDX-License-Identifier: MIT
import json
import os
import sys
import time
import warnings

warnings.filterwarnings("ignore")
sys.dont_write_bytecode = True

DATA, BATCH, EPOCHS, VALID = "digits", 64, int(os.environ.get("FIGURE1_EPOCHS", "20")), 0.15
SEED = int(os.environ.get("WATTLE_SEED", "1"))
WINDOW_S = float(os.environ.get("WATTLE_WINDOW_S", "1"))
THREADS = int(os.environ.get("WATTLE_THREADS", "1"))
NEEDS = {"sklearn": "python3-sklearn", "torch": "python3-torch", "numpy": "python3-numpy"}


def missing(error):
    package = NEEDS.get((error.name or "").split(".")[0], "a Python package")
    sys.stderr.write(f"figure1.py: {error}: apt-get install --no-install-recommends {package}\n")
    sys.exit(4)


def load():
    """Training, validation and test rows, with their labels; the validation rows vary with the seed."""
    import numpy as np
    import tables
    table = tables.read(DATA)
    order = np.random.default_rng(SEED).permutation(table.train_rows)
    valid, train = np.split(order, [round(VALID * table.train_rows)])
    x, y = table.x, table.y
    return (x[train], y[train]), (x[valid], y[valid]), (x[table.train_rows:], y[table.train_rows:])


def sklearn_tree(what, train, valid):
    """After: cost-complexity pruning, the strength chosen on validation rows."""
    from sklearn.tree import DecisionTreeClassifier
    tree = DecisionTreeClassifier(random_state=SEED).fit(*train)
    if what == "after":
        alphas = tree.cost_complexity_pruning_path(*train).ccp_alphas
        trees = [DecisionTreeClassifier(random_state=SEED, ccp_alpha=a).fit(*train) for a in alphas[::8]]
        tree = max(reversed(trees), key=lambda t: t.score(*valid))
    return tree.predict


def sklearn_net(what, train, _):
    from sklearn.neural_network import MLPClassifier
    if what == "after":
        sys.exit("figure1.py: scikit-learn has nothing that makes a network smaller")
    net = MLPClassifier((128,), batch_size=BATCH, max_iter=EPOCHS, random_state=SEED, tol=0)
    return net.fit(*train).predict


def torch_net(what, train, _):
    """After: dynamic quantization to 8 bits."""
    import torch
    torch.set_num_threads(THREADS)
    torch.manual_seed(SEED)
    net = torch.nn.Sequential(torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
    x, y = (torch.from_numpy(part) for part in train)
    steps = torch.optim.Adam(net.parameters(), lr=1e-3)
    for _epoch in range(EPOCHS):
        order = torch.randperm(len(x))
        for at in range(0, len(x), BATCH):
            rows = order[at:at + BATCH]
            steps.zero_grad()
            torch.nn.functional.cross_entropy(net(x[rows]), y[rows]).backward()
            steps.step()
    net.eval()
    if what == "after":
        net = torch.quantization.quantize_dynamic(net, {torch.nn.Linear}, torch.qint8)

    def predict(rows):
        with torch.inference_mode():
            return net(torch.from_numpy(rows)).argmax(dim=1).numpy()
    return predict


MODELS = {("sklearn", "tree"): sklearn_tree, ("sklearn", "net"): sklearn_net, ("torch", "net"): torch_net}


def say(**values):
    print(json.dumps(values), flush=True)


def main():
    if len(sys.argv) != 4 or tuple(sys.argv[1:3]) not in MODELS or sys.argv[3] not in ("before", "after"):
        sys.exit("usage: figure1.py sklearn|torch net|tree before|after")
    train, valid, (x, y) = load()
    predict = MODELS[tuple(sys.argv[1:3])](sys.argv[3], train, valid)
    batches = [x[at:at + BATCH] for at in range(0, len(x), BATCH)]
    hits = sum(int((predict(rows) == y[at * BATCH:(at + 1) * BATCH]).sum()) for at, rows in enumerate(batches))
    items, end = 0, time.monotonic() + WINDOW_S
    say(wattle="begin")
    while items == 0 or time.monotonic() < end:
        for rows in batches:
            predict(rows)
        items += len(x)
    say(wattle="end", items=items)
    say(accuracy=hits / len(x), test_rows=len(x), dataset=DATA, split="test")


try:
    main()
except ImportError as error:
    missing(error)
