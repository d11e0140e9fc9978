// The manifest: its text, and what is refused. Damage at every bit and length:
// tests/corruption/manifest_corruption_test.cc.
#include "engine/manifest.h"

#include <gtest/gtest.h>

#include "tests/support/sim_helpers.h"

namespace sediment {
namespace {

using test::disk_with;
using test::has_code;
using test::is_ok;
using test::must;

Manifest example() {
  Manifest manifest;
  manifest.next_number = SegmentNumber{9};
  manifest.sealed = {{SegmentNumber{3}, 0x5be0cd19137e2179, 4096, 87},
                     {SegmentNumber{7}, 0x1f83d9abfb41bd6b, 1208, 20}};
  manifest.active = Manifest::Active{SegmentNumber{8}, 0x9b05688c2b3e6c1f};
  return manifest;
}

// The text with a matching checksum line.
std::string signed_text(const std::string& body) {
  std::string sum(16, '0');
  std::uint64_t value = checksum64(body, 0);
  for (std::size_t i = 16; i-- > 0; value /= 16) sum[i] = "0123456789abcdef"[value % 16];
  return body + "checksum " + sum + "\n";
}

TEST(Manifest, IsATextThatPeopleCanRead) {
  const std::string body =
      "sediment-manifest 1\n"
      "next 9\n"
      "sealed 3 nonce=5be0cd19137e2179 bytes=4096 records=87\n"
      "sealed 7 nonce=1f83d9abfb41bd6b bytes=1208 records=20\n"
      "active 8 nonce=9b05688c2b3e6c1f\n";
  EXPECT_EQ(encode_manifest(example()), signed_text(body));
}

TEST(Manifest, RoundTrips) {
  Manifest without_active = example();
  without_active.active.reset();
  Manifest only_active = example();
  only_active.sealed.clear();
  Manifest many = example();
  for (std::uint64_t i = 10; i < 500; ++i) many.sealed.push_back({SegmentNumber{i}, i * i, 32 + 24 * i, i});
  many.next_number = SegmentNumber{500};
  for (const Manifest& manifest : {Manifest(), example(), without_active, only_active, many}) {
    EXPECT_EQ(must(parse_manifest(encode_manifest(manifest))), manifest);
  }
}

TEST(Manifest, KeepsTheOrderOfAgeWhateverTheNumbers) {
  Manifest manifest = example();
  std::swap(manifest.sealed[0], manifest.sealed[1]);
  EXPECT_EQ(must(parse_manifest(encode_manifest(manifest))).sealed, manifest.sealed);
}

TEST(Manifest, ANewerVersionIsNamedTogetherWithOurs) {
  const Result<Manifest> manifest = parse_manifest(signed_text("sediment-manifest 2\nnext 1\nnew things\n"));
  ASSERT_TRUE(has_code(manifest, StatusCode::kInvalidArgument));
  EXPECT_EQ(manifest.status().message(), "MANIFEST has version 2; this build reads version 1");
}

TEST(Manifest, RefusesTextThatWeDoNotWriteEvenWithAGoodChecksum) {
  const std::string head = "sediment-manifest 1\nnext 9\n";
  const std::string sealed = "sealed 3 nonce=5be0cd19137e2179 bytes=4096 records=87\n";
  const std::string active = "active 8 nonce=9b05688c2b3e6c1f\n";
  ASSERT_TRUE(is_ok(parse_manifest(signed_text(head + sealed + active)))) << "the lines themselves must be right";
  for (const std::string& body : {
           std::string(),
           std::string("sediment-manifest 1\n"),
           std::string("next 9\nsediment-manifest 1\n"),
           std::string("sediment-manifest one\nnext 9\n"),
           "sediment-manifest 01\nnext 9\n" + sealed,
           head + active + sealed,
           head + active + active,
           head + "\n" + sealed,
           head + sealed + "\n",
           head + " " + sealed,
           head + "sealed 3\n",
           head + "sealed 3 nonce=5be0cd19137e2179 bytes=4096 records=\n",
           head + "sealed 3 nonce=5be0cd19137e2179 bytes=4096 records=87 more\n",
           head + "sealed 03 nonce=5be0cd19137e2179 bytes=4096 records=87\n",
           head + "sealed 3 nonce=5BE0CD19137E2179 bytes=4096 records=87\n",
           head + "sealed 3 nonce=e0cd19137e2179 bytes=4096 records=87\n",
           head + "sealed -3 nonce=5be0cd19137e2179 bytes=4096 records=87\n",
           head + "sealed 18446744073709551616 nonce=5be0cd19137e2179 bytes=4096 records=87\n",
           head + "sealed 3  nonce=5be0cd19137e2179 bytes=4096 records=87\n",
           head + "sealed 3 bytes=4096 nonce=5be0cd19137e2179 records=87\n",
           head + "frozen 3 nonce=5be0cd19137e2179 bytes=4096 records=87\n",
           head + "checksum 0000000000000000\n",
           std::string("sediment-manifest 1\r\nnext 9\r\n"),
       }) {
    EXPECT_TRUE(has_code(parse_manifest(signed_text(body)), StatusCode::kCorruption)) << body;
  }
}

TEST(Manifest, NamesTheLineThatWeDoNotWrite) {
  const std::string head = "sediment-manifest 1\nnext 9\n";
  const std::string sealed = "sealed 3 nonce=5be0cd19137e2179 bytes=4096 records=87\n";
  const auto message = [](const std::string& body) {
    return std::string(parse_manifest(signed_text(body)).status().message());
  };
  EXPECT_EQ(message("next 9\n" + sealed), "line 1 is not as this program writes it");
  EXPECT_EQ(message("sediment-manifest 1\nnext 09\n" + sealed), "line 2 is not as this program writes it");
  EXPECT_EQ(message(head + sealed + "sealed 4\n" + sealed), "line 4 is not as this program writes it");
  EXPECT_EQ(message(head + sealed + "\n"), "line 4 is not as this program writes it");
}

TEST(Manifest, RefusesWhatMakesNoSense) {
  const auto refused = [](auto change) {
    Manifest manifest = example();
    change(manifest);
    return has_code(parse_manifest(encode_manifest(manifest)), StatusCode::kCorruption);
  };
  EXPECT_FALSE(refused([](Manifest&) {}));
  EXPECT_TRUE(refused([](Manifest& m) { m.sealed[1].number = m.sealed[0].number; })) << "a segment named twice";
  EXPECT_TRUE(refused([](Manifest& m) { m.active->number = m.sealed[0].number; }));
  EXPECT_TRUE(refused([](Manifest& m) { m.next_number = SegmentNumber{8}; })) << "a number that would be used again";
  EXPECT_TRUE(refused([](Manifest& m) {
    m.active.reset();
    m.next_number = SegmentNumber{7};
  }));
  EXPECT_TRUE(refused([](Manifest& m) { m.sealed[0].size_bytes = 24; })) << "shorter than a header";
  EXPECT_TRUE(refused([](Manifest& m) { m.sealed[0].size_bytes = 4097; })) << "not a multiple of 8";
  EXPECT_TRUE(refused([](Manifest& m) { m.sealed[0].size_bytes = kMaxSegmentSize + 8; }));
  EXPECT_FALSE(refused([](Manifest& m) { m.sealed[0].size_bytes = kMaxSegmentSize; }));
}

TEST(Manifest, RefusesImpossibleNumbersAndCounts) {
  struct Row {
    const char* what;
    void (*change)(Manifest&);
    bool refused;
  };
  const std::vector<Row> rows = {
      {"the last number is in use", [](Manifest& m) { m.next_number = SegmentNumber{kMaxSegmentNumber}; }, false},
      {"all numbers are used", [](Manifest& m) { m.next_number = SegmentNumber{kMaxSegmentNumber + 1}; }, false},
      {"more than all", [](Manifest& m) { m.next_number = SegmentNumber{kMaxSegmentNumber + 2}; }, true},
      {"the largest integer", [](Manifest& m) { m.next_number = SegmentNumber{UINT64_MAX}; }, true},
      {"a segment with a number above all",
       [](Manifest& m) {
         m.next_number = SegmentNumber{UINT64_MAX};
         m.active->number = SegmentNumber{UINT64_MAX - 1};
       },
       true},
      {"as many records as fit",
       [](Manifest& m) {
         m.sealed[0] = {SegmentNumber{1}, 1, 32 + 240, 10};
       },
       false},
      {"one more",
       [](Manifest& m) {
         m.sealed[0] = {SegmentNumber{1}, 1, 32 + 240, 11};
       },
       true},
      {"records in no bytes",
       [](Manifest& m) {
         m.sealed[0] = {SegmentNumber{1}, 1, 32, 1};
       },
       true},
      {"the largest count", [](Manifest& m) { m.sealed[0].record_count = UINT64_MAX; }, true},
      {"the largest size", [](Manifest& m) { m.sealed[0].size_bytes = UINT64_MAX; }, true},
  };
  for (const Row& row : rows) {
    Manifest manifest = example();
    row.change(manifest);
    const Result<Manifest> parsed = parse_manifest(encode_manifest(manifest));
    EXPECT_EQ(parsed.ok(), !row.refused) << row.what << ": " << parsed.status().to_string();
    if (row.refused) {
      EXPECT_TRUE(has_code(parsed, StatusCode::kCorruption)) << row.what;
    }
  }
}

TEST(Manifest, ADirectoryWithoutOneSaysSo) {
  const auto disk = disk_with({});
  EXPECT_TRUE(has_code(read_manifest(*disk), StatusCode::kNotFound));
}

TEST(Manifest, IsReadThroughShortReads) {
  const auto disk = disk_with({{"MANIFEST", encode_manifest(example())}});
  disk->limit_reads(3);
  EXPECT_EQ(must(read_manifest(*disk)), example());
}

}  // namespace
}  // namespace sediment
