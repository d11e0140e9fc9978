// A small store with any damage: opening and reading it never crashes, and never shows a pair that was not written.
//
// The input chooses one of four stores (closed or killed, with every write synced or not) and then overwrites, cuts,
// extends, swaps and removes parts of its files. A store that can be opened must show the same after a close and
// another open.
#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "engine/store.h"
#include "sim/disk/sim_disk.h"
#include "tests/fuzz/fuzz_input.h"

namespace sediment {
namespace {

using fuzz::check;
using Files = std::map<std::string, std::string>;
using Pairs = std::map<std::string, std::string>;

struct Base {
  Files files;
  std::set<Pair> written;  // every pair that was ever put
};

Options options_of(bool synced) {
  Options options;
  options.segment_size_bytes = 256;
  options.background_merge = false;
  options.merge_policy.automatic = false;
  options.sync_policy = synced ? SyncPolicy::kEveryWrite : SyncPolicy::kNever;
  return options;
}

void must(bool ok) { check(ok, "the store to be damaged can be created"); }

Base make_base(bool closed, bool synced) {
  Base base;
  const auto disk = std::make_shared<sim::SimDisk>();
  auto opened = Store::open(disk, options_of(synced));
  must(opened.ok());
  Store& store = **opened;
  for (int i = 0; i < 16; ++i) {
    const std::string key = "k" + std::to_string(i % 5);
    if (i % 7 == 6) {
      must(store.remove(key).ok());
      continue;
    }
    const std::string value = std::string(static_cast<std::size_t>(i), 'v') + std::to_string(i);
    must(store.put(key, value).ok());
    base.written.emplace(key, value);
    if (i == 9) must(store.roll().ok() && store.merge(MergeRun{1, 2}).ok());
  }
  if (closed) must(store.close().ok());
  base.files = disk->state().contents();
  return base;
}

const Base& base_of(std::uint8_t choice) {
  static const std::vector<Base> kBases{make_base(true, true), make_base(true, false), make_base(false, true),
                                        make_base(false, false)};
  return kBases[choice % kBases.size()];
}

std::string& pick(Files& files, std::uint8_t choice) {
  auto file = files.begin();
  std::advance(file, choice % files.size());
  return file->second;
}

void damage(fuzz::Input& input, Files& files) {
  const std::uint8_t kind = input.byte();
  std::string& contents = pick(files, input.byte());
  const std::uint64_t at = contents.empty() ? 0 : input.number() % contents.size();
  switch (kind % 7) {
    case 0:
      if (!contents.empty()) contents[at] = static_cast<char>(input.byte());
      break;
    case 1: contents.resize(at); break;
    case 2: contents.append(input.bytes(input.byte() % 64)); break;
    case 3: contents.append(input.byte(), '\0'); break;
    case 4: {
      const std::uint64_t size = std::min<std::uint64_t>(64, contents.size() - at);
      contents.replace(at, size, std::string(size, '\0'));
      break;
    }
    case 5: std::swap(contents, pick(files, input.byte())); break;
    case 6: {
      // A piece of one file is copied into another.
      const std::string piece = pick(files, input.byte()).substr(0, input.byte());
      contents.replace(at, std::min<std::uint64_t>(piece.size(), contents.size() - at), piece);
      break;
    }
  }
  if (kind >= 250) files.erase(std::next(files.begin(), kind % static_cast<std::ptrdiff_t>(files.size())));
}

// Reads everything that the store shows; false if it reports corruption.
bool read_all(Store& store, const Base& base, Pairs* pairs) {
  const Status status = store.for_each([&](std::string_view key, std::string_view value) {
    check(base.written.contains({std::string(key), std::string(value)}), "only what was written is shown");
    check(pairs->emplace(key, value).second, "each key is shown once");
    return true;
  });
  check(status.ok() || status.is(StatusCode::kCorruption), "a disk without errors gives none");
  for (int i = 0; i < 6; ++i) {
    const std::string key = "k" + std::to_string(i);
    std::string value;
    const Status got = store.get(key, &value);
    check(got.ok() || got.is(StatusCode::kNotFound) || got.is(StatusCode::kCorruption), "a get answers");
    if (got.ok()) check(base.written.contains({key, value}), "only what was written is found");
    if (status.ok()) check(got.ok() == pairs->contains(key), "a get and a pass agree");
  }
  return status.ok();
}

void run(fuzz::Input input) {
  const Base& base = base_of(input.byte());
  Files files = base.files;
  while (!input.empty() && !files.empty()) damage(input, files);

  for (const bool read_only : {true, false}) {
    Options options = options_of(true);
    options.read_only = read_only;
    const auto disk = std::make_shared<sim::SimDisk>(sim::DiskState::with_files(files));
    auto store = Store::open(disk, options);
    if (!store.ok()) {
      check(!store.status().message().empty(), "an error has a message");
      continue;
    }
    Pairs first;
    if (!read_all(**store, base, &first) || read_only) continue;
    check((*store)->close().ok(), "a store that could be read can be closed");
    store = Store::open(disk, options);
    check(store.ok(), "what could be opened once can be opened again");
    Pairs second;
    check(read_all(**store, base, &second) && second == first, "a second open shows the same");
    check((*store)->merge().ok(), "what was verified can be merged");
    Pairs third;
    check(read_all(**store, base, &third) && third == first, "a merge shows the same");
  }
}

}  // namespace
}  // namespace sediment

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sediment::run({data, size});
  return 0;
}
