"""scripts/setup, and apt-get by a stand-in: which packages a command needs, what is shown meanwhile,
and what failures look like. Of the system it finds only the tools that are named here.

    test_setup.py ROOT
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

root = pathlib.Path(sys.argv[1]).resolve()
TOOLS = "sh env cat tail mktemp rm awk mawk gawk".split()
APT = """#!/bin/sh
case "$*" in
*--assume-no*)
    echo "0 upgraded, 12 newly installed, 0 to remove and 3 not upgraded."
    echo "Need to get 3,456 kB/7,890 kB of archives."
    echo "After this operation, 12.3 MB of additional disk space will be used."
    exit 1 ;;
*update*) exit 0 ;;
esac
echo "$*" >>"$WANTED"
echo "Reading package lists..."
echo "dlstatus:1:3.5:Retrieving file 1 of 2"
echo "dlstatus:2:60.25:Retrieving file 2 of 2"
[ -z "${BROKEN:-}" ] || { echo "E: the disk is full"; exit 100; }
echo "pmstatus:dpkg-exec:0:Running dpkg"
echo "pmstatus:doxygen:50.0:Unpacking doxygen (amd64)"
echo "pmstatus:doxygen:100.0:Installed doxygen (amd64)"
"""
failed = 0
count = 0


def check(name, good, *shown):
    global failed, count
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {name}")
    for text in shown if not good else ():
        for line in str(text).splitlines():
            print("#", line)


def run(folder, *arguments, apt=APT, user="0", **environment):
    """(status, standard output, standard error, packages that were asked for)"""
    tools = folder / "bin"
    shutil.rmtree(tools, ignore_errors=True)
    tools.mkdir()
    for tool in TOOLS:
        if shutil.which(tool):
            (tools / tool).symlink_to(shutil.which(tool))
    scripts = {"apt-get": apt, "id": f"#!/bin/sh\necho {user}\n"}
    for name, text in scripts.items():
        if text:
            (tools / name).write_text(text)
            (tools / name).chmod(0o755)
    wanted = folder / "wanted"
    wanted.unlink(missing_ok=True)
    done = subprocess.run(
        [shutil.which("sh"), root / "scripts/setup", *arguments],
        env={"PATH": str(tools), "WANTED": str(wanted), "TMPDIR": str(folder)} | environment,
        capture_output=True,
        text=True,
    )
    asked = wanted.read_text().split() if wanted.exists() else []
    return done.returncode, done.stdout, done.stderr, [word for word in asked if word[0] != "-"]


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    status, out, err, docs = run(folder, "docs")
    expected = [
        "pensel needs these packages: doxygen",
        "+ apt-get update",
        "12 packages with all that they need themselves: 3,456 kB to fetch, 12.3 MB on the disk",
        "+ apt-get install",
        "  fetching: 3 %",
        "  fetching: 60 %",
        "  installing: 0 %",
        "  installing: 50 %",
        "  installing: 100 %",
        "All packages are there.",
    ]
    check("it says what is fetched and how far it is", (status, err) == (0, "") and out.splitlines() == expected, out, err)
    check("documents need doxygen alone", docs == ["APT::Status-Fd=1", "Dpkg::Use-Pty=0", "install", "doxygen"], docs)

    status, out, err, build = run(folder)
    _, _, _, test = run(folder, "test")
    extras = {"libcmocka-dev", "g++", "gnuplot-nox"}
    check("make needs no tests, no C++ and no gnuplot", "gcc" in build and not extras & set(build), build)
    _, _, _, library = run(folder, "library")
    _, _, _, small = run(folder, "small")
    pictures = {"libvips-dev", "libglib2.0-dev", "libchafa-dev", "zlib1g-dev", "libzstd-dev"}
    check("make library needs compilers alone", set(library) == set(build) - pictures, library)
    check("make small needs four libraries besides",
          set(small) - set(library) == {"libspng-dev", "libjpeg62-turbo-dev", "zlib1g-dev", "libzstd-dev"} and set(library) <= set(small), small)
    check("make says what needs less", "make library" in out and "make small" in out, out)
    check("make test needs these besides", set(test) == set(build) | extras, test)

    status, out, err, _ = run(folder, "docs", BROKEN="1")
    check("a failure shows what apt-get said, and its status is 1", status == 1 and "E: the disk is full" in err and "apt-get install" in err, out, err)
    check("the log is gone", not list(folder.glob("tmp.*")), list(folder.iterdir()))

    status, out, err, _ = run(folder, "docs", apt="")
    check("without apt-get it says what to do", status == 1 and "install them by this system's own means" in err, err)
    status, out, err, _ = run(folder, "docs", user="1000")
    check("without root and sudo it says the command", status == 1 and "as root, run: apt-get install doxygen" in err, err)

print(f"1..{count}")
sys.exit(failed > 0)
