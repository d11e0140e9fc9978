// The catalog: manifest and list tell of the same segments, and an edit changes both or neither.
#include "engine/catalog.h"

#include <gtest/gtest.h>

#include "engine/publish.h"
#include "tests/support/segment_helpers.h"
#include "tests/support/sim_helpers.h"

namespace sediment {
namespace {

using test::has_code;
using test::is_ok;
using test::must;
using Numbers = std::vector<std::uint64_t>;

Numbers numbers_in(const Manifest& manifest) {
  Numbers numbers;
  for (const Manifest::Sealed& entry : manifest.sealed) numbers.push_back(value_of(entry.number));
  return numbers;
}
Numbers numbers_in(const SegmentList& segments) {
  Numbers numbers;
  for (const auto& segment : segments) numbers.push_back(value_of(segment->number()));
  return numbers;
}

// Three sealed segments on a disk whose manifest names them.
class CatalogTest : public ::testing::Test {
 protected:
  CatalogTest() {
    Manifest manifest;
    manifest.next_number = SegmentNumber{4};
    for (const std::uint64_t number : Numbers{1, 2, 3}) {
      segments_.push_back(test::segment_of(*disk_, number, {{"key" + std::to_string(number), "v"}}));
      manifest.sealed.push_back(segments_.back()->sealed_entry());
    }
    must(publish_manifest(*disk_, manifest));
    catalog_ = std::make_unique<Catalog>(*disk_, state_, nullptr, manifest, segments_, SegmentNumber{4});
  }
  // What the disk, the catalog and the readers say: it must be one thing.
  Numbers seen() {
    const Numbers numbers = numbers_in(catalog_->sealed());
    EXPECT_EQ(numbers_in(catalog_->manifest()), numbers);
    EXPECT_EQ(numbers_in(*catalog_->current()->get()), numbers);
    EXPECT_EQ(numbers_in(must(read_manifest(*disk_))), numbers);
    return numbers;
  }

  const std::shared_ptr<sim::SimDisk> disk_ = test::disk_with({});
  WriteState state_{Options()};
  SegmentList segments_;
  std::unique_ptr<Catalog> catalog_;
};

TEST_F(CatalogTest, AnEditThatIsNotCommittedHasChangedNothing) {
  {
    Catalog::Edit edit(*catalog_);
    edit.seal(test::segment_of(*disk_, 5, {{"a", "1"}}));
  }
  EXPECT_EQ(seen(), (Numbers{1, 2, 3}));
  {
    Catalog::Edit edit(*catalog_);
    edit.seal(test::segment_of(*disk_, 6, {{"a", "1"}}));
    EXPECT_TRUE(is_ok(edit.write()));
  }
  EXPECT_EQ(seen(), (Numbers{1, 2, 3})) << "written beside the manifest, and no more";
}

TEST_F(CatalogTest, ACommittedEditChangesManifestAndListTogether) {
  const auto sealed = test::segment_of(*disk_, 5, {{"a", "1"}});
  Catalog::Edit edit(*catalog_);
  edit.seal(sealed);
  EXPECT_TRUE(is_ok(edit.write()));
  EXPECT_TRUE(is_ok(edit.commit()));
  EXPECT_EQ(numbers_in(*catalog_->current()->get()), (Numbers{1, 2, 3, 5}));
}

TEST_F(CatalogTest, AMergeTakesThePlaceOfItsInputs) {
  const auto output = test::segment_of(*disk_, must(catalog_->take_number()) == SegmentNumber{4} ? 4 : 0, {{"a", "1"}});
  EXPECT_TRUE(is_ok(catalog_->commit_merge({segments_[0], segments_[1]}, {output})));
  EXPECT_EQ(seen(), (Numbers{4, 3})) << "the output is older than 3, whatever its number";
  EXPECT_TRUE(is_ok(catalog_->commit_merge({segments_[2]}, {})));
  EXPECT_EQ(seen(), (Numbers{4})) << "a merge that keeps nothing";
  EXPECT_EQ(must(read_manifest(*disk_)).next_number, SegmentNumber{5}) << "no number is used twice";
}

TEST_F(CatalogTest, NoSpaceForTheManifestChangesNothingAndStopsNothing) {
  disk_->limit_space(disk_->space_used());
  EXPECT_TRUE(has_code(catalog_->commit_merge({segments_[0], segments_[1]}, {}), StatusCode::kNoSpace));
  EXPECT_TRUE(is_ok(state_.check()));
  EXPECT_EQ(seen(), (Numbers{1, 2, 3}));
}

TEST_F(CatalogTest, AStoreThatHasFailedCommitsNoMerge) {
  (void)state_.stop(Status::io_error("x", "the test's disk fails"));
  EXPECT_TRUE(has_code(catalog_->commit_merge({segments_[0]}, {}), StatusCode::kReadOnly));
  EXPECT_EQ(seen(), (Numbers{1, 2, 3}));
}

TEST_F(CatalogTest, AReaderKeepsTheListThatItHas) {
  const std::shared_ptr<const SegmentList> before = catalog_->current()->get();
  EXPECT_TRUE(is_ok(catalog_->commit_merge({segments_[0], segments_[1]}, {})));
  EXPECT_EQ(numbers_in(*before), (Numbers{1, 2, 3}));
}

TEST_F(CatalogTest, NumbersEnd) {
  Catalog last(*disk_, state_, nullptr, catalog_->manifest(), segments_, SegmentNumber{kMaxSegmentNumber});
  EXPECT_EQ(must(last.take_number()), SegmentNumber{kMaxSegmentNumber});
  EXPECT_TRUE(has_code(last.take_number(), StatusCode::kNoSpace));
}

}  // namespace
}  // namespace sediment
