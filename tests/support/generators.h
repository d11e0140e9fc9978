// What the property suites draw: keys and values that are easily mistaken for something else, and steps for a store.
#pragma once

#include <rapidcheck.h>

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/record.h"
#include "engine/segment_header.h"
#include "sim/run/scenario.h"

namespace sediment {

// How rapidcheck prints these.
inline std::ostream& operator<<(std::ostream& out, RecordPlace place) {
  return out << "nonce " << place.nonce << ", offset " << place.offset;
}
inline std::ostream& operator<<(std::ostream& out, RecordType type) {
  return out << (type == RecordType::kPut ? "put" : "tombstone");
}
inline std::ostream& operator<<(std::ostream& out, RecordVerdict verdict) { return out << describe(verdict); }

}  // namespace sediment

namespace sediment::test {

/// From first to last, both included, all equally likely in small cases and in large ones.
template <typename T>
rc::Gen<T> between(T first, T last) {
  return rc::gen::resize(rc::kNominalSize, rc::gen::inRange<T>(first, last + 1));
}

/// The bytes of a record at this place. `durable_upto` is in bytes.
inline std::string record_bytes(RecordPlace place, RecordType type, std::string_view key, std::string_view value,
                                std::uint64_t durable_upto = 0) {
  const EncodedRecord record = encode_record(place, type, key, value, durable_upto);
  std::string bytes(record.header.data(), record.header.size());
  return bytes.append(key).append(value).append(record.padding_size, '\0');
}

/// A place for a record: any nonce, any multiple of 8 after the segment's header. No two draws have the same nonce:
/// it is not shrunk, because a failing case would shrink to a coincidence.
inline rc::Gen<RecordPlace> any_place() {
  const auto nonce = rc::gen::noShrink(rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint64_t>()));
  return rc::gen::apply(
      [](std::uint64_t n, std::uint64_t units) {
        return RecordPlace{n, kSegmentHeaderSize + units * kAlignment};
      },
      nonce, rc::gen::inRange<std::uint64_t>(0, (kMaxSegmentSize - kSegmentHeaderSize) / kAlignment));
}

/// From 0 to 64 equal bytes; their number is a multiple of 8, or one more or less.
inline rc::Gen<std::string> filled_bytes() {
  return rc::gen::apply(
      [](std::size_t eights, std::size_t beside, char fill) {
        const std::size_t size = 8 * eights + beside;
        return std::string(size == 0 ? 0 : size - 1, fill);
      },
      between<std::size_t>(0, 8), between<std::size_t>(0, 2), rc::gen::element('v', '\0', '\xff', '\x01'));
}

/// Two keys of the same size and with the same tag in the index (hash_key), found by trial.
constexpr const char* kTwin = "key-035517";
constexpr const char* kOtherTwin = "key-082695";

/// A key: one of a few, so that keys recur, or made of zeros, of 0xff, or of any bytes; up to a few hundred bytes.
inline rc::Gen<std::string> hostile_key() {
  return rc::gen::weightedOneOf<std::string>(
      {{6, rc::gen::element<std::string>("a", "b", "", kTwin, kOtherTwin, "key-e", std::string(8, '\0'),
                                         std::string("\0\xff", 2))},
       {2, filled_bytes()},
       {1, rc::gen::arbitrary<std::string>()}});
}

/// The largest possible key.
inline std::string maximal_key() { return std::string(kMaxKeySize, 'K'); }

/// A value that looks like part of a log: a whole record, only its header, two records, or a segment's header.
inline rc::Gen<std::string> value_like_a_log() {
  return rc::gen::apply(
      [](RecordPlace place, int shape, const std::string& inner) {
        const RecordType type = inner.empty() ? RecordType::kTombstone : RecordType::kPut;
        std::string record = record_bytes(place, type, "inner", inner, place.offset);
        if (shape == 0) return record.substr(0, kRecordHeaderSize);
        if (shape == 1) return record.append(record_bytes(place, type, "inner", inner));
        if (shape == 2) {
          const auto header = encode_segment_header({place.nonce, SegmentNumber{1}});
          return std::string(header.data(), header.size()).append(record);
        }
        return record;
      },
      any_place(), between(0, 3), filled_bytes());
}

/// A value: empty, of equal bytes, like a log, or of any bytes; up to a few hundred bytes.
inline rc::Gen<std::string> hostile_value() {
  return rc::gen::weightedOneOf<std::string>({{4, filled_bytes()},
                                              {2, value_like_a_log()},
                                              {1, rc::gen::element<std::string>("", "1", "22", "SEDIMENT")},
                                              {1, rc::gen::arbitrary<std::string>()}});
}

/// A step of a scenario in which nothing fails: writes, reads, rolls, merges at once and in steps, reopens.
inline rc::Gen<sim::Step> any_step() {
  using sim::Step;
  const auto key = hostile_key();
  const auto put = rc::gen::apply(
      [](const std::string& k, const std::string& v) {
        return Step{"put", k, v};
      },
      key, hostile_value());
  const auto remove = rc::gen::map(key, [](const std::string& k) { return Step{"remove", k}; });
  const auto get = rc::gen::map(key, [](const std::string& k) { return Step{"get", k}; });
  const auto run = rc::gen::apply(
      [](int first, int length) {
        return Step{"merge", std::to_string(first) + ".." + std::to_string(first + length)};
      },
      between(1, 3), between(0, 2));
  const auto one = [](const std::string& text) { return rc::gen::just(sim::step_of(text)); };
  return rc::gen::weightedOneOf<Step>({{20, put},
                                       {20, remove},
                                       {12, get},
                                       {4, one("sync")},
                                       {8, one("roll")},
                                       {16, one("merge step")},
                                       {4, one("merge")},
                                       {6, run},
                                       {5, one("reopen")}});
}

/// Any number of steps, up to rapidcheck's size of the case (0 to 100).
inline rc::Gen<std::vector<sim::Step>> any_steps() { return rc::gen::container<std::vector<sim::Step>>(any_step()); }

/// A scenario with any options and these steps.
inline sim::Scenario any_scenario(std::vector<sim::Step> steps) {
  sim::Scenario scenario;
  scenario.title = "a random scenario";
  scenario.segment_size = *rc::gen::element<std::uint64_t>(128, 200, 400);
  scenario.auto_merge = *rc::gen::arbitrary<bool>();
  scenario.reserve_space = *rc::gen::arbitrary<bool>();
  scenario.snapshots = *rc::gen::element(sim::Snapshots::kOn, sim::Snapshots::kOff, sim::Snapshots::kMixed);
  scenario.sync = *rc::gen::element(SyncPolicy::kNever, SyncPolicy::kEveryWrite);
  scenario.steps = std::move(steps);
  return scenario;
}

}  // namespace sediment::test
