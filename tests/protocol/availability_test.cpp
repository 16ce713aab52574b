#include <algorithm>
#include <cmath>

#include "protocol/availability/alternating_renewal.hpp"
#include "protocol/availability/always.hpp"
#include "protocol/availability/daily_windows.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/data_files.hpp"
#include "tests/protocol/market_fixture.hpp"

using namespace assay;
using namespace assay::protocol;
using namespace std::chrono_literals;

namespace {

constexpr Chance kChance{20'261'121};
constexpr std::uint64_t kMembers = 20'000;

AlternatingRenewal population(const std::string& name) {
  AlternatingRenewal::Params params;
  params.laws = data_file("availability_laws.csv");
  params.population = name;
  return AlternatingRenewal(params);
}

/// Whether the identity is up at `at`, by walking over its intervals.
bool is_up(const Availability& law, std::uint64_t identity, sim::SimDuration at) {
  sim::SimDuration begin{};
  for (std::uint32_t k = 0;; ++k) {
    const Availability::Interval interval = law.interval(kChance, identity, k, 0);
    if (interval.length > at - begin) return interval.up;
    begin += interval.length;
  }
}

/// Fails beyond four standard errors of a share of `n` independent members: a false alarm in one
/// of 16,000 checks, and the seed is fixed.
void check_share(double share, double expected, double n) {
  INFO("share " << share << ", expected " << expected);
  CHECK(std::abs(share - expected) < 4.0 * std::sqrt(expected * (1.0 - expected) / n));
}

/// Integral of the survival function exp(-(u / scale)^shape) from 0 to x. The substitution
/// u = x v^2 removes the steep start of shapes below one; Simpson's rule.
double survival_integral(AlternatingRenewal::Weibull law, double x) {
  const int n = 20'000;
  double sum = 0.0;
  for (int i = 0; i <= n; ++i) {
    const double v = static_cast<double>(i) / n;
    const double f = std::exp(-std::pow(x * v * v / law.scale_h, law.shape)) * 2.0 * x * v;
    sum += f * (i == 0 || i == n ? 1.0 : i % 2 == 1 ? 4.0 : 2.0);
  }
  return sum / (3.0 * n);
}

}  // namespace

TEST_CASE("mean times of the fitted populations are those published", "[protocol]") {
  // Mean up and down in hours, as the source of the laws states them.
  const struct {
    const char* name;
    double up_h, down_h;
  } rows[] = {{"overnet03", 2.2, 7.8},  {"skype06", 15.1, 13.4}, {"microsoft99", 60.1, 14.1},
              {"nd07cpu", 10.3, 1.4},   {"pl05", 120.6, 25.6},   {"g5k06", 31.1, 2.4},
              {"websites02", 8.7, 0.8}, {"ldns04", 153.0, 8.0},  {"lanl05", 1766.0, 3.4}};
  for (const auto& row : rows) {
    INFO(row.name);
    // Means are rounded to 0.05 h: a relative error of up to 6 % where the down time is short.
    const double expected = row.up_h / (row.up_h + row.down_h);
    CHECK(population(row.name).up_share() == Approx(expected).margin(0.006));
  }
  CHECK(AlternatingRenewal::Weibull{1.0, 3.0}.mean_h() == Approx(3.0).epsilon(1e-12));
  CHECK(AlternatingRenewal::Weibull{0.5, 3.0}.mean_h() == Approx(6.0).epsilon(1e-12));  // 2!
}

TEST_CASE("the share of members that are up does not depend on the time", "[protocol]") {
  for (const char* name : {"skype06", "overnet03", "microsoft99"}) {
    INFO(name);
    const AlternatingRenewal law = population(name);
    for (const sim::SimDuration at : {0h, 1h, 24h, 24h * 30}) {
      double up = 0.0;
      for (std::uint64_t i = 0; i < kMembers; ++i) up += is_up(law, i, at) ? 1.0 : 0.0;
      check_share(up / kMembers, law.up_share(), kMembers);
    }
  }
}

TEST_CASE("the first interval has the equilibrium law, later ones the fitted law", "[protocol]") {
  for (const AlternatingRenewal::Weibull up :
       {AlternatingRenewal::Weibull{0.64, 10.86}, AlternatingRenewal::Weibull{2.5, 10.86},
        AlternatingRenewal::Weibull{1.0, 10.86}}) {
    const AlternatingRenewal law(up, {0.63, 9.48});
    const double mean = up.mean_h();
    for (const double x_h : {0.5, 5.0, 20.0}) {
      INFO("shape " << up.shape << ", x " << x_h);
      double first = 0.0, first_below = 0.0, later = 0.0, later_below = 0.0;
      for (std::uint64_t i = 0; i < kMembers; ++i) {
        for (std::uint32_t k = 0; k < 3; ++k) {
          const auto interval = law.interval(kChance, i, k, 0);
          CHECK(interval.length > 0ns);
          if (!interval.up) continue;
          const bool below = sim::to_seconds(interval.length) < x_h * 3600.0;
          (k == 0 ? first : later) += 1.0;
          (k == 0 ? first_below : later_below) += below ? 1.0 : 0.0;
        }
      }
      check_share(first_below / first, survival_integral(up, x_h) / mean, first);
      check_share(later_below / later, 1.0 - std::exp(-std::pow(x_h / up.scale_h, up.shape)),
                  later);
    }
  }
}

TEST_CASE("the share of time that one member is up converges to the long-run share", "[protocol]") {
  const AlternatingRenewal law = population("skype06");
  // n cycles: the share U / (U + D) has the deviation sqrt(var(U) d^2 + var(D) u^2) / (u + d)^2 /
  // sqrt(n) with means u, d; the variation coefficients of these Weibulls are about 1.6.
  const std::uint32_t cycles = 40'000;
  double up = 0.0, total = 0.0;
  for (std::uint32_t k = 1; k <= 2 * cycles; ++k) {
    const auto interval = law.interval(kChance, 99, k, 0);
    total += sim::to_seconds(interval.length);
    if (interval.up) up += sim::to_seconds(interval.length);
  }
  const double p = law.up_share();
  const double deviation = std::sqrt(2.0) * 1.65 * p * (1.0 - p) / std::sqrt(cycles);
  CHECK(std::abs(up / total - p) < 4.0 * deviation);
}

TEST_CASE("an interval is a function of its key and alternates", "[protocol]") {
  const AlternatingRenewal law = population("nd07cpu");
  for (std::uint64_t i = 0; i < 100; ++i) {
    for (std::uint32_t k = 0; k < 20; ++k) {
      const auto once = law.interval(kChance, i, k, 0);
      const auto again = law.interval(kChance, i, k, 5);
      CHECK(once.length == again.length);
      CHECK(once.up == again.up);
      CHECK(once.up != law.interval(kChance, i, k + 1, 0).up);
    }
  }
}

TEST_CASE("an unknown population is answered with the nearest", "[protocol]") {
  const TempFile file("population,up_shape,up_scale_h,down_shape,down_scale_h\nskype06,1,1,1,1\n");
  AlternatingRenewal::Params params{file.file(), "skype6"};
  CHECK(complaint(file, [&] { AlternatingRenewal{params}; }) ==
        ": found no population 'skype6', expected skype06 (did you mean 'skype06'?)");
  const TempFile twice(
      "population,up_shape,up_scale_h,down_shape,down_scale_h\na,1,1,1,1\na,1,1,1,1\n");
  params = {twice.file(), "a"};
  CHECK(complaint(twice, [&] { AlternatingRenewal{params}; }) ==
        ":3: column 'population': found 'a', expected each population once");
  const TempFile zero("population,up_shape,up_scale_h,down_shape,down_scale_h\na,0,1,1,1\n");
  params = {zero.file(), "a"};
  CHECK(complaint(zero, [&] { AlternatingRenewal{params}; }) ==
        ":2: column 'up_shape': found '0', expected a number from 0.1 to 100");
}

TEST_CASE("a daily window follows local time", "[protocol]") {
  DailyWindows::Params params{18h, 24h, 0h};
  const DailyWindows evening(params);
  // Midnight UTC: the window has just ended in London, is an hour from its end in the Azores
  // (UTC-1), and begins in 17 hours in Berlin (UTC+1).
  const auto london = evening.interval(kChance, 1, 0, 0);
  CHECK_FALSE(london.up);
  CHECK(london.length == 18h);
  const auto azores = evening.interval(kChance, 1, 0, -1);
  CHECK(azores.up);
  CHECK(azores.length == 1h);
  const auto berlin = evening.interval(kChance, 1, 0, 1);
  CHECK_FALSE(berlin.up);
  CHECK(berlin.length == 17h);
  CHECK(evening.interval(kChance, 1, 1, 1).length == 6h);
  CHECK(evening.interval(kChance, 1, 2, 1).length == 18h);
  const DailyWindows night(DailyWindows::Params{22h, 6h, 0h});
  CHECK(night.interval(kChance, 1, 0, 0).length == 6h);
  CHECK(night.interval(kChance, 1, 2, 0).length == 8h);
  CHECK_THROWS_AS(DailyWindows(DailyWindows::Params{0h, 24h, 0h}), ConfigError);
}

TEST_CASE("jitter shifts a member's windows by one constant within its bounds", "[protocol]") {
  const DailyWindows law(DailyWindows::Params{8h, 20h, 2h});
  double up = 0.0;
  for (std::uint64_t i = 0; i < kMembers; ++i) {
    const auto first = law.interval(kChance, i, 0, 0);
    CHECK_FALSE(first.up);  // windows begin between 6 h and 10 h
    CHECK(first.length >= 6h);
    CHECK(first.length <= 10h);
    CHECK(law.interval(kChance, i, 1, 0).length == 12h);
    up += is_up(law, i, 7h) ? 1.0 : 0.0;
  }
  check_share(up / kMembers, 0.25, kMembers);  // an hour into the four of the jitter
}

TEST_CASE("a machine that is always on has one interval", "[protocol]") {
  const Always law(Always::Params{});
  CHECK(law.interval(kChance, 1, 0, 0).up);
  CHECK(law.interval(kChance, 1, 0, 0).length == sim::SimDuration::max());
}

TEST_CASE("the panel's time online is that of the windows, whatever the time of its readings",
          "[protocol]") {
  // The grid's cells end at midnight, when every window has just ended.
  for (const sim::SimDuration warm_up : {0h, 20h}) {
    Rules rules = fixture::rules({}, {fixture::provider("alice", 3), fixture::provider("anna", 2)});
    rules.groups[0].availability =
        std::make_shared<DailyWindows>(DailyWindows::Params{18h, 24h, 0h});
    rules.horizon = 90 * 24h;
    rules.warm_up = warm_up;
    Model model(fixture::share(std::move(rules)), 1);
    model.finish();
    const std::vector<GroupTotals>& groups = model.world().metrics.groups;
    const sim::SimDuration measured = 90 * 24h - warm_up;
    CHECK(groups[0].panel_us == 3 * (measured / 1us));
    CHECK(groups[0].panel_up_us ==
          3 * ((90 * 6h - std::max(sim::SimDuration{}, warm_up - 18h)) / 1us));
    CHECK(groups[1].panel_us == 2 * (measured / 1us));
    CHECK(groups[1].panel_up_us == groups[1].panel_us);
  }
}
