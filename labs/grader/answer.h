// Answers of a student's process, which may hold anything.
#pragma once

#include <string>

#include "labs/grader/student_process.h"
#include "labs/wire/message.h"
#include "sim/disk/trace.h"

namespace sediment::labs {

/// Takes an answer apart with `read`, which throws Malformed if it is not what it should be. Throws ProcessEnded then.
template <typename Read>
void read_answer(const StudentProcess& process, const std::string& bytes, Read read) {
  try {
    MessageReader answer(bytes);
    read(answer);
    answer.end();
  } catch (const Malformed& malformed) {
    throw ProcessEnded(ProcessEnded::Why::kNonsense,
                       std::string("your code wrote into the pipe to the grader: ") + malformed.what(),
                       process.output());
  }
}

/// The message of a frame kEvent. Throws Malformed. All texts but the key can be printed.
sim::EventEntry read_event(std::string_view message);

}  // namespace sediment::labs
