"""A table that does not fit into memory: pensel learns from it chunk by chunk, as polars reads it.

Each chunk is seen once, by ``partial_fit``. The first is kept back, and measures the model while the
stream goes by; the second says how the columns are scaled.
"""

import matplotlib.pyplot as plt
import numpy as np
import polars as pl

from pensel import MLPRegressor

ROWS, CHUNK = 200_000, 5_000


def write(path):
    """A table as a machine may write it for weeks."""
    rng = np.random.RandomState(0)
    speed, load = rng.uniform(0, 100, ROWS), rng.uniform(0, 10, ROWS)
    power = 0.02 * speed**1.5 + load * np.sin(speed / 12) + rng.normal(0, 0.5, ROWS)
    pl.DataFrame({"speed": speed, "load": load, "power": power}).write_csv(path)


def chunks(path):
    """Frames of CHUNK rows, of which one is in memory at a time."""
    return pl.scan_csv(path).collect_batches(chunk_size=CHUNK, maintain_order=True)


def learn(path):
    """The model, and its R2 for rows it has not seen after each chunk."""
    model = MLPRegressor(hidden_layer_sizes=(64, 64), random_state=0, scale_inputs="standard", scale_targets="standard")
    held, scores = None, []
    for chunk in chunks(path):
        x, y = chunk.select("speed", "load"), chunk["power"].to_numpy()
        if held is None:  # the first chunk measures; all others teach
            held = x, y
            continue
        model.partial_fit(x, y)
        scores.append(model.score(*held))
    return model, scores


if __name__ == "__main__":
    write("power.csv")
    model, scores = learn("power.csv")
    print(f"{model.t_:,} rows in {len(scores)} chunks, R2 {scores[-1]:.3f}")
    plt.figure(figsize=(6, 4), layout="constrained")
    plt.plot(CHUNK / 1000 * np.arange(1, len(scores) + 1), scores)
    plt.xlabel("thousand rows seen")
    plt.ylabel("R2 of rows kept back")
    plt.savefig("stream.png", dpi=100)
