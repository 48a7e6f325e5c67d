"""Writes the tables of this folder from scikit-learn's own data (BSD licence, beside this file)."""
import csv
import pathlib

from sklearn import datasets

here = pathlib.Path(__file__).parent


def write(name, columns, target_name, x, target):
    with open(here / name, "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(list(columns) + [target_name])
        for row, y in zip(x, target):
            out.writerow([f"{v:.17g}" if v != round(v, 12) else f"{v:.15g}" for v in row] + [y])


iris = datasets.load_iris()
write("iris.csv", [n.replace(" (cm)", "") for n in iris.feature_names], "species", iris.data,
      iris.target_names[iris.target])
cancer = datasets.load_breast_cancer()
write("breast_cancer.csv", cancer.feature_names, "diagnosis", cancer.data,
      cancer.target_names[cancer.target])
digits = datasets.load_digits()
write("digits.csv", digits.feature_names, "digit", digits.data, digits.target)
diabetes = datasets.load_diabetes(scaled=False)
write("diabetes.csv", diabetes.feature_names, "progression", diabetes.data,
      [f"{v:.15g}" for v in diabetes.target])
