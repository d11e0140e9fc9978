#include "sim/run/contract.h"

#include <algorithm>
#include <utility>

#include "sim/run/guarded_store.h"

namespace sediment::sim {

namespace {

// A store on a disk of its own, and what it does there.
class Trial {
 public:
  explicit Trial(const StoreKind& kind) : kind_(kind) {}
  ~Trial() { die(); }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  Status open() {
    disk_ = std::make_shared<SimDisk>(disk_ ? disk_->state() : DiskState(), SimDiskOptions{}, &trace_);
    Result<std::unique_ptr<StoreAdapter>> store = open_guarded(kind_, disk_, scenario_, nullptr);
    if (!store.ok()) return store.status();
    store_ = std::move(*store);
    return {};
  }
  Status close() {
    const Status status = store_->close();
    store_.reset();
    return status;
  }
  void die() { store_.reset(); }
  StoreAdapter& store() { return *store_; }
  SimDisk& disk() { return *disk_; }
  const Trace& trace() const { return trace_; }

 private:
  const StoreKind& kind_;
  Scenario scenario_;
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
        breaks("exceptions", "no function may throw, but " + std::string(thrown.what()));
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
  void must_find(StoreAdapter& store, const std::string& key, const std::string& value, const std::string& when) {
    std::string found;
    const Status status = store.get(key, &found);
    if (status.ok() && found == value) return;
    breaks("get", "after " + when + ", get(" + preview(Step{key}) + ") must find " + preview(Step{value}) +
                      ", but it returned " + (status.ok() ? preview(Step{found}) : status.to_string()));
  }
  void must_miss(StoreAdapter& store, const std::string& key, const std::string& when) {
    std::string found;
    const Status status = store.get(key, &found);
    if (status.is(StatusCode::kNotFound)) return;
    breaks("get", when + " must be kNotFound, but get(" + preview(Step{key}) + ") returned " +
                      (status.ok() ? preview(Step{found}) : status.to_string()));
  }
  bool opens(Trial& trial, const std::string& what) { return must("open", what, trial.open()); }

  void writes_and_reads() {
    Trial trial(kind_);
    if (!opens(trial, "an open on an empty disk")) return;
    StoreAdapter& store = trial.store();
    must_miss(store, "a", "a key that was never written");
    if (!must("put", "a put into an empty store", store.put("a", "1"))) return;
    must_find(store, "a", "1", "put a 1");
    must("put", "a second put of a key", store.put("a", "2"));
    must_find(store, "a", "2", "put a 1 · put a 2");
    if (must("put", "a put of an empty value", store.put("e", "")))
      must_find(store, "e", "", "a put of an empty value");
    const std::string bytes("\0\n\t\xff x", 6);
    if (must("put", "a put of any bytes", store.put("b", bytes))) must_find(store, "b", bytes, "a put of any bytes");
    if (must("put", "a put of 39 bytes", store.put("c", std::string(39, '3')))) {
      must_find(store, "c", std::string(39, '3'), "a put of 39 bytes");
    }
    if (must("remove", "a remove of a key", store.remove("c"))) must_miss(store, "c", "a removed key");
    const Status absent = store.remove("never");
    if (!absent.ok() && !absent.is(StatusCode::kNotFound)) {
      breaks("remove",
             "a remove of a key that is not there must return ok or kNotFound, but returned " + absent.to_string());
    }
    const Contents expected{{"a", "2"}, {"b", bytes}, {"e", ""}};
    const Result<Contents> found = store.everything({"a", "b", "c", "e", "never"});
    if (!found.ok()) {
      breaks("everything", "it must list the pairs of an open store, but returned " + found.status().to_string());
    } else if (*found != expected) {
      breaks("everything", "it must hold each pair once and nothing else, but it has " + std::to_string(found->size()) +
                               " pairs instead of " + std::to_string(expected.size()) + ", or others");
    }
    if (must("sync", "a sync", store.sync()) && trial.trace().operation_count() == 0) {
      breaks("disk",
             "after three puts and a sync nothing was done on the Disk: a store must use the Disk that it is "
             "given, and no real file");
    }
  }

  void durability() {
    Trial trial(kind_);
    if (!trial.open().ok() || !trial.store().put("a", "1").ok() || !trial.store().sync().ok()) return;
    if (!must("close", "a close of a healthy store", trial.close())) return;
    if (!opens(trial, "an open of a closed store")) return;
    must_find(trial.store(), "a", "1", "put a 1 · close · open");
    must("put", "a put into a store that was opened again", trial.store().put("b", "2"));
    must_find(trial.store(), "a", "1", "put a 1 · close · open · put b 2");
  }

  void errors() {
    Trial trial(kind_);
    if (!trial.open().ok() || !trial.store().put("a", "1").ok()) return;
    trial.disk().fail({.call = CallFault::Call::kAppend, .effect = CallFault::Effect::kError});
    const Status failed = trial.store().put("b", "2");
    if (trial.disk().failed_calls() == 0) return;  // it writes later
    if (failed.ok()) {
      breaks("errors", "the disk's write failed, but put returned ok");
      return;
    }
    if (!failed.is(StatusCode::kIoError)) return;
    std::string value;
    if (trial.store().put("c", "3").ok()) {
      breaks("errors",
             "a put failed with an I/O error, and the next one was accepted: after kIoError it is unknown "
             "what is on the disk, so every write must be refused until the store is opened again");
    }
    must_find(trial.store(), "a", "1", "a put of another key that failed");
  }

  bool has_verb(const std::string& verb) const {
    return std::find(kind_.verbs.begin(), kind_.verbs.end(), verb) != kind_.verbs.end();
  }

  void optional_steps() {
    Trial trial(kind_);
    if (!trial.open().ok()) return;
    StoreAdapter& store = trial.store();
    if (!store.put("a", "1").ok() || !store.put("b", "2").ok() || !store.remove("b").ok()) return;
    const std::string names_it = " (it is among the verbs)";
    if (has_verb("roll")) must("verbs", "roll" + names_it, store.roll());
    if (has_verb("merge")) must("verbs", "merge" + names_it, store.merge());
    if (has_verb("merge step")) {
      must("verbs", "begin_merge for merge step" + names_it, store.begin_merge(std::nullopt));
      Result<bool> complete = false;
      for (int i = 0; i < 1000 && complete.ok() && !*complete; ++i) complete = store.merge_step();
      must("verbs", "merge_step" + names_it, complete.status());
      if (complete.ok() && !*complete)
        breaks("verbs", "merge_step must be complete at some time, not after 1000 steps");
    }
    must_find(store, "a", "1", "the optional steps");
    must_miss(store, "b", "a key that was removed before the optional steps");
  }

  void determinism() {
    Trial one(kind_);
    Trial two(kind_);
    for (Trial* trial : {&one, &two}) {
      if (!trial->open().ok() || !trial->store().put("a", "1").ok() || !trial->store().sync().ok()) return;
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
};

}  // namespace

std::vector<std::string> broken_clauses(const StoreKind& kind) { return Contract(kind).broken(); }

}  // namespace sediment::sim
