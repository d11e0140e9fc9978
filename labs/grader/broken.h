// The wrong solutions that "break it" checks are about. In the project they are built from wrong/NAME.cc when a check needs
// them. What students of a closed course get (course/handout.py) has them as programs, made beforehand, and without sources.
#pragma once

#include <functional>
#include <string>

#include "labs/grader/build.h"
#include "labs/grader/lab.h"

namespace sediment::labs {

struct Broken {
  Program program;               // the engine with the wrong solution, with addresses
  std::size_t fewest_steps = 0;  // of the shortest scenario that is known to show it
};

/// `build_other` is for a project with sources. Throws BuildFailed, and std::runtime_error if there is neither.
Broken broken_of(const std::string& lab_folder, const std::string& name,
                 const std::function<Build(const std::string& file)>& build_other);

/// The names of a lab's "break it" checks.
std::vector<std::string> broken_names(const std::string& lab_folder);

/// Makes the program of a wrong solution, and a file with the number of steps, in another lab folder. It needs nothing else of
/// this machine: the sanitizers are inside, and its libraries are looked for in `libraries`, as seen from the program. Throws
/// BuildFailed and std::runtime_error.
void prepare_broken(const Lab& lab, const Inputs& inputs, const std::string& name, const std::string& other_lab_folder,
                    const std::string& libraries);

}  // namespace sediment::labs
