#include "labs/grader/attempt.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

namespace sediment::labs {

Setting setting_of(const Lab& lab, const Inputs& inputs, const std::string& file, const std::string& folder,
                   bool or_in_lab) {
  Setting setting;
  setting.kind = lab.kind;
  setting.lab_folder = inputs.root + "/labs/" + lab.folder;
  setting.break_folder = (std::filesystem::path(file).parent_path() / "break").string();
  std::error_code error;
  if (or_in_lab && !std::filesystem::is_directory(setting.break_folder, error)) {
    setting.break_folder = setting.lab_folder + "/break";
  }
  setting.build_other = [&lab, &inputs, folder](const std::string& other) {
    std::string warnings;
    return build_component(lab, inputs, other, folder + "/other", &warnings);
  };
  return setting;
}

Attempt attempt(const Check& check, const Setting& setting, std::uint64_t seed) {
  Attempt attempt{Outcome::kPassed, {}, {}, CheckRun(setting.build, seed)};
  attempt.run.kind = setting.kind;
  attempt.run.break_folder = setting.break_folder;
  attempt.run.lab_folder = setting.lab_folder;
  attempt.run.build_other = setting.build_other;
  try {
    check.run(attempt.run);
    for (const std::string& name : check.must_reach) {
      if (attempt.run.coverage[name] == 0) {
        attempt.outcome = Outcome::kFailed;
        attempt.reason = check.if_not_reached.empty()
                             ? "the check did not reach its case (" + name + "): this is an error of the grader"
                             : check.if_not_reached;
      }
    }
  } catch (const CheckFailed& failed) {
    attempt.outcome = Outcome::kFailed;
    attempt.reason = failed.what();
  } catch (const BuildFailed& failed) {  // of another file than the student's
    throw std::runtime_error(std::string(failed.what()) + "\n" + failed.output());
  } catch (const ProcessEnded& ended) {
    const bool open = ended.why() == ProcessEnded::Why::kNotImplemented;
    attempt.outcome = open ? Outcome::kNotImplemented : Outcome::kFailed;
    attempt.reason = ended.what();
    attempt.output = ended.output();
    attempt.took_too_long = ended.why() == ProcessEnded::Why::kTookTooLong;
  }
  return attempt;
}

const Check& check_of(const Lab& lab, const std::string& id) {
  const auto check =
      std::find_if(lab.checks.begin(), lab.checks.end(), [&](const Check& each) { return each.id == id; });
  if (check != lab.checks.end()) return *check;
  throw std::invalid_argument(fmt::format("lab {} has no check {}; it has {} to {}", lab.number, id,
                                          lab.checks.front().id, lab.checks.back().id));
}

}  // namespace sediment::labs
