#include "tests/support/naive_store.h"

#include <algorithm>
#include <charconv>

namespace sediment::test {

namespace {

constexpr std::string_view kEnding = ".seg";

class NaiveStore final : public sim::StoreAdapter {
 public:
  NaiveStore(std::shared_ptr<Disk> disk, std::uint64_t segment_size)
      : disk_(std::move(disk)), segment_size_(segment_size) {}

  Status load() {
    Result<std::vector<std::string>> names = disk_->list();
    if (!names.ok()) return names.status();
    for (const std::string& name : *names) {
      std::uint64_t number = 0;
      std::from_chars(name.data(), name.data() + name.size(), number);
      if (name.ends_with(kEnding)) segments_.push_back(number);
    }
    std::sort(segments_.begin(), segments_.end());
    for (const std::uint64_t number : segments_) {
      Result<std::unique_ptr<File>> file = disk_->open(name_of(number));
      if (!file.ok()) return file.status();
      std::string scratch;
      Result<std::string_view> text = read_fully(**file, 0, (*file)->size(), &scratch);
      if (!text.ok()) return text.status();
      read_lines(*text);
    }
    return start_segment();
  }

  Status put(std::string_view key, std::string_view value) override {
    if (Status s = append(std::string(key) + "\t" + std::string(value) + "\n"); !s.ok()) return s;
    map_[std::string(key)] = value;
    return {};
  }
  Status remove(std::string_view key) override {
    if (Status s = append(std::string(key) + "\n"); !s.ok()) return s;
    map_.erase(std::string(key));
    return {};
  }
  Status get(std::string_view key, std::string* value) override {
    const auto found = map_.find(std::string(key));
    if (found == map_.end()) return Status::not_found();
    *value = found->second;
    return {};
  }
  Status sync() override { return active_->sync(); }
  Status close() override { return active_->sync(); }
  Status roll() override { return start_segment(); }

  Status merge() override {
    const std::vector<std::uint64_t> inputs = segments_;
    if (Status s = start_segment(); !s.ok()) return s;
    for (const auto& [key, value] : map_) {
      if (Status s = append(key + "\t" + value + "\n"); !s.ok()) return s;
    }
    for (const std::uint64_t input : inputs) {
      if (Status s = disk_->remove(name_of(input)); !s.ok()) return s;
    }
    segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(inputs.size()));
    return active_->sync();
  }

 private:
  static std::string name_of(std::uint64_t number) { return std::to_string(number) + std::string(kEnding); }

  void read_lines(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      const std::string_view line = text.substr(0, end);
      const std::size_t tab = line.find('\t');
      if (tab == std::string_view::npos) {
        map_.erase(std::string(line));
      } else {
        map_[std::string(line.substr(0, tab))] = line.substr(tab + 1);
      }
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  Status start_segment() {
    const std::uint64_t number = segments_.empty() ? 1 : segments_.back() + 1;
    Result<std::unique_ptr<File>> file = disk_->create(name_of(number), 0);
    if (!file.ok()) return file.status();
    active_ = std::move(*file);
    segments_.push_back(number);
    return {};
  }

  Status append(const std::string& line) {
    if (active_->size() > 0 && active_->size() + line.size() > segment_size_) {
      if (Status s = start_segment(); !s.ok()) return s;
    }
    return active_->append({line});
  }

  std::shared_ptr<Disk> disk_;
  std::uint64_t segment_size_;
  std::vector<std::uint64_t> segments_;  // oldest first; the last one is active
  std::unique_ptr<File> active_;
  sim::Contents map_;
};

}  // namespace

const sim::StoreKind& naive_kind() {
  static const sim::StoreKind kind{"naive",
                                   [](std::shared_ptr<Disk> disk, const sim::Scenario& scenario,
                                      Observer*) -> Result<std::unique_ptr<sim::StoreAdapter>> {
                                     auto store = std::make_unique<NaiveStore>(std::move(disk), scenario.segment_size);
                                     if (Status s = store->load(); !s.ok()) return s;
                                     return std::unique_ptr<sim::StoreAdapter>(std::move(store));
                                   },
                                   {"put a", "put b", "remove a", "sync", "roll", "merge", "reopen"}};
  return kind;
}

}  // namespace sediment::test
