# One fit of a classical model by scikit-learn, XGBoost or liblinear, with wattle's names of kinds and settings.
#
#   models.py FILE     FILE: JSON with who, way, model, set, data, prepare, rows, seed, threads, repeats, and folds where
#                      parts of the training rows are scored instead of the test rows: a list of lists of row numbers
#
# Prints one line of JSON. SPDX-License-Identifier: MIT
import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")
import numpy as np  # noqa: E402
import sklearn  # noqa: E402

import common  # noqa: E402
import tables  # noqa: E402

PREDICT_S, PREDICT_MAX = 0.2, 20  # behind each fit, as wattle bench fit does


class Settings:
    """What was set, or wattle's own."""

    def __init__(self, job, classes):
        self.given, self.way, self.seed, self.threads = job["set"], job["way"], job["seed"], job["threads"]
        self.classes = classes

    def text(self, name, usual):
        return self.given.get(name, usual)

    def number(self, name, usual):
        return float(self.given.get(name, usual))

    def count(self, name, usual):
        """0: None."""
        return int(self.given.get(name, usual)) or None


# --- scikit-learn ---------------------------------------------------------------------------------


def grown(s, depth=0):
    options = {"max_depth": s.count("depth", depth), "min_samples_leaf": s.count("min_leaf", 1),
               "min_samples_split": s.count("min_split", 2), "random_state": s.seed}
    if s.classes:
        options["criterion"] = s.text("criterion", "gini")
    return options


def tree(s):
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
    return (DecisionTreeClassifier if s.classes else DecisionTreeRegressor)(**grown(s))


def forest(s):
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
    kind = RandomForestClassifier if s.classes else RandomForestRegressor
    return kind(s.count("trees", 100), n_jobs=s.threads, **grown(s))


def extra_trees(s):
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
    kind = ExtraTreesClassifier if s.classes else ExtraTreesRegressor
    return kind(s.count("trees", 100), n_jobs=s.threads, **grown(s))


def boosting(s):
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    kind = HistGradientBoostingClassifier if s.classes else HistGradientBoostingRegressor
    return kind(max_iter=s.count("rounds", 100), learning_rate=s.number("rate", 0.1),
                max_leaf_nodes=s.count("leaves", 31), max_depth=s.count("depth", 0),
                min_samples_leaf=s.count("min_leaf", 20), l2_regularization=s.number("l2", 0), max_bins=255,
                early_stopping=False, random_state=s.seed)


def logistic(s):
    from sklearn.linear_model import LogisticRegression
    return LogisticRegression(C=s.number("c", 1), penalty=s.text("penalty", "l2"), solver=s.way or "lbfgs",
                              max_iter=s.count("iterations", 100), tol=s.number("tolerance", 1e-4),
                              random_state=s.seed)


def svm(s):
    from sklearn.svm import LinearSVC
    return LinearSVC(C=s.number("c", 1), loss=s.text("loss", "squared-hinge").replace("-", "_"),
                     tol=s.number("tolerance", 0.1), dual=s.way != "primal", max_iter=s.count("iterations", 1000),
                     random_state=s.seed)


def rff_svm(s):
    from sklearn.kernel_approximation import RBFSampler
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC
    return make_pipeline(RBFSampler(gamma=s.number("gamma", 1), n_components=s.count("features", 4000),
                                    random_state=s.seed),
                         LinearSVC(C=s.number("c", 1), tol=0.1, random_state=s.seed))


def knn(s):
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
    kind = KNeighborsClassifier if s.classes else KNeighborsRegressor
    return kind(s.count("k", 5), weights=s.text("weights", "uniform"), algorithm=s.way or "auto", n_jobs=s.threads)


def linear(_):
    from sklearn.linear_model import LinearRegression
    return LinearRegression()


def ridge(s):
    from sklearn.linear_model import Ridge
    return Ridge(alpha=s.number("alpha", 1))


def lasso(s):
    from sklearn.linear_model import Lasso
    return Lasso(alpha=s.number("alpha", 1), tol=s.number("tolerance", 1e-4), max_iter=s.count("iterations", 1000))


def gaussian_nb(s):
    from sklearn.naive_bayes import GaussianNB
    return GaussianNB(var_smoothing=s.number("smoothing", 1e-9))


def multinomial_nb(s):
    from sklearn.naive_bayes import MultinomialNB
    return MultinomialNB(alpha=s.number("alpha", 1))


def bernoulli_nb(s):
    from sklearn.naive_bayes import BernoulliNB
    return BernoulliNB(alpha=s.number("alpha", 1), binarize=s.number("threshold", 0))


def k_means(s):
    from sklearn.cluster import KMeans
    return KMeans(s.count("clusters", 10), n_init=s.count("restarts", 1), max_iter=s.count("iterations", 300),
                  tol=s.number("tolerance", 1e-4), algorithm=s.way or "lloyd", random_state=s.seed)


def pca(s):
    from sklearn.decomposition import PCA
    return PCA(s.count("components", 50), svd_solver=s.way or "auto", random_state=s.seed)


KINDS = {"tree": tree, "forest": forest, "extra-trees": extra_trees, "boosting": boosting, "logistic": logistic,
         "svm": svm, "rff-svm": rff_svm, "knn": knn, "linear": linear, "ridge": ridge, "lasso": lasso,
         "gaussian-nb": gaussian_nb, "multinomial-nb": multinomial_nb, "bernoulli-nb": bernoulli_nb,
         "k-means": k_means, "pca": pca}

# Those that would turn f32 into f64 inside their fit.
DOUBLE = ("logistic", "svm", "boosting", "linear", "ridge", "lasso")


# --- the others -----------------------------------------------------------------------------------


def xgboost(s):
    """way "own": its own shape of trees, depth 6; else the leaves that wattle and LightGBM grow."""
    from xgboost import XGBClassifier, XGBRegressor
    shape = {"max_depth": 6} if s.way == "own" else {"max_depth": s.count("depth", 0) or 0, "grow_policy": "lossguide",
                                                     "max_leaves": s.count("leaves", 31)}
    return (XGBClassifier if s.classes else XGBRegressor)(
        n_estimators=s.count("rounds", 100), learning_rate=s.number("rate", 0.1), tree_method="hist", max_bin=255,
        n_jobs=s.threads, random_state=s.seed, **shape)


def made(job, classes):
    s = Settings(job, classes)
    if job["who"] == "xgboost":
        return xgboost(s)
    if job["who"] == "liblinear":
        import liblinear
        return liblinear.Liblinear(job["model"] + ("-primal" if s.way == "primal" else ""), s.number("c", 1),
                                   s.number("tolerance", 0.1))
    return KINDS[job["model"]](s)


def version(job):
    if job["who"] == "xgboost":
        import xgboost as module
        return module.__version__
    return "2.3" if job["who"] == "liblinear" else sklearn.__version__


# --- scores ---------------------------------------------------------------------------------------


def explained(model, outputs, x, test_x):
    mean = x.mean(axis=0, dtype=np.float64)
    return float((np.asarray(outputs, np.float64) ** 2).sum() / ((test_x - mean) ** 2).sum())


def score_of(job, model, predicted, rows):
    x, _, test_x, test_y, classes = rows
    if job["model"] == "pca":
        return explained(model, predicted, x, test_x)
    if job["model"] == "k-means":
        from sklearn.metrics import adjusted_rand_score
        return float(adjusted_rand_score(test_y, predicted))
    if classes:
        return float((predicted == test_y).mean())
    residual = ((test_y - np.asarray(predicted, np.float64)) ** 2).sum()
    return float(1 - residual / ((test_y - test_y.mean(dtype=np.float64)) ** 2).sum())


# --- fitting --------------------------------------------------------------------------------------


def resident(key):
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(key))


def fitted_form(job, x):
    """Whatever form makes its fit fastest; the conversion is not timed."""
    if job["who"] == "scikit-learn" and job["model"] in DOUBLE:
        return x.astype(np.float64)
    return x


def predictions(job, model, test_x):
    run, times, begin = model.transform if job["model"] == "pca" else model.predict, [], time.perf_counter()
    while True:
        one = time.perf_counter()
        predicted = run(test_x)
        times.append(time.perf_counter() - one)
        if len(times) == PREDICT_MAX or time.perf_counter() - begin > PREDICT_S:
            return predicted, times


def measure(job, rows):
    windows, predict_s = common.Windows(job["threads"]), []
    x, y, test_x, test_y, classes = rows
    x, test_x = fitted_form(job, x), fitted_form(job, test_x)
    for _ in range(job["repeats"]):
        model = made(job, classes)
        if job["who"] == "liblinear":
            model.nodes(x, y)
        windows.run(lambda: model.fit(x, y))
        predicted, times = predictions(job, model, test_x)
        predict_s += times
    return windows, predict_s, score_of(job, model, predicted, (x, y, test_x, test_y, classes))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        job = json.load(file)
    made(job, True)  # imports what it needs before memory is looked at
    start = resident("VmRSS")
    scores = []
    for held in job.get("folds") or [None]:
        rows = tables.load(job["data"], job["prepare"], held, job["rows"])
        windows, predict_s, score = measure(job, rows)
        scores.append(score)
    common.put(windows, version=version(job), predict_s=predict_s, score=scores[-1], scores=scores,
               start_rss_bytes=start)


if __name__ == "__main__":
    main()
