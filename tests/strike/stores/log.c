// A store of one log, for tests of `sediment-sim strike`: [checksum][size][bytes], appended with stdio and synced.
//   log fill FAULT        in the directory of the store
//   log check FAULT DIR   a newer value may be there, an acknowledged one must be; the log must end after a whole record
// FAULT: none, no-checksum (it is not compared), trust-length (a size is believed before its checksum is)
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>

enum { kValue = 600 };  // more than a sector, so that a record can be torn inside

static uint32_t checksum(const unsigned char* bytes, uint32_t size) {
  uint32_t sum = 2166136261u ^ size;
  for (uint32_t i = 0; i < size; ++i) sum = (sum ^ bytes[i]) * 16777619u;
  return sum;
}

static void fail(const char* what) {
  printf("%s\n", what);
  exit(1);
}

static void append(FILE* log, const unsigned char* bytes, uint32_t size) {
  const uint32_t head[2] = {checksum(bytes, size), size};
  if (fwrite(head, sizeof head, 1, log) != 1 || fwrite(bytes, size, 1, log) != 1) exit(2);
  if (fflush(log) != 0 || fsync(fileno(log)) != 0) exit(2);
}

static void fill(void) {
  FILE* log = fopen("log", "wb");
  const int directory = open(".", O_RDONLY);
  if (log == NULL || fsync(directory) != 0) exit(2);
  for (unsigned number = 1; number <= 5; ++number) {
    unsigned char value[kValue];
    memset(value, (int)('0' + number), sizeof value);
    append(log, value, sizeof value);
    printf("%u\n", number);
    fflush(stdout);
  }
  fclose(log);
}

// The number of the last record.
static unsigned last_of(const char* path, const char* fault) {
  FILE* log = fopen(path, "rb");
  if (log == NULL) return 0;
  unsigned last = 0;
  uint32_t head[2];
  while (fread(head, sizeof head, 1, log) == 1) {
    const int trusts = strcmp(fault, "trust-length") == 0;
    if (!trusts && head[1] != kValue) break;
    unsigned char* bytes = calloc(1, trusts ? (size_t)head[1] + 1 : kValue);
    if (bytes == NULL) fail("the size of a record is more than there is memory");
    const size_t got = fread(bytes, 1, head[1], log);
    if (trusts && (got != head[1] || head[1] == 0)) fail("a record that is as long as its size says cannot be read");
    if (got != head[1]) break;
    const int compares = strcmp(fault, "no-checksum") != 0;
    if (compares && checksum(bytes, head[1]) != head[0]) break;
    for (uint32_t i = 1; i < head[1]; ++i) {
      if (bytes[i] != bytes[0]) fail("a value is there that was never written");
    }
    if (bytes[0] <= '0' || bytes[0] > '5') fail("a value is there that was never written");
    last = (unsigned)(bytes[0] - '0');
    free(bytes);
  }
  fclose(log);
  return last;
}

int main(int argc, char** argv) {
  if (argc >= 2 && strcmp(argv[1], "fill") == 0) {
    fill();
    return 0;
  }
  if (argc != 4) return 2;
  char path[4096];
  snprintf(path, sizeof path, "%s/log", argv[3]);
  unsigned promised = 0;
  FILE* printed = fopen(getenv("STRIKE_OUTPUT"), "r");
  if (printed == NULL) return 2;
  for (unsigned number; fscanf(printed, "%u", &number) == 1;) promised = number;
  fclose(printed);
  const unsigned found = last_of(path, argv[2]);
  if (found >= promised) return 0;
  printf("%u was acknowledged, and the last one is %u\n", promised, found);
  return 1;
}
