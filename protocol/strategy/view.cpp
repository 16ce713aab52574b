#include "protocol/strategy/view.hpp"

#include "protocol/world.hpp"

namespace assay::protocol {

View::View(const World& world, const Rules& rules, IdentityId self)
    : world_(&world), rules_(&rules), self_(self) {}

sim::SimTime View::now() const { return world_->engine.now(); }

PublicRecord View::record(IdentityId identity) const {
  const IdentityRow& row = world_->identities[index(identity)];
  return {row.done, row.handed_back, row.registered,
          rules_->reputation->score(*world_->reputation, identity)};
}

std::optional<sim::SimDuration> View::since_audit() const {
  const sim::SimTime last = world_->identities[index(self_)].last_audit;
  if (last == sim::kNever) return std::nullopt;
  return now() - last;
}

PublicTerms View::terms() const { return {rules_->verification->audit_rate()}; }

bool View::is_mine(IdentityId identity) const {
  return world_->identities[index(identity)].owner == world_->identities[index(self_)].owner;
}

std::uint32_t View::convictions() const {
  std::uint32_t sum = 0;
  const std::uint32_t owner = world_->identities[index(self_)].owner;
  for (std::uint32_t id = world_->principals[owner].first_identity; id != kNone;
       id = world_->identities[id].next_of_owner) {
    sum += world_->identities[id].slashed;
  }
  return sum;
}

Tokens View::free() const {
  Tokens sum;
  const std::uint32_t owner = world_->identities[index(self_)].owner;
  for (std::uint32_t id = world_->principals[owner].first_identity; id != kNone;
       id = world_->identities[id].next_of_owner) {
    sum += world_->ledger.balance(free_of(IdentityId{id}));
  }
  return sum;
}

Tokens View::unbonding() const {
  Tokens sum;
  const std::uint32_t owner = world_->identities[index(self_)].owner;
  for (std::uint32_t id = world_->principals[owner].first_identity; id != kNone;
       id = world_->identities[id].next_of_owner) {
    sum += world_->ledger.balance(unbonding_of(IdentityId{id}));
  }
  return sum;
}

sim::Draws View::draws(std::uint64_t key) const {
  const IdentityRow& self = world_->identities[index(self_)];
  return world_->chance.open(Purpose::Strategy, sim::mix(self.key, key));
}

}  // namespace assay::protocol
