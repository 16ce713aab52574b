#include "tests/catch.hpp"
#include "tests/gpu_backend/torch/curves.hpp"

using namespace assay::backend;

namespace {

void check_curves(const char* name, std::uint64_t steps) {
  CAPTURE(name);
  const auto exact = repops();
  const auto torch = torch_backend(TorchDevice::Cpu, 1);
  const SegmentTask task = segment(name, steps);
  const std::vector<float> expected = exact->run_segment(task, {}, false).claim.losses;
  const std::vector<double> allowed = allowed_differences(*exact, task, expected);
  REQUIRE(expected.back() < expected.front());  // or nothing was learned
  CHECK(worst_share(torch->run_segment(task, {}, false).claim.losses, expected, allowed) <= 1.0);
  // The tolerance tells: bfloat16 is another training.
  SegmentTask coarse = task;
  coarse.precision = "bf16";
  CHECK(worst_share(torch->run_segment(coarse, {}, false).claim.losses, expected, allowed) > 10.0);
}

}  // namespace

TEST_CASE("loss curves are those of the reproducible operators", "[gpu_backend]") {
  for (const char* name :
       {"mlp-tiny", "mlp-tiny-sgd", "gpt-tiny", "gpt-tiny-sgd", "resnet-tiny", "resnet-tiny-sgd"}) {
    check_curves(name, 40);
  }
}

TEST_CASE("loss curves of larger models are those of the reproducible operators",
          "[gpu_backend][slow]") {
  check_curves("mlp-1m", 20);
  check_curves("mlp-1m-sgd", 20);
  check_curves("gpt-1m", 20);
  check_curves("gpt-1m-sgd", 20);
  check_curves("resnet-300k", 10);
  check_curves("resnet-300k-sgd", 10);
}
