#include "analysis/report/report.hpp"

namespace assay::analysis {

std::vector<Entry> standard_glossary() {
  return {
      {"attack", "A strategy that departs from honest work in order to gain."},
      {"audit",
       "A verifier re-executes randomly drawn segments of a finished task and compares the result "
       "with "
       "what was committed."},
      {"audit rate",
       "The share q of tasks that is audited, drawn after the provider has committed to its "
       "result."},
      {"break-even",
       "The audit rate at which cheating and honesty earn the same: q* = c/(R + S) for a provider "
       "who "
       "skips everything, with c the cost saved, R the reward and S the stake."},
      {"deterred",
       "The attack’s paired gain lies below zero, its whole interval included. It says that "
       "cheating "
       "loses, not that nobody cheats."},
      {"group", "Providers with the same mix of cards, hours and power price."},
      {"identity", "An account on the chain. One principal may own many."},
      {"interval",
       "The range that covers the true mean in 95 of 100 such reports. Chance only; errors of "
       "costs are "
       "shown under Costs."},
      {"overhead", "Extra computation per useful one: audits, disputes and commitments."},
      {"paired gain",
       "Profit of the same principal attacking minus the same principal staying honest, in the "
       "same "
       "market under the same random draws."},
      {"principal", "An economic actor. Profit is always counted over all its identities."},
      {"replication", "The scenario run once more with other random draws."},
      {"segment", "The work between two checkpoints; the smallest thing an audit re-executes."},
      {"slash", "Taking stake from an identity convicted of bad work."},
      {"stake", "Tokens locked by a provider per task, lost when slashed."},
      {"undecided", "The interval of the paired gain holds zero: this run cannot tell."},
      {"utilisation", "Share of all GPU time that was sold; time away counts as not sold."},
      {"verifier", "An identity drawn to re-execute segments and report a verdict."},
  };
}

}  // namespace assay::analysis
