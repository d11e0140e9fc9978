#include "sim/disk/crash.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>

#include "engine/format.h"
#include "sim/base/random.h"

namespace sediment::sim {

namespace {

using Scope = CrashChoice::Scope;

constexpr std::uint64_t kSector = 512;  // bytes
constexpr std::uint64_t kWord = 8;      // bytes

// The fault that undoes this change alone.
Fault fault_that_undoes(const DirectoryChange& change) {
  switch (change.kind) {
    case DiskOperation::Kind::kRename: return Fault::kLostRename;
    case DiskOperation::Kind::kRemove:
    case DiskOperation::Kind::kRemoveDirectory: return Fault::kLostRemove;
    default: return Fault::kLostCreate;  // also of a directory, and of a second name
  }
}

Status impossible(const CrashChoice& choice, const std::string& why) {
  return Status::invalid_argument("\"" + to_string(choice) + "\" is not possible here: " + why);
}

// The end of the last unsynced append; 0 when there is none.
std::uint64_t end_of_appends(const FileState& file) {
  std::uint64_t end = 0;
  for (const FileState::Change& change : file.unsynced) {
    if (!change.bytes.empty()) end = std::max<std::uint64_t>(end, change.offset + change.bytes.size());
  }
  return end;
}

// The file's contents if nothing from `byte` on was written: reserved space stays, as zeros.
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

std::size_t words_in(const FileState::Change& append) { return (append.bytes.size() + kWord - 1) / kWord; }

// The unsynced appends that are followed only by appends.
std::span<const FileState::Change> last_appends(const FileState& file) {
  std::size_t first = file.unsynced.size();
  while (first > 0 && !file.unsynced[first - 1].bytes.empty()) --first;
  return std::span(file.unsynced).subspan(first);
}

std::size_t words_in(std::span<const FileState::Change> appends) {
  std::size_t words = 0;
  for (const FileState::Change& append : appends) words += words_in(append);
  return words;
}

// A choice says which words are kept, but only of the last ones, at most this many.
std::size_t torn_words(const FileState& file) { return std::min(words_in(last_appends(file)), kMostBits - 1); }

// The file's contents if only some of these words reached the disk.
std::string with_words(const FileState& file, Kept kept) {
  std::string contents = file.durable;
  const std::span<const FileState::Change> appends = last_appends(file);
  for (const FileState::Change& change : std::span(file.unsynced).first(file.unsynced.size() - appends.size())) {
    change.apply_to(contents);
  }
  const std::size_t whole = words_in(appends) - torn_words(file);
  std::size_t word = 0;
  for (const FileState::Change& append : appends) {
    contents.resize(std::max<std::uint64_t>(contents.size(), append.size));
    for (std::size_t at = 0; at < append.bytes.size(); at += kWord, ++word) {
      if (word >= whole && !keeps(kept, word - whole)) continue;
      const std::string bytes = append.bytes.substr(at, kWord);
      contents.replace(append.offset + at, bytes.size(), bytes);
    }
  }
  return contents;
}

// The file's contents at its new size, with other bytes in place of its unsynced appends.
std::string with_other_bytes(const FileState& file, const std::function<char(std::uint64_t offset)>& byte_at) {
  std::string contents = file.durable;
  for (const FileState::Change& change : file.unsynced) change.apply_to(contents);
  for (const FileState::Change& change : file.unsynced) {
    const std::uint64_t end = std::min<std::uint64_t>(change.offset + change.bytes.size(), contents.size());
    for (std::uint64_t i = change.offset; i < end; ++i) contents[i] = byte_at(i);
  }
  return contents;
}

// The last change that made the file smaller; none if there is none.
std::optional<std::size_t> last_cut(const FileState& file) {
  std::optional<std::size_t> cut;
  std::uint64_t size = file.durable.size();
  for (std::size_t i = 0; i < file.unsynced.size(); ++i) {
    if (file.unsynced[i].size < size) cut = i;
    size = file.unsynced[i].size;
  }
  return cut;
}

std::string without_change(const FileState& file, std::size_t left_out) {
  std::string contents = file.durable;
  for (std::size_t i = 0; i < file.unsynced.size(); ++i) {
    if (i != left_out) file.unsynced[i].apply_to(contents);
  }
  return contents;
}

}  // namespace

// ---- plans

DiskState PlannedDisk::build() && {
  if (!is_after_power_cut_) return std::move(state_);
  return numbers_.empty() ? DiskState::with_files(files_)
                          : DiskState::with_tree(files_, numbers_, std::move(directories_));
}

CrashSite::Settled CrashSite::settle(std::string contents) {
  Settled settled;
  settled.hash = checksum64(contents, contents.size());
  settled.file = std::make_shared<FileState>();
  settled.file->durable = contents;
  settled.file->cached = std::move(contents);
  return settled;
}

CrashSite::Settled CrashSite::with_pieces(FileId id, Kept kept) {
  for (const auto& [key, settled] : with_pieces_) {
    if (key == std::pair(id, kept)) return settled;
  }
  std::string contents = state_.file(id).durable;
  std::size_t i = 0;
  for (const Piece& piece : pieces()) {
    if (piece.file != id || !keeps(kept, i++)) continue;
    if (piece.change->bytes.empty()) {
      piece.change->apply_to(contents);
      continue;
    }
    const std::uint64_t end = piece.change->offset + piece.end;
    if (contents.size() < end) contents.resize(end);
    contents.replace(piece.change->offset + piece.begin, piece.end - piece.begin,
                     piece.change->bytes.substr(piece.begin, piece.end - piece.begin));
  }
  return with_pieces_.emplace_back(std::pair(id, kept), settle(std::move(contents))).second;
}

// In the order of writing.
const std::vector<CrashSite::Piece>& CrashSite::pieces() const {
  if (pieces_known_) return pieces_;
  pieces_known_ = true;
  std::set<FileId> seen;
  const auto add_file = [&](FileId id) {
    if (!seen.insert(id).second) return;
    for (const FileState::Change& change : state_.file(id).unsynced) {
      if (change.bytes.empty()) pieces_.push_back({id, &change, 0, 0});
      for (std::uint64_t at = 0; at < change.bytes.size();) {
        const std::uint64_t sector_end = ((change.offset + at) / kSector + 1) * kSector - change.offset;
        const std::uint64_t end = std::min<std::uint64_t>(sector_end, change.bytes.size());
        pieces_.push_back({id, &change, at, end});
        at = end;
      }
    }
  };
  for (const auto& [name, id] : state_.names()) add_file(id);
  for (const auto& [name, id] : state_.durable_names()) add_file(id);
  std::stable_sort(pieces_.begin(), pieces_.end(),
                   [](const Piece& a, const Piece& b) { return a.change->sequence < b.change->sequence; });
  return pieces_;
}

Names CrashSite::names_with(const std::function<bool(std::size_t)>& keep) const {
  Names names = state_.durable_names();
  const auto& changes = state_.unsynced_changes();
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (keep(i)) changes[i].apply_to(names);
  }
  return names;
}

namespace {

std::uint64_t mixed(std::uint64_t hash, std::uint64_t more) {
  hash = (hash ^ more) * 0x9e3779b97f4a7c15;
  return hash ^ (hash >> 32);
}

std::uint64_t hash_of_name(std::string_view name) { return checksum64(name, 1); }

}  // namespace

PlannedDisk CrashSite::planned(std::vector<std::pair<std::string, Settled>>&& files) {
  std::vector<DiskState::NamedFile> named;
  named.reserve(files.size());
  std::uint64_t hash = 1;
  for (auto& [name, settled] : files) {
    hash = mixed(mixed(hash, hash_of_name(name)), settled.hash);
    named.emplace_back(std::move(name), std::move(settled.file));
  }
  return {std::move(named), hash};
}

Names CrashSite::reachable(const Names& names) const {
  std::set<FileId> directories{0};
  for (std::size_t known = 0; known != directories.size();) {
    known = directories.size();
    for (const auto& [name, id] : names) {
      if (state_.is_directory(id) && directories.contains(state_.directory_of(name))) directories.insert(id);
    }
  }
  Names left;
  for (const auto& [name, id] : names) {
    if (directories.contains(state_.directory_of(name))) left.append(name, id);
  }
  return left;
}

PlannedDisk CrashSite::power_cut(const Names& names, const std::function<Settled(FileId)>& contents_of) {
  const bool is_tree = state_.is_tree();
  const Names reached = is_tree ? reachable(names) : Names();
  const Names& left = is_tree ? reached : names;
  std::vector<std::pair<std::string, Settled>> files;
  files.reserve(left.size());
  for (const auto& [name, id] : left) files.emplace_back(name, contents_of(id));
  PlannedDisk disk = planned(std::move(files));
  if (!is_tree) return disk;
  // An empty directory is not an empty file, and two names of one file are not two files.
  std::map<FileId, std::uint64_t> first_name;
  for (const auto& [name, id] : left) {
    const std::uint64_t number = first_name.try_emplace(id, disk.numbers_.size()).first->second;
    disk.fingerprint_ = mixed(mixed(disk.fingerprint_, number), state_.is_directory(id) ? 1 : 2);
    disk.numbers_.push_back(id);
  }
  disk.directories_ = state_.directories();
  return disk;
}

namespace {

// The last one that matches.
std::optional<std::size_t> lost_change(const DiskState& state, const CrashChoice& choice) {
  const auto& changes = state.unsynced_changes();
  std::optional<std::size_t> lost;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (fault_that_undoes(changes[i]) == choice.fault && changes[i].subject() == choice.file) lost = i;
  }
  return lost;
}

}  // namespace

Kept kept_changes(const DiskState& state, const CrashChoice& choice) {
  switch (choice.fault) {
    case Fault::kLoseUnsynced: {
      const bool keeps_names =
          choice.scope == CrashChoice::Scope::kContents || choice.scope == CrashChoice::Scope::kOneFile;
      return keeps_names ? kKeepAll : kKeepNone;
    }
    case Fault::kKeepSubset: return choice.changes;
    case Fault::kLostCreate:
    case Fault::kLostRename:
    case Fault::kLostRemove: {
      const std::optional<std::size_t> lost = lost_change(state, choice);
      return lost ? kKeepAll & ~bit_of(*lost) : kKeepAll;
    }
    default: return kKeepAll;
  }
}

PlannedDisk CrashSite::all_but(FileId special, const Settled& contents) {
  return power_cut(names_with([](std::size_t) { return true; }),
                   [&](FileId id) { return id == special ? contents : with_pieces(id, kKeepAll); });
}

PlannedDisk CrashSite::keep_subset(Kept writes, Kept changes) {
  const Names names = names_with([&](std::size_t change) { return keeps(changes, change); });
  return power_cut(names, [&](FileId id) {
    if (writes == kKeepAll) return with_pieces(id, kKeepAll);
    Kept of_file = 0;
    std::size_t i = 0;  // counts the pieces of this file
    for (std::size_t global = 0; global < pieces().size(); ++global) {
      if (pieces_[global].file == id && keeps(writes, global)) of_file |= bit_of(i);
      if (pieces_[global].file == id) ++i;
    }
    return with_pieces(id, of_file);
  });
}

Result<PlannedDisk> CrashSite::plan(const CrashChoice& choice) {
  const auto named = state_.names().find(choice.file);
  const bool needs_file = choice.in_append || choice.scope == Scope::kOneFile ||
                          (choice.fault >= Fault::kTornByte && choice.fault <= Fault::kGarbageTail) ||
                          is_damage(choice.fault);
  if (needs_file && named == state_.names().end()) return impossible(choice, "there is no such file");
  const FileId id = needs_file ? named->second : 0;
  const FileState* file = needs_file ? &state_.file(id) : nullptr;
  const auto with_contents = [&](std::string contents) { return all_but(id, settle(std::move(contents))); };

  switch (choice.fault) {
    case Fault::kCleanKill: {
      DiskState state = state_;
      if (choice.in_append) {
        const bool append = !file->unsynced.empty() && !file->unsynced.back().bytes.empty();
        if (!append || file->unsynced.back().bytes.size() < choice.byte) {
          return impossible(choice, "the last operation on the file is not an append of that many bytes");
        }
        state.interrupt_last_append(id, choice.byte);
      }
      state.forget_unreachable_files();
      return PlannedDisk(std::move(state));
    }

    case Fault::kLoseUnsynced:
      switch (choice.scope) {
        case Scope::kEverything: return keep_subset(kKeepNone, kKeepNone);
        case Scope::kContents: return keep_subset(kKeepNone, kKeepAll);
        case Scope::kDirectory: return keep_subset(kKeepAll, kKeepNone);
        case Scope::kOneFile: break;
      }
      return all_but(id, with_pieces(id, kKeepNone));

    case Fault::kKeepSubset: {
      const std::size_t writes = pieces().size();
      const std::size_t changes = state_.unsynced_changes().size();
      const auto too_many = [](Kept kept, std::size_t count) {
        return kept != kKeepAll && count < kMostBits && (kept >> count) != 0;
      };
      if (too_many(choice.writes, writes) || too_many(choice.changes, changes)) {
        return impossible(choice, "only " + std::to_string(writes) + " writes and " + std::to_string(changes) +
                                      " directory changes are unsynced");
      }
      return keep_subset(choice.writes, choice.changes);
    }

    case Fault::kTornSector:
      if (choice.byte % kSector != 0) return impossible(choice, "a sector must begin at a multiple of 512");
      [[fallthrough]];
    case Fault::kTornByte:
      if (end_of_appends(*file) == 0 || choice.byte < file->first_unsynced_byte() ||
          choice.byte > end_of_appends(*file)) {
        return impossible(choice, "the file's unsynced bytes do not reach that byte");
      }
      return with_contents(torn_at(*file, choice.byte));

    case Fault::kTornWords: {
      const std::size_t words = torn_words(*file);
      if (words == 0) {
        return impossible(choice, "the last operation on the file is not an unsynced append");
      }
      if (choice.writes != kKeepAll && (choice.writes >> words) != 0) {
        return impossible(choice, "only " + std::to_string(words) + " words were written since the last sync");
      }
      return with_contents(with_words(*file, choice.writes));
    }

    case Fault::kLostTruncate: {
      const auto cut = last_cut(*file);
      if (!cut) return impossible(choice, "the file has not been cut since its last sync");
      return with_contents(without_change(*file, *cut));
    }

    case Fault::kZeroExtent:
    case Fault::kGarbageTail: {
      if (end_of_appends(*file) == 0)
        return impossible(choice, "nothing has been written to the file since its last sync");
      if (choice.fault == Fault::kZeroExtent) {
        return with_contents(with_other_bytes(*file, [](std::uint64_t) { return '\0'; }));
      }
      if (choice.other.empty()) {
        Random random(choice.byte);
        return with_contents(
            with_other_bytes(*file, [&](std::uint64_t) { return static_cast<char>(random.below(256)); }));
      }
      const FileState* other = state_.find(choice.other);
      if (other == nullptr || other->cached.empty()) return impossible(choice, choice.other + " is empty or missing");
      return with_contents(
          with_other_bytes(*file, [&](std::uint64_t offset) { return other->cached[offset % other->cached.size()]; }));
    }

    case Fault::kLostCreate:
    case Fault::kLostRename:
    case Fault::kLostRemove: {
      const std::optional<std::size_t> lost = lost_change(state_, choice);
      if (!lost) return impossible(choice, "there is no such unsynced change of the directory");
      const Names names = names_with([&](std::size_t change) { return change != *lost; });
      return power_cut(names, [&](FileId file_id) { return with_pieces(file_id, kKeepAll); });
    }

    default: break;
  }
  if (is_damage(choice.fault)) return plan_damage(choice);
  return impossible(choice, "this is not a crash: it happens to a process that keeps running");
}

Result<PlannedDisk> CrashSite::plan_damage(const CrashChoice& choice) {
  if (state_.is_tree()) return impossible(choice, "damage is for a disk with one directory");
  std::map<std::string, std::string> files = state_.contents();
  std::string& contents = files.at(choice.file);
  std::string* other = files.contains(choice.other) ? &files.at(choice.other) : nullptr;
  const auto reaches = [](const std::string& bytes, std::uint64_t offset, std::uint64_t size) {
    return size > 0 && offset < bytes.size() && size <= bytes.size() - offset;
  };
  switch (choice.fault) {
    case Fault::kBitRot:
      if (!reaches(contents, choice.byte, 1)) return impossible(choice, "the file is shorter");
      contents[choice.byte] = static_cast<char>(contents[choice.byte] ^ (1 << choice.bit));
      break;
    case Fault::kStaleRead:
      if (!reaches(contents, choice.byte, choice.size)) return impossible(choice, "the file is shorter");
      contents.replace(choice.byte, choice.size, choice.size, '\0');
      break;
    case Fault::kMisdirectedWrite:
      if (other == nullptr) return impossible(choice, "there is no file " + choice.other);
      if (!reaches(contents, choice.byte, choice.size) || !reaches(*other, choice.other_byte, choice.size)) {
        return impossible(choice, "one of the files is shorter");
      }
      other->replace(choice.other_byte, choice.size, std::string(contents, choice.byte, choice.size));
      break;
    case Fault::kFileMissing: files.erase(choice.file); break;
    case Fault::kFileTruncated:
      if (choice.byte >= contents.size()) return impossible(choice, "the file is already that short");
      contents.resize(choice.byte);
      break;
    case Fault::kFileDuplicated:
      if (choice.other.empty()) return impossible(choice, "the copy needs a name");
      files[choice.other] = std::string(contents);
      break;
    case Fault::kFileSwapped:
      if (other == nullptr) return impossible(choice, "there is no file " + choice.other);
      std::swap(contents, *other);
      break;
    default: return impossible(choice, "unknown fault");
  }
  std::vector<std::pair<std::string, Settled>> settled;
  settled.reserve(files.size());
  for (auto& [name, bytes] : files) settled.emplace_back(name, settle(std::move(bytes)));
  return planned(std::move(settled));
}

// ---- all choices

namespace {

// Of `count` things: none, all, each single one, each prefix, each pair.
std::vector<Kept> interesting_subsets(std::size_t count, Pairs pairs) {
  constexpr std::size_t kFew = 12;
  const bool with_pairs = pairs == Pairs::kAlways || count <= kFew;
  count = std::min(count, kMostBits - 1);
  std::vector<Kept> subsets{kKeepNone, kKeepAll};
  const Kept all = bit_of(count) - 1;
  const auto add = [&](Kept kept) {
    if (kept != all && std::find(subsets.begin(), subsets.end(), kept) == subsets.end()) subsets.push_back(kept);
  };
  for (std::size_t i = 0; i < count; ++i) add(bit_of(i));
  for (std::size_t i = 1; i < count; ++i) add(bit_of(i) - 1);
  for (std::size_t i = 0; i < count && with_pairs; ++i) {
    for (std::size_t j = i + 1; j < count; ++j) add(bit_of(i) | bit_of(j));
  }
  return subsets;
}

// Which sets of directory changes may persist.
std::vector<Kept> subsets_of_changes(std::size_t count, const DeviceProfile& profile, Pairs pairs) {
  constexpr std::size_t kMostForAll = 5;  // 32 subsets
  if (!profile.directory_in_order && count > kMostForAll) return interesting_subsets(count, pairs);
  std::vector<Kept> subsets;
  const Kept all = bit_of(std::min(count, kMostBits - 1)) - 1;
  for (Kept kept = 0; kept < all; kept = profile.directory_in_order ? kept * 2 + 1 : kept + 1) subsets.push_back(kept);
  subsets.push_back(kKeepAll);
  return subsets;
}

}  // namespace

// On a device that writes blocks whole, the writes within one block persist in order.
bool CrashSite::is_legal(Kept writes, const DeviceProfile& profile) const {
  if (profile.atomic_bytes <= kSector) return true;
  const auto block_of = [&](const Piece& piece) { return (piece.change->offset + piece.begin) / profile.atomic_bytes; };
  for (std::size_t i = 0; i < pieces().size(); ++i) {
    if (!keeps(writes, i) || pieces_[i].change->bytes.empty()) continue;
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      const bool same_block = pieces_[earlier].file == pieces_[i].file && !pieces_[earlier].change->bytes.empty() &&
                              block_of(pieces_[earlier]) == block_of(pieces_[i]);
      if (same_block && !keeps(writes, earlier)) return false;
    }
  }
  return true;
}

std::vector<CrashChoice> CrashSite::choices(const DeviceProfile& profile, Tears tears, Pairs pairs) const {
  std::vector<CrashChoice> choices;
  choices.push_back({.fault = Fault::kCleanKill});
  choices.push_back({.fault = Fault::kLoseUnsynced});
  choices.push_back({.fault = Fault::kLoseUnsynced, .scope = Scope::kContents});
  choices.push_back({.fault = Fault::kLoseUnsynced, .scope = Scope::kDirectory});
  for (const auto& [name, id] : state_.names()) {
    if (state_.file(id).unsynced.empty()) continue;
    choices.push_back({.fault = Fault::kLoseUnsynced, .scope = Scope::kOneFile, .file = name});
  }
  if (!profile.directory_in_order) {
    std::set<std::pair<Fault, std::string>> seen;
    for (const DirectoryChange& change : state_.unsynced_changes()) {
      const Fault fault = fault_that_undoes(change);
      if (seen.emplace(fault, change.subject()).second) choices.push_back({.fault = fault, .file = change.subject()});
    }
  }
  add_tears(profile, tears, &choices);
  add_wrong_contents(profile, &choices);
  add_subsets(profile, pairs, &choices);
  return choices;
}

void CrashSite::add_subsets(const DeviceProfile& profile, Pairs pairs, std::vector<CrashChoice>* choices) const {
  std::vector<Kept> of_writes = interesting_subsets(pieces().size(), pairs);
  std::erase_if(of_writes, [&](Kept writes) { return !is_legal(writes, profile); });
  for (const Kept changes : subsets_of_changes(state_.unsynced_changes().size(), profile, pairs)) {
    for (const Kept writes : of_writes) {
      const bool simple = (writes == kKeepAll || writes == kKeepNone) && (changes == kKeepAll || changes == kKeepNone);
      if (!simple) choices->push_back({.fault = Fault::kKeepSubset, .writes = writes, .changes = changes});
    }
  }
}

void CrashSite::add_tears(const DeviceProfile& profile, Tears tears, std::vector<CrashChoice>* choices) const {
  if (last_ == nullptr || last_->kind != DiskOperation::Kind::kAppend || last_->bytes.empty()) return;
  if (!state_.names().contains(last_->name)) return;
  const std::uint64_t size = last_->bytes.size();
  const auto wanted = [&](std::uint64_t byte) {
    return tears == Tears::kEveryByte || byte == 1 || byte == size / 2 || byte == size - 1;
  };
  for (std::uint64_t byte = 0; byte <= size; ++byte) {
    if (!wanted(byte)) continue;
    const std::uint64_t offset = last_->offset + byte;
    if (byte > 0 && byte < size) {
      choices->push_back({.fault = Fault::kCleanKill, .file = last_->name, .byte = byte, .in_append = true});
    }
    if (profile.atomic_bytes == 1) choices->push_back({.fault = Fault::kTornByte, .file = last_->name, .byte = offset});
  }
  const std::uint64_t first_sector = (last_->offset / kSector + 1) * kSector;
  for (std::uint64_t offset = first_sector; offset < last_->offset + size; offset += kSector) {
    if (profile.atomic_bytes <= kSector || offset % profile.atomic_bytes == 0) {
      choices->push_back({.fault = Fault::kTornSector, .file = last_->name, .byte = offset});
    }
  }
  if (!profile.torn_words) return;
  add_torn_words(tears, choices);
}

// Words of all unsynced appends: memory, caches and drives keep no order among them.
void CrashSite::add_torn_words(Tears tears, std::vector<CrashChoice>* choices) const {
  const FileState& file = state_.file(state_.names().at(last_->name));
  const std::size_t words = torn_words(file);
  const Kept all = bit_of(words) - 1;
  std::set<Kept> subsets = {0x5555555555555555 & all};
  for (std::size_t i = 0; i < words && tears == Tears::kEveryByte; ++i) {
    subsets.insert(bit_of(i));
    subsets.insert(all & ~bit_of(i));
  }
  constexpr std::size_t kMostForAll = 4;
  const std::size_t of_the_last = std::min(words_in(last_appends(file).last(1)), words);
  if (of_the_last <= kMostForAll && tears == Tears::kEveryByte) {
    const std::size_t older = words - of_the_last;
    for (Kept kept = 0; kept < bit_of(of_the_last); ++kept) subsets.insert((bit_of(older) - 1) | kept << older);
  }
  subsets.erase(all);  // nothing would be torn
  for (const Kept kept : subsets) {
    choices->push_back({.fault = Fault::kTornWords, .file = last_->name, .writes = kept});
  }
}

// A new size without its data, and a cut undone.
void CrashSite::add_wrong_contents(const DeviceProfile& profile, std::vector<CrashChoice>* choices) const {
  for (const auto& [name, id] : state_.names()) {
    const FileState& file = state_.file(id);
    if (last_cut(file)) choices->push_back({.fault = Fault::kLostTruncate, .file = name});
    if (!profile.size_before_data || end_of_appends(file) == 0) continue;
    choices->push_back({.fault = Fault::kZeroExtent, .file = name});
    choices->push_back({.fault = Fault::kGarbageTail, .file = name, .byte = 1});
    for (const auto& [other, other_id] : state_.names()) {
      if (other_id < id && !state_.file(other_id).cached.empty()) {
        choices->push_back({.fault = Fault::kGarbageTail, .file = name, .other = other});
        break;
      }
    }
  }
}

std::vector<CrashChoice> possible_crashes(const DiskState& state, const DiskOperation* last,
                                          const DeviceProfile& profile) {
  return CrashSite(state, last).choices(profile, Tears::kEveryByte);
}

Result<DiskState> crash_image(const DiskState& before, const CrashChoice& choice) {
  CrashSite site(before);
  Result<PlannedDisk> planned = site.plan(choice);
  if (!planned.ok()) return planned.status();
  return std::move(*planned).build();
}

}  // namespace sediment::sim
