#include "labs/grader/joint_build.h"

#include <fmt/format.h>

#include <filesystem>

#include "labs/grader/files.h"

namespace sediment::labs {

namespace {

namespace fs = std::filesystem;
using Why = BuildFailed::Why;

// What `nm -C -l` says of one symbol: "0000000000000000 T sediment::f(int)\t/folder/file.cc:12".
struct Symbol {
  char kind = '?';
  std::string name;
  std::string place;  // empty: not known
};

std::vector<Symbol> symbols_in(const std::string& listed) {
  std::vector<Symbol> symbols;
  for (const std::string& line : lines_of(listed)) {
    const std::size_t kind = line.find(' ') + 1;
    if (kind == 0 || kind + 2 >= line.size()) continue;
    const std::size_t name_end = std::min(line.find('\t'), line.size());
    const std::string place = name_end == line.size() ? "" : line.substr(name_end + 1);
    symbols.push_back({line[kind], line.substr(kind + 2, name_end - kind - 2), place});
  }
  return symbols;
}

// The names that an object shows to others. Those that any file may define, because a header does, count only if they stand
// in the file itself.
std::set<std::string> names_of(const std::string& listed, const std::string& source) {
  std::set<std::string> names;
  for (const Symbol& symbol : symbols_in(listed)) {
    const bool strong = std::string_view("TDBRSG").find(symbol.kind) != std::string_view::npos;
    const bool shared = std::string_view("WVu").find(symbol.kind) != std::string_view::npos;
    if (strong || (shared && symbol.place.starts_with(source + ":"))) names.insert(symbol.name);
  }
  return names;
}

}  // namespace

JointBuild::JointBuild(const Inputs& inputs, const std::vector<Part>& parts, std::string folder)
    : inputs_(inputs), folder_(std::move(folder)) {
  std::error_code error;
  fs::remove_all(folder_, error);
  fs::create_directories(folder_, error);
  for (const Part& part : parts) {
    copy_component(*part.lab, part.file, folder_);
    parts_.emplace(part.lab->number, part);
  }
  for (const auto& [lab, part] : parts_) object_of(part, true);
  refuse_equal_names();
}

// Its name in the folder; compiled if it is not there yet.
std::string JointBuild::object_of(const Part& part, bool addresses) {
  const std::string name = part.lab->component + (addresses ? "-with_addresses" : "-plain");
  if (fs::exists(folder_ + "/" + name + ".o")) return name + ".o";
  std::string warnings;
  try {
    compile_component(*part.lab, inputs_, folder_, name, addresses, false, &warnings);
  } catch (const BuildFailed& failed) {
    throw BuildFailed(failed.why(), part.file + ": " + failed.what(), failed.output());
  }
  return name + ".o";
}

void JointBuild::refuse_equal_names() {
  std::map<std::string, const Part*> first;  // who defines a name
  for (const auto& [lab, part] : parts_) {
    const std::string object = object_of(part, true);
    std::string listed;
    if (!run_command({"nm", "-C", "-l", "--defined-only", object}, folder_, "names", &listed)) {
      throw std::runtime_error("nm: " + listed);
    }
    for (const std::string& name : names_of(listed, folder_ + "/" + part.lab->file())) {
      const auto [defined, is_first] = first.emplace(name, &part);
      if (is_first) continue;
      throw BuildFailed(Why::kDoesNotCompile,
                        fmt::format("{} and {} both define {}; put helpers into an anonymous namespace, in each file",
                                    defined->second->file, part.file, name),
                        {});
    }
  }
}

Program JointBuild::program(const std::set<int>& labs, bool addresses) {
  std::string name = addresses ? "with_addresses" : "plain";
  for (const int lab : labs) name += "-" + std::to_string(lab);
  const auto made = programs_.find(name);
  if (made != programs_.end()) return made->second;
  const auto link_those = [&](const std::set<int>& chosen, const std::string& program_name) {
    std::map<std::string, std::string> objects;
    for (const int lab : chosen) objects[parts_.at(lab).lab->file()] = object_of(parts_.at(lab), addresses);
    link_components(*parts_.begin()->second.lab, inputs_, objects, folder_, program_name, addresses);
  };
  try {
    link_those(labs, name);
  } catch (const BuildFailed&) {
    // Alone, a file's own mistake is named as such.
    for (const int lab : labs) {
      try {
        link_those({lab}, "alone");
      } catch (const BuildFailed& failed) {
        throw BuildFailed(failed.why(), parts_.at(lab).file + ": " + failed.what(), failed.output());
      }
    }
    throw;
  }
  return programs_.emplace(name, Program{folder_ + "/" + name, addresses}).first->second;
}

Build JointBuild::link(const std::set<int>& labs) {
  return {program(labs, true), [this, labs] { return program(labs, false); }};
}

}  // namespace sediment::labs
