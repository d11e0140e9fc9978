#include "labs/grader/starter.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <vector>

#include "labs/grader/files.h"

namespace sediment::labs {

namespace {

// "bool HashIndex::insert(KeyHash hash, ...": "HashIndex::insert".
std::string name_in(const std::string& signature) {
  const std::size_t end = signature.find('(');
  if (end == std::string::npos) throw std::runtime_error("no function: " + signature);
  const std::size_t begin = signature.find_last_of(" *&", end - 1) + 1;
  return signature.substr(begin, end - begin);
}

}  // namespace

std::string make_starter(std::string_view reference, int number, std::string_view title) {
  const std::string mark = fmt::format("// Lab {}: the body of this function is yours.", number);
  const std::vector<std::string> lines = lines_of(reference);
  std::string starter = fmt::format("// Lab {}: {}. README.md beside this file says what to do.\n", number, title);
  std::size_t last_include = lines.size();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].starts_with("#include \"")) last_include = i;
  }
  bool found = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i] != mark) {
      starter += lines[i] + "\n";
      if (i == last_include) starter += "#include \"labs/not_implemented.h\"\n";
      continue;
    }
    found = true;
    // The signature may take several lines; the body ends at a brace in the first column. Or both are in one line.
    std::string signature;
    while (++i < lines.size() && !lines[i].ends_with(" {") && !lines[i].ends_with(" }")) signature += lines[i] + "\n";
    if (i == lines.size()) throw std::runtime_error("no function below: " + mark);
    if (lines[i].ends_with(" }")) {
      signature += lines[i].substr(0, lines[i].find(" {") + 2);
    } else {
      signature += lines[i];
      while (++i < lines.size() && lines[i] != "}") {
      }
      if (i == lines.size()) throw std::runtime_error("a function without an end: " + signature);
    }
    // The comment keeps ./dev format from making one line of it.
    starter += fmt::format("{}\n  // Yours, instead of the next line.\n  not_implemented(\"{}\");\n}}\n", signature,
                           name_in(signature));
  }
  if (!found) throw std::runtime_error("no function is marked: " + mark);
  return starter;
}

std::vector<std::string> functions_of(const Lab& lab, const Inputs& inputs) {
  std::vector<std::string> functions;
  constexpr std::string_view kCall = "  not_implemented(\"";
  for (const std::string& line : lines_of(starter_of(lab, inputs))) {
    if (line.starts_with(kCall)) functions.push_back(line.substr(kCall.size(), line.rfind('"') - kCall.size()));
  }
  return functions;
}

std::string starter_of(const Lab& lab, const Inputs& inputs) {
  // What students of a closed course get has no reference.
  const std::string kept = inputs.root + "/labs/" + lab.folder + "/starter/" + lab.file();
  if (std::filesystem::is_regular_file(kept)) return read_file(kept);
  return make_starter(read_file(inputs.root + "/engine/" + lab.file()), lab.number, lab.title);
}

}  // namespace sediment::labs
