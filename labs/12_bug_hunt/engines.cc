#include "labs/12_bug_hunt/engines.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <stdexcept>

#include "labs/grader/digest.h"
#include "labs/grader/files.h"
#include "sim/base/random.h"

namespace sediment::labs {

namespace {

namespace fs = std::filesystem;

using Words = std::vector<std::string>;

// The labs whose component is in the engine's store, each with a file that a hunted engine may have in another version.
std::vector<Lab> labs_of_the_engine(const Inputs& inputs) {
  std::vector<Lab> labs = all_labs(inputs.root);
  std::erase_if(labs, [](const Lab& lab) { return lab.kind != &sim::engine_kind(); });
  return labs;
}

Lab lab_of(const PooledEngine& engine, const Inputs& inputs) {
  for (const Lab& lab : labs_of_the_engine(inputs)) {
    if (engine.file.starts_with(lab.folder + "/")) return lab;
  }
  throw std::runtime_error(engine.file + " is in no lab of the engine");
}

void run(const Words& words, const std::string& folder) {
  std::string output;
  if (!run_command(words, folder, "output", &output)) {
    throw BuildFailed(BuildFailed::Why::kDoesNotCompile, "an engine of the hunt cannot be built", output);
  }
}

// `objects` take the place of the engine's objects of the same names.
void link(const Inputs& inputs, const std::string& folder, const Words& objects, sim::Random* order, const Words& flags,
          const std::string& out) {
  Words parts = objects;
  for (const std::string& component : inputs.components) {
    if (component.find("/12_bug_hunt/") != std::string::npos) parts.push_back(component);
  }
  for (const std::string& object : inputs.engine) {
    if (std::find(objects.begin(), objects.end(), fs::path(object).filename()) == objects.end())
      parts.push_back(object);
  }
  if (order != nullptr) {
    for (std::size_t i = parts.size(); i > 1; --i) std::swap(parts[i - 1], parts[order->below(i)]);
  }
  Words words{inputs.compiler, "-o", out};
  words.insert(words.end(), flags.begin(), flags.end());
  words.insert(words.end(), parts.begin(), parts.end());
  words.emplace_back("-Wl,--whole-archive");
  words.insert(words.end(), inputs.libraries.begin(), inputs.libraries.end());
  words.emplace_back("-Wl,--no-whole-archive");
  words.emplace_back("-pthread");
  run(words, folder);
}

// The object is called as the engine's: "merge.cc.o".
std::string compile(const Inputs& inputs, const std::string& folder, const std::string& name, const std::string& source,
                    const Words& flags) {
  write_file(folder + "/" + name, source);
  Words words{inputs.compiler, "-std=c++20", "-w", "-isystem", inputs.headers, "-c", name, "-o", name + ".o"};
  words.insert(words.end(), flags.begin(), flags.end());
  run(words, folder);
  return name + ".o";
}

// Changes when the engine is built anew.
std::string digest_of(const std::string& source, const Inputs& inputs) {
  std::string all = source + inputs.compiler;
  for (const Words* files : {&inputs.engine, &inputs.components, &inputs.libraries}) {
    for (const std::string& file : *files) {
      std::error_code error;
      const auto time = fs::last_write_time(file, error);
      all += file + std::to_string(time.time_since_epoch().count());
    }
  }
  return digest_of_text(all);
}

// Which flags: enough that no two compilations of a file are alike.
Words flags_of(sim::Random* random) {
  constexpr std::array<const char*, 3> kLevels{"-O1", "-O2", "-Os"};
  constexpr std::array<const char*, 6> kSome{"-fno-inline-small-functions", "-fno-reorder-blocks",
                                             "-fno-schedule-insns2",        "-falign-functions=64",
                                             "-fomit-frame-pointer",        "-fno-tree-ter"};
  Words flags{kLevels[random->below(kLevels.size())], "-fno-ident", "-ffunction-sections"};
  for (const char* flag : kSome) {
    if (random->below(2) == 0) flags.emplace_back(flag);
  }
  return flags;
}

}  // namespace

Program program_of(const PooledEngine& engine, const Inputs& inputs) {
  const std::string source = read_file(inputs.root + "/labs/" + engine.file);
  const std::string programs = inputs.work + "/hunt";
  const std::string program = programs + "/" + digest_of(source, inputs);
  std::error_code error;
  if (fs::exists(program, error)) return {program, false};
  const BuildFolder own(inputs, "hunt");
  fs::create_directories(own.path());
  fs::create_directories(programs);
  const std::string name = lab_of(engine, inputs).file();
  const std::string object = compile(inputs, own.path(), name, source, {"-O0"});
  const std::string made = program + "-" + std::to_string(::getpid());  // others may build the same
  link(inputs, own.path(), {object}, nullptr, {}, made);
  fs::rename(made, program);
  return {program, false};
}

void build_for_students(const PooledEngine& engine, const Inputs& inputs, std::uint64_t seed, const std::string& out) {
  sim::Random random(seed);
  const BuildFolder own(inputs, "hunt");
  fs::create_directories(own.path());
  const Lab hunted = lab_of(engine, inputs);
  // All files that may be another one are compiled in the same way, so that none stands out, and each says that it is the
  // engine's own.
  Words objects;
  for (const Lab& lab : labs_of_the_engine(inputs)) {
    const std::string engines = inputs.root + "/engine/" + lab.file();
    const std::string source = lab.number == hunted.number ? inputs.root + "/labs/" + engine.file : engines;
    Words flags = flags_of(&random);
    flags.push_back("-fmacro-prefix-map=" + lab.file() + "=" + engines);
    objects.push_back(compile(inputs, own.path(), lab.file(), read_file(source), flags));
  }
  link(inputs, own.path(), objects, &random, {"-s", "-Wl,--build-id=none"}, fs::absolute(out).string());
}

}  // namespace sediment::labs
