#include "engine/store.h"

#include <algorithm>

#include "engine/guarded.h"
#include "engine/segment_scan.h"
#include "engine/yield_point.h"

namespace sediment {

namespace {

constexpr std::uint64_t kSmallestSegmentSize = 64;
constexpr std::uint64_t kLargestSegmentSize = (std::uint64_t{1} << 32) - 1;

// Reads every record of the segments, oldest first, until visit(segment, entry) returns false.
template <typename Visit>
Status visit_records(const SegmentList& oldest_first, Visit visit) {
  for (auto segment = oldest_first.begin(); segment != oldest_first.end(); ++segment) {
    SegmentScan scan(**segment, SegmentList(segment + 1, oldest_first.end()));
    while (true) {
      Result<const SegmentScan::Entry*> entry = scan.next();
      if (!entry.ok()) return entry.status();
      if (*entry == nullptr) break;
      if (!visit(**segment, **entry)) return {};
    }
  }
  return {};
}

Status check(const Options& options) {
  if (options.segment_size_bytes < kSmallestSegmentSize || options.segment_size_bytes > kLargestSegmentSize) {
    return Status::invalid_argument("segment_size_bytes must be from 64 to 4294967295, not " +
                                    std::to_string(options.segment_size_bytes));
  }
  if (options.first_reservation_bytes < kSmallestSegmentSize) {
    return Status::invalid_argument("first_reservation_bytes must be 64 or more, not " +
                                    std::to_string(options.first_reservation_bytes));
  }
  const MergePolicy& policy = options.merge_policy;
  if (!(policy.growth_factor >= 0)) {  // NaN fails this check too
    return Status::invalid_argument("merge_policy.growth_factor must be 0 or more");
  }
  if (!(policy.stall_factor >= policy.growth_factor)) {  // otherwise writers would wait for a merge that never starts
    return Status::invalid_argument("merge_policy.stall_factor must not be below growth_factor");
  }
  return {};
}

}  // namespace

std::uint64_t Stats::size_bytes() const {
  std::uint64_t sum = 0;
  for (const SegmentStats& segment : segments) sum += segment.size_bytes;
  return sum;
}

std::uint64_t Stats::index_bytes() const {
  std::uint64_t sum = 0;
  for (const SegmentStats& segment : segments) sum += segment.index_bytes;
  return sum;
}

template <typename Act>
auto Store::with_space_for(Act act) -> decltype(act()) {
  auto outcome = act();
  while (outcome.status().is(StatusCode::kNoSpace) && maintenance_.free_space()) outcome = act();
  return outcome;
}

// ---- open and close

Result<std::unique_ptr<Store>> Store::open(std::shared_ptr<Disk> disk, Options options) {
  return guarded([&] { return lock_and_recover(std::move(disk), options); });
}

Result<std::unique_ptr<Store>> Store::lock_and_recover(std::shared_ptr<Disk> disk, const Options& options) {
  if (Status s = check(options); !s.ok()) return s;
  if (!options.read_only) {
    if (Status s = look_before_locking(*disk, options); !s.ok()) return s;
  }
  Result<std::unique_ptr<DiskLock>> lock = disk->lock(options.read_only ? LockMode::kShared : LockMode::kExclusive);
  // A store that no writer has ever locked (a copy, say) can still be read.
  const bool nothing_to_lock = options.read_only && lock.status().is(StatusCode::kNotFound);
  if (!lock.ok() && !nothing_to_lock) return lock.status();

  Result<Recovered> recovered = recover(*disk, options);
  if (!recovered.ok()) return recovered.status();
  std::unique_ptr<DiskLock> held = lock.ok() ? std::move(*lock) : nullptr;
  std::unique_ptr<Store> store(new Store(std::move(disk), std::move(held), options, std::move(*recovered)));
  emit(options.observer, {.kind = EventKind::kOpened, .size = store->catalog_->current()->get()->size()});
  attempt([&] { store->maintenance_.start(); });  // if memory is short, the rest is done at the next opportunity
  return store;
}

Store::Store(std::shared_ptr<Disk> disk, std::unique_ptr<DiskLock> lock, Options options, Recovered recovered)
    : disk_(std::move(disk)),
      options_(options),
      report_(recovered.report),
      state_(std::move(recovered.state)),
      catalog_(std::move(recovered.catalog)),
      writer_(*disk_, options_, *state_, *catalog_, std::move(recovered.active)),
      maintenance_(*disk_, options_, *state_, *catalog_, writer_),
      lock_(std::move(lock)) {}

Store::~Store() { (void)close(); }

// Even if this fails, the store is closed. The lock is released last.
Status Store::close() {
  const std::lock_guard closing(closing_);
  if (closed_) return {};
  Status status = guarded([&] {
    maintenance_.stop();
    maintenance_.give_up_reserve();
    return with_space_for([&] { return writer_.seal(); });
  });
  if (status.ok()) {
    attempt([this] { maintenance_.finish(); });
    status = state_->failure();
  }
  yield_point("store.closing");
  state_->close();
  closed_ = true;
  emit(options_.observer, {.kind = EventKind::kClosed});
  lock_.reset();
  return status;
}

// ---- writing

Status Store::put(std::string_view key, std::string_view value) { return write(RecordType::kPut, key, value); }

Status Store::remove(std::string_view key) { return write(RecordType::kTombstone, key, {}); }

Status Store::write(RecordType type, std::string_view key, std::string_view value) {
  return answer_to_change(guarded([&] { return with_space_for([&] { return writer_.append(type, key, value); }); }));
}

Status Store::sync() {
  return guarded([&] { return writer_.sync(); });
}

Status Store::roll() {
  return answer_to_change(guarded([&] { return with_space_for([&] { return writer_.roll(); }); }));
}

Status Store::answer_to_change(const Result<bool>& rolled) noexcept {
  if (rolled.ok() && *rolled) attempt([this] { maintenance_.after_roll(); });
  return rolled.status();
}

// ---- merging

Status Store::merge(std::optional<MergeRun> run) {
  return guarded([&] { return with_space_for([&] { return maintenance_.merge(run); }); });
}
Status Store::begin_merge(std::optional<MergeRun> run) {
  return guarded([&] { return maintenance_.begin_merge(run); });
}
Result<bool> Store::merge_step() {
  return guarded([&] { return maintenance_.merge_step(); });
}
bool Store::merge_under_way() { return maintenance_.merge_under_way(); }

// ---- reading

Status Store::get(std::string_view key, std::string* value) const { return reader().get(key, value); }

Reader Store::reader() const { return {catalog_->current(), options_.observer}; }

Result<Frozen> Store::freeze() {
  Result<bool> rolled = guarded([&] { return with_space_for([&] { return writer_.roll(); }); });
  if (!rolled.ok()) return rolled.status();
  Result<Frozen> frozen = guarded([&]() -> Result<Frozen> { return catalog_->frozen(); });
  if (*rolled) attempt([this] { maintenance_.after_roll(); });
  return frozen;
}

Result<SegmentList> Store::immutable_segments() {
  // Without a writer nothing changes, not even the active segment.
  if (!state_->check().ok()) return *catalog_->current()->get();
  Result<Frozen> frozen = freeze();
  if (!frozen.ok()) return frozen.status();
  return std::move(frozen->segments);
}

Status Store::for_each(const std::function<bool(std::string_view, std::string_view)>& visit) {
  return guarded([&]() -> Status {
    Result<SegmentList> segments = immutable_segments();
    if (!segments.ok()) return segments.status();
    return visit_records(*segments, [&](const Segment&, const SegmentScan::Entry& entry) {
      const bool live = entry.standing == Standing::kNewest && entry.record->type == RecordType::kPut;
      return !live || visit(entry.record->key, entry.record->value);
    });
  });
}

Result<std::vector<Pair>> Store::scan(std::string_view first, std::string_view last) {
  return guarded([&]() -> Result<std::vector<Pair>> {
    std::vector<Pair> pairs;
    Status status = for_each([&](std::string_view key, std::string_view value) {
      if (key >= first && (last.empty() || key < last)) pairs.emplace_back(key, value);
      return true;
    });
    if (!status.ok()) return status;
    std::sort(pairs.begin(), pairs.end());
    return pairs;
  });
}

Stats Store::stats() {
  Stats stats;
  stats.status = guarded([&] {
    writer_.add_to(&stats);
    maintenance_.add_to(&stats);
    return Status();
  });
  return stats;
}

Result<std::vector<SegmentContents>> Store::exact_stats() {
  return guarded([&]() -> Result<std::vector<SegmentContents>> {
    Result<SegmentList> segments = immutable_segments();
    if (!segments.ok()) return segments.status();
    std::vector<SegmentContents> all;
    for (const auto& segment : *segments) all.push_back({.number = segment->number()});
    auto contents = all.begin();
    Status status = visit_records(*segments, [&](const Segment& segment, const SegmentScan::Entry& entry) {
      while (contents->number != segment.number()) ++contents;
      const auto count = [&](std::uint64_t* records, std::uint64_t* bytes) {
        ++*records;
        *bytes += entry.record->size_bytes;
      };
      if (entry.standing != Standing::kNewest) {
        count(&contents->dead_records, &contents->dead_bytes);
      } else if (entry.record->type == RecordType::kTombstone) {
        count(&contents->tombstones, &contents->tombstone_bytes);
      } else {
        count(&contents->live_records, &contents->live_bytes);
      }
      return true;
    });
    if (!status.ok()) return status;
    return all;
  });
}

}  // namespace sediment
