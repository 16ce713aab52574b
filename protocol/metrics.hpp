#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "protocol/ids.hpp"
#include "protocol/money.hpp"
#include "sim/bytes.hpp"
#include "sim/probe.hpp"
#include "sim/time.hpp"

namespace assay::protocol {

/// Why an act of the protocol was refused; counted by enumerator.
enum class Refusal : std::uint8_t {
  EscrowShort,  ///< a requester could not lock a price: there are no tokens left to buy
  OverLimit,    ///< a bid above the limit
  BondShort,    ///< a challenger could not lock its bond: the claim stood
  StakeShort    ///< a principal could not stake again, or not fill up its stake
};
inline constexpr std::size_t kRefusals = 4;

/// What a group of actors did while it was measured. Work is in microseconds on the reference
/// device, money in its own millionths.
struct GroupTotals {
  std::int64_t leases_ended = 0;  ///< finished or handed back, committed or not
  std::int64_t leases_committed = 0;
  std::int64_t leases_bad = 0;  ///< committed, with at least one segment not done
  std::int64_t leases_accepted = 0;
  std::int64_t bad_accepted = 0;
  std::int64_t leases_audited = 0;  ///< audits that ended
  std::int64_t bad_audited = 0;
  std::int64_t flagged = 0;  ///< rejected by a verifier
  std::int64_t bad_flagged = 0;
  std::int64_t slashed = 0;
  std::int64_t honest_slashed = 0;  ///< convicted although everything was done
  std::int64_t handed_back = 0;
  std::int64_t work_accepted_us = 0;
  std::int64_t work_bad_accepted_us = 0;  ///< accepted and not done
  std::int64_t earned_utok = 0;           ///< for work
  std::int64_t bad_earned_utok = 0;       ///< for leases with bad segments
  std::int64_t fees_utok = 0;             ///< for audits
  std::int64_t slashed_utok = 0;
  std::int64_t uncovered_utok = 0;  ///< of penalties that stake did not cover
  std::int64_t energy_uusd = 0;
  std::int64_t wear_uusd = 0;
  std::int64_t busy_slot_us = 0;  ///< machine time sold
  std::int64_t panel_us = 0;      ///< time of the panel's machines
  std::int64_t panel_up_us = 0;   ///< of it switched on
  std::int64_t exits = 0;         ///< stopped identities whose principal did not come back
  std::int64_t quits = 0;         ///< leases whose provider left in the middle
  std::int64_t withdrawals = 0;
  std::int64_t fault_fees_utok = 0;
  std::int64_t elsewhere_uusd = 0;   ///< earned by machines that had quit a lease
  std::int64_t verdicts = 0;         ///< reports made as verifiers
  std::int64_t unseen_verdicts = 0;  ///< of them without a re-execution of their principal's
  std::int64_t overturned = 0;       ///< approvals of claims that were convicted
  std::int64_t prizes_utok = 0;      ///< for planted faults
  std::int64_t missed_faults = 0;    ///< approvals of planted faults
  std::int64_t made_up = 0;          ///< disputes opened over a rejection without a finding
};

/// What the whole market did while it was measured.
struct MarketTotals {
  std::int64_t jobs = 0;
  std::int64_t jobs_done = 0;      ///< of `jobs`: all chains finished on the network
  std::int64_t jobs_late = 0;      ///< of `jobs`: deadline passed before that
  std::int64_t tasks_done = 0;     ///< links finished
  std::int64_t segments_done = 0;  ///< of these links
  std::int64_t work_posted_us = 0;
  std::int64_t work_network_us = 0;  ///< accepted
  std::int64_t work_useless_us = 0;  ///< of it not done
  /// Honest work lost to it: each segment as many as its cheat's harm says. In milliseconds, as a
  /// harm of 1000 in a large market would be beyond 64 bits in microseconds.
  std::int64_t work_harmed_ms = 0;
  std::int64_t work_cloud_us = 0;     ///< left for the cloud
  std::int64_t paid_uusd = 0;         ///< for work, at the token price of that moment
  std::int64_t cloud_worth_uusd = 0;  ///< what the accepted work would have cost in the cloud
  std::int64_t cloud_paid_uusd = 0;
  std::int64_t audit_fees_uusd = 0;
  std::int64_t tax_uusd = 0;         ///< paid into the jackpot's pool
  std::int64_t awarded_work_us = 0;  ///< of new leases, with the sum of their prices
  std::int64_t awarded_uusd = 0;
  std::int64_t audits_unheld = 0;    ///< drawn, and no verifier could be called or paid
  std::int64_t calls_missing = 0;    ///< verifiers that audits asked for and did not get
  std::int64_t audited_work_us = 0;  ///< re-executed by verifiers, or done by further replicas
  std::int64_t rerun_work_us = 0;    ///< re-executed in disputes
  std::int64_t commitment_us = 0;    ///< provider time spent on hashing and commitments
  std::int64_t provider_us = 0;      ///< all provider time, for its share
  std::int64_t lost_work_us = 0;     ///< done, not committed, lost when a lease ended early
  std::int64_t disputes = 0;
  std::int64_t dispute_rounds = 0;
  std::array<std::int64_t, 6> closings{};  ///< of disputes, by Closing
  std::int64_t moved_bytes = 0;
  std::int64_t planted = 0;         ///< audits of a planted fault that ended
  std::int64_t ballots = 0;         ///< results found by votes
  std::int64_t replicas = 0;        ///< answers that they were found from
  std::int64_t wrong_ballots = 0;   ///< of them not what honest work gives
  std::int64_t failed_ballots = 0;  ///< votes without a result
  std::int64_t burned_utok = 0;
  std::int64_t treasury_utok = 0;
  std::array<std::int64_t, kRefusals> refusals{};
};

/// One cell of the fixed grid of simulated time.
struct Cell {
  std::int64_t awarded_work_us = 0;
  std::int64_t awarded_uusd = 0;
  std::int64_t busy_slot_us = 0;
  std::int64_t audits = 0;
  std::int64_t jobs = 0;
  std::int64_t token_price_nusd = 0;  ///< nano-dollars a token, at the end of the cell
};
/// The same for one group; `wealth_uusd` is a reading at the end of the cell.
struct GroupCell {
  std::int64_t accepted = 0;
  std::int64_t bad_accepted = 0;
  std::int64_t slashed = 0;
  std::int64_t wealth_uusd = 0;
};

/// Everything that a run observes, in bounded memory: totals since the end of the warm-up,
/// sketches, and a grid of `kCells` cells over the horizon. Integers only; part of the world.
class Metrics {
 public:
  static constexpr std::size_t kCells = 90;

  Metrics() = default;
  Metrics(std::size_t groups, sim::SimDuration horizon);

  /// Forgets what happened during the warm-up; the grid keeps it.
  void start_measuring(sim::SimTime now);

  MarketTotals market;
  std::vector<GroupTotals> groups;
  std::vector<Cell> cells;
  std::vector<GroupCell> group_cells;  ///< [cell * groups + group]
  sim::QuantileSketch detection_ns;    ///< from a commitment to the conviction for it
  sim::QuantileSketch waiting_ns;      ///< from looking for a provider to finding one
  sim::QuantileSketch dispute_ns;      ///< from opening to closing
  sim::SimTime measured_from;

  [[nodiscard]] Cell& cell(sim::SimTime now);
  [[nodiscard]] GroupCell& cell(sim::SimTime now, GroupId group);
  [[nodiscard]] std::size_t cell_index(sim::SimTime now) const;
  [[nodiscard]] sim::SimDuration cell_length() const { return cell_length_; }

  /// `delta` slots of the group become busy (or free) now.
  void busy(sim::SimTime now, GroupId group, int delta);
  /// Brings the integrals of busy time up to now.
  void settle_busy(sim::SimTime now);

  void save(sim::ByteWriter& out) const;
  void load(sim::ByteReader& in);

 private:
  sim::SimDuration cell_length_{1};
  sim::SimTime busy_since_;
  std::vector<std::int64_t> busy_slots_;  ///< by group, now
};

/// Whole microseconds, rounded toward zero.
[[nodiscard]] constexpr std::int64_t to_us(sim::SimDuration span) { return span.count() / 1000; }

}  // namespace assay::protocol
