#pragma once

namespace assay::backend {

/// Lets this process keep what memory it had. A training step needs the memory of the one before,
/// which by default the C library hands back to the system in large pieces, to have them cleared
/// and mapped again: half of the time of a step with large weights, of every back end. To be called
/// before the first thread begins.
void keep_memory();

}  // namespace assay::backend
