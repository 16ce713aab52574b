#pragma once

#include "protocol/world.hpp"

// How a task finds its provider.
namespace assay::protocol {

/// The work of the current link that is not accepted yet.
[[nodiscard]] Work remaining_work(const Context& context, const TaskRow& task);

/// Holds the auction for a task: candidates are drawn from the index of the idle, and the winner's
/// lease starts. Without a candidate the task waits for whoever becomes free; without an
/// acceptable price it asks again later, and after the last try its chain goes to the cloud.
void seek_provider(Context& context, TaskId task);

/// A provider became free: the tasks that wait for its kind of machine are offered to it, the
/// highest limit first.
void serve_waiting(Context& context, IdentityId provider);

}  // namespace assay::protocol
