#include <stdexcept>

#include "gpu_backend/repops/cpu/runner.hpp"
#include "tests/catch.hpp"
#include "tests/gpu_backend/repops/cases.hpp"

namespace assay::backend {
namespace {

/// An operator of any kind and shape, with inputs of any flavour.
Case random_case(std::uint64_t seed) {
  sim::Draws draws(seed, 1, 0);
  const auto size = [&](std::uint64_t most) {
    return static_cast<std::uint32_t>(1 + draws.below(draws.below(4) == 0 ? 5 * most : most));
  };
  Operator op;
  op.kind = static_cast<OperatorKind>(1 + draws.below(25));
  switch (op.kind) {
    case OperatorKind::Embedding:
    case OperatorKind::EmbeddingBackward:
      op.dims = {size(40), size(40), size(20), size(20)};
      break;
    case OperatorKind::Linear:
    case OperatorKind::MatmulNT:
    case OperatorKind::MatmulTN:
      op.dims = {size(60), size(60), size(60)};
      break;
    case OperatorKind::ColumnSum:
    case OperatorKind::LayerNorm:
    case OperatorKind::LayerNormBackward:
    case OperatorKind::CrossEntropy:
    case OperatorKind::CrossEntropyBackward:
      op.dims = {size(50), size(50)};
      break;
    case OperatorKind::AttentionScores:
    case OperatorKind::AttentionScoresBackward:
    case OperatorKind::AttentionMix:
    case OperatorKind::AttentionMixBackward: {
      const auto heads = static_cast<std::uint32_t>(1 + draws.below(4));
      op.dims = {static_cast<std::uint32_t>(1 + draws.below(3)), size(30), heads * size(8), heads};
      break;
    }
    case OperatorKind::Softmax:
    case OperatorKind::SoftmaxBackward: {
      const std::uint32_t columns = size(50);
      op.dims = {size(30), columns, static_cast<std::uint32_t>(draws.below(columns + 1))};
      break;
    }
    case OperatorKind::Patches:
    case OperatorKind::PatchesBackward:
      op.dims = {static_cast<std::uint32_t>(1 + draws.below(3)), size(8), size(20),
                 static_cast<std::uint32_t>(1 + 2 * draws.below(3)),
                 static_cast<std::uint32_t>(1 + draws.below(4))};
      break;
    default:
      op.dims = {size(2000)};
  }
  // As many constants as the kind has: it refuses any more.
  for (float& constant : op.constants) {
    constant = static_cast<float>(0.5 + draws.uniform() / 4);
    try {
      (void)output_sizes(op);
    } catch (const std::invalid_argument&) {
      constant = 0.0f;
      break;
    }
  }
  return {op, static_cast<Flavour>(draws.below(3))};
}

TEST_CASE("on operators of any shape the vectors give the bits of the loops", "[gpu_backend]") {
  const auto reference = reference_runner();
  std::vector<std::unique_ptr<OperatorRunner>> runners;
  for (const InstructionSet set : available_instruction_sets()) {
    for (const int threads : {1, 3}) runners.push_back(cpu_runner(threads, set));
  }
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    const Case item = random_case(seed);
    const std::string expected = digest_of(*reference, item);
    for (std::size_t i = 0; i < runners.size(); ++i) {
      CAPTURE(seed, name_of(item), i);
      REQUIRE(digest_of(*runners[i], item) == expected);
    }
  }
}

TEST_CASE("a runner without threads or instructions is refused", "[gpu_backend]") {
  CHECK_THROWS_AS(cpu_runner(0), std::invalid_argument);
  CHECK_THROWS_AS(cpu_runner(-1, InstructionSet::Generic), std::invalid_argument);
  CHECK_THROWS_AS(cpu_runner(1, static_cast<InstructionSet>(9)), std::invalid_argument);
  CHECK(available_instruction_sets().front() == InstructionSet::Generic);
  CHECK(name_of(InstructionSet::Avx2) == "avx2");
}

}  // namespace
}  // namespace assay::backend
