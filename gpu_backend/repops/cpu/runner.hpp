#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "gpu_backend/repops/operator.hpp"

namespace assay::backend {

/// What the kernels are compiled for: any machine, or the vectors of an x86-64 one.
enum class InstructionSet { Generic, Avx2, Avx512 };

/// "generic", "avx2" or "avx512".
[[nodiscard]] std::string_view name_of(InstructionSet set);

/// What this machine can run, from the narrowest to the widest.
[[nodiscard]] std::vector<InstructionSet> available_instruction_sets();

/// `cpu_runner` with one of the available instruction sets.
[[nodiscard]] std::unique_ptr<OperatorRunner> cpu_runner(int threads, InstructionSet set);

}  // namespace assay::backend
