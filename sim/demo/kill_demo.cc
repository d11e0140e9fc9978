#include "sim/demo/kill_demo.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "engine/store.h"
#include "sim/base/random.h"
#include "sim/demo/child_process.h"
#include "sim/demo/word_count.h"
#include "sim/run/runner.h"

namespace sediment::sim {

namespace {

constexpr int kKills = 5;  // kills that strike while words are being counted
constexpr int kTries = 40;

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sediment-demo-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// The store's contents now. Reading changes nothing in the directory.
Result<Contents> read_directory(const std::filesystem::path& directory) {
  Options options;
  options.read_only = true;
  Result<std::unique_ptr<Store>> store = Store::open(directory, options);
  if (store.status().is(StatusCode::kNotFound)) return Contents();  // killed before there was a store
  if (!store.ok()) return store.status();
  return read_everything(**store);
}

class KillDemo {
 public:
  KillDemo(const KillDemoArguments& arguments, Terminal& terminal)
      : arguments_(arguments), terminal_(terminal), random_(arguments.seed), directory_(temporary_.path() / "store") {}

  int run() {
    terminal_.heading("The same on a real disk, with a real kill -9");
    terminal_.say(
        fmt::format("A process, sediment load --format words, counts {} words into {}. It is killed again and again.",
                    arguments_.words.size(), directory_.string()));
    for (int i = 0; i < kTries && struck_ < kKills; ++i) {
      const auto inside = kill_once(arguments_.text.size() / (kKills + 1) * static_cast<std::size_t>(struck_ + 1));
      if (!inside.ok()) return failed(inside.status().to_string());
      if (*inside) ++struck_;
    }
    if (struck_ == 0) return failed("no kill hit the process while it was counting");
    return finish();
  }

 private:
  // Starts the process where the last one was killed, gives it the text up to some byte, kills it at work, and checks
  // the store. True if it had made progress.
  Result<bool> kill_once(std::size_t up_to_byte) {
    Result<ChildProcess> child = start();
    if (!child.ok()) return child.status();
    child->feed(std::string_view(arguments_.text).substr(0, up_to_byte));
    child->wait_until_fed();
    const std::uint64_t delay = random_.below(12'000);  // a random moment
    std::this_thread::sleep_for(std::chrono::microseconds(delay));
    child->kill();

    Result<Contents> contents = read_directory(directory_);
    if (!contents.ok()) return contents.status();
    const std::uint64_t counted = sum_of_counts(*contents);
    if (*contents != plain_count(arguments_.words, counted)) {
      return Status::corruption(directory_.string(), Status::kNoOffset,
                                "these are not the counts of the first words of the text");
    }
    if (counted < position_) {
      return Status::corruption(
          directory_.string(), Status::kNoOffset,
          fmt::format("{} words had been counted, but now there are only {}", position_, counted));
    }
    const bool inside = counted > position_ && counted < arguments_.words.size();
    if (inside)
      terminal_.detail(fmt::format("kill -9: {:>6} words had been counted, and all of them are there", counted));
    position_ = counted;
    return inside;
  }

  int finish() {
    Result<ChildProcess> child = start();
    if (!child.ok()) return failed(child.status().to_string());
    child->feed(arguments_.text);
    if (const int code = child->finish(); code != 0)
      return failed(fmt::format("sediment load ended with exit code {}", code));
    Result<ChildProcess> verify = ChildProcess::start({arguments_.sediment, "verify", directory_.string()});
    if (!verify.ok()) return failed(verify.status().to_string());
    if (const int code = verify->finish(); code != 0)
      return failed(fmt::format("sediment verify ended with exit code {}", code));
    Result<Contents> contents = read_directory(directory_);
    if (!contents.ok()) return failed(contents.status().to_string());
    if (*contents != plain_count(arguments_.words, arguments_.words.size())) {
      return failed("the counts differ from a plain word count of the same text");
    }
    terminal_.say("Then it could finish, and sediment verify read every byte.");
    terminal_.say(terminal_.in(Colour::kGreen,
                               fmt::format("all counts equal: {} different words again.", contents->size(), struck_)));
    return 0;
  }

  Result<ChildProcess> start() const {
    return ChildProcess::start({arguments_.sediment, "load", directory_.string(), "-", "--format", "words", "--resume",
                                "--segment-size", "32k", "--sync-every", "500", "--quiet"});
  }

  int failed(const std::string& what) const {
    terminal_.say(terminal_.in(Colour::kRed, "FAILED: " + what));
    return 1;
  }

  const KillDemoArguments& arguments_;
  Terminal& terminal_;
  Random random_;
  TemporaryDirectory temporary_;
  std::filesystem::path directory_;
  int struck_ = 0;              // kills in the middle of the work
  std::uint64_t position_ = 0;  // words counted at the last kill
};

}  // namespace

int kill_demo(const KillDemoArguments& arguments, Terminal& terminal) { return KillDemo(arguments, terminal).run(); }

}  // namespace sediment::sim
