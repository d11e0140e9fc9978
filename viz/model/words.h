// The words of the field that a show's captions use, each with what it means.
#pragma once

#include <string_view>
#include <vector>

namespace sediment::viz {

struct Word {
  std::string_view term;
  std::string_view meaning;  // in a few words, without a full stop
};

/// Those that the text uses, in any of their forms, in the order of the text. A pure function.
std::vector<Word> words_in(std::string_view text);

}  // namespace sediment::viz
