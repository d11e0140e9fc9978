// What most suites need to use a store: results that must be ok, options in one word, and the store as a map.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "engine/disk.h"
#include "engine/options.h"
#include "engine/status.h"
#include "engine/store.h"

namespace sediment::test {

using Pairs = std::map<std::string, std::string>;

inline const Status& status_of(const Status& status) { return status; }
template <typename T>
const Status& status_of(const Result<T>& result) {
  return result.status();
}

/// EXPECT_TRUE(is_ok(store->put("a", "1"))): a failure shows the status.
template <typename StatusOrResult>
::testing::AssertionResult is_ok(const StatusOrResult& outcome) {
  if (outcome.ok()) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << status_of(outcome).to_string();
}

/// EXPECT_TRUE(has_code(store->get("a", &value), StatusCode::kNotFound)).
template <typename StatusOrResult>
::testing::AssertionResult has_code(const StatusOrResult& outcome, StatusCode code) {
  const Status& status = status_of(outcome);
  if (status.is(code)) return ::testing::AssertionSuccess() << "it is " << status.to_string();
  return ::testing::AssertionFailure() << "expected \"" << describe(code) << "\", got \"" << status.to_string() << "\"";
}

/// For steps that a test takes for granted: returns the value, or ends the test with the status's text as an exception.
inline void must(const Status& status) {
  if (!status.ok()) throw std::runtime_error(status.to_string());
}
template <typename T>
T must(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.status().to_string());
  return std::move(*result);
}

/// Merges happen only when the test asks for one. Segments are 4 KiB, because a simulated disk keeps every byte that
/// is reserved for them.
inline Options manual_merges() {
  Options options;
  options.segment_size_bytes = 4096;
  options.background_merge = false;
  options.merge_policy.automatic = false;
  return options;
}

/// The same, with segments that fill up after a few records.
inline Options small_segments(std::uint64_t segment_size_bytes = 256) {
  Options options = manual_merges();
  options.segment_size_bytes = segment_size_bytes;
  return options;
}

inline Options with_sync_policy(Options options, SyncPolicy policy) {
  options.sync_policy = policy;
  return options;
}

inline Options read_only(Options options = {}) {
  options.read_only = true;
  return options;
}

inline std::unique_ptr<Store> open_store(std::shared_ptr<Disk> disk, const Options& options) {
  return must(Store::open(std::move(disk), options));
}

/// The value of a key; none if the key is missing. Any other outcome ends the test.
inline std::optional<std::string> lookup(Store& store, std::string_view key) {
  std::string value;
  const Status status = store.get(key, &value);
  if (status.is(StatusCode::kNotFound)) return std::nullopt;
  must(status);
  return value;
}

/// Every live pair. Rolls a store that is open for writing, as for_each does; fails the test if a key appears twice.
inline Pairs dump(Store& store) {
  Pairs pairs;
  must(store.for_each([&](std::string_view key, std::string_view value) {
    const bool first_time = pairs.emplace(key, value).second;
    EXPECT_TRUE(first_time) << "for_each visited \"" << key << "\" twice";
    return true;
  }));
  return pairs;
}

}  // namespace sediment::test
