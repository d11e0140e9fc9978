// The engine in a program of one's own: open, put, get, remove, close. Run it with the directory of a store, or of none
// yet.
#include "engine/store.h"

#include <iostream>

int report(const sediment::Status& status) {
  std::cerr << status.to_string() << "\n";
  return 1;
}

int main(int argument_count, char** arguments) {
  if (argument_count != 2) return report(sediment::Status::invalid_argument("example DIRECTORY"));
  auto store = sediment::Store::open(arguments[1], {});
  if (!store.ok()) return report(store.status());
  if (auto s = (*store)->put("sky", "blue"); !s.ok()) return report(s);

  std::string value;
  if (auto s = (*store)->get("sky", &value); !s.ok()) return report(s);
  std::cout << "the sky is " << value << "\n";

  if (auto s = (*store)->remove("sky"); !s.ok()) return report(s);
  if (auto s = (*store)->get("sky", &value); !s.is(sediment::StatusCode::kNotFound)) return report(s);
  std::cout << "and now it is gone\n";
  if (auto s = (*store)->close(); !s.ok()) return report(s);  // from here on a power cut does not bring it back
  return 0;
}
