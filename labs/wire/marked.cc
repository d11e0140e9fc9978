#include "labs/wire/marked.h"

#include <algorithm>

namespace sediment::labs {

std::string short_function_name(std::string_view function) {
  std::string name(function);
  for (const std::string_view space : {"sediment::", "(anonymous namespace)::"}) {
    for (std::size_t at = name.find(space); at != std::string::npos; at = name.find(space, at)) {
      name.erase(at, space.size());
    }
  }
  name.resize(std::min(name.size(), name.find('(')));
  return name.substr(name.find_last_of(" *&") + 1);  // the type, which is there for a template
}

}  // namespace sediment::labs
