"""Kills the program with SIGKILL while it trains and writes checkpoints, resumes, kills again... until 200
processes have died. A checkpoint must never be broken nor older than the one before it; every training that finishes
must give the same model, byte for byte, as one that was never killed; and no file may be left behind. A process is
stopped briefly before it is killed, to see whether it is writing.

    test_kill.py PENSEL DATA [KILLS]
"""
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

pensel, data = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
kills = int(sys.argv[3]) if len(sys.argv) > 3 else 200
random.seed(1)

ways = {
    "fit, adam": ["fit", data / "digits.csv", "--target", "digit", "--as", "classification", "--epochs", "40",
                  "--hidden", "300,300", "--tol", "0", "--n-iter-no-change", "1000"],
    "fit, sgd": ["fit", data / "breast_cancer.csv", "--target", "diagnosis", "--as", "classification",
                 "--scale", "standard", "--solver", "sgd", "--learning-rate", "invscaling", "--epochs", "150",
                 "--hidden", "300,300", "--precision", "float64", "--early-stopping", "--tol", "0",
                 "--n-iter-no-change", "1000"],
    "fit, lbfgs": ["fit", data / "digits.csv", "--target", "digit", "--as", "classification", "--solver",
                   "lbfgs", "--epochs", "60", "--hidden", "60", "--tol", "0"],
    "paint": ["paint", data.parent.parent / "examples/bird.png", "-o", "painting.png", "--encoding", "hashgrid",
              "--epochs", "60", "--threads", "2"],
}


def is_writing(process, folder):
    """Has the process a file of the folder open that has no name yet, or a temporary one? It is stopped
    first."""
    try:
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        files = [os.readlink(file) for file in pathlib.Path(f"/proc/{process.pid}/fd").iterdir()]
        return any(file.startswith((f"{folder}/#", f"{folder}/.")) for file in files)
    except OSError:  # it has ended, or there is no /proc
        return False


def run(way, folder, seconds=None):
    """One run into model.st; resumes when there is a checkpoint. Killed while writing (True) or not
    (False), or None when it came to its end."""
    checkpoint = folder / "checkpoint.st"
    command = [pensel, *map(str, way), "--save", str(folder / "model.st"), "--quiet", "--checkpoint",
               str(checkpoint), "--every", "0.01"]
    if checkpoint.exists():
        command += ["--resume", str(checkpoint)]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _, text = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        writing = is_writing(process, folder)
        process.kill()
        _, text = process.communicate()
        if process.returncode == -signal.SIGKILL:
            return writing
    if process.returncode != 0:
        raise SystemExit(f"not ok 1 - a resumed run failed: {text.decode().strip()}")
    return None


def steps_of(folder):
    """How far the checkpoint is, 0 without one."""
    if not (folder / "checkpoint.st").exists():
        return 0
    said = subprocess.run([pensel, "inspect", "--json", str(folder / "checkpoint.st")], check=True,
                          stdout=subprocess.PIPE)
    return json.loads(said.stdout)["steps"]


def kill_and_resume(way, folder, length, model, count):
    """[kills while it was writing, kills else, runs that came to their end]; raises ValueError."""
    done, steps = [0, 0, 0], 0
    while done[0] + done[1] < count or done[2] == 0:
        enough = done[0] + done[1] >= count
        writing = run(way, folder, None if enough else random.uniform(0, length / 2))
        if writing is not None:
            done[0 if writing else 1] += 1
            before, steps = steps, steps_of(folder)
            if steps < before:
                raise ValueError(f"the checkpoint went back from step {before} to {steps}")
            continue
        done[2] += 1
        if (folder / "model.st").read_bytes() != model:
            raise ValueError("a resumed model differs")
        left = {path.name for path in folder.iterdir()} - {"model.st", "checkpoint.st", "painting.png"}
        if left:
            raise ValueError(f"left behind: {left}")
        (folder / "checkpoint.st").unlink()
        steps = 0
    return done


print(f"1..{len(ways)}")
for number, (name, way) in enumerate(ways.items(), 1):
    with tempfile.TemporaryDirectory() as place:
        alone, killed = pathlib.Path(place, "alone"), pathlib.Path(place, "killed")
        alone.mkdir(), killed.mkdir()
        start = time.monotonic()
        run(way, alone)
        length = time.monotonic() - start
        try:
            done = kill_and_resume(way, killed, length, (alone / "model.st").read_bytes(),
                                   -(-kills // len(ways)))
        except ValueError as problem:
            raise SystemExit(f"not ok {number} - {name}: {problem}")
        print(f"ok {number} - {name}: {done[0] + done[1]} killed, {done[0]} of them inside a write; {done[2]} came "
              "to their end", flush=True)
