"""A small repository with a book, for the tests: sources, a glossary, labs, and a sediment-viz that is a script."""

import shutil
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True  # the sources' folder stays as it is
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/docs"))

from macros import Expander, PageError, Site
from programs import Programs

SOURCE = """// What the engine calls a record.
#pragma once

#define WEIRD }  // not a brace that closes anything

namespace sediment {

inline constexpr std::size_t kHeaderSize = 24;  // bytes
constexpr std::array<char, 3> kBraces = {'{', '}', '"'};

// How a record ends.
enum class Ending : std::uint8_t {
  kWhole,  // { as it was written
  kTorn,
};

class Forward;

// A record in memory.
class Record final : public Base<int> {
 public:
  explicit Record(int size) : size_{size}, name_("{") { check(size); }
  // Bytes, with the header.
  [[nodiscard]] std::size_t bytes() const noexcept { return size_ + kHeaderSize; }
  void encode(std::string* out) const;

 private:
  int size_ = 0;
};

template <typename T>
T twice(T value) {
  return value + value;
}

// The comment that belongs to it.
// A second line of it.
void Record::encode(std::string* out) const {
  // 1  the header
  out->append(R"(not a } brace)");
  // 2  the body
  for (int i = 0; i < size_; ++i) {
    judge(*out, '}');
  }
  // 3  the end
  out->append("}");
}

bool judge(const std::string& text,
           char brace) {
  return text.back() == brace;
}

}  // namespace sediment
"""

GLOSSARY = """# Glossary

| term | meaning | see |
|---|---|---|
| Active segment | The newest. | [`record.h`](../engine/record.h) |
| `durable_upto` | A field. | [format](format.md) |
"""

# Stands in for the visualizer: draws a white dot, tells one sentence, and answers what `answer_is` in the folder says.
FAKE_VIZ = """#!/usr/bin/python3
import base64, json, pathlib, sys
arguments = sys.argv[1:]
log = pathlib.Path(__file__).with_name("calls")
with log.open("a") as calls:
    calls.write(" ".join(arguments) + "\\n")
def value_of(name):
    return arguments[arguments.index(name) + 1]
if "--answer" in arguments:
    wanted = json.loads(pathlib.Path(value_of("--answer")).read_text())
else:
    wanted = json.loads(pathlib.Path(value_of("--figure")).read_text())
if wanted.get("show") == "no-such-show":
    print('there is no show "no-such-show"; there are torn-tail, merge', file=sys.stderr)
    sys.exit(2)
if "--answer" in arguments:
    print(json.dumps({"answer": "12mm"}))
    sys.exit(0)
dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
pathlib.Path(value_of("--png")).write_bytes(base64.b64decode(dot))
pathlib.Path(value_of("--transcript")).write_text("> put rain 12mm\\nThe record \\"rain\\" <is> in the cache.\\n")
"""


class Repository(unittest.TestCase):
    """A test with a repository in a folder of its own."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name) / "repository"
        self.write("engine/record.h", SOURCE)
        self.write("docs/glossary.md", GLOSSARY)
        self.write("docs/format.md", "# The format\n\nA [record](../engine/record.h#L7).\n")
        self.write("docs/book/index.md", "# A store\n\n{{ chapter 1 }}\n")
        for name in ("students", "instructors", "engineers", "sources"):
            self.write(f"docs/book/{name}.md", f"# For {name}\n")
        self.write("docs/book/01-records.md", "# Records\n\nText.\n")
        self.write("docs/book/numbers.json", '{"c01_size": {"run": "echo 12345 bytes", "take": "([0-9]+) bytes", "format": "{:,}", "what": "a size"}}')
        self.write("labs/README.md", "# The labs\n")
        self.write("labs/01_records/README.md", "# Lab 1: records\n")
        self.write("README.md", "# Sediment\n")
        self.write("CONTRIBUTING.md", "# Contributing\n")
        self.programs_folder = self.root / "bin"
        self.write("bin/sediment-viz", FAKE_VIZ).chmod(0o755)
        shutil.copytree(ROOT / "scripts/docs", self.root / "scripts/docs", ignore=shutil.ignore_patterns("__pycache__"))
        self.cache = self.root / "build/cache"

    def write(self, file: str, text: str) -> Path:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def calls(self) -> list[str]:
        """What the visualizer was called with."""
        log = self.programs_folder / "calls"
        return log.read_text(encoding="utf-8").splitlines() if log.exists() else []

    def programs(self) -> Programs:
        return Programs(self.root, self.programs_folder, self.cache)

    def site(self, **more) -> Site:
        known = {
            "numbers": {"c01_size": {"run": "echo 12345 bytes", "take": "([0-9]+) bytes", "format": "{:,}", "what": "a size"}},
            "terms": {"active segment": "active-segment", "durable_upto": "durable-upto"},
            "labs": {1: ("Lab 1: records", "labs/01_records.md")},
            "chapters": {1: ("Records", "book/01-records.md")},
        }
        return Site(root=self.root, programs=self.programs(), **{**known, **more})

    def page(self, text: str, **more) -> str:
        return Expander(self.site(**more)).page("docs/book/01-records.md", text)

    def refused(self, text: str, **more) -> str:
        with self.assertRaises(PageError) as refusal:
            self.page(text, **more)
        return str(refusal.exception)
