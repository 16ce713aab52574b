#include "analysis/tuning/stretch.hpp"

#include "tests/catch.hpp"

namespace assay::analysis {
namespace {

using Ends = std::vector<std::pair<double, double>>;

Ends ends(const std::vector<Stretch>& stretches) {
  Ends all;
  for (const Stretch& one : stretches) all.emplace_back(one.low, one.high);
  return all;
}

/// Tests in the order in which a search made them.
Bracket tested(const std::vector<std::pair<double, Answer>>& answers) {
  Bracket bracket;
  for (const auto& [x, answer] : answers) {
    Tested step;
    step.x = x;
    step.answer = answer;
    bracket.steps.push_back(step);
  }
  return bracket;
}

std::optional<std::pair<double, double>> gap(std::vector<Stretch> all, bool whole) {
  const VariedParameter range{"verification.segments", 1.0, 10.0, "", whole};
  const auto found = uncovered(std::move(all), range);
  if (!found) return std::nullopt;
  return std::pair(found->low, found->high);
}

}  // namespace

TEST_CASE("an answer holds between neighbouring tests, and not across another one", "[analysis]") {
  const Bracket bracket = tested({{9.0, Answer::Fails},
                                  {1.0, Answer::Fails},
                                  {6.0, Answer::Holds},
                                  {3.0, Answer::Fails},
                                  {4.0, Answer::Undecided},
                                  {5.0, Answer::Holds}});
  CHECK(ends(stretches(bracket, Answer::Fails)) == Ends{{1.0, 3.0}, {9.0, 9.0}});
  CHECK(ends(stretches(bracket, Answer::Holds)) == Ends{{5.0, 6.0}});
  CHECK(ends(stretches(bracket, Answer::Undecided)) == Ends{{4.0, 4.0}});
}

TEST_CASE("what two constraints allow is where both hold", "[analysis]") {
  CHECK(ends(both({{1.0, 4.0}, {6.0, 9.0}}, {{3.0, 7.0}})) == Ends{{3.0, 4.0}, {6.0, 7.0}});
  CHECK(ends(both({{1.0, 4.0}}, {{4.0, 9.0}})) == Ends{{4.0, 4.0}});
  CHECK(both({{1.0, 4.0}}, {{5.0, 9.0}}).empty());
}

TEST_CASE("a range is covered or has a first place that is not", "[analysis]") {
  using Gap = std::pair<double, double>;
  CHECK_FALSE(gap({{4.0, 10.0}, {1.0, 4.0}}, false));
  CHECK(gap({{5.0, 10.0}, {1.0, 4.0}}, false) == Gap{4.0, 5.0});
  CHECK(gap({{2.0, 10.0}}, false) == Gap{1.0, 2.0});
  CHECK(gap({{1.0, 8.0}}, false) == Gap{8.0, 10.0});
  CHECK(gap({}, false) == Gap{1.0, 10.0});
  // Between four and five lies no whole number.
  CHECK_FALSE(gap({{5.0, 10.0}, {1.0, 4.0}}, true));
  CHECK(gap({{5.0, 10.0}, {1.0, 3.0}}, true) == Gap{3.0, 5.0});
  // A place of the range, not the one before it.
  CHECK(gap({{3.0, 10.0}}, true) == Gap{1.0, 3.0});
}

}  // namespace assay::analysis
