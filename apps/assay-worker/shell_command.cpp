#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "apps/assay-worker/commands.hpp"
#include "gpu_backend/worker/backends.hpp"
#include "sim/digest.hpp"

// What people ask a worker for at the shell.
namespace assay::apps {
namespace {

std::unique_ptr<backend::StepBackend> load(const WorkerOptions& options) {
  return backend::load_backend(options.backend, {options.threads});
}

std::string device_text(const backend::DeviceInfo& info) {
  return fmt::format("{} on {}, {} {}", info.backend, info.device, info.threads,
                     info.threads == 1 ? "thread" : "threads");
}

std::string hex_of(const backend::Hash& hash) { return sim::hex(hash); }

}  // namespace

int list_all() {
  fmt::print("back ends\n");
  for (const backend::BackendEntry& entry : backend::backends()) {
    std::error_code error;
    const bool built = std::filesystem::is_regular_file(backend::plugin_file(entry.name), error);
    fmt::print("  {:<22} {}{}\n", entry.name, entry.summary,
               built ? "" : fmt::format(" Not built here: it needs {}.", entry.needs));
  }
  fmt::print("workloads\n");
  for (const std::string& name : backend::workload_names()) {
    fmt::print("  {:<22} {:.2f} M parameters\n", name,
               static_cast<double>(backend::parameter_count(backend::workload(name))) * 1e-6);
  }
  fmt::print("cheats\n");
  for (const std::string& name : backend::cheat_names()) fmt::print("  {}\n", name);
  return 0;
}

int describe(const WorkerOptions& options) {
  const backend::DeviceInfo info = load(options)->describe();
  fmt::print("{}\nmemory {:.1f} GiB\nsoftware {}\nprecisions {}\n", device_text(info),
             static_cast<double>(info.memory_bytes) / (1024.0 * 1024.0 * 1024.0), info.software,
             fmt::join(info.precisions, ", "));
  return 0;
}

int measure(const WorkerOptions& options, const backend::MeasureTask& task) {
  const auto loaded = load(options);
  const backend::Measurement measured = loaded->measure(task);
  std::vector<double> times(measured.step_s.begin() + 1, measured.step_s.end());
  std::sort(times.begin(), times.end());
  const double median = times[times.size() / 2];
  fmt::print("{} in {} ({}): {}\n", task.workload, task.precision, task.cheat,
             device_text(loaded->describe()));
  fmt::print("parameters  {:.2f} M, {:.1f} MB of state\n",
             static_cast<double>(measured.parameters) * 1e-6,
             static_cast<double>(measured.state_bytes) * 1e-6);
  fmt::print("step        {:.1f} ms, the median of {}, from {:.1f} to {:.1f} ms\n", median * 1e3,
             times.size(), times.front() * 1e3, times.back() * 1e3);
  fmt::print("work        {} operators, {:.2f} GFLOP a step, {:.1f} GFLOP/s\n", measured.operators,
             measured.step_flops * 1e-9, measured.step_flops / median * 1e-9);
  fmt::print("made of     {:.1f} ms in products, {:.1f} ms in other operators, {:.1f} ms between\n",
             measured.matrix_s * 1e3, measured.memory_s * 1e3, measured.overhead_s * 1e3);
  fmt::print("memory      {:.1f} MB at most\n", static_cast<double>(measured.peak_bytes) * 1e-6);
  fmt::print("commitment  {:.1f} ms for the state, hashed at {:.2f} GB/s\n",
             measured.commit_s * 1e3, measured.hash_bytes_per_s * 1e-9);
  if (measured.copy_to_bytes_per_s > 0.0) {
    fmt::print("copies      {:.1f} GB/s to the device, {:.1f} GB/s from it\n",
               measured.copy_to_bytes_per_s * 1e-9, measured.copy_from_bytes_per_s * 1e-9);
  }
  fmt::print("loss        {:.4f} in the first step, {:.4f} in the last\n", measured.losses.front(),
             measured.losses.back());
  return 0;
}

int segment(const WorkerOptions& options, const backend::SegmentTask& task) {
  const auto loaded = load(options);
  const backend::SegmentResult result = loaded->run_segment(task, {}, false);
  fmt::print("{} steps of {} in {} ({}), {}, {:.2f} s\n", task.steps, task.workload, task.precision,
             task.cheat, device_text(loaded->describe()), result.seconds);
  fmt::print("root        {}\n", hex_of(result.claim.root));
  for (std::size_t i = 0; i < result.claim.checkpoints.size(); ++i) {
    fmt::print("state {:<5} {}\n", (i + 1) * task.interval, hex_of(result.claim.checkpoints[i]));
  }
  for (std::size_t i = 0; i < result.claim.losses.size(); ++i) {
    fmt::print("loss {:<6} {:.9g}\n", i + 1, result.claim.losses[i]);
  }
  return 0;
}

int open_operator(const WorkerOptions& options, const backend::SegmentTask& task,
                  std::uint64_t step, std::uint64_t op) {
  const backend::StepGraph graph = backend::step_graph(backend::workload(task.workload));
  if (step >= task.steps) {
    throw std::invalid_argument(
        fmt::format("found step {}, expected 0 to {}", step, task.steps - 1));
  }
  if (op >= graph.operators.size()) {
    throw std::invalid_argument(
        fmt::format("found operator {}, expected 0 to {}", op, graph.operators.size() - 1));
  }
  const auto loaded = load(options);
  const auto party = loaded->party(task);
  // A step's operators are committed to when it is disputed, after the steps of its interval.
  const auto steps = party->answer(backend::CommitSteps{step / task.interval});
  const auto trace = party->answer(backend::CommitTrace{step});
  const auto opened = party->answer(backend::OpenOperator{step, op});
  if (!steps || !trace || !opened) throw std::runtime_error("the party is silent");
  const auto& record = std::get<backend::OperatorOpening>(*opened).record;
  const backend::GraphOperator& node = graph.operators[op];
  fmt::print("step {}, operator {} of {}: {} [{}]\n", step, op, graph.operators.size(),
             backend::name_of(node.op.kind), fmt::join(node.op.dims, ", "));
  fmt::print("trace    {}\n", hex_of(std::get<backend::TraceCommitment>(*trace).root));
  fmt::print("address  {}\n", hex_of(record.address));
  for (const backend::Hash& hash : record.inputs) fmt::print("reads    {}\n", hex_of(hash));
  for (const backend::Hash& hash : record.outputs) fmt::print("writes   {}\n", hex_of(hash));
  return 0;
}

}  // namespace assay::apps
