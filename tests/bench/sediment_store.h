// What the sessions for Sediment alone share: they use its API directly, not as a contestant.
#pragma once

#include <filesystem>
#include <memory>

#include "engine/store.h"
#include "tests/bench/session.h"
#include "tests/bench/streams.h"

namespace sediment::bench {

/// Throws Failure unless ok.
void check_ok(const Status& status);
std::unique_ptr<Store> open_sediment(const std::filesystem::path& directory, const Options& options = {});
/// Puts version 0 of these keys.
void fill_sediment(Store& store, const Stream& order);
/// Throws Failure if a merge or a snapshot failed in the background.
void check_background(const Stats& stats);
/// Waits until nothing merges and nothing has changed for 300 ms. Throws like check_background.
void settle_sediment(Store& store);
/// The 1M keys in this many sealed segments of similar size, which are not merged.
std::unique_ptr<Store> open_in_segments(const Session& session, std::uint64_t segments);

std::vector<Group> latency_groups(const Settings& settings);
std::vector<Group> segment_groups(const Settings& settings);
std::vector<Group> space_groups(const Settings& settings);

}  // namespace sediment::bench
