"""Builds mutated libraries. The test programs are built once; they load the library that LD_LIBRARY_PATH leads to.

Each mutant gets a folder below build/mutants/work: src/ with the mutated copies of the files that it changes, and the
objects and the library made from them. Everything else comes from the build in build/mutants, with the same commands.

A mutated header reaches the sources of its own library but no test program, so it must not change the layout of a type.
"""

import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path

from mutant import Mutant, MutantError
from planting import planted

LIBRARIES = {  # folder of the sources: library below the build
    "engine/": "engine/libsediment_engine.so",
    "engine/tools/": "engine/tools/libsediment_tools.so",
    "engine/cli/": "engine/cli/libsediment_commands.so",
    "engine/shell/": "engine/shell/libsediment_shell.so",
    "sim/": "sim/libsediment_sim.so",
    "sim/cli/": "sim/libsediment_sim_commands.so",
    "sim/strike/": "sim/libsediment_strike.so",
}
UNMUTATED = "unmutated"


class Workshop:
    def __init__(self, source: Path, build: Path) -> None:
        self.source = source
        self.build_folder = build
        self.work = build / "work"
        with open(build / "compile_commands.json", encoding="utf-8") as file:
            # {source file, from the top of the repository: its command and its object}
            self.commands = {
                str(Path(entry["file"]).relative_to(source)): shlex.split(entry["command"])
                for entry in json.load(file)
                if Path(entry["file"]).is_relative_to(source)
            }
        self.libraries = {folder: library for folder, library in LIBRARIES.items() if self.has(library)}
        self.link_commands = {folder: self.read_link_command(library) for folder, library in self.libraries.items()}
        self.users = self.read_users()

    def has(self, library: str) -> bool:
        """Whether this build has the library: the build for the suite with threads has no commands."""
        return f"\n{library}: " in "\n" + self.ask_ninja("targets", "all")

    def read_link_command(self, library: str) -> list[str]:
        """The last command that Ninja runs for the library, without the empty commands around it."""
        words = shlex.split(self.ask_ninja("commands", library).splitlines()[-1])
        return [word for word in words if word not in (":", "&&")]

    def read_users(self) -> dict[str, set[str]]:
        """{header: the objects that depend on it}"""
        users: dict[str, set[str]] = {}
        user = ""
        for line in self.ask_ninja("deps").splitlines():
            if line and not line.startswith(" "):
                user = line.split(":")[0]
            elif line:
                path = Path(os.path.normpath(self.build_folder / line.strip()))
                if path.is_relative_to(self.source):
                    users.setdefault(str(path.relative_to(self.source)), set()).add(user)
        return users

    def ask_ninja(self, tool: str, *arguments: str) -> str:
        return self.run("ninja does not know the build", ["ninja", "-t", tool, *arguments], self.build_folder)

    def build(self, *mutants: Mutant) -> Path:
        """The folder with all libraries, mutated by these; without a mutant, all are made in the same way."""
        folder = self.work / ("+".join(mutant.name for mutant in mutants) or UNMUTATED)
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "src").mkdir(parents=True)
        for mutant in mutants:
            self.mutate(mutant, folder / "src")
        for library_folder, library in self.libraries.items():
            own = next((mutant for mutant in mutants if library_folder in mutant.folders), None)
            if own or not mutants:
                self.build_library(library_folder, own, folder)
            else:
                name = Path(library).name
                (folder / name).symlink_to(self.work / UNMUTATED / name)
        return folder

    def build_library(self, library_folder: str, mutant: Mutant | None, folder: Path) -> None:
        link = list(self.link_commands[library_folder])
        for file in self.sources_to_compile(library_folder, mutant) if mutant else ():
            compile_command = list(self.commands[file])
            output = compile_command.index("-o") + 1
            mutated_object = str(folder / (file.replace("/", "-") + ".o"))
            link[link.index(compile_command[output])] = mutated_object
            compile_command[output] = mutated_object
            if (folder / "src" / file).exists():
                compile_command[compile_command.index("-c") + 1] = str(folder / "src" / file)
            # First in the search for headers; and the trace must name the same source files as always.
            compile_command[1:1] = [f"-I{folder}/src", f"-ffile-prefix-map={folder}/src={self.source}"]
            self.run("it does not compile", compile_command, self.build_folder)
        link[link.index("-o") + 1] = str(folder / Path(self.libraries[library_folder]).name)
        # Use the library's own inline functions, not those that a test program compiles from the unmutated header.
        self.run("it does not link", [*link, "-Wl,-Bsymbolic-functions"], self.build_folder)

    def mutate(self, mutant: Mutant, folder: Path) -> None:
        for file, text in planted(self.source, mutant).items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text, encoding="utf-8")

    def sources_to_compile(self, library_folder: str, mutant: Mutant) -> list[str]:
        """The mutated sources of a library, and its sources that include a mutated header."""
        users = {user for file in mutant.files for user in self.users.get(file, ())}
        sources = [
            file
            for file, command in self.commands.items()
            if (file in mutant.files or command[command.index("-o") + 1] in users)
            and command[command.index("-o") + 1] in self.link_commands[library_folder]
        ]
        if not sources:
            raise MutantError("no source of the library depends on what the mutant changes")
        return sources

    @staticmethod
    def run(failure: str, command: list[str], folder: Path) -> str:
        """The command's output. If the command fails, a MutantError that begins with `failure`."""
        done = subprocess.run(
            command, cwd=folder, text=True, errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )
        if done.returncode != 0:
            raise MutantError(f"{failure}:\n{done.stdout.strip()}")
        return done.stdout
