#include <istream>
#include <iterator>
#include <ostream>

#include "sim/disk/trace.h"

namespace sediment::sim {

void save_trace(const Trace& trace, std::ostream& out) { out << text_of_trace(trace); }

Result<Trace> load_trace(std::istream& in) {
  const std::string text(std::istreambuf_iterator<char>(in), {});
  if (in.bad()) return Status::io_error({}, "the trace cannot be read");
  return parse_trace(text);
}

}  // namespace sediment::sim
