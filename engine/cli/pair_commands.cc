#include "engine/cli/pair_commands.h"

#include <fmt/format.h>

#include <functional>

#include "engine/cli/open_store.h"
#include "engine/cli/sorted_pairs.h"
#include "engine/cli/text_input.h"
#include "engine/writer.h"

namespace sediment::cli {

namespace {

// A process that writes one record seals its segment right afterwards: reserving 64 MiB for it would only cost time.
constexpr std::uint64_t kOneWriteSegmentSize = std::uint64_t{64} << 10;

// Opens, writes, closes. If the close fails, the write has failed: only the close would have made it durable.
ExitCode write_once(const StoreArguments& arguments, const std::string& key, bool create, Console& console,
                    const std::function<Status(Store&)>& write) {
  Options options;
  options.create_if_missing = create;
  options.segment_size_bytes = kOneWriteSegmentSize;
  options.background_merge = false;  // one write, then the close: there is nothing to do in the background
  Result<std::unique_ptr<Store>> store = open_for_writing(arguments, options, console);
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

Json json_of_pair(std::string_view key, std::string_view value) {
  return {{"key", json_of_bytes(key)}, {"value", json_of_bytes(value)}};
}

// All bytes of a file, or of standard input.
Result<std::string> read_value(const std::string& path) {
  Result<std::unique_ptr<TextInput>> input = TextInput::open(path, TextInput::Content::kBytes);
  if (!input.ok()) return input.status();
  std::string value;
  while (true) {
    Result<bool> more = (*input)->read_more(&value);
    if (!more.ok()) return more.status();
    if (!*more) return value;
    if (Status s = check_sizes({}, value); !s.ok()) return s;
  }
}

// The keys of a range, in order, with or without their values.
enum class Wanted : std::uint8_t { kPairs, kKeys };

Status sort_range(Store& store, const ScanArguments& arguments, Wanted wanted, SortedPairs* sorted) {
  Status failure;
  const Status status = store.for_each([&](std::string_view key, std::string_view value) {
    if (!arguments.range.contains(key)) return true;
    failure = sorted->add(key, wanted == Wanted::kPairs ? value : std::string_view());
    return failure.ok();
  });
  return status.ok() ? failure : status;
}

ExitCode print_range(const ScanArguments& arguments, Wanted wanted, std::string_view json_name, Console& console) {
  Result<std::unique_ptr<Store>> store = open_for_reading(arguments, console);
  if (!store.ok()) return console.fail(store.status());
  SortedPairs sorted(arguments.limit);
  if (Status s = sort_range(**store, arguments, wanted, &sorted); !s.ok()) return console.fail(s);

  // JSON, too, is written pair by pair: a tree of all pairs would take many times their memory.
  if (console.json()) console.write(fmt::format("{{\"{}\":[", json_name));
  std::uint64_t count = 0;
  const Status status = sorted.for_each([&](std::string_view key, std::string_view value) {
    if (console.output_ended()) return false;
    if (console.json()) {
      if (count > 0) console.write(",");
      console.write(to_text(wanted == Wanted::kPairs ? json_of_pair(key, value) : json_of_bytes(key)));
    } else {
      console.write(escape(key) + (wanted == Wanted::kPairs ? "\t" + escape(value) : std::string()) + "\n");
    }
    ++count;
    return true;
  });
  if (console.json()) console.write(fmt::format("],\"count\":{}", count));
  if (!status.ok()) return console.fail_in_object(status);
  if (console.json()) console.write("}\n");
  return ExitCode::kOk;
}

}  // namespace

ExitCode run_put(const PutArguments& arguments, Console& console) {
  if (arguments.value.has_value() != arguments.value_file.empty()) {
    return console.fail_usage("put takes exactly one of VALUE (- is standard input) and --value-file FILE");
  }
  const bool reads = !arguments.value || *arguments.value == "-";
  const std::string path = arguments.value ? "-" : arguments.value_file;
  const Result<std::string> value = reads ? read_value(path) : Result<std::string>(*arguments.value);
  if (!value.ok()) return console.fail(value.status());
  // Checked first: a pair that no store can hold must not create one.
  if (Status s = check_sizes(arguments.key, *value); !s.ok()) return console.fail(s);
  return write_once(arguments, arguments.key, true, console,
                    [&](Store& store) { return store.put(arguments.key, *value); });
}

ExitCode run_del(const KeyArguments& arguments, Console& console) {
  if (Status s = check_sizes(arguments.key, {}); !s.ok()) return console.fail(s);
  return write_once(arguments, arguments.key, false, console,
                    [&](Store& store) { return store.remove(arguments.key); });
}

ExitCode run_get(const KeyArguments& arguments, Console& console) {
  Result<std::unique_ptr<Store>> store = open_for_reading(arguments, console);
  if (!store.ok()) return console.fail(store.status());
  std::string value;
  const Status status = (*store)->get(arguments.key, &value);
  if (status.is(StatusCode::kNotFound)) return console.fail_no_key(arguments.key);
  if (!status.ok()) return console.fail(status);
  if (console.json()) {
    console.write_line(to_text(json_of_pair(arguments.key, value)));
  } else {
    console.write(Console::is_terminal() ? escape(value) : value);
    console.write("\n");
  }
  return ExitCode::kOk;
}

ExitCode run_scan(const ScanArguments& arguments, Console& console) {
  return print_range(arguments, Wanted::kPairs, "pairs", console);
}

ExitCode run_keys(const ScanArguments& arguments, Console& console) {
  return print_range(arguments, Wanted::kKeys, "keys", console);
}

ExitCode run_count(const RangeArguments& arguments, Console& console) {
  Result<std::unique_ptr<Store>> store = open_for_reading(arguments, console);
  if (!store.ok()) return console.fail(store.status());
  std::uint64_t count = 0;
  const Status status = (*store)->for_each([&](std::string_view key, std::string_view) {
    if (arguments.range.contains(key)) ++count;
    return true;
  });
  if (!status.ok()) return console.fail(status);
  console.write_line(console.json() ? to_text({{"count", count}}) : std::to_string(count));
  return ExitCode::kOk;
}

ExitCode run_export(const RangeArguments& arguments, Console& console) {
  Result<std::unique_ptr<Store>> store = open_for_reading(arguments, console);
  if (!store.ok()) return console.fail(store.status());
  const Status status = (*store)->for_each([&](std::string_view key, std::string_view value) {
    if (arguments.range.contains(key)) console.write(to_text(json_of_pair(key, value)) + "\n");
    return !console.output_ended();
  });
  return status.ok() ? ExitCode::kOk : console.fail(status);
}

}  // namespace sediment::cli
