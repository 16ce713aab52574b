#include "protocol/verification/replication.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "protocol/scenario/error.hpp"
#include "sim/large_vector.hpp"

namespace assay::protocol {
namespace {

/// A number by identity; identities beyond the end still have zero.
class Counters final : public Memory {
 public:
  [[nodiscard]] std::unique_ptr<Memory> clone() const override {
    return std::make_unique<Counters>(*this);
  }
  void save(sim::ByteWriter& out) const override { out.put_rows(values_); }
  void load(sim::ByteReader& in) override {
    values_ = in.get_rows<std::uint32_t, sim::LargePages<std::uint32_t>>();
  }
  [[nodiscard]] std::uint32_t of(IdentityId id) const {
    return index(id) < values_.size() ? values_[index(id)] : 0;
  }
  [[nodiscard]] std::uint32_t& at(IdentityId id) {
    if (values_.size() <= index(id)) values_.resize(index(id) + 1);
    return values_[index(id)];
  }

 private:
  sim::LargeVector<std::uint32_t> values_;
};

/// Equal answers together, in the order of their first votes.
struct Group {
  std::uint64_t root = 0;
  std::uint32_t votes = 0;
  double weight = 1.0;  ///< products of whole numbers: exact below 2^53, rounded alike above
};

/// The weight of one answer's author: two for who is new (PoCo's contract, integer arithmetic).
double weight(std::uint32_t score) { return std::max(score / 3, 3u) - 1; }

std::vector<Group> group_votes(const Counters& scores, std::span<const Vote> votes) {
  std::vector<Group> groups;
  for (const Vote& vote : votes) {
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const Group& one) { return one.root == vote.root; });
    if (group == groups.end()) group = groups.insert(groups.end(), Group{vote.root});
    ++group->votes;
    group->weight *= weight(scores.of(vote.provider));
  }
  return groups;
}

}  // namespace

Replication::Replication(const Params& params) : params_(params) {
  if (params.quorum <= params.replicas && params.replicas <= params.most) return;
  throw ConfigError(Complaint{
      "", 0, 0,
      fmt::format("verification: found a quorum of {} out of {} replicas, at most {}, expected the "
                  "quorum not above the replicas and these not above the most",
                  params.quorum, params.replicas, params.most)});
}

std::unique_ptr<Memory> Replication::memory() const { return std::make_unique<Counters>(); }

Count Replication::count(const Memory& memory, Chance chance, std::uint64_t task_key,
                         std::span<const Vote> votes) const {
  const auto& valid = static_cast<const Counters&>(memory);
  const auto replicas = static_cast<std::uint32_t>(params_.replicas);
  if (params_.adaptive && votes.size() == 1 && replicas > 1) {
    const std::uint32_t in_a_row = valid.of(votes.front().provider);
    const bool trusted = in_a_row >= static_cast<std::uint32_t>(params_.trusted_after);
    if (trusted && chance.open(Purpose::Replicate, task_key).below(in_a_row) != 0) {
      return {Count::Says::Accept, votes.front().root};
    }
    return {Count::Says::More, 0, replicas - 1};
  }
  const std::vector<Group> groups = group_votes(valid, votes);
  const auto best = std::max_element(groups.begin(), groups.end(),
                                     [](auto& a, auto& b) { return a.votes < b.votes; });
  const auto rivals = std::count_if(groups.begin(), groups.end(),
                                    [&](const Group& group) { return group.votes == best->votes; });
  if (best->votes >= static_cast<std::uint32_t>(params_.quorum) && rivals == 1) {
    return {Count::Says::Accept, best->root};
  }
  if (votes.size() >= static_cast<std::size_t>(params_.most)) return {};
  return {Count::Says::More, 0, 1};
}

void Replication::learn(Memory& memory, std::span<const Vote> votes, std::uint64_t root) const {
  if (votes.size() == 1) return;  // nobody has confirmed it
  auto& valid = static_cast<Counters&>(memory);
  for (const Vote& vote : votes) {
    std::uint32_t& in_a_row = valid.at(vote.provider);
    in_a_row = vote.root == root ? in_a_row + 1 : 0;
  }
}

std::unique_ptr<Memory> WeightedVoting::memory() const { return std::make_unique<Counters>(); }

Count WeightedVoting::count(const Memory& memory, Chance, std::uint64_t,
                            std::span<const Vote> votes) const {
  const std::vector<Group> groups = group_votes(static_cast<const Counters&>(memory), votes);
  double total = 1.0;
  for (const Group& group : groups) total += group.weight;
  const auto best = std::max_element(groups.begin(), groups.end(),
                                     [](auto& a, auto& b) { return a.weight < b.weight; });
  if (best->weight * params_.trust > total * (params_.trust - 1)) {
    return {Count::Says::Accept, best->root};
  }
  if (votes.size() >= static_cast<std::size_t>(params_.most)) return {};
  return {Count::Says::More, 0, 1};
}

void WeightedVoting::learn(Memory& memory, std::span<const Vote> votes, std::uint64_t root) const {
  auto& scores = static_cast<Counters&>(memory);
  for (const Vote& vote : votes) {
    std::uint32_t& score = scores.at(vote.provider);
    if (vote.root != root) {
      score -= score / 3;
    } else if (votes.size() > 1) {
      ++score;
    }
  }
}

}  // namespace assay::protocol
