"""Kills the program with SIGKILL while it trains and writes checkpoints, resumes, kills again... until 200
have died. A checkpoint on the way is never broken, and every training that comes to its end has the same
model as one that was left alone, byte by byte.

    test_kill.py PENSEL DATA [KILLS]
"""
import pathlib
import random
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
    "paint": ["paint", data.parent.parent / "examples/bird.png", "-o", "painting.png", "--encoding", "hashgrid",
              "--epochs", "60", "--threads", "2"],
    "fit, sgd": ["fit", data / "breast_cancer.csv", "--target", "diagnosis", "--as", "classification",
                 "--scale", "standard", "--solver", "sgd", "--learning-rate", "invscaling", "--epochs", "150",
                 "--hidden", "300,300", "--precision", "float64", "--early-stopping", "--tol", "0",
                 "--n-iter-no-change", "1000"],
}


def run(way, folder, seconds=None):
    """One run into model.st; resumes when there is a checkpoint. True when it was killed."""
    checkpoint = folder / "checkpoint.st"
    command = [pensel, *map(str, way), "--save", str(folder / "model.st"), "--quiet", "--checkpoint",
               str(checkpoint), "--every", "0.01"]
    if checkpoint.exists():
        command += ["--resume", str(checkpoint)]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _, text = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return True
    if process.returncode != 0:
        raise SystemExit(f"not ok 1 - a resumed run failed: {text.decode().strip()}")
    return False


def check(folder):
    checkpoint = folder / "checkpoint.st"
    if checkpoint.exists():
        subprocess.run([pensel, "inspect", str(checkpoint)], check=True, stdout=subprocess.DEVNULL)


print(f"1..{len(ways)}")
for number, (name, way) in enumerate(ways.items(), 1):
    with tempfile.TemporaryDirectory() as place:
        alone, killed = pathlib.Path(place, "alone"), pathlib.Path(place, "killed")
        alone.mkdir(), killed.mkdir()
        start = time.monotonic()
        run(way, alone)
        length = time.monotonic() - start
        model = (alone / "model.st").read_bytes()
        dead = ends = 0
        while dead < kills / len(ways):
            if run(way, killed, random.uniform(0, length / 2)):
                dead += 1
                check(killed)
                continue
            ends += 1
            if (killed / "model.st").read_bytes() != model:
                raise SystemExit(f"not ok {number} - {name}: a resumed model differs")
            (killed / "checkpoint.st").unlink()
        while run(way, killed):
            pass
        same = (killed / "model.st").read_bytes() == model
        left = [p.name for p in killed.iterdir() if p.name not in ("model.st", "checkpoint.st", "painting.png")]
        print(f"{'ok' if same else 'not ok'} {number} - {name}: {dead} killed, {ends + 1} came to their end, "
              f"{len(left)} files left behind")
        if not same:
            sys.exit(1)
