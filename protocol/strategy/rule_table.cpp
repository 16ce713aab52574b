#include "protocol/strategy/rule_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "protocol/scenario/error.hpp"
#include "protocol/scenario/nearest.hpp"
#include "protocol/scenario/units.hpp"

namespace assay::protocol {

struct RuleTable::Scene {
  const View& view;
  const QuoteFacts* quote = nullptr;
  const WorkFacts* work = nullptr;
  const CommitFacts* commit = nullptr;
  const VerifyFacts* verify = nullptr;
  const MoveFacts* move = nullptr;
};

namespace {

using Scene = RuleTable::Scene;
enum class Unit : std::uint8_t { Time, Dollars, TokenAmount, Proportion, Count, Flag };

constexpr unsigned bit(RuleTable::Hook hook) { return 1U << static_cast<unsigned>(hook); }
constexpr unsigned kAny = 0x3F;

}  // namespace

struct RuleTable::Quantity {
  std::string_view name;
  unsigned hooks;  ///< at which it is known
  Unit unit;
  std::int64_t (*value)(const Scene&);
};

namespace {

using Hook = RuleTable::Hook;
using Deed = RuleTable::Deed;
using Condition = RuleTable::Condition;
using Relation = Condition::Relation;

/// All that a condition can ask: what the view shows, and the facts of the hook.
const std::array<RuleTable::Quantity, 19> kQuantities{{
    {"time", kAny, Unit::Time,
     [](const Scene& s) { return s.view.now().time_since_epoch().count(); }},
    {"age", kAny, Unit::Time,
     [](const Scene& s) {
       return (s.view.now() - s.view.record(s.view.self()).registered).count();
     }},
    {"since-audit", kAny, Unit::Time,
     [](const Scene& s) {
       const auto since = s.view.since_audit();
       return since ? since->count() : std::numeric_limits<std::int64_t>::max();
     }},
    {"accepted", kAny, Unit::Count,
     [](const Scene& s) { return std::int64_t{s.view.record(s.view.self()).done}; }},
    {"handed-back", kAny, Unit::Count,
     [](const Scene& s) { return std::int64_t{s.view.record(s.view.self()).handed_back}; }},
    {"convictions", kAny, Unit::Count,
     [](const Scene& s) { return std::int64_t{s.view.convictions()}; }},
    {"reputation", kAny, Unit::Proportion,
     [](const Scene& s) { return s.view.record(s.view.self()).score.ppb; }},
    {"free", kAny, Unit::TokenAmount, [](const Scene& s) { return s.view.free().micro(); }},
    {"unbonding", kAny, Unit::TokenAmount,
     [](const Scene& s) { return s.view.unbonding().micro(); }},
    {"audit-rate", kAny, Unit::Proportion,
     [](const Scene& s) { return s.view.terms().audit_rate.ppb; }},
    {"cost", bit(Hook::Quote), Unit::Dollars,
     [](const Scene& s) { return s.quote->own_cost.micro(); }},
    {"price", bit(Hook::Work), Unit::Dollars, [](const Scene& s) { return s.work->worth.micro(); }},
    {"stake", bit(Hook::Work), Unit::TokenAmount,
     [](const Scene& s) { return s.work->liable.micro(); }},
    {"segments", bit(Hook::Work), Unit::Count,
     [](const Scene& s) { return std::int64_t{s.work->segments}; }},
    {"chance", bit(Hook::Work), Unit::Proportion,
     [](const Scene& s) {
       sim::Draws draws = s.view.draws(s.work->lease);
       return static_cast<std::int64_t>(draws.below(static_cast<std::uint64_t>(kWholePpb)));
     }},
    {"cheated", bit(Hook::Unstake) | bit(Hook::Move), Unit::Flag,
     [](const Scene& s) {
       return std::int64_t{s.move != nullptr ? s.move->cheated : s.commit->cheated};
     }},
    {"own", bit(Hook::Verify), Unit::Flag,
     [](const Scene& s) { return std::int64_t{s.view.is_mine(s.verify->provider)}; }},
    {"drawn", bit(Hook::Verify), Unit::Count,
     [](const Scene& s) { return std::int64_t{s.verify->segments}; }},
    {"round", bit(Hook::Move), Unit::Count,
     [](const Scene& s) { return std::int64_t{s.move->round}; }},
}};

constexpr std::array<std::string_view, 6> kHooks{"quote",  "work", "unstake",
                                                 "verify", "move", "re-enter"};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

/// Takes `word` (and what separates it) from the end of `text`, if it stands there.
bool take_end(std::string_view& text, std::string_view word) {
  if (!text.ends_with(word)) return false;
  const std::string_view rest = text.substr(0, text.size() - word.size());
  if (!rest.empty() && rest.back() != ' ') return false;
  text = trimmed(rest);
  return true;
}

/// Reads the rules' texts; what is wrong is gathered under the key of the text.
class RuleReader {
 public:
  explicit RuleReader(std::vector<std::string>& cheats) : cheats_(cheats) {}

  RuleTable::Rule read(const RuleTable::RuleText& text, std::size_t place) {
    at_ = place;
    rule_ = {};
    const auto hook = std::find(kHooks.begin(), kHooks.end(), text.hook);
    rule_.hook = static_cast<Hook>(hook - kHooks.begin());
    read_conditions(text.when);
    read_deed(trimmed(text.act));
    return rule_;
  }

  void finish() const {
    if (!complaints_.empty()) throw ConfigError(complaints_);
  }

 private:
  void complain(std::string_view key, const std::string& what) {
    complaints_.push_back(Complaint{"", 0, 0, fmt::format("rules[{}].{}: {}", at_, key, what)});
  }

  void read_conditions(std::string_view text) {
    if (trimmed(text).empty()) return;  // always
    constexpr std::string_view kAnd = " and ";
    for (;;) {
      const std::size_t end = text.find(kAnd);
      read_condition(trimmed(text.substr(0, end)));
      if (end == std::string_view::npos) return;
      text = text.substr(end + kAnd.size());
    }
  }

  void read_condition(std::string_view text) {
    const std::size_t sign = text.find_first_of("<>=");
    const bool negated = sign == std::string_view::npos && text.starts_with("not ");
    const std::string_view name = trimmed(negated ? text.substr(4) : text.substr(0, sign));
    const RuleTable::Quantity* quantity = find(name);
    if (quantity == nullptr) return;
    const bool is_flag = quantity->unit == Unit::Flag;
    if (is_flag != (sign == std::string_view::npos)) {
      return complain("when", fmt::format("found '{}', expected {}", shown(text),
                                          is_flag ? fmt::format("{0} or not {0}", name)
                                                  : fmt::format("{} and <, <=, >, >= or =, and a "
                                                                "value",
                                                                name)));
    }
    if (is_flag) {
      rule_.conditions.push_back({quantity, Relation::Equal, negated ? 0 : 1});
      return;
    }
    const bool or_equal = sign + 1 < text.size() && text[sign + 1] == '=' && text[sign] != '=';
    const Relation relation = text[sign] == '='   ? Relation::Equal
                              : text[sign] == '<' ? (or_equal ? Relation::AtMost : Relation::Below)
                              : or_equal          ? Relation::AtLeast
                                                  : Relation::Above;
    const auto bound = value(quantity->unit, trimmed(text.substr(sign + (or_equal ? 2 : 1))));
    if (bound) rule_.conditions.push_back({quantity, relation, *bound});
  }

  const RuleTable::Quantity* find(std::string_view name) {
    std::vector<std::string> known;
    for (const RuleTable::Quantity& quantity : kQuantities) {
      if ((quantity.hooks & bit(rule_.hook)) == 0) continue;
      if (quantity.name == name) return &quantity;
      known.emplace_back(quantity.name);
    }
    complain("when", fmt::format("found '{}', expected {}{}", shown(name), either(known),
                                 did_you_mean(name, known)));
    return nullptr;
  }

  template <class Q>
  std::optional<Q> quantity(std::string_view key, std::string_view text) {
    const Result<Q, Misread> read = parse<Q>(text);
    if (read) return *read;
    complain(key, fmt::format("found '{}', expected {}{}", shown(text), read.error().expected,
                              read.error().nearest
                                  ? fmt::format(" (did you mean '{}'?)", *read.error().nearest)
                                  : std::string()));
    return std::nullopt;
  }

  std::optional<std::int64_t> value(Unit unit, std::string_view text) {
    const auto in_units = [](const auto& read, auto units) -> std::optional<std::int64_t> {
      if (!read) return std::nullopt;
      return units(*read);
    };
    switch (unit) {
      case Unit::Time:
        return in_units(quantity<sim::SimDuration>("when", text),
                        [](sim::SimDuration v) { return v.count(); });
      case Unit::Dollars:
        return in_units(quantity<Usd>("when", text), [](Usd v) { return v.micro(); });
      case Unit::TokenAmount:
        return in_units(quantity<Tokens>("when", text), [](Tokens v) { return v.micro(); });
      case Unit::Proportion:
        return in_units(quantity<Share>("when", text), [](Share v) { return v.ppb; });
      case Unit::Count:
        return quantity<std::int64_t>("when", text);
      case Unit::Flag:
        break;
    }
    return std::nullopt;
  }

  /// A share in [0, `most`].
  bool read_share(std::string_view text, Share most) {
    const auto share = quantity<Share>("do", text);
    if (!share) return false;
    if (*share < Share{} || *share > most) {
      complain("do", fmt::format("found {}, expected 0 % to {}", to_text(*share), to_text(most)));
      return false;
    }
    rule_.share = *share;
    return true;
  }

  void read_deed(std::string_view text) {
    static const std::array<std::vector<std::string>, 6> kWords{{
        {"bid", "pass"},
        {"work", "skip", "cheat", "quit"},
        {"unstake", "stay"},
        {"check", "approve", "reject", "copy"},
        {"truth", "lie", "contradict", "stall", "concede"},
        {"return", "leave"},
    }};
    const std::vector<std::string>& words = kWords[static_cast<std::size_t>(rule_.hook)];
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    const std::string_view rest = trimmed(text.substr(end));
    if (std::find(words.begin(), words.end(), word) == words.end()) {
      return complain("do", fmt::format("found '{}', expected {}{}", shown(text), either(words),
                                        did_you_mean(word, words)));
    }
    if (word == "bid") return read_bid(rest);
    if (word == "skip") return read_cheat("skip", rest);
    if (word == "cheat") {
      const std::size_t row_end = std::min(rest.find(' '), rest.size());
      return read_cheat(rest.substr(0, row_end), trimmed(rest.substr(row_end)));
    }
    if (word == "quit") return read_quit(rest);
    if (!rest.empty()) {
      return complain("do", fmt::format("found '{}', expected only '{}'", shown(text), word));
    }
    if (word == "pass") rule_.deed = Deed::Pass;
    if (word == "unstake") rule_.deed = Deed::Unstake;
    if (rule_.hook == Hook::Verify && word != "check") {
      rule_.deed = Deed::Verdict;
      rule_.say = word == "approve" ? Say::Approve : word == "reject" ? Say::Reject : Say::Copy;
    }
    if (word == "leave") rule_.deed = Deed::Leave;
    if (rule_.hook == Hook::Move) {
      constexpr std::array<Act, 5> kActs{Act::Truth, Act::Lie, Act::Contradict, Act::Stall,
                                         Act::Concede};
      rule_.deed = Deed::Move;
      rule_.act = kActs[static_cast<std::size_t>(std::find(words.begin(), words.end(), word) -
                                                 words.begin())];
    }
  }

  void read_bid(std::string_view rest) {
    rule_.deed = Deed::Bid;
    if (rest.empty()) {  // as an honest provider
      rule_.deed = Deed::Honest;
    } else if (!take_end(rest, "of cost")) {
      complain("do", fmt::format("found 'bid {}', expected such as bid 80 % of cost", shown(rest)));
    } else {
      read_share(rest, percent(10'000));
    }
  }

  void read_cheat(std::string_view row, std::string_view rest) {
    if (row.empty()) return complain("do", "found 'cheat', expected such as cheat fp8 50 %");
    rule_.deed = Deed::Cheat;
    rule_.independent = take_end(rest, "each");
    rule_.share = kWhole;
    if (!rest.empty() && !read_share(rest, kWhole)) return;
    const auto known = std::find(cheats_.begin(), cheats_.end(), row);
    rule_.cheat = static_cast<std::uint16_t>(known - cheats_.begin());
    if (known == cheats_.end()) cheats_.emplace_back(row);
  }

  void read_quit(std::string_view rest) {
    rule_.deed = Deed::Quit;
    if (!rest.starts_with("after ")) {
      return complain("do", "found 'quit', expected such as quit after 50 % for 0.05 USD/h");
    }
    rest = trimmed(rest.substr(6));
    const std::size_t wage = rest.find(" for ");
    if (wage != std::string_view::npos) {
      const auto an_hour = quantity<UsdPerHour>("do", trimmed(rest.substr(wage + 5)));
      if (!an_hour) return;
      rule_.elsewhere = an_hour->an_hour;
    }
    read_share(trimmed(rest.substr(0, wage)), kWhole);
  }

  std::vector<std::string>& cheats_;
  std::vector<Complaint> complaints_;
  RuleTable::Rule rule_;
  std::size_t at_ = 0;
};

bool holds(const Condition& condition, const Scene& scene) {
  const std::int64_t value = condition.quantity->value(scene);
  switch (condition.relation) {
    case Relation::Below:
      return value < condition.bound;
    case Relation::AtMost:
      return value <= condition.bound;
    case Relation::Above:
      return value > condition.bound;
    case Relation::AtLeast:
      return value >= condition.bound;
    case Relation::Equal:
      return value == condition.bound;
  }
  return false;
}

}  // namespace

void RuleTable::RuleText::describe(Fields& field) {
  field("hook", hook, kHooks, "The decision that the rule is about.", kRequired);
  field("when", when,
        "Comparisons joined by `and`; left out: always. Everywhere time, age (of the name), "
        "since-audit, accepted, handed-back, convictions (of all its owner's names), reputation, "
        "free, unbonding, audit-rate; "
        "at quote also cost; at work price, stake, segments, chance (a draw of its own); at "
        "unstake (after each commitment) cheated; at verify own, drawn; at move cheated, round.");
  field("do", act,
        "quote: bid X % of cost, pass. work: skip X %, cheat ROW X % (either with `each`: every "
        "segment alone with that chance), quit after X % for Y USD/h, work. unstake: unstake, "
        "stay. verify: check, or unseen approve, reject, copy. move: truth, lie, contradict, "
        "stall, concede. re-enter: "
        "return, leave.",
        kRequired);
}

void RuleTable::Params::describe(Fields& field) {
  field("rules", rules,
        "Rules from hook and condition to action; of a hook's rules the first that fits decides, "
        "and where none fits the actor is honest.");
  field("hurry", hurry, "Report as soon as the work is pretended, not after the honest time.");
}

RuleTable::RuleTable(const Params& params) : hurry_(params.hurry) {
  RuleReader reader(cheats_);
  for (std::size_t i = 0; i < params.rules.size(); ++i) {
    rules_.push_back(reader.read(params.rules[i], i));
  }
  reader.finish();
}

const RuleTable::Rule* RuleTable::rule_for(Hook hook, const Scene& scene) const {
  for (const Rule& rule : rules_) {
    if (rule.hook != hook) continue;
    const bool fits =
        std::all_of(rule.conditions.begin(), rule.conditions.end(),
                    [&](const Condition& condition) { return holds(condition, scene); });
    if (fits) return &rule;
  }
  return nullptr;
}

std::optional<Usd> RuleTable::quote(const View& view, const QuoteFacts& facts,
                                    const Bidding& bidding) const {
  const Rule* rule = rule_for(Hook::Quote, {.view = view, .quote = &facts});
  if (rule == nullptr || rule->deed == Deed::Honest) return Strategy::quote(view, facts, bidding);
  if (rule->deed == Deed::Pass) return std::nullopt;
  return take_share(facts.own_cost, rule->share);
}

WorkPlan RuleTable::work(const View& view, const WorkFacts& facts) const {
  WorkPlan plan;
  const Rule* rule = rule_for(Hook::Work, {.view = view, .work = &facts});
  if (rule == nullptr) return plan;
  if (rule->deed == Deed::Cheat) {
    plan = {rule->share, hurry_, rule->independent, rule->cheat};
  } else if (rule->deed == Deed::Quit) {
    plan.quits_after = rule->share;
    plan.elsewhere = rule->elsewhere;
  }
  return plan;
}

bool RuleTable::unstakes(const View& view, const CommitFacts& facts) const {
  const Rule* rule = rule_for(Hook::Unstake, {.view = view, .commit = &facts});
  return rule != nullptr && rule->deed == Deed::Unstake;
}

VerifyPlan RuleTable::verify(const View& view, const VerifyFacts& facts) const {
  const Rule* rule = rule_for(Hook::Verify, {.view = view, .verify = &facts});
  if (rule == nullptr || rule->deed != Deed::Verdict) return {};
  return {false, rule->say};
}

Act RuleTable::move(const View& view, const MoveFacts& facts) const {
  const Rule* rule = rule_for(Hook::Move, {.view = view, .move = &facts});
  return rule == nullptr ? Strategy::move(view, facts) : rule->act;
}

bool RuleTable::re_enter(const View& view) const {
  const Rule* rule = rule_for(Hook::ReEnter, {.view = view});
  return rule == nullptr || rule->deed != Deed::Leave;
}

}  // namespace assay::protocol
