#include <memory>

#include "gpu_backend/backend.hpp"
#include "tests/catch.hpp"

using namespace assay::backend;

namespace {

/// Carries out operators and counts them.
class CountingRunner final : public OperatorRunner {
 public:
  explicit CountingRunner(std::uint64_t& count) : count_(count) {}
  void run(const Operator& op, std::span<const Input> inputs,
           std::span<const Output> outputs) override {
    ++count_;
    runner_->run(op, inputs, outputs);
  }

 private:
  std::uint64_t& count_;
  std::unique_ptr<OperatorRunner> runner_ = cpu_runner(1);
};

std::unique_ptr<StepBackend> counting_backend(std::uint64_t& count) {
  return repops_backend({"counting", "this machine", 1, 0},
                        std::make_unique<CountingRunner>(count));
}

SegmentTask task_of(std::uint64_t seed) {
  SegmentTask task;
  task.workload = "mlp-tiny";
  task.seed = seed;
  task.steps = 4;
  task.interval = 2;
  return task;
}

Hash steps_root(Party& party) {
  return std::get<StepsCommitment>(*party.answer(CommitSteps{1})).root;
}

}  // namespace

TEST_CASE("who stands by a segment does not train it again to know what it claims",
          "[gpu_backend]") {
  std::uint64_t count = 0;
  const auto backend = counting_backend(count);
  const SegmentTask task = task_of(1);
  const Hash root = backend->run_segment(task, {}, false).claim.root;
  const std::uint64_t trained = count;
  REQUIRE(trained > 0);
  const auto party = backend->party(task);
  CHECK(count == trained);

  // It answers like one that had to train, in another process.
  std::uint64_t elsewhere = 0;
  const auto other = counting_backend(elsewhere);
  const auto fresh = other->party(task);
  CHECK(elsewhere == trained);
  CHECK(steps_root(*party) == steps_root(*fresh));
  CHECK(other->run_segment(task, {}, false).claim.root == root);

  // A claim is known for its own task alone, and only so many are kept.
  count = 0;
  static_cast<void>(backend->party(task_of(2)));
  CHECK(count > 0);
  for (std::uint64_t seed = 100; seed < 164; ++seed) {
    static_cast<void>(backend->run_segment(task_of(seed), {}, false));
  }
  count = 0;
  static_cast<void>(backend->party(task));
  CHECK(count == trained);
}
