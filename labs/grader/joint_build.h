// Several of a student's components in one engine. Each file is compiled once for each kind of build, by itself and against
// headers only, as in grading; after that, an engine with any choice of them only has to be linked.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "labs/grader/build.h"
#include "labs/grader/lab.h"

namespace sediment::labs {

/// A lab and the student's file for it.
struct Part {
  const Lab* lab = nullptr;
  std::string file;
};

class JointBuild {
 public:
  /// `parts`: at least one, all of the same kind of store. `folder` is made, and must outlive the programs. Throws
  /// BuildFailed, also if two of the files define the same name. The linker would refuse that, or, for a member function in
  /// a class, silently take one of them for both.
  JointBuild(const Inputs& inputs, const std::vector<Part>& parts, std::string folder);

  /// The engine with the files of these labs, and the reference's for all others. Throws BuildFailed.
  Build link(const std::set<int>& labs);

 private:
  Program program(const std::set<int>& labs, bool addresses);
  std::string object_of(const Part& part, bool addresses);
  void refuse_equal_names();

  const Inputs& inputs_;
  std::map<int, Part> parts_;
  std::string folder_;
  std::map<std::string, Program> programs_;  // by their names
};

}  // namespace sediment::labs
