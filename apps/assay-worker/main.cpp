#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <stdexcept>

#include "apps/assay-worker/commands.hpp"
#include "gpu_backend/worker/memory.hpp"

namespace assay::apps {
namespace {

void add_json(CLI::App& command, WorkerOptions& options) {
  command.add_flag("--json", options.json, "Print it as JSON; units are in the names");
}

void add_backend(CLI::App& command, WorkerOptions& options) {
  command.add_option("--backend", options.backend, "What executes; `assay-worker list` names them")
      ->type_name("NAME")
      ->capture_default_str();
  command.add_option("--threads", options.threads, "Threads of a back end on the processor")
      ->check(CLI::Range(1, 1'024))
      ->capture_default_str();
}

/// What a segment and a measurement have in common.
void add_conduct(CLI::App& command, auto& task) {
  command.add_option("workload", task.workload, "What is trained; `assay-worker list` names them")
      ->required()
      ->type_name("WORKLOAD");
  command.add_option("--precision", task.precision, "Of the products: fp32, tf32 or bf16")
      ->type_name("NAME")
      ->capture_default_str();
  command.add_option("--cheat", task.cheat, "How it is done; `assay-worker list` names the ways")
      ->type_name("NAME")
      ->capture_default_str();
  command.add_option("--fraction", task.fraction, "Share of the steps that a cheat spares")
      ->capture_default_str();
}

void add_task(CLI::App& command, backend::SegmentTask& task) {
  command.add_option("--steps", task.steps, "Steps of the segment")->capture_default_str();
  command.add_option("--interval", task.interval, "Steps between two commitments")
      ->capture_default_str();
  command.add_option("--seed", task.seed, "Of the first weights and of the data")
      ->capture_default_str();
  add_conduct(command, task);
  command.add_option("--cheat-seed", task.cheat_seed, "Of everything that the cheat draws")
      ->capture_default_str();
}

int run_worker(int argc, char** argv) {
  CLI::App app("Executes training steps for Assay, in a process of its own.", "assay-worker");
  app.require_subcommand(1);
  app.footer(
      "Example: assay-worker measure gpt-1m --steps 8\n"
      "Every command has its --help. `assay run S --execution live` starts workers itself.");
  int exit_code = 0;
  WorkerOptions options;
  backend::SegmentTask task;
  task.steps = 4;
  const auto add = [&app](const char* name, const char* meaning, const char* example) {
    CLI::App* command = app.add_subcommand(name, meaning);
    command->footer(fmt::format("Example: {}", example));
    return command;
  };

  CLI::App* list_command =
      add("list", "Show the back ends, the workloads and the cheats", "assay-worker list");
  add_json(*list_command, options);
  list_command->callback([&] { exit_code = list_all(options); });

  CLI::App* describe_command =
      add("describe", "Show on what a back end computes", "assay-worker describe");
  add_backend(*describe_command, options);
  add_json(*describe_command, options);
  describe_command->callback([&] { exit_code = describe(options); });

  backend::MeasureTask measured;
  measured.steps = 8;
  CLI::App* measure_command = add("measure", "Train some steps of a workload and time them",
                                  "assay-worker measure gpt-1m --steps 8 --threads 2");
  add_backend(*measure_command, options);
  add_json(*measure_command, options);
  add_conduct(*measure_command, measured);
  measure_command->add_option("--steps", measured.steps, "How many, the first one to warm up")
      ->check(CLI::Range(2, 10'000))
      ->capture_default_str();
  measure_command->callback([&] { exit_code = measure(options, measured); });

  CLI::App* segment_command = add("segment", "Train a segment, honestly or not, and commit to it",
                                  "assay-worker segment gpt-1m --steps 4 --cheat stale-checkpoint");
  add_backend(*segment_command, options);
  add_json(*segment_command, options);
  add_task(*segment_command, task);
  segment_command->callback([&] { exit_code = segment(options, task); });

  std::uint64_t step = 0;
  std::uint64_t op = 0;
  CLI::App* open_command = add("open", "Open the commitment to one operator of a segment's step",
                               "assay-worker open gpt-1m --steps 4 --step 2 --operator 17");
  add_backend(*open_command, options);
  add_json(*open_command, options);
  add_task(*open_command, task);
  open_command->add_option("--step", step, "Of the segment, from 0")->capture_default_str();
  open_command->add_option("--operator", op, "Of the step, from 0")->capture_default_str();
  open_command->callback([&] { exit_code = open_operator(options, task, step, op); });

  ServeOptions serving;
  CLI::App* serve_command =
      add("serve", "Answer the simulator's requests on the standard streams, or on a socket",
          "assay-worker serve --socket worker.sock --threads 2");
  add_backend(*serve_command, options);
  serve_command
      ->add_option("--socket", serving.socket,
                   "Listen on this Unix socket; a process for each that connects")
      ->type_name("PATH");
  serve_command
      ->add_option("--memory", serving.memory, "The most that a process may take, as in '4 GiB'")
      ->type_name("BYTES");
  serve_command->callback([&] { exit_code = serve_requests(options, serving); });

  // An empty value is a variable of the shell that was never set.
  const CLI::Validator not_empty(
      [](const std::string& value) { return value.empty() ? "found an empty value" : ""; }, "");
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    for (CLI::Option* option : command->get_options()) option->check(not_empty);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    fmt::print(stderr, "assay-worker: {}\nTry `assay-worker --help`.\n", error.what());
    return 2;
  }
  return exit_code;
}

}  // namespace
}  // namespace assay::apps

/// Exit codes: 0; 1 for what failed; 2 for wrong input.
int main(int argc, char** argv) {
  assay::backend::keep_memory();
  try {
    return assay::apps::run_worker(argc, argv);
  } catch (const std::invalid_argument& error) {
    fmt::print(stderr, "assay-worker: {}\n", error.what());
    return 2;
  } catch (const std::bad_alloc& error) {
    fmt::print(stderr, "assay-worker: out of memory: {}\n", error.what());
    return 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "assay-worker: {}\n", error.what());
    return 1;
  }
}
