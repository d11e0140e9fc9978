#include "engine/guarded.h"

#include <exception>
#include <new>
#include <stdexcept>

namespace sediment {

namespace {

// If there is no memory even for the text of the error, the status has no text.
Status io_error(const char* message) noexcept {
  try {
    return Status::io_error({}, message);
  } catch (...) {
    return Status::io_error();
  }
}

}  // namespace

Status status_of_exception() noexcept {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return Status::no_memory();
  } catch (const std::length_error&) {
    return Status::no_memory();
  } catch (const std::exception& error) {
    return io_error(error.what());
  } catch (...) {
    return io_error("an unknown exception was thrown");
  }
}

Status status_of_interrupted_change() noexcept {
  return io_error("an exception interrupted a call to the disk; how much of it was done is unknown");
}

}  // namespace sediment
