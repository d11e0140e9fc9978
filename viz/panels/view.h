// What a panel is given to draw, and what it may request.
//
// A panel is a function of the View; none touches the engine, the session or the clock. What the user does in a panel
// becomes a Command, which the application carries out after the frame.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "viz/draw/canvas.h"
#include "viz/draw/layout.h"
#include "viz/model/acknowledged.h"
#include "viz/model/atlas.h"
#include "viz/model/crash_grid.h"
#include "viz/model/narration.h"
#include "viz/model/policy_costs.h"
#include "viz/model/script_search.h"
#include "viz/model/session.h"

namespace sediment::viz {

/// Whether there is a file system to open and save files in: not in a browser.
#ifdef __EMSCRIPTEN__
constexpr bool kHasFiles = false;
#else
constexpr bool kHasFiles = true;
#endif

/// The show's speeds: − and + choose among them.
constexpr double kSpeeds[] = {0.25, 0.5, 1, 2, 4};

/// What the user has selected. If nothing is selected, the panels follow the run.
struct Selection {
  std::optional<SegmentNumber> segment;
  std::string file;          // or another file, by its name; empty: none
  std::uint64_t offset = 0;  // a byte of the file
  std::string key;           // highlighted wherever it appears; empty: none
};

/// Zoom and scroll position of the disk.
struct StageZoom {
  std::size_t enlarged = 0;  // by this many sizes; 0: everything visible, as far as possible
  float scroll = 0;          // units from the top
};

/// How closely the stage shows a record: the stage as a whole, then the record's fields, their bytes, the bits of one.
enum class Closeness : std::uint8_t { kStage, kFields, kBytes, kBits };

/// The record that is selected, close up.
struct CloseUp {
  Closeness level = Closeness::kStage;
  float shown = 0;      // the level that is drawn, 0 to 3: follows `level`
  unsigned bit = 7;     // the chosen one of the selected byte
  Selection left = {};  // the record that it showed, in the first frame after it was left
  // The keys of this frame.
  int along = 0;     // → 1, ← −1
  int across = 0;    // ↓ 1, ↑ −1
  bool act = false;  // Enter
};

/// A byte of a segment's file.
struct Place {
  const SegmentView* segment = nullptr;  // null if there is no segment
  std::uint64_t offset = 0;

  /// The record that the byte belongs to; null for the header, or after the last record.
  const RecordView* record() const;
};

/// A byte of any file.
struct FilePlace {
  sim::FileId file = 0;
  std::uint64_t offset = 0;
};

/// How much of the screen the crash atlas has.
enum class AtlasSize : std::uint8_t { kNone, kStrip, kFull };

/// A disk of the atlas, in words.
struct AtlasDisk {
  std::size_t position = 0;  // entries that have happened
  std::size_t disk = 0;      // in the column there
  std::string choice;
  std::string explanation;
  std::string what;
};

/// A place in a large store: the segment and part by number, the newest and the first are 0, and the first record shown.
struct LargePlace {
  std::size_t segment = 0;
  std::size_t part = 0;
  std::size_t first = 0;
  bool operator==(const LargePlace&) const = default;
};
/// What stands there.
struct LargeRecords {
  static constexpr std::size_t kMost = 32;  // more than fit

  LargePlace of;
  std::vector<RecordView> records;
  Status problem;
};

/// The question at this moment.
struct PredictView {
  const Question* question = nullptr;  // null if there is none
  std::vector<std::size_t> chosen;     // answers, in order
  bool is_new = false;                 // the last frame did not show it
  bool revealed = false;               // the right answers are shown
  std::string carried = {};            // the key that the next step writes or removes; empty: none
  std::size_t asked = 0;               // questions answered so far
  std::size_t right = 0;               // of these, answered correctly

  bool is_chosen(std::size_t answer) const { return std::binary_search(chosen.begin(), chosen.end(), answer); }
  /// Whether the answer's place is shown. Later only the right ones and the chosen ones are.
  bool shows(std::size_t answer) const { return !revealed || question->is_right(answer) || is_chosen(answer); }
};

struct View {
  const Session& session;
  const Scene& before;  // before the entry that is happening
  const Scene& now;     // after it
  float progress = 1;   // of the entry
  double time = 0;      // seconds from the start, at normal speed
  bool playing = false;
  double speed = 1;
  const Selection& selection;
  const TwinTable& twin;                        // the map beside the store
  const Acknowledged& acknowledged;             // of a store whose files cannot be read; empty for others
  const CrashGrid& crashes;                     // for the place that is shown, as far as known
  std::size_t crash = 0;                        // which of these is chosen
  const Atlas& atlas;                           // of the run, as far as known
  const std::optional<AtlasDisk>& atlas_disk;   // what the mouse has pointed at
  std::optional<std::size_t> atlas_choice;      // the disk of the current column that the keyboard has chosen
  const std::optional<LargeRecords>& large;     // the place in a large store that is looked into; none in others
  const std::vector<PolicyCost>& policies;      // what each rule costs, if the panel is shown
  std::size_t policy_choice = kStoresOwnRule;   // the rule that the slider stands at
  std::optional<std::size_t> guarantee_choice;  // the row of the panel that the keyboard has chosen, the button last
  const ScriptSearch* search = nullptr;         // the search for the shortest script, or null
  const std::optional<BitRot>& rot;             // the most recently flipped bit
  const std::vector<std::size_t>& bookmarks;    // positions, in order
  const PredictView& asked;
  StageZoom zoom = {};
  CloseUp close_up = {};
  bool moved = false;  // the view shows a different place than in the last frame
  LayoutId layout = LayoutId::kLearn;
  Theme theme = Theme::kDark;

  /// The file of the store, if it is a text log (engine/text_log.h); null if it is not.
  const sim::FileState* text_log() const {
    return session.format() == StoreFormat::kTextLog ? now.disk().find(sim::kTextLogName) : nullptr;
  }
  /// Whether the store is one whose files this program cannot read: it shows them as bytes.
  bool has_only_bytes() const { return session.format() == StoreFormat::kForeign; }
  /// The selected file, if it is not a segment; otherwise the place that the current step has written last, or the first
  /// file. None if there is no file.
  std::optional<FilePlace> file_place() const;
  /// Whether the run is a story about a component alone: it has steps, but no store and no disk.
  bool has_only_steps() const;

  /// The selected place; otherwise the place that the current entry affects; otherwise the end of the active segment.
  Place place() const;

  /// The entry that is happening, or has just happened; null at the start.
  const sim::TraceEntry* entry() const {
    const std::size_t position = now.position();
    return position == 0 ? nullptr : &session.timeline().trace().entries()[position - 1];
  }
  /// The entry, if it is of this type: view.happening<sim::EventEntry>().
  template <typename T>
  const T* happening() const {
    return entry() == nullptr ? nullptr : std::get_if<T>(entry());
  }
};

struct PlayOrPause {};
struct StepEntry {
  bool forward = true;
};
struct StepInput {
  bool forward = true;
};
struct GoTo {
  double time = 0;  // seconds
};
struct GoToEntry {
  std::size_t position = 0;  // entries that have happened
};
struct SetSpeed {
  double speed = 1;
};
struct Perform {
  sim::Step step;
  std::string typed = {};  // if it was typed: returns to the line if it cannot be performed
};
/// One typed operation after another, until one makes no sense.
struct PerformLines {
  std::vector<std::string> lines;
};
/// Opens the dialog for files, for one of these purposes.
enum class FilePurpose : std::uint8_t { kOpen, kSaveScenario, kSaveTrace, kSavePicture };
struct AskForFile {
  FilePurpose purpose = FilePurpose::kOpen;
};
/// In the dialog: to this folder.
struct GoToFolder {
  std::string path;
};
/// What the dialog has been opened for, with this file; an existing file is replaced only if `replace`.
struct UseFile {
  std::string path;
  bool replace = false;
};
struct CloseFileDialog {};
struct CopyText {
  std::string text;
};
struct Complain {
  std::string message;  // why the typed text makes no sense
};
struct Fork {};
struct ReturnToBranch {};
struct ShowBranch {
  std::size_t number = 0;  // from 0
};
/// Back to before the last operation or fork, and forward again. Neither loses anything.
struct Undo {};
struct Redo {};
struct ShowHelp {};
struct Select {
  SegmentNumber segment{};
  std::uint64_t offset = 0;
};
/// Of a file that is not a segment.
struct SelectFile {
  std::string name;
  std::uint64_t offset = 0;
};
struct SelectKey {
  std::string key;  // empty: none
};
struct ChooseCrash {
  std::size_t number = 0;  // in View::crashes
};
/// Has the words for a disk of the atlas made.
struct PointAtDisk {
  std::size_t position = 0;
  std::size_t disk = 0;
};
/// Goes there, and crashes so.
struct EnterDisk {
  std::size_t position = 0;
  std::size_t disk = 0;
};
struct SetAtlas {
  AtlasSize size = AtlasSize::kNone;
};
/// Makes the run again without these guarantees.
struct TakeAway {
  sim::Guarantees guarantees;
};
/// Starts the search for the shortest script that loses data, or stops it.
struct FindScript {
  bool start = true;
};
/// Shows the script that the search has found.
struct PlayScript {};
/// For the chosen disk: which of the directory's changes persist.
struct KeepChanges {
  sim::Kept changes = sim::kKeepAll;
};
/// Only checks what would notice it; does not change the disk. The flipped bit, flipped again, is as it was.
struct FlipBit {
  std::string file;
  std::uint64_t offset = 0;
  unsigned bit = 0;
};
/// Makes the records on the stage larger, or smaller again. The largest one is then shown close up.
struct ZoomStage {
  bool in = true;
};
/// To this level of the close-up of the selected record.
struct ShowCloseUp {
  Closeness level = Closeness::kStage;
};
/// In the close-up, of the selected byte.
struct ChooseBit {
  unsigned bit = 0;
};
struct ScrollStage {
  float to = 0;  // units from the top
};
struct SetLayout {
  LayoutId layout = LayoutId::kLearn;
};
/// Closes the card at the end of a show.
struct LeaveEnd {};
/// Back to the moment of this question.
struct GoToQuestion {
  std::size_t number = 0;  // from 0
};
/// Into the layout for a room, or back to the one before.
struct Present {
  bool on = true;
};
struct SetTheme {
  Theme theme = Theme::kDark;
};
struct ShowPanel {
  std::size_t dock = 0;
  std::size_t tab = 0;
};
/// For the current question. Chosen again, it is no longer chosen.
struct ChooseAnswer {
  std::size_t number = 0;  // from 0
};
/// Where several answers can be chosen: these are all.
struct ConfirmAnswer {};
/// On from the answers that are shown.
struct LeaveAnswers {};
struct OpenShow {
  std::string name;
};
/// On to the next mark of this kind, or, if none is named, of any kind except operations.
struct RunUntil {
  std::optional<MarkKind> kind;
  bool forward = true;
};
/// Sets a bookmark here, or removes it.
struct Bookmark {};
/// To the next bookmark; from the last one to the first.
struct NextBookmark {};
/// To the place where this branch and its origin first differ.
struct CompareBranches {};
/// The slider to this rule of kGrowthFactors.
struct ChoosePolicy {
  std::size_t rule = 0;
};
/// In a large store.
struct LookInto {
  LargePlace place;
};
using Command =
    std::variant<SelectFile, LookInto, ChoosePolicy, PlayOrPause, StepEntry, StepInput, GoTo, GoToEntry, SetSpeed,
                 Perform, PerformLines, Complain, Fork, ReturnToBranch, ShowBranch, Undo, Redo, ShowHelp, Select,
                 SelectKey, ChooseCrash, KeepChanges, FlipBit, ZoomStage, ScrollStage, SetLayout, SetTheme, ShowPanel,
                 ChooseAnswer, ConfirmAnswer, LeaveAnswers, OpenShow, RunUntil, Bookmark, NextBookmark, CompareBranches,
                 PointAtDisk, EnterDisk, SetAtlas, Present, LeaveEnd, GoToQuestion, TakeAway, FindScript, PlayScript,
                 ShowCloseUp, ChooseBit, AskForFile, GoToFolder, UseFile, CloseFileDialog, CopyText>;
using Commands = std::vector<Command>;

/// A segment's answer, as stamped on it.
struct Stamp {
  std::string text;
  ImU32 colour;
};
Stamp stamp_of(LookupView::Verdict verdict);

/// What a panel in a dock is given.
struct Panel {
  const Canvas& canvas;
  const View& view;
  Area area;         // inside its frame
  int move = 0;      // keys, for the panel that has the keyboard: ↓ 1, ↑ −1, a page 10 or −10
  bool act = false;  // Enter
  Commands& commands;
};

// One file each, in panels/.
struct DrawnStage {
  std::size_t most_enlarged = 0;  // by how many sizes its records can be enlarged
  std::vector<Area> targets;      // the places of the question's answers
};
DrawnStage draw_stage(const Canvas& canvas, const View& view, const Area& whole, Commands& commands);
void draw_lookup_path(const Panel& panel);
void draw_index(const Panel& panel);
void draw_merge(const Panel& panel);
void draw_recovery(const Panel& panel);
void draw_counters(const Panel& panel);
void draw_narration(const Panel& panel);
void draw_code(const Panel& panel);
void draw_twin(const Panel& panel);
void draw_bytes(const Panel& panel);
void draw_crash_desk(const Panel& panel);
void draw_guarantees(const Panel& panel);
void draw_policy(const Panel& panel);
void draw_acknowledged(const Panel& panel);
/// The bytes of a file that is not a segment.
void draw_file_bytes(const Panel& panel);
/// `is_large`: in place of everything else.
void draw_atlas(const Canvas& canvas, const View& view, const Area& area, bool is_large, Commands& commands);
/// `message`: why the last command was refused; empty if it was not. `notice`: what it has done that cannot be seen.
void draw_caption(const Canvas& canvas, const View& view, const std::string& message, const std::string& notice,
                  const Area& area);
/// On the stage, while the store is refused: why, and what can be done.
void draw_refusal(const Canvas& canvas, const View& view, const Area& area, Commands& commands);
/// Whether this is the failing step of a run with a student's component.
bool has_verdict(const View& view);
/// There, at the bottom of the stage: what was expected, what their code did, and the hint. Returns what is left of the
/// stage.
Area draw_verdict(const Canvas& canvas, const View& view, const Area& stage);
/// In place of the stage, for a run without a disk: its steps, one below the other.
void draw_steps(const Canvas& canvas, const View& view, const Area& stage);
/// In place of the stage, for a store whose files cannot be read: its files as bytes, in the cache and on the disk.
void draw_file_stage(const Canvas& canvas, const View& view, const Area& area, Commands& commands);
/// The file of a text log, line by line.
void draw_large_store(const Canvas& canvas, const View& view, const Area& area, Commands& commands);
void draw_text_log(const Canvas& canvas, const View& view, const Area& area);
void draw_timeline(const Canvas& canvas, const View& view, const Area& area, Commands& commands);

/// The text being typed, kept between frames.
struct OperationBarState {
  std::string text;
  std::vector<std::string> history;  // what was typed, the oldest first
  std::size_t recalled = 0;          // which of these is in the line; their number: none
  std::string draft;                 // what was in the line before
  std::size_t samples_used = 0;      // of the pairs that Put uses when nothing was typed
  bool take_keyboard = false;        // in the next frame
};
void draw_operation_bar(const Canvas& canvas, const View& view, OperationBarState& state, const Area& area,
                        Commands& commands);
/// In a corner of `room` where it covers none of the places that it asks about.
void draw_predict_card(const Canvas& below, const View& view, const Area& room, const std::vector<Area>& targets,
                       Commands& commands);
/// The end of a show. The names are those of the command line.
struct EndView {
  struct Asked {
    const Question* question = nullptr;
    std::vector<std::size_t> chosen;  // the most recent answer
    std::optional<bool> was_right;    // of the first answer; none: not answered
  };

  std::string_view name;
  std::string_view title;
  std::string_view next;  // empty after the last show
  std::string_view next_title;
  std::vector<Asked> questions;
  std::size_t asked = 0;
  std::size_t right = 0;
};
/// In the middle of `room`.
void draw_end_card(const Canvas& below, const EndView& end, const Area& room, Commands& commands);
/// A folder, and what is typed and said in the dialog for files.
struct FileDialogState {
  std::optional<FilePurpose> purpose;  // none: the dialog is closed
  std::string folder;                  // without a slash at its end
  struct Entry {
    std::string name;
    bool is_folder = false;
  };
  std::vector<Entry> entries;  // folders first
  std::string name;            // what is typed: a name in the folder, or a path
  std::string problem;         // why the last attempt failed
  bool exists = false;         // the file is there already; asking again replaces it
  bool take_keyboard = false;  // in the next frame
};
void draw_file_dialog(const Canvas& canvas, FileDialogState& state, Commands& commands);
/// The menu of the right button. `texts`: what can be copied.
void draw_copy_menu(const Canvas& canvas, const std::vector<std::string>& texts, Commands& commands);

/// All keys, on top of everything else.
void draw_help(const Canvas& canvas, const Area& screen);

}  // namespace sediment::viz
