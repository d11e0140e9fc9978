// A Disk in the student's process. The grader holds the files: every call goes to the grader and back.
//
// So the grader sees each call, decides which of them fail, and keeps what a crash leaves. The process that made the
// calls can be killed at any time, and the next one continues with the same files.
#pragma once

#include <memory>

#include "engine/disk.h"

namespace sediment::labs {

std::shared_ptr<Disk> remote_disk();

}  // namespace sediment::labs
