#pragma once

#include <memory>

#include "sim/bytes.hpp"

namespace assay::protocol {

/// What one mechanism remembers while a market runs. The world holds it, the mechanism alone
/// knows what is in it; it is copied and saved with the world.
class Memory {
 public:
  virtual ~Memory() = default;
  [[nodiscard]] virtual std::unique_ptr<Memory> clone() const = 0;
  virtual void save(sim::ByteWriter& out) const = 0;
  virtual void load(sim::ByteReader& in) = 0;
};

/// Remembers nothing.
class NoMemory final : public Memory {
 public:
  [[nodiscard]] std::unique_ptr<Memory> clone() const override {
    return std::make_unique<NoMemory>();
  }
  void save(sim::ByteWriter&) const override {}
  void load(sim::ByteReader&) override {}
};

}  // namespace assay::protocol
