#include "gpu_backend/repops/value.hpp"

namespace assay::backend {

const Tensor& Value::numbers() const {
  if (here_.empty() && there_) {
    Tensor copy(there_->size());
    there_->copy_to(copy);
    here_ = std::move(copy);
  }
  return here_;
}

std::span<float> Value::edit() {
  static_cast<void>(numbers());
  there_.reset();
  return here_;
}

}  // namespace assay::backend
