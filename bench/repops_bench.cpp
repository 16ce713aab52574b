// Products of matrices in the written order of arithmetic.hpp against OpenBLAS, which chooses its
// own; two threads against one; and how much of a training step the products are. The items are
// floating-point operations.
#include <cblas.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "bench/rows.hpp"
#include "gpu_backend/repops/cpu/runner.hpp"
#include "gpu_backend/training/trainer.hpp"

namespace assay::bench {
namespace {

using backend::InstructionSet;
using backend::Operator;
using backend::OperatorKind;

/// Numbers between -1 and 1, so that no product over- or underflows.
std::vector<float> numbers(std::size_t count) {
  std::vector<float> result(count);
  std::uint32_t state = 1;
  for (float& value : result) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<float>(state >> 8) * 0x1p-23f - 1.0f;
  }
  return result;
}

/// By the processor's time where one thread does everything, so that others on the machine do not
/// count; by the clock on the wall for several.
template <class Work>
void measure(benchmark::State& state, double flops, int threads, Work work) {
  work();  // the first touches the memory and wakes the threads
  const auto begun = std::chrono::steady_clock::now();
  for (auto _ : state) work();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begun;
  const double done = flops * static_cast<double>(state.iterations());
  if (threads == 1) {
    state.SetItemsProcessed(static_cast<std::int64_t>(done));
  } else {
    state.counters["items_per_second"] = done / wall.count();
  }
}

auto ours(Operator op, int threads, InstructionSet set) {
  return [=](benchmark::State& state) {
    std::vector<std::vector<float>> tensors;
    std::vector<backend::Input> inputs;
    for (const std::size_t size : backend::input_sizes(op)) {
      tensors.push_back(numbers(size));
      inputs.emplace_back(tensors.back());
    }
    std::vector<float> product(backend::output_sizes(op)[0]);
    const std::vector<backend::Output> outputs{product};
    const auto runner = backend::cpu_runner(threads, set);
    measure(state, backend::flops(op), threads, [&] { runner->run(op, inputs, outputs); });
  };
}

/// The same product by OpenBLAS on one thread.
auto theirs(Operator op) {
  return [=](benchmark::State& state) {
    openblas_set_num_threads(1);
    const auto [rows, columns, depth] = [&]() -> std::array<int, 3> {
      const auto dim = [&](std::size_t i) { return static_cast<int>(op.dims[i]); };
      if (op.kind == OperatorKind::Linear) return {dim(0), dim(2), dim(1)};
      return {dim(0), dim(1), dim(2)};
    }();
    const auto sizes = backend::input_sizes(op);
    const std::vector<float> a = numbers(sizes[0]);
    const std::vector<float> b = numbers(sizes[1]);
    std::vector<float> c(backend::output_sizes(op)[0]);
    const bool a_turned = op.kind == OperatorKind::MatmulTN;
    const bool b_turned = op.kind == OperatorKind::MatmulNT;
    const auto product = [&, m = rows, n = columns, k = depth] {
      cblas_sgemm(CblasRowMajor, a_turned ? CblasTrans : CblasNoTrans,
                  b_turned ? CblasTrans : CblasNoTrans, m, n, k, 1.0f, a.data(), a_turned ? m : k,
                  b.data(), b_turned ? k : n, 0.0f, c.data(), n);
    };
    measure(state, backend::flops(op), 1, product);
  };
}

/// Carries operators out, and keeps the time and the work of those that are products of matrices.
class ProductClock : public backend::OperatorRunner {
 public:
  void run(const Operator& op, std::span<const backend::Input> inputs,
           std::span<const backend::Output> outputs) override {
    const double begun = own_seconds();
    runner_->run(op, inputs, outputs);
    if (!backend::is_product(op.kind)) return;
    seconds += own_seconds() - begun;
    flops += backend::flops(op);
  }
  double seconds = 0.0;
  double flops = 0.0;

 private:
  std::unique_ptr<backend::OperatorRunner> runner_ = backend::cpu_runner(1);
};

/// The work of a training step's products, over the time of the whole step or over their own.
auto products_of_a_step(const char* name, bool whole_step) {
  return [=](benchmark::State& state) {
    ProductClock clock;
    const backend::Workload workload = backend::workload(name);
    backend::Trainer trainer(workload, 1, clock);
    backend::State training = backend::initial_state(workload, 1);
    training = trainer.step(std::move(training)).state;  // the first step touches the memory
    clock.seconds = clock.flops = 0.0;
    const double begun = own_seconds();
    for (auto _ : state) training = trainer.step(std::move(training)).state;
    const double seconds = whole_step ? own_seconds() - begun : clock.seconds;
    state.counters["items_per_second"] = clock.flops / seconds;
  };
}

class Table {
 public:
  void add(const std::string& work, const Operator& op) {
    const auto sets = backend::available_instruction_sets();
    const std::string blas = work + ": OpenBLAS";
    add_measurement(blas, kIterations, theirs(op));
    add_measurement(work, kIterations, ours(op, 1, sets.back()));
    rows.push_back({work, work, blas, 0.0, 0.65, 0.85});
    if (sets.back() == InstructionSet::Avx512) {
      // The baseline keeps its AVX-512: this ratio is the lower for it.
      const std::string narrow = work + ", AVX2 only";
      add_measurement(narrow, kIterations, ours(op, 1, InstructionSet::Avx2));
      rows.push_back({narrow, narrow, blas, 0.0, 0.5, 0.65});
    }
    const std::string two = work + ", two threads against one";
    add_measurement(two, kIterations, ours(op, 2, sets.back()));
    rows.push_back({two, two, work, 0.0, 1.8, 1.95});
  }
  std::vector<Row> rows;

 private:
  static constexpr benchmark::IterationCount kIterations = 20;
};

}  // namespace
}  // namespace assay::bench

int main(int argc, char** argv) {
  using namespace assay::bench;
  Table table;
  // Of a GPT with 256 channels and 512 tokens a step: into the layer's wide middle, the gradient of
  // what came in, and the gradient of the weights; and one that fits no cache.
  table.add("linear 512x256x1024", {OperatorKind::Linear, {512, 256, 1024}, {}});
  table.add("a b^T 512x256x1024", {OperatorKind::MatmulNT, {512, 256, 1024}, {}});
  table.add("a^T b 256x1024x512", {OperatorKind::MatmulTN, {256, 1024, 512}, {}});
  table.add("linear 1024x1024x1024", {OperatorKind::Linear, {1024, 1024, 1024}, {}});
  // At most a third of a step may be spent elsewhere.
  const std::string step = "products of a gpt-7m step, over the whole step";
  const std::string alone = "products of a gpt-7m step, over their own time";
  add_measurement(step, 2, products_of_a_step("gpt-7m", true));
  add_measurement(alone, 2, products_of_a_step("gpt-7m", false));
  table.rows.push_back({step, step, alone, 0.0, 2.0 / 3.0, 0.8});
  return run_rows(argc, argv, table.rows);
}
