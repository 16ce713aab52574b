#include "gpu_backend/repops/operator.hpp"

#include <limits>
#include <set>
#include <stdexcept>
#include <string_view>

#include "tests/catch.hpp"

namespace assay::backend {
namespace {

using Sizes = std::vector<std::size_t>;

TEST_CASE("every operator has a name of its own", "[gpu_backend]") {
  std::set<std::string_view> names;
  for (auto kind = OperatorKind::Embedding; kind <= OperatorKind::PatchesBackward;
       kind = static_cast<OperatorKind>(static_cast<std::uint32_t>(kind) + 1)) {
    names.insert(name_of(kind));
  }
  CHECK(names.size() == 25);
  CHECK(names.count("unknown") == 0);
  CHECK(name_of(OperatorKind::AttentionMixBackward) == "attention-mix-backward");
  CHECK(name_of(OperatorKind{0}) == "unknown");
  CHECK(name_of(OperatorKind{26}) == "unknown");
}

TEST_CASE("sizes and work follow from the dimensions", "[gpu_backend]") {
  const Operator linear{OperatorKind::Linear, {2, 3, 5, 0, 0, 0}, {}};
  CHECK(input_sizes(linear) == Sizes{6, 15, 5});
  CHECK(output_sizes(linear) == Sizes{10});
  CHECK(flops(linear) == 2 * 2 * 3 * 5 + 2 * 5);
  const Operator transposed{OperatorKind::MatmulTN, {2, 3, 5, 0, 0, 0}, {}};
  CHECK(input_sizes(transposed) == Sizes{10, 15});
  CHECK(output_sizes(transposed) == Sizes{6});
  const Operator attention{OperatorKind::AttentionMixBackward, {2, 3, 8, 4, 0, 0}, {}};
  CHECK(input_sizes(attention) == Sizes{48, 72, 144});
  CHECK(output_sizes(attention) == Sizes{72, 48});
  const Operator adamw{OperatorKind::AdamW, {7, 0, 0, 0, 0, 0}, {1e-3f, 0.9f, 0.95f, 1e-8f, 0.1f}};
  CHECK(input_sizes(adamw) == Sizes{7, 7, 7, 7, 2});
  CHECK(output_sizes(adamw) == Sizes{7, 7, 7});
  // Every second of 5 points is 3 on a side.
  const Operator patches{OperatorKind::Patches, {2, 5, 4, 3, 2, 0}, {}};
  CHECK(input_sizes(patches) == Sizes{2 * 5 * 5 * 4});
  CHECK(output_sizes(patches) == Sizes{2 * 3 * 3 * 3 * 3 * 4});
}

TEST_CASE("an operator that cannot be is refused", "[gpu_backend]") {
  const auto refused = [](const Operator& op) {
    CHECK_THROWS_AS(input_sizes(op), std::invalid_argument);
    CHECK_THROWS_AS(flops(op), std::invalid_argument);
  };
  refused({OperatorKind{0}, {1, 1, 1, 1, 0, 0}, {}});
  refused({OperatorKind{26}, {1, 1, 1, 1, 0, 0}, {}});
  refused({OperatorKind::Linear, {2, 0, 5, 0, 0, 0}, {}});
  refused({OperatorKind::Linear, {2, 3, 5, 1, 0, 0}, {}});        // one dimension too many
  refused({OperatorKind::Add, {3, 0, 0, 0, 0, 0}, {1.0f}});       // one constant too many
  refused({OperatorKind::Add, {3, 0, 0, 0, 0, 0}, {-0.0f}});      // hashes unlike 0
  refused({OperatorKind::AttentionMix, {1, 4, 6, 4, 0, 0}, {}});  // 4 heads of 6 channels
  refused({OperatorKind::AttentionMix, {1, 4, 6, 0, 0, 0}, {}});  // no heads
  refused({OperatorKind::Softmax, {2, 4, 5, 0, 0, 0}, {}});       // a period beyond the row
  refused({OperatorKind::Patches, {1, 4, 1, 2, 1, 0}, {}});       // a patch without a middle
  refused({OperatorKind::Patches, {1, 4, 1, 3, 0, 0}, {}});       // no distance
  refused({OperatorKind::PatchesBackward, {1, 0, 1, 3, 1, 0}, {}});
  refused({OperatorKind::Embedding, {1, 1, (1u << 24) + 1, 1, 0, 0}, {}});
  refused({OperatorKind::Scale, {1, 0, 0, 0, 0, 0}, {std::numeric_limits<float>::infinity()}});
  refused({OperatorKind::Add, {(1u << 31) + 1, 0, 0, 0, 0, 0}, {}});
  refused({OperatorKind::MatmulNT, {1u << 16, 1u << 16, 1, 0, 0, 0}, {}});
  // The product of these four does not fit 64 bits.
  refused({OperatorKind::AttentionMix, {~0u, ~0u, 1, 1, 0, 0}, {}});

  CHECK(input_sizes({OperatorKind::Softmax, {2, 4, 4, 0, 0, 0}, {}}) == Sizes{8});
  CHECK(input_sizes({OperatorKind::Add, {1u << 31, 0, 0, 0, 0, 0}, {}}).size() == 2);
}

TEST_CASE("tensors of other sizes are refused before anything is read", "[gpu_backend]") {
  const Operator add{OperatorKind::Add, {3, 0, 0, 0, 0, 0}, {}};
  const std::vector<float> three(3, 1.0f);
  std::vector<float> sum(3);
  const auto run = [&](std::vector<Input> inputs, std::vector<Output> outputs) {
    reference_runner()->run(add, inputs, outputs);
  };
  run({three, three}, {sum});
  CHECK(sum == std::vector<float>(3, 2.0f));
  CHECK_THROWS_AS(run({three}, {sum}), std::invalid_argument);
  CHECK_THROWS_AS(run({three, three}, {sum, sum}), std::invalid_argument);
  CHECK_THROWS_WITH(run({three, Input(three).first(2)}, {sum}),
                    "add: input 1 has 2 elements, expected 3");
  CHECK_THROWS_WITH(run({three, three}, {Output(sum).first(1)}),
                    "add: output 0 has 1 elements, expected 3");
}

}  // namespace
}  // namespace assay::backend
