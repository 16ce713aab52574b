// Every runner gives the bits of golden.txt, whatever compiler built it. After a change of what an
// operator is: build/release/tests/gpu_backend_tests "[.write-golden]" writes the file again.
#ifdef __SSE2__
#include <xmmintrin.h>
#endif

#include <cfenv>
#include <cmath>
#include <fstream>
#include <map>

#include "gpu_backend/repops/cpu/runner.hpp"
#include "tests/catch.hpp"
#include "tests/gpu_backend/golden.hpp"
#include "tests/gpu_backend/repops/cases.hpp"

namespace assay::backend {
namespace {

const std::string kFile = "repops/golden.txt";

void compare_with_golden(OperatorRunner& runner) {
  const auto expected = read_golden(kFile);
  const std::vector<Case> all = cases();
  REQUIRE(expected.size() == all.size());
  for (const Case& item : all) {
    const std::string name = name_of(item);
    INFO(name);
    REQUIRE(expected.count(name) == 1);
    CHECK(digest_of(runner, item) == expected.at(name));
  }
}

TEST_CASE("the reference gives the golden bits", "[gpu_backend]") {
  compare_with_golden(*reference_runner());
}

TEST_CASE("every instruction set gives the golden bits, on one thread and on two",
          "[gpu_backend]") {
  for (const InstructionSet set : available_instruction_sets()) {
    for (const int threads : {1, 2}) {
      INFO(name_of(set) << ", " << threads << " threads");
      compare_with_golden(*cpu_runner(threads, set));
    }
  }
}

/// The digest of a case for which `prepare` changes the environment of floating-point numbers, and
/// `restore` undoes it; neither is to be seen by a runner of `threads` threads (0: the reference).
template <class Prepare, class Restore>
void require_golden_in(const Case& item, int threads, Prepare prepare, Restore restore) {
  const Tensors inputs = inputs_of(item);
  prepare();
  const auto runner = threads == 0 ? reference_runner() : cpu_runner(threads);
  const Tensors outputs = outputs_of(*runner, item.op, inputs);
  restore();
  CHECK(digest_of(outputs) == read_golden(kFile).at(name_of(item)));
}

TEST_CASE("the caller's rounding does not change the bits, and stays as it was", "[gpu_backend]") {
  const Case item{{OperatorKind::Linear, {13, 300, 33}, {}}, Flavour::Plain};
  for (const int threads : {0, 1, 2}) {
    int rounding = 0;
    const auto restore = [&] {
      rounding = std::fegetround();
      std::fesetround(FE_TONEAREST);
    };
    require_golden_in(
        item, threads, [] { std::fesetround(FE_UPWARD); }, restore);
    CHECK(rounding == FE_UPWARD);
  }
}

#ifdef __SSE2__
TEST_CASE("a caller who flushes subnormal numbers gets them all the same", "[gpu_backend]") {
  const Case item{{OperatorKind::Linear, {13, 300, 33}, {}}, Flavour::Subnormal};
  const unsigned before = _mm_getcsr();
  constexpr unsigned kFlush = 0x8040;  // results to zero, inputs to zero
  for (const int threads : {0, 1, 2}) {
    unsigned after = 0;
    const auto restore = [&] {
      after = _mm_getcsr();
      _mm_setcsr(before);
    };
    require_golden_in(
        item, threads, [&] { _mm_setcsr(before | kFlush); }, restore);
    CHECK((after & kFlush) == kFlush);
  }
}
#endif

TEST_CASE("special inputs reach the outputs of every operator and do not drown them",
          "[gpu_backend]") {
  std::map<OperatorKind, std::array<std::size_t, 2>> counts;  // of finite outputs, and of others
  const auto runner = cpu_runner(1);
  for (const Case& item : cases()) {
    if (item.flavour == Flavour::Subnormal) continue;
    for (const auto& output : outputs_of(*runner, item.op, inputs_of(item))) {
      for (const float value : output) {
        if (item.flavour == Flavour::Special) ++counts[item.op.kind][std::isfinite(value) ? 0 : 1];
        if (item.flavour == Flavour::Plain) REQUIRE(std::isfinite(value));
      }
    }
  }
  CHECK(counts.size() == 25);
  for (const auto& [kind, count] : counts) {
    INFO(name_of(kind));
    CHECK(count[0] > 0);
    CHECK(count[1] > 0);
  }
}

TEST_CASE("writes golden.txt", "[.write-golden]") {
  std::ofstream file(ASSAY_SOURCE_DIR "/tests/gpu_backend/" + kFile);
  file << "# SHA-256 of the outputs of the operators in cases.hpp, by plain loops. Written by\n"
          "# build/release/tests/gpu_backend_tests \"[.write-golden]\"\n";
  const auto runner = reference_runner();
  for (const Case& item : cases()) {
    file << name_of(item) << ' ' << digest_of(*runner, item) << '\n';
  }
  REQUIRE(file.flush());
}

}  // namespace
}  // namespace assay::backend
