#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>

#include "apps/assay-worker/commands.hpp"
#include "gpu_backend/worker/backends.hpp"
#include "sim/digest.hpp"
#include "sim/math.hpp"

// What people ask a worker for at the shell.
namespace assay::apps {
namespace {

using Json = nlohmann::ordered_json;

int print_json(const Json& json) {
  fmt::print("{}\n", json.dump(1));
  return 0;
}

std::unique_ptr<backend::StepBackend> load(const WorkerOptions& options) {
  return backend::load_backend(options.backend, {options.threads});
}

std::string device_text(const backend::DeviceInfo& info) {
  return fmt::format("{} on {}, {} {}", info.backend, info.device, info.threads,
                     info.threads == 1 ? "thread" : "threads");
}

Json json_of(const backend::DeviceInfo& info) {
  return {{"backend", info.backend},   {"device", info.device},
          {"threads", info.threads},   {"memory_bytes", info.memory_bytes},
          {"software", info.software}, {"precisions", info.precisions}};
}

std::string hex_of(const backend::Hash& hash) { return sim::hex(hash); }

Json json_of(std::span<const backend::Hash> hashes) {
  Json json = Json::array();
  for (const backend::Hash& hash : hashes) json.push_back(hex_of(hash));
  return json;
}

Json everything() {
  Json json{{"backends", Json::array()},
            {"workloads", Json::array()},
            {"cheats", backend::cheat_names()}};
  for (const backend::BackendEntry& entry : backend::backends()) {
    json["backends"].push_back({{"name", entry.name},
                                {"summary", entry.summary},
                                {"needs", entry.needs},
                                {"built", backend::is_built(entry.name)}});
  }
  for (const std::string& name : backend::workload_names()) {
    const std::size_t parameters = backend::parameter_count(backend::workload(name));
    json["workloads"].push_back({{"name", name}, {"parameters", parameters}});
  }
  return json;
}

}  // namespace

int list_all(const WorkerOptions& options) {
  if (options.json) return print_json(everything());
  fmt::print("back ends\n");
  for (const backend::BackendEntry& entry : backend::backends()) {
    fmt::print("  {:<22} {}{}\n", entry.name, entry.summary,
               backend::is_built(entry.name)
                   ? ""
                   : fmt::format(" Not built here: it needs {}.", entry.needs));
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
  if (options.json) return print_json(json_of(info));
  fmt::print("{}\nmemory {:.1f} GiB\nsoftware {}\nprecisions {}\n", device_text(info),
             static_cast<double>(info.memory_bytes) / (1024.0 * 1024.0 * 1024.0), info.software,
             fmt::join(info.precisions, ", "));
  return 0;
}

int measure(const WorkerOptions& options, const backend::MeasureTask& task) {
  const auto loaded = load(options);
  const backend::Measurement measured = loaded->measure(task);
  const std::vector<double> times(measured.step_s.begin() + 1, measured.step_s.end());
  const double median = sim::sample_quantile(times, 0.5);
  if (options.json) {
    return print_json({{"workload", task.workload},
                       {"precision", task.precision},
                       {"cheat", task.cheat},
                       {"device", json_of(loaded->describe())},
                       {"parameters", measured.parameters},
                       {"state_bytes", measured.state_bytes},
                       {"peak_bytes", measured.peak_bytes},
                       {"operators", measured.operators},
                       {"step_flops", measured.step_flops},
                       {"largest_operator_flops", measured.largest_operator_flops},
                       {"step_median_s", median},
                       {"step_s", measured.step_s},
                       {"matrix_s", measured.matrix_s},
                       {"memory_s", measured.memory_s},
                       {"overhead_s", measured.overhead_s},
                       {"commit_s", measured.commit_s},
                       {"hash_bytes_per_s", measured.hash_bytes_per_s},
                       {"copy_to_bytes_per_s", measured.copy_to_bytes_per_s},
                       {"copy_from_bytes_per_s", measured.copy_from_bytes_per_s},
                       {"losses", measured.losses}});
  }
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
  if (options.json) {
    return print_json({{"workload", task.workload},
                       {"precision", task.precision},
                       {"device", json_of(loaded->describe())},
                       {"seed", task.seed},
                       {"steps", task.steps},
                       {"interval", task.interval},
                       {"cheat", task.cheat},
                       {"root", hex_of(result.claim.root)},
                       {"states", json_of(result.claim.checkpoints)},
                       {"losses", result.claim.losses},
                       {"seconds", result.seconds}});
  }
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
  static_cast<void>(backend::segment_of(task));
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
  const backend::Hash trace_root = std::get<backend::TraceCommitment>(*trace).root;
  if (options.json) {
    return print_json({{"workload", task.workload},
                       {"step", step},
                       {"operator", op},
                       {"operators", graph.operators.size()},
                       {"kind", backend::name_of(node.op.kind)},
                       {"dims", node.op.dims},
                       {"trace", hex_of(trace_root)},
                       {"address", hex_of(record.address)},
                       {"reads", json_of(record.inputs)},
                       {"writes", json_of(record.outputs)}});
  }
  fmt::print("step {}, operator {} of {}: {} [{}]\n", step, op, graph.operators.size(),
             backend::name_of(node.op.kind), fmt::join(node.op.dims, ", "));
  fmt::print("trace    {}\n", hex_of(trace_root));
  fmt::print("address  {}\n", hex_of(record.address));
  for (const backend::Hash& hash : record.inputs) fmt::print("reads    {}\n", hex_of(hash));
  for (const backend::Hash& hash : record.outputs) fmt::print("writes   {}\n", hex_of(hash));
  return 0;
}

}  // namespace assay::apps
