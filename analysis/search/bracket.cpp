#include "analysis/search/bracket.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/check.hpp"

namespace assay::analysis {
namespace {

class Search {
 public:
  Search(const Constraint& constraint, const BracketOptions& options)
      : constraint_(constraint), options_(options) {
    SIM_CHECK(options.low < options.high && options.steps >= 2 && options.precision > 0.0);
  }

  Bracket run() {
    const Answer at_low = test(options_.low);
    const Answer at_high = test(options_.high);
    if (at_low == Answer::Holds && at_high == Answer::Holds) {
      bracket_.ending = BracketEnding::HoldsEverywhere;
    } else if (at_low == Answer::Holds || at_high == Answer::Holds) {
      search_from_end(at_high == Answer::Holds ? HoldsFrom::RootUp : HoldsFrom::RootDown);
    } else {
      search_between();
    }
    return bracket_;
  }

 private:
  /// One end holds. Where the other cannot be told, it is taken to lie by the root.
  void search_from_end(HoldsFrom way) {
    const double holds = way == HoldsFrom::RootUp ? options_.high : options_.low;
    const double other = way == HoldsFrom::RootUp ? options_.low : options_.high;
    const bool fails = answer_at(other) == Answer::Fails;
    if (fails && options_.holds_from && *options_.holds_from != way) {
      bracket_.ending = BracketEnding::WrongWay;
      return;
    }
    narrow(other, holds, options_.steps);
    if (answer_at(bracket_.fails) != Answer::Fails) {
      bracket_.ending = BracketEnding::EndUndecided;
      return;
    }
    bracket_.ending = precise() ? BracketEnding::Precise : BracketEnding::Undecided;
    bracket_.root = guess();
  }

  /// Neither end holds. A metric need not move one way: it may hold somewhere between.
  void search_between() {
    const auto holds = probe();
    if (!holds) {
      const bool all_fail =
          std::all_of(bracket_.steps.begin(), bracket_.steps.end(),
                      [](const Tested& step) { return step.answer == Answer::Fails; });
      bracket_.ending = all_fail ? BracketEnding::FailsEverywhere : BracketEnding::EndUndecided;
      return;
    }
    double below = options_.low;
    double above = options_.high;
    for (const Tested& step : bracket_.steps) {
      if (step.x < *holds) below = std::max(below, step.x);
      if (step.x > *holds) above = std::min(above, step.x);
    }
    const int used = static_cast<int>(bracket_.steps.size());
    narrow(below, *holds, used + (options_.steps - used) / 2);
    narrow(above, *holds, options_.steps);
    bracket_.ending = BracketEnding::HoldsBetween;
  }

  /// Tests the middle and the quarters of the range; the first of them that holds.
  std::optional<double> probe() {
    bracket_.fails = options_.low;
    bracket_.holds = options_.high;
    if (options_.high - options_.low <= options_.grid * 1.001) return std::nullopt;
    const bool many_times = options_.low > 0.0 && options_.high > 4 * options_.low;
    for (const double part : {0.5, 0.25, 0.75}) {
      const double x =
          on_grid(many_times ? options_.low * std::pow(options_.high / options_.low, part)
                             : options_.low + part * (options_.high - options_.low));
      if (steps_left() && bracket_.step_at(x) == nullptr && test(x) == Answer::Holds) return x;
    }
    return std::nullopt;
  }

  [[nodiscard]] Answer answer_at(double x) const { return bracket_.step_at(x)->answer; }

  Answer test(double x) {
    bracket_.steps.push_back(
        test_constraint(constraint_, x, options_.alpha / options_.steps, options_.looks));
    return bracket_.steps.back().answer;
  }

  [[nodiscard]] bool precise() const {
    const double low = std::min(bracket_.fails, bracket_.holds);
    const double high = std::max(bracket_.fails, bracket_.holds);
    const double wanted = options_.precision * std::max(std::abs(low), std::abs(high));
    return high - low <= std::max(wanted, options_.grid * 1.001);
  }
  [[nodiscard]] bool steps_left() const {
    return static_cast<int>(bracket_.steps.size()) < allowed_;
  }

  /// Brings the ends together with no more than `allowed` tests of the search: `fails` does not
  /// hold, `holds` does. Far from the root a test is cheap and halves the bracket; near it, tests a
  /// little to either side of where the means say the root is close the bracket with fewer dear
  /// ones.
  void narrow(double fails, double holds, int allowed) {
    constexpr int kMostUndecided = 6;
    bracket_.fails = fails;
    bracket_.holds = holds;
    allowed_ = allowed;
    const bool open = answer_at(fails) == Answer::Undecided;
    pivot_ = open ? std::optional(fails) : std::nullopt;
    undecided_ = open ? 2 : 0;  // one such test has shown what the noise hides
    while (!precise() && steps_left() && undecided_ < kMostUndecided && !as_close_as_noise()) {
      const double x = on_grid(next());
      if (bracket_.step_at(x) != nullptr) break;
      switch (test(x)) {
        case Answer::Holds:
          bracket_.holds = x;
          break;
        case Answer::Fails:
          bracket_.fails = x;
          break;
        case Answer::Undecided:
          // It took the most observations and lies near the root: the best place to guess from.
          pivot_ = x;
          ++undecided_;
          break;
      }
    }
  }

  /// How far from the root to test: just inside the precision wanted, until two tests have shown
  /// that the noise hides that much; then as far as a test with the most observations can see.
  [[nodiscard]] double reach(double wanted) const {
    if (undecided_ < 2) return 0.45 * wanted;
    const Tested& near = *bracket_.step_at(*pivot_);
    const auto& interval = near.parts[near.worst].estimate.interval;
    const double seen = interval ? 1.5 * interval->half_width() / std::abs(slope()) : 0.0;
    return std::max(0.45 * wanted, seen);
  }

  /// Whether both ends are as near to the root as tests can decide.
  [[nodiscard]] bool as_close_as_noise() const {
    if (undecided_ < 2) return false;
    const double high = std::max(std::abs(bracket_.fails), std::abs(bracket_.holds));
    return std::abs(bracket_.holds - bracket_.fails) <= 2.2 * reach(options_.precision * high);
  }

  [[nodiscard]] double next() const {
    const double low = std::min(bracket_.fails, bracket_.holds);
    const double high = std::max(bracket_.fails, bracket_.holds);
    const double wanted = options_.precision * std::max(std::abs(low), std::abs(high));
    if (high - low <= 32 * wanted || pivot_) {
      const double at = guess();
      const double above = at + reach(wanted);
      const double below = at - reach(wanted);
      const auto useful = [&](double x) {
        return low < x && x < high && bracket_.step_at(x) == nullptr;
      };
      // First the side of the guess on which more of the bracket lies.
      const bool upper_first = high - at > at - low;
      if (useful(upper_first ? above : below)) return upper_first ? above : below;
      if (useful(upper_first ? below : above)) return upper_first ? below : above;
    }
    const bool many_times = low > 0.0 && high > 4 * low;
    return many_times ? std::sqrt(low * high) : (low + high) / 2;
  }

  /// The point of the grid next to x, between the ends of the bracket; without a grid x with no
  /// more digits than its precision asks for, so that answers can be read.
  [[nodiscard]] double on_grid(double x) const {
    const double step = options_.grid;
    const double low = std::min(bracket_.fails, bracket_.holds);
    const double high = std::max(bracket_.fails, bracket_.holds);
    if (step <= 0.0) {
      if (x == 0.0) return x;
      const double digits = std::ceil(-std::log10(options_.precision)) + 2.0;
      const double unit = std::pow(10.0, std::floor(std::log10(std::abs(x))) + 1.0 - digits);
      const double short_x = std::round(x / unit) * unit;
      return low < short_x && short_x < high ? short_x : x;
    }
    const double near = options_.low + std::round((x - options_.low) / step) * step;
    return std::clamp(near, low + step, high - step);
  }

  /// Where the root is by the best that is known.
  [[nodiscard]] double guess() const {
    if (!pivot_) return secant();
    const double at = *pivot_ - (mean_at(*pivot_) - constraint_.limit) / slope();
    const double low = std::min(bracket_.fails, bracket_.holds);
    const double high = std::max(bracket_.fails, bracket_.holds);
    return low < at && at < high ? at : *pivot_;
  }

  /// Of the worst mean, over the bracket.
  [[nodiscard]] double slope() const {
    return (mean_at(bracket_.holds) - mean_at(bracket_.fails)) / (bracket_.holds - bracket_.fails);
  }

  /// Where the line through the worst means at both ends meets the limit; the middle where it does
  /// not meet it between them.
  [[nodiscard]] double secant() const {
    const double fails = mean_at(bracket_.fails) - constraint_.limit;
    const double holds = mean_at(bracket_.holds) - constraint_.limit;
    const double part = fails / (fails - holds);
    if (!(part >= 0.0 && part <= 1.0)) return (bracket_.fails + bracket_.holds) / 2;
    return bracket_.fails + part * (bracket_.holds - bracket_.fails);
  }
  [[nodiscard]] double mean_at(double x) const {
    const Tested* const step = bracket_.step_at(x);
    return step->parts[step->worst].estimate.value;
  }

  const Constraint& constraint_;
  const BracketOptions& options_;
  Bracket bracket_;
  std::optional<double> pivot_;   ///< the last point that stayed undecided
  int undecided_ = 0;             ///< points that did
  int allowed_ = options_.steps;  ///< tests until narrowing ends
};

}  // namespace

std::string_view name_of(BracketEnding ending) {
  static constexpr std::array<std::string_view, 7> kNames = {
      "precise",   "undecided",     "holds at both ends", "fails wherever tested",
      "wrong way", "end undecided", "holds between"};
  return kNames.at(static_cast<std::size_t>(ending));
}

const Tested* Bracket::step_at(double x) const {
  const auto step =
      std::find_if(steps.begin(), steps.end(), [x](const Tested& tested) { return tested.x == x; });
  return step == steps.end() ? nullptr : &*step;
}

Bracket find_bracket(const Constraint& constraint, const BracketOptions& options) {
  return Search(constraint, options).run();
}

}  // namespace assay::analysis
