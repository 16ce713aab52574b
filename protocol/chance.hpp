#pragma once

#include <cstdint>

#include "sim/draws.hpp"

namespace assay::protocol {

/// What a random number is for. Purpose and natural key address a draw once and for all; the
/// numbers are part of what makes a run reproducible and are never reused.
enum class Purpose : std::uint32_t {
  kArrival = 1,        // (job ordinal)
  kJobTerms = 2,       // (job serial): workload, limit, deadline
  kRequester = 3,      // (job serial): which requester of a tenant
  kMember = 4,         // (group, member): device, region, cloud price
  kAvailability = 5,   // (identity key, interval)
  kInvite = 6,         // (task key, attempt)
  kTieBreak = 7,       // (task key, attempt, identity)
  kStrategy = 8,       // (identity key, lease or event key)
  kAudit = 9,          // (lease key): is it audited
  kSample = 10,        // (audit draw): which segments
  kVerifier = 11,      // (lease key, ordinal): who audits
  kBad = 12,           // (lease key): which segments were not done honestly
  kNoise = 13,         // (lease key, segment, checking device): honest numerical distance
  kCheatDistance = 14, // (lease key, segment, checking device): distance of a cheat
  kMove = 15,          // (dispute key, round): strategies' draws in a dispute
  kRestart = 16,       // (identity key): re-entry
  kCloud = 17,         // (requester's identity key): which cloud offer is its outside option
};

/// The seed of a run, as every mechanism gets it: opens streams, holds no position.
struct Chance {
  std::uint64_t seed = 0;
  [[nodiscard]] sim::Draws open(Purpose purpose, std::uint64_t key) const {
    return sim::Draws(seed, static_cast<std::uint32_t>(purpose), key);
  }
};

}  // namespace assay::protocol
