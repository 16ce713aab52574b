#include "protocol/verifier_pool.hpp"

#include <algorithm>

#include "sim/distributions.hpp"

namespace assay::protocol {

void VerifierPool::add(IdentityId id, Tokens stake) {
  members_.push_back(id);
  stakes_.push_back(stake.micro());
  empty_.push_back(0);
  total_ += stake.micro();
  // A new node holds the sums of the nodes below it.
  const std::size_t node = members_.size();
  std::int64_t sum = stake.micro();
  for (std::size_t step = 1; step < (node & (~node + 1)); step *= 2) sum += sums_[node - step - 1];
  sums_.push_back(sum);
}

std::size_t VerifierPool::place_of_member(IdentityId id) const {
  const auto at = std::find(members_.begin(), members_.end(), id);
  SIM_CHECK(at != members_.end());
  return static_cast<std::size_t>(at - members_.begin());
}

void VerifierPool::remove(IdentityId id) {
  const std::size_t place = place_of_member(id);
  SIM_CHECK(empty_[place] == 0);
  empty_[place] = 1;
  ++away_;
  away_stake_ += stakes_[place];
}

void VerifierPool::take_over(IdentityId former, IdentityId id, Tokens stake) {
  const std::size_t place = place_of_member(former);
  SIM_CHECK(empty_[place] != 0);
  empty_[place] = 0;
  --away_;
  away_stake_ -= stakes_[place];
  members_[place] = id;
  add_stake(sums_, place, stake.micro() - stakes_[place]);
  total_ += stake.micro() - stakes_[place];
  stakes_[place] = stake.micro();
}

void VerifierPool::rebuild() {
  sums_.assign(stakes_.size(), 0);
  total_ = 0;
  away_ = 0;
  away_stake_ = 0;
  for (std::size_t place = 0; place < stakes_.size(); ++place) {
    add_stake(sums_, place, stakes_[place]);
    total_ += stakes_[place];
    if (empty_[place] == 0) continue;
    ++away_;
    away_stake_ += stakes_[place];
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
  return by == VerifierDraw::Head ? draw_by_head(draws, wanted) : draw_by_stake(draws, wanted);
}

std::vector<IdentityId> VerifierPool::draw_by_head(sim::Draws draws, std::uint32_t wanted) const {
  const auto places = static_cast<std::uint32_t>(members_.size());
  std::vector<std::uint32_t> taken = sim::floyd_sample(draws, places, std::min(wanted, places));
  const std::size_t first_draws = taken.size();
  const auto is_empty = [this](std::uint32_t place) { return empty_[place] != 0; };
  auto left =
      static_cast<std::ptrdiff_t>(size()) -
      std::count_if(taken.begin(), taken.end(), [&](auto place) { return !is_empty(place); });
  std::vector<IdentityId> drawn;
  for (std::size_t i = 0; i < first_draws; ++i) {
    std::uint32_t place = taken[i];
    if (is_empty(place)) {
      // Somebody else comes in its place; the others keep theirs.
      if (left == 0) continue;
      --left;
      do {
        place = static_cast<std::uint32_t>(draws.below(places));
      } while (is_empty(place) || std::find(taken.begin(), taken.end(), place) != taken.end());
      taken.push_back(place);
    }
    drawn.push_back(members_[place]);
  }
  return drawn;
}

std::vector<IdentityId> VerifierPool::draw_by_stake(sim::Draws draws, std::uint32_t wanted) const {
  std::vector<IdentityId> drawn;
  std::vector<std::int64_t> without;  // the sums without the places that were drawn
  std::int64_t all = total_;
  std::int64_t left = total_ - away_stake_;  // of those who can still be drawn
  while (drawn.size() < wanted && left > 0) {
    const auto mark = static_cast<std::int64_t>(draws.below(static_cast<std::uint64_t>(all)));
    const std::size_t place = place_of(without.empty() ? sums_ : without, mark);
    if (empty_[place] == 0) {
      drawn.push_back(members_[place]);
      left -= stakes_[place];
    }
    if (drawn.size() == wanted) break;
    if (without.empty()) without = sums_;
    add_stake(without, place, -stakes_[place]);
    all -= stakes_[place];
  }
  return drawn;
}

void VerifierPool::save(sim::ByteWriter& out) const {
  out.put_rows(members_);
  out.put_rows(stakes_);
  out.put_rows(empty_);
}

void VerifierPool::load(sim::ByteReader& in) {
  members_ = in.get_rows<IdentityId>();
  stakes_ = in.get_rows<std::int64_t>();
  empty_ = in.get_rows<std::uint8_t>();
  const bool torn =
      members_.size() != stakes_.size() || members_.size() != empty_.size() ||
      std::any_of(stakes_.begin(), stakes_.end(), [](std::int64_t stake) { return stake < 0; });
  if (torn) throw sim::CorruptBytes("saved state: torn verifiers");
  rebuild();
}

}  // namespace assay::protocol
