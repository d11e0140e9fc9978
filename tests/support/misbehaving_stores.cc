#include "tests/support/misbehaving_stores.h"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <utility>

#include "engine/format.h"

namespace sediment::test {

namespace {

using sim::Contents;
using sim::DiskState;
using sim::SimDisk;

constexpr std::uint64_t kFrameHead = 24;  // checksum, size of the key, size of the value (kGone for a removal)
constexpr std::uint64_t kGone = ~std::uint64_t{0};

// `log`: its number. A frame counts in its own log only.
std::string frame_of(std::string_view key, const std::string* value, std::uint64_t log) {
  std::string frame(kFrameHead, '\0');
  const auto put_number = [&](std::size_t at, std::uint64_t number) {
    for (std::size_t i = 0; i < 8; ++i) frame[at + i] = static_cast<char>(number >> (8 * i));
  };
  put_number(8, key.size());
  put_number(16, value == nullptr ? kGone : value->size());
  frame += key;
  if (value != nullptr) frame += *value;
  put_number(0, checksum64(std::string_view(frame).substr(8), log));
  return frame;
}

std::uint64_t number_at(std::string_view bytes, std::size_t at) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) number |= std::uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  return number;
}

// One checksummed log, written anew by each open under the other of two names. A file "closed" says that the log was
// closed, so that a torn tail is damage.
class LogStore final : public sim::StoreAdapter {
 public:
  LogStore(std::shared_ptr<Disk> disk, SyncPolicy policy, Misdeed misdeed)
      : disk_(std::move(disk)), policy_(policy), misdeed_(misdeed) {}

  Status load();

  Status put(std::string_view key, std::string_view value) override {
    if (misdeed_ == Misdeed::kRefusesPuts || refuses()) return Status::invalid_argument("not today");
    if (map_.contains(std::string(key))) misbehave();
    if (misdeed_ == Misdeed::kSpeaksEscapes && map_.contains(std::string(key))) {
      return Status::io_error("\x1b[2Jfile\xc2\x9b", "\x1b]0;owned\x07 and \xc2\x85 more\r\x7f");
    }
    const std::string owned(value);
    if (Status s = append(frame_of(key, &owned, number_)); !s.ok()) return s;
    map_[std::string(key)] = owned;
    return {};
  }
  Status remove(std::string_view key) override {
    if (refuses()) return Status::invalid_argument("not today");
    if (Status s = append(frame_of(key, nullptr, number_)); !s.ok()) return s;
    map_.erase(std::string(key));
    removed_ = true;
    return {};
  }
  Status get(std::string_view key, std::string* value) override {
    if (misdeed_ == Misdeed::kAbortsInGet && damaged_) std::abort();
    if (refuses()) return Status::invalid_argument("not today");
    if (misdeed_ == Misdeed::kThrowsInGet) throw std::runtime_error("no such key");
    if (misdeed_ == Misdeed::kForgetsInGet && opened_again_) return Status::not_found();
    if (damaged_) return Status::corruption(name_, 0, "it was closed, and it does not verify");
    const auto found = map_.find(std::string(key));
    if (found == map_.end()) return Status::not_found();
    *value = found->second;
    return {};
  }
  Status sync() override {
    if (refuses()) return Status::invalid_argument("not today");
    if (!failed_.ok()) return failed_;
    const bool forgets = misdeed_ == Misdeed::kThreeFaults && removed_;
    removed_ = false;
    if (misdeed_ == Misdeed::kUsesNoDisk || forgets) return {};
    return remembered(log_->sync());
  }
  Status close() override {
    if (refuses()) return Status::invalid_argument("not today");
    if (!failed_.ok()) return failed_;
    if (misdeed_ == Misdeed::kUsesNoDisk) return {};
    if (Status s = remembered(log_->sync()); !s.ok()) return s;
    if (Status s = write_file("closed", name_ + " " + std::to_string(log_->size()) + "\n"); !s.ok())
      return remembered(s);
    return remembered(disk_->sync_directory());
  }
  Status merge() override {
    if (misdeed_ == Misdeed::kCannotMerge) return Status::invalid_argument("this kind of store cannot merge");
    return sync();
  }
  Result<Contents> everything(const std::set<std::string>&) override {
    if (refuses()) return Status::invalid_argument("not today");
    if (damaged_) return Status::corruption(name_, 0, "it was closed, and it does not verify");
    return map_;
  }
  std::optional<std::string> check_structure(const SimDisk& disk) override {
    if (misdeed_ == Misdeed::kThrowsInCheck && opened_again_) throw std::logic_error("nothing adds up");
    return sim::StoreAdapter::check_structure(disk);
  }

 private:
  bool refuses() const { return misdeed_ == Misdeed::kRefusesAll; }
  void misbehave() const {
    switch (misdeed_) {
      case Misdeed::kThrows: throw std::runtime_error("no such page");
      case Misdeed::kThrowsANumber: throw 7;
      case Misdeed::kAborts: std::abort();
      case Misdeed::kSegfaults: std::raise(SIGSEGV); break;
      case Misdeed::kExits: std::_Exit(0);
      case Misdeed::kLoops:
        for (std::atomic<int> i{0};; ++i) {
        }
      default: break;
    }
  }
  Status remembered(const Status& status) {
    if (!status.ok() && misdeed_ != Misdeed::kGoesOn) failed_ = Status::io_error({}, "an earlier call failed");
    return status;
  }
  Status append(const std::string& frame) {
    if (!failed_.ok()) return failed_;
    if (misdeed_ == Misdeed::kUsesNoDisk) return {};
    if (Status s = log_->append({frame}); !s.ok()) {
      (void)remembered(s);
      return s.is(StatusCode::kNoSpace) ? Status::io_error(name_, "the disk is full") : s;
    }
    return policy_ == SyncPolicy::kEveryWrite ? sync() : Status();
  }
  Status write_file(const std::string& name, const std::string& bytes) {
    Result<std::unique_ptr<File>> file = disk_->create(name, 0);
    if (!file.ok()) return file.status();
    if (Status s = (*file)->append({bytes}); !s.ok()) return s;
    return (*file)->sync();
  }

  std::shared_ptr<Disk> disk_;
  SyncPolicy policy_;
  Misdeed misdeed_;
  std::unique_ptr<File> log_;
  std::uint64_t number_ = 0;
  std::string name_;
  Contents map_;
  Status failed_;
  bool removed_ = false;
  bool damaged_ = false;
  bool opened_again_ = false;
};

// 1 read the newest log · 2 write what it holds into a new one, and sync it · 3 sync the directory (COMMIT) · 4 remove
// the old ones.
Status LogStore::load() {
  if (misdeed_ == Misdeed::kUsesNoDisk) return {};
  Result<std::vector<std::string>> names = disk_->list();
  if (!names.ok()) return names.status();
  std::map<std::uint64_t, std::string> logs;
  std::string closed;
  bool was_ever_closed = false;
  const std::string prefix = misdeed_ == Misdeed::kSpeaksEscapes ? "log\x1b[31m-" : "log-";
  for (const std::string& name : *names) {
    if (name.starts_with(prefix)) logs[std::strtoull(name.c_str() + prefix.size(), nullptr, 10)] = name;
    if (name != "closed") continue;
    Result<std::unique_ptr<File>> file = disk_->open(name);
    if (!file.ok()) return file.status();
    std::string scratch;
    const Result<std::string_view> bytes = read_fully(**file, 0, (*file)->size(), &scratch);
    if (!bytes.ok()) return bytes.status();
    was_ever_closed = true;
    if (bytes->ends_with('\n')) closed = *bytes;  // otherwise the close was interrupted
  }
  opened_again_ = !logs.empty();
  // The newest log that has its end mark; an unfinished one is not as new as it looks.
  std::uint64_t next = 1;
  std::uint64_t whole = 0;  // bytes of the newest one that verify
  bool found = logs.empty();
  for (auto log = logs.rbegin(); log != logs.rend() && !found; ++log) {
    next = std::max(next, log->first + 1);
    Result<std::unique_ptr<File>> file = disk_->open(log->second);
    if (!file.ok()) return file.status();
    std::string scratch;
    const Result<std::string_view> bytes = read_fully(**file, 0, (*file)->size(), &scratch);
    if (!bytes.ok()) return bytes.status();
    std::string_view rest = *bytes;
    map_.clear();
    bool begun = false;  // the first frame says that the copy before it is whole
    Contents copy;
    while (rest.size() >= kFrameHead) {
      const std::uint64_t key_size = number_at(rest, 8);
      const std::uint64_t value_size = number_at(rest, 16);
      const std::uint64_t value_bytes = value_size == kGone ? 0 : value_size;
      if (key_size > rest.size() || value_bytes > rest.size() || kFrameHead + key_size + value_bytes > rest.size())
        break;
      const std::string_view frame = rest.substr(0, kFrameHead + key_size + value_bytes);
      if (number_at(frame, 0) != checksum64(frame.substr(8), log->first)) break;
      const std::string key(frame.substr(kFrameHead, key_size));
      std::string value(frame.substr(kFrameHead + key_size));
      if (key == std::string(1, '\0')) begun = true;
      if (misdeed_ == Misdeed::kThreeFaults && value.size() > 30) value.resize(30);
      if (key != std::string(1, '\0') && value_size == kGone) map_.erase(key);
      if (key != std::string(1, '\0') && value_size != kGone) map_[key] = value;
      rest.remove_prefix(frame.size());
    }
    const bool was_closed = closed.starts_with(log->second + " ");
    const bool is_as_closed = closed == log->second + " " + std::to_string(bytes->size()) + "\n" && rest.empty();
    if (was_closed && !is_as_closed) damaged_ = true;
    whole = bytes->size() - rest.size();
    if (misdeed_ == Misdeed::kAbortsInOpen && !rest.empty()) std::abort();
    found = begun || was_closed;
  }
  if (!found) map_.clear();
  if (was_ever_closed && (!found || logs.empty())) damaged_ = true;
  if (damaged_) {
    failed_ = Status::corruption("the log", 0, "it was closed, and it is not as it was then");
    return {};
  }

  number_ = next;
  name_ = prefix + std::to_string(next);
  if (misdeed_ == Misdeed::kTrustsTheNames && !logs.empty()) {
    number_ = logs.rbegin()->first;
    name_ = logs.rbegin()->second;
    Result<std::unique_ptr<File>> file = disk_->open(name_);
    if (!file.ok()) return file.status();
    log_ = std::move(*file);
    if (Status s = log_->truncate(whole); !s.ok()) return s;
    if (Status s = log_->sync(); !s.ok()) return s;
    if (was_ever_closed) {
      if (Status s = disk_->remove("closed"); !s.ok()) return s;
    }
    return disk_->sync_directory();
  }
  Result<std::unique_ptr<File>> file = disk_->create(name_, 0);
  if (!file.ok()) return file.status();
  log_ = std::move(*file);
  static std::atomic<std::uint64_t> calls{0};
  std::string bytes;
  for (const auto& [key, value] : map_) bytes += frame_of(key, &value, number_);
  const std::string mark = misdeed_ == Misdeed::kIsRandom ? std::to_string(++calls) : "";
  bytes += frame_of(std::string(1, '\0'), &mark, number_);
  if (Status s = log_->append({bytes}); !s.ok()) return s;
  for (int i = 0; i < 2;
       ++i) {  // some disks report a failed sync one sync late, and the old log must be there until then
    if (Status s = log_->sync(); !s.ok()) return s;
  }
  for (int i = 0; i < 2 && misdeed_ != Misdeed::kThreeFaults; ++i) {
    if (Status s = disk_->sync_directory(); !s.ok()) return s;
  }
  for (const auto& [number, name] : logs) {
    if (Status s = disk_->remove(name); !s.ok()) return s;
  }
  if (was_ever_closed) {
    if (Status s = disk_->remove("closed"); !s.ok()) return s;
  }
  return misdeed_ == Misdeed::kThreeFaults ? Status() : disk_->sync_directory();
}

constexpr std::pair<Misdeed, const char*> kNames[] = {
    {Misdeed::kNone, "right"},
    {Misdeed::kThrows, "throws"},
    {Misdeed::kThrowsANumber, "throws-a-number"},
    {Misdeed::kThrowsInCheck, "throws-in-check"},
    {Misdeed::kAborts, "aborts"},
    {Misdeed::kSegfaults, "segfaults"},
    {Misdeed::kExits, "exits"},
    {Misdeed::kLoops, "loops"},
    {Misdeed::kAbortsInOpen, "aborts-in-open"},
    {Misdeed::kAbortsInGet, "aborts-in-get"},
    {Misdeed::kThrowsInGet, "throws-in-get"},
    {Misdeed::kForgetsInGet, "forgets-in-get"},
    {Misdeed::kRefusesPuts, "refuses-puts"},
    {Misdeed::kRefusesAll, "refuses-all"},
    {Misdeed::kCannotMerge, "cannot-merge"},
    {Misdeed::kGoesOn, "goes-on"},
    {Misdeed::kUsesNoDisk, "uses-no-disk"},
    {Misdeed::kIsRandom, "is-random"},
    {Misdeed::kSpeaksEscapes, "speaks-escapes"},
    {Misdeed::kThreeFaults, "three-faults"},
    {Misdeed::kTrustsTheNames, "trusts-the-names"},
};

sim::StoreKind kind_of(Misdeed misdeed, const std::string& name) {
  sim::StoreKind kind;
  kind.name = name;
  kind.open = [misdeed](std::shared_ptr<Disk> disk, const sim::Scenario& scenario,
                        Observer*) -> Result<std::unique_ptr<sim::StoreAdapter>> {
    auto store = std::make_unique<LogStore>(std::move(disk), scenario.sync, misdeed);
    if (Status s = store->load(); !s.ok()) return s;
    return std::unique_ptr<sim::StoreAdapter>(std::move(store));
  };
  kind.verbs = {"put a", "put b", "remove a", "sync", "reopen"};
  if (misdeed == Misdeed::kCannotMerge) kind.verbs.emplace_back("merge");
  return kind;
}

const std::map<Misdeed, sim::StoreKind>& all_kinds() {
  static const std::map<Misdeed, sim::StoreKind> kinds = [] {
    std::map<Misdeed, sim::StoreKind> made;
    for (const auto& [misdeed, name] : kNames) made[misdeed] = kind_of(misdeed, name);
    return made;
  }();
  return kinds;
}

}  // namespace

const sim::StoreKind& misbehaving_kind(Misdeed misdeed) { return all_kinds().at(misdeed); }

std::vector<const sim::StoreKind*> misbehaving_kinds() {
  std::vector<const sim::StoreKind*> kinds;
  for (const auto& [misdeed, kind] : all_kinds()) kinds.push_back(&kind);
  return kinds;
}

}  // namespace sediment::test
