// The dependency arrow: engine <- sim <- everything else. Checked by reading what the sources include.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace sediment {
namespace {

namespace fs = std::filesystem;

// The standard headers that the engine and the simulator may use: the subset that the browser's library has.
const std::set<std::string> kStandard{"algorithm",
                                      "array",
                                      "atomic",
                                      "bit",
                                      "cerrno",
                                      "charconv",
                                      "chrono",
                                      "concepts",
                                      "condition_variable",
                                      "cstddef",
                                      "cstdint",
                                      "cstdio",
                                      "cstdlib",
                                      "cstring",
                                      "exception",
                                      "filesystem",
                                      "fstream",
                                      "functional",
                                      "initializer_list",
                                      "iostream",
                                      "istream",
                                      "iterator",
                                      "limits",
                                      "map",
                                      "memory",
                                      "mutex",
                                      "new",
                                      "numeric",
                                      "optional",
                                      "ostream",
                                      "random",
                                      "set",
                                      "shared_mutex",
                                      "span",
                                      "sstream",
                                      "stdexcept",
                                      "string",
                                      "string_view",
                                      "system_error",
                                      "thread",
                                      "tuple",
                                      "type_traits",
                                      "utility",
                                      "variant",
                                      "vector"};

const std::set<std::string> kPosix{"dirent.h",    "fcntl.h",        "pthread.h", "sys/file.h",
                                   "sys/mman.h",  "sys/resource.h", "sys/vfs.h", "sys/stat.h",
                                   "sys/types.h", "sys/uio.h",      "unistd.h"};

// The text between "..." or <...> in an #include, with its first character: "engine/store.h or <vector.
std::vector<std::string> includes_of(const std::string& source) {
  std::vector<std::string> includes;
  std::istringstream lines(source);
  for (std::string line; std::getline(lines, line);) {
    line.erase(0, line.find_first_not_of(" \t"));
    if (!line.starts_with("#")) continue;
    line.erase(0, line.find_first_not_of(" \t", 1));
    if (!line.starts_with("include")) continue;
    const std::size_t open = line.find_first_of("\"<");
    if (open == std::string::npos) {
      includes.push_back(line);  // a macro: what it includes is unknown
      continue;
    }
    includes.push_back(line.substr(open, line.find_first_of("\">", open + 1) - open));
  }
  return includes;
}

// `file` is relative to the top of the repository.
bool engine_may_include(const std::string& file, const std::string& include) {
  if (include.starts_with("\"engine/")) {
    return !include.starts_with("\"engine/cli/") && !include.starts_with("\"engine/tools/");
  }
  if (!include.starts_with("<")) return false;
  const std::string name = include.substr(1);
  if (name == "xxhash.h") return file.ends_with(".cc");  // users of the installed headers need no xxHash
  return kStandard.contains(name) ||
         (file.starts_with("engine/posix/") && file.ends_with(".cc") && kPosix.contains(name));
}

// The parts of the command sediment-sim that touch the operating system: a real process to kill, and a terminal to draw
// on. The simulator itself needs none of it, and the browser builds it without them.
const std::set<std::string> kSimPosixFiles{"child_process.h", "child_process.cc", "kill_demo.cc", "progress_line.cc",
                                           "terminal.cc"};
const std::set<std::string> kSimPosix{"csignal",  "fcntl.h",     "poll.h",      "signal.h",   "spawn.h",
                                      "stdlib.h", "sys/ioctl.h", "sys/types.h", "sys/wait.h", "unistd.h"};

bool sim_may_include(const std::string& file, const std::string& include) {
  if (include.starts_with("\"engine/cli/")) return false;
  // Self-contained headers.
  if (include.starts_with("\"engine/tools/")) {
    return include == "\"engine/tools/words.h" || include == "\"engine/tools/json_nesting.h" ||
           include == "\"engine/tools/standard_streams.h";
  }
  if (include.starts_with("\"engine/") || include.starts_with("\"sim/")) return true;
  if (!include.starts_with("<")) return false;
  const std::string name = include.substr(1);
  if (name == "unordered_set") return true;  // for lookups, never for iteration: the order differs between libraries
  if (kSimPosixFiles.contains(file) && kSimPosix.contains(name)) return true;
  return kStandard.contains(name) || name.starts_with("nlohmann/") || name.starts_with("fmt/") ||
         name.starts_with("CLI/");
}

// What a file includes and must not. `path` is relative to the top of the repository: "engine/store.cc".
std::vector<std::string> forbidden_includes(const fs::path& path, const std::string& source) {
  const bool in_engine = *path.begin() == "engine";
  std::vector<std::string> forbidden;
  for (const std::string& include : includes_of(source)) {
    const std::string file = path.filename().string();
    const bool allowed = in_engine ? engine_may_include(path.string(), include) : sim_may_include(file, include);
    if (!allowed) forbidden.push_back(include);
  }
  return forbidden;
}

using Found = std::vector<std::string>;

TEST(Includes, TheEngineDependsOnNothingAboveIt) {
  EXPECT_EQ(forbidden_includes("engine/a.cc", "#include \"engine/store.h\"\n#include <vector>\n#include <xxhash.h>\n"),
            Found{});
  EXPECT_EQ(forbidden_includes("engine/a.h", "#include <xxhash.h>\n"), Found{"<xxhash.h"});
  EXPECT_EQ(forbidden_includes("engine/a.cc", "#include \"sim/disk/trace.h\"\n"), Found{"\"sim/disk/trace.h"});
  EXPECT_EQ(forbidden_includes("engine/a.cc", "#include \"engine/cli/text.h\"\n"), Found{"\"engine/cli/text.h"});
  EXPECT_EQ(forbidden_includes("engine/a.cc", "#include \"engine/tools/verify.h\"\n"),
            Found{"\"engine/tools/verify.h"});
  EXPECT_EQ(forbidden_includes("engine/a.cc", "#include \"store.h\"\n"), Found{"\"store.h"});
  EXPECT_EQ(forbidden_includes("engine/a.cc", "#include \"../sim/trace.h\"\n"), Found{"\"../sim/trace.h"});
  EXPECT_EQ(forbidden_includes("engine/a.cc",
                               "#include <fmt/core.h>\n#include <nlohmann/json.hpp>\n#include <boost/a.hpp>\n"),
            (Found{"<fmt/core.h", "<nlohmann/json.hpp", "<boost/a.hpp"}));
  EXPECT_EQ(forbidden_includes("engine/a.cc", "  #  include <sim/a.h> // why not\n"), Found{"<sim/a.h"});
  EXPECT_EQ(forbidden_includes("engine/a.cc", "#include MACRO\n"), Found{"include MACRO"});
  EXPECT_EQ(forbidden_includes("engine/a.cc", "// #include \"sim/disk/trace.h\"\n"), Found{})
      << "a comment includes nothing";
}

TEST(Includes, OnlyThePosixDiskAndItsFilesKnowThatPosixExists) {
  EXPECT_EQ(forbidden_includes("engine/posix/posix_disk.cc", "#include <unistd.h>\n#include <sys/uio.h>\n"), Found{});
  EXPECT_EQ(forbidden_includes("engine/store.cc", "#include <unistd.h>\n"), Found{"<unistd.h"});
  EXPECT_EQ(forbidden_includes("engine/posix/posix_file.cc", "#include <sys/mman.h>\n"), Found{});
  EXPECT_EQ(forbidden_includes("engine/posix/posix_disk.h", "#include <unistd.h>\n"), Found{"<unistd.h"});
  EXPECT_EQ(forbidden_includes("engine/posix/posix_file.h", "#include <sys/mman.h>\n"), Found{"<sys/mman.h"});
  EXPECT_EQ(forbidden_includes("sim/disk/sim_disk.cc", "#include <unistd.h>\n"), Found{"<unistd.h"});
}

TEST(Includes, TheSimulatorDependsOnTheEngineAndOnNothingAboveItself) {
  EXPECT_EQ(forbidden_includes("sim/a.cc",
                               "#include \"sim/a.h\"\n#include \"engine/store.h\"\n#include \"engine/tools/words.h\"\n"
                               "#include <nlohmann/json.hpp>\n#include <fmt/core.h>\n#include <CLI/CLI.hpp>\n"),
            Found{});
  EXPECT_EQ(forbidden_includes("sim/a.cc", "#include \"engine/cli/text.h\"\n"), Found{"\"engine/cli/text.h"});
  EXPECT_EQ(forbidden_includes("sim/a.cc", "#include \"viz/a.h\"\n#include \"tests/a.h\"\n#include \"labs/a.h\"\n"),
            (Found{"\"viz/a.h", "\"tests/a.h", "\"labs/a.h"}));
}

TEST(Includes, OfEverySourceFollowTheArrow) {
  const fs::path top = SEDIMENT_SOURCE_DIR;
  int files = 0;
  int engine_files = 0;
  for (const char* folder : {"engine", "sim"}) {
    for (const auto& entry : fs::recursive_directory_iterator(top / folder)) {
      const fs::path path = fs::relative(entry.path(), top);
      const bool above_the_engine =
          path.string().starts_with("engine/cli/") || path.string().starts_with("engine/tools/");
      const bool is_source = path.extension() == ".h" || path.extension() == ".cc";
      if (!is_source || above_the_engine) continue;
      std::ifstream file(entry.path());
      std::ostringstream source;
      source << file.rdbuf();
      ASSERT_TRUE(file) << path;
      EXPECT_EQ(forbidden_includes(path, source.str()), Found{}) << path;
      ++files;
      engine_files += *path.begin() == "engine" ? 1 : 0;
    }
  }
  EXPECT_GT(files, 30);
  EXPECT_GT(engine_files, 25);
}

}  // namespace
}  // namespace sediment
