"""Writes expected_estimator.h: what scikit-learn's estimators and metrics say about the tables here."""
import pathlib
import warnings

import numpy as np
from sklearn import datasets, metrics
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import MinMaxScaler, StandardScaler

warnings.filterwarnings("ignore")
here = pathlib.Path(__file__).parent
lines = ["/* Written by make_expected.py: scikit-learn's numbers. */"]


def array(name, values):
    numbers = ", ".join(f"{v!r}" for v in np.asarray(values, dtype=float).ravel().tolist())
    lines.append(f"static const double {name}[] = {{{numbers}}};")


def classify(name, x, y, weights=None, **options):
    model = MLPClassifier(hidden_layer_sizes=(20,), max_iter=40, random_state=3, **options)
    model.fit(x, y, sample_weight=weights)
    p = model.predict_proba(x)
    said = model.predict(x)
    array(f"{name}_probabilities", p[:3])
    array(f"{name}_scores", [metrics.accuracy_score(y, said, sample_weight=weights),
                             metrics.log_loss(y, p, sample_weight=weights) if y.ndim == 1 else 0])
    if y.ndim == 1:
        array(f"{name}_confusion", metrics.confusion_matrix(y, said))


def regress(name, x, y, weights=None, back=None, **options):
    model = MLPRegressor(hidden_layer_sizes=(20,), max_iter=40, random_state=3, **options)
    model.fit(x, back.transform(y) if back else y, sample_weight=weights)
    said = model.predict(x).reshape(len(x), -1)
    said = back.inverse_transform(said) if back else said
    truth = y.reshape(len(x), -1)
    array(f"{name}_predictions", said[:3])
    array(f"{name}_scores", [metrics.mean_squared_error(truth, said, sample_weight=weights),
                             metrics.mean_absolute_error(truth, said, sample_weight=weights),
                             metrics.r2_score(truth, said, sample_weight=weights)])


iris, cancer = datasets.load_iris(), datasets.load_breast_cancer()
diabetes = datasets.load_diabetes(scaled=False)
weights = 0.5 + np.arange(150) % 3
classify("iris", StandardScaler().fit_transform(iris.data), iris.target, learning_rate_init=0.01)
classify("weighted", MinMaxScaler().fit_transform(iris.data), iris.target, weights,
         learning_rate_init=0.01)
counts = np.bincount(iris.target[:120])
classify("balanced", StandardScaler().fit_transform(iris.data[:120]), iris.target[:120],
         (120 / (3 * counts))[iris.target[:120]], learning_rate_init=0.01)
# its names sort the other way round: benign 0, malignant 1
classify("cancer", StandardScaler().fit_transform(cancer.data), 1 - cancer.target,
         early_stopping=True)
labels = np.stack([iris.target > 0, iris.target == 1, iris.data[:, 0] > 5.8], axis=1).astype(int)
classify("labels", StandardScaler().fit_transform(iris.data), labels, learning_rate_init=0.01)
target = diabetes.target.reshape(-1, 1)
regress("diabetes", StandardScaler().fit_transform(diabetes.data), target,
        back=StandardScaler().fit(target), learning_rate_init=0.01)
regress("minmax", MinMaxScaler().fit_transform(diabetes.data), target,
        back=MinMaxScaler().fit(target), solver="sgd", learning_rate="adaptive",
        learning_rate_init=0.05)
regress("outputs", iris.data[:, :2], iris.data[:, 2:], weights, learning_rate_init=0.01)
regress("poisson", StandardScaler().fit_transform(iris.data[:, :3]), np.round(iris.data[:, 3] * 3),
        loss="poisson", learning_rate_init=0.01)
(here / "expected_estimator.h").write_text("\n".join(lines) + "\n")
