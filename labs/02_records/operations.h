// What the grader asks of the functions for records in the student's process.
#pragma once

#include <cstdint>

namespace sediment::labs {

enum class RecordOperation : std::uint64_t {
  kEncode,  // nonce, offset, type, key, value, durable_upto → header, padding size
  kDecode,  // nonce, offset, bytes → what decode_record_header says, then, if that is kValid, decode_record_body, and
            // then decode_record. Each is a verdict and, if it is kValid, what was decoded
};

}  // namespace sediment::labs
