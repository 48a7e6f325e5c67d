"""Writes expected_scores.h: what scikit-learn's metrics and scalers say about a few numbers.

Run: python3 tests/oracle_make.py (needs scikit-learn)
"""
import pathlib

import numpy
import sklearn
from sklearn import metrics, preprocessing, utils

random = numpy.random.RandomState(12)
N = 23
lines = [f"/* Written by oracle_make.py: scikit-learn {sklearn.__version__}, NumPy {numpy.__version__}. */"]


def array(name, values):
    numbers = ", ".join(f"{v!r}" for v in numpy.asarray(values, dtype=float).ravel().tolist())
    lines.append(f"static const double {name}[] = {{{numbers}}};")


# regression: three columns, the last of which is constant and predicted wrongly
truth = random.normal(size=(N, 3)) * [1, 20, 0] + [3, -5, 7]
said = truth + random.normal(size=(N, 3)) * [0.3, 9, 0.1]
weights = random.randint(1, 5, N) / 2
array("score_weights", weights)
array("numbers_truth", truth)
array("numbers_said", said)
for name, w in {"numbers": None, "numbers_weighted": weights}.items():
    array(f"{name}_scores", [metrics.mean_squared_error(truth, said, sample_weight=w),
                             metrics.mean_absolute_error(truth, said, sample_weight=w),
                             metrics.r2_score(truth, said, sample_weight=w)])

# classes: logits of four, and of two (one logistic output)
codes = numpy.array([-3, 2, 5, 40])
logits = random.normal(size=(N, 4)) * 2
p = numpy.exp(logits) / numpy.exp(logits).sum(axis=1, keepdims=True)
classes = codes[random.randint(0, 4, N)]
logits[0], classes[0] = [-900, 0, 0, 0], -3  # a certainty that is wrong
p[0] = [0, 1 / 3, 1 / 3, 1 / 3]
array("classes_logits", logits)
array("classes_truth", classes)
for name, w in {"classes": None, "classes_weighted": weights}.items():
    array(f"{name}_scores", [metrics.accuracy_score(classes, codes[p.argmax(axis=1)], sample_weight=w),
                             metrics.log_loss(classes, p, sample_weight=w)])
array("classes_confusion", metrics.confusion_matrix(classes, codes[p.argmax(axis=1)]))
array("classes_balance", utils.class_weight.compute_class_weight("balanced", classes=codes, y=classes))

logit = random.normal(size=N) * 2
half = 1 / (1 + numpy.exp(-logit))
binary = (random.uniform(size=N) < half).astype(int)
array("binary_logits", logit)
array("binary_truth", binary)
for name, w in {"binary": None, "binary_weighted": weights}.items():
    array(f"{name}_scores", [metrics.accuracy_score(binary, half > 0.5, sample_weight=w),
                             metrics.log_loss(binary, half, sample_weight=w)])

# labels: each by itself
many = random.normal(size=(N, 3))
each = 1 / (1 + numpy.exp(-many))
labels = (random.uniform(size=(N, 3)) < 0.5).astype(int)
array("labels_logits", many)
array("labels_truth", labels)
for name, w in {"labels": None, "labels_weighted": weights}.items():
    array(f"{name}_scores", [metrics.accuracy_score(labels, each > 0.5, sample_weight=w),
                             numpy.mean([metrics.log_loss(labels[:, j], each[:, j], sample_weight=w)
                                         for j in range(3)])])

# scaling: an ordinary column, a constant one, a large one, one far from 0
table = random.normal(size=(N, 4)) * [2, 0, 1e8, 1] + [-1, 4.25, 0, 1e4]
array("table", table)
standard = preprocessing.StandardScaler().fit(table)
array("standard_offset", standard.mean_)
array("standard_scale", standard.scale_)
minmax = preprocessing.MinMaxScaler().fit(table)
array("minmax_offset", minmax.data_min_)
array("minmax_scale", 1 / minmax.scale_)

(pathlib.Path(__file__).parent / "expected_scores.h").write_text("\n".join(lines) + "\n")
