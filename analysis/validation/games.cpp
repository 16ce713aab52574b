// The games that an attacker plays against audits, in a whole market.
#include <cmath>

#include "analysis/closed_forms.hpp"
#include "analysis/validation/cheating_game.hpp"
#include "protocol/claim.hpp"

namespace assay::analysis {
namespace {

std::int64_t whole(const Values& values, const char* name) { return std::llround(values.at(name)); }

CheatingGame game_of(const Values& v) {
  CheatingGame game;
  game.cost = v.at("c");
  game.reward = v.at("R");
  game.stake = v.at("S");
  return game;
}

CheatingGame partial_game_of(const Values& v, bool independent) {
  CheatingGame game = game_of(v);
  game.rate = v.at("q");
  game.segments = static_cast<int>(whole(v, "k"));
  game.cheated = v.at("x");
  game.independent = independent;
  return game;
}

std::int64_t cheated_segments(const Values& v) {
  return protocol::cheated_segments(protocol::Share{std::llround(v.at("x") * protocol::kWholePpb)},
                                    kSegmentsOfGame);
}

std::string refuse_losing(const Values& v) {
  // A provider that pays more than it earns asks more than the posted price: nobody works.
  return v.at("c") <= v.at("R") ? "" : "nobody works for less than it costs: c may not exceed R";
}

const std::vector<Parameter> kGame{{"c", 1e-3, 1e3, false, "cost of the work, USD"},
                                   {"R", 1e-3, 1e3, false, "what it pays, USD"},
                                   {"S", 1e-3, 1e4, false, "stake behind it, USD"}};

std::vector<Parameter> partial_parameters() {
  std::vector<Parameter> all = kGame;
  all.push_back({"q", 0.0, 1.0, false, "audit probability"});
  all.push_back({"k", 1, kSegmentsOfGame, true, "segments re-executed, of 20"});
  all.push_back({"x", 0.0, 1.0, false, "share skipped"});
  return all;
}

}  // namespace

std::vector<Validation> game_validations() {
  return {
      {"V2",
       "Audit rate at which skipping everything breaks even",
       kGame,
       {{{"c", 1}, {"R", 1.2}, {"S", 5}}, {{"c", 1}, {"R", 1.5}, {"S", 10}}},
       [](const Values& v) {
         if (v.at("c") > v.at("R")) return refuse_losing(v);
         return 1.25 * break_even_rate(v.at("c"), v.at("R"), v.at("S")) <= 1.0
                    ? std::string()
                    : std::string("the break-even is above 0.8: no rate lies well beyond it");
       },
       [](const Values& v) { return break_even_rate(v.at("c"), v.at("R"), v.at("S")); },
       [](const Values& v, std::uint64_t seed, int scale) {
         return measure_break_even(game_of(v), break_even_rate(v.at("c"), v.at("R"), v.at("S")),
                                   seed, scale);
       }},
      {"V3",
       "Gain of skipping each segment with chance x",
       partial_parameters(),
       {{{"c", 1}, {"R", 1.2}, {"S", 5}, {"q", 0.1}, {"k", 3}, {"x", 1}},
        {{"c", 1}, {"R", 1.2}, {"S", 5}, {"q", 0.1}, {"k", 3}, {"x", 0.3}},
        {{"c", 1}, {"R", 1.2}, {"S", 5}, {"q", 0.2}, {"k", 3}, {"x", 0.3}}},
       refuse_losing,
       [](const Values& v) {
         return partial_gain(v.at("c"), v.at("R"), v.at("S"), v.at("q"), v.at("k"), v.at("x"));
       },
       [](const Values& v, std::uint64_t seed, int scale) {
         return measure_gain(partial_game_of(v, true), seed, scale);
       }},
      {"V3.WithoutReplacement",
       "Gain of skipping exactly round(20 x) of 20 segments",
       partial_parameters(),
       {{{"c", 1}, {"R", 1.2}, {"S", 5}, {"q", 0.1}, {"k", 3}, {"x", 0.3}},
        {{"c", 1}, {"R", 1.2}, {"S", 5}, {"q", 0.2}, {"k", 1}, {"x", 0.5}}},
       refuse_losing,
       [](const Values& v) {
         return partial_gain_exact(v.at("c"), v.at("R"), v.at("S"), v.at("q"), whole(v, "k"),
                                   cheated_segments(v), kSegmentsOfGame);
       },
       [](const Values& v, std::uint64_t seed, int scale) {
         return measure_gain(partial_game_of(v, false), seed, scale);
       }},
      {"V5",
       "Cheated work that no verifier outside the ring sees",
       {{"r", 0.0, 0.9, false, "share of the verifiers in the ring"},
        {"k", 1, 8, true, "verifiers of an audit"}},
       {{{"r", 0.3}, {"k", 1}}, {{"r", 0.3}, {"k", 3}}},
       nullptr,
       [](const Values& v) { return undetected_by_colluders(v.at("r"), v.at("k")); },
       [](const Values& v, std::uint64_t seed, int scale) {
         return measure_undetected(v.at("r"), static_cast<int>(whole(v, "k")), seed, scale);
       }},
      {"V21",
       "Slashes that land before withdrawn stake is released",
       {{"U", 0.1, 100, false, "unbonding time, days"},
        {"D", 0.1, 100, false, "mean time until the audit, days"}},
       {{{"U", 7}, {"D", 3}}, {{"U", 14}, {"D", 3}}, {{"U", 7}, {"D", 14}}},
       nullptr,
       [](const Values& v) { return slash_lands(v.at("U"), v.at("D")); },
       [](const Values& v, std::uint64_t seed, int scale) {
         return measure_slash_lands(v.at("U"), v.at("D"), seed, scale);
       }},
  };
}

}  // namespace assay::analysis
