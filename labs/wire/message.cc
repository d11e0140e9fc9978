#include "labs/wire/message.h"

#include "engine/format.h"

namespace sediment::labs {

MessageWriter& MessageWriter::number(std::uint64_t value) {
  char bytes[sizeof(value)];
  store_u64(bytes, value);
  bytes_.append(bytes, sizeof(value));
  return *this;
}

MessageWriter& MessageWriter::text(std::string_view bytes) {
  number(bytes.size());
  bytes_ += bytes;
  return *this;
}

std::string_view MessageReader::take(std::size_t size) {
  if (size > rest_.size()) throw Malformed("a message ends too early");
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

std::uint64_t MessageReader::number() { return load_u64(take(sizeof(std::uint64_t)).data()); }

std::uint64_t MessageReader::number_up_to(std::uint64_t most) {
  const std::uint64_t value = number();
  if (value > most)
    throw Malformed("a message holds " + std::to_string(value) + " where at most " + std::to_string(most) +
                    " makes sense");
  return value;
}

std::string MessageReader::text() { return std::string(take(static_cast<std::size_t>(number_up_to(rest_.size())))); }

void MessageReader::end() const {
  if (!rest_.empty()) throw Malformed("a message is longer than expected");
}

}  // namespace sediment::labs
