// Starters are made from the reference, so that they cannot drift from it.
//
// In a source of the engine, a line "// Lab N: the body of this function is yours." stands above each function that lab
// N leaves to the student. The starter is the same file with those bodies emptied; everything else stays.
#pragma once

#include <string>
#include <string_view>

#include "labs/grader/build.h"
#include "labs/grader/lab.h"

namespace sediment::labs {

/// The starter for lab `number`, from the text of the reference. `title` is for the comment at its top. Throws
/// std::runtime_error if no function is marked, or if the function below a mark cannot be recognized.
std::string make_starter(std::string_view reference, int number, std::string_view title);

/// The starter of a lab, from the reference in the project's folder, or as it is kept where there is none
/// (course/handout.py). Throws std::runtime_error.
std::string starter_of(const Lab& lab, const Inputs& inputs);

/// The functions that the student writes, as they are called in the starter: "HashIndex::insert". Throws
/// std::runtime_error.
std::vector<std::string> functions_of(const Lab& lab, const Inputs& inputs);

}  // namespace sediment::labs
