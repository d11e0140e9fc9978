#include "sim/run/contract.h"

#include <algorithm>
#include <utility>

#include "sim/run/guarded_store.h"
#include "sim/run/witness.h"

namespace sediment::sim {

namespace {

// A store on a disk of its own, and what it does there. Each call is told to the witness before it is made.
class Trial {
 public:
  Trial(const StoreKind& kind, Scenario* told) : kind_(kind), told_(*told) {
    told_.store = kind.name;
    told_.steps.clear();
  }
  ~Trial() { store_.reset(); }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  Status open() {
    begins({"open"});
    disk_ = std::make_shared<SimDisk>(disk_ ? disk_->state() : DiskState(), SimDiskOptions{}, &trace_);
    Result<std::unique_ptr<StoreAdapter>> store = open_guarded(kind_, disk_, Scenario(), nullptr);
    if (!store.ok()) return store.status();
    store_ = std::move(*store);
    return {};
  }
  Status close() {
    begins({"close"});
    Status status = store_->close();
    store_.reset();
    return status;
  }
  Status put(const std::string& key, const std::string& value) {
    begins({"put", key, value});
    return store_->put(key, value);
  }
  Status remove(const std::string& key) {
    begins({"remove", key});
    return store_->remove(key);
  }
  Status get(const std::string& key, std::string* value) {
    begins({"get", key});
    return store_->get(key, value);
  }
  Status sync() {
    begins({"sync"});
    return store_->sync();
  }
  Status roll() {
    begins({"roll"});
    return store_->roll();
  }
  Status merge() {
    begins({"merge"});
    return store_->merge();
  }
  Status begin_merge() {
    begins({"merge", "begin"});
    return store_->begin_merge(std::nullopt);
  }
  Result<bool> merge_step() {
    begins({"merge", "step"});
    return store_->merge_step();
  }
  Result<Contents> everything(const std::set<std::string>& keys) {
    begins({"everything"});
    return store_->everything(keys);
  }
  SimDisk& disk() { return *disk_; }
  const Trace& trace() const { return trace_; }

 private:
  void begins(Step step) {
    told_.steps.push_back(std::move(step));
    if (Witness* told = witness()) told->begins(told_);
  }

  const StoreKind& kind_;
  Scenario& told_;
  Trace trace_;
  std::shared_ptr<SimDisk> disk_;
  std::unique_ptr<StoreAdapter> store_;
};

class Contract {
 public:
  explicit Contract(const StoreKind& kind) : kind_(kind) {}

  std::vector<std::string> broken() {
    for (const auto clause : {&Contract::writes_and_reads, &Contract::durability, &Contract::errors,
                              &Contract::optional_steps, &Contract::determinism}) {
      try {
        (this->*clause)();
      } catch (const StoreThrew& thrown) {
        breaks("exceptions", "no function may throw, but in " + last_step_of(told_) + " " + thrown.what());
      }
    }
    return std::move(broken_);
  }

 private:
  void breaks(const std::string& clause, const std::string& how) {
    const std::string sentence = clause + ": " + how;
    if (std::find(broken_.begin(), broken_.end(), sentence) == broken_.end()) broken_.push_back(sentence);
  }
  // Whether the status is ok; if it is not, the clause is broken.
  bool must(const std::string& clause, const std::string& what, const Status& status) {
    if (!status.ok()) breaks(clause, what + " must return ok, but returned " + status.to_string());
    return status.ok();
  }
  void must_find(Trial& trial, const std::string& key, const std::string& value, const std::string& when) {
    std::string found;
    const Status status = trial.get(key, &found);
    if (status.ok() && found == value) return;
    breaks("get", "after " + when + ", get(" + preview(Step{key}) + ") must find " + preview(Step{value}) +
                      ", but it returned " + (status.ok() ? preview(Step{found}) : status.to_string()));
  }
  void must_miss(Trial& trial, const std::string& key, const std::string& when) {
    std::string found;
    const Status status = trial.get(key, &found);
    if (status.is(StatusCode::kNotFound)) return;
    breaks("get", when + " must be kNotFound, but get(" + preview(Step{key}) + ") returned " +
                      (status.ok() ? preview(Step{found}) : status.to_string()));
  }
  bool opens(Trial& trial, const std::string& what) { return must("open", what, trial.open()); }

  void writes_and_reads() {
    Trial trial(kind_, &told_);
    if (!opens(trial, "an open on an empty disk")) return;
    must_miss(trial, "a", "a key that was never written");
    if (!must("put", "a put into an empty store", trial.put("a", "1"))) return;
    must_find(trial, "a", "1", "put a 1");
    must("put", "a second put of a key", trial.put("a", "2"));
    must_find(trial, "a", "2", "put a 1 · put a 2");
    if (must("put", "a put of an empty value", trial.put("e", "")))
      must_find(trial, "e", "", "a put of an empty value");
    const std::string bytes("\0\n\t\xff x", 6);
    if (must("put", "a put of any bytes", trial.put("b", bytes))) must_find(trial, "b", bytes, "a put of any bytes");
    if (must("put", "a put of 39 bytes", trial.put("c", std::string(39, '3')))) {
      must_find(trial, "c", std::string(39, '3'), "a put of 39 bytes");
    }
    if (must("remove", "a remove of a key", trial.remove("c"))) must_miss(trial, "c", "a removed key");
    const Status absent = trial.remove("never");
    if (!absent.ok() && !absent.is(StatusCode::kNotFound)) {
      breaks("remove",
             "a remove of a key that is not there must return ok or kNotFound, but returned " + absent.to_string());
    }
    const Contents expected{{"a", "2"}, {"b", bytes}, {"e", ""}};
    const Result<Contents> found = trial.everything({"a", "b", "c", "e", "never"});
    if (!found.ok()) {
      breaks("everything", "it must list the pairs of an open store, but returned " + found.status().to_string());
    } else if (*found != expected) {
      breaks("everything", "it must hold each pair once and nothing else, but " + first_difference(*found, expected));
    }
    if (must("sync", "a sync", trial.sync()) && trial.trace().operation_count() == 0) {
      breaks("disk",
             "after three puts and a sync nothing was done on the Disk: a store must use the Disk that it is "
             "given, and no real file");
    }
  }

  void durability() {
    Trial trial(kind_, &told_);
    if (!trial.open().ok() || !trial.put("a", "1").ok() || !trial.sync().ok()) return;
    if (!must("close", "a close of a healthy store", trial.close())) return;
    if (!opens(trial, "an open of a closed store")) return;
    must_find(trial, "a", "1", "put a 1 · close · open");
    must("put", "a put into a store that was opened again", trial.put("b", "2"));
    must_find(trial, "a", "1", "put a 1 · close · open · put b 2");
  }

  void errors() {
    Trial trial(kind_, &told_);
    if (!trial.open().ok() || !trial.put("a", "1").ok()) return;
    trial.disk().fail({.call = CallFault::Call::kAppend, .effect = CallFault::Effect::kError});
    const Status failed = trial.put("b", "2");
    if (trial.disk().failed_calls() == 0) return;  // it writes later
    if (failed.ok()) {
      breaks("errors", "the disk's write failed, but put returned ok");
      return;
    }
    if (!failed.is(StatusCode::kIoError)) return;
    std::string value;
    if (trial.put("c", "3").ok()) {
      breaks("errors",
             "a put failed with an I/O error, and the next one was accepted: after kIoError it is unknown "
             "what is on the disk, so every write must be refused until the store is opened again");
    }
    must_find(trial, "a", "1", "a put of another key that failed");
  }

  bool has_verb(const std::string& verb) const {
    return std::find(kind_.verbs.begin(), kind_.verbs.end(), verb) != kind_.verbs.end();
  }

  void optional_steps() {
    Trial trial(kind_, &told_);
    if (!trial.open().ok()) return;
    if (!trial.put("a", "1").ok() || !trial.put("b", "2").ok() || !trial.remove("b").ok()) return;
    const std::string names_it = " (it is among the verbs)";
    if (has_verb("roll")) must("verbs", "roll" + names_it, trial.roll());
    if (has_verb("merge")) must("verbs", "merge" + names_it, trial.merge());
    if (has_verb("merge step")) {
      must("verbs", "begin_merge for merge step" + names_it, trial.begin_merge());
      Result<bool> complete = false;
      for (int i = 0; i < 1000 && complete.ok() && !*complete; ++i) complete = trial.merge_step();
      must("verbs", "merge_step" + names_it, complete.status());
      if (complete.ok() && !*complete)
        breaks("verbs", "merge_step must be complete at some time, not after 1000 steps");
    }
    must_find(trial, "a", "1", "the optional steps");
    must_miss(trial, "b", "a key that was removed before the optional steps");
  }

  void determinism() {
    Trial one(kind_, &told_);
    Trial two(kind_, &told_);
    for (Trial* trial : {&one, &two}) {
      if (!trial->open().ok() || !trial->put("a", "1").ok() || !trial->sync().ok()) return;
      if (!trial->close().ok() || !trial->open().ok()) return;
    }
    if (one.trace() == two.trace()) return;
    breaks("determinism",
           "the same steps on the same disk must make the same calls with the same bytes, but two runs "
           "did not: a store may use Disk::random() and Disk::now_nanoseconds(), and no other clock, "
           "random number, thread or address");
  }

  const StoreKind& kind_;
  std::vector<std::string> broken_;
  Scenario told_;  // what the trial under way has done, up to the call under way
};

}  // namespace

std::string last_step_of(const Scenario& scenario) {
  if (scenario.steps.empty()) return "its first step";
  std::string last = "`" + preview(scenario.steps.back()) + "`";
  if (scenario.steps.size() == 1) return last;
  return last + " (the last step of `" + steps_of(scenario.steps) + "`)";
}

std::vector<std::string> broken_clauses(const StoreKind& kind) { return Contract(kind).broken(); }

}  // namespace sediment::sim
