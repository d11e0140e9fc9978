// The functions of a component whose calls are told.
#pragma once

#include <string>
#include <string_view>

namespace sediment::labs {

/// The environment variable with their names, and a comma before and after each.
constexpr const char* kMarkedFunctions = "SEDIMENT_MARKED_FUNCTIONS";

/// "sediment::HashIndex::insert(sediment::KeyHash, unsigned long)": "HashIndex::insert", as in the list.
std::string short_function_name(std::string_view function);

}  // namespace sediment::labs
