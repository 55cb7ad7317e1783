# What scripts/bench-peers classical and scores compare: which model on which data, with which settings, beside whom,
# and the scores that must be reached. SPDX-License-Identifier: MIT


class Work:
    """One model on one set. settings: wattle's names, the same on both sides. peers: (who, way) that fit it, all of
    them timed. ours: other arms of wattle, by name: flags of bench fit. repeats: fits of one process; 1 where a fit
    takes seconds."""

    def __init__(self, data, model, settings=None, peers=(("scikit-learn", ""),), prepare="", name="", repeats=5,
                 floor=None, ours=None):
        self.data, self.model, self.settings, self.peers = data, model, settings or {}, peers
        self.prepare, self.repeats, self.floor, self.ours = prepare, repeats, floor, ours or {}
        self.name = f"{data}/{name or model}"


SKLEARN = "scikit-learn"
BOTH_SVM = ((SKLEARN, "dual"), (SKLEARN, "primal"), ("liblinear", "dual"), ("liblinear", "primal"))
BOOSTERS = (("xgboost", "leaves"), ("xgboost", "own"), (SKLEARN, ""))
NEIGHBOURS = ((SKLEARN, "brute"), (SKLEARN, "auto"))
K_MEANS = ((SKLEARN, "lloyd"), (SKLEARN, "elkan"))
PCA = ((SKLEARN, "randomized"), (SKLEARN, "full"))
SVM = {"c": "1", "tolerance": "0.1"}
CD = {"cd": ["--set", "solver=cd"]}
GINI = {"criterion": "gini"}
WORDS = "counts to=presence; idf; normalize"

WORKS = [
    Work("fashion-mnist", "tree", {"criterion": "entropy"}, repeats=1, floor=0.795),
    Work("fashion-mnist", "tree", GINI, name="tree-gini", repeats=1),
    Work("fashion-mnist", "tree", {**GINI, "depth": "10"}, name="tree-10", repeats=1),
    Work("fashion-mnist", "forest", {"trees": "100"}, repeats=1, floor=0.872, ours={"1 thread": ["--threads", "1"]}),
    Work("fashion-mnist", "extra-trees", {"trees": "100"}, repeats=1),
    Work("fashion-mnist", "boosting", {"rounds": "100", "rate": "0.15", "leaves": "63"}, BOOSTERS, repeats=1,
         floor=0.898),
    Work("fashion-mnist", "logistic", {"iterations": "100"}, repeats=1, floor=0.840),
    Work("fashion-mnist", "svm", SVM, BOTH_SVM, repeats=1, floor=0.834, ours=CD),
    Work("fashion-mnist", "knn", {"k": "5"}, ((SKLEARN, "brute"),), repeats=1, floor=0.8554,
         ours={"f32": ["--set", "form=f32"], "1 thread": ["--threads", "1"]}),
    Work("fashion-mnist", "gaussian-nb", floor=0.58),
    Work("fashion-mnist", "multinomial-nb", floor=0.65),
    Work("fashion-mnist", "bernoulli-nb"),
    Work("fashion-mnist", "k-means", {"clusters": "10"}, K_MEANS, repeats=1),
    Work("fashion-mnist", "pca", {"components": "50"}, PCA, repeats=3),
    Work("digits", "tree", GINI, floor=0.841),
    Work("digits", "forest", {"trees": "100"}, floor=0.967),
    Work("digits", "boosting", {}, BOOSTERS, repeats=3, floor=0.958),
    Work("digits", "logistic", {"iterations": "1000"}, floor=0.954),
    Work("digits", "svm", SVM, BOTH_SVM, floor=0.954, ours=CD),
    Work("digits", "knn", {"k": "5"}, NEIGHBOURS, floor=0.965),
    Work("digits", "gaussian-nb", floor=0.821),
    Work("digits", "multinomial-nb", floor=0.889),
    Work("digits", "k-means", {"clusters": "10", "restarts": "10"}, K_MEANS),
    Work("letter", "tree", GINI),
    Work("letter", "forest", {"trees": "100"}, repeats=3),
    Work("letter", "extra-trees", {"trees": "100"}, repeats=3),
    Work("letter", "boosting", {}, BOOSTERS, repeats=1),
    Work("letter", "logistic", {"iterations": "200"}, repeats=3),
    Work("letter", "knn", {"k": "5"}, NEIGHBOURS, repeats=3),
    Work("satellite", "tree", GINI),
    Work("satellite", "forest", {"trees": "100"}, repeats=3),
    Work("satellite", "boosting", {}, BOOSTERS, repeats=3),
    Work("satellite", "svm", SVM, BOTH_SVM, "standardize", ours=CD),
    Work("shuttle", "tree", GINI),
    Work("shuttle", "forest", {"trees": "100"}, repeats=3),
    Work("shuttle", "boosting", {}, BOOSTERS, repeats=1),
    Work("shuttle", "logistic", {"iterations": "200"}, prepare="standardize", repeats=3),
    Work("shuttle", "knn", {"k": "5"}, NEIGHBOURS, "standardize", repeats=1),
    Work("diabetes", "linear"),
    Work("diabetes", "ridge", {"alpha": "1"}),
    Work("diabetes", "lasso", {"alpha": "1"}),
    Work("concrete", "tree"),
    Work("concrete", "forest", {"trees": "100"}),
    Work("concrete", "boosting", {}, BOOSTERS),
    Work("diamonds", "linear", prepare="onehot drop=true; standardize"),
    Work("diamonds", "tree"),
    Work("diamonds", "forest", {"trees": "100"}, repeats=1),
    Work("diamonds", "boosting", {}, BOOSTERS, repeats=3),
    Work("spam", "logistic", {"solver": "cd", "c": "1000", "iterations": "1000"},
         ((SKLEARN, "liblinear"), ("liblinear", "dual")), WORDS, floor=0.985, repeats=1,
         ours={"dense": ["--prepare", WORDS + "; dense"]}),
    Work("spam", "svm", {"c": "10", "tolerance": "0.1"}, BOTH_SVM, WORDS),
    Work("spam", "multinomial-nb"),
    Work("spam", "bernoulli-nb"),
]

# --- scores, split by split -----------------------------------------------------------------------

LINEAR = {"iterations": "2000", "tolerance": "1e-5"}

CLASSES = [("tree", GINI, ""), ("forest", {"trees": "100"}, ""), ("extra-trees", {"trees": "100"}, ""),
           ("boosting", {}, ""), ("logistic", LINEAR, "standardize"),
           ("svm", {"c": "1", "tolerance": "1e-4", "iterations": "10000"}, "standardize"),
           ("knn", {"k": "5"}, "standardize"), ("gaussian-nb", {}, ""),
           ("k-means", {"clusters": "8", "restarts": "10"}, "standardize"), ("pca", {"components": "5"}, "standardize")]
NUMBERS = [("tree", {}, ""), ("forest", {"trees": "100"}, ""), ("extra-trees", {"trees": "100"}, ""),
           ("boosting", {}, ""), ("linear", {}, "standardize"), ("ridge", {"alpha": "1"}, "standardize"),
           ("lasso", {"alpha": "0.1"}, "standardize"), ("knn", {"k": "5"}, "standardize")]
WEIGHED = ("linear", "ridge", "lasso", "knn")  # want categories as numbers that can be added


def score_works():
    """Data, model, settings, ways of preparing."""
    for data in ("wine", "breast-cancer", "letter", "satellite", "shuttle"):
        for model, settings, prepare in CLASSES:
            yield Work(data, model, settings, prepare=prepare, repeats=1)
    for data in ("diabetes", "concrete", "diamonds"):
        for model, settings, prepare in NUMBERS:
            onehot = "onehot drop=true; " if data == "diamonds" and model in WEIGHED else ""
            yield Work(data, model, settings, prepare=onehot + prepare, repeats=1)
