#include "protocol/ledger.hpp"

namespace assay::protocol {

std::string_view name(Reason reason) {
  switch (reason) {
    case Reason::Endowment:
      return "endowment";
    case Reason::Purchase:
      return "purchase";
    case Reason::Lock:
      return "lock";
    case Reason::Payment:
      return "payment";
    case Reason::AuditFee:
      return "audit fee";
    case Reason::Refund:
      return "refund";
    case Reason::Stake:
      return "stake";
    case Reason::Unstake:
      return "unstake";
    case Reason::Release:
      return "release";
    case Reason::Transfer:
      return "transfer";
    case Reason::Bond:
      return "bond";
    case Reason::BondReturned:
      return "bond returned";
    case Reason::BondLost:
      return "bond lost";
    case Reason::SlashReporter:
      return "slash, to reporter";
    case Reason::SlashBurn:
      return "slash, burned";
    case Reason::SlashTreasury:
      return "slash, to treasury";
    case Reason::FaultFee:
      return "fault fee";
    case Reason::FalseApproval:
      return "false approval";
    case Reason::MissedFault:
      return "missed fault";
    case Reason::Tax:
      return "tax";
    case Reason::Jackpot:
      return "jackpot";
    case Reason::Energy:
      return "energy";
    case Reason::Wear:
      return "wear";
    case Reason::Cloud:
      return "cloud";
    case Reason::Elsewhere:
      return "earned elsewhere";
  }
  return "?";
}

std::string_view name(Holder holder) {
  switch (holder) {
    case Holder::Free:
      return "free";
    case Holder::Staked:
      return "staked";
    case Holder::Unbonding:
      return "unbonding";
    case Holder::Escrow:
      return "escrow";
    case Holder::Bond:
      return "bond";
    case Holder::Treasury:
      return "treasury";
    case Holder::Burned:
      return "burned";
    case Holder::Exchange:
      return "exchange";
    case Holder::Jackpot:
      return "jackpot";
  }
  return "?";
}

Ledger::Ledger(Tokens supply) : supply_(supply) {
  tokens_[kPools].resize(3);
  at(kExchangeAccount) = supply;
}

void Ledger::reserve(std::size_t identities, std::size_t principals) {
  tokens_[kIdentities].reserve(3 * identities);
  purses_.reserve(principals);
}

void Ledger::add_identity() { tokens_[kIdentities].resize(tokens_[kIdentities].size() + 3); }

void Ledger::add_principal() { purses_.emplace_back(); }

Ledger::Place Ledger::place_of(Account account) {
  switch (account.holder) {
    case Holder::Free:
      return {kIdentities, std::size_t{3} * account.index};
    case Holder::Staked:
      return {kIdentities, std::size_t{3} * account.index + 1};
    case Holder::Unbonding:
      return {kIdentities, std::size_t{3} * account.index + 2};
    case Holder::Escrow:
      return {kJobs, account.index};
    case Holder::Bond:
      return {kDisputes, account.index};
    case Holder::Treasury:
      return {kPools, 0};
    case Holder::Burned:
      return {kPools, 1};
    case Holder::Exchange:
      return {kPools, 2};
    case Holder::Jackpot:
      return {kPools, 3};
  }
  SIM_CHECK(false);
  return {};
}

Tokens& Ledger::at(Account account) {
  const Place place = place_of(account);
  sim::LargeVector<Tokens>& accounts = tokens_[place.book];
  // Rows of jobs and disputes are used again; their accounts open when a row is first used, and a
  // pool's when it first holds something.
  if (place.book != kIdentities && place.index >= accounts.size()) accounts.resize(place.index + 1);
  SIM_CHECK(place.index < accounts.size());
  return accounts[place.index];
}

Tokens Ledger::balance(Account account) const {
  const Place place = place_of(account);
  const sim::LargeVector<Tokens>& accounts = tokens_[place.book];
  return place.index < accounts.size() ? accounts[place.index] : Tokens{};
}

Result<void, MoveRefusal> Ledger::move(Account from, Account to, Tokens amount, Reason reason) {
  if (amount < Tokens{}) return refuse(MoveRefusal::NegativeAmount);
  if (balance(from) < amount) return refuse(MoveRefusal::InsufficientFunds);
  at(from) -= amount;
  at(to) += amount;
  if (observer_.value != nullptr) observer_.value->tokens_moved(from, to, amount, reason);
  return {};
}

void Ledger::transfer(Account from, Account to, Tokens amount, Reason reason) {
  SIM_CHECK(move(from, to, amount, reason).has_value());
}

void Ledger::pay(PrincipalId from, Outside to, Usd amount, Reason reason) {
  purses_[index(from)] -= amount;
  outside_[static_cast<std::size_t>(to)] += amount;
  if (observer_.value != nullptr) observer_.value->dollars_moved(from, to, amount, reason);
}

bool Ledger::balanced() const {
  Tokens tokens;
  for (const sim::LargeVector<Tokens>& accounts : tokens_) {
    for (const Tokens amount : accounts) {
      if (amount < Tokens{}) return false;
      tokens += amount;
    }
  }
  Usd dollars;
  for (const Usd amount : purses_) dollars += amount;
  for (const Usd amount : outside_) dollars += amount;
  return tokens == supply_ && dollars == Usd{};
}

void Ledger::digest(sim::Digest& digest) const {
  for (const sim::LargeVector<Tokens>& accounts : tokens_) {
    digest.update(std::as_bytes(std::span(accounts)));
  }
  digest.update(std::as_bytes(std::span(purses_)));
  digest.update(std::as_bytes(std::span(outside_)));
}

void Ledger::save(sim::ByteWriter& out) const {
  for (const sim::LargeVector<Tokens>& accounts : tokens_) out.put_rows(accounts);
  out.put_rows(purses_);
  out.put(outside_);
  out.put(supply_);
}

void Ledger::load(sim::ByteReader& in) {
  for (sim::LargeVector<Tokens>& accounts : tokens_)
    accounts = in.get_rows<Tokens, sim::LargePages<Tokens>>();
  purses_ = in.get_rows<Usd, sim::LargePages<Usd>>();
  outside_ = in.get<std::array<Usd, 4>>();
  supply_ = in.get<Tokens>();
  if (!balanced()) throw sim::CorruptBytes("saved state: the books do not balance");
}

}  // namespace assay::protocol
