#pragma once

#include <memory>
#include <span>
#include <string>

#include "protocol/observer.hpp"
#include "protocol/world.hpp"

namespace assay::protocol {

/// A market that runs: rules that never change, and a world that does. Copying it branches the
/// world; two models in one process never meet.
class Model {
 public:
  /// A market at time zero: everybody registered, endowed and staked, the first arrival armed.
  Model(std::shared_ptr<const Rules> rules, std::uint64_t seed);
  Model(const Model& other);
  Model& operator=(const Model&) = delete;
  ~Model() = default;

  /// A market from the bytes of `save`, under the same rules; throws sim::CorruptBytes.
  [[nodiscard]] static Model load(std::shared_ptr<const Rules> rules,
                                  std::span<const std::byte> bytes);
  [[nodiscard]] std::vector<std::byte> save() const;

  /// Handles all events up to and including `until`.
  void run(sim::SimTime until);
  /// Handles one event; false when none is left up to `until`.
  bool step(sim::SimTime until);
  /// Runs to the horizon and closes the books: every integral reaches it.
  void finish();
  /// From the horizon on no job arrives; goes on until nothing is left to happen.
  void drain();

  [[nodiscard]] const World& world() const { return world_; }
  [[nodiscard]] const Rules& rules() const { return *rules_; }
  [[nodiscard]] sim::SimTime now() const { return world_.engine.now(); }
  [[nodiscard]] std::uint64_t events() const { return world_.engine.handled(); }
  /// SHA-256 over every handled event in order, and the ledger.
  [[nodiscard]] std::string digest() const;
  /// Whether both books balance.
  [[nodiscard]] bool balanced() const { return world_.ledger.balanced(); }
  /// What a principal owns, in dollars at today's token price: purse, tokens, escrow and bonds.
  [[nodiscard]] std::vector<Usd> wealth() const;

  void observe(EventObserver* observer, LedgerObserver* ledger_observer);
  /// Called by the engine.
  void handle(const Event& event);

 private:
  Model(std::shared_ptr<const Rules> rules, World world);
  void set_up();
  void arm_arrival();
  void arm_price(std::uint64_t move);
  void probe(std::uint64_t ordinal);

  std::shared_ptr<const Rules> rules_;
  World world_;
  std::unique_ptr<ArrivalStream> arrivals_;  ///< a position in the demand, reopened after a copy
  std::optional<Arrival> arrival_;           ///< whose event is armed
  EventObserver* observer_ = nullptr;
};

}  // namespace assay::protocol
