#include "analysis/story.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "analysis/outcome.hpp"
#include "protocol/scenario/load.hpp"
#include "protocol/scenario/rules_from.hpp"
#include "protocol/scenario/units.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/small_market.hpp"

namespace assay::analysis {
namespace {

using protocol::Reason;
using Rules = std::shared_ptr<const protocol::Rules>;

constexpr std::uint64_t kSeed = 11;

/// Twelve hours with many audits, so that much happens to few.
Rules small_rules(std::vector<std::string> more = {}) {
  const protocol::ScratchFolder folder;
  std::vector<std::string> sets{"horizon=12 h", "warm_up=1 h", "verification.rate=60 %",
                                "slashing.re_entry=1 h"};
  sets.insert(sets.end(), more.begin(), more.end());
  return protocol::load_scenario(folder.write("small.yaml", protocol::kSmallMarket), sets).rules;
}

RunOutcome plain_run(const Rules& rules) {
  protocol::Model model(rules, kSeed);
  model.finish();
  return outcome(model);
}

/// Adds up all moves of tokens, by reason.
class Sums final : public protocol::LedgerObserver {
 public:
  void tokens_moved(protocol::Account, protocol::Account, protocol::Tokens amount,
                    Reason reason) override {
    tokens[reason] += amount.micro();
  }
  void dollars_moved(protocol::PrincipalId, protocol::Outside, protocol::Usd amount,
                     Reason reason) override {
    dollars[reason] += amount.micro();
  }
  std::map<Reason, std::int64_t> tokens;
  std::map<Reason, std::int64_t> dollars;
};

std::string all_words(const Story& story) {
  std::string text;
  for (const Moment& moment : story.moments) {
    for (const std::string& what : moment.what) text += what + "\n";
  }
  return text;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("every principal's story ends at the profit that the run reports", "[analysis]") {
  const Rules rules = small_rules();
  const RunOutcome run = plain_run(rules);
  REQUIRE(run.principals.size() == 55);  // 40 gamers, 4 lazy, 5 verifiers, 6 requesters
  for (std::uint64_t p = 0; p < run.principals.size(); ++p) {
    INFO("principal " << p);
    const Story story = tell(rules, kSeed, {SubjectKind::Principal, p});
    CHECK(story.digest == run.digest);
    CHECK(story.total == run.principals[p].profit);
    // The rows between the first and the last lead from one to the other.
    protocol::Tokens tokens;
    protocol::Usd dollars;
    for (std::size_t row = 0; row + 1 < story.balance.size(); ++row) {
      tokens += story.balance[row].tokens;
      dollars += story.balance[row].dollars;
    }
    CHECK(tokens == story.balance.back().tokens);
    CHECK(dollars == story.balance.back().dollars);
  }
}

TEST_CASE("the stories of all jobs hold every payment, fee and cloud bill once", "[analysis]") {
  const Rules rules = small_rules({"horizon=8 h"});
  protocol::Model model(rules, kSeed);
  Sums sums;
  model.observe(nullptr, &sums);
  model.finish();
  std::map<Reason, std::int64_t> tokens;
  std::map<Reason, std::int64_t> dollars;
  std::uint64_t jobs = 0;
  for (;; ++jobs) {
    Story story;
    try {
      story = tell(rules, kSeed, {SubjectKind::Job, jobs});
    } catch (const protocol::ConfigError&) {
      break;
    }
    CHECK(story.digest == model.digest());
    for (const Moment& moment : story.moments) {
      for (const LedgerLine& line : moment.lines) {
        (line.dollars ? dollars : tokens)[line.reason] += line.micro;
      }
    }
  }
  CHECK(jobs > 30);
  for (const Reason reason : {Reason::Lock, Reason::Payment, Reason::AuditFee, Reason::Refund,
                              Reason::SlashBurn, Reason::SlashReporter, Reason::Bond}) {
    INFO(protocol::name(reason));
    CHECK(tokens[reason] == sums.tokens[reason]);
  }
  CHECK(tokens[Reason::Payment] > 0);
  CHECK(tokens[Reason::SlashBurn] > 0);
  CHECK(dollars[Reason::Cloud] == sums.dollars[Reason::Cloud]);
}

TEST_CASE("what a job costs its requester holds the tax for the jackpot", "[analysis]") {
  const std::vector<std::string> sets{"horizon=12 h", "warm_up=1 h"};
  const Rules rules = protocol::load_scenario(
                          std::string(ASSAY_SOURCE_DIR) + "/scenarios/attacks/jackpot.yaml", sets)
                          .rules;
  const Story story = tell(rules, kSeed, {SubjectKind::Job, 0});
  protocol::Tokens work;
  protocol::Tokens tax;
  protocol::Tokens fees;
  for (const BalanceRow& row : story.balance) {
    if (row.label == "payment") work -= row.tokens;
    if (row.label == "tax") tax -= row.tokens;
    if (row.label == "audit fee") fees -= row.tokens;
  }
  REQUIRE(tax > protocol::Tokens{});
  CHECK(8 * tax.micro() == work.micro());  // 12.5 %
  CHECK(contains(story.total_label, "paid " + to_text(work + tax + fees) + " on the network"));
  CHECK(story.total == usd_cost(work + tax + fees, rules->token->start_price()));
}

TEST_CASE("a cheat's story tells of its audit, its dispute, its slash and its return",
          "[analysis]") {
  const Rules rules = small_rules({"verification.rate=100 %"});
  const Story story = tell(rules, kSeed, {SubjectKind::Principal, 40});  // the first lazy one
  const std::string words = all_words(story);
  INFO(words);
  CHECK(contains(words, "wins with"));
  CHECK(contains(words, "[private: "));
  CHECK(contains(words, "the draw says: audit"));
  CHECK(contains(words, "and rejects segment"));
  CHECK(contains(words, "opens a dispute"));
  CHECK(contains(words, "concedes; it closes after 0 rounds"));
  CHECK(contains(words, "convicted: identity 40 (lazy) loses 40 tok of the 40 tok"));
  CHECK(contains(words, "is expelled"));
  CHECK(contains(words, "a new name: "));
}

TEST_CASE("a range keeps the last moments and the whole balance", "[analysis]") {
  const Rules rules = small_rules();
  const Subject subject{SubjectKind::Principal, 40};
  const Story whole = tell(rules, kSeed, subject);
  REQUIRE(whole.moments.size() > 5);
  CHECK(whole.left_out == 0);
  StoryRange range;
  range.last = 3;
  const Story end = tell(rules, kSeed, subject, range);
  REQUIRE(end.moments.size() == 3);
  CHECK(end.left_out == whole.moments.size() - 3);
  CHECK(end.moments.front().event == whole.moments[whole.moments.size() - 3].event);
  CHECK(end.total == whole.total);

  StoryRange window;
  window.from = whole.moments[1].at;
  window.to = whole.moments[3].at;
  const Story middle = tell(rules, kSeed, subject, window);
  const auto inside = std::count_if(
      whole.moments.begin(), whole.moments.end(),
      [&](const Moment& moment) { return moment.at >= window.from && moment.at <= window.to; });
  CHECK(middle.moments.size() == static_cast<std::size_t>(inside));
  CHECK(middle.total == whole.total);
}

TEST_CASE("a subject that a run does not have is refused with the valid range", "[analysis]") {
  const Rules rules = small_rules();
  CHECK_NOTHROW(tell(rules, kSeed, {SubjectKind::Principal, 54}));
  CHECK_THROWS_WITH(tell(rules, kSeed, {SubjectKind::Principal, 55}),
                    "found principal 55, expected 0 to 54");
  try {
    (void)tell(rules, kSeed, {SubjectKind::Job, 1'000'000});
    FAIL("a job that never came has a story");
  } catch (const protocol::ConfigError& error) {
    CHECK(contains(error.what(), "found job 1000000, expected 0 to "));
  }
}

TEST_CASE("a story as JSON says what it says as text", "[analysis]") {
  const Story story = tell(small_rules(), kSeed, {SubjectKind::Job, 0});
  const nlohmann::json json = nlohmann::json::parse(story_json(story));
  CHECK(json.at("subject").at("kind") == "job");
  CHECK(json.at("digest") == story.digest);
  CHECK(json.at("moments").size() == story.moments.size());
  CHECK(json.at("total").at("amount_uusd") == story.total.micro());
  const std::string text = story_text(story);
  CHECK(contains(text, "job 0 is posted by identity "));
  for (const Moment& moment : story.moments) {
    for (const std::string& what : moment.what) CHECK(contains(text, what));
  }
}

TEST_CASE("a time is shown in days and hours", "[analysis]") {
  CHECK(clock_text(sim::SimTime{}) == "0d 00:00:00");
  // 3 d = 259,200 s; 4 h 12 min 7 s = 15,127 s.
  CHECK(clock_text(sim::SimTime{std::chrono::seconds(274'327)}) == "3d 04:12:07");
  CHECK(clock_text(sim::SimTime{std::chrono::milliseconds(61'005)}) == "0d 00:01:01.005");
}

}  // namespace
}  // namespace assay::analysis
