// LevelDB under `sediment-sim strike`: docs/strike.md says what it shows.
//   leveldb fill N     in the current directory: N puts with sync = true, each printed when it has returned
//   leveldb check DIR  whether DIR holds what $STRIKE_OUTPUT says
#include <leveldb/db.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>

namespace {

std::unique_ptr<leveldb::DB> open(const std::string& path) {
  leveldb::Options options;
  options.create_if_missing = true;
  options.compression = leveldb::kNoCompression;
  options.write_buffer_size = 65536;  // its least, so that logs end and tables are merged
  leveldb::DB* database = nullptr;
  const leveldb::Status status = leveldb::DB::Open(options, path, &database);
  if (status.ok()) return std::unique_ptr<leveldb::DB>(database);
  std::printf("open: %s\n", status.ToString().c_str());
  std::exit(1);
}

constexpr int kKeys = 7;

int fill(int count) {
  std::unique_ptr<leveldb::DB> database = open("db");
  leveldb::WriteOptions durable;
  durable.sync = true;
  for (int number = 0; number < count; ++number) {
    if (number == count / 2) {
      database.reset();
      database = open("db");
    }
    const std::string value = std::to_string(number) + "-" + std::string(number % 4 * 9000U, 'v');
    const leveldb::Status status = database->Put(durable, "key-" + std::to_string(number % kKeys), value);
    if (!status.ok()) return 1;
    std::printf("%d %d\n", number % kKeys, number);
    std::fflush(stdout);
  }
  return 0;
}

int check(const std::string& directory) {
  std::map<int, int> promised;
  std::FILE* printed = std::fopen(std::getenv("STRIKE_OUTPUT"), "r");
  int key = 0;
  int number = 0;
  while (printed != nullptr && std::fscanf(printed, "%d %d", &key, &number) == 2) promised[key] = number;
  const std::unique_ptr<leveldb::DB> database = open(directory + "/db");
  for (const auto& [each, acknowledged] : promised) {
    std::string value;
    const leveldb::Status status = database->Get({}, "key-" + std::to_string(each), &value);
    if (status.ok() && std::atoi(value.c_str()) >= acknowledged) continue;
    std::printf("%d was acknowledged as %d: %s\n", each, acknowledged,
                status.ok() ? value.substr(0, 8).c_str() : status.ToString().c_str());
    return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  return std::strcmp(argv[1], "fill") == 0 ? fill(std::atoi(argv[2])) : check(argv[2]);
}
