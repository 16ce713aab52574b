#include "protocol/settlement/slashing.hpp"

#include "tests/catch.hpp"

namespace assay::protocol {
namespace {

FixedShare slashing(std::int64_t share, std::int64_t reporter, std::int64_t burn) {
  FixedShare::Params params;
  params.share = percent(share);
  params.reporter_share = percent(reporter);
  params.burn_share = percent(burn);
  return FixedShare(params);
}

TEST_CASE("a penalty is a share of the liable stake, split by shares of itself", "[protocol]") {
  struct Row {
    std::int64_t share, reporter, burn;  ///< percent
    std::int64_t liable;                 ///< micro-tokens
    std::int64_t amount, to_reporter, burned;
  };
  const Row rows[] = {
      {100, 10, 50, 1'000, 1'000, 100, 500},
      {50, 10, 50, 1'000, 500, 50, 250},
      // Every share is rounded toward zero; the treasury gets what is left.
      {50, 33, 33, 999, 499, 164, 164},
      {0, 10, 50, 1'000, 0, 0, 0},
      {100, 100, 0, 1'000, 1'000, 1'000, 0},
      {100, 0, 100, 1'000, 1'000, 0, 1'000},
      {100, 10, 50, 0, 0, 0, 0},
  };
  for (const Row& row : rows) {
    CAPTURE(&row - rows);
    const Penalty penalty =
        slashing(row.share, row.reporter, row.burn).penalty(Tokens::micro(row.liable));
    CHECK(penalty.amount == Tokens::micro(row.amount));
    CHECK(penalty.reporter == Tokens::micro(row.to_reporter));
    CHECK(penalty.burned == Tokens::micro(row.burned));
    CHECK(penalty.amount <= Tokens::micro(row.liable));
  }
}

TEST_CASE("a fault fee is a share of the liable stake, burned like a penalty, reported by nobody",
          "[protocol]") {
  FixedShare::Params params;
  CHECK(FixedShare(params).fault(Tokens::micro(1'000)).amount == Tokens{});
  CHECK(FixedShare(params).holds());
  params.fault_fee = percent(3);
  params.burn_share = percent(50);
  params.hold = false;
  const FixedShare slashing(params);
  const Penalty fee = slashing.fault(Tokens::micro(1'000));
  CHECK(fee.amount == Tokens::micro(30));
  CHECK(fee.burned == Tokens::micro(15));
  CHECK(fee.reporter == Tokens{});
  CHECK(slashing.fault(Tokens::micro(33)).amount == Tokens{});  // rounded toward zero
  CHECK_FALSE(slashing.holds());
}

}  // namespace
}  // namespace assay::protocol
