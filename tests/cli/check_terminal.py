"""Checks of terminals, pipes and shells: progress, colours, completions, the manual."""

import os
import shutil
import signal
import subprocess
import sys

from harness import LIMIT, Skip, check, open_terminal, run, run_command, started, wait_for_output



def read_terminal(main):
    """Some of what was written to it; nothing at its end, when the other side is closed."""
    wait_for_output(main)
    try:
        return os.read(main, 65536)
    except OSError:
        return b""


def run_on_terminal(words, folder, environment):
    """(standard output, exit status, what a terminal got as standard error)"""
    main, sub = open_terminal()
    with started(["pensel"] + words, folder, environment, stdout=subprocess.PIPE, stderr=sub) as child:
        os.close(sub)
        seen = b"".join(iter(lambda: read_terminal(main), b""))
        os.close(main)
        out = child.communicate(timeout=LIMIT)[0]
    return out, child.returncode, seen


@check("progress is shown on a terminal, and the terminal is left clean")
def progress(folder, environment):
    out, _, seen = run_on_terminal(["paint", "bird.png", "--preset", "tutorial", "--hidden", "20", "--epochs", "5", "-o",
                                    "p.png", "--show", "never"], folder, dict(environment, TERM="xterm"))
    wanted = (b"epoch", b"loss", b"PSNR", b"samples/s", b"left")
    if any(word not in seen for word in wanted) or not seen.endswith(b"\r\x1b[K"):
        return seen
    return None if b"epoch " not in out else out


@check("without a terminal nothing is said but results")
def silence(folder, environment):
    done = run(["paint", "bird.png", "--epochs", "3", "-o", "p.png"], folder, environment)
    return done.stderr.decode()


@check("every option stands in the manual")
def manual(folder, environment):
    source = os.path.join(os.path.dirname(__file__), "..", "..")
    page = subprocess.run([sys.executable, os.path.join(source, "scripts", "make-manual"), shutil.which(
        "pensel", path=environment["PATH"]), os.path.join(source, "docs", "pensel.1")], check=True,
        capture_output=True, text=True).stdout
    page = page.replace("\\-", "-")
    commands = run(["help", "--list"], folder, environment).stdout.decode().splitlines()
    missing = []
    for command in (line.split("\t")[0] for line in commands):
        if ".SS pensel " + command not in page:
            missing.append(command)
        for line in run(["help", "--list", command], folder, environment).stdout.decode().splitlines():
            if line.split("\t")[0] not in page:
                missing.append("%s %s" % (command, line.split("\t")[0]))
    return missing


def shown(folder, environment, **more):
    """What a painting writes to standard error when it shows itself."""
    return run(["paint", "same.png", "-o", "shown.png", "--epochs", "1", "--show", "always", "--progress", "never"],
               folder, dict(environment, **more)).stderr


@check("NO_COLOR gets no colours, a terminal of 256 no others, and no UTF-8 means letters")
def colours(folder, environment):
    many = shown(folder, environment, TERM="xterm-direct", COLORTERM="truecolor", LC_ALL="C.UTF-8")
    if b"\x1b[38;2;" not in many and b"\x1b[48;2;" not in many:
        return many[:200]
    some = shown(folder, environment, TERM="screen-256color", COLORTERM="", LC_ALL="C.UTF-8")
    if b"8;2;" in some or b"8;5;" not in some:
        return some[:200]
    none = shown(folder, environment, TERM="xterm-256color", NO_COLOR="1", LC_ALL="C.UTF-8")
    if b"8;5;" in none or b"8;2;" in none:
        return none[:200]
    plain = shown(folder, environment, TERM="xterm-256color", LC_ALL="C")
    return None if plain and max(plain) < 128 else plain[:200]


@check("a dumb terminal gets lines of progress, without escapes and without a picture")
def dumb(folder, environment):
    for kind, escapes in (("dumb", False), ("xterm", True)):
        _, status, text = run_on_terminal(["paint", "bird.png", "--epochs", "2", "-o", "dumb.png"], folder,
                                          dict(environment, TERM=kind))
        if status or (b"\x1b" in text) != escapes or b"epoch 2/2" not in text:
            return kind, text[:300]


@check("who closes the pipe has seen enough: no error, and the status of SIGPIPE")
def closed_pipe(folder, environment):
    for words in (["help", "paint"], ["activations"], ["help", "--list", "fit"]):
        reading, writing = os.pipe()
        os.close(reading)
        done = run(words, folder, environment, stdout=writing)
        os.close(writing)
        if done.returncode != 128 + signal.SIGPIPE or done.stderr:
            return words, done.returncode, done.stderr


COMPLETE = """
source "$1"; shift
compopt() { :; }
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pensel
printf '%s\\n' "${COMPREPLY[@]}"
"""

# What is typed, and what a shell is to offer for its last word.
TYPED = ((["pa"], ["paint"]), (["help", "scor"], ["score"]), (["render", "--mi"], ["--mix"]),
         (["fit", "--solver", "lb"], ["lbfgs"]), (["paint", "--activation", "leaky"], ["leaky-relu"]),
         (["paint", "--nesterovs-momentum", ""], ["true", "false"]), (["fit", "plan"], ["plane.csv"]))


def complete(command, script, folder, environment):
    """`command` is what runs a script with the words as arguments; it prints an offer on each line."""
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "app", "completions", script)
    if not shutil.which(command[0]):
        raise Skip("there is no %s here" % command[0])
    for typed, wanted in TYPED:
        done = run_command(command + [script, "pensel"] + typed, folder, environment)
        offered = [line.split("\t")[0] for line in done.stdout.decode().splitlines() if line]
        if sorted(offered) != sorted(wanted) or done.stderr:
            return typed, done.stdout, done.stderr
    return None


@check("bash completes commands, options, choices, activations and files")
def bash(folder, environment):
    return complete(["bash", "-c", COMPLETE, "complete"], "pensel.bash", folder, environment)


# zsh's own functions only choose by what is typed and draw; the words are the script's.
ZSH = """
offer() { local word; for word; do [[ $word == ${words[CURRENT]}* ]] && print -r -- $word; done }
compadd() { offer ${(P)2} }
_describe() { offer ${${(P)2}%%:*} }
_files() { offer *(N) }
script=$1; shift
words=("$@"); CURRENT=$#
source $script
true
"""


@check("zsh completes the same")
def zsh(folder, environment):
    return complete(["zsh", "-f", "-c", ZSH, "complete"], "_pensel", folder, environment)


FISH = """
source $argv[1]
complete -C (string join ' ' -- $argv[2..-1])
"""


@check("fish completes the same")
def fish(folder, environment):
    home = {**environment, "HOME": folder, "XDG_CONFIG_HOME": folder, "XDG_DATA_HOME": folder}
    return complete(["fish", "--no-config", "-c", FISH], "pensel.fish", folder, home)
