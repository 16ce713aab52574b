#include "analysis/tuning/worst_case.hpp"

#include "tests/analysis/tuning/invented_market.hpp"
#include "tests/catch.hpp"

namespace assay::analysis {
namespace {

using fixtures::Invented;
using fixtures::InventedPoint;

/// The parameters at which partial work is said to gain most. It is tried at 5 %, 36.67 %, 68.33 %
/// and 100 %.
std::string worst_of(const fixtures::Invention& invention) {
  Campaign campaign = fixtures::invented_campaign(invention);
  MarketUnderStudy market = fixtures::invented_market(campaign);
  return parameters_text(worst_case(market, {}, "partial", 4));
}

}  // namespace

TEST_CASE("the worst case is the one that gains most", "[analysis]") {
  CHECK(worst_of([](const InventedPoint& at) { return Invented{at.share}; }) == "share 100 %");
  CHECK(worst_of([](const InventedPoint& at) { return Invented{-at.share}; }) == "share 5 %");
  CHECK(worst_of([](const InventedPoint& at) {
          return Invented{1.0 - (at.share - 0.4) * (at.share - 0.4)};
        }) == "share 36.7 %");
  // Of equal ones the last: more of it.
  CHECK(worst_of([](const InventedPoint&) { return Invented{-2.0}; }) == "share 100 %");
}

TEST_CASE("an attack that does nothing gains more than one that loses, and is no worst case",
          "[analysis]") {
  const auto acting = [](bool acts, double gain) {
    return acts ? Invented{gain, 1.0} : Invented{0.0, 0.0};
  };
  // The idle ones are tried first, then last.
  CHECK(worst_of([&](const InventedPoint& at) {
          return acting(at.share > 0.5, at.share < 0.9 ? -5.0 : -3.0);
        }) == "share 100 %");
  CHECK(worst_of([&](const InventedPoint& at) {
          return acting(at.share < 0.5, at.share < 0.1 ? -5.0 : -3.0);
        }) == "share 36.7 %");
  CHECK(worst_of([&](const InventedPoint&) { return acting(false, 0.0); }) == "share 100 %");
}

}  // namespace assay::analysis
