#!/usr/bin/env python3
"""Quality against time of pensel's painting, and of the same method in JAX: writes the table in docs/painting.md.

    bench/paint.py BUILD [--peer PYTHON] [--write docs/painting.md] PICTURE...

PYTHON is an interpreter with jax, numpy and pillow for bench/paint_peer.py; without it the peer's columns stay
empty. With --write the table is put between the two marks in the document. Every figure is the median of three
runs; `seconds` is the training time alone, as the program reports it.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile

here = pathlib.Path(__file__).resolve().parent
arguments = argparse.ArgumentParser()
arguments.add_argument("build")
arguments.add_argument("--peer")
arguments.add_argument("--write")
arguments.add_argument("pictures", nargs="+")
a = arguments.parse_args()
pensel = pathlib.Path(a.build).resolve() / "pensel"


def paint(picture, *options, runs=3):
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(runs):
            done = subprocess.run([pensel, "paint", picture, "--json", "--quiet", "-o", f"{folder}/painting.png", *options],
                                  check=True, capture_output=True, text=True)
            results.append(json.loads(done.stdout))
    results[0]["seconds"] = statistics.median(r["seconds"] for r in results)
    return results[0]


def peer(picture):
    if not a.peer:
        return {}
    done = subprocess.run([a.peer, here / "paint_peer.py", picture], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["reached"]


def seconds(value):
    return "" if value is None else f"{value:.4f}" if value < 0.01 else f"{value:.3f}" if value < 1 else f"{value:.2f}"


lines = ["| picture | size | 44 dB after | every pixel exact after | numbers / picture's | JAX: 44 dB, 60 dB after | compact: PSNR, seconds, numbers |",
         "|---|---|---|---|---|---|---|"]
for picture in a.pictures:
    goal, exact = paint(picture, "--psnr", "44"), paint(picture)
    large = exact["width"] * exact["height"] > 4e6 # minutes of hash grid, and of JAX
    compact = None if large else paint(picture, "--encoding", "hashgrid", runs=1)
    other = {} if large else peer(picture)
    count = exact["width"] * exact["height"] * exact["channels"]
    end = f"{seconds(exact['seconds'])} s" if exact["exact"] else f"{exact['psnr']:.1f} dB at {seconds(exact['seconds'])} s"
    times = ", ".join(f"{seconds(other[g])} s" for g in ("44", "60") if g in other)
    lines.append(f"| {pathlib.Path(picture).name} | {exact['width']} x {exact['height']} | {seconds(goal['seconds'])} s | {end} | "
                 f"{exact['parameters']:,} / {count:,} | {times} | "
                 + (f"{compact['psnr']:.1f} dB, {seconds(compact['seconds'])} s, {compact['parameters']:,} |" if compact else "|"))
    print(lines[-1], flush=True)

if a.write:
    document = pathlib.Path(a.write)
    begin, end = "<!-- figures -->", "<!-- end of figures -->"
    before, rest = document.read_text().split(begin)
    after = rest.split(end)[1]
    document.write_text(before + begin + "\n" + "\n".join(lines) + "\n" + end + after)
