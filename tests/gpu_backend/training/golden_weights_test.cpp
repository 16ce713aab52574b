// The weights after 1, 10 and 100 steps have the bits of golden_weights.txt, whatever runner and
// compiler. After a change of what a step is:
// build/release/tests/gpu_backend_tests "[.write-golden-weights]" writes the file again.
#include <fstream>
#include <map>
#include <memory>
#include <string>

#include "gpu_backend/training/trainer.hpp"
#include "sim/digest.hpp"
#include "tests/catch.hpp"

using namespace assay;
using namespace assay::backend;

namespace {

const std::string kFile = ASSAY_SOURCE_DIR "/tests/gpu_backend/training/golden_weights.txt";
constexpr std::uint64_t kSeed = 1;

/// SHA-256 of the parameters, one after the other, fp32 in little endian.
std::string weights_digest(const Workload& workload, const State& state) {
  sim::Digest digest;
  for (std::size_t p = 0; p < parameters(workload).size(); ++p) {
    digest.update(std::as_bytes(std::span(state.tensors[p])));
  }
  return sim::hex(digest.finish());
}

/// "workload steps" -> digest.
std::map<std::string, std::string> train(OperatorRunner& runner) {
  std::map<std::string, std::string> digests;
  for (const char* name : {"mlp-tiny", "mlp-tiny-sgd", "gpt-tiny", "gpt-tiny-sgd"}) {
    Trainer trainer(workload(name), kSeed, runner);
    State state = initial_state(trainer.workload(), kSeed);
    while (state.step < 100) {
      state = trainer.step(std::move(state)).state;
      if (state.step == 1 || state.step == 10 || state.step == 100) {
        digests[name + std::string(" ") + std::to_string(state.step)] =
            weights_digest(trainer.workload(), state);
      }
    }
  }
  return digests;
}

std::map<std::string, std::string> golden() {
  std::map<std::string, std::string> digests;
  std::ifstream file(kFile);
  for (std::string line; std::getline(file, line);) {
    const std::size_t split = line.rfind(' ');
    if (line.starts_with("#") || split == std::string::npos) continue;
    digests[line.substr(0, split)] = line.substr(split + 1);
  }
  return digests;
}

}  // namespace

TEST_CASE("the reference trains to the golden weights", "[training]") {
  const auto expected = golden();
  REQUIRE(expected.size() == 12);
  CHECK(train(*reference_runner()) == expected);
}

TEST_CASE("the vectors train to the golden weights on any number of threads", "[training]") {
  for (const int threads : {1, 2, 3}) {
    CAPTURE(threads);
    CHECK(train(*cpu_runner(threads)) == golden());
  }
}

TEST_CASE("writes the golden weights", "[.write-golden-weights]") {
  std::ofstream file(kFile);
  file << "# SHA-256 of the weights after so many steps with seed " << kSeed
       << "; written by gpu_backend_tests \"[.write-golden-weights]\".\n";
  for (const auto& [what, digest] : train(*reference_runner()))
    file << what << ' ' << digest << '\n';
  REQUIRE(file.flush());
}
