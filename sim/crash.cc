#include "sim/crash.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>

#include "sim/parse_number.h"

namespace sediment::sim {

namespace {

using Scope = CrashChoice::Scope;

std::optional<Fault> parse_fault(std::string_view text) {
  for (const Fault fault : {Fault::kCleanKill, Fault::kLoseUnsynced, Fault::kTornByte, Fault::kLostCreate,
                            Fault::kLostRename, Fault::kLostRemove, Fault::kBitRot}) {
    if (name_of(fault) == text) return fault;
  }
  return std::nullopt;
}

std::optional<DiskOperation::Kind> kind_of_change(Fault fault) {
  switch (fault) {
    case Fault::kLostCreate: return DiskOperation::Kind::kCreate;
    case Fault::kLostRename: return DiskOperation::Kind::kRename;
    case Fault::kLostRemove: return DiskOperation::Kind::kRemove;
    default: return std::nullopt;
  }
}

// The files that the directory shows when the changes that `keep` likes have reached it.
template <typename Keep>
std::map<std::string, FileId> names_with(const DiskState& state, Keep keep) {
  std::map<std::string, FileId> names = state.durable_names();
  const auto& changes = state.unsynced_changes();
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (keep(i)) changes[i].apply_to(names);
  }
  return names;
}

DiskState after_power_cut(const std::map<std::string, FileId>& names,
                          const std::function<std::string(FileId)>& contents_of) {
  std::map<std::string, std::string> files;
  for (const auto& [name, id] : names) files[name] = contents_of(id);
  return DiskState::with_files(files);
}

Status impossible(const CrashChoice& choice, const std::string& why) {
  return Status::invalid_argument("\"" + to_string(choice) + "\" is not possible here: " + why);
}

// Where the last byte that an unsynced append has written ends; 0 when there is none.
std::uint64_t end_of_appends(const FileState& file) {
  std::uint64_t end = 0;
  for (const FileState::Change& change : file.unsynced) {
    if (!change.bytes.empty()) end = std::max<std::uint64_t>(end, change.offset + change.bytes.size());
  }
  return end;
}

// The file's contents if nothing behind `byte` was written: reserved space stays, as zeros.
std::string torn_at(const FileState& file, std::uint64_t byte) {
  std::string contents = file.durable;
  for (FileState::Change change : file.unsynced) {
    if (!change.bytes.empty()) {
      if (change.offset >= byte) continue;
      if (change.offset + change.bytes.size() > byte) {
        change.bytes.resize(byte - change.offset);
        change.size = std::max<std::uint64_t>(contents.size(), byte);
      }
    }
    change.apply_to(contents);
  }
  return contents;
}

}  // namespace

std::string_view name_of(Fault fault) {
  switch (fault) {
    case Fault::kCleanKill: return "clean-kill";
    case Fault::kLoseUnsynced: return "lose-unsynced";
    case Fault::kTornByte: return "torn-byte";
    case Fault::kLostCreate: return "lost-create";
    case Fault::kLostRename: return "lost-rename";
    case Fault::kLostRemove: return "lost-remove";
    case Fault::kBitRot: return "bit-rot";
  }
  return "unknown";
}

std::string to_string(const CrashChoice& choice) {
  std::string text(name_of(choice.fault));
  const std::string byte = " " + std::to_string(choice.byte);
  switch (choice.fault) {
    case Fault::kCleanKill: return choice.in_append ? text + " " + choice.file + byte : text;
    case Fault::kLoseUnsynced:
      switch (choice.scope) {
        case Scope::kEverything: return text;
        case Scope::kContents: return text + " contents";
        case Scope::kDirectory: return text + " directory";
        case Scope::kOneFile: return text + " " + choice.file;
      }
      return text;
    case Fault::kTornByte: return text + " " + choice.file + byte;
    case Fault::kLostCreate:
    case Fault::kLostRename:
    case Fault::kLostRemove: return text + " " + choice.file;
    case Fault::kBitRot: return text + " " + choice.file + byte + " " + std::to_string(choice.bit);
  }
  return text;
}

Result<CrashChoice> parse_crash_choice(const std::vector<std::string>& words) {
  const auto expected = [&](const std::string& what) { return Status::invalid_argument("a crash is written " + what); };
  if (words.empty()) return expected("\"crash FAULT ...\", for instance \"crash lose-unsynced\"");
  const std::optional<Fault> fault = parse_fault(words[0]);
  if (!fault) {
    return expected(
        "\"crash FAULT ...\", where FAULT is one of clean-kill, lose-unsynced, torn-byte, lost-create, "
        "lost-rename, lost-remove, bit-rot, and not \"" +
        words[0] + "\"");
  }
  CrashChoice choice;
  choice.fault = *fault;
  const std::size_t count = words.size() - 1;
  if (count > 0) choice.file = words[1];
  if (count > 1) {
    const auto byte = parse_number(words[2]);
    if (!byte) return expected("with a number in the place of \"" + words[2] + "\"");
    choice.byte = *byte;
  }
  switch (*fault) {
    case Fault::kCleanKill:
      if (count != 0 && count != 2) return expected("\"crash clean-kill\" or \"crash clean-kill FILE BYTES\"");
      choice.in_append = count == 2;
      return choice;
    case Fault::kLoseUnsynced:
      if (count > 1)
        return expected("\"crash lose-unsynced\", with contents, directory or one FILE behind it if not all is lost");
      if (count == 0) return choice;
      choice.scope = words[1] == "contents"    ? Scope::kContents
                     : words[1] == "directory" ? Scope::kDirectory
                                               : Scope::kOneFile;
      if (choice.scope != Scope::kOneFile) choice.file.clear();
      return choice;
    case Fault::kTornByte:
      if (count != 2) return expected("\"crash torn-byte FILE OFFSET\"");
      return choice;
    case Fault::kLostCreate:
    case Fault::kLostRename:
    case Fault::kLostRemove:
      if (count != 1) return expected("\"crash " + words[0] + " FILE\"");
      return choice;
    case Fault::kBitRot: {
      const auto bit = count == 3 ? parse_number(words[3]) : std::nullopt;
      if (!bit || *bit > 7) return expected("\"crash bit-rot FILE OFFSET BIT\", where BIT is 0 to 7");
      choice.bit = static_cast<unsigned>(*bit);
      return choice;
    }
  }
  return choice;
}

std::string explain(const CrashChoice& choice) {
  switch (choice.fault) {
    case Fault::kCleanKill:
      if (choice.in_append) {
        return "the process is killed in the middle of an append: " + std::to_string(choice.byte) +
               " of its bytes are in " + choice.file + "; nothing else is lost, and nothing has become durable by it";
      }
      return "the process is killed; the operating system still has everything that was written";
    case Fault::kLoseUnsynced:
      switch (choice.scope) {
        case Scope::kEverything: return "the power fails; everything that no sync had covered is gone";
        case Scope::kContents:
          return "the power fails; file names survive, and all contents that no sync had covered are gone";
        case Scope::kDirectory:
          return "the power fails; contents survive, and every create, rename and remove since the last sync of the "
                 "directory "
                 "is undone";
        case Scope::kOneFile:
          return "the power fails; all survives but the contents of " + choice.file + " that no sync had covered";
      }
      return "the power fails";
    case Fault::kTornByte:
      return "the power fails; all survives, but " + choice.file + " was written only up to byte " +
             std::to_string(choice.byte);
    case Fault::kLostCreate:
      return "the power fails; all survives, but " + choice.file + " was never created as far as the directory knows";
    case Fault::kLostRename:
      return "the power fails; all survives, but the rename to " + choice.file + " never reached the directory";
    case Fault::kLostRemove: return "the power fails; all survives, and the removed " + choice.file + " is back";
    case Fault::kBitRot:
      return "the power fails; all survives, but bit " + std::to_string(choice.bit) + " of byte " +
             std::to_string(choice.byte) + " of " + choice.file + " is wrong";
  }
  return "a crash";
}

Result<DiskState> crash_image(const DiskState& before, const CrashChoice& choice) {
  const auto keep_all = [](std::size_t) { return true; };
  const auto keep_none = [](std::size_t) { return false; };
  const auto cached = [&](FileId id) { return before.file(id).cached; };
  const auto durable = [&](FileId id) { return before.file(id).durable; };
  const auto named = before.names().find(choice.file);
  const bool needs_file = choice.in_append || choice.scope == Scope::kOneFile || choice.fault == Fault::kTornByte ||
                          choice.fault == Fault::kBitRot;
  if (needs_file && named == before.names().end()) return impossible(choice, "there is no such file");

  switch (choice.fault) {
    case Fault::kCleanKill: {
      DiskState state = before;
      if (choice.in_append) {
        const FileState& file = before.file(named->second);
        const bool append = !file.unsynced.empty() && !file.unsynced.back().bytes.empty();
        if (!append || file.unsynced.back().bytes.size() < choice.byte) {
          return impossible(choice, "the last thing done to the file is no append of that many bytes");
        }
        state.interrupt_last_append(named->second, choice.byte);
      }
      state.forget_unreachable_files();
      return state;
    }

    case Fault::kLoseUnsynced:
      switch (choice.scope) {
        case Scope::kEverything: return after_power_cut(names_with(before, keep_none), durable);
        case Scope::kContents: return after_power_cut(names_with(before, keep_all), durable);
        case Scope::kDirectory: return after_power_cut(names_with(before, keep_none), cached);
        case Scope::kOneFile: break;
      }
      return after_power_cut(names_with(before, keep_all),
                             [&](FileId id) { return id == named->second ? durable(id) : cached(id); });

    case Fault::kTornByte: {
      const FileState& file = before.file(named->second);
      if (end_of_appends(file) == 0 || choice.byte < file.first_unsynced_byte() || choice.byte > end_of_appends(file)) {
        return impossible(choice, "what no sync has covered does not reach that byte");
      }
      return after_power_cut(names_with(before, keep_all),
                             [&](FileId id) { return id == named->second ? torn_at(file, choice.byte) : cached(id); });
    }

    case Fault::kLostCreate:
    case Fault::kLostRename:
    case Fault::kLostRemove: {
      const auto& changes = before.unsynced_changes();
      std::optional<std::size_t> lost;  // the last one that fits
      for (std::size_t i = 0; i < changes.size(); ++i) {
        const std::string& name = choice.fault == Fault::kLostRename ? changes[i].new_name : changes[i].name;
        if (changes[i].kind == kind_of_change(choice.fault) && name == choice.file) lost = i;
      }
      if (!lost) return impossible(choice, "there is no such change that a sync of the directory has not covered");
      return after_power_cut(names_with(before, [&](std::size_t i) { return i != *lost; }), cached);
    }

    case Fault::kBitRot: {
      DiskState state = after_power_cut(before.names(), cached);
      const FileId id = state.names().at(choice.file);
      std::string contents = state.file(id).cached;
      if (choice.byte >= contents.size()) return impossible(choice, "the file is shorter");
      contents[choice.byte] = static_cast<char>(contents[choice.byte] ^ (1 << choice.bit));
      state.damage(id, std::move(contents));
      return state;
    }
  }
  return impossible(choice, "unknown fault");
}

std::vector<CrashChoice> possible_crashes(const DiskState& state, const DiskOperation* last) {
  std::vector<CrashChoice> choices;
  choices.push_back({.fault = Fault::kCleanKill});

  const DiskOperation* last_append = last != nullptr && last->kind == DiskOperation::Kind::kAppend &&
                                             !last->bytes.empty() && state.names().contains(last->name)
                                         ? last
                                         : nullptr;
  if (last_append != nullptr) {
    for (std::uint64_t byte = 1; byte < last_append->bytes.size(); ++byte) {
      choices.push_back({.fault = Fault::kCleanKill, .file = last_append->name, .byte = byte, .in_append = true});
    }
    for (std::uint64_t byte = 0; byte <= last_append->bytes.size(); ++byte) {
      choices.push_back({.fault = Fault::kTornByte, .file = last_append->name, .byte = last_append->offset + byte});
    }
  }

  choices.push_back({.fault = Fault::kLoseUnsynced});
  for (const Scope scope : {Scope::kContents, Scope::kDirectory}) {
    choices.push_back({.fault = Fault::kLoseUnsynced, .scope = scope});
  }
  for (const auto& [name, id] : state.names()) {
    if (state.file(id).unsynced.empty()) continue;
    choices.push_back({.fault = Fault::kLoseUnsynced, .scope = Scope::kOneFile, .file = name});
  }

  std::set<std::pair<Fault, std::string>> seen;
  for (const DirectoryChange& change : state.unsynced_changes()) {
    for (const Fault fault : {Fault::kLostCreate, Fault::kLostRename, Fault::kLostRemove}) {
      if (kind_of_change(fault) != change.kind) continue;
      const std::string& name = fault == Fault::kLostRename ? change.new_name : change.name;
      if (seen.emplace(fault, name).second) choices.push_back({.fault = fault, .file = name});
    }
  }
  return choices;
}

}  // namespace sediment::sim
