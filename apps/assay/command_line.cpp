#include "apps/assay/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include "analysis/build_info.hpp"
#include "apps/assay/commands.hpp"
#include "protocol/scenario/error.hpp"
#include "protocol/scenario/nearest.hpp"

namespace assay::apps {
namespace {

/// The options and commands that `app` understands.
std::vector<std::string> known_words(const CLI::App& app) {
  std::vector<std::string> words;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
    for (const std::string& name : option->get_snames()) words.push_back("-" + name);
  }
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    words.push_back(command->get_name());
  }
  return words;
}

/// Says what is wrong with the command line.
int complain(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* command = &app;
  if (!app.get_subcommands().empty()) command = app.get_subcommands().front();
  std::vector<std::string> extra = command->remaining();
  if (extra.empty()) extra = app.remaining();
  std::string text = error.what();
  if (!extra.empty()) {
    const std::string& word = extra.front();
    const std::string name = word.substr(0, word.find('='));
    const char* what = word.front() == '-' ? "an unknown option"
                       : command == &app   ? "an unknown command"
                                           : "one word too many";
    text = fmt::format("found {}: {}{}", what, protocol::shown(word),
                       protocol::did_you_mean(name, known_words(*command)));
  }
  fmt::print(stderr, "assay: {}\nTry `{} --help`.\n", text,
             command == &app ? "assay" : "assay " + command->get_name());
  return 2;
}

/// A command's first argument.
void add_scenario(CLI::App& command, std::string& scenario, std::vector<std::string>& sets) {
  command.add_option("scenario", scenario, "The scenario's file")
      ->required()
      ->type_name("SCENARIO");
  command
      .add_option("--set", sets,
                  "Lay a value over the scenario, as in --set actors.lazy.count=75; any number of "
                  "times")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

void add_execution(CLI::App& command, ExecutionOptions& options) {
  CLI::Option* execution =
      command
          .add_option("--execution", options.mode,
                      "Where verdicts come from: table (the scenario's), live (workers execute the "
                      "sampled segments), or tape:FILE (what they said in an earlier run)")
          ->type_name("MODE");
  command
      .add_option("--backend", options.backend,
                  "What the workers execute on: cpu-repops, as if left out, or cuda-repops")
      ->type_name("NAME")
      ->needs(execution);
  command
      .add_option("--workers", options.workers, "Worker processes; as many as --jobs if left out")
      ->check(CLI::Range(1, 1'024))
      ->needs(execution);
  command
      .add_option("--worker", options.worker,
                  "The worker's program, or the socket that one listens on; assay-worker if left "
                  "out")
      ->type_name("PATH")
      ->needs(execution);
}

CLI::App* add_compare(CLI::App& app, CompareOptions& options) {
  CLI::App* command = app.add_subcommand(
      "compare", "Run two protocols under the same draws and tell in what they differ");
  command->footer(
      "Examples:\n"
      "  assay compare scenarios/attacks/lazy.yaml scenarios/attacks/partial.yaml --replications "
      "8\n"
      "  assay compare scenarios/quickstart.yaml --set-b verification.rate=10%");
  command->add_option("a", options.a, "The first scenario")->required()->type_name("A");
  command->add_option("b", options.b, "The second; the first again if left out")->type_name("B");
  const auto sets = [&](const char* name, std::vector<std::string>& values, const char* meaning) {
    command->add_option(name, values, meaning)->type_name("KEY=VALUE")->allow_extra_args(false);
  };
  sets("--set", options.sets, "Lay a value over both scenarios; any number of times");
  sets("--set-a", options.sets_a, "Lay a value over the first alone");
  sets("--set-b", options.sets_b, "Lay a value over the second alone");
  command->add_option("--replications", options.replications, "Independent pairs of runs")
      ->check(CLI::Range(1, 100'000));
  command->add_option("--jobs", options.jobs, "Threads; one a core if left out")
      ->check(CLI::Range(1, 1'024));
  command->add_option("--seed", options.seed, "Seed of every draw, on both sides")
      ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()));
  command->add_option("-o,--output", options.output, "Folder of the results")->type_name("DIR");
  command->add_flag("--json", options.json, "Print compare.json on standard output");
  return command;
}

CLI::App* add_why(CLI::App& app, WhyOptions& options) {
  CLI::App* command = app.add_subcommand(
      "why", "Repeat a recorded run and tell what happened to a job or a principal, and why");
  command->footer("Example: assay why out/quickstart-1a2b3c4d job 17 --last 20");
  command->add_option("result", options.folder, "The folder of a result")
      ->required()
      ->type_name("OUT");
  command->add_option("kind", options.kind, "`job`, or `principal` as principals.csv numbers them")
      ->required()
      ->check(CLI::IsMember({"job", "principal"}))
      ->type_name("job|principal");
  command->add_option("id", options.id, "Its number, from 0")->required()->type_name("ID");
  command->add_option("--replication", options.replication, "Which replication, from 0")
      ->check(CLI::Range(0, 99'999));
  command->add_flag("--twin", options.twin, "The run in which all attackers are honest");
  command->add_flag("--json", options.json, "Print the story as JSON");
  command->add_option("--last", options.last, "Only so many events, the last ones");
  command->add_option("--from", options.from, "Only from this time on, as in --from '3 d'")
      ->type_name("TIME");
  command->add_option("--to", options.to, "Only up to this time")->type_name("TIME");
  return command;
}

/// The options of every command that runs a campaign.
void add_campaign_flags(CLI::App& command, CampaignFlags& flags) {
  command
      .add_option("--set", flags.sets,
                  "Lay a value over the scenario at every point; any number of times")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command.add_option("--seed", flags.seed, "Seed of every draw")
      ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()));
  command.add_option("--jobs", flags.jobs, "Threads; one a core if left out")
      ->check(CLI::Range(1, 1'024));
  command
      .add_option("-o,--output", flags.output,
                  "Folder of the campaign: what it holds already is not computed again")
      ->type_name("DIR");
  command
      .add_option("--shard", flags.shard,
                  "Only every n-th run, from the i-th on: for several machines; see `assay merge`")
      ->type_name("I/N");
  command.add_flag("--dry-run", flags.dry_run, "Only say how many runs it is, and how long");
  command.add_flag("--retry-failed", flags.retry_failed, "Try runs again that failed before");
  command.add_flag("--json", flags.json, "Print points.json on standard output");
}

CLI::App* add_sweep(CLI::App& app, SweepOptions& options) {
  CLI::App* command =
      app.add_subcommand("sweep", "Run a scenario over axes of parameters and show metrics");
  command->footer(
      "Examples:\n"
      "  assay sweep scenarios/quickstart.yaml --vary 'verification.rate=1 %..30 %:log:6'\n"
      "  assay sweep scenarios/quickstart.yaml --vary verification.rate=2%,5%,10% \\\n"
      "    --vary 'actors.lazy.stake_per_slot=10 tok,20 tok' --metric gain_lazy_usd\n"
      "  assay sweep scenarios/quickstart.yaml --vary verification.rate=1%..50% \\\n"
      "    --vary slashing.share=10%..100% --sample sobol:64");
  command->add_option("scenario", options.scenario, "The scenario's file")
      ->required()
      ->type_name("SCENARIO");
  command
      ->add_option("--vary", options.axes,
                   "An axis: a key and its values a,b,c, or lo..hi:lin:n, or lo..hi:log:n; several "
                   "are crossed")
      ->type_name("KEY=VALUES")
      ->required()
      ->allow_extra_args(false);
  command
      ->add_option("--zip", options.zips,
                   "Axes that go together, first value with first, instead of being crossed")
      ->type_name("KEY,KEY")
      ->allow_extra_args(false);
  command
      ->add_option("--sample", options.sample,
                   "Draw so many points over all axes (lo..hi or lo..hi:log): lhs:64, sobol:256")
      ->type_name("KIND:N");
  command->add_option("--replications", options.replications, "Independent runs of every point")
      ->check(CLI::Range(1, 100'000));
  command
      ->add_option("--precision", options.precision,
                   "Go on until half of the first metric's 95 % interval is at most this share of "
                   "its mean, at every point")
      ->type_name("SHARE");
  command
      ->add_option("--most-replications", options.most,
                   "Replications of a point at which a precision is given up; 1000 if left out")
      ->check(CLI::Range(2, 100'000));
  command
      ->add_option("--metric", options.metrics,
                   "What to show; if left out, what attackers gain, accepted bad work and the "
                   "overhead of verification")
      ->type_name("NAME[,NAME]")
      ->allow_extra_args(false);
  add_campaign_flags(*command, options.flags);
  return command;
}

/// What every command that runs markets takes.
template <class Options>
void add_running(CLI::App& command, Options& options, const char* replications) {
  command.add_option("--replications", options.replications, replications)
      ->check(CLI::Range(2, 100'000));
  command.add_option("--jobs", options.jobs, "Threads; one a core if left out")
      ->check(CLI::Range(1, 1'024));
  command.add_option("--seed", options.seed, "Seed of every draw")
      ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()));
  command
      .add_option("-o,--output", options.output,
                  "Folder of the results and of the runs behind them; a repetition goes on from it")
      ->type_name("DIR");
  command.add_flag("--json", options.json,
                   "Print the result as JSON, and nothing else, on standard output");
}

/// What the commands that let somebody deviate take.
template <class Options>
void add_deviating(CLI::App& command, Options& options) {
  command
      .add_option("--against", options.against,
                  "Strategies, parted by commas, or all; each at the worst of its own parameters")
      ->type_name("STRATEGIES")
      ->capture_default_str();
  command.add_option("--confidence", options.confidence, "Of all that is said together")
      ->type_name("SHARE")
      ->capture_default_str();
  command.add_option("--share", options.share, "Of each honest group that deviates, at least one")
      ->type_name("SHARE")
      ->capture_default_str();
  command.add_option("--group", options.group, "The one group of providers of which some deviate")
      ->type_name("NAME");
}

CLI::App* add_attack(CLI::App& app, AttackOptions& options) {
  CLI::App* command =
      app.add_subcommand("attack", "Try every strategy against a protocol, and say which pay");
  command->footer("Example: assay attack scenarios/quickstart.yaml --against lazy,ring");
  add_scenario(*command, options.scenario, options.sets);
  add_running(*command, options,
              "Independent runs of a market; 8, or the scenario's where it has more, if left out; "
              "--deter takes up to 64");
  add_deviating(*command, options);
  command->add_flag("--deter", options.deter,
                    "Measure the audit rate and the stake that would deter each attack");
  return command;
}

CLI::App* add_calibrate(CLI::App& app, CalibrateOptions& options) {
  CLI::App* command = app.add_subcommand(
      "calibrate", "Measure what training steps cost on a device, and write a profile");
  command->footer(
      "Examples:\n"
      "  assay calibrate --quick --workloads gpt-1m -o profile.json\n"
      "  assay calibrate --device cuda:0 --base scenarios/data/profile_published.json \\\n"
      "    --as H200 -o profile_h200.json\n"
      "A scenario takes it as `execution: {kind: profile, file: profile.json}`.");
  command->add_option("--device", options.device, "cpu, or cuda:0 and so on")
      ->type_name("DEVICE")
      ->capture_default_str();
  command
      ->add_option("--backend", options.backends,
                   "Measure only this back end; twice for two; `assay-worker list` names them")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command
      ->add_option("--workloads", options.workloads,
                   "What is timed, parted by commas; `assay-worker list` names them")
      ->type_name("NAMES")
      ->delimiter(',');
  command
      ->add_option("--compare", options.compared,
                   "Of what the distances between results are recorded, parted by commas; "
                   "`mlp-1m:32`: after 32 steps")
      ->type_name("NAMES")
      ->delimiter(',');
  command
      ->add_option(
          "--intervals", options.intervals,
          "Steps of the segments that are compared where --compare names none, parted by commas")
      ->type_name("STEPS")
      ->delimiter(',')
      ->check(CLI::Range(std::uint64_t{2}, std::uint64_t{100'000}))
      ->capture_default_str();
  command
      ->add_option(
          "--held-out", options.held_out,
          "Segments that tell the error rates of a tolerance, 72 if left out; half as many "
          "more set it")
      ->type_name("SEGMENTS")
      ->check(CLI::Range(8, 100'000));
  command
      ->add_option("--compare-seconds", options.compare_seconds,
                   "A comparison that takes longer has fewer segments, of which 8 are held out at "
                   "least; 80 if left out, on a GPU 30, with --quick 5")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 1e6));
  command->add_flag(
      "--quick", options.quick,
      "As short as it can be, to try it: half a second a measurement, and 8 segments held out "
      "where --held-out names no other number");
  command
      ->add_option("--as", options.as,
                   "The device's name in the catalogue; its own name if left out")
      ->type_name("NAME");
  command
      ->add_option("--base", options.base,
                   "A profile whose rows stay where nothing new was measured")
      ->type_name("FILE");
  command
      ->add_option("--note", options.note,
                   "What else the profile should say of the conditions: what else ran")
      ->type_name("TEXT");
  command->add_option("--worker", options.worker, "The worker's program; assay-worker if left out")
      ->type_name("PATH");
  command->add_option("-o,--output", options.output, "The profile")->required()->type_name("FILE");
  return command;
}

CLI::App* add_tune(CLI::App& app, TuneOptions& options) {
  CLI::App* command =
      app.add_subcommand("tune", "Find the cheapest parameters that keep stated constraints");
  command->footer(
      "Example:\n"
      "  assay tune scenarios/attacks/lazy.yaml --minimise verification_overhead \\\n"
      "    --subject-to 'attack_gain < 0' --subject-to 'honest_margin > 0' \\\n"
      "    --vary verification.rate=0..1\n"
      "attack_gain is the largest gain over all attacks tried; every other name is a metric of\n"
      "summary.json, measured in the market in which everybody is honest.");
  add_scenario(*command, options.scenario, options.sets);
  command->add_option("--minimise", options.minimise, "The metric that is the cost")
      ->required()
      ->type_name("METRIC");
  command
      ->add_option("--subject-to", options.constraints,
                   "What must hold, as in 'attack_gain < 0'; any number of times")
      ->type_name("CONSTRAINT")
      ->required()
      ->allow_extra_args(false);
  command
      ->add_option("--vary", options.vary,
                   "A parameter that may be chosen, and the ends of its range; one is searched for "
                   "where each constraint begins to hold, several are optimised together")
      ->type_name("KEY=LO..HI")
      ->required()
      ->allow_extra_args(false);
  add_running(*command, options, "Independent runs of a market, at most; 256 if left out");
  add_deviating(*command, options);
  command->add_option("--precision", options.precision, "How narrow, of the value found")
      ->type_name("SHARE")
      ->capture_default_str();
  command
      ->add_option("--evaluations", options.evaluations,
                   "Points that are tried where several parameters vary")
      ->check(CLI::Range(6, 100'000))
      ->capture_default_str();
  return command;
}

/// An empty value is a variable of the shell that was never set, and no way to leave an option out.
void refuse_empty_values(CLI::App& app) {
  const CLI::Validator not_empty(
      [](const std::string& value) { return value.empty() ? "found an empty value" : ""; }, "");
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    for (CLI::Option* option : command->get_options()) option->check(not_empty);
  }
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app("Assay, a wind tunnel for decentralized machine-learning compute markets.", "assay");
  app.set_version_flag("--version", analysis::version_line());
  app.require_subcommand(1);
  app.footer("Example: assay run scenarios/quickstart.yaml\nEvery command has its --help.");
  int exit_code = 0;
  const auto add = [&app](const char* name, const char* meaning, const char* example) {
    CLI::App* command = app.add_subcommand(name, meaning);
    command->footer(fmt::format("Example: {}", example));
    return command;
  };

  RunOptions run_options;
  CLI::App* run_command = add("run", "Run a scenario and write its results",
                              "assay run scenarios/quickstart.yaml --set verification.rate=10% "
                              "--replications 8 -o out/ten-percent");
  add_scenario(*run_command, run_options.scenario, run_options.sets);
  CLI::Option* replications =
      run_command->add_option("--replications", run_options.replications, "Independent runs")
          ->check(CLI::Range(1, 100'000));
  run_command
      ->add_option("--only", run_options.replication,
                   "Only this one of the replications, from 0: it repeats one run of a campaign")
      ->check(CLI::Range(0, 99'999))
      ->excludes(replications);
  run_command->add_option("--jobs", run_options.jobs, "Threads; one a core if left out")
      ->check(CLI::Range(1, 1'024));
  run_command->add_option("--seed", run_options.seed, "Seed of every draw")
      ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()));
  run_command->add_option("-o,--output", run_options.output, "Folder of the results")
      ->type_name("DIR");
  run_command->add_flag("--json", run_options.json,
                        "Print the summary as JSON, and nothing else, on standard output");
  CLI::Option* trace =
      run_command
          ->add_option("--trace", run_options.trace,
                       "Also draw the first replication as a timeline for ui.perfetto.dev")
          ->type_name("FILE");
  run_command
      ->add_option("--trace-events", run_options.trace_events,
                   "End the timeline after so many events, as viewers cannot hold them all")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}))
      ->capture_default_str()
      ->needs(trace);
  run_command->add_flag("--cost-errors", run_options.cost_errors,
                        "Run it at both ends of the step times' error bands too, and widen every "
                        "interval by what that does: three times the work");
  add_execution(*run_command, run_options.execution);
  run_command->callback([&] { exit_code = run(run_options); });

  CompareOptions compare_options;
  add_compare(app, compare_options)->callback([&] { exit_code = compare(compare_options); });

  AttackOptions attack_options;
  add_attack(app, attack_options)->callback([&] { exit_code = attack(attack_options); });

  TuneOptions tune_options;
  add_tune(app, tune_options)->callback([&] { exit_code = tune(tune_options); });

  CalibrateOptions calibrate_options;
  add_calibrate(app, calibrate_options)->callback([&] {
    exit_code = calibrate(calibrate_options);
  });

  ReportOptions report_options;
  CLI::App* report_command =
      add("report", "Draw the page of a result again", "assay report out/quickstart-1a2b3c4d");
  report_command->add_option("result", report_options.folder, "The folder of a result")
      ->required()
      ->type_name("DIR");
  report_command
      ->add_option("-o,--output", report_options.output,
                   "The page; report.html in the folder if left out")
      ->type_name("FILE");
  report_command->callback([&] { exit_code = report(report_options); });

  CheckOptions check_options;
  CLI::App* check_command = add("check", "Load a scenario with all its files and say what it is",
                                "assay check scenarios/quickstart.yaml --set seed=2");
  add_scenario(*check_command, check_options.scenario, check_options.sets);
  check_command->callback([&] { exit_code = check(check_options); });

  ValidateOptions validate_options;
  CLI::App* validate_command = add("validate", "Hold closed forms against simulation",
                                   "assay validate V2 --set c=2 --set S=8");
  validate_command
      ->add_option("id", validate_options.ids, "Only these, such as V2; all if left out")
      ->type_name("ID");
  validate_command
      ->add_option("--set", validate_options.sets,
                   "Repeat the cases that have this parameter, with this value")
      ->type_name("NAME=NUMBER")
      ->allow_extra_args(false);
  validate_command->add_option("--seed", validate_options.seed, "Seed of every draw")
      ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()));
  validate_command->add_flag("--json", validate_options.json, "Print the cases as a JSON array");
  validate_command->callback([&] { exit_code = validate(validate_options); });

  WhyOptions why_options;
  add_why(app, why_options)->callback([&] { exit_code = why(why_options); });

  SweepOptions sweep_options;
  add_sweep(app, sweep_options)->callback([&] { exit_code = sweep(sweep_options); });

  StudyOptions study_options;
  CLI::App* study_command = add("study", "Run the sweep that a file describes",
                                "assay study scenarios/studies/ring.yaml --jobs 2");
  study_command->add_option("file", study_options.file, "The study's file")
      ->required()
      ->type_name("STUDY");
  add_campaign_flags(*study_command, study_options.flags);
  study_command->callback([&] { exit_code = study(study_options); });

  ExportOptions export_options;
  CLI::App* export_command = add("export", "Write every run of a campaign as one tidy table",
                                 "assay export out/quickstart-sweep -o runs.parquet");
  export_command->add_option("folder", export_options.folder, "The folder of a campaign")
      ->required()
      ->type_name("DIR");
  export_command->add_option("-o,--output", export_options.output, "FILE.csv or FILE.parquet")
      ->required()
      ->type_name("FILE");
  export_command->callback([&] { exit_code = export_runs(export_options); });

  MergeOptions merge_options;
  CLI::App* merge_command = add("merge", "Put the runs of several campaigns into one",
                                "assay merge shard-1 shard-2 -o out/quickstart-sweep");
  merge_command->add_option("folders", merge_options.folders, "The folders of the campaigns")
      ->required()
      ->type_name("DIR");
  merge_command->add_option("-o,--output", merge_options.output, "Folder of the one campaign")
      ->required()
      ->type_name("DIR");
  merge_command->callback([&] { exit_code = merge(merge_options); });

  std::string family;
  CLI::App* list_command =
      add("list", "Show the families of mechanisms and their kinds", "assay list verification");
  list_command->add_option("family", family, "Only this family")->type_name("FAMILY");
  list_command->callback([&] { exit_code = list(family); });

  std::string key;
  CLI::App* explain_command =
      add("explain", "Show what a key of a scenario means", "assay explain verification.rate");
  explain_command->add_option("key", key, "A key, the end of one, a family or a kind")
      ->required()
      ->type_name("KEY");
  explain_command->callback([&] { exit_code = explain(key); });

  CLI::App* schema_command =
      add("schema", "Print the JSON Schema of scenarios", "assay schema > scenario.schema.json");
  schema_command->callback([&] { exit_code = schema(); });

  refuse_empty_values(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    return complain(app, error);
  }
  return exit_code;
}

}  // namespace assay::apps
