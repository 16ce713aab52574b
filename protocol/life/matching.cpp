#include "protocol/life/matching.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "protocol/life/posting.hpp"
#include "protocol/life/running.hpp"
#include "protocol/life/staking.hpp"
#include "protocol/life/voting.hpp"

namespace assay::protocol {
namespace {

constexpr std::size_t kMostInvited = 64;

/// Distinct online candidates, in drawn order, and how many of their slots were drawn.
class Candidates {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const Pool::Entry& operator[](std::size_t i) const { return entries_[i]; }
  [[nodiscard]] std::vector<IdentityId> ids() const {
    return {entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(size_)};
  }
  [[nodiscard]] bool has(IdentityId id) const {
    return std::any_of(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(size_),
                       [id](const Pool::Entry& entry) { return entry.id == id; });
  }
  [[nodiscard]] std::int64_t drawn(std::size_t i) const { return drawn_[i]; }
  void add(const Pool::Entry& entry, std::int64_t slots = 1) {
    drawn_[size_] = slots;
    entries_[size_++] = entry;
  }
  /// One more slot of somebody who may be among them already.
  void add_slot(const Pool::Entry& entry) {
    for (std::size_t i = 0; i < size_; ++i) {
      if (entries_[i].id != entry.id) continue;
      ++drawn_[i];
      return;
    }
    add(entry);
  }

 private:
  std::array<Pool::Entry, kMostInvited> entries_;
  std::array<std::int64_t, kMostInvited> drawn_;
  std::size_t size_ = 0;
};

/// Whether a drawn identity is there; if not, it leaves the index until it is back.
bool is_there(Context& context, const Pool::Entry& entry) {
  if (entry.until > context.now()) return true;
  refresh(context, entry.id);
  return context.identity(entry.id).place != kNone;
}

/// What the chance of an idle machine of this class to be drawn is in proportion to.
std::uint64_t weight_in(const Rules& rules, std::uint16_t pool_class) {
  return rules.market->invites() == Market::Invites::ByHead ? 1 : rules.classes[pool_class].slots;
}

/// Whose mark it is when the idle machines' weights are counted one after the other.
const Pool::Entry* idle_member(const Context& context, const std::vector<std::uint16_t>& eligible,
                               std::uint64_t mark) {
  for (const std::uint16_t c : eligible) {
    const std::vector<Pool::Entry>& members = context.world.pool.idle(c);
    const std::uint64_t weight = weight_in(context.rules, c);
    if (mark < members.size() * weight) return &members[mark / weight];
    mark -= members.size() * weight;
  }
  SIM_CHECK(false);
  return nullptr;
}

/// The idle machines that can run a workload, and the sum of their weights.
struct Idle {
  std::size_t machines = 0;
  std::uint64_t weight = 0;
};
Idle count_idle(const Context& context, const std::vector<std::uint16_t>& eligible) {
  Idle idle;
  for (const std::uint16_t c : eligible) {
    const std::size_t members = context.world.pool.idle(c).size();
    idle.machines += members;
    idle.weight += members * weight_in(context.rules, c);
  }
  return idle;
}

/// How many of the idle already work on, or have answered, another replica of the task.
std::size_t idle_in_ballot(const World& world, const TaskRow& task,
                           const std::vector<std::uint16_t>& eligible) {
  if (!task.ballot) return 0;
  std::size_t count = 0;
  for (TaskId id = world.ballots.at(task.ballot).chain; id;) {
    const TaskRow& replica = world.tasks.at(id);
    if (replica.lease) {
      const IdentityRow& row = world.identities[world.leases.at(replica.lease).provider];
      const bool fits = std::find(eligible.begin(), eligible.end(), row.pool) != eligible.end();
      if (row.place != kNone && fits) ++count;
    }
    id = replica.next_replica;
  }
  return count;
}

/// A pool of slots: all that are idle where they are no more than are invited, else so many, each
/// of them any slot with the same chance.
Candidates draw_slots(Context& context, const TaskRow& task,
                      const std::vector<std::uint16_t>& eligible, std::size_t invited,
                      sim::Draws draws) {
  const World& world = context.world;
  Candidates pool;
  Idle idle = count_idle(context, eligible);
  if (idle.weight <= invited) {
    for (const std::uint16_t c : eligible) {
      const std::vector<Pool::Entry> members = world.pool.idle(c);  // who is away leaves it
      for (const Pool::Entry& entry : members) {
        if (takes_part(world, task, entry) || !is_there(context, entry)) continue;
        pool.add(entry, context.rules.classes[c].slots);
      }
    }
    return pool;
  }
  const std::size_t barred = idle_in_ballot(world, task, eligible);
  for (std::size_t drawn = 0; drawn < invited && idle.machines > barred;) {
    const Pool::Entry entry = *idle_member(context, eligible, draws.below(idle.weight));
    if (takes_part(world, task, entry)) continue;
    if (is_there(context, entry)) {
      pool.add_slot(entry);
      ++drawn;
    } else {
      idle = count_idle(context, eligible);
    }
  }
  return pool;
}

Candidates draw_candidates(Context& context, const TaskRow& task, const JobRow& job) {
  World& world = context.world;
  const auto& eligible = context.rules.eligible[index(job.workload)];
  const auto invited = static_cast<std::size_t>(context.rules.market->terms().invited);
  sim::Draws draws =
      world.chance.open(Purpose::Invite, sim::mix(task.key, task.attempt, task.tries));

  if (context.rules.market->invites() == Market::Invites::Slots) {
    return draw_slots(context, task, eligible, invited, draws);
  }

  Idle idle = count_idle(context, eligible);
  Candidates candidates;
  // Few are idle: they are drawn from a list of their own, until it is empty.
  if (idle.machines <= 2 * invited) {
    struct Weighted {
      Pool::Entry entry;
      std::uint64_t weight;
    };
    std::array<Weighted, 2 * kMostInvited> all;
    std::size_t found = 0;
    for (const std::uint16_t c : eligible) {
      for (const Pool::Entry& entry : world.pool.idle(c)) {
        all[found++] = {entry, weight_in(context.rules, c)};
      }
    }
    while (found > 0 && candidates.size() < invited) {
      std::uint64_t mark = draws.below(idle.weight);
      std::size_t pick = 0;
      while (mark >= all[pick].weight) mark -= all[pick++].weight;
      const Pool::Entry entry = all[pick].entry;
      idle.weight -= all[pick].weight;
      all[pick] = all[--found];
      if (!takes_part(world, task, entry) && is_there(context, entry)) candidates.add(entry);
    }
    return candidates;
  }
  // All that are still missing are drawn before the first is looked at, so that their entries come
  // from memory together.
  std::array<const Pool::Entry*, kMostInvited> places;
  std::array<Pool::Entry, kMostInvited> drawn;
  const std::size_t barred = idle_in_ballot(world, task, eligible);
  while (candidates.size() < invited && idle.machines > candidates.size() + barred) {
    const std::size_t missing = invited - candidates.size();
    for (std::size_t i = 0; i < missing; ++i) {
      places[i] = idle_member(context, eligible, draws.below(idle.weight));
      __builtin_prefetch(places[i]);
    }
    for (std::size_t i = 0; i < missing; ++i) drawn[i] = *places[i];
    for (std::size_t i = 0; i < missing; ++i) {
      if (!candidates.has(drawn[i]) && !takes_part(world, task, drawn[i]) &&
          is_there(context, drawn[i])) {
        candidates.add(drawn[i]);
      }
    }
    idle = count_idle(context, eligible);
  }
  return candidates;
}

std::optional<Usd> ask(Context& context, const Pool::Entry& candidate, const Work& work) {
  const Group& group = context.rules.groups[index(candidate.group)];
  const Cost cost = context.rules.execution->cost(work, candidate.device);
  const QuoteFacts facts{
      energy_cost(group, cost.joules) + wear_cost(context.world, group, candidate.id, cost.length),
      work.on_reference, context.rules.market->terms().invited};
  return group.strategy->quote(View(context.world, context.rules, candidate.id), facts,
                               *group.bidding);
}

enum class Auction : std::uint8_t { Awarded, NoPrice, EscrowShort };

/// The auction among the candidates; starts the winner's lease.
Auction hold_auction(Context& context, TaskId task_id, const Candidates& candidates) {
  World& world = context.world;
  const TaskRow& task = world.tasks.at(task_id);
  const JobRow& job = world.jobs.at(task.job);
  const Work work = remaining_work(context, task);
  const Usd limit = price_of(job.limit_rate, work.on_reference);
  const Market& market = *context.rules.market;
  std::array<Bid, kMostInvited> bids;
  std::size_t count = 0;
  Usd lowest;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const std::optional<Usd> price = ask(context, candidates[i], work);
    if (!price) continue;
    if (*price > limit) {
      ++world.metrics.market.refusals[static_cast<std::size_t>(Refusal::OverLimit)];
      continue;
    }
    if (count == 0 || *price < lowest) {  // who bids least will probably win
      lowest = *price;
      __builtin_prefetch(&context.identity(candidates[i].id));
      world.ledger.prefetch(candidates[i].id);
    }
    Tokens stake;
    if (market.weighs_stakes()) {
      stake = Tokens::micro(mul_div(world.ledger.balance(staked_of(candidates[i].id)).micro(),
                                    candidates.drawn(i), context.identity(candidates[i].id).slots));
    }
    bids[count++] = Bid{static_cast<std::uint32_t>(i), *price, stake};
  }
  std::optional<Award> award = market.award(
      std::span(bids.data(), count), AuctionFacts{limit, work.on_reference, world.chance,
                                                  sim::mix(task.key, task.attempt, task.tries)});
  const bool escrow_short = award && !promise(context, task.job, award->price);
  if (escrow_short) {
    ++world.metrics.market.refusals[static_cast<std::size_t>(Refusal::EscrowShort)];
    award.reset();
  }
  LeaseId lease;
  if (award) lease = start_lease(context, task_id, candidates[award->candidate], award->price);
  if (context.observer != nullptr) {
    const std::vector<IdentityId> invited = candidates.ids();
    context.observer->auctioned(world, {task_id, invited, std::span(bids.data(), count), limit,
                                        lease, award ? award->price : Usd{}});
  }
  if (escrow_short) return Auction::EscrowShort;
  return award ? Auction::Awarded : Auction::NoPrice;
}

/// The task asks again later, or after so many tries no more.
void back_off(Context& context, TaskId task_id) {
  TaskRow& task = context.world.tasks.at(task_id);
  ++task.tries;
  const Market::Terms& terms = context.rules.market->terms();
  if (task.tries >= static_cast<std::uint32_t>(terms.tries)) {
    give_up(context, task_id);
    return;
  }
  task.state = TaskState::Backoff;
  task.timer = context.world.engine.schedule(context.now() + terms.backoff, Event::queue(task_id));
}

WorkloadId workload_at(std::size_t place) { return WorkloadId{static_cast<std::uint16_t>(place)}; }

/// The next task of a workload that still waits; those that found another end are dropped.
const WaitingTasks::Entry* first_waiting(World& world, WorkloadId workload) {
  while (const WaitingTasks::Entry* entry = world.waiting.top(workload)) {
    const TaskRow* task = world.tasks.find(entry->task);
    if (task != nullptr && task->state == TaskState::Waiting && task->key == entry->task_key) {
      return entry;
    }
    world.waiting.pop(workload);
  }
  return nullptr;
}

}  // namespace

Work remaining_work(const Context& context, const TaskRow& task) {
  const JobRow& job = context.world.jobs.at(task.job);
  const sim::SimDuration link = context.rules.link_work(job.work, task.link);
  return {job.workload,
          task.kept == 0
              ? link
              : sim::SimDuration{mul_div(link.count(), task.segments - task.kept, task.segments)},
          task.segments - task.kept};
}

void seek_provider(Context& context, TaskId task_id) {
  World& world = context.world;
  TaskRow& task = world.tasks.at(task_id);
  const JobRow& job = world.jobs.at(task.job);
  if (job.expired != 0) {
    give_up(context, task_id);
    return;
  }
  const Candidates candidates = draw_candidates(context, task, job);
  if (candidates.size() == 0) {
    task.state = TaskState::Waiting;
    world.waiting.push(job.workload,
                       {job.limit_rate.micro(), world.waiting_serial++, task_id, task.key});
    return;
  }
  if (hold_auction(context, task_id, candidates) != Auction::Awarded) back_off(context, task_id);
}

void serve_waiting(Context& context, IdentityId provider) {
  World& world = context.world;
  // What is found too cheap is passed by, and with it all that waits behind it for less.
  std::int64_t passed_limit = std::numeric_limits<std::int64_t>::max();
  std::size_t passed_workload = 0;
  // What it may not take, because it takes part in another replica, is put back at the end.
  std::vector<std::pair<WorkloadId, WaitingTasks::Entry>> barred;
  const auto put_back = [&] {
    for (const auto& [workload, entry] : barred) world.waiting.push(workload, entry);
    barred.clear();
  };
  // The index says whether it is idle and there: a provider that is not in it takes nothing.
  while (context.identity(provider).place != kNone) {
    const std::uint16_t pool_class = context.identity(provider).pool;
    const WaitingTasks::Entry* best = nullptr;
    std::size_t best_workload = 0;
    for (std::size_t w = 0; w < context.rules.eligible.size(); ++w) {
      const auto& eligible = context.rules.eligible[w];
      if (std::find(eligible.begin(), eligible.end(), pool_class) == eligible.end()) continue;
      const WaitingTasks::Entry* entry = first_waiting(world, workload_at(w));
      while (entry != nullptr && takes_part(world, world.tasks.at(entry->task), provider)) {
        barred.emplace_back(workload_at(w), *entry);
        world.waiting.pop(workload_at(w));
        entry = first_waiting(world, workload_at(w));
      }
      if (entry == nullptr || entry->limit_rate > passed_limit ||
          (entry->limit_rate == passed_limit && w < passed_workload)) {
        continue;
      }
      if (best == nullptr || entry->limit_rate > best->limit_rate) {
        best = entry;
        best_workload = w;
      }
    }
    if (best == nullptr) break;
    const std::int64_t limit = best->limit_rate;
    const TaskId task = best->task;
    Candidates only;
    only.add(world.pool.idle(pool_class)[context.identity(provider).place],
             context.identity(provider).slots);
    switch (hold_auction(context, task, only)) {
      case Auction::Awarded:
        world.waiting.pop(workload_at(best_workload));
        break;
      case Auction::NoPrice:
        passed_limit = limit;
        passed_workload = best_workload + 1;
        break;
      case Auction::EscrowShort:  // the next task's job may have its tokens
        world.waiting.pop(workload_at(best_workload));
        put_back();  // others may be asked before it returns
        back_off(context, task);
        break;
    }
  }
  put_back();
}

}  // namespace assay::protocol
