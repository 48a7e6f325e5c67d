"""Class labels of tables: as a table writes them, and as the type that they were."""

import numpy as np

from pensel import _columns


def text_of(label):
    """A class as it is written in a table."""
    if isinstance(label, float) and label == int(label):
        return str(int(label))
    return _columns.text_of(label)


def labels_of(texts):
    """Classes of a model file, as the type that they are all written as."""
    if sorted(texts) == ["False", "True"]:
        return np.array([False, True])
    for kind in (int, float):
        try:
            labels = np.unique(np.array([kind(text) for text in texts]))
        except (ValueError, OverflowError):
            continue
        if sorted(text_of(label) for label in labels.tolist()) == sorted(texts):
            return labels
    return np.unique(np.array(texts))


def coded(y):
    """Labels, sorted; for each row its label's number from 1; the labels as texts."""
    labels, codes = np.unique(y, return_inverse=True)
    texts = [text_of(label) for label in labels.tolist()]
    return labels, np.ascontiguousarray(codes.reshape(-1) + 1, dtype=np.uint32), texts
