#pragma once

#include <cstdint>

namespace assay::protocol {

/// What a verifier says of a claim.
enum class Say : std::uint8_t {
  Found,    ///< what its re-execution finds; without one, that of another of its own identities;
            ///< without any, approval
  Approve,  ///< that the claim is right, whatever was found
  Reject,   ///< that the first segment drawn is wrong, whatever was found
  Copy      ///< what the others' visible reports say: a rejection if there is one, else approval
};

}  // namespace assay::protocol
