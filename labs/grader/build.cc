#include "labs/grader/build.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <set>
#include <sstream>

#include "labs/grader/files.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves the declaration to the program

namespace sediment::labs {

namespace {

namespace fs = std::filesystem;
using Why = BuildFailed::Why;

constexpr std::uintmax_t kLargestSource = std::uintmax_t{1} << 20;  // bytes

// A command whose output goes into a file.
class Command {
 public:
  Command(const std::vector<std::string>& words, const std::string& folder, std::string output)
      : output_(std::move(output)) {
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ::posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    ::posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
    if (::posix_spawnp(&id_, arguments[0], &actions, nullptr, arguments.data(), environ) != 0) id_ = -1;
    ::posix_spawn_file_actions_destroy(&actions);
  }

  // True if it succeeded. Both: what it printed is in the output.
  bool wait(std::string* output) {
    int status = 1;
    while (id_ > 0 && ::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    *output = id_ > 0 ? read_file(output_) : "it could not be started";
    return id_ > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

 private:
  pid_t id_ = -1;
  std::string output_;
};

std::vector<std::string> sanitizers(bool addresses) {
  return {addresses ? "-fsanitize=address,undefined" : "-fsanitize=undefined", "-fno-sanitize-recover=all"};
}

// One build finds mistakes, and is compiled fast. The other runs fast, and leaves out what takes longest to compile: the
// first has it.
std::vector<std::string> optimization(bool addresses) {
  if (addresses) return {"-O0"};
  return {"-O1", "-fno-sanitize=null,alignment,object-size,vptr"};
}

std::vector<std::string> compile_command(const Lab& lab, const Inputs& inputs, const std::string& name, bool addresses,
                                         bool tells_calls) {
  // Students see warnings; only what is sure to be a mistake is an error. The starter's bodies use no parameters.
  std::vector<std::string> words{inputs.compiler,
                                 "-std=c++20",
                                 "-g",
                                 "-fno-omit-frame-pointer",
                                 "-D_GLIBCXX_ASSERTIONS",
                                 "-Wall",
                                 "-Wextra",
                                 "-Wshadow",
                                 "-Wmissing-declarations",
                                 "-Wno-unused-parameter",
                                 "-Wno-unused-function",
                                 "-Werror=return-type",
                                 "-Werror=unused-result",
                                 "-fdiagnostics-color=never",
                                 "-isystem",
                                 inputs.headers,
                                 "-MD",
                                 "-MF",
                                 name + ".d",
                                 "-c",
                                 lab.file(),
                                 "-o",
                                 name + ".o"};
  for (const std::string& flag : sanitizers(addresses)) words.push_back(flag);
  for (const std::string& flag : optimization(addresses)) words.push_back(flag);
  if (tells_calls) words.emplace_back("-finstrument-functions");
  return words;
}

// The files that the compiler read, from its list for make. There, a backslash stands before a space in a name and before
// the end of a line.
std::vector<std::string> dependencies(const std::string& list) {
  std::vector<std::string> files;
  std::string file;
  const auto end_file = [&] {
    if (!file.empty()) files.push_back(std::move(file));
    file.clear();
  };
  for (std::size_t i = std::min(list.find(':'), list.size()) + 1; i < list.size(); ++i) {
    const bool escapes = list[i] == '\\' && i + 1 < list.size();
    if (escapes && (list[i + 1] == ' ' || list[i + 1] == '#')) {
      file += list[++i];
    } else if (list[i] == ' ' || list[i] == '\n' || (escapes && list[i + 1] == '\n')) {
      end_file();
    } else {
      file += list[i];
    }
  }
  end_file();
  return files;
}

void refuse_other_sources(const Lab& lab, const Inputs& inputs, const std::string& list) {
  for (const std::string& file : dependencies(list)) {
    const std::string path = fs::path(file).lexically_normal().string();
    const bool system = path.starts_with("/usr/include/") || path.starts_with("/usr/lib/");
    const bool header = path.starts_with(inputs.headers + "/");
    if (path == lab.file() || system || header) continue;
    throw BuildFailed(Why::kRefused, "your file includes " + file + "; it may include the engine's headers only", {});
  }
}

// "undefined reference to `sediment::HashIndex::make_room()'": the names, each once.
std::vector<std::string> undefined_names(const std::string& output) {
  std::set<std::string> names;
  constexpr std::string_view kStart = "undefined reference to `";
  for (std::size_t at = output.find(kStart); at != std::string::npos; at = output.find(kStart, at + 1)) {
    const std::size_t begin = at + kStart.size();
    names.insert(output.substr(begin, output.find('\'', begin) - begin));
  }
  return {names.begin(), names.end()};
}

std::vector<std::string> link_command(const Lab& lab, const Inputs& inputs,
                                      const std::map<std::string, std::string>& objects, const std::string& name,
                                      bool addresses) {
  std::vector<std::string> words{inputs.compiler, "-o", name};
  for (const auto& [source, object] : objects) words.push_back(object);
  for (const std::string& component : inputs.components) {
    if (component.find("/" + lab.folder + "/") != std::string::npos) words.push_back(component);
  }
  for (const std::string& object : inputs.engine) {
    if (!objects.contains(fs::path(object).stem().string())) words.push_back(object);
  }
  // All of the libraries, so that a name that the file defines and they do, too, such as main, is an error.
  words.emplace_back("-Wl,--whole-archive");
  for (const std::string& library : inputs.libraries) words.push_back(library);
  words.emplace_back("-Wl,--no-whole-archive");
  words.emplace_back("-pthread");
  for (const std::string& flag : sanitizers(addresses)) words.push_back(flag);
  return words;
}

// Compiles and links the copy of the student's file that is in the folder.
Program make_program(const Lab& lab, const Inputs& inputs, const std::string& folder, bool addresses,
                     std::string* warnings, const std::shared_ptr<Calls>& calls) {
  const std::string name = addresses ? "with_addresses" : "plain";
  compile_component(lab, inputs, folder, name, addresses, calls != nullptr, warnings);
  link_components(lab, inputs, {{lab.file(), name + ".o"}}, folder, name, addresses);
  return {folder + "/" + name, addresses, calls};
}

}  // namespace

BuildFolder::BuildFolder(const Inputs& inputs, const std::string& name)
    : path_(inputs.work + "/build/" + name + "-" + std::to_string(::getpid())) {}

BuildFolder::~BuildFolder() {
  std::error_code error;
  fs::remove_all(path_, error);
}

Inputs read_inputs(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + " cannot be read: build the preset `lab` first");
  Inputs inputs;
  for (std::string line; std::getline(file, line);) {
    const std::size_t space = line.find(' ');
    const std::string what = line.substr(0, space);
    const std::string value = space == std::string::npos ? "" : line.substr(space + 1);
    if (what == "compiler") inputs.compiler = value;
    if (what == "headers") inputs.headers = value;
    if (what == "root") inputs.root = value;
    if (what == "work") inputs.work = value;
    if (what == "library") inputs.libraries.push_back(value);
    if (what == "component") inputs.components.push_back(value);
    if (what == "engine") inputs.engine.push_back(value);
  }
  return inputs;
}

bool run_command(const std::vector<std::string>& words, const std::string& folder, const std::string& name,
                 std::string* output) {
  return Command(words, folder, folder + "/" + name + ".txt").wait(output);
}

void copy_component(const Lab& lab, const std::string& file, const std::string& folder) {
  std::error_code error;
  if (!fs::is_regular_file(file, error))
    throw BuildFailed(Why::kUnreadable, file + " is not a file that can be read", {});
  if (fs::file_size(file, error) > kLargestSource) throw BuildFailed(Why::kRefused, file + " is larger than 1 MiB", {});
  fs::copy_file(file, folder + "/" + lab.file(), error);
  if (error) throw BuildFailed(Why::kUnreadable, file + " cannot be copied: " + error.message(), {});
}

void compile_component(const Lab& lab, const Inputs& inputs, const std::string& folder, const std::string& name,
                       bool addresses, bool tells_calls, std::string* warnings) {
  if (!run_command(compile_command(lab, inputs, name, addresses, tells_calls), folder, name, warnings)) {
    throw BuildFailed(Why::kDoesNotCompile, "your file does not compile", *warnings);
  }
  refuse_other_sources(lab, inputs, read_file(folder + "/" + name + ".d"));
}

void link_components(const Lab& lab, const Inputs& inputs, const std::map<std::string, std::string>& objects,
                     const std::string& folder, const std::string& name, bool addresses,
                     const std::vector<std::string>& flags) {
  std::vector<std::string> words = link_command(lab, inputs, objects, name, addresses);
  words.insert(words.end(), flags.begin(), flags.end());
  std::string output;
  if (run_command(words, folder, name, &output)) return;
  const std::vector<std::string> missing = undefined_names(output);
  if (missing.empty()) throw BuildFailed(Why::kDoesNotCompile, "your file cannot be linked", output);
  std::string list;
  for (const std::string& function : missing) list += (list.empty() ? "" : ", ") + function;
  throw BuildFailed(Why::kNotImplemented, "your file does not define " + list, output);
}

Build build_component(const Lab& lab, const Inputs& inputs, const std::string& file, const std::string& folder,
                      std::string* warnings, const std::shared_ptr<Calls>& calls) {
  std::error_code error;
  fs::remove_all(folder, error);
  fs::create_directories(folder, error);
  copy_component(lab, file, folder);

  // The second is for the last checks only, and many files fail before them.
  const auto plain = [&lab, &inputs, folder, made = std::make_shared<std::optional<Program>>()] {
    std::string same_warnings;
    if (!*made) *made = make_program(lab, inputs, folder, false, &same_warnings, nullptr);
    return **made;
  };
  return {make_program(lab, inputs, folder, true, warnings, calls), plain};
}

}  // namespace sediment::labs
