#pragma once

#include <cstdint>

#include "sim/draws.hpp"

namespace assay::protocol {

/// What a random number is for. Purpose and natural key address a draw once and for all; the
/// numbers are part of what makes a run reproducible and are never reused: 7 and 16 are not free.
enum class Purpose : std::uint32_t {
  Arrival = 1,         // (job ordinal)
  JobTerms = 2,        // (job serial): workload, limit, deadline
  Requester = 3,       // (job serial): which requester of a tenant
  Member = 4,          // (group, member): device, region
  Availability = 5,    // (machine's key, interval)
  Invite = 6,          // (task key, attempt, try)
  Strategy = 8,        // (identity key, lease or event key)
  Audit = 9,           // (lease key): is it audited
  Sample = 10,         // (lease key): which segments
  Verifier = 11,       // (lease key): who audits
  Bad = 12,            // (lease key): which segments were not done honestly
  Noise = 13,          // (lease key, segment, checking device): honest numerical distance
  CheatDistance = 14,  // (lease key, segment): distance of a cheat
  Move = 15,           // (lease key): where in a disputed segment the two claims part
  Cloud = 17,          // (requester's machine): which cloud offer is its outside option
  AuditDelay = 18,     // (lease key): from the commitment until the audit begins
  TokenPrice = 19,     // (ordinal of the move): how the token's price moves
  Lottery = 20,        // (task key, attempt, try): who of the pool wins
  Wear = 21,           // (machine): what an hour of work wears off it
  Planted = 22,        // (lease key): is its audit one of a planted fault
  Replicate = 23,      // (task key): does a trusted provider's task get replicas
  VerifierOrder = 24,  // (lease key): in which order its verifiers are called
};

/// The seed of a run, as every mechanism gets it: opens streams, holds no position.
struct Chance {
  std::uint64_t seed = 0;
  [[nodiscard]] sim::Draws open(Purpose purpose, std::uint64_t key) const {
    return sim::Draws(seed, static_cast<std::uint32_t>(purpose), key);
  }
};

}  // namespace assay::protocol
