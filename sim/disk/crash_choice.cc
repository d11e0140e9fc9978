#include "sim/disk/crash_choice.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "sim/base/parse_number.h"

namespace sediment::sim {

namespace {

using Scope = CrashChoice::Scope;

std::string text_of(Kept kept) {
  if (kept == kKeepAll) return "all";
  std::string text;
  for (std::size_t i = 0; i < kMostBits; ++i) {
    if (keeps(kept, i)) text += (text.empty() ? "" : ",") + std::to_string(i + 1);
  }
  return text.empty() ? "none" : text;
}

std::optional<Kept> parse_kept(std::string_view text) {
  if (text == "all") return kKeepAll;
  if (text == "none") return kKeepNone;
  Kept kept = 0;
  while (true) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const auto number = parse_number(text.substr(0, comma));
    if (!number || *number < 1 || *number > kMostBits) return std::nullopt;
    kept |= bit_of(static_cast<std::size_t>(*number - 1));
    if (comma == text.size()) return kept;
    text.remove_prefix(comma + 1);
  }
}

// What follows each fault's name: how it is written, and which field each word fills.
struct Grammar {
  enum class Word : std::uint8_t { kFile, kOther, kByte, kSize, kOtherByte, kBit, kWrites, kChanges };
  Fault fault;
  std::string_view form;
  std::vector<Word> words;
};

const std::vector<Grammar>& grammars() {
  using Word = Grammar::Word;
  static const std::vector<Grammar> all_grammars = {
      {Fault::kKeepSubset, "WRITES CHANGES", {Word::kWrites, Word::kChanges}},
      {Fault::kTornByte, "FILE OFFSET", {Word::kFile, Word::kByte}},
      {Fault::kTornSector, "FILE OFFSET", {Word::kFile, Word::kByte}},
      {Fault::kTornWords, "FILE WORDS", {Word::kFile, Word::kWrites}},
      {Fault::kLostTruncate, "FILE", {Word::kFile}},
      {Fault::kZeroExtent, "FILE", {Word::kFile}},
      {Fault::kGarbageTail, "FILE SEED\" or \"garbage-tail FILE OTHER", {Word::kFile, Word::kOther}},
      {Fault::kLostCreate, "FILE", {Word::kFile}},
      {Fault::kLostRename, "FILE", {Word::kFile}},
      {Fault::kLostRemove, "FILE", {Word::kFile}},
      {Fault::kBitRot, "FILE OFFSET BIT\", where BIT is \"0\" to \"7", {Word::kFile, Word::kByte, Word::kBit}},
      {Fault::kMisdirectedWrite,
       "FILE OFFSET SIZE OTHER OFFSET",
       {Word::kFile, Word::kByte, Word::kSize, Word::kOther, Word::kOtherByte}},
      {Fault::kStaleRead, "FILE OFFSET SIZE", {Word::kFile, Word::kByte, Word::kSize}},
      {Fault::kFileMissing, "FILE", {Word::kFile}},
      {Fault::kFileDuplicated, "FILE OTHER", {Word::kFile, Word::kOther}},
      {Fault::kFileSwapped, "FILE OTHER", {Word::kFile, Word::kOther}},
      {Fault::kFileTruncated, "FILE SIZE", {Word::kFile, Word::kByte}},
  };
  return all_grammars;
}

const Grammar* grammar_of(Fault fault) {
  for (const Grammar& grammar : grammars()) {
    if (grammar.fault == fault) return &grammar;
  }
  return nullptr;
}

std::string text_of(const CrashChoice& choice, Grammar::Word word) {
  using Word = Grammar::Word;
  switch (word) {
    case Word::kFile: return choice.file;
    case Word::kOther:
      return choice.fault == Fault::kGarbageTail && choice.other.empty() ? std::to_string(choice.byte) : choice.other;
    case Word::kByte: return std::to_string(choice.byte);
    case Word::kSize: return std::to_string(choice.size);
    case Word::kOtherByte: return std::to_string(choice.other_byte);
    case Word::kBit: return std::to_string(choice.bit);
    case Word::kWrites: return text_of(choice.writes);
    case Word::kChanges: return text_of(choice.changes);
  }
  return {};
}

// False if the word is not valid for the field.
bool take_word(CrashChoice* choice, Grammar::Word word, const std::string& text) {
  using Word = Grammar::Word;
  const auto number = parse_number(text);
  const auto kept = parse_kept(text);
  switch (word) {
    case Word::kFile: choice->file = text; return true;
    case Word::kOther:
      if (choice->fault == Fault::kGarbageTail && number) {
        choice->byte = *number;
      } else {
        choice->other = text;
      }
      return true;
    case Word::kByte: choice->byte = number.value_or(0); return number.has_value();
    case Word::kSize: choice->size = number.value_or(0); return number.has_value();
    case Word::kOtherByte: choice->other_byte = number.value_or(0); return number.has_value();
    case Word::kBit: choice->bit = static_cast<unsigned>(number.value_or(0)); return number.has_value() && *number < 8;
    case Word::kWrites: choice->writes = kept.value_or(0); return kept.has_value();
    case Word::kChanges: choice->changes = kept.value_or(0); return kept.has_value();
  }
  return false;
}

}  // namespace

std::string to_string(const CrashChoice& choice) {
  std::string text(name_of(choice.fault));
  if (choice.fault == Fault::kCleanKill && choice.in_append) {
    return text + " " + choice.file + " " + std::to_string(choice.byte);
  }
  if (choice.fault == Fault::kLoseUnsynced) {
    switch (choice.scope) {
      case Scope::kEverything: return text;
      case Scope::kContents: return text + " contents";
      case Scope::kDirectory: return text + " directory";
      case Scope::kOneFile: return text + " " + choice.file;
    }
  }
  if (const Grammar* grammar = grammar_of(choice.fault)) {
    for (const Grammar::Word word : grammar->words) text += " " + text_of(choice, word);
  }
  return text;
}

Result<CrashChoice> parse_crash_choice(const std::vector<std::string>& words) {
  const auto expected = [&](const std::string& what) { return Status::invalid_argument("expected " + what); };
  if (words.empty()) return expected("\"crash FAULT ...\", for example \"crash lose-unsynced\"");
  const std::optional<Fault> fault = parse_fault(words[0]);
  const Grammar* grammar = fault ? grammar_of(*fault) : nullptr;
  if (grammar == nullptr && fault != Fault::kCleanKill && fault != Fault::kLoseUnsynced) {
    std::string names = "clean-kill, lose-unsynced";
    for (const Grammar& each : grammars()) names += ", " + std::string(name_of(each.fault));
    return expected("\"crash FAULT ...\", where FAULT is one of " + names + ", not \"" + words[0] + "\"");
  }
  CrashChoice choice;
  choice.fault = *fault;
  const std::size_t count = words.size() - 1;
  if (grammar != nullptr) {
    bool fits = count == grammar->words.size();
    for (std::size_t i = 0; fits && i < count; ++i) fits = take_word(&choice, grammar->words[i], words[i + 1]);
    if (!fits) return expected("\"crash " + words[0] + " " + std::string(grammar->form) + "\"");
    return choice;
  }
  if (*fault == Fault::kCleanKill) {
    const auto bytes = count == 2 ? parse_number(words[2]) : std::nullopt;
    if (count != 0 && !bytes) return expected("\"crash clean-kill\" or \"crash clean-kill FILE BYTES\"");
    if (count == 0) return choice;
    choice.file = words[1];
    choice.byte = *bytes;
    choice.in_append = true;
    return choice;
  }
  if (count > 1) {
    return expected("\"crash lose-unsynced\", followed by contents, directory or one FILE if not everything is lost");
  }
  if (count == 0) return choice;
  choice.scope = words[1] == "contents"    ? Scope::kContents
                 : words[1] == "directory" ? Scope::kDirectory
                                           : Scope::kOneFile;
  if (choice.scope == Scope::kOneFile) choice.file = words[1];
  return choice;
}

namespace {

// What is damaged; `bit_is` says what a bit is then.
std::string damage_of(const CrashChoice& damage, const std::string& bit_is) {
  const std::string byte = std::to_string(damage.byte);
  switch (damage.fault) {
    case Fault::kBitRot:
      return "bit " + std::to_string(damage.bit) + " of byte " + byte + " of " + damage.file + " is " + bit_is;
    case Fault::kMisdirectedWrite:
      return std::to_string(damage.size) + " bytes that belong in " + damage.file + " at " + byte +
             " were written to " + damage.other + " at " + std::to_string(damage.other_byte);
    case Fault::kStaleRead:
      return std::to_string(damage.size) + " bytes of " + damage.file + " at " + byte +
             " are as they were before the write: zeros";
    case Fault::kFileMissing: return damage.file + " is gone";
    case Fault::kFileDuplicated: return damage.other + " holds a copy of " + damage.file;
    case Fault::kFileSwapped: return damage.file + " and " + damage.other + " have swapped names";
    case Fault::kFileTruncated: return damage.file + " ends after " + byte + " bytes";
    default: return std::string(what_it_does(damage.fault));
  }
}

}  // namespace

std::string explain(const CrashChoice& choice) {
  const std::string byte = std::to_string(choice.byte);
  const std::string survives = "the power fails; everything else that was written survives, but ";
  switch (choice.fault) {
    case Fault::kCleanKill:
      if (choice.in_append) {
        return "the process is killed in the middle of an append: " + byte + " of its bytes are in " + choice.file +
               "; nothing else is lost, and nothing more has become durable";
      }
      return "the process is killed; the operating system still has everything that was written";
    case Fault::kLoseUnsynced:
      switch (choice.scope) {
        case Scope::kEverything: return "the power fails; everything unsynced is lost";
        case Scope::kContents: return "the power fails; file names survive, and all unsynced contents are lost";
        case Scope::kDirectory:
          return "the power fails; contents survive, and every create, rename and remove since the last sync of the "
                 "directory is undone";
        case Scope::kOneFile: return survives + "the unsynced contents of " + choice.file + " are lost";
      }
      return "the power fails";
    case Fault::kKeepSubset:
      return "the power fails; of the unsynced writes these survive: " + text_of(choice.writes) +
             "; of the unsynced directory changes: " + text_of(choice.changes);
    case Fault::kTornByte:
    case Fault::kTornSector: return survives + choice.file + " was written only up to byte " + byte;
    case Fault::kTornWords:
      return survives + "of the 8-byte words written to " + choice.file +
             " since its last sync (at most the last 63), only these reached the disk: " + text_of(choice.writes);
    case Fault::kLostTruncate:
      return survives + "the cut of " + choice.file + " is undone, and the old bytes after its end are back";
    case Fault::kZeroExtent: return survives + choice.file + " holds zeros wherever it was written since its last sync";
    case Fault::kGarbageTail:
      return survives + choice.file + " holds " + (choice.other.empty() ? "random bytes" : "bytes of " + choice.other) +
             " wherever it was written since its last sync";
    case Fault::kLostCreate: return survives + "the creation of " + choice.file + " never reached the directory";
    case Fault::kLostRename: return survives + "the rename to " + choice.file + " never reached the directory";
    case Fault::kLostRemove: return "the power fails; everything survives, and the removed " + choice.file + " is back";
    default: break;
  }
  if (is_damage(choice.fault)) return survives + damage_of(choice, "wrong");
  return std::string(what_it_does(choice.fault));
}

std::string explain_at_rest(const CrashChoice& damage) {
  return "in the closed store, " + damage_of(damage, "flipped");
}

}  // namespace sediment::sim
