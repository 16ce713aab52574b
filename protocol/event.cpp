#include "protocol/event.hpp"

namespace assay::protocol {

std::string_view name(EventKind kind) {
  switch (kind) {
    case EventKind::kArrive: return "arrive";
    case EventKind::kQueue: return "queue";
    case EventKind::kWake: return "wake";
    case EventKind::kLeaseEnd: return "lease-end";
    case EventKind::kReport: return "report";
    case EventKind::kTurn: return "turn";
    case EventKind::kDeadline: return "deadline";
    case EventKind::kUnbond: return "unbond";
    case EventKind::kReview: return "review";
    case EventKind::kProbe: return "probe";
  }
  return "?";
}

}  // namespace assay::protocol
