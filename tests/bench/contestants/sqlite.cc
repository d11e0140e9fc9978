// SQLite: a table with the key as its primary key, in a B-tree, behind SQL.
#include <sqlite3.h>

#include <mutex>

#include "tests/bench/contestant.h"

namespace sediment::bench {
namespace {

class Connection {
 public:
  explicit Connection(const std::filesystem::path& file, bool syncs_every_write) {
    check(sqlite3_open(file.c_str(), &connection_));
    check(sqlite3_busy_timeout(connection_, 10'000));
    execute("PRAGMA journal_mode = WAL");
    execute(syncs_every_write ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    execute("CREATE TABLE IF NOT EXISTS pairs (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID");
  }
  ~Connection() { sqlite3_close(connection_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  sqlite3* get() const { return connection_; }
  void execute(const char* statement) const { check(sqlite3_exec(connection_, statement, nullptr, nullptr, nullptr)); }
  void check(int code) const {
    if (code != SQLITE_OK) throw Failure(sqlite3_errmsg(connection_));
  }

 private:
  sqlite3* connection_ = nullptr;
};

class Statement {
 public:
  Statement(const Connection& connection, const char* text) : connection_(connection) {
    connection.check(sqlite3_prepare_v2(connection.get(), text, -1, &statement_, nullptr));
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // The bytes must stay valid until reset().
  void bind(int position, std::string_view bytes) const {
    connection_.check(
        sqlite3_bind_blob(statement_, position, bytes.data(), static_cast<int>(bytes.size()), SQLITE_STATIC));
  }
  /// True when there is a row.
  bool step() const {
    const int code = sqlite3_step(statement_);
    if (code != SQLITE_ROW && code != SQLITE_DONE) throw Failure(sqlite3_errmsg(connection_.get()));
    return code == SQLITE_ROW;
  }
  void reset() const { sqlite3_reset(statement_); }
  std::string_view column(int position) const {
    const auto* const bytes = static_cast<const char*>(sqlite3_column_blob(statement_, position));
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, position))};
  }

 private:
  const Connection& connection_;
  sqlite3_stmt* statement_ = nullptr;
};

class SqliteReader : public ReadHandle {
 public:
  explicit SqliteReader(const std::filesystem::path& file) : connection_(file, false) {}

  bool get(std::string_view key, std::string* value) override {
    select_.bind(1, key);
    const bool is_found = select_.step();
    if (is_found) value->assign(select_.column(0));
    select_.reset();
    return is_found;
  }
  void multi_get(std::span<const std::string_view> keys, const FoundVisitor& found) override {
    begin_.step();
    begin_.reset();
    ReadHandle::multi_get(keys, found);
    commit_.step();
    commit_.reset();
  }

 private:
  Connection connection_;
  Statement select_{connection_, "SELECT value FROM pairs WHERE key = ?"};
  Statement begin_{connection_, "BEGIN"};
  Statement commit_{connection_, "COMMIT"};
};

class Sqlite : public Contestant {
 public:
  Description describe() const override {
    Description description;
    description.version = sqlite3_libversion();
    description.options = "WITHOUT ROWID, WAL, synchronous = NORMAL, prepared statements; durable: synchronous = FULL";
    description.has_ranges = true;
    return description;
  }

  void open(const OpenSettings& settings) override {
    file_ = settings.directory / "store.sqlite";
    connection_ = std::make_unique<Connection>(file_, settings.durability == Durability::kEveryWrite);
    put_ = std::make_unique<Statement>(*connection_, "INSERT OR REPLACE INTO pairs VALUES (?, ?)");
  }

  void put(std::string_view key, std::string_view value) override {
    const std::lock_guard lock(putting_);
    put_->bind(1, key);
    put_->bind(2, value);
    put_->step();
    put_->reset();
  }
  void begin_bulk() override { connection_->execute("BEGIN"); }
  void end_bulk() override { connection_->execute("COMMIT"); }

  std::unique_ptr<ReadHandle> reader() override { return std::make_unique<SqliteReader>(file_); }

  void full_pass(const PairVisitor& visit) override {
    const Statement all(*connection_, "SELECT key, value FROM pairs");
    while (all.step()) visit(all.column(0), all.column(1));
  }
  void range(std::string_view first, std::string_view last, const PairVisitor& visit) override {
    if (!range_) {
      range_ = std::make_unique<Statement>(*connection_,
                                           "SELECT key, value FROM pairs WHERE key >= ? AND key < ? ORDER BY key");
    }
    range_->bind(1, first);
    range_->bind(2, last);
    while (range_->step()) visit(range_->column(0), range_->column(1));
    range_->reset();
  }
  void settle() override {}  // has no background work

  void close() override {
    range_.reset();
    put_.reset();
    connection_.reset();
  }

 private:
  std::filesystem::path file_;
  std::unique_ptr<Connection> connection_;
  std::mutex putting_;  // one statement for all threads
  std::unique_ptr<Statement> put_;
  std::unique_ptr<Statement> range_;
};

[[maybe_unused]] const bool kEntered = enter_contestant("sqlite", [] { return std::make_unique<Sqlite>(); });

}  // namespace
}  // namespace sediment::bench
