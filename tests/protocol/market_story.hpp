#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/model.hpp"
#include "tests/protocol/market_fixture.hpp"

// Tells what happens in a market line by line: each event, and below it every move of money.
namespace assay::protocol::fixture {

/// "26h 30m 1s", without what is zero.
[[nodiscard]] inline std::string clock_text(sim::SimTime at) {
  std::int64_t seconds = at.time_since_epoch() / 1s;
  std::string text = fmt::format("{}h", seconds / 3600);
  if (seconds % 3600 / 60 != 0) text += fmt::format(" {}m", seconds % 3600 / 60);
  if (seconds % 60 != 0) text += fmt::format(" {}s", seconds % 60);
  return text;
}

/// Watches one market. Identities are named after their group; the second one of a group of one,
/// who came back under a new name, is `alice-2`.
class Story final : public EventObserver, public LedgerObserver {
 public:
  explicit Story(Model& model) : model_(&model) { model.observe(this, this); }
  Story(const Story&) = delete;
  Story& operator=(const Story&) = delete;
  ~Story() { model_->observe(nullptr, nullptr); }

  void before(const World& world, const Event& event) override {
    if (event.kind == EventKind::Probe) return;
    text_ += fmt::format("{} {}{}\n", clock_text(world.engine.now()), name(event.kind),
                         detail(world, event));
  }
  void after(const World&, const Event&) override {}
  void tokens_moved(Account from, Account to, Tokens amount, Reason reason) override {
    if (amount == Tokens{}) return;
    text_ += fmt::format("  {} tok {} > {}, {}\n", decimal(amount.micro(), 6), account(from),
                         account(to), name(reason));
  }
  void dollars_moved(PrincipalId from, Outside to, Usd amount, Reason reason) override {
    if (amount == Usd{}) return;
    static constexpr std::string_view kPlaces[] = {"energy", "capital", "cloud", "exchange"};
    const World& world = model_->world();
    text_ += fmt::format("  {} usd {} > {}, {}\n", decimal(amount.micro(), 6),
                         model_->rules().groups[index(world.principals[index(from)].group)].name,
                         kPlaces[static_cast<std::size_t>(to)], name(reason));
  }

  /// Everything so far; the next text begins after it.
  [[nodiscard]] std::string take() { return std::exchange(text_, {}); }

 private:
  [[nodiscard]] std::string account(Account account) const {
    switch (account.holder) {
      case Holder::Free:
        return label(account.index);
      case Holder::Staked:
        return label(account.index) + " stake";
      case Holder::Unbonding:
        return label(account.index) + " unbonding";
      default:
        return std::string(name(account.holder));
    }
  }
  [[nodiscard]] std::string label(std::uint32_t identity) const {
    const World& world = model_->world();
    const GroupId group = world.identities[identity].group;
    std::uint32_t earlier = 0;
    for (std::uint32_t i = 0; i < identity; ++i) {
      if (world.identities[i].group == group) ++earlier;
    }
    const std::string& base = model_->rules().groups[index(group)].name;
    return earlier == 0 ? base : fmt::format("{}-{}", base, earlier + 1);
  }
  [[nodiscard]] static std::string detail(const World& world, const Event& event) {
    if (event.kind == EventKind::LeaseEnd) {
      static constexpr std::string_view kWhy[] = {" finished", " down", " quit"};
      return std::string(kWhy[event.code]);
    }
    if (event.kind != EventKind::Turn) return "";
    static constexpr std::string_view kActs[] = {"truth", "lie", "contradict", "stall", "concede"};
    const DisputeState& state = world.disputes.at(DisputeId::unpack(event.subject)).state;
    if (state.phase == DisputePhase::Referee) return " referee";
    return fmt::format(" {} {}", state.turn == Party::Defender ? "defender" : "challenger",
                       kActs[event.code]);
  }

  Model* model_;
  std::string text_;
};

/// A market played to its end, and what happened in it.
struct Played {
  std::unique_ptr<Model> model;
  std::string text;

  [[nodiscard]] const World& world() const { return model->world(); }
  [[nodiscard]] const GroupTotals& totals(std::size_t group) const {
    return world().metrics.groups[group];
  }
  [[nodiscard]] std::int64_t refused(Refusal refusal) const {
    return world().metrics.market.refusals[static_cast<std::size_t>(refusal)];
  }
};

[[nodiscard]] inline Played play(Rules rules, std::uint64_t seed = 1) {
  Played played;
  played.model = std::make_unique<Model>(share(std::move(rules)), seed);
  Story story(*played.model);
  played.model->drain();
  played.text = story.take();
  return played;
}

/// An expected story: without the line break after the opening of a raw string.
[[nodiscard]] inline std::string lines(std::string_view text) {
  return std::string(text.substr(text.find('\n') + 1));
}

}  // namespace assay::protocol::fixture
