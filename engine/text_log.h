// The simplest database: a text file to which every write appends a line, and which every read scans from start to end.
//
//   put("42", "London")   appends   42,London
//   put("7", "")          appends   7,           an empty value is a value, too
//   get("42")             reads all lines and keeps the last one that begins with "42,"
//   remove("42")          appends   42            a line without a comma: the key is gone from here on
//
// Writing is as fast as a disk can be. Reading costs O(n), nothing is ever reclaimed, and a half-written line looks
// like any other: each later file of the engine removes one of these limits. It stays as the starting point, as the
// first lab and as the baseline of the benchmark. One thread at a time.
//
// So that any bytes can be stored, a comma, a newline, a carriage return and '%' are written as %2C, %0A, %0D and %25.
// Source: "Designing Data-Intensive Applications", chapter 3, db_set and db_get.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/disk.h"
#include "engine/status.h"

namespace sediment {

class TextLog {
 public:
  /// Opens or creates the file. A last line without its newline was cut off by a crash: it is dropped, and the next
  /// line begins in its place. When this returns ok, the file's name is durable, so that a sync of the file is enough.
  static Result<std::unique_ptr<TextLog>> open(Disk& disk, std::string_view file_name);

  Status put(std::string_view key, std::string_view value);
  Status remove(std::string_view key);
  /// kNotFound if no line begins with the key, or the last one that does has no value.
  Status get(std::string_view key, std::string* value) const;
  /// Everything written before is durable when this returns ok.
  Status sync();

 private:
  explicit TextLog(std::unique_ptr<File> file) : file_(std::move(file)) {}
  // What open() and get() do. These two also turn exceptions, such as std::bad_alloc, into a Status.
  static Result<std::unique_ptr<TextLog>> open_or_create(Disk& disk, std::string_view file_name);
  Status find_last(std::string_view key, std::string* value) const;

  std::unique_ptr<File> file_;  // nothing of what is in it is kept in memory
};

}  // namespace sediment
