#include "labs/grader/broken.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "labs/grader/files.h"
#include "sim/run/scenario.h"

namespace sediment::labs {

namespace {

namespace fs = std::filesystem;

// Where a prepared program is, and beside it the number of steps.
std::string prepared(const std::string& lab_folder, const std::string& name) { return lab_folder + "/broken/" + name; }

std::size_t fewest_steps(const std::string& lab_folder, const std::string& name) {
  const Result<sim::Scenario> shortest = sim::read_scenario(lab_folder + "/right/break/" + name + ".json");
  if (!shortest.ok()) throw std::runtime_error(shortest.status().to_string());
  return shortest->steps.size();
}

}  // namespace

Broken broken_of(const std::string& lab_folder, const std::string& name,
                 const std::function<Build(const std::string& file)>& build_other) {
  const std::string program = prepared(lab_folder, name);
  if (!fs::is_regular_file(program)) {
    const std::size_t steps = fewest_steps(lab_folder, name);
    return {build_other(lab_folder + "/wrong/" + name + ".cc").with_addresses, steps};
  }
  const nlohmann::json about = nlohmann::json::parse(read_file(program + ".json"), nullptr, false);
  if (!about.is_object() || !about.contains("steps") || !about["steps"].is_number_unsigned()) {
    throw std::runtime_error(program + ".json has no number of steps");
  }
  return {{fs::absolute(program).string(), true}, about["steps"].get<std::size_t>()};
}

std::vector<std::string> broken_names(const std::string& lab_folder) {
  std::vector<std::string> names;
  std::error_code error;  // lab 1 has none
  for (const auto& entry : fs::directory_iterator(lab_folder + "/right/break", error)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

void prepare_broken(const Lab& lab, const Inputs& inputs, const std::string& name, const std::string& other_lab_folder,
                    const std::string& libraries) {
  const std::string lab_folder = inputs.root + "/labs/" + lab.folder;
  const BuildFolder folder(inputs, lab.folder + "-broken");
  fs::create_directories(folder.path());
  copy_component(lab, lab_folder + "/wrong/" + name + ".cc", folder.path());
  std::string warnings;
  compile_component(lab, inputs, folder.path(), name, true, false, &warnings);
  const std::map<std::string, std::string> objects{{lab.file(), name + ".o"}};
  const std::vector<std::string> flags{"-static-libasan", "-static-libubsan", "-s", "-Wl,-rpath," + libraries};
  link_components(lab, inputs, objects, folder.path(), name, true, flags);
  fs::create_directories(other_lab_folder + "/broken");
  const std::string program = prepared(other_lab_folder, name);
  fs::copy_file(folder.path() + "/" + name, program, fs::copy_options::overwrite_existing);
  write_file(program + ".json", nlohmann::json{{"steps", fewest_steps(lab_folder, name)}}.dump() + "\n");
}

}  // namespace sediment::labs
