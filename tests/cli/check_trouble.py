"""Checks of what goes wrong: signals, full disks, failing calls, little memory."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys

from harness import ALL, LIMIT, Skip, check, run, run_command, sanitized, started, wait_for_output, wait_for_usage, wait_until



@check("Ctrl-C ends training cleanly: all is painted and saved")
def interrupt(folder, environment):
    with started(["pensel", "paint", "bird.png", "--preset", "tutorial", "--epochs", "1000000",
                  "--n-iter-no-change", "1000000", "-o", "i.png", "--save", "i.safetensors", "--json",
                  "--progress", "always"],
                 folder, environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        wait_for_output(child.stderr)  # it has begun
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=LIMIT)
    if child.returncode != 130 or json.loads(out)["stopped"] != "interrupted" or b"interrupted" not in err:
        return child.returncode, out, err
    return run(["render", "i.safetensors", "-q", "-o", "i2.png"], folder, environment).returncode


def status_of(child, name):
    """A line of what Linux says of a process, as words; none when it has ended."""
    try:
        with open("/proc/%d/status" % child.pid) as lines:
            return next((line.split()[1:] for line in lines if line.startswith(name + ":")), [])
    except OSError:
        return []


def is_pending(number, child):
    return int("".join(status_of(child, "ShdPnd")) or "0", 16) >> (number - 1) & 1


@check("a second Ctrl-C stops at once")
def interrupt_twice(folder, environment):
    if not os.path.exists("/proc/self/status"):
        raise Skip("how far it is shows in /proc, which is not mounted")
    with started(["pensel", "paint", "bird.png", "--preset", "tutorial", "--hidden", "3000x12", "--batch", "10000", "-o",
                  "never.png"], folder, environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        # Its weights take 432 MB; the batch that follows takes long, and the first Ctrl-C waits for its end.
        wait_until(lambda: int((status_of(child, "VmRSS") or ["0"])[0]) > 300000, child)
        child.send_signal(signal.SIGINT)
        wait_until(lambda: not is_pending(signal.SIGINT, child), child)  # two that come before it looks are one
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=LIMIT)
    if child.returncode != -signal.SIGINT or out or err or os.path.exists(os.path.join(folder, "never.png")):
        return child.returncode, out, err


@check("little memory is one clear line")
def little_memory(folder, environment):
    if sanitized(environment):
        return None

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (600 << 20, 600 << 20))
    done = run(["paint", "bird.png", "--preset", "tutorial", "--hidden", "8000x4", "-o", "m.png"], folder,
               environment, preexec_fn=limit)
    lines = done.stderr.decode().splitlines()
    if done.returncode != 1 or len(lines) != 1 or "memory" not in lines[0]:
        return done.returncode, lines


def peak(words, folder, environment):
    """The most memory that a run has had, in bytes."""
    program = shutil.which("pensel", path=environment["PATH"])
    with started([program] + words, folder, environment, stdout=subprocess.DEVNULL) as process:
        usage = wait_for_usage(process)
    if process.returncode:
        raise RuntimeError("%s ends with %d" % (words, process.returncode))
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


@check("a model is in memory once")
def memory_of_a_model(folder, environment):
    if sanitized(environment):
        raise Skip("the memory is the sanitizer's")
    # The peak of a child counts what it was before it became pensel, a copy of this interpreter: the network is larger.
    run(["fit", "plane.csv", "--target", "z", "--hidden", "3000x3", "--epochs", "1", "--save", "wide.safetensors"],
        folder, environment)
    size = os.path.getsize(os.path.join(folder, "wide.safetensors"))
    wrong = []
    for words in (["inspect", "wide.safetensors"], ["predict", "wide.safetensors", "--at", "1,1"],
                  ["score", "wide.safetensors", "plane.csv"]):
        most = peak(words, folder, environment)
        if not 0.8 * size < most < 1.4 * size + 25e6:
            wrong.append((words[0], size, most))
    return wrong


@check("a checkpoint goes on where it stopped, bit for bit")
def checkpoint(folder, environment):
    words = ["paint", "bird.png", "--preset", "tutorial", "--hidden", "30x2", "-q", "--epochs"]
    run(words + ["8", "-o", "whole.png", "--save", "whole.safetensors"], folder, environment)
    written = os.path.join(folder, "c.safetensors")
    with started(["pensel"] + words + ["8", "-o", "x.png", "--checkpoint", written, "--every", "0"], folder,
                 environment) as child:
        wait_until(lambda: os.path.exists(written), child)  # and is killed
    done = run(words + ["8", "-o", "resumed.png", "--resume", "c.safetensors"], folder, environment)
    if done.returncode:
        return done.stderr.decode()
    first, second = (open(os.path.join(folder, n), "rb").read() for n in ("whole.png", "resumed.png"))
    for name in os.listdir(folder):
        if name.startswith(".c.safetensors"):  # what the killed run was writing
            os.remove(os.path.join(folder, name))
    return None if first == second else "they differ"


@check("a full disk: one clear line, and the old file whole")
def full_disk(folder, environment):
    small = os.path.join(folder, "disk")
    os.makedirs(small, exist_ok=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "none", small],
                      capture_output=True).returncode:
        return None  # only root can make a small disk
    try:
        with open(os.path.join(small, "p.png"), "w") as file:
            file.write("old")
        done = run(["paint", "bird.png", "-o", "disk/p.png", "--epochs", "2"], folder, environment)
        kept = open(os.path.join(small, "p.png"), "rb").read(), os.listdir(small)
    finally:
        subprocess.run(["umount", small])
    lines = done.stderr.decode().splitlines()
    if done.returncode == 0 and kept[0] != b"old":
        return None  # the painting fitted
    if done.returncode != 1 or len(lines) != 1 or kept != (b"old", ["p.png"]):
        return done.returncode, lines, kept


@check("a checkpoint that can no longer be written ends training, and what was learned is saved")
def vanished_checkpoint(folder, environment):
    inside = os.path.join(folder, "vanishing")
    endless = ["--tol", "0", "--n-iter-no-change", "10000000"]
    for words in (["fit", "plane.csv", "--target", "z"] + endless, ["paint", "bird.png", "-o", "v.png"],
                  ["paint", "bird.png", "-o", "v.png", "--encoding", "raw"] + endless):
        shutil.rmtree(inside, ignore_errors=True)
        os.mkdir(inside)
        shutil.rmtree(inside + "-gone", ignore_errors=True)
        with started(["pensel"] + words + ["--epochs", "10000000", "--save", "v.safetensors", "--checkpoint",
                                           "vanishing/c.safetensors", "--every", "0"],
                     folder, environment, stderr=subprocess.PIPE) as child:
            wait_until(lambda: os.path.exists(os.path.join(inside, "c.safetensors")), child)
            os.rename(inside, inside + "-gone")
            lines = child.communicate(timeout=LIMIT)[1].decode().splitlines()
        said = run(["inspect", "v.safetensors", "--json"], folder, environment)
        if child.returncode != 1 or len(lines) != 1 or "learned is in v.safetensors" not in lines[0]:
            return child.returncode, lines
        if said.returncode or json.loads(said.stdout)["steps"] < 1:
            return said.stdout, said.stderr
        os.remove(os.path.join(folder, "v.safetensors"))


def holds(process, folder):
    """Has the process a file open in the folder, perhaps a nameless one?"""
    try:
        files = "/proc/%d/fd" % process
        return any(os.readlink(os.path.join(files, n)).startswith(folder + "/") for n in os.listdir(files))
    except OSError:
        return False


@check("a rendering that is ended by a signal leaves no file behind")
def ended_rendering(folder, environment):
    inside = os.path.join(folder, "ended")
    os.makedirs(inside, exist_ok=True)
    run(["paint", "bird.png", "-q", "--save", "r.safetensors", "--epochs", "2"], folder, environment)
    for name in ("r.png", "r.tif", "r.dzi") * 3:  # as soon as its file is there, where it is hardest
        with started(["pensel", "render", "r.safetensors", "-q", "-o", "ended/" + name, "--size", "20000x20000"],
                     folder, environment) as child:
            wait_until(lambda: os.listdir(inside) or holds(child.pid, inside), child, pause=0)
            child.terminate()
            child.wait(timeout=LIMIT)
        if child.returncode != -signal.SIGTERM or os.listdir(inside):
            return name, child.returncode, os.listdir(inside)


PRINTERS = ["--version", "--help", "help", "help paint", "help --list", "help --list paint", "paint --help",
            "paint bird.png -o f.png --epochs 2", "paint bird.png -o f.png --epochs 2 --json",
            "render w.safetensors -o f.png", "render w.safetensors -o f.png --json",
            "fit plane.csv --target z --save f.safetensors", "fit plane.csv --target z --save f.safetensors --json",
            "predict t.safetensors plane.csv", "predict t.safetensors plane.csv --json",
            "predict t.safetensors --at 1,2", "predict t.safetensors --at 1,2 --json",
            "score t.safetensors plane.csv --target z", "score t.safetensors plane.csv --target z --json",
            "neuron --weights 1,2 --bias 0 3 4", "neuron --weights 1,2 --bias 0 3 4 --json",
            "activations", "activations --json", "inspect w.safetensors", "inspect t.safetensors --json"]


@check("whatever prints says when it cannot")
def printers(folder, environment):
    run(["paint", "bird.png", "-q", "--save", "w.safetensors", "--epochs", "2"], folder, environment)
    run(["fit", "plane.csv", "--target", "z", "--save", "t.safetensors", "-q"], folder, environment)
    wrong = []
    for words in PRINTERS:
        for where in (">/dev/full", ">&-"):
            done = run_command(["sh", "-c", "pensel %s %s" % (words, where)], folder, environment)
            lines = done.stderr.decode().splitlines()
            if done.returncode != 1 or len(lines) != 1 or "standard output" not in lines[0]:
                wrong.append((words, where, done.returncode, lines))
    return wrong


WRITERS = {
    "painting": (["paint", "bird.png", "--epochs", "2", "-q", "-o"], "png"),
    "jpeg": (["render", "w.safetensors", "-q", "-o"], "jpg"),
    "tiff": (["render", "w.safetensors", "-q", "-o"], "tif"),
    "model": (["paint", "bird.png", "--epochs", "2", "-q", "-o", "other.png", "--save"], "safetensors"),
    "comparison": (["paint", "bird.png", "--epochs", "2", "-q", "-o", "other.png", "--compare"], "png"),
    "film": (["paint", "bird.png", "--epochs", "2", "-q", "-o", "other.png", "--timelapse"], "gif"),
    "history": (["paint", "bird.png", "--epochs", "2", "-q", "-o", "other.png", "--history"], "csv"),
    "predictions": (["predict", "t.safetensors", "plane.csv", "-o"], "npy"),
    "table": (["predict", "t.safetensors", "plane.csv", "-o"], "csv"),
    "figure": (["activations", "-q", "-o"], "svg"),
    "drawing": (["paint", "bird.png", "--colours", "3", "--epochs", "2", "-q", "-o", "other.png",
                 "--contours"], "svg"),
}


def faulty(fault, folder, environment):
    """The writers that do not fail as they should, each writing into a folder of its own."""
    run(["paint", "bird.png", "-q", "--save", "w.safetensors", "--epochs", "2"], folder, environment)
    run(["fit", "plane.csv", "--target", "z", "--save", "t.safetensors", "-q"], folder, environment)
    wrong = []
    for name, (words, ending) in WRITERS.items():
        inside = os.path.join(folder, "fault")
        shutil.rmtree(inside, ignore_errors=True)
        os.mkdir(inside)
        path = os.path.join(inside, "out." + ending)
        open(path, "w").write("old")
        done = run(words + [path], folder, dict(environment, FAULT=fault, FAULT_FOLDER=inside,
                                                LD_PRELOAD=environment["FAULT_LIBRARY"]))
        lines, new = done.stderr.decode().splitlines(), open(path, "rb").read()
        harmless = fault in ("short", "interrupted")
        whole = done.returncode == 0 and new != b"old" and not lines
        kept = done.returncode == 1 and new == b"old" and len(lines) == 1
        # what is written in one go never comes to a second write
        good = whole if harmless else kept or (whole and fault.startswith("write 2"))
        if not good or os.listdir(inside) != ["out." + ending]:
            wrong.append((name, done.returncode, lines, new[:20], os.listdir(inside)))
    return wrong


def add_faults():
    for fault, what in (("fsync 1 5", "a failing fsync"), ("rename 1 13", "a failing rename"),
                        ("write 1 28", "a disk that is full at once"), ("write 2 28", "a full disk"),
                        ("short", "short writes"), ("interrupted", "interrupted writes")):
        def tested(folder, environment, fault=fault):
            if not os.path.exists("/proc/self/fd"):
                raise Skip("the faults find their files by /proc, which is not mounted")
            if "FAULT_LIBRARY" not in environment or sanitized(environment):
                return None
            return faulty(fault, folder, environment)
        ALL.append(("every kind of file survives %s" % what, tested))


add_faults()
