#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "protocol/ids.hpp"
#include "protocol/money.hpp"
#include "protocol/result.hpp"
#include "sim/bytes.hpp"
#include "sim/digest.hpp"
#include "sim/large_vector.hpp"

namespace assay::protocol {

/// Where tokens can be. Every token is in exactly one place.
enum class Holder : std::uint8_t {
  Free,       ///< of an identity
  Staked,     ///< of an identity
  Unbonding,  ///< of an identity: withdrawn, and still within reach of a slash
  Escrow,     ///< of a job: what its requester has locked
  Bond,       ///< of a dispute: what its challenger has locked
  Treasury,
  Burned,
  Exchange,  ///< the market outside, where tokens are bought for dollars
  Jackpot    ///< for finders of planted faults
};

/// One token account.
struct Account {
  Holder holder = Holder::Exchange;
  std::uint32_t index = 0;  ///< identity, or row of the job or dispute
};
[[nodiscard]] constexpr Account free_of(IdentityId id) { return {Holder::Free, index(id)}; }
[[nodiscard]] constexpr Account staked_of(IdentityId id) { return {Holder::Staked, index(id)}; }
[[nodiscard]] constexpr Account unbonding_of(IdentityId id) {
  return {Holder::Unbonding, index(id)};
}
[[nodiscard]] constexpr Account escrow_of(JobId id) { return {Holder::Escrow, id.row}; }
[[nodiscard]] constexpr Account bond_of(DisputeId id) { return {Holder::Bond, id.row}; }
inline constexpr Account kTreasuryAccount{Holder::Treasury};
inline constexpr Account kBurnedAccount{Holder::Burned};
inline constexpr Account kExchangeAccount{Holder::Exchange};
inline constexpr Account kJackpotAccount{Holder::Jackpot};

/// Where dollars go and come from outside the market. The cloud is also where machines earn that
/// work elsewhere.
enum class Outside : std::uint8_t { Energy, Capital, Cloud, Exchange };

/// Why money moves. Every move has exactly one reason.
enum class Reason : std::uint8_t {
  Endowment,
  Purchase,
  Lock,
  Payment,
  AuditFee,
  Refund,
  Stake,
  Unstake,
  Release,
  Transfer,
  Bond,
  BondReturned,
  BondLost,
  SlashReporter,
  SlashBurn,
  SlashTreasury,
  FaultFee,
  FalseApproval,
  MissedFault,
  Tax,
  Jackpot,
  Energy,
  Wear,
  Cloud,
  Elsewhere
};
[[nodiscard]] std::string_view name(Reason reason);
[[nodiscard]] std::string_view name(Holder holder);

/// Why the ledger refuses a move.
enum class MoveRefusal : std::uint8_t { InsufficientFunds, NegativeAmount };

/// Sees every move of money as it happens; for `assay why`, never for a decision.
class LedgerObserver {
 public:
  virtual ~LedgerObserver() = default;
  virtual void tokens_moved(Account from, Account to, Tokens amount, Reason reason) = 0;
  virtual void dollars_moved(PrincipalId from, Outside to, Usd amount, Reason reason) = 0;
};

/// Two double-entry books in integers, micro-tokens and micro-dollars. Money only moves between
/// accounts, so that neither book's sum ever changes: the token book holds the supply, the dollar
/// book holds zero. Token accounts never go below zero; purses of principals may.
class Ledger {
 public:
  Ledger() = default;
  explicit Ledger(Tokens supply);

  /// Room for so many identities and principals, so that opening their accounts moves none.
  void reserve(std::size_t identities, std::size_t principals);
  /// Opens the accounts of a new identity, or of a new principal.
  void add_identity();
  void add_principal();

  /// Moves tokens, or refuses and changes nothing.
  Result<void, MoveRefusal> move(Account from, Account to, Tokens amount, Reason reason);
  /// Moves what must be there.
  void transfer(Account from, Account to, Tokens amount, Reason reason);
  [[nodiscard]] Tokens balance(Account account) const;

  /// Dollars from a principal's purse to the outside; a negative amount comes in.
  void pay(PrincipalId from, Outside to, Usd amount, Reason reason);
  [[nodiscard]] Usd purse(PrincipalId principal) const { return purses_[index(principal)]; }
  [[nodiscard]] Usd outside(Outside where) const {
    return outside_[static_cast<std::size_t>(where)];
  }

  [[nodiscard]] Tokens supply() const { return supply_; }
  /// Whether the tokens sum to the supply, the dollars to zero, and no token account is negative.
  [[nodiscard]] bool balanced() const;

  /// All balances in a fixed order, for the digest of a run.
  void digest(sim::Digest& digest) const;
  void save(sim::ByteWriter& out) const;
  void load(sim::ByteReader& in);

  /// Asks for the memory of a holder's accounts, which will be needed soon.
  void prefetch(IdentityId id) const { __builtin_prefetch(&tokens_[kIdentities][3 * index(id)]); }
  void prefetch(JobId id) const {
    if (id.row < tokens_[kJobs].size()) __builtin_prefetch(&tokens_[kJobs][id.row]);
  }
  void prefetch(PrincipalId id) const { __builtin_prefetch(&purses_[index(id)]); }

  /// Not part of the state: copies and loads have none.
  void observe(LedgerObserver* observer) { observer_.value = observer; }

 private:
  /// Where the balance of an account stands. The three accounts of an identity lie side by side, so
  /// that they share a cache line.
  struct Place {
    std::size_t book = 0;
    std::size_t index = 0;
  };
  static constexpr std::size_t kIdentities = 0;
  static constexpr std::size_t kJobs = 1;
  static constexpr std::size_t kDisputes = 2;
  static constexpr std::size_t kPools = 3;
  [[nodiscard]] static Place place_of(Account account);
  [[nodiscard]] Tokens& at(Account account);

  struct Observer {  // a copy of a ledger is not observed
    Observer() = default;
    Observer(const Observer&) {}
    Observer& operator=(const Observer&) { return *this; }
    ~Observer() = default;
    LedgerObserver* value = nullptr;
  };

  std::array<sim::LargeVector<Tokens>, 4> tokens_;
  sim::LargeVector<Usd> purses_;
  std::array<Usd, 4> outside_{};
  Tokens supply_;
  Observer observer_;
};

}  // namespace assay::protocol
