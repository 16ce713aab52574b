#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "protocol/chance.hpp"
#include "protocol/ids.hpp"
#include "protocol/memory.hpp"

namespace assay::protocol {

/// One replica's answer, as everybody sees it: equal results have equal roots.
struct Vote {
  IdentityId provider{};
  std::uint64_t root = 0;
};

/// What the votes on a task say.
struct Count {
  enum class Says : std::uint8_t {
    Accept,  ///< the answer with this root is the result
    More,    ///< so many replicas more are needed
    Fail     ///< there will be no result
  };
  Says says = Says::Fail;
  std::uint64_t root = 0;
  std::uint32_t more = 0;
};

/// Finds a task's result by comparing the answers of several providers, instead of checking one.
class Voting {
 public:
  virtual ~Voting() = default;
  /// Replicas of a task that start at once; at least one.
  [[nodiscard]] virtual std::uint32_t replicas() const = 0;
  /// Requires at least one vote; `task_key` addresses what is drawn.
  [[nodiscard]] virtual Count count(const Memory& memory, Chance chance, std::uint64_t task_key,
                                    std::span<const Vote> votes) const = 0;
  /// Whether who was outvoted is convicted; otherwise it is only not paid.
  [[nodiscard]] virtual bool convicts() const = 0;
  /// What is remembered of providers, and how an accepted result changes it.
  [[nodiscard]] virtual std::unique_ptr<Memory> memory() const = 0;
  virtual void learn(Memory& memory, std::span<const Vote> votes, std::uint64_t root) const = 0;
};

}  // namespace assay::protocol
