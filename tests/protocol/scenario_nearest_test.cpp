#include "protocol/scenario/nearest.hpp"
#include "tests/catch.hpp"

namespace assay::protocol {
namespace {

TEST_CASE("the edit distance counts insertions, deletions, changes and swaps", "[protocol]") {
  CHECK(edit_distance("rate", "rate") == 0);
  CHECK(edit_distance("rat", "rate") == 1);
  CHECK(edit_distance("raate", "rate") == 1);
  CHECK(edit_distance("rbte", "rate") == 1);
  CHECK(edit_distance("arte", "rate") == 1);
  // The restricted form edits no substring twice: swap, then insert between, are three edits.
  CHECK(edit_distance("ca", "abc") == 3);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("Spot_Check", "spot-check") == 0);
}

TEST_CASE("only a name that may be meant is proposed", "[protocol]") {
  const std::vector<std::string> names = {"rate", "segments", "verifiers", "GeForce RTX 3060"};
  CHECK(nearest("rte", names) == "rate");
  CHECK(nearest("segmnets", names) == "segments");
  CHECK(nearest("verifier", names) == "verifiers");
  CHECK(nearest("rtx 3060", names) == "GeForce RTX 3060");
  CHECK(nearest("banana", names) == std::nullopt);
  // A third of the letters, and one more; the third edit is a swap, which skips a row.
  CHECK(nearest("xegmenzst", names) == "segments");
  CHECK(nearest("xegmezzst", names) == std::nullopt);
  CHECK(nearest("", names) == std::nullopt);
  CHECK(nearest(std::string(100'000, 'a'), names) == std::nullopt);
  CHECK(did_you_mean("ratee", names) == " (did you mean 'rate'?)");
  CHECK(did_you_mean("zzz", names).empty());
}

}  // namespace
}  // namespace assay::protocol
