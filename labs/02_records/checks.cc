// The checks of lab 2, which judge encoded bytes and what is decoded from bytes. The reference is linked here, so most
// checks compare with it. Those up to L2.5 do not: there, what the student's code has encoded must only agree with what
// it decodes, so that each of them points to one mistake.
#include <algorithm>
#include <array>
#include <optional>

#include "engine/record.h"
#include "labs/02_records/operations.h"
#include "labs/grader/checks.h"
#include "labs/wire/store_messages.h"

namespace sediment::labs {

namespace {

constexpr std::size_t kMostPadding = kAlignment - 1;

std::string in_quotes(std::string_view text) {
  std::string shown = "\"";
  for (const char byte : text.substr(0, 24)) {
    const bool plain = byte >= ' ' && byte <= '~' && byte != '"' && byte != '\\';
    constexpr std::string_view kDigits = "0123456789abcdef";
    const auto value = static_cast<unsigned char>(byte);
    if (plain) {
      shown += byte;
    } else {
      shown += std::string("\\x") + kDigits[value >> 4] + kDigits[value & 15];
    }
  }
  return text.size() <= 24 ? shown + "\"" : shown + "...\" (" + std::to_string(text.size()) + " bytes)";
}

std::string in_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string shown;
  for (const char byte : bytes.substr(0, 64)) {
    const auto value = static_cast<unsigned char>(byte);
    if (!shown.empty()) shown += ' ';
    shown += kDigits[value >> 4];
    shown += kDigits[value & 15];
  }
  return bytes.size() <= 64 ? shown : shown + " ...";
}

std::string number_in_hex(std::uint64_t number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string shown = "0x0000000000000000";
  for (std::size_t i = 0; i < 16; ++i) shown[17 - i] = kDigits[number >> (4 * i) & 15];
  return shown;
}

std::string name_of(RecordVerdict verdict) {
  switch (verdict) {
    case RecordVerdict::kValid: return "kValid";
    case RecordVerdict::kEnd: return "kEnd";
    case RecordVerdict::kBlank: return "kBlank";
    case RecordVerdict::kHeaderCut: return "kHeaderCut";
    case RecordVerdict::kHeaderInvalid: return "kHeaderInvalid";
    case RecordVerdict::kBodyCut: return "kBodyCut";
    case RecordVerdict::kBodyInvalid: return "kBodyInvalid";
  }
  return "an unknown verdict";
}

std::string name_of(RecordType type) {
  if (type == RecordType::kPut) return "kPut";
  if (type == RecordType::kTombstone) return "kTombstone";
  return "type " + std::to_string(static_cast<unsigned>(type));
}

std::string shown(RecordPlace place) {
  return "nonce " + number_in_hex(place.nonce) + ", offset " + std::to_string(place.offset);
}

// A record as the checks know it.
struct Content {
  RecordPlace place;
  RecordType type = RecordType::kPut;
  std::string key;
  std::string value;
  std::uint64_t durable_upto = 0;

  EncodedRecord encoded() const { return encode_record(place, type, key, value, durable_upto); }
  /// All bytes, as the reference makes them.
  std::string bytes() const { return bytes_with(encoded()); }
  std::string bytes_with(const EncodedRecord& made) const {
    return std::string(made.header.data(), made.header.size()) + key + value + std::string(made.padding_size, '\0');
  }
};

struct Field {
  std::size_t offset;
  std::size_t size;
  const char* name;
};

constexpr std::array<Field, 7> kFields{{{record_field::kHeaderChecksum, 4, "the header checksum"},
                                        {record_field::kBodyChecksum, 4, "the body checksum"},
                                        {record_field::kDurableUpto, 4, "durable_upto"},
                                        {record_field::kValueSize, 4, "the size of the value"},
                                        {record_field::kKeySize, 2, "the size of the key"},
                                        {record_field::kType, 1, "the type"},
                                        {record_field::kZeros, 5, "zeros"}}};

// Where in a record of this size a byte lies.
std::string part_of(std::size_t byte, const Content& record) {
  for (const Field& field : kFields) {
    if (byte < field.offset + field.size) return field.name;
  }
  if (byte < kRecordHeaderSize + record.key.size()) return "the key";
  return byte < kRecordHeaderSize + record.key.size() + record.value.size() ? "the value" : "the padding";
}

/// The functions in the student's process. Each call is a step of the check's story.
class Records {
 public:
  explicit Records(CheckRun& run) : run_(run), process_(run.build.with_addresses) {}

  EncodedRecord encode(const Content& record) {
    run_.step("encode_record(" + shown(record.place) + ", " + name_of(record.type) + ", " + in_quotes(record.key) +
              ", " + in_quotes(record.value) + ", durable_upto " + std::to_string(record.durable_upto) + ")");
    MessageWriter message;
    message.number(static_cast<std::uint64_t>(Request::kComponent))
        .number(static_cast<std::uint64_t>(RecordOperation::kEncode))
        .number(record.place.nonce)
        .number(record.place.offset)
        .number(static_cast<std::uint64_t>(record.type))
        .text(record.key)
        .text(record.value)
        .number(record.durable_upto);
    EncodedRecord encoded;
    read_answer(process_, process_.ask(message.bytes()), [&](MessageReader& answer) {
      const std::string header = answer.text();
      if (header.size() != encoded.header.size()) throw Malformed("a header of another size");
      std::copy(header.begin(), header.end(), encoded.header.begin());
      encoded.padding_size = answer.number();
    });
    if (encoded.padding_size > kMostPadding) {
      CheckRun::fail("padding_size should be at most 7; yours is " + std::to_string(encoded.padding_size));
    }
    return encoded;
  }

  /// The student's code encodes it as the reference does, from the field at `first` of the header on.
  void must_encode(const Content& record, std::size_t first = 0) {
    const EncodedRecord expected = record.encoded();
    const EncodedRecord made = encode(record);
    const std::string_view wanted(expected.header.data(), expected.header.size());
    const std::string_view got(made.header.data(), made.header.size());
    // The header's checksum comes last: it differs whenever another field does.
    for (std::size_t i = 1; i <= kFields.size(); ++i) {
      const Field& field = kFields[i % kFields.size()];
      if (field.offset < first || wanted.substr(field.offset, field.size) == got.substr(field.offset, field.size))
        continue;
      const std::string bytes = field.size == 1 ? "byte " + std::to_string(field.offset)
                                                : "bytes " + std::to_string(field.offset) + " to " +
                                                      std::to_string(field.offset + field.size - 1);
      CheckRun::fail(bytes + " (" + field.name + ") should be " + in_hex(wanted.substr(field.offset, field.size)) +
                     "; your code wrote " + in_hex(got.substr(field.offset, field.size)));
    }
    if (made.padding_size != expected.padding_size) {
      CheckRun::fail("padding_size should be " + std::to_string(expected.padding_size) + "; yours is " +
                     std::to_string(made.padding_size));
    }
  }

  /// Decodes bytes that hold this record.
  void must_decode(const Content& record, std::string_view bytes) {
    judge(record.place, bytes, RecordVerdict::kValid, &record);
  }
  /// Decodes bytes that hold none, or a part of one.
  void must_say(RecordVerdict verdict, RecordPlace place, std::string_view bytes) {
    judge(place, bytes, verdict, nullptr);
  }
  /// Decodes bytes as the reference does.
  void must_agree(RecordPlace place, std::string_view bytes) {
    Record record;
    const RecordVerdict verdict = decode_record(place, bytes, &record);
    if (verdict != RecordVerdict::kValid) return must_say(verdict, place, bytes);
    must_decode({place, record.type, std::string(record.key), std::string(record.value), record.durable_upto}, bytes);
  }

 private:
  static void must_equal(const std::string& what, std::uint64_t expected, std::uint64_t got) {
    if (expected == got) return;
    CheckRun::fail(what + " should be " + std::to_string(expected) + "; yours is " + std::to_string(got));
  }
  static void must_equal(const std::string& what, RecordType expected, RecordType got) {
    if (expected != got) CheckRun::fail(what + " should be " + name_of(expected) + "; yours is " + name_of(got));
  }
  static void must_equal(const std::string& what, std::string_view expected, std::string_view got) {
    if (expected != got) CheckRun::fail(what + " should be " + in_quotes(expected) + "; yours is " + in_quotes(got));
  }

  static RecordVerdict read_verdict(const std::string& function, RecordVerdict expected, MessageReader* answer) {
    const auto verdict =
        static_cast<RecordVerdict>(answer->number_up_to(static_cast<std::uint64_t>(RecordVerdict::kBodyInvalid)));
    if (verdict != expected) {
      CheckRun::fail(function + " should return " + name_of(expected) + "; yours returned " + name_of(verdict));
    }
    return verdict;
  }

  static void read_record(const std::string& function, RecordVerdict expected, const Content* record,
                          MessageReader* answer) {
    if (read_verdict(function, expected, answer) != RecordVerdict::kValid) return;
    const std::string start = "after " + function + ", record->";
    must_equal(start + "type", record->type, static_cast<RecordType>(answer->number_up_to(UINT8_MAX)));
    must_equal(start + "offset", record->place.offset, answer->number());
    must_equal(start + "size_bytes", record_size(record->key.size(), record->value.size()), answer->number());
    must_equal(start + "durable_upto", record->durable_upto, answer->number());
    must_equal(start + "key", record->key, answer->text());
    must_equal(start + "value", record->value, answer->text());
    if (!answer->flag()) CheckRun::fail("the key and the value should be views into the decoded bytes; yours are not");
  }

  // `record` is what the bytes hold, if that is judged.
  void judge(RecordPlace place, std::string_view bytes, RecordVerdict verdict, const Content* record) {
    run_.step("decode " + std::to_string(bytes.size()) + (bytes.size() == 1 ? " byte (" : " bytes (") + shown(place) +
              "): " + in_hex(bytes));
    MessageWriter message;
    message.number(static_cast<std::uint64_t>(Request::kComponent))
        .number(static_cast<std::uint64_t>(RecordOperation::kDecode))
        .number(place.nonce)
        .number(place.offset)
        .text(bytes);
    const bool good_header = verdict == RecordVerdict::kValid || verdict == RecordVerdict::kBodyCut ||
                             verdict == RecordVerdict::kBodyInvalid;
    read_answer(process_, process_.ask(message.bytes()), [&](MessageReader& answer) {
      read_verdict("decode_record_header", good_header ? RecordVerdict::kValid : verdict, &answer);
      if (good_header) {
        const auto type = static_cast<RecordType>(answer.number_up_to(UINT8_MAX));
        const std::uint64_t key_size = answer.number();
        const std::uint64_t value_size = answer.number();
        const std::uint64_t durable_upto = answer.number();
        const std::uint64_t body_checksum = answer.number();
        if (record != nullptr) {
          must_equal("header->type", record->type, type);
          must_equal("header->key_size", record->key.size(), key_size);
          must_equal("header->value_size", record->value.size(), value_size);
          must_equal("header->durable_upto", record->durable_upto, durable_upto);
          must_equal("header->body_checksum", load_u32(bytes.data() + record_field::kBodyChecksum), body_checksum);
        }
        read_record("decode_record_body", verdict, record, &answer);
      }
      read_record("decode_record", verdict, record, &answer);
    });
  }

  CheckRun& run_;
  StudentProcess process_;
};

RecordPlace any_place(CheckRun& run) {
  const std::uint64_t nonce = run.random.next();
  return {nonce, kSegmentHeaderSize + run.random.below(1'000'000) * kAlignment};
}

// Letters: whichever bit is flipped, none of them becomes NUL.
std::string any_word(CheckRun& run, std::size_t shortest, std::size_t longest) {
  std::string word(shortest + static_cast<std::size_t>(run.random.below(longest - shortest + 1)), 'a');
  for (char& letter : word) letter = static_cast<char>('a' + run.random.below(26));
  return word;
}

std::string any_bytes(CheckRun& run, std::size_t longest) {
  std::string bytes(static_cast<std::size_t>(run.random.below(longest + 1)), '\0');
  for (char& byte : bytes) byte = static_cast<char>(run.random.below(256));
  return bytes;
}

std::string bytes_with_a_zero(CheckRun& run) {
  std::string bytes = any_bytes(run, 15);
  bytes += '\0';
  return bytes + any_bytes(run, 3);
}

// Nothing about it is special: a put has a value, and durable_upto is 0.
Content ordinary_put(CheckRun& run) {
  const RecordPlace place = any_place(run);
  std::string key = any_word(run, 1, 12);
  return {place, RecordType::kPut, std::move(key), any_word(run, 1, 20), 0};
}

Content ordinary_tombstone(CheckRun& run) {
  const RecordPlace place = any_place(run);
  return {place, RecordType::kTombstone, any_word(run, 1, 20), {}, 0};
}

// One for each size of the padding.
std::vector<Content> ordinary_records(CheckRun& run) {
  std::vector<Content> records;
  for (std::size_t i = 0; i < kAlignment; ++i) {
    Content record = i % 4 == 3 ? ordinary_tombstone(run) : ordinary_put(run);
    std::string& last = record.type == RecordType::kPut ? record.value : record.key;
    last.append((i + kAlignment - (record.key.size() + record.value.size()) % kAlignment) % kAlignment, 'z');
    records.push_back(std::move(record));
  }
  return records;
}

// Flips each bit of these bytes of a record, one at a time.
void flip_each(CheckRun& run, Records& records, const Content& record, std::string bytes, std::size_t first,
               std::size_t end, RecordVerdict verdict, const std::string& counter) {
  const std::vector<std::string> begun = run.story;
  for (std::size_t byte = first; byte < end; ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      run.story = begun;
      run.step("bit " + std::to_string(bit) + " of byte " + std::to_string(byte) + " (" + part_of(byte, record) +
               ") is flipped");
      const char before = bytes[byte];
      bytes[byte] = static_cast<char>(before ^ (1 << bit));
      records.must_say(verdict, record.place, bytes);
      bytes[byte] = before;
      run.reached(counter);
    }
  }
}

void lays_out_the_header(CheckRun& run) {
  Records records(run);
  for (const Content& record : ordinary_records(run)) {
    run.begin_story();
    records.must_encode(record, record_field::kDurableUpto);
    run.reached(record.type == RecordType::kPut ? "puts" : "tombstones");
  }
}

void decodes_what_it_encoded(CheckRun& run) {
  Records records(run);
  for (const Content& record : ordinary_records(run)) {
    run.begin_story();
    const std::string bytes = record.bytes_with(records.encode(record));
    records.must_decode(record, bytes);
    records.must_decode(record, bytes + any_bytes(run, 40));  // it is not the last record
    run.reached("records");
  }
}

void notices_a_changed_body(CheckRun& run) {
  Records records(run);
  for (const Content& record : ordinary_records(run)) {
    run.begin_story();
    const std::string bytes = record.bytes_with(records.encode(record));
    const std::size_t end = kRecordHeaderSize + record.key.size() + record.value.size();
    flip_each(run, records, record, bytes, kRecordHeaderSize, end, RecordVerdict::kBodyInvalid, "flipped bits");
  }
}

// All but the sizes, which are a check of their own.
void notices_a_changed_header(CheckRun& run) {
  Records records(run);
  for (int i = 0; i < 2; ++i) {
    run.begin_story();
    const Content record = i == 0 ? ordinary_put(run) : ordinary_tombstone(run);
    const std::string bytes = record.bytes_with(records.encode(record));
    const auto flip = [&](std::size_t first, std::size_t end) {
      flip_each(run, records, record, bytes, first, end, RecordVerdict::kHeaderInvalid, "flipped bits");
    };
    flip(0, record_field::kValueSize);
    flip(record_field::kType, kRecordHeaderSize);
  }
}

void verifies_only_at_its_place(CheckRun& run) {
  Records records(run);
  for (int round = 0; round < 4; ++round) {
    run.begin_story();
    const Content record = ordinary_put(run);
    const std::string bytes = record.bytes_with(records.encode(record));
    const std::vector<std::string> begun = run.story;
    const auto at = [&](const std::string& where, RecordPlace place) {
      run.story = begun;
      run.step("the same bytes " + where);
      records.must_say(RecordVerdict::kHeaderInvalid, place, bytes);
      run.reached("records elsewhere");
    };
    at("further on in the same file", {record.place.nonce, record.place.offset + bytes.size()});
    at("at the start of the same file", {record.place.nonce, kSegmentHeaderSize - kAlignment});
    at("in another file", {any_place(run).nonce, record.place.offset});
  }
}

void makes_the_checksums_of_the_format(CheckRun& run) {
  Records records(run);
  for (const Content& record : ordinary_records(run)) {
    run.begin_story();
    records.must_encode(record);
    records.must_decode(record, record.bytes());
    run.reached("records");
  }
}

void keeps_large_durable_ends(CheckRun& run) {
  Records records(run);
  constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;
  std::vector<std::uint64_t> ends{20 * kGiB, kAlignment, 4 * kGiB - kAlignment, 4 * kGiB, kMaxSegmentSize - kAlignment};
  for (int i = 0; i < 10; ++i) ends.push_back(run.random.below(kMaxSegmentSize / kAlignment) * kAlignment);
  for (const std::uint64_t end : ends) {
    run.begin_story();
    Content record = ordinary_put(run);
    record.durable_upto = end;
    records.must_encode(record);
    records.must_decode(record, record.bytes());
    if (end > UINT32_MAX) run.reached("durable ends of 4 GiB or more");
  }
}

void verifies_sizes_before_it_uses_them(CheckRun& run) {
  Records records(run);
  for (const Content& record : ordinary_records(run)) {
    run.begin_story();
    flip_each(run, records, record, record.bytes(), record_field::kValueSize, record_field::kType,
              RecordVerdict::kHeaderInvalid, "flipped bits of sizes");
  }
}

void keeps_large_sizes(CheckRun& run) {
  Records records(run);
  struct Sizes {
    std::size_t key;
    std::size_t value;
  };
  for (const Sizes sizes : {Sizes{3, 65'535}, Sizes{3, 65'536}, Sizes{3, 65'537}, Sizes{256, 1'000'001},
                            Sizes{kMaxKeySize, 7}, Sizes{kMaxKeySize, 65'536}}) {
    run.begin_story();
    const RecordPlace place = any_place(run);
    const Content record{place, RecordType::kPut, any_word(run, sizes.key, sizes.key),
                         any_word(run, sizes.value, sizes.value), 0};
    records.must_encode(record);
    records.must_decode(record, record.bytes());
    if (sizes.value > UINT16_MAX) run.reached("large values");
  }
}

void takes_any_byte(CheckRun& run) {
  using namespace std::string_view_literals;
  Records records(run);
  struct Texts {
    std::string_view key;
    std::string_view value;
  };
  std::vector<Content> all;
  for (const Texts texts : {Texts{"\0"sv, "\0"sv}, Texts{"a\0b"sv, "one"sv}, Texts{"key"sv, "one\0two"sv},
                            Texts{"\xff\xfe"sv, "\x80\0\0\0\0\0\0\0\0"sv}}) {
    all.push_back({any_place(run), RecordType::kPut, std::string(texts.key), std::string(texts.value), 0});
  }
  for (int i = 0; i < 8; ++i) {
    const RecordPlace place = any_place(run);
    std::string key = bytes_with_a_zero(run);
    all.push_back({place, RecordType::kPut, std::move(key), bytes_with_a_zero(run), 0});
  }
  for (const Content& record : all) {
    run.begin_story();
    records.must_encode(record);
    records.must_decode(record, record.bytes());
    run.reached("records with zero bytes");
  }
}

void takes_empty_values(CheckRun& run) {
  Records records(run);
  for (int round = 0; round < 4; ++round) {
    run.begin_story();
    Content record = ordinary_tombstone(run);
    record.type = RecordType::kPut;
    if (round == 3) record.key.clear();
    records.must_encode(record);
    records.must_decode(record, record.bytes());
    record.type = RecordType::kTombstone;
    records.must_encode(record);
    records.must_decode(record, record.bytes());
    run.reached("puts of an empty value");
  }
}

void tells_how_it_ends(CheckRun& run) {
  Records records(run);
  for (const Content& record : {ordinary_put(run), ordinary_tombstone(run)}) {
    const std::string bytes = record.bytes();
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      run.begin_story();
      run.step("a record of " + std::to_string(bytes.size()) + " bytes is cut after " + std::to_string(cut));
      records.must_agree(record.place, bytes.substr(0, cut));
      run.reached("cuts");
    }
  }
  const RecordPlace place = any_place(run);
  for (std::size_t size = 1; size <= 3 * kRecordHeaderSize; ++size) {
    run.begin_story();
    run.step("a file ends in " + std::to_string(size) + " zeros");
    std::string bytes(size, '\0');
    records.must_say(RecordVerdict::kBlank, place, bytes);
    run.reached("blanks");
    // What stands after the header does not matter, and one byte in it does.
    bytes += any_word(run, 8, 8);
    run.begin_story();
    records.must_agree(place, bytes);
    bytes = std::string(size, '\0');
    bytes.back() = 1;
    run.begin_story();
    records.must_agree(place, bytes);
  }
}

void verifies_the_padding(CheckRun& run) {
  Records records(run);
  for (std::size_t padding = 1; padding <= kMostPadding; ++padding) {
    run.begin_story();
    Content record = ordinary_put(run);
    record.value = any_word(run, 2 * kAlignment, 2 * kAlignment);
    record.value.resize(3 * kAlignment - padding - record.key.size() % kAlignment, 'v');
    const std::string bytes = record.bytes();
    flip_each(run, records, record, bytes, kRecordHeaderSize + record.key.size() + record.value.size(), bytes.size(),
              RecordVerdict::kBodyInvalid, "flipped bits of padding");
  }
}

void refuses_what_no_version_writes(CheckRun& run) {
  Records records(run);
  const auto header = [&](const std::string& what, RecordPlace place, RecordType type, std::size_t value_size,
                          std::optional<std::size_t> reserved, RecordVerdict verdict) {
    Content record = ordinary_put(run);
    std::string bytes = record.bytes();
    store_u32(bytes.data() + record_field::kValueSize, static_cast<std::uint32_t>(value_size));
    bytes[record_field::kType] = static_cast<char>(type);
    if (reserved) bytes[*reserved] = 1;
    const std::string_view covered =
        std::string_view(bytes).substr(record_field::kBodyChecksum, kRecordHeaderSize - record_field::kBodyChecksum);
    store_u32(bytes.data() + record_field::kHeaderChecksum,
              static_cast<std::uint32_t>(checksum64(covered, place.nonce + place.offset)));
    run.begin_story();
    run.step("a header whose checksum matches, " + what);
    records.must_say(verdict, place, bytes);
    run.reached("headers");
  };
  constexpr RecordVerdict kBad = RecordVerdict::kHeaderInvalid;
  for (const int type : {0, 3, 255}) {
    header("with type " + std::to_string(type), any_place(run), static_cast<RecordType>(type), 4, {}, kBad);
  }
  header("of a tombstone with a value of 1 byte", any_place(run), RecordType::kTombstone, 1, {}, kBad);
  header("of a put whose value has 1 GiB", any_place(run), RecordType::kPut, kMaxValueSize, {},
         RecordVerdict::kBodyCut);
  header("of a put whose value has 1 GiB and 1 byte", any_place(run), RecordType::kPut, kMaxValueSize + 1, {}, kBad);
  header("of a put whose value has 4 GiB - 1", any_place(run), RecordType::kPut, UINT32_MAX, {}, kBad);
  for (std::size_t byte = record_field::kZeros; byte < kRecordHeaderSize; ++byte) {
    header("with 1 in byte " + std::to_string(byte), any_place(run), RecordType::kPut, 4, byte, kBad);
  }
}

void agrees_with_the_reference(CheckRun& run) {
  Records records(run);
  for (int round = 0; round < 300; ++round) {
    run.begin_story();
    const bool put = run.random.below(4) > 0;
    const RecordPlace place = any_place(run);
    std::string key = any_bytes(run, 40);
    Content record{place, put ? RecordType::kPut : RecordType::kTombstone, std::move(key), {}, 0};
    if (put) record.value = any_bytes(run, 60);
    record.durable_upto = run.random.below(kMaxSegmentSize / kAlignment) * kAlignment;
    records.must_encode(record);
    std::string bytes = record.bytes();
    const auto at = static_cast<std::size_t>(run.random.below(bytes.size()));
    switch (run.random.below(6)) {
      case 0: break;
      case 1: bytes[at] = static_cast<char>(bytes[at] ^ (1 << run.random.below(8))); break;
      case 2: bytes.resize(at); break;
      case 3: std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end(), '\0'); break;
      case 4: std::fill(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(at), '\0'); break;
      case 5: bytes += any_bytes(run, 40); break;
    }
    records.must_agree(place, bytes);
    Record decoded;
    run.reached(decode_record(place, bytes, &decoded) == RecordVerdict::kValid ? "good records" : "damaged records");
  }
}

}  // namespace

std::vector<Check> record_checks() {
  return {
      {"L2.1", {}, {}, 0, lays_out_the_header, {"puts", "tombstones"}},
      {"L2.2", {}, {}, 0, decodes_what_it_encoded, {"records"}},
      {"L2.3", {}, {}, 0, notices_a_changed_body, {"flipped bits"}},
      {"L2.4", {}, {}, 0, notices_a_changed_header, {"flipped bits"}},
      {"L2.5", {}, {}, 0, verifies_only_at_its_place, {"records elsewhere"}},
      {"L2.6", {}, {}, 0, makes_the_checksums_of_the_format, {"records"}},
      {"L2.7", {}, {}, 0, keeps_large_durable_ends, {"durable ends of 4 GiB or more"}},
      {"L2.8", {}, {}, 0, verifies_sizes_before_it_uses_them, {"flipped bits of sizes"}},
      {"L2.9", {}, {}, 0, keeps_large_sizes, {"large values"}},
      {"L2.10", {}, {}, 0, takes_any_byte, {"records with zero bytes"}},
      {"L2.11", {}, {}, 0, takes_empty_values, {"puts of an empty value"}},
      {"L2.12", {}, {}, 0, tells_how_it_ends, {"cuts", "blanks"}},
      {"L2.13", {}, {}, 0, verifies_the_padding, {"flipped bits of padding"}},
      {"L2.14", {}, {}, 0, refuses_what_no_version_writes, {"headers"}},
      {"L2.15", {}, {}, 0, agrees_with_the_reference, {"good records", "damaged records"}},
      {"L2.16", {}, {}, 0, runs_in_a_store, {"reopens", "merges", "gets"}, true},
      {"L2.17", {}, {}, 0, survives_crashes, {"crash points", "audited disks"}, true},
      {"L2.18",
       {},
       {},
       0,
       [](CheckRun& run) { breaks(run, "body_checksum_without_key"); },
       {"wrong solutions that fail"}},
      {"L2.19", {}, {}, 0, [](CheckRun& run) { breaks(run, "seed_without_nonce"); }, {"wrong solutions that fail"}},
  };
}

}  // namespace sediment::labs
