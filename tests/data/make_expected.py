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
classify("class_weighted", StandardScaler().fit_transform(iris.data), iris.target,
         weights * np.array([1, 0.5, 3])[iris.target], learning_rate_init=0.01)
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


def validate(name, model, taught, asked, limit):
    """Epochs one by one, each scored on the rows asked; until `limit` running are no better."""
    best, no_better, scores = -np.inf, 0, []
    while no_better <= limit:
        model.partial_fit(*taught, **({"classes": np.unique(taught[1])} if not scores and
                                      isinstance(model, MLPClassifier) else {}))
        scores.append(model.score(*asked))
        no_better = no_better + 1 if scores[-1] < best + 1e-4 else 0
        if scores[-1] > best:
            best = scores[-1]
            ask = model.predict_proba if hasattr(model, "predict_proba") else model.predict
            said = ask(asked[0][:3])
    array(f"{name}_scores", scores)
    array(f"{name}_best", said)


# own validation rows: the odd ones
scaler, half = StandardScaler().fit(iris.data[::2]), slice(1, None, 2)
options = dict(hidden_layer_sizes=(20,), random_state=3, shuffle=False, learning_rate_init=0.01)
validate("validated_classes", MLPClassifier(**options),
         (scaler.transform(iris.data[::2]), iris.target[::2]),
         (scaler.transform(iris.data[half]), iris.target[half]), 10)
validate("validated_numbers", MLPRegressor(**options), (iris.data[::2, :3], iris.data[::2, 3]),
         (iris.data[half, :3], iris.data[half, 3]), 3)
# a warm start: another number of epochs and another rate, from the network as it is
warm = MLPRegressor(hidden_layer_sizes=(20,), max_iter=15, random_state=3, warm_start=True,
                    learning_rate_init=0.01).fit(iris.data[:, :3], iris.data[:, 3])
warm.set_params(max_iter=25, learning_rate_init=0.002).fit(iris.data[:, :3], iris.data[:, 3])
array("warm_predictions", warm.predict(iris.data[:3, :3]))
array("warm_losses", warm.loss_curve_[15:])
(here / "expected_estimator.h").write_text("\n".join(lines) + "\n")
