#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/dispute/dispute.hpp"
#include "protocol/market/bidding.hpp"
#include "protocol/strategy/view.hpp"
#include "protocol/verification/say.hpp"

// A strategy overrides the hooks where it is not honest and states `kTraits`: the roles it plays,
// the parameters that are searched for the worst case, and its words in tables and sentences. One
// line in protocol/registry.cpp makes it an attack that `assay attack` and `assay tune` try.
namespace assay::protocol {

/// A lease that begins.
struct WorkFacts {
  std::uint64_t lease = 0;  ///< its public key, for own draws
  std::uint32_t segments = 1;
  Usd worth;      ///< the price at award, for all of it
  Tokens liable;  ///< own stake behind it
};

/// How a lease is worked on: the share of its segments that is not done honestly, and whether the
/// time saved is given away (`hurry`) or spent pretending; when its machine is withdrawn, and what
/// that then earns elsewhere until the lease would have been finished.
struct WorkPlan {
  Share cheated;
  bool hurry = false;
  bool independent = false;    ///< each segment alone with that chance, not exactly that share
  std::uint16_t cheat = 0;     ///< how: a place in the strategy's `cheats()`
  Share quits_after = kWhole;  ///< share of the lease's time; all of it: it does not quit
  Usd elsewhere{};             ///< an hour, net of what it costs there
  bool accord = false;  ///< a wrong answer is the same as those of the principal's other identities
};

/// Work that has just been committed.
struct CommitFacts {
  bool cheated = false;  ///< what this provider knows of it: some of it was not done honestly
};

/// A call to verify another identity's claim.
struct VerifyFacts {
  IdentityId provider{};
  std::uint32_t segments = 1;
  std::uint64_t claim = 0;    ///< its public key, for own draws
  bool own_executes = false;  ///< another identity of this principal, called before, re-executes it
};

/// Whether a verifier re-executes what was drawn, what it reports, and how much later than it
/// could.
struct VerifyPlan {
  bool execute = true;
  Say say = Say::Found;
  sim::SimDuration wait{};
};

/// A turn in a dispute.
struct MoveFacts {
  DisputePhase phase = DisputePhase::Rerun;
  std::uint32_t round = 0;
  /// What this party knows of its own claim: the segment was not done, or the rejection was made up
  /// and is wrong. Who made one up knows which by the time it has to answer.
  bool cheated = false;
};

/// A parameter that an attacker would set to its own advantage: the tools that look for the worst
/// case search a number between two values, and try each of several words.
struct SearchedParameter {
  std::string_view key;  ///< under `strategy:`
  double low = 0.0;
  double high = 1.0;
  std::string_view unit;  ///< that a scenario writes behind the number; empty for a share
  std::span<const std::string_view> words{};  ///< instead of a number
};

/// What a strategy is, for the tools that try all of them and for the words of reports.
struct StrategyTraits {
  bool provides = true;    ///< deviates as a provider
  bool verifies = false;   ///< deviates as a verifier; with both, one principal owns both
  bool one_owner = false;  ///< all who play it are identities of one principal
  bool catalogued = true;  ///< tried where all attacks are: it needs no parameters to be one
  /// All that it does is skip segments, the `share` of them where it has such a parameter: what the
  /// closed forms V2, V3 and V5 are about.
  bool skips = false;
  /// As verifier it never rejects a claim of its own motion: an audit by none but such finds
  /// nothing.
  bool approves_unseen = false;
  std::string_view noun;  ///< `lazy work`: what a table calls it
  /// Begins a sentence; `{count}` stands for the members, `{key}` for the value of a parameter.
  std::string_view subject;
  std::array<SearchedParameter, 4> searched{};  ///< the unused have no key
};

/// How an actor decides. Every hook defaults to honest behaviour; a strategy overrides what it does
/// differently. Strategies are const and are shared by all actors of a group.
class Strategy {
 public:
  static constexpr auto kFamily = "strategy";
  using Traits = StrategyTraits;  ///< every member states its own as `kTraits`
  virtual ~Strategy() = default;

  /// Whether anything about it is hostile; the honest twin of a run replaces those that are.
  [[nodiscard]] virtual bool hostile() const { return true; }
  /// The rows of the cost profile that describe its cheated segments; a plan names one of them.
  [[nodiscard]] virtual std::vector<std::string> cheats() const { return {"skip"}; }

  /// The price asked, or none to pass.
  [[nodiscard]] virtual std::optional<Usd> quote(const View&, const QuoteFacts& facts,
                                                 const Bidding& bidding) const {
    return bidding.quote(facts);
  }
  [[nodiscard]] virtual WorkPlan work(const View&, const WorkFacts&) const { return {}; }
  /// Whether to withdraw the whole stake now: the identity takes no more work.
  [[nodiscard]] virtual bool unstakes(const View&, const CommitFacts&) const { return false; }
  [[nodiscard]] virtual VerifyPlan verify(const View&, const VerifyFacts&) const { return {}; }
  /// An honest party never gives up a claim it knows to be right; whoever cheated concedes.
  [[nodiscard]] virtual Act move(const View&, const MoveFacts& facts) const {
    return facts.cheated ? Act::Concede : Act::Truth;
  }
  /// Whether it lets each answer wait until the last moment that is still in time.
  [[nodiscard]] virtual bool dawdles(const View&, const MoveFacts&) const { return false; }
  /// Under how many identities a member registers as verifier, its tokens split evenly among them.
  [[nodiscard]] virtual std::uint32_t names() const { return 1; }
  /// Whether to come back under a new identity after a conviction or a withdrawal.
  [[nodiscard]] virtual bool re_enter(const View&) const { return true; }
};

}  // namespace assay::protocol
