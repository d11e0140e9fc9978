// sediment-lab: grades the labs. Usually called by ./dev lab.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "labs/grader/attempt.h"
#include "labs/grader/broken.h"
#include "labs/grader/files.h"
#include "labs/grader/grade.h"
#include "labs/grader/mine.h"
#include "labs/grader/own_lab.h"
#include "labs/grader/progress.h"
#include "labs/grader/starter.h"
#include "labs/grader/verify.h"
#include "labs/grader/watch.h"

namespace sediment::labs {

namespace {

namespace fs = std::filesystem;

// Exit statuses, the same as those of the other commands: 0 all passed, 1 a check failed, 2 wrong arguments or no grader.
constexpr int kPassed = 0;
constexpr int kFailed = 1;
constexpr int kUnusable = 2;

struct Arguments {
  std::string inputs;
  int lab = 0;
  std::string file;
  std::string only;
  std::uint64_t seed = 1;
  bool seed_given = false;
  std::string format = "text";
  std::string out;
  std::string watched;
  bool text = false;
  std::string starter_out;
  std::vector<int> labs;
  std::string claim;
  std::string results;
  OwnCommand own;
  MineOptions mine;
  std::string handout;
};

std::string progress_file(const Inputs& inputs) { return inputs.root + "/labs/.progress.json"; }
std::string results_folder(const Inputs& inputs) { return inputs.work + "/results"; }
std::string stories_folder(const Lab& lab, const Inputs& inputs) {
  return fmt::format("{}/lab{}", results_folder(inputs), lab.number);
}

const Lab& lab_of(const std::vector<Lab>& labs, int number) {
  for (const Lab& lab : labs) {
    if (lab.number == number) return lab;
  }
  std::string there;
  for (const Lab& lab : labs) there += (there.empty() ? "" : ", ") + std::to_string(lab.number);
  throw std::invalid_argument(fmt::format("there is no lab {}; there is {}", number, there));
}

// For what is about the student's code.
const Lab& component_of(const std::vector<Lab>& labs, int number) {
  const Lab& lab = lab_of(labs, number);
  if (lab.own == nullptr) return lab;
  throw std::invalid_argument(fmt::format("lab {} has no code of yours", number));
}

int list(const std::vector<Lab>& labs, const Inputs& inputs) {
  const std::map<int, Progress> progress = read_progress(progress_file(inputs));
  for (const Lab& lab : labs) {
    const auto found = progress.find(lab.number);
    fmt::print("  {:>2}  {:<14} {:<28} {}\n", lab.number, lab.title, "labs/" + lab.folder + "/",
               found == progress.end() ? "not started" : found->second.state());
  }
  fmt::print("\nBegin with labs/README.md. ./dev lab N grades lab N.\n");
  return kPassed;
}

int grade_one(const Lab& lab, const Inputs& inputs, const Arguments& arguments) {
  const std::string results = arguments.results.empty() ? results_folder(inputs) : arguments.results;
  const std::string stories = fmt::format("{}/lab{}", results, lab.number);
  std::error_code error;
  if (arguments.only.empty()) {
    fs::remove_all(stories, error);
  } else {
    forget_graded(stories, arguments.only);
  }
  fs::create_directories(stories, error);
  GradeOptions options;
  options.file = arguments.file;
  options.only = arguments.only;
  options.seed = arguments.seed;
  options.seed_given = arguments.seed_given;
  options.programs = arguments.own.programs;
  options.breaks_in_lab =
      arguments.results.empty();  // not when a class is graded: each has break/ beside the file, or none
  options.result_file = fmt::format("{}/lab{}{}.json", results, lab.number, arguments.only.empty() ? "" : "-only");
  options.stories = stories;
  const bool text = arguments.format == "text";
  const auto exported = [&](const LabResult& result) {
    if (!text) return export_as(arguments.format, result);
    std::string report = tell_heading(result);
    for (const CheckResult& check : result.checks) report += tell(check, result);
    return report + tell_summary(result);
  };
  (void)exported({});  // an unknown format is told before the work
  const LabResult result = grade(lab, inputs, options, [&](const LabResult& so_far, const CheckResult* check) {
    if (!arguments.out.empty()) {  // whole after each check, so that a grader that is stopped leaves what it had
      replace_file(arguments.out, exported(so_far));
    } else if (text) {
      fmt::print("{}", check == nullptr ? tell_heading(so_far) : tell(*check, so_far));
      std::fflush(stdout);
    }
  });
  if (!arguments.out.empty()) {
    replace_file(arguments.out, exported(result));
  } else {
    fmt::print("{}", text ? tell_summary(result) : exported(result));
    std::fflush(stdout);
  }
  if (arguments.only.empty() && arguments.file.empty()) remember(result, progress_file(inputs));
  return result.first_open() == nullptr ? kPassed : kFailed;
}

int watch_own(const Lab& lab, const Inputs& inputs, const Arguments& arguments) {
  const sim::Trace trace = lab.own->watched(stories_folder(lab, inputs));
  if (!arguments.out.empty()) save_trace_file(trace, arguments.out);
  if (arguments.text) fmt::print("{}", lab.own->told(trace));
  return kPassed;
}

int watch(const Lab& lab, const Inputs& inputs, const Arguments& arguments) {
  if (lab.own != nullptr) return watch_own(lab, inputs, arguments);
  const std::string stories = stories_folder(lab, inputs);
  const bool scenario = fs::is_regular_file(arguments.watched);
  std::string check = arguments.watched;
  if (check.empty() && !arguments.file.empty()) throw std::invalid_argument("--file needs the name of a check");
  if (check.empty()) check = first_graded(lab, stories);
  if (!scenario) (void)check_of(lab, check);
  Graded graded;
  if (!arguments.file.empty()) {
    graded = {arguments.file, arguments.file, arguments.seed};
  } else if (scenario) {
    graded = {student_file(lab, inputs), student_file(lab, inputs)};
  } else {
    graded = read_graded(stories, check);
  }
  const sim::Trace trace =
      scenario ? trace_of_scenario(lab, inputs, check, graded) : trace_of_check(lab, inputs, check, graded);
  if (!arguments.out.empty()) save_watched(trace, graded, arguments.out);
  if (arguments.text) fmt::print("{}", tell_story(trace));
  return kPassed;
}

int run_own(const Lab& lab, const Inputs& inputs, OwnCommand command, const Arguments& arguments) {
  if (lab.own == nullptr) {
    throw std::invalid_argument(
        fmt::format("lab {} has no command {}; see ./dev lab --help", lab.number, command.name));
  }
  command.seed = arguments.seed;
  command.seed_given = arguments.seed_given;
  fmt::print("{}", lab.own->run(lab, inputs, command));
  return kPassed;
}

int starter(const Lab& lab, const Inputs& inputs, const Arguments& arguments) {
  const std::string made = starter_of(lab, inputs);
  if (arguments.starter_out.empty()) {
    fmt::print("{}", made);
  } else {
    write_file(arguments.starter_out, made);
  }
  return kPassed;
}

int mine(const std::vector<Lab>& labs, const Inputs& inputs, const Arguments& arguments) {
  if (arguments.format != "text" && arguments.format != "json") {
    throw std::invalid_argument("there is no format " + arguments.format + "; there are text and json");
  }
  const bool text = arguments.format == "text";
  MineOptions options = arguments.mine;
  options.seed = arguments.seed;
  options.scenarios = results_folder(inputs) + "/mine";
  std::error_code error;
  fs::remove_all(options.scenarios, error);
  fs::create_directories(options.scenarios, error);
  std::string told;
  const auto tell = [&](const std::string& more) {
    told += more;
    if (!text || !arguments.out.empty()) return;
    fmt::print("{}", more);
    std::fflush(stdout);
  };
  MineResult result;
  MineProgress progress;
  MineReport report;
  report.begins = [&](const MineResult& so_far) {
    result = so_far;
    tell(tell_components(so_far));
  };
  report.tried = [&](const Tried& tried) {
    progress.clear();
    tell(tell_tried(tried, result));
  };
  report.progressed = [&](const Tried& now, double done) { progress.show(now, done); };
  result = try_mine(labs, inputs, options, report);
  tell(tell_end(result));
  const std::string json = to_json(result).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  if (!arguments.out.empty()) {
    replace_file(arguments.out, text ? told : json);
  } else if (!text) {
    fmt::print("{}", json);
  }
  if (!result.problem.empty()) return kUnusable;
  return result.passed() ? kPassed : kFailed;
}

// What a handout has of a lab besides its pages: the starter, and the wrong solutions as programs.
int hand_out(const Lab& lab, const Inputs& inputs, const Arguments& arguments) {
  fs::create_directories(arguments.handout + "/starter");
  const std::string made = starter_of(lab, inputs);
  write_file(arguments.handout + "/" + lab.file(), made);
  write_file(arguments.handout + "/starter/" + lab.file(), made);
  for (const std::string& name : broken_names(inputs.root + "/labs/" + lab.folder)) {
    prepare_broken(lab, inputs, name, arguments.handout, "$ORIGIN/../../../objects/library");
  }
  return kPassed;
}

int list_claims(const std::vector<Lab>& labs, const Inputs& inputs, const std::vector<int>& numbers) {
  for (const int number : numbers) {
    for (const std::string& claim : claims_of(lab_of(labs, number), inputs)) fmt::print("{} {}\n", number, claim);
  }
  return kPassed;
}

int verify_one(const Lab& lab, const Inputs& inputs, const std::string& claim) {
  const std::vector<std::string> wrong = verify(lab, inputs, claim, {1, 2, 20260906}, [](const std::string& line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
  });
  for (const std::string& sentence : wrong) fmt::print("not proven: {}\n", sentence);
  return wrong.empty() ? kPassed : kFailed;
}

int run(int argc, char** argv) {
  Arguments arguments;
  CLI::App app{"Grades the labs: builds your component into the engine, and checks it."};
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  ./dev lab                             the labs, and how far you are\n"
      "  ./dev lab 5                           grade lab 5\n"
      "  ./dev lab 5 --only L5.3 --seed 7      one check, with other data\n"
      "  ./dev lab 5 --format junit --out results.xml\n"
      "  ./dev lab verify                      prove the graders");
  app.add_option("--inputs", arguments.inputs, "what the build has left for the grader")->required();
  CLI::App* lists = app.add_subcommand("list", "The labs, and how far you are");
  CLI::App* grades = app.add_subcommand("grade", "Grade a lab");
  grades->add_option("lab", arguments.lab, "the number of the lab")->required();
  grades->add_option("--file", arguments.file, "your file; by default, the one in the lab's folder")->type_name("FILE");
  grades->add_option("--only", arguments.only, "only this check")->type_name("CHECK");
  grades->add_option("--seed", arguments.seed, "the seed of all random data")->capture_default_str();
  grades->add_option("--format", arguments.format, "text, json, gradescope, classroom50 or junit")
      ->capture_default_str();
  grades->add_option("--out", arguments.out, "write the result to this file")->type_name("FILE");
  grades
      ->add_option("--programs", arguments.own.programs,
                   "lab 12, where there is no key: the programs that you were given; says which ones are killed")
      ->type_name("FOLDER");
  grades->add_option("--results", arguments.results, "where the result and what watching takes are kept")
      ->type_name("FOLDER");
  CLI::App* debugs = app.add_subcommand("debug", "Stop in gdb in your function, at the step that a check fails at");
  debugs->add_option("lab", arguments.lab, "the number of the lab")->required();
  debugs->add_option("check", arguments.only, "the check, such as L5.3")->required();
  debugs->add_option("--file", arguments.file, "your file; by default, the one in the lab's folder")->type_name("FILE");
  debugs->add_option("--seed", arguments.seed, "the seed of all random data")->capture_default_str();
  CLI::App* watches = app.add_subcommand("watch", "Run a failure or a scenario once more, for a picture or as text");
  watches->add_option("lab", arguments.lab, "the number of the lab")->required();
  watches
      ->add_option("what", arguments.watched,
                   "a check that failed, with your file as it was graded; or a scenario (docs/scenarios.md) with your "
                   "file in the store; by default, the first check that failed")
      ->type_name("CHECK|FILE");
  watches->add_flag("--text", arguments.text, "tell the story");
  watches->add_option("--out", arguments.out, "write the trace to this file, for sediment-viz")->type_name("FILE");
  watches->add_option("--file", arguments.file, "your file; by default, the one that was graded")->type_name("FILE");
  watches->add_option("--seed", arguments.seed, "with --file: the seed of all random data")->capture_default_str();
  CLI::App* starters = app.add_subcommand("starter", "Make the starter of a lab from the reference");
  starters->add_option("lab", arguments.lab, "the number of the lab")->required();
  starters->add_option("--out", arguments.starter_out, "write it to this file")->type_name("FILE");
  CLI::App* mines =
      app.add_subcommand("mine", "Try an engine with everything that you have written, and say what broke it");
  mines
      ->add_option("--files", arguments.mine.files, "a folder with NN_name/FILE or FILE for each lab; by default, labs")
      ->type_name("FOLDER");
  mines->add_option("--seed", arguments.seed, "the seed of all random data")->capture_default_str();
  mines
      ->add_option("--scripts", arguments.mine.scripts,
                   "how many of the small scripts are crashed, spread evenly over all of them; 0: all")
      ->capture_default_str();
  mines->add_option("--jobs", arguments.mine.jobs, "processes at the same time; 0: one per core")
      ->capture_default_str();
  mines->add_option("--format", arguments.format, "text or json")->capture_default_str();
  mines->add_option("--out", arguments.out, "write the result to this file")->type_name("FILE");
  CLI::App* hands_out =
      app.add_subcommand("hand-out", "Make the starter and the wrong programs of a lab, for a handout");
  hands_out->add_option("lab", arguments.lab, "the number of the lab")->required();
  hands_out->add_option("folder", arguments.handout, "the lab's folder in the handout")
      ->required()
      ->type_name("FOLDER");
  CLI::App* describes = app.add_subcommand("checks", "The checks of a lab, as the JSON of a result without marks");
  describes->add_option("lab", arguments.lab, "the number of the lab")->required();
  CLI::App* owns = app.add_subcommand("own", "A command that only this lab has, such as lock");
  owns->add_option("lab", arguments.lab, "the number of the lab")->required();
  owns->add_option("command", arguments.own.name, "its name")->required();
  owns->add_option("words", arguments.own.words, "what it is about");
  owns->add_option("--seed", arguments.seed, "the student's seed")->capture_default_str();
  owns->add_option("--folder", arguments.own.folder, "where the student works; by default, the lab's folder")
      ->type_name("FOLDER");
  owns->add_option("--programs", arguments.own.programs, "lab 12: the programs that you were given, instead of a seed")
      ->type_name("FOLDER");
  CLI::App* claims = app.add_subcommand("claims", "What can be proven of the graders, one line each: a lab and a file");
  claims->add_option("labs", arguments.labs, "the numbers of the labs")->required();
  CLI::App* verifies = app.add_subcommand("verify", "Prove one claim about the grader of a lab");
  verifies->add_option("lab", arguments.lab, "the number of the lab")->required();
  verifies->add_option("claim", arguments.claim, "one of those that claims lists")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kPassed : kUnusable;
  }

  arguments.seed_given = grades->count("--seed") + owns->count("--seed") > 0;
  const Inputs inputs = read_inputs(arguments.inputs);
  const std::vector<Lab> labs = all_labs(inputs.root);
  if (lists->parsed()) return list(labs, inputs);
  if (grades->parsed()) return grade_one(lab_of(labs, arguments.lab), inputs, arguments);
  if (debugs->parsed()) {
    const GradeOptions options{.file = arguments.file, .only = arguments.only, .seed = arguments.seed};
    if (debug(component_of(labs, arguments.lab), inputs, options)) return kPassed;
    fmt::print("{} passes: there is nothing to debug\n", arguments.only);
    return kFailed;
  }
  if (watches->parsed()) return watch(lab_of(labs, arguments.lab), inputs, arguments);
  if (describes->parsed()) {
    fmt::print("{}", export_as("json", ungraded(lab_of(labs, arguments.lab), inputs, {})));
    return kPassed;
  }
  if (starters->parsed()) return starter(component_of(labs, arguments.lab), inputs, arguments);
  if (owns->parsed()) return run_own(lab_of(labs, arguments.lab), inputs, arguments.own, arguments);
  if (mines->parsed()) return mine(labs, inputs, arguments);
  if (hands_out->parsed()) return hand_out(component_of(labs, arguments.lab), inputs, arguments);
  if (claims->parsed()) return list_claims(labs, inputs, arguments.labs);
  return verify_one(lab_of(labs, arguments.lab), inputs, arguments.claim);
}

}  // namespace

}  // namespace sediment::labs

int main(int argc, char** argv) {
  try {
    return sediment::labs::run(argc, argv);
  } catch (const sediment::labs::BuildFailed& failed) {
    std::cerr << "sediment-lab: " << failed.what() << '\n' << failed.output();
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "sediment-lab: " << error.what() << '\n';
    return 2;
  }
}
