#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/attack_evidence.hpp"
#include "analysis/attack_set.hpp"
#include "analysis/campaign/runner.hpp"

/// The runs behind attack tables and tuned parameters: markets in which somebody deviates, each
/// held against the same market in which nobody does.
namespace assay::analysis {

/// One replication: all metrics of the market, and what the deviators of `attacked_market` did.
[[nodiscard]] std::optional<RunResult> run_deviation(const PointSpec& point, std::uint64_t seed,
                                                     int replication,
                                                     const std::atomic<bool>& stop);

/// An attack against one market, one value a replication in each column.
struct PairedAttack {
  std::vector<double> gain_usd;          ///< per deviator: deviating minus staying honest
  std::vector<double> others_usd;        ///< change of an honest provider's profit
  std::vector<double> gain_total_usd;    ///< of all deviators together
  std::vector<double> others_total_usd;  ///< of all providers and verifiers who stay honest
  std::vector<double> honest_usd;        ///< the deviators' profit when they stay honest, each
  std::vector<double> bad_leases;        ///< per deviating provider
  std::vector<double> cheated;           ///< identities that handed in bad work
  std::vector<double> caught;            ///< of them, those convicted
  std::vector<double> cheating_d;        ///< days from their first bad work to conviction or end
  /// Of an honest task of the deviators; none where they had no lease that was accepted.
  std::optional<TaskMoney> task;
  [[nodiscard]] std::size_t replications() const { return gain_usd.size(); }
  /// Whether anybody handed in bad work or ended with other money than by staying honest.
  [[nodiscard]] bool acted() const;
};

/// A market under study: a scenario whose values are set anew for every point that is asked about.
/// Runs come from a campaign, so that none is computed twice. All functions throw ConfigError for
/// values that no scenario can have, std::runtime_error for runs that failed, and Interrupted.
class MarketUnderStudy {
 public:
  using Sets = std::vector<std::string>;  ///< `path.to.key=value` each

  /// `campaign` must have been made with `run_deviation`.
  MarketUnderStudy(Campaign& campaign, std::filesystem::path scenario, Sets sets,
                   Deviation deviation);

  /// The scenario with `sets` laid over it.
  [[nodiscard]] const protocol::LoadedScenario& at(const Sets& sets);
  /// The first `n` pairs of an attack.
  [[nodiscard]] PairedAttack attack(const Sets& sets, const Attack& attack, int n);
  /// What there is to know of the market in which everybody is honest.
  [[nodiscard]] std::vector<Metric> honest_metrics(const Sets& sets);
  /// One of these metrics, replications [0, n); not a number in those that do not have it.
  [[nodiscard]] std::vector<double> honest_metric(const Sets& sets, const std::string& name, int n);
  /// The same market with other draws from replication to replication: `seed` is the scenario's.
  [[nodiscard]] MarketUnderStudy reseeded(std::uint64_t seed) const;

  [[nodiscard]] protocol::LoadedScenario attacked(const Sets& sets, const Attack& attack);
  [[nodiscard]] std::int64_t runs() const { return runs_; }  ///< asked of the campaign, each once
  [[nodiscard]] const Deviation& deviation() const { return deviation_; }

 private:
  enum class Side { Attacked, Pair };
  [[nodiscard]] const SampleTable& samples(const Sets& sets, const Attack& attack, Side side,
                                           int n);

  Campaign* campaign_;
  std::filesystem::path scenario_;
  Sets sets_;
  Deviation deviation_;
  std::map<std::string, SampleTable> tables_;
  std::map<std::string, std::shared_ptr<const protocol::LoadedScenario>> markets_;
  std::int64_t runs_ = 0;
};

/// An attack that this market cannot be held against, and why: its costs say nothing of that work.
struct AttackLeftOut {
  std::string strategy;
  std::string noun;
  std::string reason;
};

/// All catalogued attacks that the market can play with `sets`; `left_out` gets the others. A
/// measured comparison, above all, says nothing of cheats that nobody recorded. Throws ConfigError
/// where it can play none.
[[nodiscard]] std::vector<std::string> playable_attacks(MarketUnderStudy& market,
                                                        const MarketUnderStudy::Sets& sets,
                                                        std::vector<AttackLeftOut>& left_out);

/// `low-precision work: <reason>` of each attack that was left out.
[[nodiscard]] std::vector<std::string> left_out_texts(std::span<const AttackLeftOut> left_out);

/// The metric that `asked` names, whose unit may be left out: `honest_margin` is
/// `honest_margin_share`. Throws ConfigError, with `option` and the nearest name, where there is
/// none; `also` is a name that is understood beside them.
[[nodiscard]] Metric find_metric(std::span<const Metric> known, std::string_view asked,
                                 std::string_view option, std::string_view also = {});

}  // namespace assay::analysis
