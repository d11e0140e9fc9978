// Compiles a student's component and links it with the engine, without the reference's.
//
// The file is copied into an empty folder and compiled against headers only. If it includes anything else, the compiler's
// list of dependencies says so, and it is refused: a file that includes the reference's source would pass every check.
#pragma once

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "labs/grader/lab.h"

namespace sediment::labs {

/// What the build of the project has left for this (labs/CMakeLists.txt).
struct Inputs {
  std::string compiler;
  std::string headers;                  // a folder
  std::string root;                     // the project's folder
  std::string work;                     // a folder for results
  std::vector<std::string> libraries;   // in the order of linking
  std::vector<std::string> components;  // the harness's part of each lab, an object each
  std::vector<std::string> engine;      // objects, one per source
};

/// Throws std::runtime_error if the file cannot be read.
Inputs read_inputs(const std::string& path);

/// A folder for builds of this process, removed afterwards.
class BuildFolder {
 public:
  BuildFolder(const Inputs& inputs, const std::string& name);
  ~BuildFolder();
  BuildFolder(const BuildFolder&) = delete;
  BuildFolder& operator=(const BuildFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// The component cannot be graded at all.
class BuildFailed : public std::runtime_error {
 public:
  enum class Why : std::uint8_t { kNotImplemented, kDoesNotCompile, kRefused, kUnreadable };
  BuildFailed(Why why, const std::string& sentence, std::string output)
      : std::runtime_error(sentence), why_(why), output_(std::move(output)) {}

  Why why() const { return why_; }
  /// What the compiler or linker said.
  const std::string& output() const { return output_; }

 private:
  Why why_;
  std::string output_;
};

/// Compiles and links `file` in `folder`, which is created. `warnings` receives what the compiler says about a file
/// that it accepts. With `calls`, the build with addresses tells of the calls of these functions. Throws BuildFailed.
Build build_component(const Lab& lab, const Inputs& inputs, const std::string& file, const std::string& folder,
                      std::string* warnings, const std::shared_ptr<Calls>& calls = nullptr);

// Its parts, for programs with more than one component (joint_build.h).

/// Copies `file` into `folder`, which must be there. Throws BuildFailed.
void copy_component(const Lab& lab, const std::string& file, const std::string& folder);
/// Compiles the copy in `folder` to NAME.o there. Throws BuildFailed.
void compile_component(const Lab& lab, const Inputs& inputs, const std::string& folder, const std::string& name,
                       bool addresses, bool tells_calls, std::string* warnings);
/// Links the program NAME in `folder`: the harness of `lab`, and the engine with these objects in place of those of the
/// sources that they are listed under. `flags` are for the linker. Throws BuildFailed.
void link_components(const Lab& lab, const Inputs& inputs, const std::map<std::string, std::string>& objects,
                     const std::string& folder, const std::string& name, bool addresses,
                     const std::vector<std::string>& flags = {});
/// Runs a command in `folder`. Returns whether it succeeded. `output` receives what it printed, which is also in NAME.txt.
bool run_command(const std::vector<std::string>& words, const std::string& folder, const std::string& name,
                 std::string* output);

}  // namespace sediment::labs
