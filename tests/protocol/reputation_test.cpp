#include "protocol/reputation/reputation.hpp"

#include "tests/catch.hpp"

namespace assay::protocol {
namespace {

constexpr IdentityId kNova{3};

ExponentialAverage average(Share weight, Share start, Share minimum,
                           Share handed_back = percent(70)) {
  ExponentialAverage::Params params;
  params.weight = weight;
  params.start = start;
  params.minimum = minimum;
  params.handed_back = handed_back;
  return ExponentialAverage(params);
}

/// Accepted jobs until an identity that starts at zero is trusted.
int jobs_to_climb(Share weight, Share minimum) {
  const ExponentialAverage reputation = average(weight, Share{0}, minimum);
  const std::unique_ptr<Memory> memory = reputation.memory();
  int jobs = 0;
  while (!reputation.trusted(*memory, kNova)) {
    reputation.learn(*memory, kNova, LeaseOutcome::Accepted);
    ++jobs;
  }
  return jobs;
}

TEST_CASE("a score climbs from zero in the number of jobs that the closed form gives",
          "[protocol]") {
  // V33: ceil(ln(1 - rho) / ln(1 - a)). a = 0.1, rho = 0.9: ln 0.1 / ln 0.9 = 21.85.
  CHECK(jobs_to_climb(percent(10), percent(90)) == 22);
  // a = 0.5: after j jobs the score is 1 - 2^-j, in these digits exactly.
  CHECK(jobs_to_climb(percent(50), percent(75)) == 2);
  CHECK(jobs_to_climb(percent(50), Share{750'000'001}) == 3);
  // a = 0.05, rho = 0.8: ln 0.2 / ln 0.95 = 31.38.
  CHECK(jobs_to_climb(percent(5), percent(80)) == 32);
  CHECK(jobs_to_climb(percent(100), percent(100)) == 1);
  CHECK(jobs_to_climb(percent(10), percent(0)) == 0);
}

TEST_CASE("outcomes move the score, and only that of their identity", "[protocol]") {
  // Start 0.8, weight 0.5: a conviction halves it to 0.4, a hand-back then makes (0.4 + 0.6) / 2.
  const ExponentialAverage reputation = average(percent(50), percent(80), percent(50), percent(60));
  const std::unique_ptr<Memory> memory = reputation.memory();
  CHECK(reputation.trusted(*memory, kNova));
  reputation.learn(*memory, kNova, LeaseOutcome::Convicted);
  CHECK_FALSE(reputation.trusted(*memory, kNova));
  CHECK(reputation.trusted(*memory, IdentityId{0}));
  CHECK(reputation.trusted(*memory, IdentityId{99}));
  reputation.learn(*memory, kNova, LeaseOutcome::HandedBack);
  CHECK(reputation.trusted(*memory, kNova));  // exactly the minimum
  reputation.learn(*memory, kNova, LeaseOutcome::Convicted);
  CHECK_FALSE(reputation.trusted(*memory, kNova));
  reputation.learn(*memory, kNova, LeaseOutcome::Accepted);
  CHECK(reputation.trusted(*memory, kNova));
}

TEST_CASE("a memory is copied, saved and loaded", "[protocol]") {
  const ExponentialAverage reputation = average(percent(50), percent(80), percent(50));
  const std::unique_ptr<Memory> memory = reputation.memory();
  reputation.learn(*memory, kNova, LeaseOutcome::Convicted);
  const std::unique_ptr<Memory> copy = memory->clone();
  reputation.learn(*memory, kNova, LeaseOutcome::Accepted);
  CHECK(reputation.trusted(*memory, kNova));
  CHECK_FALSE(reputation.trusted(*copy, kNova));
  sim::ByteWriter writer;
  copy->save(writer);
  sim::ByteReader reader(writer.bytes());
  memory->load(reader);
  CHECK(reader.at_end());
  CHECK_FALSE(reputation.trusted(*memory, kNova));
}

TEST_CASE("without reputation everybody is trusted", "[protocol]") {
  const NoReputation none{{}};
  const std::unique_ptr<Memory> memory = none.memory();
  none.learn(*memory, kNova, LeaseOutcome::Convicted);
  CHECK(none.trusted(*memory->clone(), kNova));
}

}  // namespace
}  // namespace assay::protocol
