#include "viz/model/file_view.h"

#include <algorithm>
#include <map>

namespace sediment::viz {

namespace {

using State = ByteSpan::State;

// The bytes that an unsynced change writes, takes away or adds, as ranges that may overlap.
std::vector<std::pair<std::uint64_t, std::uint64_t>> changed_ranges(const sim::FileState& file) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  std::uint64_t size = file.durable.size();
  for (const sim::FileState::Change& change : file.unsynced) {
    const bool writes = !change.bytes.empty();
    if (writes) ranges.emplace_back(change.offset, change.offset + change.bytes.size());
    if (change.size != size) ranges.emplace_back(std::min(change.size, size), std::max(change.size, size));
    size = change.size;
  }
  std::sort(ranges.begin(), ranges.end());
  return ranges;
}

std::vector<ByteSpan> spans_of(const sim::FileState& file) {
  const auto ranges = changed_ranges(file);
  std::vector<ByteSpan> spans;
  const auto add = [&](std::uint64_t begin, std::uint64_t end, State state) {
    if (begin >= end) return;
    if (!spans.empty() && spans.back().end == begin && spans.back().state == state) {
      spans.back().end = end;
    } else {
      spans.push_back({begin, end, state});
    }
  };
  const std::uint64_t both = std::min(file.cached.size(), file.durable.size());
  auto range = ranges.begin();
  std::uint64_t changed_until = 0;  // every byte before it that is not in a later range has been looked at
  for (std::uint64_t at = 0; at < both;) {
    for (; range != ranges.end() && range->first <= at; ++range) {
      changed_until = std::max(changed_until, range->second);
    }
    if (changed_until > at) {
      add(at, std::min(both, changed_until), State::kReplaced);
      at = changed_until;
      continue;
    }
    const std::uint64_t next = range == ranges.end() ? both : std::min<std::uint64_t>(both, range->first);
    const std::string_view here = std::string_view(file.cached).substr(at, next - at);
    if (std::string_view(file.durable).substr(at, next - at) == here) {
      add(at, next, State::kDurable);
      at = next;
    }
    // No change is on its way, and yet they differ: a sync has failed.
    for (; at < next; ++at) add(at, at + 1, file.cached[at] == file.durable[at] ? State::kDurable : State::kReplaced);
  }
  add(both, file.cached.size(), State::kCached);
  add(both, file.durable.size(), State::kOnDisk);
  return spans;
}

FileView view_of(const sim::DiskState& disk, sim::FileId id) {
  const sim::FileState& file = disk.file(id);
  FileView view{.file = id, .size = file.cached.size(), .on_disk = file.durable.size(), .spans = spans_of(file)};
  return view;
}

}  // namespace

std::uint64_t FileView::count(ByteSpan::State state) const {
  std::uint64_t sum = 0;
  for (const ByteSpan& span : spans) sum += span.state == state ? span.size() : 0;
  return sum;
}

ByteSpan::State FileView::state_of(std::uint64_t offset) const {
  const auto after = std::upper_bound(spans.begin(), spans.end(), offset,
                                      [](std::uint64_t at, const ByteSpan& span) { return at < span.begin; });
  return after == spans.begin() ? State::kCached : std::prev(after)->state;
}

std::vector<FileView> files_of(const sim::DiskState& disk) {
  std::map<sim::FileId, FileView> files;
  const auto known = [&](sim::FileId id) -> FileView& {
    const auto [place, is_new] = files.try_emplace(id);
    if (is_new) place->second = view_of(disk, id);
    return place->second;
  };
  for (const auto& [name, id] : disk.durable_names()) known(id).durable_name = name;
  for (const auto& [name, id] : disk.names()) known(id).name = name;
  std::vector<FileView> sorted;
  sorted.reserve(files.size());
  for (auto& [id, file] : files) {
    if (disk.is_directory(id)) continue;
    if (disk.is_tree()) file.path = disk.path_of(file.any_name());
    sorted.push_back(std::move(file));
  }
  std::stable_sort(sorted.begin(), sorted.end(), [](const FileView& a, const FileView& b) {
    return std::pair(a.any_name(), a.name.empty()) < std::pair(b.any_name(), b.name.empty());
  });
  return sorted;
}

FileView file_of(const sim::DiskState& disk, sim::FileId file) {
  FileView view = view_of(disk, file);
  const auto name_in = [&](const sim::Names& names) {
    const auto found =
        std::find_if(names.begin(), names.end(), [&](const auto& entry) { return entry.second == file; });
    return found == names.end() ? std::string() : found->first;
  };
  view.name = name_in(disk.names());
  view.durable_name = name_in(disk.durable_names());
  if (disk.is_tree()) view.path = disk.path_of(view.any_name());
  return view;
}

std::vector<LostBytes> lost_between(const sim::DiskState& before, const sim::DiskState& after) {
  std::vector<LostBytes> lost;
  for (const auto& [name, id] : before.names()) {
    const std::string& old = before.file(id).cached;
    const sim::FileState* now = after.find(name);
    LostBytes file{.name = name, .size = old.size(), .bytes = 0, .file_is_gone = now == nullptr};
    if (now == nullptr) {
      file.bytes = old.size();
    } else {
      const std::size_t both = std::min(old.size(), now->cached.size());
      file.bytes = old.size() - both;
      for (std::size_t i = 0; i < both; ++i) file.bytes += old[i] == now->cached[i] ? 0U : 1U;
    }
    if (file.bytes > 0 || file.file_is_gone) lost.push_back(std::move(file));
  }
  return lost;
}

}  // namespace sediment::viz
