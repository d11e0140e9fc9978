"""Makes what students of a closed course get: pages, starters, headers and a built grader, without solutions.

The reference's components of the chosen labs are in it as objects, because each lab needs those of the others, but not as source. What
"break it" needs of the wrong solutions comes along as programs. The rest of the engine is there as objects too, or as source.
"""

import argparse
import json
import pathlib
import re
import shlex
import shutil
import subprocess

from grade_all import Stop, release_of

PAGES = ["LICENSE", "labs/README.md", "labs/AGENTS.md", "labs/not_implemented.h"]
FILES_OF_A_HUNT = ("bugs.json", "hunt/answers.json")
HEADER = re.compile(r'(?<!include/)(?<!#include ")\bengine/\w+\.h\b')  # as the full project has it
LINK = re.compile(r"\]\(([^)#:]+\.md)(?:#[^)]*)?\)")  # to another page
CLOSED = {"teaching.md", "teaching", "kill-matrix.md", "performance.md"}  # the answers; and long lists that programs write
SYSTEM = re.compile(r"^lib(c|m|dl|rt|pthread|stdc\+\+|gcc_s)\.so|^ld-linux")  # comes with the compiler

COMMAND = r"""#!/bin/bash
# The labs: ./dev lab. Made by ./dev lab handout of the project, so there is nothing else to run here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
results=work/results
. ./grade_again.sh

help_text() {
  cat <<'TEXT'
./dev lab                            the labs, and how far you are
./dev lab N [OPTION…]                build labs/NN_name/*.cc into the engine, and grade it
./dev lab N watch [CHECK|FILE]       the steps of a check that failed, or of a scenario, with the calls into your code
./dev lab N debug CHECK              stop in gdb in your function, at the step that fails
./dev lab N starter                  print the file that you began with
./dev lab 0 [--seed N]               lab 0: your paper, to be answered before you watch; then: lock, reveal, watch
./dev lab 12 try A FILE --programs FOLDER    lab 12: what engine A answers to a scenario, beside a right one
./dev lab 12 --programs FOLDER       lab 12: which of the engines that you were given your scenarios kill
./dev lab mine [OPTION…]             try one engine with everything that you have written, and hear whose component broke what

Options of grading: --only CHECK, --seed N, --watch (grade again whenever the file is saved), --file FILE, --format F, --out FILE
--file FILE takes another file than the one in the lab's folder; watch and debug know it, too. The scenarios of "Break it" are then those in
break/ beside it or, if there is no such folder, those of the lab.
labs/README.md is the start. The exit status is 0 if all checks pass, 1 if one fails, and 2 if nothing could be graded.

  ./dev lab
  ./dev lab 5 --only L5.3 --watch
TEXT
}

run_grader() {
  local text
  mkdir -p "$results"
  text=$(<inputs.txt)
  printf '%s\n' "${text//@ROOT@/"$PWD"}" >work/inputs.txt
  [[ ! -e flags ]] || compile_engine
  LD_LIBRARY_PATH=$PWD/objects/library bin/sediment-lab --inputs work/inputs.txt "$@"
}

# Where the engine is here as source: what is new, or newer than its object. A header that has changed means all of it.
compile_engine() {
  local source object newest=''
  local todo=()
  mkdir -p work/engine
  if [[ -e work/engine/.made ]]; then # the first time there are no objects, so all is new anyway
    newest=$(find engine -name '*.h' -newer work/engine/.made)
  fi
  for source in engine/*.cc; do
    object=work/engine/$(basename "$source").o
    [[ -z $newest && $object -nt $source ]] || todo+=("$source")
  done
  ((${#todo[@]} > 0)) || return 0
  echo "lab: compiling ${#todo[@]} files of the engine; at the first time, this takes a minute or two" >&2
  # shellcheck disable=SC2016 # the inner shell's variables
  printf '%s\0' "${todo[@]}" | xargs -0 -P "$(nproc)" -I FILE bash -c \
    'g++ $(cat flags) -I. -c "$1" -o "work/engine/$(basename "$1").o"' bash FILE
  touch work/engine/.made
}

# As a story: the visualizer has the sources of the engine in it, so it is not here.
watch() {
  local number=$1 argument
  local arguments=()
  shift
  for argument in "$@"; do
    [[ $argument == --text ]] || arguments+=("$argument")
  done
  run_grader watch "$number" "${arguments[@]}" --text
}

main() {
  local argument again='' number
  local arguments=()
  [[ ${1:-} == lab ]] || { help_text && exit 2; }
  shift
  for argument in "$@"; do
    case "$argument" in
      -h | --help)
        help_text
        exit 0
        ;;
      --watch) again=yes ;;
      *) arguments+=("$argument") ;;
    esac
  done
  set -- "${arguments[@]}"
  case "${1:-list}" in
    list | mine) run_grader "${@:-list}" ;;
    *)
      [[ $1 =~ ^[0-9]{1,2}$ ]] || { echo "lab: there is no lab '$1'; ./dev lab lists them" >&2 && exit 2; }
      number=$((10#$1))
      shift
      if ((number == 0)) && [[ ${1:---seed} == --seed* ]]; then
        set -- paper "$@" # lab 0 begins with a paper, where others have a file to grade
      fi
      case "${1:-}" in
        watch) watch "$number" "${@:2}" ;;
        paper | lock | try) run_grader own "$number" "$@" ;;
        reveal) run_grader grade "$number" "${@:2}" ;;
        debug | starter) run_grader "$1" "$number" "${@:2}" ;;
        *) if [[ -n $again ]]; then grade_again "$number" "$@"; else run_grader grade "$number" "$@"; fi ;;
      esac
      ;;
  esac
}

main "$@"
"""

# The simulator needs the libraries that came along.
SIMULATOR = r"""#!/bin/bash
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
LD_LIBRARY_PATH=$here/objects/library exec "$here/objects/sediment-sim" "$@"
"""

README = """# The labs

Begin with [labs/README.md](labs/README.md). Edit only the one `.cc` file in a lab's folder; `./dev lab` grades it.

You need g++{debian}, made for {system} or newer, and nothing else; `./dev lab N debug` needs gdb, too. {engine}
"""
AS_OBJECTS = "The engine around your component is in `objects/`, its headers are in `include/`."
ABOUT_DOCS = "> This page is about the full project. Some of what it names is not in this handout.\n\n"
AS_SOURCE = """The engine around your component is in `engine/`, without the components that the labs are about: those are in `objects/`.
It is compiled at the first `./dev lab`, and what you change in it is compiled again. Your instructor's copy is another one."""


def handout(arguments: argparse.Namespace) -> str:
    """Fills a new folder, and says what is in it."""
    out = arguments.out.absolute()
    if out.exists() and any(out.iterdir()):
        raise Stop(f"{out} is not empty")
    root = arguments.root.resolve()
    folders = lab_folders(root, arguments.labs)
    inputs = read_inputs(arguments.inputs)
    out.mkdir(parents=True, exist_ok=True)
    for name in PAGES:
        copy_text(root / name, out / name)
    for folder in folders:
        copy_lab(folder, out / "labs" / folder.name, arguments)
    for page in linked_pages(root, [root / "labs/README.md", *(folder / "README.md" for folder in folders)]):
        copy_text(page, out / page.relative_to(root), ABOUT_DOCS)
    copy_program(arguments.program, out, "bin")
    copy_program(arguments.program.with_name("sediment-sim"), out, "objects")
    write_program(out / "bin/sediment-sim", SIMULATOR)
    shutil.copytree(inputs["headers"][0], out / "include")
    lines = copy_objects(inputs, folders, out, arguments.engine == "source")
    if arguments.engine == "source":
        copy_sources(root, folders, out)
        (out / "flags").write_text(flags_of_engine(arguments.inputs, root) + "\n")
    (out / "inputs.txt").write_text("\n".join(lines) + "\n")
    (out / "release.txt").write_text(release_of(root) + "\n")
    system = system_name()
    packages = " (on Debian or Ubuntu: `apt-get install g++`)"
    (out / "README.md").write_text(README.format(debian=packages, system=system, engine=AS_SOURCE if arguments.engine == "source" else AS_OBJECTS))
    write_program(out / "dev", COMMAND)
    copy(root / "scripts/dev/lib/grade_again.sh", out / "grade_again.sh")
    count = len(folders)
    return f"{out}: {count} lab{'s' if count != 1 else ''} without solutions, for {system} or newer; try it: cd {shlex.quote(str(out))} && ./dev lab\n"


def lab_folders(root: pathlib.Path, chosen: str) -> list[pathlib.Path]:
    folders = {int(folder.name[:2]): folder for folder in sorted((root / "labs").glob("[0-9][0-9]_*"))}
    if not chosen:
        return list(folders.values())
    numbers = re.split(r"[ ,]+", chosen.strip())
    unknown = [number for number in numbers if not number.isdigit() or int(number) not in folders]
    if unknown:
        raise Stop(f"there is no lab {unknown[0]}; there is {', '.join(str(number) for number in folders)}")
    return [folders[int(number)] for number in numbers]


def components_of(folders: list[pathlib.Path]) -> set[str]:
    """The files that these labs are about: those of their folders that the engine has, too. A lab without code has none."""
    engine = {path.name for path in (folders[0].parents[1] / "engine").glob("*.cc")}
    return {path.name for folder in folders for path in folder.glob("*.cc") if path.name in engine}


def copy_lab(folder: pathlib.Path, out: pathlib.Path, arguments: argparse.Namespace) -> None:
    for name in ("README.md", "hints.json", *FILES_OF_A_HUNT):
        if (folder / name).exists():
            copy_text(folder / name, out / name)
    if not components_of([folder]):
        return
    words = [arguments.program.resolve(), "--inputs", arguments.inputs, "hand-out", str(int(folder.name[:2])), out]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Stop(done.stderr.strip())


def linked_pages(root: pathlib.Path, begin: list[pathlib.Path]) -> list[pathlib.Path]:
    """The pages in docs/ that these link to, and those that these link to in turn."""
    found: set[pathlib.Path] = set()
    queue = list(begin)
    while queue:
        page = queue.pop()
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            linked = (page.parent / target).resolve()
            inside = linked.is_relative_to(root / "docs") and linked.is_file() and not CLOSED & {linked.name, linked.parent.name}
            if inside and linked not in found:
                found.add(linked)
                queue.append(linked)
    return sorted(found)


def copy_program(program: pathlib.Path, out: pathlib.Path, folder: str) -> None:
    """A program, and the libraries that do not come with a compiler."""
    target = out / folder / program.name
    if not program.exists():
        raise Stop(f"{program} is missing; build the preset lab")
    copy(program, target)
    subprocess.run(["strip", "--strip-all", str(target)], check=True)
    for line in subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=True).stdout.splitlines():
        name, _, rest = line.strip().partition(" => ")
        if rest and not SYSTEM.match(name):
            copy(pathlib.Path(rest.split(" ")[0]).resolve(), out / "objects/library" / name)


def copy_objects(inputs: dict[str, list[str]], folders: list[pathlib.Path], out: pathlib.Path, source: bool) -> list[str]:
    """The lines of the list for the grader. @ROOT@ is the folder that the handout is in."""
    components = {component + ".o" for component in components_of(folders)}
    lines = ["compiler g++", "headers @ROOT@/include", "root @ROOT@", "work @ROOT@/work", "library -Wl,-rpath,@ROOT@/objects/library"]
    for kind in ("library", "component", "engine"):
        for path in map(pathlib.Path, inputs[kind]):
            if kind == "component" and path.parent.name not in {folder.name for folder in folders}:
                continue
            in_engine = kind == "engine" and path.parent.name == "sediment_engine.dir"  # and not the disk of a real system
            if in_engine and source and path.name not in components:
                lines.append(f"engine @ROOT@/work/engine/{path.name}")
                continue
            name = f"objects/{kind}/{path.name}"
            if kind == "component":  # the grader knows it by its folder
                name = f"objects/{kind}/{path.parent.name}/{path.name}"
            if ".so" in path.suffixes:
                name = f"objects/library/{shared_name(path)}"
            copy(path.resolve(), out / name)
            if ".so" not in path.suffixes:
                subprocess.run(["strip", "--strip-debug", str(out / name)], check=True)
            lines.append(f"{kind} @ROOT@/{name}")
    return lines


def shared_name(path: pathlib.Path) -> str:
    """As programs ask for the library: libfmt.so.9."""
    text = subprocess.run(["objdump", "-p", str(path)], capture_output=True, text=True, check=True).stdout
    found = re.search(r"^\s+SONAME\s+(\S+)", text, re.MULTILINE)
    return found.group(1) if found else path.name


def copy_sources(root: pathlib.Path, folders: list[pathlib.Path], out: pathlib.Path) -> None:
    components = components_of(folders)
    for path in sorted((root / "engine").glob("*")):
        if path.suffix in (".cc", ".h") and path.name not in components:
            copy(path, out / "engine" / path.name)


def flags_of_engine(inputs: pathlib.Path, root: pathlib.Path) -> str:
    """Those that the build compiles the engine with, but no warnings as errors and no paths."""
    commands = json.loads((inputs.parent.parent / "compile_commands.json").read_text())
    command = next(entry["command"] for entry in commands if entry["file"] == str(root / "engine/store.cc"))
    return " ".join(word for word in shlex.split(command)[1:] if re.match(r"-(D|O|g|f|std)", word))


def system_name() -> str:
    try:
        values = dict(line.split("=", 1) for line in pathlib.Path("/etc/os-release").read_text().splitlines() if "=" in line)
        return f"{values['NAME'].strip(chr(34))} {values['VERSION_ID'].strip(chr(34))}"
    except (OSError, KeyError, ValueError):
        return "the system that it was made on"


def read_inputs(path: pathlib.Path) -> dict[str, list[str]]:
    inputs: dict[str, list[str]] = {}
    for line in path.read_text().splitlines():
        kind, _, value = line.partition(" ")
        inputs.setdefault(kind, []).append(value)
    return inputs


def copy(source: pathlib.Path, target: pathlib.Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)


def copy_text(source: pathlib.Path, target: pathlib.Path, before: str = "") -> None:
    """A text that names headers as they are in the handout."""
    text = source.read_text(encoding="utf-8")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(before + HEADER.sub(r"include/\g<0>", text), encoding="utf-8")


def write_program(path: pathlib.Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)
