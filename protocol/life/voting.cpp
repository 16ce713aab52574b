#include "protocol/life/voting.hpp"

#include <optional>
#include <span>
#include <vector>

#include "protocol/claim.hpp"
#include "protocol/life/matching.hpp"
#include "protocol/life/posting.hpp"
#include "protocol/life/running.hpp"
#include "protocol/life/settling.hpp"
#include "protocol/verification/voting.hpp"

namespace assay::protocol {
namespace {

std::uint64_t right_root(const BallotRow& ballot) { return sim::mix(ballot.key, 0); }

/// Whether an answer agrees with an honest one on the reference device. What a cheated segment
/// changed stays in all that follows, so that each of them tells; an honest answer is compared at
/// its end.
bool is_right(const Context& context, const LeaseRow& lease) {
  const Chance& chance = context.world.chance;
  const auto agrees = [&](std::uint32_t segment) {
    return context.rules.execution
        ->compare(chance, truth(context, lease, segment), context.rules.setting.reference)
        .agrees;
  };
  if (lease.cheated == 0) return agrees(lease.segments - 1);
  for (std::uint32_t segment = 0; segment < lease.segments; ++segment) {
    if (is_bad(chance, lease, segment) && !agrees(segment)) return false;
  }
  return true;
}

/// The root of an answer. Right ones have one root, however they were made; a wrong one has a root
/// of its own, or that of its owner's other wrong answers where they have agreed on one.
std::uint64_t root_of(const Context& context, const LeaseRow& lease, const BallotRow& ballot) {
  const World& world = context.world;
  if (is_right(context, lease)) return right_root(ballot);
  if (lease.accord != 0) {
    const std::uint32_t owner = world.identities[lease.provider].owner;
    return sim::mix(ballot.key, world.principals[owner].key);
  }
  return sim::mix(lease.key, 1);
}

/// So many tasks for replicas of the ballot's link, those that rest from an earlier link first.
std::vector<TaskId> add_replicas(Context& context, BallotId id, std::uint32_t wanted) {
  World& world = context.world;
  const TaskId chain = world.ballots.at(id).chain;
  std::vector<TaskId> added;
  TaskId last = chain;
  while (added.size() < wanted) {
    TaskId next = world.tasks.at(last).next_replica;
    if (!next) {
      TaskRow row = world.tasks.at(chain);
      JobRow& job = world.jobs.at(row.job);
      row.next_of_job = job.first_task;
      row.next_replica = TaskId{};
      row.lease = LeaseId{};
      row.timer = Timer{};
      row.state = TaskState::Resting;
      next = world.tasks.add(row);
      job.first_task = next;
      world.tasks.at(last).next_replica = next;
    } else if (world.tasks.at(next).state != TaskState::Resting || world.tasks.at(next).lease) {
      last = next;
      continue;
    }
    start_link(context, next, world.tasks.at(chain).link);
    BallotRow& ballot = world.ballots.at(id);
    world.tasks.at(next).key = sim::mix(ballot.key, ++ballot.asked);
    added.push_back(next);
    last = next;
  }
  world.ballots.at(id).replicas += wanted;
  return added;
}

/// Lets each of them look for a provider; what one fails to find may end the chain, and its rows.
void seek_all(Context& context, const std::vector<TaskId>& replicas) {
  for (const TaskId replica : replicas) {
    if (context.world.tasks.find(replica) != nullptr) seek_provider(context, replica);
  }
}

/// Takes the answers off the ballot; from here on its tasks rest.
std::vector<LeaseId> take_answers(World& world, BallotRow& ballot) {
  std::vector<LeaseId> answers;
  for (TaskId id = ballot.chain; id;) {
    TaskRow& replica = world.tasks.at(id);
    if (replica.lease) answers.push_back(replica.lease);
    replica.lease = LeaseId{};
    replica.state = TaskState::Resting;
    id = replica.next_replica;
  }
  ballot.replicas = 0;
  ballot.votes = 0;
  return answers;
}

void accept_answer(Context& context, BallotId id, std::span<const Vote> votes, std::uint64_t root) {
  World& world = context.world;
  const Voting& voting = *context.rules.verification->voting();
  BallotRow& ballot = world.ballots.at(id);
  const TaskId chain = ballot.chain;
  MarketTotals& totals = world.metrics.market;
  ++totals.ballots;
  totals.replicas += static_cast<std::int64_t>(votes.size());
  if (root != right_root(ballot)) ++totals.wrong_ballots;
  voting.learn(*world.voting, votes, root);
  const std::vector<LeaseId> answers = take_answers(world, ballot);
  // Right answers are paid before anybody is convicted: no order among them decides who is.
  bool counted = false;
  for (const LeaseId answer : answers) {
    if (world.leases.at(answer).root != root) continue;
    pay_work(context, answer, !counted);
    counted = true;
  }
  for (const LeaseId answer : answers) {
    if (world.leases.find(answer) == nullptr) continue;
    if (voting.convicts()) {
      punish(context, answer, std::nullopt);
    } else {
      dismiss(context, answer, true);
    }
  }
  TaskRow& task = world.tasks.at(chain);
  task.kept = task.segments;
  finish_link(context, chain);
}

void fail(Context& context, BallotId id) {
  World& world = context.world;
  BallotRow& ballot = world.ballots.at(id);
  const TaskId chain = ballot.chain;
  ++world.metrics.market.failed_ballots;
  for (const LeaseId answer : take_answers(world, ballot)) dismiss(context, answer, false);
  end_chain(context, chain, ChainEnd::ToCloud);
}

/// Counts when all answers are in. `may_ask`: replicas that were given up are not replaced.
void count_votes(Context& context, BallotId id, bool may_ask) {
  World& world = context.world;
  const BallotRow& ballot = world.ballots.at(id);
  if (ballot.votes < ballot.replicas) return;
  std::vector<Vote> votes;
  for (TaskId at = ballot.chain; at; at = world.tasks.at(at).next_replica) {
    const LeaseId lease = world.tasks.at(at).lease;
    if (!lease) continue;
    const LeaseRow& row = world.leases.at(lease);
    votes.push_back({IdentityId{row.provider}, row.root});
  }
  Count count;
  if (!votes.empty()) {
    count =
        context.rules.verification->voting()->count(*world.voting, world.chance, ballot.key, votes);
  }
  if (count.says == Count::Says::Accept) {
    accept_answer(context, id, votes, count.root);
  } else if (count.says == Count::Says::More && may_ask && world.jobs.at(ballot.job).expired == 0) {
    seek_all(context, add_replicas(context, id, count.more));
  } else {
    fail(context, id);
  }
}

}  // namespace

void open_ballot(Context& context, TaskId chain) {
  World& world = context.world;
  TaskRow& task = world.tasks.at(chain);
  if (!task.ballot) {
    BallotRow ballot;
    ballot.job = task.job;
    ballot.chain = chain;
    task.ballot = world.ballots.add(ballot);
  }
  const BallotId id = task.ballot;
  BallotRow& ballot = world.ballots.at(id);
  ballot.key = task.key;
  ballot.replicas = 1;
  ballot.asked = 0;
  std::vector<TaskId> replicas =
      add_replicas(context, id, context.rules.verification->voting()->replicas() - 1);
  replicas.insert(replicas.begin(), chain);
  seek_all(context, replicas);
}

void cast(Context& context, LeaseId id) {
  World& world = context.world;
  LeaseRow& lease = world.leases.at(id);
  TaskRow& task = world.tasks.at(lease.task);
  BallotRow& ballot = world.ballots.at(task.ballot);
  lease.root = root_of(context, lease, ballot);
  lease.state = LeaseState::Voted;
  task.state = TaskState::Resting;
  // All answers but one are work done again.
  if (ballot.votes++ > 0) {
    world.metrics.market.audited_work_us += to_us(lease_work(context, lease).on_reference);
  }
  count_votes(context, task.ballot, true);
}

void drop_replica(Context& context, TaskId replica) {
  World& world = context.world;
  TaskRow& task = world.tasks.at(replica);
  task.state = TaskState::Resting;
  --world.ballots.at(task.ballot).replicas;
  count_votes(context, task.ballot, false);
}

bool takes_part(const World& world, const TaskRow& task, IdentityId provider) {
  if (!task.ballot) return false;
  for (TaskId at = world.ballots.at(task.ballot).chain; at;) {
    const TaskRow& replica = world.tasks.at(at);
    if (replica.lease && world.leases.at(replica.lease).provider == index(provider)) return true;
    at = replica.next_replica;
  }
  return false;
}

}  // namespace assay::protocol
