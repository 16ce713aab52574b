#pragma once

#include <optional>
#include <vector>

#include "analysis/search/bracket.hpp"
#include "analysis/tuning/tune.hpp"

/// What the tests of a search say of the whole range of a parameter.
namespace assay::analysis {

/// Values of one parameter from one to another.
struct Stretch {
  double low = 0.0;
  double high = 0.0;
};

/// Where a constraint has this answer: between two neighbouring tests that have it, it is taken to
/// hold.
[[nodiscard]] std::vector<Stretch> stretches(const Bracket& bracket, Answer answer);

/// What lies in a stretch of either.
[[nodiscard]] std::vector<Stretch> both(const std::vector<Stretch>& a,
                                        const std::vector<Stretch>& b);

/// The first place of a range that no stretch covers; none where all is covered. Of whole numbers
/// nothing lies between neighbours.
[[nodiscard]] std::optional<Stretch> uncovered(std::vector<Stretch> all,
                                               const VariedParameter& range);

}  // namespace assay::analysis
