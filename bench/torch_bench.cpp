// A whole training step by the reproducible operators against the same step by libtorch, each on
// one core: what it costs that the order of every sum is written down. The items are floating-point
// operations.
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "bench/rows.hpp"
#include "gpu_backend/torch/runtime.hpp"
#include "gpu_backend/torch/trainer.hpp"
#include "gpu_backend/training/trainer.hpp"
#include "gpu_backend/worker/memory.hpp"

namespace assay::bench {
namespace {

constexpr benchmark::IterationCount kSteps = 3;
constexpr std::uint64_t kSeed = 1;

template <class Step>
void count_steps(benchmark::State& state, const backend::Workload& workload, Step step) {
  step();  // the first touches the memory
  const double begun = own_seconds();
  for (auto _ : state) step();
  const double done =
      backend::sizes_of_step(workload).step_flops * static_cast<double>(state.iterations());
  state.counters["items_per_second"] = done / (own_seconds() - begun);
}

auto reproducible(const char* name) {
  return [=](benchmark::State& state) {
    const auto runner = backend::cpu_runner(1);
    const backend::Workload workload = backend::workload(name);
    backend::Trainer trainer(workload, kSeed, *runner);
    backend::State training = backend::initial_state(workload, kSeed);
    count_steps(state, workload, [&] { training = trainer.step(std::move(training)).state; });
  };
}

auto by_libtorch(const char* name) {
  return [=](benchmark::State& state) {
    const backend::Workload workload = backend::workload(name);
    backend::TorchTrainer trainer(workload, kSeed, backend::TorchDevice::Cpu);
    trainer.load(backend::initial_state(workload, kSeed));
    count_steps(state, workload, [&] {
      trainer.compute_gradients(backend::Precision::Fp32, workload.micro_batches);
      trainer.update();
    });
  };
}

}  // namespace
}  // namespace assay::bench

int main(int argc, char** argv) {
  using namespace assay;
  using namespace assay::bench;
  backend::keep_memory();  // as the worker does
  backend::set_up_torch(backend::TorchDevice::Cpu, 1);
  const std::string software = backend::describe_torch(backend::TorchDevice::Cpu, 1).software;
  fmt::print(stderr, "against {}\n", software);
  if (software.find("OpenBLAS") == std::string::npos && software.find("MKL") == std::string::npos) {
    fmt::print(stderr, "torch_bench: expected a libtorch on OpenBLAS or MKL\n");
    return 1;
  }
  std::vector<Row> rows;
  for (const char* name : {"gpt-1m", "gpt-7m", "mlp-16m"}) {
    const std::string step = fmt::format("step of {}, one core, over libtorch's", name);
    const std::string baseline = step + ": libtorch";
    add_measurement(step, kSteps, reproducible(name));
    add_measurement(baseline, kSteps, by_libtorch(name));
    rows.push_back({step, step, baseline, 0.0, 0.4, 0.77});
  }
  return run_rows(argc, argv, rows);
}
