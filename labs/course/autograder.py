"""Makes the zip that Gradescope takes as an autograder. Its image compiles all but the student's file."""

import argparse
import pathlib
import re
import subprocess
import zipfile

from grade_all import Stop, lab_folder, read_secret, release_of

# What grading needs. Tests, window and commands stay out.
CONTENTS = ["CMakeLists.txt", "CMakePresets.json", "LICENSE", "cmake", "engine", "sim", "labs"]
PACKAGES = "g++ cmake ninja-build pkg-config python3 libxxhash-dev nlohmann-json3-dev libcli11-dev libfmt-dev libseccomp-dev"

SETUP = f"""#!/usr/bin/env bash
# Runs once, when Gradescope makes the image.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y --no-install-recommends {PACKAGES}
compiler=g++
if (($(g++ -dumpversion | cut -d. -f1) < 12)); then # as on Ubuntu 22.04, which has GCC 12 as another package
  apt-get install -y --no-install-recommends g++-12
  compiler=g++-12
fi
cd /autograder/source
cmake --preset lab -DCMAKE_CXX_COMPILER="$compiler" -DSEDIMENT_BUILD_TESTS=OFF -DSEDIMENT_WARNINGS_AS_ERRORS=OFF # the image may have a newer compiler
cmake --build build/lab --target sediment-lab
"""

RUN = """#!/usr/bin/env bash
# Runs for each submission.
exec python3 /autograder/source/labs/course/gradescope.py {lab}
"""


def autograder(arguments: argparse.Namespace) -> str:
    """Writes the zip, and says what to do with it."""
    root = arguments.root.resolve()
    lab = lab_folder(root, arguments.lab)
    secret = read_secret(arguments.secret, root) if arguments.secret else b""
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "--", *CONTENTS], capture_output=True, check=False)
    if listed.returncode != 0 or not listed.stdout:
        raise Stop("git does not list the files of this folder: make the zip in a clone of the repository")
    release = release_of(root)
    temporary = arguments.out.with_name(arguments.out.name + ".new")
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in listed.stdout.decode().rstrip("\0").split("\0"):
            if (root / name).is_file():
                archive.write(root / name, name)
        add(archive, "setup.sh", SETUP)
        add(archive, "run_autograder", RUN.format(lab=arguments.lab))
        add(archive, "release.txt", release + "\n")
        if secret:
            add(archive, "secret", secret.decode(errors="strict") + "\n")
    temporary.rename(arguments.out)
    seeds = "each student has a seed of their own, made from the secret and the id" if secret else "all students have seed 1 (--secret changes that)"
    title = re.sub("_", " ", lab.name.split("_", 1)[1])
    return (
        f"{arguments.out}: the autograder of lab {arguments.lab} ({title}), release {release}; {seeds}.\n"
        "In Gradescope: Assignment, Configure Autograder, Zip file upload, base image Ubuntu 22.04 or later. "
        "The zip holds the reference, so do not give it to students.\n"
    )


def add(archive: zipfile.ZipFile, name: str, text: str) -> None:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = 0o100755 << 16  # programs, for all
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, text)
