#include "analysis/timeline.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <tuple>

#include "protocol/scenario/load.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/small_market.hpp"

namespace assay::analysis {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kSeed = 5;

std::shared_ptr<const protocol::Rules> small_rules() {
  const protocol::ScratchFolder folder;
  const std::vector<std::string> sets{"horizon=1 d", "verification.rate=50 %"};
  return protocol::load_scenario(folder.write("small.yaml", protocol::kSmallMarket), sets).rules;
}

/// A lease is known by its job, chain, link and attempt.
using LeaseName = std::tuple<std::uint64_t, std::uint32_t, std::uint32_t, std::uint32_t>;

/// Every lease that ends, and its provider; told apart from the timeline's own way to find them.
class Ends final : public protocol::EventObserver {
 public:
  void before(const protocol::World& world, const protocol::Event& event) override {
    if (event.kind != protocol::EventKind::LeaseEnd) return;
    const protocol::LeaseRow& lease = world.leases.at(protocol::LeaseId::unpack(event.subject));
    const protocol::TaskRow& task = world.tasks.at(lease.task);
    const protocol::JobRow& job = world.jobs.at(task.job);
    ended[{job.serial, task.chain, task.link, task.attempt}] = lease.provider;
  }
  void after(const protocol::World&, const protocol::Event&) override {}
  std::map<LeaseName, std::uint32_t> ended;
};

TEST_CASE("a timeline draws every lease that ended once, on its provider's track", "[analysis]") {
  const auto rules = small_rules();
  protocol::Model model(rules, kSeed);
  Ends ends;
  model.observe(&ends, nullptr);
  model.finish();
  REQUIRE(ends.ended.size() > 50);

  std::ostringstream out;
  const DrawnRun drawn = draw_run(rules, kSeed, out, 1'000'000);
  CHECK(drawn.digest == model.digest());
  CHECK_FALSE(drawn.truncated);
  const Json trace = Json::parse(out.str());
  std::map<LeaseName, int> seen;
  std::map<std::string, int> instants;
  std::map<std::uint64_t, double> last_end;  // of the bars on a track: they never overlap
  std::map<std::uint64_t, int> jobs;
  for (const Json& event : trace.at("traceEvents")) {
    const auto phase = event.at("ph").get<std::string>();
    if (phase == "i") ++instants[event.at("name").get<std::string>()];
    if (phase != "X") continue;
    const Json& args = event.at("args");
    if (event.at("pid") == 4) {
      ++jobs[event.at("tid").get<std::uint64_t>()];
      continue;
    }
    const LeaseName name{args.at("job"), args.at("chain"), args.at("link"), args.at("attempt")};
    ++seen[name];
    const auto track = event.at("tid").get<std::uint64_t>();
    REQUIRE(ends.ended.count(name) == 1);
    CHECK(track / 256 == ends.ended[name]);
    const double begin = event.at("ts").get<double>();
    CHECK(begin >= last_end[track]);
    last_end[track] = begin + event.at("dur").get<double>() - 0.001;  // microseconds, rounding
  }
  CHECK(seen.size() == ends.ended.size());
  for (const auto& [name, times] : seen) CHECK(times == 1);
  // Every job has one bar: those that have ended, and those still open.
  CHECK(jobs.size() > 50);
  for (const auto& [serial, times] : jobs) CHECK(times == 1);
  CHECK(instants["audit called"] > 0);
  CHECK(instants["audit report"] > 0);
  CHECK(instants["dispute: concedes"] > 0);
  CHECK(instants["slash, burned"] > 0);
}

/// What requesters pay out of their escrows.
class Spent final : public protocol::LedgerObserver {
 public:
  void tokens_moved(protocol::Account, protocol::Account, protocol::Tokens amount,
                    protocol::Reason reason) override {
    using protocol::Reason;
    if (reason == Reason::Tax) tax += amount;
    if (reason == Reason::Payment || reason == Reason::AuditFee || reason == Reason::Tax) {
      all += amount;
    }
  }
  void dollars_moved(protocol::PrincipalId, protocol::Outside, protocol::Usd,
                     protocol::Reason) override {}
  protocol::Tokens all;
  protocol::Tokens tax;
};

TEST_CASE("a timeline's jobs have paid for work, audits and taxes", "[analysis]") {
  const std::vector<std::string> sets{"horizon=12 h", "warm_up=1 h"};
  const auto rules = protocol::load_scenario(
                         std::string(ASSAY_SOURCE_DIR) + "/scenarios/attacks/jackpot.yaml", sets)
                         .rules;
  protocol::Model model(rules, kSeed);
  Spent spent;
  model.observe(nullptr, &spent);
  model.finish();
  REQUIRE(spent.tax > protocol::Tokens{});
  std::ostringstream out;
  (void)draw_run(rules, kSeed, out, 1'000'000);
  const Json trace = Json::parse(out.str());
  double paid = 0.0;
  for (const Json& event : trace.at("traceEvents")) {
    if (event.at("ph") == "X" && event.at("pid") == 4) {
      paid += event.at("args").at("paid_tokens").get<double>();
    }
  }
  CHECK(paid == Approx(spent.all.as_double()));
}

TEST_CASE("a timeline stops at its limit, says so, and leaves the run alone", "[analysis]") {
  const auto rules = small_rules();
  protocol::Model model(rules, kSeed);
  model.finish();
  std::ostringstream out;
  const DrawnRun drawn = draw_run(rules, kSeed, out, 25);
  CHECK(drawn.truncated);
  CHECK(drawn.digest == model.digest());
  const Json trace = Json::parse(out.str());
  int notes = 0;
  int drawn_events = 0;
  for (const Json& event : trace.at("traceEvents")) {
    const auto phase = event.at("ph").get<std::string>();
    if (event.at("name") == "the trace ends here: 25 events") {
      ++notes;
    } else if (phase == "X" || phase == "i") {
      ++drawn_events;
    }
  }
  CHECK(notes == 1);
  CHECK(drawn_events <= 25);
  CHECK(drawn_events > 0);
}

}  // namespace
}  // namespace assay::analysis
