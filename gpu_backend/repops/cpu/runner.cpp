#include "gpu_backend/repops/cpu/runner.hpp"

#include <algorithm>
#include <stdexcept>

#include "gpu_backend/repops/cpu/crew.hpp"
#include "gpu_backend/repops/cpu/work.hpp"
#include "gpu_backend/repops/environment.hpp"

namespace assay::backend {
namespace {

using repops::Work;

repops::Kernels kernels_of(InstructionSet set) {
  switch (set) {
#ifdef __x86_64__
    case InstructionSet::Avx512:
      return repops::avx512::run;
    case InstructionSet::Avx2:
      return repops::avx2::run;
#endif
    default:
      return repops::generic::run;
  }
}

class CpuRunner : public OperatorRunner {
 public:
  CpuRunner(int threads, InstructionSet set)
      : kernels_(kernels_of(set)),
        crew_(static_cast<std::size_t>(threads)),
        scratch_(crew_.size() * repops::kScratch / Line{}.numbers.size()) {}

  void run(const Operator& op, std::span<const Input> inputs,
           std::span<const Output> outputs) override {
    require_sizes(op, inputs, outputs);
    Work work;
    work.kind = op.kind;
    std::copy(op.dims.begin(), op.dims.end(), work.dims);
    std::copy(op.constants.begin(), op.constants.end(), work.constants);
    for (std::size_t i = 0; i < inputs.size(); ++i) work.in[i] = inputs[i].data();
    for (std::size_t i = 0; i < outputs.size(); ++i) work.out[i] = outputs[i].data();

    // Waking the others takes some ten microseconds, as long as one core needs for this much.
    constexpr double kTooSmall = 5e4;
    const std::size_t parts = flops(op) < kTooSmall ? 1 : crew_.size();
    const auto run_part = [&](std::size_t index) {
      const repops::StandardEnvironment environment;  // of whichever thread this is
      float* const scratch = scratch_.data()->numbers.data() + index * repops::kScratch;
      kernels_(work, {index, parts, scratch});
    };
    if (parts == 1) return run_part(0);
    crew_.run(run_part);
  }

 private:
  /// A cache line.
  struct alignas(64) Line {
    std::array<float, 16> numbers;
  };

  repops::Kernels kernels_;
  repops::Crew crew_;
  std::vector<Line> scratch_;
};

}  // namespace

std::string_view name_of(InstructionSet set) {
  switch (set) {
    case InstructionSet::Generic:
      return "generic";
    case InstructionSet::Avx2:
      return "avx2";
    case InstructionSet::Avx512:
      return "avx512";
  }
  return "unknown";
}

std::vector<InstructionSet> available_instruction_sets() {
  std::vector<InstructionSet> sets{InstructionSet::Generic};
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    sets.push_back(InstructionSet::Avx2);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) {
      sets.push_back(InstructionSet::Avx512);
    }
  }
#endif
  return sets;
}

std::unique_ptr<OperatorRunner> cpu_runner(int threads, InstructionSet set) {
  if (threads < 1) throw std::invalid_argument("a runner needs at least one thread");
  const auto sets = available_instruction_sets();
  if (std::find(sets.begin(), sets.end(), set) == sets.end()) {
    throw std::invalid_argument("this machine lacks the instruction set");
  }
  return std::make_unique<CpuRunner>(threads, set);
}

std::unique_ptr<OperatorRunner> cpu_runner(int threads) {
  return cpu_runner(threads, available_instruction_sets().back());
}

}  // namespace assay::backend
