// What is shown, as JSON: read by tests, and by whatever drives the window.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "viz/app/app_impl.h"
#include "viz/model/record_fields.h"

namespace sediment::viz {

std::string App::state_json() const {
  const Session& session = *impl_->session;
  const Scene& scene = session.timeline().scene();
  static constexpr const char* kStores[] = {"closed", "opening", "open", "crashed", "refused"};
  static constexpr const char* kRoles[] = {"active", "sealed", "merge-output", "unnamed"};
  static constexpr const char* kPhases[] = {"copying", "file-synced", "directory-synced", "switched", "over"};
  nlohmann::json state{{"position", scene.position()},
                       {"entries", session.timeline().size()},
                       {"time", impl_->time},
                       {"duration", session.pace().duration()},
                       {"playing", impl_->playing},
                       {"speed", impl_->speed},
                       {"store", kStores[static_cast<int>(scene.store())]},
                       {"step", sim::to_string(scene.step())},
                       {"outcome", scene.outcome()},
                       {"message", impl_->message},
                       {"notice", impl_->notice},
                       {"dialog", impl_->file_dialog.purpose.has_value()},
                       {"folder", impl_->file_dialog.folder},
                       {"problem", impl_->file_dialog.problem},
                       {"live", scene.live_records()},
                       {"branches_left", session.branches_left()},
                       {"branches", session.branches()},
                       {"branch", session.branch_number() + 1},
                       {"help", impl_->help},
                       {"layout", name_of(impl_->layout)},
                       {"theme", impl_->theme == Theme::kDark ? "dark" : "light"},
                       {"text_size", impl_->text_size},
                       {"zoom", {{"enlarged", impl_->zoom.enlarged}, {"scroll", impl_->zoom.scroll}}},
                       {"editing", text_is_edited()}};
  const Chapter* chapter = session.chapter_at(impl_->time);
  state["chapter"] = chapter == nullptr ? std::string() : chapter->title;
  state["segments"] = nlohmann::json::array();
  for (const SegmentView* segment : scene.segments()) {
    std::size_t torn = 0;
    std::size_t superseded = 0;
    for (const RecordView& record : segment->records) {
      if (record.torn()) ++torn;
      if (record.superseded) ++superseded;
    }
    state["segments"].push_back({{"name", segment_file_name(segment->number)},
                                 {"role", kRoles[static_cast<int>(scene.role(*segment))]},
                                 {"records", segment->valid_records()},
                                 {"superseded", superseded},
                                 {"torn", torn},
                                 {"corrupt", segment->corrupt_places()},
                                 {"durable", std::min(scene.durable_end(*segment), segment->written_end())},
                                 {"written", segment->written_end()}});
  }
  if (scene.merge()) {
    state["merge"] = {{"phase", kPhases[static_cast<int>(scene.merge()->phase)]},
                      {"kept", scene.merge()->kept},
                      {"dropped", scene.merge()->dropped}};
  }
  if (scene.lookup()) {
    state["lookup"] = {{"key", shown(scene.lookup()->key)},
                       {"asked", scene.lookup()->stops.size()},
                       {"answer", scene.lookup()->answer}};
  }
  if (scene.crash()) state["lost"] = scene.crash()->lost.size();
  if (impl_->selection.segment) {
    state["selected"] = {{"file", segment_file_name(*impl_->selection.segment)}, {"offset", impl_->selection.offset}};
  }
  if (!impl_->selection.file.empty()) {
    state["selected"] = {{"file", impl_->selection.file}, {"offset", impl_->selection.offset}};
  }
  state["key"] = impl_->selection.key;
  static constexpr const char* kLevels[] = {"stage", "fields", "bytes", "bits"};
  const CloseUp& close_up = impl_->close_up;
  state["close_up"] = {
      {"level", kLevels[static_cast<int>(close_up.level)]}, {"shown", close_up.shown}, {"bit", close_up.bit}};
  const SegmentView* selected = impl_->selection.segment ? scene.segment(*impl_->selection.segment) : nullptr;
  if (const RecordView* record = Place{selected, impl_->selection.offset}.record();
      impl_->is_close() && selected && record) {
    const RecordFields fields = fields_of(scene.disk().file(selected->file).cached, *selected, *record);
    const std::size_t field = fields.field_at(impl_->selection.offset);
    if (field < fields.fields.size()) state["close_up"]["field"] = fields.fields[field].name;
    state["close_up"]["says"] = describe_record(scene, *selected, *record).text;
  }
  const PredictView predict = impl_->predict();
  if (predict.question != nullptr) {
    state["question"] = {{"text", predict.question->text},
                         {"revealed", predict.revealed},
                         {"mark", predict.question->is_mark},
                         {"carried", predict.carried},
                         {"answers", nlohmann::json::array()}};
    for (std::size_t i = 0; i < predict.question->answers.size(); ++i) {
      const Answer& answer = predict.question->answers[i];
      nlohmann::json told{{"text", answer.text}, {"chosen", predict.is_chosen(i)}};
      if (predict.revealed) {
        told["right"] = predict.question->is_right(i);
        told["reason"] = answer.reason;
      }
      state["question"]["answers"].push_back(told);
    }
  }
  state["bookmarks"] = impl_->bookmarks;
  state["score"] = {{"asked", predict.asked}, {"right", predict.right}};
  state["panels"] = nlohmann::json::array();
  for (std::size_t i = 0; i < impl_->screen.docks.size(); ++i) {
    const PanelId panel = impl_->screen.docks[i].panels[impl_->shown_tab(i)];
    state["panels"].push_back({{"title", title_of(panel)}, {"focus", impl_->focus == i}});
  }
  if (impl_->is_shown(PanelId::kCrashDesk)) {
    using Verdict = CrashGrid::Verdict;
    const CrashGrid& grid = impl_->crashes;
    state["crashes"] = {{"disks", grid.disks().size()},
                        {"recovered", grid.judged()},
                        {"all", grid.count(Verdict::kAll)},
                        {"allowed", grid.count(Verdict::kAllowed)},
                        {"chosen", impl_->crash},
                        {"forbidden", grid.count(Verdict::kForbidden)},
                        {"detected", grid.count(Verdict::kDetected)}};
    if (impl_->crash < grid.disks().size()) state["crashes"]["choice"] = to_string(grid.disks()[impl_->crash].choice);
  }
  if (const LargeStore* store = impl_->session->large_store()) {
    nlohmann::json segments = nlohmann::json::array();
    for (const LargeStore::Segment& segment : store->segments()) segments.push_back(segment_file_name(segment.number));
    state["large"] = {{"records", store->records()},
                      {"live", store->live()},
                      {"segments", segments},
                      {"segment", segments.at(impl_->large_place.segment)},
                      {"part", impl_->large_place.part},
                      {"first", impl_->large_place.first},
                      {"decoded", impl_->large ? impl_->large->records.size() : 0}};
  }
  if (impl_->is_shown(PanelId::kPolicy)) {
    state["policy"] = {{"rule", impl_->policy_choice}, {"rules", impl_->policies.size()}};
  }
  state["without"] = nlohmann::json::array();
  for (const sim::Guarantee guarantee : session.scenario().without) state["without"].push_back(name_of(guarantee));
  if (impl_->atlas_size != AtlasSize::kNone) {
    using Verdict = Atlas::Verdict;
    const auto counts = [](const auto& disks) {
      return nlohmann::json{{"all", disks.count(Verdict::kAll)},
                            {"allowed", disks.count(Verdict::kAllowed)},
                            {"detected", disks.count(Verdict::kDetected)},
                            {"wrong", disks.count(Verdict::kForbidden)}};
    };
    state["atlas"] = counts(impl_->atlas);
    state["atlas"]["size"] = impl_->atlas_size == AtlasSize::kStrip ? "strip" : "full";
    state["atlas"]["known"] = impl_->atlas.known();
    state["atlas"]["columns"] = impl_->atlas.size();
    if (const Atlas::Column* column = impl_->atlas.column(scene.position())) state["atlas"]["here"] = counts(*column);
  }
  if (const auto end = impl_->end_of_show()) {
    state["end"] = {
        {"show", end->name}, {"next", end->next}, {"right", end->right}, {"questions", end->questions.size()}};
    state["end"]["given"] = nlohmann::json::array();
    for (const EndView::Asked& asked : end->questions) {
      state["end"]["given"].push_back(asked.was_right ? (*asked.was_right ? "right" : "wrong") : "none");
    }
  }
  if (impl_->searching) state["search"] = {{"done", impl_->search->done()}, {"of", impl_->search->of()}};
  if (impl_->is_shown(PanelId::kTwin)) {
    state["twin"] = {
        {"keys", impl_->twin.keys}, {"different", impl_->twin.different}, {"detected", impl_->twin.detected}};
  }
  if (impl_->rot) {
    state["rot"] = {{"file", impl_->rot->file},       {"offset", impl_->rot->offset}, {"bit", impl_->rot->bit},
                    {"noticed", impl_->rot->noticed}, {"wrong", impl_->rot->wrong},   {"what", impl_->rot->what}};
  }
  return state.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace sediment::viz
