#include "protocol/event.hpp"

namespace assay::protocol {

std::string_view name(EventKind kind) {
  switch (kind) {
    case EventKind::Arrive:
      return "arrive";
    case EventKind::Queue:
      return "queue";
    case EventKind::Wake:
      return "wake";
    case EventKind::LeaseEnd:
      return "lease-end";
    case EventKind::Report:
      return "report";
    case EventKind::Turn:
      return "turn";
    case EventKind::Deadline:
      return "deadline";
    case EventKind::Unbond:
      return "unbond";
    case EventKind::Review:
      return "review";
    case EventKind::Probe:
      return "probe";
    case EventKind::Audit:
      return "audit";
    case EventKind::Price:
      return "price";
    case EventKind::Back:
      return "back";
  }
  return "?";
}

}  // namespace assay::protocol
