"""A search over settings by many processes or machines, by scikit-learn's own tools over dask.

Here two workers of this machine; with ``Client("tcp://SCHEDULER:8786")`` in place of the cluster
they are wherever ``dask worker`` runs. Each worker keeps to its share of the cores.
"""

import joblib
import matplotlib.pyplot as plt
from distributed import Client, LocalCluster
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from pensel import MLPClassifier

WIDTHS, PENALTIES = (8, 32, 128), (1e-4, 3.0)


def search():
    """The search, fitted by the workers of the client that is there."""
    x, y = load_digits(return_X_y=True)
    model = make_pipeline(MinMaxScaler(), MLPClassifier(max_iter=20, random_state=0))
    grid = {
        "mlpclassifier__hidden_layer_sizes": WIDTHS,
        "mlpclassifier__alpha": PENALTIES,
    }
    with joblib.parallel_config("dask"):
        return GridSearchCV(model, grid, cv=2).fit(x, y)


def draw(found):
    scores = found.cv_results_["mean_test_score"].reshape(len(PENALTIES), len(WIDTHS))
    spread = found.cv_results_["std_test_score"].reshape(scores.shape)
    fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
    for penalty, row, error in zip(PENALTIES, scores, spread, strict=True):
        ax.errorbar(range(len(WIDTHS)), row, error, marker="o", capsize=3, label=f"alpha {penalty:g}")
    ax.set_xticks(range(len(WIDTHS)), WIDTHS)
    ax.set_xlabel("neurons of the hidden layer")
    ax.set_ylabel("accuracy, mean of 2 folds")
    ax.legend(frameon=False)
    fig.savefig("many_machines.png", dpi=100)


if __name__ == "__main__":  # the workers are processes that import this file
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        with Client(cluster) as client:
            print(f"{len(client.scheduler_info()['workers'])} workers")
            found = search()
    print(f"best: {found.best_params_}, accuracy {found.best_score_:.3f}")
    draw(found)
