#include "engine/cli/pair_commands.h"

#include <fmt/format.h>

#include <functional>

#include "engine/cli/open_store.h"

namespace sediment::cli {

namespace {

// A process that writes one record seals its segment right afterwards: reserving 64 MiB for it would only cost time.
constexpr std::uint64_t kOneWriteSegmentSize = std::uint64_t{64} << 10;

// Opens, writes, closes. If the close fails, the write has failed: only the close would have made it durable.
ExitCode write_once(const std::string& directory, const std::string& key, bool create, Console& console,
                    const std::function<Status(Store&)>& write) {
  Options options;
  options.create_if_missing = create;
  options.segment_size_bytes = kOneWriteSegmentSize;
  options.background_merge = false;  // one write, then the close: there is nothing to do in the background
  Result<std::unique_ptr<Store>> store = open_for_writing(directory, options, console);
  if (!store.ok()) return console.fail(store.status());
  if (Status s = write(**store); !s.ok()) return console.fail(s);
  if (Status s = (*store)->close(); !s.ok()) return console.fail(s);
  if (console.json()) {
    Json result{{"key", json_of_bytes(key)}};
    add_recovery(**store, &result);
    console.write_line(to_text(result));
  }
  return ExitCode::kOk;
}

Json json_of_pair(const Pair& pair) {
  return {{"key", json_of_bytes(pair.first)}, {"value", json_of_bytes(pair.second)}};
}

}  // namespace

ExitCode run_put(const PutArguments& arguments, Console& console) {
  return write_once(arguments.directory, arguments.key, true, console,
                    [&](Store& store) { return store.put(arguments.key, arguments.value); });
}

ExitCode run_del(const KeyArguments& arguments, Console& console) {
  return write_once(arguments.directory, arguments.key, false, console,
                    [&](Store& store) { return store.remove(arguments.key); });
}

ExitCode run_get(const KeyArguments& arguments, Console& console) {
  Result<std::unique_ptr<Store>> store = open_for_reading(arguments.directory, console);
  if (!store.ok()) return console.fail(store.status());
  std::string value;
  Status status = (*store)->get(arguments.key, &value);
  if (status.is(StatusCode::kNotFound)) status = Status::not_found("no key " + preview(arguments.key, 80));
  if (!status.ok()) return console.fail(status);
  console.write_line(console.json() ? to_text(json_of_pair({arguments.key, value})) : value);
  return ExitCode::kOk;
}

ExitCode run_scan(const ScanArguments& arguments, Console& console) {
  Result<std::unique_ptr<Store>> store = open_for_reading(arguments.directory, console);
  if (!store.ok()) return console.fail(store.status());
  Result<std::vector<Pair>> pairs = (*store)->scan(arguments.from, arguments.to);
  if (!pairs.ok()) return console.fail(pairs.status());
  if (arguments.limit && *arguments.limit < pairs->size()) pairs->resize(*arguments.limit);

  // JSON, too, is written pair by pair: a tree of all pairs would take many times their memory.
  if (console.json()) console.write("{\"pairs\":[");
  std::string_view separator;
  for (const Pair& pair : *pairs) {
    if (console.output_ended()) break;
    if (console.json()) {
      console.write(separator);
      console.write(to_text(json_of_pair(pair)));
      separator = ",";
    } else {
      console.write_line(escape(pair.first) + "\t" + escape(pair.second));
    }
  }
  if (console.json()) console.write_line(fmt::format("],\"count\":{}}}", pairs->size()));
  return ExitCode::kOk;
}

}  // namespace sediment::cli
