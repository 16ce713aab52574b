#pragma once

#include "protocol/world.hpp"

// What is committed is checked, or not.
namespace assay::protocol {

/// The claim is bound by its commitment: the scheme draws whether, and what of it, is audited.
void verify(Context& context, LeaseId lease);
/// The delay between the commitment and the audit, where there is one, is over.
void audit(Context& context, LeaseId lease);
/// A verifier has looked at its segments, or pretends to have.
void report(Context& context, AuditId audit);

}  // namespace assay::protocol
