#pragma once

#include <memory>
#include <string>
#include <utility>

#include "tests/protocol/market_story.hpp"

// What the tests of audits, disputes and returns tell of: an hour of work is paid 4 tok, an audited
// segment half of that; Alice has staked 100 tok; a bond is 2 tok; of a slash the reporter gets
// 10 % and half is burned.
namespace assay::protocol::fixture {

/// One job of an hour, by Alice, with every claim audited by Vera. After ten hours Rita gives up.
[[nodiscard]] inline Rules audited(std::shared_ptr<const Strategy> alice,
                                   TinyExecutor::Terms terms = {}) {
  Rules rules =
      fixture::rules({job(0h, 1h)}, {provider("alice"), verifier("vera"), requester("rita")});
  rules.verification = always_audit();
  rules.groups[0].strategy = std::move(alice);
  rules.execution = executor(terms);
  rules.setting.workloads[0].deadline_slack = 10h;
  return rules;
}

inline const std::string kOpening = lines(R"(
0h arrive
  10 tok exchange > rita, purchase
  1 usd rita > exchange, purchase
  10 tok rita > escrow, lock
)");
inline const std::string kHonestHour = lines(R"(
1h lease-end finished
  0.125 usd alice > energy, energy
  0.0625 usd alice > capital, wear
)");
inline const std::string kSkippedHour = "1h lease-end finished\n";
inline const std::string kFee = lines(R"(
  2 tok exchange > rita, purchase
  0.2 usd rita > exchange, purchase
  2 tok rita > escrow, lock
)");
inline const std::string kReport = lines(R"(
2h report
  2 tok escrow > vera, audit fee
)");
inline const std::string kBond = "  2 tok vera > bond, bond\n";
inline const std::string kBondBack = "  2 tok bond > vera, bond returned\n";
/// Half an hour of Alice's machine.
inline const std::string kRerun =
    "  0.0625 usd alice > energy, energy\n  0.03125 usd alice > capital, wear\n";
inline const std::string kSlash = lines(R"(
  10 tok alice stake > vera, slash, to reporter
  50 tok alice stake > burned, slash, burned
  40 tok alice stake > treasury, slash, to treasury
)");
inline const std::string kAccepted = lines(R"(
  4 tok escrow > alice, payment
  6 tok escrow > rita, refund
)");
/// Nobody else is there: the deadline, Alice who cannot come back, and the end of her unbonding.
inline const std::string kLeftForCloud = lines(R"(
10h deadline
  1 usd rita > cloud, cloud
  10 tok escrow > rita, refund
)");

}  // namespace assay::protocol::fixture
