#pragma once

#include <optional>

#include "gpu_backend/dispute/messages.hpp"

namespace assay::backend {

/// One side of a dispute, wherever it runs.
class Party {
 public:
  virtual ~Party() = default;
  /// Nothing stands for silence: no answer within its time, or none that could be read.
  [[nodiscard]] virtual std::optional<Reply> answer(const Request& request) = 0;
};

}  // namespace assay::backend
