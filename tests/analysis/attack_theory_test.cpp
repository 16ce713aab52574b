#include "analysis/report/attack_theory.hpp"

#include "tests/catch.hpp"

using namespace assay::analysis;

namespace {
/// Cost 1, reward 1.2, stake 5: the table that the sources work with.
CheatTermsOfTask textbook() {
  CheatTermsOfTask terms;
  terms.cost_usd = 1.0;
  terms.reward_usd = 1.2;
  terms.stake_usd = 5.0;
  terms.rate = 0.1;
  terms.segments = 3;
  return terms;
}
}  // namespace

TEST_CASE("the break-even of a lazy provider is cost over reward and stake", "[analysis]") {
  CHECK(*break_even_rate(textbook()) == Approx(0.1613).margin(5e-5));  // 1 / 6.2
  auto terms = textbook();
  terms.rate = *break_even_rate(terms);
  CHECK(gain_of_task_usd(terms) == Approx(0.0).margin(1e-12));
}

TEST_CASE("partial cheating repeats the published optimum", "[analysis]") {
  // Honest profit is 0.20. At q = 0.1 skipping all earns 0.58 in total; at q = 0.2 it earns less
  // than honesty, and so does every smaller share.
  auto terms = textbook();
  CHECK(1.2 - 1.0 + gain_of_task_usd(terms) == Approx(0.58));
  terms.rate = 0.2;
  for (const double share : {0.1, 0.25, 0.5, 1.0}) {
    terms.cheated = share;
    CHECK(gain_of_task_usd(terms) < 0.0);
  }
}

TEST_CASE("verifiers of the cheat's own blind an audit by their share to the number",
          "[analysis]") {
  auto terms = textbook();
  terms.colluding = 0.3;
  terms.verifiers = 3;
  CHECK(found_if_audited(terms) == Approx(1 - 0.027));
  terms.verifiers = 5;
  CHECK(found_if_audited(terms) == Approx(1 - 0.00243));
  terms.colluding = 1.0;
  CHECK_FALSE(break_even_rate(terms).has_value());
}

TEST_CASE("a verdict turns where the cost reaches what an audit takes", "[analysis]") {
  // At q = 0.2 the loss is 1.24: a cost of 1 turns at 1.24, and half of it alone at 1.48.
  auto terms = textbook();
  terms.rate = 0.2;
  CHECK(*turning_factor(terms, 1.0) == Approx(1.24));
  CHECK(*turning_factor(terms, 0.5) == Approx(1.48));
  CHECK_FALSE(turning_factor(terms, 0.0).has_value());
  // At q = 0.01 the loss is 0.062: halving half of the cost never reaches it.
  terms.rate = 0.01;
  CHECK_FALSE(turning_factor(terms, 0.5).has_value());
  CHECK(*turning_factor(terms, 1.0) == Approx(0.062));
}

TEST_CASE("sixty audits at five percent catch 95 percent", "[analysis]") {
  auto terms = textbook();
  terms.rate = 0.05;
  CHECK(caught_after(terms, 60) == Approx(0.9539).margin(5e-5));
  terms.rate = 0.01;
  CHECK(caught_after(terms, 100) == Approx(0.6340).margin(5e-5));
}
