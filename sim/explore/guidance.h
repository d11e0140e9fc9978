// What a random search has reached so far, and what it tries next because of that (random_tier.h).
//
// A *situation* is what happened to one disk: the crash, the operation on which kind of file it followed, how many
// recoveries it was inside of, and what the recovery did: "torn-byte · append 00000N.log · tail-cut". Situations are
// counted. Three choices depend on the counts, and each prefers what has been rare:
//
//   the place     of three boundaries drawn at random, the one after the kind of operation that was struck least often
//   the fault     of three classes drawn at random, the one that struck this kind of operation least often
//   the features  of a script (random_script.h): one whose scripts reached more rare situations than the others is on
//                 in three of four scripts, otherwise in three of eight
//
// Everything follows from the seed and from the order of the calls: integers only, so each machine draws the same.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/random.h"
#include "sim/explore/sampler.h"

namespace sediment::sim {

using Situations = std::map<std::string, std::uint64_t>;

class Guidance final : public Sampler {
 public:
  explicit Guidance(std::uint64_t seed) : random_(seed) {}

  /// A script begins: only these classes of faults strike it.
  void begin_script(std::set<Fault> faults) { faults_ = std::move(faults); }
  /// It has ended. `features` were on, `all` could have been; `events` are what its run counted.
  void end_script(const std::set<std::string>& features, const std::vector<std::string>& all,
                  const std::map<std::string, std::uint64_t>& events);
  /// Whether a feature is to be on in the next script.
  bool draw_feature(const std::string& feature);
  const Situations& situations() const { return situations_; }

  std::vector<bool> points(const std::vector<const DiskOperation*>& operations, std::size_t inside) override;
  std::vector<CrashChoice> crashes(std::vector<CrashChoice> possible, const DiskOperation* last,
                                   std::size_t inside) override;
  std::vector<CallFault> calls(std::vector<CallFault> possible) override;
  bool strikes_recovery(std::size_t inside) override;
  bool works_on() override;
  void judged(const CrashChoice& crash, const DiskOperation* last, std::size_t inside,
              const std::map<std::string, std::uint64_t>& recovery) override;
  void judged(const CallFault& call) override;

 private:
  struct Tally {
    std::uint64_t scripts_with = 0;
    std::uint64_t scripts_without = 0;
    std::uint64_t rare_with = 0;
    std::uint64_t rare_without = 0;
  };
  using Place = std::pair<std::string, std::size_t>;  // kind of operation, inside so many recoveries

  // Of three numbers below `count`, drawn at random, the one for which `tried` is least.
  template <typename Tried>
  std::size_t rarest(std::size_t count, Tried tried);
  void reach(const std::string& situation);

  Random random_;
  std::set<Fault> faults_;
  Situations situations_;
  std::uint64_t rare_ = 0;  // situations that this script reached and that were rare
  std::map<std::string, Tally> features_;
  std::map<Place, std::uint64_t> struck_places_;
  std::map<std::pair<Place, Fault>, std::uint64_t> struck_;
  std::map<std::string, std::uint64_t> failed_calls_;
};

}  // namespace sediment::sim
