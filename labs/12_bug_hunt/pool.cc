#include "labs/12_bug_hunt/pool.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "labs/grader/files.h"
#include "sim/base/random.h"

namespace sediment::labs {

namespace {

template <typename T>
void shuffle(std::vector<T>* items, sim::Random* random) {
  for (std::size_t i = items->size(); i > 1; --i) std::swap((*items)[i - 1], (*items)[random->below(i)]);
}

}  // namespace

std::string letter_of(std::size_t position) { return {static_cast<char>('A' + position)}; }

Bugs read_bugs(const std::string& lab_folder) {
  const std::string path = lab_folder + "/bugs.json";
  try {
    return nlohmann::json::parse(read_file(path)).get<Bugs>();
  } catch (const nlohmann::json::exception& damaged) {
    throw std::runtime_error(path + ": " + damaged.what());
  }
}

Pool read_pool(const std::string& lab_folder) {
  const std::string path = lab_folder + "/pool.json";
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    throw std::runtime_error(
        "this copy of the labs does not have the key of lab 12: name the folder of your engines with --programs "
        "FOLDER; see \"Run it\" in the lab's README.md");
  }
  Pool pool;
  pool.bugs = read_bugs(lab_folder);
  try {
    const nlohmann::json json = nlohmann::json::parse(read_file(path));
    for (const nlohmann::json& each : json.at("wrong")) {
      PooledEngine engine{each.at("file").get<std::string>(), each.at("bug").get<std::string>()};
      const std::string name = lab_folder + "/key/" + each.at("scenario").get<std::string>();
      Result<sim::Scenario> scenario = sim::read_scenario(name);
      if (!scenario.ok()) throw std::runtime_error(scenario.status().to_string());
      engine.shortest = std::move(*scenario);
      pool.wrong.push_back(std::move(engine));
    }
    for (const nlohmann::json& each : json.at("right")) pool.right.push_back({each.get<std::string>(), {}});
  } catch (const nlohmann::json::exception& damaged) {
    throw std::runtime_error(path + ": " + damaged.what());
  }
  if (pool.wrong.size() < kWrongEngines || pool.right.size() < kRightEngines) {
    throw std::runtime_error(path + " has too few engines");
  }
  return pool;
}

std::vector<PooledEngine> draw_engines(const Pool& pool, std::uint64_t seed) {
  sim::Random random(seed);
  std::vector<PooledEngine> wrong = pool.wrong;
  std::vector<PooledEngine> right = pool.right;
  shuffle(&wrong, &random);
  shuffle(&right, &random);
  std::vector<PooledEngine> engines(wrong.begin(), wrong.begin() + kWrongEngines);
  engines.insert(engines.end(), right.begin(), right.begin() + kRightEngines);
  shuffle(&engines, &random);
  return engines;
}

}  // namespace sediment::labs
