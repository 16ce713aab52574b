// The weights after 1, 10 and 100 steps have the bits of golden_weights.txt, whatever runner and
// compiler. After a change of what a step is:
// build/release/tests/gpu_backend_tests "[.write-golden-weights]" writes the file again.
#include "tests/gpu_backend/training/golden_weights.hpp"

#include <fstream>
#include <string>

#include "gpu_backend/repops/cpu/runner.hpp"
#include "tests/catch.hpp"
#include "tests/gpu_backend/golden.hpp"

using namespace assay;
using namespace assay::backend;

namespace {

const std::string kFile = "training/golden_weights.txt";

}  // namespace

TEST_CASE("the reference trains to the golden weights", "[training]") {
  const auto expected = read_golden(kFile);
  REQUIRE(expected.size() == 18);
  CHECK(train_to_golden(*reference_runner()) == expected);
}

TEST_CASE("the vectors train to the golden weights on any number of threads", "[training]") {
  for (const InstructionSet set : available_instruction_sets()) {
    // Without an instruction for a fused multiply-add it would take a minute; golden_test.cpp
    // compares that set operator by operator.
    if (set == InstructionSet::Generic) continue;
    for (const int threads : {1, 2}) {
      CAPTURE(name_of(set), threads);
      CHECK(train_to_golden(*cpu_runner(threads, set)) == read_golden(kFile));
    }
  }
}

TEST_CASE("writes the golden weights", "[.write-golden-weights]") {
  std::ofstream file(ASSAY_SOURCE_DIR "/tests/gpu_backend/" + kFile);
  file << "# SHA-256 of the weights after so many steps with seed " << kGoldenSeed
       << "; written by gpu_backend_tests \"[.write-golden-weights]\".\n";
  for (const auto& [what, digest] : train_to_golden(*reference_runner()))
    file << what << ' ' << digest << '\n';
  REQUIRE(file.flush());
}
