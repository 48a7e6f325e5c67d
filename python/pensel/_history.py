"""What a training came to, to look at: `history_`, `plot_history`, `summary`, a bar by tqdm."""

from contextlib import contextmanager

import numpy as np



@contextmanager
def progress_bar(estimator):
    """A bar of tqdm over the epochs of one `fit`, or None."""
    if not estimator.progress_bar:
        yield None
        return
    try:
        from tqdm.auto import tqdm
    except ImportError:
        raise ImportError(
            "progress_bar=True needs tqdm: pip install tqdm, or leave it False"
        ) from None
    with tqdm(total=estimator.max_iter, unit=" epochs", desc="fit") as bar:
        yield bar


def show(bar, progress):
    """One more epoch is done."""
    if bar is None:
        return
    figures = {"loss": f"{progress.loss:.4g}"}
    if progress.validation_score == progress.validation_score:
        figures["validation"] = f"{progress.validation_score:.4g}"
    bar.set_postfix(figures, refresh=False)
    bar.update()


class Summary(str):
    """A text that a notebook shows as it is printed."""

    def __repr__(self):
        return str(self)


def _row(cells, widths):
    """Texts to the left, numbers to the right."""
    return "  ".join(
        cell.rjust(width) if i == len(cells) - 1 else cell.ljust(width)
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ).rstrip()


def _table(rows):
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_row(row, widths) for row in rows]
    rule = "-" * max(map(len, lines))
    return [lines[0], rule, *lines[1:], rule]


class History:
    """The part of an estimator that shows what its training came to."""

    @property
    def history_(self):
        """What each epoch came to, as a dict of lists that `pandas.DataFrame` takes as it is:
        "epoch" from 1 (with lbfgs iterations), "loss", and where samples were held out
        "validation_loss" and "validation_score"."""
        losses = self.__dict__.get("loss_curve_", self.__dict__.get("_iteration_losses"))
        if losses is None:
            raise AttributeError(f"{type(self).__name__} has no history_ before fit")
        history = {"epoch": list(range(1, len(losses) + 1)), "loss": list(losses)}
        for name, attribute in (
            ("validation_loss", "validation_loss_curve_"),
            ("validation_score", "validation_scores_"),
        ):
            curve = self.__dict__.get(attribute)
            if curve and not np.isnan(curve).all():  # epochs of an earlier fit may have none
                history[name] = [np.nan] * (len(losses) - len(curve)) + list(curve)
        return history

    def plot_history(self, ax=None):
        """Draw the losses, and where samples were held out their score, by epochs.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None: a new figure. matplotlib is needed for this alone.

        Returns
        -------
        ax : matplotlib.axes.Axes
        """
        history = self.history_
        if ax is None:
            try:
                from matplotlib import pyplot
            except ImportError:
                raise ImportError("plot_history needs matplotlib: pip install matplotlib") from None
            ax = pyplot.subplots(layout="constrained")[1]
        epochs = history["epoch"]
        lines = ax.plot(epochs, history["loss"], label="training loss")
        if "validation_loss" in history:
            lines += ax.plot(epochs, history["validation_loss"], label="validation loss")
        curves = [values for name, values in history.items() if name.endswith("loss")]
        if all(np.nanmin(values) > 0 for values in curves):
            ax.set_yscale("log")
        ax.set_xlabel("epoch" if self.solver != "lbfgs" else "iteration")
        ax.set_ylabel("loss")
        front = ax
        if "validation_score" in history:
            front = right = ax.twinx()
            scores = history["validation_score"]
            lines += right.plot(epochs, scores, color="C2", label="validation score")
            right.set_ylabel("score")
        front.legend(handles=lines, loc="center right", frameon=False)  # no curve is in front of it
        return ax

    def summary(self):
        """Layers, shapes and numbers of parameters, and how the training ended.

        Returns
        -------
        summary : str
            A table; a notebook shows it as `print` does.
        """
        self._check_fitted()
        net = self._bound()
        rows = [("layer", "activation", "output", "parameters"), *self._layer_rows(net)]
        lines = _table(rows)
        count, size = net.parameters.size, net.parameters.nbytes
        lines.append(f"{count:,} parameters of {net.dtype.name}, {_bytes(size)}")
        epochs = "iterations" if self.solver == "lbfgs" else "epochs"
        ended = self.__dict__.get("stopped_")
        if ended is not None:
            lines.append(
                f"{self.solver}, {self.n_iter_} {epochs}, ended: {ended}; loss {self.loss_:.6g}"
            )
        return Summary("\n".join(lines))

    def _layer_rows(self, net):
        """(name, activation, width, parameters) of the inputs and of each layer."""
        inputs, layers, _, encoding = net.core.shape()
        rows = [("inputs", "", f"(n, {inputs})", "")]
        listed = net.core.list()
        if listed:
            return [*rows, ("layers", listed, f"(n, {net.outputs})", f"{net.parameters.size:,}")]
        if encoding["kind"] != "raw":
            first = net.layout[0][0]
            rows.append((encoding["kind"], "", f"(n, {first})", f"{net.encoding.size:,}"))
        for (n_in, n_out, _, _), (_, name, _) in zip(net.layout, layers, strict=True):
            name = name.replace("-", "_")
            rows.append(("dense", name, f"(n, {n_out})", f"{(n_in + 1) * n_out:,}"))
        return rows


def _bytes(size):
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            break
        size /= 1000
    else:
        unit = "GB"
    return f"{size:.3g} {unit}" if unit != "bytes" else f"{size} bytes"
