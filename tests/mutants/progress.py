"""The progress, with the time left: on a terminal one line that is overwritten, elsewhere a line for each mutant."""

import shutil
import sys
import threading
import time


class Progress:
    def __init__(self, total: int) -> None:
        self.total = total
        self.finished = 0
        self.first_done = 0.0  # when the first was done: the unmutated engine, which takes longer than a mutant
        self.busy: dict[str, str] = {}  # mutant: what is being done to it
        self.lock = threading.Lock()
        self.on_terminal = sys.stderr.isatty()

    def doing(self, name: str, what: str) -> None:
        with self.lock:
            self.busy[name] = what
            self.draw()

    def done(self, name: str, outcome: str) -> None:
        with self.lock:
            self.finished += 1
            self.first_done = self.first_done or time.monotonic()
            self.busy.pop(name, None)
            if not self.on_terminal:
                print(f"mutants: {self.finished}/{self.total}{self.left()}; {name}: {outcome}", file=sys.stderr, flush=True)
            self.draw()

    def end(self) -> None:
        with self.lock:
            if self.on_terminal:
                print("\r\033[K", end="", file=sys.stderr, flush=True)

    def left(self) -> str:
        remaining = self.total - self.finished
        if self.finished < 2 or not remaining:
            return ""
        seconds = (time.monotonic() - self.first_done) / (self.finished - 1) * remaining
        return f", about {seconds:.0f} s left" if seconds < 100 else f", about {seconds / 60:.0f} min left"

    def draw(self) -> None:
        if not self.on_terminal:
            return
        busy = " · ".join(f"{name} {what}" for name, what in self.busy.items())
        line = f"mutants: {self.finished}/{self.total}{self.left()}  {busy}"
        print("\r\033[K" + line[: shutil.get_terminal_size().columns - 1], end="", file=sys.stderr, flush=True)
