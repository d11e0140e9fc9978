#include "viz/model/words.h"

#include <algorithm>
#include <string>

namespace sediment::viz {

namespace {

struct Entry {
  Word word;
  std::vector<std::string_view> forms;  // lower case
};

const std::vector<Entry>& all_words() {
  static const std::vector<Entry> words = {
      {{"log", "a file that is written at its end only"}, {"log", "logs"}},
      {{"segment", "one file of the log, and the index of its keys"}, {"segment", "segments"}},
      {{"active", "the segment that takes the writes, the newest one"}, {"active"}},
      {{"sealed", "will never change again"}, {"sealed", "seal", "seals"}},
      {{"index", "a hash table in memory: where each key's record is"}, {"index", "indexes"}},
      {{"slot", "one place of an index's hash table"}, {"slot", "slots"}},
      {{"record", "a key and its value in a log, with sizes and checksums"}, {"record", "records"}},
      {{"tombstone", "a record that says: this key was removed"}, {"tombstone", "tombstones"}},
      {{"superseded", "a newer record of the same key counts instead"}, {"superseded", "supersedes", "hatched"}},
      {{"garbage", "records that no longer count"}, {"garbage"}},
      {{"MANIFEST", "the file that names the segments that count"}, {"manifest"}},
      {{"cache", "file contents that the system has not written to the disk yet"}, {"cache"}},
      {{"fsync", "has the system write its cache to the disk, and waits for it"},
       {"fsync", "fsyncs", "sync", "synced", "syncs"}},
      {{"durable", "on the disk, so that a power cut cannot take it"}, {"durable"}},
      {{"checksum", "a number made of the bytes; if they change, it no longer fits"}, {"checksum", "checksums"}},
      {{"merge", "copies what still counts in some segments into a new one"}, {"merge", "merges", "merged"}},
      {{"snapshot", "an index in a file, so that an open need not read the log"}, {"snapshot", "snapshots"}},
      {{"torn", "written in part when the power failed"}, {"torn", "tear"}},
      {{"rot", "a change of bytes that were already durable"}, {"rot"}},
      {{"roll", "to seal the active segment and begin a new one"}, {"roll", "rolls", "rolled"}},
      {{"group commit", "one fsync for the writes of several threads"}, {"commit"}},
      {{"probe", "a walk along the slots, from the one that the hash gives"}, {"probe", "probes", "probing"}},
      {{"hash", "a number made of a key; it says where to look"}, {"hash", "hashes"}},
  };
  return words;
}

bool is_letter(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

char in_lower_case(char character) {
  return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a') : character;
}

// Quotation marks are no letters, and a key in them is no word of the field.
bool is_quoted(std::string_view text, std::size_t begin) {
  constexpr std::string_view kMark = "“";
  return begin >= kMark.size() && text.substr(begin - kMark.size(), kMark.size()) == kMark;
}

}  // namespace

std::vector<Word> words_in(std::string_view text) {
  std::vector<Word> found;
  std::string word;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && is_letter(text[i])) {
      if (word.empty()) begin = i;
      word += in_lower_case(text[i]);
      continue;
    }
    if (word.empty()) continue;
    for (const Entry& entry : all_words()) {
      if (is_quoted(text, begin)) break;
      if (std::find(entry.forms.begin(), entry.forms.end(), word) == entry.forms.end()) continue;
      const auto is_it = [&](const Word& other) { return other.term == entry.word.term; };
      if (std::none_of(found.begin(), found.end(), is_it)) found.push_back(entry.word);
    }
    word.clear();
  }
  return found;
}

}  // namespace sediment::viz
