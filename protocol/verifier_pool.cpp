#include "protocol/verifier_pool.hpp"

#include <algorithm>

#include "protocol/claim.hpp"

namespace assay::protocol {

void VerifierPool::add(IdentityId id, Tokens stake) {
  members_.push_back(id);
  stakes_.push_back(stake.micro());
  total_ += stake.micro();
  // A new node holds the sums of the nodes below it.
  const std::size_t node = members_.size();
  std::int64_t sum = stake.micro();
  for (std::size_t step = 1; step < (node & (~node + 1)); step *= 2) sum += sums_[node - step - 1];
  sums_.push_back(sum);
}

void VerifierPool::remove(IdentityId id) {
  const auto at = std::find(members_.begin(), members_.end(), id);
  SIM_CHECK(at != members_.end());
  stakes_.erase(stakes_.begin() + (at - members_.begin()));
  members_.erase(at);
  rebuild();
}

void VerifierPool::rebuild() {
  sums_.assign(stakes_.size(), 0);
  total_ = 0;
  for (std::size_t place = 0; place < stakes_.size(); ++place) {
    add_stake(sums_, place, stakes_[place]);
    total_ += stakes_[place];
  }
}

void VerifierPool::add_stake(std::vector<std::int64_t>& sums, std::size_t place,
                             std::int64_t micro) const {
  for (std::size_t node = place + 1; node <= sums.size(); node += node & (~node + 1)) {
    sums[node - 1] += micro;
  }
}

std::size_t VerifierPool::place_of(const std::vector<std::int64_t>& sums, std::int64_t mark) const {
  std::size_t step = 1;
  while (2 * step <= sums.size()) step *= 2;
  std::size_t place = 0;
  for (; step > 0; step /= 2) {
    if (place + step <= sums.size() && sums[place + step - 1] <= mark) {
      place += step;
      mark -= sums[place - 1];
    }
  }
  return place;
}

std::vector<IdentityId> VerifierPool::draw(sim::Draws draws, std::uint32_t wanted,
                                           VerifierDraw by) const {
  std::vector<IdentityId> drawn;
  if (by == VerifierDraw::Head) {
    const auto count = static_cast<std::uint32_t>(members_.size());
    for (const std::uint32_t place :
         sample_without_replacement(draws, count, std::min(wanted, count))) {
      drawn.push_back(members_[place]);
    }
    return drawn;
  }
  std::vector<std::int64_t> sums = wanted > 1 ? sums_ : std::vector<std::int64_t>{};
  std::int64_t left = total_;
  while (drawn.size() < wanted && left > 0) {
    const auto mark = static_cast<std::int64_t>(draws.below(static_cast<std::uint64_t>(left)));
    const std::size_t place = place_of(wanted > 1 ? sums : sums_, mark);
    drawn.push_back(members_[place]);
    left -= stakes_[place];
    if (wanted > 1) add_stake(sums, place, -stakes_[place]);
  }
  return drawn;
}

void VerifierPool::save(sim::ByteWriter& out) const {
  out.put_rows(members_);
  out.put_rows(stakes_);
}

void VerifierPool::load(sim::ByteReader& in) {
  members_ = in.get_rows<IdentityId>();
  stakes_ = in.get_rows<std::int64_t>();
  const bool torn =
      members_.size() != stakes_.size() ||
      std::any_of(stakes_.begin(), stakes_.end(), [](std::int64_t stake) { return stake < 0; });
  if (torn) throw sim::CorruptBytes("saved state: torn verifiers");
  rebuild();
}

}  // namespace assay::protocol
