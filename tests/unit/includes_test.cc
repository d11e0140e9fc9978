// The dependencies between the folders, all of them in one table. Checked by reading what the sources include.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace sediment {
namespace {

namespace fs = std::filesystem;

// The standard headers that every folder may use: all of them are in the browser's library, and none of them gives
// different results with another one.
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
                                      "iosfwd",
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

// What stands between "..." or <...> after #include, with its first character: "engine/store.h or <vector. A macro, which
// may include anything, is ?MACRO.
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
      line.erase(0, line.find_first_of(" \t"));
      line.erase(0, line.find_first_not_of(" \t"));
      includes.push_back("?" + line);
      continue;
    }
    includes.push_back(line.substr(open, line.find_first_of("\">", open + 1) - open));
  }
  return includes;
}

// What the files of a folder may include, besides each other and kStandard.
struct Row {
  // A folder; or one file, which may include this as well as what its folder may.
  std::string_view name;
  // Of this project, from rows above only, so that there are no cycles: folders; "sim/", which is sim and all folders
  // in it; and single headers, each of which may include nothing of this project that this row may not.
  std::string_view ours;
  // Of others: headers, and folders of headers ("fmt/"). "any": all.
  std::string_view others;
  // Without it `others` is for the .cc files alone: the headers can be included where no library is installed.
  bool others_in_headers = true;
};

using Table = std::vector<Row>;

const Table kTable{
    // The store. What is installed: its headers include the standard library and each other.
    {"engine", "", "xxhash.h", false},
    {"engine/posix", "engine",
     "dirent.h fcntl.h pthread.h sys/file.h sys/mman.h sys/resource.h sys/stat.h sys/types.h sys/uio.h sys/vfs.h "
     "unistd.h",
     false},
    {"engine/tools", "engine engine/posix", "csignal unordered_map"},
    {"engine/tools/bad_sector_file.cc", "", "fcntl.h unistd.h"},
    {"engine/tools/standard_streams.h", "", "fcntl.h unistd.h"},
    // The command lines of all programs.
    {"engine/shell", "engine/tools/printable.h", "CLI/ fmt/ nlohmann/ cmath"},
    {"engine/cli", "engine engine/posix engine/tools engine/shell",
     "CLI/ fmt/ nlohmann/ cmath csignal ctime fcntl.h queue sys/ioctl.h sys/stat.h unistd.h"},

    // The simulator: the engine on a disk of its own, so nothing of engine/posix. Of the tools it takes single headers.
    // It asks an unordered_set, and never walks through one: the order differs between libraries.
    {"sim/base", "engine engine/tools/json_nesting.h engine/tools/printable.h", "fmt/ nlohmann/"},
    {"sim/disk", "engine engine/tools/printable.h sim/base", "nlohmann/"},
    {"sim/run", "engine sim/base sim/disk", "nlohmann/ unordered_set"},
    // Names what a store throws.
    {"sim/run/guarded_store.cc", "", "cxxabi.h typeinfo"},
    {"sim/explore", "engine engine/tools/printable.h sim/base sim/disk sim/run", "nlohmann/"},
    // Searches in a process of its own. The browser builds the simulator without it.
    {"sim/explore/isolated.cc", "",
     "csignal poll.h sys/mman.h sys/prctl.h sys/resource.h sys/types.h sys/wait.h unistd.h"},
    // Files that outlive a crash of the real machine. Not in the browser's build either.
    {"sim/campaign", "engine engine/posix/posix_disk.h sim/base sim/disk sim/run sim/explore", "fmt/ nlohmann/ cmath"},
    // The commands meet the operating system in a few files: a real process to kill, and a terminal to draw on. The
    // browser builds the simulator without them.
    {"sim/demo", "engine engine/tools/words.h sim/base sim/disk sim/run sim/explore", "fmt/"},
    {"sim/demo/child_process.h", "", "sys/types.h"},
    {"sim/demo/child_process.cc", "", "csignal fcntl.h poll.h spawn.h sys/ioctl.h sys/wait.h unistd.h"},
    {"sim/demo/kill_demo.cc", "", "csignal"},
    {"sim/demo/terminal.cc", "", "sys/ioctl.h unistd.h"},
    {"sim/cli",
     "engine engine/posix/descriptor_limit.h engine/tools/printable.h engine/tools/standard_streams.h engine/shell "
     "sim/base sim/disk sim/run "
     "sim/explore "
     "sim/campaign sim/demo",
     "CLI/ fmt/ nlohmann/"},
    {"sim/cli/progress_line.cc", "", "unistd.h"},
    // Any program, on a real file system of its own, so it is not in a browser either.
    {"sim/strike",
     "engine engine/tools/printable.h engine/shell sim/base sim/disk sim/run sim/explore sim/cli/command_line.h "
     "sim/cli/progress_line.h",
     "CLI/ fmt/ nlohmann/"},
    {"sim/strike/record_log.cc", "", "fnmatch.h"},
    {"sim/strike/recorder.cc", "", "sys/stat.h"},
    {"sim/strike/recording_mount.cc", "",
     "dirent.h fcntl.h fuse.h fuse_lowlevel.h linux/falloc.h poll.h sys/mount.h sys/stat.h sys/statvfs.h unistd.h"},
    {"sim/strike/sync_watch.h", "", "sys/types.h"},
    {"sim/strike/sync_watch.cc", "",
     "linux/audit.h linux/filter.h linux/seccomp.h sys/ioctl.h sys/prctl.h sys/syscall.h unistd.h"},
    {"sim/strike/shell_command.cc", "", "csignal fcntl.h spawn.h sys/wait.h unistd.h"},
    {"sim/strike/strike.cc", "", "unordered_set"},
    {"sim/strike/strike_command.cc", "", "csignal sys/prctl.h sys/wait.h unistd.h"},
    {"sim/cli/main.cc", "sim/strike/strike_command.h", ""},

    // The visualizer: a subject without drawing, drawing without a subject, and the panels over both. It looks at
    // simulated disks only, or at the bytes of a real one that it has read (viz/model/directory.h).
    // It decodes a damaged log as verify does, and searches for short scripts as explore does. A large store is the only
    // real one that it has open, to read.
    {"viz/model/large_store.cc", "engine/disk.h engine/status.h engine/posix/posix_disk.h", ""},
    {"viz/model",
     "engine engine/tools/log_gaps.h engine/tools/log_walk.h sim/base sim/disk sim/run sim/explore/explore.h "
     "sim/explore/left_out.h sim/explore/report.h sim/explore/sampler.h",
     "fmt/ nlohmann/ unordered_map"},
    {"viz/shows", "engine engine/tools/printable.h sim/base sim/disk sim/run sim/demo/word_count.h viz/model",
     "fmt/ nlohmann/"},
    {"viz/draw", "", "fmt/ imgui.h imgui_internal.h imgui_stdlib.h nlohmann/ cfloat cmath"},
    {"viz/panels",
     "engine engine/tools/grouped.h engine/tools/printable.h sim/base sim/disk sim/run viz/model viz/shows viz/draw",
     "fmt/ cctype cmath"},
    {"viz/app", "engine engine/tools/printable.h sim/base sim/disk sim/run viz/model viz/shows viz/draw viz/panels",
     "fmt/ nlohmann/ cmath"},
    {"viz/platform",
     "engine engine/tools/printable.h engine/tools/standard_streams.h engine/shell sim/base sim/demo/child_process.h "
     "viz/model viz/shows "
     "viz/draw viz/panels "
     "viz/app",
     "CLI/ GLFW/ backends/ fmt/ nlohmann/ stb/ cmath deque unistd.h"},
    {"viz/platform/web",
     "engine engine/tools/printable.h sim/base sim/disk sim/run viz/shows viz/draw viz/app viz/platform",
     "emscripten.h nlohmann/"},

    // The labs. A student's file may include the engine's headers and labs/not_implemented.h. The harness runs in the
    // student's process, and the grader in another one: they share only what they say to each other.
    {"labs", "", ""},
    {"labs/wire", "engine", ""},
    {"labs/harness", "engine sim/base sim/run sim/explore sim/demo labs labs/wire", "nlohmann/ unistd.h"},
    {"labs/grader", "engine sim/base sim/disk sim/run sim/explore labs/wire",
     "CLI/ fmt/ nlohmann/ cmath csignal deque fcntl.h poll.h regex sched.h seccomp.h spawn.h sys/resource.h "
     "sys/types.h sys/wait.h unistd.h xxhash.h"},
    {"labs/00_watch_first", "engine sim/base sim/disk sim/run labs/wire labs/grader", "fmt/ nlohmann/ cctype"},
    {"labs/01_text_log", "engine sim/disk sim/run labs labs/wire labs/harness labs/grader", ""},
    {"labs/01_text_log/right", "engine labs", ""},
    {"labs/01_text_log/wrong", "engine labs", ""},
    {"labs/02_records", "engine sim/run labs labs/wire labs/harness labs/grader", "sys/mman.h"},
    {"labs/02_records/right", "engine labs", ""},
    {"labs/02_records/wrong", "engine labs", ""},
    {"labs/03_appending", "engine sim/disk sim/run labs labs/wire labs/harness labs/grader", ""},
    {"labs/03_appending/right", "engine labs", ""},
    {"labs/03_appending/wrong", "engine labs", ""},
    {"labs/04_log_end", "engine sim/disk sim/run labs labs/wire labs/harness labs/grader", ""},
    {"labs/04_log_end/right", "engine labs", ""},
    {"labs/04_log_end/wrong", "engine labs", ""},
    {"labs/05_hash_index", "engine sim/run labs labs/wire labs/harness labs/grader", ""},
    {"labs/05_hash_index/right", "engine labs", "list unordered_map"},
    {"labs/05_hash_index/wrong", "engine labs", ""},
    {"labs/06_lookup", "engine sim/disk sim/run labs labs/wire labs/harness labs/grader", ""},
    {"labs/06_lookup/right", "engine labs", ""},
    {"labs/06_lookup/wrong", "engine labs", ""},
    {"labs/07_publish", "engine sim/disk sim/run labs labs/wire labs/harness labs/grader", ""},
    {"labs/07_publish/right", "engine labs", ""},
    {"labs/07_publish/wrong", "engine labs", ""},
    {"labs/08_merge", "engine sim/disk sim/run labs labs/wire labs/harness labs/grader", ""},
    {"labs/08_merge/right", "engine labs", ""},
    {"labs/08_merge/wrong", "engine labs", ""},
    {"labs/09_recovery", "engine sim/disk sim/run labs labs/wire labs/harness labs/grader", ""},
    {"labs/09_recovery/right", "engine labs", ""},
    {"labs/09_recovery/wrong", "engine labs", ""},
    {"labs/10_snapshots", "engine sim/disk sim/run labs labs/wire labs/harness labs/grader", ""},
    {"labs/10_snapshots/right", "engine labs", ""},
    {"labs/10_snapshots/wrong", "engine labs", ""},
    {"labs/11_group_commit", "engine sim/disk sim/run labs labs/wire labs/harness labs/grader",
     "ctime pthread.h unistd.h"},
    {"labs/11_group_commit/right", "engine labs", ""},
    {"labs/11_group_commit/wrong", "engine labs", ""},
    {"labs/12_bug_hunt", "engine sim/base sim/disk sim/run labs/wire labs/harness labs/grader",
     "fmt/ nlohmann/ unistd.h"},

    // The tests stand above all of it, and so does what others may build on it.
    {"tests/support", "engine/ sim/", "any"},
    {"tests/bench", "engine/ sim/ viz/ tests/support", "any"},
    {"tests/bench/contestants", "engine/ tests/bench", "any"},
    {"tests/cli", "engine/ sim/ tests/support", "any"},
    {"tests/concurrency", "engine/ sim/ tests/support", "any"},
    {"tests/corruption", "engine/ sim/ tests/support", "any"},
    {"tests/crash", "engine/ sim/ tests/support", "any"},
    {"tests/fuzz", "engine/ sim/ tests/support", "any"},
    {"tests/labs", "engine/ sim/ labs/", "any"},
    {"tests/memory", "engine/ sim/ tests/support", "any"},
    {"tests/strike/stores", "", "any"},
    {"tests/posix", "engine/ tests/support", "any"},
    {"tests/property", "engine/ sim/ tests/support", "any"},
    {"tests/unit", "", "any"},
    {"tests/unit/engine", "engine/ sim/ tests/support tests/memory", "any"},
    {"tests/unit/sim", "engine/ sim/ tests/support", "any"},
    {"tests/viz", "engine/ sim/ viz/ tests/support tests/cli", "any"},
    {"tests/install/subproject", "engine/ sim/", ""},
    {"docs/example", "engine engine/posix engine/tools", ""},
    {"docs/example-sim", "engine sim/base sim/disk sim/run sim/cli/commands.h", ""},
};

// Sources by their names as from the top of the repository: "engine/store.cc".
using Tree = std::map<std::string, std::string>;

std::string folder_of(std::string_view file) { return fs::path(file).parent_path().string(); }

bool is_source(std::string_view name) { return name.ends_with(".h") || name.ends_with(".cc"); }

std::vector<std::string> words_of(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

const Row* row_of(const Table& table, std::string_view name) {
  const auto row = std::find_if(table.begin(), table.end(), [&](const Row& each) { return each.name == name; });
  return row == table.end() ? nullptr : &*row;
}

// Whether "sim/disk/trace.h" is granted by "sim/disk", "sim/" or "sim/disk/trace.h".
bool grants(const std::string& word, const std::string& header) {
  if (word.ends_with("/")) return header.starts_with(word);
  return word == header || word == folder_of(header);
}

bool may_include(const Row& row, bool is_header, const std::string& include) {
  const std::string name = include.substr(1);
  if (include.starts_with("\"")) {
    const std::vector<std::string> words = words_of(row.ours);
    return std::any_of(words.begin(), words.end(), [&](const std::string& word) { return grants(word, name); });
  }
  if (!include.starts_with("<")) return false;
  if (kStandard.contains(name) || row.others == "any") return true;
  if (is_header && !row.others_in_headers) return false;
  const std::vector<std::string> words = words_of(row.others);
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return word == name || (word.ends_with("/") && name.starts_with(word));
  });
}

// What a file includes and may not.
std::vector<std::string> forbidden_includes(const std::string& file, const std::string& source,
                                            const Table& table = kTable) {
  std::vector<std::string> forbidden;
  const std::string folder = folder_of(file);
  for (const std::string& include : includes_of(source)) {
    const std::string header = include.substr(1);
    const bool names_a_folder = row_of(table, folder_of(header)) != nullptr;
    bool allowed = include == "\"" + folder + "/" + fs::path(header).filename().string();
    for (const std::string& name : {folder, file}) {
      const Row* row = row_of(table, name);
      if (row != nullptr && may_include(*row, file.ends_with(".h"), include)) allowed = true;
    }
    if (names_a_folder == include.starts_with("<")) allowed = false;  // ours in "...", others in <...>
    if (!allowed) forbidden.push_back(include);
  }
  return forbidden;
}

// Everything that is wrong with the table, and with the tree as the table has it.
std::vector<std::string> faults_of(const Tree& tree, const Table& table) {
  std::set<std::string> faults;
  std::set<std::string> folders;
  for (const auto& [file, source] : tree) folders.insert(folder_of(file));
  for (const std::string& folder : folders) {
    if (row_of(table, folder) == nullptr) faults.insert(folder + " is not in the table");
  }
  for (auto row = table.begin(); row != table.end(); ++row) {
    const std::string name(row->name);
    if (is_source(name) ? !tree.contains(name) : !folders.contains(name)) faults.insert(name + " has no sources");
    for (const std::string& word : words_of(row->ours)) {
      if (is_source(word)) {
        if (!tree.contains(word)) {
          faults.insert(name + " may include " + word + ", which does not exist");
          continue;
        }
        for (const std::string& include : includes_of(tree.at(word))) {
          if (include.starts_with("\"") && !may_include(*row, true, include)) {
            faults.insert(name + " may include " + word + ", and that includes " + include.substr(1));
          }
        }
      }
      // Every row that the word grants something of stands above this one.
      const std::string folder = is_source(word) ? folder_of(word) : word;
      const auto is_granted = [&](const Row& each) {
        return folder.ends_with("/") ? each.name.starts_with(folder) : each.name == folder;
      };
      if (std::none_of(table.begin(), row, is_granted) || std::any_of(row, table.end(), is_granted)) {
        faults.insert(name + " may include " + word + ", which does not stand above it");
      }
    }
  }
  for (const auto& [file, source] : tree) {
    for (const std::string& include : forbidden_includes(file, source, table)) {
      faults.insert(file + " includes " + include.substr(1));
    }
  }
  return {faults.begin(), faults.end()};
}

using Found = std::vector<std::string>;

// ---- the checker

const Table kSmallTable{{"low", "", "library.h", false},
                        {"low/inner", "low", "library.h"},
                        {"middle", "low", "library/"},
                        {"high", "low/ middle/part.h", "any"},
                        {"high/one.cc", "middle", ""}};

const Tree kSmallTree{{"low/a.h", "#include <vector>\n"},
                      {"low/a.cc", "#include \"low/a.h\"\n\n#include <library.h>\n"},
                      {"low/inner/b.h", "#include <library.h>\n#include \"low/a.h\"\n"},
                      {"middle/part.h", "#include \"low/a.h\"\n"},
                      {"middle/all.h", "#include <library/x.h>\n#include \"middle/part.h\"\n"},
                      {"high/c.cc", "#include \"low/inner/b.h\"\n#include \"middle/part.h\"\n#include <x/y.h>\n"},
                      {"high/one.cc", "#include \"middle/all.h\"\n"}};

// What is found when the tree has this file as well, or in place of the one that it has.
Found with_file(const std::string& file, const std::string& source) {
  Tree tree = kSmallTree;
  tree[file] = source;
  return faults_of(tree, kSmallTable);
}

Found with_row(std::size_t place, const Row& row) {
  Table table = kSmallTable;
  table.insert(table.begin() + static_cast<std::ptrdiff_t>(place), row);
  return faults_of(kSmallTree, table);
}

TEST(IncludesChecker, FindsNothingInATreeThatFollowsItsTable) {
  EXPECT_EQ(faults_of(kSmallTree, kSmallTable), Found{});
  EXPECT_EQ(with_file("low/b.cc", "// #include \"high/c.h\"\n"), Found{}) << "a comment includes nothing";
}

TEST(IncludesChecker, FindsWhatRunsBackwards) {
  EXPECT_EQ(with_file("low/b.cc", "#include \"middle/part.h\"\n"), Found{"low/b.cc includes middle/part.h"});
  EXPECT_EQ(with_file("low/b.h", "#include \"low/inner/b.h\"\n"), Found{"low/b.h includes low/inner/b.h"})
      << "a folder in a folder is another one";
  EXPECT_EQ(with_file("low/inner/c.h", "  #  include \"high/c.h\" // why not\n"),
            Found{"low/inner/c.h includes high/c.h"});
  EXPECT_EQ(with_file("middle/b.cc", "#include \"low/inner/b.h\"\n"), Found{"middle/b.cc includes low/inner/b.h"});
  EXPECT_EQ(with_file("high/b.cc", "#include \"middle/all.h\"\n"), Found{"high/b.cc includes middle/all.h"})
      << "one header is not its folder, and what one file may the others may not";
}

TEST(IncludesChecker, FindsWhatIsNotNamedFromTheTop) {
  EXPECT_EQ(with_file("low/b.cc", "#include \"a.h\"\n"), Found{"low/b.cc includes a.h"});
  EXPECT_EQ(with_file("middle/b.cc", "#include \"../low/a.h\"\n"), Found{"middle/b.cc includes ../low/a.h"});
  EXPECT_EQ(with_file("high/b.cc", "#include \"low/../middle/all.h\"\n"),
            Found{"high/b.cc includes low/../middle/all.h"});
  EXPECT_EQ(with_file("high/b.cc", "#include <middle/all.h>\n"), Found{"high/b.cc includes middle/all.h"});
  EXPECT_EQ(with_file("low/b.cc", "#include MACRO\n"), Found{"low/b.cc includes MACRO"});
}

TEST(IncludesChecker, FindsLibraries) {
  EXPECT_EQ(with_file("low/b.h", "#include <library.h>\n"), Found{"low/b.h includes library.h"});
  EXPECT_EQ(with_file("middle/b.h", "#include <library.h>\n"), Found{"middle/b.h includes library.h"});
  EXPECT_EQ(with_file("middle/b.h", "#include <unordered_map>\n"), Found{"middle/b.h includes unordered_map"});
}

TEST(IncludesChecker, FindsFoldersThatAreNotInTheTableAndRowsWithoutSources) {
  EXPECT_EQ(with_file("high/new/a.h", ""), Found{"high/new is not in the table"});
  EXPECT_EQ(with_file("new/a.cc", "#include \"low/a.h\"\n"),
            (Found{"new is not in the table", "new/a.cc includes low/a.h"}));
  EXPECT_EQ(with_row(5, {"old", "", ""}), Found{"old has no sources"});
  EXPECT_EQ(with_row(5, {"high/old.cc", "", ""}), Found{"high/old.cc has no sources"});
}

TEST(IncludesChecker, FindsATableThatIsNoOrder) {
  Table table = kSmallTable;
  table[0].ours = "middle";
  EXPECT_EQ(faults_of(kSmallTree, table), Found{"low may include middle, which does not stand above it"});
  table[0].ours = "low/";
  EXPECT_EQ(faults_of(kSmallTree, table), Found{"low may include low/, which does not stand above it"});
  table[0].ours = "high/c.cc";
  EXPECT_EQ(faults_of(kSmallTree, table).back(), "low may include high/c.cc, which does not stand above it");
  table[0].ours = "nowhere";
  EXPECT_EQ(faults_of(kSmallTree, table), Found{"low may include nowhere, which does not stand above it"});
}

TEST(IncludesChecker, FindsSingleHeadersThatBringMoreWithThem) {
  Table table = kSmallTable;
  table[3].ours = "low/ middle/all.h middle/part.h";
  EXPECT_EQ(faults_of(kSmallTree, table), Found{}) << "of this library all is allowed there";
  table[3].ours = "low/ middle/all.h";
  EXPECT_EQ(faults_of(kSmallTree, table), (Found{"high may include middle/all.h, and that includes middle/part.h",
                                                 "high/c.cc includes middle/part.h"}));
  table[3].ours = "low/ middle/part.h middle/gone.h";
  EXPECT_EQ(faults_of(kSmallTree, table), Found{"high may include middle/gone.h, which does not exist"});
}

// ---- the table

TEST(Includes, TheEngineDependsOnNothingAboveIt) {
  EXPECT_EQ(forbidden_includes("engine/a.cc", "#include \"engine/store.h\"\n#include <vector>\n#include <xxhash.h>\n"),
            Found{});
  EXPECT_EQ(forbidden_includes("engine/a.h", "#include <xxhash.h>\n"), Found{"<xxhash.h"});
  for (const std::string header : {"\"engine/posix/posix_disk.h", "\"engine/tools/verify.h", "\"engine/cli/text.h",
                                   "\"sim/disk/trace.h", "<fmt/core.h", "<nlohmann/json.hpp", "<boost/a.hpp"}) {
    EXPECT_EQ(forbidden_includes("engine/a.cc", "#include " + header + "\"\n"), Found{header});
  }
  EXPECT_EQ(forbidden_includes("engine/tools/a.cc", "#include <CLI/CLI.hpp>\n#include \"engine/cli/text.h\"\n"),
            (Found{"<CLI/CLI.hpp", "\"engine/cli/text.h"}));
}

TEST(Includes, OnlyThePosixDiskAndItsFilesKnowThatPosixExists) {
  EXPECT_EQ(forbidden_includes("engine/posix/posix_disk.cc", "#include <unistd.h>\n#include <sys/uio.h>\n"), Found{});
  EXPECT_EQ(forbidden_includes("engine/store.cc", "#include <unistd.h>\n"), Found{"<unistd.h"});
  EXPECT_EQ(forbidden_includes("engine/posix/posix_file.cc", "#include <sys/mman.h>\n"), Found{});
  EXPECT_EQ(forbidden_includes("engine/posix/posix_disk.h", "#include <unistd.h>\n"), Found{"<unistd.h"});
  EXPECT_EQ(forbidden_includes("engine/posix/posix_file.h", "#include <sys/mman.h>\n"), Found{"<sys/mman.h"});
  EXPECT_EQ(forbidden_includes("sim/disk/sim_disk.cc", "#include <unistd.h>\n"), Found{"<unistd.h"});
  EXPECT_EQ(forbidden_includes("sim/demo/word_count.cc", "#include <unistd.h>\n"), Found{"<unistd.h"});
}

TEST(Includes, TheSimulatorDependsOnTheEngineAndOnNothingAboveItself) {
  EXPECT_EQ(forbidden_includes("sim/base/a.cc",
                               "#include \"engine/store.h\"\n#include \"engine/tools/json_nesting.h\"\n"
                               "#include <nlohmann/json.hpp>\n#include <fmt/core.h>\n"),
            Found{});
  for (const std::string header : {"engine/posix/posix_disk.h", "engine/tools/verify.h", "engine/cli/text.h",
                                   "sim/run/runner.h", "viz/model/scene.h", "tests/support/damage.h"}) {
    EXPECT_EQ(forbidden_includes("sim/disk/a.cc", "#include \"" + header + "\"\n"), Found{"\"" + header});
  }
}

TEST(Includes, DrawingHasNoSubjectAndTheSubjectIsNotDrawn) {
  EXPECT_EQ(forbidden_includes("viz/draw/a.cc", "#include \"viz/model/scene.h\"\n#include \"engine/event.h\"\n"),
            (Found{"\"viz/model/scene.h", "\"engine/event.h"}));
  EXPECT_EQ(forbidden_includes("viz/model/a.cc", "#include <imgui.h>\n#include \"viz/draw/canvas.h\"\n"),
            (Found{"<imgui.h", "\"viz/draw/canvas.h"}));
}

// All sources of the project.
Tree read_tree() {
  const fs::path top = SEDIMENT_SOURCE_DIR;
  Tree tree;
  for (auto entry = fs::recursive_directory_iterator(top); entry != fs::recursive_directory_iterator(); ++entry) {
    const std::string name = entry->path().filename().string();
    if (entry->is_directory()) {
      const bool holds_copies = name.starts_with(".") || name == "build" || name == "node_modules" ||
                                fs::exists(entry->path() / "CMakeCache.txt");
      if (holds_copies) entry.disable_recursion_pending();
      continue;
    }
    if (!is_source(name)) continue;
    std::ifstream file(entry->path());
    std::ostringstream source;
    source << file.rdbuf();
    EXPECT_TRUE(file) << entry->path();
    tree[fs::relative(entry->path(), top).string()] = source.str();
  }
  return tree;
}

TEST(Includes, OfEverySourceFollowTheTable) {
  const Tree tree = read_tree();
  EXPECT_GT(tree.size(), 300U);
  EXPECT_EQ(faults_of(tree, kTable), Found{});
}

}  // namespace
}  // namespace sediment
